/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_files.h - for unit tests: databases made from fingerprint files and from
 * text, and the remarks made on the way.
 */
#ifndef P0F_T_FP_FILES_H
#define P0F_T_FP_FILES_H

#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "p0f_engine/fp_v3.h"

/* Of the test group; set up and torn down by the two functions below. */
static apr_pool_t *pool;

static inline int fp_files_make_pool(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL);
}

static inline int fp_files_drop_pool(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

/* What the reading of a file gave. */
typedef struct {
    p0f_status_t status;
    p0f_error_t error;
    const p0f_db_t *db;              /* NULL on error */
    size_t size;
    char remarks[4096];              /* a line each */
} fp_result_t;

static inline void fp_files_remark(void *ctx, const char *text)
{
    fp_result_t *result = ctx;
    size_t used = strlen(result->remarks);

    apr_snprintf(result->remarks + used, sizeof(result->remarks) - used,
                 "%s\n", text);
}

/* Compiles what B holds into RESULT unless that tells an error. */
static inline void fp_files_compile(fp_result_t *result, p0f_db_builder_t *b)
{
    if (result->status == P0F_OK)
        result->status = p0f_db_compile(b, pool, &result->db, &result->size);
    if (result->status == P0F_OK)
        result->status = p0f_db_check(result->db, result->size);
    if (result->status != P0F_OK)
        result->db = NULL;
}

/* Reads TEXT, shown as the file "t.fp". */
static inline fp_result_t fp_files_bytes(p0f_bytes_t text, bool strict)
{
    fp_result_t result = { .status = P0F_OK };
    p0f_fp_options_t options = { .strict = strict, .warn = fp_files_remark,
                                 .warn_ctx = &result };
    p0f_db_builder_t *b;

    result.status = p0f_db_builder_create(&b, pool);
    if (result.status == P0F_OK)
        result.status = p0f_fp_v3_parse(b, "t.fp", text, &options,
                                        &result.error);
    fp_files_compile(&result, b);
    return result;
}

static inline fp_result_t fp_files_text(const char *text, bool strict)
{
    p0f_bytes_t bytes = { (const uint8_t *)text, strlen(text) };

    return fp_files_bytes(bytes, strict);
}

/* Reads the file PATH. */
static inline fp_result_t fp_files_load(const char *path, bool strict)
{
    fp_result_t result = { .status = P0F_OK };
    p0f_fp_options_t options = { .strict = strict, .warn = fp_files_remark,
                                 .warn_ctx = &result };
    p0f_db_builder_t *b;

    result.status = p0f_db_builder_create(&b, pool);
    if (result.status == P0F_OK)
        result.status = p0f_fp_v3_load(b, path, &options, pool,
                                       &result.error);
    fp_files_compile(&result, b);
    return result;
}

#endif
