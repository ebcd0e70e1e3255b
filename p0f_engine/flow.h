/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.h - connections in progress, private to the engine that reads whole
 * conversations (tools).
 *
 * Keyed by both ends; held in a fixed pool made once, found by the addresses'
 * secret hashes, ordered by age of creation. Source: p0f 3.09b behaviour, 6. Row 5. One
 * thread.
 */
#ifndef P0F_FLOW_H
#define P0F_FLOW_H

#include "cache.h"
#include "http.h"
#include "lru.h"

/* What a side's clock has told in a flow. */
enum { P0F_UPTIME_OPEN, P0F_UPTIME_DONE, P0F_UPTIME_BAD };

/* A cache line: most flows are a SYN and nothing more. */
typedef struct p0f_flow_t {
    p0f_addr_t client, server;
    uint16_t client_port, server_port;
    uint32_t next_seq[2];        /* expected, by P0F_DIR_*: client, server */
    uint16_t syn_mss;            /* of the client's SYN */
    bool     acked;              /* SYN+ACK seen */
    bool     probe;              /* opened by p0f's own active probe */
    int64_t  created_s;          /* capture time, seconds */
    uint8_t  uptime[2];          /* P0F_UPTIME_*, by P0F_DIR_* */
    uint16_t sent[2];            /* bytes in p0f_flows_append */
    bool     spoke;              /* p0f_flows_http was asked for */
} p0f_flow_t;

_Static_assert(sizeof(p0f_flow_t) == 64, "a flow is a cache line");

typedef struct p0f_flows_t p0f_flows_t;

/* Makes a table for LIMIT + 1 flows, which hold their hosts in LRU. STRICT:
 * capture time that runs back
 * expires flows, as 3.09b does. ENOMEM. Freed by p0f_flows_destroy. */
p0f_status_t p0f_flows_create(p0f_flows_t **out, uint32_t limit,
                              p0f_lru_t *lru, bool strict);
void p0f_flows_destroy(p0f_flows_t *flows);

/* Secret hashes of a packet's addresses (p0f_hosts_hash). */
typedef struct {
    uint64_t src, dst;
} p0f_ends_hash_t;

/* The flow PACKET, whose addresses have HASH, belongs to, or NULL; *TO_SERVER
 * tells its direction. */
p0f_flow_t *p0f_flows_find(p0f_flows_t *flows, const p0f_packet_t *packet,
                           const p0f_ends_hash_t *hash, bool *to_server);

/* The record of FLOW's client or server. */
p0f_slot_t p0f_flows_host(const p0f_flows_t *flows, const p0f_flow_t *flow,
                          p0f_dir_t dir);

/* Where the reading of what FLOW's sides send stands. */
p0f_httpstate_t *p0f_flows_http(const p0f_flows_t *flows, p0f_flow_t *flow);

/* Deletes the oldest flows if more than the limit exist; how many. */
uint32_t p0f_flows_make_room(p0f_flows_t *flows);

/* Deletes the oldest tenth of the flows. */
void p0f_flows_prune(p0f_flows_t *flows);

/* A new flow between HOSTS for the SYN PACKET, the one that was looked for
 * last (p0f_flows_find); room was made. Never NULL. */
p0f_flow_t *p0f_flows_add(p0f_flows_t *flows, const p0f_packet_t *packet,
                          const p0f_slot_t hosts[2], int64_t now_s);

/* Counts DATA as sent in FLOW by the sender of DIR, as far as there is room;
 * all that it has sent. The first DATA is returned as it is: what comes later
 * is appended to it if p0f_flows_keep was given it meanwhile. Valid until FLOW
 * is deleted. */
p0f_bytes_t p0f_flows_append(p0f_flows_t *flows, p0f_flow_t *flow,
                             p0f_dir_t dir, p0f_bytes_t data);

/* Keeps DATA, the first that p0f_flows_append returned for DIR. */
void p0f_flows_keep(p0f_flows_t *flows, const p0f_flow_t *flow, p0f_dir_t dir,
                    p0f_bytes_t data);

void p0f_flows_delete(p0f_flows_t *flows, p0f_flow_t *flow);

/* Deletes flows older than AGE_S. */
void p0f_flows_expire(p0f_flows_t *flows, int64_t now_s, uint32_t age_s);

#endif
