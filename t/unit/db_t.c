/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database: merging of files, limits, and an image that is safe to read
 * from wherever it lies and whatever was done to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fp_files.h"
#include "out_of_reach.h"
#include "p0f_engine/db_index.h"
#include "p0f_engine/match_v3.h"
#include "packets.h"

#define TCP "[tcp:request]\n"
#define HEAD "classes = unix,win\n" TCP

static const p0f_sig_t linux_syn = {
    .version = 4, .ttl = 60, .mss = 1460, .window = 29200, .win_mult = 20,
    .win_kind = P0F_WIN_MSS, .wscale = 7, .opt_count = 5,
    .layout = { 2, 4, 8, 1, 3 }, .quirks = P0F_QUIRK_DF | P0F_QUIRK_NZ_ID
};

/* Compiles the files TEXTS, in this order, up to NULL. */
static const p0f_db_t *files(const char *const *texts, size_t *size)
{
    const p0f_db_t *db;
    p0f_db_builder_t *b;
    p0f_error_t err = { .text = "" };

    assert_int_equal(p0f_db_builder_create(&b, pool), P0F_OK);
    for (; *texts; texts++) {
        p0f_bytes_t bytes = { (const uint8_t *)*texts, strlen(*texts) };

        p0f_fp_v3_parse(b, "t.fp", bytes, NULL, &err);
        assert_string_equal(err.text, "");
    }
    assert_int_equal(p0f_db_compile(b, pool, &db, size), P0F_OK);
    assert_int_equal(p0f_db_check(db, *size), P0F_OK);
    assert_int_equal(db->size, *size);
    return db;
}

static const char *text_of(const p0f_db_t *db, uint16_t label)
{
    const p0f_label_t *l = p0f_db_label(db, label);

    return l ? apr_pstrcat(pool, p0f_db_text(db, l->class_name), ":",
                           p0f_db_text(db, l->name), ":",
                           p0f_db_text(db, l->flavor), NULL) : "none";
}

static const char *found(const p0f_db_t *db, const p0f_sig_t *sig)
{
    p0f_match_t match;

    p0f_match_v3(db, P0F_DIR_REQUEST, sig, false, &match);
    return text_of(db, match.label);
}

/* ---- merging --------------------------------------------------------- */

static void an_empty_database_knows_nothing(void **state)
{
    static const char *const none[] = { NULL };
    size_t size;
    const p0f_db_t *db = files(none, &size);

    (void)state;
    assert_null(p0f_db_label(db, 0));
    assert_null(p0f_db_label(db, P0F_NO_LABEL));
    assert_null(p0f_db_sig(db, P0F_DIR_REQUEST, 0));
    assert_null(p0f_db_sig(db, P0F_DIR_RESPONSE, P0F_NO_SIG));
    assert_int_equal(p0f_db_mtu(db, 1500), P0F_NO_LABEL);
    assert_string_equal(p0f_db_text(db, 0), "");
    assert_string_equal(p0f_db_text(db, UINT32_MAX), "");
    assert_string_equal(found(db, &linux_syn), "none");
}

#define LINUX_SIG "sig = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0\n"
#define LINUX_ANY "sig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n"

static void a_later_files_signature_wins_over_an_equal_one(void **state)
{
    static const char *const texts[] = {
        HEAD "label = s:unix:First:\n" LINUX_SIG,
        HEAD "label = s:unix:Second:\n" LINUX_SIG,
        HEAD "label = s:unix:Third:\nsig = 4:64:0:*:1,0:mss::0\n",
        NULL
    };
    size_t size;
    const p0f_db_t *db = files(texts, &size);

    (void)state;
    assert_string_equal(found(db, &linux_syn), "unix:Second:");
    assert_int_equal(db->sigs[P0F_DIR_REQUEST].count, 3);
    assert_int_equal(p0f_db_sig(db, P0F_DIR_REQUEST, 0)->file, 2);
    assert_int_equal(p0f_db_sig(db, P0F_DIR_REQUEST, 2)->file, 0);
}

static void within_a_file_the_first_signature_wins(void **state)
{
    static const char *const texts[] = {
        HEAD "label = s:unix:First:\n" LINUX_SIG
        "label = s:unix:Second:\n" "sig = *:65:0:*:mss*20,7:mss,sok,ts,nop,ws"
        ":df,id+:0\n",
        NULL
    };
    size_t size;

    (void)state;
    assert_string_equal(found(files(texts, &size), &linux_syn),
                        "unix:First:");
}

static void specific_wins_over_generic_whatever_the_file(void **state)
{
    static const char *const texts[] = {
        HEAD "label = s:unix:Specific:\n" LINUX_SIG,
        HEAD "label = g:unix:Generic:\n" LINUX_ANY,
        NULL
    };
    size_t size;
    const p0f_db_t *db = files(texts, &size);
    p0f_sig_t sig = linux_syn;

    (void)state;
    assert_string_equal(found(db, &sig), "unix:Specific:");
    sig.wscale = 3;
    assert_string_equal(found(db, &sig), "unix:Generic:");
}

static void classes_labels_and_sys_lists_are_joined(void **state)
{
    static const char *const texts[] = {
        "classes = unix\n" TCP "label = s:unix:A:x\n"
        "label = s:!:Tool:\nsys = @unix,A\n",
        "classes = Win,UNIX\n" TCP "label = s:UNIX:a:x\nlabel = s:unix:A:y\n"
        "label = g:unix:A:x\nlabel = s:!:tool:\nsys = A,@win\n",
        NULL
    };
    size_t size;
    const p0f_db_t *db = files(texts, &size);
    const p0f_label_t *a = p0f_db_label(db, 0), *tool = p0f_db_label(db, 1);
    const uint32_t *sys = (const uint32_t *)(const void *)
        ((const char *)db + db->sys.off);

    (void)state;
    assert_int_equal(db->labels.count, 4);
    assert_string_equal(text_of(db, 0), "unix:A:x");
    assert_string_equal(text_of(db, 1), ":Tool:");
    assert_string_equal(text_of(db, 2), "unix:A:y");
    assert_string_equal(text_of(db, 3), "unix:A:x");
    assert_int_equal(p0f_db_label(db, 3)->flags, P0F_LABEL_GENERIC);
    assert_int_equal(tool->flags, P0F_LABEL_APP);
    assert_int_equal(tool->class_id, UINT32_MAX);
    assert_int_equal(tool->sys_count, 3);
    sys += tool->sys_first;
    assert_int_equal(sys[0], 1u << 31 | a->class_id);
    assert_int_equal(sys[1], a->name_id);
    assert_int_equal(sys[2], 1u << 31 | 1);
}

static void mtus_are_the_first_of_the_last_file(void **state)
{
    static const char *const texts[] = {
        "[mtu]\nlabel = a\nsig = 1500\nsig = 1400\nlabel = b\nsig = 1500\n",
        "[mtu]\nlabel = c\nsig = 1400\nsig = 9000\nlabel = d\nsig = 1400\n"
        "sig = 1\n",
        NULL
    };
    static const struct {
        uint32_t mtu;
        const char *label;
    } rows[] = {
        { 1500, ":a:" }, { 1400, ":c:" }, { 9000, ":c:" }, { 1, ":d:" },
        { 0, "none" }, { 2, "none" }, { 1499, "none" }, { 9001, "none" },
        { UINT32_MAX, "none" }
    };
    size_t size, i;
    const p0f_db_t *db = files(texts, &size);

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(text_of(db, p0f_db_mtu(db, rows[i].mtu)),
                            rows[i].label);
    assert_int_equal(p0f_db_label(db, 0)->flags, P0F_LABEL_LINK);
}

/* ---- limits ---------------------------------------------------------- */

static void limits_are_errors(void **state)
{
    p0f_dbsig_t sig = { .win_kind = P0F_WIN_MOD, .win = 2 };
    p0f_db_builder_t *b;
    char text[257] = "";
    uint16_t label;
    uint32_t id, i;

    (void)state;
    memset(text, 'a', 256);
    assert_int_equal(p0f_db_builder_create(&b, pool), P0F_OK);
    assert_int_equal(p0f_db_builder_class(b, text, &id), P0F_ELIMIT);
    assert_int_equal(p0f_db_builder_name(b, text, &id), P0F_ELIMIT);
    assert_int_equal(p0f_db_builder_label(b, UINT32_MAX, text, "", 0, &label),
                     P0F_ELIMIT);
    assert_int_equal(p0f_db_builder_label(b, UINT32_MAX, "a", text, 0,
                                          &label), P0F_ELIMIT);
    assert_int_equal(label, P0F_NO_LABEL);
    assert_int_equal(p0f_db_builder_label(b, 0, "a", "", 0, &label),
                     P0F_ELIMIT);            /* no class declared */
    assert_int_equal(p0f_db_builder_sig(b, P0F_DIR_REQUEST, &sig),
                     P0F_ELIMIT);            /* no label 0 yet */
    assert_int_equal(p0f_db_builder_mtu(b, 1500, 0), P0F_ELIMIT);
    assert_int_equal(p0f_db_builder_sys(b, 0, 0, false), P0F_ELIMIT);
    for (i = 0; i < P0F_NO_LABEL; i++) {
        snprintf(text, sizeof(text), "%u", i);
        assert_int_equal(p0f_db_builder_label(b, UINT32_MAX, text, "",
                                              P0F_LABEL_LINK, &label),
                         P0F_OK);
        assert_int_equal(label, i);
    }
    assert_int_equal(p0f_db_builder_label(b, UINT32_MAX, "one more", "",
                                          P0F_LABEL_LINK, &label),
                     P0F_ELIMIT);
    assert_int_equal(p0f_db_builder_sig(b, P0F_DIR_REQUEST, &sig), P0F_OK);
    sig.win = 0;                             /* would divide by 0 */
    assert_int_equal(p0f_db_builder_sig(b, P0F_DIR_REQUEST, &sig),
                     P0F_ELIMIT);
}

static void repeated_signatures_cost_no_search(void **state)
{
    p0f_dbsig_t sig = { .ttl = 64, .mss = P0F_ANY, .wscale = P0F_ANY,
                        .win_kind = P0F_WIN_ANY };
    p0f_sig_t packet = { .version = 4, .ttl = 64 };
    uint16_t labels[2];
    p0f_db_cursor_t cursor;
    const p0f_db_t *db;
    p0f_db_builder_t *b;
    uint32_t number, i, candidates = 0;
    size_t size;

    (void)state;
    assert_int_equal(p0f_db_builder_create(&b, pool), P0F_OK);
    assert_int_equal(p0f_db_builder_label(b, UINT32_MAX, "a", "",
                                          P0F_LABEL_GENERIC, &labels[0]),
                     P0F_OK);
    assert_int_equal(p0f_db_builder_label(b, UINT32_MAX, "b", "",
                                          P0F_LABEL_GENERIC | P0F_LABEL_TIE,
                                          &labels[1]), P0F_OK);
    for (i = 0; i < 5000; i++) {         /* they differ in what isn't matched */
        sig.line = i;
        sig.label = labels[i % 2];
        if (i % 1000 == 0)
            assert_int_equal(p0f_db_builder_file(b), P0F_OK);
        assert_int_equal(p0f_db_builder_sig(b, P0F_DIR_REQUEST, &sig),
                         P0F_OK);
    }
    assert_int_equal(p0f_db_compile(b, pool, &db, &size), P0F_OK);
    assert_int_equal(db->sigs[P0F_DIR_REQUEST].count, 5000);
    p0f_db_find(db, P0F_DIR_REQUEST, &packet, &cursor);
    while (p0f_db_next(db, P0F_DIR_REQUEST, &packet, &cursor, &number)) {
        assert_int_equal(number, 0);
        candidates++;
    }
    assert_int_equal(candidates, 1);
}

/* ---- the image ------------------------------------------------------- */

static const p0f_db_t *sample(size_t *size)
{
    fp_result_t file = fp_files_load("t/fp/good-systems.fp", false);

    assert_non_null(file.db);
    *size = file.size;
    return file.db;
}

/* Reads all that can be read of DB, as a request and the sniffer would. */
static size_t read_everything(const p0f_db_t *db)
{
    const uint32_t *sys = (const uint32_t *)(const void *)
        ((const char *)db + db->sys.off);
    const p0f_label_t *label;
    p0f_sig_t sig = linux_syn;
    size_t sum = 0;
    uint32_t i, j;
    p0f_match_t match;

    for (i = 0; (label = p0f_db_label(db, i)) != NULL; i++) {
        sum += strlen(p0f_db_text(db, label->name))
             + strlen(p0f_db_text(db, label->flavor))
             + strlen(p0f_db_text(db, label->class_name));
        for (j = 0; j < label->sys_count; j++)
            sum += sys[label->sys_first + j] & 1;
    }
    for (i = 0; i < 70000; i += 89)
        sum += p0f_db_mtu(db, i) & 1;
    for (i = 0; i < 64; i++) {
        sig.win_kind = (uint8_t)(i % 3);
        sig.opt_count = i & 8 ? 1 : 5;
        memset(sig.layout + 1, 0, 4);
        if (sig.opt_count == 5)
            memcpy(sig.layout, linux_syn.layout, 5);
        p0f_match_v3(db, (p0f_dir_t)(i >> 5), &sig, i & 1, &match);
        sum += strlen(text_of(db, match.label));
    }
    return sum;
}

static void image_can_lie_anywhere(void **state)
{
    size_t size;
    const p0f_db_t *db = sample(&size), *copy;
    char *other = apr_palloc(pool, size + 64);

    (void)state;
    memcpy(other + 8, db, size);
    copy = (const p0f_db_t *)(void *)(other + 8);
    assert_int_equal(p0f_db_check(copy, size), P0F_OK);
    assert_string_equal(found(copy, &linux_syn), found(db, &linux_syn));
    assert_int_equal(read_everything(copy), read_everything(db));
    memmove(other + 4, other + 8, size);
    assert_int_equal(p0f_db_check(other + 4, size), P0F_ELAYOUT);
    assert_int_equal(p0f_db_check(NULL, size), P0F_ELAYOUT);
}

static void image_may_stand_in_a_larger_place(void **state)
{
    size_t size;
    const p0f_db_t *db = sample(&size);
    char *place = apr_pcalloc(pool, size + 4096);

    (void)state;
    memcpy(place, db, size);
    assert_int_equal(p0f_db_check(place, size + 4096), P0F_OK);
}

static void every_truncation_is_refused(void **state)
{
    size_t size, n;
    const p0f_db_t *db = sample(&size);

    (void)state;
    assert_int_equal(size % 8, 0);
    for (n = 0; n < size; n += 8)
        assert_int_equal(p0f_db_check(packets_guard(db, n).data, n),
                         P0F_ELAYOUT);
}

static void every_damaged_byte_is_noticed(void **state)
{
    size_t size, n;
    const p0f_db_t *db = sample(&size);
    uint8_t *copy = apr_pmemdup(pool, db, size);

    (void)state;
    for (n = 0; n < size; n++) {
        copy[n] ^= 0x11;
        assert_int_equal(p0f_db_check(copy, size), P0F_ELAYOUT);
        copy[n] ^= 0x11;
    }
    assert_int_equal(p0f_db_check(copy, size), P0F_OK);
}

/* Someone who can write the image can also write its checksum: then either
 * the check refuses it, or all of it can be read. */
static void no_forged_image_leads_astray(void **state)
{
    static const uint32_t values[] = {
        0, 1, 2, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff8,
        0xffffffff
    };
    size_t size, word, v;
    const p0f_db_t *db = sample(&size);
    p0f_bytes_t guarded = packets_guard(db, size);
    p0f_db_t *copy = (p0f_db_t *)(void *)(uintptr_t)guarded.data;
    uint32_t *words = (uint32_t *)(void *)copy;
    unsigned int refused = 0, accepted = 0;

    (void)state;
    assert_int_equal(p0f_db_check(copy, size), P0F_OK);
    for (word = 0; word < size / 4; word++) {
        uint32_t was = words[word];

        for (v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
            words[word] = values[v] == 2 ? was + 1 : values[v];
            if (copy->size == size)
                copy->checksum = p0f_db_checksum(copy);
            if (p0f_db_check(copy, size) != P0F_OK) {
                refused++;
                continue;
            }
            read_everything(copy);
            accepted++;
        }
        words[word] = was;
    }
    assert_true(refused > 100 && accepted > 100);
}

/* How many signatures a search for SIG in DB looks at. */
static unsigned int looked_at(const p0f_db_t *db, const p0f_sig_t *sig)
{
    p0f_db_cursor_t cursor;
    unsigned int n = 0;
    uint32_t number;

    p0f_db_find(db, P0F_DIR_REQUEST, sig, &cursor);
    while (p0f_db_next(db, P0F_DIR_REQUEST, sig, &cursor, &number))
        n++;
    return n;
}

/* A file of COUNT signatures whose windows are KIND ("" or "%") and a number
 * of their own. */
static const p0f_db_t *many(unsigned int count, const char *kind)
{
    char *text = apr_palloc(pool, 200 + (size_t)count * 100), *p = text;
    const char *texts[] = { text, NULL };
    unsigned int i;
    size_t size;

    p += sprintf(p, HEAD "label = s:unix:Many:\n");
    for (i = 0; i < count; i++)
        p += sprintf(p, "sig = *:%u:0:*:%s%u,*:mss,sok,ts,nop,ws:df,id+:0\n",
                     40 + i % 200, kind, 3 + i);
    return files(texts, &size);
}

/* Also where all of them share what the index goes by: then a search looks at
 * each of them once, as the plain rule does, and no other packet's search at
 * any. */
static void a_search_looks_at_few_signatures_of_many(void **state)
{
    const p0f_db_t *db = many(3000, "");
    const p0f_db_t *bad = many(3000, "%");
    p0f_sig_t sig = linux_syn, other = linux_syn;
    unsigned int window, most = 0, strange = 0, n;

    (void)state;
    other.layout[0] = 4;
    for (window = 0; window < 4000; window++) {
        sig.window = (uint16_t)window;
        n = looked_at(db, &sig);
        most = n > most ? n : most;
    }
    assert_true(most >= 1 && most <= 16);
    for (; window < 24000; window++) {   /* that none has */
        sig.window = (uint16_t)window;
        strange += looked_at(db, &sig);
    }
    assert_true(strange < 2000);
    assert_int_equal(looked_at(bad, &sig), 3000);
    assert_true(looked_at(bad, &other) < 16);
}

/* The rest of its cell could only be a worse answer. */
static void a_search_leaves_a_cell_at_the_first_specific_fit(void **state)
{
    enum { COUNT = 30000 };
    const p0f_db_t *image = many(COUNT, "%"), *db;
    const size_t size = image->size;
    const size_t room = (size + page_size() - 1) / page_size() * page_size();
    const uint32_t *order;
    p0f_sig_t sig = linux_syn;
    p0f_match_t match;
    uint8_t *copy;

    (void)state;
    copy = mmap(NULL, room, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(copy != MAP_FAILED);
    memcpy(copy, image, size);
    db = (const p0f_db_t *)(const void *)copy;
    order = (const uint32_t *)(const void *)
            (copy + db->index[P0F_DIR_REQUEST].order.off);
    assert_int_equal(db->index[P0F_DIR_REQUEST].order.count, COUNT);
    assert_int_equal(looked_at(db, &sig), COUNT);   /* one cell */
    assert_true(take_away(order + 2, (COUNT - 2) * sizeof(*order))
                + take_away(copy + db->sigs[P0F_DIR_REQUEST].off
                            + sizeof(p0f_dbsig_t),
                            (COUNT - 1) * sizeof(p0f_dbsig_t)) > 1000000);
    sig.window = 3 * 1000;               /* of the first, and of many more */
    sig.ttl = 35;
    p0f_match_v3(db, P0F_DIR_REQUEST, &sig, false, &match);
    assert_int_equal(match.sig, 0);
    munmap(copy, room);
}

/* 200 MSS with 15 scales each. */
static void signatures_that_differ_in_any_fact_are_told_apart(void **state)
{
    char *text = apr_palloc(pool, 3000 * 100), *p = text;
    const char *texts[] = { text, NULL };
    p0f_sig_t sig = linux_syn;
    unsigned int i, n, most = 0;
    const p0f_db_t *db;
    size_t size;

    (void)state;
    p += sprintf(p, HEAD "label = s:unix:Many:\n");
    for (i = 0; i < 3000; i++)
        p += sprintf(p, "sig = *:64:0:%u:29200,%u:mss,sok,ts,nop,ws:df,id+:0\n",
                     100 + i / 15, i % 15);
    db = files(texts, &size);
    for (i = 0; i < 3000; i++) {
        sig.mss = (uint16_t)(100 + i / 15);
        sig.wscale = (uint8_t)(i % 15);
        n = looked_at(db, &sig);
        most = n > most ? n : most;
        assert_true(n >= 1);
    }
    assert_true(most <= 16);
}

/* Names that differ in their last characters, 26 times 26. */
static void header_names_that_are_alike_are_found_at_once(void **state)
{
    char *text = apr_palloc(pool, 700 * 30), *p = text;
    const char *texts[] = { text, NULL };
    unsigned int i, run = 0, longest = 0;
    const uint16_t *slot;
    const p0f_db_t *db;
    char name[16];
    size_t size;

    (void)state;
    p += sprintf(p, "classes = unix\n[http:request]\n"
                    "label = g:!:any:\nsys = @unix\n");
    for (i = 0; i < 676; i++)
        p += sprintf(p, "%sX-Forward-%c%c%s", i % 13 ? "," : "sig = *:",
                     'a' + i / 26, 'a' + i % 26, i % 13 == 12 ? "::\n" : "");
    db = files(texts, &size);
    for (i = 0; i < 676; i++) {
        sprintf(name, "X-Forward-%c%c", 'a' + i / 26, 'a' + i % 26);
        assert_int_not_equal(p0f_db_header(db, (p0f_bytes_t){
            (const uint8_t *)name, strlen(name) }), P0F_NO_HEADER);
    }
    slot = (const void *)((const char *)db + db->header_index.off);
    for (i = 0; i < db->header_index.count; i++) {
        run = slot[i] ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_true(longest >= 1 && longest <= 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_database_knows_nothing),
        cmocka_unit_test(a_later_files_signature_wins_over_an_equal_one),
        cmocka_unit_test(within_a_file_the_first_signature_wins),
        cmocka_unit_test(specific_wins_over_generic_whatever_the_file),
        cmocka_unit_test(classes_labels_and_sys_lists_are_joined),
        cmocka_unit_test(mtus_are_the_first_of_the_last_file),
        cmocka_unit_test(limits_are_errors),
        cmocka_unit_test(repeated_signatures_cost_no_search),
        cmocka_unit_test(a_search_looks_at_few_signatures_of_many),
        cmocka_unit_test(a_search_leaves_a_cell_at_the_first_specific_fit),
        cmocka_unit_test(signatures_that_differ_in_any_fact_are_told_apart),
        cmocka_unit_test(header_names_that_are_alike_are_found_at_once),
        cmocka_unit_test(image_can_lie_anywhere),
        cmocka_unit_test(image_may_stand_in_a_larger_place),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_damaged_byte_is_noticed),
        cmocka_unit_test(no_forged_image_leads_astray),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    return cmocka_run_group_tests_name("db", tests, fp_files_make_pool,
                                       fp_files_drop_pool);
}
