/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SYNs read by their shape give the facts that reading them field by field
 * gives, whatever their bytes are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "p0f_engine/shape.h"
#include "packets.h"

static const char *const kinds[] = {
    "win=64240 M1460 K T9/0 N W7", "win=65535 M1460 K T9/0 N W9",
    "ttl=128 win=64240 M1460 N W8 N N K", "ttl=128 win=8192 M1460 N W2 N N K",
    "win=65535 id=0 M1460 N W6 N N T7/0 K E", "win=65535 M1460 N W6 K T8/0",
    "win=16384 M1460 N N K N W6 N N T1/0", "ttl=255 win=1024 noDF M1460",
    "", "T5/0 M1460", "seq=0 T0/0 M1400", "noDF id=0 T5/6 N N", "tos=3 W20",
    "x0305 M1460", "M1460 x080a0000", "E x01 M1460", "flags=SPU urg=7 M1460",
    "ack=9 M1460 K", "MBZ NS flags=SEC M1460 W9"
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static p0f_shapes_t *shapes;
static uint32_t seed;

static uint32_t any(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static int open_shapes(void **state)
{
    (void)state;
    seed = 1;
    shapes = p0f_shapes_create();
    return !shapes;
}

static int close_shapes(void **state)
{
    (void)state;
    p0f_shapes_destroy(shapes);
    return 0;
}

/* Reads IP in both ways, which must agree, and has its shape learnt. True if
 * it was known. */
static bool read_both(p0f_bytes_t ip, bool strict)
{
    p0f_packet_t plain, fast;
    p0f_drop_t drop;
    bool found;

    memset(&plain, 0, sizeof(plain));
    memset(&fast, 0, sizeof(fast));
    found = p0f_shapes_read(shapes, ip, &fast) != 0;
    drop = p0f_packet_parse(ip, strict, &plain);
    if (drop != P0F_DROP_NONE) {
        assert_false(found);
        return false;
    }
    p0f_shapes_learn(shapes, ip, &plain);
    if (!found)
        return false;
    assert_memory_equal(&fast, &plain, sizeof(fast));
    return true;
}

static void what_differs_within_a_shape_is_read(void **state)
{
    p0f_bytes_t first = packets_make("id=7 src=1 dst=2 sport=3 dport=4 seq=5 "
                                  "M1460 K T6/0 N W7");
    p0f_bytes_t next;
    p0f_packet_t p;

    (void)state;
    assert_false(read_both(first, false));
    next = packets_make("id=8 src=9 dst=10 sport=11 dport=12 seq=13 "
                     "M1460 K T14/0 N W7");
    assert_true(read_both(next, false));
    assert_true(p0f_shapes_read(shapes, next, &p));
    assert_int_equal(p.src.b[15], 9);
    assert_int_equal(p.dst.b[15], 10);
    assert_int_equal(p.sport, 11);
    assert_int_equal(p.dport, 12);
    assert_int_equal(p.ip_id, 8);
    assert_true(p.seq == 13 && p.opt.ts1 == 14);
    assert_int_equal(p.raw.opt[11], 14);
}

static void a_zero_that_is_a_quirk_is_another_shape(void **state)
{
    static const char *const others[] = {
        "id=0 M1460 K T6/0 N W7", "seq=0 M1460 K T6/0 N W7",
        "M1460 K T0/0 N W7", "M1460 K T6/1 N W7"
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        read_both(packets_make("M1460 K T6/0 N W7"), false);
        assert_false(read_both(packets_make(others[i]), false));
        assert_true(read_both(packets_make(others[i]), false));
    }
}

static void a_number_is_of_one_shape_for_ever(void **state)
{
    p0f_packet_t p;
    uint64_t first, again;
    size_t i;

    (void)state;
    read_both(packets_make("M1460 K T6/0 N W7"), false);
    first = p0f_shapes_read(shapes, packets_make("M1460 K T8/0 N W7"), &p);
    assert_int_not_equal(first, 0);
    for (i = 0; i < 5000; i++) {     /* until another one has its place */
        char text[80];

        snprintf(text, sizeof(text), "win=%u M1460 K T6/0 N W7",
                 (unsigned int)(1 + i));
        read_both(packets_make(text), false);
        assert_int_not_equal(p0f_shapes_read(shapes, packets_make(text), &p),
                             first);
    }
    read_both(packets_make("M1460 K T6/0 N W7"), false);
    again = p0f_shapes_read(shapes, packets_make("M1460 K T8/0 N W7"), &p);
    assert_true(again && again != first);
}

static void other_packets_have_no_shape(void **state)
{
    static const char *const others[] = {
        "v6 M1460", "ipopt=4 M1460", "data=5 M1460", "flags=SA ack=1 M1460",
        "flags=A", "T1/0 T2/0", "flags=SF M1460", "cut=1 M1460"
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(read_both(packets_make(others[i]), false));
        assert_false(read_both(packets_make(others[i]), false));
    }
}

/* Packets of all kinds, many with a few bytes changed, cut or lengthened. */
static void both_ways_agree_on_any_bytes(void **state)
{
    bool strict = *state;
    unsigned int known = 0, round;

    for (round = 0; round < 100000; round++) {
        uint8_t bytes[PACKET_MAX] = { 0 };
        size_t n = packets_build(kinds[any(KINDS)], bytes);
        unsigned int changes = any(4), i;

        packets_put32(bytes + 12, 0x0a000000 + any(1000));
        packets_put32(bytes + 20, any(0xffffff));
        for (i = 0; i < changes; i++)
            bytes[any((uint32_t)n)] = (uint8_t)(any(2) ? any(256) : 0);
        if (!any(8))
            n = any(2) ? any((uint32_t)n) : n + any(20);
        known += read_both(packets_guard(bytes, n), strict);
    }
    assert_in_range(known, 20000, 100000);
}

static void a_cut_packet_is_left_to_the_other_way(void **state)
{
    size_t i, len;

    (void)state;
    for (i = 0; i < KINDS; i++) {
        uint8_t bytes[PACKET_MAX];
        size_t n = packets_build(kinds[i], bytes);

        read_both(packets_guard(bytes, n), false);
        for (len = 0; len < n; len++)
            assert_false(read_both(packets_guard(bytes, len), false));
    }
}

int main(void)
{
    static bool strict = true;
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_shapes, close_shapes)
        TEST(what_differs_within_a_shape_is_read),
        TEST(a_zero_that_is_a_quirk_is_another_shape),
        TEST(a_number_is_of_one_shape_for_ever),
        TEST(other_packets_have_no_shape),
        TEST(both_ways_agree_on_any_bytes),
        cmocka_unit_test_prestate_setup_teardown(both_ways_agree_on_any_bytes,
                                                 open_shapes, close_shapes,
                                                 &strict),
        TEST(a_cut_packet_is_left_to_the_other_way)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
