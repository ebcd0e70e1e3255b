/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses: one form for both versions, and p0f 3's text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <string.h>

#include "p0f_engine/addr.h"

static void text_is_that_of_the_reference(void **state)
{
    static const struct {
        const char *addr, *text;
    } rows[] = {
        { "::", "0:0:0:0:0:0:0:0" },
        { "::1", "0:0:0:0:0:0:0:1" },
        { "3ffe:507:0:1:200:86ff:fe05:80da",
          "3ffe:507:0:1:200:86ff:fe05:80da" },
        { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "::ffff:255.255.255.255", "255.255.255.255" },
        { "::ffff:0.0.0.0", "0.0.0.0" },
        { "::ffff:192.0.2.10", "192.0.2.10" },
    };
    char text[P0F_ADDR_TEXT];
    uint8_t bytes[16];
    p0f_addr_t addr;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(inet_pton(AF_INET6, rows[i].addr, bytes), 1);
        addr = p0f_addr_from_v6(bytes);
        assert_int_equal(p0f_addr_format(&addr, text), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void an_ipv4_address_is_its_mapped_form(void **state)
{
    static const uint8_t v4[4] = { 192, 0, 2, 1 };
    uint8_t mapped[16];
    p0f_addr_t a = p0f_addr_from_v4(v4), b;

    (void)state;
    assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.1", mapped), 1);
    b = p0f_addr_from_v6(mapped);
    assert_true(p0f_addr_equal(&a, &b));
    assert_true(p0f_addr_is_v4(&a));
    b.b[0] = 1;
    assert_false(p0f_addr_is_v4(&b));
    assert_false(p0f_addr_equal(&a, &b));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_that_of_the_reference),
        cmocka_unit_test(an_ipv4_address_is_its_mapped_form),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
