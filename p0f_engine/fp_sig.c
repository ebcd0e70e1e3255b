/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_sig.c - the value of one TCP "sig" line:
 * ver:ittl:olen:mss:win,scale:layout:quirks:pclass
 *
 * One function a field, each taking the field with the colon that ends it.
 */
#include "fp_sig.h"

#include <string.h>

#define QUIRKS_V4_ONLY (P0F_QUIRK_DF | P0F_QUIRK_NZ_ID | P0F_QUIRK_ZERO_ID \
                        | P0F_QUIRK_NZ_MBZ)
#define MAX_MULTIPLE 1000

typedef struct {
    p0f_fptext_t t;
    bool strict;
    uint32_t slips;
    p0f_error_t *err;
} sig_reader_t;

/* ---- words and numbers ----------------------------------------------- */

bool p0f_fptext_word(p0f_fptext_t *t, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(t->end - t->p) < len || memcmp(t->p, word, len) != 0)
        return false;
    t->p += len;
    return true;
}

/* p0f-differs: 3.09b cuts a number to 32 bits before it checks its range
 * (fp_v3_t: number_overflow). */
uint32_t p0f_fptext_number(p0f_fptext_t *t, bool strict, bool *empty)
{
    const uint64_t limit = INT64_MAX;
    uint64_t value = 0;

    *empty = true;
    for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++) {
        unsigned int digit = (unsigned int)(*t->p - '0');

        value = value > limit / 10 ? limit : value * 10 + digit;
        if (value > limit)
            value = limit;
        *empty = false;
    }
    if (!strict && value > UINT32_MAX)
        return UINT32_MAX;
    return (uint32_t)value;
}

static uint32_t number(sig_reader_t *r)
{
    bool empty;
    uint32_t value = p0f_fptext_number(&r->t, r->strict, &empty);

    if (empty)
        r->slips |= P0F_FPSIG_NO_DIGITS;
    return value;
}

static p0f_status_t fail(sig_reader_t *r, const char *sentence)
{
    return p0f_status_fail(r->err, P0F_ESYNTAX, "%s", sentence);
}

/* Tells that the field NAME wants numbers of LOW to HIGH. */
static p0f_status_t fail_range(sig_reader_t *r, const char *name, int low,
                               int high)
{
    return p0f_status_fail(r->err, P0F_ESYNTAX,
                           "%s must be between %d and %d", name, low, high);
}

/* Takes the colon behind the field NAME. */
static p0f_status_t end_field(sig_reader_t *r, const char *name)
{
    if (p0f_fptext_take(&r->t, ':'))
        return P0F_OK;
    if (r->t.p == r->t.end)
        return p0f_status_fail(r->err, P0F_ESYNTAX,
                               "the signature ends after the %s, it needs "
                               "ver:ittl:olen:mss:win,scale:layout:quirks:"
                               "pclass", name);
    if (*r->t.p < ' ' || *r->t.p > '~')
        return p0f_status_fail(r->err, P0F_ESYNTAX,
                               "unexpected byte 0x%02x in the %s",
                               (unsigned char)*r->t.p, name);
    return p0f_status_fail(r->err, P0F_ESYNTAX,
                           "unexpected \"%c\" in the %s", *r->t.p, name);
}

/* After an entry of a list: true if another one follows. */
static bool more(sig_reader_t *r)
{
    if (!p0f_fptext_take(&r->t, ','))
        return false;
    if (p0f_fptext_peek(&r->t) != ':')
        return true;
    r->slips |= P0F_FPSIG_COMMA;
    return false;
}

/* ---- fields ---------------------------------------------------------- */

static p0f_status_t read_version(sig_reader_t *r, p0f_dbsig_t *out)
{
    if (p0f_fptext_take(&r->t, '4'))
        out->version = 4;
    else if (p0f_fptext_take(&r->t, '6'))
        out->version = 6;
    else if (!p0f_fptext_take(&r->t, '*'))
        return fail(r, "the IP version must be 4, 6 or *");
    return end_field(r, "IP version");
}

/* The forms N, N+M, N- and two that only slips produce: +N, which counts
 * twice, and N-X, which is N with X as the IP option length behind it.
 * p0f-differs: behind "N-:" 3.09b loses the first character of the option
 * length (fp_v3_t: random_ttl_keeps_olen). */
static p0f_status_t read_ttl(sig_reader_t *r, p0f_dbsig_t *out)
{
    bool doubled = p0f_fptext_peek(&r->t) == '+', empty;
    uint32_t ttl = p0f_fptext_number(&r->t, r->strict, &empty), add = 0;
    bool joined = false;

    if (p0f_fptext_take(&r->t, '+')) {
        add = number(r);
        if (doubled) {
            ttl = add;
            r->slips |= P0F_FPSIG_TTL_FORM;
        }
    }
    else if (p0f_fptext_take(&r->t, '-')) {
        out->ttl_random = p0f_fptext_peek(&r->t) == ':';
        joined = !out->ttl_random;
    }
    if (ttl < 1 || ttl > 255 || add > 255 || ttl + add > 255)
        return fail_range(r, "the initial TTL", 1, 255);
    out->ttl = (uint8_t)(ttl + add);
    if (joined) {
        r->slips |= P0F_FPSIG_TTL_FORM;
        return P0F_OK;
    }
    if (out->ttl_random && r->strict && r->t.end - r->t.p > 1) {
        r->t.p += 2;
        return P0F_OK;
    }
    return end_field(r, "initial TTL");
}

static p0f_status_t read_olen(sig_reader_t *r, p0f_dbsig_t *out)
{
    uint32_t value = number(r);

    if (value > 255)
        return fail_range(r, "the IP option length", 0, 255);
    out->olen = (uint8_t)value;
    return end_field(r, "IP option length");
}

static p0f_status_t read_mss(sig_reader_t *r, p0f_dbsig_t *out)
{
    uint32_t value;

    out->mss = P0F_ANY;
    if (!p0f_fptext_take(&r->t, '*')) {
        value = number(r);
        if (value > 65535)
            return fail_range(r, "the MSS", 0, 65535);
        out->mss = (int32_t)value;
    }
    return end_field(r, "MSS");
}

static p0f_status_t read_window(sig_reader_t *r, p0f_dbsig_t *out)
{
    static const struct {
        const char *prefix, *name;
        uint8_t kind;
        int low, high;
    } forms[] = {
        { "*", "", P0F_WIN_ANY, 0, 0 },
        { "%", "the window's divisor", P0F_WIN_MOD, 2, 65535 },
        { "mss*", "the multiple of the MSS", P0F_WIN_MSS, 1, MAX_MULTIPLE },
        { "mtu*", "the multiple of the MTU", P0F_WIN_MTU, 1, MAX_MULTIPLE },
        { "", "the window", P0F_WIN_NORMAL, 0, 65535 }
    };
    size_t i = 0;
    uint32_t value = 0;

    while (!p0f_fptext_word(&r->t, forms[i].prefix))
        i++;                         /* the last one fits */
    out->win_kind = forms[i].kind;
    if (forms[i].kind != P0F_WIN_ANY) {
        value = number(r);
        if (value < (uint32_t)forms[i].low || value > (uint32_t)forms[i].high)
            return fail_range(r, forms[i].name, forms[i].low, forms[i].high);
    }
    out->win = (uint16_t)value;
    if (!p0f_fptext_take(&r->t, ','))
        return fail(r, "the window must be followed by a comma and the "
                       "window scale");
    return P0F_OK;
}

static p0f_status_t read_scale(sig_reader_t *r, p0f_dbsig_t *out)
{
    uint32_t value;

    out->wscale = P0F_ANY;
    if (!p0f_fptext_take(&r->t, '*')) {
        value = number(r);
        if (value > 255)
            return fail_range(r, "the window scale", 0, 255);
        out->wscale = (int16_t)value;
    }
    return end_field(r, "window scale");
}

/* The value behind an option's prefix, 0 to 255. */
static p0f_status_t read_byte(sig_reader_t *r, const char *name, uint8_t *out)
{
    uint32_t value = number(r);

    if (value > 255)
        return fail_range(r, name, 0, 255);
    *out = (uint8_t)value;
    return P0F_OK;
}

static p0f_status_t read_option(sig_reader_t *r, p0f_dbsig_t *out,
                                uint8_t *kind)
{
    static const struct {
        const char *name;
        uint8_t kind;
    } options[] = {
        { "nop", P0F_OPT_NOP }, { "mss", P0F_OPT_MSS }, { "ws", P0F_OPT_WS },
        { "sok", P0F_OPT_SOK }, { "sack", P0F_OPT_SACK }, { "ts", P0F_OPT_TS }
    };
    p0f_status_t status;
    size_t i;

    *kind = P0F_OPT_EOL;
    if (p0f_fptext_take(&r->t, '?'))
        return read_byte(r, "an option's number", kind);
    if (p0f_fptext_word(&r->t, "eol")) {
        if (!p0f_fptext_take(&r->t, '+'))
            return fail(r, "the option eol needs its padding, as in eol+1");
        status = read_byte(r, "the padding after eol", &out->eol_pad);
        if (status == P0F_OK && p0f_fptext_peek(&r->t) != ':')
            return fail(r, "eol must be the last of the TCP options");
        return status;
    }
    for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (p0f_fptext_word(&r->t, options[i].name)) {
            *kind = options[i].kind;
            return P0F_OK;
        }
    }
    return fail(r, "unknown TCP option in the layout");
}

static p0f_status_t read_layout(sig_reader_t *r, p0f_dbsig_t *out)
{
    p0f_status_t status;
    uint8_t kind;

    if (p0f_fptext_take(&r->t, ':'))
        return P0F_OK;
    do {
        status = read_option(r, out, &kind);
        if (status != P0F_OK)
            return status;
        if (out->opt_count == P0F_OPT_MAX)
            return fail(r, "more than 24 TCP options");
        out->layout[out->opt_count++] = kind;
    } while (more(r));
    return end_field(r, "layout of TCP options");
}

static p0f_status_t read_quirks(sig_reader_t *r, p0f_dbsig_t *out)
{
    const char *name;
    uint32_t quirk;
    unsigned int i;

    if (p0f_fptext_take(&r->t, ':'))
        return P0F_OK;
    do {
        i = 0;
        while ((name = p0f_sig_quirk_name(i)) != NULL
               && !p0f_fptext_word(&r->t, name))
            i++;
        if (!name)
            return fail(r, "unknown quirk");
        quirk = 1u << i;
        if ((out->version == 6 && (quirk & QUIRKS_V4_ONLY))
            || (out->version == 4 && quirk == P0F_QUIRK_FLOW))
            return p0f_status_fail(r->err, P0F_ESYNTAX,
                                   "IPv%u packets can't have the quirk %s",
                                   out->version, name);
        out->quirks |= quirk;
    } while (more(r));
    return end_field(r, "quirks");
}

static p0f_status_t read_payload(sig_reader_t *r, p0f_dbsig_t *out)
{
    if (p0f_fptext_take(&r->t, '+'))
        out->payload = 1;
    else if (p0f_fptext_take(&r->t, '*'))
        out->payload = P0F_ANY;
    else if (!p0f_fptext_take(&r->t, '0'))
        return fail(r, "the payload class must be 0, + or *");
    if (r->t.p != r->t.end)
        return fail(r, "nothing may follow the payload class");
    return P0F_OK;
}

p0f_status_t p0f_fp_sig_parse(p0f_fptext_t value, bool strict,
                              p0f_dbsig_t *out, uint32_t *slips,
                              p0f_error_t *err)
{
    static p0f_status_t (*const fields[])(sig_reader_t *, p0f_dbsig_t *) = {
        read_version, read_ttl, read_olen, read_mss, read_window, read_scale,
        read_layout, read_quirks, read_payload
    };
    sig_reader_t r = { .t = value, .strict = strict, .err = err };
    p0f_status_t status = P0F_OK;
    size_t i;

    memset(out, 0, sizeof(*out));
    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        status = fields[i](&r, out);
        if (status != P0F_OK)
            break;
    }
    *slips = r.slips;
    return status;
}
