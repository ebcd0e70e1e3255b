/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of HTTP messages: read in any pieces, every truncation at a guard
 * page, limits, signatures, text. What p0f 3.09b says of whole conversations
 * is in t/tool/history.t.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <apr_general.h>

#include "p0f_engine/fp_v3.h"
#include "p0f_engine/http.h"
#include "packets.h"

static const char signatures[] =
    "classes = unix\n"
    "[http:request]\n"
    "ua_os = Linux,Windows=[Windows NT]\n"
    "label = g:!:any:\nsys = @unix\nsig = *:Host:Accept:\n"
    "label = s:!:curl:\nsys = @unix\n"
    "sig = 1:?Cookie,User-Agent,Host,Accept=[*/*]:Connection:curl\n"
    "[http:response]\n"
    "label = s:!:Apache:\nsys = @unix\nsig = *:Date,Server::Apache\n";

static const p0f_db_t *db;

static int make_db(void **state)
{
    p0f_bytes_t text = { (const uint8_t *)signatures, sizeof(signatures) - 1 };
    p0f_db_builder_t *builder;
    apr_pool_t *pool;
    size_t size;

    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    return p0f_db_builder_create(&builder, pool)
        || p0f_fp_v3_parse(builder, "test", text, NULL, NULL)
        || p0f_db_compile(builder, pool, &db, &size)
        || p0f_db_check(db, size);
}

static const char request[] =
    "GET /index.html HTTP/1.1\r\nUser-Agent: curl/8\r\nHost: a\r\n"
    "Accept: */*\r\n\r\n";

static p0f_http_result_t read_all(p0f_httpstate_t *s, p0f_dir_t dir,
                                  const void *text, size_t n)
{
    memset(s, 0, sizeof(*s));
    if (dir == P0F_DIR_RESPONSE) {
        s->is = P0F_HTTP_YES;
        s->request_done = true;
    }
    return p0f_http_read(db, s, dir, packets_guard(text, n), false);
}

static void every_truncation_waits_for_more(void **state)
{
    size_t n = sizeof(request) - 1, cut;
    p0f_httpstate_t s;

    (void)state;
    for (cut = 0; cut < n - 2; cut++)
        assert_int_equal(read_all(&s, P0F_DIR_REQUEST, request, cut),
                         P0F_HTTP_WAIT);
    assert_int_equal(read_all(&s, P0F_DIR_REQUEST, request, n),
                     P0F_HTTP_REQUEST);
}

static void any_pieces_give_the_same_head(void **state)
{
    size_t n = sizeof(request) - 1, step, at;
    p0f_httpstate_t whole, s;
    p0f_http_result_t result = P0F_HTTP_WAIT;

    (void)state;
    read_all(&whole, P0F_DIR_REQUEST, request, n);
    for (step = 1; step < n; step++) {
        memset(&s, 0, sizeof(s));
        for (at = step; ; at += step) {
            result = p0f_http_read(db, &s, P0F_DIR_REQUEST,
                                   packets_guard(request, at < n ? at : n),
                                   false);
            if (at >= n || result != P0F_HTTP_WAIT)
                break;
        }
        assert_int_equal(result, P0F_HTTP_REQUEST);
        assert_int_equal(s.head.count, 3);
        assert_memory_equal(s.head.fields, whole.head.fields,
                            3 * sizeof(s.head.fields[0]));
    }
}

static void noise_stays_in_bounds(void **state)
{
    static const char seed[] = "HTTP/1.1 200 OK\r\nServer: x\r\nA:\r\n\r\n";
    char text[sizeof(seed)], out[P0F_HTTP_TEXT];
    p0f_httpmatch_t match;
    p0f_httpstate_t s;
    uint32_t noise = 5;
    unsigned int round;

    (void)state;
    for (round = 0; round < 100000; round++) {
        p0f_dir_t dir = round & 1 ? P0F_DIR_REQUEST : P0F_DIR_RESPONSE;
        size_t n;

        if (dir == P0F_DIR_REQUEST)
            memcpy(text, request, sizeof(text));
        else
            memcpy(text, seed, sizeof(text));
        noise = noise * 1664525u + 1013904223u;
        n = noise >> 8 & 31;
        text[noise >> 16 & 31] = (char)(noise >> 24);
        if (read_all(&s, dir, text, n) < P0F_HTTP_REQUEST)
            continue;
        p0f_http_match(db, dir, &s.head, packets_guard(text, n), &match);
        assert_true(p0f_http_format(db, dir, &s.head, packets_guard(text, n),
                                    false, out) < sizeof(out));
    }
}

static void a_full_buffer_ends_it(void **state)
{
    static char text[P0F_HTTP_BUFFER];
    p0f_httpstate_t s;
    size_t n = 16, lines;

    (void)state;
    memcpy(text, "GET / HTTP/1.1\r\n", n);
    for (lines = 0; lines < 20; lines++) {
        memcpy(text + n, "X: ", 3);
        memset(text + n + 3, 'v', 400);
        text[n + 403] = '\n';
        n += 404;
    }
    assert_int_equal(read_all(&s, P0F_DIR_REQUEST, text, n), P0F_HTTP_WAIT);
    memset(text + n, 'v', sizeof(text) - n);
    assert_int_equal(read_all(&s, P0F_DIR_REQUEST, text, sizeof(text)),
                     P0F_HTTP_END);
}

static void value_too_long(void **state)
{
    static char text[2048] = "GET / HTTP/1.1\r\nX: ";
    size_t start = strlen("GET / HTTP/1.1\r\nX: ");
    p0f_httpstate_t s;

    (void)state;
    memset(text + start, 'v', 1025);
    text[start + 1025] = '\n';
    assert_int_equal(read_all(&s, P0F_DIR_REQUEST, text, start + 1026),
                     P0F_HTTP_END);
    memset(&s, 0, sizeof(s));
    assert_int_equal(p0f_http_read(db, &s, P0F_DIR_REQUEST,
                                   packets_guard(text, start + 1026), true),
                     P0F_HTTP_WAIT);
    assert_int_equal(p0f_http_read(db, &s, P0F_DIR_REQUEST,
                                   packets_guard(text, start + 1026), true),
                     P0F_HTTP_END);
    text[start + 1024] = '\n';
    assert_int_equal(read_all(&s, P0F_DIR_REQUEST, text, start + 1025),
                     P0F_HTTP_WAIT);
}

static const char *matched(const char *text, p0f_httpmatch_t *match)
{
    p0f_httpstate_t s;
    const p0f_label_t *label;

    assert_int_equal(read_all(&s, P0F_DIR_REQUEST, text, strlen(text)),
                     P0F_HTTP_REQUEST);
    p0f_http_match(db, P0F_DIR_REQUEST, &s.head,
                   packets_guard(text, strlen(text)), match);
    label = p0f_db_label(db, match->label);
    return label ? p0f_db_text(db, label->name) : "";
}

static void signatures_match_by_order_presence_and_text(void **state)
{
    static const struct {
        const char *headers, *name;
        bool dishonest;
    } rows[] = {
        { "User-Agent: curl\nHost: a\nAccept: */*\n", "curl", false },
        { "User-Agent: foo\nHost: a\nAccept: */*\n", "curl", true },
        { "Cookie: x\nUser-Agent: curl\nHost: a\nAccept: */*\n", "curl",
          false },
        { "User-Agent: curl\nX-Else: 1\nHost: a\nAccept: */*\n", "curl",
          false },
        /* optional, but in the wrong place */
        { "User-Agent: curl\nHost: a\nAccept: */*\nCookie: x\n", "", false },
        { "Host: a\nUser-Agent: curl\nAccept: */*\n", "", false },
        { "User-Agent: curl\nHost: a\nAccept: text\n", "", false },
        { "User-Agent: curl\nHost: a\nAccept: */*\nConnection: x\n", "",
          false },
        { "Host: a\n", "any", false },
        { "host: a\n", "", false },
    };
    char text[256];
    p0f_httpmatch_t match;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(text, sizeof(text), "GET / HTTP/1.1\n%s\n", rows[i].headers);
        assert_string_equal(matched(text, &match), rows[i].name);
        assert_int_equal(match.dishonest, rows[i].dishonest);
    }
    assert_string_equal(matched("GET / HTTP/1.0\nUser-Agent: curl\nHost: a\n"
                                "Accept: */*\n\n", &match), "");
}

static void bar_in_a_value(void **state)
{
    static const char text[] = "GET / HTTP/1.1\nX-Foo: a|b\nUser-Agent: u|v\n"
                               "\n";
    char out[P0F_HTTP_TEXT];
    p0f_bytes_t buffer;
    p0f_httpstate_t s;

    (void)state;
    read_all(&s, P0F_DIR_REQUEST, text, sizeof(text) - 1);
    buffer = packets_guard(text, sizeof(text) - 1);
    p0f_http_format(db, P0F_DIR_REQUEST, &s.head, buffer, true, out);
    assert_memory_equal(out, "1:X-Foo=[a|b],User-Agent:", 25);
    assert_string_equal(out + strlen(out) - 4, ":u|v");
    p0f_http_format(db, P0F_DIR_REQUEST, &s.head, buffer, false, out);
    assert_memory_equal(out, "1:X-Foo=[a],User-Agent:", 23);
    assert_string_equal(out + strlen(out) - 2, ":u");
}

static void the_longest_text_fits(void **state)
{
    static char text[P0F_HTTP_BUFFER] = "GET / HTTP/1.1\n";
    char out[P0F_HTTP_TEXT];
    p0f_httpstate_t s;
    size_t n = strlen(text);
    int i;

    (void)state;
    for (i = 0; i < P0F_HTTP_MAX; i++) {
        memset(text + n, 'n', 32);
        memcpy(text + n + 32, ": ", 2);
        memset(text + n + 34, 'v', 200);
        text[n + 234] = '\n';
        n += 235;
    }
    text[n++] = '\n';
    assert_int_equal(read_all(&s, P0F_DIR_REQUEST, text, n),
                     P0F_HTTP_REQUEST);
    assert_true(p0f_http_format(db, P0F_DIR_REQUEST, &s.head,
                                packets_guard(text, n), false, out)
                < sizeof(out) - 1);
    assert_int_equal(out[strlen(out) - 1], ':');
}

static void text_is_found_wherever_it_is(void **state)
{
    p0f_bytes_t value = packets_guard("abcabd", 6), none = { NULL, 0 };

    (void)state;
    assert_true(p0f_http_contains(value, "abd"));
    assert_true(p0f_http_contains(value, "abcabd"));
    assert_true(p0f_http_contains(value, ""));
    assert_false(p0f_http_contains(value, "abe"));
    assert_false(p0f_http_contains(value, "abcabde"));
    assert_false(p0f_http_contains(none, "a"));
    assert_true(p0f_http_contains(none, ""));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_truncation_waits_for_more),
        cmocka_unit_test(any_pieces_give_the_same_head),
        cmocka_unit_test(noise_stays_in_bounds),
        cmocka_unit_test(a_full_buffer_ends_it),
        cmocka_unit_test(value_too_long),
        cmocka_unit_test(signatures_match_by_order_presence_and_text),
        cmocka_unit_test(bar_in_a_value),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(text_is_found_wherever_it_is),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("http", tests, make_db, NULL);
}
