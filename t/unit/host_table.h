/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_table.h - for tests and measurements: the tables written as the
 * engine writes them, by the cache alone. Reading order: as hosts.h.
 */
#ifndef T_UNIT_HOST_TABLE_H
#define T_UNIT_HOST_TABLE_H

#include "p0f_engine/host.h"
#include "p0f_engine/hosts.h"

/* As p0f_hosts_claim; false, and an empty record, without a table. */
static inline bool claim_host(p0f_cache_t *cache, const p0f_addr_t *addr,
                              uint32_t now_s, bool confirmed,
                              p0f_slot_t *slot, p0f_host_t *old)
{
    p0f_guess_t guess = { .index = P0F_TABLE_NONE };
    p0f_hosts_t hosts;

    if (!p0f_hosts_open(&hosts, cache)) {
        *slot = (p0f_slot_t){ 0, 0, false };
        p0f_host_reset(old, addr);
        return false;
    }
    guess.probe = p0f_table_probe(&hosts.table,
                                  p0f_hosts_hash(&hosts, addr));
    return p0f_hosts_claim(&hosts, addr, &guess, now_s, confirmed, slot, old)
        != NULL;
}

static inline void publish_host(p0f_cache_t *cache, const p0f_slot_t *slot,
                                uint32_t now_s, const p0f_host_t *rec)
{
    p0f_hosts_t hosts;

    if (p0f_hosts_open(&hosts, cache))
        p0f_hosts_publish(&hosts, slot, now_s, rec);
}

/* As p0f_conns_claim, OLD the record or, of a new connection, an empty one with
 * KEY; false without a table. */
static inline bool claim_conn(p0f_cache_t *cache, const p0f_connkey_t *key,
                              uint32_t now_s, bool confirmed,
                              p0f_slot_t *slot, p0f_conn_t *old)
{
    p0f_guess_t guess = { .index = P0F_TABLE_NONE };
    const p0f_conn_t *found;
    p0f_conns_t conns;
    bool ok;

    if (!p0f_conns_open(&conns, cache))
        return false;
    guess.probe = p0f_table_probe(&conns.table,
                                  p0f_cache_conn_fetch(cache, key));
    ok = p0f_conns_claim(&conns, key, &guess, now_s, confirmed, slot, &found);
    *old = found ? *found : (p0f_conn_t){
        .peer = key->peer, .local = key->local, .label = P0F_NO_LABEL,
        .link = P0F_NO_LABEL, .distance = 255,
        .syn.tcp = { (uint8_t)(key->peer_port >> 8), (uint8_t)key->peer_port,
                     (uint8_t)(key->local_port >> 8),
                     (uint8_t)key->local_port }
    };
    return ok;
}

static inline void publish_conn(p0f_cache_t *cache, const p0f_slot_t *slot,
                                uint32_t now_s, const p0f_conn_t *rec)
{
    p0f_conns_t conns;

    if (p0f_conns_open(&conns, cache))
        p0f_conns_publish(&conns, slot, now_s, rec);
}

#endif
