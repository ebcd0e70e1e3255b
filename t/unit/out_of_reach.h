/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out_of_reach.h - for unit tests of what an operation costs: memory that it
 * has no business with is taken away meanwhile, so that one look at it crashes
 * the test, however fast the machine is. Whole pages only: what shares one with
 * something that is left is left, too.
 */
#ifndef T_UNIT_OUT_OF_REACH_H
#define T_UNIT_OUT_OF_REACH_H

#include <sys/mman.h>
#include <unistd.h>

#include "p0f_engine/table.h"

static inline uintptr_t page_size(void)
{
    return (uintptr_t)sysconf(_SC_PAGESIZE);
}

/* Takes the pages inside the SIZE bytes at FROM away. How many bytes. */
static inline size_t take_away(const void *from, size_t size)
{
    const uintptr_t page = page_size();
    const uintptr_t first = ((uintptr_t)from + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)from + size) / page * page;

    if (end <= first)
        return 0;
    assert_int_equal(mprotect((void *)first, end - first, PROT_NONE), 0);
    return end - first;
}

/* Gives all pages with any of the SIZE bytes at FROM back. */
static inline void give_back(const void *from, size_t size)
{
    const uintptr_t page = page_size();
    const uintptr_t first = (uintptr_t)from / page * page;
    const uintptr_t end = ((uintptr_t)from + size + page - 1) / page * page;

    assert_int_equal(mprotect((void *)first, end - first,
                              PROT_READ | PROT_WRITE), 0);
}

/* All of a table, and what belongs to the two buckets of the key with HASH. */
static inline size_t take_table(const p0f_table_t *t)
{
    const size_t ways = (size_t)t->bucket_count * P0F_TABLE_WAYS;

    return take_away(t->buckets, (size_t)t->bucket_count * 64)
         + take_away(t->records, ways * t->kind->size);
}

static inline void leave_key(const p0f_table_t *t, uint64_t hash)
{
    const p0f_probe_t probe = p0f_table_probe(t, hash);
    const size_t records = P0F_TABLE_WAYS * (size_t)t->kind->size;
    unsigned int k;

    for (k = 0; k < 2; k++) {
        const size_t bucket = k ? probe.second : probe.first;

        give_back(t->buckets + bucket * 64, 64);
        give_back(t->records + bucket * records, records);
    }
}

#endif
