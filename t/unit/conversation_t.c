/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits of the engine that follows conversations: hosts and flows in a
 * bounded number, whatever comes. What it says is in t/tool/.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <apr_general.h>

#include "feeding.h"

enum { MAX_HOSTS = 20, MAX_FLOWS = 10 };

typedef struct {
    p0f_cache_t cache;
    feeding_t to;
    unsigned int seen;           /* of see_client */
} bench_t;

static void open_bench_as(bench_t *b, bool strict, bool alone)
{
    p0f_cache_config_t cache = {
        .max_hosts = 2 * MAX_HOSTS, .max_conns = 64,
        .host_idle_s = INT32_MAX, .conn_age_s = 30, .db_slot = 4096
    };
    p0f_engine_config_t config = {
        .cache = &b->cache, .conversations = true, .strict = strict,
        .alone = alone,
        .max_flows = MAX_FLOWS, .max_hosts = MAX_HOSTS, .conn_age_s = 30,
        .host_idle_s = 7200
    };
    p0f_error_t err;

    memset(b, 0, sizeof(*b));
    assert_int_equal(p0f_cache_create(&b->cache, &cache, &err), P0F_OK);
    assert_int_equal(p0f_engine_create(&b->to.engine, &config, &err), P0F_OK);
    p0f_link_init(&b->to.link, P0F_DLT_RAW, strict);
    b->to.now.wall_us = 1700000000000000;
    b->to.now.boot_us = (uint64_t)b->to.now.wall_us;
}

static void open_bench(bench_t *b, bool strict)
{
    open_bench_as(b, strict, false);
}

static void close_bench(bench_t *b)
{
    p0f_engine_destroy(b->to.engine);
    p0f_cache_destroy(&b->cache);
}

static bool knows(const bench_t *b, unsigned int host)
{
    p0f_host_t rec;

    return look_at(&b->to, &b->cache, host, &rec);
}

static void limit_of_hosts(void **state)
{
    bench_t b;
    unsigned int host;

    (void)state;
    open_bench(&b, false);
    for (host = 1; host <= 200; host++) {
        syn_of(&b.to, host);
        feed(&b.to, "src=250 dst=1 sport=80 dport=1000 flags=RA");
        assert_true(p0f_cache_count_hosts(&b.cache)
                    <= MAX_HOSTS + MAX_FLOWS + 2);
    }
    assert_true(knows(&b, 200));
    assert_true(knows(&b, 250));             /* used all the time */
    assert_false(knows(&b, 1));
    close_bench(&b);
}

static void a_flood_of_hosts_and_flows_stays_in_bounds(void **state)
{
    bench_t b;
    unsigned int i;
    char text[96];
    int strict;

    (void)state;
    for (strict = 0; strict < 2; strict++) {
        open_bench(&b, strict);
        for (i = 0; i < 20000; i++) {
            snprintf(text, sizeof(text), "src=%u dst=%u sport=%u M1460",
                     i * 7 % 255, i * 13 % 255, i * 31 % 65536);
            feed(&b.to, text);
        }
        assert_true(p0f_cache_count_hosts(&b.cache) <= 255);
        assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_FRAMES), 20000);
        close_bench(&b);
    }
}

static void records_are_the_same_where_nobody_reads_them(void **state)
{
    p0f_host_t recs[2];
    bench_t b[2];
    unsigned int i, host, known = 0;
    char text[96];
    int alone;

    (void)state;
    for (alone = 0; alone < 2; alone++) {
        open_bench_as(&b[alone], false, alone);
        for (i = 0; i < 3000; i++) {
            snprintf(text, sizeof(text), "src=%u dst=%u sport=%u M14%u T%u/0",
                     i * 7 % 60, i * 13 % 60, i * 31 % 65536, 10 + i % 7, i);
            feed(&b[alone].to, text);
            snprintf(text, sizeof(text), "src=%u dst=%u sport=80 dport=%u "
                     "flags=SA M1460", i * 13 % 60, i * 7 % 60,
                     i * 31 % 65536);
            feed(&b[alone].to, text);
            pass(&b[alone].to, i % 50 == 0);
        }
        p0f_engine_settle(b[alone].to.engine);
    }
    for (host = 0; host < 60; host++) {
        assert_int_equal(look_at(&b[0].to, &b[0].cache, host, &recs[0]),
                         look_at(&b[1].to, &b[1].cache, host, &recs[1]));
        assert_memory_equal(&recs[0], &recs[1], sizeof(recs[0]));
        known += knows(&b[0], host);
    }
    assert_true(known > MAX_HOSTS / 2 && known < 60);
    close_bench(&b[0]);
    close_bench(&b[1]);
}

static void idle_hosts_are_forgotten(void **state)
{
    bench_t b;
    int i;

    (void)state;
    open_bench(&b, false);
    syn_of(&b.to, 1);
    pass(&b.to, 7000);
    syn_of(&b.to, 2);
    pass(&b.to, 300);
    for (i = 0; i < 50; i++)
        feed(&b.to, "src=99 dst=98 flags=A");
    assert_false(knows(&b, 1));
    assert_true(knows(&b, 2));
    close_bench(&b);
}

static void a_clock_that_runs_back_forgets_nobody(void **state)
{
    bench_t b;
    int i;

    (void)state;
    open_bench(&b, false);
    syn_of(&b.to, 1);
    b.to.now.wall_us -= 1000 * (int64_t)1000000;
    b.to.now.boot_us -= 1000 * (uint64_t)1000000;
    for (i = 0; i < 50; i++)
        feed(&b.to, "src=99 dst=98 flags=A");
    assert_true(knows(&b, 1));
    close_bench(&b);
}

/* A server's record may wait while its clients come, not longer. */
static void everybody_is_counted_once_no_frame_waits(void **state)
{
    const p0f_addr_t addr = packets_address(250);
    p0f_host_t rec;
    bench_t b;
    unsigned int host;

    (void)state;
    open_bench(&b, false);
    for (host = 1; host <= 5; host++) {
        pass(&b.to, 1);
        syn_of(&b.to, host);
    }
    p0f_engine_settle(b.to.engine);
    assert_int_equal(p0f_cache_host_read(&b.cache, &addr,
                                         (uint32_t)(b.to.now.boot_us / 1000000),
                                         &rec), P0F_OK);
    assert_int_equal(rec.total_conn, 5);
    assert_int_equal(rec.last_seen, b.to.now.wall_us / 1000000);
    feed(&b.to, "src=250 dst=251 sport=80 dport=1000 M1460");
    p0f_engine_settle(b.to.engine);
    p0f_cache_host_read(&b.cache, &addr, (uint32_t)(b.to.now.boot_us / 1000000),
                        &rec);
    assert_int_equal(rec.total_conn, 6);     /* as a client */
    close_bench(&b);
}

/* A client and its server, both new, may be given the same place: the client
 * isn't in the table before its SYN was read. */
static void two_new_hosts_of_a_connection_have_a_place_each(void **state)
{
    unsigned int turn, host;
    p0f_host_t rec;
    char text[64];
    bench_t b;

    (void)state;
    for (turn = 0; turn < 40; turn++) {
        open_bench_as(&b, false, turn % 2);
        for (host = 1; host < 250; host += 2) {
            snprintf(text, sizeof(text), "src=%u dst=%u ttl=%u M1460", host,
                     host + 1, 60 + host % 4);
            feed(&b.to, text);
            p0f_engine_settle(b.to.engine);
            assert_true(look_at(&b.to, &b.cache, host, &rec));
            assert_int_equal(rec.total_conn, 1);
            assert_int_equal(rec.syn.ip[8], 60 + host % 4);
            assert_true(look_at(&b.to, &b.cache, host + 1, &rec));
            assert_int_equal(rec.total_conn, 1);
            assert_false(rec.rec_flags & P0F_REC_HAS_SYN);
        }
        close_bench(&b);
    }
}

/* Counts observers' calls at which the client is known already. */
static void see_client(void *ctx, const p0f_observation_t *obs)
{
    bench_t *b = ctx;
    p0f_host_t rec;

    b->seen += obs->kind == P0F_OBS_SYN
        && p0f_cache_host_read(&b->cache, obs->client,
                               (uint32_t)(b->to.now.boot_us / 1000000), &rec)
           == P0F_OK;
}

/* Who asks for it meanwhile would be told of a host without a system. */
static void a_new_host_isnt_known_before_its_syn_was_read(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, false);
    assert_true(p0f_engine_observe(b.to.engine, see_client, &b));
    syn_of(&b.to, 1);
    assert_int_equal(b.seen, 0);
    assert_true(knows(&b, 1));
    feed(&b.to, "src=1 dst=250 sport=2000 M1460");
    assert_int_equal(b.seen, 1);
    close_bench(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_of_hosts),
        cmocka_unit_test(a_flood_of_hosts_and_flows_stays_in_bounds),
        cmocka_unit_test(records_are_the_same_where_nobody_reads_them),
        cmocka_unit_test(idle_hosts_are_forgotten),
        cmocka_unit_test(a_clock_that_runs_back_forgets_nobody),
        cmocka_unit_test(everybody_is_counted_once_no_frame_waits),
        cmocka_unit_test(two_new_hosts_of_a_connection_have_a_place_each),
        cmocka_unit_test(a_new_host_isnt_known_before_its_syn_was_read),
    };

    apr_initialize();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("conversation", tests, NULL, NULL);
}
