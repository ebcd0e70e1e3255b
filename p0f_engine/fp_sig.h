/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_sig.h - the value of one TCP "sig" line of p0f 3's grammar; private to
 * fp_v3.c, which knows files and lines.
 *
 * Source: p0f 3.09b behaviour, 3.6. Row 4. Startup, before fork.
 */
#ifndef P0F_FP_SIG_H
#define P0F_FP_SIG_H

#include "db.h"

/* What of a line is allowed but likely a slip; several may be set. */
enum {
    P0F_FPSIG_TTL_FORM = 1u << 0,  /* "+N" or "N-X" as initial TTL */
    P0F_FPSIG_NO_DIGITS = 1u << 1, /* a number without digits, read as 0 */
    P0F_FPSIG_COMMA = 1u << 2      /* a comma behind the last entry */
};

/* A text being read. */
typedef struct {
    const char *p, *end;
} p0f_fptext_t;

/* The next character of T, or NUL at its end (there is none inside). */
static inline char p0f_fptext_peek(const p0f_fptext_t *t)
{
    return t->p < t->end ? *t->p : '\0';
}

/* Takes the next character if it is C. */
static inline bool p0f_fptext_take(p0f_fptext_t *t, char c)
{
    bool is = t->p < t->end && *t->p == c;

    t->p += is;
    return is;
}

/* Takes WORD if it comes next. */
bool p0f_fptext_word(p0f_fptext_t *t, const char *word);

/* Takes the digits that come next, none at all being 0, and gives their
 * value: without limit as UINT32_MAX, in STRICT cut to 32 bits as 3.09b does.
 * *EMPTY tells whether there were none. */
uint32_t p0f_fptext_number(p0f_fptext_t *t, bool strict, bool *empty);

/* Reads VALUE into OUT, all but label, line and what the builder sets, and
 * *SLIPS, a set of P0F_FPSIG_*. ESYNTAX with a sentence without file and line
 * in ERR; OUT is then undefined. */
p0f_status_t p0f_fp_sig_parse(p0f_fptext_t value, bool strict,
                              p0f_dbsig_t *out, uint32_t *slips,
                              p0f_error_t *err);

#endif
