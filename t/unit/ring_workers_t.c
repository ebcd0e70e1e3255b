/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workers' ring between processes and threads: nothing is lost or doubled
 * uncounted, nobody sleeps through a record, one worker claims a change of
 * state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "child.h"
#include "ring_records.h"

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
    return cmocka_run_group_tests_name("ring_workers", tests, NULL, NULL);
}
