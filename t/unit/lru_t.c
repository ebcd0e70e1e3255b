/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of use of hosts, and what it costs to keep it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "p0f_engine/lru.h"

static void assert_order(const p0f_lru_t *lru, const uint32_t *want,
                         unsigned int n)
{
    uint32_t at = p0f_lru_oldest(lru);
    unsigned int i;

    assert_int_equal(p0f_lru_count(lru), n);
    for (i = 0; i < n; i++, at = p0f_lru_newer(lru, at))
        assert_int_equal(at, want[i]);
    assert_int_equal(at, P0F_LRU_NONE);
}

static void the_least_recently_used_comes_first(void **state)
{
    static const uint32_t made[] = { 2, 0, 1 }, touched[] = { 0, 1, 2 };
    static const uint32_t removed[] = { 0, 2 };
    p0f_lru_t *lru;

    (void)state;
    assert_int_equal(p0f_lru_create(&lru, 3), P0F_OK);
    assert_order(lru, NULL, 0);
    p0f_lru_touch(lru, 2);
    p0f_lru_touch(lru, 0);
    p0f_lru_touch(lru, 1);
    assert_order(lru, made, 3);
    p0f_lru_touch(lru, 2);
    assert_order(lru, touched, 3);
    p0f_lru_touch(lru, 2);
    assert_order(lru, touched, 3);
    p0f_lru_remove(lru, 1);
    p0f_lru_remove(lru, 1);
    assert_order(lru, removed, 2);
    p0f_lru_remove(lru, 0);
    p0f_lru_remove(lru, 2);
    assert_order(lru, NULL, 0);
    p0f_lru_destroy(lru);
}

static void holders_are_counted(void **state)
{
    p0f_lru_t *lru;

    (void)state;
    assert_int_equal(p0f_lru_create(&lru, 1), P0F_OK);
    p0f_lru_touch(lru, 0);
    p0f_lru_hold(lru, 0);
    p0f_lru_hold(lru, 0);
    p0f_lru_release(lru, 0);
    assert_true(p0f_lru_held(lru, 0));
    p0f_lru_release(lru, 0);
    assert_false(p0f_lru_held(lru, 0));
    p0f_lru_destroy(lru);
}

/* ---- cost ------------------------------------------------------------- */

/* So many entries that whoever walks them, were it the shortest loop, takes a
 * thousand times as long as who doesn't (7 ms for all of them); the bound is
 * some hundred times of that, ten times under ThreadSanitizer. */
enum { ENTRIES = 400000, STEPS = 100000, BOUND_MS = 2000 };

static long cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Any number below ENTRIES, all of them in turn, none beside the one before. */
static uint32_t anywhere(uint32_t n)
{
    return (uint32_t)((uint64_t)n * 123457 % ENTRIES);
}

typedef void step_fn(p0f_lru_t *lru, uint32_t n);

/* Looks at the time on the way: who walks would need minutes. */
static void all_in_time(p0f_lru_t *lru, uint32_t steps, step_fn *step)
{
    const long start = cpu_ms();
    uint32_t n;

    for (n = 0; n < steps; n++) {
        step(lru, n);
        if (n % 256 == 0)
            assert_in_range(cpu_ms() - start, 0, BOUND_MS);
    }
}

static void step_touch(p0f_lru_t *lru, uint32_t n)
{
    p0f_lru_touch(lru, anywhere(n));
}

static void step_hold(p0f_lru_t *lru, uint32_t n)
{
    p0f_lru_fetch(lru, anywhere(n));
    p0f_lru_hold(lru, anywhere(n));
    assert_true(p0f_lru_held(lru, anywhere(n)));
    p0f_lru_release(lru, anywhere(n));
}

static void step_ask(p0f_lru_t *lru, uint32_t n)
{
    assert_int_not_equal(p0f_lru_oldest(lru), P0F_LRU_NONE);
    assert_int_not_equal(p0f_lru_newer(lru, anywhere(n)), anywhere(n));
    assert_int_equal(p0f_lru_count(lru), ENTRIES);
}

static void step_remove(p0f_lru_t *lru, uint32_t n)
{
    p0f_lru_remove(lru, anywhere(n));
}

static void step_remove_oldest(p0f_lru_t *lru, uint32_t n)
{
    (void)n;
    p0f_lru_remove(lru, p0f_lru_oldest(lru));
}

static void an_operation_costs_the_same_among_many(void **state)
{
    p0f_lru_t *lru;

    (void)state;
    assert_int_equal(p0f_lru_create(&lru, ENTRIES), P0F_OK);
    all_in_time(lru, ENTRIES, step_touch);   /* new ones */
    all_in_time(lru, STEPS, step_touch);
    all_in_time(lru, STEPS, step_hold);
    all_in_time(lru, STEPS, step_ask);
    all_in_time(lru, STEPS, step_remove);
    all_in_time(lru, STEPS, step_remove_oldest);
    assert_int_equal(p0f_lru_count(lru), ENTRIES - 2 * STEPS);
    p0f_lru_destroy(lru);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_recently_used_comes_first),
        cmocka_unit_test(holders_are_counted),
        cmocka_unit_test(an_operation_costs_the_same_among_many),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("lru", tests, NULL, NULL);
}
