/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_v3.h - pure function: signature x database -> match, p0f 3's rule.
 *
 * Source: p0f 3.09b behaviour, 4.1. Row 3: no state, no allocation, no lock.
 * Any thread, any process.
 */
#ifndef P0F_MATCH_V3_H
#define P0F_MATCH_V3_H

#include <string.h>

#include "db.h"

/* Highest hop distance of an exact match (p0f 3.09b behaviour, 10.1). */
#define P0F_MAX_DIST 35

typedef struct {
    uint32_t sig;                /* number in the database, or P0F_NO_SIG */
    uint32_t line;               /* of the signature in its file, 0 none */
    uint16_t label;              /* or P0F_NO_LABEL: unknown */
    int16_t  dist;               /* hops; an upper bound with ttl_random */
    uint8_t  fuzzy, generic, app;/* 0 or 1 */
    uint8_t  ttl_random;         /* 0 or 1: matched record has "N-" */
    uint8_t  df_cleared;         /* 1: the record has DF, the packet has not */
    uint8_t  win_kind;           /* p0f_win_t of the record */
    uint8_t  tie;                /* 1: label is what several share that fit
                                    equally (fp_tie.h) */
} p0f_match_t;

/* Finds the best signature of DIR for SIG: the first exact specific one, else
 * the first exact generic one, else the first fuzzy one. STRICT: do as 3.09b
 * where it is wrong: ignore the record's IP version, want "0+" of an IPv6
 * packet, let a fuzzy "!" record hide later ones. OUT->dist is always set. */
void p0f_match_v3(const p0f_db_t *db, p0f_dir_t dir, const p0f_sig_t *sig,
                  bool strict, p0f_match_t *out);

/* True if whatever NEW fits exactly is already caught by REF, which stands
 * before it in the same file and DIR: then NEW is of no use. STRICT: as 3.09b
 * sees it (p0f 3.09b behaviour, 3.6, "already covered"), else by what
 * p0f_match_v3 does. A generic REF covers nothing. */
bool p0f_match_v3_covers(const p0f_dbsig_t *ref, const p0f_dbsig_t *new_sig,
                         bool strict);

/* The window of a packet with SIG's plain window and MSS, without timestamps,
 * as a multiple. False: it is none. */
bool p0f_match_v3_multiplier(const p0f_dbsig_t *sig, p0f_win_t *kind,
                             uint16_t *mult);

/* The quirks that a packet of VERSION has which fits REF exactly, STRICT: for
 * 3.09b. */
uint32_t p0f_match_v3_quirks(const p0f_dbsig_t *ref, uint8_t version,
                             bool strict);

/* Room for the longest parameter text. */
#define P0F_PARAMS_TEXT 64

/* Writes the params text ("generic fuzzy ...", "none"; p0f 3.09b behaviour,
 * 2.6; "tie" is ours), NUL-terminated. Returns the length. */
size_t p0f_match_v3_params(const p0f_match_t *match, const p0f_sig_t *sig,
                           char out[P0F_PARAMS_TEXT]);

#endif
