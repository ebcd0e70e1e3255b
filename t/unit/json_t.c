/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON strings: what is escaped, what is UTF-8, what fits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "p0f_engine/json.h"
#include "packets.h"

/* TEXT, placed before an unmapped page, must become WANT. */
static void becomes_n(const char *text, size_t n, const char *want)
{
    char out[64];
    p0f_bytes_t guarded = packets_guard(text, n);
    size_t got = p0f_json_escape((const char *)guarded.data, n, out,
                                 sizeof(out));

    assert_int_equal(got, strlen(want));
    assert_memory_equal(out, want, got);
}

static void becomes(const char *text, const char *want)
{
    becomes_n(text, strlen(text), want);
}

static void plain_text_stays(void **state)
{
    (void)state;
    becomes("", "");
    becomes("4:64+0:0:1460:mss*44,7", "4:64+0:0:1460:mss*44,7");
    becomes("/\x7f", "/\x7f");
}

static void specials_are_escaped(void **state)
{
    (void)state;
    becomes("a\"b\\c", "a\\\"b\\\\c");
    becomes("\t\n\x1f", "\\u0009\\u000a\\u001f");
    becomes_n("a\0b", 3, "a\\u0000b");
}

static void utf8_stays(void **state)
{
    (void)state;
    becomes("\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf");
    becomes("\xe0\xa0\x80\xed\x9f\xbf", "\xe0\xa0\x80\xed\x9f\xbf");
    becomes("\xee\x80\x80\xef\xbf\xbf", "\xee\x80\x80\xef\xbf\xbf");
    becomes("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
            "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

static void other_bytes_are_characters_of_their_number(void **state)
{
    (void)state;
    becomes("\x80", "\\u0080");
    becomes("\xc1\xbf", "\\u00c1\\u00bf");          /* overlong */
    becomes("\xe0\x9f\xbf", "\\u00e0\\u009f\\u00bf");
    becomes("\xf0\x8f\xbf\xbf", "\\u00f0\\u008f\\u00bf\\u00bf");
    becomes("\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"); /* a surrogate */
    becomes("\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080");
    becomes("\xf5", "\\u00f5");
    becomes("\xe2\x82", "\\u00e2\\u0082");          /* cut off */
    becomes("\xc3", "\\u00c3");
    becomes("\xc3(", "\\u00c3(");
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
    char out[8];

    (void)state;
    assert_int_equal(p0f_json_escape("abcdefghij", 10, out, 8), 8);
    assert_int_equal(p0f_json_escape("a\x01\x02", 3, out, 8), 7);
    assert_int_equal(p0f_json_escape("abcdefg\"", 8, out, 8), 7);
    assert_int_equal(p0f_json_escape("abcdefg\xc3\xbc", 9, out, 8), 7);
    assert_int_equal(p0f_json_escape("x", 1, out, 0), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(specials_are_escaped),
        cmocka_unit_test(utf8_stays),
        cmocka_unit_test(other_bytes_are_characters_of_their_number),
        cmocka_unit_test(what_does_not_fit_is_left_out_whole),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
