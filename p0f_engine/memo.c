/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memo.c - a small table of kinds of packets, each place overwritten by the
 * next kind with its hash.
 */
#include "memo.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 1024 };              /* a power of two */

/* All of a packet that its signature depends on. */
typedef struct {
    uint32_t quirks;
    uint16_t window, mss;
    uint16_t ip_opt_len, hdr_len;
    uint16_t peer_mss;
    uint8_t  version, ttl;
    uint8_t  tos, wscale, eol_pad, opt_count;
    uint8_t  synack, payload, has_ts1, spare; /* 0 or 1 */
    uint8_t  layout[P0F_OPT_MAX];
} facts_t;

_Static_assert(sizeof(facts_t) == 48, "six words without a gap");

typedef struct {
    facts_t facts;
    uint32_t gen;                    /* of the database, 0: free */
    p0f_kind_t kind;
} place_t;

struct p0f_memo_t {
    bool strict;
    uint64_t stamp;                  /* the last one given */
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

static facts_t facts_of(const p0f_packet_t *p, uint16_t peer_mss)
{
    facts_t f = {
        .quirks = p->quirks, .window = p->window, .mss = p->opt.mss,
        .ip_opt_len = p->ip_opt_len, .hdr_len = p->hdr_len,
        .peer_mss = peer_mss, .version = p->version, .ttl = p->ttl,
        .tos = p->tos, .wscale = p->opt.wscale, .eol_pad = p->opt.eol_pad,
        .opt_count = p->opt.count, .synack = (p->flags & P0F_TCP_ACK) != 0,
        .payload = p->payload_len > 0, .has_ts1 = p->opt.ts1 != 0
    };

    memcpy(f.layout, p->opt.layout, sizeof(f.layout));
    return f;
}

/* Two chains of multiplications, so that one needn't wait for the other. */
static size_t place_of(const facts_t *facts)
{
    uint64_t w[sizeof(*facts) / 8], a, b;

    memcpy(w, facts, sizeof(w));
    a = ((w[0] * 0x9e3779b97f4a7c15u ^ w[1]) * 0xd6e8feb86659fd93u ^ w[2])
      * 0x9e3779b97f4a7c15u;
    b = ((w[3] * 0xff51afd7ed558ccdu ^ w[4]) * 0xc4ceb9fe1a85ec53u ^ w[5])
      * 0xff51afd7ed558ccdu;
    a ^= b ^ (a ^ b) >> 32;
    return (size_t)(a * 0x9e3779b97f4a7c15u >> 40) % PLACES;
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
    kind->stamp = ++memo->stamp;
}

const p0f_kind_t *p0f_memo_recognise(p0f_memo_t *memo, const p0f_db_t *db,
                                     uint32_t gen, const p0f_packet_t *packet,
                                     uint16_t peer_mss)
{
    facts_t facts = facts_of(packet, peer_mss);
    place_t *place = &memo->places[place_of(&facts)];

    if (place->gen != gen || !gen
        || memcmp(&place->facts, &facts, sizeof(facts)) != 0) {
        fill(memo, db, packet, peer_mss, &place->kind);
        place->facts = facts;
        place->gen = gen;
    }
    return &place->kind;
}
