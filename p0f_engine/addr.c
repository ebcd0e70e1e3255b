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

/* The bytes in decimal, each with a point, in four characters. A log line has
 * two addresses, so these are looked up rather than left to snprintf. */
#define OF_ONE "0.  1.  2.  3.  4.  5.  6.  7.  8.  9.  "
#define OF_TWO(t) t "0. " t "1. " t "2. " t "3. " t "4. " \
                  t "5. " t "6. " t "7. " t "8. " t "9. "
#define OF_THREE(t) t "0." t "1." t "2." t "3." t "4." \
                    t "5." t "6." t "7." t "8." t "9."
#define HUNDRED(h) OF_THREE(h "0") OF_THREE(h "1") OF_THREE(h "2") \
                   OF_THREE(h "3") OF_THREE(h "4") OF_THREE(h "5") \
                   OF_THREE(h "6") OF_THREE(h "7") OF_THREE(h "8") \
                   OF_THREE(h "9")
static const char decimals[] =
    OF_ONE OF_TWO("1") OF_TWO("2") OF_TWO("3") OF_TWO("4") OF_TWO("5")
    OF_TWO("6") OF_TWO("7") OF_TWO("8") OF_TWO("9")
    HUNDRED("1") OF_THREE("20") OF_THREE("21") OF_THREE("22") OF_THREE("23")
    OF_THREE("24") "250.251.252.253.254.255.";

_Static_assert(sizeof(decimals) == 256 * 4 + 1, "four characters each");

/* Writes four characters; the end of N's and its point. */
static inline char *put_byte(char *p, unsigned int n)
{
    memcpy(p, decimals + n * 4, 4);
    return p + 2 + (n > 9) + (n > 99);
}

/* Hexadecimal without leading zeros. */
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
        p = put_byte(p, addr->b[12]);
        p = put_byte(p, addr->b[13]);
        p = put_byte(p, addr->b[14]);
        p = put_byte(p, addr->b[15]) - 1;
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
