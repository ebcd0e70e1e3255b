/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workers' ring: nothing is lost or doubled uncounted, nobody sleeps
 * through a record, dead producers are passed over, and no content of the
 * segment harms the consumer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>

#include "p0f_engine/ring.h"
#include "child.h"

#define SECOND 1000000u

/* Where the ring's picture puts things; tests reach into it to damage it. */
#define HEAD  (5 * 64)
#define LANES (P0F_RING_LANES * 64)
#define SLOT  192
#define CLAIM 64

static p0f_ring_t make(uint32_t slots, bool shared, int wake_fd)
{
    p0f_error_t err;
    p0f_ring_t ring;

    assert_int_equal(p0f_ring_create(&ring, slots, shared, wake_fd, &err),
                     P0F_OK);
    assert_int_equal(p0f_ring_adopt(&ring), P0F_OK);
    return ring;
}

static _Atomic uint64_t *claim_of(const p0f_ring_t *ring)
{
    return (_Atomic uint64_t *)(void *)((char *)ring->base + CLAIM);
}

static _Atomic uint64_t *turn_of(const p0f_ring_t *ring, unsigned int slot)
{
    return (_Atomic uint64_t *)(void *)
           ((char *)ring->base + HEAD + LANES + (size_t)slot * SLOT);
}

static unsigned char *bytes_of(const p0f_ring_t *ring, unsigned int slot)
{
    return (unsigned char *)ring->base + HEAD + LANES + (size_t)slot * SLOT
         + 16;
}

/* A record whose bytes follow from its producer and number. */
static p0f_ring_rec_t record(unsigned int producer, uint32_t number)
{
    p0f_ring_rec_t r = { .kind = P0F_RING_SYN };
    unsigned int i;

    memcpy(r.peer.b, &producer, sizeof producer);
    memcpy(r.local.b, &number, sizeof number);
    r.peer_port = (uint16_t)(number * 3);
    r.local_port = (uint16_t)(number * 5 + producer);
    r.boot_us = (uint64_t)number << 20 | producer;
    r.raw_len = (uint8_t)(number % (P0F_RING_RAW + 1));
    for (i = 0; i < r.raw_len; i++)
        r.raw[i] = (uint8_t)(number + i * 7 + producer);
    return r;
}

/* What a drain gave. */
typedef struct {
    unsigned int count, wrong;
    uint32_t last[16];           /* by producer: number after the last */
    uint64_t bytes;
    p0f_ring_rec_t first;
} taken_t;

static void take(void *ctx, const p0f_ring_rec_t *rec)
{
    taken_t *t = ctx;
    unsigned int producer;
    p0f_ring_rec_t want;
    uint32_t number;

    memcpy(&producer, rec->peer.b, sizeof producer);
    memcpy(&number, rec->local.b, sizeof number);
    want = record(producer, number);
    if (t->count++ == 0)
        t->first = *rec;
    if (producer >= 16 || memcmp(&want, rec, sizeof want) != 0
        || number < t->last[producer])
        t->wrong++;
    else
        t->last[producer] = number + 1;
}

static void take_anything(void *ctx, const p0f_ring_rec_t *rec)
{
    taken_t *t = ctx;
    unsigned int i;

    t->count++;
    t->wrong += rec->raw_len > P0F_RING_RAW;
    for (i = 0; i < rec->raw_len; i++)
        t->bytes += rec->raw[i];
}

static bool put(const p0f_ring_t *ring, unsigned int producer, uint32_t number)
{
    p0f_ring_rec_t r = record(producer, number);

    return p0f_ring_put(ring, &r);
}

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
    p0f_ring_count(&none, 0, P0F_WCTR_MISS, 1);
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

static void workers_counters_add_up_over_lanes(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    unsigned int lane, c;

    (void)state;
    for (lane = 0; lane < 200; lane++)
        p0f_ring_count(&ring, lane, P0F_WCTR_LOOKUPS, 3);
    p0f_ring_count(&ring, 7, P0F_WCTR_COUNT, 1);
    assert_int_equal(p0f_ring_counter(&ring, P0F_WCTR_LOOKUPS), 600);
    assert_int_equal(p0f_ring_counter(&ring, P0F_WCTR_MISS), 0);
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
    size_t half = offsetof(p0f_ring_rec_t, peer_port);
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

static uint64_t seed = 88172645463325252u;

static uint64_t chance(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

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

/* ---- many processes --------------------------------------------------- */

#define PRODUCERS 6
#define EACH      30000u

typedef struct {
    p0f_ring_t ring;
    unsigned int id;
    bool patient;                /* try again when full */
} producer_t;

/* Exit status 0 if all could be put. */
static int produce(void *arg)
{
    const producer_t *p = arg;
    bool all = true;
    uint32_t n;

    for (n = 0; n < EACH; n++) {
        bool ok = put(&p->ring, p->id, n);

        while (!ok && p->patient) {
            usleep(50);
            ok = put(&p->ring, p->id, n);
        }
        all = all && ok;
    }
    return all ? 0 : 1;
}

/* Sleeps as the sniffer does; false if nothing woke it for 10 seconds. */
static bool sleep_until_woken(const p0f_ring_t *ring,
                              const p0f_ring_reader_t *reader)
{
    struct pollfd pfd = { .fd = ring->wake_fd, .events = POLLIN };
    int ready = 1;

    if (p0f_ring_asleep(ring, reader, true)) {
        ready = poll(&pfd, 1, 10000);
        p0f_ring_asleep(ring, reader, false);
    }
    return ready == 1;
}

static void run_producers(bool patient, uint32_t slots, taken_t *t,
                          p0f_ring_reader_t *reader, uint64_t *overflow)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    producer_t p = { .ring = make(slots, true, fd), .patient = patient };
    pid_t pids[PRODUCERS];
    uint64_t done = 0;
    int ended = 0;

    for (p.id = 0; p.id < PRODUCERS; p.id++)
        pids[p.id] = child_start(produce, &p);
    while (done < PRODUCERS * EACH) {
        p0f_ring_drain(&p.ring, reader, 1, 64, take, t);
        *overflow = p0f_ring_counter(&p.ring, P0F_WCTR_OVERFLOW);
        done = patient ? t->count : t->count + *overflow;
        /* The impatient may end with a loss that wakes nobody. */
        if (patient && done < PRODUCERS * EACH)
            assert_true(sleep_until_woken(&p.ring, reader));
    }
    for (p.id = 0; p.id < PRODUCERS; p.id++)
        ended += child_end(pids[p.id]) == 0 || !patient;
    assert_int_equal(ended, PRODUCERS);
    p0f_ring_drain(&p.ring, reader, 1, 64, take, t);
    close(fd);
    p0f_ring_destroy(&p.ring);
}

static void no_record_of_many_producers_is_lost_or_doubled(void **state)
{
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint64_t overflow;

    (void)state;
    run_producers(true, 1024, &t, &reader, &overflow);
    assert_int_equal(t.count, PRODUCERS * EACH);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(reader.lost, 0);
}

static void what_is_lost_to_a_full_ring_is_counted(void **state)
{
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint64_t overflow;

    (void)state;
    run_producers(false, 64, &t, &reader, &overflow);
    assert_true(t.count + overflow == PRODUCERS * EACH);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(reader.lost, 0);
}

static int produce_endlessly(void *arg)
{
    const producer_t *p = arg;
    uint32_t n;

    for (n = 0;; n++)
        put(&p->ring, p->id, n);
    return 0;
}

static void producers_killed_anywhere_lose_counted_records_only(void **state)
{
    producer_t p = { .ring = make(64, true, -1), .id = 1 };
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint64_t now = SECOND;
    unsigned int round;

    (void)state;
    for (round = 0; round < 60; round++) {
        pid_t pid;
        unsigned int i;

        t.last[1] = 0; /* numbers begin anew */
        pid = child_start(produce_endlessly, &p);
        for (i = 0; i < 20; i++) {
            usleep(100 + (useconds_t)(chance() % 100));
            p0f_ring_drain(&p.ring, &reader, now, 1000, take, &t);
        }
        kill(pid, SIGKILL);
        assert_int_equal(child_end(pid), -SIGKILL);
        for (i = 0; i < 3; i++) {
            p0f_ring_drain(&p.ring, &reader, now, 1000, take, &t);
            now += SECOND;
        }
        assert_int_equal(t.wrong, 0);
        assert_true(reader.lost <= round + 1);
        assert_int_equal(p0f_ring_drain(&p.ring, &reader, now, 9, take, &t),
                         0);
        assert_true(put(&p.ring, 2, round));
        assert_int_equal(p0f_ring_drain(&p.ring, &reader, now, 9, take, &t),
                         1);
    }
    p0f_ring_destroy(&p.ring);
}

/* What producers count themselves, in memory shared with the test. */
typedef struct {
    _Atomic uint64_t tried, put;
    _Atomic bool stop;
} tally_t;

typedef struct {
    producer_t p;
    tally_t *tally;
} counting_t;

static int produce_counting(void *arg)
{
    const counting_t *c = arg;
    uint32_t n;

    for (n = 0; !atomic_load_explicit(&c->tally->stop, memory_order_relaxed);
         n++) {
        bool ok = put(&c->p.ring, c->p.id, n);

        atomic_fetch_add_explicit(&c->tally->tried, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&c->tally->put, ok, memory_order_relaxed);
    }
    return 0;
}

/* Stops producers wherever they are until they were passed over, and lets
 * them go on: every record is then taken, lost or refused, and counted so
 * exactly once. */
static void the_count_stays_exact_when_producers_are_held_up(void **state)
{
    counting_t c = { .p = { .ring = make(64, true, -1) } };
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint64_t now = SECOND;
    unsigned int i, round;
    pid_t pids[3];

    (void)state;
    c.tally = mmap(NULL, sizeof *c.tally, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(c.tally, MAP_FAILED);
    for (c.p.id = 0; c.p.id < 3; c.p.id++)
        pids[c.p.id] = child_start(produce_counting, &c);
    for (round = 0; round < 400; round++) {
        for (i = 0; i < 10; i++) {
            p0f_ring_drain(&c.p.ring, &reader, now, 1000, take, &t);
            usleep(50);
        }
        kill(pids[round % 3], SIGSTOP);
        for (i = 0; i < 4; i++) {
            p0f_ring_drain(&c.p.ring, &reader, now, 1000, take, &t);
            now += SECOND;
        }
        kill(pids[round % 3], SIGCONT);
    }
    atomic_store(&c.tally->stop, true);
    for (i = 0; i < 3; i++)
        assert_int_equal(child_end(pids[i]), 0);
    for (i = 0; i < 3; i++) {
        p0f_ring_drain(&c.p.ring, &reader, now, 1000, take, &t);
        now += SECOND;
    }
    assert_int_equal(t.wrong, 0);
    assert_true(t.count + reader.lost
                + p0f_ring_counter(&c.p.ring, P0F_WCTR_OVERFLOW)
                == c.tally->tried);
    assert_true(t.count <= c.tally->put);
    assert_true(c.tally->put <= t.count + reader.lost);
    munmap(c.tally, sizeof *c.tally);
    p0f_ring_destroy(&c.p.ring);
}

/* ---- sleeping --------------------------------------------------------- */

static bool readable(int fd)
{
    struct pollfd pfd = { .fd = fd, .events = POLLIN };

    return poll(&pfd, 1, 0) == 1;
}

static void only_a_sleeping_consumer_is_woken_and_once(void **state)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    p0f_ring_t ring = make(64, false, fd);
    p0f_ring_reader_t reader = { .started = false };
    taken_t t = { .count = 0 };
    uint64_t value = 0;

    (void)state;
    p0f_ring_drain(&ring, &reader, 1, 10, take, &t);
    assert_true(put(&ring, 1, 0));
    assert_false(readable(fd)); /* awake: no system call */
    assert_false(p0f_ring_asleep(&ring, &reader, true));
    assert_true(put(&ring, 1, 1));
    assert_false(readable(fd));
    assert_int_equal(p0f_ring_drain(&ring, &reader, 1, 10, take, &t), 2);
    assert_true(p0f_ring_asleep(&ring, &reader, true));
    assert_true(put(&ring, 1, 2));
    assert_true(put(&ring, 1, 3));
    assert_int_equal(read(fd, &value, sizeof value), 8);
    assert_int_equal(value, 1); /* one producer wrote, not both */
    assert_int_equal(write(fd, &value, sizeof value), 8);
    p0f_ring_asleep(&ring, &reader, false);
    assert_false(readable(fd));
    p0f_ring_asleep(&ring, &reader, false); /* nothing there: no block */
    close(fd);
    p0f_ring_destroy(&ring);
}

static void emptying_a_blocking_descriptor_does_not_block(void **state)
{
    int fd = eventfd(0, EFD_CLOEXEC); /* as a hostile worker could make it */
    p0f_ring_t ring = make(64, false, fd);
    p0f_ring_reader_t reader = { .started = false };

    (void)state;
    alarm(20); /* ends the program if it does */
    p0f_ring_asleep(&ring, &reader, false);
    alarm(0);
    assert_false(readable(fd));
    close(fd);
    p0f_ring_destroy(&ring);
}

typedef struct {
    p0f_ring_t ring;
    _Atomic uint32_t *taken;
    uint32_t count;
} pingpong_t;

/* Puts a record only after the last was taken, so that the consumer goes to
 * sleep before nearly each, and a lost wake-up stops everything. */
static void *put_one_by_one(void *arg)
{
    pingpong_t *p = arg;
    uint32_t n;

    for (n = 0; n < p->count; n++) {
        p0f_ring_rec_t r = record(1, n);

        while (atomic_load_explicit(p->taken, memory_order_relaxed) < n)
            ;
        p0f_ring_put(&p->ring, &r);
    }
    return NULL;
}

static void no_wake_up_is_lost(void **state)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    p0f_ring_reader_t reader = { .started = false };
    _Atomic uint32_t taken = 0;
    pingpong_t p = { .ring = make(64, false, fd), .taken = &taken,
                     .count = 100000 * test_seconds() };
    taken_t t = { .count = 0 };
    unsigned int delay;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, put_one_by_one, &p), 0);
    while (t.count < p.count) {
        p0f_ring_drain(&p.ring, &reader, 1, 100, take, &t);
        atomic_store_explicit(&taken, t.count, memory_order_relaxed);
        /* So that records come at every point of the way to sleep. */
        for (delay = t.count % 509; delay > 0; delay--)
            __asm__ __volatile__("");
        if (t.count < p.count)
            assert_true(sleep_until_woken(&p.ring, &reader));
    }
    pthread_join(thread, NULL);
    assert_int_equal(t.wrong, 0);
    close(fd);
    p0f_ring_destroy(&p.ring);
}

/* ---- the state claim -------------------------------------------------- */

static void *claim_states(void *arg)
{
    const p0f_ring_t *ring = arg;
    uintptr_t won = 0;
    uint32_t state;

    for (state = 1; state < 20000; state++)
        won += p0f_ring_claim_state(ring, state);
    return (void *)won;
}

static void one_worker_claims_a_change_of_state(void **state)
{
    p0f_ring_t ring = make(64, false, -1);
    pthread_t threads[3];
    uintptr_t total = 0;
    int i;

    (void)state;
    assert_false(p0f_ring_claim_state(&ring, 0)); /* as it began */
    assert_true(p0f_ring_claim_state(&ring, 2));
    assert_false(p0f_ring_claim_state(&ring, 2));
    assert_true(p0f_ring_claim_state(&ring, 1));
    assert_true(p0f_ring_claim_state(&ring, 2));
    assert_true(p0f_ring_claim_state(&ring, 0));
    for (i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, claim_states,
                                        &ring), 0);
    for (i = 0; i < 3; i++) {
        void *won;

        pthread_join(threads[i], &won);
        total += (uintptr_t)won;
    }
    /* Each state is won at least once; more only where threads disagree. */
    assert_true(total >= 19999);
    assert_false(p0f_ring_claim_state(&ring, 19999));
    p0f_ring_destroy(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_whole_and_in_order),
        cmocka_unit_test(a_drain_takes_at_most_what_it_is_told),
        cmocka_unit_test(a_full_ring_refuses_and_counts),
        cmocka_unit_test(a_record_longer_than_a_slot_is_refused),
        cmocka_unit_test(a_new_reader_goes_on_where_the_last_one_stopped),
        cmocka_unit_test(a_handle_of_another_layout_is_not_adopted),
        cmocka_unit_test(workers_counters_add_up_over_lanes),
        cmocka_unit_test(a_claim_never_committed_is_skipped_after_a_second),
        cmocka_unit_test(a_ring_full_of_dead_claims_costs_one_second),
        cmocka_unit_test(a_claim_made_later_has_a_second_of_its_own),
        cmocka_unit_test(a_record_that_mixed_with_a_late_one_is_dropped),
        cmocka_unit_test(a_late_producer_learns_that_it_was_skipped),
        cmocka_unit_test(a_late_producer_spoils_the_next_lap_visibly),
        cmocka_unit_test(the_ring_recovers_from_any_claim_position),
        cmocka_unit_test(the_ring_recovers_from_any_turn),
        cmocka_unit_test(garbage_never_harms_the_consumer),
        cmocka_unit_test(a_vandal_at_work_never_harms_the_consumer),
        cmocka_unit_test(no_record_of_many_producers_is_lost_or_doubled),
        cmocka_unit_test(what_is_lost_to_a_full_ring_is_counted),
        cmocka_unit_test(producers_killed_anywhere_lose_counted_records_only),
        cmocka_unit_test(the_count_stays_exact_when_producers_are_held_up),
        cmocka_unit_test(only_a_sleeping_consumer_is_woken_and_once),
        cmocka_unit_test(emptying_a_blocking_descriptor_does_not_block),
        cmocka_unit_test(no_wake_up_is_lost),
        cmocka_unit_test(one_worker_claims_a_change_of_state)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
