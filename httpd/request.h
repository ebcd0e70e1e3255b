/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - what a request's own headers say: the software, the language,
 * the system that the client claims.
 *
 * The headers are kept as they arrived, before mod_remoteip and others take
 * or change some, and read when first asked for. p0f 3's matcher sees them as
 * it would on the wire. What it doesn't see there at all is read by looser
 * rules, since a header order of HTTP/1 GET requests proves nothing about
 * other methods or HTTP/2: there a signature counts only if the User-Agent
 * bears it out.
 */
#ifndef P0F_HTTPD_REQUEST_H
#define P0F_HTTPD_REQUEST_H

#include "lookup.h"
#include "../p0f_engine/claim.h"
#include "../p0f_engine/engine.h"

/* The headers of a request and what they say. Used by one thread at a time,
 * as the request is. */
struct p0f_reqhttp_t {
    request_rec *r;              /* the request as it was received */
    const apr_table_entry_t *header; /* as they were then */
    int headers;
    int read;                    /* 1: the rest is valid */
    p0f_claim_t claim;
    const char *language;        /* name, "" unknown; constant */
    const char *name, *flavor;   /* of the software, "" unknown */
    int via;                     /* 1: says it came through a proxy */
    int parsed;                  /* 1: p0f 3 would read it; the rest is
                                    valid */
    uint32_t db_gen;             /* generation of the numbers below */
    p0f_http_t head;
    p0f_bytes_t buffer;
    p0f_httpmatch_t match;
    p0f_saidhttp_t said;
};

/* Keeps the headers of R, which was just received. */
p0f_reqhttp_t *p0f_request_keep(request_rec *r);

/* HTTP with everything read; NULL for NULL. */
const p0f_reqhttp_t *p0f_request_read(p0f_reqhttp_t *http);

/* 1: HTTP claims another system than the SYN of ANSWER shows, 0: the same,
 * -1: can't tell. */
int p0f_request_mismatch(const p0f_reqhttp_t *http,
                         const p0f_verdict_t *syn, int via);

/* bad_sw of ANSWER's host after HTTP, by p0f 3's rule. */
int p0f_request_bad_sw(const p0f_reqhttp_t *http,
                       const p0f_answer_t *answer);

/* If HTTP is the first request of its connection: hands what it says to the
 * sniffer. */
void p0f_request_tell(p0f_reqhttp_t *http);

#endif
