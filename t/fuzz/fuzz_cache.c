/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a worker attached to a cache segment of any content. Readers
 * must stay inside it and come to an end.
 *
 * The input is a list of writes (offset, length, bytes) over a segment with
 * hosts, connections and a database in it, placed in a block of its exact
 * size so that AddressSanitizer sees the first byte beyond.
 */
#include <apr_general.h>
#include <stdlib.h>
#include <string.h>

#include "p0f_engine/cache.h"
#include "scribble.h"
#include "t/unit/host_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1000u
#define ENTRIES 8u

static p0f_addr_t addr(uint8_t n)
{
    p0f_addr_t a = { .b = { [10] = 0xff, [11] = 0xff, [15] = n } };

    return a;
}

static p0f_connkey_t conn(uint8_t n)
{
    return (p0f_connkey_t){ .peer = addr(n), .local = addr(0),
                            .peer_port = n, .local_port = 80 };
}

static void fill(p0f_cache_t *cache)
{
    p0f_slot_t slot;
    p0f_host_t host;
    p0f_conn_t rec;
    uint8_t n;

    for (n = 0; n < ENTRIES; n++) {
        p0f_addr_t a = addr(n);
        p0f_connkey_t key = conn(n);

        if (claim_host(cache, &a, NOW, true, &slot, &host))
            publish_host(cache, &slot, NOW, &host);
        if (claim_conn(cache, &key, NOW, true, &slot, &rec))
            publish_conn(cache, &slot, NOW, &rec);
    }
}

/* An empty but valid database. */
static void publish(p0f_cache_t *cache)
{
    p0f_db_builder_t *builder;
    const p0f_db_t *image;
    apr_pool_t *pool;
    size_t size;

    if (apr_initialize() || apr_pool_create(&pool, NULL)
        || p0f_db_builder_create(&builder, pool)
        || p0f_db_compile(builder, pool, &image, &size)
        || p0f_cache_db_publish(cache, image, size))
        abort();
}

static void read_database(const p0f_cache_t *cache)
{
    uint32_t gen;
    const p0f_db_t *db = p0f_cache_db(cache, &gen);

    /* What a reader may do with any database is fuzz_db's; here only that
     * all of it lies in the segment. */
    if (db) {
        const unsigned char *last = (const unsigned char *)db + db->size;

        if (last > (const unsigned char *)cache->ro + cache->size)
            abort();
        (void)p0f_db_check(db, db->size);
    }
    (void)p0f_cache_db_valid(cache, gen);
}

static void read_all(const p0f_cache_t *cache)
{
    p0f_host_t host;
    p0f_conn_t rec;
    unsigned int i;
    uint8_t n;

    for (n = 0; n < ENTRIES + 2; n++) {
        p0f_addr_t a = addr(n);
        p0f_connkey_t key = conn(n);

        if (p0f_cache_host_read(cache, &a, NOW, &host) == P0F_OK
            && memcmp(&host.addr, &a, sizeof a) != 0)
            abort();
        if (p0f_cache_conn_read(cache, &key, NOW, &rec) == P0F_OK
            && memcmp(&rec.peer, &key.peer, sizeof rec.peer) != 0)
            abort();
    }
    for (i = 0; i <= P0F_CTR_COUNT; i++)
        (void)p0f_cache_counter(cache, i);
    if (p0f_cache_state(cache) > P0F_STATE_STOPPED)
        abort();
    (void)p0f_cache_heartbeat(cache);
    (void)p0f_cache_count_hosts(cache);
    (void)p0f_cache_count_conns(cache);
    read_database(cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static p0f_cache_t cache;
    p0f_cache_t reader;
    unsigned char *segment;
    int late;

    if (!cache.ro) {
        p0f_cache_config_t config = { .max_hosts = 8, .max_conns = 8,
                                      .host_idle_s = 60, .conn_age_s = 60,
                                      .db_slot = 4096 };

        if (p0f_cache_create(&cache, &config, NULL))
            abort();
        fill(&cache);
        publish(&cache);
    }
    segment = malloc(cache.size);
    if (!segment)
        return 0;
    for (late = 0; late < 2; late++) {   /* opened after and before */
        memcpy(segment, cache.ro, cache.size);
        if (late)
            (void)p0f_cache_open(&reader, segment, NULL, cache.size);
        scribble(segment, cache.size, data, size);
        if (!late)
            (void)p0f_cache_open(&reader, segment, NULL, cache.size);
        read_all(&reader);
    }
    free(segment);
    return 0;
}
