/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_measure.c - an httpd module for measurements only: the time that
 * mod_p0f's hooks take, waits included.
 *
 * It puts itself around each function that mod_p0f has registered, sums up,
 * and leaves the sums in the environment for the log:
 *
 *   measured_conn     nanoseconds in pre_connection; first request only
 *   measured_request  nanoseconds in all hooks of this request
 *
 * Each call has two readings of the clock in it, about 50 ns.
 */
#include <time.h>

#include "apr_strings.h"
#include "httpd.h"
#include "http_config.h"
#include "http_connection.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"

#define MEASURED "mod_p0f.c"
#define MOST 8                   /* functions of requests */

module AP_MODULE_DECLARE_DATA measure_module;

typedef int request_fn(request_rec *r);

static request_fn *original[MOST];
static int originals;
static ap_HOOK_pre_connection_t *original_connection;

static apr_uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (apr_uint64_t)now.tv_sec * 1000000000 + (apr_uint64_t)now.tv_nsec;
}

static void add(ap_conf_vector_t *config, apr_pool_t *pool, apr_uint64_t ns)
{
    apr_uint64_t *sum = ap_get_module_config(config, &measure_module);

    if (!sum) {
        sum = apr_pcalloc(pool, sizeof(*sum));
        ap_set_module_config(config, &measure_module, sum);
    }
    *sum += ns;
}

static int timed_connection(conn_rec *c, void *csd)
{
    apr_uint64_t begun = now_ns();
    int status = original_connection(c, csd);

    add(c->conn_config, c->pool, now_ns() - begun);
    return status;
}

static int timed(request_rec *r, int n)
{
    apr_uint64_t begun = now_ns();
    int status = original[n](r);

    add(r->request_config, r->pool, now_ns() - begun);
    return status;
}

static int timed_0(request_rec *r) { return timed(r, 0); }
static int timed_1(request_rec *r) { return timed(r, 1); }
static int timed_2(request_rec *r) { return timed(r, 2); }
static int timed_3(request_rec *r) { return timed(r, 3); }
static int timed_4(request_rec *r) { return timed(r, 4); }
static int timed_5(request_rec *r) { return timed(r, 5); }
static int timed_6(request_rec *r) { return timed(r, 6); }
static int timed_7(request_rec *r) { return timed(r, 7); }

static request_fn *const wrappers[MOST] = {
    timed_0, timed_1, timed_2, timed_3, timed_4, timed_5, timed_6, timed_7
};

/* Every hook's list has entries of this shape. */
static void wrap_requests(apr_array_header_t *hooks)
{
    ap_LINK_fixups_t *entry = (ap_LINK_fixups_t *)hooks->elts;

    for (int i = 0; i < hooks->nelts; i++)
        if (!strcmp(entry[i].szName, MEASURED) && originals < MOST) {
            original[originals] = entry[i].pFunc;
            entry[i].pFunc = wrappers[originals++];
        }
}

static void wrap_connections(apr_array_header_t *hooks)
{
    ap_LINK_pre_connection_t *entry = (ap_LINK_pre_connection_t *)hooks->elts;

    for (int i = 0; i < hooks->nelts; i++)
        if (!strcmp(entry[i].szName, MEASURED)) {
            original_connection = entry[i].pFunc;
            entry[i].pFunc = timed_connection;
        }
}

static int wrap(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                server_rec *s)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    wrap_connections(ap_hook_get_pre_connection());
    wrap_requests(ap_hook_get_post_read_request());
    wrap_requests(ap_hook_get_post_perdir_config());
    wrap_requests(ap_hook_get_fixups());
    wrap_requests(ap_hook_get_log_transaction());
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, "measuring %d functions",
                 originals + (original_connection != NULL));
    return OK;
}

static const char *sum_of(const ap_conf_vector_t *config, apr_pool_t *pool)
{
    const apr_uint64_t *sum = ap_get_module_config(config, &measure_module);

    return apr_psprintf(pool, "%" APR_UINT64_T_FMT, sum ? *sum : 0);
}

static int tell(request_rec *r)
{
    const conn_rec *c = r->connection;

    if (c->keepalives <= 1)      /* counted up before the log */
        apr_table_setn(r->subprocess_env, "measured_conn",
                       sum_of(c->conn_config, r->pool));
    apr_table_setn(r->subprocess_env, "measured_request",
                   sum_of(r->request_config, r->pool));
    return DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    static const char *const after[] = { MEASURED, NULL };
    static const char *const before[] = { "mod_log_config.c", NULL };

    (void)pool;
    ap_hook_post_config(wrap, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_log_transaction(tell, after, before, APR_HOOK_FIRST);
}

AP_DECLARE_MODULE(measure) = {
    STANDARD20_MODULE_STUFF,
    .register_hooks = register_hooks
};
