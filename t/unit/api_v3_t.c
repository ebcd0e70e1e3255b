/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f 3's socket protocol: queries, and the bytes of replies about hosts that
 * packets have put into a cache.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fp_files.h"
#include "packets.h"
#include "p0f_engine/addr.h"
#include "p0f_engine/api_v3.h"
#include "p0f_engine/engine.h"

#define NOW 1700000000u

static const char fingerprints[] =
    "classes = unix\n"
    "[mtu]\n"
    "label = Ethernet or modem\n"
    "sig = 1500\n"
    "[tcp:request]\n"
    "label = s:unix:MacOS X:10.9 or newer (sometimes iPhone or iPad)\n"
    "sig = *:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0\n"
    "label = g:unix:Any name of exactly 31 letters.:\n"
    "sig = *:64:0:*:4,*:mss:df,id+:0\n";

/* The database that the names of the first have other numbers in. */
static const char other_fingerprints[] =
    "classes = unix\n"
    "[tcp:request]\n"
    "label = s:unix:Nobody:\n"
    "sig = *:64:0:*:1,*:ts:df,id+:0\n"
    "label = s:unix:Renamed:X\n"
    "sig = *:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0\n";

static const char mac[] = "ttl=60 win=65535 M1460 N W4 N N T7/0 K E";

typedef struct {
    p0f_cache_t cache;
    p0f_engine_t *engine;
    p0f_api_source_t source;
} bench_t;

static void publish(bench_t *b, const char *text)
{
    fp_result_t file = fp_files_text(text, false);

    assert_int_equal(file.status, P0F_OK);
    assert_int_equal(p0f_cache_db_publish(&b->cache, file.db, file.size),
                     P0F_OK);
}

static void prepare(bench_t *b, bool strict)
{
    const p0f_cache_config_t cache = {
        .max_hosts = 100, .max_conns = 100, .host_idle_s = 60,
        .conn_age_s = 30, .db_slot = 1 << 16
    };
    const p0f_engine_config_t engine = {
        .cache = &b->cache, .conversations = true, .max_flows = 10,
        .max_hosts = 50, .conn_age_s = 30, .host_idle_s = 60
    };

    memset(b, 0, sizeof(*b));
    assert_int_equal(p0f_cache_create(&b->cache, &cache, NULL), P0F_OK);
    publish(b, fingerprints);
    assert_int_equal(p0f_engine_create(&b->engine, &engine, NULL), P0F_OK);
    b->source = (p0f_api_source_t){ .cache = &b->cache, .strict = strict,
                                      .wake_fd = -1 };
}

static void finish(bench_t *b)
{
    p0f_engine_destroy(b->engine);
    p0f_cache_destroy(&b->cache);
}

/* Feeds the packet that TEXT describes, 10 seconds after boot. */
static void feed(bench_t *b, const char *text)
{
    const p0f_time_t time = { .wall_us = (int64_t)NOW * 1000000,
                              .boot_us = 10 * 1000000 };
    uint8_t packet[PACKET_MAX];
    p0f_bytes_t frame = { packet, packets_build(text, packet) };
    p0f_link_t link;

    p0f_link_init(&link, P0F_DLT_RAW, false);
    p0f_engine_feed(b->engine, &link, frame, time);
}

/* Asks with the query HEX, 10 seconds after boot, between unmapped pages. */
static void ask_at(bench_t *b, const char *hex, uint32_t now_s, uint8_t *reply)
{
    const p0f_server_asked_t asked = {
        .asked_us = now_s * 1000000u, .now_us = now_s * 1000000u, .last = true
    };
    uint8_t query[P0F_API_QUERY] = { 0 };

    for (size_t i = 0; hex[2 * i]; i++) {
        char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

        query[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    assert_int_equal(p0f_api_v3_answer(&b->source,
                                       packets_guard(query,
                                                     sizeof(query)).data,
                                       &asked, reply), P0F_API_REPLY);
}

static void ask(bench_t *b, const char *hex, uint8_t *reply)
{
    ask_at(b, hex, 10, reply);
}

/* Queries as a little-endian machine writes them; the test is of such. */
#define QUERY "01463050"
#define CLIENT QUERY "040a000001000000000000000000000000"
#define SERVER QUERY "040a000002000000000000000000000000"

static void le32(uint8_t *p, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(n >> 8 * i);
}

/* The bytes that the original gives about a host with a recognised SYN. */
static void reply_to_the_byte(void **state)
{
    uint8_t want[P0F_API_REPLY] = { 0 }, reply[P0F_API_REPLY];
    bench_t b;

    (void)state;
    prepare(&b, false);
    feed(&b, mac);
    le32(want, 0x50304602);
    le32(want + 4, 0x10);
    le32(want + 8, NOW);
    le32(want + 12, NOW);
    le32(want + 16, 1);
    want[36] = 4;                    /* hops */
    memcpy(want + 40, "MacOS X", 7);
    memcpy(want + 72, "10.9 or newer (sometimes iPhone", 31);
    memcpy(want + 168, "Ethernet or modem", 17);
    ask(&b, CLIENT, reply);
    assert_memory_equal(reply, want, sizeof(want));
    finish(&b);
}

static void unknown_distance(void **state)
{
    uint8_t reply[P0F_API_REPLY], zero[P0F_API_REPLY] = { 0 };
    bench_t b;

    (void)state;
    prepare(&b, false);
    feed(&b, mac);
    ask(&b, SERVER, reply);
    assert_int_equal(reply[4], P0F_API_FOUND);
    assert_int_equal(reply[16], 1);
    assert_int_equal(reply[36] | reply[37] << 8, 0xffff);
    assert_memory_equal(reply + 40, zero, 192);
    b.source.strict = true;
    ask(&b, SERVER, reply);
    assert_int_equal(reply[36] | reply[37] << 8, 255);
    finish(&b);
}

static void long_texts_are_cut(void **state)
{
    static const char name[] = "Any name of exactly 31 letters.";
    uint8_t reply[P0F_API_REPLY];
    bench_t b;

    (void)state;
    assert_int_equal(strlen(name), 31);
    prepare(&b, false);
    feed(&b, mac);
    feed(&b, "src=9 win=4 M1460");
    ask(&b, CLIENT, reply);
    assert_int_equal(reply[72 + 30], 'e');
    assert_int_equal(reply[72 + 31], 0);
    ask(&b, QUERY "040a000009000000000000000000000000", reply);
    assert_string_equal((char *)reply + 40, name);
    assert_int_equal(reply[39], 2);  /* generic */
    finish(&b);
}

static void nobody_and_nonsense(void **state)
{
    static const struct {
        const char *query;
        uint8_t status;
    } rows[] = {
        { QUERY "04c0000201000000000000000000000000", P0F_API_NO_MATCH },
        { QUERY "06c0000201000000000000000000000000", P0F_API_NO_MATCH },
        { "00463050040a000001000000000000000000000000", P0F_API_BAD_QUERY },
        { "50304601040a000001000000000000000000000000", P0F_API_BAD_QUERY },
        { QUERY "000a000001000000000000000000000000", P0F_API_BAD_QUERY },
        { QUERY "050a000001000000000000000000000000", P0F_API_BAD_QUERY },
        { "", P0F_API_BAD_QUERY }
    };
    uint8_t want[P0F_API_REPLY], reply[P0F_API_REPLY];
    bench_t b;

    (void)state;
    prepare(&b, false);
    feed(&b, mac);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(want, 0, sizeof(want));
        le32(want, 0x50304602);
        want[4] = rows[i].status;
        memset(reply, 0xee, sizeof(reply));
        ask(&b, rows[i].query, reply);
        assert_memory_equal(reply, want, sizeof(want));
    }
    finish(&b);
}

static void rest_of_an_ipv4_address_is_ignored(void **state)
{
    uint8_t reply[P0F_API_REPLY];
    bench_t b;

    (void)state;
    prepare(&b, false);
    feed(&b, mac);
    ask(&b, QUERY "040a000001ffffffffffffffffffffffff", reply);
    assert_int_equal(reply[4], P0F_API_FOUND);
    finish(&b);
}

static void ipv6(void **state)
{
    uint8_t reply[P0F_API_REPLY];
    bench_t b;

    (void)state;
    prepare(&b, false);
    feed(&b, "v6 win=65535 M1460 N W4 N N T7/0 K E");
    ask(&b, QUERY "06fd000000000000000000000000000001", reply);
    assert_int_equal(reply[4], P0F_API_FOUND);
    assert_string_equal((char *)reply + 40, "MacOS X");
    finish(&b);
}

static void forgotten_host_is_not_found(void **state)
{
    uint8_t reply[P0F_API_REPLY];
    bench_t b;

    (void)state;
    prepare(&b, false);
    feed(&b, mac);
    ask_at(&b, CLIENT, 70, reply);
    assert_int_equal(reply[4], P0F_API_FOUND);
    ask_at(&b, CLIENT, 71, reply);
    assert_int_equal(reply[4], P0F_API_NO_MATCH);
    finish(&b);
}

static void names_follow_a_new_database(void **state)
{
    uint8_t reply[P0F_API_REPLY];
    bench_t b;

    (void)state;
    prepare(&b, false);
    feed(&b, mac);
    publish(&b, other_fingerprints);
    ask(&b, CLIENT, reply);
    assert_string_equal((char *)reply + 40, "Renamed");
    assert_string_equal((char *)reply + 72, "X");
    assert_string_equal((char *)reply + 168, "");
    finish(&b);
}

static void everything_a_record_holds(void **state)
{
    const p0f_host_t host = {
        .first_seen = 1, .last_seen = 2, .total_conn = 3, .uptime_min = 4,
        .uptime_mod = 5, .last_nat = 6, .last_chg = 7, .distance = 254,
        .bad_sw = 2, .quality = 3, .label = P0F_NO_LABEL,
        .http = P0F_NO_LABEL, .link = P0F_NO_LABEL, .language = 'e' << 8 | 'l'
    };
    p0f_api_reply_t reply, back;
    uint8_t bytes[P0F_API_REPLY];

    (void)state;
    p0f_api_v3_encode(P0F_API_FOUND, &host, NULL, false, &reply);
    memcpy(bytes, &reply, sizeof(bytes));
    assert_true(p0f_api_v3_understand(bytes, &back));
    assert_int_equal(back.first_seen, 1);
    assert_int_equal(back.last_seen, 2);
    assert_int_equal(back.total_conn, 3);
    assert_int_equal(back.uptime_min, 4);
    assert_int_equal(back.up_mod_days, 5);
    assert_int_equal(back.last_nat, 6);
    assert_int_equal(back.last_chg, 7);
    assert_int_equal(back.distance, 254);
    assert_int_equal(back.bad_sw, 2);
    assert_int_equal(back.os_match_q, 3);
    assert_string_equal(back.language, "Modern Greek");
}

static void a_client_gets_along_with_the_original(void **state)
{
    uint8_t bytes[P0F_API_REPLY], query[P0F_API_QUERY];
    static const uint8_t v4[4] = { 192, 0, 2, 1 };
    static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
    p0f_addr_t addr = p0f_addr_from_v4(v4), back;
    p0f_api_reply_t reply;

    (void)state;
    p0f_api_v3_ask(&addr, query);
    assert_memory_equal(query, "\1F0P\4\300\0\2\1", 9);
    assert_true(p0f_api_v3_decode(query, &back));
    assert_true(p0f_addr_equal(&addr, &back));
    addr = p0f_addr_from_v6(v6);
    p0f_api_v3_ask(&addr, query);
    assert_true(p0f_api_v3_decode(query, &back));
    assert_true(p0f_addr_equal(&addr, &back));

    memset(bytes, 'x', sizeof(bytes));
    le32(bytes, 0x50304602);
    le32(bytes + 4, 0x10);
    bytes[36] = 255;
    bytes[37] = 0;
    assert_true(p0f_api_v3_understand(bytes, &reply));
    assert_int_equal(reply.distance, -1);
    assert_int_equal(strlen(reply.os_name), 31);
    assert_int_equal(strlen(reply.language), 31);
    bytes[4] = 0x11;
    assert_false(p0f_api_v3_understand(bytes, &reply));
    bytes[4] = 0x10;
    bytes[0] = 0;
    assert_false(p0f_api_v3_understand(bytes, &reply));
}

/* A query of 10.0.0.9, asked at second 10; NOW_US: after that. */
static size_t ask_stranger(bench_t *b, uint32_t now_us, bool last,
                           p0f_api_reply_t *out)
{
    const p0f_server_asked_t asked = {
        .asked_us = 10000000, .now_us = 10000000 + now_us, .last = last
    };
    uint8_t query[P0F_API_QUERY], reply[P0F_API_REPLY];
    const uint8_t v4[4] = { 10, 0, 0, 9 };
    p0f_addr_t addr = p0f_addr_from_v4(v4);
    size_t n;

    p0f_api_v3_ask(&addr, query);
    n = p0f_api_v3_answer(&b->source, query, &asked, reply);
    memset(out, 0, sizeof(*out));
    if (n)
        p0f_api_v3_understand(reply, out);
    return n;
}

static void a_stranger_is_unknown_only_when_the_capture_has_read_on(void **state)
{
    p0f_api_reply_t out;
    uint64_t woken = 0;
    bench_t b;

    (void)state;
    prepare(&b, false);
    b.source.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_int_equal(ask_stranger(&b, 0, false, &out), 0);
    assert_int_equal(ask_stranger(&b, 1000, false, &out), 0);
    assert_int_equal(read(b.source.wake_fd, &woken, sizeof(woken)),
                     sizeof(woken));
    assert_int_equal(woken, 1);          /* once a query */
    assert_int_equal(ask_stranger(&b, 2000, true, &out), P0F_API_REPLY);
    assert_int_equal(out.status, P0F_API_NO_MATCH);
    p0f_cache_set_read_until(&b.cache, 10000000);
    assert_int_equal(ask_stranger(&b, 3000, false, &out), 0);
    p0f_cache_set_read_until(&b.cache, 10000001);
    assert_int_equal(ask_stranger(&b, 3000, false, &out), P0F_API_REPLY);
    assert_int_equal(out.status, P0F_API_NO_MATCH);
    p0f_cache_set_read_until(&b.cache, 5);
    assert_int_equal(ask_stranger(&b, 4000, false, &out), 0);
    feed(&b, "src=9 win=4 M1460");
    assert_int_equal(ask_stranger(&b, 4000, false, &out), P0F_API_REPLY);
    assert_int_equal(out.status, P0F_API_FOUND);
    close(b.source.wake_fd);
    finish(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply_to_the_byte),
        cmocka_unit_test(unknown_distance),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(nobody_and_nonsense),
        cmocka_unit_test(rest_of_an_ipv4_address_is_ignored),
        cmocka_unit_test(ipv6),
        cmocka_unit_test(forgotten_host_is_not_found),
        cmocka_unit_test(names_follow_a_new_database),
        cmocka_unit_test(everything_a_record_holds),
        cmocka_unit_test(a_client_gets_along_with_the_original),
        cmocka_unit_test(
            a_stranger_is_unknown_only_when_the_capture_has_read_on),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    return cmocka_run_group_tests_name("api_v3", tests, fp_files_make_pool,
                                       fp_files_drop_pool);
}
