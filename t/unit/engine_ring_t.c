/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What workers hand to the engine: confirmations, saved SYNs and requests,
 * also those that no worker sends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engines.h"

static void a_confirmed_connection_is_marked(void **state)
{
    bench_t b;
    p0f_ring_rec_t rec;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    assert_false(conn(&b, 1, 1000).rec_flags & P0F_REC_CONFIRMED);
    rec = ring_record(&b, P0F_RING_CONFIRMED, 1, 1000);
    feed_ring(b.engine, &rec, b.now);
    assert_true(conn(&b, 1, 1000).rec_flags & P0F_REC_CONFIRMED);
    assert_true(host(&b, 1).rec_flags & P0F_REC_CONFIRMED);
    assert_int_equal(host(&b, 1).total_conn, 1);
    rec = ring_record(&b, P0F_RING_CONFIRMED, 9, 1000);
    feed_ring(b.engine, &rec, b.now);     /* never seen */
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

/* That SYN needn't be read anew, if it is that. */
static void a_known_syn_s_bytes_are_looked_at(void **state)
{
    enum { ADDRESSES = 12, SEQUENCE = 24, AFTER = 28 };
    p0f_ring_rec_t good, rec;
    unsigned int bad = 0, n;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    good = ring_record(&b, P0F_RING_SYN, 1, 1000);
    saved_syn(&b, LINUX_SYN, &good);
    for (n = 1; n < good.raw_len; n++) {         /* cut off */
        rec = good;
        rec.raw_len = (uint8_t)n;
        feed_ring(b.engine, &rec, b.now);
    }
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_RING_BAD), n - 1);
    for (n = ADDRESSES; n < SEQUENCE; n++, bad++) { /* another's */
        rec = good;
        rec.raw[n] ^= 1;
        feed_ring(b.engine, &rec, b.now);
    }
    assert_int_equal(p0f_cache_counter(&b.cache, P0F_CTR_RING_BAD),
                     good.raw_len - 1 + bad);
    for (n = 0; n < good.raw_len; n++) {         /* anything else */
        rec = good;
        rec.raw[n] ^= 1;
        if (n < SEQUENCE || n >= AFTER)
            feed_ring(b.engine, &rec, b.now);
    }
    assert_int_equal(host(&b, 1).total_conn, 1);
    rec = good;
    rec.raw[AFTER - 1] ^= 1;                     /* the next one */
    feed_ring(b.engine, &rec, b.now);
    assert_int_equal(host(&b, 1).total_conn, 2);
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
    feed_ring(b.engine, &rec, b.now);
    rec = ring_record(&b, 200, 1, 1000);             /* no such kind */
    feed_ring(b.engine, &rec, b.now);
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
    feed_ring(b->engine, &rec, b->now);
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
        feed_ring(b.engine, &rec, b.now);
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
    feed_ring(b.engine, &rec, b.now);
    assert_int_equal(host(&b, 1).total_conn, 1);
    assert_string_equal(name(&b, host(&b, 1).http), "browser 2");
    p0f_cache_set_state(&b.cache, P0F_STATE_NO_HANDLE);
    rec = first_record(&b, 3, "src=3 " LINUX_SYN);
    rec.boot_us -= 3600 * 1000000ull;            /* nobody else has seen it */
    feed_ring(b.engine, &rec, b.now);
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
    feed_ring(b.engine, &rec, b.now);
    assert_string_equal(name(&b, host(&b, 1).http), "browser 2");
    assert_int_equal(host(&b, 1).total_conn, 1);
    assert_int_equal(p0f_cache_count_hosts(&b.cache), 1);
    rec = first_record(&b, 1, NULL);             /* every length, no request */
    memset(rec.raw, 0xff, sizeof(rec.raw));
    for (unsigned int n = 0; n <= P0F_RING_RAW; n++) {
        rec.raw_len = (uint8_t)n;
        feed_ring(b.engine, &rec, b.now);
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
        feed_ring(b.engine, &rec, b.now);
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

/* Record N of a mixture: of few hosts, so that one record finds what the one
 * before has left, and of connections that two or three records are about. */
static p0f_ring_rec_t mixed_record(const bench_t *b, unsigned int n)
{
    static const uint8_t kinds[] = { P0F_RING_FIRST, P0F_RING_SYN, 200,
                                     P0F_RING_CONFIRMED, P0F_RING_HTTP };
    const unsigned int last = 3 + n / 3 % 5;
    p0f_ring_rec_t rec;
    char text[80];

    snprintf(text, sizeof(text), "src=%u seq=%u T%u/0 %s", last, n / 9, n,
             n % 4 ? "M1460 K N W7" : "M1400");
    rec = first_record(b, last, text);
    rec.kind = kinds[n * n % 5];
    if (rec.kind == P0F_RING_HTTP)
        rec.raw_len = sizeof(p0f_ringhttp_t);
    if (rec.kind == P0F_RING_SYN) {
        rec.raw_len = (uint8_t)(rec.raw_len - sizeof(p0f_ringhttp_t));
        memmove(rec.raw, rec.raw + sizeof(p0f_ringhttp_t), rec.raw_len);
    }
    return rec;
}

/* What is told and counted of ONE and OTHER is the same, and their tables
 * are. */
static void same_work(const bench_t *one, const bench_t *other)
{
    unsigned int c, last;

    assert_string_equal(one->log, other->log);
    for (c = 0; c < P0F_CTR_COUNT; c++)
        assert_int_equal(p0f_cache_counter(&one->cache, c),
                         p0f_cache_counter(&other->cache, c));
    for (last = 3; last < 8; last++) {
        const p0f_host_t hosts[] = { host(one, last), host(other, last) };
        const p0f_conn_t conns[] = { conn(one, last, 1000),
                                     conn(other, last, 1000) };

        assert_memory_equal(&hosts[0], &hosts[1], sizeof(hosts[0]));
        assert_memory_equal(&conns[0], &conns[1], sizeof(conns[0]));
    }
}

/* The same records, held back or not: the same lines, counts and tables. */
static void records_held_back_are_entered_in_order(void **state)
{
    bench_t one, other;
    bool behind = false;
    unsigned int n;

    (void)state;
    open_bench(&one, false);
    open_bench(&other, false);
    for (n = 0; n < 40; n++) {
        const p0f_ring_rec_t rec = mixed_record(&one, n);

        feed_ring(one.engine, &rec, one.now);
        p0f_engine_feed_ring(other.engine, &rec, other.now);
        behind = behind || strlen(other.log) < strlen(one.log);
        pass(&one, 100);
        pass(&other, 100);
    }
    assert_true(behind);
    assert_true(lines(&one, "mod=syn|") > 5);
    p0f_engine_settle(other.engine);
    same_work(&one, &other);
    close_bench(&one);
    close_bench(&other);
}

/* A connection and its request N, of few hosts: as one record. */
static p0f_ring_rec_t one_of_both(const bench_t *b, unsigned int n)
{
    static const char *const software[] = { "browser", "editor", "Scanner" };
    const unsigned int last = 3 + n % 5;
    p0f_ringhttp_t http = request_of(b, software[n % 3]);
    p0f_ring_rec_t rec;
    char text[80];

    snprintf(text, sizeof(text), "src=%u seq=%u %sT%u/0 N W7", last, n / 10,
             n % 4 ? "M1460 K " : "M1400 ", 1000 + n * 1700);
    rec = first_record(b, n == 13 ? 9 : last, text);
    rec.boot_us -= n % 3 * 700000;
    http.said.via = n % 4 == 0;
    http.said.dishonest = n % 5 == 0;
    http.heard = n % 7 != 0;
    http.mismatch = n % 3 == 0;
    http.db_gen += n % 11 == 0;
    if (n % 6 == 5)
        http.spare[1] = http.said.via = 7;       /* no worker's */
    memcpy(rec.raw, &http, sizeof(http));
    return rec;
}

/* The same as two, as to hosts that have a history. */
static void feed_both(bench_t *b, const p0f_ring_rec_t *first)
{
    const size_t said = sizeof(p0f_ringhttp_t);
    p0f_ring_rec_t syn = *first, http = *first;

    syn.kind = P0F_RING_SYN;
    syn.raw_len = (uint8_t)(first->raw_len - said);
    memmove(syn.raw, first->raw + said, syn.raw_len);
    feed_ring(b->engine, &syn, b->now);
    http.kind = P0F_RING_HTTP;
    http.raw_len = (uint8_t)said;
    feed_ring(b->engine, &http, b->now);
}

/* What is entered in one go is told, counted and kept as what is entered one
 * after the other. */
static void a_first_request_says_what_two_records_do(void **state)
{
    bench_t one, other;
    unsigned int n;

    (void)state;
    open_bench(&one, false);
    open_bench(&other, false);
    for (n = 0; n < 48; n++) {
        const p0f_ring_rec_t rec = one_of_both(&one, n);

        feed_ring(one.engine, &rec, one.now);
        feed_both(&other, &rec);
        pass(&one, 1700);
        pass(&other, 1700);
        if (n >= 5)
            same_work(&one, &other);
    }
    assert_true(lines(&one, "mod=syn|") > 10);
    assert_true(lines(&one, "mod=host change|") > 10);
    assert_true(lines(&one, "reason=via") > 2);
    assert_true(lines(&one, "mod=uptime|") > 2);
    assert_true(lines(&one, "mismatch\n") > 2);
    assert_true(p0f_cache_counter(&one.cache, P0F_CTR_RING_BAD) > 2);
    assert_true(p0f_cache_counter(&one.cache, P0F_CTR_CONFIRMED) > 2);
    close_bench(&one);
    close_bench(&other);
}

/* A frame meets all that was handed over before it, and a record all frames
 * before it: here each is the other's duplicate. */
static void frames_and_records_wait_for_each_other(void **state)
{
    p0f_ring_rec_t rec;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    rec = first_record(&b, 3, "src=3 " LINUX_SYN);
    p0f_engine_feed_ring(b.engine, &rec, b.now);
    assert_string_equal(b.log, "");              /* held back */
    feed(&b, "src=3 " LINUX_SYN);
    assert_true(conn(&b, 3, 1000).rec_flags & P0F_REC_FROM_SAVED);
    assert_int_equal(drops(&b, P0F_DROP_DUPLICATE), 1);
    feed_ahead(&b, "src=5 " LINUX_SYN);
    rec = first_record(&b, 5, "src=5 " LINUX_SYN);
    feed_ring(b.engine, &rec, b.now);
    assert_true(conn(&b, 5, 1000).rec_flags & P0F_REC_CONFIRMED);
    assert_false(conn(&b, 5, 1000).rec_flags & P0F_REC_FROM_SAVED);
    assert_int_equal(host(&b, 3).total_conn, 1);
    assert_int_equal(host(&b, 5).total_conn, 1);
    close_bench(&b);
}

/* Another engine in the place of B's, on the same tables, which nothing but the
 * ring feeds. */
static void ring_only(bench_t *b, bool observed)
{
    const p0f_engine_config_t config = {
        .cache = &b->cache, .conn_age_s = 30, .host_idle_s = 7200,
        .ring_only = true
    };

    p0f_engine_destroy(b->engine);
    assert_int_equal(p0f_engine_create(&b->engine, &config, NULL), P0F_OK);
    if (observed)
        assert_true(p0f_engine_observe(b->engine, take_line, b));
}

/* What hosts have of it is the same. */
static void where_only_the_ring_tells_no_connection_is_kept(void **state)
{
    const p0f_connkey_t last = key(5, 1000);
    bench_t one, other;
    p0f_ring_rec_t rec;
    p0f_conn_t kept;

    (void)state;
    open_bench(&one, false);
    open_bench(&other, false);
    ring_only(&one, false);
    for (unsigned int n = 3; n < 6; n++) {
        char text[40];

        snprintf(text, sizeof(text), "src=%u " LINUX_SYN, n);
        rec = first_record(&one, n, text);
        p0f_engine_feed_ring(one.engine, &rec, one.now);
        p0f_engine_feed_ring(other.engine, &rec, other.now);
        rec = ring_record(&one, P0F_RING_CONFIRMED, n, 2000);
        p0f_engine_feed_ring(one.engine, &rec, one.now);
    }
    p0f_engine_settle(one.engine);
    p0f_engine_settle(other.engine);
    for (unsigned int n = 3; n < 6; n++) {
        const p0f_host_t hosts[] = { host(&one, n), host(&other, n) };

        assert_memory_equal(&hosts[0], &hosts[1], sizeof(hosts[0]));
        assert_string_equal(name(&one, hosts[0].http), "browser 2");
    }
    assert_int_equal(p0f_cache_count_conns(&one.cache), 0);
    assert_int_equal(p0f_cache_count_conns(&other.cache), 3);
    assert_int_equal(p0f_cache_counter(&one.cache, P0F_CTR_RING_SYNS), 3);
    assert_int_equal(p0f_cache_counter(&one.cache, P0F_CTR_RING_BAD), 0);
    ring_only(&one, true);                       /* but for who may ask */
    feed_ring(one.engine, &rec, one.now);
    rec = first_record(&one, 5, "src=5 " LINUX_SYN);
    feed_ring(one.engine, &rec, one.now);
    assert_int_equal(p0f_cache_conn_read(&one.cache, &last, seconds(&one),
                                         &kept), P0F_OK);
    close_bench(&one);
    close_bench(&other);
}

/* After a restart that ended the capture, or in place of a helper that had
 * one. */
static void what_an_earlier_capture_saw_counts_no_second_time(void **state)
{
    p0f_ring_rec_t rec, later;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    rec = first_record(&b, 1, LINUX_SYN);
    rec.boot_us += 29 * 1000000;                 /* it waited for its accept */
    ring_only(&b, false);
    later = first_record(&b, 3, "src=3 " LINUX_SYN);
    feed_ring(b.engine, &later, b.now);
    pass(&b, 58 * 1000);                         /* and its request */
    feed_ring(b.engine, &rec, b.now);
    assert_int_equal(host(&b, 1).total_conn, 1);
    assert_string_equal(name(&b, host(&b, 1).http), "browser 2");
    pass(&b, 3 * 1000);                          /* later than any */
    assert_int_equal(p0f_cache_count_conns(&b.cache), 2);
    later = first_record(&b, 5, "src=5 " LINUX_SYN);
    feed_ring(b.engine, &later, b.now);
    assert_int_equal(p0f_cache_count_conns(&b.cache), 2);
    close_bench(&b);
}

static void a_request_that_is_no_news_leaves_the_record(void **state)
{
    p0f_hostmark_t mark;
    p0f_ringhttp_t http;
    p0f_host_t rec;
    bench_t b;

    (void)state;
    open_bench(&b, false);
    feed(&b, LINUX_SYN);
    http = request_of(&b, "browser");
    tell_request(&b, 1, &http);
    rec = host(&b, 1);
    assert_true(p0f_cache_host_mark(&b.cache, &rec, &mark));
    pass(&b, 7000 * 1000);
    tell_request(&b, 1, &http);
    assert_true(p0f_cache_host_same(&mark));
    pass(&b, 7000 * 1000);                       /* it was in use */
    assert_int_equal(host(&b, 1).total_conn, 1);
    http.said.language = 'f' << 8 | 'r';
    tell_request(&b, 1, &http);
    assert_false(p0f_cache_host_same(&mark));
    assert_int_equal(host(&b, 1).language, 'f' << 8 | 'r');
    close_bench(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_confirmed_connection_is_marked),
        cmocka_unit_test(a_saved_syn_counts_once_with_the_captured_one),
        cmocka_unit_test(a_known_syn_s_bytes_are_looked_at),
        cmocka_unit_test(false_records_of_a_worker_are_refused),
        cmocka_unit_test(a_request_enters_its_sender_s_history),
        cmocka_unit_test(a_connection_comes_with_its_first_request),
        cmocka_unit_test(a_late_first_request_counts_no_connection_twice),
        cmocka_unit_test(a_false_syn_spoils_no_first_request),
        cmocka_unit_test(a_request_of_an_unknown_host_leaves_nothing),
        cmocka_unit_test(numbers_of_another_database_name_nothing),
        cmocka_unit_test(false_requests_of_a_worker_do_no_harm),
        cmocka_unit_test(a_worker_cannot_date_a_syn_into_the_future),
        cmocka_unit_test(records_held_back_are_entered_in_order),
        cmocka_unit_test(a_first_request_says_what_two_records_do),
        cmocka_unit_test(frames_and_records_wait_for_each_other),
        cmocka_unit_test(where_only_the_ring_tells_no_connection_is_kept),
        cmocka_unit_test(what_an_earlier_capture_saw_counts_no_second_time),
        cmocka_unit_test(a_request_that_is_no_news_leaves_the_record),
    };

    apr_initialize();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("engine_ring", tests, NULL, NULL);
}
