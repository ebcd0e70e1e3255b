/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_v3.h - reads fingerprint files in p0f 3's grammar into a builder.
 *
 * Source: p0f 3.09b behaviour, 3. Row 4. Startup, before fork.
 */
#ifndef P0F_FP_V3_H
#define P0F_FP_V3_H

#include "db.h"

/* A remark on a file that doesn't stop loading ("file:line: sentence"). */
typedef void p0f_fp_warn_fn(void *ctx, const char *text);

typedef struct {
    bool strict;                 /* reject what 3.09b rejects although it is
                                    harmless (spec 3.6, section 11) */
    bool thorough;               /* for fp_check.h: go on behind a mistake,
                                    each one a remark, and remark on what is
                                    merely of no use; not strict */
    bool regular;                /* only a regular file will do: nothing that
                                    there is to wait for (no part of the
                                    syntax) */
    p0f_fp_warn_fn *warn;        /* NULL: no remarks */
    void *warn_ctx;
} p0f_fp_options_t;

/* Reads the file PATH into B, a pipe up to its end; OPTIONS may be NULL (not
 * strict, no remarks); POOL for temporary memory. EFILE, ESYNTAX with "file:line: sentence",
 * ELIMIT, ENOMEM, each told in ERR. On error B is not to be used further. */
p0f_status_t p0f_fp_v3_load(p0f_db_builder_t *b, const char *path,
                            const p0f_fp_options_t *options,
                            apr_pool_t *pool, p0f_error_t *err);

/* The same for the file open as FD, which stays open. */
p0f_status_t p0f_fp_v3_load_open(p0f_db_builder_t *b, const char *path,
                                 int fd, const p0f_fp_options_t *options,
                                 apr_pool_t *pool, p0f_error_t *err);

/* The same for LEN bytes at TEXT, named NAME in messages. */
p0f_status_t p0f_fp_v3_parse(p0f_db_builder_t *b, const char *name,
                             p0f_bytes_t text,
                             const p0f_fp_options_t *options,
                             p0f_error_t *err);

#endif
