/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set-associative table: who takes whose place, readers beside a writer,
 * a writer that dies, and shapes that would lead outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "p0f_engine/segment.h"
#include "p0f_engine/table.h"
#include "child.h"

#define LIMIT 100u               /* seconds until an entry is free */

/* A record whose every word follows from its key and version, so that a mix
 * of two is seen. */
typedef struct {
    uint32_t seq, half;
    uint64_t key;
    uint64_t version;
    uint64_t body[21];
} rec_t;

static const p0f_table_kind_t kind = {
    .size = sizeof(rec_t),
    .key_off = { offsetof(rec_t, key), 0 },
    .key_len = { sizeof(uint64_t), 0 },
    .mostly_there = true
};

/* A table in a segment of its own. */
typedef struct {
    p0f_segment_t seg;
    p0f_table_shape_t shape;
    p0f_table_t t;
} fixture_t;

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t hash_of(uint64_t key)
{
    return mix(key + 0x9e3779b97f4a7c15u);
}

static rec_t record(uint64_t key, uint64_t version)
{
    rec_t r = { .seq = 12345, .half = (uint32_t)mix(key ^ version),
                .key = key, .version = version };
    unsigned int i;

    for (i = 0; i < 21; i++)
        r.body[i] = mix(key * 31 + version * 7 + i);
    return r;
}

static bool whole(const rec_t *r)
{
    rec_t want = record(r->key, r->version);

    want.seq = 0; /* of the table; shows 0 */
    return memcmp(&want, r, sizeof want) == 0;
}

static void setup(fixture_t *f, uint32_t buckets, p0f_segment_kind_t how)
{
    size_t size = 4096 + (size_t)buckets * (64 + 8 * sizeof(rec_t));
    p0f_table_spot_t spot;
    p0f_error_t err;

    assert_int_equal(p0f_segment_create(&f->seg, size, how, &err), P0F_OK);
    f->shape.bucket_off = 64;
    f->shape.record_off = 64 + (uint64_t)buckets * 64;
    f->shape.bucket_count = buckets;
    f->shape.record_size = sizeof(rec_t);
    assert_true(p0f_table_check(&spot, &f->shape, &kind, f->seg.size));
    f->t = p0f_table_view(&spot, &kind, f->seg.ro, f->seg.rw);
    f->t.pending = f->seg.rw; /* the first word is the test's */
}

static void teardown(fixture_t *f)
{
    p0f_segment_unmap(f->seg.rw, f->seg.size);
    if (f->seg.ro != f->seg.rw)
        p0f_segment_unmap(f->seg.ro, f->seg.size);
}

static bool claim(fixture_t *f, uint64_t hash, const uint64_t *key,
                  const p0f_table_terms_t *terms, p0f_place_t *place,
                  rec_t *old)
{
    const p0f_guess_t guess = { p0f_table_probe(&f->t, hash), P0F_TABLE_NONE };

    return p0f_table_claim(&f->t, &guess, key, terms, place, old);
}

/* Puts KEY, VERSION; false if refused. *DISPLACED may be NULL. */
static bool put(fixture_t *f, uint64_t hash, uint64_t key, uint64_t version,
                uint32_t now, bool confirmed, bool *displaced)
{
    p0f_table_terms_t terms = { .now_s = now, .limit_s = LIMIT,
                                .confirmed = confirmed };
    rec_t r = record(key, version), old;
    p0f_place_t place;
    bool gone;

    if (!claim(f, hash, &key, &terms, &place, &old))
        return false;
    gone = p0f_table_publish(&f->t, &place, &terms, &r);
    if (displaced)
        *displaced = gone;
    return true;
}

static bool has(fixture_t *f, uint64_t hash, uint64_t key)
{
    rec_t r;
    uint32_t age;
    bool found = p0f_table_read(&f->t, hash, &key, &r, &age);

    if (found) {
        assert_true(r.key == key);
        assert_true(whole(&r));
    } else {
        static const rec_t zero;

        assert_memory_equal(&r, &zero, sizeof r);
    }
    return found;
}

/* ---- places ----------------------------------------------------------- */

static void what_was_put_is_read_with_its_age(void **state)
{
    uint64_t key = 7;
    uint32_t age;
    fixture_t f;
    rec_t r;

    (void)state;
    setup(&f, 4, P0F_SEGMENT_PRIVATE);
    assert_false(has(&f, hash_of(7), 7));
    assert_true(put(&f, hash_of(7), 7, 1, 50, false, NULL));
    assert_true(put(&f, hash_of(8), 8, 1, 51, true, NULL));
    assert_true(p0f_table_read(&f.t, hash_of(7), &key, &r, &age));
    assert_int_equal(age, 50);
    assert_true(r.version == 1 && whole(&r));
    assert_true(put(&f, hash_of(7), 7, 2, 60, false, NULL));
    assert_true(p0f_table_read(&f.t, hash_of(7), &key, &r, &age));
    assert_int_equal(age, 60);
    assert_true(r.version == 2 && whole(&r));
    assert_int_equal(p0f_table_count(&f.t), 2);
    teardown(&f);
}

static void a_word_is_changed_where_the_record_lies(void **state)
{
    const uint64_t hash = hash_of(7);
    const p0f_table_terms_t terms = { .now_s = 60, .limit_s = LIMIT,
                                      .confirmed = true };
    uint64_t key = 7;
    p0f_mark_t mark;
    p0f_place_t place;
    uint32_t age;
    fixture_t f;
    rec_t r, now;

    (void)state;
    setup(&f, 4, P0F_SEGMENT_PRIVATE);
    assert_true(put(&f, hash, 7, 1, 50, false, NULL));
    assert_true(p0f_table_read(&f.t, hash, &key, &r, &age));
    assert_true(p0f_table_mark(&f.t, hash, &key, &r, &mark, &age));
    assert_true(claim(&f, hash, &key, &terms, &place, &now));
    p0f_table_publish_word(&f.t, &place, &terms, 4, 1);      /* no word's, */
    p0f_table_publish_word(&f.t, &place, &terms, 0, 1);      /* the table's, */
    p0f_table_publish_word(&f.t, &place, &terms, sizeof(r), 1); /* behind it */
    assert_true(p0f_table_same(&mark));
    p0f_table_publish_word(&f.t, &place, &terms, sizeof(r) - 8, 99);
    assert_int_equal(atomic_load(f.t.pending), 0);
    p0f_table_repair(&f.t); /* so that the next writer finds it whole */
    assert_false(p0f_table_same(&mark));
    assert_true(p0f_table_read(&f.t, hash, &key, &now, &age));
    assert_int_equal(age, 60);
    r.body[20] = 99;
    assert_memory_equal(&now, &r, sizeof(r));
    for (key = 100; key < 1000; key++)   /* it counts as confirmed */
        put(&f, hash, key, 1, 61, false, NULL);
    key = 7;
    assert_true(p0f_table_read(&f.t, hash, &key, &now, &age));
    teardown(&f);
}

static void a_mark_tells_of_every_change(void **state)
{
    const uint64_t hash = hash_of(7);
    uint64_t key = 7, other;
    p0f_mark_t mark = { .seq = NULL };
    uint32_t age;
    fixture_t f;
    rec_t r;

    (void)state;
    setup(&f, 4, P0F_SEGMENT_PRIVATE);
    assert_false(p0f_table_same(&mark));
    assert_true(put(&f, hash, 7, 1, 50, false, NULL));
    assert_true(p0f_table_read(&f.t, hash, &key, &r, &age));
    assert_true(p0f_table_mark(&f.t, hash, &key, &r, &mark, &age));
    assert_int_equal(age, 50);
    assert_true(put(&f, hash_of(8), 8, 1, 51, false, NULL));
    assert_true(p0f_table_same(&mark));
    assert_true(put(&f, hash, 7, 2, 52, false, NULL));
    assert_false(p0f_table_same(&mark));
    /* What was read is not what stands there now. */
    assert_false(p0f_table_mark(&f.t, hash, &key, &r, &mark, &age));
    assert_true(p0f_table_read(&f.t, hash, &key, &r, &age));
    assert_true(p0f_table_mark(&f.t, hash, &key, &r, &mark, &age));
    for (other = 100; has(&f, hash, 7); other++) /* others take its place */
        assert_true(put(&f, hash, other, 1, 53, true, NULL));
    assert_false(p0f_table_same(&mark));
    assert_false(p0f_table_mark(&f.t, hash, &key, &r, &mark, &age));
    teardown(&f);
}

/* That KEY, one of 16, and no other is found by a guess at its place. */
static void only_at_its_place(fixture_t *f, uint64_t hash, uint64_t key)
{
    const p0f_table_terms_t terms = { .now_s = 10, .limit_s = LIMIT };
    const p0f_probe_t probe = p0f_table_probe(&f->t, hash);
    p0f_place_t place, other;
    uint64_t any;
    rec_t old;

    assert_true(claim(f, hash, &key, &terms, &place, &old));
    for (any = 0; any < 16; any++)
        assert_int_equal(p0f_table_claim_at(&f->t, &probe, &any, place.index,
                                            &terms, &other, &old),
                         any == key);
}

static void keys_of_one_hash_are_told_apart_and_bounded(void **state)
{
    const uint64_t hash = 0x123456789abcdef0u;
    uint64_t key, left = 0;
    fixture_t f;

    (void)state;
    setup(&f, 1000, P0F_SEGMENT_PRIVATE);
    for (key = 0; key < 16; key++)
        assert_true(put(&f, hash, key, 1, 10, false, NULL));
    for (key = 0; key < 16; key++)
        assert_true(has(&f, hash, key));
    for (key = 0; key < 16; key++)
        only_at_its_place(&f, hash, key);
    for (; key < 5000; key++)
        assert_true(put(&f, hash, key, 1, 11, false, NULL));
    assert_int_equal(p0f_table_count(&f.t), 16);
    for (key = 0; key < 5000; key++)
        left += has(&f, hash, key);
    assert_int_equal(left, 16);
    teardown(&f);
}

static void the_least_recently_used_of_both_buckets_goes(void **state)
{
    const uint64_t hash = 0xfedcba9876543210u;
    bool displaced;
    uint64_t key;
    fixture_t f;

    (void)state;
    setup(&f, 10, P0F_SEGMENT_PRIVATE);
    for (key = 0; key < 16; key++)
        assert_true(put(&f, hash, key, 1, 10 + (uint32_t)key, false, NULL));
    assert_true(put(&f, hash, 0, 2, 30, false, &displaced));
    assert_false(displaced); /* an update, and now the youngest */
    for (key = 1; key < 16; key++) {
        assert_true(put(&f, hash, 100 + key, 1, 40, false, &displaced));
        assert_true(displaced);
        assert_false(has(&f, hash, key));
        assert_true(key == 15 || has(&f, hash, key + 1));
        assert_true(has(&f, hash, 0));
    }
    teardown(&f);
}

static void a_confirmed_entry_is_never_displaced_by_another_kind(void **state)
{
    const uint64_t hash = 0x0f1e2d3c4b5a6978u;
    uint64_t key;
    fixture_t f;
    bool displaced;

    (void)state;
    setup(&f, 10, P0F_SEGMENT_PRIVATE);
    for (key = 0; key < 15; key++)
        assert_true(put(&f, hash, key, 1, 10 + (uint32_t)key, true, NULL));
    for (key = 100; key < 400; key++) /* all of them over the one way left */
        assert_true(put(&f, hash, key, 1, 50, false, NULL));
    assert_true(put(&f, hash, 15, 1, 51, true, &displaced));
    assert_true(displaced); /* the other kind goes first, though younger */
    assert_false(put(&f, hash, 1000, 1, 52, false, NULL));
    for (key = 0; key < 16; key++)
        assert_true(has(&f, hash, key));
    assert_true(put(&f, hash, 16, 1, 53, true, &displaced));
    assert_true(displaced);
    assert_false(has(&f, hash, 0)); /* the oldest confirmed */
    assert_true(has(&f, hash, 16));
    teardown(&f);
}

static void an_expired_entry_is_free_whatever_it_was(void **state)
{
    const uint64_t hash = 0x1111222233334444u;
    bool displaced;
    uint64_t key;
    fixture_t f;

    (void)state;
    setup(&f, 10, P0F_SEGMENT_PRIVATE);
    for (key = 0; key < 16; key++)
        assert_true(put(&f, hash, key, 1, 10, true, NULL));
    assert_false(put(&f, hash, 50, 1, 10 + LIMIT, false, NULL));
    assert_true(put(&f, hash, 50, 1, 11 + LIMIT, false, &displaced));
    assert_false(displaced);
    teardown(&f);
}

static void a_free_place_that_was_guessed_is_taken_while_free(void **state)
{
    p0f_table_terms_t terms = { .now_s = 10, .limit_s = LIMIT };
    uint64_t key = 3;
    p0f_place_t place;
    p0f_probe_t probe;
    rec_t rec = record(key, 1), old;
    fixture_t f;
    uint32_t n;

    (void)state;
    setup(&f, 10, P0F_SEGMENT_PRIVATE);
    probe = p0f_table_probe(&f.t, 99);
    n = p0f_table_guess(&f.t, &probe, sizeof(rec_t));
    assert_true(p0f_table_place_at(&f.t, &probe, n, &place));
    assert_false(place.found);
    p0f_table_publish(&f.t, &place, &terms, &rec);
    assert_true(has(&f, 99, key));
    assert_false(p0f_table_place_at(&f.t, &probe, n, &place));
    assert_int_equal(p0f_table_guess(&f.t, &probe, sizeof(rec_t)), n);
    assert_true(p0f_table_claim_at(&f.t, &probe, &key, n, &terms, &place,
                                   &old));
    assert_false(p0f_table_place_at(&f.t, &probe, P0F_TABLE_NONE, &place));
    teardown(&f);
}

/* The way where KEY lies; -1 if it isn't there. */
static int way_of(fixture_t *f, uint64_t hash, uint64_t key)
{
    const p0f_table_terms_t terms = { .now_s = 10, .limit_s = LIMIT };
    const p0f_probe_t probe = p0f_table_probe(&f->t, hash);
    p0f_place_t place;

    return p0f_table_find(&f->t, &probe, &key, &terms, &place, NULL)
         ? (int)(place.index % P0F_TABLE_WAYS) : -1;
}

static int preferred(uint64_t hash)
{
    return (int)(hash >> 29 & 7);
}

/* There a reader looks first. */
static void a_key_lies_in_its_preferred_way_while_that_is_free(void **state)
{
    const uint64_t hash = 0x23456789abcdef01u;
    uint64_t key, there = 0;
    fixture_t f;

    (void)state;
    setup(&f, 1000, P0F_SEGMENT_PRIVATE);
    for (key = 0; key < 100; key++) {
        assert_true(put(&f, hash_of(key), key, 1, 10, false, NULL));
        assert_int_equal(way_of(&f, hash_of(key), key),
                         preferred(hash_of(key)));
    }
    for (key = 1000; key < 1016; key++) { /* that of either bucket, then any */
        assert_true(put(&f, hash, key, 1, 10, false, NULL));
        there += way_of(&f, hash, key) == preferred(hash);
        assert_true(there == (key == 1000 ? 1 : 2));
    }
    for (key = 2000; key < 2016; key++) { /* all expired */
        assert_true(put(&f, hash, key, 1, 11 + LIMIT, false, NULL));
        if (key < 2002)
            assert_int_equal(way_of(&f, hash, key), preferred(hash));
    }
    teardown(&f);
}

static void most_keys_of_a_full_table_lie_where_they_prefer_to(void **state)
{
    enum { N = 20000 };
    uint64_t key, there = 0;
    fixture_t f;

    (void)state;
    setup(&f, (uint32_t)p0f_table_buckets(N), P0F_SEGMENT_PRIVATE);
    for (key = 0; key < N; key++)
        (void)put(&f, hash_of(key), key, 1, 10, false, NULL);
    for (key = 0; key < N; key++)
        there += way_of(&f, hash_of(key), key) == preferred(hash_of(key));
    assert_in_range(there, N * 7 / 10, N);
    teardown(&f);
}

static void an_expired_key_takes_its_own_place_again(void **state)
{
    p0f_table_terms_t terms = { .now_s = 10, .limit_s = LIMIT };
    uint64_t key = 3;
    p0f_place_t a, b;
    fixture_t f;
    rec_t old;

    (void)state;
    setup(&f, 10, P0F_SEGMENT_PRIVATE);
    assert_true(claim(&f, 99, &key, &terms, &a, &old));
    assert_false(a.found);
    old = record(key, 1);
    p0f_table_publish(&f.t, &a, &terms, &old);
    assert_true(claim(&f, 99, &key, &terms, &b, &old));
    assert_true(b.found);
    assert_true(whole(&old));
    terms.now_s = 11 + LIMIT;
    assert_true(claim(&f, 99, &key, &terms, &b, &old));
    assert_false(b.found);
    assert_int_equal(a.index, b.index);
    terms.now_s = 5; /* a clock that ran back: fresh, not expired */
    assert_true(claim(&f, 99, &key, &terms, &b, &old));
    assert_true(b.found);
    teardown(&f);
}

static void a_place_outside_the_table_is_not_written(void **state)
{
    p0f_table_terms_t terms = { .now_s = 10, .limit_s = LIMIT };
    p0f_place_t place = { .index = 80, .tag = 1, .found = false };
    rec_t r = record(1, 1);
    fixture_t f;

    (void)state;
    setup(&f, 10, P0F_SEGMENT_PRIVATE);
    assert_false(p0f_table_publish(&f.t, &place, &terms, &r));
    place.index = UINT32_MAX;
    assert_false(p0f_table_publish(&f.t, &place, &terms, &r));
    assert_int_equal(p0f_table_count(&f.t), 0);
    teardown(&f);
}

static void under_one_percent_is_lost_of_what_a_table_is_for(void **state)
{
    static const uint32_t sizes[] = { 1, 16, 100, 1000, 10000, 200000,
                                      1000000 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint32_t n = sizes[i], lost = 0;
        uint64_t key;
        fixture_t f;

        setup(&f, (uint32_t)p0f_table_buckets(n), P0F_SEGMENT_PRIVATE);
        for (key = 0; key < n; key++)
            lost += !put(&f, hash_of(key), key, 1, 10, true, NULL);
        for (key = 0; key < n; key++)
            lost += !has(&f, hash_of(key), key);
        /* Displaced and refused, each counted once: all were confirmed, so
         * that later ones displaced earlier ones. */
        assert_true(lost * 100 < n || lost == 0);
        teardown(&f);
    }
}

/* ---- shapes ----------------------------------------------------------- */

static void shapes_that_lead_outside_are_refused(void **state)
{
    const size_t size = 100 * 64;
    static const struct {
        uint64_t bucket_off, record_off;
        uint32_t count, record;
        bool good;
    } rows[] = {
        { 64, 192, 2, sizeof(rec_t), true },
        { 64, 192, 1, sizeof(rec_t), false },
        { 64, 192, 0, sizeof(rec_t), false },
        { 64, 192, 5, sizeof(rec_t), false },      /* records beyond */
        { 64, 192, 2, sizeof(rec_t) - 8, false },  /* another kind */
        { 65, 192, 2, sizeof(rec_t), false },      /* not aligned */
        { 64, 200, 2, sizeof(rec_t), false },
        { 100 * 64, 192, 2, sizeof(rec_t), false },
        { 101 * 64, 192, 2, sizeof(rec_t), false },
        { UINT64_MAX - 63, 192, 2, sizeof(rec_t), false },
        { 64, UINT64_MAX - 63, 2, sizeof(rec_t), false },
        { 64, 53 * 64, 2, sizeof(rec_t), false },
        { 64, 52 * 64, 2, sizeof(rec_t), true },   /* to the last byte */
        { 64, 192, UINT32_MAX, sizeof(rec_t), false },
        { 64, 192, 0x80000000u, sizeof(rec_t), false },
        { 64, 192, 0x20000002u, sizeof(rec_t), false }
    };
    p0f_table_shape_t shape;
    p0f_table_spot_t spot;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        shape.bucket_off = rows[i].bucket_off;
        shape.record_off = rows[i].record_off;
        shape.bucket_count = rows[i].count;
        shape.record_size = rows[i].record;
        if (p0f_table_check(&spot, &shape, &kind, size) != rows[i].good)
            fail_msg("row %zu", i);
        assert_int_equal(spot.bucket_count,
                         rows[i].good ? rows[i].count : 0);
    }
}

/* ---- a writer that dies ----------------------------------------------- */

static void a_half_written_record_is_a_miss_until_it_is_repaired(void **state)
{
    p0f_table_terms_t terms = { .now_s = 10, .limit_s = LIMIT };
    const uint64_t hash = 77;
    p0f_place_t place;
    uint64_t key;
    fixture_t f;
    rec_t old;

    (void)state;
    setup(&f, 10, P0F_SEGMENT_PRIVATE);
    for (key = 0; key < 10; key++)
        assert_true(put(&f, hash, key, 1, 10, true, NULL));
    key = 4;
    assert_true(claim(&f, hash, &key, &terms, &place, &old));
    assert_true(place.found);
    p0f_table_begin(&f.t, place.index); /* and here it dies */
    for (key = 0; key < 10; key++)
        assert_int_equal(has(&f, hash, key), key != 4);
    key = 4;
    assert_true(claim(&f, hash, &key, &terms, &place, &old));
    assert_false(place.found);
    p0f_table_repair(&f.t);
    assert_int_equal(p0f_table_count(&f.t), 9);
    p0f_table_repair(&f.t); /* nothing left to do */
    assert_int_equal(p0f_table_count(&f.t), 9);
    assert_true(put(&f, hash, 4, 2, 11, true, NULL));
    for (key = 0; key < 10; key++)
        assert_true(has(&f, hash, key));
    teardown(&f);
}

#define KEYS 300

/* Writes until it is killed. */
static int endless_writer(void *arg)
{
    fixture_t *f = arg;
    uint64_t version;

    for (version = 1;; version++)
        put(f, hash_of(version % KEYS), version % KEYS, version, 10,
            version % 3 == 0, NULL);
    return 0;
}

static void a_writer_killed_anywhere_leaves_a_readable_table(void **state)
{
    unsigned int round;
    fixture_t f;
    uint64_t key;

    (void)state;
    setup(&f, 64, P0F_SEGMENT_COMMON);
    for (key = 0; key < KEYS; key++)
        assert_true(put(&f, hash_of(key), key, 0, 10, false, NULL));
    for (round = 0; round < 60; round++) {
        pid_t pid = child_start(endless_writer, &f);
        unsigned int missing = 0;

        usleep(500 + (useconds_t)(hash_of(round) % 3000));
        kill(pid, SIGKILL);
        assert_int_equal(child_end(pid), -SIGKILL);
        for (key = 0; key < KEYS; key++)
            missing += !has(&f, hash_of(key), key);
        assert_true(missing <= 1); /* what it was writing */
        p0f_table_repair(&f.t);
        for (key = 0; key < KEYS; key++)
            if (!has(&f, hash_of(key), key))
                assert_true(put(&f, hash_of(key), key, 0, 10, true, NULL));
    }
    for (key = 0; key < KEYS; key++) {
        assert_true(put(&f, hash_of(key), key, 1, 10, true, NULL));
        assert_true(has(&f, hash_of(key), key));
    }
    assert_int_equal(p0f_table_count(&f.t), KEYS);
    teardown(&f);
}

/* ---- readers beside a writer ------------------------------------------ */

typedef struct {
    const p0f_table_t *table;
    _Atomic bool *stop;
    uint64_t reads, hits, torn, backward;
    uint64_t seen[KEYS];
} reader_t;

static void *read_on(void *arg)
{
    reader_t *me = arg;
    uint64_t n = 0;

    while (!atomic_load_explicit(me->stop, memory_order_relaxed)) {
        uint64_t key = hash_of(n++) % KEYS;
        uint32_t age;
        rec_t r;

        me->reads++;
        if (!p0f_table_read(me->table, hash_of(key), &key, &r, &age))
            continue;
        me->hits++;
        me->torn += !whole(&r) || r.key != key;
        me->backward += r.version < me->seen[key];
        me->seen[key] = r.version;
    }
    return NULL;
}

#define READERS 3

static void readers_never_see_a_torn_or_older_record(void **state)
{
    _Atomic bool stop = false;
    static reader_t readers[READERS];
    pthread_t threads[READERS];
    time_t end = time(NULL) + (time_t)test_seconds() + 1;
    uint64_t version = 0;
    fixture_t f;
    int i;

    (void)state;
    setup(&f, 40, P0F_SEGMENT_PRIVATE);
    for (i = 0; i < READERS; i++) {
        readers[i] = (reader_t){ .table = &f.t, .stop = &stop };
        assert_int_equal(pthread_create(&threads[i], NULL, read_on,
                                        &readers[i]), 0);
    }
    /* 300 keys and as many strangers in 320 ways: much is displaced. */
    while (time(NULL) < end) {
        version++;
        put(&f, hash_of(version % KEYS), version % KEYS, version, 10, false,
            NULL);
        put(&f, hash_of(version + KEYS), version + KEYS, version, 10, false,
            NULL);
    }
    atomic_store(&stop, true);
    for (i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(readers[i].reads > 1000);
        assert_true(readers[i].hits > 100);
        assert_true(readers[i].torn == 0);
        assert_true(readers[i].backward == 0);
    }
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_read_with_its_age),
        cmocka_unit_test(a_word_is_changed_where_the_record_lies),
        cmocka_unit_test(a_mark_tells_of_every_change),
        cmocka_unit_test(a_free_place_that_was_guessed_is_taken_while_free),
        cmocka_unit_test(keys_of_one_hash_are_told_apart_and_bounded),
        cmocka_unit_test(the_least_recently_used_of_both_buckets_goes),
        cmocka_unit_test(a_confirmed_entry_is_never_displaced_by_another_kind),
        cmocka_unit_test(an_expired_entry_is_free_whatever_it_was),
        cmocka_unit_test(a_key_lies_in_its_preferred_way_while_that_is_free),
        cmocka_unit_test(most_keys_of_a_full_table_lie_where_they_prefer_to),
        cmocka_unit_test(an_expired_key_takes_its_own_place_again),
        cmocka_unit_test(a_place_outside_the_table_is_not_written),
        cmocka_unit_test(under_one_percent_is_lost_of_what_a_table_is_for),
        cmocka_unit_test(shapes_that_lead_outside_are_refused),
        cmocka_unit_test(a_half_written_record_is_a_miss_until_it_is_repaired),
        cmocka_unit_test(a_writer_killed_anywhere_leaves_a_readable_table),
        cmocka_unit_test(readers_never_see_a_torn_or_older_record)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
