/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f_check.c - p0f --check-database: what is wrong or of no use in
 * fingerprint files, for people and for continuous integration.
 */
#include <stdio.h>

#include "../p0f_engine/fp_check.h"
#include "p0f.h"

static void print_finding(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
}

int check_databases(char *const *files, int count, apr_pool_t *pool)
{
    p0f_error_t err = { .text = "" };
    uint32_t found;
    int i, status = 0;

    if (!count)
        return fail("--check-database takes names of fingerprint files");
    for (i = 0; i < count; i++) {
        if (p0f_fp_check_file(files[i], print_finding, NULL, pool, &found,
                              &err) != P0F_OK)
            return fail("%s", err.text);
        status |= found != 0;
    }
    return status;
}
