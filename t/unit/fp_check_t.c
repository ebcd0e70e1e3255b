/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking fingerprint files: every mistake with file and line, what is of no
 * use, and that nothing else is remarked on.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE                  /* mkstemp */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fp_files.h"
#include "p0f_engine/fp_check.h"

#define HEAD "classes = unix\n[tcp:request]\nlabel = s:unix:Alpha:\n"
#define OPTIONS "mss,sok,ts,nop,ws:df,id+:0\n"

static char told[4096];
static char path[] = "/tmp/fp_check_t.XXXXXX";

static void take(void *ctx, const char *text)
{
    size_t used = strlen(told);

    (void)ctx;
    /* without the path, which differs each time */
    if (strncmp(text, path, strlen(path)) == 0)
        text += strlen(path) + 1;
    snprintf(told + used, sizeof(told) - used, "%s\n", text);
}

/* What is found in TEXT, a line each, "LINE: sentence". */
static const char *found_in(const char *text)
{
    p0f_error_t err = { .text = "" };
    FILE *file = fopen(path, "w");
    uint32_t found, lines = 0;
    const char *p;

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    *told = '\0';
    assert_int_equal(p0f_fp_check_file(path, take, NULL, pool, &found, &err),
                     P0F_OK);
    for (p = told; *p; p++)
        lines += *p == '\n';
    assert_int_equal(found, lines);
    return told;
}

static void our_own_file_is_clean(void **state)
{
    uint32_t found;

    (void)state;
    *told = '\0';
    assert_int_equal(p0f_fp_check_file("p0f.fp", take, NULL, pool, &found,
                                       NULL), P0F_OK);
    assert_string_equal(told, "");
    assert_int_equal(found, 0);
}

static void every_mistake_is_told(void **state)
{
    (void)state;
    assert_string_equal(
        found_in(HEAD "sig = 4:64:0:*:*,0:mss::0\nnonsense\n"
                 "sig = 4:0:0:*:1,0:mss::0\nlabel = s:bsd:Beta:\n"
                 "sig = 4:64:0:*:1,0:mss,sok::0\n"),
        "5: \"nonsense\" is neither a section nor key = value\n"
        "6: the initial TTL must be between 1 and 255\n"
        "7: the class \"bsd\" isn't in the list of classes\n");
}

static void what_belongs_to_a_wrong_line_is_left_out(void **state)
{
    (void)state;
    assert_string_equal(
        found_in(HEAD "sig = 4:64:0:*:*,0:mss::0\n[nothing]\nlabel = x\n"
                 "sig = y\n[mtu]\nlabel = Ethernet\nsig = 1500\n"),
        "5: unknown section \"[nothing]\", it must be [mtu], [tcp:request], "
        "[tcp:response], [http:request] or [http:response]\n");
}

static void repeated_and_shadowed_signatures_are_told(void **state)
{
    (void)state;
    assert_string_equal(
        found_in(HEAD "sig = *:64:0:*:*,7:" OPTIONS
                 "sig = *:64:0:*:*,7:" OPTIONS
                 "sig = 4:64:0:1460:64240,7:" OPTIONS),
        "5: this signature is of no use: the one of line 4 matches all that "
        "it would\n"
        "6: this signature is of no use: the one of line 4 matches all that "
        "it would\n");
}

static void signatures_that_several_cover_together_are_told(void **state)
{
    (void)state;
    assert_string_equal(
        found_in(HEAD "sig = 4:64:0:*:*,7:" OPTIONS
                 "sig = 6:64:0:*:*,7:mss,sok,ts,nop,ws::0\n"
                 "label = s:unix:Beta:\nsig = *:64:0:*:1234,7:" OPTIONS),
        "7: nothing reaches this signature: those of lines 4, 5 answer for "
        "all that fits it\n");
}

static void a_generic_one_below_a_specific_one_is_told(void **state)
{
    (void)state;
    assert_string_equal(
        found_in("classes = unix\n[tcp:request]\nlabel = g:unix:Alpha:\n"
                 "sig = 4:64:0:*:64240,7:" OPTIONS "label = s:unix:Beta:\n"
                 "sig = 4:64:0:*:*,7:" OPTIONS),
        "4: nothing reaches this signature: that of line 6 answers for all "
        "that fits it\n");
}

static void a_window_that_no_packet_can_have_is_told(void **state)
{
    (void)state;
    assert_string_equal(
        found_in(HEAD "sig = 4:64:0:1460:mss*1000,7:" OPTIONS),
        "4: nothing reaches this signature: no packet fits it\n");
}

static void narrow_before_wide_is_no_finding(void **state)
{
    (void)state;
    assert_string_equal(
        found_in(HEAD "sig = 4:64:0:1460:64240,7:" OPTIONS
                 "sig = 4:64:0:*:mss*44,7:" OPTIONS
                 "sig = *:64:0:*:%4,*:" OPTIONS
                 "label = g:unix:Beta:\nsig = *:64:0:*:*,*:" OPTIONS), "");
}

static void a_tie_is_told(void **state)
{
    (void)state;
    assert_string_equal(
        found_in(HEAD "sig = 4:64:0:*:*,7:" OPTIONS
                 "label = s:unix:Alpha:2\nsig = 4:64:0:*:*,7:" OPTIONS),
        "6: this signature and that of line 4 fit equally: the answer is "
        "what their labels share\n");
}

static void labels_and_classes_without_use_are_told(void **state)
{
    (void)state;
    assert_string_equal(
        found_in("classes = unix,win,other\n[tcp:request]\n"
                 "label = s:unix:Alpha:\nlabel = s:unix:Beta:\n"
                 "sig = 4:64:0:*:*,7:" OPTIONS "label = s:!:Gamma:\n"
                 "sys = @other\n[mtu]\nlabel = Ethernet\n"),
        "1: nothing in the file uses the class \"win\"\n"
        "3: no signature follows this label\n"
        "6: no signature follows this label\n"
        "9: no signature follows this label\n");
}

static void an_mtu_given_twice_is_told(void **state)
{
    (void)state;
    assert_string_equal(
        found_in("[mtu]\nlabel = A\nsig = 1500\nsig = 1400\nlabel = B\n"
                 "sig = 1500\n"),
        "6: this MTU stands in the file already: the first one counts\n");
}

static void http_signatures_are_checked(void **state)
{
    (void)state;
    assert_string_equal(
        found_in("classes = unix\n[http:request]\nlabel = g:!:A:\nsys = @unix\n"
                 "sig = 1:Host,User-Agent:Cookie:A\n"
                 "label = s:!:B:\nsys = @unix\nsig = *:Host::\n"),
        "5: nothing reaches this signature: that of line 8 answers for all "
        "that fits it\n");
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
    p0f_error_t err = { .text = "" };
    uint32_t found;

    (void)state;
    assert_int_equal(p0f_fp_check_file("t/fp/no-such.fp", take, NULL, pool,
                                       &found, &err), P0F_EFILE);
    assert_string_equal(err.text, "t/fp/no-such.fp: No such file or "
                        "directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_file_is_clean),
        cmocka_unit_test(every_mistake_is_told),
        cmocka_unit_test(what_belongs_to_a_wrong_line_is_left_out),
        cmocka_unit_test(repeated_and_shadowed_signatures_are_told),
        cmocka_unit_test(signatures_that_several_cover_together_are_told),
        cmocka_unit_test(a_generic_one_below_a_specific_one_is_told),
        cmocka_unit_test(a_window_that_no_packet_can_have_is_told),
        cmocka_unit_test(narrow_before_wide_is_no_finding),
        cmocka_unit_test(a_tie_is_told),
        cmocka_unit_test(labels_and_classes_without_use_are_told),
        cmocka_unit_test(an_mtu_given_twice_is_told),
        cmocka_unit_test(http_signatures_are_checked),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error),
    };
    int failed, fd = mkstemp(path);

    if (fd < 0)
        return 1;
    close(fd);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    failed = cmocka_run_group_tests_name("fp_check", tests,
                                         fp_files_make_pool,
                                         fp_files_drop_pool);
    unlink(path);
    return failed;
}
