/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addr.h - 16-byte addresses: make, compare, print.
 *
 * Row 0; no name resolution. Any thread, any process.
 */
#ifndef P0F_ADDR_H
#define P0F_ADDR_H

#include "types.h"

/* Longest text: eight groups of four digits, seven colons, NUL. */
#define P0F_ADDR_TEXT 40

/* The mapped form of an IPv4 address given as 4 bytes in network order. */
p0f_addr_t p0f_addr_from_v4(const uint8_t v4[4]);

/* The address given as 16 bytes in network order. */
p0f_addr_t p0f_addr_from_v6(const uint8_t v6[16]);

/* True for the mapped form of an IPv4 address. */
bool p0f_addr_is_v4(const p0f_addr_t *addr);

bool p0f_addr_equal(const p0f_addr_t *a, const p0f_addr_t *b);

/* Writes ADDR as p0f 3 does: dotted quad, or eight lower-case hex groups
 * without leading zeros and without "::" (p0f 3.09b behaviour, 8.1).
 * Returns the length. */
size_t p0f_addr_format(const p0f_addr_t *addr, char out[P0F_ADDR_TEXT]);

#endif
