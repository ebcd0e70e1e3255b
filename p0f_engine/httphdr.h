/* SPDX-License-Identifier: Apache-2.0 */
/*
 * httphdr.h - the HTTP header names that have a meaning of their own for
 * fingerprints, whatever a fingerprint file says.
 *
 * A name's place here is its number in every database. Source: p0f 3.09b
 * behaviour, 7.5. Row 1. Any thread.
 */
#ifndef P0F_HTTPHDR_H
#define P0F_HTTPHDR_H

#include "types.h"

/* What the text of a signature does with a header of this name. */
enum {
    P0F_HDR_REQ_OPTIONAL  = 1u << 0, /* requests: shown as "?Name" */
    P0F_HDR_REQ_NO_VALUE  = 1u << 1, /* requests: the value says nothing */
    P0F_HDR_RESP_OPTIONAL = 1u << 2, /* the same for responses */
    P0F_HDR_RESP_NO_VALUE = 1u << 3
};

/* Numbers of the names that are looked at one by one, and of those that
 * messages usually have. */
enum {
    P0F_HDR_USER_AGENT, P0F_HDR_ACCEPT_LANGUAGE, P0F_HDR_SERVER, P0F_HDR_DATE,
    P0F_HDR_VIA, P0F_HDR_X_FORWARDED_FOR, P0F_HDR_HOST, P0F_HDR_CONNECTION,
    P0F_HDR_ACCEPT, P0F_HDR_ACCEPT_ENCODING, P0F_HDR_ACCEPT_CHARSET,
    P0F_HDR_KEEP_ALIVE, P0F_HDR_CONTENT_TYPE, P0F_HDR_ACCEPT_RANGES
};

#define P0F_NO_HEADER 0xffffu        /* a header number: name not known */

typedef struct {
    const char *name;
    uint32_t flags;                  /* P0F_HDR_* */
} p0f_httphdr_t;

/* Name N, or NULL past the last. */
const p0f_httphdr_t *p0f_httphdr_at(unsigned int n);

/* The numbers of the names that messages of DIR usually have, in the order in
 * which missing ones are told; P0F_NO_HEADER follows the last. */
const uint16_t *p0f_httphdr_common(p0f_dir_t dir);

#endif
