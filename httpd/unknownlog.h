/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unknownlog.h - P0fUnknownLog: the signatures of clients that no database
 * knows, with counts and what their User-Agents claim.
 *
 * A worker counts a connection once, when its first request has been
 * answered, in a table of its process, and appends lines by a bounded rate:
 * neither the capture nor a request waits. Only connections that httpd has
 * accepted count, so that nobody fills the log with forged SYNs.
 */
#ifndef P0F_HTTPD_UNKNOWNLOG_H
#define P0F_HTTPD_UNKNOWNLOG_H

#include "config.h"

/* Opens the log that CONF asks for, until PCONF ends; a log that can't be
 * opened is told and left out. post_config. */
void p0f_unknownlog_open(const p0f_server_conf_t *conf, apr_pool_t *pconf,
                      server_rec *s);

/* Makes this process's table; what it holds is written when PCHILD ends. */
void p0f_unknownlog_child_init(apr_pool_t *pchild, server_rec *s);

/* Counts the client of R if its SYN is unknown, when R is logged. Any worker
 * thread. */
void p0f_unknownlog_transaction(request_rec *r);

#endif
