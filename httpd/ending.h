/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.h - a worker process that is told to end, at a stop or restart
 * (HUP), does so within two seconds.
 *
 * httpd's workers clean up in their signal handlers. Where the signal came in
 * the middle of malloc, cleaning up waits for a lock that the interrupted
 * code holds, for ever; httpd kills such a worker after ten seconds. In a
 * process that has never had a thread malloc takes no lock; a child of one
 * that has, as the main process with the capture, takes it.
 */
#ifndef P0F_HTTPD_ENDING_H
#define P0F_HTTPD_ENDING_H

#include "httpd.h"

/* Bounds the end of this process. The drop_privileges hook, before others:
 * these look up users and allocate. */
int p0f_ending_bound(apr_pool_t *pchild, server_rec *s);

#endif
