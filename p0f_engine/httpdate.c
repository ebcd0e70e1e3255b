/* SPDX-License-Identifier: Apache-2.0 */
/*
 * httpdate.c - the time in a Date header, read as strptime would.
 *
 * Written out because strptime, which compares with every name in turn and
 * asks the locale for each, took longer than all else that is done with a
 * response.
 */
#include "httpdate.h"

#include <string.h>

/* What is left of the text, and whether all went well so far. */
typedef struct {
    p0f_bytes_t b;
    size_t at;
    bool ok;
} reader_t;

static const char *const days[] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
    "Saturday"
};

static const char *const months[] = {
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December"
};

static uint8_t peek(const reader_t *r)
{
    uint8_t byte;

    p0f_bytes_u8(r->b, r->at, &byte);
    return byte;
}

/* True if the N letters at NAME are next, case not counting. */
static bool is_next(const reader_t *r, const char *name, size_t n)
{
    size_t i;

    if (!p0f_bytes_has(r->b, r->at, n))
        return false;
    for (i = 0; i < n; i++) {
        uint8_t c = r->b.data[r->at + i];

        if (c != (uint8_t)name[i] && (c ^ 0x20) != (uint8_t)name[i])
            return false;
    }
    return true;
}

/* The number of the one of COUNT names that is next: in full, else its first
 * three letters. */
static unsigned int read_name(reader_t *r, const char *const *names,
                              unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++) {
        size_t n = strlen(names[i]);

        if (!is_next(r, names[i], 3))
            continue;
        r->at += is_next(r, names[i], n) ? n : 3;
        return i;
    }
    r->ok = false;
    return 0;
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

/* A number from FROM to TO. It ends where one more digit, whichever, would
 * make it too large, and then the digit belongs to what follows. */
static unsigned int read_number(reader_t *r, unsigned int from,
                                unsigned int to)
{
    unsigned int n = 0, digits = 0;

    skip_space(r);
    while (n * 10 <= to && peek(r) >= '0' && peek(r) <= '9'
           && digits < (to > 99 ? 4 : 2)) {
        n = n * 10 + (unsigned int)(peek(r) - '0');
        r->at++;
        digits++;
    }
    r->ok = r->ok && digits && n >= from && n <= to;
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
    day = read_number(&r, 1, 31);
    skip_space(&r);
    month = read_name(&r, months, 12);
    skip_space(&r);
    year = read_number(&r, 0, 9999);
    skip_space(&r);
    hour = read_number(&r, 0, 23);
    read_char(&r, ':');
    minute = read_number(&r, 0, 59);
    read_char(&r, ':');
    second = read_number(&r, 0, 61);
    if (!r.ok)
        return 0;
    time = (days_until(year, month) + day - 1) * 86400 + hour * 3600
         + minute * 60 + second;
    return (uint32_t)time;
}
