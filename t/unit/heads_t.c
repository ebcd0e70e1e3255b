/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a head that was met before is said to say is what reading it anew gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "fp_files.h"
#include "p0f_engine/heads.h"
#include "p0f_engine/httpdate.h"
#include "packets.h"

#define FILE_OF(cookie) \
    "classes = unix\n[http:request]\nua_os = Linux,Windows\n" \
    "label = s:!:curl:\nsys = @unix\n" \
    "sig = 1:Host,?Cookie" cookie ",User-Agent::curl\n" \
    "label = g:!:any:\nsys = @unix\nsig = *:Host::\n" \
    "[http:response]\nlabel = s:!:Apache:\nsys = @unix\n" \
    "sig = *:Date,Server=[pac]::Apache\n"

/* The cookie's value says nothing, or is looked at. */
static const p0f_db_t *dbs[2];

static int make_dbs(void **state)
{
    static const char *const files[] = { FILE_OF(""), FILE_OF("=[chip]") };

    if (fp_files_make_pool(state))
        return -1;
    for (int i = 0; i < 2; i++) {
        p0f_bytes_t text = { (const uint8_t *)files[i], strlen(files[i]) };
        p0f_db_builder_t *builder;
        size_t size;

        if (p0f_db_builder_create(&builder, pool)
            || p0f_fp_v3_parse(builder, "test", text, NULL, NULL)
            || p0f_db_compile(builder, pool, &dbs[i], &size))
            return -1;
    }
    return 0;
}

/* A message at a guard page, its first line read. */
typedef struct {
    p0f_dir_t dir;
    p0f_bytes_t buffer;
    p0f_httpstate_t state;
} message_t;

static message_t message(p0f_dir_t dir, const char *text, size_t n)
{
    message_t m = { .dir = dir, .buffer = packets_guard(text, n) };
    p0f_http_result_t result;

    m.state.request_done = dir == P0F_DIR_RESPONSE;
    if (m.state.request_done)
        m.state.is = P0F_HTTP_YES;
    assert_true(p0f_http_read_first(&m.state, dir, m.buffer, false, &result));
    return m;
}

static const p0f_headkind_t *find(p0f_heads_t *heads, const message_t *m,
                                  unsigned int db, uint32_t *date)
{
    return p0f_heads_find(heads, dbs[db], db + 1, m->dir,
                          m->state.head.version, m->buffer, m->state.pos,
                          date);
}

/* Reads M anew; false if it isn't whole. */
static bool read_anew(message_t *m, unsigned int db)
{
    return p0f_http_read_fields(dbs[db], &m->state, m->dir, m->buffer, false)
           >= P0F_HTTP_REQUEST;
}

static void assert_kind(const p0f_headkind_t *kind, uint32_t date,
                        const message_t *m, unsigned int db)
{
    const p0f_http_t *head = &m->state.head;
    char text[P0F_HTTP_TEXT], kept[P0F_HTTP_TEXT];
    p0f_httpmatch_t match;
    p0f_saidhttp_t said;

    p0f_http_match(dbs[db], m->dir, head, m->buffer, &match);
    p0f_nat_hear(dbs[db], m->dir, head, m->buffer, &match, &said);
    p0f_http_format(dbs[db], m->dir, head, m->buffer, false, text);
    p0f_http_format(dbs[db], m->dir, kind->head, kind->buffer, false, kept);
    assert_string_equal(kept, text);
    if (kind->text.len)
        assert_string_equal((const char *)kind->text.data, text);
    assert_int_equal(kind->match.sig, match.sig);
    assert_int_equal(kind->match.label, match.label);
    assert_int_equal(kind->match.dishonest, match.dishonest);
    assert_memory_equal(&kind->said, &said, sizeof(said));
    assert_int_equal(kind->head->sw < 0, head->sw < 0);
    assert_int_equal(date, p0f_httpdate_read(p0f_http_value(head, m->buffer,
                                                            head->date)));
}

/* Learns TEXT, which must not be known. */
static void learn(p0f_heads_t *heads, p0f_dir_t dir, const char *text,
                  unsigned int db)
{
    message_t m = message(dir, text, strlen(text));
    uint32_t date;

    assert_null(find(heads, &m, db, &date));
    assert_true(read_anew(&m, db));
    p0f_heads_learn(heads, dbs[db], db + 1, dir, &m.state.head, m.buffer,
                    true);
}

static bool known(p0f_heads_t *heads, p0f_dir_t dir, const char *text,
                  unsigned int db)
{
    message_t m = message(dir, text, strlen(text));
    const p0f_headkind_t *kind;
    uint32_t date;

    kind = find(heads, &m, db, &date);
    if (kind && read_anew(&m, db))
        assert_kind(kind, date, &m, db);
    return kind != NULL;
}

/* ---- any heads ---------------------------------------------------------- */

static uint32_t noise;

static uint32_t any(uint32_t n)
{
    noise = noise * 1664525u + 1013904223u;
    return (noise >> 8) % n;
}

/* One of a few heads of DIR, now and then with something changed. */
static size_t any_head(p0f_dir_t dir, char text[14000])
{
    static const char *const names[] = {
        "Host", "User-Agent", "Cookie", "Date", "Server", "Via", "Accept",
        "Accept-Language", "Content-Length", "Content-Encoding", "X-Other",
        "Content-Type", "Referer", "ETag", "Cache-Control", "host"
    };
    static const char *const values[] = {
        "a", "curl/8 (Linux)", "en-US", "", "Sun, 06 Nov 1994 08:49:37 GMT",
        "Apache", "x|y]z", "chips"
    };
    const uint32_t kind = any(12);
    int n = sprintf(text, dir == P0F_DIR_REQUEST ? "GET /%u HTTP/1.%u\r\n"
                                                 : "HTTP/1.%2$u 2%1$02u\r\n",
                    any(100), kind % 2);

    for (uint32_t line = 0; line < kind; line++) {
        const uint32_t name = any(20) ? kind * 5 + line * 7 : any(16);
        const uint32_t value = any(6) ? kind + line : any(8);

        n += sprintf(text + n, "%s:%s%s", names[name % 16],
                     any(50) ? " " : any(2) ? "" : "\t", values[value % 8]);
        if (!any(60))
            n += sprintf(text + n, "%0*u", (int)(1016 + any(20)), 0);
        if (!any(60))
            text[n++] = (char)any(256);
        n += sprintf(text + n, any(50) ? "\r\n" : any(2) ? "\n" : "\r\r\n");
    }
    return (size_t)n + (size_t)sprintf(text + n, any(30) ? "\r\n" : "\rx");
}

static void what_is_found_is_what_would_be_read(void **state)
{
    p0f_heads_t *heads = p0f_heads_create(false);
    unsigned int found = 0, round;

    (void)state;
    noise = 1;
    for (round = 0; round < 40000; round++) {
        const p0f_dir_t dir = any(2) ? P0F_DIR_REQUEST : P0F_DIR_RESPONSE;
        const unsigned int db = round / 10000 % 2;
        char text[14000];
        message_t m = message(dir, text, any_head(dir, text));
        uint32_t date = 0;
        const p0f_headkind_t *kind = find(heads, &m, db, &date);
        bool whole = read_anew(&m, db);

        if (kind) {
            found++;
            assert_true(whole);
            assert_kind(kind, date, &m, db);
        }
        else if (whole) {
            kind = p0f_heads_learn(heads, dbs[db], db + 1, dir, &m.state.head,
                                   m.buffer, any(20));
            date = p0f_httpdate_read(p0f_http_value(&m.state.head, m.buffer,
                                                    m.state.head.date));
            assert_kind(kind, date, &m, db);
        }
    }
    assert_true(found > 4000 && found < 36000);
    p0f_heads_destroy(heads);
}

/* ---- one by one --------------------------------------------------------- */

#define GET "GET / HTTP/1.1\r\n"
#define OK_ "HTTP/1.1 200 OK\r\n"

static void values_that_say_nothing_may_be_any(void **state)
{
    const p0f_dir_t req = P0F_DIR_REQUEST, resp = P0F_DIR_RESPONSE;
    p0f_heads_t *heads = p0f_heads_create(false);
    char text[2048];

    (void)state;
    learn(heads, req, GET "Host: a\r\nCookie: 1\r\nUser-Agent: curl\r\n\r\n", 0);
    assert_true(known(heads, req, "HEAD /b?c HTTP/1.1\r\nHost: other\r\n"
                      "Cookie:\r\nUser-Agent: curl\r\n\r\n", 0));
    assert_false(known(heads, req, GET "Host: a\r\nCookie: 1\r\n"
                       "User-Agent: curl 2\r\n\r\n", 0));
    assert_false(known(heads, req, "GET / HTTP/1.0\r\nHost: a\r\nCookie: 1\r\n"
                       "User-Agent: curl\r\n\r\n", 0));
    assert_false(known(heads, req, GET "Host: a\r\nCookie : 1\r\n"
                       "User-Agent: curl\r\n\r\n", 0));
    /* the longest value that is read, and one that is too long */
    sprintf(text, GET "Host: a\r\nCookie: %01020u\r\nUser-Agent: curl\r\n\r\n", 0);
    assert_true(known(heads, req, text, 0));
    sprintf(text, GET "Host: a\r\nCookie: %01024u\r\nUser-Agent: curl\r\n\r\n", 0);
    assert_false(known(heads, req, text, 0));
    learn(heads, resp, OK_ "Date: x\r\nServer: Apache\r\nETag: 1\r\n\r\n", 0);
    assert_true(known(heads, resp, OK_ "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                      "Server: Apache\r\nETag: 23\r\n\r\nbody", 0));
    assert_true(known(heads, resp, OK_ "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n"
                      "Server: Apache\r\nETag: 23\r\n\r\nbody", 0));
    assert_true(known(heads, resp, OK_ "Date:\r\nServer: Apache\r\nETag:\r\n\r\n",
                      0));
    assert_false(known(heads, resp, OK_ "Date: x\r\nServer: nginx\r\n"
                       "ETag: 1\r\n\r\n", 0));
    p0f_heads_destroy(heads);
}

static void values_that_a_signature_looks_at_count(void **state)
{
    p0f_heads_t *heads = p0f_heads_create(false);

    (void)state;
    learn(heads, P0F_DIR_REQUEST, GET "Host: a\r\nCookie: chip\r\n\r\n", 1);
    assert_true(known(heads, P0F_DIR_REQUEST,
                      GET "Host: b\r\nCookie: chip\r\n\r\n", 1));
    assert_false(known(heads, P0F_DIR_REQUEST,
                       GET "Host: a\r\nCookie: crumb\r\n\r\n", 1));
    p0f_heads_destroy(heads);
}

static void a_new_database_knows_none(void **state)
{
    p0f_heads_t *heads = p0f_heads_create(false);

    (void)state;
    learn(heads, P0F_DIR_REQUEST, GET "Host: a\r\nAccept: b\r\n\r\n", 0);
    assert_true(known(heads, P0F_DIR_REQUEST,
                      GET "Host: a\r\nAccept: b\r\n\r\n", 0));
    assert_false(known(heads, P0F_DIR_REQUEST,
                       GET "Host: a\r\nAccept: b\r\n\r\n", 1));
    p0f_heads_destroy(heads);
}

static void no_truncation_is_found(void **state)
{
    static const char text[] = OK_ "Date: x\r\nServer: Apache\r\nETag: 1\r\n\r\n";
    p0f_heads_t *heads = p0f_heads_create(false);
    uint32_t date;

    (void)state;
    learn(heads, P0F_DIR_RESPONSE, text, 0);
    for (size_t n = sizeof(OK_) - 1; n < sizeof(text) - 2; n++) {
        message_t m = message(P0F_DIR_RESPONSE, text, n);

        assert_null(find(heads, &m, 0, &date));
    }
    assert_true(known(heads, P0F_DIR_RESPONSE, text, 0));
    p0f_heads_destroy(heads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_is_what_would_be_read),
        cmocka_unit_test(values_that_say_nothing_may_be_any),
        cmocka_unit_test(values_that_a_signature_looks_at_count),
        cmocka_unit_test(a_new_database_knows_none),
        cmocka_unit_test(no_truncation_is_found)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    return cmocka_run_group_tests_name("heads", tests, make_dbs,
                                       fp_files_drop_pool);
}
