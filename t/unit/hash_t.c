/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-1-3, short and long: known answers (key 00 .. 0f, data 00, 01, 02
 * ...), computed from its authors' definition by a program that gives their
 * own vectors of SipHash-2-4; and what it is made of for keys of tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "p0f_engine/hash.h"

static p0f_hash_secret_t prepare(unsigned int first)
{
    unsigned char key[P0F_HASH_SECRET];
    size_t i;

    for (i = 0; i < sizeof(key); i++)
        key[i] = (unsigned char)(first + i);
    return p0f_hash_prepare(key);
}

/* The hash as it is defined, of N whole words. */
static uint64_t siphash(p0f_hash_state_t v, const uint64_t *words, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        v = p0f_hash_add(v, words[i]);
    return p0f_hash_end(p0f_hash_add(v, (uint64_t)n << 59));
}

static void known_answers(void **state)
{
    static const struct {
        size_t words;
        uint64_t hash;
    } rows[] = {
        { 0, 0xabac0158050fc4dc }, { 1, 0x369095118d299a8e },
        { 2, 0xcc4fdd1a7d908b66 }, { 5, 0xc1d2363299e41531 }
    };
    unsigned char data[40];
    uint64_t words[5];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char)i;
    for (i = 0; i < 5; i++)
        words[i] = p0f_hash_word(data + 8 * i);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(siphash(prepare(0).begun, words, rows[i].words)
                    == rows[i].hash);
}

static p0f_addr_t v4(unsigned int n)
{
    return (p0f_addr_t){ { [10] = 0xff, [11] = 0xff, [12] = 10,
                           [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n } };
}

/* ADDR with its byte AT changed: of an IPv4 address's first 12 none. */
static p0f_addr_t changed(p0f_addr_t addr, unsigned int at)
{
    addr.b[at] ^= 0x40;
    return addr;
}

static uint64_t host_of(const p0f_addr_t *addr)
{
    const p0f_hash_secret_t secret = prepare(0);

    return p0f_hash_end(p0f_hash_addr(&secret, addr));
}

static uint64_t conn_of(const p0f_connkey_t *key)
{
    const p0f_hash_secret_t secret = prepare(0);

    return p0f_hash_conn(p0f_hash_addr(&secret, &key->peer), key);
}

static void another_secret_gives_another_hash(void **state)
{
    const p0f_hash_secret_t a = prepare(0), b = prepare(1);
    const p0f_addr_t addr = v4(1);

    (void)state;
    assert_true(p0f_hash_end(p0f_hash_addr(&a, &addr))
                != p0f_hash_end(p0f_hash_addr(&b, &addr)));
}

/* What is worked in ahead is what would be worked in now. */
static void an_address_is_its_two_words(void **state)
{
    const p0f_hash_secret_t secret = prepare(0);
    unsigned int i;

    (void)state;
    for (i = 0; i < 17; i++) {                   /* the last is of IPv4 */
        const p0f_addr_t addr = i < 16 ? changed(v4(7), i) : v4(7);
        const p0f_hash_state_t v = p0f_hash_add(
            p0f_hash_add(secret.begun, p0f_hash_word(addr.b)),
            p0f_hash_word(addr.b + 8));

        assert_true(host_of(&addr) == p0f_hash_end(v));
        assert_int_equal(p0f_addr_is_v4(&addr), i >= 12);
    }
}

static void a_connection_of_ipv4_is_one_word_behind_its_peer(void **state)
{
    const p0f_hash_secret_t secret = prepare(0);
    p0f_connkey_t key = { v4(0x102), v4(0x304), 0x5060, 0x7080 };
    p0f_hash_state_t v = p0f_hash_add(p0f_hash_add(secret.begun, 0),
                                      0x0201000affff0000u);

    (void)state;
    assert_true(conn_of(&key)
                == p0f_hash_end(p0f_hash_add(v, 0x0403000a50607080u)));
    key.local = changed(key.local, 0);
    v.b ^= 0xee;
    v = p0f_hash_add(p0f_hash_add(v, 0x40), 0x0403000affff0000u);
    assert_true(conn_of(&key) == p0f_hash_end(p0f_hash_add(v, 0x50607080u)));
}

/* By construction, so not one of these. Those of IPv6 include such as differ
 * from an IPv4 connection in the least, and have that one's word for local
 * address and ports at any place. */
static void no_two_connections_share_a_hash(void **state)
{
    enum { AT_ONCE = 38, BASES = 60 };
    static uint64_t hashes[BASES * AT_ONCE];
    size_t n = 0, i, j;

    (void)state;
    for (i = 0; i < BASES; i++) {
        const p0f_connkey_t base = { v4((unsigned int)i), v4(1001),
                                     (uint16_t)(80 + i), 80 };

        for (j = 0; j < AT_ONCE; j++) {
            p0f_connkey_t key = base;
            uint64_t word = 0xe803000a00500050u + ((uint64_t)i << 16);

            if (j < 12)
                key.peer = changed(key.peer, (unsigned int)j);
            else if (j < 24)
                key.local = changed(key.local, (unsigned int)j - 12);
            else if (j < 32)
                memcpy((j & 1 ? key.local.b : key.peer.b) + (j & 2 ? 8 : 0),
                       &word, j & 4 ? 8 : 7);
            else if (j < 37)
                key.local_port = (uint16_t)(1u << j % 16);
            hashes[n++] = conn_of(&key);
        }
    }
    for (i = 0; i < n; i++)
        for (j = 0; j < i; j++)
            assert_true(hashes[i] != hashes[j]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(another_secret_gives_another_hash),
        cmocka_unit_test(an_address_is_its_two_words),
        cmocka_unit_test(a_connection_of_ipv4_is_one_word_behind_its_peer),
        cmocka_unit_test(no_two_connections_share_a_hash),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
