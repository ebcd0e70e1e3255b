/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Link headers: every type the reader knows, VLAN tags, truncations, and the
 * fixed offsets of strict mode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "p0f_engine/link.h"
#include "packets.h"

#define MACS "020000000001" "020000000002"
#define WIFI "0000" "020000000001" "020000000002" "020000000003" "0000"
#define SNAP "aaaa03000000"

/* A link header in hexadecimal and whether an IPv4 packet behind it is
 * found: by the reader, and by the offsets of strict mode. */
static const struct {
    const char *what;
    int dlt;
    const char *header;
    bool found, found_strict;
} rows[] = {
    { "Ethernet", P0F_DLT_EN10MB, MACS "0800", true, true },
    { "Ethernet ARP", P0F_DLT_EN10MB, MACS "0806", false, true },
    { "802.1Q", P0F_DLT_EN10MB, MACS "8100002a0800", true, false },
    { "802.1ad and 802.1Q", P0F_DLT_EN10MB, MACS "88a8000181000002" "0800",
      true, false },
    { "three tags", P0F_DLT_EN10MB,
      MACS "9100000388a80001810000020800", true, false },
    { "nine tags", P0F_DLT_EN10MB,
      MACS "810000018100000181000001810000018100000181000001810000018100000"
      "1810000010800", false, false },
    { "PPPoE", P0F_DLT_EN10MB, MACS "886411000001002a0021", true, false },
    { "PPPoE LCP", P0F_DLT_EN10MB, MACS "886411000001002ac021", false, false },
    { "cooked", P0F_DLT_LINUX_SLL, "00000001000602000000000100000800", true,
      true },
    { "cooked with a tag", P0F_DLT_LINUX_SLL,
      "00000001000602000000000100008100002a0800", true, false },
    { "cooked with a tag behind IP's type", P0F_DLT_LINUX_SLL,
      "0000000100060200000000010000080000050800", true, false },
    { "cooked v2", P0F_DLT_LINUX_SLL2,
      "0800000000000002000100060200000000010000", true, true },
    { "cooked v2 with a tag", P0F_DLT_LINUX_SLL2,
      "8100000000000002000100060200000000010000002a0800", true, true },
    { "raw", P0F_DLT_RAW, "", true, true },
    { "raw by its file number", P0F_DLT_LINKTYPE_RAW, "", true, true },
    { "IPv4", P0F_DLT_IPV4, "", true, true },
    { "loopback", P0F_DLT_NULL, "02000000", true, true },
    { "loopback of OpenBSD", P0F_DLT_LOOP, "00000002", true, false },
    { "PPP", P0F_DLT_PPP, "ff030021", true, true },
    { "PPP compressed", P0F_DLT_PPP, "21", true, false },
    { "PPP LCP", P0F_DLT_PPP, "ff03c021", false, true },
    { "PPP serial", P0F_DLT_PPP_SERIAL, "ff030021", true, false },
    { "PPP over Ethernet", P0F_DLT_PPP_ETHER, "11000001002a0021", true, true },
    { "Cisco HDLC", P0F_DLT_C_HDLC, "0f000800", true, true },
    { "802.11", P0F_DLT_IEEE802_11, "0801" WIFI SNAP "0800", true, true },
    { "802.11 QoS", P0F_DLT_IEEE802_11, "8801" WIFI "0000" SNAP "0800", true,
      false },
    { "802.11 beacon", P0F_DLT_IEEE802_11, "8000" WIFI SNAP "0800", false,
      true },
    { "802.11 encrypted", P0F_DLT_IEEE802_11, "0841" WIFI SNAP "0800", false,
      true },
    { "radiotap", P0F_DLT_RADIOTAP, "00000800000000000801" WIFI SNAP "0800",
      true, false },
    { "pflog of 61 bytes", P0F_DLT_PFLOG,
      "3d02000000000000000000000000000000000000000000000000000000000000"
      "0000000000000000000000000000000000000000000000000000000000000000",
      true, false },
    { "unknown type", 9999, "cafe0000", true, true },
};

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;

    for (; hex[0] && hex[1]; hex += 2) {
        char two[3] = { hex[0], hex[1], 0 };

        out[n++] = (uint8_t)strtoul(two, NULL, 16);
    }
    return n;
}

/* True if READER finds exactly the N - HEADER bytes behind the header. */
static bool finds_ip(int dlt, bool strict, const uint8_t *frame, size_t n,
                     size_t header)
{
    p0f_link_t link;
    p0f_bytes_t ip, guarded = packets_guard(frame, n);

    p0f_link_init(&link, dlt, strict);
    if (p0f_link_strip(&link, guarded, &ip) != P0F_DROP_NONE)
        return false;
    return ip.data == guarded.data + header && ip.len == n - header;
}

static void ip_is_found_behind_each_header(void **state)
{
    uint8_t frame[PACKET_MAX + 128];
    size_t i, header, n;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        header = unhex(rows[i].header, frame);
        n = header + packets_build("M1460 K T1/0 N W7", frame + header);
        if (finds_ip(rows[i].dlt, false, frame, n, header) != rows[i].found)
            fail_msg("%s", rows[i].what);
        if (finds_ip(rows[i].dlt, true, frame, n, header)
            != rows[i].found_strict)
            fail_msg("%s, strict", rows[i].what);
    }
}

static void every_truncation_stays_in_bounds(void **state)
{
    uint8_t frame[PACKET_MAX + 128];
    size_t i, header, n, cut;
    p0f_link_t link;
    p0f_bytes_t ip;
    int strict;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        header = unhex(rows[i].header, frame);
        n = header + packets_build("v6 M1440", frame + header);
        for (cut = 0; cut <= n; cut++)
            for (strict = 0; strict < 2; strict++) {
                p0f_bytes_t guarded = packets_guard(frame, cut);
                p0f_drop_t drop;

                p0f_link_init(&link, rows[i].dlt, strict);
                drop = p0f_link_strip(&link, guarded, &ip);
                assert_true(ip.len <= cut);
                if (drop != P0F_DROP_NONE)
                    assert_int_equal(ip.len, 0);
                else
                    assert_ptr_equal(ip.data + ip.len,
                                     guarded.data + guarded.len);
            }
    }
}

static void noise_stays_in_bounds(void **state)
{
    uint8_t frame[96];
    uint32_t noise = 3;
    size_t i, round;
    p0f_link_t link;
    p0f_bytes_t ip;

    (void)state;
    for (round = 0; round < 60000; round++) {
        for (i = 0; i < sizeof(frame); i++) {
            noise = noise * 1664525u + 1013904223u;
            frame[i] = (uint8_t)(noise >> 24);
        }
        p0f_link_init(&link, rows[round % (sizeof(rows) / sizeof(rows[0]))].dlt,
                      false);
        p0f_link_strip(&link, packets_guard(frame, noise % 97), &ip);
        assert_true(ip.len <= 96);
    }
}

/* As 3.09b: the offset of an unknown type is searched once; a tag in front
 * moves it the wrong way. */
static void strict_keeps_the_first_offset_found(void **state)
{
    uint8_t frame[PACKET_MAX + 128];
    p0f_link_t link;
    p0f_bytes_t ip;
    size_t n;

    (void)state;
    p0f_link_init(&link, 9999, true);
    memset(frame, 0, 20);
    assert_int_equal(p0f_link_strip(&link, packets_guard(frame, 20), &ip),
                     P0F_DROP_NONE);
    assert_int_equal(link.offset, -1);
    n = 6 + packets_build("M1460", frame + 6);
    p0f_link_strip(&link, packets_guard(frame, n), &ip);
    assert_int_equal(link.offset, 6);
    n = 4 + packets_build("M1460", frame + 4);
    p0f_link_strip(&link, packets_guard(frame, n), &ip);
    assert_int_equal(ip.len, n - 6);

    p0f_link_init(&link, 9999, true);
    memset(frame, 0, 20);
    frame[14] = 0x81;
    n = 18 + packets_build("M1460", frame + 18);
    p0f_link_strip(&link, packets_guard(frame, n), &ip);
    assert_int_equal(link.offset, 14);
}

static void what_is_searched_is_not_known(void **state)
{
    static const int unknown[] = { 2, 147, 187, 239, 9999, -1 };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(p0f_link_knows(rows[i].dlt) || rows[i].dlt == 9999);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_false(p0f_link_knows(unknown[i]));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ip_is_found_behind_each_header),
        cmocka_unit_test(every_truncation_stays_in_bounds),
        cmocka_unit_test(noise_stays_in_bounds),
        cmocka_unit_test(strict_keeps_the_first_offset_found),
        cmocka_unit_test(what_is_searched_is_not_known),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
