/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unknown signatures: what a User-Agent claims, counting with a bounded rate,
 * and reading the log.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p0f_engine/unknown.h"

static p0f_bytes_t bytes(const char *text)
{
    return (p0f_bytes_t){ (const uint8_t *)text, strlen(text) };
}

static void a_claim_is_the_system_of_the_user_agent(void **state)
{
    static const char *const rows[][2] = {
        { "Mozilla/5.0 (Linux; Android 14; Pixel 8) X", "Android 14" },
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) X", "Windows NT 10.0" },
        { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) X",
          "Intel Mac OS X 10.15.7" },
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) X",
          "iPhone OS 17.1" },
        { "Mozilla/5.0 (X11; Linux x86_64; rv:1) X", "Linux x86_64" },
        { "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) X",
          "CrOS x86_64 14541.0.0" },
        { "Mozilla/5.0 (compatible; Bot/2.1; +http://x)", "Bot/2.1" },
        { "curl/8.5.0", "curl/8.5.0" }, { "", "-" }, { "(", "-" },
        { "()", "-" }, { "(;;;)", "-" }, { "(\t\1\"<>)", "-" },
        { "(X11)", "X11" }, { "a\tb", "ab" }
    };
    char out[P0F_UNKNOWN_CLAIM];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        p0f_unknown_claim(bytes(rows[i][0]), out);
        assert_string_equal(out, rows[i][1]);
    }
}

static void a_claim_is_cut_and_never_read_past_its_end(void **state)
{
    char agent[300], out[P0F_UNKNOWN_CLAIM];
    size_t len;

    (void)state;
    memset(agent, 'a', sizeof(agent));
    agent[0] = '(';
    p0f_unknown_claim((p0f_bytes_t){ (uint8_t *)agent, sizeof(agent) }, out);
    assert_int_equal(strlen(out), P0F_UNKNOWN_CLAIM - 1);
    for (len = 0; len < 60; len++) {
        uint8_t *exact = malloc(len ? len : 1);

        assert_non_null(exact);
        memcpy(exact, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X)"
               "       ", len);
        p0f_unknown_claim((p0f_bytes_t){ exact, len }, out);
        assert_true(strlen(out) < P0F_UNKNOWN_CLAIM);
        free(exact);
    }
    p0f_unknown_claim((p0f_bytes_t){ NULL, 0 }, out);
    assert_string_equal(out, "-");
}

static p0f_sig_t sig_number(uint16_t window)
{
    return (p0f_sig_t){ .version = 4, .ttl = 60, .window = window };
}

static void a_new_signature_is_told_at_once_and_then_each_minute(void **state)
{
    p0f_sig_t sig = sig_number(1);
    char line[P0F_UNKNOWN_LINE];
    p0f_unknown_t *t;
    uint32_t i;

    (void)state;
    assert_int_equal(p0f_unknown_create(&t, 64, 100), P0F_OK);
    assert_int_not_equal(p0f_unknown_count(t, &sig, "A", 1000, line), 0);
    assert_string_equal(line, "1\tsyn\t4:60+4:0:0:1,0:::0\tA\n");
    for (i = 1; i < 60; i++)
        assert_int_equal(p0f_unknown_count(t, &sig, "A", 1000 + i, line), 0);
    assert_int_not_equal(p0f_unknown_count(t, &sig, "A", 1060, line), 0);
    assert_string_equal(line, "60\tsyn\t4:60+4:0:0:1,0:::0\tA\n");
    sig.synack = 1;
    assert_int_not_equal(p0f_unknown_count(t, &sig, "", 1061, line), 0);
    assert_string_equal(line, "1\tsyn+ack\t4:60+4:0:0:1,0:::0\t-\n");
    p0f_unknown_destroy(t);
}

static void lines_come_by_a_bounded_rate(void **state)
{
    char line[P0F_UNKNOWN_LINE];
    p0f_unknown_t *t;
    unsigned int told = 0, i;

    (void)state;
    assert_int_equal(p0f_unknown_create(&t, 64, 10), P0F_OK);
    for (i = 0; i < 50000; i++) {
        p0f_sig_t sig = sig_number((uint16_t)i);

        told += p0f_unknown_count(t, &sig, "-", 6000, line) != 0;
    }
    assert_int_equal(told, 10);
    assert_true(p0f_unknown_lost(t) > 40000);
    p0f_unknown_destroy(t);
}

static void without_a_rate_all_is_told_when_asked(void **state)
{
    p0f_sig_t sig = sig_number(7);
    char line[P0F_UNKNOWN_LINE];
    p0f_unknown_t *t;
    unsigned int i;

    (void)state;
    assert_int_equal(p0f_unknown_create(&t, 64, 0), P0F_OK);
    for (i = 0; i < 5; i++)
        assert_int_equal(p0f_unknown_count(t, &sig, "-", i * 100, line), 0);
    assert_int_not_equal(p0f_unknown_rest(t, line), 0);
    assert_string_equal(line, "5\tsyn\t4:60+4:0:0:7,0:::0\t-\n");
    assert_int_equal(p0f_unknown_rest(t, line), 0);
    assert_int_equal(p0f_unknown_rest(t, line), 0);
    assert_int_equal(p0f_unknown_lost(t), 0);
    p0f_unknown_destroy(t);
}

static void what_is_told_is_read_again(void **state)
{
    p0f_unknownline_t got;

    (void)state;
    assert_true(p0f_unknown_parse(bytes("60\tsyn\t4:60+4:0:0:1,0:::0\tA 5"),
                                  &got));
    assert_int_equal(got.count, 60);
    assert_false(got.response);
    assert_string_equal(got.sig, "4:60+4:0:0:1,0:::0");
    assert_string_equal(got.claim, "A 5");
    assert_true(p0f_unknown_parse(bytes("1\tsyn+ack\tx\t-"), &got));
    assert_true(got.response);
}

static void what_is_no_line_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "1", "1\tsyn", "1\tsyn\tx", "1\tsyn\tx\t", "1\tsyn\t\t-",
        "x\tsyn\tx\t-", "-1\tsyn\tx\t-", "1\tfin\tx\t-", "\tsyn\tx\t-",
        "99999999999999999999\tsyn\tx\t-", "1\tsyn\t\x1b[2J\t-",
        "1\tsyn\tx\t\x80"
    };
    char text[P0F_UNKNOWN_LINE * 2];
    p0f_unknownline_t got;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(p0f_unknown_parse(bytes(texts[i]), &got));
    memset(text, 'x', sizeof(text));
    memcpy(text, "1\tsyn\t", 6);
    memcpy(text + sizeof(text) - 3, "\t-", 3);
    assert_false(p0f_unknown_parse(bytes(text), &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_is_the_system_of_the_user_agent),
        cmocka_unit_test(a_claim_is_cut_and_never_read_past_its_end),
        cmocka_unit_test(a_new_signature_is_told_at_once_and_then_each_minute),
        cmocka_unit_test(lines_come_by_a_bounded_rate),
        cmocka_unit_test(without_a_rate_all_is_told_when_asked),
        cmocka_unit_test(what_is_told_is_read_again),
        cmocka_unit_test(what_is_no_line_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("unknown", tests, NULL, NULL);
}
