/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - a set-associative table in shared memory: one writer, readers
 * without locks. The host table and the connection table of cache.h are two
 * of them; the picture of a bucket is there.
 *
 * A key may lie in either of two buckets of 8 ways, both found from its
 * hash. Every operation looks at these 16 ways and no further, so each costs
 * the same in a small and a large, an empty and a full table, and whoever
 * hits one bucket on purpose harms 16 entries. In each of the two it prefers
 * one way, by its hash: a reader asks for the memory of those two records
 * together with that of the buckets, and mostly waits once.
 *
 * The caller gives hash, key bytes and the time; the table knows nothing of
 * what a record means but where its key lies. Internal to the engine; users of
 * cache.h meet a type of it in the handle. Row 5.
 */
#ifndef P0F_TABLE_H
#define P0F_TABLE_H

#include <stdatomic.h>

#include "types.h"

#define P0F_TABLE_WAYS 8
#define P0F_TABLE_NONE 0xffffffffu   /* no record has this number */

/* A record type: its size, a multiple of 32, and where the parts of its key
 * lie. Bytes 0..3 of a record belong to the table. */
typedef struct {
    uint16_t size;
    uint16_t key_off[2], key_len[2]; /* the key bytes are these, joined;
                                        lengths are multiples of 4 */
    bool mostly_there;           /* who looks for an entry mostly finds it, so
                                    that its record is worth asking for before
                                    it is known where that is */
} p0f_table_kind_t;

#define P0F_TABLE_MAX_RECORD 192

/* Where a table lies in its segment; constant once made. */
typedef struct {
    _Atomic uint64_t bucket_off, record_off; /* multiples of 64 */
    _Atomic uint32_t bucket_count;           /* at least 2 */
    _Atomic uint32_t record_size;
} p0f_table_shape_t;

/* The same as a process keeps it for itself, checked once: what is written
 * over the shape later leads nobody outside the segment. */
typedef struct {
    size_t bucket_off, record_off;
    uint32_t bucket_count;       /* 0: no table */
} p0f_table_spot_t;

/* A view of a table, for some operations. */
typedef struct {
    const unsigned char *buckets, *records;
    unsigned char *wbuckets, *wrecords; /* NULL in readers */
    uint32_t bucket_count;
    const p0f_table_kind_t *kind;
    _Atomic uint32_t *pending;   /* writer: 1 + the index being written */
} p0f_table_t;

/* Where a record lies, or will. */
typedef struct {
    uint32_t index, tag;
    bool found;
} p0f_place_t;

/* Where a key may be: its tag, its two buckets. */
typedef struct {
    uint32_t tag;
    uint32_t first, second;
} p0f_probe_t;

/* The same, and the number that its record seemed to have when memory was
 * asked for (p0f_table_guess); P0F_TABLE_NONE if it wasn't. */
typedef struct {
    p0f_probe_t probe;
    uint32_t index;
} p0f_guess_t;

/* What decides of an entry's worth. */
typedef struct {
    uint32_t now_s;              /* seconds since boot */
    uint32_t limit_s;            /* entries older than this are free */
    bool confirmed;              /* the newcomer's kind */
} p0f_table_terms_t;

/* Buckets that hold ENTRIES with under 1 % lost. */
uint64_t p0f_table_buckets(uint32_t entries);

/* Where the table lies that SHAPE describes in a segment of SIZE bytes. False
 * if any of it would lie outside or is of another kind; there is none then. */
bool p0f_table_check(p0f_table_spot_t *spot, const p0f_table_shape_t *shape,
                     const p0f_table_kind_t *kind, size_t size);

/* A view of the table at SPOT, which isn't none, in the segment at RO, and at
 * RW for the writer, else NULL. */
static inline p0f_table_t p0f_table_view(const p0f_table_spot_t *spot,
                                         const p0f_table_kind_t *kind,
                                         const void *ro, void *rw)
{
    return (p0f_table_t){
        .buckets = (const unsigned char *)ro + spot->bucket_off,
        .records = (const unsigned char *)ro + spot->record_off,
        .wbuckets = rw ? (unsigned char *)rw + spot->bucket_off : NULL,
        .wrecords = rw ? (unsigned char *)rw + spot->record_off : NULL,
        .bucket_count = spot->bucket_count,
        .kind = kind,
        .pending = NULL
    };
}

/* Copies the record of KEY to OUT and its age (last use) to *AGE_S. False if
 * there is none, or none that could be read in a bounded number of tries;
 * OUT is then zeroed. Any thread, any process. */
bool p0f_table_read(const p0f_table_t *table, uint64_t hash, const void *key,
                    void *out, uint32_t *age_s);

/* Asks for the memory that p0f_table_read of a key with HASH will mostly read,
 * for who has something else to do before. Any thread, any process. */
void p0f_table_fetch(const p0f_table_t *table, uint64_t hash);

/* The version of a record, for a reader that would read the same again. */
typedef struct {
    const _Atomic uint32_t *seq; /* the record's; NULL: no record's */
    uint32_t was;
} p0f_mark_t;

/* Sets *MARK if the record of KEY still is REC, as p0f_table_read gave it, and
 * *AGE_S to its age; else false. Any thread, any process. */
bool p0f_table_mark(const p0f_table_t *table, uint64_t hash, const void *key,
                    const void *rec, p0f_mark_t *mark, uint32_t *age_s);

/* True while the marked record is as it was. Any thread, any process, where
 * MARK was set, as long as the table's memory is mapped. */
static inline bool p0f_table_same(const p0f_mark_t *mark)
{
    return mark->seq
        && atomic_load_explicit(mark->seq, memory_order_acquire) == mark->was;
}

/* Finds the place of KEY, or the one a new record may take: free, else the
 * least recently used entry that is not confirmed, else, for a confirmed
 * newcomer, the least recently used. Found: copies the record to OLD. False
 * if there is no place. Writer. */
bool p0f_table_claim(const p0f_table_t *table, const p0f_guess_t *guess,
                     const void *key, const p0f_table_terms_t *terms,
                     p0f_place_t *place, void *old);

/* The writer may read a record where it lies (p0f_table_at): OLD may be NULL
 * here and below, then it isn't copied. Where nobody reads beside it the writer
 * may also change it there. REC is NULL for p0f_table_publish if the record
 * stays as it is or was changed so. */

/* The same for a key whose entry was at INDEX lately. False if there is no
 * unexpired one (any more): PLACE and OLD are then unset. Writer. */
bool p0f_table_claim_at(const p0f_table_t *table, const p0f_probe_t *probe,
                        const void *key, uint32_t index,
                        const p0f_table_terms_t *terms, p0f_place_t *place,
                        void *old);

/* Writes REC to PLACE. True if a live entry of another key was displaced.
 * Writer. */
bool p0f_table_publish(const p0f_table_t *table, const p0f_place_t *place,
                       const p0f_table_terms_t *terms, const void *rec);

/* Writes WORD to bytes OFF to OFF + 7 (a multiple of 8, not 0) of the record
 * that was found at PLACE; else as p0f_table_publish. Writer. */
void p0f_table_publish_word(const p0f_table_t *table, const p0f_place_t *place,
                            const p0f_table_terms_t *terms, size_t off,
                            uint64_t word);

/* Copies the record at INDEX to OUT, whoever's it is, and returns OUT; OUT
 * NULL: returns where it lies. NULL if there is no such place. Writer. */
void *p0f_table_at(const p0f_table_t *table, uint32_t index, void *out);

/* The two steps of p0f_table_claim. Find: false if there is no entry of KEY;
 * PLACE->found is false if there is an expired one. Place: for a new one.
 * Writer. */
bool p0f_table_find(const p0f_table_t *table, const p0f_probe_t *probe,
                    const void *key, const p0f_table_terms_t *terms,
                    p0f_place_t *place, void *old);
bool p0f_table_place(const p0f_table_t *table, const p0f_probe_t *probe,
                     const p0f_table_terms_t *terms, p0f_place_t *place);

/* As p0f_table_place, at INDEX, which p0f_table_guess gave. False if that isn't
 * free (any more). Writer. */
bool p0f_table_place_at(const p0f_table_t *table, const p0f_probe_t *probe,
                        uint32_t index, p0f_place_t *place);

/* Where the key with HASH may be; asks for the memory that an operation with
 * it looks at first. To be called some hundred nanoseconds before that, then
 * p0f_table_guess, which asks for the first BYTES of the record, or for all of
 * one that is to be made, and returns its number, most likely, or
 * P0F_TABLE_NONE. The third is for p0f_table_drop. Nothing is changed.
 * Writer. */
p0f_probe_t p0f_table_probe(const p0f_table_t *table, uint64_t hash);
uint32_t p0f_table_guess(const p0f_table_t *table, const p0f_probe_t *probe,
                         size_t bytes);
void p0f_table_fetch_bucket(const p0f_table_t *table, uint32_t index);

/* Frees PLACE. Writer. */
void p0f_table_drop(const p0f_table_t *table, uint32_t index);

/* The two halves of a record's change: from begin to end readers keep off.
 * Apart only so that a test can die between them. Writer. */
void p0f_table_begin(const p0f_table_t *table, uint32_t index);
void p0f_table_end(const p0f_table_t *table, uint32_t index);

/* Drops the entry that a writer was changing when it died, if any. The next
 * writer, before its first change. */
void p0f_table_repair(const p0f_table_t *table);

/* Entries, expired ones included. Any thread, any process. */
uint32_t p0f_table_count(const p0f_table_t *table);

#endif
