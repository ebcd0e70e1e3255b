/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - the keyed hash behind every table that an attacker can fill:
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF") of
 * addresses and of connections.
 *
 * Inline, and over whole 8-byte words. Not for other uses than tables: one
 * compression and three finalisation rounds are what those need, not what a
 * signature does. Besides, a mixer without a key, for tables where it does no
 * harm if somebody makes keys meet. Row 0. Any thread.
 */
#ifndef P0F_HASH_H
#define P0F_HASH_H

#include <string.h>

#include "addr.h"
#include "record.h"

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

static inline uint64_t p0f_hash_end(p0f_hash_state_t v)
{
    v.c ^= 0xff;
    v = p0f_hash_round(p0f_hash_round(p0f_hash_round(v)));
    return v.a ^ v.b ^ v.c ^ v.d;
}

/* ---- keys of tables --------------------------------------------------- */

/* SipHash ends with a word for the length of its input, so that inputs which
 * are equal but for zeros at their ends differ. Keys have no need of it: which
 * words follow, those before tell.
 *
 *   address               its two words
 *   connection of IPv4    those of the peer's; one of local address and ports
 *   any other connection  those of the peer's; a mark; those of the local
 *                         address; one of ports
 *
 * No two keys of a table give the same words, then, and none those that
 * another begins with. Who hashes a connection and its peer does what both
 * begin with once. */

/* A secret, as far as it can be worked in before an address is known. */
typedef struct {
    p0f_hash_state_t begun;
    p0f_hash_state_t mapped;     /* behind the first word of an IPv4 address,
                                    which is 0 */
} p0f_hash_secret_t;

static inline p0f_hash_secret_t
p0f_hash_prepare(const unsigned char secret[P0F_HASH_SECRET])
{
    const p0f_hash_state_t begun = p0f_hash_begin(secret);

    return (p0f_hash_secret_t){ begun, p0f_hash_add(begun, 0) };
}

/* The state behind ADDR: the end of it is the hash of ADDR. */
static inline p0f_hash_state_t p0f_hash_addr(const p0f_hash_secret_t *secret,
                                             const p0f_addr_t *addr)
{
    const uint64_t first = p0f_hash_word(addr->b);

    return p0f_hash_add(first ? p0f_hash_add(secret->begun, first)
                              : secret->mapped, p0f_hash_word(addr->b + 8));
}

/* The hash of KEY; PEER: the state behind its peer's address. */
static inline uint64_t p0f_hash_conn(p0f_hash_state_t peer,
                                     const p0f_connkey_t *key)
{
    const uint64_t first = p0f_hash_word(key->local.b);
    const uint64_t second = p0f_hash_word(key->local.b + 8);
    const uint64_t ports = (uint64_t)key->peer_port << 16 | key->local_port;

    if (p0f_addr_is_v4(&key->peer) && p0f_addr_is_v4(&key->local)) {
        peer = p0f_hash_add(peer, (second & ~(uint64_t)UINT32_MAX) | ports);
        return p0f_hash_end(peer);
    }
    peer.b ^= 0xee;              /* the mark */
    peer = p0f_hash_add(p0f_hash_add(peer, first), second);
    return p0f_hash_end(p0f_hash_add(peer, ports));
}

/* ---- without a key ---------------------------------------------------- */

#define P0F_HASH_FACTOR 0x9e3779b97f4a7c15u

/* HASH with WORD mixed into it. The upper half goes to the lower one before,
 * too: a product's low bits know nothing of higher ones. */
static inline uint64_t p0f_hash_mix(uint64_t hash, uint64_t word)
{
    hash ^= word;
    hash = (hash ^ hash >> 32) * P0F_HASH_FACTOR;
    return hash ^ hash >> 32;
}

#endif
