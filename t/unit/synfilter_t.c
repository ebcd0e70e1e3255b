/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capture's filter: SYNs to listening addresses pass, whatever tags and
 * extension headers stand before them, and nothing else does; where they are
 * too many for that, nothing that should pass is lost. The programs run in
 * libpcap's interpreter.
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

/* The program for sorted TARGETS; valid until the next call. */
static struct bpf_program program(int dlt, const p0f_syntarget_t *targets,
                                  size_t count)
{
    static p0f_synfilter_ins_t ins[P0F_SYNFILTER_ROOM];
    struct bpf_program prog = { .bf_insns = (struct bpf_insn *)ins };
    size_t n;

    assert_int_equal(p0f_synfilter_build(ins, &n, dlt, SNAPLEN, targets,
                                         count, NULL), P0F_OK);
    assert_in_range(n, 1, P0F_SYNFILTER_ROOM / 2);
    assert_int_equal(bpf_validate(prog.bf_insns, (int)n), 1);
    prog.bf_len = (u_int)n;
    return prog;
}

/* What PROG says to LEN bytes at FRAME: bytes to keep. */
static unsigned int verdict(const struct bpf_program *prog,
                            const uint8_t *frame, size_t len)
{
    p0f_bytes_t b = packets_guard(frame, len);
    struct pcap_pkthdr header = { .caplen = (bpf_u_int32)len,
                                  .len = (bpf_u_int32)len };

    return (unsigned int)pcap_offline_filter(prog, &header, b.data);
}

/* What the filter for TARGETS, in any order, says. */
static unsigned int run(int dlt, const p0f_syntarget_t *targets,
                        size_t count, const uint8_t *frame, size_t len)
{
    p0f_syntarget_t sorted[16];
    struct bpf_program prog;

    assert_in_range(count, 1, 16);
    memcpy(sorted, targets, count * sizeof(*targets));
    prog = program(dlt, sorted, p0f_syntargets_sort(sorted, count));
    return verdict(&prog, frame, len);
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

/* ---- many targets ------------------------------------------------------ */

#define MANY 6000

/* A number below N; the same ones each time. */
static uint32_t draw(uint32_t n)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % n;
}

/* How random targets come about: of so many addresses, any among them or
 * not, and each port behind the last one's by a random number up to APART. */
typedef struct {
    uint32_t targets, addresses, apart;
    bool any, v6;
} mix_t;

/* Address N, of IPv4 or IPv6: some lie side by side, some don't. */
static p0f_addr_t nth_address(uint32_t n, bool v6)
{
    p0f_syntarget_t t = target(v6 ? "fd00::" : "10.0.0.0", 0);

    t.addr.b[15] = (uint8_t)(n % 5 + n / 5 * 7);
    t.addr.b[14] = (uint8_t)(n / 100);
    if (v6)
        t.addr.b[7] = (uint8_t)(n % 2);
    return t.addr;
}

static p0f_addr_t random_address(const mix_t *mix)
{
    const uint32_t n = draw(mix->addresses + 1);

    if (mix->any && draw(4) == 0)
        return target(draw(3) ? "::" : "0.0.0.0", 0).addr;
    return nth_address(n, mix->v6 && draw(2));
}

static size_t random_targets(const mix_t *mix, p0f_syntarget_t *out)
{
    uint32_t port = draw(65536);

    for (uint32_t i = 0; i < mix->targets; i++) {
        port += 1 + draw(mix->apart);
        out[i] = (p0f_syntarget_t){ random_address(mix), (uint16_t)port };
    }
    return p0f_syntargets_sort(out, mix->targets);
}

/* The plain rule. */
static bool wanted(const p0f_syntarget_t *t, size_t count,
                   const p0f_addr_t *to, uint16_t port)
{
    const p0f_addr_t any = target("::", 0).addr;
    const p0f_addr_t any_v4 = target("0.0.0.0", 0).addr;

    for (size_t i = 0; i < count; i++) {
        if (t[i].port == port
            && (p0f_addr_equal(&t[i].addr, to)
                || p0f_addr_equal(&t[i].addr, &any)
                || (p0f_addr_is_v4(to) && p0f_addr_equal(&t[i].addr, &any_v4))))
            return true;
    }
    return false;
}

/* A SYN to that place, without link header. */
static size_t syn_to(const p0f_addr_t *to, uint16_t port,
                     uint8_t packet[PACKET_MAX])
{
    const bool v4 = p0f_addr_is_v4(to);
    const size_t n = packets_build(v4 ? "" : "v6", packet);

    memcpy(packet + (v4 ? 16 : 24), to->b + (v4 ? 12 : 0), v4 ? 4 : 16);
    packets_put16(packet + (v4 ? 22 : 42), port);
    return n;
}

/* Compares filter and list with the rule, for places at and near targets.
 * Returns how many passed that shouldn't have. */
static size_t compare(const mix_t *mix, const p0f_syntarget_t *t, size_t count)
{
    const struct bpf_program prog = program(P0F_DLT_RAW, t, count);
    size_t beyond = 0;

    for (int i = 0; i < 1500; i++) {
        const p0f_syntarget_t *near = &t[draw((uint32_t)count)];
        const uint16_t port = (uint16_t)(near->port + draw(3) - 1);
        p0f_addr_t to = draw(2) ? near->addr : random_address(mix);
        uint8_t packet[PACKET_MAX];
        size_t n = syn_to(&to, port, packet);
        bool right = wanted(t, count, &to, port);
        bool passes = verdict(&prog, packet, n) == SNAPLEN;

        assert_int_equal(p0f_syntargets_hold(t, count, &to, port), right);
        if (right && !passes)
            fail_msg("a SYN to port %u is lost", port);
        beyond += passes && !right;
    }
    return beyond;
}

static void what_passes_is_what_a_plain_rule_says(void **state)
{
    static p0f_syntarget_t t[MANY];

    (void)state;
    for (int i = 0; i < 200; i++) {
        const uint32_t small = 1 + draw(30), many = i % 8 ? small : 1 + draw(MANY);
        const mix_t mix = {
            .targets = many, .addresses = draw(draw(2) ? 3 : 400),
            .apart = 1 + draw(draw(2) ? 2 : 300), .any = draw(2),
            .v6 = draw(2)
        };
        size_t count = random_targets(&mix, t);
        size_t beyond = compare(&mix, t, count);

        if (p0f_synfilter_exact(t, count))
            assert_int_equal(beyond, 0);
        else
            assert_in_range(count, 100, MANY);
    }
}

/* COUNT targets on addresses 0 to ADDRESSES - 1 (0: any), port PORT and each
 * STEP further. */
static size_t regular(p0f_syntarget_t *t, uint32_t count, uint32_t addresses,
                      bool v6, uint32_t port, uint32_t step)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = addresses ? i / addresses : i;

        t[i] = target("::", (uint16_t)(port + n * step));
        if (addresses)
            t[i].addr = nth_address(i % addresses, v6);
    }
    return p0f_syntargets_sort(t, count);
}

static void usual_lists_are_matched_exactly(void **state)
{
    static const struct {
        const char *name;
        uint32_t count, addresses;
        bool v6;
        uint32_t step;
        size_t most;             /* instructions more than for one port */
    } table[] = {
        { "600 ports apart", 600, 0, false, 37, 680 },
        { "850 ports apart", 850, 0, false, 37, 960 },
        { "6000 ports in line", 6000, 0, false, 1, 1 },
        { "1000 IPv4 addresses with two ports", 2000, 1000, false, 363, 700 },
        { "100 IPv6 addresses with two ports", 200, 100, true, 363, 850 },
        { "10 addresses with 200 ports", 2000, 10, false, 17, 300 },
    };
    static p0f_syntarget_t t[MANY];

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const mix_t mix = { .addresses = 1000, .v6 = table[i].v6 };
        const size_t before = regular(t, 1, 0, false, 80, 1) == 1
            ? program(P0F_DLT_EN10MB, t, 1).bf_len : 0;
        size_t count = regular(t, table[i].count, table[i].addresses,
                               table[i].v6, 80, table[i].step);
        size_t size = program(P0F_DLT_EN10MB, t, count).bf_len;

        if (count != table[i].count || !p0f_synfilter_exact(t, count)
            || size > before + table[i].most)
            fail_msg("%s: %zu instructions", table[i].name, size - before);
        assert_int_equal(compare(&mix, t, count), 0);
    }
}

static void too_many_addresses_become_their_ports(void **state)
{
    static p0f_syntarget_t t[2000];
    const size_t count = regular(t, 2000, 1000, true, 80, 363);
    const struct bpf_program prog = program(P0F_DLT_RAW, t, count);
    const p0f_addr_t other = target("fd00::1:2:3", 0).addr;
    static const struct {
        uint16_t port;
        bool passes;
    } table[] = { { 79, false }, { 80, true }, { 81, false }, { 443, true } };
    uint8_t packet[PACKET_MAX];

    (void)state;
    assert_false(p0f_synfilter_exact(t, count));
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t n = syn_to(&other, table[i].port, packet);

        assert_int_equal(verdict(&prog, packet, n),
                         table[i].passes ? SNAPLEN : 0);
        assert_false(p0f_syntargets_hold(t, count, &other, table[i].port));
    }
}

static void addresses_with_the_same_ports_share_them(void **state)
{
    static p0f_syntarget_t t[900];
    const mix_t mix = { .addresses = 600 };
    size_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < 600; i++) {
        t[count++] = (p0f_syntarget_t){ nth_address(i, false), 8080 };
        if (i % 2)
            continue;
        t[count - 1].port = 80;
        t[count++] = (p0f_syntarget_t){ nth_address(i, false), 443 };
    }
    count = p0f_syntargets_sort(t, count);
    assert_int_equal(count, 900);
    assert_true(p0f_synfilter_exact(t, count));
    assert_int_equal(compare(&mix, t, count), 0);
}

/* Ports on any address: many ones, STEP apart, from 1000 on, and 300 that lie
 * OTHER apart, from 40000 on. */
static void join(uint32_t step, uint32_t other)
{
    static p0f_syntarget_t t[MANY];
    const size_t some = regular(t, 3000, 0, false, 1000, step);
    const size_t count = some + regular(t + some, 300, 0, false, 40000, other);
    const struct bpf_program prog = program(P0F_DLT_RAW, t, count);
    const p0f_addr_t to = target("10.0.0.2", 0).addr;
    const struct {
        uint32_t port;
        bool listed, passes;
    } table[] = {
        { 999, false, false }, { 1000, true, true }, { 1001, false, true },
        { 1000 + 2999 * step, true, true },
        { 1001 + 2999 * step, false, false },
        { 39999, false, false }, { 40000, true, true },
        { 40001, false, false }, { 40000 + 299 * other, true, true },
    };
    uint8_t packet[PACKET_MAX];

    assert_false(p0f_synfilter_exact(t, count));
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const uint16_t port = (uint16_t)table[i].port;
        size_t n = syn_to(&to, port, packet);

        if (verdict(&prog, packet, n) != (table[i].passes ? SNAPLEN : 0)
            || p0f_syntargets_hold(t, count, &to, port) != table[i].listed)
            fail_msg("port %u", table[i].port);
    }
}

static void too_many_ports_are_joined_over_the_smallest_gaps(void **state)
{
    (void)state;
    join(2, 3);
    join(8, 20);
}

static void a_list_in_any_order_is_sorted_and_each_is_there_once(void **state)
{
    p0f_syntarget_t t[] = {
        target("fd00::2", 80), target("10.0.0.2", 443), target("::", 8080),
        target("10.0.0.2", 80), target("fd00::2", 80), target("0.0.0.0", 1),
        target("10.0.0.2", 443)
    };
    static const uint16_t ports[] = { 8080, 1, 80, 443, 80 };

    (void)state;
    assert_int_equal(p0f_syntargets_sort(t, 7), 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(t[i].port, ports[i]);
    assert_int_equal(p0f_syntargets_sort(t, 0), 0);
}

static void another_link_type_is_refused(void **state)
{
    static p0f_synfilter_ins_t ins[P0F_SYNFILTER_ROOM];
    const p0f_syntarget_t t = target("::", 80);
    p0f_error_t err;
    size_t n;

    (void)state;
    assert_int_equal(p0f_synfilter_build(ins, &n, P0F_DLT_IEEE802_11,
                                         SNAPLEN, &t, 1, &err), P0F_EFILTER);
    assert_string_equal(err.text, "link type 105 is not supported");
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
        cmocka_unit_test(what_passes_is_what_a_plain_rule_says),
        cmocka_unit_test(usual_lists_are_matched_exactly),
        cmocka_unit_test(addresses_with_the_same_ports_share_them),
        cmocka_unit_test(too_many_addresses_become_their_ports),
        cmocka_unit_test(too_many_ports_are_joined_over_the_smallest_gaps),
        cmocka_unit_test(a_list_in_any_order_is_sorted_and_each_is_there_once),
        cmocka_unit_test(another_link_type_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("synfilter", tests, NULL, NULL);
}
