/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts.c - claim and publish of host records.
 */
#include "hosts.h"

#include "host.h"

static p0f_table_terms_t terms_of(const p0f_hosts_t *hosts, uint32_t now_s,
                                  bool confirmed)
{
    p0f_table_terms_t terms = {
        .now_s = now_s, .confirmed = confirmed,
        .limit_s = atomic_load_explicit(hosts->idle_s, memory_order_relaxed)
    };

    return terms;
}

/* As p0f_table_find, for who isn't where it was guessed. */
P0F_APART
static bool look_for(const p0f_hosts_t *hosts, const p0f_addr_t *addr,
                     const p0f_guess_t *guess, const p0f_table_terms_t *terms,
                     p0f_place_t *place, p0f_host_t *old)
{
    return p0f_table_find(&hosts->table, &guess->probe, addr, terms, place,
                          old);
}

/* True if there was an entry; it may have expired. */
static inline bool find(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                 const p0f_guess_t *guess, const p0f_table_terms_t *terms,
                 p0f_place_t *place, p0f_host_t *old)
{
    return p0f_table_claim_at(&hosts->table, &guess->probe, addr,
                              guess->index, terms, place, old)
        || look_for(hosts, addr, guess, terms, place, old);
}

static p0f_slot_t slot_of(const p0f_place_t *place)
{
    return (p0f_slot_t){ place->index, place->tag, place->found };
}

/* What the table is to copy a record to: NULL, to nowhere. */
static p0f_host_t *copy_of(const p0f_hosts_t *hosts, p0f_host_t *room)
{
    return hosts->alone ? NULL : room;
}

p0f_host_t *p0f_hosts_at(const p0f_hosts_t *hosts, uint32_t index,
                         p0f_host_t *room)
{
    return p0f_table_at(&hosts->table, index, copy_of(hosts, room));
}

/* The record at PLACE, copied to ROOM already if it is copied at all. */
static p0f_host_t *found_at(const p0f_hosts_t *hosts,
                            const p0f_place_t *place, p0f_host_t *room)
{
    return hosts->alone ? p0f_table_at(&hosts->table, place->index, NULL)
                        : room;
}

/* As p0f_hosts_find; OLD NULL: nothing is copied. */
static inline bool find_unexpired(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                                  const p0f_guess_t *guess, uint32_t now_s,
                                  p0f_place_t *place, p0f_host_t *old)
{
    const p0f_table_terms_t terms = terms_of(hosts, now_s, true);

    if (!find(hosts, addr, guess, &terms, place, old))
        return false;
    if (!place->found)
        p0f_table_drop(&hosts->table, place->index);
    return place->found;
}

p0f_host_t *p0f_hosts_find(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                           const p0f_guess_t *guess, uint32_t now_s,
                           p0f_slot_t *slot, p0f_host_t *room)
{
    p0f_place_t place;

    if (!find_unexpired(hosts, addr, guess, now_s, &place,
                        copy_of(hosts, room)))
        return NULL;
    *slot = slot_of(&place);
    return found_at(hosts, &place, room);
}

const p0f_host_t *p0f_hosts_see(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                                const p0f_guess_t *guess, uint32_t now_s,
                                p0f_slot_t *slot)
{
    p0f_place_t place;

    if (!find_unexpired(hosts, addr, guess, now_s, &place, NULL))
        return NULL;
    *slot = slot_of(&place);
    return p0f_table_at(&hosts->table, place.index, NULL);
}

p0f_host_t *p0f_hosts_place(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                            const p0f_guess_t *guess, uint32_t now_s,
                            bool confirmed, p0f_slot_t *slot,
                            p0f_host_t *room)
{
    p0f_table_terms_t terms = terms_of(hosts, now_s, confirmed);
    p0f_place_t place;
    p0f_host_t *rec;

    if (!p0f_table_place_at(&hosts->table, &guess->probe, guess->index, &place)
        && !p0f_table_place(&hosts->table, &guess->probe, &terms, &place)) {
        p0f_cache_add(hosts->cache, P0F_CTR_HOST_REFUSED, 1);
        return NULL;
    }
    rec = found_at(hosts, &place, room);
    *slot = slot_of(&place);
    p0f_host_reset(rec, addr);
    return rec;
}

p0f_host_t *p0f_hosts_claim(p0f_hosts_t *hosts, const p0f_addr_t *addr,
                            const p0f_guess_t *guess, uint32_t now_s,
                            bool confirmed, p0f_slot_t *slot,
                            p0f_host_t *room)
{
    p0f_table_terms_t terms = terms_of(hosts, now_s, confirmed);
    p0f_place_t place;
    p0f_host_t *rec;

    if (!find(hosts, addr, guess, &terms, &place, copy_of(hosts, room)))
        return p0f_hosts_place(hosts, addr, guess, now_s, confirmed, slot,
                               room);
    rec = found_at(hosts, &place, room);
    *slot = slot_of(&place);
    if (!place.found)
        p0f_host_reset(rec, addr);
    return rec;
}

void p0f_hosts_publish(p0f_hosts_t *hosts, const p0f_slot_t *slot,
                       uint32_t now_s, const p0f_host_t *rec)
{
    p0f_table_terms_t terms = terms_of(hosts, now_s,
                                       rec->rec_flags & P0F_REC_CONFIRMED);
    p0f_place_t place = { slot->index, slot->tag, slot->found };

    if (p0f_table_publish(&hosts->table, &place, &terms,
                          hosts->alone ? NULL : rec))
        p0f_cache_add(hosts->cache, P0F_CTR_HOST_EVICTED, 1);
}

void p0f_hosts_use(p0f_hosts_t *hosts, const p0f_slot_t *slot, uint32_t now_s,
                   const p0f_host_t *rec)
{
    const p0f_table_terms_t terms = terms_of(
        hosts, now_s, rec->rec_flags & P0F_REC_CONFIRMED);
    const p0f_place_t place = { slot->index, slot->tag, true };

    p0f_table_publish(&hosts->table, &place, &terms, NULL);
}

void p0f_hosts_drop(p0f_hosts_t *hosts, uint32_t index)
{
    p0f_table_drop(&hosts->table, index);
}

void p0f_hosts_fetch_drop(const p0f_hosts_t *hosts, uint32_t index)
{
    p0f_table_fetch_bucket(&hosts->table, index);
}
