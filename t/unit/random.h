/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - numbers for tests that make their own input.
 */
#ifndef T_UNIT_RANDOM_H
#define T_UNIT_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* A number below N; the same ones in each run. */
static inline uint32_t random_below(uint32_t n)
{
    static uint32_t state = 20120101;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % n;
}

static inline bool one_in(uint32_t n)
{
    return random_below(n) == 0;
}

#endif
