/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recall.c - a place is read and written as a record of the shared tables is
 * (table.c): with a number before it that is odd while somebody
 * writes, 0 where nobody has, and the same before and after a copy only if
 * the copy is of one writing. Here anybody may write: who makes the number odd
 * does, with acquire, so that its words come behind those of the writing
 * before, whoever's that was. A thread that stands still between the two for
 * 2^62 writings of one place would be fooled.
 *
 *     number, lengths of key (words) and data (bytes), data, key
 *
 * Loops here are short ones, not unrolled: they are run once a connection, and
 * what code brings along into the cache costs more than its steps.
 */
#include "recall.h"

#include <string.h>

#include "types.h"

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
/* gcc says that its ThreadSanitizer ignores fences. It need not know them:
 * what they order is atomics. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

enum { NUMBER, LENGTHS, DATA };

static uint64_t get(const _Atomic uint64_t *p)
{
    return atomic_load_explicit(p, memory_order_relaxed);
}

static void put(_Atomic uint64_t *p, uint64_t value)
{
    atomic_store_explicit(p, value, memory_order_relaxed);
}

/* No secret: whoever makes keys meet makes them forget each other, no more.
 * Two chains of multiplications, so that one needn't wait for the other. */
static uint32_t hash_of(const uint64_t *key, unsigned int n)
{
    uint64_t a = n, b = 0;
    unsigned int i;

    for (i = 0; i + 1 < n; i += 2) {
        a = (a ^ key[i]) * 0x9e3779b97f4a7c15u;
        b = (b ^ key[i + 1]) * 0xc4ceb9fe1a85ec53u;
    }
    if (i < n)
        a = (a ^ key[i]) * 0x9e3779b97f4a7c15u;
    a ^= b ^ (a ^ b) >> 32;
    return (uint32_t)(a * 0xd6e8feb86659fd93u >> 32);
}

/* A key has two places, side by side, so that two keys that are often asked
 * for don't push each other out. */
static _Atomic uint64_t *place_at(const p0f_recall_t *r, uint32_t hash,
                                  unsigned int second)
{
    unsigned int n = (hash & (r->count - 1)) ^ second;

    return r->words + (size_t)n * P0F_RECALL_PLACE(r->key_words, r->bytes);
}

static uint64_t lengths(unsigned int words, size_t bytes)
{
    return (uint64_t)words << 32 | bytes;
}

static size_t key_at(const p0f_recall_t *r)
{
    return DATA + (r->bytes + 7) / 8;
}

/* N: words of the key in the place. */
static bool same_key(const _Atomic uint64_t *at, const uint64_t *key,
                     unsigned int n)
{
    uint64_t differs = 0;

    for (unsigned int i = 0; i < n; i++)
        differs |= get(&at[i]) ^ key[i];
    return !differs;
}

/* There, each word has its mask before it. */
static bool agrees(const _Atomic uint64_t *at, const uint64_t *key,
                   unsigned int n)
{
    uint64_t differs = 0;

    for (unsigned int i = 0; i < n; i += 2)
        differs |= get(&at[i + 1]) ^ (get(&at[i]) & *key++);
    return !differs;
}

static size_t copy_out(const p0f_recall_t *r, const _Atomic uint64_t *place,
                       void *out)
{
    const _Atomic uint64_t *from = place + DATA;
    unsigned char *to = out;
    size_t len = (uint32_t)get(&place[LENGTHS]), i;
    uint64_t word;

    if (len > r->bytes)          /* torn: the number will tell */
        return 0;
    for (i = 0; i + 8 <= len; i += 8) {
        word = get(from++);
        memcpy(to + i, &word, 8);
    }
    if (i < len) {
        word = get(from);
        memcpy(to + i, &word, len - i);
    }
    return len;
}

/* N: words of the key in the place. */
static inline size_t find(const p0f_recall_t *recall, uint32_t hash,
                          const uint64_t *key, unsigned int n, bool masked,
                          void *out)
{
    if (n > recall->key_words)
        return 0;
    for (unsigned int second = 0; second < 2; second++) {
        const _Atomic uint64_t *place = place_at(recall, hash, second);
        const _Atomic uint64_t *at = place + key_at(recall);
        uint64_t number = atomic_load_explicit(&place[NUMBER],
                                               memory_order_acquire);
        size_t len;

        if (!number || number & 1 || get(&place[LENGTHS]) >> 32 != n
            || !(masked ? agrees(at, key, n) : same_key(at, key, n)))
            continue;
        len = copy_out(recall, place, out);
        atomic_thread_fence(memory_order_acquire);
        if (get(&place[NUMBER]) == number)
            return len;
    }
    return 0;
}

P0F_WHOLE
size_t p0f_recall_get(const p0f_recall_t *recall, const uint64_t *key,
                      unsigned int n, void *out)
{
    return find(recall, hash_of(key, n), key, n, false, out);
}

P0F_WHOLE
size_t p0f_recall_get_masked(const p0f_recall_t *recall, uint32_t hash,
                             const uint64_t *key, unsigned int n, void *out)
{
    return find(recall, hash, key, 2 * n, true, out);
}

/* Of the two places the one that was written less often, so that both are
 * used; not one that somebody is writing. */
static _Atomic uint64_t *place_for(const p0f_recall_t *r, uint32_t hash)
{
    _Atomic uint64_t *first = place_at(r, hash, 0);
    _Atomic uint64_t *second = place_at(r, hash, 1);
    const uint64_t a = get(&first[NUMBER]), b = get(&second[NUMBER]);

    return !(b & 1) && (a & 1 || b < a) ? second : first;
}

/* N: words of the key in the place; MASK: before each there is one, or NULL. */
static void enter(const p0f_recall_t *recall, uint32_t hash,
                  const uint64_t *key, const uint64_t *mask, unsigned int n,
                  const void *data, size_t len)
{
    _Atomic uint64_t *place = place_for(recall, hash);
    _Atomic uint64_t *to = place + DATA, *at = place + key_at(recall);
    uint64_t number = get(&place[NUMBER]);
    const unsigned char *from = data;

    if (n > recall->key_words || len > recall->bytes || number & 1
        || !atomic_compare_exchange_strong_explicit(
               &place[NUMBER], &number, number + 1, memory_order_acquire,
               memory_order_relaxed))
        return;
    atomic_thread_fence(memory_order_release);
    put(&place[LENGTHS], lengths(n, len));
    for (unsigned int i = 0; i < n; i++) {
        if (mask)
            put(&at[i++], *mask);
        put(&at[i], mask ? *key++ & *mask++ : *key++);
    }
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = 0;

        memcpy(&word, from + i, len - i < 8 ? len - i : 8);
        put(to++, word);
    }
    atomic_store_explicit(&place[NUMBER], number + 2, memory_order_release);
}

void p0f_recall_put(const p0f_recall_t *recall, const uint64_t *key,
                    unsigned int n, const void *data, size_t len)
{
    enter(recall, hash_of(key, n), key, NULL, n, data, len);
}

void p0f_recall_put_masked(const p0f_recall_t *recall, uint32_t hash,
                           const uint64_t *key, const uint64_t *mask,
                           unsigned int n, const void *data, size_t len)
{
    enter(recall, hash, key, mask, 2 * n, data, len);
}
