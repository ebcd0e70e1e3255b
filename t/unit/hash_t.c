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

static void known_answers_of_the_long_form(void **state)
{
    static const struct {
        size_t len;
        uint64_t hash[2];
    } rows[] = {
        { 0, { 0xbea58827b2bc7ee7, 0x013030dd6adb62fd } },
        { 8, { 0xb4dae3d5e1fe12aa, 0x99c7f935ab164f72 } },
        { 16, { 0xeb8e511557d9a8d0, 0x93179e3df8b013b5 } },
        { 40, { 0x13b4b93e54205750, 0x38f9eed9fa3c0bd5 } }
    };
    unsigned char key[P0F_HASH_SECRET], data[40];
    uint64_t hash[2];
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof(key); i++)
        key[i] = (unsigned char)i;
    for (i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char)i;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        p0f_hash_state_t v = p0f_hash_begin_long(key);

        for (k = 0; k < rows[i].len; k += 8)
            v = p0f_hash_add(v, p0f_hash_word(data + k));
        p0f_hash_end_long(v, rows[i].len, hash);
        assert_true(hash[0] == rows[i].hash[0]);
        assert_true(hash[1] == rows[i].hash[1]);
    }
}

/* The hash of two texts, of the lengths A and B of TEXT. */
static uint64_t of_two(const char *text, size_t a, size_t b)
{
    static const unsigned char key[P0F_HASH_SECRET] = { 1, 2, 3 };
    p0f_hash_state_t v = p0f_hash_begin(key);

    v = p0f_hash_add_text(v, text, a);
    return p0f_hash_end(p0f_hash_add_text(v, text + a, b), a + b);
}

static void texts_differ_by_every_byte_and_by_where_they_end(void **state)
{
    char text[41] = "Accept-Language: de-CH, de;q=0.9, en;q=0";
    size_t a, b, i;
    uint64_t hash;

    (void)state;
    hash = of_two(text, 20, 20);
    for (a = 0; a < 40; a++)
        if (a != 20)
            assert_true(of_two(text, a, 40 - a) != hash);
    for (b = 0; b <= 20; b++) {
        hash = of_two(text, 20, b);
        assert_true(b == 20 || hash != of_two(text, 20, b + 1));
        for (i = 0; i < 20 + b; i++) {
            text[i] ^= 1;
            assert_true(of_two(text, 20, b) != hash);
            text[i] ^= 1;
        }
        assert_true(of_two(text, 20, b) == hash);
    }
    assert_true(of_two("\0\0", 1, 0) != of_two("\0\0", 2, 0));
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
        cmocka_unit_test(known_answers_of_the_long_form),
        cmocka_unit_test(texts_differ_by_every_byte_and_by_where_they_end),
        cmocka_unit_test(another_secret_gives_another_hash),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
