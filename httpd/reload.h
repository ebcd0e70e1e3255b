/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload.h - P0fDatabaseReload: changed fingerprint files are loaded without
 * a restart.
 *
 * The main process only looks at the files' state and, where one has changed,
 * opens them. A child that lives for this alone gives up all privileges,
 * reads and compiles them, and leaves the image in memory that both share.
 * When it is gone the main process copies the image, checks it and publishes
 * it in one step. Main process, main thread.
 */
#ifndef P0F_HTTPD_RELOAD_H
#define P0F_HTTPD_RELOAD_H

#include "config.h"
#include "../p0f_engine/cache.h"

/* Notes the state of the configured files; post_config, before they are
 * loaded. Ends with PCONF, before this code is unloaded, and so does a
 * child. */
void p0f_reload_prepare(const p0f_server_conf_t *conf, apr_pool_t *pconf,
                        server_rec *s);

/* From now on changed files are loaded into CACHE; post_config. */
void p0f_reload_into(p0f_cache_t *cache);

/* Looks at the files if it is time; the monitor hook, about every 10
 * seconds. */
void p0f_reload_look(void);

#endif
