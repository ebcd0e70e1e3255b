/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uptime from two timestamps: what p0f 3.09b prints for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "p0f_engine/uptime.h"

typedef struct {
    uint64_t ms;
    uint32_t ref, delta;
    const char *text;                /* as printed, or NULL */
} vector_t;

static const vector_t vectors[] = {
    { 24, 1000, 24, NULL },
    { 25, 1000, 25, "0 days 0 hrs 0 min (modulo 49 days) 1000.00 Hz" },
    { 25, 1000, 4, NULL },
    { 25, 1000, 5, "0 days 0 hrs 0 min (modulo 248 days) 200.00 Hz" },
    { 1000, 100000000, 1, NULL },
    { 1000, 100000000, 10,
      "115 days 17 hrs 46 min (modulo 4971 days) 10.00 Hz" },
    { 1000, 100000000, 11,
      "115 days 17 hrs 46 min (modulo 4971 days) 11.00 Hz" },
    { 1000, 100000000, 47,
      "23 days 3 hrs 33 min (modulo 994 days) 47.00 Hz" },
    { 1000, 100000000, 53,
      "19 days 6 hrs 57 min (modulo 828 days) 53.00 Hz" },
    { 1000, 100000000, 96,
      "11 days 13 hrs 46 min (modulo 497 days) 96.00 Hz" },
    { 1000, 100000000, 100,
      "11 days 13 hrs 46 min (modulo 497 days) 100.00 Hz" },
    { 1000, 100000000, 117,
      "7 days 17 hrs 11 min (modulo 331 days) 117.00 Hz" },
    { 1000, 100000000, 250,
      "4 days 15 hrs 6 min (modulo 198 days) 250.00 Hz" },
    { 1000, 100000000, 533,
      "1 days 22 hrs 17 min (modulo 82 days) 533.00 Hz" },
    { 1000, 100000000, 1000,
      "1 days 3 hrs 46 min (modulo 49 days) 1000.00 Hz" },
    { 1000, 100000000, 1500,
      "0 days 18 hrs 31 min (modulo 33 days) 1500.00 Hz" },
    { 1000, 100000000, 1501, NULL },
    { 10000, 100000000, 7,
      "1157 days 9 hrs 46 min (modulo 49710 days) 0.70 Hz" },
    { 10000, 100000000, 6, NULL },
    { 600000, 100000000, 600000,
      "1 days 3 hrs 56 min (modulo 49 days) 1000.00 Hz" },
    { 600001, 100000000, 600001, NULL },
    { 50, 100000000, (uint32_t)-100, NULL },
    { 1000, 4294967290u, 1000,
      "0 days 0 hrs 0 min (modulo 49 days) 1000.00 Hz" },
    { 2000, 1000, 2000, "0 days 0 hrs 0 min (modulo 49 days) 1000.00 Hz" },
};

static void estimates_are_those_of_the_reference(void **state)
{
    p0f_uptime_t up;
    char text[120];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const vector_t *v = &vectors[i];
        bool known = p0f_uptime_estimate(v->ref, v->ref + v->delta, v->ms,
                                         &up, NULL);

        assert_int_equal(known, v->text != NULL);
        if (!known) {
            assert_int_equal(up.hz, 0);
            continue;
        }
        snprintf(text, sizeof(text),
                 "%u days %u hrs %u min (modulo %u days) %.2f Hz",
                 up.minutes / 1440, up.minutes / 60 % 24, up.minutes % 60,
                 up.mod_days, up.raw_hz);
        assert_string_equal(text, v->text);
    }
}

/* Only a frequency out of range ends the attempts, not a pair of packets that
 * tells nothing. */
static void a_senseless_frequency_is_told_apart(void **state)
{
    static const struct {
        uint64_t ms;
        uint32_t delta;
        bool bad;
    } rows[] = {
        { 1000, 1501, true }, { 10000, 6, true }, { 1000, 1000, false },
        { 1000, (uint32_t)-100000, true }, { 24, 1000000, false },
        { 600001, 1, false }, { 1000, 4, false },
        { 50, (uint32_t)-100, false }, { 99, (uint32_t)-14999, false },
        { 99, (uint32_t)-15001, true },
    };
    p0f_uptime_t up;
    bool bad;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        p0f_uptime_estimate(500, 500 + rows[i].delta, rows[i].ms, &up, &bad);
        assert_int_equal(bad, rows[i].bad);
    }
}

static void frequencies_are_rounded_to_usual_ones(void **state)
{
    static const uint32_t rows[][2] = {
        { 1, 1 }, { 10, 10 }, { 11, 10 }, { 12, 15 }, { 50, 50 }, { 52, 50 },
        { 53, 60 }, { 100, 100 }, { 116, 100 }, { 117, 150 }, { 500, 500 },
        { 532, 500 }, { 533, 600 }, { 1032, 1000 }, { 1033, 1100 },
    };
    p0f_uptime_t up;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(p0f_uptime_estimate(1, 1 + rows[i][0] * 10, 10000, &up,
                                        NULL));
        assert_int_equal(up.hz, rows[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_are_those_of_the_reference),
        cmocka_unit_test(a_senseless_frequency_is_told_apart),
        cmocka_unit_test(frequencies_are_rounded_to_usual_ones),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("uptime", tests, NULL, NULL);
}
