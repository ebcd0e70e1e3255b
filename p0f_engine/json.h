/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - any bytes as the inside of a JSON string.
 *
 * Row 0: no state, no allocation. Any thread, any process.
 */
#ifndef P0F_JSON_H
#define P0F_JSON_H

#include <stddef.h>

/* Most bytes that one byte of text becomes. */
#define P0F_JSON_GROWTH 6

/* Writes the N bytes at TEXT to OUT as the inside of a JSON string (RFC 8259
 * 7), without a NUL: quotation marks, backslashes and control characters
 * escaped, UTF-8 as it is, a byte that is no part of UTF-8 as the character
 * of its number. Stops before what doesn't fit in ROOM bytes. Returns the
 * length. */
size_t p0f_json_escape(const char *text, size_t n, char *out, size_t room);

#endif
