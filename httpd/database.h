/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database.h - the files of P0fDatabase, compiled into one image.
 */
#ifndef P0F_HTTPD_DATABASE_H
#define P0F_HTTPD_DATABASE_H

#include "config.h"
#include "../p0f_engine/fp_v3.h"

typedef struct {
    const p0f_db_t *image;       /* in the caller's pool */
    size_t size;                 /* bytes */
    int files;                   /* read; 0: the default file is absent and
                                    no other is configured */
} p0f_database_t;

/* Reads and compiles the configured files: by name, or FDS (may be NULL) has
 * a descriptor for each, -1 where it couldn't be opened. A default file that
 * doesn't exist is left out; every other trouble is an error: ERR says
 * "file:line: sentence" or names file and directive. WARN gets remarks, may
 * be NULL. Startup, or a process of its own. */
p0f_status_t p0f_database_load(const p0f_server_conf_t *conf, const int *fds,
                               p0f_fp_warn_fn *warn, void *warn_ctx,
                               apr_pool_t *pool, p0f_database_t *out,
                               p0f_error_t *err);

/* Tells by WARN what is of no use in the configured files, "file:line:
 * sentence"; files that can't be read are left out. Startup. */
void p0f_database_check(const p0f_server_conf_t *conf, p0f_fp_warn_fn *warn,
                        void *warn_ctx, apr_pool_t *pool);

#endif
