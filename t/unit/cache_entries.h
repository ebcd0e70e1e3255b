/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache_entries.h - for the cache's tests: caches, and entries that tell whose
 * they are.
 */
#ifndef T_UNIT_CACHE_ENTRIES_H
#define T_UNIT_CACHE_ENTRIES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "p0f_engine/cache.h"
#include "host_table.h"

#define IDLE 7200u
#define AGE  30u
#define NOW  1000000u            /* seconds since boot */

static const p0f_cache_config_t small = {
    .max_hosts = 1000, .max_conns = 1000, .host_idle_s = IDLE,
    .conn_age_s = AGE, .db_slot = 65536, .shared = false
};

static inline p0f_cache_t make(p0f_cache_config_t config)
{
    p0f_error_t err;
    p0f_cache_t cache;

    assert_int_equal(p0f_cache_create(&cache, &config, &err), P0F_OK);
    return cache;
}

static inline p0f_cache_t make_hosts(uint32_t n)
{
    p0f_cache_config_t config = small;

    config.max_hosts = n;
    return make(config);
}

static inline p0f_addr_t addr(uint32_t n)
{
    p0f_addr_t a = { .b = { [10] = 0xff, [11] = 0xff } };

    memcpy(a.b + 12, &n, 4);
    return a;
}

static inline p0f_connkey_t conn(uint32_t n)
{
    return (p0f_connkey_t){ .peer = addr(n), .local = addr(1),
                            .peer_port = (uint16_t)(n * 7),
                            .local_port = 443 };
}

/* Counts a SYN of host N, as the sniffer does. */
static inline bool see(p0f_cache_t *cache, uint32_t n, uint32_t now, bool confirmed)
{
    p0f_addr_t a = addr(n);
    p0f_slot_t slot;
    p0f_host_t rec;

    if (!claim_host(cache, &a, now, confirmed, &slot, &rec))
        return false;
    rec.total_conn++;
    rec.last_seen = n;
    if (confirmed)
        rec.rec_flags |= P0F_REC_CONFIRMED;
    publish_host(cache, &slot, now, &rec);
    return true;
}

static inline p0f_status_t look(const p0f_cache_t *cache, uint32_t n, uint32_t now,
                         p0f_host_t *out)
{
    p0f_addr_t a = addr(n);

    return p0f_cache_host_read(cache, &a, now, out);
}

static inline bool knows(const p0f_cache_t *cache, uint32_t n, uint32_t now)
{
    p0f_host_t h;
    p0f_status_t status = look(cache, n, now, &h);

    if (status == P0F_OK)
        assert_int_equal(h.last_seen, n);
    return status == P0F_OK;
}

static inline bool see_conn(p0f_cache_t *cache, const p0f_connkey_t *key,
                     uint32_t now, bool confirmed, uint16_t label)
{
    p0f_slot_t slot;
    p0f_conn_t rec;

    if (!p0f_cache_conn_claim(cache, key, now, confirmed, &slot, &rec))
        return false;
    rec.label = label;
    if (confirmed)
        rec.rec_flags |= P0F_REC_CONFIRMED;
    p0f_cache_conn_publish(cache, &slot, now, &rec);
    return true;
}

#endif
