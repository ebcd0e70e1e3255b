/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.c - a small table of shapes, each place overwritten by the next shape
 * with its hash.
 */
#include "shape.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 256,                 /* a power of two */
       HEADERS = 40 };               /* of IPv4 and TCP, without options */

typedef struct {
    uint64_t number;                 /* of the shape, 0: free place */
    size_t len;                      /* of the packet, a multiple of 4 */
    unsigned int zeros;              /* zeros_of the packet */
    uint8_t stamps_at;               /* offset of the timestamps in raw.opt,
                                        0 none */
    p0f_rawsyn_t mask;               /* the bits that make its shape */
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
    uint32_t first, tcp;
    uint64_t options = 0;
    uint8_t ttl;

    p0f_bytes_copy(fixed, 0, &first, sizeof(first));
    p0f_bytes_u8(fixed, 8, &ttl);
    p0f_bytes_copy(fixed, 32, &tcp, sizeof(tcp));
    p0f_bytes_copy(ip, HEADERS, &options, sizeof(options));
    return (uint32_t)((((uint64_t)first << 32 | tcp) * 0x9e3779b97f4a7c15u
                       + (options ^ ttl) * 0xd6e8feb86659fd93u) >> 56)
         % PLACES;
}

/* 16 bytes at once. */
typedef uint64_t pair_t __attribute__((vector_size(16)));

/* Copies SIZE bytes, 4 or 8, to OFF in RAW, and returns how they differ from
 * the shape's. What was copied isn't read again: a word that was just stored
 * in other pieces is waited for. */
static inline uint64_t take(const place_t *place, const uint8_t *from,
                            size_t off, size_t size, p0f_rawsyn_t *raw)
{
    uint64_t word = 0, shape = 0, mask = 0;

    memcpy(&word, from, size);
    memcpy((uint8_t *)raw + off, &word, size);
    memcpy(&shape, (const uint8_t *)&place->packet.raw + off, size);
    memcpy(&mask, (const uint8_t *)&place->mask + off, size);
    return (word ^ shape) & mask;
}

/* The same of 16 bytes. */
static inline pair_t take_pair(const place_t *place, const uint8_t *from,
                               size_t off, p0f_rawsyn_t *raw)
{
    pair_t word, shape, mask;

    memcpy(&word, from, sizeof(word));
    memcpy((uint8_t *)raw + off, &word, sizeof(word));
    memcpy(&shape, (const uint8_t *)&place->packet.raw + off, sizeof(word));
    memcpy(&mask, (const uint8_t *)&place->mask + off, sizeof(word));
    return (word ^ shape) & mask;
}

/* Lays the headers of the SYN at IP, place->len bytes, out as a record has
 * them; true if all of what makes the shape is equal. Options are a multiple of
 * 4 bytes, and taken in pieces that overlap. */
static inline bool lay_out(const place_t *place, const uint8_t *ip,
                           p0f_rawsyn_t *raw)
{
    const size_t opt = offsetof(p0f_rawsyn_t, opt), n = place->len - HEADERS;
    const uint8_t *from = ip + HEADERS;
    pair_t pairs = take_pair(place, ip + 20, 12, raw);
    uint64_t differs = take(place, ip, 0, 8, raw)
                     | take(place, ip + 8, 8, 4, raw)
                     | take(place, ip + 36, 28, 4, raw);

    memset(raw->opt, 0, sizeof(raw->opt));
    if (n >= 16) {
        pairs |= take_pair(place, from, opt, raw)
               | take_pair(place, from + n - 16, opt + n - 16, raw);
        if (n > 32)
            pairs |= take_pair(place, from + 16, opt + 16, raw);
    }
    else if (n >= 8) {
        differs |= take(place, from, opt, 8, raw)
                 | take(place, from + n - 8, opt + n - 8, 8, raw);
    }
    else if (n) {
        differs |= take(place, from, opt, 4, raw);
    }
    return (differs | pairs[0] | pairs[1]) == 0;
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
    const uint8_t at = place->stamps_at;

    p0f_bytes_copy(fixed, 12, out->src.b + 12, 4);
    p0f_bytes_copy(fixed, 16, out->dst.b + 12, 4);
    p0f_bytes_be16(fixed, 4, &out->ip_id);
    p0f_bytes_be16(fixed, 20, &out->sport);
    p0f_bytes_be16(fixed, 22, &out->dport);
    p0f_bytes_be32(fixed, 24, &out->seq);
    out->payload = (p0f_bytes_t){ ip.data + place->len, 0 };
    if (at) {
        p0f_bytes_be32(ip, HEADERS + at, &out->opt.ts1);
        p0f_bytes_be32(ip, HEADERS + at + 4u, &out->opt.ts2);
    }
}

P0F_APART
uint64_t p0f_shapes_read(const p0f_shapes_t *shapes, p0f_bytes_t ip,
                         p0f_packet_t *out)
{
    const place_t *place;

    if (!p0f_bytes_has(ip, 0, HEADERS))
        return 0;
    place = &shapes->places[place_of(ip)];
    if (!place->number || !p0f_bytes_has(ip, 0, place->len))
        return 0;
    if (!lay_out(place, ip.data, &out->raw))
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
    place->mask = mask;
}
