/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_int.h - what report.c and report_v3.c share; private to them.
 *
 * Row 6.
 */
#ifndef P0F_REPORT_INT_H
#define P0F_REPORT_INT_H

#include "report.h"

/* The kinds before this one have lines. */
#define P0F_REPORT_KINDS P0F_OBS_MISMATCH

static inline bool p0f_report_has_line(const p0f_observation_t *obs)
{
    return obs->kind < P0F_REPORT_KINDS;
}

/* What each kind is called: mod=... Of a fixed size, to be copied whole. */
#define P0F_REPORT_MOD 16
typedef struct {
    char text[P0F_REPORT_MOD + 1];
    uint8_t len;
} p0f_report_mod_t;
extern const p0f_report_mod_t p0f_report_mods[P0F_REPORT_KINDS];

/* "2023/07/06 19:47:48": the year has six digits at most, as the time comes
 * from microseconds in 64 bits. */
#define P0F_REPORT_DATE 24

/* Writes the date and time of SECOND, since 1970. Returns the length. */
size_t p0f_report_log_date(int64_t second, char out[P0F_REPORT_DATE]);

/* Writes the fields of OBS's own, "|os=..." and so on, as far as they fit into
 * ROOM bytes. Returns the length. */
size_t p0f_report_log_fields(const p0f_observation_t *obs, char *out,
                             size_t room);

/* The second that a time in microseconds is in. */
static inline int64_t p0f_report_second(int64_t us)
{
    return us / 1000000 - (us % 1000000 < 0);
}

#endif
