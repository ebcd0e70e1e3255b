/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vars.h - the one table of variables: name, group, getter, sentence.
 *
 * Environment, log format, expressions and the manual are driven by it.
 */
#ifndef P0F_HTTPD_VARS_H
#define P0F_HTTPD_VARS_H

#include "lookup.h"

enum { P0F_GROUP_STD, P0F_GROUP_EXT };

/* How the value of a variable is had from an answer that has what NEEDS
 * (vars.c) says: by GET, or, if that is NULL, it is a text of the SYN. Never
 * NULL; lives as long as the answer. */
typedef struct {
    const char *(*get)(p0f_answer_t *answer);
    uint8_t needs;
    uint8_t text;                /* P0F_NAME_* */
} p0f_value_t;

typedef struct {
    const char *name;            /* with the default prefix: "pof_genre" */
    int group;                   /* P0F_GROUP_* */
    p0f_value_t value;
    const char *doc;             /* one sentence for the manual */
} p0f_var_t;

/* The table and its length (at most 64: sets of variables are bit masks by
 * position). */
extern const p0f_var_t p0f_vars[];
extern const int p0f_vars_count;

/* The name of VAR without the default prefix: "genre". */
const char *p0f_vars_short(const p0f_var_t *var);

/* Number of the variable NAME (with or without the default prefix), or -1. */
int p0f_vars_find(const char *name);

/* The mask of a group "std", "ext", "all", "none"; false if unknown. */
int p0f_vars_group(const char *name, apr_uint64_t *mask);

/* Gets ready for what DIR exports, which is what most requests will want.
 * post_config; POOL lives until the next one. */
void p0f_vars_prepare(apr_pool_t *pool, const p0f_dir_conf_t *dir);

/* post_read_request hook: keeps the headers of R before another module changes
 * them. */
int p0f_vars_keep_headers(request_rec *r);

/* Makes the environment of R what P0fEngine, P0fExport and P0fEnvPrefix say
 * where R stands now; does nothing where it is so already. Hook function for
 * every point at which that may have changed. */
int p0f_vars_export(request_rec *r);

/* post_read_request hook, once the client's address is settled: the same, and
 * what the headers say is handed to the sniffer. */
int p0f_vars_post_read_request(request_rec *r);

/* As p0f_vars_export, for a request that ended before any other hook (400,
 * 408), when the answer is sent. */
void p0f_vars_insert_error_filter(request_rec *r);

#endif
