/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lru.c - the order of use of hosts, as links in one array.
 */
#include "lru.h"

#include <stdlib.h>

typedef struct {
    uint32_t older, newer;
} link_t;

/* Links and holders lie apart: a flow that ends needs only the latter, long
 * after its host was in work, and they are short enough to stay in a near
 * cache. */
struct p0f_lru_t {
    link_t *links;
    uint32_t *holders;               /* IN, and how many */
    uint32_t oldest, newest, count;
};

#define IN (1u << 31)

p0f_status_t p0f_lru_create(p0f_lru_t **out, uint32_t limit)
{
    p0f_lru_t *lru = calloc(1, sizeof(*lru));

    *out = NULL;
    if (!lru)
        return P0F_ENOMEM;
    lru->links = calloc(limit, sizeof(*lru->links));
    lru->holders = calloc(limit, sizeof(*lru->holders));
    lru->oldest = lru->newest = P0F_LRU_NONE;
    if (!lru->links || !lru->holders) {
        p0f_lru_destroy(lru);
        return P0F_ENOMEM;
    }
    *out = lru;
    return P0F_OK;
}

void p0f_lru_destroy(p0f_lru_t *lru)
{
    if (!lru)
        return;
    free(lru->links);
    free(lru->holders);
    free(lru);
}

static void take_out(p0f_lru_t *lru, const link_t *l)
{
    if (l->older == P0F_LRU_NONE)
        lru->oldest = l->newer;
    else
        lru->links[l->older].newer = l->newer;
    if (l->newer == P0F_LRU_NONE)
        lru->newest = l->older;
    else
        lru->links[l->newer].older = l->older;
}

void p0f_lru_remove(p0f_lru_t *lru, uint32_t n)
{
    if (!(lru->holders[n] & IN))
        return;
    take_out(lru, &lru->links[n]);
    lru->holders[n] &= ~IN;
    lru->count--;
}

void p0f_lru_fetch(const p0f_lru_t *lru, uint32_t n)
{
    __builtin_prefetch(&lru->links[n], 1);
    __builtin_prefetch(&lru->holders[n], 1);
}

void p0f_lru_touch(p0f_lru_t *lru, uint32_t n)
{
    link_t *l = &lru->links[n];

    if (lru->newest == n)
        return;
    if (lru->holders[n] & IN)
        take_out(lru, l);
    else
        lru->count++;
    lru->holders[n] |= IN;
    l->older = lru->newest;
    l->newer = P0F_LRU_NONE;
    if (lru->newest == P0F_LRU_NONE)
        lru->oldest = n;
    else
        lru->links[lru->newest].newer = n;
    lru->newest = n;
}

void p0f_lru_hold(p0f_lru_t *lru, uint32_t n)
{
    lru->holders[n]++;
}

void p0f_lru_release(p0f_lru_t *lru, uint32_t n)
{
    lru->holders[n]--;
}

bool p0f_lru_held(const p0f_lru_t *lru, uint32_t n)
{
    return (lru->holders[n] & ~IN) > 0;
}

uint32_t p0f_lru_oldest(const p0f_lru_t *lru)
{
    return lru->oldest;
}

uint32_t p0f_lru_newer(const p0f_lru_t *lru, uint32_t n)
{
    return lru->links[n].newer;
}

uint32_t p0f_lru_count(const p0f_lru_t *lru)
{
    return lru->count;
}
