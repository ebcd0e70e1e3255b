/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - the keyed hash behind every table that an attacker can fill:
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF").
 *
 * Inline, and over whole 8-byte words only: keys here have fixed sizes, so
 * the compiler unrolls what is left, and a lookup spends a third of what the
 * general function of APR-util takes for 16 bytes. Not for other uses than
 * tables: one compression and three finalisation rounds are what hash tables
 * need, not what a signature does. Row 0. Any thread.
 */
#ifndef P0F_HASH_H
#define P0F_HASH_H

#include <string.h>

#include "types.h"

#define P0F_HASH_SECRET 16           /* bytes, random */

static inline uint64_t p0f_hash_rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static inline void p0f_hash_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = p0f_hash_rotl(v[1], 13) ^ v[0];
    v[3] = p0f_hash_rotl(v[3], 16) ^ v[2];
    v[0] = p0f_hash_rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = p0f_hash_rotl(v[1], 17) ^ v[2];
    v[3] = p0f_hash_rotl(v[3], 21) ^ v[0];
    v[2] = p0f_hash_rotl(v[2], 32);
}

static inline uint64_t p0f_hash_word(const unsigned char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* The hash of the LEN bytes at DATA, LEN a multiple of 8, with SECRET. */
static inline uint64_t p0f_hash(const unsigned char secret[P0F_HASH_SECRET],
                                const void *data, size_t len)
{
    const unsigned char *p = data;
    uint64_t k0 = p0f_hash_word(secret), k1 = p0f_hash_word(secret + 8);
    uint64_t v[4] = {
        k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
        k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u
    };
    uint64_t last = (uint64_t)len << 56;
    size_t i;

    for (i = 0; i + 8 <= len; i += 8) {
        uint64_t w = p0f_hash_word(p + i);

        v[3] ^= w;
        p0f_hash_round(v);
        v[0] ^= w;
    }
    v[3] ^= last;
    p0f_hash_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    p0f_hash_round(v);
    p0f_hash_round(v);
    p0f_hash_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
