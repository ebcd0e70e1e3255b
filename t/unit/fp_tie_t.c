/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that fit equally: which are a tie, what the answer then says,
 * and where there is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "fp_files.h"
#include "p0f_engine/fp_tie.h"

#define HEAD "classes = unix,win\n[tcp:request]\n"
#define SIG "sig = *:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0\n"

/* The answer to a SYN that SIG fits, as "class name flavor|params". */
static const char *answer(const fp_result_t *file)
{
    static char out[300];
    p0f_sig_t sig = {
        .version = 4, .ttl = 60, .mss = 1460, .window = 64240, .wscale = 7,
        .win_kind = P0F_WIN_MSS, .win_mult = 44, .opt_count = 5,
        .layout = { 2, 4, 8, 1, 3 }, .quirks = P0F_QUIRK_DF | P0F_QUIRK_NZ_ID
    };
    char params[P0F_PARAMS_TEXT];
    const p0f_label_t *label;
    p0f_match_t match;

    assert_int_equal(file->status, P0F_OK);
    p0f_match_v3(file->db, P0F_DIR_REQUEST, &sig, false, &match);
    p0f_match_v3_params(&match, &sig, params);
    label = p0f_db_label(file->db, match.label);
    snprintf(out, sizeof(out), "%s %s %s|%s",
             label ? p0f_db_text(file->db, label->class_name) : "-",
             label ? p0f_db_text(file->db, label->name) : "-",
             label ? p0f_db_text(file->db, label->flavor) : "-", params);
    return out;
}

static const char *answer_of(const char *text)
{
    static fp_result_t file;

    file = fp_files_text(text, false);
    assert_string_equal(file.error.text, "");
    return answer(&file);
}

static void an_equal_signature_is_a_tie(void **state)
{
    (void)state;
    assert_string_equal(answer_of(HEAD "label = s:unix:Linux:5.x\n" SIG
                                  "label = s:unix:Linux:6.x\n" SIG),
                        "unix Linux |tie");
    assert_string_equal(answer_of(HEAD "label = s:unix:Linux:5.x\n" SIG),
                        "unix Linux 5.x|none");
}

static void the_answer_keeps_what_the_flavors_share(void **state)
{
    (void)state;
    assert_string_equal(answer_of(HEAD "label = s:win:Windows:Server 2016\n"
                                  SIG "label = s:win:Windows:Server 2019\n"
                                  SIG), "win Windows Server|tie");
}

static void three_can_be_a_tie(void **state)
{
    (void)state;
    assert_string_equal(answer_of(HEAD "label = s:win:Windows:Server 2016\n"
                                  SIG "label = s:win:Windows:Server 2019\n"
                                  SIG "label = s:win:Windows:11\n" SIG),
                        "win Windows |tie");
}

static void generic_ones_can_be_a_tie(void **state)
{
    (void)state;
    assert_string_equal(answer_of(HEAD "label = g:unix:Linux:5.x\n" SIG
                                  "label = g:unix:Linux:6.x\n" SIG),
                        "unix Linux |generic tie");
}

static void a_specific_one_and_a_generic_one_are_none(void **state)
{
    (void)state;
    assert_string_equal(answer_of(HEAD "label = g:unix:Linux:5.x\n" SIG
                                  "label = s:unix:Linux:6.x\n" SIG),
                        "unix Linux 6.x|none");
}

static void an_overlap_is_none(void **state)
{
    (void)state;
    assert_string_equal(
        answer_of(HEAD "label = s:unix:Linux:5.x\n" SIG
                  "label = s:unix:Linux:6.x\n"
                  "sig = *:64:0:*:*,7:mss,sok,ts,nop,ws:df,id+:0\n"),
        "unix Linux 5.x|none");
}

static void strictly_the_second_one_is_a_mistake(void **state)
{
    fp_result_t file = fp_files_text(
        HEAD "label = s:unix:Linux:5.x\nsig = 4:64:0:*:1,7:mss::0\n"
        "label = s:unix:Linux:6.x\nsig = 4:64:0:*:1,7:mss::0\n", true);

    (void)state;
    assert_int_equal(file.status, P0F_ESYNTAX);
}

static void labels_without_anything_in_common_are_a_mistake(void **state)
{
    static const char *const others[] = {
        "label = s:win:Linux:5.x\n", "label = s:unix:FreeBSD:5.x\n"
    };
    char text[400];
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        fp_result_t file;

        snprintf(text, sizeof(text), HEAD "label = s:unix:Linux:5.x\n"
                 "sig = 4:64:0:*:1,7:mss::0\n%ssig = 4:64:0:*:1,7:mss::0\n",
                 others[i]);
        file = fp_files_text(text, false);
        assert_int_equal(file.status, P0F_ESYNTAX);
        assert_string_equal(file.error.text, "t.fp:6: this signature is of no "
                            "use: the one of line 4 matches all that it "
                            "would");
    }
}

static void the_same_label_again_is_no_tie(void **state)
{
    fp_result_t file = fp_files_text(HEAD "label = s:unix:Linux:5.x\n" SIG SIG,
                                     false);

    (void)state;
    assert_string_equal(answer(&file), "unix Linux 5.x|none");
}

static void a_later_file_wins_and_is_no_tie(void **state)
{
    static const char *const texts[] = {
        HEAD "label = s:unix:Linux:5.x\n" SIG,
        HEAD "label = s:unix:Linux:6.x\n" SIG
    };
    fp_result_t file = { .status = P0F_OK };
    p0f_db_builder_t *b;
    size_t i;

    (void)state;
    assert_int_equal(p0f_db_builder_create(&b, pool), P0F_OK);
    for (i = 0; i < 2; i++) {
        p0f_bytes_t text = { (const uint8_t *)texts[i], strlen(texts[i]) };

        assert_int_equal(p0f_fp_v3_parse(b, "t.fp", text, NULL, NULL),
                         P0F_OK);
    }
    fp_files_compile(&file, b);
    assert_string_equal(answer(&file), "unix Linux 6.x|none");
}

static void what_texts_share_is_no_more_than_both_say(void **state)
{
    static const char *const rows[][3] = {
        { "5.x", "5.x", "5.x" }, { "5.x", "6.x", "" }, { "", "5.x", "" },
        { "XP SP1", "XP SP3", "XP" }, { "XP", "XP SP1", "XP" },
        { "7 or 8", "7 or 10", "" }, { "10", "10 or 11", "" },
        { "2.4 to 2.6", "2.4 to 3.0", "" }, { "10, 11", "10, 12", "" },
        { "4 (tuned)", "4 (loopback)", "" }, { "Mac OS", "Mac OS X", "Mac OS" },
        { "10", "101", "" }, { "a b c", "a b d", "a b" }
    };
    char out[P0F_FP_TIE_TEXT];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        p0f_fp_tie_common(rows[i][0], rows[i][1], out);
        assert_string_equal(out, rows[i][2]);
        p0f_fp_tie_common(rows[i][1], rows[i][0], out);
        assert_string_equal(out, rows[i][2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_equal_signature_is_a_tie),
        cmocka_unit_test(the_answer_keeps_what_the_flavors_share),
        cmocka_unit_test(three_can_be_a_tie),
        cmocka_unit_test(generic_ones_can_be_a_tie),
        cmocka_unit_test(a_specific_one_and_a_generic_one_are_none),
        cmocka_unit_test(an_overlap_is_none),
        cmocka_unit_test(strictly_the_second_one_is_a_mistake),
        cmocka_unit_test(labels_without_anything_in_common_are_a_mistake),
        cmocka_unit_test(the_same_label_again_is_no_tie),
        cmocka_unit_test(a_later_file_wins_and_is_no_tie),
        cmocka_unit_test(what_texts_share_is_no_more_than_both_say),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    return cmocka_run_group_tests_name("fp_tie", tests, fp_files_make_pool,
                                       fp_files_drop_pool);
}
