/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts.h - the tables as their writer uses them; that of hosts also with each
 * address hashed once, and with memory asked for before it is needed.
 *
 * Private to the engine. Row 5. The sniffer's thread only.
 */
#ifndef P0F_HOSTS_H
#define P0F_HOSTS_H

#include "cache.h"
#include "table.h"

/* Valid as long as the cache's mapping and its handle. */
typedef struct {
    p0f_cache_t *cache;
    p0f_table_t table;
    const _Atomic uint32_t *idle_s;
    bool alone;                  /* nobody reads meanwhile: no copies */
} p0f_hosts_t;

/* Opens the host table of CACHE, a writer's handle, for one who isn't alone.
 * False if it has none. */
bool p0f_hosts_open(p0f_hosts_t *out, p0f_cache_t *cache);

static inline uint64_t p0f_hosts_hash(const p0f_hosts_t *hosts,
                                      const p0f_addr_t *addr)
{
    return p0f_hash_end(p0f_hash_addr(&hosts->cache->secret, addr));
}

/* Asks for the memory of the host with PROBE, as far as a SYN needs it; the
 * number of its record, most likely, or P0F_TABLE_NONE. */
static inline uint32_t p0f_hosts_guess(const p0f_hosts_t *hosts,
                                       const p0f_probe_t *probe)
{
    return p0f_table_guess(&hosts->table, probe,
                           hosts->alone ? P0F_HOST_SYN_PART
                                        : sizeof(p0f_host_t));
}

/* A record is changed in the caller's ROOM, a copy that readers don't see
 * before it is published; where nobody reads, it is changed where it lies, and
 * publishing it is noting its use. What follows returns where to change it. */

/* The two steps of a claim. Find: NULL if there is no unexpired record of
 * ADDR. Place: for a new one, which is reset. */
p0f_host_t *p0f_hosts_find(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                           const p0f_guess_t *guess, uint32_t now_s,
                           p0f_slot_t *slot, p0f_host_t *room);
p0f_host_t *p0f_hosts_place(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                            const p0f_guess_t *guess, uint32_t now_s,
                            bool confirmed, p0f_slot_t *slot,
                            p0f_host_t *room);

/* Finds the slot of ADDR, or the one a new record may take: empty, expired,
 * else the least recently used SYN-only entry of its two buckets. CONFIRMED
 * newcomers may take a confirmed entry's slot as well, so they get one always.
 * A new record is zeroed with addr set and label, link, http P0F_NO_LABEL,
 * distance 255, score INT16_MIN. NULL if there is no slot (counted). Publish
 * writes REC; confirmed by REC's flag, age NOW_S. */
p0f_host_t *p0f_hosts_claim(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                            const p0f_guess_t *guess, uint32_t now_s,
                            bool confirmed, p0f_slot_t *slot,
                            p0f_host_t *room);
void p0f_hosts_publish(p0f_hosts_t *hosts, const p0f_slot_t *slot,
                       uint32_t now_s, const p0f_host_t *rec);

/* As p0f_hosts_find, where it lies, to be read before the next change. Who
 * changes nothing notes that it's in use, so that readers see no change either;
 * who does begins with p0f_hosts_at. */
const p0f_host_t *p0f_hosts_see(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                                const p0f_guess_t *guess, uint32_t now_s,
                                p0f_slot_t *slot);
void p0f_hosts_use(p0f_hosts_t *hosts, const p0f_slot_t *slot, uint32_t now_s,
                   const p0f_host_t *rec);

/* The record at INDEX, claimed and published before. */
p0f_host_t *p0f_hosts_at(const p0f_hosts_t *hosts, uint32_t index,
                         p0f_host_t *room);

/* Forgets the host whose record has the number INDEX; asks before for the
 * memory that this takes. */
void p0f_hosts_drop(p0f_hosts_t *hosts, uint32_t index);
void p0f_hosts_fetch_drop(const p0f_hosts_t *hosts, uint32_t index);

/* ---- connections ------------------------------------------------------ */

/* The writer's way into the connection table. Valid as long as the cache's
 * mapping and its handle. */
typedef struct {
    p0f_cache_t *cache;
    p0f_table_t table;
} p0f_conns_t;

/* Opens the connection table of CACHE, a writer's handle. False if it has
 * none. */
bool p0f_conns_open(p0f_conns_t *out, p0f_cache_t *cache);

/* Finds the slot of KEY or the one a new record may take, as p0f_hosts_claim;
 * *OLD is the record of KEY where it lies, to be read before the next change,
 * or NULL if there is none. False if there is no slot (counted). */
bool p0f_conns_claim(p0f_conns_t *conns, const p0f_connkey_t *key,
                     const p0f_guess_t *guess, uint32_t now_s, bool confirmed,
                     p0f_slot_t *slot, const p0f_conn_t **old);
void p0f_conns_publish(p0f_conns_t *conns, const p0f_slot_t *slot,
                       uint32_t now_s, const p0f_conn_t *rec);

/* Marks OLD, which was found in SLOT, as confirmed, where it lies. */
void p0f_conns_confirm(p0f_conns_t *conns, const p0f_slot_t *slot,
                       uint32_t now_s, const p0f_conn_t *old);

#endif
