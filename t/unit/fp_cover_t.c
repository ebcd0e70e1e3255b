/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which signature covers another one: what is looked up is what comparing with
 * each one finds, and the reading of a long file takes as long as its length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include "fp_files.h"
#include "p0f_engine/fp_cover.h"
#include "random.h"

#define FILE_SIGS 150
#define TIE_LABEL 1000               /* and above: no signature begins so */

/* ---- against comparing with each one ----------------------------------- */

/* Few values a field, so that many signatures cover others. */
static p0f_dbsig_t random_sig(void)
{
    static const uint8_t versions[] = { 0, 0, 4, 6 };
    static const uint8_t ttls[] = { 1, 30, 64, 65, 100, 128, 255 };
    static const uint16_t windows[] = { 0, 1, 7, 1460, 2880, 5840, 64240 };
    static const uint16_t moduli[] = { 2, 7, 8, 40, 73, 2920, 64240 };
    p0f_dbsig_t s = {
        .label = (uint16_t)random_below(3), .opt_count = 1, .layout = { 2 },
        .version = versions[random_below(4)], .ttl = ttls[random_below(7)],
        .ttl_random = one_in(4), .win_kind = (uint8_t)random_below(5),
        .mss = one_in(2) ? P0F_ANY : one_in(2) ? 1460 : 1440,
        .wscale = one_in(2) ? P0F_ANY : (int16_t)random_below(2),
        .payload = (int8_t)((int)random_below(3) - 1),
        .generic = one_in(5), .app = one_in(8),
        .eol_pad = one_in(30), .olen = one_in(30)
    };

    if (one_in(20))
        s.layout[0] = 4;
    if (one_in(4))
        s.quirks |= P0F_QUIRK_DF;
    if (s.version != 4 && one_in(4))
        s.quirks |= P0F_QUIRK_FLOW;
    if (s.version != 6 && one_in(4))
        s.quirks |= P0F_QUIRK_NZ_MBZ;
    switch (s.win_kind) {
    case P0F_WIN_ANY:    s.win = 0; break;
    case P0F_WIN_NORMAL: s.win = windows[random_below(7)]; break;
    case P0F_WIN_MOD:    s.win = moduli[random_below(7)]; break;
    default:             s.win = (uint16_t)(1 + random_below(44)); break;
    }
    return s;
}

static uint32_t plain_find(const p0f_dbsig_t *sigs, uint32_t count,
                           const p0f_dbsig_t *sig, bool strict)
{
    uint32_t i;

    for (i = 0; i < count; i++) {
        if (p0f_match_v3_covers(&sigs[i], sig, strict))
            return i;
    }
    return P0F_NO_SIG;
}

/* Generic ones cover each other, too. */
static uint32_t plain_equal(const p0f_dbsig_t *sigs, uint32_t count,
                            const p0f_dbsig_t *sig)
{
    p0f_dbsig_t x, y = *sig;
    uint32_t i;

    y.generic = 0;
    for (i = 0; i < count; i++) {
        x = sigs[i];
        x.generic = 0;
        if (x.label != sig->label && sigs[i].generic == sig->generic
            && x.app == y.app && p0f_match_v3_covers(&x, &y, false)
            && p0f_match_v3_covers(&y, &x, false))
            return i;
    }
    return P0F_NO_SIG;
}

/* Half of the signatures that fit equally become a tie, as when a file is
 * read. FOUND counts what was found. */
static void read_random_file(bool strict, uint32_t found[2])
{
    p0f_dbsig_t sigs[FILE_SIGS], sig;
    p0f_fp_cover_t *c;
    uint32_t count = 0, i;
    apr_pool_t *scratch;

    assert_int_equal(apr_pool_create(&scratch, pool), APR_SUCCESS);
    c = p0f_fp_cover_make(scratch, strict);
    while (count < FILE_SIGS) {
        sig = random_sig();
        if (count && one_in(4)) {
            sig = sigs[random_below(count)];
            sig.label = (uint16_t)random_below(3);
        }
        i = p0f_fp_cover_find(c, sigs, &sig);
        assert_int_equal(i, plain_find(sigs, count, &sig, strict));
        found[0] += i != P0F_NO_SIG;
        if (!strict) {
            i = p0f_fp_cover_equal(c, sigs, &sig);
            assert_int_equal(i, plain_equal(sigs, count, &sig));
            found[1] += i != P0F_NO_SIG;
            if (i != P0F_NO_SIG && one_in(2)) {
                sigs[i].label = (uint16_t)(TIE_LABEL + random_below(3));
                continue;
            }
        }
        sigs[count] = sig;
        p0f_fp_cover_add(c, sigs, count++);
    }
    apr_pool_destroy(scratch);
}

static void what_is_found_is_what_comparing_each_finds(void **state)
{
    uint32_t found[2] = { 0, 0 }, strictly[2] = { 0, 0 };
    int round;

    (void)state;
    for (round = 0; round < 400; round++) {
        read_random_file(false, found);
        read_random_file(true, strictly);
    }
    assert_in_range(found[0], 5000, 50000);
    assert_in_range(found[1], 500, 50000);
    assert_in_range(strictly[0], 5000, 50000);
}

/* ---- how long it takes ------------------------------------------------- */

#define SHORT 4000
#define LONG  (16 * SHORT)

/* Line N of a file; room for 200 characters. */
typedef void line_fn(char *out, uint32_t n);

static void plain_windows(char *out, uint32_t n)
{
    apr_snprintf(out, 200, "sig = *:64:0:*:%u,%u:mss,sok,ts,nop,ws:df,id+:0\n",
                 n, n % 15);
}

static void many_divisors(char *out, uint32_t n)
{
    if (n % 2)
        apr_snprintf(out, 200, "sig = 4:%u:0:*:%%%u,*:mss::0\n", 1 + n % 90,
                     2 + n);
    else
        apr_snprintf(out, 200, "sig = 4:255:0:%u:55440,*:mss::0\n", n);
}

static void one_generic_signature(char *out, uint32_t n)
{
    apr_snprintf(out, 200, "%ssig = *:64:0:*:*,*:mss:df,id+:*\n",
                 n ? "" : "label = g:unix:A:\n");
}

/* Each behind the first one gets a remark. */
static void one_useless_signature(char *out, uint32_t n)
{
    apr_snprintf(out, 200, "sig = *:%u:0:*:*,*:mss:df,id+:*\n", n ? 90 : 91);
}

/* All names have the same hash for who multiplies by 33 and adds. */
static void names_with_one_hash(char *out, uint32_t n)
{
    int bit;

    out += apr_snprintf(out, 100, "%s", n ? "," : "label = s:!:A:\nsys = ");
    for (bit = 0; bit < 16; bit++)
        memcpy(out + 2 * bit, n >> bit & 1 ? "0s" : "21", 3);
}

/* Seconds of the processor that the reading of COUNT lines takes. */
static double seconds(line_fn *line, uint32_t count)
{
    static char text[LONG * 70 + 1000];
    struct timespec before, after;
    p0f_db_builder_t *b;
    p0f_error_t err = { .text = "" };
    apr_pool_t *scratch;
    char *end = text;
    uint32_t n;

    end += apr_snprintf(text, 100, "classes = unix\n[tcp:request]\n"
                        "label = s:unix:A:\n");
    for (n = 0; n < count; n++) {
        line(end, n);
        end += strlen(end);
    }
    assert_int_equal(apr_pool_create(&scratch, pool), APR_SUCCESS);
    assert_int_equal(p0f_db_builder_create(&b, scratch), P0F_OK);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    p0f_fp_v3_parse(b, "t.fp",
                    (p0f_bytes_t){ (uint8_t *)text, (size_t)(end - text) },
                    NULL, &err);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    assert_string_equal(err.text, "");
    apr_pool_destroy(scratch);
    return (double)(after.tv_sec - before.tv_sec)
         + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

/* Sixteen times as many lines take about sixteen times as long; where each is
 * compared with each, 256 times. */
static void takes_as_long_as_the_file(line_fn *line)
{
    double least_short = 1e9, least_long = 1e9, time;
    int round;

    for (round = 0; round < 3; round++) {
        time = seconds(line, SHORT);
        least_short = time < least_short ? time : least_short;
        time = seconds(line, LONG);
        least_long = time < least_long ? time : least_long;
    }
    if (least_long > 80 * least_short)
        fail_msg("%u lines: %.3f s, %u lines: %.3f s", SHORT, least_short,
                 LONG, least_long);
}

static void a_long_file_is_read_in_time_for_its_length(void **state)
{
    (void)state;
    takes_as_long_as_the_file(plain_windows);
    takes_as_long_as_the_file(one_generic_signature);
    takes_as_long_as_the_file(one_useless_signature);
}

static void a_hostile_file_is_read_in_time_for_its_length(void **state)
{
    (void)state;
    takes_as_long_as_the_file(many_divisors);
    takes_as_long_as_the_file(names_with_one_hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_is_what_comparing_each_finds),
        cmocka_unit_test(a_long_file_is_read_in_time_for_its_length),
        cmocka_unit_test(a_hostile_file_is_read_in_time_for_its_length),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    return cmocka_run_group_tests_name("fp_cover", tests, fp_files_make_pool,
                                       fp_files_drop_pool);
}
