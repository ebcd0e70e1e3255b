/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine remembers of where hosts and connections lie: it changes
 * nothing but the time that is taken, and is most of what came lately.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engines.h"
#include "p0f_engine/engine_int.h"

static void connections_that_are_remembered_are_told_apart(void **state)
{
    unsigned int n, turn;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    for (turn = 0; turn < 2; turn++) {           /* frames, then records */
        for (n = 0; n < 600; n++) {
            const unsigned int port = 1000 + n % 300, to = 2 + n / 300;
            p0f_ring_rec_t rec = ring_record(&b, P0F_RING_CONFIRMED, 1,
                                             (uint16_t)port);
            char text[80];

            b.log[0] = '\0';
            rec.key.local = address(to);
            snprintf(text, sizeof(text), "sport=%u dst=%u %s", port, to,
                     LINUX_SYN);
            if (turn)
                feed_ring(b.engine, &rec, b.now);
            else
                feed(&b, text);
        }
    }
    assert_int_equal(host(&b, 1).total_conn, 600);
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_CONFIRMED), 600);
    close_bench(&b);
}

/* Small tables, of which both give the same keys the same places. */
static void open_small(bench_t *b, const bench_t *like)
{
    const p0f_cache_config_t small = {
        .max_hosts = 20, .max_conns = 20, .host_idle_s = 120,
        .conn_age_s = 30, .db_slot = 1 << 20
    };

    open_bench(b, false);
    p0f_cache_destroy(&b->cache);
    assert_int_equal(p0f_cache_create(&b->cache, &small, NULL), P0F_OK);
    if (like)
        b->cache.secret = like->cache.secret;
    publish(b, old_file);
}

/* The same, without what the one before remembered. */
static void new_engine(bench_t *b)
{
    const p0f_engine_config_t config = { .cache = &b->cache, .conn_age_s = 30,
                                         .host_idle_s = 120 };

    p0f_engine_destroy(b->engine);
    assert_int_equal(p0f_engine_create(&b->engine, &config, NULL), P0F_OK);
}

/* A SYN of N, of 200 hosts of either kind with four ports each, as a frame or
 * in a worker's record. */
static void give(bench_t *b, unsigned int n, bool handed)
{
    p0f_ring_rec_t rec = ring_record(b, P0F_RING_SYN, n / 8, 1000);
    const bool v6 = n & 4;
    char text[80];

    rec.key.peer_port = (uint16_t)(1000 + n % 4);
    snprintf(text, sizeof(text), "%s src=%u sport=%u %s", v6 ? "v6" : "",
             n / 8, 1000 + n % 4, LINUX_SYN);
    if (v6) {
        rec.key.peer = (p0f_addr_t){ { 0xfd, [15] = (uint8_t)(n / 8) } };
        rec.key.local = (p0f_addr_t){ { 0xfd, [15] = 2 } };
    }
    if (handed)
        saved_syn(b, text, &rec);
    else
        feed(b, text);
}

/* Also where what is remembered isn't there any more: a few entries of many
 * keys displace each other all the time. */
static void what_is_remembered_changes_nothing(void **state)
{
    bench_t one, other;
    p0f_host_t x, y;
    uint64_t c = 1;
    unsigned int i, n;

    (void)state;
    open_small(&one, NULL);
    open_small(&other, &one);
    new_engine(&one);
    for (i = 0; i < 6000; i++) {
        c = c * 6364136223846793005u + 1442695040888963407u;
        n = (unsigned int)(c >> 33) % (i % 2 ? 1600 : 160);
        new_engine(&other);
        give(&one, n, c >> 62);
        give(&other, n, c >> 62);
        pass(&one, 50);
        pass(&other, 50);
    }
    for (i = 0; i < P0F_CTR_COUNT; i++)
        assert_int_equal(p0f_cache_counter(&one.cache, i),
                         p0f_cache_counter(&other.cache, i));
    for (n = 1; n < 200; n++) {
        const p0f_addr_t addr = address(n);

        assert_int_equal(p0f_cache_host_read(&one.cache, &addr, seconds(&one),
                                             &x),
                         p0f_cache_host_read(&other.cache, &addr,
                                             seconds(&other), &y));
        assert_memory_equal(&x, &y, sizeof(x));
    }
    assert_true(p0f_cache_counter(&one.cache, P0F_CTR_CONN_EVICTED) > 100);
    assert_true(p0f_cache_counter(&one.cache, P0F_CTR_CONFIRMED) > 100);
    assert_int_equal(p0f_cache_counter(&one.cache, P0F_CTR_RING_BAD), 0);
    close_bench(&one);
    close_bench(&other);
}

/* Some share a place, by chance. */
static void the_last_hundred_are_remembered(void **state)
{
    enum { HOSTS = 100 };
    unsigned int n, hosts = 0, conns = 0;
    p0f_guess_t guess;
    char text[80];
    bench_t b;

    (void)state;
    open_bench(&b, false);
    for (n = 0; n < HOSTS; n++) {
        snprintf(text, sizeof(text), "src=%u sport=%u %s", 100 + n, 5000 + n,
                 LINUX_SYN);
        feed(&b, text);
        b.log[0] = '\0';
    }
    for (n = 0; n < HOSTS; n++) {
        const p0f_addr_t addr = address(100 + n);
        const p0f_connkey_t k = key(100 + n, (uint16_t)(5000 + n));

        hosts += p0f_engine_recall_host(b.engine, &addr, &guess);
        conns += p0f_engine_recall_conn(b.engine, &k, &guess);
    }
    assert_in_range(hosts, HOSTS * 3 / 4, HOSTS);
    assert_in_range(conns, HOSTS / 2, HOSTS);
    close_bench(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_that_are_remembered_are_told_apart),
        cmocka_unit_test(what_is_remembered_changes_nothing),
        cmocka_unit_test(the_last_hundred_are_remembered),
    };

    apr_initialize();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("engine_near", tests, NULL, NULL);
}
