/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_cover.h - finds, among the signatures of a file so far, the first one
 * that covers a further one, and the one that fits equally; private to
 * fp_v3.c and fp_tie.c.
 *
 * A file may have a hundred thousand signatures, and each is compared with
 * those before it. What one signature can be covered by differs from it in few
 * ways: it leaves MSS, window scale, payload or window free, or has a window
 * that this one's is a multiple of, or a higher TTL. So those before are kept
 * in cells by all that is compared but the TTL, and a cell is sorted by that;
 * as many cells are looked at as the forms of signatures in the file allow,
 * however many signatures there are. Row 4. Startup, before fork.
 */
#ifndef P0F_FP_COVER_H
#define P0F_FP_COVER_H

#include "match_v3.h"

/* Knows signatures of one file and direction by their numbers there, as
 * p0f_db_builder_sigs counts them. */
typedef struct p0f_fp_cover_t p0f_fp_cover_t;

/* Makes an empty one in POOL; STRICT as in p0f_match_v3_covers. */
p0f_fp_cover_t *p0f_fp_cover_make(apr_pool_t *pool, bool strict);

/* Enters number NUMBER of SIGS, one behind the other. */
void p0f_fp_cover_add(p0f_fp_cover_t *c, const p0f_dbsig_t *sigs,
                      uint32_t number);

/* The first of SIGS, those entered, that p0f_match_v3_covers says covers
 * NEW_SIG: its number, or P0F_NO_SIG. */
uint32_t p0f_fp_cover_find(const p0f_fp_cover_t *c, const p0f_dbsig_t *sigs,
                           const p0f_dbsig_t *new_sig);

/* The first of SIGS, those entered, that has another label than NEW_SIG and
 * fits the same packets equally well: each covers the other, both are specific
 * or both generic, both systems or both programs. Its number, or P0F_NO_SIG;
 * also that if the cover is strict. The label of one that was found may change
 * to one that no signature had when it was entered, no other one's. */
uint32_t p0f_fp_cover_equal(const p0f_fp_cover_t *c, const p0f_dbsig_t *sigs,
                            const p0f_dbsig_t *new_sig);

#endif
