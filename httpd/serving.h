/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serving.h - P0fApiSocket in the helper process: a second thread there,
 * which has nothing but the shared cache, the socket and its clients.
 *
 *   main process   prepare; fork; forget
 *   helper         begin; p0f_confine, which the thread waits for; confined
 *
 * The main process keeps the listening socket, for the next helper.
 */
#ifndef P0F_HTTPD_SERVING_H
#define P0F_HTTPD_SERVING_H

#include "config.h"
#include "confine.h"
#include "retained.h"

#define P0F_SERVING_HELD 3       /* descriptors */

/* Makes what the helper to be forked will need; nothing where R has no
 * socket. 0: it can't be, errno tells. */
int p0f_serving_prepare(const p0f_retained_t *r,
                        const p0f_server_conf_t *conf);

/* The descriptors that the helper needs for it; returns how many. */
int p0f_serving_descriptors(int fds[P0F_SERVING_HELD]);

/* Lets go of it, after the fork. */
void p0f_serving_forget(void);

/* Starts the thread, which gives up its bounding set by CONFINE and waits. 0
 * where it can't be. The helper, before p0f_confine. */
int p0f_serving_begin(const p0f_confine_t *confine);

/* The process is confined: the thread gives up the rest, with FILTER (NULL:
 * none) system calls as well, and serves until the process ends. 0 where it
 * couldn't give up everything. The helper. */
int p0f_serving_confined(const p0f_harden_t *filter);

#endif
