/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sniffer does in a turn, in which order, and how long it rests
 * between two. The loop runs in the test's own thread; at each SYN that its
 * engine tells, a test looks at the tables and brings what comes next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>

#include "sniffers.h"

enum {
    REST_MS = 900,               /* long beside every other rest */
    ALARM_S = 100                /* a loop that can't be ended ends all */
};

typedef struct watch_t {
    bench_t b;
    void (*at_syn)(struct watch_t *w);
    unsigned int count;          /* SYNs told, with this one */
    unsigned int wrong;          /* that should not have been told then */
    uint64_t told_us;            /* when a certain one was, since boot */
    uint64_t rested_us;          /* from that one to the next */
    unsigned int frames;         /* of a handle */
    unsigned int early, late;    /* within a second of it, and after that */
} watch_t;

static void tell(void *ctx, const p0f_observation_t *obs)
{
    watch_t *w = ctx;

    if (obs->kind != P0F_OBS_SYN)
        return;
    w->count++;
    w->at_syn(w);
}

static uint64_t now_us(void)
{
    return p0f_sniffer_boot_us();
}

/* Runs the loop until AT_SYN ends it; microseconds it took. */
static uint64_t run(watch_t *w, void (*at_syn)(watch_t *w))
{
    const uint64_t begun = now_us();

    w->at_syn = at_syn;
    assert_true(p0f_engine_observe(w->b.engine, tell, w));
    alarm(ALARM_S);
    p0f_sniffer_run(&w->b.sniffer);
    alarm(0);
    return now_us() - begun;
}

static bool is_readable(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    return poll(&p, 1, 0) == 1;
}

/* ---- the order of a turn ----------------------------------------------- */

enum { MANY = 10000 };           /* frames of a handle: forty batches */

/* Behind the last one some time passes before the turn ends. */
static void look_what_is_read(watch_t *w)
{
    w->wrong += p0f_cache_read_until(&w->b.cache) != 0;
    if (w->count <= MANY)
        return;
    w->told_us = now_us();
    rest(2);
    end_loop(&w->b);
}

/* Who waits for the capture's answer gives up when all of before his time is
 * said to be read. So that is said of no turn with frames left, be it in one
 * handle of several; and then of its beginning, since frames come while others
 * are read. */
static void what_waits_is_not_said_to_be_read(void **state)
{
    watch_t w = { 0 };

    (void)state;
    prepare(&w.b);
    open_file(&w.b, 0, MANY, false);
    open_file(&w.b, 1, 1, false);
    run(&w, look_what_is_read);
    assert_int_equal(w.wrong, 0);
    assert_in_range(p0f_cache_read_until(&w.b.cache), 1, w.told_us);
    finish(&w.b);
}

/* When a SYN was read, that of a handle comes which had its turn before, and
 * the record of its connection behind it. */
static void bring_both(watch_t *w)
{
    if (w->count > 1) {
        end_loop(&w->b);
        return;
    }
    w->b.captures[0].ended = false;
    put_syn_from(&w->b, 100, 2000, 1);
}

/* A record that comes while captures are read may be of a connection whose SYN
 * they have not given yet. So it is left for the next turn, and confirms that
 * SYN then; before it, it would pass for one that no capture saw. */
static void a_record_is_read_after_its_syn(void **state)
{
    watch_t w = { 0 };

    (void)state;
    prepare(&w.b);
    open_file(&w.b, 0, 1, false);
    open_file(&w.b, 1, 1, false);
    w.b.captures[0].ended = true;    /* gives nothing yet */
    run(&w, bring_both);
    assert_int_equal(p0f_cache_counter(&w.b.cache, P0F_CTR_RING_SYNS), 0);
    assert_int_equal(p0f_cache_counter(&w.b.cache, P0F_CTR_CONFIRMED), 1);
    assert_int_equal(p0f_cache_counter(&w.b.cache, P0F_CTR_SYNS), 2);
    finish(&w.b);
}

/* ---- rests ------------------------------------------------------------- */

enum { BACKLOG = 2000 };

/* A loop that rests or sleeps empties the wake-up descriptor. */
static void look_for_a_rest(watch_t *w)
{
    w->wrong += !is_readable(w->b.wake_fd);
    if (w->count == BACKLOG)
        end_loop(&w->b);
}

static void a_backlog_is_read_without_a_rest(void **state)
{
    (void)state;
    for (int of_ring = 0; of_ring < 2; of_ring++) {
        watch_t w = { 0 };

        prepare(&w.b);
        for (unsigned int i = 0; of_ring && i < BACKLOG; i++)
            put_syn(&w.b, i);
        if (!of_ring)
            open_file(&w.b, 0, BACKLOG, false);
        p0f_sniffer_wake(w.b.wake_fd);
        run(&w, look_for_a_rest);
        assert_int_equal(w.wrong, 0);
        assert_false(is_readable(w.b.wake_fd));  /* it rests behind them */
        finish(&w.b);
    }
}

enum { TURNS = 50 };

/* A record for each turn. */
static void bring_another(watch_t *w)
{
    if (w->count <= TURNS)
        put_syn(&w->b, w->count);
    else
        end_loop(&w->b);
}

/* Who asks for a shorter rest than 4 ms doesn't get it. A busy machine makes
 * rests longer only: what is asserted is a lower bound. */
static void it_rests_some_milliseconds_at_least(void **state)
{
    (void)state;
    for (unsigned int ms = 0; ms < 2; ms++) {
        watch_t w = { 0 };

        prepare(&w.b);
        w.b.sniffer.rest_ms = ms;
        put_syn(&w.b, 0);
        assert_true(run(&w, bring_another) >= TURNS * 4000 / 2);
        finish(&w.b);
    }
}

/* A record for the second turn. */
static void bring_one_more(watch_t *w)
{
    if (w->count > 1) {
        w->rested_us = now_us() - w->told_us;
        end_loop(&w->b);
        return;
    }
    w->told_us = now_us();
    put_syn(&w->b, 0);
}

/* The descriptor of a handle that gives frames one by one says all the time
 * that there is one. While nobody waits that ends no rest. */
static void a_frame_ends_no_rest(void **state)
{
    watch_t w = { 0 };
    int fds[2];

    (void)state;
    prepare(&w.b);
    open_file(&w.b, 0, 1, false);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "", 1), 1);
    w.b.captures[0].fd = fds[0];
    w.b.sniffer.rest_ms = REST_MS;
    run(&w, bring_one_more);
    assert_true(w.rested_us >= REST_MS * 1000 / 2);
    close(fds[0]);
    close(fds[1]);
    finish(&w.b);
}

/* A record for each turn; with the first one somebody begins to wait. */
static void wake_once(watch_t *w)
{
    const uint64_t now = now_us();

    if (w->count == 1) {
        w->told_us = now;
        p0f_sniffer_wake(w->b.wake_fd);
    } else if (now - w->told_us <= SECOND_US) {
        w->early++;
    } else {
        w->late++;
    }
    if (now - w->told_us < 3 * SECOND_US / 2)
        put_syn(&w->b, w->count);
    else
        end_loop(&w->b);
}

/* With rests of 300 us it turns 3333 times a second at most, with those that
 * it makes otherwise twice. */
static void who_waits_makes_it_hurry_for_a_second(void **state)
{
    watch_t w = { 0 };

    (void)state;
    prepare(&w.b);
    w.b.sniffer.rest_ms = REST_MS;
    put_syn(&w.b, 0);
    run(&w, wake_once);
    assert_in_range(w.early, 30, 3400);
    assert_in_range(w.late, 1, 30);
    finish(&w.b);
}

/* With the last frame of a handle the next one has some; with that of the
 * first somebody begins to wait. */
static void bring_a_handle(watch_t *w)
{
    const unsigned int next = w->count / w->frames;

    if (w->count % w->frames)
        return;
    if (next == 1) {
        w->told_us = now_us();
        p0f_sniffer_wake(w->b.wake_fd);
    }
    if (next < P0F_SNIFFER_CAPTURES) {
        w->b.captures[next].ended = false;
    } else {
        w->rested_us = now_us() - w->told_us;
        end_loop(&w->b);
    }
}

enum { HURRIED = P0F_SNIFFER_CAPTURES - 2 };

/* Turns with FRAMES each, of handles whose descriptors are readable all the
 * time: microseconds that took, with HURRIED rests and one that a wake-up
 * ended. */
static uint64_t hurry_through(unsigned int frames)
{
    watch_t w = { .frames = frames };
    int fds[2];

    prepare(&w.b);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "", 1), 1);
    for (int i = 0; i < P0F_SNIFFER_CAPTURES; i++) {
        open_file(&w.b, i, frames, false);
        w.b.captures[i].fd = fds[0];
        w.b.captures[i].ended = i > 0;
    }
    run(&w, bring_a_handle);
    close(fds[0]);
    close(fds[1]);
    finish(&w.b);
    return w.rested_us;
}

/* While somebody waits the next frame ends a rest, unless they come in crowds.
 * Rests of 300 us that nothing ends take so long at least; without them the
 * handles are read in a tenth of that, when the machine lets it once. */
static void a_frame_ends_a_hurried_rest(void **state)
{
    const uint64_t limit = HURRIED * 300;
    uint64_t quickest = UINT64_MAX;

    (void)state;
    for (int i = 0; i < 200 && quickest >= limit; i++) {
        uint64_t took = hurry_through(1);

        if (took < quickest)
            quickest = took;
    }
    assert_true(quickest < limit);
    assert_true(hurry_through(3) >= limit);
}

enum { CROWDS = 20, CROWD_SIZE = 1100 };

/* For a turn: records that tell nothing, and a SYN behind them. */
static void put_crowd(const bench_t *b, unsigned int n, unsigned int size)
{
    const p0f_ring_rec_t rec = accepted(9, 1000);

    while (--size)
        assert_true(p0f_ring_put(&b->ring, &rec));
    put_syn(b, n);
}

/* Crowds, and two records one by one behind the last one. */
static void bring_crowds(watch_t *w)
{
    if (w->count == CROWDS + 1)
        w->told_us = now_us();
    if (w->count < CROWDS) {
        put_crowd(&w->b, w->count, CROWD_SIZE);
    } else if (w->count < CROWDS + 2) {
        put_syn(&w->b, w->count);
    } else {
        w->rested_us = now_us() - w->told_us;
        end_loop(&w->b);
    }
}

/* After more than a thousand, of several batches, it rests 4 ms, for the next
 * may be as many; after a few as long as ever. The former is the quickest of
 * three: a busy machine may stop a loop for as long as a rest. */
static void after_a_crowd_it_rests_shortly(void **state)
{
    const uint64_t limit = CROWDS * REST_MS * 1000 / 10;
    uint64_t quickest = UINT64_MAX;

    (void)state;
    for (int i = 0; i < 3 && quickest >= limit; i++) {
        watch_t w = { 0 };
        uint64_t begun;

        prepare(&w.b);
        w.b.sniffer.rest_ms = REST_MS;
        put_crowd(&w.b, 0, CROWD_SIZE);
        begun = now_us();
        run(&w, bring_crowds);
        assert_true(w.rested_us >= REST_MS * 1000 / 2);
        if (w.told_us - begun < quickest)
            quickest = w.told_us - begun;
        finish(&w.b);
    }
    assert_true(quickest < limit);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_is_not_said_to_be_read),
        cmocka_unit_test(a_record_is_read_after_its_syn),
        cmocka_unit_test(a_backlog_is_read_without_a_rest),
        cmocka_unit_test(it_rests_some_milliseconds_at_least),
        cmocka_unit_test(a_frame_ends_no_rest),
        cmocka_unit_test(who_waits_makes_it_hurry_for_a_second),
        cmocka_unit_test(a_frame_ends_a_hurried_rest),
        cmocka_unit_test(after_a_crowd_it_rests_shortly),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    if (apr_initialize() != APR_SUCCESS)
        return 1;
    return cmocka_run_group_tests_name("sniffer_turns", tests, NULL, NULL);
}
