/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database.c - the files of P0fDatabase, compiled into one image.
 */
#include "database.h"

#include "apr_file_info.h"

#include "../p0f_engine/fp_check.h"

static bool exists(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;

    return !APR_STATUS_IS_ENOENT(apr_stat(&info, path, APR_FINFO_TYPE,
                                          pool));
}

static p0f_status_t load_file(p0f_db_builder_t *b,
                              const p0f_database_conf_t *file, int fd,
                              const p0f_fp_options_t *options,
                              apr_pool_t *pool, p0f_error_t *err)
{
    p0f_error_t why = { .status = P0F_OK };
    p0f_status_t status =
        fd >= 0 ? p0f_fp_v3_load_open(b, file->path, fd, options, pool, &why)
                : p0f_fp_v3_load(b, file->path, options, pool, &why);

    if (status == P0F_OK || !file->where)
        return p0f_status_fail(err, status, "%s", why.text);
    return p0f_status_fail(err, status, "%s (P0fDatabase at %s)", why.text,
                           file->where);
}

p0f_status_t p0f_database_load(const p0f_server_conf_t *conf, const int *fds,
                               p0f_fp_warn_fn *warn, void *warn_ctx,
                               apr_pool_t *pool, p0f_database_t *out,
                               p0f_error_t *err)
{
    const p0f_fp_options_t options = { .warn = warn, .warn_ctx = warn_ctx,
                                       .regular = true };
    const p0f_database_conf_t *files =
        (const p0f_database_conf_t *)conf->databases->elts;
    p0f_db_builder_t *b;
    p0f_status_t status;

    *out = (p0f_database_t){ .image = NULL };
    status = p0f_db_builder_create(&b, pool);
    for (int i = 0; status == P0F_OK && i < conf->databases->nelts; i++) {
        if (!files[i].where && !exists(files[i].path, pool))
            continue;
        status = load_file(b, &files[i], fds ? fds[i] : -1, &options, pool,
                           err);
        if (status != P0F_OK)
            return status;
        out->files++;
    }
    if (status == P0F_OK)
        status = p0f_db_compile(b, pool, &out->image, &out->size);
    if (status != P0F_OK)
        return p0f_status_fail(err, status, "fingerprint database: %s",
                               p0f_status_text(status));
    return P0F_OK;
}

void p0f_database_check(const p0f_server_conf_t *conf, p0f_fp_warn_fn *warn,
                        void *warn_ctx, apr_pool_t *pool)
{
    const p0f_database_conf_t *files =
        (const p0f_database_conf_t *)conf->databases->elts;
    uint32_t found;

    for (int i = 0; i < conf->databases->nelts; i++)
        p0f_fp_check_file(files[i].path, warn, warn_ctx, pool, &found, NULL);
}
