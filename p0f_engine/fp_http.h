/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_http.h - the value of one HTTP "sig" line of p0f 3's grammar; private to
 * fp_v3.c, which knows files and lines.
 *
 * Source: p0f 3.09b behaviour, 3.8. Row 4. Startup, before fork.
 */
#ifndef P0F_FP_HTTP_H
#define P0F_FP_HTTP_H

#include "fp_sig.h"

/* Reads VALUE: *SIG (all but label, line and what the builder sets) and its
 * ITEMS. Names and texts are entered in B. *SLIPS: a set of P0F_FPSIG_*.
 * ESYNTAX with a sentence without file and line in ERR, ELIMIT. */
p0f_status_t p0f_fp_http_parse(p0f_db_builder_t *b, p0f_fptext_t value,
                               p0f_dbhttp_t *sig,
                               p0f_dbitem_t items[2 * P0F_HTTP_MAX],
                               uint32_t *slips, p0f_error_t *err);

/* True if every message that NEW_SIG matches is matched by REF, which stands
 * before it. ITEMS of each as p0f_dbhttp_t has them. */
bool p0f_fp_http_covers(const p0f_db_builder_t *b, const p0f_dbhttp_t *ref,
                        const p0f_dbitem_t *ref_items,
                        const p0f_dbhttp_t *new_sig,
                        const p0f_dbitem_t *new_items);

#endif
