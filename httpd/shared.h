/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared.h - the shared segments of the module: made, or taken over from
 * before a restart, with the database in place.
 */
#ifndef P0F_HTTPD_SHARED_H
#define P0F_HTTPD_SHARED_H

#include "config.h"
#include "database.h"
#include "retained.h"

/* Brings cache and ring of R in line with CONF and publishes DATABASE (NULL:
 * keep the one that is there). Where the segment can't serve on, a new one
 * takes its place, and the old one is marked final for the workers that
 * still read it. ENOMEM, ESYSTEM, ELIMIT, told in ERR; R may then lack
 * either. Main process, post_config, while no thread runs. */
p0f_status_t p0f_shared_prepare(p0f_retained_t *r,
                                const p0f_server_conf_t *conf,
                                const p0f_database_t *database,
                                p0f_error_t *err);

/* Drops what a writer that died has left half-written in the cache. ELAYOUT.
 * Main process, while nobody writes. */
p0f_status_t p0f_shared_repair(p0f_retained_t *r,
                               const p0f_server_conf_t *conf);

/* Marks the cache final, and unmaps both in this process. */
void p0f_shared_drop(p0f_retained_t *r);

#endif
