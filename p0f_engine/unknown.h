/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unknown.h - signatures that no database knows: counted in a small table,
 * and their log, from which new signatures are learned.
 *
 * A line of the log is "COUNT TAB KIND TAB SIGNATURE TAB CLAIM": KIND syn or
 * syn+ack, SIGNATURE as p0f 3's raw_sig, CLAIM what the client's User-Agent
 * says, or "-". Lines of the same rest are added up by who reads them, so
 * that any number of processes may append. Row 4. One thread a table at a
 * time; the other functions any thread.
 */
#ifndef P0F_UNKNOWN_H
#define P0F_UNKNOWN_H

#include "sig.h"
#include "status.h"

#define P0F_UNKNOWN_CLAIM 48         /* room for a claim, NUL included */

/* Room for the longest line, newline and NUL included. */
#define P0F_UNKNOWN_LINE (P0F_SIG_TEXT + P0F_UNKNOWN_CLAIM + 40)

/* Takes what a User-Agent says of its system: of "Mozilla/5.0 (Linux; Android
 * 14; Pixel 8)" it is "Android 14"; of one without a remark in brackets the
 * program. OUT holds letters, digits and " ._/-" only; "-" if there is
 * nothing to take. */
void p0f_unknown_claim(p0f_bytes_t agent, char out[P0F_UNKNOWN_CLAIM]);

typedef struct p0f_unknown_t p0f_unknown_t;

/* Makes a table of up to ENTRIES signatures with malloc. Of what it counts
 * PER_MINUTE new lines may be told at most; 0: nothing until it is asked
 * for. ENOMEM. */
p0f_status_t p0f_unknown_create(p0f_unknown_t **out, uint32_t entries,
                                uint32_t per_minute);
void p0f_unknown_destroy(p0f_unknown_t *table);

/* Counts SIG with CLAIM at NOW_S, seconds of any steady clock. Allocates
 * nothing. Returns the length of the line in LINE that is to be appended to
 * the log now, or 0: a signature is told when it is new, and what was counted
 * since at most once a minute. */
size_t p0f_unknown_count(p0f_unknown_t *table, const p0f_sig_t *sig,
                         const char *claim, uint32_t now_s,
                         char line[P0F_UNKNOWN_LINE]);

/* The next line of what was counted and not told, counted as told then; 0
 * when all is told. */
size_t p0f_unknown_rest(p0f_unknown_t *table, char line[P0F_UNKNOWN_LINE]);

/* How many were counted nowhere because the table was full. */
uint64_t p0f_unknown_lost(const p0f_unknown_t *table);

/* One line of a log, in parts. */
typedef struct {
    uint64_t count;
    bool     response;               /* syn+ack */
    char     sig[P0F_SIG_TEXT], claim[P0F_UNKNOWN_CLAIM];
} p0f_unknownline_t;

/* Reads LINE, without its newline. False: it is none. */
bool p0f_unknown_parse(p0f_bytes_t line, p0f_unknownline_t *out);

#endif
