/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: text of SYNs and SYN+ACKs as p0f 3.09b prints it, the window
 * multiplier, distance and MTU.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "p0f_engine/sig.h"
#include "packets.h"

typedef struct {
    const char *packet, *text;
} vector_t;

/* What p0f 3.09b prints for these SYNs. */
static const vector_t syns[] = {
    { "M1460 K T1/0 N W7",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "ttl=54 M1460 K T1/0 N W7",
      "4:54+10:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "ttl=29 M1460 K T1/0 N W7",
      "4:29+3:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "ttl=28 M1460 K T1/0 N W7",
      "4:28+4:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "ttl=65 M1460 K T1/0 N W7",
      "4:65+?:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "ttl=100 M1460 K T1/0 N W7",
      "4:100+28:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "ttl=255 M1460 K T1/0 N W7",
      "4:255+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "ttl=33 M1460 K T1/0 N W7",
      "4:33+31:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "ttl=0 M1460 K T1/0 N W7",
      "4:0+32:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "M1460 K T1/0 N W7 id=0",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df:0" },
    { "M1460 K T1/0 N W7 noDF",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws::0" },
    { "M1460 K T1/0 N W7 noDF id=0",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:id-:0" },
    { "M1460 K T1/0 N W7 tos=2",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,ecn:0" },
    { "M1460 K T1/0 N W7 flags=SEC",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,ecn:0" },
    { "M1460 K T1/0 N W7 NS",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,ecn:0" },
    { "M1460 K T1/0 N W7 tos=0xb8",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "M1460 K T1/0 N W7 MBZ",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,0+:0" },
    { "M1460 K T1/0 N W7 seq=0",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,seq-:0" },
    { "M1460 K T1/0 N W7 ack=0x01000000",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,ack+:0" },
    { "M1460 K T1/0 N W7 ack=0x02ffffff",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "M1460 K T1/0 N W7 urg=1",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,uptr+:0" },
    { "M1460 K T1/0 N W7 flags=SU urg=1",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,urgf+:0" },
    { "M1460 K T1/0 N W7 flags=SP",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,pushf+:0" },
    { "M1460 K T1/0 N W7 data=3",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:+" },
    { "ipopt=4 M1460 K T1/0 N W7",
      "4:64+0:4:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "M1460 K T0/0 N W7",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,ts1-:0" },
    { "M1460 K T1/9 N W7",
      "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,ts2+:0" },
    { "M1460 K T1/0 N W15",
      "4:64+0:0:1460:mss*20,15:mss,sok,ts,nop,ws:df,id+,exws:0" },
    { "M1460 K T1/0 N W3",
      "4:64+0:0:1460:mss*20,3:mss,sok,ts,nop,ws:df,id+:0" },
    { "win=14600 M1460 K T1/0 N W3",
      "4:64+0:0:1460:mss*10,3:mss,sok,ts,nop,ws:df,id+:0" },
    { "win=14480 M1460 K T1/0 N W4",
      "4:64+0:0:1460:mss*10,4:mss,sok,ts,nop,ws:df,id+:0" },
    { "win=14480 M1380 K T1/0 N W4",
      "4:64+0:0:1380:mss*10,4:mss,sok,ts,nop,ws:df,id+:0" },
    { "win=5840 M1400 K T1/0 N W7",
      "4:64+0:0:1400:mss*4,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "win=28800 M1400 K T1/0 N W7",
      "4:64+0:0:1400:mtu*20,7:mss,sok,ts,nop,ws:df,id+:0" },
    { "win=4500 M1400",
      "4:64+0:0:1400:mtu*3,0:mss:df,id+:0" },
    { "win=3000 M1460",
      "4:64+0:0:1460:mtu*2,0:mss:df,id+:0" },
    { "win=2900 M99",
      "4:64+0:0:99:2900,0:mss:df,id+:0" },
    { "win=0 M1460",
      "4:64+0:0:1460:0,0:mss:df,id+:0" },
    { "ttl=128 win=8192 M1460 N W8 N N K",
      "4:128+0:0:1460:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0" },
    { "ttl=120 win=64240 M1460 N W8 N N K",
      "4:120+8:0:1460:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0" },
    { "ttl=128 win=65535 M1460 N N K",
      "4:128+0:0:1460:65535,0:mss,nop,nop,sok:df,id+:0" },
    { "win=65535 M1460 N W6 N N T1/0 K E x00",
      "4:64+0:0:1460:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0" },
    { "win=65535 M1460 N W4 N N T1/0 K E x00",
      "4:64+0:0:1460:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0" },
    { "win=65535 M1460 N W4 N N T1/0 K E x01",
      "4:64+0:0:1460:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0" },
    { "win=65535 M1460 E x010000",
      "4:64+0:0:1460:65535,0:mss,eol+3:df,id+,opt+:0" },
    { "win=65535 M1460 E x000001",
      "4:64+0:0:1460:65535,0:mss,eol+3:df,id+:0" },
    { "x020505b4",
      "4:64+0:0:1460:mss*20,0:mss:df,id+,bad:0" },
    { "M1460 N N N x02",
      "4:64+0:0:1460:mss*20,0:mss,nop,nop,nop,mss:df,id+,bad:0" },
    { "M1460 x05010000",
      "4:64+0:0:1460:mss*20,0:mss,sack:df,id+,bad:0" },
    { "M1460 x1e04abcd",
      "4:64+0:0:1460:mss*20,0:mss,?30:df,id+:0" },
    { "M1460 x1e290000",
      "4:64+0:0:1460:mss*20,0:mss,?30:df,id+,bad:0" },
    { "N N N N N N N N N N N N N N N N N N N N N N N N M1460",
      "4:64+0:0:0:29200,0:nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,"
      "nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop:df,id+,bad:0" },
    { "win=1024 noDF ttl=50 M1460",
      "4:50+14:0:1460:1024,0:mss::0" },
    { "win=1024 noDF ttl=64 M1460",
      "4:64+0:0:1460:1024,0:mss::0" },
    { "win=1024 noDF ttl=65 M1460",
      "4:65+?:0:1460:1024,0:mss::0" },
    { "win=512 noDF id=0 ttl=50 ack=0x01000000 M265 K T1/0",
      "4:50+14:0:265:512,0:mss,sok,ts:id-,ack+:0" },
    { "win=1337 noDF ttl=190 M1331 N E x000000000000000000000000000000000000",
      "4:190+?:0:1331:1337,0:mss,nop,eol+18::0" },
    { "win=512 noDF",
      "4:64+0:0:0:512,0:::0" },
    { "v6 win=28800 M1440 K T1/0 N W7",
      "6:64+0:0:1440:mss*20,7:mss,sok,ts,nop,ws::0" },
    { "v6 flow=5 win=28800 M1440 K T1/0 N W7",
      "6:64+0:0:1440:mss*20,7:mss,sok,ts,nop,ws:flow:0" },
    { "v6 tos=0xb9 win=28800 M1440 K T1/0 N W7",
      "6:64+0:0:1440:mss*20,7:mss,sok,ts,nop,ws:ecn:0" },
    { "v6 win=14280 M1300 K T1/0 N W4",
      "6:64+0:0:1300:mss*10,4:mss,sok,ts,nop,ws::0" },
    { "v6 win=5440 M1300",
      "6:64+0:0:1300:mtu*4,0:mss::0" },
    { "v6 win=61440 M1460 N W0",
      "6:64+0:0:1460:61440,0:mss,nop,ws::0" },
};

/* The same for answers; the client's SYN had MSS 1460 unless a number stands
 * in front. */
static const struct {
    uint16_t peer_mss;
    const char *packet, *text;
} synacks[] = {
    { 1460, "flags=SA id=0 win=14480 ack=6 M1460 K T1/1 N W7",
      "4:64+0:0:1460:mss*10,7:mss,sok,ts,nop,ws:df:0" },
    { 1460, "flags=SA id=7 win=14480 ack=6 M1460 K T1/1 N W7",
      "4:64+0:0:1460:mss*10,7:mss,sok,ts,nop,ws:df,id+:0" },
    { 1400, "flags=SA id=0 win=14000 ack=6 M1452 K T1/1 N W7",
      "4:64+0:0:1452:mss*10,7:mss,sok,ts,nop,ws:df:0" },
    { 1400, "flags=SA id=0 win=13880 ack=6 M1452 K T1/1 N W7",
      "4:64+0:0:1452:mss*10,7:mss,sok,ts,nop,ws:df:0" },
    { 13, "flags=SA id=0 win=30001 ack=6 M1452",
      "4:64+0:0:1452:mss*30001,0:mss:df:0" },
    { 13, "flags=SA id=0 win=40009 ack=6 M1452",
      "4:64+0:0:1452:40009,0:mss:df:0" },
    { 1460, "flags=SA id=9 ack=6 M1460 N W6 K T0/1 win=65535",
      "4:64+0:0:1460:65535,6:mss,nop,ws,sok,ts:df,id+,ts1-:0" },
    { 1460, "flags=SA id=0 ack=6 win=13310 M1331",
      "4:64+0:0:*:mss*10,0:mss:df:0" },
    { 1460, "flags=SA id=0 ack=0 win=14480 M1460 K T1/1 N W7",
      "4:64+0:0:1460:mss*10,7:mss,sok,ts,nop,ws:df,ack-:0" },
};

static void take(const char *text, bool strict, uint16_t peer_mss,
                 p0f_sig_t *sig)
{
    p0f_packet_t packet;

    assert_int_equal(p0f_packet_parse(packets_make(text), strict, &packet),
                     P0F_DROP_NONE);
    p0f_sig_take(&packet, peer_mss, sig);
}

static void syn_text_is_that_of_the_reference(void **state)
{
    char text[P0F_SIG_TEXT];
    p0f_sig_t sig;
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof(syns) / sizeof(syns[0]); i++) {
        take(syns[i].packet, true, 0, &sig);
        n = p0f_sig_format(&sig, text);
        assert_string_equal(text, syns[i].text);
        assert_int_equal(n, strlen(syns[i].text));
    }
}

static void synack_text_is_that_of_the_reference(void **state)
{
    char text[P0F_SIG_TEXT];
    p0f_sig_t sig;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(synacks) / sizeof(synacks[0]); i++) {
        take(synacks[i].packet, true, synacks[i].peer_mss, &sig);
        p0f_sig_format(&sig, text);
        assert_string_equal(text, synacks[i].text);
    }
}

static void not_strict_any_ack_number_and_last_padding_byte_count(void **state)
{
    char text[P0F_SIG_TEXT];
    p0f_sig_t sig;

    (void)state;
    take("ack=0x02ffffff M1460", false, 0, &sig);
    p0f_sig_format(&sig, text);
    assert_string_equal(text, "4:64+0:0:1460:mss*20,0:mss:df,id+,ack+:0");
    take("win=65535 M1460 E x000001", false, 0, &sig);
    p0f_sig_format(&sig, text);
    assert_string_equal(text, "4:64+0:0:1460:65535,0:mss,eol+3:df,id+,opt+:0");
}

static void longest_text_fits(void **state)
{
    char text[P0F_SIG_TEXT];
    p0f_sig_t sig = {
        .quirks = 0xffffffff, .mss = 65535, .window = 65535, .wscale = 255,
        .win_kind = P0F_WIN_MSS, .win_mult = 32767, .ip_opt_len = 65535,
        .version = 4, .ttl = 255, .payload = 1, .opt_count = P0F_OPT_MAX
    };

    (void)state;
    memset(sig.layout, 255, sizeof(sig.layout));
    assert_true(p0f_sig_format(&sig, text) < P0F_SIG_TEXT - 1);
    assert_string_equal(text + strlen(text) - 2, ":+");
}

static void distance_is_guessed_from_the_next_usual_ttl(void **state)
{
    static const uint8_t rows[][2] = {
        { 0, 32 }, { 32, 0 }, { 33, 31 }, { 64, 0 }, { 65, 63 }, { 128, 0 },
        { 129, 126 }, { 255, 0 }
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(p0f_sig_guess_distance(rows[i][0]), rows[i][1]);
}

static void mtu_is_mss_and_fixed_headers(void **state)
{
    p0f_sig_t sig;

    (void)state;
    take("M1460", false, 0, &sig);
    assert_int_equal(p0f_sig_mtu(&sig), 1500);
    take("v6 M1440", false, 0, &sig);
    assert_int_equal(p0f_sig_mtu(&sig), 1500);
    take("v6 M65535", false, 0, &sig);
    assert_int_equal(p0f_sig_mtu(&sig), 65595);
    take("W7", false, 0, &sig);
    assert_int_equal(p0f_sig_mtu(&sig), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(syn_text_is_that_of_the_reference),
        cmocka_unit_test(synack_text_is_that_of_the_reference),
        cmocka_unit_test(
            not_strict_any_ack_number_and_last_padding_byte_count),
        cmocka_unit_test(longest_text_fits),
        cmocka_unit_test(distance_is_guessed_from_the_next_usual_ttl),
        cmocka_unit_test(mtu_is_mss_and_fixed_headers),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("sig", tests, NULL, NULL);
}
