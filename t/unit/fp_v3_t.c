/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fingerprint files: what is accepted and what it means, what is refused and
 * the sentence said, with and without strictness.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fp_files.h"
#include "packets.h"

#define DIRECTORY "t/fp/"
#define UNIX "classes = unix\n[tcp:request]\n"
#define ALPHA UNIX "label = s:unix:Alpha:\n"

/* ---- the sample files ------------------------------------------------ */

/* What the comments at the top of the file PATH announce under KEY, each line
 * as "PATH:line: sentence". */
static void announced(const char *path, const char *key, char *out,
                      size_t room)
{
    FILE *file = fopen(path, "r");
    size_t len = strlen(key), used = 0;
    char line[1024];

    assert_non_null(file);
    *out = '\0';
    while (fgets(line, sizeof(line), file) && *line == ';') {
        line[strcspn(line, "\r\n")] = '\0';
        if (strncmp(line, key, len) == 0)
            used += (size_t)snprintf(out + used, room - used, "%s:%s\n", path,
                                     line + len);
    }
    fclose(file);
}

/* Runs CHECK for every file of t/fp that begins with PREFIX; their number. */
static unsigned int each_file(const char *prefix,
                              void (*check)(const char *path))
{
    DIR *dir = opendir(DIRECTORY);
    struct dirent *entry;
    unsigned int count = 0;
    char path[512];

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        snprintf(path, sizeof(path), DIRECTORY "%s", entry->d_name);
        check(path);
        count++;
    }
    closedir(dir);
    return count;
}

static void is_refused_as_announced(const char *path)
{
    fp_result_t result = fp_files_load(path, false);
    char expected[1024];

    announced(path, "; expect: ", expected, sizeof(expected));
    if (result.status != P0F_ESYNTAX)
        assert_int_equal(result.status, P0F_ELIMIT);
    assert_int_equal(result.error.status, result.status);
    strcat(result.error.text, "\n");
    assert_string_equal(result.error.text, expected);
}

static void is_accepted_as_announced(const char *path)
{
    fp_result_t result = fp_files_load(path, false);
    char expected[4096];

    announced(path, "; remark: ", expected, sizeof(expected));
    assert_string_equal(result.error.text, "");
    assert_int_equal(result.status, P0F_OK);
    assert_string_equal(result.remarks, expected);
}

static void is_strictly_as_announced(const char *path)
{
    fp_result_t result = fp_files_load(path, true);
    char expected[4096];

    announced(path, "; strict: ", expected, sizeof(expected));
    assert_int_equal(result.status, *expected ? P0F_ESYNTAX : P0F_OK);
    if (*expected)
        strcat(result.error.text, "\n");
    assert_string_equal(result.error.text, expected);
}

static void bad_files_are_refused_with_file_line_and_sentence(void **state)
{
    (void)state;
    assert_true(each_file("bad-", is_refused_as_announced) > 50);
}

static void good_files_are_accepted_with_their_remarks(void **state)
{
    (void)state;
    assert_true(each_file("good-", is_accepted_as_announced) > 10);
}

static void strict_reading_accepts_and_refuses_as_announced(void **state)
{
    (void)state;
    assert_true(each_file("good-", is_strictly_as_announced) > 10);
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
    fp_result_t result = fp_files_load("t/fp/no-such.fp", false);

    (void)state;
    assert_int_equal(result.status, P0F_EFILE);
    assert_string_equal(result.error.text,
                        "t/fp/no-such.fp: No such file or directory");
    result = fp_files_load("t/fp", false);
    assert_int_equal(result.status, P0F_EFILE);
    assert_string_equal(result.error.text, "t/fp: Is a directory");
}

/* Text that a pipe gives in two parts, more than is made room for at first. */
static void a_pipe_is_read_to_its_end(void **state)
{
    static const char last[] = "[mtu]\nlabel = x\nsig = 1500\n";
    static char comment[100 * 1024];
    char name[32];
    fp_result_t result;
    pid_t writer;
    int fds[2];

    (void)state;
    memset(comment, ';', sizeof(comment));
    comment[sizeof(comment) - 1] = '\n';
    assert_int_equal(pipe(fds), 0);
    writer = fork();
    if (writer == 0) {
        bool all = write(fds[1], comment, sizeof(comment))
                       == (ssize_t)sizeof(comment)
                && usleep(1000) == 0
                && write(fds[1], last, strlen(last)) > 0;

        _exit(!all);
    }
    close(fds[1]);
    snprintf(name, sizeof(name), "/dev/fd/%d", fds[0]);
    result = fp_files_load(name, false);
    close(fds[0]);
    waitpid(writer, NULL, 0);
    assert_int_equal(result.status, P0F_OK);
    assert_int_equal(result.db->mtus.count, 1);
}

static p0f_error_t refusal_of(const char *path, bool regular)
{
    const p0f_fp_options_t options = { .regular = regular };
    p0f_error_t err = { .text = "" };
    p0f_db_builder_t *b;

    assert_int_equal(p0f_db_builder_create(&b, pool), P0F_OK);
    p0f_fp_v3_load(b, path, &options, pool, &err);
    return err;
}

static void only_a_regular_file_where_that_is_asked_for(void **state)
{
    char folder[] = "/tmp/p0ft-fp-XXXXXX", fifo[sizeof(folder) + 2];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(fifo, sizeof(fifo), "%s/f", folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    alarm(10);                       /* a wait for a writer has no end */
    assert_non_null(strstr(refusal_of(fifo, true).text,
                           "/f: not a regular file"));
    alarm(0);
    unlink(fifo);
    rmdir(folder);
    assert_string_equal(refusal_of("/dev/null", true).text,
                        "/dev/null: not a regular file");
    assert_string_equal(refusal_of("/dev/zero", true).text,
                        "/dev/zero: not a regular file");
    assert_string_equal(refusal_of("/dev/null", false).text, "");
    assert_string_equal(refusal_of("/dev/zero", false).text,
                        "/dev/zero: File too large");
}

/* ---- lines the reference accepts and refuses ------------------------- */

enum { REFUSED, ACCEPTED };

typedef struct {
    const char *text;
    int strict, normal;
} verdict_t;

static void check_verdicts(const verdict_t *rows, size_t n, const char *before)
{
    size_t i;

    for (i = 0; i < n; i++) {
        const char *text = apr_pstrcat(pool, before, rows[i].text, NULL);
        fp_result_t strict = fp_files_text(text, true);
        fp_result_t normal = fp_files_text(text, false);

        if ((strict.status == P0F_OK) != rows[i].strict
            || (normal.status == P0F_OK) != rows[i].normal)
            fail_msg("%s: strict \"%s\", else \"%s\"", rows[i].text,
                     strict.error.text, normal.error.text);
        assert_int_equal(strict.status == P0F_OK, rows[i].strict);
        assert_int_equal(normal.status == P0F_OK, rows[i].normal);
    }
}

static void signatures_are_judged_as_by_the_reference(void **state)
{
    static const verdict_t rows[] = {
        { "sig = 4:+64:0:*:1,0:mss::0", ACCEPTED, ACCEPTED },
        { "sig = 4:64-0:*:1,0:mss::0", ACCEPTED, ACCEPTED },
        { "sig = 4:64-:12:*:1,0:mss::0", ACCEPTED, ACCEPTED },
        { "sig = 4:64:0:*:1,0:mss,::0", ACCEPTED, ACCEPTED },
        { "sig = 4:64:0:*:1,0:mss:df,:0", ACCEPTED, ACCEPTED },
        { "sig = 4:64:::1,0:mss::0", ACCEPTED, ACCEPTED },
        { "sig = 4:64:0:*:,:mss::0", ACCEPTED, ACCEPTED },
        { "sig = *:64:0:*:8192,0:mss:df,id+:0\n"
          "sig = *:64:0:*:8192,0:mss:df,id+:0", ACCEPTED, ACCEPTED },
        { "sig = 4:60:0:*:1,0:mss::0\nsig = 4:64:0:*:1,0:mss::0", ACCEPTED,
          ACCEPTED },
        { "label = g:unix:G:\nsig = 4:64:0:*:*,*:mss::0\n"
          "label = s:unix:S:\nsig = 4:64:0:*:5,*:mss::0", ACCEPTED,
          ACCEPTED },
        { "sig = 4:64+?:0:*:1,0:mss::0", REFUSED, REFUSED },
        { "sig = 4:64:0:*:1,0:mss::0 ", REFUSED, ACCEPTED },
        { "sig = 4:64:0:*:1,0:mss::0\r", REFUSED, ACCEPTED },
        { "sig = 4::0:*:1,0:mss::0", REFUSED, REFUSED },
        { "sig = 4:256:0:*:1,0:mss::0", REFUSED, REFUSED },
        { "sig = 4:64:0:*:1,0:eol+1,mss::0", REFUSED, REFUSED },
        { "sig = 4:64:0:*:1,0:eol::0", REFUSED, REFUSED },
        { "sig = 4:64:0:*:1,0:?256::0", REFUSED, REFUSED },
        { "sig = 6:64:0:*:1,0:mss:df:0", REFUSED, REFUSED },
        { "sig = 4:64:0:*:mss*1001,0:mss::0", REFUSED, REFUSED },
        { "sig = 4:64:0:*:%1,0:mss::0", REFUSED, REFUSED },
        { "sig = 4:64:0:*:1,0:mss::0\nsig = 4:60:0:*:1,0:mss::0", REFUSED,
          REFUSED },
        { "sig = 4:64:0:*:1,0:mss::0\nsig = 6:64:0:*:1,0:mss::0", REFUSED,
          ACCEPTED },
        { "sig = 4:64:0:*:8192,0:mss:df,id+:0\n"
          "sig = 4:64:0:*:8192,0:mss:df,id+:0", REFUSED, REFUSED },
        { "sig = 4:64:0:*:*,*:mss::0\nlabel = g:unix:G:\n"
          "sig = 4:64:0:*:5,*:mss::0", REFUSED, REFUSED },
    };

    (void)state;
    check_verdicts(rows, sizeof(rows) / sizeof(rows[0]), ALPHA);
}

static void order_of_lines_is_judged_as_by_the_reference(void **state)
{
    static const verdict_t rows[] = {
        { "label = s:!:T:\nlabel = s:unix:A:", REFUSED, REFUSED },
        { "label = s:!:T:\n[mtu]", ACCEPTED, ACCEPTED },
        { "label = s:!:T:\nsig = 4:64:0:*:1,0:mss::0", REFUSED, REFUSED },
        { "label = s:!:T:\nsys =", ACCEPTED, ACCEPTED },
        { "label = s:!:T:\nsys = @unix,", REFUSED, REFUSED },
        { "label = s:!:T:\nsys = @unix\nsys = @unix", REFUSED, REFUSED },
        { "[http:request]\nua_os = A\nua_os = B=[x]\nlabel = s:unix:A:",
          ACCEPTED, ACCEPTED },
        { "[http:request]\nlabel = s:unix:A:\nua_os = A", REFUSED, REFUSED },
        { "[http:response]\nua_os = A", REFUSED, REFUSED },
        { "[smtp:request]", REFUSED, REFUSED },
        { "label = s:UNIX:A:\nlabel = s:Unix:B:", ACCEPTED, ACCEPTED },
        { "  ; comment\n \t label=s:unix:A:\n\t[mtu]", ACCEPTED, ACCEPTED },
        { "classes = win", REFUSED, REFUSED },
        { "label = s:!:T:\nsys = A ,B", ACCEPTED, ACCEPTED },
    };

    (void)state;
    check_verdicts(rows, sizeof(rows) / sizeof(rows[0]), UNIX);
}

/* ---- what lines mean ------------------------------------------------- */

static const p0f_dbsig_t *only_sig(const char *line, bool strict,
                                   fp_result_t *result)
{
    *result = fp_files_text(apr_pstrcat(pool, ALPHA "sig = ", line, NULL),
                            strict);
    if (!result->db)
        fail_msg("%s: %s", line, result->error.text);
    assert_non_null(result->db);
    assert_int_equal(result->db->sigs[P0F_DIR_REQUEST].count, 1);
    return p0f_db_sig(result->db, P0F_DIR_REQUEST, 0);
}

static void every_field_is_read(void **state)
{
    static const struct {
        const char *line;
        p0f_dbsig_t sig;
    } rows[] = {
        { "*:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0",
          { .ttl = 64, .mss = P0F_ANY, .win_kind = P0F_WIN_ANY,
            .wscale = P0F_ANY, .opt_count = 5, .layout = { 2, 4, 8, 1, 3 },
            .quirks = P0F_QUIRK_DF | P0F_QUIRK_NZ_ID } },
        { "4:60+4:12:1460:mss*20,7:sack,?30,eol+3:ecn,0+,seq-:+",
          { .version = 4, .ttl = 64, .olen = 12, .mss = 1460,
            .win_kind = P0F_WIN_MSS, .win = 20, .wscale = 7, .opt_count = 3,
            .layout = { 5, 30, 0 }, .eol_pad = 3, .payload = 1,
            .quirks = P0F_QUIRK_ECN | P0F_QUIRK_NZ_MBZ
                      | P0F_QUIRK_ZERO_SEQ } },
        { "6:255-:0:0:mtu*3,0::flow,ack+,ack-,uptr+,urgf+,pushf+:*",
          { .version = 6, .ttl = 255, .ttl_random = 1,
            .win_kind = P0F_WIN_MTU, .win = 3, .payload = P0F_ANY,
            .quirks = P0F_QUIRK_FLOW | P0F_QUIRK_NZ_ACK | P0F_QUIRK_ZERO_ACK
                      | P0F_QUIRK_NZ_URG | P0F_QUIRK_URG
                      | P0F_QUIRK_PUSH } },
        { "4:1:255:65535:%65535,255:?2:id-,ts1-,ts2+,opt+,exws,bad:0",
          { .version = 4, .ttl = 1, .olen = 255, .mss = 65535,
            .win_kind = P0F_WIN_MOD, .win = 65535, .wscale = 255,
            .opt_count = 1, .layout = { 2 },
            .quirks = P0F_QUIRK_ZERO_ID | P0F_QUIRK_ZERO_TS1
                      | P0F_QUIRK_NZ_TS2 | P0F_QUIRK_EOL_NZ | P0F_QUIRK_EXWS
                      | P0F_QUIRK_BAD } },
        { "4:+64:0:*:65535,0:::0",
          { .version = 4, .ttl = 128, .mss = P0F_ANY, .win = 65535 } },
        { "4:64-7:*:1,0:::0",
          { .version = 4, .ttl = 64, .olen = 7, .mss = P0F_ANY, .win = 1 } },
        { "4:64:::,:::0", { .version = 4, .ttl = 64 } },
    };
    fp_result_t result;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        p0f_dbsig_t expected = rows[i].sig;

        expected.line = 4;
        assert_memory_equal(only_sig(rows[i].line, false, &result), &expected,
                            sizeof(expected));
    }
}

static void random_ttl_keeps_olen(void **state)
{
    fp_result_t result;

    (void)state;
    assert_int_equal(only_sig("4:64-:4:*:1,0:::0", false, &result)->olen, 4);
    assert_int_equal(only_sig("4:64-:12:*:1,0:::0", false, &result)->olen, 12);
    assert_int_equal(only_sig("4:64-:4:*:1,0:::0", true, &result)->olen, 0);
    assert_int_equal(only_sig("4:64-:12:*:1,0:::0", true, &result)->olen, 2);
}

static void number_overflow(void **state)
{
    static const verdict_t rows[] = {
        { "sig = 4:64:0:4294968756:1,0:mss::0", ACCEPTED, REFUSED },
        { "sig = 4:64:0:4294967295:1,0:mss::0", REFUSED, REFUSED },
        { "sig = 4:64:0:99999999999999999999999:1,0:mss::0", REFUSED,
          REFUSED },
        { "sig = 4:4294967360:0:*:1,0:mss::0", ACCEPTED, REFUSED },
        { "sig = 4:64:0:00001460:1,0:mss::0", ACCEPTED, ACCEPTED },
    };
    fp_result_t result;

    (void)state;
    check_verdicts(rows, sizeof(rows) / sizeof(rows[0]), ALPHA);
    assert_int_equal(only_sig("4:64:0:4294968756:1,0:mss::0", true,
                              &result)->mss, 1460);
}

static void long_names(void **state)
{
    char name[258] = "";
    fp_result_t result;

    (void)state;
    memset(name, 'a', 255);
    result = fp_files_text(apr_pstrcat(pool, UNIX "label = s:unix:", name,
                                       ":", name, NULL), false);
    assert_int_equal(result.status, P0F_OK);
    strcat(name, "a");
    result = fp_files_text(apr_pstrcat(pool, UNIX "label = s:!:T:\nsys = A,",
                                       name, NULL), false);
    assert_int_equal(result.status, P0F_ELIMIT);
    assert_string_equal(result.error.text,
                        "t.fp:4: the name is longer than 255 characters");
}

static void trailing_blanks(void **state)
{
    fp_result_t result = fp_files_text(UNIX "label = s:unix:A:b c \t\r\n"
                                       "sig = 4:64:0:*:1,0:mss::0", false);
    const p0f_label_t *label;

    (void)state;
    assert_non_null(result.db);
    label = p0f_db_label(result.db, 0);
    assert_string_equal(p0f_db_text(result.db, label->flavor), "b c");
    result = fp_files_text(UNIX "label = s:unix:A:b c \t\r\n", true);
    label = p0f_db_label(result.db, 0);
    assert_string_equal(p0f_db_text(result.db, label->flavor), "b c \t\r");
}

static void mtu_range(void **state)
{
    static const verdict_t rows[] = {
        { "sig = 1", ACCEPTED, ACCEPTED },
        { "sig = 65535", ACCEPTED, ACCEPTED },
        { "sig = 65536", REFUSED, ACCEPTED },
        { "sig = 65595", REFUSED, ACCEPTED },
        { "sig = 65596", REFUSED, REFUSED },
        { "sig = 0", REFUSED, REFUSED },
        { "sig =", REFUSED, REFUSED },
        { "sig = -1", REFUSED, REFUSED },
        { "sig = 1500\nsig = 1500", ACCEPTED, ACCEPTED },
    };

    (void)state;
    check_verdicts(rows, sizeof(rows) / sizeof(rows[0]),
                   "[mtu]\nlabel = x\n");
}

static void covered_by_version(void **state)
{
    static const verdict_t rows[] = {
        { "sig = 4:64:0:*:1,0:mss::0\nsig = *:64:0:*:1,0:mss::0", REFUSED,
          ACCEPTED },
        { "sig = *:64:0:*:1,0:mss::0\nsig = 6:64:0:*:1,0:mss::0", REFUSED,
          REFUSED },
        { "sig = *:64:0:*:1,0:mss:df,id+:0\nsig = 6:64:0:*:1,0:mss::0",
          REFUSED, REFUSED },
        { "sig = *:64:0:*:1,0:mss:df,id+:0\nsig = *:64:0:*:1,0:mss::0",
          REFUSED, ACCEPTED },
        { "sig = 6:64:0:*:1,0:mss::0\nsig = *:64:0:*:1,0:mss::0", REFUSED,
          ACCEPTED },
    };

    (void)state;
    check_verdicts(rows, sizeof(rows) / sizeof(rows[0]), ALPHA);
}

static void repeated_is_remarked(void **state)
{
    fp_result_t result = fp_files_text(
        ALPHA "sig = *:64:0:*:1,0:mss:df:0\nsig = *:64:0:*:1,0:mss:df:0",
        false);

    (void)state;
    assert_int_equal(result.status, P0F_OK);
    assert_string_equal(result.remarks, "t.fp:5: this signature is of no use: "
                        "the one of line 4 matches all that it would\n");
}

static void one_file_covers_nothing_of_another(void **state)
{
    static const char text[] = ALPHA "sig = 4:64:0:*:1,0:mss::0";
    p0f_bytes_t bytes = { (const uint8_t *)text, sizeof(text) - 1 };
    p0f_db_builder_t *b;
    p0f_error_t err;

    (void)state;
    assert_int_equal(p0f_db_builder_create(&b, pool), P0F_OK);
    assert_int_equal(p0f_fp_v3_parse(b, "a", bytes, NULL, &err), P0F_OK);
    assert_int_equal(p0f_fp_v3_parse(b, "b", bytes, NULL, &err), P0F_OK);
}

static void lines_of_all_sections_are_counted(void **state)
{
    fp_result_t result = fp_files_load(DIRECTORY "good-grammar.fp", false);

    (void)state;
    assert_non_null(result.db);
    assert_int_equal(result.db->label_lines, 10);
    assert_int_equal(result.db->sig_lines, 18);
    assert_int_equal(result.db->sigs[P0F_DIR_REQUEST].count, 13);
    assert_int_equal(result.db->sigs[P0F_DIR_RESPONSE].count, 1);
    assert_int_equal(result.db->mtus.count, 2);
}

static void first_spelling_of_a_name_is_kept(void **state)
{
    fp_result_t result = fp_files_text(
        "classes = unix\n[http:request]\nua_os = AlPha\n[tcp:request]\n"
        "label = s:unix:ALPHA:\nlabel = s:unix:alpha:x\n", false);
    const p0f_label_t *a, *b;

    (void)state;
    assert_non_null(result.db);
    a = p0f_db_label(result.db, 0);
    b = p0f_db_label(result.db, 1);
    assert_string_equal(p0f_db_text(result.db, a->name), "AlPha");
    assert_string_equal(p0f_db_text(result.db, b->name), "AlPha");
    assert_int_equal(a->name_id, b->name_id);
}

static void a_nul_byte_ends_the_file(void **state)
{
    static const char text[] = "[mtu]\nlabel = x\nsig = 1500\n\0 junk";
    p0f_bytes_t bytes = { (const uint8_t *)text, sizeof(text) };
    fp_result_t result = fp_files_bytes(bytes, false);

    (void)state;
    assert_int_equal(result.status, P0F_OK);
    assert_int_equal(result.db->mtus.count, 1);
}

static void a_byte_order_mark_is_skipped_with_a_remark(void **state)
{
    static const char text[] = "\xef\xbb\xbf[mtu]\nlabel = x\nsig = 1500\n";
    fp_result_t result = fp_files_text(text, false);

    (void)state;
    assert_int_equal(result.status, P0F_OK);
    assert_int_equal(result.db->mtus.count, 1);
    assert_string_equal(result.remarks, "t.fp:1: the file begins with a byte "
                        "order mark, which p0f 3 doesn't take\n");
    result = fp_files_text(text, true);
    assert_int_equal(result.status, P0F_ESYNTAX);
    assert_string_equal(result.error.text, "t.fp:1: the file begins with a "
                        "byte order mark: save it without one");
    result = fp_files_text("; \xef\xbb\xbf\n\xef\xbb\xbf[mtu]\n", false);
    assert_int_equal(result.status, P0F_ESYNTAX);
    assert_non_null(strstr(result.error.text, "t.fp:2: "));
}

/* ---- damaged files --------------------------------------------------- */

/* Reads TEXT, placed before an unmapped page: it is accepted, or refused
 * with a line number; nothing else may happen. */
static void survives(const char *text, size_t len, bool strict)
{
    apr_pool_t *outer = pool;
    fp_result_t result;

    apr_pool_create(&pool, outer);
    result = fp_files_bytes(packets_guard(text, len), strict);
    if (result.status != P0F_OK) {
        assert_int_equal(result.error.status, result.status);
        assert_int_equal(strncmp(result.error.text, "t.fp:", 5), 0);
    }
    apr_pool_destroy(pool);
    pool = outer;
}

static size_t sample(char *text, size_t room)
{
    FILE *file = fopen(DIRECTORY "good-grammar.fp", "r");
    size_t len;

    assert_non_null(file);
    len = fread(text, 1, room, file);
    fclose(file);
    assert_true(len > 1000 && len < room);
    return len;
}

static void every_truncation_is_survived(void **state)
{
    char text[4096];
    size_t len = sample(text, sizeof(text)), n;

    (void)state;
    for (n = 0; n <= len; n++) {
        survives(text, n, false);
        survives(text, n, true);
    }
}

static void every_changed_character_is_survived(void **state)
{
    static const char with[] = "\0\n\r ,:;*+-=[]@!?%09az\xff";
    char text[4096];
    size_t len = sample(text, sizeof(text)), n;

    (void)state;
    for (n = 0; n < len; n++) {
        char was = text[n];

        text[n] = with[n % (sizeof(with) - 1)];
        survives(text, len, n % 2);
        text[n] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_files_are_refused_with_file_line_and_sentence),
        cmocka_unit_test(good_files_are_accepted_with_their_remarks),
        cmocka_unit_test(strict_reading_accepts_and_refuses_as_announced),
        cmocka_unit_test(a_file_that_cannot_be_read_is_told),
        cmocka_unit_test(a_pipe_is_read_to_its_end),
        cmocka_unit_test(only_a_regular_file_where_that_is_asked_for),
        cmocka_unit_test(signatures_are_judged_as_by_the_reference),
        cmocka_unit_test(order_of_lines_is_judged_as_by_the_reference),
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(random_ttl_keeps_olen),
        cmocka_unit_test(number_overflow),
        cmocka_unit_test(long_names),
        cmocka_unit_test(trailing_blanks),
        cmocka_unit_test(mtu_range),
        cmocka_unit_test(covered_by_version),
        cmocka_unit_test(repeated_is_remarked),
        cmocka_unit_test(one_file_covers_nothing_of_another),
        cmocka_unit_test(lines_of_all_sections_are_counted),
        cmocka_unit_test(first_spelling_of_a_name_is_kept),
        cmocka_unit_test(a_nul_byte_ends_the_file),
        cmocka_unit_test(a_byte_order_mark_is_skipped_with_a_remark),
        cmocka_unit_test(every_truncation_is_survived),
        cmocka_unit_test(every_changed_character_is_survived),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    return cmocka_run_group_tests_name("fp_v3", tests, fp_files_make_pool,
                                       fp_files_drop_pool);
}
