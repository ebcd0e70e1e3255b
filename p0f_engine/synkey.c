/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synkey.c - keys of SYNs and the masks over them.
 */
#include "synkey.h"

#include <string.h>

#include "addr.h"
#include "hash.h"

enum { IPV4_LEN = 20, IPV6_LEN = 40, TCP_LEN = 20, PROTO_TCP = 6 };

/* Where the headers have what is asked for here. */
enum { IPV4_ID = 4, IPV4_TTL = 8, IPV4_CHECKSUM = 10, IPV4_ADDRESSES = 12,
       IPV6_FLOW = 1, IPV6_NEXT = 6, IPV6_HOPS = 7, IPV6_ADDRESSES = 8,
       TCP_SEQ = 4, TCP_OFFSET = 12, TCP_CHECKSUM = 16 };

/* Bits of zeros: what isn't 0; an address that is nobody's. */
enum { NZ_ID = 1, NZ_FLOW = 2, NZ_SEQ = 4, NZ_TS1 = 8, NZ_TS2 = 16,
       MAPPED = 32 };

enum { HEADERS = (P0F_SYNKEY_WORDS - 1) * 8 };

static const uint8_t *headers_of(const p0f_synkey_t *key)
{
    return (const uint8_t *)(key->word + 1);
}

static p0f_bytes_t bytes_of(const p0f_synkey_t *key)
{
    return (p0f_bytes_t){ headers_of(key), key->len };
}

/* Length of the IP header; 0 for one with options (RFC 791 3.1), or with
 * something between it and TCP (RFC 8200 3). */
static size_t ip_header(p0f_bytes_t ip)
{
    if (!ip.len)
        return 0;
    if (ip.data[0] == 0x45)
        return IPV4_LEN;
    return ip.data[0] >> 4 == 6 && p0f_bytes_has(ip, 0, IPV6_LEN)
           && ip.data[IPV6_NEXT] == PROTO_TCP ? IPV6_LEN : 0;
}

bool p0f_synkey_take(p0f_bytes_t ip, uint32_t tag, p0f_synkey_t *out)
{
    const size_t tcp = ip_header(ip);
    uint8_t offset;
    size_t len, i;

    if (!tcp || !p0f_bytes_u8(ip, tcp + TCP_OFFSET, &offset))
        return false;
    len = tcp + (size_t)(offset >> 4) * 4;
    if (len < tcp + TCP_LEN || !p0f_bytes_has(ip, 0, len))
        return false;
    out->words = (uint8_t)(1 + (len + 7) / 8);
    out->len = (uint8_t)len;
    out->tcp = (uint8_t)tcp;
    out->word[0] = (uint64_t)tag << 32 | len;
    for (i = 0; i + 8 <= len; i += 8)
        memcpy(out->word + 1 + i / 8, ip.data + i, 8);
    if (i < len) {               /* by four, as both headers are */
        out->word[1 + i / 8] = 0;
        memcpy(out->word + 1 + i / 8, ip.data + i, 4);
    }
    return true;
}

uint32_t p0f_synkey_hash(const p0f_synkey_t *key)
{
    const uint8_t *p = headers_of(key);
    uint32_t window, options = 0, end;

    memcpy(&window, p + key->tcp + TCP_OFFSET, 4);
    memcpy(&end, p + key->len - 4, 4);
    if (key->len > key->tcp + TCP_LEN)
        memcpy(&options, p + key->tcp + TCP_LEN, 4);
    else
        end = 0;                 /* that is the checksum */
    return (uint32_t)p0f_hash_mix(
        p0f_hash_mix(key->word[0] ^ (uint64_t)p[key->tcp == IPV4_LEN
                                                ? IPV4_TTL : IPV6_HOPS] << 16,
                     (uint64_t)options << 32 | window), end);
}

/* ---- the mask ----------------------------------------------------------- */

/* Leaves out what is in the option at AT, of a kind that no signature looks
 * into. Its length; 0 if that can't be. */
static size_t leave_other(p0f_bytes_t p, size_t at, uint8_t *mask)
{
    size_t n = p.len - at < 2 ? 0 : p.data[at + 1];

    if (n < 2 || n > p.len - at || p.data[at] == P0F_OPT_SACK)
        return 0;
    memset(mask + at + 2, 0, n - 2);
    return n;
}

/* Goes through the options, from AT on. False if one isn't as it should be:
 * what is read of it then depends on what is left out. */
static bool mask_options(p0f_bytes_t p, size_t at, uint8_t *mask,
                         uint8_t *stamps)
{
    static const uint8_t lengths[P0F_OPT_TS + 1] = {
        [P0F_OPT_NOP] = 1, [P0F_OPT_MSS] = 4, [P0F_OPT_WS] = 3,
        [P0F_OPT_SOK] = 2, [P0F_OPT_TS] = 10
    };
    int count;

    for (count = 0; at < p.len && p.data[at] != P0F_OPT_EOL; count++) {
        const uint8_t kind = p.data[at];
        size_t n = kind <= P0F_OPT_TS ? lengths[kind] : 0;

        if (n > p.len - at || (n > 1 && p.data[at + 1] != n))
            return false;
        if (kind == P0F_OPT_TS) {
            if (*stamps)
                return false;
            *stamps = (uint8_t)(at + 2);
            memset(mask + *stamps, 0, 8);
        }
        if (!n && !(n = leave_other(p, at, mask)))
            return false;
        at += n;
    }
    return count <= P0F_OPT_MAX;
}

static void mask_ip(size_t tcp, uint8_t *mask)
{
    if (tcp == IPV4_LEN) {
        memset(mask + IPV4_ID, 0, 2);
        memset(mask + IPV4_CHECKSUM, 0, 2 + 8);
    } else {
        mask[IPV6_FLOW] = 0xf0;
        memset(mask + IPV6_FLOW + 1, 0, 2);
        memset(mask + IPV6_ADDRESSES, 0, 32);
    }
}

bool p0f_synkey_mask(const p0f_synkey_t *key, p0f_synmask_t *out)
{
    uint8_t *mask = (uint8_t *)(out->word + 1);

    memset(out->word, 0xff, sizeof(out->word));
    out->stamps = 0;
    mask_ip(key->tcp, mask);
    memset(mask + key->tcp, 0, TCP_SEQ + 4);     /* ports first */
    memset(mask + key->tcp + TCP_CHECKSUM, 0, 2);
    return mask_options(bytes_of(key), key->tcp + TCP_LEN, mask, &out->stamps);
}

/* ---- the numbers -------------------------------------------------------- */

/* True for an IPv4 address in an IPv6 header, which is nobody's (packet.c). */
static bool is_mapped(const uint8_t *bytes)
{
    const p0f_addr_t addr = p0f_addr_from_v6(bytes);

    return p0f_addr_is_v4(&addr);
}

static uint8_t ip_zeros(const p0f_synkey_t *key)
{
    const uint8_t *p = headers_of(key);

    if (key->tcp == IPV4_LEN)
        return p[IPV4_ID] | p[IPV4_ID + 1] ? NZ_ID : 0;
    return (uint8_t)(((p[IPV6_FLOW] & 0x0f) | p[IPV6_FLOW + 1]
                      | p[IPV6_FLOW + 2] ? NZ_FLOW : 0)
                     | (is_mapped(p + IPV6_ADDRESSES)
                        || is_mapped(p + IPV6_ADDRESSES + 16) ? MAPPED : 0));
}

p0f_synnumbers_t p0f_synkey_numbers(const p0f_synkey_t *key, uint8_t stamps)
{
    const p0f_bytes_t p = bytes_of(key);
    p0f_synnumbers_t n = { .zeros = ip_zeros(key) };
    uint32_t ts2 = 0;

    p0f_bytes_be32(p, key->tcp + TCP_SEQ, &n.seq);
    if (stamps) {
        p0f_bytes_be32(p, stamps, &n.ts1);
        p0f_bytes_be32(p, stamps + 4u, &ts2);
    }
    n.zeros |= (uint8_t)((n.seq ? NZ_SEQ : 0) | (n.ts1 ? NZ_TS1 : 0)
                         | (ts2 ? NZ_TS2 : 0));
    return n;
}
