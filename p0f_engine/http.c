/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - the head of an HTTP message: read, match, write as text.
 */
#include "http.h"

#include <string.h>

enum {
    MAX_LINE = 1024,             /* of the first line, and of a value */
    MAX_NAME = 32,
    MAX_SHOWN = 200,             /* characters of a value in the text */
    MIN_REQUEST = 15, MIN_STATUS = 13
};

/* ---- reading ----------------------------------------------------------- */

static uint8_t byte_at(p0f_bytes_t b, size_t off)
{
    uint8_t byte;

    p0f_bytes_u8(b, off, &byte);
    return byte;
}

static bool text_at(p0f_bytes_t b, size_t off, const char *text)
{
    size_t n = strlen(text);

    return p0f_bytes_has(b, off, n) && memcmp(b.data + off, text, n) == 0;
}

static p0f_http_result_t no(p0f_httpstate_t *s)
{
    s->is = P0F_HTTP_NO;
    return P0F_HTTP_END;
}

/* More may come as long as there is room for it. */
static p0f_http_result_t more(p0f_httpstate_t *s, p0f_bytes_t b)
{
    return b.len < P0F_HTTP_BUFFER ? P0F_HTTP_WAIT : no(s);
}

/* Looks for the end of the line at s->pos, which must hold printable 7-bit
 * characters. *END: its LF. A line that is too short or too long, or goes on
 * beyond what is there, gives false and *RESULT. */
static bool first_line(p0f_httpstate_t *s, p0f_bytes_t b, size_t min,
                       size_t *end, p0f_http_result_t *result)
{
    size_t off = s->pos;
    uint8_t c;

    for (; off < b.len && off < MAX_LINE; off++) {
        c = byte_at(b, off);
        if (c == '\n')
            break;
        if (c != '\r' && (c < 0x20 || c > 0x7f)) {
            *result = no(s);
            return false;
        }
    }
    if (off == MAX_LINE || (off < b.len && off < min)) {
        *result = no(s);
        return false;
    }
    if (off >= b.len) {
        s->pos = (uint16_t)off;
        *result = more(s, b);
        return false;
    }
    *end = off;
    return true;
}

static bool is_name_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

typedef enum {
    LINE_WHOLE, LINE_CUT, LINE_BAD, LINE_LONG
} line_t;

/* The header line at *AT, to be the next field; whole: *AT is moved behind
 * it. */
static line_t read_field(const p0f_db_t *db, p0f_httpfield_t *f,
                         p0f_bytes_t b, size_t *at)
{
    size_t off = *at, start;

    while (off < b.len && off - *at <= MAX_NAME && is_name_char(byte_at(b, off)))
        off++;
    if (off == b.len)
        return LINE_CUT;
    if (off == *at || off - *at > MAX_NAME || byte_at(b, off) != ':')
        return LINE_BAD;
    f->name = (uint16_t)*at;
    f->name_len = (uint8_t)(off - *at);
    off++;
    if (byte_at(b, off) == ' ' || byte_at(b, off) == '\t')
        off++;
    for (start = off; off < b.len && byte_at(b, off) != '\n'; off++) {
        if (off - start == MAX_LINE)
            return LINE_LONG;
    }
    if (off >= b.len)
        return LINE_CUT;
    *at = off + 1;
    if (off > start && byte_at(b, off - 1) == '\r')
        off--;
    f->value = (uint16_t)start;
    f->value_len = (uint16_t)(off - start);
    f->header = p0f_db_header(db, (const char *)b.data + f->name,
                              f->name_len);
    return LINE_WHOLE;
}

/* Notes the headers that are looked at one by one, unless empty. */
static void note_field(p0f_dir_t dir, p0f_http_t *head)
{
    int8_t i = (int8_t)head->count;
    const p0f_httpfield_t *f = &head->fields[head->count++];
    bool request = dir == P0F_DIR_REQUEST;

    if (!f->value_len)
        return;
    if (f->header == (request ? P0F_HDR_USER_AGENT : P0F_HDR_SERVER))
        head->sw = i;
    else if (request && f->header == P0F_HDR_ACCEPT_LANGUAGE)
        head->lang = i;
    else if (!request && f->header == P0F_HDR_DATE)
        head->date = i;
    else if (f->header == P0F_HDR_VIA || f->header == P0F_HDR_X_FORWARDED_FOR)
        head->via = 1;
}

/* Header lines from s->pos on, up to the empty line. p0f-differs: after a
 * value that is too long 3.09b gives up, and yet keeps the connection until
 * its next segment (http_t: value_too_long). */
static p0f_http_result_t read_fields(const p0f_db_t *db, p0f_httpstate_t *s,
                                     p0f_dir_t dir, p0f_bytes_t b,
                                     bool strict)
{
    line_t line = LINE_WHOLE;
    size_t at = s->pos;

    while (at < b.len) {
        if (byte_at(b, at) == '\r' || byte_at(b, at) == '\n')
            return dir == P0F_DIR_REQUEST ? P0F_HTTP_REQUEST
                                          : P0F_HTTP_RESPONSE;
        if (s->head.count == P0F_HTTP_MAX)
            return no(s);
        line = read_field(db, &s->head.fields[s->head.count], b, &at);
        if (line != LINE_WHOLE)
            break;
        note_field(dir, &s->head);
        s->pos = (uint16_t)at;
    }
    if (line == LINE_WHOLE || line == LINE_CUT)
        return more(s, b);
    no(s);
    return line == LINE_LONG && strict ? P0F_HTTP_WAIT : P0F_HTTP_END;
}

static void clear_head(p0f_http_t *head)
{
    memset(head, 0, sizeof(*head));
    head->sw = head->lang = head->date = -1;
}

/* "GET /... HTTP/1.1": true once it is there and good. */
static bool read_request_line(p0f_httpstate_t *s, p0f_bytes_t b,
                              p0f_http_result_t *result)
{
    size_t end, text_end;

    if (b.len < MIN_REQUEST) {
        *result = more(s, b);
        return false;
    }
    if (s->pos == 0 && !text_at(b, 0, "GET /") && !text_at(b, 0, "HEAD /")) {
        *result = no(s);
        return false;
    }
    if (!first_line(s, b, MIN_REQUEST - 1, &end, result))
        return false;
    text_end = byte_at(b, end - 1) == '\r' ? end - 1 : end;
    if (!text_at(b, text_end - 8, "HTTP/1.")) {
        *result = no(s);
        return false;
    }
    clear_head(&s->head);
    s->head.version = byte_at(b, text_end - 1) == '1';
    s->is = P0F_HTTP_YES;
    s->pos = (uint16_t)(end + 1);
    return true;
}

/* "HTTP/1.1 200 OK". p0f-differs: 3.09b reads such a line in every segment
 * and so swallows a line of each but the first (t/tool/
 * history.t: "not strict"). */
static bool read_status_line(p0f_httpstate_t *s, p0f_bytes_t b, bool strict,
                             p0f_http_result_t *result)
{
    size_t end;

    if (s->status_done && !strict)
        return true;
    if (b.len < MIN_STATUS) {
        *result = more(s, b);
        return false;
    }
    if (!first_line(s, b, MIN_STATUS, &end, result))
        return false;
    if (!text_at(b, 0, "HTTP/1.")) {
        *result = no(s);
        return false;
    }
    if (!s->status_done)
        clear_head(&s->head);
    s->head.version = byte_at(b, 7) == '1';
    s->status_done = true;
    s->pos = (uint16_t)(end + 1);
    return true;
}

p0f_http_result_t p0f_http_read(const p0f_db_t *db, p0f_httpstate_t *state,
                                p0f_dir_t dir, p0f_bytes_t buffer,
                                bool strict)
{
    p0f_http_result_t result;

    if (state->is == P0F_HTTP_NO)
        return P0F_HTTP_END;
    if (dir == P0F_DIR_REQUEST) {
        if (state->request_done)
            return P0F_HTTP_WAIT;
        if (state->is == P0F_HTTP_UNKNOWN
            && !read_request_line(state, buffer, &result))
            return result;
    }
    else {
        if (state->is != P0F_HTTP_YES || !state->request_done)
            return no(state);
        if (!read_status_line(state, buffer, strict, &result))
            return result;
    }
    return read_fields(db, state, dir, buffer, strict);
}

void p0f_http_next(p0f_httpstate_t *state)
{
    state->request_done = true;
    state->pos = 0;
}

/* ---- matching ---------------------------------------------------------- */

p0f_bytes_t p0f_http_value(const p0f_http_t *head, p0f_bytes_t buffer, int i)
{
    p0f_bytes_t value = { NULL, 0 };
    const uint8_t *nul;

    if (i < 0 || i >= head->count)
        return value;
    value = p0f_bytes_first(p0f_bytes_from(buffer, head->fields[i].value),
                            head->fields[i].value_len);
    nul = value.len ? memchr(value.data, 0, value.len) : NULL;
    if (nul)
        value.len = (size_t)(nul - value.data);
    return value;
}

bool p0f_http_contains(p0f_bytes_t value, const char *text)
{
    size_t n = strlen(text), off;

    for (off = 0; n && off + n <= value.len; off++) {
        const uint8_t *first = memchr(value.data + off, text[0],
                                      value.len - n - off + 1);

        if (!first)
            return false;
        off = (size_t)(first - value.data);
        if (memcmp(first, text, n) == 0)
            return true;
    }
    return n == 0;
}

static int find(const p0f_http_t *head, unsigned int from, uint16_t header)
{
    unsigned int i;

    for (i = from; i < head->count; i++) {
        if (head->fields[i].header == header)
            return (int)i;
    }
    return -1;
}

/* Greedy, without going back: as 3.09b. */
static bool fits(const p0f_db_t *db, const p0f_dbhttp_t *sig,
                 const p0f_dbitem_t *items, const p0f_http_t *head,
                 p0f_bytes_t buffer)
{
    unsigned int i, cursor = 0;
    int at;

    if (sig->version != P0F_ANY && sig->version != head->version)
        return false;
    for (i = 0; i < sig->order_count; i++) {
        at = find(head, cursor, items[i].header);
        if (at < 0) {
            if (!items[i].optional || find(head, 0, items[i].header) >= 0)
                return false;
            continue;
        }
        if (items[i].value
            && (!head->fields[at].value_len
                || !p0f_http_contains(p0f_http_value(head, buffer, at),
                                      p0f_db_text(db, items[i].value))))
            return false;
        cursor = (unsigned int)at + 1;
    }
    for (i = 0; i < sig->absent_count; i++) {
        if (find(head, 0, items[sig->order_count + i].header) >= 0)
            return false;
    }
    return true;
}

/* A bit for each header of HEAD, to pass over most signatures at once. */
static uint64_t headers_of(const p0f_http_t *head)
{
    uint64_t bits = 0;
    unsigned int i;

    for (i = 0; i < head->count; i++) {
        if (head->fields[i].header != P0F_NO_HEADER)
            bits |= (uint64_t)1 << head->fields[i].header % 64;
    }
    return bits;
}

void p0f_http_match(const p0f_db_t *db, p0f_dir_t dir, const p0f_http_t *head,
                    p0f_bytes_t buffer, p0f_httpmatch_t *out)
{
    const p0f_dbhttp_t *sig, *best = NULL;
    const p0f_dbitem_t *items;
    uint64_t has = headers_of(head);
    uint32_t n;

    *out = (p0f_httpmatch_t){ .sig = P0F_NO_SIG, .label = P0F_NO_LABEL };
    for (n = 0; (sig = p0f_db_http(db, dir, n, &items)) != NULL; n++) {
        if (sig->needs & ~has || (best && sig->generic)
            || !fits(db, sig, items, head, buffer))
            continue;
        best = sig;
        out->sig = n;
        if (!sig->generic)
            break;
    }
    if (!best)
        return;
    out->label = best->label;
    out->generic = best->generic;
    out->app = best->app;
    out->dishonest = best->expsw && head->sw >= 0
        && !p0f_http_contains(p0f_http_value(head, buffer, head->sw),
                              p0f_db_text(db, best->expsw));
}

/* ---- text -------------------------------------------------------------- */

typedef struct {
    char *p, *end;
} out_t;

static void put_bytes(out_t *o, const uint8_t *s, size_t n)
{
    size_t room = (size_t)(o->end - o->p);

    if (n > room)
        n = room;
    if (n)
        memcpy(o->p, s, n);
    o->p += n;
}

static void put(out_t *o, const char *s)
{
    put_bytes(o, (const uint8_t *)s, strlen(s));
}

/* The part of VALUE that is shown: none of the characters that the log gives
 * a meaning. p0f-differs: 3.09b leaves "|" in values of headers it doesn't
 * know and in the software (http_t: bar_in_a_value). */
static p0f_bytes_t shown(p0f_bytes_t value, bool keep_bar)
{
    size_t n;
    uint8_t c;

    for (n = 0; n < value.len && n < MAX_SHOWN; n++) {
        c = byte_at(value, n);
        if (c < 0x20 || c >= 0x80 || c == ']' || (c == '|' && !keep_bar))
            break;
    }
    value.len = n;
    return value;
}

static void put_field(out_t *o, const p0f_http_t *head, p0f_bytes_t buffer,
                      int i, uint32_t meaning, bool keep_bar)
{
    const p0f_httpfield_t *f = &head->fields[i];
    p0f_bytes_t value = shown(p0f_http_value(head, buffer, i), keep_bar);

    if (meaning & P0F_HDR_REQ_OPTIONAL)
        put(o, "?");
    put_bytes(o, buffer.data + f->name, f->name_len);
    if (meaning || !value.len)
        return;
    put(o, "=[");
    put_bytes(o, value.data, value.len);
    put(o, "]");
}

static void put_missing(out_t *o, const p0f_db_t *db, p0f_dir_t dir,
                        const p0f_http_t *head)
{
    const char *name, *comma = "";
    unsigned int n;

    for (n = 0; (name = p0f_httphdr_common(dir, n)) != NULL; n++) {
        if (find(head, 0, p0f_db_header(db, name, strlen(name))) >= 0)
            continue;
        put(o, comma);
        put(o, name);
        comma = ",";
    }
}

size_t p0f_http_format(const p0f_db_t *db, p0f_dir_t dir,
                       const p0f_http_t *head, p0f_bytes_t buffer,
                       bool strict, char out[P0F_HTTP_TEXT])
{
    out_t o = { out, out + P0F_HTTP_TEXT - 1 };
    uint32_t meaning;
    p0f_bytes_t sw;
    int i;

    put(&o, head->version ? "1:" : "0:");
    for (i = 0; i < head->count; i++) {
        uint16_t header = head->fields[i].header;

        meaning = p0f_db_header_flags(db, header);
        if (dir == P0F_DIR_RESPONSE)       /* to the bits of requests */
            meaning >>= 2;
        if (i)
            put(&o, ",");
        put_field(&o, head, buffer, i,
                  meaning & (P0F_HDR_REQ_OPTIONAL | P0F_HDR_REQ_NO_VALUE),
                  strict && header == P0F_NO_HEADER);
    }
    put(&o, ":");
    put_missing(&o, db, dir, head);
    put(&o, ":");
    sw = shown(p0f_http_value(head, buffer, head->sw), strict);
    put_bytes(&o, sw.data, sw.len);
    *o.p = '\0';
    return (size_t)(o.p - out);
}
