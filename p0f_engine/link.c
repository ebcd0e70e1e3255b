/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - from a captured frame to the first byte of its IP packet.
 *
 * p0f-differs: 3.09b has one fixed offset for each link type, wrong for some
 * (LOOP, PPP_SERIAL, QoS frames of 802.11, PFLOG), and never parses a tagged
 * frame. Here the link header is read; strict keeps the offsets (link_t).
 */
#include "link.h"

#define MAX_TAGS 8                   /* VLAN tags skipped, then not IP */

enum {
    ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_VLAN = 0x8100, ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_QINQ_OLD = 0x9100, ETHERTYPE_PPPOE = 0x8864,
    PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057
};

void p0f_link_init(p0f_link_t *link, int dlt, bool strict)
{
    link->dlt = dlt;
    link->strict = strict;
    link->offset = -1;
}

/* ---- strict: one offset for all frames -------------------------------- */

/* Offset of 3.09b by link type, -1 where it searches. */
static int strict_offset(int dlt)
{
    switch (dlt) {
    case P0F_DLT_RAW:
    case P0F_DLT_LINKTYPE_RAW:
        return 0;
    case P0F_DLT_NULL:
    case P0F_DLT_PPP:
        return 4;
    case P0F_DLT_LOOP:
    case P0F_DLT_PPP_SERIAL:
    case P0F_DLT_PPP_ETHER:
        return 8;
    case P0F_DLT_EN10MB:
        return 14;
    case P0F_DLT_LINUX_SLL:
        return 16;
    case P0F_DLT_PFLOG:
        return 28;
    case P0F_DLT_IEEE802_11:
        return 32;
    default:
        return -1;
    }
}

/* True if bytes from OFF on look like an IPv4 or IPv6 header before TCP. */
static bool looks_like_tcp(p0f_bytes_t frame, size_t off)
{
    uint8_t version, proto;

    if (!p0f_bytes_u8(frame, off, &version))
        return false;
    if (version >> 4 == 6 && p0f_bytes_has(frame, off, 60)
        && p0f_bytes_u8(frame, off + 6, &proto) && proto == 6)
        return true;
    return version >> 4 == 4 && p0f_bytes_has(frame, off, 40)
        && p0f_bytes_u8(frame, off + 9, &proto) && proto == 6;
}

/* The search of 3.09b (behaviour 1.3), with the tag correction that makes
 * tagged frames unreadable; -1 if nothing was found. */
static int strict_search(p0f_bytes_t frame)
{
    uint16_t tag;
    int off;

    for (off = 0; off < 40 && p0f_bytes_has(frame, (size_t)off, 40); off += 2)
        if (looks_like_tcp(frame, (size_t)off))
            break;
    if (off >= 40 || !p0f_bytes_has(frame, (size_t)off, 40))
        return -1;
    if (off >= 4 && p0f_bytes_be16(frame, (size_t)off - 4, &tag)
        && tag == ETHERTYPE_VLAN)
        off -= 4;
    return off;
}

static p0f_drop_t strip_strict(p0f_link_t *link, p0f_bytes_t frame,
                               p0f_bytes_t *ip)
{
    if (link->offset < 0) {
        link->offset = strict_offset(link->dlt);
        if (link->offset < 0)
            link->offset = strict_search(frame);
    }
    *ip = p0f_bytes_from(frame, link->offset > 0 ? (size_t)link->offset : 0);
    return ip->len ? P0F_DROP_NONE : P0F_DROP_LINK_SHORT;
}

/* ---- headers by link type --------------------------------------------- */

/* IP at OFF if TYPE says so, behind any VLAN tags and a PPPoE session. */
static p0f_drop_t by_ethertype(p0f_bytes_t frame, uint16_t type, size_t off,
                               p0f_bytes_t *ip)
{
    int tags;

    for (tags = 0; tags < MAX_TAGS; tags++) {
        if (type != ETHERTYPE_VLAN && type != ETHERTYPE_QINQ
            && type != ETHERTYPE_QINQ_OLD)
            break;
        if (!p0f_bytes_be16(frame, off + 2, &type))
            return P0F_DROP_LINK_SHORT;
        off += 4;
    }
    if (type == ETHERTYPE_PPPOE) {   /* RFC 2516: 6 bytes, then PPP's type */
        if (!p0f_bytes_be16(frame, off + 6, &type))
            return P0F_DROP_LINK_SHORT;
        off += 8;
        type = type == PPP_IPV4 ? ETHERTYPE_IPV4
             : type == PPP_IPV6 ? ETHERTYPE_IPV6 : 0;
    }
    if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
        return P0F_DROP_NOT_IP;
    *ip = p0f_bytes_from(frame, off);
    return ip->len ? P0F_DROP_NONE : P0F_DROP_LINK_SHORT;
}

/* IP at OFF, told by its own version nibble. */
static p0f_drop_t by_version(p0f_bytes_t frame, size_t off, p0f_bytes_t *ip)
{
    uint8_t first;

    if (!p0f_bytes_u8(frame, off, &first))
        return P0F_DROP_LINK_SHORT;
    if (first >> 4 != 4 && first >> 4 != 6)
        return P0F_DROP_NOT_IP;
    *ip = p0f_bytes_from(frame, off);
    return P0F_DROP_NONE;
}

/* A type field of 16 bits at OFF, IP behind LEN bytes of header. */
static p0f_drop_t by_type_at(p0f_bytes_t frame, size_t off, size_t len,
                             p0f_bytes_t *ip)
{
    uint16_t type;

    if (!p0f_bytes_be16(frame, off, &type))
        return P0F_DROP_LINK_SHORT;
    return by_ethertype(frame, type, len, ip);
}

/* A cooked frame. Linux since 6.10 gives the innermost type for what came
 * with two tags, although the second one still stands before the packet:
 * type, tag, the same type again, IP. */
static p0f_drop_t by_cooked(p0f_bytes_t frame, size_t off, size_t len,
                            p0f_bytes_t *ip)
{
    p0f_drop_t drop = by_type_at(frame, off, len, ip);
    uint16_t again;

    if (drop == P0F_DROP_NONE && !looks_like_tcp(*ip, 0)
        && p0f_bytes_be16(*ip, 2, &again)
        && (again == ETHERTYPE_IPV4 || again == ETHERTYPE_IPV6)
        && looks_like_tcp(*ip, 4))
        *ip = p0f_bytes_from(*ip, 4);
    return drop;
}

/* PPP with or without the address and control bytes FF 03 (RFC 1662), the
 * protocol in one or two bytes. */
static p0f_drop_t by_ppp(p0f_bytes_t frame, size_t off, p0f_bytes_t *ip)
{
    uint16_t proto;
    uint8_t first;

    if (p0f_bytes_be16(frame, off, &proto) && proto == 0xff03)
        off += 2;
    if (!p0f_bytes_u8(frame, off, &first))
        return P0F_DROP_LINK_SHORT;
    proto = first;
    if (!(first & 1) && !p0f_bytes_be16(frame, off, &proto))
        return P0F_DROP_LINK_SHORT;
    if (proto != PPP_IPV4 && proto != PPP_IPV6)
        return P0F_DROP_NOT_IP;
    return by_version(frame, off + (first & 1 ? 1 : 2), ip);
}

/* IEEE 802.11 data frames: header of 24 bytes, longer with a fourth address,
 * QoS and HT control (802.11-2020 9.2.4.1), then LLC and SNAP. */
static p0f_drop_t by_wifi(p0f_bytes_t frame, p0f_bytes_t *ip)
{
    uint8_t control, flags;
    size_t off = 24;
    uint16_t llc;

    if (!p0f_bytes_u8(frame, 0, &control) || !p0f_bytes_u8(frame, 1, &flags))
        return P0F_DROP_LINK_SHORT;
    if ((control & 0x0c) != 0x08 || (control & 0x40) || (flags & 0x40))
        return P0F_DROP_NOT_IP;      /* not data, no data, or encrypted */
    if ((flags & 0x03) == 0x03)
        off += 6;
    if (control & 0x80)
        off += flags & 0x80 ? 6 : 2;
    if (!p0f_bytes_be16(frame, off, &llc))
        return P0F_DROP_LINK_SHORT;
    if (llc != 0xaaaa)
        return P0F_DROP_NOT_IP;
    return by_type_at(frame, off + 6, off + 8, ip);
}

/* A length in little-endian bytes 2 and 3 before the 802.11 header
 * (https://www.radiotap.org). */
static p0f_drop_t by_radiotap(p0f_bytes_t frame, p0f_bytes_t *ip)
{
    uint8_t low, high;

    if (!p0f_bytes_u8(frame, 2, &low) || !p0f_bytes_u8(frame, 3, &high))
        return P0F_DROP_LINK_SHORT;
    return by_wifi(p0f_bytes_from(frame, (size_t)high << 8 | low), ip);
}

/* OpenBSD: the header's own length in its first byte, rounded up to 4. */
static p0f_drop_t by_pflog(p0f_bytes_t frame, p0f_bytes_t *ip)
{
    uint8_t length;

    if (!p0f_bytes_u8(frame, 0, &length))
        return P0F_DROP_LINK_SHORT;
    return by_version(frame, (size_t)(length + 3) & ~(size_t)3, ip);
}

/* A link type we have no reader for: the first place that looks like TCP
 * over IP. Searched anew for each frame, so that one odd frame does no
 * harm to the others. */
static p0f_drop_t by_search(p0f_bytes_t frame, p0f_bytes_t *ip)
{
    size_t off;

    for (off = 0; off < 40; off += 2)
        if (looks_like_tcp(frame, off))
            return by_version(frame, off, ip);
    return P0F_DROP_NOT_IP;
}

/* True if FRAME is a cooked one, of an interface "any", with TCP over IPv4: then
 * by_cooked would find nothing else. */
static inline bool is_common_cooked(p0f_bytes_t frame)
{
    uint8_t version = 0, proto = 0;
    uint16_t type = 0;

    if (p0f_bytes_has(frame, 0, 16 + 40)) {
        p0f_bytes_be16(frame, 14, &type);
        p0f_bytes_u8(frame, 16, &version);
        p0f_bytes_u8(frame, 16 + 9, &proto);
    }
    return type == ETHERTYPE_IPV4 && version >> 4 == 4 && proto == 6;
}

/* The rule, of which p0f_link_strip has two cases by itself. */
P0F_APART
static p0f_drop_t strip(p0f_link_t *link, p0f_bytes_t frame, p0f_bytes_t *ip)
{
    *ip = p0f_bytes_from(frame, frame.len);
    if (link->strict)
        return strip_strict(link, frame, ip);
    switch (link->dlt) {
    case P0F_DLT_EN10MB:
        return by_type_at(frame, 12, 14, ip);
    case P0F_DLT_LINUX_SLL:
        return by_cooked(frame, 14, 16, ip);
    case P0F_DLT_LINUX_SLL2:
        return by_cooked(frame, 0, 20, ip);
    case P0F_DLT_C_HDLC:
        return by_type_at(frame, 2, 4, ip);
    case P0F_DLT_RAW:
    case P0F_DLT_RAW_OPENBSD:
    case P0F_DLT_LINKTYPE_RAW:
    case P0F_DLT_IPV4:
    case P0F_DLT_IPV6:
        return by_version(frame, 0, ip);
    case P0F_DLT_NULL:
    case P0F_DLT_LOOP:
        return by_version(frame, 4, ip);
    case P0F_DLT_PPP:
    case P0F_DLT_PPP_SERIAL:
        return by_ppp(frame, 0, ip);
    case P0F_DLT_PPP_ETHER:
        return by_ppp(frame, 6, ip);
    case P0F_DLT_IEEE802_11:
        return by_wifi(frame, ip);
    case P0F_DLT_RADIOTAP:
        return by_radiotap(frame, ip);
    case P0F_DLT_PFLOG:
        return by_pflog(frame, ip);
    default:
        return by_search(frame, ip);
    }
}

p0f_drop_t p0f_link_strip(p0f_link_t *link, p0f_bytes_t frame,
                          p0f_bytes_t *ip)
{
    uint16_t type;

    /* What nearly all frames are: this in either mode, */
    if (link->dlt == P0F_DLT_EN10MB && frame.len > 14
        && p0f_bytes_be16(frame, 12, &type) && type == ETHERTYPE_IPV4) {
        *ip = p0f_bytes_from(frame, 14);
        return P0F_DROP_NONE;
    }
    /* or, by the module, that. */
    if (link->dlt == P0F_DLT_LINUX_SLL && !link->strict
        && is_common_cooked(frame)) {
        *ip = p0f_bytes_from(frame, 16);
        return P0F_DROP_NONE;
    }
    return strip(link, frame, ip);
}

/* Who knows a header misses it in a frame of nothing. */
bool p0f_link_knows(int dlt)
{
    p0f_link_t link = { .dlt = dlt };
    p0f_bytes_t ip;

    return strip(&link, (p0f_bytes_t){ NULL, 0 }, &ip) == P0F_DROP_LINK_SHORT;
}
