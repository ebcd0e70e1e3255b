/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What p0f 2 says of a SYN beside its system: TOS names, translated MSS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "p0f_engine/tos.h"

static void tos_bytes_have_the_names_of_the_reference(void **state)
{
    static const struct {
        uint8_t tos;
        const char *name;
    } rows[] = {
        { 2, "low cost" }, { 4, "high reliability" }, { 8, "low delay" },
        { 12, "DNA.FI / CTINETS" }, { 16, "high throughput" },
        { 32, "priority1" }, { 40, "UTFORS Sweden" },
        { 64, "Tiscali Denmark" }, { 80, "Bredband Scandinavia" },
        { 112, "Bonet Sweden" }, { 128, "Cable.BG / Teleca.SE" },
        { 144, "IPTelecom / Alkar" }, { 244, "top priority" },
        { 255, "Arcor IP" }
    };
    unsigned int tos, named = 0;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(p0f_tos_name(rows[i].tos), rows[i].name);
    for (tos = 0; tos < 256; tos++)
        named += p0f_tos_name((uint8_t)tos) != NULL;
    assert_int_equal(named, sizeof(rows) / sizeof(rows[0]));
}

/* A recognised packet, by a record whose window is of kind WIN_KIND. */
static int nat_known(uint16_t mss, uint16_t window, p0f_win_t win_kind)
{
    p0f_sig_t sig = { .version = 4, .mss = mss, .window = window };
    p0f_match_t match = { .label = 1, .win_kind = (uint8_t)win_kind };

    return p0f_tos_nat(&sig, &match);
}

static int nat_unknown(uint16_t mss, uint16_t window)
{
    p0f_sig_t sig = { .version = 4, .mss = mss, .window = window };
    p0f_match_t match = { .label = P0F_NO_LABEL };

    return p0f_tos_nat(&sig, &match);
}

static void a_lowered_mss_shows_in_the_window(void **state)
{
    (void)state;
    assert_int_equal(nat_known(1400, 5840, P0F_WIN_MSS), 1);
    assert_int_equal(nat_known(1460, 5840, P0F_WIN_MSS), 0);
    assert_int_equal(nat_known(1400, 5600, P0F_WIN_MSS), 0);
    assert_int_equal(nat_known(1400, 6000, P0F_WIN_MSS), 0);
    assert_int_equal(nat_known(1400, 6000, P0F_WIN_MTU), 2);
    assert_int_equal(nat_known(1400, 5840, P0F_WIN_MTU), 0);
    assert_int_equal(nat_known(1460, 6000, P0F_WIN_MTU), 0);
}

static void a_record_without_a_multiple_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(nat_known(1400, 5840, P0F_WIN_NORMAL), 0);
    assert_int_equal(nat_known(1400, 5840, P0F_WIN_MOD), 0);
    assert_int_equal(nat_known(1400, 5840, P0F_WIN_ANY), 0);
}

static void an_unknown_packet_is_tried_both_ways(void **state)
{
    (void)state;
    assert_int_equal(nat_unknown(1400, 5840), 1);
    assert_int_equal(nat_unknown(1400, 6000), 2);
    assert_int_equal(nat_unknown(1400, 5600), 0);
    assert_int_equal(nat_unknown(1400, 6001), 0);
}

static void nothing_is_said_without_mss_or_window(void **state)
{
    (void)state;
    assert_int_equal(nat_unknown(0, 5840), 0);
    assert_int_equal(nat_unknown(1400, 0), 0);
    assert_int_equal(nat_known(0, 0, P0F_WIN_MSS), 0);
}

/* Both windows are 2 x 1460; 1024 has no bit in common with it. */
static void pairs_without_a_common_bit_are_missed_as_by_the_reference(
    void **state)
{
    (void)state;
    assert_int_equal(nat_unknown(1348, 2920), 1);
    assert_int_equal(nat_unknown(1024, 2920), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tos_bytes_have_the_names_of_the_reference),
        cmocka_unit_test(a_lowered_mss_shows_in_the_window),
        cmocka_unit_test(a_record_without_a_multiple_says_nothing),
        cmocka_unit_test(an_unknown_packet_is_tried_both_ways),
        cmocka_unit_test(nothing_is_said_without_mss_or_window),
        cmocka_unit_test(
            pairs_without_a_common_bit_are_missed_as_by_the_reference),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("tos", tests, NULL, NULL);
}
