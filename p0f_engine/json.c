/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - any bytes as the inside of a JSON string.
 */
#include "json.h"

#include <stdint.h>
#include <string.h>

/* The length of the UTF-8 sequence that the N bytes at P begin with, 0 if
 * they don't: no overlong forms, no surrogates, nothing above U+10FFFF
 * (RFC 3629 4). */
static size_t utf8_length(const uint8_t *p, size_t n)
{
    const uint8_t first = p[0];
    const uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    size_t length = first >= 0xc2 && first <= 0xdf ? 2
                  : first >= 0xe0 && first <= 0xef ? 3
                  : first >= 0xf0 && first <= 0xf4 ? 4 : 0;

    if (first < 0x80)
        return 1;
    if (!length || length > n || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

size_t p0f_json_escape(const char *text, size_t n, char *out, size_t room)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *p = (const uint8_t *)text;
    size_t used = 0;

    for (size_t i = 0, length; i < n; i += length) {
        char piece[] = "\\u00xx";
        size_t size = 6;

        length = utf8_length(p + i, n - i);
        if (p[i] == '"' || p[i] == '\\') {
            piece[1] = text[i];
            size = 2;
        }
        else if (length && p[i] >= 0x20) {
            memcpy(piece, text + i, length);
            size = length;
        }
        else {
            piece[4] = hex[p[i] >> 4];
            piece[5] = hex[p[i] & 15];
            length = 1;
        }
        if (size > room - used)
            break;
        memcpy(out + used, piece, size);
        used += size;
    }
    return used;
}
