/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_handed.c - N connections with their first requests on their way from
 * a worker's record into the tables, for an instruction counter (counts).
 *
 *     bench_handed alone|captured N
 *
 * alone: the ring is the only source; captured: each SYN comes as a frame
 * first. N is a batch of 32 at least. Of a hundred hosts, one kind of SYN; what
 * the worker needs for the record counts as well.
 */
#include <apr_general.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p0f_engine/engine.h"
#include "p0f_engine/fp_v3.h"

enum { HOSTS = 100, BATCH = 32, SYN_LEN = 60 };

static const char file[] =
    "classes = unix\n[mtu]\nlabel = Ethernet\nsig = 1500\n[tcp:request]\n"
    "label = s:unix:Linux:3\n"
    "sig = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+:0\n"
    "[http:request]\nlabel = s:!:browser:2\nsys = @unix\nsig = *:Host::\n";

/* 10.0.N.N:N -> 10.0.0.1:80; ports, numbers, addresses are filled in. */
static const uint8_t syn[SYN_LEN] = {
    0x45, 0, 0, SYN_LEN, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 0, 10, 0, 0, 1,
    0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0xa0, 2, 0x72, 0x10, 0, 0, 0, 0,
    2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7
};

typedef struct {
    p0f_cache_t cache;
    p0f_ring_t ring;
    p0f_ring_reader_t reader;
    p0f_engine_t *engine;
    p0f_link_t link;
    p0f_ringhttp_t said;
    p0f_time_t now;
    bool captured;
} bench_t;

static bool publish(p0f_cache_t *cache)
{
    const p0f_bytes_t text = { (const uint8_t *)file, sizeof(file) - 1 };
    p0f_db_builder_t *builder;
    const p0f_db_t *db;
    apr_pool_t *pool;
    size_t size;

    return apr_pool_create(&pool, NULL) == APR_SUCCESS
        && p0f_db_builder_create(&builder, pool) == P0F_OK
        && p0f_fp_v3_parse(builder, "bench", text, NULL, NULL) == P0F_OK
        && p0f_db_compile(builder, pool, &db, &size) == P0F_OK
        && p0f_cache_db_publish(cache, db, size) == P0F_OK;
}

/* What a browser's request says. */
static void say(bench_t *b)
{
    const p0f_db_t *db = p0f_cache_db(&b->cache, &b->said.db_gen);
    const p0f_label_t *label;
    uint16_t n;

    b->said.heard = 1;
    b->said.said.claim = P0F_NAT_NO_CLAIM;
    for (n = 0; (label = p0f_db_label(db, n)) != NULL; n++) {
        if (label->flags & P0F_LABEL_APP)
            b->said.said.label = n;
    }
}

static bool make(bench_t *b, bool captured)
{
    const p0f_cache_config_t cache = {
        .max_hosts = 1000, .max_conns = 65536, .host_idle_s = 7200,
        .conn_age_s = 30, .db_slot = 1 << 20
    };
    const p0f_engine_config_t engine = {
        .cache = &b->cache, .conn_age_s = 30, .host_idle_s = 7200,
        .ring_only = !captured
    };

    *b = (bench_t){ .captured = captured,
                    .now = { 1700000000000000, 5000000000 } };
    p0f_link_init(&b->link, P0F_DLT_RAW, false);
    if (p0f_cache_create(&b->cache, &cache, NULL) != P0F_OK
        || !publish(&b->cache)
        || p0f_ring_create(&b->ring, 64, false, -1, NULL) != P0F_OK
        || p0f_engine_create(&b->engine, &engine, NULL) != P0F_OK)
        return false;
    say(b);
    return true;
}

static void put16(uint8_t *at, unsigned int n)
{
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
}

static void hand_over(bench_t *b, unsigned int n)
{
    p0f_ring_rec_t rec = {
        .key.peer_port = (uint16_t)(1024 + n / HOSTS % 60000),
        .key.local_port = 80,
        .kind = P0F_RING_FIRST, .raw_len = sizeof(b->said) + SYN_LEN,
        .boot_us = b->now.boot_us
    };
    uint8_t *ip = rec.raw + sizeof(b->said);

    memcpy(rec.raw, &b->said, sizeof(b->said));
    memcpy(ip, syn, SYN_LEN);
    put16(ip + 14, n % HOSTS + 256);
    put16(ip + 20, rec.key.peer_port);
    put16(ip + 26, n);
    put16(ip + 50, n);
    rec.key.peer = p0f_addr_from_v4(ip + 12);
    rec.key.local = p0f_addr_from_v4(ip + 16);
    if (b->captured)
        p0f_engine_feed_ahead(b->engine, &b->link,
                              (p0f_bytes_t){ ip, SYN_LEN }, b->now);
    p0f_ring_put(&b->ring, &rec);
}

static void take(void *ctx, const p0f_ring_rec_t *rec)
{
    const bench_t *b = ctx;

    p0f_engine_feed_ring(b->engine, rec, b->now);
}

/* Whether ARGV is right, and what it says. */
static bool asked(int argc, char **argv, bool *captured, unsigned int *count)
{
    char *end;
    long n;

    if (argc != 3)
        return false;
    n = strtol(argv[2], &end, 10);
    *count = (unsigned int)n;
    *captured = !strcmp(argv[1], "captured");
    return n >= BATCH && n <= INT_MAX && !*end
        && (*captured || !strcmp(argv[1], "alone"));
}

int main(int argc, char **argv)
{
    bench_t b;
    unsigned int n, count;
    bool captured;

    if (!asked(argc, argv, &captured, &count)) {
        fputs("usage: bench_handed alone|captured N\n", stderr);
        return 2;
    }
    apr_initialize();
    if (!make(&b, captured)) {
        fputs("bench_handed: no engine\n", stderr);
        return 1;
    }
    for (n = 0; n < count; n++) {
        hand_over(&b, n);
        if (n % BATCH != BATCH - 1)
            continue;
        p0f_engine_settle(b.engine);
        p0f_ring_drain(&b.ring, &b.reader, b.now.boot_us, BATCH, take, &b);
        p0f_engine_settle(b.engine);
        b.now.boot_us += 1000;
        b.now.wall_us += 1000;
    }
    n = (unsigned int)p0f_cache_counter(&b.cache, P0F_CTR_SYNS);
    return n == count - count % BATCH
           && !p0f_cache_counter(&b.cache, P0F_CTR_RING_BAD) ? 0 : 1;
}
