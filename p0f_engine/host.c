/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.c - what a SYN changes in its sender's record.
 */
#include "host.h"

#include <string.h>

#include "addr.h"

void p0f_host_reset(p0f_host_t *rec, const p0f_addr_t *addr)
{
    static const p0f_host_t empty = {
        .label = P0F_NO_LABEL, .link = P0F_NO_LABEL, .http = P0F_NO_LABEL,
        .distance = 255, .score = INT16_MIN
    };

    *rec = empty;
    rec->addr = *addr;
}

void p0f_host_touch(p0f_host_t *rec, uint32_t now_s)
{
    rec->last_seen = now_s;
    if (!rec->first_seen)
        rec->first_seen = rec->last_seen;
    rec->total_conn++;
}

uint16_t p0f_host_match_flags(const p0f_match_t *match)
{
    unsigned int flags = match->label != P0F_NO_LABEL ? P0F_REC_MATCHED : 0;

    /* Each is 0 or 1. */
    flags |= match->fuzzy * (unsigned int)P0F_REC_FUZZY
           | match->generic * (unsigned int)P0F_REC_GENERIC
           | match->app * (unsigned int)P0F_REC_APP
           | match->ttl_random * (unsigned int)P0F_REC_TTL_RANDOM
           | match->df_cleared * (unsigned int)P0F_REC_DF_CLEARED;
    return (uint16_t)flags;
}

static uint8_t cut255(unsigned int n)
{
    return (uint8_t)(n > 255 ? 255 : n);
}

uint8_t p0f_host_distance(const p0f_match_t *match)
{
    return match->dist < 0 ? 255 : cut255((unsigned int)match->dist);
}

/* Keeps the SYN that REC is named by, so that a new database can name it
 * anew. An unknown SYN doesn't replace one that was recognised, as it
 * doesn't take the host's name away either. */
static void keep_syn(p0f_host_t *rec, const p0f_seensyn_t *syn)
{
    if (syn->match->label == P0F_NO_LABEL && rec->label != P0F_NO_LABEL)
        return;
    rec->syn = syn->packet->raw;
    rec->syn_ip_opt = cut255(syn->packet->ip_opt_len);
    rec->syn_boot_us = syn->time.boot_us;
    rec->rec_flags = (uint16_t)((rec->rec_flags & P0F_REC_CONFIRMED)
                                | P0F_REC_HAS_SYN | syn->flags);
}

void p0f_host_set_uptime(p0f_host_t *rec, const p0f_uptime_t *uptime)
{
    rec->uptime_min = uptime->minutes;
    rec->uptime_mod = uptime->mod_days;
    rec->uptime_hz = (uint16_t)uptime->hz;
}

bool p0f_host_uptime(p0f_host_t *rec, const p0f_seensyn_t *syn,
                     p0f_uptime_t *uptime)
{
    uint32_t ts1 = syn->packet->opt.ts1, ref = rec->ref_ts1;
    uint64_t elapsed = syn->time.boot_us / 1000 - rec->ref_boot_us / 1000;
    bool found;

    found = ts1 && ref && p0f_uptime_estimate(ref, ts1, elapsed, uptime, NULL);
    if (found)
        p0f_host_set_uptime(rec, uptime);
    rec->ref_ts1 = ts1;
    rec->ref_boot_us = syn->time.boot_us;
    return found;
}

void p0f_host_learn(p0f_host_t *rec, const p0f_seensyn_t *syn)
{
    const p0f_match_t *match = syn->match;

    rec->db_gen = syn->db_gen;
    if (syn->confirmed)
        rec->rec_flags |= P0F_REC_CONFIRMED;
    if (!match->ttl_random)
        rec->distance = syn->distance;
    if (match->app || syn->probe)    /* a program tells nothing of a system */
        return;
    if (!syn->sig->synack)
        keep_syn(rec, syn);
    if (match->label != P0F_NO_LABEL) {
        rec->label = match->label;
        rec->quality = (uint8_t)(match->fuzzy + 2 * match->generic);
    }
    if (syn->link != P0F_NO_LABEL)
        rec->link = syn->link;
}

/* p0f-differs: to 3.09b an MTU above 65535 is none of its file's (engine_t:
 * loopback_over_ipv6). */
uint16_t p0f_host_link(const p0f_db_t *db, uint32_t mtu, bool strict)
{
    if (!db || !mtu || (strict && mtu > UINT16_MAX))
        return P0F_NO_LABEL;
    return p0f_db_mtu(db, mtu);
}

P0F_APART
void p0f_host_rename(p0f_host_t *rec, const p0f_db_t *db, uint32_t gen,
                     bool strict)
{
    p0f_packet_t packet;
    p0f_sig_t sig;
    p0f_match_t match;
    bool confirmed = rec->rec_flags & P0F_REC_CONFIRMED;

    rec->db_gen = gen;
    rec->label = rec->link = rec->http = P0F_NO_LABEL;
    rec->quality = 0;
    if (!(rec->rec_flags & P0F_REC_HAS_SYN)
        || p0f_packet_rebuild(&rec->syn, &rec->addr, &rec->addr,
                              rec->syn_ip_opt, &packet) != P0F_DROP_NONE)
        return;
    p0f_sig_take(&packet, 0, &sig);
    p0f_match_v3(db, P0F_DIR_REQUEST, &sig, strict, &match);
    if (match.label != P0F_NO_LABEL && !match.app) {
        rec->label = match.label;
        rec->quality = (uint8_t)(match.fuzzy + 2 * match.generic);
    }
    rec->rec_flags = (uint16_t)(P0F_REC_HAS_SYN | p0f_host_match_flags(&match)
                                | (confirmed ? P0F_REC_CONFIRMED : 0));
    rec->link = p0f_host_link(db, p0f_sig_mtu(&sig), strict);
}

void p0f_host_fill_conn(p0f_conn_t *rec, const p0f_seensyn_t *syn)
{
    memset(rec, 0, sizeof(*rec));
    rec->db_gen = syn->db_gen;
    rec->peer = syn->packet->src;
    rec->local = syn->packet->dst;
    rec->boot_us = syn->time.boot_us;
    rec->syn = syn->packet->raw;
    rec->label = syn->match->label;
    rec->link = syn->link;
    rec->distance = syn->distance;
    rec->ip_opt = cut255(syn->packet->ip_opt_len);
    rec->rec_flags = (uint16_t)(syn->flags
                                | (syn->confirmed ? P0F_REC_CONFIRMED : 0));
}
