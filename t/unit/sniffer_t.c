/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sniffer's loop in a thread, as in the module: it reads captures and
 * the workers' ring, sleeps when there is nothing, and stops at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ring_records.h"
#include "sniffers.h"

/* True if the loop turns N times within five seconds. */
static bool turns(const bench_t *b, unsigned int n)
{
    const uint64_t begun = p0f_sniffer_now().boot_us;
    uint64_t until = p0f_cache_read_until(&b->cache);

    while (n && p0f_sniffer_now().boot_us - begun < 5 * SECOND_US) {
        uint64_t now = p0f_cache_read_until(&b->cache);

        if (now != until)
            n--;
        until = now;
        rest(1);
    }
    return !n;
}

static void a_file_is_read_to_its_end(void **state)
{
    bench_t b;

    (void)state;
    prepare(&b);
    open_file(&b, 0, 700, false);    /* several batches */
    start(&b);
    wait_for(&b, P0F_CTR_SYNS, 700);
    assert_true(turns(&b, 2));       /* the end is seen a turn later */
    assert_true(stop(&b) < SECOND_US);
    assert_true(b.captures[0].ended);
    assert_int_equal(p0f_cache_state(&b.cache), P0F_STATE_RUNNING);
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_FRAMES), 700);
    finish(&b);
}

/* Where there is no ring, nothing but the captures' end of a turn enters what
 * the engine holds back. */
static void a_file_without_a_ring_is_read_to_its_end(void **state)
{
    bench_t b;

    (void)state;
    prepare(&b);
    b.sniffer.ring = NULL;
    open_file(&b, 0, 700, false);
    start(&b);
    wait_for(&b, P0F_CTR_SYNS, 700);
    stop(&b);
    finish(&b);
}

static void a_files_frames_count_as_received_now(void **state)
{
    static const p0f_addr_t client = {
        { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 100 }
    };
    const p0f_time_t before = p0f_sniffer_now();
    p0f_host_t host;
    p0f_time_t after;
    bench_t b;

    (void)state;
    prepare(&b);
    open_file(&b, 0, 1, false);
    start(&b);
    wait_for(&b, P0F_CTR_SYNS, 1);
    stop(&b);
    after = p0f_sniffer_now();
    assert_int_equal(p0f_cache_host_read(&b.cache, &client,
                                         (uint32_t)(after.boot_us
                                                    / SECOND_US), &host),
                     P0F_OK);
    assert_in_range(host.last_seen, before.wall_us / SECOND_US,
                    after.wall_us / SECOND_US);
    assert_in_range(host.syn_boot_us, before.boot_us, after.boot_us);
    finish(&b);
}

static void the_ring_is_drained_without_a_capture(void **state)
{
    bench_t b;

    (void)state;
    prepare(&b);
    b.sniffer.state = P0F_STATE_NO_HANDLE;
    put_syn(&b, 0);                  /* waits before the loop starts */
    start(&b);
    wait_for(&b, P0F_CTR_RING_SYNS, 1);
    assert_int_equal(p0f_cache_state(&b.cache), P0F_STATE_NO_HANDLE);
    stop(&b);
    finish(&b);
}

/* A worker that died between claiming its place in the ring and writing there:
 * what stands behind is read after a second, and told once. */
static void a_record_that_is_never_written_is_counted(void **state)
{
    uint32_t beat;
    bench_t b;

    (void)state;
    prepare(&b);
    atomic_fetch_add(claim_of(&b.ring), 1);
    put_syn(&b, 0);
    start(&b);
    wait_for(&b, P0F_CTR_RING_SYNS, 1);
    wait_for(&b, P0F_CTR_RING_LOST, 1);
    beat = p0f_cache_heartbeat(&b.cache);
    for (int i = 0; i < 3000 && p0f_cache_heartbeat(&b.cache) == beat; i++)
        rest(10);
    stop(&b);
    assert_int_not_equal(p0f_cache_heartbeat(&b.cache), beat);
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_RING_LOST), 1);
    finish(&b);
}

static void stop_the_loop(void *ctx, const p0f_observation_t *obs)
{
    (void)obs;
    end_loop(ctx);
}

/* One turn: the file's frame says that it is the last. */
static void what_a_turn_drains_it_enters(void **state)
{
    bench_t b;

    (void)state;
    prepare(&b);
    assert_true(p0f_engine_observe(b.engine, stop_the_loop, &b));
    open_file(&b, 0, 1, false);
    for (unsigned int i = 0; i < 9; i++)
        put_syn(&b, i);
    p0f_sniffer_run(&b.sniffer);
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_RING_SYNS), 9);
    finish(&b);
}

static void a_record_wakes_a_sleeping_loop(void **state)
{
    uint64_t quickest = 5 * SECOND_US;
    bench_t b;

    (void)state;
    prepare(&b);
    start(&b);
    for (unsigned int i = 0; i < 5; i++) {
        uint64_t took;

        rest(30);                    /* longer than any pause */
        put_syn(&b, i);
        took = wait_for(&b, P0F_CTR_RING_SYNS, i + 1);
        if (took < quickest)
            quickest = took;
    }
    assert_true(quickest < 100 * 1000);
    stop(&b);
    finish(&b);
}

/* A record each millisecond: how often the loop turns follows from its
 * pauses. */
static void a_loop_that_may_rest_turns_seldom(void **state)
{
    uint64_t until = 0, begun, took;
    unsigned int count = 0;
    bench_t b;

    (void)state;
    prepare(&b);
    b.sniffer.rest_ms = 40;
    start(&b);
    begun = p0f_sniffer_now().boot_us;
    for (unsigned int i = 0; i < 300; i++) {
        uint64_t now = p0f_cache_read_until(&b.cache);

        if (now != until)
            count++;
        until = now;
        put_syn(&b, i);
        rest(1);
    }
    took = p0f_sniffer_now().boot_us - begun;
    assert_in_range(count, 1, took / 40000 + 4);
    wait_for(&b, P0F_CTR_RING_SYNS, 300);
    stop(&b);
    finish(&b);
}

static void it_stops_within_a_tenth_of_a_second(void **state)
{
    uint64_t quickest = 5 * SECOND_US;

    (void)state;
    for (int i = 0; i < 3; i++) {
        bench_t b;
        uint64_t took;

        prepare(&b);
        b.sniffer.rest_ms = i == 2 ? 40 : 0;
        if (i == 1)
            b.sniffer.ring = NULL;
        start(&b);
        rest(i * 30);
        took = stop(&b);
        if (took < quickest)
            quickest = took;
        finish(&b);
    }
    assert_true(quickest < 100 * 1000);
}

static void it_beats_at_least_once_a_second(void **state)
{
    uint64_t begun, took;
    unsigned int beats = 0;
    uint32_t last = 0;
    bench_t b;

    (void)state;
    prepare(&b);
    start(&b);
    begun = p0f_sniffer_now().boot_us;
    for (int i = 0; i < 25; i++) {
        uint32_t beat = p0f_cache_heartbeat(&b.cache);

        if (beat != last)
            beats++;
        last = beat;
        rest(100);
    }
    took = p0f_sniffer_now().boot_us - begun;
    assert_in_range(beats, 2, took / SECOND_US + 3);
    assert_in_range(p0f_sniffer_now().boot_us / SECOND_US - last, 0, 2);
    assert_in_range(p0f_sniffer_now().boot_us - p0f_cache_read_until(&b.cache),
                    0, 2 * SECOND_US);
    stop(&b);
    finish(&b);
}

static void a_damaged_file_leaves_the_rest_running(void **state)
{
    bench_t b;

    (void)state;
    prepare(&b);
    open_file(&b, 0, 3, true);
    open_file(&b, 1, 5, false);
    start(&b);
    put_syn(&b, 0);
    wait_for(&b, P0F_CTR_RING_SYNS, 1);
    assert_true(turns(&b, 2));
    assert_int_equal(p0f_cache_state(&b.cache), P0F_STATE_NO_CAPTURE);
    stop(&b);
    assert_true(b.captures[0].ended);
    assert_true(p0f_cache_counter(&b.cache, P0F_CTR_FRAMES) >= 7);
    finish(&b);
}

/* A descriptor that is always ready and never has a frame, such as one of a
 * broken interface: the other end of a closed pipe, in a handle of a file
 * that has been read. */
static void a_useless_descriptor_takes_no_processor(void **state)
{
    struct timespec used;
    clockid_t clock;
    int fds[2];
    bench_t b;

    (void)state;
    prepare(&b);
    open_file(&b, 0, 0, false);
    assert_int_equal(pipe(fds), 0);
    close(fds[1]);
    b.captures[0].fd = fds[0];
    start(&b);
    assert_int_equal(pthread_getcpuclockid(b.thread, &clock), 0);
    rest(500);
    assert_int_equal(clock_gettime(clock, &used), 0);
    assert_true(used.tv_sec == 0 && used.tv_nsec < 100 * 1000000);
    stop(&b);
    assert_false(b.captures[0].ended);
    close(fds[0]);
    finish(&b);
}

/* As above, the descriptors of two handles, one of them with something to
 * read: a loop that it wakes turns after each pause of 4 ms, one that sleeps
 * turns each 800 ms. */
static void every_handle_wakes_a_sleeping_loop(void **state)
{
    static const struct { int ready; bool other_ended; } cases[] = {
        { 0, false }, { 1, false }, { 1, true }
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const int ready = cases[i].ready;
        int fds[2][2];
        bench_t b;

        prepare(&b);
        for (int j = 0; j < 2; j++) {
            open_file(&b, j, 0, false);
            assert_int_equal(pipe(fds[j]), 0);
            b.captures[j].fd = fds[j][0];
        }
        b.captures[!ready].ended = cases[i].other_ended;
        start(&b);
        assert_int_equal(write(fds[ready][1], "", 1), 1);
        assert_true(turns(&b, 60));
        stop(&b);
        for (int j = 0; j < 4; j++)
            close(fds[j / 2][j % 2]);
        finish(&b);
    }
}

static void the_loop_goes_to_sleep_again(void **state)
{
    struct timespec used;
    clockid_t clock;
    bench_t b;

    (void)state;
    prepare(&b);
    start(&b);
    for (unsigned int i = 0; i < 20; i++)
        put_syn(&b, i);
    assert_int_equal(pthread_getcpuclockid(b.thread, &clock), 0);
    wait_for(&b, P0F_CTR_RING_SYNS, 20);
    rest(300);
    assert_int_equal(clock_gettime(clock, &used), 0);
    assert_true(used.tv_sec == 0 && used.tv_nsec < 50 * 1000000);
    stop(&b);
    finish(&b);
}

/* What its engine is told: that nothing but the ring feeds it, or not. */
static void a_handle_that_ended_or_is_away_is_a_source(void **state)
{
    bench_t b;

    (void)state;
    prepare(&b);
    assert_false(p0f_sniffer_captures(&b.sniffer));
    open_file(&b, 1, 1, false);      /* the other one was never opened */
    assert_true(p0f_sniffer_captures(&b.sniffer));
    p0f_capture_close(&b.captures[1]);
    assert_false(p0f_sniffer_captures(&b.sniffer));
    b.captures[1].ended = true;      /* as a helper leaves a file it read */
    assert_true(p0f_sniffer_captures(&b.sniffer));
    finish(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_to_its_end),
        cmocka_unit_test(a_file_without_a_ring_is_read_to_its_end),
        cmocka_unit_test(a_files_frames_count_as_received_now),
        cmocka_unit_test(the_ring_is_drained_without_a_capture),
        cmocka_unit_test(a_record_that_is_never_written_is_counted),
        cmocka_unit_test(what_a_turn_drains_it_enters),
        cmocka_unit_test(a_record_wakes_a_sleeping_loop),
        cmocka_unit_test(a_loop_that_may_rest_turns_seldom),
        cmocka_unit_test(it_stops_within_a_tenth_of_a_second),
        cmocka_unit_test(it_beats_at_least_once_a_second),
        cmocka_unit_test(a_damaged_file_leaves_the_rest_running),
        cmocka_unit_test(a_useless_descriptor_takes_no_processor),
        cmocka_unit_test(every_handle_wakes_a_sleeping_loop),
        cmocka_unit_test(the_loop_goes_to_sleep_again),
        cmocka_unit_test(a_handle_that_ended_or_is_away_is_a_source),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    if (apr_initialize() != APR_SUCCESS)
        return 1;
    return cmocka_run_group_tests_name("sniffer", tests, NULL, NULL);
}
