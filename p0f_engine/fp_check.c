/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_check.c - looks for what is wrong or of no use in a fingerprint file.
 *
 * Whether a signature is ever the answer is found out by asking: packets are
 * made that fit it, with ordinary and with odd values in the fields that it
 * leaves free, and matched against the whole file. If others answer for all
 * of them, these are named. So a signature is found that several together
 * cover, and a generic one that specific ones behind it cover.
 */
#include "fp_check.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "fp_http.h"
#include "match_v3.h"

#define MAX_ANSWERS 3                /* signatures named in a sentence */

typedef struct {
    uint32_t line;
    const char *text;
} finding_t;

typedef struct {
    apr_pool_t *pool;
    const char *path;
    apr_array_header_t *findings;    /* finding_t */
    const p0f_db_t *db;
} check_t;

/* ---- findings ---------------------------------------------------------- */

/* A remark of the reader's: "file:line: sentence". */
static void take_remark(void *ctx, const char *text)
{
    check_t *c = ctx;
    size_t skip = strlen(c->path) + 1;
    finding_t finding = { .text = apr_pstrdup(c->pool, text) };

    if (strlen(text) > skip)
        finding.line = (uint32_t)strtoul(text + skip, NULL, 10);
    APR_ARRAY_PUSH(c->findings, finding_t) = finding;
}

static void find(check_t *c, uint32_t line, const char *sentence)
{
    finding_t finding = {
        .line = line,
        .text = apr_psprintf(c->pool, "%s:%u: %s", c->path, line, sentence)
    };

    APR_ARRAY_PUSH(c->findings, finding_t) = finding;
}

static int compare_findings(const void *a, const void *b)
{
    const finding_t *x = a, *y = b;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return strcmp(x->text, y->text);
}

/* ---- packets that fit a signature -------------------------------------- */

/* Values for fields that are left free: usual ones, and ones that no rule of
 * a real stack gives. */
static const uint16_t some_mss[] = { 1460, 1440, 1400, 1361, 536, 1213, 809,
                                     8961, 65483, 307 };
static const uint16_t some_windows[] = { 5, 64240, 65535, 29200, 8192, 31337,
                                         50021, 4099, 65521, 12289, 16384 };
static const uint8_t some_scales[] = { 7, 8, 6, 5, 9, 10, 4, 3, 2, 1, 0, 11,
                                       12, 13, 14 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What answers for the packets that fit one signature. */
typedef struct {
    const check_t *check;
    p0f_dir_t dir;
    uint32_t number;                 /* of the signature */
    const p0f_dbsig_t *ref;
    bool reached, any;               /* any: a packet fits it at all */
    uint32_t answers[MAX_ANSWERS];   /* lines */
    unsigned int count;
} search_t;

static void take_answer(search_t *s, const p0f_match_t *match)
{
    unsigned int i;

    s->any = true;
    s->reached = match->sig == s->number;
    for (i = 0; i < s->count; i++) {
        if (s->answers[i] == match->line)
            return;
    }
    if (!s->reached && s->count < MAX_ANSWERS)
        s->answers[s->count++] = match->line;
}

/* Asks who answers for PACKET, whose window relates to the segment size as
 * a real one's would. */
static void ask(search_t *s, p0f_packet_t *packet)
{
    p0f_match_t match;
    p0f_sig_t sig;

    p0f_sig_take(packet, 0, &sig);
    if (s->ref->win_kind != P0F_WIN_ANY && s->ref->win_kind != P0F_WIN_MOD
        && s->ref->win_kind != P0F_WIN_NORMAL
        && (sig.win_kind != s->ref->win_kind || sig.win_mult != s->ref->win))
        return;                      /* another rule gives the same number */
    p0f_match_v3(s->check->db, s->dir, &sig, false, &match);
    take_answer(s, &match);
}

/* Window number I of those to try, 0 past the last. */
static uint32_t window(const p0f_dbsig_t *ref, const p0f_packet_t *packet,
                       size_t i)
{
    const uint32_t header = packet->version == 6 ? 60 : 40;
    const uint32_t mtu = packet->opt.mss + header;

    switch (ref->win_kind) {
    case P0F_WIN_ANY:
        return i < COUNT(some_windows) ? some_windows[i] : 0;
    case P0F_WIN_MOD:
        return i < COUNT(some_windows)
               ? (some_windows[i] / ref->win + 1u) * ref->win : 0;
    case P0F_WIN_NORMAL:
        return i == 0 ? ref->win : 0;
    case P0F_WIN_MTU:
        return i == 0 ? mtu * ref->win : 0;
    default:
        return i == 0 ? (uint32_t)packet->opt.mss * ref->win : 0;
    }
}

static void try_scales(search_t *s, p0f_packet_t *packet)
{
    size_t i;

    packet->opt.wscale = (uint8_t)s->ref->wscale;
    if (s->ref->wscale != P0F_ANY) {
        ask(s, packet);
        return;
    }
    for (i = 0; i < COUNT(some_scales) && !s->reached; i++) {
        packet->opt.wscale = some_scales[i];
        ask(s, packet);
    }
}

static void try_windows(search_t *s, p0f_packet_t *packet)
{
    const p0f_dbsig_t *ref = s->ref;
    uint32_t value;
    size_t i;

    if (ref->win_kind == P0F_WIN_NORMAL && ref->win == 0) {
        packet->window = 0;
        try_scales(s, packet);
        return;
    }
    for (i = 0; !s->reached && (value = window(ref, packet, i)) != 0; i++) {
        if (value > UINT16_MAX)
            continue;
        packet->window = (uint16_t)value;
        try_scales(s, packet);
    }
}

static bool has_option(const p0f_dbsig_t *ref, uint8_t kind)
{
    return memchr(ref->layout, kind, ref->opt_count) != NULL;
}

static void try_segments(search_t *s, p0f_packet_t *packet)
{
    const p0f_dbsig_t *ref = s->ref;
    size_t i;

    packet->opt.mss = ref->mss == P0F_ANY ? 0 : (uint16_t)ref->mss;
    if (ref->mss != P0F_ANY || !has_option(ref, P0F_OPT_MSS)) {
        try_windows(s, packet);
        return;
    }
    for (i = 0; i < COUNT(some_mss) && !s->reached; i++) {
        packet->opt.mss = some_mss[i];
        try_windows(s, packet);
    }
}

/* Packets of VERSION at each distance, with data and without. */
static void try_version(search_t *s, uint8_t version)
{
    const p0f_dbsig_t *ref = s->ref;
    const uint8_t distances[] = { 0, 9, P0F_MAX_DIST };
    p0f_packet_t packet = {
        .version = version, .quirks = p0f_match_v3_quirks(ref, version, false),
        .ip_opt_len = ref->olen,
        .hdr_len = (uint16_t)(version == 4 ? 60 : 80)
    };
    size_t i;
    int data;

    packet.flags = s->dir == P0F_DIR_REQUEST ? P0F_TCP_SYN
                                             : P0F_TCP_SYN | P0F_TCP_ACK;
    packet.opt.count = ref->opt_count;
    packet.opt.eol_pad = ref->eol_pad;
    memcpy(packet.opt.layout, ref->layout, sizeof(packet.opt.layout));
    packet.opt.ts1 = has_option(ref, P0F_OPT_TS)
                     && !(ref->quirks & P0F_QUIRK_ZERO_TS1);
    for (data = 0; data < 2; data++) {
        if (ref->payload != P0F_ANY && ref->payload != data)
            continue;
        packet.payload_len = (uint32_t)data;
        for (i = 0; i < COUNT(distances) && !s->reached; i++) {
            if (distances[i] >= ref->ttl)
                continue;
            packet.ttl = (uint8_t)(ref->ttl - distances[i]);
            try_segments(s, &packet);
        }
    }
}

/* ---- what nothing reaches ---------------------------------------------- */

/* Unless the reader has said already of the line that it is of no use. */
static void tell_unreached(check_t *c, const search_t *s)
{
    char *text = apr_pstrdup(c->pool, "nothing reaches this signature: ");
    unsigned int i;
    int told;

    for (told = 0; told < c->findings->nelts; told++) {
        if (APR_ARRAY_IDX(c->findings, told, finding_t).line == s->ref->line)
            return;
    }

    if (!s->any)
        text = apr_pstrcat(c->pool, text, "no packet fits it", NULL);
    for (i = 0; i < s->count; i++)
        text = apr_psprintf(c->pool, "%s%s%u", text,
                            i ? ", " : s->count > 1 ? "those of lines "
                                                    : "that of line ",
                            s->answers[i]);
    if (s->count)
        text = apr_pstrcat(c->pool, text, s->count > 1 ? " answer" :
                           " answers", " for all that fits it", NULL);
    find(c, s->ref->line, text);
}

/* Those that nothing can tell from an earlier one are told by the reader;
 * generic ones, of which 3.09b takes the first, are not. */
static void check_sigs(check_t *c, p0f_dir_t dir)
{
    uint32_t n;

    for (n = 0; n < c->db->sigs[dir].count; n++) {
        search_t s = { .check = c, .dir = dir, .number = n,
                       .ref = p0f_db_sig(c->db, dir, n) };

        if (s.ref->version != 6)
            try_version(&s, 4);
        if (s.ref->version != 4 && !s.reached)
            try_version(&s, 6);
        if (!s.reached)
            tell_unreached(c, &s);
    }
}

/* REF, before or behind SIG, answers for all messages that fit SIG: it is
 * better, or as good and stands first. */
static bool http_hides(const p0f_db_builder_t *b, const p0f_dbhttp_t *ref,
                       const p0f_dbhttp_t *sig, const p0f_dbitem_t *items)
{
    p0f_dbhttp_t plain = *ref;

    plain.generic = 0;               /* covers says no to generic ones */
    return (ref < sig ? ref->generic <= sig->generic
                      : ref->generic < sig->generic)
        && p0f_fp_http_covers(b, &plain, items + ref->items, sig,
                              items + sig->items);
}

static void check_https(check_t *c, const p0f_db_builder_t *b, p0f_dir_t dir)
{
    const p0f_dbitem_t *items;
    size_t count, i, j;
    const p0f_dbhttp_t *sigs = p0f_db_builder_https(b, dir, &count, &items);

    for (i = 0; i < count; i++) {
        for (j = 0; j < count; j++) {
            if (i == j || !http_hides(b, &sigs[j], &sigs[i], items))
                continue;
            find(c, sigs[i].line,
                 apr_psprintf(c->pool, "nothing reaches this signature: that "
                              "of line %u answers for all that fits it",
                              sigs[j].line));
            break;
        }
    }
}

/* ---- all of it --------------------------------------------------------- */

static p0f_status_t check_all(check_t *c, p0f_error_t *err)
{
    const p0f_fp_options_t options = { .thorough = true, .warn = take_remark,
                                       .warn_ctx = c };
    p0f_db_builder_t *b;
    p0f_status_t status = p0f_db_builder_create(&b, c->pool);
    size_t size;
    int dir;

    if (status == P0F_OK)
        status = p0f_fp_v3_load(b, c->path, &options, c->pool, err);
    if (status != P0F_OK && status != P0F_ESYNTAX)
        return status;
    status = p0f_db_compile(b, c->pool, &c->db, &size);
    if (status != P0F_OK)
        return p0f_status_fail(err, status, "%s: %s", c->path,
                               p0f_status_text(status));
    for (dir = 0; dir < P0F_DIR_COUNT; dir++) {
        check_sigs(c, (p0f_dir_t)dir);
        check_https(c, b, (p0f_dir_t)dir);
    }
    return P0F_OK;
}

p0f_status_t p0f_fp_check_file(const char *path, p0f_fp_warn_fn *tell,
                               void *ctx, apr_pool_t *pool, uint32_t *found,
                               p0f_error_t *err)
{
    check_t c = { .path = path };
    p0f_status_t status;
    int i;

    *found = 0;
    if (apr_pool_create(&c.pool, pool) != APR_SUCCESS)
        return p0f_status_fail(err, P0F_ENOMEM, "%s: %s", path,
                               p0f_status_text(P0F_ENOMEM));
    c.findings = apr_array_make(c.pool, 16, sizeof(finding_t));
    status = check_all(&c, err);
    qsort(c.findings->elts, (size_t)c.findings->nelts, sizeof(finding_t),
          compare_findings);
    for (i = 0; status == P0F_OK && i < c.findings->nelts; i++)
        tell(ctx, APR_ARRAY_IDX(c.findings, i, finding_t).text);
    *found = (uint32_t)c.findings->nelts;
    apr_pool_destroy(c.pool);
    return status;
}
