/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of use of hosts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_recently_used_comes_first),
        cmocka_unit_test(holders_are_counted),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("lru", tests, NULL, NULL);
}
