/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_p0f - tells the operating system behind every client.
 *
 * A capture in the parent process fingerprints the SYN packets of the
 * server's own connections and keeps what it finds in shared memory. Here
 * each connection is looked up, and what is known is exported to the
 * environment of its requests (pof_genre, pof_details ...), for logs, CGI,
 * PHP, rewriting and access rules.
 *
 * This page is the map: what is called when.
 *
 *   start and stop     httpd/lifecycle.c, httpd/ending.c
 *   directives         httpd/config.c
 *   a connection       httpd/lookup.c, httpd/savedsyn.c, httpd/verdict.c
 *   a request          httpd/vars.c, httpd/request.c
 *   packets            p0f_engine/, which knows nothing of httpd
 */
#include "httpd.h"
#include "http_config.h"
#include "http_connection.h"        /* for ap_hook_pre_connection */
#include "http_protocol.h"          /* for ap_hook_post_read_request */
#include "http_request.h"           /* for ap_hook_fixups */
#include "mpm_common.h"             /* for ap_hook_monitor */

#include "httpd/config.h"
#include "httpd/ending.h"
#include "httpd/lifecycle.h"
#include "httpd/lookup.h"
#include "httpd/unknownlog.h"
#include "httpd/vars.h"

static int log_transaction(request_rec *r)
{
    p0f_vars_export(r);
    p0f_unknownlog_transaction(r);
    return DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    static const char *const mpms[] = { "event.c", "worker.c", "prefork.c",
                                        NULL };
    static const char *const remoteip[] = { "mod_remoteip.c", NULL };
    static const char *const setenvif[] = { "mod_setenvif.c", NULL };
    static const char *const after_us[] = { "mod_remoteip.c", "mod_http2.c",
                                            "mod_ssl.c", NULL };

    (void)pool;
    ap_hook_pre_config(p0f_lifecycle_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(p0f_lifecycle_check_config, NULL, NULL,
                         APR_HOOK_MIDDLE);
    /* The MPM listens; core.c may be long in starting programs for logs. */
    ap_hook_open_logs(p0f_lifecycle_open_logs, mpms, NULL,
                      APR_HOOK_REALLY_FIRST);
    ap_hook_post_config(p0f_lifecycle_post_config, NULL, NULL,
                        APR_HOOK_LAST);
    ap_hook_drop_privileges(p0f_ending_bound, NULL, NULL,
                            APR_HOOK_REALLY_FIRST);
    ap_hook_child_init(p0f_lifecycle_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(p0f_lifecycle_monitor, NULL, NULL, APR_HOOK_MIDDLE);

    /* The peer as it is on the wire, before PROXY protocol replaces it. */
    ap_hook_pre_connection(p0f_lookup_pre_connection, NULL, after_us,
                           APR_HOOK_REALLY_FIRST);

    ap_hook_pre_close_connection(p0f_lookup_pre_close_connection, NULL, NULL,
                                 APR_HOOK_MIDDLE);

    /* The headers as they arrived. */
    ap_hook_post_read_request(p0f_vars_keep_headers, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    /* Server and virtual host: when the client's address is settled, and in
     * time for SetEnvIf and server-level rewriting. */
    ap_hook_post_read_request(p0f_vars_post_read_request, remoteip, setenvif,
                              APR_HOOK_FIRST);
    /* Directory, location, if: in time for SetEnvIf in them and for access
     * rules, of subrequests, too; and at the end of fixups, where mod_dir may
     * have put another file's configuration in place. */
    ap_hook_post_perdir_config(p0f_vars_export, NULL, NULL,
                               APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(p0f_vars_export, NULL, NULL, APR_HOOK_REALLY_LAST);
    /* A request that could not be read (400, 408) meets none of these: in
     * time for the headers of its answer, and for its log line. */
    ap_hook_insert_error_filter(p0f_vars_insert_error_filter, NULL, NULL,
                                APR_HOOK_REALLY_FIRST);
    ap_hook_log_transaction(log_transaction, NULL, NULL,
                            APR_HOOK_REALLY_FIRST);
}

AP_DECLARE_MODULE(p0f) = {
    STANDARD20_MODULE_STUFF,
    p0f_config_create_dir,
    p0f_config_merge_dir,
    p0f_config_create_server,
    p0f_config_merge_server,
    p0f_config_directives,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
