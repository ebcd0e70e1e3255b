/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_http.c - the value of one HTTP "sig" line: ver:horder:habsent:expsw
 */
#include "fp_http.h"

#include <apr_lib.h>
#include <string.h>

#define MAX_TEXT 255

typedef struct {
    p0f_db_builder_t *b;
    p0f_fptext_t t;
    uint32_t slips;
    p0f_error_t *err;
} http_reader_t;

static p0f_status_t fail(http_reader_t *r, const char *sentence)
{
    return p0f_status_fail(r->err, P0F_ESYNTAX, "%s", sentence);
}

/* Copies the LEN bytes at TEXT to OUT as a string. */
static p0f_status_t copy(http_reader_t *r, const char *text, size_t len,
                         char out[MAX_TEXT + 1])
{
    if (len > MAX_TEXT)
        return p0f_status_fail(r->err, P0F_ELIMIT, "a header name or text is "
                               "longer than %d characters", MAX_TEXT);
    memcpy(out, text, len);
    out[len] = '\0';
    return P0F_OK;
}

/* A header's name; 3.09b takes letters, digits, "-" and "_". */
static p0f_status_t read_name(http_reader_t *r, uint16_t *header)
{
    const char *start = r->t.p;
    char name[MAX_TEXT + 1];
    p0f_status_t status;

    while (r->t.p < r->t.end && (apr_isalnum(*r->t.p) || *r->t.p == '-'
                                 || *r->t.p == '_'))
        r->t.p++;
    if (r->t.p == start)
        return fail(r, "the name of an HTTP header is missing");
    status = copy(r, start, (size_t)(r->t.p - start), name);
    if (status != P0F_OK)
        return status;
    status = p0f_db_builder_header(r->b, name, header);
    return status == P0F_OK ? P0F_OK
         : p0f_status_fail(r->err, status, "too many HTTP header names");
}

/* "=[text]", if it comes next. */
static p0f_status_t read_value(http_reader_t *r, uint32_t *value)
{
    const char *start;
    char text[MAX_TEXT + 1];
    p0f_status_t status;

    *value = 0;
    if (!p0f_fptext_take(&r->t, '='))
        return P0F_OK;
    if (!p0f_fptext_take(&r->t, '['))
        return fail(r, "the text of an HTTP header must be in brackets");
    start = r->t.p;
    while (r->t.p < r->t.end && *r->t.p != ']')
        r->t.p++;
    if (r->t.p == start || r->t.p == r->t.end)
        return fail(r, "the text of an HTTP header is empty or has no end");
    status = copy(r, start, (size_t)(r->t.p - start), text);
    if (status != P0F_OK)
        return status;
    r->t.p++;
    *value = p0f_db_builder_text(r->b, text);
    return P0F_OK;
}

/* A comma separated list up to the colon. ORDER: items may be optional and
 * have a text. */
static p0f_status_t read_list(http_reader_t *r, bool order,
                              p0f_dbitem_t *items, uint8_t *count)
{
    p0f_status_t status;

    *count = 0;
    while (p0f_fptext_peek(&r->t) != ':') {
        p0f_dbitem_t *item = &items[*count];

        if (*count == P0F_HTTP_MAX)
            return p0f_status_fail(r->err, P0F_ELIMIT, "more than %d HTTP "
                                   "headers in a list", P0F_HTTP_MAX);
        memset(item, 0, sizeof(*item));
        item->optional = order && p0f_fptext_take(&r->t, '?');
        status = read_name(r, &item->header);
        if (status == P0F_OK && order)
            status = read_value(r, &item->value);
        if (status != P0F_OK)
            return status;
        (*count)++;
        if (!p0f_fptext_take(&r->t, ','))
            break;
        if (p0f_fptext_peek(&r->t) == ':')
            r->slips |= P0F_FPSIG_COMMA;
    }
    if (p0f_fptext_take(&r->t, ':'))
        return P0F_OK;
    return fail(r, "an HTTP signature needs ver:horder:habsent:expsw");
}

p0f_status_t p0f_fp_http_parse(p0f_db_builder_t *b, p0f_fptext_t value,
                               p0f_dbhttp_t *sig,
                               p0f_dbitem_t items[2 * P0F_HTTP_MAX],
                               uint32_t *slips, p0f_error_t *err)
{
    http_reader_t r = { .b = b, .t = value, .err = err };
    char expsw[MAX_TEXT + 1];
    p0f_status_t status;

    memset(sig, 0, sizeof(*sig));
    if (p0f_fptext_word(&r.t, "0:"))
        sig->version = 0;
    else if (p0f_fptext_word(&r.t, "1:"))
        sig->version = 1;
    else if (p0f_fptext_word(&r.t, "*:"))
        sig->version = P0F_ANY;
    else
        return fail(&r, "the HTTP version must be 0, 1 or *");
    status = read_list(&r, true, items, &sig->order_count);
    if (status == P0F_OK)
        status = read_list(&r, false, items + sig->order_count,
                           &sig->absent_count);
    if (status == P0F_OK && memchr(r.t.p, ':', (size_t)(r.t.end - r.t.p)))
        status = fail(&r, "the expected software can't contain a colon");
    if (status == P0F_OK)
        status = copy(&r, r.t.p, (size_t)(r.t.end - r.t.p), expsw);
    if (status == P0F_OK)
        sig->expsw = p0f_db_builder_text(b, expsw);
    if (status == P0F_OK)
        p0f_db_http_masks(sig, items);
    *slips = r.slips;
    return status;
}

/* ---- covered signatures ---------------------------------------------- */

static bool listed(const p0f_dbitem_t *items, unsigned int count,
                   uint16_t header)
{
    unsigned int i;

    for (i = 0; i < count; i++) {
        if (items[i].header == header)
            return true;
    }
    return false;
}

/* Each mandatory header of REF is mandatory in NEW_SIG. */
static bool mandatory_in(const p0f_dbhttp_t *ref, const p0f_dbitem_t *items,
                         const p0f_dbhttp_t *new_sig,
                         const p0f_dbitem_t *new_items)
{
    unsigned int i, j;

    for (i = 0; i < ref->order_count; i++) {
        if (items[i].optional)
            continue;
        for (j = 0; j < new_sig->order_count; j++) {
            if (new_items[j].header == items[i].header
                && !new_items[j].optional)
                break;
        }
        if (j == new_sig->order_count)
            return false;
    }
    return true;
}

/* REF's ordered list fits NEW_SIG's, read as a message with all of its
 * headers. */
static bool order_fits(const p0f_db_builder_t *b, const p0f_dbhttp_t *ref,
                       const p0f_dbitem_t *items, const p0f_dbhttp_t *new_sig,
                       const p0f_dbitem_t *new_items)
{
    unsigned int i, at, cursor = 0;

    for (i = 0; i < ref->order_count; i++) {
        for (at = cursor; at < new_sig->order_count; at++) {
            if (new_items[at].header == items[i].header)
                break;
        }
        if (at == new_sig->order_count) {
            if (!items[i].optional
                || listed(new_items, new_sig->order_count, items[i].header))
                return false;
            continue;
        }
        if (items[i].value
            && !strstr(p0f_db_builder_text_at(b, new_items[at].value),
                       p0f_db_builder_text_at(b, items[i].value)))
            return false;
        cursor = at + 1;
    }
    return true;
}

bool p0f_fp_http_covers(const p0f_db_builder_t *b, const p0f_dbhttp_t *ref,
                        const p0f_dbitem_t *ref_items,
                        const p0f_dbhttp_t *new_sig,
                        const p0f_dbitem_t *new_items)
{
    const p0f_dbitem_t *absent = ref_items + ref->order_count;
    unsigned int i;

    if (ref->generic || (ref->needs & ~new_sig->needs)
        || (ref->bars & ~new_sig->bars)
        || (ref->version != P0F_ANY && ref->version != new_sig->version)
        || !mandatory_in(ref, ref_items, new_sig, new_items)
        || !order_fits(b, ref, ref_items, new_sig, new_items))
        return false;
    for (i = 0; i < ref->absent_count; i++) {
        if (listed(new_items, new_sig->order_count, absent[i].header)
            || !listed(new_items + new_sig->order_count,
                       new_sig->absent_count, absent[i].header))
            return false;
    }
    return true;
}
