/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workers' ring: records come out whole and in order, dead and late
 * producers are passed over, and no content of the segment harms the
 * consumer.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* CPU_SET */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <sys/mman.h>
#include <time.h>

#include "child.h"
#include "ring_records.h"

/* ---- one thread ------------------------------------------------------- */

static void records_come_out_whole_and_in_order(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint32_t n, lap;

    (void)state;
    for (n = 0, lap = 0; lap < 200; lap++) {
        unsigned int i, count = 1 + lap % 64;

        for (i = 0; i < count; i++)
            assert_true(put(&ring, 1, n++));
        assert_int_equal(p0f_ring_drain(&ring, &reader, lap, 1000, take, &t),
                         count);
    }
    assert_int_equal(t.count, n);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(reader.lost, 0);
    p0f_ring_destroy(&ring);
    assert_null(ring.base);
}

static void a_drain_takes_at_most_what_it_is_told(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint32_t n;

    (void)state;
    for (n = 0; n < 10; n++)
        assert_true(put(&ring, 1, n));
    assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 0, take, &t), 0);
    assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 7, take, &t), 7);
    assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 7, take, &t), 3);
    assert_int_equal(t.wrong, 0);
    p0f_ring_destroy(&ring);
}

static void a_marked_drain_takes_what_was_there_then(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint32_t n = 0;

    (void)state;
    for (unsigned int lap = 0; lap < 100; lap++) {
        assert_true(put(&ring, 1, n++));
        assert_true(put(&ring, 1, n++));
        p0f_ring_mark(&ring, &reader);
        assert_true(put(&ring, 1, n++));
        assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 9, take, &t), 2);
        assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 9, take, &t), 1);
        p0f_ring_mark(&ring, &reader);
        assert_true(put(&ring, 1, n++));
        assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 9, take, &t), 0);
        assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 9, take, &t), 1);
    }
    assert_int_equal(t.wrong, 0);
    p0f_ring_destroy(&ring);
}

static void a_full_ring_refuses_and_counts(void **state)
{
    p0f_ring_t ring = make(100, false, -1); /* rounded up to 128 */
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint32_t n;

    (void)state;
    for (n = 0; n < 128; n++)
        assert_true(put(&ring, 1, n));
    for (; n < 150; n++)
        assert_false(put(&ring, 1, n));
    assert_int_equal(p0f_ring_counter(&ring, P0F_WCTR_OVERFLOW), 22);
    assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 1000, take, &t), 128);
    assert_true(put(&ring, 1, n));
    assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 1000, take, &t), 1);
    assert_int_equal(t.wrong, 0);
    p0f_ring_destroy(&ring);
}

static void a_record_longer_than_a_slot_is_refused(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    p0f_ring_rec_t r = { .kind = P0F_RING_SYN, .raw_len = P0F_RING_RAW + 1 };

    (void)state;
    assert_false(p0f_ring_put(&ring, &r));
    p0f_ring_destroy(&ring);
}

static void a_new_reader_goes_on_where_the_last_one_stopped(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    p0f_ring_reader_t one = { .started = false }, two = { .started = false };
    taken_t t = { .count = 0 };
    uint32_t n;

    (void)state;
    for (n = 0; n < 50; n++)
        assert_true(put(&ring, 1, n));
    assert_int_equal(p0f_ring_drain(&ring, &one, 0, 30, take, &t), 30);
    for (; n < 70; n++)
        assert_true(put(&ring, 1, n));
    assert_int_equal(p0f_ring_drain(&ring, &two, 0, 100, take, &t), 40);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(two.lost, 0);
    p0f_ring_destroy(&ring);
}

static void a_handle_of_another_layout_is_not_adopted(void **state)
{
    p0f_ring_t ring = make(64, false, -1), bad = ring;
    p0f_ring_t none = { .base = NULL, .size = 0, .wake_fd = -1 };
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };

    (void)state;
    assert_int_equal(p0f_ring_adopt(&none), P0F_ELAYOUT);
    assert_false(put(&none, 1, 1));
    assert_int_equal(p0f_ring_drain(&none, &reader, 0, 10, take, &t), 0);
    assert_true(p0f_ring_asleep(&none, &reader, true));
    assert_false(p0f_ring_claim_state(&none, 3));
    p0f_ring_count(&none, P0F_WCTR_MISS, 1);
    assert_int_equal(p0f_ring_counter(&none, P0F_WCTR_MISS), 0);
    bad.size = 4096;
    assert_int_equal(p0f_ring_adopt(&bad), P0F_ELAYOUT);
    *(uint32_t *)ring.base ^= 1;
    assert_int_equal(p0f_ring_adopt(&ring), P0F_ELAYOUT);
    *(uint32_t *)ring.base ^= 1;
    ((uint32_t *)ring.base)[1]++;
    assert_int_equal(p0f_ring_adopt(&ring), P0F_ELAYOUT);
    p0f_ring_destroy(&ring);
}

static void workers_counters_add_up_over_processors(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    cpu_set_t allowed, one;
    size_t cpu;
    int counted = 0;
    unsigned int c;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
    for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
        p0f_ring_count(&ring, P0F_WCTR_MISS, 3);
        counted += 3;
    }
    assert_int_equal(sched_setaffinity(0, sizeof(allowed), &allowed), 0);
    p0f_ring_count(&ring, P0F_WCTR_COUNT, 1);
    assert_int_equal(p0f_ring_counter(&ring, P0F_WCTR_MISS), counted);
    assert_int_equal(p0f_ring_counter(&ring, P0F_WCTR_WAITS), 0);
    assert_int_equal(p0f_ring_counter(&ring, P0F_WCTR_COUNT), 0);
    for (c = 0; c < P0F_WCTR_COUNT; c++)
        assert_true(p0f_ring_counter_name(c)[0] != '\0');
    assert_string_equal(p0f_ring_counter_name(P0F_WCTR_COUNT), "");
    p0f_ring_destroy(&ring);
}

/* ---- producers that die ----------------------------------------------- */

/* As a producer that claims N positions and dies. */
static void claim_and_die(const p0f_ring_t *ring, unsigned int n)
{
    atomic_fetch_add(claim_of(ring), n);
}

static void a_claim_never_committed_is_skipped_after_a_second(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };

    (void)state;
    assert_true(put(&ring, 1, 0));
    claim_and_die(&ring, 1);
    assert_true(put(&ring, 1, 1));
    assert_int_equal(p0f_ring_drain(&ring, &reader, 5 * SECOND, 100, take,
                                    &t), 1);
    assert_int_equal(p0f_ring_drain(&ring, &reader, 6 * SECOND - 1, 100, take,
                                    &t), 0);
    assert_true(p0f_ring_asleep(&ring, &reader, true)); /* no spinning */
    assert_int_equal(reader.lost, 0);
    assert_int_equal(p0f_ring_drain(&ring, &reader, 6 * SECOND, 100, take,
                                    &t), 1);
    assert_int_equal(reader.lost, 1);
    assert_int_equal(t.wrong, 0);
    p0f_ring_destroy(&ring);
}

static void a_ring_full_of_dead_claims_costs_one_second(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint32_t n;

    (void)state;
    claim_and_die(&ring, 63);
    assert_true(put(&ring, 1, 0));
    assert_false(put(&ring, 1, 1));
    assert_int_equal(p0f_ring_drain(&ring, &reader, SECOND, 100, take, &t),
                     0);
    assert_int_equal(p0f_ring_drain(&ring, &reader, 2 * SECOND, 100, take,
                                    &t), 1);
    assert_int_equal(reader.lost, 63);
    for (n = 1; n < 65; n++) /* and all of it is free again */
        assert_true(put(&ring, 1, n));
    assert_int_equal(p0f_ring_drain(&ring, &reader, 2 * SECOND, 100, take,
                                    &t), 64);
    assert_int_equal(t.wrong, 0);
    p0f_ring_destroy(&ring);
}

static void a_claim_made_later_has_a_second_of_its_own(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };

    (void)state;
    claim_and_die(&ring, 1);
    p0f_ring_drain(&ring, &reader, SECOND, 100, take, &t);
    claim_and_die(&ring, 1);
    p0f_ring_drain(&ring, &reader, 2 * SECOND, 100, take, &t);
    assert_int_equal(reader.lost, 1);
    p0f_ring_drain(&ring, &reader, 3 * SECOND - 1, 100, take, &t);
    assert_int_equal(reader.lost, 1);
    p0f_ring_drain(&ring, &reader, 3 * SECOND, 100, take, &t);
    assert_int_equal(reader.lost, 2);
    p0f_ring_destroy(&ring);
}

static void a_record_that_mixed_with_a_late_one_is_dropped(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint32_t n;

    (void)state;
    for (n = 0; n < 10; n++)
        assert_true(put(&ring, 1, n));
    /* A late producer's bytes: an address, a raw byte, a length. */
    bytes_of(&ring, 3)[0] ^= 1;
    bytes_of(&ring, 5)[48] ^= 1;
    bytes_of(&ring, 7)[32 + 5] = 200;
    bytes_of(&ring, 8)[32 + 5]++;
    assert_int_equal(p0f_ring_drain(&ring, &reader, 0, 100, take, &t), 6);
    assert_int_equal(reader.lost, 4);
    assert_int_equal(t.wrong, 0);
    p0f_ring_destroy(&ring);
}

/* A producer that is held up between claim and commit: its record lies half
 * on a page that can't be read, and what happens meanwhile happens in the
 * handler of that fault. */
static struct {
    p0f_ring_t ring;
    p0f_ring_reader_t reader;
    taken_t t;
    unsigned int others;         /* records put meanwhile */
    void *page;
} held;

static void while_held_up(int sig)
{
    unsigned int n;

    (void)sig;
    p0f_ring_drain(&held.ring, &held.reader, SECOND, 9, take, &held.t);
    p0f_ring_drain(&held.ring, &held.reader, 2 * SECOND, 9, take, &held.t);
    for (n = 0; n < held.others; n++)
        put(&held.ring, 2, n);
    mprotect(held.page, 4096, PROT_READ | PROT_WRITE);
}

/* Puts a record so; what p0f_ring_put said. */
static bool put_held_up(unsigned int others)
{
    struct sigaction sa = { .sa_handler = while_held_up }, before;
    size_t half = offsetof(p0f_ring_rec_t, key.peer_port);
    unsigned char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p0f_ring_rec_t *rec = (p0f_ring_rec_t *)(void *)(pages + 4096 - half);
    bool ok;

    assert_ptr_not_equal(pages, MAP_FAILED);
    *rec = record(1, 77);
    held.page = pages;
    held.others = others;
    held.t = (taken_t){ .count = 0 };
    held.reader = (p0f_ring_reader_t){ .started = false };
    held.ring = make(64, false, -1);
    sigaction(SIGSEGV, &sa, &before);
    mprotect(pages, 4096, PROT_NONE);
    ok = p0f_ring_put(&held.ring, rec);
    sigaction(SIGSEGV, &before, NULL);
    munmap(pages, 8192);
    return ok;
}

static void a_late_producer_learns_that_it_was_skipped(void **state)
{
    (void)state;
    assert_false(put_held_up(0));
    assert_int_equal(held.reader.lost, 1);
    assert_int_equal(p0f_ring_counter(&held.ring, P0F_WCTR_OVERFLOW), 0);
    assert_true(put(&held.ring, 1, 78));
    assert_int_equal(p0f_ring_drain(&held.ring, &held.reader, 2 * SECOND, 9,
                                    take, &held.t), 1);
    assert_int_equal(held.t.wrong, 0);
    p0f_ring_destroy(&held.ring);
}

static void a_late_producer_spoils_the_next_lap_visibly(void **state)
{
    (void)state;
    assert_false(put_held_up(64)); /* the last one took the same slot */
    assert_int_equal(p0f_ring_drain(&held.ring, &held.reader, 2 * SECOND, 99,
                                    take, &held.t), 63);
    assert_int_equal(held.reader.lost, 2); /* the skipped and the spoilt */
    assert_int_equal(held.t.wrong, 0);
    p0f_ring_destroy(&held.ring);
}

/* ---- hostile content -------------------------------------------------- */

/* After any damage producers and consumer must get on again by themselves:
 * one second and a bounded number of drains later a record passes. */
static bool recovers(const p0f_ring_t *ring, p0f_ring_reader_t *reader,
                     uint64_t *now_us)
{
    taken_t t = { .count = 0 };
    unsigned int i;

    for (i = 0; i < 5000; i++) {
        *now_us += SECOND / 4;
        p0f_ring_drain(ring, reader, *now_us, 100, take_anything, &t);
        if (t.wrong)
            return false;
        t.count = 0;
        if (put(ring, 2, i)
            && p0f_ring_drain(ring, reader, *now_us, 100, take_anything, &t)
               == 1)
            return true;
    }
    return false;
}

static void the_ring_recovers_from_any_claim_position(void **state)
{
    static const uint64_t jumps[] = {
        1, 63, 64, 65, 128, 1000, UINT64_MAX, UINT64_MAX - 63,
        UINT64_MAX - 64, (uint64_t)1 << 63, ((uint64_t)1 << 63) + 1
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        p0f_ring_t ring = make(64, false, -1);
        p0f_ring_reader_t reader = { .started = false };
        uint64_t now = SECOND;
        taken_t t = { .count = 0 };

        assert_true(put(&ring, 1, 0));
        p0f_ring_drain(&ring, &reader, now, 100, take, &t);
        assert_true(put(&ring, 1, 1));
        atomic_fetch_add(claim_of(&ring), jumps[i]);
        if (!recovers(&ring, &reader, &now))
            fail_msg("jump %zu", i);
        p0f_ring_destroy(&ring);
    }
}

static void the_ring_recovers_from_any_turn(void **state)
{
    static const uint64_t turns[] = {
        0, 1, 2, 3, 63, 64, 65, 66, 67, 128, UINT64_MAX, UINT64_MAX - 1,
        (uint64_t)1 << 63
    };
    size_t i;
    unsigned int slot;

    (void)state;
    for (i = 0; i < sizeof turns / sizeof *turns; i++) {
        for (slot = 0; slot < 5; slot++) {
            p0f_ring_t ring = make(64, false, -1);
            p0f_ring_reader_t reader = { .started = false };
            uint64_t now = SECOND;

            assert_true(put(&ring, 1, 0));
            assert_true(put(&ring, 1, 1));
            atomic_store(turn_of(&ring, slot), turns[i]);
            if (!recovers(&ring, &reader, &now))
                fail_msg("turn %zu slot %u", i, slot);
            p0f_ring_destroy(&ring);
        }
    }
}

static void garbage_never_harms_the_consumer(void **state)
{
    unsigned int round;
    size_t i;

    (void)state;
    for (round = 0; round < 2000; round++) {
        p0f_ring_t ring = make(64, false, -1);
        p0f_ring_reader_t reader = { .started = false };
        uint64_t *word = ring.base, now = SECOND;
        taken_t t = { .count = 0 };

        if (round % 2) { /* a reader that knows its place */
            assert_true(put(&ring, 1, 0));
            p0f_ring_drain(&ring, &reader, now, 10, take, &t);
        }
        for (i = 0; i < ring.size / 8; i++) {
            uint64_t r = chance();

            /* Whole garbage, or numbers near those that mean something. */
            word[i] = round % 3 ? r : r % 131;
        }
        assert_true(p0f_ring_drain(&ring, &reader, now, 10, take_anything,
                                   &t) <= 10);
        p0f_ring_asleep(&ring, &reader, true);
        p0f_ring_asleep(&ring, &reader, false);
        (void)p0f_ring_counter(&ring, P0F_WCTR_MISS);
        (void)p0f_ring_claim_state(&ring, 2);
        assert_true(recovers(&ring, &reader, &now));
        p0f_ring_destroy(&ring);
    }
}

/* Scribbles over the segment until it is killed. */
static int endless_vandal(void *arg)
{
    const p0f_ring_t *ring = arg;
    _Atomic uint64_t *word = ring->base;

    for (;;)
        atomic_store_explicit(&word[chance() % (ring->size / 8)],
                              chance() % 200, memory_order_relaxed);
    return 0;
}

static void a_vandal_at_work_never_harms_the_consumer(void **state)
{
    time_t end = time(NULL) + (time_t)test_seconds() + 1;
    p0f_ring_t ring = make(64, true, -1);
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint64_t now = SECOND;
    pid_t pid = child_start(endless_vandal, &ring);

    (void)state;
    while (time(NULL) < end) {
        put(&ring, 1, 1);
        now += SECOND / 8;
        assert_true(p0f_ring_drain(&ring, &reader, now, 20, take_anything,
                                   &t) <= 20);
        assert_int_equal(t.wrong, 0);
    }
    kill(pid, SIGKILL);
    assert_int_equal(child_end(pid), -SIGKILL);
    assert_true(recovers(&ring, &reader, &now));
    p0f_ring_destroy(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_whole_and_in_order),
        cmocka_unit_test(a_drain_takes_at_most_what_it_is_told),
        cmocka_unit_test(a_marked_drain_takes_what_was_there_then),
        cmocka_unit_test(a_full_ring_refuses_and_counts),
        cmocka_unit_test(a_record_longer_than_a_slot_is_refused),
        cmocka_unit_test(a_new_reader_goes_on_where_the_last_one_stopped),
        cmocka_unit_test(a_handle_of_another_layout_is_not_adopted),
        cmocka_unit_test(workers_counters_add_up_over_processors),
        cmocka_unit_test(a_claim_never_committed_is_skipped_after_a_second),
        cmocka_unit_test(a_ring_full_of_dead_claims_costs_one_second),
        cmocka_unit_test(a_claim_made_later_has_a_second_of_its_own),
        cmocka_unit_test(a_record_that_mixed_with_a_late_one_is_dropped),
        cmocka_unit_test(a_late_producer_learns_that_it_was_skipped),
        cmocka_unit_test(a_late_producer_spoils_the_next_lap_visibly),
        cmocka_unit_test(the_ring_recovers_from_any_claim_position),
        cmocka_unit_test(the_ring_recovers_from_any_turn),
        cmocka_unit_test(garbage_never_harms_the_consumer),
        cmocka_unit_test(a_vandal_at_work_never_harms_the_consumer)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
