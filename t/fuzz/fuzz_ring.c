/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a hostile worker's writes into the ring, mixed with what honest
 * workers and the consumer do. The consumer must stay inside its bounds and
 * must find its way back: after the input a record passes again.
 *
 * The input is a list of steps, each one byte and its operands.
 */
#include <stdlib.h>
#include <string.h>

#include "p0f_engine/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const uint8_t *data;
    size_t left;
} input_t;

static uint64_t number(input_t *in, size_t bytes)
{
    uint64_t value = 0;

    if (bytes > in->left)
        bytes = in->left;
    memcpy(&value, in->data, bytes);
    in->data += bytes;
    in->left -= bytes;
    return value;
}

static void take(void *ctx, const p0f_ring_rec_t *rec)
{
    unsigned int *sum = ctx, i;

    if (rec->raw_len > P0F_RING_RAW)
        abort();
    for (i = 0; i < rec->raw_len; i++)
        *sum += rec->raw[i];
}

static void drain(const p0f_ring_t *ring, p0f_ring_reader_t *reader,
                  uint64_t now_us, unsigned int max)
{
    unsigned int sum = 0;

    if (p0f_ring_drain(ring, reader, now_us, max, take, &sum) > max)
        abort();
}

static void must_recover(const p0f_ring_t *ring, p0f_ring_reader_t *reader,
                         uint64_t now_us)
{
    p0f_ring_rec_t rec = { .kind = P0F_RING_CONFIRMED };
    unsigned int i, sum = 0;

    for (i = 0; i < 1000; i++) {
        now_us += 600000;
        drain(ring, reader, now_us, 1000);
        if (p0f_ring_put(ring, &rec)
            && p0f_ring_drain(ring, reader, now_us, 10, take, &sum) == 1)
            return;
    }
    abort();
}

static void step(const p0f_ring_t *ring, p0f_ring_reader_t *reader,
                 uint64_t *now_us, input_t *in)
{
    const size_t words = ring->size / 8;
    p0f_ring_rec_t rec = { .kind = P0F_RING_SYN };
    uint64_t *word = ring->base;
    size_t at;

    switch (number(in, 1) % 6) {
    case 0: /* any word */
        at = (size_t)number(in, 2) % words;
        word[at] = number(in, 8);
        break;
    case 1: /* a word a little off */
        at = (size_t)number(in, 2) % words;
        word[at] += (uint64_t)(int64_t)(int8_t)number(in, 1);
        break;
    case 2: /* the claim position and its line */
        word[8 + number(in, 1) % 8] += (uint64_t)(int64_t)(int8_t)number(in,
                                                                         1);
        break;
    case 3:
        rec.raw_len = (uint8_t)number(in, 1);
        (void)p0f_ring_put(ring, &rec);
        break;
    case 4:
        *now_us += number(in, 1) * 10000;
        drain(ring, reader, *now_us, (unsigned int)number(in, 1));
        break;
    default:
        (void)p0f_ring_asleep(ring, reader, number(in, 1) & 1);
        (void)p0f_ring_claim_state(ring, (uint32_t)number(in, 1));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static p0f_ring_t ring;
    static void *fresh;
    p0f_ring_reader_t reader = { .started = false };
    input_t in = { data, size };
    uint64_t now_us = 1000000;

    if (!ring.base) {
        if (p0f_ring_create(&ring, 64, false, -1, NULL)
            || !(fresh = malloc(ring.size)))
            abort();
        memcpy(fresh, ring.base, ring.size);
    }
    memcpy(ring.base, fresh, ring.size);
    while (in.left)
        step(&ring, &reader, &now_us, &in);
    must_recover(&ring, &reader, now_us);
    return 0;
}
