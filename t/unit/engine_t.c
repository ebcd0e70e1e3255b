/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine on real tables: what a SYN leaves behind, which SYNs count
 * once, and that a connection's record alone says everything again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <apr_general.h>
#include <malloc.h>

#include "engines.h"

/* ---- module: SYN only -------------------------------------------------- */

static void a_syn_fills_both_tables(void **state)
{
    bench_t b;
    p0f_host_t h;
    p0f_conn_t c;

    (void)state;
    open_bench(&b, false);
    feed(&b, "ttl=60 " LINUX_SYN);
    h = host(&b, 1);
    assert_string_equal(name(&b, h.label), "Linux 3");
    assert_string_equal(name(&b, h.link), "Ethernet");
    assert_int_equal(h.total_conn, 1);
    assert_int_equal(h.distance, 4);
    assert_int_equal(h.quality, 0);
    assert_int_equal(h.first_seen, 1700000000);
    c = conn(&b, 1, 1000);
    assert_string_equal(name(&b, c.label), "Linux 3");
    assert_int_equal(c.distance, 4);
    assert_true(c.rec_flags & P0F_REC_MATCHED);
    assert_string_equal(b.log,
        "[2023/11/14 22:13:20] mod=syn|cli=10.0.0.1/1000|srv=10.0.0.2/80|"
        "subj=cli|os=Linux 3|dist=4|params=none|"
        "raw_sig=4:60+4:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0\n"
        "[2023/11/14 22:13:20] mod=mtu|cli=10.0.0.1/1000|srv=10.0.0.2/80|"
        "subj=cli|link=Ethernet|raw_mtu=1500\n");
    close_bench(&b);
}

static void loopback_over_ipv6(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, "v6 M65476");
    assert_non_null(strstr(b.log, "|link=loopback|raw_mtu=65536\n"));
    feed(&b, "M65495");
    assert_non_null(strstr(b.log, "|link=loopback|raw_mtu=65535\n"));
    close_bench(&b);
}

static void the_same_syn_counts_once_within_the_connection_age(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    pass(&b, 1000);
    feed(&b, LINUX_SYN);                     /* sent again */
    assert_int_equal(host(&b, 1).total_conn, 1);
    assert_int_equal(drops(&b, P0F_DROP_DUPLICATE), 1);
    feed(&b, "seq=99 " LINUX_SYN);           /* another connection */
    assert_int_equal(host(&b, 1).total_conn, 2);
    pass(&b, 32000);
    feed(&b, "seq=99 " LINUX_SYN);           /* the same numbers, much later */
    assert_int_equal(host(&b, 1).total_conn, 3);
    close_bench(&b);
}

/* The same frames, held back or not: the same lines and counts. */
static void frames_held_back_are_entered_in_order(void **state)
{
    static const char *const kinds[] = {
        LINUX_SYN, "flags=SA ack=6 M1460", "cut=30 M1460", "data=9 flags=A",
        "src=3 win=1024 noDF ttl=50 M1460", "flags=R", "src=3 M1400"
    };
    bench_t one, other;
    char text[160];
    unsigned int n, c;
    bool follow;

    (void)state;
    for (follow = false;; follow = true) {
        open_bench(&one, follow);
        open_bench(&other, follow);
        for (n = 0; n < 40; n++) {
            snprintf(text, sizeof(text), "sport=%u %s", 1000 + n / 3,
                     kinds[n * n % 7]);
            feed(&one, text);
            feed_ahead(&other, text);
            pass(&one, 100);
            pass(&other, 100);
        }
        assert_true(strlen(other.log) < strlen(one.log));
        p0f_engine_settle(one.engine);
        p0f_engine_settle(other.engine);
        assert_string_equal(one.log, other.log);
        for (c = 0; c < P0F_CTR_COUNT; c++)
            assert_int_equal(p0f_cache_counter(&one.cache, c),
                             p0f_cache_counter(&other.cache, c));
        close_bench(&one);
        close_bench(&other);
        if (follow)
            break;
    }
}

/* A frame's data isn't kept, so one with data is entered at once, and all
 * before it. */
static void data_is_read_while_it_is_there(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, true);
    feed_ahead(&b, LINUX_SYN);
    assert_string_equal(b.log, "");
    feed_ahead(&b, "sport=2000 data=4 M1460");
    assert_non_null(strstr(b.log, "/1000|"));
    assert_non_null(strstr(b.log, "/2000|"));
    close_bench(&b);
}

static void answers_and_data_are_no_syns(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, "flags=SA ack=7 M1460");
    feed(&b, "flags=A ack=7");
    feed(&b, "flags=RA");
    assert_int_equal(drops(&b, P0F_DROP_NOT_SYN), 3);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 0);
    close_bench(&b);
}

/* Where the filter lets more pass than is listened on. */
static void syns_for_nobody_are_left_out(void **state)
{
    const p0f_syntarget_t targets[] = { { address(2), 80 } };
    bench_t b;
    const p0f_engine_config_t config = {
        .cache = &b.cache, .conn_age_s = 30, .host_idle_s = 7200,
        .targets = targets, .target_count = 1
    };

    (void)state;
    open_bench(&b, false);
    p0f_engine_destroy(b.engine);
    assert_int_equal(p0f_engine_create(&b.engine, &config, NULL), P0F_OK);
    assert_true(p0f_engine_observe(b.engine, take_line, &b));
    feed(&b, LINUX_SYN);
    feed(&b, "src=3 dport=81 " LINUX_SYN);
    feed(&b, "src=3 dst=9 " LINUX_SYN);
    feed(&b, "sport=1001 dport=81 " LINUX_SYN);
    feed(&b, "v6 " LINUX_SYN);
    assert_int_equal(drops(&b, P0F_DROP_NOT_SYN), 4);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 1);
    assert_int_equal(host(&b, 1).total_conn, 1);
    assert_int_equal(lines(&b, "mod=syn|"), 1);
    close_bench(&b);
}

static void a_program_leaves_the_system_alone(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    feed(&b, "sport=1001 win=1024 noDF ttl=50 M1460");
    assert_string_equal(name(&b, host(&b, 1).label), "Linux 3");
    assert_string_equal(name(&b, conn(&b, 1, 1001).label), "Scanner");
    assert_true(conn(&b, 1, 1001).rec_flags & P0F_REC_APP);
    assert_int_equal(host(&b, 1).total_conn, 2);
    close_bench(&b);
}

static void an_unknown_syn_does_not_take_the_name_away(void **state)
{
    bench_t b;
    p0f_packet_t packet;
    p0f_host_t h;
    p0f_addr_t addr = address(1);

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    feed(&b, "sport=1001 win=5 M1400");
    h = host(&b, 1);
    assert_string_equal(name(&b, h.label), "Linux 3");
    assert_int_equal(p0f_packet_rebuild(&h.syn, &addr, &addr, h.syn_ip_opt,
                                        &packet), P0F_DROP_NONE);
    assert_int_equal(packet.opt.mss, 1460);  /* the SYN that named it */
    close_bench(&b);
}

static void uptime_comes_from_two_syns(void **state)
{
    bench_t b;
    p0f_host_t h;

    (void)state;
    open_bench(&b, false);
    feed(&b, "M1460 K T100000000/0 N W7");
    assert_int_equal(host(&b, 1).uptime_mod, 0);
    pass(&b, 2000);
    feed(&b, "sport=1001 M1460 K T100002000/0 N W7");
    h = host(&b, 1);
    assert_int_equal(h.uptime_hz, 1000);
    assert_int_equal(h.uptime_min, 100002000 / 1000 / 60);
    assert_int_equal(h.uptime_mod, 49);
    assert_non_null(strstr(b.log, "mod=uptime|cli=10.0.0.1/1001|"));
    close_bench(&b);
}

static void hosts_are_named_anew_after_a_change_of_database(void **state)
{
    bench_t b;
    p0f_host_t h;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    publish(&b, new_file);
    feed(&b, "sport=1001 win=5 M1400");      /* unknown: keeps the name */
    h = host(&b, 1);
    assert_string_equal(name(&b, h.label), "Linux renamed");
    assert_string_equal(name(&b, h.link), "Cable");
    close_bench(&b);
}

static void no_database_leaves_everything_unknown(void **state)
{
    bench_t b;
    p0f_cache_config_t config = { .max_hosts = 64, .max_conns = 64,
                                  .host_idle_s = 10, .conn_age_s = 10,
                                  .db_slot = 4096 };
    p0f_engine_config_t engine = { .cache = &b.cache, .conn_age_s = 10 };
    p0f_error_t err;

    (void)state;
    memset(&b, 0, sizeof(b));
    b.now.boot_us = 5000000;
    assert_int_equal(p0f_cache_create(&b.cache, &config, &err), P0F_OK);
    assert_int_equal(p0f_engine_create(&b.engine, &engine, &err), P0F_OK);
    p0f_link_init(&b.link, P0F_DLT_RAW, false);
    feed(&b, LINUX_SYN);
    assert_int_equal(host(&b, 1).label, P0F_NO_LABEL);
    assert_int_equal(conn(&b, 1, 1000).label, P0F_NO_LABEL);
    p0f_engine_destroy(b.engine);
    p0f_cache_destroy(&b.cache);
}

static void feeding_allocates_nothing(void **state)
{
    char text[96];
    struct mallinfo2 before, after;
    p0f_ring_rec_t rec;
    uint8_t frame[PACKET_MAX];
    bench_t b;
    unsigned int i;
    int conversations;

    (void)state;
    for (conversations = 0; conversations < 2; conversations++) {
        open_bench(&b, conversations);
        feed(&b, LINUX_SYN);                 /* the guard page */
        memset(&rec, 0, sizeof(rec));
        before = mallinfo2();
        for (i = 0; i < 5000; i++) {
            p0f_bytes_t bytes = { frame, 0 };

            snprintf(text, sizeof(text), "src=%u sport=%u flags=%s %s",
                     i % 250, i * 7 % 65536, i % 3 ? "S" : "A",
                     i % 2 ? LINUX_SYN : "M1400");
            bytes.len = packets_build(text, frame) - i % 2;
            p0f_engine_feed(b.engine, &b.link, bytes, b.now);
            rec.kind = (uint8_t)(i % 5);
            feed_ring(b.engine, &rec, b.now);
            b.log[0] = '\0';
        }
        after = mallinfo2();
        assert_int_equal(after.uordblks, before.uordblks);
        assert_int_equal(after.hblkhd, before.hblkhd);
        assert_int_equal(after.arena, before.arena);
        close_bench(&b);
    }
}

/* ---- the record alone -------------------------------------------------- */

static void put_p0f2_window(const p0f_packet_t *p, char *out, size_t room)
{
    unsigned int w = p->window, m = p->opt.mss;

    if (m && w && w % m == 0)
        snprintf(out, room, "S%u", w / m);
    else if (w && w % 1460 == 0)
        snprintf(out, room, "S%u", w / 1460);
    else if (m && w && w % (m + 40) == 0)
        snprintf(out, room, "T%u", w / (m + 40));
    else if (w && w % 1500 == 0)
        snprintf(out, room, "T%u", w / 1500);
    else
        snprintf(out, room, "%u", w);
}

static void put_p0f2_options(const p0f_packet_t *p, char *out)
{
    unsigned int i;

    *out = '\0';
    for (i = 0; i < p->opt.count; i++) {
        char one[24] = "";

        switch (p->opt.layout[i]) {
        case 0: strcpy(one, "E"); break;
        case 1: strcpy(one, "N"); break;
        case 2: snprintf(one, sizeof(one), "M%u", p->opt.mss); break;
        case 3: snprintf(one, sizeof(one), "W%u", p->opt.wscale); break;
        case 4: strcpy(one, "S"); break;
        case 8: strcpy(one, p->opt.ts1 ? "T" : "T0"); break;
        default: snprintf(one, sizeof(one), "?%u", p->opt.layout[i]);
        }
        if (i)
            strcat(out, ",");
        strcat(out, one);
    }
    if (!p->opt.count)
        strcpy(out, ".");
}

/* The text of p0f 2's dialect, from facts of the header alone. */
static void p0f2_text(const p0f_packet_t *p, char *out, size_t room)
{
    char window[16], options[128], quirks[16] = "";
    unsigned int size = (unsigned)p->raw.ip[2] << 8 | p->raw.ip[3];

    put_p0f2_window(p, window, sizeof(window));
    put_p0f2_options(p, options);
    if (p->seq == p->ack) strcat(quirks, "Q");
    if (!p->seq) strcat(quirks, "0");
    if (p->opt.eol_pad) strcat(quirks, "P");
    if (!p->ip_id) strcat(quirks, "Z");
    if (p->ip_opt_len) strcat(quirks, "I");
    if (p->urgent) strcat(quirks, "U");
    if (p->raw.tcp[12] & 15) strcat(quirks, "X");
    if (p->ack) strcat(quirks, "A");
    if (p->opt.ts2) strcat(quirks, "T");
    if (p->flags & (P0F_TCP_PSH | P0F_TCP_URG)) strcat(quirks, "F");
    if (p->payload_len) strcat(quirks, "D");
    if (!*quirks)
        strcpy(quirks, ".");
    snprintf(out, room, "%s:%u:%d:%u:%s:%s", window, p->ttl,
             (p->quirks & P0F_QUIRK_DF) != 0, size, options, quirks);
}

static const struct {
    const char *packet, *v3, *v2;
} full[] = {
    { "win=5840 seq=0x11223344 id=0x1234 M1460 K T36000000/0 N W7",
      "4:64+0:0:1460:mss*4,7:mss,sok,ts,nop,ws:df,id+:0",
      "S4:64:1:60:M1460,S,T,N,W7:." },
    { "win=5841 ttl=118 urg=7 M1352 N N K",
      "4:118+10:0:1352:5841,0:mss,nop,nop,sok:df,id+,uptr+:0",
      "5841:118:1:48:M1352,N,N,S:U" },
    { "win=65535 noDF id=0 ttl=118 M1460 N N K",
      "4:118+10:0:1460:65535,0:mss,nop,nop,sok:id-:0",
      "65535:118:0:48:M1460,N,N,S:Z" },
    { "ipopt=4 data=5 NS ack=9 win=10220 M1300 N N N N",
      "4:64+0:4:1300:mss*7,0:mss,nop,nop,nop,nop:df,id+,ecn,ack+:+",
      "S7:64:1:57:M1300,N,N,N,N:IXAD" },
    { "win=10500 flags=SP seq=0 M1300 E x000000",
      "4:64+0:0:1300:mtu*7,0:mss,eol+3:df,id+,seq-,pushf+:0",
      "T7:64:1:48:M1300,E:Q0PF" },
    { "win=5840 M1460 K T1/5 N W7 tos=0xb9",
      "4:64+0:0:1460:mss*4,7:mss,sok,ts,nop,ws:df,id+,ecn,ts2+:0",
      "S4:64:1:60:M1460,S,T,N,W7:T" },
};

static void both_dialects_are_rebuilt_from_the_record_alone(void **state)
{
    char v2[256], v3[P0F_SIG_TEXT];
    bench_t b;
    p0f_conn_t c;
    p0f_packet_t p;
    p0f_sig_t sig;
    size_t i;

    (void)state;
    open_bench(&b, false);
    for (i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
        char text[256];

        snprintf(text, sizeof(text), "sport=%zu %s", 2000 + i, full[i].packet);
        feed(&b, text);
        c = conn(&b, 1, (uint16_t)(2000 + i));
        assert_int_equal(p0f_packet_rebuild(&c.syn, &c.peer, &c.local,
                                            c.ip_opt, &p), P0F_DROP_NONE);
        p0f_sig_take(&p, 0, &sig);
        p0f_sig_format(&sig, v3);
        assert_string_equal(v3, full[i].v3);
        p0f2_text(&p, v2, sizeof(v2));
        assert_string_equal(v2, full[i].v2);
    }
    close_bench(&b);
}

/* Byte for byte, addresses from the record's key. */
static void the_whole_header_is_in_the_record(void **state)
{
    uint8_t wire[PACKET_MAX];
    bench_t b;
    p0f_conn_t c;

    (void)state;
    open_bench(&b, false);
    feed(&b, "tos=3 id=777 ttl=9 ack=1 urg=2 " LINUX_SYN);
    packets_build("tos=3 id=777 ttl=9 ack=1 urg=2 " LINUX_SYN, wire);
    c = conn(&b, 1, 1000);
    assert_memory_equal(c.syn.ip, wire, 12);
    assert_memory_equal(c.peer.b + 12, wire + 12, 4);
    assert_memory_equal(c.local.b + 12, wire + 16, 4);
    assert_memory_equal(c.syn.tcp, wire + 20, 20);
    assert_memory_equal(c.syn.opt, wire + 40, 20);
    close_bench(&b);
}

static void a_record_is_matched_again_with_a_new_database(void **state)
{
    bench_t b;
    p0f_conn_t c;
    p0f_packet_t p;
    p0f_sig_t sig;
    p0f_match_t match;
    uint32_t gen;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    publish(&b, new_file);
    c = conn(&b, 1, 1000);
    p0f_cache_db(&b.cache, &gen);
    assert_int_not_equal(c.db_gen, gen);
    assert_int_equal(p0f_packet_rebuild(&c.syn, &c.peer, &c.local, c.ip_opt,
                                        &p), P0F_DROP_NONE);
    p0f_sig_take(&p, 0, &sig);
    p0f_match_v3(p0f_cache_db(&b.cache, &gen), P0F_DIR_REQUEST, &sig, false,
                 &match);
    assert_string_equal(name(&b, match.label), "Linux renamed");
    close_bench(&b);
}

static void a_syn_sent_again_is_told_once(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, true);
    feed(&b, LINUX_SYN);
    feed(&b, LINUX_SYN);
    assert_int_equal(lines(&b, "mod=syn|"), 1);
    feed(&b, "seq=77 " LINUX_SYN);                   /* a new one */
    assert_int_equal(lines(&b, "mod=syn|"), 2);
    close_bench(&b);
}

static void a_reset_ends_the_connection(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, true);
    feed(&b, LINUX_SYN);
    feed(&b, "src=2 dst=1 sport=80 dport=1000 flags=RA");
    feed(&b, LINUX_SYN);
    assert_int_equal(lines(&b, "mod=syn|"), 2);
    feed(&b, "flags=FA");
    feed(&b, LINUX_SYN);
    assert_int_equal(lines(&b, "mod=syn|"), 3);
    close_bench(&b);
}

static void data_moves_the_connection_on(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, true);
    feed(&b, LINUX_SYN);
    feed(&b, "src=2 dst=1 sport=80 dport=1000 flags=SA seq=99 ack=6 M1460");
    feed(&b, "flags=A seq=6 ack=100");
    feed(&b, LINUX_SYN);                             /* a late copy */
    assert_int_equal(lines(&b, "mod=syn|"), 1);
    feed(&b, "flags=A seq=6 ack=100 data=10");
    feed(&b, LINUX_SYN);                             /* out of the window */
    assert_int_equal(lines(&b, "mod=syn|"), 2);
    close_bench(&b);
}

static void a_program_s_connection_is_not_followed(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, true);
    feed(&b, "win=1024 noDF ttl=50 M1460");
    feed(&b, "win=1024 noDF ttl=50 M1460");
    assert_int_equal(lines(&b, "|app=Scanner|dist=<= 14|"), 2);
    assert_int_equal(lines(&b, "mod=mtu"), 0);
    close_bench(&b);
}

static void the_active_probe_is_told_apart(void **state)
{
    bench_t b;

    (void)state;
    open_bench(&b, true);
    feed(&b, "win=1337 M1331");
    assert_int_equal(lines(&b, "mod=sendsyn probe|"), 1);
    assert_int_equal(lines(&b, "mod=syn|"), 0);
    assert_int_equal(lines(&b, "mod=mtu|"), 0);
    close_bench(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syn_fills_both_tables),
        cmocka_unit_test(loopback_over_ipv6),
        cmocka_unit_test(
            the_same_syn_counts_once_within_the_connection_age),
        cmocka_unit_test(answers_and_data_are_no_syns),
        cmocka_unit_test(syns_for_nobody_are_left_out),
        cmocka_unit_test(a_program_leaves_the_system_alone),
        cmocka_unit_test(an_unknown_syn_does_not_take_the_name_away),
        cmocka_unit_test(uptime_comes_from_two_syns),
        cmocka_unit_test(hosts_are_named_anew_after_a_change_of_database),
        cmocka_unit_test(no_database_leaves_everything_unknown),
        cmocka_unit_test(feeding_allocates_nothing),
        cmocka_unit_test(both_dialects_are_rebuilt_from_the_record_alone),
        cmocka_unit_test(the_whole_header_is_in_the_record),
        cmocka_unit_test(a_record_is_matched_again_with_a_new_database),
        cmocka_unit_test(a_syn_sent_again_is_told_once),
        cmocka_unit_test(frames_held_back_are_entered_in_order),
        cmocka_unit_test(data_is_read_while_it_is_there),
        cmocka_unit_test(a_reset_ends_the_connection),
        cmocka_unit_test(data_moves_the_connection_on),
        cmocka_unit_test(a_program_s_connection_is_not_followed),
        cmocka_unit_test(the_active_probe_is_told_apart),
    };

    apr_initialize();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
