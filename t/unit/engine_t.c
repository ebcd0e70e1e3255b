/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine on real tables: what a SYN leaves behind, which SYNs count
 * once, what workers hand over, and that a connection's record alone says
 * everything again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <apr_general.h>
#include <malloc.h>

#include "p0f_engine/engine.h"
#include "p0f_engine/fp_v3.h"
#include "packets.h"

#define LINUX_SYN "M1460 K T1/0 N W7"

static const char old_file[] =
    "classes = unix,win\n"
    "[mtu]\nlabel = Ethernet\nsig = 1500\nlabel = loopback\nsig = 65535\n"
    "[tcp:request]\n"
    "label = s:unix:Linux:3\n"
    "sig = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+:0\n"
    "label = s:!:Scanner:\nsys = @unix\n"
    "sig = *:64-:0:1460:1024,0:mss::0\n"
    "[http:request]\n"
    "ua_os = Linux,Windows\n"
    "label = s:!:browser:2\nsys = @unix\nsig = *:Host::\n"
    "label = s:!:editor:\nsys = @win\nsig = *:Date::\n";

static const char new_file[] =
    "classes = win,unix\n"
    "[mtu]\nlabel = Cable\nsig = 1500\n"
    "[tcp:request]\n"
    "label = s:win:Filler:\n"
    "sig = *:128:0:*:1,*:mss:df,id+:0\n"
    "label = s:unix:Linux:renamed\n"
    "sig = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+:0\n";

typedef struct {
    apr_pool_t *pool;
    p0f_cache_t cache;
    p0f_engine_t *engine;
    p0f_link_t link;
    p0f_time_t now;
    char log[4096];              /* lines of the observer */
} bench_t;

static void publish(bench_t *b, const char *text)
{
    p0f_bytes_t bytes = { (const uint8_t *)text, strlen(text) };
    p0f_db_builder_t *builder;
    const p0f_db_t *image;
    size_t size;
    p0f_error_t err;

    assert_int_equal(p0f_db_builder_create(&builder, b->pool), P0F_OK);
    assert_int_equal(p0f_fp_v3_parse(builder, "test", bytes, NULL, &err),
                     P0F_OK);
    assert_int_equal(p0f_db_compile(builder, b->pool, &image, &size), P0F_OK);
    assert_int_equal(p0f_cache_db_publish(&b->cache, image, size), P0F_OK);
}

static void take_line(void *ctx, const p0f_observation_t *obs)
{
    bench_t *b = ctx;
    char line[P0F_REPORT_LINE];
    size_t n = p0f_report_v3(obs, 0, line);

    assert_true(strlen(b->log) + n < sizeof(b->log));
    strcat(b->log, line);
}

static void open_bench(bench_t *b, bool conversations)
{
    p0f_cache_config_t cache = {
        .max_hosts = 1000, .max_conns = 1000, .host_idle_s = 7200,
        .conn_age_s = 30, .db_slot = 1 << 20
    };
    p0f_engine_config_t config = {
        .cache = &b->cache, .conversations = conversations,
        .max_flows = 100, .conn_age_s = 30, .host_idle_s = 7200
    };
    p0f_error_t err;

    memset(b, 0, sizeof(*b));
    assert_int_equal(apr_pool_create(&b->pool, NULL), APR_SUCCESS);
    assert_int_equal(p0f_cache_create(&b->cache, &cache, &err), P0F_OK);
    publish(b, old_file);
    assert_int_equal(p0f_engine_create(&b->engine, &config, &err), P0F_OK);
    assert_true(p0f_engine_observe(b->engine, take_line, b));
    p0f_link_init(&b->link, P0F_DLT_RAW, false);
    b->now.wall_us = 1700000000000000;
    b->now.boot_us = 5000000000;
}

static void close_bench(bench_t *b)
{
    p0f_engine_destroy(b->engine);
    p0f_cache_destroy(&b->cache);
    apr_pool_destroy(b->pool);
}

static void feed(bench_t *b, const char *text)
{
    uint8_t buffer[PACKET_MAX];
    size_t n = packets_build(text, buffer);

    p0f_engine_feed(b->engine, &b->link, packets_guard(buffer, n), b->now);
}

static void pass(bench_t *b, unsigned int ms)
{
    b->now.wall_us += (int64_t)ms * 1000;
    b->now.boot_us += (uint64_t)ms * 1000;
}

static p0f_addr_t address(unsigned int last)
{
    uint8_t v4[4] = { 10, 0, 0, (uint8_t)last };

    return p0f_addr_from_v4(v4);
}

static uint32_t seconds(const bench_t *b)
{
    return (uint32_t)(b->now.boot_us / 1000000);
}

static p0f_host_t host(const bench_t *b, unsigned int last)
{
    p0f_addr_t addr = address(last);
    p0f_host_t rec;

    assert_int_equal(p0f_cache_host_read(&b->cache, &addr, seconds(b), &rec),
                     P0F_OK);
    return rec;
}

static p0f_connkey_t key(unsigned int last, uint16_t port)
{
    p0f_connkey_t k = { .peer = address(last), .local = address(2),
                        .peer_port = port, .local_port = 80 };

    return k;
}

static p0f_conn_t conn(const bench_t *b, unsigned int last, uint16_t port)
{
    p0f_connkey_t k = key(last, port);
    p0f_conn_t rec;

    assert_int_equal(p0f_cache_conn_read(&b->cache, &k, seconds(b), &rec),
                     P0F_OK);
    return rec;
}

/* ---- tools: conversations ---------------------------------------------- */

static unsigned int lines(const bench_t *b, const char *what)
{
    const char *p = b->log;
    unsigned int n = 0;

    for (; (p = strstr(p, what)); p++)
        n++;
    return n;
}

static const char *name(const bench_t *b, uint16_t label)
{
    static char text[600];
    uint32_t gen;

    p0f_report_label(p0f_cache_db(&b->cache, &gen), label, text, sizeof(text));
    return text;
}

static uint64_t drops(const bench_t *b, p0f_drop_t reason)
{
    return p0f_cache_counter(&b->cache, P0F_CTR_DROP_FIRST + (unsigned)reason);
}

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

static void feed_ahead(bench_t *b, const char *text)
{
    uint8_t buffer[PACKET_MAX];
    size_t n = packets_build(text, buffer);

    p0f_engine_feed_ahead(b->engine, &b->link, packets_guard(buffer, n),
                          b->now);
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
            p0f_engine_feed_ring(b.engine, &rec, b.now);
            b.log[0] = '\0';
        }
        after = mallinfo2();
        assert_int_equal(after.uordblks, before.uordblks);
        assert_int_equal(after.hblkhd, before.hblkhd);
        assert_int_equal(after.arena, before.arena);
        close_bench(&b);
    }
}

/* ---- what workers hand over ------------------------------------------- */

static p0f_ring_rec_t ring_record(const bench_t *b, uint8_t kind,
                                  unsigned int last, uint16_t port)
{
    p0f_ring_rec_t rec = { .peer = address(last), .local = address(2),
                           .peer_port = port, .local_port = 80, .kind = kind,
                           .boot_us = b->now.boot_us };

    return rec;
}

static void saved_syn(bench_t *b, const char *text, p0f_ring_rec_t *rec)
{
    uint8_t buffer[PACKET_MAX];
    size_t n = packets_build(text, buffer);

    assert_true(n <= sizeof(rec->raw));
    memcpy(rec->raw, buffer, n);
    rec->raw_len = (uint8_t)n;
    p0f_engine_feed_ring(b->engine, rec, b->now);
}

static void a_confirmed_connection_is_marked(void **state)
{
    bench_t b;
    p0f_ring_rec_t rec;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    assert_false(conn(&b, 1, 1000).rec_flags & P0F_REC_CONFIRMED);
    rec = ring_record(&b, P0F_RING_CONFIRMED, 1, 1000);
    p0f_engine_feed_ring(b.engine, &rec, b.now);
    assert_true(conn(&b, 1, 1000).rec_flags & P0F_REC_CONFIRMED);
    assert_true(host(&b, 1).rec_flags & P0F_REC_CONFIRMED);
    assert_int_equal(host(&b, 1).total_conn, 1);
    rec = ring_record(&b, P0F_RING_CONFIRMED, 9, 1000);
    p0f_engine_feed_ring(b.engine, &rec, b.now);     /* never seen */
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 1);
    close_bench(&b);
}

static void a_saved_syn_counts_once_with_the_captured_one(void **state)
{
    bench_t b;
    p0f_ring_rec_t rec;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    rec = ring_record(&b, P0F_RING_SYN, 1, 1000);
    saved_syn(&b, LINUX_SYN, &rec);
    assert_int_equal(host(&b, 1).total_conn, 1);
    assert_true(conn(&b, 1, 1000).rec_flags & P0F_REC_CONFIRMED);
    assert_false(conn(&b, 1, 1000).rec_flags & P0F_REC_FROM_SAVED);
    rec = ring_record(&b, P0F_RING_SYN, 3, 1000);    /* nobody captured it */
    saved_syn(&b, "src=3 " LINUX_SYN, &rec);
    assert_int_equal(host(&b, 3).total_conn, 1);
    assert_string_equal(name(&b, host(&b, 3).label), "Linux 3");
    assert_true(conn(&b, 3, 1000).rec_flags & P0F_REC_FROM_SAVED);
    feed(&b, "src=3 " LINUX_SYN);                    /* and now it was */
    assert_int_equal(host(&b, 3).total_conn, 1);
    close_bench(&b);
}

static void false_records_of_a_worker_are_refused(void **state)
{
    bench_t b;
    p0f_ring_rec_t rec;

    (void)state;
    open_bench(&b, false);
    rec = ring_record(&b, P0F_RING_SYN, 7, 1000);    /* another's address */
    saved_syn(&b, LINUX_SYN, &rec);
    rec = ring_record(&b, P0F_RING_SYN, 1, 999);     /* another's port */
    saved_syn(&b, LINUX_SYN, &rec);
    rec = ring_record(&b, P0F_RING_SYN, 1, 1000);    /* no SYN */
    saved_syn(&b, "flags=A " LINUX_SYN, &rec);
    rec = ring_record(&b, P0F_RING_SYN, 1, 1000);    /* nothing */
    p0f_engine_feed_ring(b.engine, &rec, b.now);
    rec = ring_record(&b, 200, 1, 1000);             /* no such kind */
    p0f_engine_feed_ring(b.engine, &rec, b.now);
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_RING_BAD), 5);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 0);
    close_bench(&b);
}

/* The number of the label NAME, and of that name. */
static uint16_t label_of(const bench_t *b, const char *name)
{
    uint32_t gen;
    const p0f_db_t *db = p0f_cache_db(&b->cache, &gen);
    const p0f_label_t *label;
    uint16_t n;

    for (n = 0; (label = p0f_db_label(db, n)) != NULL; n++) {
        if (!strcmp(p0f_db_text(db, label->name), name))
            return n;
    }
    fail_msg("no label %s", name);
    return P0F_NO_LABEL;
}

static p0f_ringhttp_t request_of(const bench_t *b, const char *software)
{
    p0f_ringhttp_t http = {
        .said = { .claim = P0F_NAT_NO_CLAIM, .label = label_of(b, software),
                  .language = 'd' << 8 | 'e' },
        .heard = 1
    };

    p0f_cache_db(&b->cache, &http.db_gen);
    return http;
}

static void tell_request(bench_t *b, unsigned int last,
                         const p0f_ringhttp_t *http)
{
    p0f_ring_rec_t rec = ring_record(b, P0F_RING_HTTP, last, 1000);

    memcpy(rec.raw, http, sizeof(*http));
    rec.raw_len = sizeof(*http);
    p0f_engine_feed_ring(b->engine, &rec, b->now);
}

static void a_request_enters_its_sender_s_history(void **state)
{
    p0f_ringhttp_t http;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    b.log[0] = '\0';
    http = request_of(&b, "browser");
    tell_request(&b, 1, &http);
    assert_string_equal(name(&b, host(&b, 1).http), "browser 2");
    assert_int_equal(host(&b, 1).language, 'd' << 8 | 'e');
    assert_int_equal(host(&b, 1).bad_sw, 0);
    assert_string_equal(b.log, "");
    http.said.via = 1;
    http.said.dishonest = 1;
    tell_request(&b, 1, &http);
    assert_int_equal(host(&b, 1).bad_sw, 2);
    assert_int_equal(host(&b, 1).last_chg, 1700000000);
    assert_int_equal(lines(&b, "mod=host change|"), 1);
    assert_non_null(strstr(b.log, "|reason=via|raw_hits=1,1,1,1\n"));
    http = request_of(&b, "editor");             /* of Windows */
    tell_request(&b, 1, &http);
    assert_non_null(strstr(b.log, "|reason=app_vs_os|"));
    assert_int_equal(host(&b, 1).total_conn, 1);
    close_bench(&b);
}

/* A record of a connection and its first request; TEXT: its SYN, or NULL. */
static p0f_ring_rec_t first_record(const bench_t *b, unsigned int last,
                                   const char *text)
{
    const p0f_ringhttp_t http = request_of(b, "browser");
    p0f_ring_rec_t rec = ring_record(b, P0F_RING_FIRST, last, 1000);
    uint8_t syn[PACKET_MAX];
    size_t n = text ? packets_build(text, syn) : 0;

    assert_true(sizeof(http) + n <= sizeof(rec.raw));
    memcpy(rec.raw, &http, sizeof(http));
    memcpy(rec.raw + sizeof(http), syn, n);
    rec.raw_len = (uint8_t)(sizeof(http) + n);
    return rec;
}

static void a_connection_comes_with_its_first_request(void **state)
{
    static const char *const saved[] = { NULL, "src=3 " LINUX_SYN,
                                         "src=5 " LINUX_SYN };
    p0f_ring_rec_t rec;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);                         /* the capture has this one */
    feed(&b, "src=3 " LINUX_SYN);                /* and this one, */
    for (unsigned int i = 0; i < 3; i++) {       /* not this one */
        const unsigned int last = 1 + 2 * i;

        rec = first_record(&b, last, saved[i]);
        p0f_engine_feed_ring(b.engine, &rec, b.now);
        assert_int_equal(host(&b, last).total_conn, 1);
        assert_true(host(&b, last).rec_flags & P0F_REC_CONFIRMED);
        assert_string_equal(name(&b, host(&b, last).http), "browser 2");
        assert_true(conn(&b, last, 1000).rec_flags & P0F_REC_CONFIRMED);
        assert_int_equal(!(conn(&b, last, 1000).rec_flags
                           & P0F_REC_FROM_SAVED), last != 5);
    }
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_RING_BAD), 0);
    close_bench(&b);
}

/* By then the capture's entry is gone, and nothing tells that it's the same
 * SYN. */
static void a_late_first_request_counts_no_connection_twice(void **state)
{
    p0f_ring_rec_t rec;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    rec = first_record(&b, 1, LINUX_SYN);
    b.now.boot_us += 3600 * 1000000ull;
    p0f_cache_set_state(&b.cache, P0F_STATE_RUNNING);
    p0f_engine_feed_ring(b.engine, &rec, b.now);
    assert_int_equal(host(&b, 1).total_conn, 1);
    assert_string_equal(name(&b, host(&b, 1).http), "browser 2");
    p0f_cache_set_state(&b.cache, P0F_STATE_NO_HANDLE);
    rec = first_record(&b, 3, "src=3 " LINUX_SYN);
    rec.boot_us -= 3600 * 1000000ull;            /* nobody else has seen it */
    p0f_engine_feed_ring(b.engine, &rec, b.now);
    assert_int_equal(host(&b, 3).total_conn, 1);
    close_bench(&b);
}

static void a_false_syn_spoils_no_first_request(void **state)
{
    p0f_ring_rec_t rec;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    rec = first_record(&b, 1, "src=7 " LINUX_SYN);
    p0f_engine_feed_ring(b.engine, &rec, b.now);
    assert_string_equal(name(&b, host(&b, 1).http), "browser 2");
    assert_int_equal(host(&b, 1).total_conn, 1);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 1);
    rec = first_record(&b, 1, NULL);             /* every length, no request */
    memset(rec.raw, 0xff, sizeof(rec.raw));
    for (unsigned int n = 0; n <= P0F_RING_RAW; n++) {
        rec.raw_len = (uint8_t)n;
        p0f_engine_feed_ring(b.engine, &rec, b.now);
    }
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_RING_BAD),
                     P0F_RING_RAW + 2);
    close_bench(&b);
}

static void a_request_of_an_unknown_host_leaves_nothing(void **state)
{
    p0f_ringhttp_t http;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    http = request_of(&b, "browser");
    tell_request(&b, 1, &http);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 0);
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_RING_BAD), 0);
    close_bench(&b);
}

static void numbers_of_another_database_name_nothing(void **state)
{
    p0f_ringhttp_t http;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    http = request_of(&b, "browser");
    publish(&b, new_file);
    tell_request(&b, 1, &http);
    assert_int_equal(host(&b, 1).http, P0F_NO_LABEL);
    assert_int_equal(host(&b, 1).language, 'd' << 8 | 'e');
    assert_string_equal(name(&b, host(&b, 1).label), "Linux renamed");
    close_bench(&b);
}

static void false_requests_of_a_worker_do_no_harm(void **state)
{
    p0f_ringhttp_t good, http;
    p0f_ring_rec_t rec;
    bench_t b;
    unsigned int i, n;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    good = request_of(&b, "browser");
    rec = ring_record(&b, P0F_RING_HTTP, 1, 1000);
    for (n = 0; n <= P0F_RING_RAW; n++) {        /* of every length */
        rec.raw_len = (uint8_t)n;
        memset(rec.raw, 0xff, sizeof(rec.raw));
        p0f_engine_feed_ring(b.engine, &rec, b.now);
    }
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_RING_BAD),
                     P0F_RING_RAW + 1);
    for (i = 0; i < sizeof(good) * 256; i++) {   /* every byte, every value */
        http = good;
        ((uint8_t *)&http)[i / 256] = (uint8_t)i;
        tell_request(&b, 1, &http);
        b.log[0] = '\0';
    }
    http = good;
    http.said.label = label_of(&b, "Ethernet");  /* no software */
    tell_request(&b, 1, &http);
    assert_string_not_equal(name(&b, host(&b, 1).http), "Ethernet");
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 1);
    assert_int_equal(host(&b, 1).total_conn, 1);
    close_bench(&b);
}

static void a_worker_cannot_date_a_syn_into_the_future(void **state)
{
    bench_t b;
    p0f_ring_rec_t rec;

    (void)state;
    open_bench(&b, false);
    rec = ring_record(&b, P0F_RING_SYN, 1, 1000);
    rec.boot_us = UINT64_MAX;
    saved_syn(&b, LINUX_SYN, &rec);
    assert_int_equal(conn(&b, 1, 1000).boot_us, b.now.boot_us);
    rec = ring_record(&b, P0F_RING_SYN, 3, 1000);
    rec.boot_us -= 2000;
    saved_syn(&b, "src=3 " LINUX_SYN, &rec);
    assert_int_equal(conn(&b, 3, 1000).boot_us, b.now.boot_us - 2000);
    close_bench(&b);
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
        cmocka_unit_test(a_program_leaves_the_system_alone),
        cmocka_unit_test(an_unknown_syn_does_not_take_the_name_away),
        cmocka_unit_test(uptime_comes_from_two_syns),
        cmocka_unit_test(hosts_are_named_anew_after_a_change_of_database),
        cmocka_unit_test(no_database_leaves_everything_unknown),
        cmocka_unit_test(feeding_allocates_nothing),
        cmocka_unit_test(a_confirmed_connection_is_marked),
        cmocka_unit_test(a_saved_syn_counts_once_with_the_captured_one),
        cmocka_unit_test(false_records_of_a_worker_are_refused),
        cmocka_unit_test(a_request_enters_its_sender_s_history),
        cmocka_unit_test(a_connection_comes_with_its_first_request),
        cmocka_unit_test(a_late_first_request_counts_no_connection_twice),
        cmocka_unit_test(a_false_syn_spoils_no_first_request),
        cmocka_unit_test(a_request_of_an_unknown_host_leaves_nothing),
        cmocka_unit_test(numbers_of_another_database_name_nothing),
        cmocka_unit_test(false_requests_of_a_worker_do_no_harm),
        cmocka_unit_test(a_worker_cannot_date_a_syn_into_the_future),
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
