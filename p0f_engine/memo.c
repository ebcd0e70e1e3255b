/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memo.c - a small table of kinds of packets, each place overwritten by the
 * next kind with its hash, and the places that shapes were found at.
 */
#include "memo.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 1024, SHAPES = 256 };    /* powers of two */

/* All of a packet that its signature depends on, packed, and a hash of it. */
enum { FACTS_WORDS = 6 };

typedef struct {
    uint64_t word[FACTS_WORDS];
    uint32_t hash;
} facts_t;

typedef struct {
    facts_t facts;
    uint32_t gen;                    /* of the database, 0: free */
    uint16_t peer_mss;
    p0f_kind_t kind;
} place_t;

_Static_assert(P0F_OPT_MAX == 24, "the layout fills three words");

/* Where packets of a shape have their kind, if that still has the stamp. */
typedef struct {
    uint64_t shape;
    uint64_t stamp;
    const place_t *place;            /* NULL: nothing is known */
} shape_t;

struct p0f_memo_t {
    bool strict;
    uint64_t stamp;                  /* the last one given */
    shape_t shapes[SHAPES];
    place_t places[PLACES];
};

p0f_memo_t *p0f_memo_create(bool strict)
{
    p0f_memo_t *memo = calloc(1, sizeof(*memo));

    if (memo)
        memo->strict = strict;
    return memo;
}

void p0f_memo_destroy(p0f_memo_t *memo)
{
    free(memo);
}

/* Two chains of multiplications, so that one needn't wait for the other. */
static uint32_t hash_of(const uint64_t w[FACTS_WORDS])
{
    uint64_t a, b;

    a = ((w[0] * 0x9e3779b97f4a7c15u ^ w[1]) * 0xd6e8feb86659fd93u ^ w[2])
      * 0x9e3779b97f4a7c15u;
    b = ((w[3] * 0xff51afd7ed558ccdu ^ w[4]) * 0xc4ceb9fe1a85ec53u ^ w[5])
      * 0xff51afd7ed558ccdu;
    a ^= b ^ (a ^ b) >> 32;
    return (uint32_t)(a * 0x9e3779b97f4a7c15u >> 32);
}

static facts_t facts_of(const p0f_packet_t *p)
{
    const p0f_tcpopt_t *opt = &p->opt;
    uint64_t synack = (p->flags & P0F_TCP_ACK) != 0;
    uint64_t payload = p->payload_len > 0, stamped = opt->ts1 != 0;
    facts_t f;

    f.word[0] = p->quirks | (uint64_t)p->window << 32
              | (uint64_t)opt->mss << 48;
    f.word[1] = p->ip_opt_len | (uint64_t)p->hdr_len << 16
              | (uint64_t)p->version << 48 | (uint64_t)p->ttl << 56;
    f.word[2] = p->tos | (uint64_t)opt->wscale << 8
              | (uint64_t)opt->eol_pad << 16 | (uint64_t)opt->count << 24
              | synack << 32 | payload << 33 | stamped << 34;
    memcpy(&f.word[3], opt->layout, sizeof(opt->layout));
    f.hash = hash_of(f.word);
    return f;
}

static bool same_facts(const facts_t *a, const facts_t *b)
{
    uint64_t differs = 0;
    int i;

    for (i = 0; i < FACTS_WORDS; i++)
        differs |= a->word[i] ^ b->word[i];
    return differs == 0;
}

static void fill(p0f_memo_t *memo, const p0f_db_t *db,
                 const p0f_packet_t *packet, uint16_t peer_mss,
                 p0f_kind_t *kind)
{
    p0f_seensyn_t seen = { .packet = packet, .sig = &kind->sig,
                           .match = &kind->match };

    p0f_sig_take(packet, peer_mss, &kind->sig);
    kind->sig.ts1 = 0;
    p0f_match_v3(db, kind->sig.synack ? P0F_DIR_RESPONSE : P0F_DIR_REQUEST,
                 &kind->sig, memo->strict, &kind->match);
    kind->ref = p0f_nat_ref(&seen);
    kind->mtu = p0f_sig_mtu(&kind->sig);
    kind->link = p0f_host_link(db, kind->mtu, memo->strict);
    kind->flags = p0f_host_match_flags(&kind->match);
    kind->distance = p0f_host_distance(&kind->match);
    kind->stamp = ++memo->stamp;
}

P0F_APART
static const place_t *find(p0f_memo_t *memo, const p0f_db_t *db, uint32_t gen,
                           const p0f_packet_t *packet, uint16_t peer_mss)
{
    const facts_t facts = facts_of(packet);
    place_t *place = &memo->places[facts.hash % PLACES];

    if (place->gen != gen || !gen || place->peer_mss != peer_mss
        || !same_facts(&place->facts, &facts)) {
        fill(memo, db, packet, peer_mss, &place->kind);
        place->facts = facts;
        place->peer_mss = peer_mss;
        place->gen = gen;
    }
    return place;
}

const p0f_kind_t *p0f_memo_recognise(p0f_memo_t *memo, const p0f_db_t *db,
                                     uint32_t gen, const p0f_packet_t *packet,
                                     uint64_t shape, uint16_t peer_mss)
{
    shape_t *known = &memo->shapes[shape % SHAPES];
    const place_t *place = known->place;

    if (shape && known->shape == shape && place->gen == gen && gen
        && place->kind.stamp == known->stamp)
        return &place->kind;
    place = find(memo, db, gen, packet, peer_mss);
    if (shape)
        *known = (shape_t){ shape, place->kind.stamp, place };
    return &place->kind;
}
