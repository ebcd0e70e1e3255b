/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operation costs doesn't grow with what is kept: it looks at two
 * buckets of a table, at a host or two in the order of use. All other memory
 * of the tables is out of reach meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "feeding.h"
#include "host_table.h"
#include "out_of_reach.h"

enum { ROOM = 20000, LIMIT = 200, NOW = 5000 };

static const p0f_cache_config_t size = {
    .max_hosts = ROOM, .max_conns = ROOM, .host_idle_s = 7200,
    .conn_age_s = 30, .db_slot = 4096
};

typedef struct {
    p0f_cache_t cache;
    p0f_hosts_t hosts;
    p0f_conns_t conns;
    feeding_t to;                    /* engine NULL: none */
} bench_t;

/* 10.N: no address that a packet has, of those packets.h makes. */
static p0f_addr_t any_address(uint32_t n)
{
    const uint8_t v4[4] = { 10, (uint8_t)(n >> 16 | 128), (uint8_t)(n >> 8),
                            (uint8_t)n };

    return p0f_addr_from_v4(v4);
}

static p0f_connkey_t connection(const p0f_addr_t *peer)
{
    return (p0f_connkey_t){ .peer = *peer, .local = packets_address(2),
                            .peer_port = 1000, .local_port = 80 };
}

static void open_bench(bench_t *b)
{
    p0f_error_t err;

    memset(b, 0, sizeof(*b));
    assert_int_equal(p0f_cache_create(&b->cache, &size, &err), P0F_OK);
    assert_ptr_equal(b->cache.ro, b->cache.rw);  /* one to take away */
    assert_true(p0f_hosts_open(&b->hosts, &b->cache));
    assert_true(p0f_conns_open(&b->conns, &b->cache));
    p0f_link_init(&b->to.link, P0F_DLT_RAW, false);
    b->to.now.wall_us = 1700000000000000;
    b->to.now.boot_us = NOW * (uint64_t)1000000;
}

static void open_engine(bench_t *b, bool conversations)
{
    const p0f_engine_config_t config = {
        .cache = &b->cache, .conversations = conversations,
        .max_flows = 1000, .max_hosts = LIMIT, .conn_age_s = 30,
        .host_idle_s = 7200
    };
    p0f_error_t err;

    open_bench(b);
    assert_int_equal(p0f_engine_create(&b->to.engine, &config, &err), P0F_OK);
}

static void close_bench(bench_t *b)
{
    p0f_engine_destroy(b->to.engine);
    p0f_cache_destroy(&b->cache);
}

static void take_all(const bench_t *b)
{
    assert_true(take_table(&b->hosts.table) > 2000000);
    assert_true(take_table(&b->conns.table) > 2000000);
}

static void leave_host(const bench_t *b, const p0f_addr_t *addr)
{
    leave_key(&b->hosts.table, p0f_cache_host_fetch(&b->cache, addr));
}

static void leave_conn(const bench_t *b, const p0f_connkey_t *key)
{
    leave_key(&b->conns.table, p0f_cache_conn_fetch(&b->cache, key));
}

static void give_all(const bench_t *b)
{
    give_back(b->cache.ro, b->cache.size);
}

/* ---- the tables ------------------------------------------------------- */

static void put_host(bench_t *b, const p0f_addr_t *addr, bool confirmed)
{
    p0f_slot_t slot;
    p0f_host_t rec;

    assert_true(claim_host(&b->cache, addr, NOW, confirmed, &slot, &rec));
    rec.total_conn++;
    rec.rec_flags = confirmed ? P0F_REC_CONFIRMED : 0;
    publish_host(&b->cache, &slot, NOW, &rec);
}

static void put_conn(bench_t *b, const p0f_addr_t *peer)
{
    const p0f_connkey_t key = connection(peer);
    p0f_slot_t slot;
    p0f_conn_t rec;

    assert_true(claim_conn(&b->cache, &key, NOW, true, &slot, &rec));
    publish_conn(&b->cache, &slot, NOW, &rec);
}

/* All that is done with a host, whether it is there or not. */
static void work_on_host(bench_t *b, const p0f_addr_t *addr)
{
    p0f_guess_t guess = { .index = P0F_TABLE_NONE };
    p0f_hostmark_t mark;
    const p0f_host_t *seen;
    p0f_slot_t slot;
    p0f_host_t rec;

    (void)p0f_cache_host_read(&b->cache, addr, NOW, &rec);
    guess.probe = p0f_table_probe(&b->hosts.table,
                                  p0f_hosts_hash(&b->hosts, addr));
    guess.index = p0f_hosts_guess(&b->hosts, &guess.probe);
    put_host(b, addr, true);
    assert_int_equal(p0f_cache_host_read(&b->cache, addr, NOW, &rec), P0F_OK);
    assert_true(p0f_cache_host_mark(&b->cache, &rec, &mark));
    put_host(b, addr, true);
    assert_false(p0f_cache_host_same(&mark));
    seen = p0f_hosts_see(&b->hosts, addr, &guess, NOW, &slot);
    assert_non_null(seen);
    p0f_hosts_use(&b->hosts, &slot, NOW + 1, seen);
    p0f_hosts_drop(&b->hosts, slot.index);
    put_host(b, addr, true);
}

static void work_on_conn(bench_t *b, const p0f_addr_t *peer)
{
    const p0f_connkey_t key = connection(peer);
    p0f_guess_t guess = { .index = P0F_TABLE_NONE };
    const p0f_conn_t *old;
    p0f_slot_t slot;
    p0f_conn_t rec;

    (void)p0f_cache_conn_read(&b->cache, &key, NOW, &rec);
    put_conn(b, peer);
    assert_int_equal(p0f_cache_conn_read(&b->cache, &key, NOW, &rec), P0F_OK);
    guess.probe = p0f_table_probe(&b->conns.table,
                                  p0f_cache_conn_fetch(&b->cache, &key));
    assert_true(p0f_conns_claim(&b->conns, &key, &guess, NOW, true, &slot,
                                &old));
    p0f_conns_confirm(&b->conns, &slot, NOW, old);
}

/* New ones and known ones, in empty and in full tables. */
static void an_operation_looks_at_two_buckets(void **state)
{
    p0f_connkey_t key;
    p0f_addr_t addr;
    uint32_t n;
    bench_t b;
    int full;

    (void)state;
    open_bench(&b);
    for (full = 0; full < 2; full++) {
        for (n = 0; n < 40; n++) {
            addr = any_address(n * 1000);
            take_all(&b);
            leave_host(&b, &addr);
            work_on_host(&b, &addr);
            give_all(&b);
            take_all(&b);
            key = connection(&addr);
            leave_conn(&b, &key);
            work_on_conn(&b, &addr);
            give_all(&b);
        }
        for (n = 0; n < 2 * ROOM; n++) {
            addr = any_address(n);
            put_host(&b, &addr, true);
            put_conn(&b, &addr);
        }
    }
    assert_true(p0f_cache_counter(&b.cache, P0F_CTR_HOST_EVICTED) > ROOM / 2);
    assert_true(p0f_cache_counter(&b.cache, P0F_CTR_CONN_EVICTED) > ROOM / 2);
    close_bench(&b);
}

/* Whoever takes over as the writer drops what was being written; it walks
 * nothing, so that a restart is as fast with a large table. */
static void a_new_writer_looks_at_what_was_being_written_only(void **state)
{
    const p0f_addr_t addr = any_address(7);
    const p0f_connkey_t key = connection(&addr);
    p0f_slot_t host, conn;
    p0f_host_t hostrec;
    p0f_conn_t connrec;
    uint32_t n;
    bench_t b;

    (void)state;
    open_bench(&b);
    for (n = 0; n < 100; n++) {
        const p0f_addr_t other = any_address(n);

        put_host(&b, &other, true);
        put_conn(&b, &other);
    }
    take_all(&b);
    assert_int_equal(p0f_cache_adopt(&b.cache, &size), P0F_OK);
    give_all(&b);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 100);
    assert_int_equal(p0f_cache_count_conns(&b.cache), 100);

    assert_true(claim_host(&b.cache, &addr, NOW, true, &host, &hostrec));
    assert_true(claim_conn(&b.cache, &key, NOW, true, &conn, &connrec));
    p0f_table_begin(&b.hosts.table, host.index); /* and here it dies */
    p0f_table_begin(&b.conns.table, conn.index);
    take_all(&b);
    leave_host(&b, &addr);
    leave_conn(&b, &key);
    assert_int_equal(p0f_cache_adopt(&b.cache, &size), P0F_OK);
    give_all(&b);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 99);
    assert_int_equal(p0f_cache_count_conns(&b.cache), 99);
    assert_int_equal(p0f_cache_host_read(&b.cache, &addr, NOW, &hostrec),
                     P0F_EMISS);
    close_bench(&b);
}

/* ---- the engine ------------------------------------------------------- */

static bool knows(const bench_t *b, unsigned int host)
{
    p0f_host_t rec;

    return look_at(&b->to, &b->cache, host, &rec);
}

/* Frames enough that the engine looks for what has expired. */
static void let_expire(bench_t *b)
{
    int i;

    for (i = 0; i < 50; i++)
        feed(&b->to, "src=99 dst=98 flags=A");
}

/* The packet TEXT as a worker hands it over. */
static void hand_over(bench_t *b, const char *text)
{
    const p0f_addr_t peer = packets_address(1);
    p0f_ring_rec_t rec = { .key = connection(&peer), .kind = P0F_RING_SYN,
                           .boot_us = b->to.now.boot_us };
    uint8_t buffer[PACKET_MAX];
    size_t n = packets_build(text, buffer);

    assert_true(n <= sizeof(rec.raw));
    memcpy(rec.raw, buffer, n);
    rec.raw_len = (uint8_t)n;
    p0f_engine_feed_ring(b->to.engine, &rec, b->to.now);
    p0f_engine_settle(b->to.engine);
}

static void a_syn_looks_at_its_host_and_connection(void **state)
{
    const p0f_addr_t peer = packets_address(1);
    const p0f_connkey_t key = connection(&peer);
    bench_t b;
    uint32_t n;

    (void)state;
    open_engine(&b, false);
    for (n = 0; n < 2 * ROOM; n++) {
        const p0f_addr_t addr = any_address(n);

        put_host(&b, &addr, false);
        put_conn(&b, &addr);
    }
    take_all(&b);
    leave_host(&b, &peer);
    leave_conn(&b, &key);
    feed(&b.to, "src=1 M1460");
    feed(&b.to, "src=1 M1460");             /* sent again */
    hand_over(&b, "src=1 M1460");
    feed(&b.to, "src=1 seq=77 M1460");      /* the next one from this port */
    hand_over(&b, "src=1 seq=99 M1460"); /* that wasn't captured */
    give_all(&b);
    assert_true(knows(&b, 1));
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_SYNS), 3);
    close_bench(&b);
}

static void a_conversation_looks_at_its_two_hosts(void **state)
{
    const p0f_addr_t client = packets_address(1), server = packets_address(250);
    bench_t b;
    uint32_t n;

    (void)state;
    open_engine(&b, true);
    for (n = 0; n < 2 * ROOM; n++) {
        const p0f_addr_t addr = any_address(n);

        put_host(&b, &addr, false);
    }
    take_all(&b);
    leave_host(&b, &client);
    leave_host(&b, &server);
    feed(&b.to, "src=1 dst=250 M1460");
    feed(&b.to, "src=250 dst=1 sport=80 dport=1000 flags=SA ack=6 M1460");
    feed(&b.to, "src=1 dst=250 seq=6 ack=6 flags=A data=20");
    feed(&b.to, "src=1 dst=250 seq=26 ack=6 flags=FA");
    p0f_engine_settle(b.to.engine);
    give_all(&b);
    assert_true(knows(&b, 1) && knows(&b, 250));
    close_bench(&b);
}

/* The oldest, and the first that stays. */
static void expiry_looks_at_one_host_that_stays(void **state)
{
    const p0f_addr_t oldest = packets_address(1), next = packets_address(2);
    unsigned int host;
    bench_t b;

    (void)state;
    open_engine(&b, true);
    syn_of(&b.to, 1);
    pass(&b.to, 7000);
    for (host = 2; host <= LIMIT / 2; host++)
        syn_of(&b.to, host);
    p0f_engine_settle(b.to.engine);
    for (host = 0; host < 2; host++) {
        pass(&b.to, 300);                   /* the second time nobody goes */
        take_all(&b);
        if (!host)
            leave_host(&b, &oldest);
        leave_host(&b, &next);
        let_expire(&b);
        give_all(&b);
    }
    assert_false(knows(&b, 1));
    for (host = 2; host <= LIMIT / 2; host++)
        assert_true(knows(&b, host));
    close_bench(&b);
}

/* One goes for one that comes. */
static void at_the_limit_a_new_host_costs_the_oldest(void **state)
{
    const p0f_addr_t oldest = packets_address(1), newest = packets_address(201);
    const p0f_addr_t server = packets_address(250);
    unsigned int host;
    bench_t b;

    (void)state;
    open_engine(&b, true);
    for (host = 1; host <= LIMIT; host++)
        syn_of(&b.to, host);
    p0f_engine_settle(b.to.engine);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), LIMIT + 1);
    pass(&b.to, 100);
    let_expire(&b);                      /* no flow holds any */
    take_all(&b);
    leave_host(&b, &oldest);
    leave_host(&b, &newest);
    leave_host(&b, &server);
    syn_of(&b.to, 201);
    p0f_engine_settle(b.to.engine);
    give_all(&b);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), LIMIT + 1);
    assert_false(knows(&b, 1));
    assert_true(knows(&b, 2) && knows(&b, 201) && knows(&b, 250));
    close_bench(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_looks_at_two_buckets),
        cmocka_unit_test(a_new_writer_looks_at_what_was_being_written_only),
        cmocka_unit_test(a_syn_looks_at_its_host_and_connection),
        cmocka_unit_test(a_conversation_looks_at_its_two_hosts),
        cmocka_unit_test(expiry_looks_at_one_host_that_stays),
        cmocka_unit_test(at_the_limit_a_new_host_costs_the_oldest),
    };

    apr_initialize();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
