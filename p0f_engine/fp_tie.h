/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_tie.h - signatures that fit equally but have different labels; private
 * to fp_v3.c.
 *
 * p0f 3's answer is the first signature that fits. Of two that fit the same
 * packets equally well the first would speak for both, and its label would be
 * a guess. In one file they are a tie: the answer is what the labels share.
 * Signatures that merely overlap are no tie: there the order of the file
 * says which one is meant. Row 4. Startup, before fork.
 */
#ifndef P0F_FP_TIE_H
#define P0F_FP_TIE_H

#include "fp_cover.h"

/* If a signature of the current file and DIR fits the same packets as SIG,
 * has another label, and the labels share class and name, gives that
 * signature the label of the tie: name and flavor as far as they agree, flag
 * P0F_LABEL_TIE. SIG itself is then not needed. COVER has all of them. *LINE
 * is the other's. False: there is none. */
bool p0f_fp_tie_join(p0f_db_builder_t *b, p0f_dir_t dir,
                     const p0f_fp_cover_t *cover, const p0f_dbsig_t *sig,
                     uint32_t *line);

/* Room for a text that two names or flavors share. */
#define P0F_FP_TIE_TEXT 256

/* Writes the words that A and B begin with. "" if there are none, and where
 * a list, a range or a remark goes on behind them: of "7 or 8" and "7 or 10"
 * neither may be called "7". */
void p0f_fp_tie_common(const char *a, const char *b,
                       char out[P0F_FP_TIE_TEXT]);

#endif
