/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uptime.c - two TCP timestamps of a host -> its clock's frequency and
 * uptime.
 */
#include "uptime.h"

#define MIN_ELAPSED_MS 25
#define MAX_ELAPSED_MS (10 * 60 * 1000)
#define GRACE_MS       100           /* below this, less ticks are trusted */
#define MIN_TICKS      5
#define MIN_HZ         0.7
#define MAX_HZ         1500.0

/* The frequency that a clock measured at RAW hertz most likely has. */
static uint32_t round_hz(double raw)
{
    uint32_t hz = (uint32_t)raw;

    if (hz == 0)
        return 1;
    if (hz <= 10)
        return hz;
    if (hz <= 50)
        return (hz + 3) / 5 * 5;
    if (hz <= 100)
        return (hz + 7) / 10 * 10;
    if (hz <= 500)
        return (hz + 33) / 50 * 50;
    return (hz + 67) / 100 * 100;
}

bool p0f_uptime_estimate(uint32_t ref, uint32_t ts, uint64_t elapsed_ms,
                         p0f_uptime_t *out, bool *bad)
{
    uint32_t ticks = ts - ref, back = ~ticks;
    double raw;

    *out = (p0f_uptime_t){ .hz = 0 };
    if (bad)
        *bad = false;
    if (elapsed_ms < MIN_ELAPSED_MS || elapsed_ms > MAX_ELAPSED_MS
        || ticks < MIN_TICKS || (elapsed_ms < GRACE_MS && back / 1000 < 15))
        return false;
    raw = ticks > back ? -1000.0 * back / (double)elapsed_ms
                       : 1000.0 * ticks / (double)elapsed_ms;
    if (raw < MIN_HZ || raw > MAX_HZ) {
        if (bad)
            *bad = true;
        return false;
    }
    out->raw_hz = raw;
    out->hz = round_hz(raw);
    out->minutes = ts / out->hz / 60;
    out->mod_days = UINT32_MAX / (out->hz * 86400);
    return true;
}
