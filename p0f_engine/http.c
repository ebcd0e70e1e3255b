/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - the head of an HTTP message: read, match, write as text.
 */
#include "http.h"

#include <stddef.h>
#include <string.h>

enum {
    MAX_LINE = 1024,             /* of the first line, and of a value */
    MAX_NAME = 32,
    MIN_REQUEST = 15, MIN_STATUS = 13
};

/* ---- looking through text ---------------------------------------------- */

/* Text is looked through sixteen bytes at a time; as signed numbers those that
 * can't be printed are all below the blank. Behind the end stand zeros. */
typedef int8_t chars_t __attribute__((vector_size(16)));

static inline chars_t chars_at(p0f_bytes_t b, size_t off)
{
    chars_t chars = { 0 };

    if (p0f_bytes_has(b, off, sizeof(chars)))
        memcpy(&chars, b.data + off, sizeof(chars));
    else
        memcpy(&chars, b.data + off, b.len - off);
    return chars;
}

/* The place of the first of MARKS that is set, their number if none is. */
static inline size_t first_of(chars_t marks)
{
    const p0f_bytes_t b = { (const uint8_t *)&marks, sizeof(marks) };
    uint64_t word = p0f_bytes_word(b, 0);

    if (word)
        return (size_t)__builtin_ctzll(word) / 8;
    word = p0f_bytes_word(b, 8);
    return word ? 8 + (size_t)__builtin_ctzll(word) / 8 : sizeof(marks);
}

/* Where a search of B that got to OFF and found MARKS there ends; true if it
 * does. */
static inline bool ends(p0f_bytes_t b, size_t *off, chars_t marks)
{
    const size_t n = first_of(marks);

    *off += n;
    if (*off > b.len)
        *off = b.len;
    return n < sizeof(marks);
}

/* The first byte from OFF on that is BYTE; B's length if there is none. */
static size_t find_byte(p0f_bytes_t b, size_t off, char byte)
{
    while (off < b.len && !ends(b, &off, chars_at(b, off) == (int8_t)byte))
        ;
    return off < b.len ? off : b.len;
}

/* The first that can't be printed. */
static size_t find_unprintable(p0f_bytes_t b, size_t off)
{
    while (off < b.len && !ends(b, &off, chars_at(b, off) < ' '))
        ;
    return off < b.len ? off : b.len;
}

/* The first that isn't shown of a value: unprintable, "]" or "|". */
static size_t find_hidden(p0f_bytes_t b, size_t off)
{
    chars_t chars;

    while (off < b.len) {
        chars = chars_at(b, off);
        if (ends(b, &off, (chars < ' ') | (chars == ']') | (chars == '|')))
            break;
    }
    return off < b.len ? off : b.len;
}

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
    p0f_bytes_t line = p0f_bytes_first(b, MAX_LINE);
    size_t off = s->pos;

    if (off < line.len)
        off = find_unprintable(line, off);
    while (off < line.len && byte_at(line, off) == '\r')
        off = find_unprintable(line, off + 1);
    if (off < line.len && byte_at(line, off) != '\n') {
        *result = no(s);
        return false;
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

/* The name at AT and the colon after it. A name of the database is one as it
 * should be: only others are looked at byte by byte. */
static line_t read_name(const p0f_db_t *db, p0f_httpfield_t *f,
                        p0f_bytes_t b, size_t at)
{
    p0f_bytes_t name = p0f_bytes_from(p0f_bytes_first(b, at + MAX_NAME + 1),
                                      at);
    const size_t room = name.len;
    size_t off = 0;

    name.len = find_byte(name, 0, ':');
    f->header = P0F_NO_HEADER;
    if (name.len && name.len < room)
        f->header = p0f_db_header(db, name);
    if (f->header == P0F_NO_HEADER) {
        while (off < name.len && is_name_char(byte_at(name, off)))
            off++;
        if (off == room && at + room == b.len)
            return LINE_CUT;
        if (!off || off < name.len || off == room)
            return LINE_BAD;
    }
    f->name = (uint16_t)at;
    f->name_len = (uint8_t)name.len;
    return LINE_WHOLE;
}

/* The end of the line in which a value starts at AT; HIDDEN: its first byte
 * that isn't shown, at which most values end. */
static line_t find_end(p0f_bytes_t b, size_t at, size_t hidden, size_t *end)
{
    p0f_bytes_t line = p0f_bytes_first(b, at + MAX_LINE + 1);

    *end = byte_at(b, hidden) == '\r' ? hidden + 1 : hidden;
    if (byte_at(line, *end) != '\n')
        *end = find_byte(line, hidden, '\n');
    if (*end < line.len)
        return LINE_WHOLE;
    return line.len == at + MAX_LINE + 1 ? LINE_LONG : LINE_CUT;
}

/* The header line at *AT, to be the next field; whole: *AT is moved behind
 * it. */
static line_t read_field(const p0f_db_t *db, p0f_httpfield_t *f,
                         p0f_bytes_t b, size_t *at)
{
    line_t line = read_name(db, f, b, *at);
    size_t start, end, hidden;

    if (line != LINE_WHOLE)
        return line;
    start = *at + f->name_len + 1;
    if (byte_at(b, start) == ' ' || byte_at(b, start) == '\t')
        start++;
    hidden = find_hidden(p0f_bytes_first(b, start + MAX_LINE + 1), start);
    line = find_end(b, start, hidden, &end);
    if (line != LINE_WHOLE)
        return line;
    *at = end + 1;
    if (end > start && byte_at(b, end - 1) == '\r')
        end--;
    if (hidden > end)
        hidden = end;
    f->value = (uint16_t)start;
    f->value_len = (uint16_t)(end - start);
    f->shown = (uint8_t)(hidden - start < P0F_HTTP_SHOWN ? hidden - start
                                                         : P0F_HTTP_SHOWN);
    return LINE_WHOLE;
}

/* A NUL ends a value, for all but the question whether it has one. */
static void cut_value(p0f_httpfield_t *f, p0f_bytes_t b)
{
    p0f_bytes_t value = p0f_bytes_first(b, (size_t)f->value + f->value_len);

    if (f->shown < f->value_len)
        f->value_len = (uint16_t)(find_byte(value, f->value, 0) - f->value);
}

/* Notes the headers that are looked at one by one, unless empty. */
static void note_field(p0f_dir_t dir, p0f_http_t *head, p0f_bytes_t b)
{
    int8_t i = (int8_t)head->count;
    p0f_httpfield_t *f = &head->fields[head->count++];
    bool request = dir == P0F_DIR_REQUEST;

    if (f->header != P0F_NO_HEADER)
        head->has |= (uint64_t)1 << f->header % 64;
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
    cut_value(f, b);
}

/* Header lines from s->pos on, up to the empty line. p0f-differs: after a
 * value that is too long 3.09b gives up, and yet keeps the connection until
 * its next segment (http_t: value_too_long). */
p0f_http_result_t p0f_http_read_fields(const p0f_db_t *db,
                                       p0f_httpstate_t *s, p0f_dir_t dir,
                                       p0f_bytes_t b, bool strict)
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
        note_field(dir, &s->head, b);
        s->pos = (uint16_t)at;
    }
    if (line == LINE_WHOLE || line == LINE_CUT)
        return more(s, b);
    no(s);
    return line == LINE_LONG && strict ? P0F_HTTP_WAIT : P0F_HTTP_END;
}

static void clear_head(p0f_http_t *head)
{
    memset(head, 0, offsetof(p0f_http_t, fields));
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
    s->begun = true;
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

bool p0f_http_read_first(p0f_httpstate_t *state, p0f_dir_t dir,
                         p0f_bytes_t buffer, bool strict,
                         p0f_http_result_t *result)
{
    if (state->is == P0F_HTTP_NO) {
        *result = P0F_HTTP_END;
        return false;
    }
    if (dir == P0F_DIR_REQUEST) {
        *result = P0F_HTTP_WAIT;
        return !state->request_done
            && (state->is != P0F_HTTP_UNKNOWN
                || read_request_line(state, buffer, result));
    }
    if (state->is != P0F_HTTP_YES || !state->request_done) {
        *result = no(state);
        return false;
    }
    return read_status_line(state, buffer, strict, result);
}

p0f_http_result_t p0f_http_read(const p0f_db_t *db, p0f_httpstate_t *state,
                                p0f_dir_t dir, p0f_bytes_t buffer,
                                bool strict)
{
    p0f_http_result_t result;

    if (!p0f_http_read_first(state, dir, buffer, strict, &result))
        return result;
    return p0f_http_read_fields(db, state, dir, buffer, strict);
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

    if (i < 0 || i >= head->count)
        return value;
    return p0f_bytes_first(p0f_bytes_from(buffer, head->fields[i].value),
                           head->fields[i].value_len);
}

bool p0f_http_contains(p0f_bytes_t value, const char *text)
{
    const uint8_t *at = value.data;
    size_t left = value.len, i;

    for (; left && *text; at++, left--) {
        at = memchr(at, *text, left);
        if (!at)
            return false;
        left = value.len - (size_t)(at - value.data);
        for (i = 1; i < left && text[i] && at[i] == (uint8_t)text[i]; i++)
            ;
        if (!text[i])
            return true;
    }
    return !*text;
}

/* The field from FROM on whose name is HEADER, -1 if there is none. */
static inline int find(const p0f_http_t *head, unsigned int from,
                       uint16_t header)
{
    unsigned int i;

    if (!(head->has >> header % 64 & 1))
        return -1;
    for (i = from; i < head->count; i++) {
        if (head->fields[i].header == header)
            return (int)i;
    }
    return -1;
}

/* Where the headers of a message are, for those whose number is below 64;
 * what a bit says then, holds for one header. */
typedef struct {
    const p0f_http_t *head;
    uint64_t has, again;         /* occur, occur more than once */
    uint8_t first[64];           /* field, of those that occur */
} where_t;

static void locate(where_t *w, const p0f_http_t *head)
{
    unsigned int i, header;

    w->head = head;
    w->has = w->again = 0;
    for (i = 0; i < head->count; i++) {
        header = head->fields[i].header;
        if (header >= 64)
            continue;
        if (w->has >> header & 1)
            w->again |= (uint64_t)1 << header;
        else
            w->first[header] = (uint8_t)i;
        w->has |= (uint64_t)1 << header;
    }
}

/* The same as find. */
static inline int find_located(const where_t *w, unsigned int from,
                               uint16_t header)
{
    if (header >= 64)
        return find(w->head, from, header);
    if (!(w->has >> header & 1))
        return -1;
    if (w->first[header] >= from)
        return w->first[header];
    return w->again >> header & 1 ? find(w->head, from, header) : -1;
}

/* True if the headers are those that SIG wants, in its order: greedy, without
 * going back, as 3.09b. AT[i]: where its item i is, -1 nowhere. */
static bool in_order(const p0f_dbhttp_t *sig, const p0f_dbitem_t *items,
                     const where_t *where, int8_t at[P0F_HTTP_MAX])
{
    unsigned int i, cursor = 0;

    for (i = 0; i < sig->order_count; i++) {
        at[i] = (int8_t)find_located(where, cursor, items[i].header);
        if (at[i] >= 0)
            cursor = (unsigned int)at[i] + 1;
        else if (!items[i].optional
                 || find_located(where, 0, items[i].header) >= 0)
            return false;
    }
    for (; i < (unsigned int)sig->order_count + sig->absent_count; i++) {
        if (items[i].header >= 64
            && find(where->head, 0, items[i].header) >= 0)
            return false;
    }
    return true;
}

/* True if a message that has what SIG needs and nothing that it bars fits
 * it. */
static bool fits(const p0f_db_t *db, const p0f_dbhttp_t *sig,
                 const p0f_dbitem_t *items, const where_t *where,
                 p0f_bytes_t buffer)
{
    int8_t at[P0F_HTTP_MAX];
    unsigned int i;

    if (!in_order(sig, items, where, at))
        return false;
    for (i = 0; i < sig->order_count; i++) {
        if (items[i].value && at[i] >= 0
            && !p0f_http_contains(p0f_http_value(where->head, buffer,
                                                 at[i]),
                                  p0f_db_text(db, items[i].value)))
            return false;
    }
    return true;
}

void p0f_http_match(const p0f_db_t *db, p0f_dir_t dir, const p0f_http_t *head,
                    p0f_bytes_t buffer, p0f_httpmatch_t *out)
{
    const p0f_dbhttp_t *sigs, *sig, *best = NULL;
    const p0f_dbitem_t *items;
    const uint64_t lacks = ~head->has;
    uint32_t n, count;
    where_t where;

    *out = (p0f_httpmatch_t){ .sig = P0F_NO_SIG, .label = P0F_NO_LABEL };
    sigs = p0f_db_https(db, dir, &count, &items);
    locate(&where, head);
    for (n = 0; n < count; n++) {
        sig = &sigs[n];
        if ((sig->needs & lacks) | (sig->bars & where.has))
            continue;
        if ((best && sig->generic)
            || (sig->version != P0F_ANY && sig->version != head->version)
            || !fits(db, sig, items + sig->items, &where, buffer))
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

static inline void put(out_t *o, const void *s, size_t n)
{
    size_t room = (size_t)(o->end - o->p);

    if (n > room)
        n = room;
    p0f_bytes_lay(o->p, s, n);
    o->p += n;
}

/* The part of field I's value that is shown: none of the characters that the
 * log gives a meaning. p0f-differs: 3.09b leaves "|" in values of headers it
 * doesn't know and in the software (http_t: bar_in_a_value). */
static p0f_bytes_t shown(const p0f_http_t *head, p0f_bytes_t buffer, int i,
                         bool keep_bar)
{
    p0f_bytes_t value = p0f_http_value(head, buffer, i);
    size_t n = i < 0 ? 0 : head->fields[i].shown;

    value = p0f_bytes_first(value, P0F_HTTP_SHOWN);
    while (keep_bar && n < value.len && byte_at(value, n) == '|')
        n = find_hidden(value, n + 1);
    return p0f_bytes_first(value, n);
}

static void put_field(out_t *o, const p0f_http_t *head, p0f_bytes_t buffer,
                      int i, uint32_t meaning, bool keep_bar)
{
    const p0f_httpfield_t *f = &head->fields[i];
    p0f_bytes_t value;

    if (meaning & P0F_HDR_REQ_OPTIONAL)
        put(o, "?", 1);
    put(o, buffer.data + f->name, f->name_len);
    if (meaning)
        return;
    value = shown(head, buffer, i, keep_bar);
    if (!value.len)
        return;
    put(o, "=[", 2);
    put(o, value.data, value.len);
    put(o, "]", 1);
}

static void put_missing(out_t *o, p0f_dir_t dir, const p0f_http_t *head)
{
    const uint16_t *header = p0f_httphdr_common(dir);
    const char *name;
    bool first = true;

    for (; *header != P0F_NO_HEADER; header++) {
        if (find(head, 0, *header) >= 0)
            continue;
        if (!first)
            put(o, ",", 1);
        first = false;
        name = p0f_httphdr_at(*header)->name;
        put(o, name, strlen(name));
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

    put(&o, head->version ? "1:" : "0:", 2);
    for (i = 0; i < head->count; i++) {
        uint16_t header = head->fields[i].header;

        meaning = p0f_db_header_flags(db, header);
        if (dir == P0F_DIR_RESPONSE)       /* to the bits of requests */
            meaning >>= 2;
        if (i)
            put(&o, ",", 1);
        put_field(&o, head, buffer, i,
                  meaning & (P0F_HDR_REQ_OPTIONAL | P0F_HDR_REQ_NO_VALUE),
                  strict && header == P0F_NO_HEADER);
    }
    put(&o, ":", 1);
    put_missing(&o, dir, head);
    put(&o, ":", 1);
    sw = shown(head, buffer, head->sw, strict);
    put(&o, sw.data, sw.len);
    *o.p = '\0';
    return (size_t)(o.p - out);
}
