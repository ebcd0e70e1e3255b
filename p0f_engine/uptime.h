/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uptime.h - pure function: two TCP timestamps of a host -> its clock's
 * frequency and uptime.
 *
 * Source: p0f 3.09b behaviour, 5.6. Row 4. Any thread.
 */
#ifndef P0F_UPTIME_H
#define P0F_UPTIME_H

#include "types.h"

typedef struct {
    double   raw_hz;             /* measured frequency */
    uint32_t hz;                 /* rounded frequency, 0: nothing known */
    uint32_t minutes;            /* uptime by TS, 0 .. */
    uint32_t mod_days;           /* after which the counter wraps */
} p0f_uptime_t;

/* From timestamp REF and a later TS of the same host, received ELAPSED_MS
 * milliseconds apart. True if OUT holds a result. False leaves OUT->hz 0, and
 * *BAD (may be NULL) tells whether the frequency was out of range. */
bool p0f_uptime_estimate(uint32_t ref, uint32_t ts, uint64_t elapsed_ms,
                         p0f_uptime_t *out, bool *bad);

#endif
