/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache's segment: database slots, state and counters, adoption after a
 * restart, and heads that are not to be believed.
 */
#include "cache_entries.h"

#include <stdio.h>
#include <stdlib.h>

#include <apr_general.h>
#include <apr_pools.h>

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
        p0f_cache_t before, after;
        unsigned int i, words;

        assert_non_null(seg);
        memcpy(seg, copy, cache.size);
        assert_int_equal(p0f_cache_open(&before, seg, NULL, cache.size),
                         P0F_OK);
        r ^= r << 13, r ^= r >> 7, r ^= r << 17;
        words = 1 + (unsigned int)(r >> 62);
        for (i = 0; i < words; i++) {
            size_t at = (round % 50 ? 16 : 0) + (size_t)(r >> 8) % 600 / 4 * 4;
            uint32_t value = r & 64 ? (uint32_t)(r >> 32)
                                    : (uint32_t)(r >> 32) % 20000;

            memcpy(seg + at, &value, 4);
            r ^= r << 13, r ^= r >> 7, r ^= r << 17;
        }
        (void)p0f_cache_open(&after, seg, NULL, cache.size);
        read_all(&before);
        read_all(&after);
        free(seg);
    }
    free(copy);
    p0f_cache_destroy(&cache);
}

/* Where the tables lie was read once. */
static void a_head_that_is_spoilt_later_moves_no_reader(void **state)
{
    p0f_cache_t cache = make(small), late;
    p0f_connkey_t key = conn(1);
    p0f_host_t h;
    p0f_conn_t c;

    (void)state;
    assert_true(see(&cache, 1, NOW, true));
    assert_true(see_conn(&cache, &key, NOW, true, 1));
    memset((uint32_t *)cache.rw + 2, 0xff, 80); /* behind magic and layout */
    assert_int_equal(look(&cache, 1, NOW, &h), P0F_OK);
    assert_int_equal(p0f_cache_conn_read(&cache, &key, NOW, &c), P0F_OK);
    assert_int_equal(p0f_cache_open(&late, cache.ro, NULL, cache.size),
                     P0F_ELAYOUT);
    read_all(&late);
    assert_int_equal(look(&late, 1, NOW, &h), P0F_EMISS);
    p0f_cache_destroy(&cache);
}

/* It may mean something else by the same bytes. */
static void a_handle_that_other_code_made_gives_nothing(void **state)
{
    p0f_cache_t cache = make(small), other = cache;
    p0f_host_t h;

    (void)state;
    assert_true(see(&cache, 1, NOW, true));
    other.layout++;
    read_all(&other);
    assert_int_equal(look(&other, 1, NOW, &h), P0F_EMISS);
    assert_int_equal(p0f_cache_adopt(&other, &small), P0F_OK);
    assert_int_equal(look(&other, 1, NOW, &h), P0F_OK);
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
    assert_false(claim_conn(&none, &key, NOW, true, &slot, &c));
    p0f_cache_set_state(&none, P0F_STATE_RUNNING);
    assert_int_equal(p0f_cache_state(&none), P0F_STATE_IDLE);
    p0f_cache_destroy(&none);
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
        cmocka_unit_test(a_database_is_published_and_replaced),
        cmocka_unit_test(a_bad_or_large_database_leaves_the_old_one),
        cmocka_unit_test(state_heartbeat_and_counters_are_told),
        cmocka_unit_test(adoption_keeps_entries_and_takes_new_limits),
        cmocka_unit_test(another_geometry_or_layout_is_not_adopted),
        cmocka_unit_test(a_size_beyond_the_machine_is_refused),
        cmocka_unit_test(a_reader_of_a_damaged_segment_stays_inside),
        cmocka_unit_test(a_head_that_is_spoilt_later_moves_no_reader),
        cmocka_unit_test(a_handle_that_other_code_made_gives_nothing),
        cmocka_unit_test(an_empty_handle_is_an_empty_cache)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("cache_segment", tests, setup, teardown);
}
