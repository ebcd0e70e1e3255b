/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - a set-associative table in shared memory with one writer and
 * lock-free readers.
 *
 * How a record is changed and read without a lock (a "sequence lock"):
 *
 *   writer                              reader
 *   W1 seq := odd                       R1 s := seq, acquire; odd: again
 *   W2 release fence                    R2 copy the words, relaxed
 *   W3 store the words, relaxed         R3 acquire fence
 *   W4 seq := next even, release        R4 seq = s? else again
 *
 * If R2 reads any word of a W3, then W2 and R3 synchronise, so that R4 sees
 * at least that change's W1 and the copy is thrown away. If R1 reads the
 * even number of a W4, acquire and release make all of that change visible.
 * So a copy that passes R4 is of one change. All words are atomics, so that
 * the discarded copies are no data race either. The writer never waits for a
 * reader; a reader gives up after P0F_TABLE_TRIES and reports a miss, so
 * that a writer that died or was stopped between W1 and W4 holds up nobody.
 */
#include "table.h"

#include <string.h>

#include "bytes.h"

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
/* gcc says that its ThreadSanitizer ignores fences. It need not know them:
 * what they order is atomics. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#define P0F_TABLE_TRIES 100      /* some microseconds; a change takes 50 ns */

#define P0F_TAG_USED      1u
#define P0F_TAG_CONFIRMED 2u

typedef struct {
    _Atomic uint32_t tag[P0F_TABLE_WAYS];
    _Atomic uint32_t age[P0F_TABLE_WAYS];
} p0f_bucket_t;

_Static_assert(sizeof(p0f_bucket_t) == 64, "a bucket is one cache line");

/* A record of any type. */
typedef struct {
    _Atomic uint32_t seq;
    _Atomic uint32_t half;       /* bytes 4..7 */
    _Atomic uint64_t word[];     /* bytes 8..size-1 */
} __attribute__((may_alias)) p0f_cell_t;

static uint32_t get32(const _Atomic uint32_t *p)
{
    return atomic_load_explicit(p, memory_order_relaxed);
}

static void put32(_Atomic uint32_t *p, uint32_t value)
{
    atomic_store_explicit(p, value, memory_order_relaxed);
}

static const p0f_bucket_t *bucket_at(const p0f_table_t *t, uint32_t n)
{
    return (const p0f_bucket_t *)(const void *)
           (t->buckets + (size_t)n * sizeof(p0f_bucket_t));
}

static p0f_bucket_t *wbucket_at(const p0f_table_t *t, uint32_t n)
{
    return (p0f_bucket_t *)(void *)
           (t->wbuckets + (size_t)n * sizeof(p0f_bucket_t));
}

static const p0f_cell_t *cell_at(const p0f_table_t *t, uint32_t index)
{
    return (const p0f_cell_t *)(const void *)
           (t->records + (size_t)index * t->kind->size);
}

static p0f_cell_t *wcell_at(const p0f_table_t *t, uint32_t index)
{
    return (p0f_cell_t *)(void *)
           (t->wrecords + (size_t)index * t->kind->size);
}

/* ---- geometry --------------------------------------------------------- */

uint64_t p0f_table_buckets(uint32_t entries)
{
    /* With two candidates of 8 ways and no entry ever moved, a table filled
     * to 8/9 loses 0.7 % (filled to the brim it would lose 4 %). The eight
     * more keep small tables, whose spread is larger, below 1 % too. */
    return ((uint64_t)entries * 9 + 63) / 64 + 8;
}

/* True if COUNT pieces of EACH bytes at OFF lie inside SIZE. The product of
 * two 32-bit numbers can't wrap, and is cheaper than a division. */
static bool inside(uint64_t off, uint32_t count, uint32_t each, uint64_t size)
{
    return off % 64 == 0 && off <= size
        && (uint64_t)count * each <= size - off;
}

bool p0f_table_check(p0f_table_spot_t *spot, const p0f_table_shape_t *shape,
                     const p0f_table_kind_t *kind, size_t size)
{
    /* Read once, checked, and used from here: what lies in the segment may
     * change between two looks if somebody writes it that shouldn't. */
    uint64_t bucket_off = atomic_load_explicit(&shape->bucket_off,
                                               memory_order_relaxed);
    uint64_t record_off = atomic_load_explicit(&shape->record_off,
                                               memory_order_relaxed);
    uint32_t count = get32(&shape->bucket_count);

    *spot = (p0f_table_spot_t){ .bucket_count = 0 };
    if (count < 2 || count > UINT32_MAX / P0F_TABLE_WAYS
        || get32(&shape->record_size) != kind->size
        || kind->size > P0F_TABLE_MAX_RECORD || kind->size % 32 != 0
        || !inside(bucket_off, count, sizeof(p0f_bucket_t), size)
        || !inside(record_off, count,
                   P0F_TABLE_WAYS * (uint32_t)kind->size, size))
        return false;
    *spot = (p0f_table_spot_t){ .bucket_off = (size_t)bucket_off,
                                .record_off = (size_t)record_off,
                                .bucket_count = count };
    return true;
}

static uint32_t tag_of(uint64_t hash)
{
    return ((uint32_t)hash & ~P0F_TAG_CONFIRMED) | P0F_TAG_USED;
}

/* Each key would like to lie in one way of its buckets, so that a reader can
 * ask for its record before it has seen a bucket. The bits of the hash are
 * some of the tag's: those of its buckets are others. */
static unsigned int preferred_way(uint32_t tag)
{
    return tag >> 29;
}

/* Tag, first and second bucket use different bits of the hash, so that keys
 * that share one of them are not likely to share another. The memory of both
 * buckets is asked for at once: a lookup waits for it once. */
p0f_probe_t p0f_table_probe(const p0f_table_t *t, uint64_t hash)
{
    const p0f_bucket_t *buckets = t->wbuckets ? wbucket_at(t, 0)
                                              : bucket_at(t, 0);
    uint64_t mixed = hash * 0x9e3779b97f4a7c15u;
    p0f_probe_t p;

    mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93u;
    p.tag = tag_of(hash);
    p.first = (uint32_t)((hash >> 32) * t->bucket_count >> 32);
    p.second = (uint32_t)((mixed >> 32) * t->bucket_count >> 32);
    if (p.second == p.first)
        p.second = p.first ? p.first - 1 : 1;
    __builtin_prefetch(buckets + p.first);
    __builtin_prefetch(buckets + p.second);
    return p;
}

/* ---- reading ---------------------------------------------------------- */

static void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

/* gcc takes a function that does nothing but ask for memory for one without an
 * effect, and leaves calls of it out; not if it is inlined before it thinks. */
#define P0F_ASKS static inline __attribute__((always_inline))

/* Asks for the lines of a record's first BYTES at once: they are three at
 * most. */
P0F_ASKS void fetch(const p0f_table_t *t, uint32_t index, size_t bytes)
{
    const unsigned char *cell = (t->wrecords ? t->wrecords : t->records)
                              + (size_t)index * t->kind->size;

    __builtin_prefetch(cell);
    __builtin_prefetch(cell + 64);
    if (bytes > 128)
        __builtin_prefetch(cell + bytes - 1);
}

/* Where the key is if it lies as it would like to, as three of four do: of what
 * a lookup looks at, this lets it wait for all at once. */
P0F_ASKS void fetch_preferred(const p0f_table_t *t, const p0f_probe_t *p)
{
    const unsigned int way = preferred_way(p->tag);

    if (!t->kind->mostly_there)
        return;
    fetch(t, p->first * P0F_TABLE_WAYS + way, t->kind->size);
    fetch(t, p->second * P0F_TABLE_WAYS + way, t->kind->size);
}

static void copy_word(const p0f_cell_t *cell, size_t i, unsigned char *to)
{
    uint64_t word = atomic_load_explicit(&cell->word[i],
                                         memory_order_relaxed);

    memcpy(to + 8 + 8 * i, &word, 8);
}

static void copy_out(const p0f_cell_t *cell, size_t size, void *out)
{
    unsigned char *to = out;
    uint32_t half = get32(&cell->half);
    size_t i;

    memset(to, 0, 4);
    memcpy(to + 4, &half, 4);
    /* Sizes are multiples of 32, so this is 3 words and then fours: compilers
     * don't join atomics, and a lookup is mostly this. */
    copy_word(cell, 0, to);
    copy_word(cell, 1, to);
    copy_word(cell, 2, to);
    for (i = 3; i < size / 8 - 1; i += 4) {
        copy_word(cell, i, to);
        copy_word(cell, i + 1, to);
        copy_word(cell, i + 2, to);
        copy_word(cell, i + 3, to);
    }
}

/* A whole copy of a record and its version, see the head of this file. */
static bool read_cell(const p0f_table_t *t, uint32_t index, uint32_t *version,
                      void *out)
{
    const p0f_cell_t *cell = cell_at(t, index);
    unsigned int tries = P0F_TABLE_TRIES;

    while (tries-- > 0) {
        uint32_t seq = atomic_load_explicit(&cell->seq, memory_order_acquire);

        if (!(seq & 1)) {
            copy_out(cell, t->kind->size, out);
            atomic_thread_fence(memory_order_acquire);
            *version = seq;
            if (get32(&cell->seq) == seq)
                return true;
        }
        pause_cpu();
    }
    return false;
}

/* Of the two kinds of key that there are the compiler knows the lengths. */
static bool same_key(const p0f_table_kind_t *kind, const void *rec,
                     const void *key)
{
    const unsigned char *first = (const unsigned char *)rec + kind->key_off[0];
    const unsigned char *second = (const unsigned char *)rec + kind->key_off[1];
    const size_t one = kind->key_len[0], two = kind->key_len[1];
    const unsigned char *k = key;

    if (one == 16 && !two)                             /* an address */
        return !memcmp(first, k, 16);
    if (one == 32 && two == 4)                         /* a connection */
        return !(p0f_bytes_differ(first, k, 32)
                 | p0f_bytes_differ(second, k + 32, 4));
    return !(p0f_bytes_differ(first, k, one)
             | p0f_bytes_differ(second, k + one, two));
}

/* The ways of bucket N with the tag TAG, a bit each. No branch: where the
 * entry is can't be predicted. */
static unsigned int matches(const p0f_table_t *t, uint32_t n, uint32_t tag)
{
    const p0f_bucket_t *b = bucket_at(t, n);
    unsigned int way, mask = 0;

    for (way = P0F_TABLE_WAYS; way-- > 0;)
        mask = mask * 2
             + ((get32(&b->tag[way]) & ~P0F_TAG_CONFIRMED) == tag);
    return mask;
}

/* Finds KEY among its 16 ways and copies its record to OUT. */
static bool find(const p0f_table_t *t, const p0f_probe_t *p, const void *key,
                 uint32_t *index, uint32_t *version, void *out)
{
    unsigned int k, mask;

    for (k = 0; k < 2; k++) {
        uint32_t bucket = k ? p->second : p->first;

        for (mask = matches(t, bucket, p->tag); mask; mask &= mask - 1) {
            *index = bucket * P0F_TABLE_WAYS
                   + (unsigned int)__builtin_ctz(mask);
            fetch(t, *index, t->kind->size);
            /* Orders the tag, stored last and with release, before what was
             * stored ahead of it. */
            atomic_thread_fence(memory_order_acquire);
            if (read_cell(t, *index, version, out)
                && same_key(t->kind, out, key))
                return true;
        }
    }
    return false;
}

/* The record at INDEX as the writer reads it: nobody else changes it, so it
 * needs no atomics. False if a dead writer left it half-written. */
static bool own_cell(const p0f_table_t *t, uint32_t index,
                     const unsigned char **cell)
{
    uint32_t seq;

    *cell = t->wrecords + (size_t)index * t->kind->size;
    memcpy(&seq, *cell, sizeof(seq));
    return !(seq & 1);
}

/* Hosts' records, the longest, without a loop: one is copied for each packet. */
static void copy_own(const p0f_table_t *t, const unsigned char *cell,
                     void *out)
{
    unsigned char *to = out;
    size_t i;

    if (t->kind->size == P0F_TABLE_MAX_RECORD) {
#pragma GCC unroll 6
        for (i = 0; i < P0F_TABLE_MAX_RECORD; i += 32)
            memcpy(to + i, cell + i, 32);
    }
    else {
        for (i = 0; i < t->kind->size; i += 32)  /* without a call */
            memcpy(to + i, cell + i, 32);
    }
    memset(to, 0, sizeof(uint32_t));     /* the counter */
}

/* Half the tags: wider vectors are taken apart where the processor at hand
 * has them and the one compiled for has not. */
typedef uint32_t tags_t __attribute__((vector_size(2 * P0F_TABLE_WAYS)));
typedef uint64_t halves_t __attribute__((vector_size(sizeof(tags_t))));

/* As matches, for the writer: four tags at once. */
static unsigned int own_matches(const p0f_table_t *t, uint32_t n, uint32_t tag)
{
    const unsigned char *bucket = t->wbuckets
                                + (size_t)n * sizeof(p0f_bucket_t);
    const tags_t low_bits = { 1, 2, 4, 8 }, high_bits = { 16, 32, 64, 128 };
    tags_t low, high;
    uint64_t mask;

    memcpy(&low, bucket, sizeof(low));
    memcpy(&high, bucket + sizeof(low), sizeof(high));
    low = ((tags_t)((low & ~P0F_TAG_CONFIRMED) == tag) & low_bits)
        | ((tags_t)((high & ~P0F_TAG_CONFIRMED) == tag) & high_bits);
    mask = ((halves_t)low)[0] | ((halves_t)low)[1];
    return (unsigned int)(mask | mask >> 32);
}

/* As find, for the writer: compares before it copies. */
static bool find_own(const p0f_table_t *t, const p0f_probe_t *p,
                     const void *key, uint32_t *index, void *out)
{
    const unsigned char *cell;
    unsigned int k, mask;

    for (k = 0; k < 2; k++) {
        uint32_t bucket = k ? p->second : p->first;

        for (mask = own_matches(t, bucket, p->tag); mask; mask &= mask - 1) {
            *index = bucket * P0F_TABLE_WAYS
                   + (unsigned int)__builtin_ctz(mask);
            if (own_cell(t, *index, &cell) && same_key(t->kind, cell, key)) {
                if (out)
                    copy_own(t, cell, out);
                return true;
            }
        }
    }
    return false;
}

static const _Atomic uint32_t *age_at(const p0f_table_t *t, uint32_t index)
{
    return &bucket_at(t, index / P0F_TABLE_WAYS)->age[index % P0F_TABLE_WAYS];
}

void p0f_table_fetch(const p0f_table_t *table, uint64_t hash)
{
    p0f_probe_t p = p0f_table_probe(table, hash);

    fetch_preferred(table, &p);
}

bool p0f_table_read(const p0f_table_t *table, uint64_t hash, const void *key,
                    void *out, uint32_t *age_s)
{
    p0f_probe_t p = p0f_table_probe(table, hash);
    uint32_t index, version;

    fetch_preferred(table, &p);
    if (find(table, &p, key, &index, &version, out)) {
        *age_s = get32(age_at(table, index));
        return true;
    }
    memset(out, 0, table->kind->size);
    *age_s = 0;
    return false;
}

bool p0f_table_mark(const p0f_table_t *table, uint64_t hash, const void *key,
                    const void *rec, p0f_mark_t *mark, uint32_t *age_s)
{
    unsigned char now[P0F_TABLE_MAX_RECORD];
    p0f_probe_t p = p0f_table_probe(table, hash);
    uint32_t index;

    if (!find(table, &p, key, &index, &mark->was, now))
        return false;
    mark->seq = &cell_at(table, index)->seq;
    *age_s = get32(age_at(table, index));
    return !memcmp(now, rec, table->kind->size);
}

uint32_t p0f_table_count(const p0f_table_t *table)
{
    uint32_t n, count = 0;
    unsigned int way;

    for (n = 0; n < table->bucket_count; n++)
        for (way = 0; way < P0F_TABLE_WAYS; way++)
            count += get32(&bucket_at(table, n)->tag[way]) != 0;
    return count;
}

/* ---- writing ---------------------------------------------------------- */

static bool expired(uint32_t age_s, const p0f_table_terms_t *terms)
{
    return terms->now_s > age_s && terms->now_s - age_s > terms->limit_s;
}

/* What it costs to take a way: nothing if it is free, else the less the
 * longer it was not used, and a confirmed entry always more than another. */
static uint64_t cost_of(uint32_t tag, uint32_t age_s,
                        const p0f_table_terms_t *terms)
{
    if (tag == 0 || expired(age_s, terms))
        return 0;
    if (tag & P0F_TAG_CONFIRMED)
        return terms->confirmed ? (uint64_t)2 << 32 | age_s : UINT64_MAX;
    return (uint64_t)1 << 32 | age_s;
}

/* The cheapest way of bucket N and its cost, of equal ones that at WAY or behind
 * it. Of two buckets with free ways the emptier is cheaper: that keeps both
 * candidates filling evenly. */
static uint64_t cheapest(const p0f_table_t *t, uint32_t n, unsigned int way,
                         const p0f_table_terms_t *terms, uint32_t *index)
{
    const p0f_bucket_t *b = bucket_at(t, n);
    uint64_t best = UINT64_MAX;
    unsigned int i, used = 0;

    *index = n * P0F_TABLE_WAYS;
    for (i = 0; i < P0F_TABLE_WAYS; i++, way = (way + 1) % P0F_TABLE_WAYS) {
        uint64_t cost = cost_of(get32(&b->tag[way]), get32(&b->age[way]),
                                terms);

        used += cost != 0;
        if (cost < best) {
            best = cost;
            *index = n * P0F_TABLE_WAYS + way;
        }
    }
    return best == 0 ? used : best;
}

bool p0f_table_claim_at(const p0f_table_t *table, const p0f_probe_t *probe,
                        const void *key, uint32_t index,
                        const p0f_table_terms_t *terms, p0f_place_t *place,
                        void *old)
{
    uint32_t tag = probe->tag;
    const unsigned char *cell;
    const p0f_bucket_t *b;

    if (index / P0F_TABLE_WAYS >= table->bucket_count)
        return false;
    b = bucket_at(table, index / P0F_TABLE_WAYS);
    if ((get32(&b->tag[index % P0F_TABLE_WAYS]) & ~P0F_TAG_CONFIRMED) != tag
        || expired(get32(&b->age[index % P0F_TABLE_WAYS]), terms)
        || !own_cell(table, index, &cell)
        || !same_key(table->kind, cell, key))
        return false;
    if (old)
        copy_own(table, cell, old);
    *place = (p0f_place_t){ .index = index, .tag = tag, .found = true };
    return true;
}

bool p0f_table_find(const p0f_table_t *table, const p0f_probe_t *probe,
                    const void *key, const p0f_table_terms_t *terms,
                    p0f_place_t *place, void *old)
{
    *place = (p0f_place_t){ .index = 0, .tag = probe->tag, .found = false };
    if (!find_own(table, probe, key, &place->index, old))
        return false;
    place->found = !expired(get32(age_at(table, place->index)), terms);
    return true;
}

/* How many bits of FIRST and of SECOND are set, of eight each, in the low and the
 * high byte: without the processor's own way the compiler's is a call. */
static unsigned int counts_of(unsigned int first, unsigned int second)
{
    unsigned int bits = first | second << 8;

    bits -= bits >> 1 & 0x5555;
    bits = (bits & 0x3333) + (bits >> 2 & 0x3333);
    return (bits + (bits >> 4)) & 0x0f0f;
}

/* A free way of the emptier of the two buckets, or P0F_TABLE_NONE: the
 * preferred one where that is free. It outweighs one entry of difference: so
 * 72 % get theirs in a full table rather than 66, which then loses 0.7 % of the
 * entries rather than 0.5. Had it more weight than that, 1 % could be lost. */
static uint32_t free_way(const p0f_table_t *t, const p0f_probe_t *p)
{
    const unsigned int wanted = 1u << preferred_way(p->tag);
    unsigned int first = own_matches(t, p->first, 0);
    unsigned int second = own_matches(t, p->second, 0);
    const unsigned int free = counts_of(first, second);
    uint32_t bucket = p->first;
    unsigned int ways = first;

    if (!(first | second))
        return P0F_TABLE_NONE;
    if (2 * (free >> 8) + (second & wanted ? 3 : 0)
        > 2 * (free & 0xff) + (first & wanted ? 3 : 0)) {
        bucket = p->second;
        ways = second;
    }
    if (ways & wanted)
        ways = wanted;
    return bucket * P0F_TABLE_WAYS + (unsigned int)__builtin_ctz(ways);
}

bool p0f_table_place_at(const p0f_table_t *table, const p0f_probe_t *probe,
                        uint32_t index, p0f_place_t *place)
{
    *place = (p0f_place_t){ .index = index, .tag = probe->tag };
    return index / P0F_TABLE_WAYS < table->bucket_count
        && !get32(&bucket_at(table, index / P0F_TABLE_WAYS)
                       ->tag[index % P0F_TABLE_WAYS]);
}

bool p0f_table_place(const p0f_table_t *table, const p0f_probe_t *probe,
                     const p0f_table_terms_t *terms, p0f_place_t *place)
{
    const unsigned int way = preferred_way(probe->tag);
    uint64_t cost0, cost1;
    uint32_t index1;

    *place = (p0f_place_t){ .index = free_way(table, probe), .tag = probe->tag };
    if (place->index != P0F_TABLE_NONE)
        return true;
    cost0 = cheapest(table, probe->first, way, terms, &place->index);
    cost1 = cheapest(table, probe->second, way, terms, &index1);
    if (cost1 < cost0)
        place->index = index1;
    fetch(table, place->index, table->kind->size);
    return cost0 != UINT64_MAX || cost1 != UINT64_MAX;
}

/* Expired: its own place again, so that there is one only. */
bool p0f_table_claim(const p0f_table_t *table, const p0f_guess_t *guess,
                     const void *key, const p0f_table_terms_t *terms,
                     p0f_place_t *place, void *old)
{
    const p0f_probe_t *p = &guess->probe;

    return p0f_table_claim_at(table, p, key, guess->index, terms, place, old)
        || p0f_table_find(table, p, key, terms, place, old)
        || p0f_table_place_at(table, p, guess->index, place)
        || p0f_table_place(table, p, terms, place);
}

/* A wrong guess costs nothing but time. */
uint32_t p0f_table_guess(const p0f_table_t *table, const p0f_probe_t *probe,
                         size_t bytes)
{
    unsigned int first = own_matches(table, probe->first, probe->tag);
    unsigned int second = own_matches(table, probe->second, probe->tag);
    uint32_t index;

    if (first) {
        index = probe->first * P0F_TABLE_WAYS
              + (unsigned int)__builtin_ctz(first);
    }
    else if (second) {
        index = probe->second * P0F_TABLE_WAYS
              + (unsigned int)__builtin_ctz(second);
    }
    else {
        index = free_way(table, probe);
        bytes = table->kind->size;       /* to be made */
    }
    if (index != P0F_TABLE_NONE)
        fetch(table, index, bytes);
    return index;
}

void p0f_table_begin(const p0f_table_t *table, uint32_t index)
{
    p0f_cell_t *cell = wcell_at(table, index);

    /* Before the counter is odd the next writer must be able to learn of it:
     * release keeps the order even if this process dies in between. */
    put32(table->pending, index + 1);
    atomic_store_explicit(&cell->seq, get32(&cell->seq) | 1,
                          memory_order_release);
    atomic_thread_fence(memory_order_release);
}

void p0f_table_end(const p0f_table_t *table, uint32_t index)
{
    p0f_cell_t *cell = wcell_at(table, index);

    atomic_store_explicit(&cell->seq, (get32(&cell->seq) | 1) + 1,
                          memory_order_release);
}

static void store_word(p0f_cell_t *cell, size_t i, const unsigned char *from)
{
    uint64_t word;

    memcpy(&word, from + 8 + 8 * i, 8);
    atomic_store_explicit(&cell->word[i], word, memory_order_relaxed);
}

/* Records of hosts and of connections without a loop: one of each is written for
 * each packet. */
static void copy_in(p0f_cell_t *cell, size_t size, const void *rec)
{
    const unsigned char *from = rec;
    uint32_t half;
    size_t i;

    memcpy(&half, from + 4, 4);
    put32(&cell->half, half);
    if (size == P0F_TABLE_MAX_RECORD) {
#pragma GCC unroll 23
        for (i = 0; i < P0F_TABLE_MAX_RECORD / 8 - 1; i++)
            store_word(cell, i, from);
        return;
    }
    if (size == P0F_TABLE_MAX_RECORD - 64) {
#pragma GCC unroll 15
        for (i = 0; i < (P0F_TABLE_MAX_RECORD - 64) / 8 - 1; i++)
            store_word(cell, i, from);
        return;
    }
    for (i = 0; i < size / 8 - 1; i++)
        store_word(cell, i, from);
}

/* Writes REC to INDEX; the entry is finished when p0f_table_publish is. */
static void write_cell(const p0f_table_t *table, uint32_t index,
                       const void *rec)
{
    p0f_table_begin(table, index);
    copy_in(wcell_at(table, index), table->kind->size, rec);
    p0f_table_end(table, index);
}

/* Notes the use of PLACE's record, which is written. What stays as it is isn't
 * written: an update in the same second leaves the bucket's line with the
 * readers. */
static void note_use(const p0f_table_t *table, const p0f_place_t *place,
                     const p0f_table_terms_t *terms)
{
    p0f_bucket_t *b = wbucket_at(table, place->index / P0F_TABLE_WAYS);
    unsigned int way = place->index % P0F_TABLE_WAYS;
    uint32_t tag = place->tag | (terms->confirmed ? P0F_TAG_CONFIRMED : 0);

    if (get32(&b->age[way]) != terms->now_s)
        put32(&b->age[way], terms->now_s);
    /* Last: who finds the tag finds record and age. */
    if (tag != get32(&b->tag[way]))
        atomic_store_explicit(&b->tag[way], tag, memory_order_release);
}

/* True if what lies at PLACE is another key's, and alive. */
static bool displaces(const p0f_table_t *table, const p0f_place_t *place,
                      const p0f_table_terms_t *terms)
{
    const p0f_bucket_t *b = bucket_at(table, place->index / P0F_TABLE_WAYS);
    unsigned int way = place->index % P0F_TABLE_WAYS;

    return !place->found && get32(&b->tag[way])
        && !expired(get32(&b->age[way]), terms);
}

bool p0f_table_publish(const p0f_table_t *table, const p0f_place_t *place,
                       const p0f_table_terms_t *terms, const void *rec)
{
    bool displaced;

    if (place->index / P0F_TABLE_WAYS >= table->bucket_count)
        return false;
    displaced = displaces(table, place, terms);
    if (rec)
        write_cell(table, place->index, rec);
    note_use(table, place, terms);
    if (rec)
        atomic_store_explicit(table->pending, 0, memory_order_release);
    return displaced;
}

void p0f_table_publish_word(const p0f_table_t *table, const p0f_place_t *place,
                            const p0f_table_terms_t *terms, size_t off,
                            uint64_t word)
{
    if (place->index / P0F_TABLE_WAYS >= table->bucket_count
        || off % 8 != 0 || off < 8 || off >= table->kind->size)
        return;
    p0f_table_begin(table, place->index);
    atomic_store_explicit(&wcell_at(table, place->index)->word[off / 8 - 1],
                          word, memory_order_relaxed);
    p0f_table_end(table, place->index);
    note_use(table, place, terms);
    atomic_store_explicit(table->pending, 0, memory_order_release);
}

void *p0f_table_at(const p0f_table_t *table, uint32_t index, void *out)
{
    const unsigned char *cell;

    if (index / P0F_TABLE_WAYS >= table->bucket_count
        || !own_cell(table, index, &cell))
        return NULL;
    if (!out)
        return table->wrecords + (size_t)index * table->kind->size;
    copy_own(table, cell, out);
    return out;
}

void p0f_table_fetch_bucket(const p0f_table_t *table, uint32_t index)
{
    __builtin_prefetch(bucket_at(table, index / P0F_TABLE_WAYS));
}

/* The record stays as it is: without its tag nobody looks at it. */
void p0f_table_drop(const p0f_table_t *table, uint32_t index)
{
    if (index / P0F_TABLE_WAYS < table->bucket_count)
        put32(&wbucket_at(table, index / P0F_TABLE_WAYS)
                   ->tag[index % P0F_TABLE_WAYS], 0);
}

void p0f_table_repair(const p0f_table_t *table)
{
    uint32_t index = get32(table->pending) - 1;

    /* One word tells what was being written, so that nothing is walked. The
     * entry is dropped: the record may be half of one and half of another,
     * or lie under the tag of the one before. */
    if (index < table->bucket_count * P0F_TABLE_WAYS) {
        put32(&wbucket_at(table, index / P0F_TABLE_WAYS)
                   ->tag[index % P0F_TABLE_WAYS], 0);
        if (get32(&wcell_at(table, index)->seq) & 1)
            p0f_table_end(table, index);
    }
    atomic_store_explicit(table->pending, 0, memory_order_release);
}
