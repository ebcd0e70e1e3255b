/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring_records.h - for the ring's tests: records that tell whose they are,
 * and a consumer that checks them.
 */
#ifndef T_UNIT_RING_RECORDS_H
#define T_UNIT_RING_RECORDS_H

#include <stdatomic.h>
#include <string.h>

#include "p0f_engine/ring.h"

#define SECOND 1000000u

/* Where the ring's picture puts things; tests reach into it to damage it. */
#define HEAD  (5 * 64)
#define LANES (P0F_RING_LANES * 128)
#define SLOT  192
#define CLAIM 64

static inline p0f_ring_t make(uint32_t slots, bool shared, int wake_fd)
{
    p0f_error_t err;
    p0f_ring_t ring;

    assert_int_equal(p0f_ring_create(&ring, slots, shared, wake_fd, &err),
                     P0F_OK);
    assert_int_equal(p0f_ring_adopt(&ring), P0F_OK);
    return ring;
}

static inline _Atomic uint64_t *claim_of(const p0f_ring_t *ring)
{
    return (_Atomic uint64_t *)(void *)((char *)ring->base + CLAIM);
}

static inline _Atomic uint64_t *turn_of(const p0f_ring_t *ring,
                                        unsigned int slot)
{
    return (_Atomic uint64_t *)(void *)
           ((char *)ring->base + HEAD + LANES + (size_t)slot * SLOT);
}

static inline unsigned char *bytes_of(const p0f_ring_t *ring,
                                      unsigned int slot)
{
    return (unsigned char *)ring->base + HEAD + LANES + (size_t)slot * SLOT
         + 16;
}

/* A record whose bytes follow from its producer and number. */
static inline p0f_ring_rec_t record(unsigned int producer, uint32_t number)
{
    p0f_ring_rec_t r = { .kind = P0F_RING_SYN };
    unsigned int i;

    memcpy(r.key.peer.b, &producer, sizeof producer);
    memcpy(r.key.local.b, &number, sizeof number);
    r.key.peer_port = (uint16_t)(number * 3);
    r.key.local_port = (uint16_t)(number * 5 + producer);
    r.boot_us = (uint64_t)number << 20 | producer;
    r.raw_len = (uint8_t)(number % (P0F_RING_RAW + 1));
    for (i = 0; i < r.raw_len; i++)
        r.raw[i] = (uint8_t)(number + i * 7 + producer);
    return r;
}

/* What a drain gave. */
typedef struct {
    unsigned int count, wrong;
    uint32_t last[16];           /* by producer: number after the last */
    uint64_t bytes;
} taken_t;

static inline void take(void *ctx, const p0f_ring_rec_t *rec)
{
    taken_t *t = ctx;
    unsigned int producer;
    p0f_ring_rec_t want;
    uint32_t number;

    memcpy(&producer, rec->key.peer.b, sizeof producer);
    memcpy(&number, rec->key.local.b, sizeof number);
    want = record(producer, number);
    t->count++;
    if (producer >= 16
        || memcmp(&want, rec, offsetof(p0f_ring_rec_t, raw) + rec->raw_len)
        || number < t->last[producer])
        t->wrong++;
    else
        t->last[producer] = number + 1;
}

static inline void take_anything(void *ctx, const p0f_ring_rec_t *rec)
{
    taken_t *t = ctx;
    unsigned int i;

    t->count++;
    t->wrong += rec->raw_len > P0F_RING_RAW;
    for (i = 0; i < rec->raw_len; i++)
        t->bytes += rec->raw[i];
}

static inline bool put(const p0f_ring_t *ring, unsigned int producer,
                       uint32_t number)
{
    p0f_ring_rec_t r = record(producer, number);

    return p0f_ring_put(ring, &r);
}

/* Numbers by chance, the same ones each time. */
static uint64_t seed = 88172645463325252u;

static inline uint64_t chance(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

#endif
