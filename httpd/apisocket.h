/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apisocket.h - P0fApiSocket: p0f 3's socket, served by a thread of its own
 * from the shared cache.
 *
 * The listening socket outlives a restart, so that who connects while the
 * configuration is read waits a moment and is served; its number lies in the
 * retained record. Main process, main thread, except where said.
 */
#ifndef P0F_HTTPD_APISOCKET_H
#define P0F_HTTPD_APISOCKET_H

#include "config.h"
#include "retained.h"

/* Brings the socket of R in line with CONF, made anew or taken over, and with
 * HERE starts the thread that answers from R's cache; without, the helper
 * process will (serving.h). ESYSTEM, ELIMIT, ENOMEM,
 * told in ERR; then there is none. post_config. */
p0f_status_t p0f_apisocket_open(p0f_retained_t *r,
                                const p0f_server_conf_t *conf, bool here,
                                p0f_error_t *err);

/* Ends the thread. The socket stays. */
void p0f_apisocket_join(void);

/* Removes the socket for good. */
void p0f_apisocket_remove(p0f_retained_t *r);

/* Nobody serves until the next restart: who connects, or waits to be served,
 * is refused. */
void p0f_apisocket_refuse(p0f_retained_t *r);

/* Makes the clearing of PLOG close the listening socket, unless
 * p0f_apisocket_take comes first. post_config. */
void p0f_apisocket_hold(p0f_retained_t *r, apr_pool_t *plog);

/* Takes it back from a PLOG that will be cleared. pre_config. */
void p0f_apisocket_take(p0f_retained_t *r);

#endif
