/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache segment as its users see it: hosts and connections, who keeps
 * his place under a flood, ages, database slots, adoption, what children can
 * do with it, and heads that are not to be believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "p0f_engine/cache.h"
#include "child.h"
#include "host_table.h"

#define IDLE 7200u
#define AGE  30u
#define NOW  1000000u            /* seconds since boot */

static const p0f_cache_config_t small = {
    .max_hosts = 1000, .max_conns = 1000, .host_idle_s = IDLE,
    .conn_age_s = AGE, .db_slot = 65536, .shared = false
};

static p0f_cache_t make(p0f_cache_config_t config)
{
    p0f_error_t err;
    p0f_cache_t cache;

    assert_int_equal(p0f_cache_create(&cache, &config, &err), P0F_OK);
    return cache;
}

static p0f_cache_t make_hosts(uint32_t n)
{
    p0f_cache_config_t config = small;

    config.max_hosts = n;
    return make(config);
}

static p0f_addr_t addr(uint32_t n)
{
    p0f_addr_t a = { .b = { [10] = 0xff, [11] = 0xff } };

    memcpy(a.b + 12, &n, 4);
    return a;
}

static p0f_connkey_t conn(uint32_t n)
{
    return (p0f_connkey_t){ .peer = addr(n), .local = addr(1),
                            .peer_port = (uint16_t)(n * 7),
                            .local_port = 443 };
}

/* Counts a SYN of host N, as the sniffer does. */
static bool see(p0f_cache_t *cache, uint32_t n, uint32_t now, bool confirmed)
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

static p0f_status_t look(const p0f_cache_t *cache, uint32_t n, uint32_t now,
                         p0f_host_t *out)
{
    p0f_addr_t a = addr(n);

    return p0f_cache_host_read(cache, &a, now, out);
}

static bool knows(const p0f_cache_t *cache, uint32_t n, uint32_t now)
{
    p0f_host_t h;
    p0f_status_t status = look(cache, n, now, &h);

    if (status == P0F_OK)
        assert_int_equal(h.last_seen, n);
    return status == P0F_OK;
}

static bool see_conn(p0f_cache_t *cache, const p0f_connkey_t *key,
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
    uint64_t key = 1;

    (void)state;
    assert_true(p0f_cache_hash(&a, &key, sizeof key)
                != p0f_cache_hash(&b, &key, sizeof key));
    assert_true(p0f_cache_hash(&a, &key, sizeof key)
                == p0f_cache_hash(&a, &key, sizeof key));
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
    assert_true(p0f_cache_conn_claim(&cache, &key, NOW, false, &slot, &c));
    assert_false(slot.found);
    assert_int_equal(c.label, P0F_NO_LABEL);
    assert_int_equal(c.link, P0F_NO_LABEL);
    assert_int_equal(c.distance, 255);
    assert_memory_equal(c.syn.tcp, "\x12\x34\x56\x78", 4);
    c.label = 9;
    p0f_cache_conn_publish(&cache, &slot, NOW, &c);
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

/* ---- database slots --------------------------------------------------- */

/* A small image whose one label is called NAME. */
static const p0f_db_t *image(apr_pool_t *pool, const char *name, size_t *size)
{
    p0f_db_builder_t *b;
    const p0f_db_t *db;
    uint16_t label;
    uint32_t id;

    assert_int_equal(p0f_db_builder_create(&b, pool), P0F_OK);
    assert_int_equal(p0f_db_builder_file(b), P0F_OK);
    assert_int_equal(p0f_db_builder_class(b, "unix", &id), P0F_OK);
    assert_int_equal(p0f_db_builder_label(b, id, name, "", 0, &label),
                     P0F_OK);
    assert_int_equal(p0f_db_compile(b, pool, &db, size), P0F_OK);
    return db;
}

static const char *first_name(const p0f_db_t *db)
{
    const p0f_label_t *label = p0f_db_label(db, 0);

    return label ? p0f_db_text(db, label->name) : "";
}

static void a_database_is_published_and_replaced(void **state)
{
    p0f_cache_t cache = make(small);
    const p0f_db_t *a, *b, *c;
    apr_pool_t *pool = *state;
    uint32_t gen, gen_a, gen_b;
    size_t size;

    assert_null(p0f_cache_db(&cache, &gen));
    assert_int_equal(gen, 0);
    assert_false(p0f_cache_db_valid(&cache, 0));
    a = image(pool, "Alpha", &size);
    assert_int_equal(p0f_cache_db_publish(&cache, a, size), P0F_OK);
    a = p0f_cache_db(&cache, &gen_a);
    assert_string_equal(first_name(a), "Alpha");
    b = image(pool, "Beta", &size);
    assert_int_equal(p0f_cache_db_publish(&cache, b, size), P0F_OK);
    b = p0f_cache_db(&cache, &gen_b);
    assert_string_equal(first_name(b), "Beta");
    assert_int_not_equal(gen_a, gen_b);
    /* Who holds the one before may finish; after a third he may not. */
    assert_string_equal(first_name(a), "Alpha");
    assert_true(p0f_cache_db_valid(&cache, gen_a));
    c = image(pool, "Gamma", &size);
    assert_int_equal(p0f_cache_db_publish(&cache, c, size), P0F_OK);
    assert_false(p0f_cache_db_valid(&cache, gen_a));
    assert_true(p0f_cache_db_valid(&cache, gen_b));
    assert_string_equal(first_name(p0f_cache_db(&cache, &gen)), "Gamma");
    p0f_cache_destroy(&cache);
}

static void a_bad_or_large_database_leaves_the_old_one(void **state)
{
    p0f_cache_config_t config = small;
    apr_pool_t *pool = *state;
    const p0f_db_t *good;
    p0f_cache_t cache;
    uint32_t gen, again;
    p0f_db_t *bad;
    size_t size;

    good = image(pool, "Good", &size);
    config.db_slot = size;
    cache = make(config);
    assert_int_equal(p0f_cache_db_publish(&cache, good, size), P0F_OK);
    assert_non_null(p0f_cache_db(&cache, &gen));
    good = image(pool, "A name that needs a larger image than the first; "
                       "slots are rounded up to 64 bytes", &size);
    assert_int_equal(p0f_cache_db_publish(&cache, good, size), P0F_ELIMIT);
    bad = malloc(size);
    assert_non_null(bad);
    memcpy(bad, good, size);
    bad->magic++;
    assert_int_equal(p0f_cache_db_publish(&cache, bad, size), P0F_ELAYOUT);
    free(bad);
    assert_string_equal(first_name(p0f_cache_db(&cache, &again)), "Good");
    assert_int_equal(gen, again);
    p0f_cache_destroy(&cache);
}

/* ---- state, counters, adoption ---------------------------------------- */

static void state_heartbeat_and_counters_are_told(void **state)
{
    p0f_cache_t cache = make(small);
    unsigned int c, d;

    (void)state;
    assert_int_equal(p0f_cache_state(&cache), P0F_STATE_IDLE);
    p0f_cache_set_state(&cache, P0F_STATE_NO_PERMISSION);
    assert_int_equal(p0f_cache_state(&cache), P0F_STATE_NO_PERMISSION);
    assert_int_equal(p0f_cache_heartbeat(&cache), 0);
    p0f_cache_beat(&cache, 17);
    assert_int_equal(p0f_cache_heartbeat(&cache), 17);
    assert_int_equal(p0f_cache_read_until(&cache), 0);
    p0f_cache_set_read_until(&cache, 17000001);
    assert_int_equal(p0f_cache_read_until(&cache), 17000001);
    for (c = 0; c < P0F_CTR_COUNT; c++) {
        p0f_cache_add(&cache, c, c);
        p0f_cache_add(&cache, c, 1);
    }
    p0f_cache_add(&cache, P0F_CTR_COUNT, 1);
    for (c = 0; c < P0F_CTR_COUNT; c++) {
        assert_true(p0f_cache_counter(&cache, c) == c + 1);
        assert_true(strlen(p0f_cache_counter_name(c)) > 3);
        for (d = 0; d < c; d++)
            assert_string_not_equal(p0f_cache_counter_name(c),
                                    p0f_cache_counter_name(d));
    }
    assert_true(p0f_cache_counter(&cache, P0F_CTR_COUNT) == 0);
    assert_string_equal(p0f_cache_counter_name(P0F_CTR_COUNT), "");
    p0f_cache_destroy(&cache);
}

static void adoption_keeps_entries_and_takes_new_limits(void **state)
{
    p0f_cache_config_t config = small;
    p0f_cache_t cache = make(config), copy;
    p0f_host_t h;

    (void)state;
    assert_true(see(&cache, 1, NOW, true));
    copy = cache; /* as the retained handle after a restart */
    config.host_idle_s = 10;
    config.db_slot = small.db_slot - 100;
    assert_int_equal(p0f_cache_adopt(&copy, &config), P0F_OK);
    assert_int_equal(look(&copy, 1, NOW + 10, &h), P0F_OK);
    assert_int_equal(look(&copy, 1, NOW + 11, &h), P0F_EEXPIRED);
    p0f_cache_destroy(&copy);
}

static void another_geometry_or_layout_is_not_adopted(void **state)
{
    p0f_cache_config_t config = small;
    p0f_cache_t cache = make(small), bad = cache, none = { .ro = NULL };

    (void)state;
    assert_int_equal(p0f_cache_adopt(&cache, &small), P0F_OK);
    config.max_hosts++;
    assert_int_equal(p0f_cache_adopt(&cache, &config), P0F_ELAYOUT);
    config = small;
    config.max_conns--;
    assert_int_equal(p0f_cache_adopt(&cache, &config), P0F_ELAYOUT);
    config = small;
    config.db_slot += 64;
    assert_int_equal(p0f_cache_adopt(&cache, &config), P0F_ELAYOUT);
    config = small;
    config.shared = true;
    assert_int_equal(p0f_cache_adopt(&cache, &config), P0F_ELAYOUT);
    assert_int_equal(p0f_cache_adopt(&none, &small), P0F_ELAYOUT);
    bad.size -= 4096;
    assert_int_equal(p0f_cache_adopt(&bad, &small), P0F_ELAYOUT);
    bad.size = 64;
    assert_int_equal(p0f_cache_adopt(&bad, &small), P0F_ELAYOUT);
    ((uint32_t *)cache.rw)[0]++;
    assert_int_equal(p0f_cache_adopt(&cache, &small), P0F_ELAYOUT);
    ((uint32_t *)cache.rw)[0]--;
    ((uint32_t *)cache.rw)[1]++;
    assert_int_equal(p0f_cache_adopt(&cache, &small), P0F_ELAYOUT);
    p0f_cache_destroy(&cache);
}

static void a_size_beyond_the_machine_is_refused(void **state)
{
    p0f_cache_config_t config = small;
    p0f_error_t err = { .status = P0F_OK };
    p0f_cache_t cache;

    (void)state;
    config.max_hosts = UINT32_MAX;
    assert_int_equal(p0f_cache_create(&cache, &config, &err), P0F_ENOMEM);
    assert_null(cache.ro);
    assert_true(strlen(err.text) > 10);
    config = small;
    config.db_slot = SIZE_MAX - 10;
    assert_int_equal(p0f_cache_create(&cache, &config, &err), P0F_ENOMEM);
    assert_null(cache.rw);
}

/* ---- heads that are not to be believed -------------------------------- */

/* Every reading function on whatever lies there. */
static void read_all(const p0f_cache_t *cache)
{
    p0f_connkey_t key = conn(1);
    p0f_host_t h;
    p0f_conn_t c;
    uint32_t gen, n;

    for (n = 0; n < 5; n++)
        (void)look(cache, n, NOW, &h);
    (void)p0f_cache_conn_read(cache, &key, NOW, &c);
    (void)p0f_cache_db(cache, &gen);
    (void)p0f_cache_db_valid(cache, gen);
    (void)p0f_cache_state(cache);
    (void)p0f_cache_heartbeat(cache);
    for (n = 0; n <= P0F_CTR_COUNT; n++)
        (void)p0f_cache_counter(cache, n);
    (void)p0f_cache_count_hosts(cache);
    (void)p0f_cache_count_conns(cache);
}

static void a_reader_of_a_damaged_segment_stays_inside(void **state)
{
    p0f_cache_config_t config = small;
    p0f_cache_t cache;
    uint64_t r = 88172645463325252u;
    unsigned int round;
    unsigned char *copy;

    (void)state;
    config.max_hosts = config.max_conns = 16;
    config.db_slot = 128;
    cache = make(config);
    assert_true(see(&cache, 1, NOW, true));
    copy = malloc(cache.size);
    assert_non_null(copy);
    memcpy(copy, cache.ro, cache.size);
    for (round = 0; round < 30000; round++) {
        /* One to four words of the head, small or wild numbers; magic and
         * layout mostly stay. A copy of the exact size, for sanitizers. */
        unsigned char *seg = malloc(cache.size);
        p0f_cache_t reader = { .ro = seg, .rw = NULL, .size = cache.size };
        unsigned int i, words;

        assert_non_null(seg);
        memcpy(seg, copy, cache.size);
        r ^= r << 13, r ^= r >> 7, r ^= r << 17;
        words = 1 + (unsigned int)(r >> 62);
        for (i = 0; i < words; i++) {
            size_t at = (round % 50 ? 16 : 0) + (size_t)(r >> 8) % 600 / 4 * 4;
            uint32_t value = r & 64 ? (uint32_t)(r >> 32)
                                    : (uint32_t)(r >> 32) % 20000;

            memcpy(seg + at, &value, 4);
            r ^= r << 13, r ^= r >> 7, r ^= r << 17;
        }
        read_all(&reader);
        free(seg);
    }
    free(copy);
    p0f_cache_destroy(&cache);
}

static void an_empty_handle_is_an_empty_cache(void **state)
{
    p0f_cache_t none = { .ro = NULL };
    p0f_connkey_t key = conn(1);
    p0f_addr_t a = addr(1);
    p0f_slot_t slot;
    p0f_host_t h;
    p0f_conn_t c;

    (void)state;
    read_all(&none);
    assert_int_equal(look(&none, 1, NOW, &h), P0F_EMISS);
    assert_false(claim_host(&none, &a, NOW, true, &slot, &h));
    assert_false(p0f_cache_conn_claim(&none, &key, NOW, true, &slot, &c));
    p0f_cache_set_state(&none, P0F_STATE_RUNNING);
    assert_int_equal(p0f_cache_state(&none), P0F_STATE_IDLE);
    p0f_cache_destroy(&none);
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

static int setup(void **state)
{
    apr_pool_t *pool;

    if (apr_initialize() != APR_SUCCESS
        || apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return -1;
    *state = pool;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_host_starts_unknown),
        cmocka_unit_test(every_field_of_a_host_comes_back),
        cmocka_unit_test(hosts_are_updated_in_place),
        cmocka_unit_test(an_idle_host_expires_and_starts_anew),
        cmocka_unit_test(under_one_percent_of_hosts_is_lost_at_capacity),
        cmocka_unit_test(a_flood_displaces_no_confirmed_host),
        cmocka_unit_test(a_full_bucket_pair_refuses_and_counts),
        cmocka_unit_test(each_segment_has_a_secret_of_its_own),
        cmocka_unit_test(a_connection_is_found_by_both_ends),
        cmocka_unit_test(connections_age_and_make_room),
        cmocka_unit_test(
            a_far_client_s_syn_outlasts_half_a_table_of_forged_ones),
        cmocka_unit_test(a_database_is_published_and_replaced),
        cmocka_unit_test(a_bad_or_large_database_leaves_the_old_one),
        cmocka_unit_test(state_heartbeat_and_counters_are_told),
        cmocka_unit_test(adoption_keeps_entries_and_takes_new_limits),
        cmocka_unit_test(another_geometry_or_layout_is_not_adopted),
        cmocka_unit_test(a_size_beyond_the_machine_is_refused),
        cmocka_unit_test(a_reader_of_a_damaged_segment_stays_inside),
        cmocka_unit_test(an_empty_handle_is_an_empty_cache),
        cmocka_unit_test(a_worker_reads_live_and_cannot_write),
        cmocka_unit_test(readers_see_the_right_entry_while_the_writer_writes)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("cache", tests, setup, teardown);
}
