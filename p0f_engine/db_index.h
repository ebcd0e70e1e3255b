/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db_index.h - the keys of the database's index and what else the code that
 * builds an image (db_build.c, db_index.c) and the code that reads it (db.c)
 * share; private to them. The map is for other readers of files, too.
 *
 * A signature fits a packet, exactly or fuzzily, only if some facts are equal
 * in both: option layout, padding, IP option length, most quirks (a group).
 * MSS, window scale and window must be equal too where the signature names
 * them; which of them it names is its shape, one of 20.
 *
 *     group hash --> shapes[..]   bit set of the shapes in use there
 *     for each shape in use: group hash + the packet's values for it
 *                  --> cells[..]  --> numbers of signatures in order[..]
 *
 * The tables hold no keys: a candidate is compared with the packet anyway,
 * so a collision of hashes costs time and nothing else. With many signatures
 * that would be three loads, one after another, from memory no cache holds; so
 * before them stands a byte for each cell, with two bits set for each of its
 * signatures (tags[..]). A packet looks at 12 cells at most however many
 * signatures there are, and seldom further where none fits. Signatures with
 * "%N" are all in one cell of their shape.
 */
#ifndef P0F_DB_INDEX_H
#define P0F_DB_INDEX_H

#include <string.h>

#include <apr_hash.h>
#include <apr_tables.h>

#include "bytes.h"
#include "db.h"
#include "hash.h"

/* Quirks in which a fitting signature may differ from the packet, because
 * the match is then fuzzy or the IP version explains it. */
#define P0F_DBINDEX_LOOSE (P0F_QUIRK_DF | P0F_QUIRK_NZ_ID | P0F_QUIRK_ZERO_ID \
                           | P0F_QUIRK_ECN | P0F_QUIRK_FLOW | P0F_QUIRK_NZ_MBZ)

#define P0F_DBINDEX_ANY_MSS   1u
#define P0F_DBINDEX_ANY_SCALE 2u
#define P0F_DBINDEX_SHAPES    20u    /* 5 kinds of window x 4 */

/* The hash of a group; LAYOUT has P0F_OPT_MAX bytes, the unused ones 0. */
static inline uint64_t p0f_dbindex_group(const uint8_t *layout, uint8_t pad,
                                         uint16_t olen, uint32_t quirks)
{
    uint64_t word[P0F_OPT_MAX / 8], hash;

    memcpy(word, layout, sizeof(word));
    hash = (uint64_t)(quirks & ~(uint32_t)P0F_DBINDEX_LOOSE) << 32
         | (uint64_t)olen << 8 | pad;
    hash = p0f_hash_mix(word[0] * 0xff51afd7ed558ccdu, hash);
    return p0f_hash_mix(hash, word[1] ^ word[2] * 0xc4ceb9fe1a85ec53u);
}

/* The number of a shape. */
static inline uint32_t p0f_dbindex_shape(uint32_t win_kind, bool any_mss,
                                         bool any_scale)
{
    return win_kind * 4 + (any_mss ? P0F_DBINDEX_ANY_MSS : 0)
         + (any_scale ? P0F_DBINDEX_ANY_SCALE : 0);
}

/* The hash of a cell; of MSS, SCALE and WIN those that SHAPE doesn't name
 * are left out. */
static inline uint64_t p0f_dbindex_cell(uint64_t group, uint32_t shape,
                                        uint16_t mss, uint8_t scale,
                                        uint16_t win)
{
    uint64_t value = shape;

    if (!(shape & P0F_DBINDEX_ANY_MSS))
        value |= (uint64_t)mss << 48;
    if (!(shape & P0F_DBINDEX_ANY_SCALE))
        value |= (uint64_t)scale << 32;
    if (shape / 4 != P0F_WIN_MOD && shape / 4 != P0F_WIN_ANY)
        value |= (uint64_t)win << 8;
    return p0f_hash_mix(group, value);
}

/* The bits that stand for a cell's hash in the cell's tags: from the other end
 * of it than the cell's number. */
static inline uint8_t p0f_dbindex_tag(uint64_t hash)
{
    return (uint8_t)(1u << (hash >> 61) | 1u << (hash >> 58 & 7));
}

/* The first and the last eight characters of NAME, the hash of an HTTP header's
 * name: with the length they are all of it up to 16. */
static inline uint32_t p0f_dbindex_header(p0f_bytes_t name, uint64_t *first,
                                          uint64_t *last)
{
    uint32_t half = 0, end = 0;

    if (name.len >= 8) {
        *first = p0f_bytes_word(name, 0);
        *last = p0f_bytes_word(name, name.len - 8);
    }
    else if (name.len >= 4) {
        memcpy(&half, name.data, sizeof(half));
        memcpy(&end, name.data + name.len - sizeof(end), sizeof(end));
        *first = half;
        *last = end;
    }
    else {
        *first = p0f_bytes_word(name, 0);
        *last = 0;
    }
    return (uint32_t)p0f_hash_mix(p0f_hash_mix(name.len, *first), *last);
}

/* An empty map in POOL, for what a file names: by a keyed hash, since of APR's
 * own one texts with the same hash are easily made, any number of them. */
apr_hash_t *p0f_dbindex_map(apr_pool_t *pool);

/* The tables of an index before they are put into an image. */
typedef struct {
    apr_array_header_t *shapes, *tags, *cells, *order;
} p0f_dbindex_tables_t;

/* The index of SIGS, an array of p0f_dbsig_t in search order. */
p0f_dbindex_tables_t p0f_dbindex_build(const apr_array_header_t *sigs,
                                       apr_pool_t *pool);

/* A table of COUNT entries of SIZE bytes, all 0. */
apr_array_header_t *p0f_dbindex_table(apr_pool_t *pool, uint32_t count,
                                      int size);

/* A power of two, N at least. */
uint32_t p0f_dbindex_slots(uint32_t n);

/* True if SIG is one that an image with LABELS labels may hold. */
bool p0f_db_sig_valid(const p0f_dbsig_t *sig, uint32_t labels);

/* The checksum that the image DB should have; reads DB->size bytes. */
uint32_t p0f_db_checksum(const p0f_db_t *db);

#endif
