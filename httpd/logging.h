/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logging.h - P0fLog and P0fDumpFile: what is observed, as lines and as a
 * capture file.
 *
 * The main thread opens the files. What the sniffer observes goes through an
 * outlet each, so that no disk or reader holds up the capture. A request is
 * the worker's observation: it writes that line itself, as an access log is
 * written, without ever waiting for a pipe.
 */
#ifndef P0F_HTTPD_LOGGING_H
#define P0F_HTTPD_LOGGING_H

#include "config.h"
#include "../p0f_engine/cache.h"
#include "../p0f_engine/report.h"

/* A sentence about a file that can't be written safely, or NULL; touches
 * nothing. Main process, check_config. */
const char *p0f_logging_check(const p0f_server_conf_t *conf,
                              apr_pool_t *pool);

/* "it is the file of ..., too", if another directive names the file PATH of
 * DIRECTIVE, or NULL. Main process. */
const char *p0f_logging_clash(const p0f_server_conf_t *conf,
                              const char *directive, const char *path,
                              apr_pool_t *pool);

/* Opens what CONF asks for; CACHE is where a connection's SYN is looked up.
 * Piped programs live as long as PCONF. False: at least one couldn't be
 * opened, told in the error log; the others work. Main process,
 * post_config. */
bool p0f_logging_open(const p0f_server_conf_t *conf,
                      const p0f_cache_t *cache, apr_pool_t *pconf,
                      server_rec *s);

/* Writes out what is queued and closes all. Main process, after the sniffer
 * was joined. */
void p0f_logging_close(void);

/* True if there is anything to write to. */
bool p0f_logging_wanted(void);

/* For a helper process that observes: the descriptors it keeps, at most MAX,
 * in FDS; how many. */
int p0f_logging_descriptors(int fds[], int max);

/* Around its fork: with ON it inherits the queues. */
void p0f_logging_inherit(bool on);

/* The sniffer's observer. */
void p0f_logging_observe(void *ctx, const p0f_observation_t *obs);

/* Writes the line of the HTTP request OBS, memory from POOL; MISMATCH: its
 * User-Agent names another system than the SYN. Returns how many lines were
 * lost. Any worker thread. */
unsigned int p0f_logging_request(const p0f_observation_t *obs, bool mismatch,
                                 apr_pool_t *pool);

/* Tells in the error log of what was lost, once a minute at most, and keeps
 * the offset of local time right. Main process, monitor hook. */
void p0f_logging_monitor(server_rec *s);

#endif
