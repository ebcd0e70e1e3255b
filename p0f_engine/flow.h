/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.h - connections in progress, private to the engine that reads whole
 * conversations (tools).
 *
 * Keyed by both ends; held in a fixed pool made once, found by a keyed hash,
 * ordered by age of creation. Source: p0f 3.09b behaviour, 6. Row 5. One
 * thread.
 */
#ifndef P0F_FLOW_H
#define P0F_FLOW_H

#include "packet.h"
#include "status.h"

typedef struct p0f_flow_t {
    p0f_addr_t client, server;
    uint16_t client_port, server_port;
    uint32_t next_seq[2];        /* expected, by P0F_DIR_*: client, server */
    int64_t  created_s;          /* capture time, seconds */
    uint16_t syn_mss;            /* of the client's SYN */
    bool     acked;              /* SYN+ACK seen */
    bool     probe;              /* opened by p0f's own active probe */
    uint32_t hash_next, newer, older; /* links of the pool, internal */
} p0f_flow_t;

typedef struct p0f_flows_t p0f_flows_t;

/* Makes a table for LIMIT + 1 flows. STRICT: capture time that runs back
 * expires flows, as 3.09b does. ENOMEM. Freed by p0f_flows_destroy. */
p0f_status_t p0f_flows_create(p0f_flows_t **out, uint32_t limit, bool strict);
void p0f_flows_destroy(p0f_flows_t *flows);

/* The flow PACKET belongs to, or NULL; *TO_SERVER tells its direction. */
p0f_flow_t *p0f_flows_find(p0f_flows_t *flows, const p0f_packet_t *packet,
                           bool *to_server);

/* A new flow for the SYN PACKET, after making room if the limit is passed;
 * never NULL. */
p0f_flow_t *p0f_flows_add(p0f_flows_t *flows, const p0f_packet_t *packet,
                          int64_t now_s);

void p0f_flows_delete(p0f_flows_t *flows, p0f_flow_t *flow);

/* Deletes flows older than AGE_S. */
void p0f_flows_expire(p0f_flows_t *flows, int64_t now_s, uint32_t age_s);

#endif
