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

typedef struct {
    const char *name;            /* without prefix: "genre" */
    int group;                   /* P0F_GROUP_* */
    /* The value for ANSWER, never NULL, allocated in POOL or static. */
    const char *(*get)(const p0f_answer_t *answer, apr_pool_t *pool);
    const char *doc;             /* one sentence for the manual */
} p0f_var_t;

/* The table and its length (at most 64: sets of variables are bit masks by
 * position). */
extern const p0f_var_t p0f_vars[];
extern const int p0f_vars_count;

/* Number of the variable NAME (with or without the prefix "pof_"), or -1. */
int p0f_vars_find(const char *name);

/* The mask of a group "std", "ext", "all", "none"; false if unknown. */
int p0f_vars_group(const char *name, apr_uint64_t *mask);

/* The hooks that export; see architecture: create_request, post_read_request
 * after mod_remoteip and before mod_setenvif, fixups. */
int p0f_vars_create_request(request_rec *r);
int p0f_vars_post_read_request(request_rec *r);
int p0f_vars_fixups(request_rec *r);

#endif
