/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_v3.c - signature x database -> match, p0f 3's rule.
 *
 * The rule is told as a walk over the signatures in file order; what it picks
 * is, of the best kind of fit, the one with the lowest number. So candidates
 * may come in any order.
 */
#include "match_v3.h"

#include <stdio.h>
#include <string.h>

/* How a signature fits a packet, best first. */
enum { FIT_SPECIFIC, FIT_GENERIC, FIT_FUZZY, FIT_NOT };

/* A fuzzy match may lack these quirks of the signature ... */
#define MAY_LACK (P0F_QUIRK_DF | P0F_QUIRK_NZ_ID)
/* ... and have these besides. */
#define MAY_ADD  (P0F_QUIRK_ZERO_ID | P0F_QUIRK_ECN)

/* REF's quirks as they apply to a packet of VERSION: a record for both
 * versions names quirks that only one of them can have.
 * p0f-differs: 3.09b doesn't think of "0+" here, so that a "*" record with
 * it never fits an IPv6 packet (match_v3_t: mbz_of_both_versions). */
uint32_t p0f_match_v3_quirks(const p0f_dbsig_t *ref, uint8_t version,
                             bool strict)
{
    uint32_t only_v4 = P0F_QUIRK_DF | P0F_QUIRK_NZ_ID | P0F_QUIRK_ZERO_ID
                     | (strict ? 0 : P0F_QUIRK_NZ_MBZ);

    if (ref->version != 0)
        return ref->quirks;
    return ref->quirks & ~(version == 4 ? (uint32_t)P0F_QUIRK_FLOW : only_v4);
}

static bool layout_equal(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, P0F_OPT_MAX) == 0;
}

static bool window_fits(const p0f_dbsig_t *ref, const p0f_sig_t *sig)
{
    switch (ref->win_kind) {
    case P0F_WIN_NORMAL:
        return ref->win == sig->window;
    case P0F_WIN_MOD:
        return sig->window % ref->win == 0;
    case P0F_WIN_ANY:
        return true;
    default:
        return ref->win_kind == sig->win_kind && ref->win == sig->win_mult;
    }
}

/* True if REF's initial TTL allows SIG's and isn't too far above it. */
static bool ttl_fits(const p0f_dbsig_t *ref, uint8_t ttl)
{
    return ref->ttl >= ttl && (ref->ttl_random
                               || ref->ttl - ttl <= P0F_MAX_DIST);
}

/* What a candidate of the index is most likely to fail comes first.
 * p0f-differs: 3.09b doesn't compare the record's IP version
 * (match_v3_t: version_is_enforced). */
static int fit(const p0f_dbsig_t *ref, const p0f_sig_t *sig, bool strict)
{
    uint32_t quirks = p0f_match_v3_quirks(ref, sig->version, strict);
    bool fuzzy = quirks != sig->quirks;

    if ((quirks & ~sig->quirks & ~(uint32_t)MAY_LACK)
        || (sig->quirks & ~quirks & ~(uint32_t)MAY_ADD)
        || (!strict && ref->version != 0 && ref->version != sig->version))
        return FIT_NOT;
    if (!ttl_fits(ref, sig->ttl)) {
        if (ref->ttl_random)
            return FIT_NOT;
        fuzzy = true;
    }
    if (!window_fits(ref, sig)
        || (ref->mss != P0F_ANY && ref->mss != sig->mss)
        || (ref->wscale != P0F_ANY && ref->wscale != sig->wscale)
        || (ref->payload != P0F_ANY && ref->payload != sig->payload)
        || ref->opt_count != sig->opt_count
        || ref->eol_pad != sig->eol_pad || ref->olen != sig->ip_opt_len
        || !layout_equal(ref->layout, sig->layout))
        return FIT_NOT;
    /* p0f-differs: in 3.09b a fuzzy tool is no match and yet hides the
     * systems after it (match_v3_t: fuzzy_tool_hides_nothing). */
    if (fuzzy)
        return ref->app && !strict ? FIT_NOT : FIT_FUZZY;
    return ref->generic ? FIT_GENERIC : FIT_SPECIFIC;
}

static void fill(p0f_match_t *out, const p0f_dbsig_t *ref,
                 const p0f_sig_t *sig, bool fuzzy)
{
    out->line = ref->line;
    out->label = ref->label;
    out->fuzzy = fuzzy;
    out->generic = ref->generic;
    out->app = ref->app;
    out->tie = ref->tie;
    out->ttl_random = ref->ttl_random;
    out->df_cleared = (ref->quirks & P0F_QUIRK_DF)
                      && !(sig->quirks & P0F_QUIRK_DF) && sig->version == 4;
    out->win_kind = ref->win_kind;
    if (ttl_fits(ref, sig->ttl))
        out->dist = (int16_t)(ref->ttl - sig->ttl);
}

void p0f_match_v3(const p0f_db_t *db, p0f_dir_t dir, const p0f_sig_t *sig,
                  bool strict, p0f_match_t *out)
{
    const p0f_dbsig_t *ref, *best = NULL;
    p0f_db_cursor_t cursor;
    uint32_t number;
    int kind, best_kind = FIT_NOT;

    *out = (p0f_match_t){ .sig = P0F_NO_SIG, .label = P0F_NO_LABEL,
                          .dist = p0f_sig_guess_distance(sig->ttl) };
    if (!db)
        return;
    p0f_db_find(db, dir, sig, &cursor);
    while ((ref = p0f_db_next(db, dir, sig, &cursor, &number)) != NULL) {
        if (best_kind == FIT_SPECIFIC && number > out->sig) {
            cursor.pos = cursor.end;  /* a cell's numbers only rise */
            continue;
        }
        kind = fit(ref, sig, strict);
        if (kind < best_kind
            || (kind == best_kind && kind != FIT_NOT && number < out->sig)) {
            best_kind = kind;
            best = ref;
            out->sig = number;
        }
    }
    if (!best)
        return;
    if (best_kind == FIT_FUZZY && best->app) {
        out->sig = P0F_NO_SIG;
        out->dist = 0;
        return;
    }
    fill(out, best, sig, best_kind == FIT_FUZZY);
}

/* ---- covered signatures ---------------------------------------------- */

bool p0f_match_v3_multiplier(const p0f_dbsig_t *sig, p0f_win_t *kind,
                             uint16_t *mult)
{
    const int32_t mss = sig->mss;
    const bool v6 = sig->version == 6;
    const struct {
        int32_t div;
        p0f_win_t kind;
    } by[] = {
        { mss, P0F_WIN_MSS }, { 1460, P0F_WIN_MSS }, { 1448, P0F_WIN_MSS },
        { v6 ? 1440 : 0, P0F_WIN_MSS }, { v6 ? 1428 : 0, P0F_WIN_MSS },
        { mss + 40, P0F_WIN_MTU }, { v6 ? mss + 60 : 0, P0F_WIN_MTU },
        { 1500, P0F_WIN_MTU }
    };
    size_t i;

    if (sig->win == 0 || mss < 100)
        return false;
    for (i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
        if (by[i].div && sig->win % by[i].div == 0) {
            *kind = by[i].kind;
            *mult = (uint16_t)(sig->win / by[i].div);
            return true;
        }
    }
    return false;
}

static bool window_covers(const p0f_dbsig_t *ref, const p0f_dbsig_t *new_sig,
                          bool strict)
{
    p0f_win_t kind;
    uint16_t mult;

    if (ref->win_kind == P0F_WIN_ANY
        && (!strict || new_sig->win_kind == P0F_WIN_NORMAL))
        return true;
    if (new_sig->win_kind != P0F_WIN_NORMAL || ref->win_kind == P0F_WIN_NORMAL)
        return ref->win_kind == new_sig->win_kind && ref->win == new_sig->win;
    if (ref->win_kind == P0F_WIN_MOD)
        return new_sig->win % ref->win == 0;
    return p0f_match_v3_multiplier(new_sig, &kind, &mult)
        && ref->win_kind == kind && ref->win == mult;
}

/* For packets of VERSION. */
static bool quirks_cover(const p0f_dbsig_t *ref, const p0f_dbsig_t *new_sig,
                         uint8_t version)
{
    if (new_sig->version != 0 && new_sig->version != version)
        return true;                 /* it has no such packets */
    return (ref->version == 0 || ref->version == version)
        && p0f_match_v3_quirks(ref, version, false)
           == p0f_match_v3_quirks(new_sig, version, false);
}

/* p0f-differs: 3.09b ignores REF's version and misses two equal "*" records
 * with quirks that only IPv4 has (fp_v3_t: covered_by_version,
 * repeated_is_remarked). */
bool p0f_match_v3_covers(const p0f_dbsig_t *ref, const p0f_dbsig_t *new_sig,
                         bool strict)
{
    if (ref->generic || ref->opt_count != new_sig->opt_count
        || !layout_equal(ref->layout, new_sig->layout)
        || ref->eol_pad != new_sig->eol_pad || ref->olen != new_sig->olen
        || (ref->mss != P0F_ANY && ref->mss != new_sig->mss)
        || (ref->wscale != P0F_ANY && ref->wscale != new_sig->wscale)
        || (ref->payload != P0F_ANY && ref->payload != new_sig->payload)
        || !ttl_fits(ref, new_sig->ttl)
        || !window_covers(ref, new_sig, strict))
        return false;
    if (strict)
        return p0f_match_v3_quirks(ref, new_sig->version, true)
            == new_sig->quirks;
    return quirks_cover(ref, new_sig, 4) && quirks_cover(ref, new_sig, 6);
}

/* ---- text ------------------------------------------------------------ */

size_t p0f_match_v3_params(const p0f_match_t *match, const p0f_sig_t *sig,
                           char out[P0F_PARAMS_TEXT])
{
    static const char none[] = "none";
    char tos[12] = "";
    int n;

    if (!match->generic && !match->fuzzy && !match->tie && !match->ttl_random
        && match->dist <= P0F_MAX_DIST && !sig->tos) {
        memcpy(out, none, sizeof(none));
        return sizeof(none) - 1;
    }
    if (sig->tos)
        snprintf(tos, sizeof(tos), " tos:0x%02x", sig->tos);
    n = snprintf(out, P0F_PARAMS_TEXT, "%s%s%s%s%s%s",
                 match->generic ? " generic" : "",
                 match->fuzzy ? " fuzzy" : "",
                 match->tie ? " tie" : "",
                 match->ttl_random ? " random_ttl" : "",
                 match->dist > P0F_MAX_DIST ? " excess_dist" : "", tos);
    memmove(out, out + 1, (size_t)n);      /* the leading blank */
    return (size_t)n - 1;
}
