/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_v3.h - p0f 3's socket protocol: 21 bytes ask about an address, 232
 * bytes answer from the cache.
 *
 * Integers are in host byte order, addresses in network order, nothing is
 * padded. Transport is server.h's. Source: p0f 3.09b behaviour, 9. Row 7: no
 * state, no allocation. Any thread, any process.
 */
#ifndef P0F_API_V3_H
#define P0F_API_V3_H

#include "cache.h"
#include "server.h"

#define P0F_API_QUERY 21         /* bytes: magic (4), 4 or 6 (1), address (16) */
#define P0F_API_REPLY 232        /* bytes: p0f_api_reply_t */
#define P0F_API_TEXT  32         /* bytes of a text, NUL included */

#define P0F_API_QUERY_MAGIC 0x50304601u
#define P0F_API_REPLY_MAGIC 0x50304602u

typedef enum {
    P0F_API_BAD_QUERY = 0x00,    /* wrong magic or kind of address */
    P0F_API_FOUND     = 0x10,
    P0F_API_NO_MATCH  = 0x20     /* nothing is known of the address */
} p0f_api_status_t;

/* The reply as it goes over the socket. What follows status is 0 unless that
 * is P0F_API_FOUND. Times in seconds since 1970. */
typedef struct {
    uint32_t magic, status;
    uint32_t first_seen, last_seen;
    uint32_t total_conn;
    uint32_t uptime_min, up_mod_days;  /* 0 unknown */
    uint32_t last_nat, last_chg;       /* 0 never */
    int16_t  distance;                 /* hops, -1 unknown (3.09b: 255) */
    uint8_t  bad_sw, os_match_q;
    char     os_name[P0F_API_TEXT], os_flavor[P0F_API_TEXT];
    char     http_name[P0F_API_TEXT], http_flavor[P0F_API_TEXT];
    char     link_type[P0F_API_TEXT];
    char     language[P0F_API_TEXT];
} p0f_api_reply_t;

_Static_assert(sizeof(p0f_api_reply_t) == P0F_API_REPLY, "reply: 232 bytes");

/* ---- server ----------------------------------------------------------- */

/* Reads QUERY; false (ADDR untouched) if it is none. */
bool p0f_api_v3_decode(const uint8_t query[P0F_API_QUERY], p0f_addr_t *addr);

/* Fills OUT: STATUS, and with P0F_API_FOUND what HOST holds, whose label
 * numbers are DB's (NULL: no names). Texts are cut to 31 bytes and a NUL.
 * STRICT: an unknown distance is 255. */
void p0f_api_v3_encode(p0f_api_status_t status, const p0f_host_t *host,
                       const p0f_db_t *db, bool strict, p0f_api_reply_t *out);

/* What an answer comes from. */
typedef struct {
    const p0f_cache_t *cache;    /* read only */
    bool strict;
    int wake_fd;                 /* of the sniffer that is asked to hurry, -1:
                                    it doesn't rest */
} p0f_api_source_t;

/* Answers the P0F_API_QUERY bytes at QUERY with P0F_API_REPLY bytes at REPLY
 * and returns the latter; 0 if the host is unknown and the capture, which may
 * have its SYN already, has not read all that came before it was ASKED. CTX
 * is a p0f_api_source_t: a p0f_server_answer_fn. */
size_t p0f_api_v3_answer(void *ctx, const uint8_t *query,
                         const p0f_server_asked_t *asked, uint8_t *reply);

/* ---- client ----------------------------------------------------------- */

/* Writes the query about ADDR. */
void p0f_api_v3_ask(const p0f_addr_t *addr, uint8_t query[P0F_API_QUERY]);

/* Takes REPLY apart: texts end with a NUL, whatever came, and a distance of
 * 255 is -1. False if it is not a reply. */
bool p0f_api_v3_understand(const uint8_t reply[P0F_API_REPLY],
                           p0f_api_reply_t *out);

#endif
