/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching: packets against known signatures with the results of p0f 3.09b,
 * what differs without strictness, and the indexed search against the plain
 * linear rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "fp_files.h"
#include "p0f_engine/match_v3.h"
#include "packets.h"
#include "random.h"

#define L "M1460 K T1/0 N W7 "
#define MAC "M1460 N W4 N N T1/0 K E "
#define UNIX "classes = unix\n[tcp:request]\n"

/* ---- packets of the reference ---------------------------------------- */

static p0f_sig_t sig_of(const char *packet, uint16_t peer_mss, bool strict)
{
    p0f_packet_t parsed;
    p0f_sig_t sig;

    assert_int_equal(p0f_packet_parse(packets_make(packet), strict, &parsed),
                     P0F_DROP_NONE);
    p0f_sig_take(&parsed, peer_mss, &sig);
    return sig;
}

/* The answer to PACKET as "name flavor|dist|params", a tool's name in
 * brackets. */
static const char *answer(const p0f_db_t *db, p0f_dir_t dir,
                          const char *packet, uint16_t peer_mss, bool strict)
{
    p0f_sig_t sig = sig_of(packet, peer_mss, strict);
    const char *name = "???", *flavor = "";
    char params[P0F_PARAMS_TEXT];
    const p0f_label_t *label;
    p0f_match_t match;
    size_t len;

    p0f_match_v3(db, dir, &sig, strict, &match);
    label = p0f_db_label(db, match.label);
    if (label) {
        name = p0f_db_text(db, label->name);
        flavor = p0f_db_text(db, label->flavor);
        assert_int_equal(match.app, (label->flags & P0F_LABEL_APP) != 0);
        assert_int_equal(match.generic,
                         (label->flags & P0F_LABEL_GENERIC) != 0);
        assert_int_equal(match.line, p0f_db_sig(db, dir, match.sig)->line);
    }
    len = p0f_match_v3_params(&match, &sig, params);
    assert_int_equal(len, strlen(params));
    return apr_psprintf(pool, "%s%s%s%s%s|%s%d|%s", match.app ? "[" : "",
                        name, *flavor ? " " : "", flavor,
                        match.app ? "]" : "", match.ttl_random ? "<= " : "",
                        match.dist, params);
}

typedef struct {
    const char *packet;
    const char *strict;              /* what 3.09b says */
    const char *normal;              /* NULL: the same */
    uint16_t peer_mss;
} vector_t;

#define LINUX311 "Linux 3.11 and newer"
#define LINUX_G  "Linux 2.2.x-3.x"
#define BARE     "Linux 2.2.x-3.x (barebone)"
#define MACOS    "Mac OS X 10.9 or newer"

static const vector_t syns[] = {
    { L, LINUX311 "|0|none", NULL, 0 },
    { "ttl=54 " L, LINUX311 "|10|none", NULL, 0 },
    { "ttl=29 " L, LINUX311 "|35|none", NULL, 0 },
    { "ttl=28 " L, LINUX311 "|4|fuzzy", NULL, 0 },
    { "ttl=65 " L, LINUX311 "|63|fuzzy excess_dist", NULL, 0 },
    { "ttl=100 " L, LINUX311 "|28|fuzzy", NULL, 0 },
    { "ttl=255 " L, LINUX311 "|0|fuzzy", NULL, 0 },
    { "ttl=33 " L, LINUX311 "|31|none", NULL, 0 },
    { "ttl=0 " L, LINUX311 "|32|fuzzy", NULL, 0 },
    { "id=0 " L, LINUX311 "|0|fuzzy", NULL, 0 },
    { "noDF " L, LINUX311 "|0|fuzzy", NULL, 0 },
    { "noDF id=0 " L, LINUX311 "|0|fuzzy", NULL, 0 },
    { "tos=2 " L, LINUX311 "|0|fuzzy", NULL, 0 },
    { "flags=SEC " L, LINUX311 "|0|fuzzy", NULL, 0 },
    { "NS " L, LINUX311 "|0|fuzzy", NULL, 0 },
    { "tos=0xb8 " L, LINUX311 "|0|tos:0x2e", NULL, 0 },
    { "MBZ " L, "???|0|none", NULL, 0 },
    { "seq=0 " L, "???|0|none", NULL, 0 },
    { "ack=0x01000000 " L, "???|0|none", NULL, 0 },
    { "ack=0x02ffffff " L, LINUX311 "|0|none", "???|0|none", 0 },
    { "urg=1 " L, "???|0|none", NULL, 0 },
    { "flags=SU urg=1 " L, "???|0|none", NULL, 0 },
    { "flags=SP " L, "???|0|none", NULL, 0 },
    { "data=3 " L, "???|0|none", NULL, 0 },
    { "ipopt=4 " L, "???|0|none", NULL, 0 },
    { "M1460 K T0/0 N W7", "???|0|none", NULL, 0 },
    { "M1460 K T1/9 N W7", "???|0|none", NULL, 0 },
    { "M1460 K T1/0 N W15", "???|0|none", NULL, 0 },
    { "M1460 K T1/0 N W3", LINUX_G "|0|generic", NULL, 0 },
    { "win=14600 M1460 K T1/0 N W3", "Linux 3.x|0|generic", NULL, 0 },
    { "win=14480 M1460 K T1/0 N W4", "Linux 3.1-3.10|0|none", NULL, 0 },
    { "win=14480 M1380 K T1/0 N W4", "Linux 3.1-3.10|0|none", NULL, 0 },
    { "win=5840 M1400 K T1/0 N W7", "Linux 2.6.x|0|none", NULL, 0 },
    { "win=28800 M1400 K T1/0 N W7", LINUX_G "|0|generic", NULL, 0 },
    { "win=4500 M1400", BARE "|0|generic", NULL, 0 },
    { "win=3000 M1460", BARE "|0|generic", NULL, 0 },
    { "win=2900 M99", BARE "|0|generic", NULL, 0 },
    { "win=0 M1460", BARE "|0|generic", NULL, 0 },
    { "ttl=128 win=8192 M1460 N W8 N N K", "Windows 7 or 8|0|none", NULL, 0 },
    { "ttl=120 win=64240 M1460 N W8 N N K", "Windows NT kernel|8|generic",
      NULL, 0 },
    { "ttl=128 win=65535 M1460 N N K", "Windows XP|0|none", NULL, 0 },
    { "win=65535 M1460 N W6 N N T1/0 K E x00", "Mac OS X|0|generic", NULL, 0 },
    { "win=65535 " MAC "x00", MACOS "|0|none", NULL, 0 },
    { "win=65535 " MAC "x01", MACOS "|0|none", "???|0|none", 0 },
    { "win=65535 M1460 E x010000", "???|0|none", NULL, 0 },
    { "win=65535 M1460 E x000001", "???|0|none", NULL, 0 },
    { "x020505b4", "???|0|none", NULL, 0 },
    { "M1460 N N N x02", "???|0|none", NULL, 0 },
    { "M1460 x05010000", "???|0|none", NULL, 0 },
    { "M1460 x1e04abcd", "???|0|none", NULL, 0 },
    { "M1460 x1e290000", "???|0|none", NULL, 0 },
    { "x010101010101010101010101010101010101010101010101 M1460",
      "???|0|none", NULL, 0 },
    { "win=1024 noDF ttl=50 M1460", "[Scanner SYN scan]|<= 14|random_ttl",
      NULL, 0 },
    { "win=1024 noDF ttl=64 M1460", "[Scanner SYN scan]|<= 0|random_ttl",
      NULL, 0 },
    { "win=1024 noDF ttl=65 M1460", BARE "|63|generic fuzzy excess_dist",
      NULL, 0 },
    { "win=512 noDF id=0 ttl=50 ack=0x01000000 M265 K T1/0", "???|0|none",
      "???|14|none", 0 },
    { "win=1337 noDF ttl=190 M1331 N E x000000000000000000000000000000000000",
      "[Probe]|2|none", NULL, 0 },
    { "win=512 noDF", "???|0|none", NULL, 0 },
    { "v6 win=28800 M1440 K T1/0 N W7", LINUX311 "|0|none", NULL, 0 },
    { "v6 flow=5 win=28800 M1440 K T1/0 N W7", "???|0|none", NULL, 0 },
    { "v6 tos=0xb9 win=28800 M1440 K T1/0 N W7",
      LINUX311 "|0|fuzzy tos:0x2e", NULL, 0 },
    { "v6 win=14280 M1300 K T1/0 N W4", "Linux 3.1-3.10|0|none", NULL, 0 },
    { "v6 win=5440 M1300", BARE "|0|generic", NULL, 0 },
    { "v6 win=61440 M1460 N W0", "OpenVMS 7.x|0|none", "???|0|none", 0 },
};

#define SA "flags=SA seq=77 ack=6 id=0 "

static const vector_t synacks[] = {
    { SA "win=14480 M1460 K T1/1 N W7", "Linux 3.x|0|none", NULL, 1460 },
    { SA "win=14480 id=7 M1460 K T1/1 N W7", "???|0|none", NULL, 1460 },
    { SA "win=5792 M1460 K T1/1 N W0", "Linux 2.4.x|0|none", NULL, 1460 },
    { SA "win=5792 M1460 K T1/1 N W7", "Linux 2.6.x|0|none", NULL, 1460 },
    { SA "win=14600 M1460", "Linux 3.x|0|none", NULL, 1460 },
    { SA "win=14000 M1452 K T1/1 N W7", "Linux 3.x|0|none", NULL, 1400 },
    { SA "win=13880 M1452 K T1/1 N W7", "Linux 3.x|0|none", NULL, 1400 },
    { SA "win=30001 M1452", "???|0|none", NULL, 13 },
    { SA "win=40009 M1452", "???|0|none", NULL, 13 },
    { SA "ttl=128 win=8192 id=9 M1460 N W8 N N K", "Windows 7 or 8|0|none",
      NULL, 1460 },
    { SA "win=65535 id=9 M1460 N W6 K T0/1", "???|0|none", NULL, 1460 },
    { SA "ttl=255 win=10220 id=9 M1460", "Solaris 6|0|none", NULL, 1460 },
    { SA "win=13310 M1331", "Linux 3.x|0|none", NULL, 1460 },
    { SA "win=14480 ack=0 M1460 K T1/1 N W7", "???|0|none", NULL, 1460 },
};

static void check_vectors(const vector_t *rows, size_t n, p0f_dir_t dir)
{
    fp_result_t file = fp_files_load("t/fp/good-systems.fp", false);
    size_t i;

    assert_non_null(file.db);
    for (i = 0; i < n; i++) {
        const char *got[2] = {
            answer(file.db, dir, rows[i].packet, rows[i].peer_mss, false),
            answer(file.db, dir, rows[i].packet, rows[i].peer_mss, true)
        };
        const char *normal = rows[i].normal ? rows[i].normal : rows[i].strict;

        if (strcmp(got[0], normal) || strcmp(got[1], rows[i].strict))
            print_message("# %s\n", rows[i].packet);
        assert_string_equal(got[1], rows[i].strict);
        assert_string_equal(got[0], normal);
    }
}

static void syns_are_recognised_as_by_the_reference(void **state)
{
    (void)state;
    check_vectors(syns, sizeof(syns) / sizeof(syns[0]), P0F_DIR_REQUEST);
}

static void synacks_are_recognised_as_by_the_reference(void **state)
{
    (void)state;
    check_vectors(synacks, sizeof(synacks) / sizeof(synacks[0]),
                  P0F_DIR_RESPONSE);
}

/* ---- small files ----------------------------------------------------- */

typedef struct {
    const char *file, *packet, *strict, *normal;
} file_vector_t;

static const file_vector_t file_vectors[] = {
    { "label = g:unix:G:\nsig = *:64:0:*:*,*:mss:df,id+:0\n"
      "label = s:unix:S:\nsig = *:64:0:*:29200,0:mss:df,id+:0", "M1460",
      "S|0|none", NULL },
    { "label = g:unix:G:\nsig = *:64:0:*:*,*:mss:df,id+:0\n"
      "label = s:unix:S:\nsig = *:64:0:*:*,*:mss:df:0", "id=0 M1460",
      "S|0|none", NULL },
    { "label = s:unix:F:\nsig = 4:64:0:*:*,*:mss:df,id+:0\n"
      "label = g:unix:G:\nsig = 4:64:0:*:*,*:mss:df:0", "id=0 M1460",
      "G|0|generic", NULL },
    { "label = g:unix:G1:\nsig = 4:64:0:*:*,*:mss:df,id+:0\n"
      "label = s:unix:S2:\nsig = 4:64:0:*:29200,0:mss:df,id+:0",
      "noDF M1460", "G1|0|generic fuzzy", NULL },
    { "label = s:!:T:\nsys = @unix\nsig = 4:64:0:*:*,*:mss:df,id+:0\n"
      "label = s:unix:S:\nsig = 4:64:0:*:29200,0:mss:df:0",
      "noDF ttl=60 M1460", "???|0|none", "S|4|fuzzy" },
    { "label = s:unix:P:x\nsig = 4:64:0:*:%1460,0:mss:df,id+:0",
      "win=2920 M1460", "P x|0|none", NULL },
    { "label = s:unix:P:x\nsig = 4:64:0:*:%1460,0:mss:df,id+:0",
      "win=0 M1460", "P x|0|none", NULL },
    { "label = s:unix:P:x\nsig = 4:64:0:*:%1460,0:mss:df,id+:0",
      "win=2921 M1460", "???|0|none", NULL },
    { "label = s:unix:U:\nsig = 4:64:0:*:mtu*2,0:mss:df,id+:0",
      "win=3000 M1460", "U|0|none", NULL },
    { "label = s:unix:U:\nsig = 4:64:0:*:mtu*2,0:mss:df,id+:0",
      "win=2920 M1460", "???|0|none", NULL },
    { "label = s:unix:R:\nsig = 4:64-:0:*:*,*:mss:df,id+:0",
      "ttl=20 noDF M1460", "R|<= 44|fuzzy random_ttl excess_dist", NULL },
    { "label = s:unix:R:\nsig = 4:64-:0:*:*,*:mss:df,id+:0", "ttl=20 M1460",
      "R|<= 44|random_ttl excess_dist", NULL },
    { "label = s:unix:R:\nsig = 4:64-:0:*:*,*:mss:df,id+:0", "ttl=70 M1460",
      "???|58|excess_dist", NULL },
    { "label = s:unix:O:\nsig = 4:64-:4:*:*,*:mss:df,id+:0", "M1460",
      "O|<= 0|random_ttl", "???|0|none" },
    { "label = s:unix:O:\nsig = 4:64-:4:*:*,*:mss:df,id+:0", "ipopt=4 M1460",
      "???|0|none", "O|<= 0|random_ttl" },
    { "label = s:unix:V4:\nsig = 4:64:0:*:*,*:mss:df,id+:0", "v6 M1440",
      "V4|0|fuzzy", "???|0|none" },
    { "label = s:unix:V6:\nsig = 6:64:0:*:*,*:mss::0", "noDF M1460",
      "V6|0|none", "???|0|none" },
    { "label = s:unix:Z:\nsig = *:64:0:*:*,*:mss:df,id+,0+:0", "v6 M1440",
      "???|0|none", "Z|0|none" },
    { "label = s:unix:Q:\nsig = 4:64:0:*:*,*:?2:df,id+:0", "M1460",
      "Q|0|none", NULL },
    { "label = s:unix:A:\nsig = 4:60+4:0:*:*,*:mss:df,id+:*", "M1460 data=2",
      "A|0|none", NULL },
    { "label = s:unix:E:\nsig = 4:64:0:*:*,*:mss,eol+3:df,id+:0",
      "M1460 E x000000", "E|0|none", NULL },
    { "label = s:unix:E:\nsig = 4:64:0:*:*,*:mss,eol+3:df,id+:0", "M1460 E",
      "E|0|none", NULL },
};

static void check_file_vector(const file_vector_t *row)
{
    const char *text = apr_pstrcat(pool, UNIX, row->file, NULL);
    fp_result_t strict = fp_files_text(text, true);
    fp_result_t normal = fp_files_text(text, false);

    assert_non_null(strict.db);
    assert_non_null(normal.db);
    assert_string_equal(answer(strict.db, P0F_DIR_REQUEST, row->packet, 0,
                               true), row->strict);
    assert_string_equal(answer(normal.db, P0F_DIR_REQUEST, row->packet, 0,
                               false), row->normal ? row->normal
                                                   : row->strict);
}

static void small_files_answer_as_with_the_reference(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(file_vectors) / sizeof(file_vectors[0]); i++)
        check_file_vector(&file_vectors[i]);
}

static void version_is_enforced(void **state)
{
    static const file_vector_t rows[] = {
        { "label = s:unix:V4:\nsig = 4:64:0:*:*,*:mss::0", "v6 M1440",
          "V4|0|none", "???|0|none" },
        { "label = s:unix:V6:\nsig = 6:64:0:*:*,*:mss::0", "v6 M1440",
          "V6|0|none", NULL },
        { "label = s:unix:Both:\nsig = *:64:0:*:*,*:mss:flow:0",
          "noDF M1460", "Both|0|none", NULL },
    };

    (void)state;
    check_file_vector(&rows[0]);
    check_file_vector(&rows[1]);
    check_file_vector(&rows[2]);
}

static void mbz_of_both_versions(void **state)
{
    static const file_vector_t rows[] = {
        { "label = s:unix:Z:\nsig = *:64:0:*:*,*:mss:0+:0", "v6 M1440",
          "???|0|none", "Z|0|none" },
        { "label = s:unix:Z:\nsig = *:64:0:*:*,*:mss:0+:0", "noDF MBZ M1440",
          "Z|0|none", NULL },
        { "label = s:unix:Z:\nsig = *:64:0:*:*,*:mss:0+:0", "noDF M1440",
          "???|0|none", NULL },
    };

    (void)state;
    check_file_vector(&rows[0]);
    check_file_vector(&rows[1]);
    check_file_vector(&rows[2]);
}

static void fuzzy_tool_hides_nothing(void **state)
{
    static const file_vector_t rows[] = {
        { "label = s:!:T:\nsys =\nsig = 4:64:0:*:*,*:mss:df,id+:0",
          "noDF ttl=60 M1460", "???|0|none", "???|4|none" },
        { "label = s:!:T:\nsys =\nsig = 4:64:0:*:*,*:mss:df,id+:0\n"
          "label = g:unix:G:\nsig = 4:64:0:*:*,*:mss:df:0",
          "noDF ttl=60 M1460", "???|0|none", "G|4|generic fuzzy" },
    };

    (void)state;
    check_file_vector(&rows[0]);
    check_file_vector(&rows[1]);
}

static void cleared_df_is_told(void **state)
{
    fp_result_t file = fp_files_text(
        UNIX "label = s:unix:A:\nsig = *:64:0:*:*,*:mss:df,id+:0", false);
    p0f_sig_t sig = sig_of("noDF M1460", 0, false);
    p0f_match_t match;

    (void)state;
    p0f_match_v3(file.db, P0F_DIR_REQUEST, &sig, false, &match);
    assert_true(match.fuzzy);
    assert_true(match.df_cleared);
    sig = sig_of("M1460", 0, false);
    p0f_match_v3(file.db, P0F_DIR_REQUEST, &sig, false, &match);
    assert_false(match.df_cleared);
    sig = sig_of("v6 M1440", 0, false);
    p0f_match_v3(file.db, P0F_DIR_REQUEST, &sig, false, &match);
    assert_int_equal(match.label, 0);
    assert_false(match.df_cleared);
}

static void params_are_in_order_and_fit(void **state)
{
    p0f_match_t match = { .generic = 1, .fuzzy = 1, .ttl_random = 1,
                          .dist = 255 };
    p0f_sig_t sig = { .tos = 0x3f };
    char text[P0F_PARAMS_TEXT];

    (void)state;
    p0f_match_v3_params(&match, &sig, text);
    assert_string_equal(text, "generic fuzzy random_ttl excess_dist tos:0x3f");
    match = (p0f_match_t){ .dist = 36 };
    sig.tos = 0;
    p0f_match_v3_params(&match, &sig, text);
    assert_string_equal(text, "excess_dist");
    match.dist = 35;
    sig.tos = 1;
    p0f_match_v3_params(&match, &sig, text);
    assert_string_equal(text, "tos:0x01");
    sig.tos = 0;
    assert_int_equal(p0f_match_v3_params(&match, &sig, text), 4);
    assert_string_equal(text, "none");
}

/* ---- the indexed search against the linear rule ----------------------- */

static const uint8_t some_layouts[][P0F_OPT_MAX] = {
    { 0 }, { 2 }, { 2, 1, 1, 4 }, { 2, 4, 8, 1, 3 }, { 2, 4, 8, 1, 3, 0 },
    { 2, 1, 3, 1, 1, 8, 4, 0 }
};
static const uint8_t some_counts[] = { 0, 1, 4, 5, 6, 8 };

static void random_layout(uint8_t *layout, uint8_t *count)
{
    uint32_t n = random_below(sizeof(some_counts));

    memcpy(layout, some_layouts[n], P0F_OPT_MAX);
    *count = some_counts[n];
}

static uint32_t random_quirks(void)
{
    static const uint32_t rest[] = {
        P0F_QUIRK_NZ_MBZ, P0F_QUIRK_FLOW, P0F_QUIRK_ZERO_SEQ,
        P0F_QUIRK_ZERO_TS1, P0F_QUIRK_BAD
    };
    uint32_t quirks = random_below(16);   /* df id+ id- ecn */

    return one_in(3) ? quirks | rest[random_below(5)] : quirks;
}

static uint8_t random_ttl(void)
{
    static const uint8_t usual[] = { 32, 64, 128, 255 };
    uint8_t ttl = usual[random_below(4)];

    return (uint8_t)(ttl - (one_in(2) ? random_below(32) : 0));
}

static p0f_dbsig_t random_record(uint16_t label)
{
    static const uint16_t windows[] = { 5840, 29200, 65535, 2, 3 };
    static const uint8_t versions[] = { 0, 0, 4, 6 };
    p0f_dbsig_t s = {
        .label = label, .quirks = random_quirks(), .ttl = random_ttl(),
        .version = versions[random_below(4)], .ttl_random = one_in(4),
        .mss = one_in(2) ? P0F_ANY : one_in(2) ? 1460 : 1400,
        .wscale = (int16_t)((int)random_below(4) - 1),
        .payload = (int8_t)((int)random_below(3) - 1),
        .olen = one_in(8) ? 4 : 0, .win_kind = (uint8_t)random_below(5)
    };

    random_layout(s.layout, &s.opt_count);
    s.eol_pad = one_in(8) ? 1 : 0;
    s.win = s.win_kind == P0F_WIN_MSS || s.win_kind == P0F_WIN_MTU
          ? (uint16_t)(1 + random_below(20)) : windows[random_below(5)];
    return s;
}

/* Half of the packets are made from a record, so that they fit one. */
static p0f_sig_t random_packet(const p0f_db_t *db)
{
    p0f_dbsig_t r = random_record(0);
    p0f_sig_t sig = { .version = one_in(2) ? 4 : 6 };

    if (one_in(2) && db->sigs[0].count)
        r = *p0f_db_sig(db, P0F_DIR_REQUEST, random_below(db->sigs[0].count));
    sig.quirks = one_in(3) ? r.quirks ^ 1u << random_below(17) : r.quirks;
    if (sig.version == 6 && r.version == 0)
        sig.quirks &= ~(uint32_t)(P0F_QUIRK_DF | P0F_QUIRK_NZ_ID
                                  | P0F_QUIRK_ZERO_ID);
    sig.mss = r.mss == P0F_ANY ? 1460 : (uint16_t)r.mss;
    sig.wscale = r.wscale == P0F_ANY ? 7 : (uint8_t)r.wscale;
    sig.payload = r.payload == 1;
    sig.ip_opt_len = r.olen;
    sig.eol_pad = r.eol_pad;
    sig.ttl = one_in(3) ? (uint8_t)random_below(256)
                        : (uint8_t)(r.ttl - random_below(r.ttl));
    sig.opt_count = r.opt_count;
    memcpy(sig.layout, r.layout, sizeof(sig.layout));
    sig.win_kind = (uint8_t)random_below(3);
    sig.window = r.win;
    if (r.win_kind == P0F_WIN_MSS || r.win_kind == P0F_WIN_MTU) {
        sig.win_kind = r.win_kind;
        sig.win_mult = r.win;
    }
    else if (sig.win_kind != P0F_WIN_NORMAL) {
        sig.win_mult = (uint16_t)(1 + random_below(20));
    }
    return sig;
}

static const p0f_db_t *random_database(uint32_t count)
{
    static const uint32_t flags[] = { 0, P0F_LABEL_GENERIC, P0F_LABEL_APP };
    const p0f_db_t *db;
    p0f_db_builder_t *b;
    uint16_t labels[3];
    size_t size;
    uint32_t i, id;

    assert_int_equal(p0f_db_builder_create(&b, pool), P0F_OK);
    assert_int_equal(p0f_db_builder_class(b, "unix", &id), P0F_OK);
    for (i = 0; i < 3; i++)
        assert_int_equal(p0f_db_builder_label(b, i < 2 ? id : UINT32_MAX, "A",
                                              "", flags[i], &labels[i]),
                         P0F_OK);
    for (i = 0; i < count; i++) {
        p0f_dbsig_t s = random_record(labels[random_below(3)]);

        if (one_in(count))
            assert_int_equal(p0f_db_builder_file(b), P0F_OK);
        s.line = i + 1;
        assert_int_equal(p0f_db_builder_sig(b, P0F_DIR_REQUEST, &s), P0F_OK);
    }
    assert_int_equal(p0f_db_compile(b, pool, &db, &size), P0F_OK);
    assert_int_equal(p0f_db_check(db, size), P0F_OK);
    return db;
}

/* The rule as it is told: a walk in file order. Written apart from the code
 * under test. */
typedef struct {
    uint32_t exact, generic, fuzzy;
} linear_t;

static bool linear_fits(const p0f_dbsig_t *ref, const p0f_sig_t *sig,
                        bool strict, bool *fuzzy)
{
    uint32_t quirks = ref->quirks, missing, extra;
    bool window = true;

    *fuzzy = false;
    if (ref->opt_count != sig->opt_count
        || memcmp(ref->layout, sig->layout, sig->opt_count) != 0)
        return false;
    if (ref->version == 0 && sig->version == 4)
        quirks &= ~(uint32_t)P0F_QUIRK_FLOW;
    if (ref->version == 0 && sig->version == 6)
        quirks &= ~(uint32_t)(P0F_QUIRK_DF | P0F_QUIRK_NZ_ID
                              | P0F_QUIRK_ZERO_ID);
    if (ref->version == 0 && sig->version == 6 && !strict)
        quirks &= ~(uint32_t)P0F_QUIRK_NZ_MBZ;
    if (ref->version != 0 && ref->version != sig->version && !strict)
        return false;
    missing = quirks & ~sig->quirks;
    extra = sig->quirks & ~quirks;
    if (missing & ~(uint32_t)(P0F_QUIRK_DF | P0F_QUIRK_NZ_ID))
        return false;
    if (extra & ~(uint32_t)(P0F_QUIRK_ZERO_ID | P0F_QUIRK_ECN))
        return false;
    if (missing || extra)
        *fuzzy = true;
    if (ref->eol_pad != sig->eol_pad || ref->olen != sig->ip_opt_len)
        return false;
    if (ref->ttl_random && ref->ttl < sig->ttl)
        return false;
    if (!ref->ttl_random && (ref->ttl < sig->ttl || ref->ttl - sig->ttl > 35))
        *fuzzy = true;
    if (ref->mss >= 0 && ref->mss != sig->mss)
        return false;
    if (ref->wscale >= 0 && ref->wscale != sig->wscale)
        return false;
    if (ref->payload >= 0 && ref->payload != sig->payload)
        return false;
    if (ref->win_kind == P0F_WIN_NORMAL)
        window = sig->window == ref->win;
    if (ref->win_kind == P0F_WIN_MOD)
        window = sig->window % ref->win == 0;
    if (ref->win_kind == P0F_WIN_MSS || ref->win_kind == P0F_WIN_MTU)
        window = sig->win_kind == ref->win_kind && sig->win_mult == ref->win;
    return window;
}

static linear_t linear_walk(const p0f_db_t *db, const p0f_sig_t *sig,
                            bool strict)
{
    linear_t found = { P0F_NO_SIG, P0F_NO_SIG, P0F_NO_SIG };
    const p0f_dbsig_t *ref;
    uint32_t n;
    bool fuzzy;

    for (n = 0; (ref = p0f_db_sig(db, P0F_DIR_REQUEST, n)) != NULL; n++) {
        if (!linear_fits(ref, sig, strict, &fuzzy))
            continue;
        if (!fuzzy && !ref->generic) {
            found.exact = n;
            break;
        }
        if (!fuzzy && found.generic == P0F_NO_SIG)
            found.generic = n;
        if (fuzzy && found.fuzzy == P0F_NO_SIG && (strict || !ref->app))
            found.fuzzy = n;
    }
    return found;
}

static void linear_match(const p0f_db_t *db, const p0f_sig_t *sig,
                         bool strict, uint32_t *number, int *dist)
{
    linear_t found = linear_walk(db, sig, strict);
    int ttl = sig->ttl, guess = ttl <= 32 ? 32 - ttl : ttl <= 64 ? 64 - ttl
                              : ttl <= 128 ? 128 - ttl : 255 - ttl;
    bool fuzzy = found.exact == P0F_NO_SIG && found.generic == P0F_NO_SIG;
    const p0f_dbsig_t *ref;

    *number = found.exact != P0F_NO_SIG ? found.exact
            : found.generic != P0F_NO_SIG ? found.generic : found.fuzzy;
    *dist = guess;
    ref = p0f_db_sig(db, P0F_DIR_REQUEST, *number);
    if (!ref)
        return;
    if (fuzzy && ref->app) {
        *number = P0F_NO_SIG;
        *dist = 0;
        return;
    }
    if (!fuzzy || (ref->ttl >= ttl
                   && (ref->ttl_random || ref->ttl - ttl <= 35)))
        *dist = ref->ttl - ttl;
}

/* How often each kind of answer came, so that the comparison is of use. */
typedef struct {
    unsigned int unknown, exact, fuzzy, generic;
} tally_t;

static void compare(const p0f_db_t *db, const p0f_sig_t *sig, bool strict,
                    tally_t *tally)
{
    p0f_match_t match;
    uint32_t number;
    int dist;

    linear_match(db, sig, strict, &number, &dist);
    p0f_match_v3(db, P0F_DIR_REQUEST, sig, strict, &match);
    assert_int_equal(match.sig, number);
    assert_int_equal(match.dist, dist);
    if (number == P0F_NO_SIG) {
        assert_int_equal(match.label, P0F_NO_LABEL);
        tally->unknown++;
        return;
    }
    assert_int_equal(match.line,
                     p0f_db_sig(db, P0F_DIR_REQUEST, number)->line);
    if (match.fuzzy)
        tally->fuzzy++;
    else if (match.generic)
        tally->generic++;
    else
        tally->exact++;
}

static void index_finds_what_the_linear_rule_finds(void **state)
{
    static const uint32_t sizes[] = { 0, 1, 3, 20, 100, 1000, 3000 };
    apr_pool_t *outer = pool;
    tally_t tally = { 0, 0, 0, 0 };
    uint32_t i, n;

    (void)state;
    for (i = 0; i < 70; i++) {
        const p0f_db_t *db;

        apr_pool_create(&pool, outer);
        db = random_database(sizes[i % 7]);
        for (n = 0; n < 1500; n++) {
            p0f_sig_t sig = random_packet(db);

            compare(db, &sig, false, &tally);
            compare(db, &sig, true, &tally);
        }
        apr_pool_destroy(pool);
        pool = outer;
    }
    assert_true(tally.unknown > 1000 && tally.exact > 1000
                && tally.fuzzy > 1000 && tally.generic > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syns_are_recognised_as_by_the_reference),
        cmocka_unit_test(synacks_are_recognised_as_by_the_reference),
        cmocka_unit_test(small_files_answer_as_with_the_reference),
        cmocka_unit_test(version_is_enforced),
        cmocka_unit_test(mbz_of_both_versions),
        cmocka_unit_test(fuzzy_tool_hides_nothing),
        cmocka_unit_test(cleared_df_is_told),
        cmocka_unit_test(params_are_in_order_and_fit),
        cmocka_unit_test(index_finds_what_the_linear_rule_finds),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    return cmocka_run_group_tests_name("match_v3", tests, fp_files_make_pool,
                                       fp_files_drop_pool);
}
