/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lifecycle.h - when the capture starts and stops, and what outlives a
 * restart.
 *
 * Nothing happens in the first configuration pass or under -t, but that the
 * listeners are asked to save SYNs as soon as they listen. The second
 * post_config loads the databases, makes or takes over the shared memory,
 * opens or takes over the capture handles and starts the thread; a
 * pre-cleanup of pconf (or plog, at a stop) joins it before this code is
 * unloaded. Retained: capture handles, wake-up descriptor, both segments.
 */
#ifndef P0F_HTTPD_LIFECYCLE_H
#define P0F_HTTPD_LIFECYCLE_H

#include "config.h"
#include "../p0f_engine/cache.h"
#include "../p0f_engine/ring.h"

/* What a worker needs; set before the fork, constant afterwards. */
typedef struct {
    const p0f_cache_t *cache;    /* NULL: nothing runs (engine off, or shared
                                    memory couldn't be made) */
    const p0f_ring_t *ring;      /* NULL if and only if cache is */
    int saved_syn;               /* 1: listeners save SYNs */
    int has_database;            /* 0: none configured and default absent */
    apr_interval_time_t host_idle, conn_age;
} p0f_runtime_t;

/* The runtime of this process; never NULL. Any thread, any process. */
const p0f_runtime_t *p0f_lifecycle_runtime(void);

/* Hooks; registered by mod_p0f.c, post_config with APR_HOOK_LAST: the MPM
 * has opened the listening sockets then, which is in open_logs. Databases are checked in
 * check_config, so that `-t` fails on a wrong one. */
int p0f_lifecycle_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp);
int p0f_lifecycle_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp, server_rec *s);
int p0f_lifecycle_open_logs(apr_pool_t *pconf, apr_pool_t *plog,
                            apr_pool_t *ptemp, server_rec *s);
int p0f_lifecycle_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp, server_rec *s);
void p0f_lifecycle_child_init(apr_pool_t *pchild, server_rec *s);
int p0f_lifecycle_monitor(apr_pool_t *pool, server_rec *s);

/* Logs the sniffer's state once if it has changed since it was last logged;
 * cheap where it hasn't. Any worker. */
void p0f_lifecycle_log_state(server_rec *s);

#endif
