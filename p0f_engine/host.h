/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - pure functions: old record x observation x now -> new record.
 *
 * What a SYN changes in its sender's record. Source: p0f 3.09b behaviour,
 * 5.1 and 5.6. Row 4: no state, no allocation.
 */
#ifndef P0F_HOST_H
#define P0F_HOST_H

#include "match_v3.h"
#include "record.h"
#include "uptime.h"

/* A SYN as it was read and recognised. */
typedef struct {
    const p0f_packet_t *packet;
    const p0f_sig_t *sig;
    const p0f_match_t *match;
    uint16_t link;               /* label of the MTU, or P0F_NO_LABEL */
    uint16_t flags;              /* p0f_host_match_flags */
    uint8_t  distance;           /* p0f_host_distance */
    uint32_t db_gen;             /* generation of the label numbers */
    bool     confirmed;          /* of a connection that httpd accepted */
    bool     probe;              /* opened by p0f's own active probe */
    p0f_time_t time;
} p0f_seensyn_t;

/* Makes REC the empty record of ADDR. */
void p0f_host_reset(p0f_host_t *rec, const p0f_addr_t *addr);

/* Counts a new connection of REC's host at NOW_S, seconds since 1970: first
 * and last seen, total. */
void p0f_host_touch(p0f_host_t *rec, uint32_t now_s);

/* Enters SYN (or a SYN+ACK) in REC: system, link, distance. REC's label
 * numbers are of SYN->db_gen already. */
void p0f_host_learn(p0f_host_t *rec, const p0f_seensyn_t *syn);

/* Enters what two timestamps told. */
void p0f_host_set_uptime(p0f_host_t *rec, const p0f_uptime_t *uptime);

/* Reckons uptime from the timestamps of two SYNs, this and the last one
 * entered here. True if UPTIME holds a result, which REC then has too. */
bool p0f_host_uptime(p0f_host_t *rec, const p0f_seensyn_t *syn,
                     p0f_uptime_t *uptime);

/* The label of a link with MTU (0: none told) in DB (NULL: none), or
 * P0F_NO_LABEL. */
uint16_t p0f_host_link(const p0f_db_t *db, uint32_t mtu, bool strict);

/* Brings the label numbers of REC, of an older database, to DB (may be NULL) of
 * generation GEN: its kept SYN is matched again. Software names go: they have
 * no kept signature. */
void p0f_host_rename(p0f_host_t *rec, const p0f_db_t *db, uint32_t gen,
                     bool strict);

/* The P0F_REC_* bits for a match, and its distance as records keep it: 255
 * where it is unknown. */
uint16_t p0f_host_match_flags(const p0f_match_t *match);
uint8_t p0f_host_distance(const p0f_match_t *match);

/* Fills REC with the whole header of SYN and what it was recognised as. */
void p0f_host_fill_conn(p0f_conn_t *rec, const p0f_seensyn_t *syn);

#endif
