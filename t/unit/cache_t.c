/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of the cache as its users see them: hosts and connections, who keeps
 * his place under a flood, ages, other processes and threads.
 */
#include "cache_entries.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "child.h"
#include "host_table.h"

/* ---- hosts ------------------------------------------------------------ */

static void a_new_host_starts_unknown(void **state)
{
    p0f_cache_t cache = make(small);
    p0f_addr_t a = addr(5);
    p0f_host_t rec, zero;
    p0f_slot_t slot;

    (void)state;
    memset(&zero, 0, sizeof zero);
    assert_int_equal(look(&cache, 5, NOW, &rec), P0F_EMISS);
    assert_memory_equal(&rec, &zero, sizeof rec);
    memset(&rec, 0xaa, sizeof rec);
    assert_true(claim_host(&cache, &a, NOW, false, &slot, &rec));
    assert_false(slot.found);
    zero.addr = a;
    zero.label = zero.link = zero.http = P0F_NO_LABEL;
    zero.distance = 255;
    zero.score = INT16_MIN;
    assert_memory_equal(&rec, &zero, sizeof rec);
    p0f_cache_destroy(&cache);
}

static void every_field_of_a_host_comes_back(void **state)
{
    p0f_cache_t cache = make(small);
    p0f_host_t in, out, old;
    p0f_slot_t slot;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof in; i++)
        ((unsigned char *)&in)[i] = (unsigned char)(i * 5 + 1);
    assert_true(claim_host(&cache, &in.addr, NOW, false, &slot, &old));
    publish_host(&cache, &slot, NOW, &in);
    assert_int_equal(p0f_cache_host_read(&cache, &in.addr, NOW, &out),
                     P0F_OK);
    in.seq = out.seq; /* the table's own */
    assert_memory_equal(&in, &out, sizeof in);
    assert_true(claim_host(&cache, &in.addr, NOW, false, &slot, &old));
    assert_true(slot.found);
    assert_memory_equal(&in, &old, sizeof in);
    p0f_cache_destroy(&cache);
}

static void hosts_are_updated_in_place(void **state)
{
    p0f_cache_t cache = make(small);
    uint32_t n, i;
    p0f_host_t h;

    (void)state;
    for (i = 0; i < 5; i++)
        for (n = 0; n < 100; n++)
            assert_true(see(&cache, n, NOW + i, false));
    assert_int_equal(p0f_cache_count_hosts(&cache), 100);
    for (n = 0; n < 100; n++) {
        assert_int_equal(look(&cache, n, NOW + 5, &h), P0F_OK);
        assert_int_equal(h.total_conn, 5);
    }
    assert_true(p0f_cache_counter(&cache, P0F_CTR_HOST_EVICTED) == 0);
    p0f_cache_destroy(&cache);
}

/* Workers keep what they made of a record while it stays the same. */
static void a_use_is_no_change(void **state)
{
    p0f_cache_t cache = make(small);
    p0f_guess_t guess = { .index = P0F_TABLE_NONE };
    const p0f_addr_t a = addr(5);
    const p0f_host_t *old;
    p0f_hostmark_t mark;
    p0f_hosts_t hosts;
    p0f_slot_t slot;
    p0f_host_t rec;

    (void)state;
    assert_true(see(&cache, 5, NOW, true));
    assert_int_equal(look(&cache, 5, NOW, &rec), P0F_OK);
    assert_true(p0f_cache_host_mark(&cache, &rec, &mark));
    assert_true(p0f_hosts_open(&hosts, &cache));
    guess.probe = p0f_table_probe(&hosts.table, p0f_hosts_hash(&hosts, &a));
    old = p0f_hosts_see(&hosts, &a, &guess, NOW + 60, &slot);
    assert_non_null(old);
    assert_memory_equal((const char *)old + 4, (const char *)&rec + 4,
                        sizeof(rec) - 4);
    p0f_hosts_use(&hosts, &slot, NOW + 60, old);
    assert_true(p0f_cache_host_same(&mark));
    assert_int_equal(look(&cache, 5, NOW + IDLE + 60, &rec), P0F_OK);
    assert_int_equal(look(&cache, 5, NOW + IDLE + 61, &rec), P0F_EEXPIRED);
    assert_null(p0f_hosts_see(&hosts, &a, &guess, NOW + IDLE + 61, &slot));
    assert_int_equal(look(&cache, 5, NOW, &rec), P0F_EMISS);
    p0f_cache_destroy(&cache);
}

static void an_idle_host_expires_and_starts_anew(void **state)
{
    p0f_cache_t cache = make(small);
    p0f_addr_t a = addr(1);
    p0f_slot_t slot;
    p0f_host_t h;

    (void)state;
    assert_true(see(&cache, 1, NOW, true));
    assert_int_equal(look(&cache, 1, NOW + IDLE, &h), P0F_OK);
    assert_int_equal(look(&cache, 1, NOW + IDLE + 1, &h), P0F_EEXPIRED);
    assert_int_equal(h.last_seen, 1); /* filled all the same */
    assert_int_equal(look(&cache, 1, NOW - 10, &h), P0F_OK);
    assert_true(claim_host(&cache, &a, NOW + IDLE + 1, false, &slot, &h));
    assert_false(slot.found);
    assert_int_equal(h.total_conn, 0);
    p0f_cache_destroy(&cache);
}

static void under_one_percent_of_hosts_is_lost_at_capacity(void **state)
{
    static const uint32_t sizes[] = { 16, 1000, 10000, 100000 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        p0f_cache_t cache = make_hosts(sizes[i]);
        uint32_t n, refused = 0, missing = 0;

        for (n = 0; n < sizes[i]; n++)
            refused += !see(&cache, n, NOW, false);
        for (n = 0; n < sizes[i]; n++)
            missing += !knows(&cache, n, NOW);
        assert_int_equal(refused, 0);
        assert_true(missing * 100 <= sizes[i]);
        assert_int_equal(p0f_cache_counter(&cache, P0F_CTR_HOST_EVICTED),
                         missing);
        assert_int_equal(p0f_cache_count_hosts(&cache), sizes[i] - missing);
        p0f_cache_destroy(&cache);
    }
}

static void a_flood_displaces_no_confirmed_host(void **state)
{
    p0f_cache_t cache = make_hosts(1000);
    uint32_t n, kept = 0, still = 0, seen = 0;

    (void)state;
    for (n = 0; n < 1000; n++)
        kept += see(&cache, n, NOW, true);
    assert_true(kept == 1000); /* displacing among themselves */
    for (kept = 0, n = 0; n < 1000; n++)
        kept += knows(&cache, n, NOW);
    assert_true(kept >= 990);
    for (n = 1000; n < 200000; n++)
        seen += see(&cache, n, NOW + 1, false);
    for (n = 0; n < 1000; n++)
        still += knows(&cache, n, NOW + 2);
    assert_int_equal(still, kept);
    assert_int_equal(p0f_cache_counter(&cache, P0F_CTR_HOST_REFUSED) + seen,
                     199000);
    assert_true(p0f_cache_counter(&cache, P0F_CTR_HOST_REFUSED) > 0);
    assert_true(p0f_cache_counter(&cache, P0F_CTR_HOST_EVICTED) > 0);
    p0f_cache_destroy(&cache);
}

static void a_full_bucket_pair_refuses_and_counts(void **state)
{
    p0f_cache_t cache = make_hosts(1); /* 9 buckets: 72 ways */
    uint32_t n, refused = 0;

    (void)state;
    for (n = 0; n < 200; n++)
        assert_true(see(&cache, n, NOW, true));
    for (n = 1000; n < 1100; n++)
        refused += !see(&cache, n, NOW, false);
    assert_int_equal(refused, 100);
    assert_int_equal(p0f_cache_counter(&cache, P0F_CTR_HOST_REFUSED), 100);
    assert_true(see(&cache, 2000, NOW + IDLE + 1, false)); /* all expired */
    p0f_cache_destroy(&cache);
}

static void each_segment_has_a_secret_of_its_own(void **state)
{
    p0f_cache_t a = make(small), b = make(small);
    p0f_addr_t host = addr(1);

    (void)state;
    assert_true(p0f_cache_host_fetch(&a, &host)
                != p0f_cache_host_fetch(&b, &host));
    assert_true(p0f_cache_host_fetch(&a, &host)
                == p0f_cache_host_fetch(&a, &host));
    p0f_cache_destroy(&a);
    p0f_cache_destroy(&b);
}

/* ---- connections ------------------------------------------------------ */

static void a_connection_is_found_by_both_ends(void **state)
{
    p0f_cache_t cache = make(small);
    p0f_connkey_t key = { .peer = addr(1), .local = addr(2),
                          .peer_port = 0x1234, .local_port = 0x5678 };
    p0f_connkey_t others[6];
    p0f_slot_t slot;
    p0f_conn_t c, zero;
    size_t i;

    (void)state;
    memset(&zero, 0, sizeof zero);
    assert_true(claim_conn(&cache, &key, NOW, false, &slot, &c));
    assert_false(slot.found);
    assert_int_equal(c.label, P0F_NO_LABEL);
    assert_int_equal(c.link, P0F_NO_LABEL);
    assert_int_equal(c.distance, 255);
    assert_memory_equal(c.syn.tcp, "\x12\x34\x56\x78", 4);
    c.label = 9;
    publish_conn(&cache, &slot, NOW, &c);
    assert_int_equal(p0f_cache_conn_read(&cache, &key, NOW, &c), P0F_OK);
    assert_int_equal(c.label, 9);
    for (i = 0; i < 6; i++)
        others[i] = key;
    others[0].peer = addr(3);
    others[1].local = addr(3);
    others[2].peer_port++;
    others[3].local_port++;
    others[4].peer = key.local;
    others[4].local = key.peer;
    others[5].peer_port = key.local_port;
    others[5].local_port = key.peer_port;
    for (i = 0; i < 6; i++) {
        assert_int_equal(p0f_cache_conn_read(&cache, &others[i], NOW, &c),
                         P0F_EMISS);
        assert_memory_equal(&c, &zero, sizeof c);
    }
    p0f_cache_destroy(&cache);
}

static void a_read_with_the_hash_that_was_made_ahead_is_the_same(void **state)
{
    p0f_cache_t cache = make(small), none = { .ro = NULL };
    p0f_connkey_t key = conn(1);
    p0f_host_t h, other_h;
    p0f_conn_t c, other_c;
    uint32_t n;

    (void)state;
    for (n = 0; n < 20; n++) {
        p0f_addr_t a = addr(n);
        uint64_t hash = p0f_cache_host_fetch(&cache, &a);

        assert_int_equal(p0f_cache_host_read_by(&cache, hash, &a, NOW, &h),
                         P0F_EMISS);
        assert_true(see(&cache, n, NOW, true));
        assert_int_equal(p0f_cache_host_read(&cache, &a, NOW, &other_h),
                         P0F_OK);
        assert_int_equal(p0f_cache_host_read_by(&cache, hash, &a, NOW, &h),
                         P0F_OK);
        assert_memory_equal(&h, &other_h, sizeof h);
    }
    assert_true(see_conn(&cache, &key, NOW, true, 3));
    assert_int_equal(p0f_cache_conn_read(&cache, &key, NOW, &other_c), P0F_OK);
    assert_int_equal(p0f_cache_conn_read_by(
                         &cache, p0f_cache_conn_fetch(&cache, &key), &key, NOW,
                         &c), P0F_OK);
    assert_memory_equal(&c, &other_c, sizeof c);
    assert_int_equal(p0f_cache_conn_fetch(&none, &key), 0);
    assert_int_equal(p0f_cache_host_fetch(&none, &key.peer), 0);
    assert_int_equal(p0f_cache_conn_read_by(&none, 0, &key, NOW, &c),
                     P0F_EMISS);
    p0f_cache_destroy(&cache);
}

static void connections_age_and_make_room(void **state)
{
    p0f_cache_t cache = make(small);
    p0f_connkey_t key = conn(1);
    uint32_t n, still = 0, kept = 0;
    p0f_conn_t c;

    (void)state;
    assert_true(see_conn(&cache, &key, NOW, true, 3));
    assert_int_equal(p0f_cache_conn_read(&cache, &key, NOW + AGE, &c),
                     P0F_OK);
    assert_int_equal(p0f_cache_conn_read(&cache, &key, NOW + AGE + 1, &c),
                     P0F_EEXPIRED);
    assert_int_equal(c.label, 3);
    for (n = 0; n < 1000; n++) {
        key = conn(n);
        assert_true(see_conn(&cache, &key, NOW + 100, true, 4));
    }
    for (n = 0; n < 1000; n++) {
        key = conn(n);
        kept += p0f_cache_conn_read(&cache, &key, NOW + 100, &c) == P0F_OK;
    }
    assert_true(kept >= 990);
    for (n = 1000; n < 50000; n++) {
        key = conn(n);
        see_conn(&cache, &key, NOW + 101, false, 5);
    }
    for (n = 0; n < 1000; n++) {
        key = conn(n);
        still += p0f_cache_conn_read(&cache, &key, NOW + 101, &c) == P0F_OK;
    }
    assert_int_equal(still, kept);
    assert_true(p0f_cache_counter(&cache, P0F_CTR_CONN_REFUSED) > 0);
    assert_true(p0f_cache_counter(&cache, P0F_CTR_CONN_EVICTED) > 0);
    assert_true(p0f_cache_counter(&cache, P0F_CTR_HOST_REFUSED) == 0);
    assert_true(p0f_cache_count_conns(&cache) >= kept);
    p0f_cache_destroy(&cache);
}

/* As long as half of a table's size of SYNs takes to come, a SYN stays: the
 * rule for its size. */
static void a_far_client_s_syn_outlasts_half_a_table_of_forged_ones(
    void **state)
{
    enum { FAR = 200 };
    p0f_cache_config_t config = small;
    uint32_t n = 100000, i, kept = 0;
    p0f_cache_t cache;
    p0f_connkey_t key;
    p0f_conn_t c;

    (void)state;
    config.max_conns = 20000;
    cache = make(config);
    for (i = 0; i < 5 * config.max_conns; i++) {
        key = conn(n++);
        see_conn(&cache, &key, NOW, false, 5);
    }
    for (i = 0; i < FAR; i++) {
        key = conn(i);
        see_conn(&cache, &key, NOW + 1, false, 3);
    }
    for (i = 0; i < config.max_conns / 2; i++) {
        key = conn(n++);
        see_conn(&cache, &key, NOW + 1 + 2 * i / config.max_conns, false, 5);
    }
    for (i = 0; i < FAR; i++) {
        key = conn(i);
        kept += p0f_cache_conn_read(&cache, &key, NOW + 2, &c) == P0F_OK;
    }
    assert_true(kept >= FAR - FAR / 100);
    p0f_cache_destroy(&cache);
}
/* ---- processes -------------------------------------------------------- */

typedef struct {
    p0f_cache_t cache;
    int go[2], done[2];          /* pipes: parent to child and back */
} family_t;

/* A worker: finds what its parent writes after the fork, has nothing to
 * write with, and leaves the segment to the others when it goes. */
static int worker(void *arg)
{
    family_t *f = arg;
    char byte;

    if (!knows(&f->cache, 1, NOW) || knows(&f->cache, 2, NOW))
        return 1;
    if (write(f->done[1], "x", 1) != 1 || read(f->go[0], &byte, 1) != 1)
        return 2;
    if (!knows(&f->cache, 2, NOW))
        return 3;
    p0f_cache_destroy(&f->cache);
    return f->cache.ro || f->cache.rw ? 4 : 0;
}

static int writing_child(void *arg)
{
    family_t *f = arg;

    p0f_cache_beat(&f->cache, 99);
    return 0;
}

static void a_worker_reads_live_and_cannot_write(void **state)
{
    p0f_cache_config_t config = small;
    family_t f;
    char byte;
    pid_t pid;

    (void)state;
    config.shared = true;
    f.cache = make(config);
    assert_int_equal(pipe(f.go), 0);
    assert_int_equal(pipe(f.done), 0);
    assert_true(see(&f.cache, 1, NOW, true));
    pid = child_start(worker, &f);
    assert_int_equal(read(f.done[0], &byte, 1), 1);
    assert_true(see(&f.cache, 2, NOW, false));
    assert_int_equal(write(f.go[1], "x", 1), 1);
    assert_int_equal(child_end(pid), 0);
    assert_true(knows(&f.cache, 1, NOW));
    assert_int_equal(child_run(writing_child, &f), -SIGSEGV);
    assert_int_equal(p0f_cache_heartbeat(&f.cache), 0);
#ifdef P0F_HAVE_MEMFD
    assert_true(f.cache.sealed);
#else
    assert_false(f.cache.sealed);
#endif
    p0f_cache_destroy(&f.cache);
    close(f.go[0]), close(f.go[1]), close(f.done[0]), close(f.done[1]);
}

/* ---- threads ---------------------------------------------------------- */

typedef struct {
    const p0f_cache_t *cache;
    _Atomic bool *stop;
    uint64_t hits, wrong;
} lookups_t;

static void *look_on(void *arg)
{
    lookups_t *l = arg;
    uint32_t n = 0;

    while (!atomic_load_explicit(l->stop, memory_order_relaxed)) {
        p0f_connkey_t key = conn(n);
        p0f_host_t h;
        p0f_conn_t c;

        if (look(l->cache, n, NOW, &h) == P0F_OK) {
            l->hits++;
            l->wrong += h.last_seen != n;
        }
        if (p0f_cache_conn_read(l->cache, &key, NOW, &c) == P0F_OK)
            l->wrong += c.label != (uint16_t)n;
        l->wrong += p0f_cache_state(l->cache) > P0F_STATE_STOPPED;
        n = (n + 1) % 3000;
    }
    return NULL;
}

static void readers_see_the_right_entry_while_the_writer_writes(void **state)
{
    time_t end = time(NULL) + (time_t)test_seconds() + 1;
    p0f_cache_t cache = make(small);
    _Atomic bool stop = false;
    lookups_t l[2];
    pthread_t threads[2];
    uint32_t n = 0;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        l[i] = (lookups_t){ .cache = &cache, .stop = &stop };
        assert_int_equal(pthread_create(&threads[i], NULL, look_on, &l[i]),
                         0);
    }
    while (time(NULL) < end) { /* three times what the tables hold */
        p0f_connkey_t key = conn(n);

        see(&cache, n, NOW, n % 10 == 0);
        see_conn(&cache, &key, NOW, n % 10 == 0, (uint16_t)n);
        p0f_cache_beat(&cache, n);
        p0f_cache_set_state(&cache, n % 2 ? P0F_STATE_RUNNING
                                          : P0F_STATE_NO_CAPTURE);
        n = (n + 1) % 3000;
    }
    atomic_store(&stop, true);
    for (i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_true(l[i].hits > 100);
        assert_true(l[i].wrong == 0);
    }
    p0f_cache_destroy(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_host_starts_unknown),
        cmocka_unit_test(every_field_of_a_host_comes_back),
        cmocka_unit_test(hosts_are_updated_in_place),
        cmocka_unit_test(a_use_is_no_change),
        cmocka_unit_test(an_idle_host_expires_and_starts_anew),
        cmocka_unit_test(under_one_percent_of_hosts_is_lost_at_capacity),
        cmocka_unit_test(a_flood_displaces_no_confirmed_host),
        cmocka_unit_test(a_full_bucket_pair_refuses_and_counts),
        cmocka_unit_test(each_segment_has_a_secret_of_its_own),
        cmocka_unit_test(a_connection_is_found_by_both_ends),
        cmocka_unit_test(
            a_read_with_the_hash_that_was_made_ahead_is_the_same),
        cmocka_unit_test(connections_age_and_make_room),
        cmocka_unit_test(
            a_far_client_s_syn_outlasts_half_a_table_of_forged_ones),
        cmocka_unit_test(a_worker_reads_live_and_cannot_write),
        cmocka_unit_test(readers_see_the_right_entry_while_the_writer_writes)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
