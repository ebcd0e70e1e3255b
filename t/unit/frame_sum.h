/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_sum.h - for tests: a number that stands for all that was said of a
 * capture's frames, in order.
 */
#ifndef T_UNIT_FRAME_SUM_H
#define T_UNIT_FRAME_SUM_H

#include "p0f_engine/bytes.h"

/* SUM with a frame added, as a p0f_capture_frame_fn gets it. */
static inline uint64_t frame_sum(uint64_t sum, p0f_bytes_t frame,
                                 uint32_t wire_len, int64_t wall_us)
{
    for (size_t i = 0; i < frame.len; i++)
        sum = sum * 31 + frame.data[i];
    return sum * 31 + wire_len + (uint64_t)wall_us;
}

#endif
