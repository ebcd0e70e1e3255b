/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apisocket.h - P0fApiSocket: p0f 3's socket, served by a thread of its own
 * from the shared cache.
 *
 * The listening socket and the connections outlive a restart: who connects or
 * asks while the configuration is read waits a moment and is served. What is
 * known of them lies in the retained record. Main process, main thread, except where said.
 */
#ifndef P0F_HTTPD_APISOCKET_H
#define P0F_HTTPD_APISOCKET_H

#include "config.h"
#include "retained.h"

/* How long a query about a stranger may wait for the capture, which is woken
 * from its rest. */
#define P0F_APISOCKET_WAIT_US 100000

/* Brings the socket of R in line with CONF, made anew or taken over, and with
 * HERE starts the thread that answers from R's cache; without, the helper
 * process will (serving.h). ESYSTEM, ELIMIT, ENOMEM,
 * told in ERR; then there is none. post_config. */
p0f_status_t p0f_apisocket_open(p0f_retained_t *r,
                                const p0f_server_conf_t *conf, bool here,
                                p0f_error_t *err);

/* Ends the thread. The socket stays, and its connections go to R; the clearing
 * of PLOG closes them, unless p0f_apisocket_take comes first. R NULL: they
 * are closed. */
void p0f_apisocket_join(p0f_retained_t *r, apr_pool_t *plog);

/* Removes the socket for good. */
void p0f_apisocket_remove(p0f_retained_t *r);

/* Nobody serves until the next restart: who connects, or waits to be served,
 * is refused. */
void p0f_apisocket_refuse(p0f_retained_t *r);

/* Makes the clearing of PLOG close the listening socket, unless
 * p0f_apisocket_take comes first. post_config. */
void p0f_apisocket_hold(p0f_retained_t *r, apr_pool_t *plog);

/* Takes it and the connections back from a PLOG that will be cleared.
 * pre_config. */
void p0f_apisocket_take(p0f_retained_t *r);

#endif
