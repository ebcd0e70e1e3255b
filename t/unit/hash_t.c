/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-1-3, short and long: known answers (key 00 .. 0f, data 00, 01, 02
 * ...), computed from its authors' definition by a program that gives their
 * own vectors of SipHash-2-4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "p0f_engine/hash.h"

static void known_answers(void **state)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } rows[] = {
        { 0, 0xabac0158050fc4dc }, { 8, 0x369095118d299a8e },
        { 16, 0xcc4fdd1a7d908b66 }, { 40, 0xc1d2363299e41531 }
    };
    unsigned char key[P0F_HASH_SECRET], data[40];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(key); i++)
        key[i] = (unsigned char)i;
    for (i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char)i;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(p0f_hash(key, data, rows[i].len) == rows[i].hash);
}

static void another_secret_gives_another_hash(void **state)
{
    unsigned char a[P0F_HASH_SECRET] = { 1 }, b[P0F_HASH_SECRET] = { 2 };

    (void)state;
    assert_true(p0f_hash(a, a, 16) != p0f_hash(b, a, 16));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(another_secret_gives_another_hash),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
