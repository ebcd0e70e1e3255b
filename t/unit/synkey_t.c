/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of SYNs: what says nothing makes no difference, all else does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "p0f_engine/sig.h"
#include "p0f_engine/synkey.h"
#include "packets.h"

static const char *const kinds[] = {
    "win=64240 M1460 K T9/0 N W7", "ttl=128 win=64240 M1460 N W8 N N K",
    "win=65535 id=0 M1460 N W6 N N T7/0 K E", "ttl=255 win=1024 noDF M1460",
    "", "T5/0 M1460", "seq=0 T0/0 M1400", "noDF id=0 T5/6 N N", "tos=3 W20",
    "E x01 M1460", "flags=SPU urg=7 M1460", "ack=9 M1460 K",
    "MBZ NS flags=SEC M1460 W9", "M1460 x1e0c0001020304050607 x0809 N N",
    "v6 win=64800 M1440 K T9/0 N W7", "v6 flow=5 win=65535 M1440 N W6",
    "v6 flow=0 win=65535 seq=0 M1440 N W6"
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint32_t seed = 1;

static uint32_t any(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static p0f_bytes_t described(const char *text, uint8_t buffer[PACKET_MAX])
{
    return packets_guard(buffer, packets_build(text, buffer));
}

/* All that is said of a packet from its key. */
static void take_facts(p0f_bytes_t ip, p0f_sig_t *sig, uint8_t *tos)
{
    p0f_packet_t packet;

    memset(sig, 0, sizeof(*sig));
    assert_int_equal(p0f_packet_parse(ip, false, &packet), P0F_DROP_NONE);
    p0f_sig_take(&packet, 0, sig);
    sig->ts1 = 0;
    *tos = packet.tos;
}

/* A packet's key and mask. */
typedef struct {
    p0f_synkey_t key;
    p0f_synmask_t mask;
} kind_t;

static bool take(p0f_bytes_t ip, kind_t *out)
{
    return p0f_synkey_take(ip, 7, &out->key)
        && p0f_synkey_mask(&out->key, &out->mask);
}

/* True if KEY agrees with A in A's mask and in what is 0. */
static bool is_of(const kind_t *a, const p0f_synkey_t *key)
{
    uint64_t differs = a->key.words ^ key->words;

    for (unsigned int i = 0; i < a->key.words && i < key->words; i++)
        differs |= (a->key.word[i] ^ key->word[i]) & a->mask.word[i];
    return !differs && p0f_synkey_numbers(key, a->mask.stamps).zeros
                       == p0f_synkey_numbers(&a->key, a->mask.stamps).zeros;
}

static void each_kind_has_a_key_of_its_own(void **state)
{
    static uint8_t buffer[KINDS][PACKET_MAX];
    kind_t kind[KINDS];

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        size_t len = packets_build(kinds[i], buffer[i]);

        assert_true(take((p0f_bytes_t){ buffer[i], len }, &kind[i]));
        assert_true(is_of(&kind[i], &kind[i].key));
        for (size_t k = 0; k < i; k++) {
            assert_false(is_of(&kind[i], &kind[k].key));
            assert_false(is_of(&kind[k], &kind[i].key));
        }
    }
}

static void the_tag_counts(void **state)
{
    uint8_t buffer[PACKET_MAX];
    p0f_bytes_t ip = described(kinds[0], buffer);
    p0f_synkey_t other;
    kind_t kind;

    (void)state;
    assert_true(take(ip, &kind));
    assert_true(p0f_synkey_take(ip, 8, &other));
    assert_false(is_of(&kind, &other));
}

static void numbers_are_those_of_the_packet(void **state)
{
    uint8_t buffer[PACKET_MAX];
    p0f_packet_t packet;
    kind_t kind;

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        p0f_bytes_t ip = described(kinds[i], buffer);
        p0f_synnumbers_t numbers;

        assert_true(take(ip, &kind));
        assert_int_equal(p0f_packet_parse(ip, false, &packet), P0F_DROP_NONE);
        numbers = p0f_synkey_numbers(&kind.key, kind.mask.stamps);
        assert_int_equal(numbers.seq, packet.seq);
        assert_int_equal(numbers.ts1, packet.opt.ts1);
    }
}

/* Any change of a few bytes that leaves a packet of the same kind leaves what
 * is said as it is; and one that changes what is said makes another kind. */
static void packets_of_one_kind_say_the_same(void **state)
{
    uint8_t buffer[PACKET_MAX], other_buffer[PACKET_MAX], tos, other_tos;
    unsigned int same = 0, different = 0;
    p0f_synkey_t other;
    p0f_sig_t sig, other_sig;
    kind_t kind;

    (void)state;
    for (unsigned int round = 0; round < 200000; round++) {
        size_t len = packets_build(kinds[any(KINDS)], buffer);
        p0f_bytes_t ip = { buffer, len }, other_ip = { other_buffer, len };

        memcpy(other_buffer, buffer, len);
        for (unsigned int n = 1 + any(3); n; n--)
            other_buffer[any((uint32_t)len)] = (uint8_t)any(256);
        assert_true(take(ip, &kind));
        if (!p0f_synkey_take(other_ip, 7, &other))
            continue;
        if (!is_of(&kind, &other)) {
            different++;
            continue;
        }
        same++;
        take_facts(ip, &sig, &tos);
        take_facts(other_ip, &other_sig, &other_tos);
        assert_memory_equal(&sig, &other_sig, sizeof(sig));
        assert_int_equal(tos, other_tos);
    }
    assert_in_range(same, 20000, 200000);
    assert_in_range(different, 20000, 200000);
}

static void what_differs_between_syns_of_a_machine_isnt_in_it(void **state)
{
    /* offset and length in an IPv4 SYN with "win=64240 M1460 K T9/1 N W7" */
    static const struct {
        size_t at, len;
    } parts[] = {
        { 4, 2 }, { 10, 2 }, { 12, 4 }, { 16, 4 }, { 20, 2 }, { 22, 2 },
        { 24, 4 }, { 36, 2 }, { 48, 4 }, { 52, 4 }
    };
    uint8_t buffer[PACKET_MAX];
    size_t len = packets_build("win=64240 M1460 K T9/1 N W7", buffer);
    p0f_synkey_t other;
    kind_t kind;

    (void)state;
    assert_true(take((p0f_bytes_t){ buffer, len }, &kind));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (size_t k = 0; k < parts[i].len; k++)
            buffer[parts[i].at + k] = (uint8_t)(1 + any(255));
        assert_true(p0f_synkey_take((p0f_bytes_t){ buffer, len }, 7, &other));
        assert_true(is_of(&kind, &other));
        assert_int_equal(p0f_synkey_hash(&other), p0f_synkey_hash(&kind.key));
    }
}

static void odd_packets_have_none(void **state)
{
    static const char *const odd[] = {
        "ipopt=4 M1460", "T5/0 T6/0 M1460 N N", "x0305 M1460", "M1460 x080a0000",
        "M1460 x0200", "x050a0102030405060708 N N", "M1460 N N x09"
    };
    uint8_t buffer[PACKET_MAX];
    kind_t kind;

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        assert_false(take(described(odd[i], buffer), &kind));
}

/* An IPv4 address in an IPv6 header: the packet is dropped, whatever kind the
 * rest of it is of. */
static void a_mapped_address_is_of_no_other_kind(void **state)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    uint8_t buffer[PACKET_MAX];
    size_t len = packets_build("v6 win=64800 M1440 K T9/0 N W7", buffer);
    p0f_synkey_t other;
    kind_t kind;

    (void)state;
    assert_true(take((p0f_bytes_t){ buffer, len }, &kind));
    for (size_t at = 8; at <= 24; at += 16) {
        uint8_t address[16];

        memcpy(address, buffer + at, 16);
        memcpy(buffer + at, mapped, sizeof(mapped));
        assert_true(p0f_synkey_take((p0f_bytes_t){ buffer, len }, 7, &other));
        assert_false(is_of(&kind, &other));
        memcpy(buffer + at, address, 16);
    }
}

static void cut_off_packets_have_none(void **state)
{
    uint8_t buffer[PACKET_MAX];
    p0f_synkey_t key;

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        size_t len = packets_build(kinds[i], buffer);

        for (size_t n = 0; n < len; n++)
            assert_false(p0f_synkey_take(packets_guard(buffer, n), 7, &key));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_a_key_of_its_own),
        cmocka_unit_test(the_tag_counts),
        cmocka_unit_test(numbers_are_those_of_the_packet),
        cmocka_unit_test(packets_of_one_kind_say_the_same),
        cmocka_unit_test(what_differs_between_syns_of_a_machine_isnt_in_it),
        cmocka_unit_test(odd_packets_have_none),
        cmocka_unit_test(a_mapped_address_is_of_no_other_kind),
        cmocka_unit_test(cut_off_packets_have_none),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("synkey", tests, NULL, NULL);
}
