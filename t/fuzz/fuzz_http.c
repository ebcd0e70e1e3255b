/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes in any pieces from either side as an HTTP
 * conversation; what is remembered of a head is what reading it gives.
 *
 * The input is pieces: a byte whose lowest bit is the side and whose others
 * are the length, then that many bytes.
 */
#include <apr_general.h>
#include <stdlib.h>
#include <string.h>

#include "p0f_engine/fp_v3.h"
#include "p0f_engine/heads.h"
#include "p0f_engine/httpdate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char signatures[] =
    "classes = unix\n[http:request]\nlabel = s:!:a:\nsys = @unix\n"
    "sig = *:?Cookie,User-Agent=[a],Host:Accept:x\n[http:response]\n"
    "label = g:!:b:\nsys =\nsig = *:Server,?Date=[GMT]::y\n";

static const p0f_db_t *db;
static p0f_heads_t *heads;

static void set_up(void)
{
    p0f_bytes_t text = { (const uint8_t *)signatures, sizeof(signatures) - 1 };
    p0f_db_builder_t *builder;
    apr_pool_t *pool;
    size_t size;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (p0f_db_builder_create(&builder, pool)
        || p0f_fp_v3_parse(builder, "fuzz", text, NULL, NULL)
        || p0f_db_compile(builder, pool, &db, &size)
        || !(heads = p0f_heads_create(false)))
        abort();
}

/* KIND and DATE must be those of HEAD. */
static void compare(const p0f_headkind_t *kind, uint32_t date, p0f_dir_t dir,
                    const p0f_http_t *head, p0f_bytes_t buffer)
{
    char text[P0F_HTTP_TEXT], kept[P0F_HTTP_TEXT];
    p0f_httpmatch_t match;
    p0f_saidhttp_t said;

    p0f_http_match(db, dir, head, buffer, &match);
    p0f_nat_hear(db, dir, head, buffer, &match, &said);
    p0f_http_format(db, dir, head, buffer, false, text);
    p0f_http_format(db, dir, kind->head, kind->buffer, false, kept);
    if (strcmp(text, kept) || kind->match.sig != match.sig
        || memcmp(&kind->said, &said, sizeof(said))
        || (kind->text.len && strcmp((const char *)kind->text.data, text))
        || date != p0f_httpdate_read(p0f_http_value(head, buffer, head->date)))
        abort();
}

/* A message in one piece, the first of its side, whose reading began as S. */
static void remember(p0f_httpstate_t s, p0f_dir_t dir, p0f_bytes_t buffer)
{
    const p0f_headkind_t *kind;
    p0f_http_result_t result;
    uint32_t date;

    if (!p0f_http_read_first(&s, dir, buffer, false, &result))
        return;
    kind = p0f_heads_find(heads, db, 1, dir, s.head.version, buffer, s.pos,
                          &date);
    result = p0f_http_read_fields(db, &s, dir, buffer, false);
    if (result == P0F_HTTP_REQUEST || result == P0F_HTTP_RESPONSE) {
        if (kind)
            compare(kind, date, dir, &s.head, buffer);
        else
            p0f_heads_learn(heads, db, 1, dir, &s.head, buffer, true);
    }
    else if (kind) {
        abort();
    }
}

/* A copy of exactly the bytes there are, so that a read past them is seen. */
static p0f_http_result_t read_piece(p0f_httpstate_t *s, p0f_dir_t dir,
                                    const uint8_t *sent, size_t n, bool first,
                                    bool strict)
{
    uint8_t *exact = malloc(n ? n : 1);
    p0f_bytes_t buffer = { exact, n };
    char out[P0F_HTTP_TEXT];
    p0f_http_result_t result;
    p0f_httpmatch_t match;

    if (!exact)
        abort();
    memcpy(exact, sent, n);
    if (first)
        remember(*s, dir, buffer);
    result = p0f_http_read(db, s, dir, buffer, strict);
    if (result == P0F_HTTP_REQUEST || result == P0F_HTTP_RESPONSE) {
        p0f_http_match(db, dir, &s->head, buffer, &match);
        if (p0f_http_format(db, dir, &s->head, buffer, strict, out)
            >= sizeof(out))
            abort();
    }
    if (result == P0F_HTTP_REQUEST)
        p0f_http_next(s);
    free(exact);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t sent[2][P0F_HTTP_BUFFER];
    size_t len[2] = { 0, 0 }, n;
    p0f_httpstate_t s = { 0 };
    bool strict = size & 1;

    if (!db)
        set_up();
    while (size) {
        int side = data[0] & 1;

        n = data[0] >> 1;
        data++, size--;
        if (n > size)
            n = size;
        if (n > P0F_HTTP_BUFFER - len[side])
            break;
        memcpy(sent[side] + len[side], data, n);
        len[side] += n;
        data += n, size -= n;
        if (read_piece(&s, (p0f_dir_t)side, sent[side], len[side],
                       len[side] == n, strict) == P0F_HTTP_END)
            break;
    }
    return 0;
}
