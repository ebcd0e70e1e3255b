/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capture's filter: SYNs to listening addresses pass, whatever tags and
 * extension headers stand before them, and nothing else does. The programs
 * run in libpcap's interpreter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <pcap/pcap.h>

#include "p0f_engine/addr.h"
#include "p0f_engine/link.h"
#include "p0f_engine/synfilter.h"
#include "packets.h"

#define SNAPLEN 256

static p0f_syntarget_t target(const char *addr, uint16_t port)
{
    p0f_syntarget_t t = { .port = port };
    uint8_t bytes[16];

    if (strchr(addr, ':')) {
        assert_int_equal(inet_pton(AF_INET6, addr, bytes), 1);
        t.addr = p0f_addr_from_v6(bytes);
    } else {
        assert_int_equal(inet_pton(AF_INET, addr, bytes), 1);
        t.addr = p0f_addr_from_v4(bytes);
    }
    return t;
}

/* What the filter for TARGETS says to LEN bytes at FRAME: bytes to keep. */
static unsigned int run(int dlt, const p0f_syntarget_t *targets,
                        size_t count, const uint8_t *frame, size_t len)
{
    static p0f_synfilter_ins_t ins[P0F_SYNFILTER_ROOM];
    p0f_bytes_t b = packets_guard(frame, len);
    struct pcap_pkthdr header = { .caplen = (bpf_u_int32)len,
                                  .len = (bpf_u_int32)len };
    struct bpf_program prog = { .bf_insns = (struct bpf_insn *)ins };
    size_t n;

    assert_int_equal(p0f_synfilter_build(ins, &n, dlt, SNAPLEN, targets,
                                         count, NULL), P0F_OK);
    assert_in_range(n, 1, P0F_SYNFILTER_ROOM);
    assert_int_equal(bpf_validate(prog.bf_insns, (int)n), 1);
    prog.bf_len = (u_int)n;
    return (unsigned int)pcap_offline_filter(&prog, &header, b.data);
}

/* FRAME = LINK, given in hex, and the packet that TEXT describes. */
static size_t frame_of(const char *link, const char *text,
                       uint8_t frame[PACKET_MAX + 64])
{
    uint8_t packet[PACKET_MAX];
    size_t n = 0, len = packets_build(text, packet);

    for (; link[0] && link[1]; link += 2) {
        char hex[3] = { link[0], link[1], 0 };

        if (*link == ' ') {
            link--;
            continue;
        }
        frame[n++] = (uint8_t)strtoul(hex, NULL, 16);
    }
    memcpy(frame + n, packet, len);
    return n + len;
}

#define MACS "020000000001 020000000002 "
#define SLL  "0000 0001 0006 020000000001 0000 "
#define SLL2(type) type " 0000 00000002 0001 00 06 0200000000010000 "

static const struct {
    const char *name;
    int dlt;
    const char *link, *packet;
    bool passes;
} rows[] = {
    { "a SYN", P0F_DLT_EN10MB, MACS "0800", "", true },
    { "a SYN over IPv6", P0F_DLT_EN10MB, MACS "86dd", "v6", true },
    { "with IP options", P0F_DLT_EN10MB, MACS "0800", "ipopt=8", true },
    { "with ECN", P0F_DLT_EN10MB, MACS "0800", "flags=SEC", true },
    { "SYN and FIN: the engine judges", P0F_DLT_EN10MB, MACS "0800",
      "flags=SF", true },
    { "another port", P0F_DLT_EN10MB, MACS "0800", "dport=81", false },
    { "the port as source", P0F_DLT_EN10MB, MACS "0800",
      "sport=80 dport=81", false },
    { "another port, IPv6", P0F_DLT_EN10MB, MACS "86dd", "v6 dport=81",
      false },
    { "SYN and ACK", P0F_DLT_EN10MB, MACS "0800", "flags=SA", false },
    { "ACK", P0F_DLT_EN10MB, MACS "0800", "flags=A", false },
    { "ACK, IPv6", P0F_DLT_EN10MB, MACS "86dd", "v6 flags=A", false },
    { "reset", P0F_DLT_EN10MB, MACS "0800", "flags=R", false },
    { "ARP", P0F_DLT_EN10MB, MACS "0806", "", false },
    { "a tag", P0F_DLT_EN10MB, MACS "8100 0005 0800", "", true },
    { "a tag, IPv6", P0F_DLT_EN10MB, MACS "8100 0005 86dd", "v6", true },
    { "QinQ", P0F_DLT_EN10MB, MACS "88a8 0064 8100 0005 0800", "", true },
    { "old QinQ", P0F_DLT_EN10MB, MACS "9100 0064 8100 0005 0800", "",
      true },
    { "QinQ, another port", P0F_DLT_EN10MB,
      MACS "88a8 0064 8100 0005 0800", "dport=8080", false },
    { "three tags", P0F_DLT_EN10MB,
      MACS "88a8 0001 8100 0002 8100 0003 86dd", "v6", true },
    { "four tags", P0F_DLT_EN10MB,
      MACS "88a8 0001 8100 0002 8100 0003 8100 0004 0800", "", false },
    { "cooked", P0F_DLT_LINUX_SLL, SLL "0800", "", true },
    { "cooked, IPv6", P0F_DLT_LINUX_SLL, SLL "86dd", "v6", true },
    { "cooked, another port", P0F_DLT_LINUX_SLL, SLL "0800", "dport=1",
      false },
    { "cooked, a tag", P0F_DLT_LINUX_SLL, SLL "8100 0005 0800", "", true },
    { "cooked, a tag behind IP's type", P0F_DLT_LINUX_SLL,
      SLL "0800 0005 0800", "", true },
    { "cooked, a tag behind IPv6's type", P0F_DLT_LINUX_SLL,
      SLL "86dd 0005 86dd", "v6", true },
    { "cooked version 2", P0F_DLT_LINUX_SLL2, SLL2("0800"), "", true },
    { "cooked version 2, IPv6", P0F_DLT_LINUX_SLL2, SLL2("86dd"), "v6",
      true },
    { "no link header", P0F_DLT_RAW, "", "", true },
    { "no link header, IPv6", P0F_DLT_RAW, "", "v6", true },
    { "loopback of BSD", P0F_DLT_NULL, "02000000", "", true },
    { "loopback of BSD, IPv6", P0F_DLT_LOOP, "0000001e", "v6", true },
};

static void a_syn_to_a_port_passes_alone(void **state)
{
    const p0f_syntarget_t any = target("::", 80);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t frame[PACKET_MAX + 64];
        size_t n = frame_of(rows[i].link, rows[i].packet, frame);

        if (run(rows[i].dlt, &any, 1, frame, n)
            != (rows[i].passes ? SNAPLEN : 0))
            fail_msg("%s", rows[i].name);
    }
}

static void a_frame_cut_anywhere_is_read_no_further(void **state)
{
    const p0f_syntarget_t any = target("::", 80);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t frame[PACKET_MAX + 64];
        size_t n = frame_of(rows[i].link, rows[i].packet, frame);

        for (size_t cut = 0; cut + 6 < n; cut++)
            assert_int_equal(run(rows[i].dlt, &any, 1, frame, cut), 0);
    }
}

/* Puts the extension headers CHAIN (kind, length in bytes) behind the fixed
 * header of an IPv6 packet at P with LEN bytes. */
static size_t extend(uint8_t *p, size_t len, const uint8_t (*chain)[2],
                     size_t count)
{
    uint8_t rest[PACKET_MAX];
    size_t n = len - 40, at = 40;

    memcpy(rest, p + 40, n);
    for (size_t i = 0; i < count; i++) {
        uint8_t kind = chain[i][0], bytes = chain[i][1];

        p[i ? at - chain[i - 1][1] : 6] = kind;
        memset(p + at, 0, bytes);
        p[at] = 6;
        p[at + 1] = (uint8_t)(kind == 51 ? bytes / 4 - 2
                              : kind == 44 ? 0 : bytes / 8 - 1);
        at += bytes;
    }
    memcpy(p + at, rest, n);
    return at + n;
}

static void ipv6_extension_headers_are_followed(void **state)
{
    static const struct {
        const char *packet;
        uint8_t chain[9][2];
        size_t count;
        bool passes;
    } table[] = {
        { "v6", { { 0, 8 } }, 1, true },
        { "v6", { { 60, 24 } }, 1, true },
        { "v6", { { 51, 12 } }, 1, true },
        { "v6", { { 44, 8 } }, 1, true },
        { "v6", { { 0, 8 }, { 60, 16 }, { 43, 8 }, { 44, 8 }, { 51, 12 },
                  { 135, 8 }, { 139, 8 }, { 60, 8 } }, 8, true },
        { "v6 dport=81", { { 0, 8 } }, 1, false },
        { "v6 flags=SA", { { 60, 8 } }, 1, false },
        { "v6", { { 50, 8 } }, 1, false },      /* encrypted */
        { "v6", { { 59, 8 } }, 1, false },      /* nothing follows */
        { "v6", { { 60, 8 }, { 60, 8 }, { 60, 8 }, { 60, 8 }, { 60, 8 },
                  { 60, 8 }, { 60, 8 }, { 60, 8 }, { 60, 8 } }, 9, false },
    };
    const p0f_syntarget_t any = target("::", 80);

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        uint8_t packet[2 * PACKET_MAX];
        size_t n = packets_build(table[i].packet, packet);

        n = extend(packet, n, table[i].chain, table[i].count);
        if (run(P0F_DLT_RAW, &any, 1, packet, n)
            != (table[i].passes ? SNAPLEN : 0))
            fail_msg("row %zu", i);
    }
}

static void fragments_dont_pass(void **state)
{
    const p0f_syntarget_t any = target("::", 80);
    static const uint8_t fragment[1][2] = { { 44, 8 } };
    uint8_t packet[2 * PACKET_MAX];
    size_t n = packets_build("", packet);

    (void)state;
    packet[6] = 0x20;                /* more fragments */
    assert_int_equal(run(P0F_DLT_RAW, &any, 1, packet, n), 0);
    packet[6] = 0, packet[7] = 1;    /* a later one */
    assert_int_equal(run(P0F_DLT_RAW, &any, 1, packet, n), 0);
    n = extend(packet, packets_build("v6", packet), fragment, 1);
    assert_int_equal(run(P0F_DLT_RAW, &any, 1, packet, n), SNAPLEN);
    packet[43] = 8;
    assert_int_equal(run(P0F_DLT_RAW, &any, 1, packet, n), 0);
}

static void addresses_are_compared_where_listen_names_them(void **state)
{
    static const struct {
        const char *addr, *packet;
        bool passes;
    } table[] = {
        { "10.0.0.2", "", true },
        { "10.0.0.3", "", false },
        { "10.0.0.2", "v6", false },
        { "0.0.0.0", "", true },
        { "0.0.0.0", "v6", false },
        { "::", "", true },
        { "::", "v6", true },
        { "fd00::2", "v6", true },
        { "fd00::2", "v6 dst=3", false },
        { "fd00:0:1::2", "v6", false },
        { "fd00::2", "", false },
        { "::ffff:10.0.0.2", "", true },
    };
    uint8_t packet[PACKET_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const p0f_syntarget_t t = target(table[i].addr, 80);
        size_t n = packets_build(table[i].packet, packet);

        if (run(P0F_DLT_RAW, &t, 1, packet, n)
            != (table[i].passes ? SNAPLEN : 0))
            fail_msg("row %zu", i);
    }
}

static void each_address_has_its_own_ports(void **state)
{
    const p0f_syntarget_t t[] = {
        target("10.0.0.2", 80), target("10.0.0.3", 443),
        target("::", 8080), target("fd00::2", 443)
    };
    static const struct {
        const char *packet;
        bool passes;
    } table[] = {
        { "dst=2 dport=80", true }, { "dst=2 dport=443", false },
        { "dst=3 dport=80", false }, { "dst=3 dport=443", true },
        { "dst=9 dport=8080", true }, { "v6 dst=9 dport=8080", true },
        { "v6 dst=2 dport=443", true }, { "v6 dst=2 dport=80", false },
    };
    uint8_t packet[PACKET_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t n = packets_build(table[i].packet, packet);

        if (run(P0F_DLT_RAW, t, 4, packet, n)
            != (table[i].passes ? SNAPLEN : 0))
            fail_msg("%s", table[i].packet);
    }
}

static void many_addresses_become_their_ports(void **state)
{
    p0f_syntarget_t t[200];
    uint8_t packet[PACKET_MAX];
    size_t n = packets_build("dst=250 dport=99", packet);

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        t[i] = target("10.0.0.0", (uint16_t)i);
        t[i].addr.b[15] = (uint8_t)i;
    }
    assert_int_equal(run(P0F_DLT_RAW, t, 200, packet, n), SNAPLEN);
    assert_int_equal(run(P0F_DLT_RAW, t, P0F_SYNFILTER_ADDRESSES, packet, n),
                     0);
}

static void what_cannot_be_said_is_refused(void **state)
{
    static p0f_synfilter_ins_t ins[P0F_SYNFILTER_ROOM];
    static p0f_syntarget_t t[5000];
    p0f_error_t err;
    size_t n;

    (void)state;
    assert_int_equal(p0f_synfilter_build(ins, &n, P0F_DLT_IEEE802_11,
                                         SNAPLEN, t, 1, &err), P0F_EFILTER);
    assert_string_equal(err.text, "link type 105 is not supported");
    assert_int_equal(n, 0);
    assert_int_equal(p0f_synfilter_build(ins, &n, P0F_DLT_RAW, SNAPLEN, t,
                                         5000, &err), P0F_ELIMIT);
    assert_string_equal(err.text, "5000 listening addresses are too many for "
                                  "a packet filter");
    assert_int_equal(n, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syn_to_a_port_passes_alone),
        cmocka_unit_test(a_frame_cut_anywhere_is_read_no_further),
        cmocka_unit_test(ipv6_extension_headers_are_followed),
        cmocka_unit_test(fragments_dont_pass),
        cmocka_unit_test(addresses_are_compared_where_listen_names_them),
        cmocka_unit_test(each_address_has_its_own_ports),
        cmocka_unit_test(many_addresses_become_their_ports),
        cmocka_unit_test(what_cannot_be_said_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("synfilter", tests, NULL, NULL);
}
