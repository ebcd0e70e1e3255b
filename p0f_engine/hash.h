/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - the keyed hash behind every table that an attacker can fill:
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF").
 *
 * Inline, and over whole 8-byte words: keys of tables have fixed sizes, so
 * the compiler unrolls what is left, and a lookup spends a third of what the
 * general function of APR-util takes for 16 bytes. Not for other uses than
 * tables: one compression and three finalisation rounds are what those need,
 * not what a signature does. Besides, a mixer without a key, for tables where
 * it does no harm if somebody makes keys meet. Row 0. Any thread.
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

/* Four words, not an array: compilers guard the stack behind arrays. */
typedef struct {
    uint64_t a, b, c, d;
} p0f_hash_state_t;

static inline p0f_hash_state_t p0f_hash_round(p0f_hash_state_t v)
{
    v.a += v.b;
    v.c += v.d;
    v.b = p0f_hash_rotl(v.b, 13) ^ v.a;
    v.d = p0f_hash_rotl(v.d, 16) ^ v.c;
    v.a = p0f_hash_rotl(v.a, 32);
    v.c += v.b;
    v.a += v.d;
    v.b = p0f_hash_rotl(v.b, 17) ^ v.c;
    v.d = p0f_hash_rotl(v.d, 21) ^ v.a;
    v.c = p0f_hash_rotl(v.c, 32);
    return v;
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

static inline p0f_hash_state_t
p0f_hash_begin(const unsigned char secret[P0F_HASH_SECRET])
{
    uint64_t k0 = p0f_hash_word(secret), k1 = p0f_hash_word(secret + 8);

    return (p0f_hash_state_t){
        k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
        k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u
    };
}

static inline p0f_hash_state_t p0f_hash_add(p0f_hash_state_t v, uint64_t w)
{
    v.d ^= w;
    v = p0f_hash_round(v);
    v.a ^= w;
    return v;
}

/* LEN: of all that was added. */
static inline uint64_t p0f_hash_end(p0f_hash_state_t v, size_t len)
{
    v = p0f_hash_add(v, (uint64_t)len << 56);
    v.c ^= 0xff;
    v = p0f_hash_round(p0f_hash_round(p0f_hash_round(v)));
    return v.a ^ v.b ^ v.c ^ v.d;
}

/* The hash of the LEN bytes at DATA, LEN a multiple of 8, with SECRET. */
static inline uint64_t p0f_hash(const unsigned char secret[P0F_HASH_SECRET],
                                const void *data, size_t len)
{
    const unsigned char *p = data;
    p0f_hash_state_t v = p0f_hash_begin(secret);
    size_t i;

    for (i = 0; i + 8 <= len; i += 8)
        v = p0f_hash_add(v, p0f_hash_word(p + i));
    return p0f_hash_end(v, len);
}

/* ---- without a key ---------------------------------------------------- */

#define P0F_HASH_FACTOR 0x9e3779b97f4a7c15u

/* HASH with WORD mixed into it. */
static inline uint64_t p0f_hash_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * P0F_HASH_FACTOR;
    return hash ^ hash >> 32;
}

#endif
