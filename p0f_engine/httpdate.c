/* SPDX-License-Identifier: Apache-2.0 */
/*
 * httpdate.c - the time in a Date header, read as strptime would.
 *
 * Written out because strptime, which compares with every name in turn and
 * asks the locale for each, took longer than all else that is done with a
 * response.
 */
#include "httpdate.h"

/* What is left of the text, and whether all went well so far. */
typedef struct {
    p0f_bytes_t b;
    size_t at;
    bool ok;
} reader_t;

/* A name: its first three letters as a number, case not counting, and what
 * may follow them. */
typedef struct {
    uint32_t key;
    const char *rest;
} name_t;

#define KEY(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

static const name_t days[] = {
    { KEY('s', 'u', 'n'), "day" }, { KEY('m', 'o', 'n'), "day" },
    { KEY('t', 'u', 'e'), "sday" }, { KEY('w', 'e', 'd'), "nesday" },
    { KEY('t', 'h', 'u'), "rsday" }, { KEY('f', 'r', 'i'), "day" },
    { KEY('s', 'a', 't'), "urday" }
};

static const name_t months[] = {
    { KEY('j', 'a', 'n'), "uary" }, { KEY('f', 'e', 'b'), "ruary" },
    { KEY('m', 'a', 'r'), "ch" }, { KEY('a', 'p', 'r'), "il" },
    { KEY('m', 'a', 'y'), "" }, { KEY('j', 'u', 'n'), "e" },
    { KEY('j', 'u', 'l'), "y" }, { KEY('a', 'u', 'g'), "ust" },
    { KEY('s', 'e', 'p'), "tember" }, { KEY('o', 'c', 't'), "ober" },
    { KEY('n', 'o', 'v'), "ember" }, { KEY('d', 'e', 'c'), "ember" }
};

static uint8_t peek(const reader_t *r)
{
    uint8_t byte;

    p0f_bytes_u8(r->b, r->at, &byte);
    return byte;
}

/* The byte at OFF with the bit set that tells small letters from capital ones;
 * nothing but a letter becomes a letter by that. */
static uint32_t small(const reader_t *r, size_t off)
{
    uint8_t byte;

    p0f_bytes_u8(r->b, off, &byte);
    return byte | 0x20u;
}

/* The number of the one of COUNT names that is next: in full, else its first
 * three letters. */
static unsigned int read_name(reader_t *r, const name_t *names,
                              unsigned int count)
{
    const uint32_t key = KEY(small(r, r->at), small(r, r->at + 1),
                             small(r, r->at + 2));
    unsigned int i;
    size_t n;

    for (i = 0; i < count && names[i].key != key; i++)
        ;
    if (i == count) {
        r->ok = false;
        return 0;
    }
    r->at += 3;
    for (n = 0; names[i].rest[n]; n++) {
        if (small(r, r->at + n) != (uint8_t)names[i].rest[n])
            return i;
    }
    r->at += n;
    return i;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(reader_t *r)
{
    while (is_space(peek(r)))
        r->at++;
}

static void read_char(reader_t *r, char c)
{
    r->ok = r->ok && peek(r) == (uint8_t)c;
    r->at++;
}

/* A number from FROM to TO, of DIGITS at most. It ends where one more digit,
 * whichever, would make it too large, and then the digit belongs to what
 * follows. */
static unsigned int read_number(reader_t *r, unsigned int from,
                                unsigned int to, unsigned int digits)
{
    unsigned int n, c;

    skip_space(r);
    n = peek(r) - (unsigned int)'0';
    r->ok = r->ok && n <= 9;
    r->at++;
    while (--digits && n * 10 <= to) {
        c = peek(r) - (unsigned int)'0';
        if (c > 9)
            break;
        n = n * 10 + c;
        r->at++;
    }
    r->ok = r->ok && n >= from && n <= to;
    return n;
}

/* Days from 1970-01-01 to the first of a month, 0 is January. Years begin in
 * March here, so that a leap day is the last, and 400 years early, so that
 * none is negative. */
static int64_t days_until(unsigned int year, unsigned int month)
{
    const int64_t y = (int64_t)year + 400 - (month < 2);
    const unsigned int since_march = (month + 10) % 12;

    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * since_march + 2) / 5
         - 719468 - 146097;
}

uint32_t p0f_httpdate_read(p0f_bytes_t value)
{
    reader_t r = { value, 0, true };
    unsigned int month, day, year, hour, minute, second;
    int64_t time;

    read_name(&r, days, 7);
    read_char(&r, ',');
    skip_space(&r);
    day = read_number(&r, 1, 31, 2);
    skip_space(&r);
    month = read_name(&r, months, 12);
    skip_space(&r);
    year = read_number(&r, 0, 9999, 4);
    skip_space(&r);
    hour = read_number(&r, 0, 23, 2);
    read_char(&r, ':');
    minute = read_number(&r, 0, 59, 2);
    read_char(&r, ':');
    second = read_number(&r, 0, 61, 2);
    if (!r.ok)
        return 0;
    time = (days_until(year, month) + day - 1) * 86400 + hour * 3600
         + minute * 60 + second;
    return (uint32_t)time;
}
