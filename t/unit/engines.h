/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engines.h - for the engine's tests: an engine on real tables with a small
 * database and an observer that keeps lines, and what is asked of them.
 */
#ifndef T_UNIT_ENGINES_H
#define T_UNIT_ENGINES_H

#include <apr_general.h>
#include <string.h>

#include "p0f_engine/engine.h"
#include "p0f_engine/fp_v3.h"
#include "packets.h"

#define LINUX_SYN "M1460 K T1/0 N W7"

static const char old_file[] =
    "classes = unix,win\n"
    "[mtu]\nlabel = Ethernet\nsig = 1500\nlabel = loopback\nsig = 65535\n"
    "[tcp:request]\n"
    "label = s:unix:Linux:3\n"
    "sig = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+:0\n"
    "label = s:!:Scanner:\nsys = @unix\n"
    "sig = *:64-:0:1460:1024,0:mss::0\n"
    "[http:request]\n"
    "ua_os = Linux,Windows\n"
    "label = s:!:browser:2\nsys = @unix\nsig = *:Host::\n"
    "label = s:!:editor:\nsys = @win\nsig = *:Date::\n";

static const char new_file[] =
    "classes = win,unix\n"
    "[mtu]\nlabel = Cable\nsig = 1500\n"
    "[tcp:request]\n"
    "label = s:win:Filler:\n"
    "sig = *:128:0:*:1,*:mss:df,id+:0\n"
    "label = s:unix:Linux:renamed\n"
    "sig = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+:0\n";

typedef struct {
    apr_pool_t *pool;
    p0f_cache_t cache;
    p0f_engine_t *engine;
    p0f_link_t link;
    p0f_time_t now;
    char log[16384];             /* lines of the observer */
} bench_t;

static inline void publish(bench_t *b, const char *text)
{
    p0f_bytes_t bytes = { (const uint8_t *)text, strlen(text) };
    p0f_db_builder_t *builder;
    const p0f_db_t *image;
    size_t size;
    p0f_error_t err;

    assert_int_equal(p0f_db_builder_create(&builder, b->pool), P0F_OK);
    assert_int_equal(p0f_fp_v3_parse(builder, "test", bytes, NULL, &err),
                     P0F_OK);
    assert_int_equal(p0f_db_compile(builder, b->pool, &image, &size), P0F_OK);
    assert_int_equal(p0f_cache_db_publish(&b->cache, image, size), P0F_OK);
}

static inline void take_line(void *ctx, const p0f_observation_t *obs)
{
    bench_t *b = ctx;
    char line[P0F_REPORT_LINE];
    size_t n = p0f_report_v3(obs, 0, line);

    if (obs->kind == P0F_OBS_MISMATCH)           /* no line of p0f 3's */
        n = (size_t)snprintf(line, sizeof(line), "mismatch\n");
    assert_true(strlen(b->log) + n < sizeof(b->log));
    strcat(b->log, line);
}

static inline void open_bench(bench_t *b, bool conversations)
{
    p0f_cache_config_t cache = {
        .max_hosts = 1000, .max_conns = 1000, .host_idle_s = 7200,
        .conn_age_s = 30, .db_slot = 1 << 20
    };
    p0f_engine_config_t config = {
        .cache = &b->cache, .conversations = conversations,
        .max_flows = 100, .conn_age_s = 30, .host_idle_s = 7200
    };
    p0f_error_t err;

    memset(b, 0, sizeof(*b));
    assert_int_equal(apr_pool_create(&b->pool, NULL), APR_SUCCESS);
    assert_int_equal(p0f_cache_create(&b->cache, &cache, &err), P0F_OK);
    publish(b, old_file);
    assert_int_equal(p0f_engine_create(&b->engine, &config, &err), P0F_OK);
    assert_true(p0f_engine_observe(b->engine, take_line, b));
    p0f_link_init(&b->link, P0F_DLT_RAW, false);
    b->now.wall_us = 1700000000000000;
    b->now.boot_us = 5000000000;
}

static inline void close_bench(bench_t *b)
{
    p0f_engine_destroy(b->engine);
    p0f_cache_destroy(&b->cache);
    apr_pool_destroy(b->pool);
}

static inline void feed(bench_t *b, const char *text)
{
    p0f_engine_feed(b->engine, &b->link, packets_make(text), b->now);
}

static inline void feed_ahead(bench_t *b, const char *text)
{
    p0f_engine_feed_ahead(b->engine, &b->link, packets_make(text), b->now);
}

/* Hands REC over, and waits for nothing more. */
static inline void feed_ring(p0f_engine_t *engine, const p0f_ring_rec_t *rec,
                             p0f_time_t now)
{
    p0f_engine_feed_ring(engine, rec, now);
    p0f_engine_settle(engine);
}

static inline void pass(bench_t *b, unsigned int ms)
{
    b->now.wall_us += (int64_t)ms * 1000;
    b->now.boot_us += (uint64_t)ms * 1000;
}

static inline p0f_addr_t address(unsigned int last)
{
    return packets_address(last);
}

static inline uint32_t seconds(const bench_t *b)
{
    return (uint32_t)(b->now.boot_us / 1000000);
}

static inline p0f_host_t host(const bench_t *b, unsigned int last)
{
    p0f_addr_t addr = address(last);
    p0f_host_t rec;

    assert_int_equal(p0f_cache_host_read(&b->cache, &addr, seconds(b), &rec),
                     P0F_OK);
    return rec;
}

static inline p0f_connkey_t key(unsigned int last, uint16_t port)
{
    p0f_connkey_t k = { .peer = address(last), .local = address(2),
                        .peer_port = port, .local_port = 80 };

    return k;
}

static inline p0f_conn_t conn(const bench_t *b, unsigned int last, uint16_t port)
{
    p0f_connkey_t k = key(last, port);
    p0f_conn_t rec;

    assert_int_equal(p0f_cache_conn_read(&b->cache, &k, seconds(b), &rec),
                     P0F_OK);
    return rec;
}

static inline unsigned int lines(const bench_t *b, const char *what)
{
    const char *p = b->log;
    unsigned int n = 0;

    for (; (p = strstr(p, what)); p++)
        n++;
    return n;
}

static inline const char *name(const bench_t *b, uint16_t label)
{
    static char text[600];
    uint32_t gen;

    p0f_report_label(p0f_cache_db(&b->cache, &gen), label, text, sizeof(text));
    return text;
}

static inline uint64_t drops(const bench_t *b, p0f_drop_t reason)
{
    return p0f_cache_counter(&b->cache, P0F_CTR_DROP_FIRST + (unsigned)reason);
}

static inline p0f_ring_rec_t ring_record(const bench_t *b, uint8_t kind,
                                  unsigned int last, uint16_t port)
{
    p0f_ring_rec_t rec = { .key = { .peer = address(last), .local = address(2),
                                    .peer_port = port, .local_port = 80 },
                           .kind = kind,
                           .boot_us = b->now.boot_us };

    return rec;
}

static inline void saved_syn(bench_t *b, const char *text, p0f_ring_rec_t *rec)
{
    uint8_t buffer[PACKET_MAX];
    size_t n = packets_build(text, buffer);

    assert_true(n <= sizeof(rec->raw));
    memcpy(rec->raw, buffer, n);
    rec->raw_len = (uint8_t)n;
    feed_ring(b->engine, rec, b->now);
}

#endif
