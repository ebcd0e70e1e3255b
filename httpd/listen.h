/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listen.h - the addresses and ports of the Listen directives, as the
 * capture's filter takes them. It doesn't look at sockets that other
 * programs hold.
 */
#ifndef P0F_HTTPD_LISTEN_H
#define P0F_HTTPD_LISTEN_H

#include "httpd.h"
#include "apr_tables.h"
#include "../p0f_engine/synfilter.h"

/* Every Listen, and each of PORTS (int) on any address, as p0f_syntarget_t,
 * in POOL; sorted. Main process, post_config and later. */
apr_array_header_t *p0f_listen_targets(apr_pool_t *pool,
                                       const apr_array_header_t *ports);

/* TARGETS as text, equal where they are; in POOL. */
const char *p0f_listen_text(apr_pool_t *pool,
                            const apr_array_header_t *targets);

#endif
