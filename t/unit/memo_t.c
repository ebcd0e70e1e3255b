/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of a kind of packets is what would be reckoned anew, and
 * some hundred kinds are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fp_files.h"
#include "p0f_engine/match_v3.h"
#include "p0f_engine/memo.h"
#include "packets.h"

static const char *const files[] = {
    "classes = unix,win\n[mtu]\nlabel = Ethernet\nsig = 1500\n"
    "[tcp:request]\n"
    "label = s:unix:One:\nsig = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+:0\n"
    "label = g:unix:Two:\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n"
    "label = s:win:Three:\nsig = *:128:0:*:8192,0:mss:df,id+:0\n"
    "[tcp:response]\n"
    "label = s:unix:Four:\nsig = *:64:0:*:mss*10,*:mss:df:0\n",
    "classes = unix\n[tcp:request]\n"
    "label = s:unix:Other:\nsig = *:64:0:*:*,*:*:df,id+:0\n"
};

static const p0f_db_t *database(const char *text)
{
    p0f_bytes_t bytes = { (const uint8_t *)text, strlen(text) };
    p0f_db_builder_t *builder;
    const p0f_db_t *db;
    p0f_error_t err;
    size_t size;

    assert_int_equal(p0f_db_builder_create(&builder, pool), P0F_OK);
    p0f_fp_v3_parse(builder, "t.fp", bytes, NULL, &err);
    assert_int_equal(p0f_db_compile(builder, pool, &db, &size), P0F_OK);
    return db;
}

static p0f_packet_t packet(const char *text)
{
    p0f_packet_t p;

    assert_int_equal(p0f_packet_parse(packets_make(text), false, &p),
                     P0F_DROP_NONE);
    return p;
}

/* Any of thousands of kinds. */
static p0f_packet_t any_packet(unsigned int n)
{
    static const char *const options[] = {
        "M1460 K T1/0 N W7", "M1460", "M1400 K T0/0 N W7", "M1460 N W2", "E"
    };
    char text[160];

    snprintf(text, sizeof(text), "%sttl=%u win=%u tos=%u seq=%u data=%u %s%s%s",
             n % 7 ? "" : "v6 ", n % 3 ? 60u : 128u - n % 50,
             n % 2 ? 29200u : 8192 + n % 11, n % 13 ? 0u : 4u, n % 17,
             n % 19 ? 0u : 3u, n % 5 ? "flags=S " : "flags=SA ack=9 ",
             n % 23 ? "" : "noDF ", options[n % 5]);
    return packet(text);
}

static void assert_kind(const p0f_kind_t *kind, const p0f_db_t *db,
                        const p0f_packet_t *p, uint16_t peer_mss)
{
    p0f_dir_t dir = p->flags & P0F_TCP_ACK ? P0F_DIR_RESPONSE
                                           : P0F_DIR_REQUEST;
    p0f_match_t match;
    p0f_sig_t sig;

    p0f_sig_take(p, peer_mss, &sig);
    p0f_match_v3(db, dir, &sig, false, &match);
    sig.ts1 = 0;
    assert_memory_equal(&kind->sig, &sig, sizeof(sig));
    assert_int_equal(kind->match.sig, match.sig);
    assert_int_equal(kind->match.label, match.label);
    assert_int_equal(kind->match.dist, match.dist);
    assert_int_equal(kind->match.fuzzy, match.fuzzy);
    assert_int_equal(kind->mtu, p0f_sig_mtu(&sig));
    assert_int_equal(kind->link, p0f_host_link(db, kind->mtu, false));
    assert_int_equal(kind->ref.quirks, sig.quirks);
    assert_int_equal(kind->ref.recv_ms, 0);
}

static void what_is_remembered_is_what_would_be_reckoned(void **state)
{
    const p0f_db_t *dbs[] = { database(files[0]), database(files[1]) };
    p0f_memo_t *memo = p0f_memo_create(false);
    unsigned int n;

    (void)state;
    for (n = 0; n < 20000; n++) {
        p0f_packet_t p = any_packet(n / 2 % 3000);
        uint16_t peer_mss = (uint16_t)(p.flags & P0F_TCP_ACK ? 1400 + n % 3
                                                             : 0);
        unsigned int which = n / 10000;

        assert_kind(p0f_memo_recognise(memo, dbs[which], which + 1, &p, 0,
                                       peer_mss),
                    dbs[which], &p, peer_mss);
    }
    p0f_memo_destroy(memo);
}

static void a_kind_keeps_its_stamp_and_no_other_has_it(void **state)
{
    const p0f_db_t *db = database(files[0]);
    p0f_memo_t *memo = p0f_memo_create(false);
    p0f_packet_t one = packet("sport=7 M1460 K T5/0 N W7");
    p0f_packet_t same = packet("sport=8 src=9 seq=3 M1460 K T77/0 N W7");
    p0f_packet_t other = packet("ttl=63 M1460 K T5/0 N W7");
    uint64_t stamp;

    (void)state;
    stamp = p0f_memo_recognise(memo, db, 1, &one, 0, 0)->stamp;
    assert_int_equal(p0f_memo_recognise(memo, db, 1, &same, 0, 0)->stamp,
                     stamp);
    assert_int_not_equal(p0f_memo_recognise(memo, db, 1, &other, 0, 0)->stamp,
                         stamp);
    assert_int_not_equal(p0f_memo_recognise(memo, db, 2, &one, 0, 0)->stamp,
                         stamp);
    p0f_memo_destroy(memo);
}

/* Shapes as an engine finds them: a number each, many of a kind, with kinds
 * and databases that drive each other out. */
static void a_shape_is_recognised_as_its_packet_would_be(void **state)
{
    const p0f_db_t *dbs[] = { database(files[0]), database(files[1]) };
    p0f_memo_t *memo = p0f_memo_create(false);
    unsigned int n;

    (void)state;
    for (n = 0; n < 20000; n++) {
        unsigned int kind = n * 7 % 3001 * (n % 3), which = n / 64 % 2;
        p0f_packet_t p = any_packet(kind);

        if (p.flags & P0F_TCP_ACK)
            continue;
        assert_kind(p0f_memo_recognise(memo, dbs[which], which + 1, &p,
                                       kind + 1, 0), dbs[which], &p, 0);
    }
    p0f_memo_destroy(memo);
}

/* Two of them may share a place, by chance of their hashes, few do. */
static void kinds_that_come_in_turn_are_remembered(void **state)
{
    enum { KINDS = 100, AROUND = 5 };
    const p0f_db_t *db = database(files[0]);
    p0f_memo_t *memo = p0f_memo_create(false);
    uint64_t stamps[KINDS] = { 0 };
    unsigned int n, again = 0;
    char text[64];

    (void)state;
    for (n = 0; n < AROUND * KINDS; n++) {
        p0f_packet_t p;
        uint64_t stamp;

        snprintf(text, sizeof(text), "win=%u M%u", 1000 + n % KINDS * 7,
                 1400 + n % KINDS % 3);
        p = packet(text);
        stamp = p0f_memo_recognise(memo, db, 1, &p, 0, 0)->stamp;
        again += n >= KINDS && stamp == stamps[n % KINDS];
        stamps[n % KINDS] = stamp;
    }
    assert_in_range(again, (AROUND - 1) * KINDS * 3 / 4,
                    (AROUND - 1) * KINDS);
    p0f_memo_destroy(memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_remembered_is_what_would_be_reckoned),
        cmocka_unit_test(a_kind_keeps_its_stamp_and_no_other_has_it),
        cmocka_unit_test(a_shape_is_recognised_as_its_packet_would_be),
        cmocka_unit_test(kinds_that_come_in_turn_are_remembered)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    return cmocka_run_group_tests_name("memo", tests, fp_files_make_pool,
                                       fp_files_drop_pool);
}
