/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Date headers: what the C library reads, is read the same.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* strptime, timegm */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "p0f_engine/httpdate.h"
#include "packets.h"

static uint32_t mine(const char *text)
{
    return p0f_httpdate_read(packets_guard(text, strlen(text)));
}

static uint32_t library(const char *text)
{
    struct tm tm = { 0 };

    return strptime(text, "%a, %d %b %Y %H:%M:%S", &tm)
         ? (uint32_t)timegm(&tm) : 0;
}

static void a_date_is_its_seconds(void **state)
{
    (void)state;
    assert_int_equal(mine("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    assert_int_equal(mine("Thu, 01 Jan 1970 00:00:01 GMT"), 1);
    assert_int_equal(mine("Tue, 29 Feb 2000 23:59:59 GMT"), 951868799);
    assert_int_equal(mine("Sunday, 06-Nov-94 08:49:37 GMT"), 0);
    assert_int_equal(mine("x"), 0);
    assert_int_equal(p0f_httpdate_read((p0f_bytes_t){ NULL, 0 }), 0);
}

static const char *const odd[] = {
    "Sun, 06 Nov 1994 08:49:37 GMT", "sUNDAY,6nOVEMBER1994 8:49:37",
    "Sun, 6 Nov 94 8:9:7", "Mon,\t\n 06\v\fNov\r1994 08: 49: 37 GMT",
    " Sun, 06 Nov 1994 08:49:37", "Sun , 06 Nov 1994 08:49:37",
    "Sun 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49", "Sun, 06 Nov",
    "Sun, 00 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37",
    "Sun, 32 Nov 1994 08:49:37", "Sun, 06 Nov 0000 00:00:00",
    "Sun, 29 Feb 0000 00:00:00", "Sat, 01 Jan 0000 00:00:00",
    "Sun, 01 Mar 0000 00:00:00", "Fri, 31 Dec 9999 23:59:61",
    "Fri, 31 Dec 99999 23:59:61", "Sun, 06 Nov 1994 24:00:00",
    "Sun, 06 Nov 1994 3:60:00", "Sun, 06 Nov 1994 23:59:62",
    "Sun, 06 Nov 1994 23:59:75", "Sun, 06 Nov 1994 40:00:00",
    "Sun, 06 Nov 1994 23:59:6", "Sun, 06 Nov 1994 23:59:", "Sunda, 06 Nov",
    "Sun, 06 Novem 1994 08:49:37", "Wed, 06 May 1994 08:49:37",
    "Wed, 006 May 1994 08:49:37", "Wed, 06 Mayo 1994 08:49:37",
    "Thu, 01 Jan 1970 00:00:00", "Sun, 06 Nov 19940 8:49:37",
    "Sun, 06 Nov 1994 08:49:37 0123456789 0123456789 0123456789 012345678",
    "S\xf5n, 06 Nov 1994 08:49:37", "", ",", "Sun,", "Su"
};

static void odd_forms_are_read_as_by_the_c_library(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        assert_int_equal(mine(odd[i]), library(odd[i]));
}

/* Two forms are spliced, and bytes of the result changed. */
static void damaged_dates_are_read_as_by_the_c_library(void **state)
{
    static const char bytes[] = "0123456789 \t:,aSuNonvJ\r\x80";
    const size_t count = sizeof(odd) / sizeof(odd[0]);
    unsigned int read = 0;
    char text[160];
    size_t n;

    (void)state;
    srandom(1);
    for (int i = 0; i < 200000; i++) {
        const char *a = odd[(size_t)random() % count];
        const char *b = odd[i % 4 ? 0 : (size_t)random() % count];
        size_t cut = (size_t)random() % (strlen(a) + 1);

        n = strlen(b);
        memcpy(text, a, cut);
        strcpy(text + cut, cut < n ? b + cut : "");
        for (int k = (int)(random() % 4); k > 0 && *text; k--)
            text[(size_t)random() % strlen(text)] =
                bytes[(size_t)random() % (sizeof(bytes) - 1)];
        read += library(text) != 0;
        assert_int_equal(mine(text), library(text));
    }
    assert_true(read > 20000);
}

static void every_day_of_1200_years_is_that_of_the_c_library(void **state)
{
    char text[64];
    struct tm tm;
    time_t t = -(time_t)86400 * 366 * 600;

    (void)state;
    for (; t < (time_t)86400 * 366 * 600; t += 86400 + 7) {
        gmtime_r(&t, &tm);
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        assert_int_equal(mine(text), (uint32_t)t);
    }
}

static void the_locale_changes_nothing(void **state)
{
    static const char *const locales[] = { "C.UTF-8", "de_DE.UTF-8", "" };

    (void)state;
    for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++) {
        setlocale(LC_ALL, locales[i]);
        assert_int_equal(mine("Wed, 05 Mar 2025 08:49:37 GMT"), 1741164577);
        assert_int_equal(mine("Mit, 05 M\xe4r 2025 08:49:37 GMT"), 0);
    }
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_is_its_seconds),
        cmocka_unit_test(odd_forms_are_read_as_by_the_c_library),
        cmocka_unit_test(damaged_dates_are_read_as_by_the_c_library),
        cmocka_unit_test(every_day_of_1200_years_is_that_of_the_c_library),
        cmocka_unit_test(the_locale_changes_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("httpdate", tests, NULL, NULL);
}
