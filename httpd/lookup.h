/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.h - who is at the other end of a connection: the answer, the order
 * of sources, and where it is kept.
 *
 * The subject is the TCP peer with its port, taken at pre_connection before
 * anything replaces it, or, with P0fSubject client, the address that
 * mod_remoteip gives, of which there is history only. Order for the peer: the
 * capture's entry of this connection, the saved SYN, a bounded wait for the
 * capture, the host's last known answer.
 * What the connection's own SYN says is found once and kept; host-level
 * values are read anew for each request, if the record has changed. HTTP/2
 * streams use the master's answer.
 */
#ifndef P0F_HTTPD_LOOKUP_H
#define P0F_HTTPD_LOOKUP_H

#include "httpd.h"
#include "lifecycle.h"
#include "verdict.h"
#include "../p0f_engine/engine.h"

/* Why there is no answer, or not the whole; the words of pof_err. */
typedef enum {
    P0F_WHY_NONE, P0F_WHY_MISS, P0F_WHY_EXPIRED, P0F_WHY_VIA,
    P0F_WHY_NO_CAPTURE, P0F_WHY_NO_PERMISSION, P0F_WHY_NO_DATABASE
} p0f_why_t;

typedef struct p0f_reqhttp_t p0f_reqhttp_t;   /* request.h */

/* What a host's history names it. */
typedef struct {
    char genre[P0F_TEXT], details[P0F_TEXT];
} p0f_hostname_t;

/* Everything known about the subject of a request. Used by one thread at a
 * time, as the request is. */
typedef struct {
    apr_pool_t *pool;            /* lives as long as the answer */
    int asked;                   /* 0: the connection has no TCP peer */
    p0f_why_t why;               /* P0F_WHY_NONE: all is well */
    int via;                     /* 1: the peer is not the client, 0 it is,
                                    P0F_UNSET */
    apr_uint64_t now_us;         /* since boot, when this was put together */
    const p0f_verdict_t *syn;    /* never NULL */
    int has_host;                /* the following are valid */
    p0f_host_t host;             /* the address's history */
    const p0f_hostname_t *host_name; /* p0f_lookup_host_name; NULL: not yet */
    p0f_reqhttp_t *http;         /* the request's headers; NULL: not read */
} p0f_answer_t;

/* What the later requests of a connection are given again, as long as the
 * record of its host is the same. */
typedef struct {
    const apr_table_t *env;      /* the environment; NULL: none */
    p0f_hostmark_t host;
    apr_time_t until;            /* for requests of before then */
    int times;                   /* that something was kept */
} p0f_kept_t;

/* A connection at its first request. */
typedef struct {
    const p0f_connkey_t *key;    /* the connection's */
    int via;                     /* 1: the peer is not the client */
    const p0f_verdict_t *syn;    /* its own SYN; NULL: not known yet */
} p0f_lookup_first_t;

/* pre_connection hook. */
int p0f_lookup_pre_connection(conn_rec *c, void *csd);

/* pre_close_connection hook: a connection that ends without a request. */
int p0f_lookup_pre_close_connection(conn_rec *c);

/* The answer for the connection of R, never NULL, lives as long as R. Waits
 * as DIR says if this is the connection's first request and nothing has
 * answered. Any worker thread; several streams of one connection may call at
 * once. */
p0f_answer_t *p0f_lookup_request(request_rec *r, const p0f_dir_conf_t *dir,
                                 p0f_reqhttp_t *http);

/* The environment kept with the connection of R, if all in it that hangs on
 * the connection's SYN and the host's record is as it was; else NULL. */
const apr_table_t *p0f_lookup_kept(const request_rec *r);

/* Where to keep the environment of R, which says what ANSWER does, for later
 * requests, in memory of the connection; NULL: not to be kept. The first
 * request's isn't: it may be the only one. */
p0f_kept_t *p0f_lookup_keep(const request_rec *r, const p0f_answer_t *answer);

/* The name of ANSWER's host by the database of now, found when first asked
 * for; empty texts if it has none. */
const p0f_hostname_t *p0f_lookup_host_name(p0f_answer_t *answer);

/* True for one request of each connection, the first that asks; then OUT is
 * filled, and the caller has to go on with p0f_lookup_tell. Doesn't wait. Any
 * worker thread. */
bool p0f_lookup_first(request_rec *r, p0f_lookup_first_t *out);

/* Hands what the first request of connection C SAID (NULL: nothing) to the
 * sniffer, with the connection itself if that was held back. */
void p0f_lookup_tell(const conn_rec *c, const p0f_ringhttp_t *said);

/* What the own SYN of connection C says if the database doesn't know it, else
 * NULL; NULL also after the first time. Lives as long as C. Any worker
 * thread. */
const p0f_verdict_t *p0f_lookup_unknown(const conn_rec *c);

#endif
