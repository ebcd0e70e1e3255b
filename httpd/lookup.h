/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.h - who is at the other end of a connection: the answer, the order
 * of sources, and where it is kept.
 *
 * The subject is the TCP peer with its port, taken at pre_connection before
 * anything replaces it. Order: the capture's entry of this connection, the
 * saved SYN, a bounded wait for the capture, the host's last known answer.
 * Looked up once a connection and kept; host-level values are read anew for
 * each request. HTTP/2 streams use the master's answer.
 */
#ifndef P0F_HTTPD_LOOKUP_H
#define P0F_HTTPD_LOOKUP_H

#include "httpd.h"
#include "lifecycle.h"
#include "../p0f_engine/match_v3.h"

typedef enum {
    P0F_SOURCE_NONE, P0F_SOURCE_CAPTURE, P0F_SOURCE_SAVED_SYN,
    P0F_SOURCE_HOST
} p0f_source_t;

/* Why there is no answer; the words of pof_err. */
typedef enum {
    P0F_WHY_NONE, P0F_WHY_MISS, P0F_WHY_EXPIRED, P0F_WHY_VIA,
    P0F_WHY_NO_CAPTURE, P0F_WHY_NO_PERMISSION, P0F_WHY_NO_DATABASE
} p0f_why_t;

/* Everything known about the subject of a request, copied out of the shared
 * tables. Texts are of fixed length and NUL-terminated, since the database
 * image may be replaced at any time. */
typedef struct {
    p0f_source_t source;
    p0f_why_t why;               /* pof_err, with SOURCE_NONE */
    int has_sig;                 /* sig, match, tos .. are valid */
    p0f_sig_t sig;               /* of the SYN that answered */
    uint8_t tos;                 /* its whole TOS byte */
    p0f_match_t match;
    int nat;                     /* p0f_tos_nat */
    char genre[256], details[256], class_name[256], link[256];
    uint32_t mtu;
    apr_uint64_t syn_boot_us;    /* for pof_age */
    int has_host;                /* host is valid */
    p0f_host_t host;             /* the address's history, fresh */
} p0f_answer_t;

/* pre_connection hook. */
int p0f_lookup_pre_connection(conn_rec *c, void *csd);

/* The answer for the connection of R, waiting as configured if this is its
 * first request and nothing has answered; NULL on connections that have no
 * subject (outgoing, internal). Lives as long as the connection; DIR gives
 * the wait. Any worker thread; several streams of one connection may call
 * at once. */
const p0f_answer_t *p0f_lookup_request(request_rec *r,
                                       const p0f_dir_conf_t *dir);

#endif
