/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over TCP options: well-formed, malformed, every truncation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "p0f_engine/tcpopt.h"
#include "packets.h"

typedef struct {
    const char *hex;                 /* option area */
    const char *layout;              /* kinds in hexadecimal */
    uint32_t quirks;
    unsigned int mss, wscale, eol_pad;
} row_t;

static const row_t rows[] = {
    { "", "", 0, 0, 0, 0 },
    { "020405b4", "02", 0, 1460, 0, 0 },
    { "020405b40402080a000000010000000001030307", "0204080103", 0, 1460, 7, 0 },
    { "020405b400", "0200", 0, 1460, 0, 0 },
    { "020405b400000000", "0200", 0, 1460, 0, 3 },
    { "020405b400010000", "0200", P0F_QUIRK_EOL_NZ, 1460, 0, 3 },
    /* wrong length of a fixed option: taken by its nominal size */
    { "020505b4", "02", P0F_QUIRK_BAD, 1460, 0, 0 },
    { "03040701", "0301", P0F_QUIRK_BAD, 0, 7, 0 },
    { "040301", "0401", P0F_QUIRK_BAD, 0, 0, 0 },
    /* no room for it */
    { "02", "02", P0F_QUIRK_BAD, 0, 0, 0 },
    { "020405", "02", P0F_QUIRK_BAD, 0, 0, 0 },
    { "0303", "03", P0F_QUIRK_BAD, 0, 0, 0 },
    { "04", "04", P0F_QUIRK_BAD, 0, 0, 0 },
    { "080a0000000100000000"  /* whole */, "08", 0, 0, 0, 0 },
    { "080a00000001000000", "08", P0F_QUIRK_BAD, 0, 0, 0 },
    /* variable length */
    { "05", "05", P0F_QUIRK_BAD, 0, 0, 0 },
    { "0509000000000000000000", "05", P0F_QUIRK_BAD, 0, 0, 0 },
    { "050a0000000000000000", "05", 0, 0, 0, 0 },
    { "050a00000000000000", "05", P0F_QUIRK_BAD, 0, 0, 0 },
    { "0523", "05", P0F_QUIRK_BAD, 0, 0, 0 },
    { "1e02", "1e", 0, 0, 0, 0 },
    { "1e01", "1e", P0F_QUIRK_BAD, 0, 0, 0 },
    { "1e00", "1e", P0F_QUIRK_BAD, 0, 0, 0 },
    { "1e03", "1e", P0F_QUIRK_BAD, 0, 0, 0 },
    { "1eff", "1e", P0F_QUIRK_BAD, 0, 0, 0 },
    /* values that are quirks */
    { "03030e", "03", 0, 0, 14, 0 },
    { "03030f", "03", P0F_QUIRK_EXWS, 0, 15, 0 },
    { "080a0000000000000000", "08", P0F_QUIRK_ZERO_TS1, 0, 0, 0 },
    { "080a0000000100000001", "08", P0F_QUIRK_NZ_TS2, 0, 0, 0 },
    /* the last of repeated options counts */
    { "020405b4020401f4", "0202", 0, 500, 0, 0 },
};

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;

    for (; hex[0] && hex[1]; hex += 2) {
        char two[3] = { hex[0], hex[1], 0 };

        out[n++] = (uint8_t)strtoul(two, NULL, 16);
    }
    return n;
}

static void options_are_read_as_the_reference_does(void **state)
{
    uint8_t area[64], layout[64];
    p0f_tcpopt_t opt;
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        n = unhex(rows[i].hex, area);
        p0f_tcpopt_walk(packets_guard(area, n), true, false, &opt);
        assert_int_equal(opt.count, unhex(rows[i].layout, layout));
        assert_memory_equal(opt.layout, layout, opt.count);
        assert_int_equal(opt.quirks, rows[i].quirks);
        assert_int_equal(opt.mss, rows[i].mss);
        assert_int_equal(opt.wscale, rows[i].wscale);
        assert_int_equal(opt.eol_pad, rows[i].eol_pad);
    }
}

static void peer_timestamp_is_a_quirk_of_a_syn_only(void **state)
{
    uint8_t area[16];
    size_t n = unhex("080a0000000100000001", area);
    p0f_tcpopt_t opt;

    (void)state;
    p0f_tcpopt_walk(packets_guard(area, n), false, false, &opt);
    assert_int_equal(opt.quirks, 0);
    assert_int_equal(opt.ts1, 1);
    assert_int_equal(opt.ts2, 1);
}

static void padding_last_byte(void **state)
{
    uint8_t area[16];
    size_t n = unhex("020405b400000001", area);
    p0f_tcpopt_t opt;

    (void)state;
    p0f_tcpopt_walk(packets_guard(area, n), true, true, &opt);
    assert_int_equal(opt.quirks, 0);
    p0f_tcpopt_walk(packets_guard(area, n), true, false, &opt);
    assert_int_equal(opt.quirks, P0F_QUIRK_EOL_NZ);
}

static void options_beyond_the_kept_ones_are_bad(void **state)
{
    uint8_t area[40];
    p0f_tcpopt_t opt;

    (void)state;
    memset(area, 1, sizeof(area));
    p0f_tcpopt_walk(packets_guard(area, P0F_OPT_MAX), true, false, &opt);
    assert_int_equal(opt.quirks, 0);
    assert_int_equal(opt.count, P0F_OPT_MAX);
    p0f_tcpopt_walk(packets_guard(area, P0F_OPT_MAX + 1), true, false, &opt);
    assert_int_equal(opt.quirks, P0F_QUIRK_BAD);
    assert_int_equal(opt.count, P0F_OPT_MAX);
}

static void every_truncation_and_kind_stays_in_bounds(void **state)
{
    uint8_t area[40];
    unsigned int kind, length;
    p0f_tcpopt_t opt;
    size_t n;

    (void)state;
    for (kind = 0; kind < 256; kind++)
        for (length = 0; length < 256; length += 3)
            for (n = 0; n <= sizeof(area); n += 5) {
                memset(area, (int)length, sizeof(area));
                area[0] = (uint8_t)kind;
                p0f_tcpopt_walk(packets_guard(area, n), true, false, &opt);
                assert_in_range(opt.count, n > 0, P0F_OPT_MAX);
            }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read_as_the_reference_does),
        cmocka_unit_test(peer_timestamp_is_a_quirk_of_a_syn_only),
        cmocka_unit_test(padding_last_byte),
        cmocka_unit_test(options_beyond_the_kept_ones_are_bad),
        cmocka_unit_test(every_truncation_and_kind_stays_in_bounds),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("tcpopt", tests, NULL, NULL);
}
