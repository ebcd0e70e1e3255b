/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recall.h - what the threads of a process have found out lately: a small
 * memory that all of them share, since what all use stays in the processor's
 * caches and what each had for itself would not.
 *
 * A place holds a key of some words, compared word for word, and what is
 * remembered of it. Whoever comes later overwrites. Nobody waits: what is just
 * being written isn't found, and what can't be written isn't remembered. Row 5.
 */
#ifndef P0F_RECALL_H
#define P0F_RECALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A memory of COUNT places. WORDS is an array of P0F_RECALL_WORDS words, all 0
 * at first; it stays the caller's. */
typedef struct {
    _Atomic uint64_t *words;
    unsigned int count;          /* a power of two, 2 at least */
    unsigned int key_words;      /* room for keys */
    unsigned int bytes;          /* room for what is remembered */
} p0f_recall_t;

#define P0F_RECALL_PLACE(key_words, bytes) (2 + (key_words) + ((bytes) + 7) / 8)
#define P0F_RECALL_WORDS(count, key_words, bytes) \
    ((count) * P0F_RECALL_PLACE(key_words, bytes))

/* Copies what is remembered of the key, N words at KEY, to OUT, which has room
 * for it, and returns its length in bytes; 0: nothing. Any thread. */
size_t p0f_recall_get(const p0f_recall_t *recall, const uint64_t *key,
                      unsigned int n, void *out);

/* Remembers LEN bytes, more than 0, of the key, N words at KEY; not if there
 * is no room for as many. Any thread. */
void p0f_recall_put(const p0f_recall_t *recall, const uint64_t *key,
                    unsigned int n, const void *data, size_t len);

/* The same for keys of which only the bits of a mask count, that each has
 * with it: found is one that was put with its N words of MASK and agrees in
 * those. They take 2 * N words of a place. HASH chooses it: what is looked for
 * with another isn't found. */
size_t p0f_recall_get_masked(const p0f_recall_t *recall, uint32_t hash,
                             const uint64_t *key, unsigned int n, void *out);
void p0f_recall_put_masked(const p0f_recall_t *recall, uint32_t hash,
                           const uint64_t *key, const uint64_t *mask,
                           unsigned int n, const void *data, size_t len);

#endif
