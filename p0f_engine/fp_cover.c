/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_cover.c - finds signatures that cover another one.
 *
 * What is found in a cell is asked for with p0f_match_v3_covers: the cells
 * only have to hold all that may cover.
 */
#include "fp_cover.h"

#include <apr_strings.h>

#include "db_index.h"

/* How a signature may be wider than another, as bits. */
enum { ANY_MSS = 1, ANY_SCALE = 2, ANY_PAYLOAD = 4, RANDOM_TTL = 8 };
#define FORMS 16

#define TTL_SHIFT 24                 /* of an entry of a cell: TTL, number */

struct p0f_fp_cover_t {
    apr_pool_t *pool;
    bool strict;
    uint32_t forms[P0F_WIN_ANY + 1]; /* by kind of window: a bit for each in
                                        use */
    apr_hash_t *cells;               /* p0f_dbsig_t -> array of uint32_t */
    apr_hash_t *equal;               /* p0f_dbsig_t -> equal_t */
};

/* Of signatures that fit equally the first, and the first whose label was not
 * that one's: with the label of a tie the first differs from all. */
typedef struct {
    uint32_t first, other;           /* P0F_NO_SIG: none */
} equal_t;

/* What is searched for, and the first that was found. */
typedef struct {
    const p0f_fp_cover_t *cover;
    const p0f_dbsig_t *sigs, *sig;
    p0f_dbsig_t cell;
    uint32_t found;
} search_t;

/* Without what no comparison of signatures looks at. */
static p0f_dbsig_t key_of(const p0f_dbsig_t *sig)
{
    p0f_dbsig_t key = *sig;

    key.line = 0;
    key.label = key.file = 0;
    key.tie = key.spare = 0;
    if (key.win_kind == P0F_WIN_ANY)
        key.win = 0;
    return key;
}

/* The key of signatures that fit as SIG does. */
static p0f_dbsig_t equal_key(const p0f_dbsig_t *sig)
{
    p0f_dbsig_t key = key_of(sig);

    key.ttl_random = 0;
    return key;
}

/* The key of SIG's cell, but for its version and quirks. */
static p0f_dbsig_t cell_key(const p0f_dbsig_t *sig)
{
    p0f_dbsig_t key = key_of(sig);

    key.ttl = key.generic = key.app = 0;
    return key;
}

static unsigned int form_of(const p0f_dbsig_t *sig)
{
    return (sig->mss == P0F_ANY ? ANY_MSS : 0)
         | (sig->wscale == P0F_ANY ? ANY_SCALE : 0)
         | (sig->payload == P0F_ANY ? ANY_PAYLOAD : 0)
         | (sig->ttl_random ? RANDOM_TTL : 0);
}

p0f_fp_cover_t *p0f_fp_cover_make(apr_pool_t *pool, bool strict)
{
    p0f_fp_cover_t *c = apr_pcalloc(pool, sizeof(*c));

    c->pool = pool;
    c->strict = strict;
    c->cells = p0f_dbindex_map(pool);
    c->equal = p0f_dbindex_map(pool);
    return c;
}

static void *copied(const p0f_fp_cover_t *c, const void *from, size_t size)
{
    return apr_pmemdup(c->pool, from, size);
}

/* ---- entering ---------------------------------------------------------- */

/* The first entry of CELL that is not below VALUE. */
static int lower_bound(const apr_array_header_t *cell, uint32_t value)
{
    int low = 0, high = cell->nelts, mid;

    while (low < high) {
        mid = low + (high - low) / 2;
        if (APR_ARRAY_IDX(cell, mid, uint32_t) < value)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Enters SIG, with the number NUMBER in SIGS, in the cell KEY, unless it has
 * one that covers the same. */
static void enter(p0f_fp_cover_t *c, const p0f_dbsig_t *sigs, uint32_t number,
                  const p0f_dbsig_t *key)
{
    const p0f_dbsig_t *sig = &sigs[number];
    uint32_t entry = (uint32_t)sig->ttl << TTL_SHIFT, *at;
    apr_array_header_t *cell = apr_hash_get(c->cells, key, sizeof(*key));
    int i, end;

    if (!cell) {
        cell = apr_array_make(c->pool, 1, sizeof(entry));
        apr_hash_set(c->cells, copied(c, key, sizeof(*key)), sizeof(*key),
                     cell);
    }
    end = lower_bound(cell, entry + (1u << TTL_SHIFT) - 1);
    for (i = lower_bound(cell, entry); i < end; i++) {
        const p0f_dbsig_t *other = &sigs[APR_ARRAY_IDX(cell, i, uint32_t)
                                         & ((1u << TTL_SHIFT) - 1)];

        if (other->version == sig->version && other->quirks == sig->quirks)
            return;
    }
    apr_array_push(cell);
    at = &APR_ARRAY_IDX(cell, end, uint32_t);
    memmove(at + 1, at, (size_t)(cell->nelts - 1 - end) * sizeof(*at));
    *at = entry | number;
}

static void enter_equal(p0f_fp_cover_t *c, const p0f_dbsig_t *sigs,
                        uint32_t number)
{
    const p0f_dbsig_t key = equal_key(&sigs[number]);
    const equal_t none = { number, P0F_NO_SIG };
    equal_t *equal = apr_hash_get(c->equal, &key, sizeof(key));

    if (!equal)
        apr_hash_set(c->equal, copied(c, &key, sizeof(key)), sizeof(key),
                     copied(c, &none, sizeof(none)));
    else if (equal->other == P0F_NO_SIG
             && sigs[number].label != sigs[equal->first].label)
        equal->other = number;
}

void p0f_fp_cover_add(p0f_fp_cover_t *c, const p0f_dbsig_t *sigs,
                      uint32_t number)
{
    const p0f_dbsig_t *sig = &sigs[number];
    p0f_dbsig_t key = cell_key(sig);
    uint8_t version;

    if (!c->strict)
        enter_equal(c, sigs, number);
    if (sig->generic)
        return;
    c->forms[sig->win_kind] |= 1u << form_of(sig);
    for (version = 4; version <= 6; version += 2) {
        if (!c->strict && sig->version != 0 && sig->version != version)
            continue;
        key.version = version;
        key.quirks = p0f_match_v3_quirks(sig, version, c->strict);
        key.win = sig->win_kind == P0F_WIN_ANY ? 0 : sig->win;
        enter(c, sigs, number, &key);
        key.win = 0;                 /* of which all are divisors */
        if (sig->win_kind == P0F_WIN_MOD)
            enter(c, sigs, number, &key);
    }
}

/* ---- finding ----------------------------------------------------------- */

static void search_cell(search_t *s)
{
    const apr_array_header_t *cell
        = apr_hash_get(s->cover->cells, &s->cell, sizeof(s->cell));
    const uint32_t most = s->cell.ttl_random ? UINT8_MAX
                                             : s->sig->ttl + P0F_MAX_DIST;
    uint32_t entry, number;
    int i;

    if (!cell)
        return;
    for (i = lower_bound(cell, (uint32_t)s->sig->ttl << TTL_SHIFT);
         i < cell->nelts; i++) {
        entry = APR_ARRAY_IDX(cell, i, uint32_t);
        number = entry & ((1u << TTL_SHIFT) - 1);
        if (entry >> TTL_SHIFT > most)
            break;
        if (number < s->found
            && p0f_match_v3_covers(&s->sigs[number], s->sig, s->cover->strict))
            s->found = number;
    }
}

/* Searches all cells of signatures with this window. */
static void search_window(search_t *s, uint8_t kind, uint16_t win)
{
    const unsigned int free_anyhow = form_of(s->sig) & ~(unsigned)RANDOM_TTL;
    unsigned int form;

    s->cell.win_kind = kind;
    s->cell.win = win;
    for (form = 0; form < FORMS; form++) {
        if (!(s->cover->forms[kind] >> form & 1)
            || (form & free_anyhow) != free_anyhow)
            continue;
        s->cell.mss = form & ANY_MSS ? P0F_ANY : s->sig->mss;
        s->cell.wscale = form & ANY_SCALE ? P0F_ANY : s->sig->wscale;
        s->cell.payload = form & ANY_PAYLOAD ? P0F_ANY : s->sig->payload;
        s->cell.ttl_random = (form & RANDOM_TTL) != 0;
        search_cell(s);
    }
}

/* Searches for divisors of the window. */
static void search_divisors(search_t *s)
{
    const uint16_t win = s->sig->win;
    uint16_t i;

    if (!s->cover->forms[P0F_WIN_MOD])
        return;
    if (win == 0)
        search_window(s, P0F_WIN_MOD, 0);
    for (i = 1; i * i <= win; i++) {
        if (win % i != 0)
            continue;
        search_window(s, P0F_WIN_MOD, i);
        if (i * i != win)
            search_window(s, P0F_WIN_MOD, (uint16_t)(win / i));
    }
}

uint32_t p0f_fp_cover_find(const p0f_fp_cover_t *c, const p0f_dbsig_t *sigs,
                           const p0f_dbsig_t *new_sig)
{
    search_t s = { .cover = c, .sigs = sigs, .sig = new_sig,
                   .cell = cell_key(new_sig), .found = P0F_NO_SIG };
    p0f_win_t kind;
    uint16_t mult;

    if (new_sig->version == 0)       /* 3.09b takes it for one of IPv6 */
        s.cell.version = c->strict ? 6 : 4;
    if (!c->strict)
        s.cell.quirks = p0f_match_v3_quirks(new_sig, s.cell.version, false);
    search_window(&s, P0F_WIN_ANY, 0);
    if (new_sig->win_kind != P0F_WIN_ANY)
        search_window(&s, new_sig->win_kind, new_sig->win);
    if (new_sig->win_kind == P0F_WIN_NORMAL) {
        search_divisors(&s);
        if (p0f_match_v3_multiplier(new_sig, &kind, &mult))
            search_window(&s, (uint8_t)kind, mult);
    }
    return s.found;
}

uint32_t p0f_fp_cover_equal(const p0f_fp_cover_t *c, const p0f_dbsig_t *sigs,
                            const p0f_dbsig_t *new_sig)
{
    const p0f_dbsig_t key = equal_key(new_sig);
    const equal_t *equal = apr_hash_get(c->equal, &key, sizeof(key));

    if (!equal)
        return P0F_NO_SIG;
    return sigs[equal->first].label != new_sig->label ? equal->first
                                                      : equal->other;
}
