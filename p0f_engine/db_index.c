/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db_index.c - builds the tables of the index over an image's signatures.
 */
#include "db_index.h"

#include <apr_strings.h>

/* The hash of a key of a map. Its secret is where the loader happened to put
 * this program, which nobody knows who writes a file. */
static unsigned int hash_key(const char *key, apr_ssize_t *len)
{
    static const char here;
    const uint64_t secret[P0F_HASH_SECRET / 8]
        = { (uint64_t)(uintptr_t)&here, (uint64_t)(uintptr_t)&here };
    const unsigned char *p = (const unsigned char *)key;
    p0f_hash_state_t state
        = p0f_hash_begin((const unsigned char *)secret);
    uint64_t last = 0;
    size_t rest;

    if (*len == APR_HASH_KEY_STRING)
        *len = (apr_ssize_t)strlen(key);
    for (rest = (size_t)*len; rest >= 8; rest -= 8, p += 8)
        state = p0f_hash_add(state, p0f_hash_word(p));
    memcpy(&last, p, rest);
    state = p0f_hash_add(state, last ^ (uint64_t)*len << 56);
    return (unsigned int)p0f_hash_end(state);
}

apr_hash_t *p0f_dbindex_map(apr_pool_t *pool)
{
    return apr_hash_make_custom(pool, hash_key);
}

apr_array_header_t *p0f_dbindex_table(apr_pool_t *pool, uint32_t count,
                                      int size)
{
    apr_array_header_t *t = apr_array_make(pool, (int)count + 1, size);

    memset(t->elts, 0, ((size_t)count + 1) * (size_t)size);
    t->nelts = (int)count;
    return t;
}

uint32_t p0f_dbindex_slots(uint32_t n)
{
    uint32_t power = 64;

    while (power < n)
        power *= 2;
    return power;
}

/* Where SIG stands in the index. */
static uint64_t group_of(const p0f_dbsig_t *sig)
{
    return p0f_dbindex_group(sig->layout, sig->eol_pad, sig->olen,
                             sig->quirks);
}

static uint32_t shape_of(const p0f_dbsig_t *sig)
{
    return p0f_dbindex_shape(sig->win_kind, sig->mss == P0F_ANY,
                             sig->wscale == P0F_ANY);
}

static uint64_t cell_of(const p0f_dbsig_t *sig)
{
    return p0f_dbindex_cell(group_of(sig), shape_of(sig), (uint16_t)sig->mss,
                            (uint8_t)sig->wscale, sig->win);
}

/* True if a signature like SIG in every field that matching reads was seen
 * before: then SIG is never the first, and is left out of the index. SEEN
 * keeps what it is shown. */
static bool repeated(apr_hash_t *seen, const p0f_dbsig_t *sig)
{
    p0f_dbsig_t *key = apr_pmemdup(apr_hash_pool_get(seen), sig, sizeof(*sig));

    key->line = 0;
    key->label = key->file = 0;
    key->tie = 0;
    if (apr_hash_get(seen, key, sizeof(*key)))
        return true;
    apr_hash_set(seen, key, sizeof(*key), key);
    return false;
}

/* The signatures are counted by cell, then each cell's beginning is known. */
p0f_dbindex_tables_t p0f_dbindex_build(const apr_array_header_t *of,
                                       apr_pool_t *pool)
{
    const p0f_dbsig_t *sigs = (const p0f_dbsig_t *)(const void *)of->elts;
    uint32_t n = (uint32_t)of->nelts, used = 0, i;
    uint32_t nshapes = p0f_dbindex_slots(n), ncells = p0f_dbindex_slots(2 * n);
    apr_array_header_t *kept = p0f_dbindex_table(pool, n, sizeof(uint32_t));
    p0f_dbindex_tables_t t = {
        .shapes = p0f_dbindex_table(pool, nshapes, sizeof(uint32_t)),
        .tags = p0f_dbindex_table(pool, ncells, sizeof(uint8_t)),
        .cells = p0f_dbindex_table(pool, ncells + 1, sizeof(uint32_t))
    };
    uint32_t *shapes = (uint32_t *)(void *)t.shapes->elts;
    uint32_t *cells = (uint32_t *)(void *)t.cells->elts;
    uint8_t *tags = (uint8_t *)t.tags->elts;
    uint32_t *order, *numbers = (uint32_t *)(void *)kept->elts;
    apr_hash_t *seen = p0f_dbindex_map(pool);

    for (i = 0; i < n; i++) {
        uint64_t hash = cell_of(&sigs[i]);

        if (repeated(seen, &sigs[i]))
            continue;
        numbers[used++] = i;
        shapes[group_of(&sigs[i]) & (nshapes - 1)] |= 1u << shape_of(&sigs[i]);
        cells[hash & (ncells - 1)]++;
        tags[hash & (ncells - 1)] |= p0f_dbindex_tag(hash);
    }
    for (i = 1; i <= ncells; i++)    /* counts -> ends */
        cells[i] += cells[i - 1];
    t.order = p0f_dbindex_table(pool, used, sizeof(uint32_t));
    order = (uint32_t *)(void *)t.order->elts;
    while (used-- > 0)               /* ends -> beginnings */
        order[--cells[cell_of(&sigs[numbers[used]]) & (ncells - 1)]]
            = numbers[used];
    return t;
}
