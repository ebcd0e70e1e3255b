/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP and TCP headers: which packets are taken, which are dropped and why,
 * every truncation, extension headers, and the way back from a packed header.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "p0f_engine/addr.h"
#include "p0f_engine/sig.h"
#include "packets.h"

#define LINUX_SYN "M1460 K T1/0 N W7"

static p0f_drop_t parse(const char *text, bool strict, p0f_packet_t *out)
{
    return p0f_packet_parse(packets_make(text), strict, out);
}

static void header_fields_are_read(void **state)
{
    p0f_packet_t p;
    char text[P0F_ADDR_TEXT];

    (void)state;
    assert_int_equal(parse("ttl=54 tos=0xb8 id=77 seq=9 ack=3 urg=4 win=512 "
                           "sport=1234 data=3 ipopt=8 " LINUX_SYN, false, &p),
                     P0F_DROP_NONE);
    assert_int_equal(p.version, 4);
    assert_int_equal(p.ttl, 54);
    assert_int_equal(p.tos, 0xb8);
    assert_int_equal(p.ip_id, 77);
    assert_int_equal(p.seq, 9);
    assert_int_equal(p.ack, 3);
    assert_int_equal(p.urgent, 4);
    assert_int_equal(p.window, 512);
    assert_int_equal(p.sport, 1234);
    assert_int_equal(p.dport, 80);
    assert_int_equal(p.ip_opt_len, 8);
    assert_int_equal(p.hdr_len, 28 + 40);
    assert_int_equal(p.payload_len, 3);
    assert_int_equal(p.payload.len, 3);
    assert_int_equal(p.opt.mss, 1460);
    assert_int_equal(p.opt.wscale, 7);
    assert_int_equal(p.opt.ts1, 1);
    p0f_addr_format(&p.src, text);
    assert_string_equal(text, "10.0.0.1");
    p0f_addr_format(&p.dst, text);
    assert_string_equal(text, "10.0.0.2");
}

static void every_truncation_is_dropped_or_read_within_bounds(void **state)
{
    static const char *const texts[] = {
        LINUX_SYN, "v6 " LINUX_SYN, "ipopt=40 " LINUX_SYN, "data=20 " LINUX_SYN,
        "v6 data=20 M1460", "M1460 x05010000"
    };
    uint8_t buffer[PACKET_MAX];
    p0f_packet_t p;
    size_t i, n, cut;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        n = packets_build(texts[i], buffer);
        for (cut = 0; cut < n; cut++) {
            bool whole_headers;

            assert_int_not_equal(
                p0f_packet_parse(packets_guard(buffer, cut), true, &p),
                P0F_DROP_NONE);
            whole_headers = p0f_packet_parse(packets_guard(buffer, n), false,
                                             &p) == P0F_DROP_NONE
                && cut >= p.hdr_len;
            assert_int_equal(
                p0f_packet_parse(packets_guard(buffer, cut), false, &p)
                    == P0F_DROP_NONE, whole_headers);
        }
    }
}

/* Any bytes at all: every single-byte change of a packet, and noise. */
static void damaged_packets_never_read_out_of_bounds(void **state)
{
    uint8_t buffer[PACKET_MAX];
    size_t n = packets_build("v6 " LINUX_SYN, buffer), i, round;
    uint32_t noise = 1;
    p0f_packet_t p;
    unsigned int value;

    (void)state;
    for (i = 0; i < n; i++)
        for (value = 0; value < 256; value++) {
            uint8_t kept = buffer[i];
            p0f_drop_t drop;

            buffer[i] = (uint8_t)value;
            drop = p0f_packet_parse(packets_guard(buffer, n), false, &p);
            assert_in_range(drop, P0F_DROP_NONE, P0F_DROP_COUNT - 1);
            buffer[i] = kept;
        }
    for (round = 0; round < 20000; round++) {
        for (i = 0; i < 100; i++) {
            noise = noise * 1664525u + 1013904223u;
            buffer[i] = (uint8_t)(noise >> 24);
        }
        buffer[0] = (uint8_t)(round & 1 ? 0x45 : 0x60);
        assert_in_range(p0f_packet_parse(packets_guard(buffer, 100), false,
                                         &p), 0, P0F_DROP_COUNT - 1);
    }
}

static void reasons_for_dropping(void **state)
{
    static const struct {
        const char *text;
        size_t off;                  /* byte to change */
        int value;                   /* -1: none */
        p0f_drop_t drop;
    } rows[] = {
        { LINUX_SYN, 0, 0x55, P0F_DROP_IP_VERSION },
        { LINUX_SYN, 0, 0x44, P0F_DROP_IP_LENGTH },    /* IHL below 5 */
        { LINUX_SYN, 3, 39, P0F_DROP_IP_LENGTH },      /* total length too small */
        { LINUX_SYN, 3, 0, P0F_DROP_IP_LENGTH },
        { LINUX_SYN, 9, 17, P0F_DROP_NOT_TCP },
        { LINUX_SYN, 6, 0x20, P0F_DROP_IP_FRAGMENT },  /* MF */
        { LINUX_SYN, 7, 1, P0F_DROP_IP_FRAGMENT },     /* offset */
        { LINUX_SYN, 32, 0x40, P0F_DROP_TCP_SHORT },   /* data offset below 5 */
        { LINUX_SYN, 32, 0xf0, P0F_DROP_TCP_SHORT },   /* beyond the packet */
        { "flags=SF", 0, -1, P0F_DROP_TCP_FLAGS },
        { "flags=SR", 0, -1, P0F_DROP_TCP_FLAGS },
        { "flags=FR", 0, -1, P0F_DROP_TCP_FLAGS },
        { "flags=P", 0, -1, P0F_DROP_TCP_FLAGS },
        { "flags=FA", 0, -1, P0F_DROP_NONE },
        { "flags=SPUEC", 0, -1, P0F_DROP_NONE },
        { "v6 " LINUX_SYN, 6, 17, P0F_DROP_NOT_TCP },
        { "v6 " LINUX_SYN, 5, 19, P0F_DROP_IP_LENGTH },
        { "v6 " LINUX_SYN, 6, 59, P0F_DROP_NOT_TCP },  /* no next header */
    };
    uint8_t buffer[PACKET_MAX];
    p0f_packet_t p;
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        n = packets_build(rows[i].text, buffer);
        if (rows[i].value >= 0)
            buffer[rows[i].off] = (uint8_t)rows[i].value;
        assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), false, &p),
                         rows[i].drop);
    }
}

static void link_padding_is_not_payload(void **state)
{
    uint8_t buffer[PACKET_MAX];
    size_t n = packets_build("M1460", buffer);
    p0f_packet_t p;

    (void)state;
    assert_int_equal(p0f_packet_parse(packets_guard(buffer, n + 6), true, &p),
                     P0F_DROP_NONE);
    assert_int_equal(p.payload_len, 0);
    assert_int_equal(p.payload.len, 0);
}

static void syn_with_data_cut_off(void **state)
{
    p0f_packet_t p;

    (void)state;
    assert_int_equal(parse("data=100 cut=90 M1460", true, &p),
                     P0F_DROP_IP_LENGTH);
    assert_int_equal(parse("data=100 cut=90 M1460", false, &p),
                     P0F_DROP_NONE);
    assert_int_equal(p.payload_len, 100);
    assert_int_equal(p.payload.len, 10);
}

static void ack_number_without_flag(void **state)
{
    p0f_packet_t p;

    (void)state;
    parse("ack=2", true, &p);
    assert_false(p.quirks & P0F_QUIRK_NZ_ACK);
    parse("ack=0x01000000", true, &p);
    assert_true(p.quirks & P0F_QUIRK_NZ_ACK);
    parse("ack=2", false, &p);
    assert_true(p.quirks & P0F_QUIRK_NZ_ACK);
    parse("ack=2 flags=SA", false, &p);
    assert_false(p.quirks & P0F_QUIRK_NZ_ACK);
}

/* An IPv6 SYN with N bytes of extension headers CHAIN put in, FIRST the kind
 * of the first. */
static size_t with_extensions(uint8_t first, const uint8_t *chain, size_t n,
                              uint8_t out[PACKET_MAX])
{
    uint8_t plain[PACKET_MAX];
    size_t len = packets_build("v6 flow=5 " LINUX_SYN, plain);

    memcpy(out, plain, 40);
    memcpy(out + 40, chain, n);
    memcpy(out + 40 + n, plain + 40, len - 40);
    out[6] = first;
    packets_put16(out + 4, (unsigned int)(len - 40 + n));
    return len + n;
}

static void ipv6_extension_headers(void **state)
{
    static const uint8_t hop_dest[24] = {
        60, 0, 1, 4, 0, 0, 0, 0, 6, 1, 1, 12
    };
    static const uint8_t ah[16] = { 6, 2 };
    static const uint8_t atomic[8] = { 6, 0, 0, 0, 1, 2, 3, 4 };
    static const uint8_t fragment[8] = { 6, 0, 0, 1, 1, 2, 3, 4 };
    static const uint8_t endless[8] = { 0, 0, 1, 4, 0, 0, 0, 0 };
    uint8_t buffer[PACKET_MAX], chain[17 * 8];
    p0f_packet_t p;
    size_t n, i;

    (void)state;
    n = with_extensions(0, hop_dest, sizeof(hop_dest), buffer);
    assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), false, &p),
                     P0F_DROP_NONE);
    assert_int_equal(p.ip_opt_len, 24);
    assert_int_equal(p.hdr_len, 40 + 24 + 40);
    assert_int_equal(p.sport, 1000);
    assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), true, &p),
                     P0F_DROP_NOT_TCP);
    for (i = 0; i < n; i++)
        assert_int_not_equal(p0f_packet_parse(packets_guard(buffer, i), false,
                                              &p), P0F_DROP_NONE);
    n = with_extensions(51, ah, sizeof(ah), buffer);
    assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), false, &p),
                     P0F_DROP_NONE);
    assert_int_equal(p.ip_opt_len, 16);
    n = with_extensions(44, atomic, sizeof(atomic), buffer);
    assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), false, &p),
                     P0F_DROP_NONE);
    n = with_extensions(44, fragment, sizeof(fragment), buffer);
    assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), false, &p),
                     P0F_DROP_IP_FRAGMENT);
    for (i = 0; i < 17; i++)
        memcpy(chain + i * 8, endless, 8);
    n = with_extensions(0, chain, sizeof(chain), buffer);
    assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), false, &p),
                     P0F_DROP_IP_EXTENSION);
}

static void mapped_address_on_the_wire_is_nobody(void **state)
{
    uint8_t buffer[PACKET_MAX];
    size_t n = packets_build("v6 M1440", buffer);
    p0f_packet_t p;

    (void)state;
    memset(buffer + 8, 0, 10);
    buffer[18] = buffer[19] = 0xff;
    assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), false, &p),
                     P0F_DROP_IP_VERSION);
}

static void assert_same_facts(const p0f_packet_t *a, const p0f_packet_t *b)
{
    p0f_packet_t x = *a, y = *b;

    memset(&x.payload, 0, sizeof(x.payload));
    memset(&y.payload, 0, sizeof(y.payload));
    assert_memory_equal(&x, &y, sizeof(x));
}

static void facts_are_rebuilt_from_the_packed_header(void **state)
{
    static const char *const texts[] = {
        LINUX_SYN, "v6 flow=77 tos=0x2e " LINUX_SYN, "ipopt=12 data=7 ttl=3 " LINUX_SYN,
        "noDF id=0 win=1024 M1460", "MBZ NS flags=SPUEC urg=9 ack=8 seq=0",
        "M1460 N W8 N N K", "N N N N N N N N N N N N N N N N N N N N "
        "M1460 N W8 T1/9", "x020505b4", "M1460 E x000001",
        "data=1000 cut=1000 M1460 x22020000"
    };
    uint8_t buffer[PACKET_MAX];
    p0f_packet_t whole, again;
    p0f_sig_t sig_whole, sig_again;
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        memset(&whole, 0, sizeof(whole));
        n = packets_build(texts[i], buffer);
        assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), false,
                                          &whole), P0F_DROP_NONE);
        assert_int_equal(p0f_packet_rebuild(&whole.raw, &whole.src, &whole.dst,
                                            whole.ip_opt_len, &again),
                         P0F_DROP_NONE);
        assert_same_facts(&whole, &again);
        p0f_sig_take(&whole, 0, &sig_whole);
        p0f_sig_take(&again, 0, &sig_again);
        assert_memory_equal(&sig_whole, &sig_again, sizeof(sig_whole));
    }
}

static void extension_headers_are_rebuilt_as_their_length(void **state)
{
    static const uint8_t hop[8] = { 6, 0, 1, 4, 0, 0, 0, 0 };
    uint8_t buffer[PACKET_MAX];
    size_t n = with_extensions(0, hop, sizeof(hop), buffer);
    p0f_packet_t whole, again;

    (void)state;
    assert_int_equal(p0f_packet_parse(packets_guard(buffer, n), false, &whole),
                     P0F_DROP_NONE);
    assert_int_equal(p0f_packet_rebuild(&whole.raw, &whole.src, &whole.dst,
                                        whole.ip_opt_len, &again),
                     P0F_DROP_NONE);
    assert_same_facts(&whole, &again);
}

static void any_packed_header_is_rebuilt_or_refused(void **state)
{
    p0f_addr_t addr = { { 0 } };
    p0f_rawsyn_t raw;
    p0f_packet_t p;
    uint8_t *bytes = (uint8_t *)&raw;
    uint32_t noise = 7;
    size_t i, round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        for (i = 0; i < sizeof(raw); i++) {
            noise = noise * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(noise >> 24);
        }
        raw.ip[0] = (uint8_t)((round & 1 ? 0x40 : 0x60) | (raw.ip[0] & 15));
        assert_in_range(p0f_packet_rebuild(&raw, &addr, &addr,
                                           (uint16_t)noise, &p),
                        0, P0F_DROP_COUNT - 1);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_fields_are_read),
        cmocka_unit_test(every_truncation_is_dropped_or_read_within_bounds),
        cmocka_unit_test(damaged_packets_never_read_out_of_bounds),
        cmocka_unit_test(reasons_for_dropping),
        cmocka_unit_test(link_padding_is_not_payload),
        cmocka_unit_test(syn_with_data_cut_off),
        cmocka_unit_test(ack_number_without_flag),
        cmocka_unit_test(ipv6_extension_headers),
        cmocka_unit_test(mapped_address_on_the_wire_is_nobody),
        cmocka_unit_test(facts_are_rebuilt_from_the_packed_header),
        cmocka_unit_test(extension_headers_are_rebuilt_as_their_length),
        cmocka_unit_test(any_packed_header_is_rebuilt_or_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
