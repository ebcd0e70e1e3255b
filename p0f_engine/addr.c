/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addr.c - 16-byte addresses: make, compare, print.
 */
#include "addr.h"

#include <string.h>

static const uint8_t mapped_prefix[12] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

p0f_addr_t p0f_addr_from_v4(const uint8_t v4[4])
{
    p0f_addr_t a;

    memcpy(a.b, mapped_prefix, sizeof(mapped_prefix));
    memcpy(a.b + sizeof(mapped_prefix), v4, 4);
    return a;
}

p0f_addr_t p0f_addr_from_v6(const uint8_t v6[16])
{
    p0f_addr_t a;

    memcpy(a.b, v6, sizeof(a.b));
    return a;
}

bool p0f_addr_is_v4(const p0f_addr_t *addr)
{
    return memcmp(addr->b, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool p0f_addr_equal(const p0f_addr_t *a, const p0f_addr_t *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* Decimal, and hexadecimal without leading zeros; a log line has two
 * addresses, so this is written out rather than left to snprintf. */
static char *put_byte(char *p, unsigned int n)
{
    if (n >= 100)
        *p++ = (char)('0' + n / 100);
    if (n >= 10)
        *p++ = (char)('0' + n / 10 % 10);
    *p++ = (char)('0' + n % 10);
    return p;
}

static char *put_group(char *p, unsigned int n)
{
    int shift = n > 0xfff ? 12 : n > 0xff ? 8 : n > 0xf ? 4 : 0;

    for (; shift >= 0; shift -= 4)
        *p++ = "0123456789abcdef"[n >> shift & 0xf];
    return p;
}

size_t p0f_addr_format(const p0f_addr_t *addr, char out[P0F_ADDR_TEXT])
{
    char *p = out;
    int i;

    if (p0f_addr_is_v4(addr)) {
        for (i = 12; i < 16; i++) {
            if (i > 12)
                *p++ = '.';
            p = put_byte(p, addr->b[i]);
        }
    }
    else {
        for (i = 0; i < 16; i += 2) {
            if (i)
                *p++ = ':';
            p = put_group(p, (unsigned int)addr->b[i] << 8 | addr->b[i + 1]);
        }
    }
    *p = '\0';
    return (size_t)(p - out);
}
