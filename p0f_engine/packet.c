/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.c - from the bytes of an IP packet to the facts of its headers.
 *
 * The steps share one small state: IP, the packet cut to its own length, and
 * the facts found so far. Reading order: p0f_packet_parse, parse_ipv4 or
 * parse_ipv6, parse_tcp.
 */
#include "packet.h"

#include <string.h>

#include "addr.h"

enum { PROTO_TCP = 6, PROTO_AH = 51, PROTO_FRAGMENT = 44 };
enum { IPV4_MIN = 20, IPV6_LEN = 40, TCP_MIN = 20, MAX_EXTENSIONS = 16 };

/* p0f-differs: 3.09b drops a packet of which not all was captured. Here the
 * headers are enough, since the module's snap length cuts data off a SYN of
 * TCP Fast Open, and a header kept in a record has no data at all
 * (packet_t: syn_with_data_cut_off). */
static bool cut_short(p0f_bytes_t ip, size_t total, bool strict)
{
    return strict && total > ip.len;
}

/* Fixed IPv4 fields and their quirks (RFC 791 3.1). */
static void ipv4_fields(p0f_bytes_t ip, p0f_packet_t *out)
{
    uint8_t src[4], dst[4];
    uint16_t frag;

    p0f_bytes_u8(ip, 1, &out->tos);
    p0f_bytes_be16(ip, 4, &out->ip_id);
    p0f_bytes_be16(ip, 6, &frag);
    p0f_bytes_u8(ip, 8, &out->ttl);
    p0f_bytes_copy(ip, 12, src, sizeof(src));
    p0f_bytes_copy(ip, 16, dst, sizeof(dst));
    out->src = p0f_addr_from_v4(src);
    out->dst = p0f_addr_from_v4(dst);
    out->version = 4;
    if (frag & 0x4000)
        out->quirks |= P0F_QUIRK_DF | (out->ip_id ? P0F_QUIRK_NZ_ID : 0);
    else if (!out->ip_id)
        out->quirks |= P0F_QUIRK_ZERO_ID;
    if (frag & 0x8000)
        out->quirks |= P0F_QUIRK_NZ_MBZ;
}

/* Sets *TCP to what follows the header, padding removed. */
static p0f_drop_t parse_ipv4(p0f_bytes_t ip, bool strict, p0f_packet_t *out,
                             p0f_bytes_t *tcp)
{
    uint8_t first, proto;
    uint16_t total, frag;
    size_t header;

    if (!p0f_bytes_has(ip, 0, IPV4_MIN + TCP_MIN))
        return P0F_DROP_IP_SHORT;
    p0f_bytes_u8(ip, 0, &first);
    p0f_bytes_be16(ip, 2, &total);
    p0f_bytes_be16(ip, 6, &frag);
    p0f_bytes_u8(ip, 9, &proto);
    header = (size_t)(first & 0x0f) * 4;
    if (header < IPV4_MIN || header + TCP_MIN > total
        || cut_short(ip, total, strict))
        return P0F_DROP_IP_LENGTH;
    if (proto != PROTO_TCP)
        return P0F_DROP_NOT_TCP;
    if (frag & 0x3fff)
        return P0F_DROP_IP_FRAGMENT;
    ipv4_fields(ip, out);
    out->ip_opt_len = (uint16_t)(header - IPV4_MIN);
    out->hdr_len = (uint16_t)header;
    out->payload_len = (uint32_t)(total - header);
    *tcp = p0f_bytes_from(p0f_bytes_first(ip, total), header);
    return P0F_DROP_NONE;
}

/* True for the extension headers that may stand before TCP (RFC 8200 4,
 * RFC 4302, 6275, 7401, 5533). */
static bool is_extension(uint8_t next)
{
    return next == 0 || next == 43 || next == 60 || next == PROTO_FRAGMENT
        || next == PROTO_AH || next == 135 || next == 139 || next == 140;
}

/* Follows the chain from *NEXT at *OFF to TCP. A fragment header is passed
 * only where it stands for a whole packet (RFC 6946). */
static p0f_drop_t skip_extensions(p0f_bytes_t ip, uint8_t next, size_t *off)
{
    uint8_t length;
    uint16_t frag;
    int i;

    for (i = 0; i < MAX_EXTENSIONS && is_extension(next); i++) {
        uint8_t kind = next;

        if (!p0f_bytes_u8(ip, *off, &next)
            || !p0f_bytes_u8(ip, *off + 1, &length)
            || !p0f_bytes_be16(ip, *off + 2, &frag))
            return P0F_DROP_IP_EXTENSION;
        if (kind == PROTO_FRAGMENT && (frag & 0xfff9))
            return P0F_DROP_IP_FRAGMENT;
        if (kind == PROTO_AH)
            *off += ((size_t)length + 2) * 4;
        else if (kind == PROTO_FRAGMENT)
            *off += 8;
        else
            *off += ((size_t)length + 1) * 8;
    }
    if (is_extension(next))
        return P0F_DROP_IP_EXTENSION;
    return next == PROTO_TCP ? P0F_DROP_NONE : P0F_DROP_NOT_TCP;
}

/* Fixed IPv6 fields and their quirks (RFC 8200 3). */
static void ipv6_fields(p0f_bytes_t ip, p0f_packet_t *out)
{
    uint32_t first;

    p0f_bytes_be32(ip, 0, &first);
    out->version = 6;
    out->tos = (uint8_t)(first >> 20);
    if (first & 0xfffff)
        out->quirks |= P0F_QUIRK_FLOW;
    p0f_bytes_u8(ip, 7, &out->ttl);
    p0f_bytes_copy(ip, 8, out->src.b, sizeof(out->src.b));
    p0f_bytes_copy(ip, 24, out->dst.b, sizeof(out->dst.b));
}

/* p0f-differs: 3.09b drops every packet with an extension header; here they
 * are skipped and their length is the signature's "olen" (packet_t:
 * ipv6_extension_headers). */
static p0f_drop_t parse_ipv6(p0f_bytes_t ip, bool strict, p0f_packet_t *out,
                             p0f_bytes_t *tcp)
{
    uint8_t next;
    uint16_t length;
    size_t off = IPV6_LEN, total;
    p0f_drop_t drop;

    if (!p0f_bytes_has(ip, 0, IPV6_LEN + TCP_MIN))
        return P0F_DROP_IP_SHORT;
    p0f_bytes_be16(ip, 4, &length);
    p0f_bytes_u8(ip, 6, &next);
    total = (size_t)length + IPV6_LEN;
    if (total < IPV6_LEN + TCP_MIN || cut_short(ip, total, strict))
        return P0F_DROP_IP_LENGTH;
    ipv6_fields(ip, out);
    /* A mapped address on the wire is nobody's (RFC 4291 2.5.5.2): it would
     * be taken for the IPv4 host. */
    if (!strict && (p0f_addr_is_v4(&out->src) || p0f_addr_is_v4(&out->dst)))
        return P0F_DROP_IP_VERSION;
    ip = p0f_bytes_first(ip, total);
    if (strict)
        drop = next == PROTO_TCP ? P0F_DROP_NONE : P0F_DROP_NOT_TCP;
    else
        drop = skip_extensions(ip, next, &off);
    if (drop != P0F_DROP_NONE)
        return drop;
    if (off + TCP_MIN > total)
        return P0F_DROP_IP_LENGTH;
    out->ip_opt_len = (uint16_t)(off - IPV6_LEN);
    out->hdr_len = (uint16_t)off;
    out->payload_len = (uint32_t)(total - off);
    *tcp = p0f_bytes_from(ip, off);
    return P0F_DROP_NONE;
}

/* Quirks of the fixed TCP header. p0f-differs: for ack+ 3.09b looks at one
 * bit of the ACK number (bit 24 on this byte order); here any non-zero value
 * counts (packet_t: ack_number_without_flag). */
static uint32_t tcp_quirks(const p0f_packet_t *p, bool nonce, bool strict)
{
    uint32_t q = 0;
    uint32_t ack_bits = strict ? p->ack & 0x01000000u : p->ack;

    if ((p->tos & 3) || (p->flags & (P0F_TCP_ECE | P0F_TCP_CWR)) || nonce)
        q |= P0F_QUIRK_ECN;
    if (!p->seq)
        q |= P0F_QUIRK_ZERO_SEQ;
    if (p->flags & P0F_TCP_ACK)
        q |= p->ack ? 0 : P0F_QUIRK_ZERO_ACK;
    else if (ack_bits && !(p->flags & P0F_TCP_RST))
        q |= P0F_QUIRK_NZ_ACK;
    if (p->flags & P0F_TCP_URG)
        q |= P0F_QUIRK_URG;
    else if (p->urgent)
        q |= P0F_QUIRK_NZ_URG;
    if (p->flags & P0F_TCP_PSH)
        q |= P0F_QUIRK_PUSH;
    return q;
}

/* True for the combinations of flags that open, carry or end a connection. */
static bool sane_flags(uint8_t flags)
{
    uint8_t type = flags & (P0F_TCP_SYN | P0F_TCP_ACK | P0F_TCP_FIN
                            | P0F_TCP_RST);
    uint8_t ends = type & (P0F_TCP_FIN | P0F_TCP_RST);

    return type && !((type & P0F_TCP_SYN) && ends)
        && ends != (P0F_TCP_FIN | P0F_TCP_RST);
}

/* TCP is what follows the IP headers; OUT->payload_len holds its length by
 * the IP header on entry, the payload's on return. */
static p0f_drop_t parse_tcp(p0f_bytes_t tcp, bool strict, p0f_packet_t *out)
{
    uint8_t offset;
    size_t header;
    bool syn_only;

    if (!p0f_bytes_has(tcp, 0, TCP_MIN))
        return P0F_DROP_TCP_SHORT;
    p0f_bytes_u8(tcp, 12, &offset);
    header = (size_t)(offset >> 4) * 4;
    if (header < TCP_MIN || !p0f_bytes_has(tcp, 0, header))
        return P0F_DROP_TCP_SHORT;
    p0f_bytes_u8(tcp, 13, &out->flags);
    if (!sane_flags(out->flags))
        return P0F_DROP_TCP_FLAGS;
    p0f_bytes_be16(tcp, 0, &out->sport);
    p0f_bytes_be16(tcp, 2, &out->dport);
    p0f_bytes_be32(tcp, 4, &out->seq);
    p0f_bytes_be32(tcp, 8, &out->ack);
    p0f_bytes_be16(tcp, 14, &out->window);
    p0f_bytes_be16(tcp, 18, &out->urgent);
    syn_only = (out->flags & (P0F_TCP_SYN | P0F_TCP_ACK)) == P0F_TCP_SYN;
    p0f_tcpopt_walk(p0f_bytes_from(p0f_bytes_first(tcp, header), TCP_MIN),
                    syn_only, strict, &out->opt);
    out->quirks |= tcp_quirks(out, offset & 1, strict) | out->opt.quirks;
    out->hdr_len = (uint16_t)(out->hdr_len + header);
    out->payload_len -= (uint32_t)header;
    out->payload = p0f_bytes_from(tcp, header);
    return P0F_DROP_NONE;
}

/* Keeps the header of a SYN as it is. TCP holds at least its header. */
static void keep_raw(p0f_bytes_t ip, p0f_bytes_t tcp, p0f_packet_t *out)
{
    p0f_rawsyn_t *raw = &out->raw;
    uint8_t offset;

    p0f_bytes_copy(ip, 0, raw->ip, out->version == 4 ? 12 : 8);
    p0f_bytes_copy(tcp, 0, raw->tcp, sizeof(raw->tcp));
    p0f_bytes_u8(tcp, 12, &offset);
    p0f_bytes_copy(tcp, TCP_MIN, raw->opt,
                   (size_t)(offset >> 4) * 4 - TCP_MIN);
}

p0f_drop_t p0f_packet_parse(p0f_bytes_t ip, bool strict, p0f_packet_t *out)
{
    p0f_bytes_t tcp = { NULL, 0 };
    p0f_drop_t drop;
    uint8_t first;

    /* In parts: compilers clear a large piece more slowly than several small
     * ones, and the addresses are always set. */
    memset(&out->sport, 0, offsetof(p0f_packet_t, opt)
                           - offsetof(p0f_packet_t, sport));
    memset(&out->raw, 0, sizeof(out->raw));
    if (!p0f_bytes_has(ip, 0, IPV4_MIN + TCP_MIN))
        return P0F_DROP_IP_SHORT;
    p0f_bytes_u8(ip, 0, &first);
    if (first >> 4 == 4)
        drop = parse_ipv4(ip, strict, out, &tcp);
    else if (first >> 4 == 6)
        drop = parse_ipv6(ip, strict, out, &tcp);
    else
        drop = P0F_DROP_IP_VERSION;
    if (drop == P0F_DROP_NONE)
        drop = parse_tcp(tcp, strict, out);
    if (drop == P0F_DROP_NONE
        && (out->flags & (P0F_TCP_SYN | P0F_TCP_ACK)) == P0F_TCP_SYN)
        keep_raw(ip, tcp, out);
    return drop;
}

size_t p0f_packet_lay_out(const p0f_rawsyn_t *raw, const p0f_addr_t *src,
                          const p0f_addr_t *dst, uint16_t ip_opt_len,
                          uint8_t out[P0F_PACKET_HEADERS])
{
    bool v4 = raw->ip[0] >> 4 == 4;
    size_t n = v4 ? (size_t)(raw->ip[0] & 0x0f) * 4 : IPV6_LEN;
    size_t addr_len = v4 ? 4 : 16, addr_off = v4 ? 12 : 8;
    unsigned int payload;

    memset(out, 0, P0F_PACKET_HEADERS);
    if (n < IPV4_MIN)
        n = IPV4_MIN;
    memcpy(out, raw->ip, addr_off);
    memcpy(out + addr_off, src->b + 16 - addr_len, addr_len);
    memcpy(out + addr_off + addr_len, dst->b + 16 - addr_len, addr_len);
    if (!v4) {
        payload = (unsigned int)raw->ip[4] << 8 | raw->ip[5];
        payload -= ip_opt_len <= payload ? ip_opt_len : payload;
        out[4] = (uint8_t)(payload >> 8);
        out[5] = (uint8_t)payload;
        out[6] = PROTO_TCP;
    }
    memcpy(out + n, raw->tcp, sizeof(raw->tcp));
    memcpy(out + n + TCP_MIN, raw->opt, sizeof(raw->opt));
    n += (size_t)(raw->tcp[12] >> 4) * 4;
    return n > P0F_PACKET_HEADERS ? P0F_PACKET_HEADERS : n;
}

p0f_drop_t p0f_packet_rebuild(const p0f_rawsyn_t *raw, const p0f_addr_t *src,
                              const p0f_addr_t *dst, uint16_t ip_opt_len,
                              p0f_packet_t *out)
{
    uint8_t buffer[P0F_PACKET_HEADERS];
    p0f_bytes_t ip = { buffer, 0 };
    p0f_drop_t drop;

    ip.len = p0f_packet_lay_out(raw, src, dst, ip_opt_len, buffer);
    drop = p0f_packet_parse(ip, false, out);
    if (drop != P0F_DROP_NONE)
        return drop;
    if (out->version == 6) {
        out->ip_opt_len = ip_opt_len;
        out->hdr_len = (uint16_t)(out->hdr_len + ip_opt_len);
    }
    out->src = *src;
    out->dst = *dst;
    out->payload.data = NULL;
    out->payload.len = 0;
    out->raw = *raw;
    return P0F_DROP_NONE;
}
