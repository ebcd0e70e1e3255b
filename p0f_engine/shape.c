/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.c - a small table of shapes, each place overwritten by the next shape
 * with its hash.
 */
#include "shape.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 256,                 /* a power of two */
       HEADERS = 40,                 /* of IPv4 and TCP, without options */
       WORDS = sizeof(p0f_rawsyn_t) / 8 };

_Static_assert(sizeof(p0f_rawsyn_t) % 8 == 0, "compared by words");

typedef struct {
    uint64_t number;                 /* of the shape, 0: free place */
    size_t len;                      /* of the packet */
    unsigned int zeros;              /* zeros_of the packet */
    uint8_t stamps_at;               /* offset of the timestamps in raw.opt,
                                        0 none */
    uint64_t word[WORDS];            /* the SYN, as it is kept raw */
    uint64_t mask[WORDS];            /* the bits that make its shape */
    p0f_packet_t packet;             /* what it was read as */
} place_t;

struct p0f_shapes_t {
    uint64_t learnt;                 /* so many */
    place_t places[PLACES];
};

p0f_shapes_t *p0f_shapes_create(void)
{
    return calloc(1, sizeof(p0f_shapes_t));
}

void p0f_shapes_destroy(p0f_shapes_t *shapes)
{
    free(shapes);
}

/* Where the shape of IP, which holds the headers, lies: version to length,
 * TTL, what stands from TCP's offset to its window, the first options, before
 * which timestamps hardly ever stand. */
static inline uint32_t place_of(p0f_bytes_t ip)
{
    const p0f_bytes_t fixed = { ip.data, HEADERS };
    uint64_t h, options = 0;
    uint32_t first, tcp;
    uint8_t ttl;

    p0f_bytes_be32(fixed, 0, &first);
    p0f_bytes_u8(fixed, 8, &ttl);
    p0f_bytes_be32(fixed, 32, &tcp);
    p0f_bytes_copy(ip, HEADERS, &options, sizeof(options));
    h = (((uint64_t)first << 32 | tcp) * 0x9e3779b97f4a7c15u
         ^ options ^ ttl) * 0xd6e8feb86659fd93u;
    return (uint32_t)((h ^ h >> 32) * 0x9e3779b97f4a7c15u >> 56) % PLACES;
}

/* Lays the headers of the SYN in the LEN bytes at IP out as a record has
 * them; they are there. */
static void lay_out(p0f_bytes_t ip, size_t len, p0f_rawsyn_t *raw)
{
    const p0f_bytes_t fixed = { ip.data, HEADERS };

    memset(raw->opt, 0, sizeof(raw->opt));
    p0f_bytes_copy(fixed, 0, raw->ip, sizeof(raw->ip));
    p0f_bytes_copy(fixed, 20, raw->tcp, sizeof(raw->tcp));
    p0f_bytes_lay((char *)raw->opt, ip.data + HEADERS, len - HEADERS);
}

/* All of what makes the shape is equal. */
static bool same_shape(const place_t *place, const p0f_rawsyn_t *raw)
{
    const unsigned char *bytes = (const unsigned char *)raw;
    uint64_t word, differs = 0;
    int i;

#pragma GCC unroll 9
    for (i = 0; i < WORDS; i++) {
        memcpy(&word, bytes + 8 * i, sizeof(word));
        differs |= (word ^ place->word[i]) & place->mask[i];
    }
    return differs == 0;
}

/* Which of the numbers are 0, a bit each: that is a quirk. */
static unsigned int zeros_of(const p0f_packet_t *p)
{
    return (unsigned int)!p->ip_id | (unsigned int)!p->seq << 1
         | (unsigned int)!p->opt.ts1 << 2 | (unsigned int)!p->opt.ts2 << 3;
}

/* Reads what isn't of the shape. */
static void read_own(const place_t *place, p0f_bytes_t ip, p0f_packet_t *out)
{
    const p0f_bytes_t fixed = { ip.data, HEADERS };
    const p0f_bytes_t opt = { out->raw.opt, sizeof(out->raw.opt) };

    p0f_bytes_copy(fixed, 12, out->src.b + 12, 4);
    p0f_bytes_copy(fixed, 16, out->dst.b + 12, 4);
    p0f_bytes_be16(fixed, 4, &out->ip_id);
    p0f_bytes_be16(fixed, 20, &out->sport);
    p0f_bytes_be16(fixed, 22, &out->dport);
    p0f_bytes_be32(fixed, 24, &out->seq);
    out->payload = (p0f_bytes_t){ ip.data + place->len, 0 };
    if (place->stamps_at) {
        p0f_bytes_be32(opt, place->stamps_at, &out->opt.ts1);
        p0f_bytes_be32(opt, place->stamps_at + 4u, &out->opt.ts2);
    }
}

uint64_t p0f_shapes_read(const p0f_shapes_t *shapes, p0f_bytes_t ip,
                         p0f_packet_t *out)
{
    const place_t *place;

    if (!p0f_bytes_has(ip, 0, HEADERS))
        return 0;
    place = &shapes->places[place_of(ip)];
    if (!place->number || !p0f_bytes_has(ip, 0, place->len))
        return 0;
    lay_out(ip, place->len, &out->raw);
    if (!same_shape(place, &out->raw))
        return 0;
    memcpy(out, &place->packet, offsetof(p0f_packet_t, raw));
    read_own(place, ip, out);
    return zeros_of(out) == place->zeros ? place->number : 0;
}

/* The option of timestamps in PACKET. False if there are several. */
static bool find_stamps(const p0f_packet_t *packet, uint8_t *at)
{
    unsigned int i, n = 0;

    for (i = 0; i < packet->opt.count; i++)
        n += packet->opt.layout[i] == P0F_OPT_TS;
    *at = packet->opt.stamps_at;
    return n <= 1;
}

void p0f_shapes_learn(p0f_shapes_t *shapes, p0f_bytes_t ip,
                      const p0f_packet_t *packet)
{
    place_t *place;
    p0f_rawsyn_t mask;
    uint8_t stamps_at;

    if ((packet->flags & (P0F_TCP_SYN | P0F_TCP_ACK)) != P0F_TCP_SYN
        || packet->version != 4 || packet->ip_opt_len || packet->payload_len
        || !p0f_bytes_has(ip, 0, packet->hdr_len)
        || !find_stamps(packet, &stamps_at))
        return;
    memset(&mask, 0xff, sizeof(mask));
    memset(mask.ip + 4, 0, 2);       /* identification */
    memset(mask.ip + 10, 0, 2);      /* checksum */
    memset(mask.tcp, 0, 8);          /* ports, sequence number */
    memset(mask.tcp + 16, 0, 2);     /* checksum */
    if (stamps_at)
        memset(mask.opt + stamps_at, 0, 8);
    place = &shapes->places[place_of(ip)];
    place->len = packet->hdr_len;
    place->zeros = zeros_of(packet);
    place->stamps_at = stamps_at;
    place->packet = *packet;
    /* Behind each other in a table by number (memo.c). */
    place->number = ++shapes->learnt * PLACES
                  + (uint64_t)(place - shapes->places);
    memcpy(place->mask, &mask, sizeof(place->mask));
    memcpy(place->word, &packet->raw, sizeof(place->word));
}
