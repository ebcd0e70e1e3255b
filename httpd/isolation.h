/* SPDX-License-Identifier: Apache-2.0 */
/*
 * isolation.h - P0fIsolation process: the sniffer's loop in a helper
 * process, which parses packets as a user that may do nothing else.
 *
 *   post_config   p0f_isolation_end ends the generation before's helper,
 *                 p0f_isolation_start forks this one's
 *   MPM's loop    tells when the helper has died: the cache is repaired, the
 *                 captures are opened anew, the next helper is forked
 *   restart       p0f_isolation_release; the helper works on until the next
 *                 post_config, so that no SYN is missed meanwhile
 *   stop          plog ends the helper (retained.h), also where the module
 *                 is gone after a restart
 *
 * Main process, main thread.
 */
#ifndef P0F_HTTPD_ISOLATION_H
#define P0F_HTTPD_ISOLATION_H

#include "config.h"
#include "retained.h"

/* True if CONF asks for a helper and this system can have one. */
int p0f_isolation_wanted(const p0f_server_conf_t *conf);

/* Ends the helper that there is, within 50 ms and also if it hangs; without
 * effect where there is none. Nobody writes the cache after this. */
void p0f_isolation_end(p0f_retained_t *r);

/* Forks a helper that runs the loop of SNIFFER with an engine by ENGINE
 * (both copied) and has the captures of R, of which the main process keeps
 * none. Watches it by pool PCONF. 0 where it can't be, now or for good: it
 * is logged then. */
int p0f_isolation_start(p0f_retained_t *r, const p0f_server_conf_t *conf,
                        const p0f_sniffer_t *sniffer,
                        const p0f_engine_config_t *engine, apr_pool_t *pconf,
                        server_rec *s);

/* Tries again where a fork failed, and ends a helper that shows no life, so
 * that the next one takes its place. Monitor hook. */
void p0f_isolation_monitor(void);

/* Stops watching the helper, before this code is unloaded. */
void p0f_isolation_release(void);

#endif
