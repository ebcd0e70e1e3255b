/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - from the bytes of an IP packet to the facts of its IPv4 or IPv6
 * and TCP headers, quirks included, and back from the packed header.
 *
 * Source: RFC 791, RFC 8200 (4: extension headers), RFC 9293 3.1, RFC 3168
 * and RFC 9768 (ECN bits); which packets are taken: p0f 3.09b behaviour,
 * 1.4 to 1.6 and 2.1. Checksums are not verified. Row 1: no state, no
 * allocation. Any thread, any process.
 */
#ifndef P0F_PACKET_H
#define P0F_PACKET_H

#include "tcpopt.h"

typedef struct {
    p0f_addr_t src, dst;
    uint16_t sport, dport;
    uint32_t seq, ack;
    uint16_t window, urgent;
    uint16_t ip_id;              /* IPv4 identification, 0 for IPv6 */
    uint16_t ip_opt_len;         /* bytes of IPv4 options, or of IPv6
                                    extension headers */
    uint16_t hdr_len;            /* IP header with options or extensions, and
                                    TCP header with options, bytes */
    uint32_t payload_len;        /* TCP payload by the IP length, bytes; may
                                    exceed what was captured */
    uint8_t  version;            /* 4 or 6 */
    uint8_t  ttl;                /* TTL or hop limit as received */
    uint8_t  tos;                /* whole TOS or traffic class byte */
    uint8_t  flags;              /* P0F_TCP_* */
    uint32_t quirks;             /* P0F_QUIRK_* */
    p0f_tcpopt_t opt;
    p0f_bytes_t payload;         /* the captured part, borrowed */
    p0f_rawsyn_t raw;            /* filled for SYNs only */
} p0f_packet_t;

/* Parses IP, the bytes from the IP header on (trailing link padding is
 * ignored). STRICT: do as 3.09b does, that is drop packets captured short
 * and IPv6 extension headers, and read one bit of the ACK number for ack+.
 * Returns P0F_DROP_NONE and fills OUT, or the reason and leaves OUT
 * undefined. */
p0f_drop_t p0f_packet_parse(p0f_bytes_t ip, bool strict, p0f_packet_t *out);

/* Room for an IP and a TCP header with all options. */
#define P0F_PACKET_HEADERS 120

/* Lays the header of RAW out as a packet from the IP header on: IP options
 * are zero bytes, IPv6 extension headers (of IP_OPT_LEN bytes) and data are
 * left out. Returns the length. */
size_t p0f_packet_lay_out(const p0f_rawsyn_t *raw, const p0f_addr_t *src,
                          const p0f_addr_t *dst, uint16_t ip_opt_len,
                          uint8_t out[P0F_PACKET_HEADERS]);

/* Rebuilds the facts of a SYN from its packed header and addresses:
 * gives what p0f_packet_parse gave for the packet, except that IP option or
 * extension bytes are read as their length only and payload is empty.
 * Returns as p0f_packet_parse. */
p0f_drop_t p0f_packet_rebuild(const p0f_rawsyn_t *raw, const p0f_addr_t *src,
                              const p0f_addr_t *dst, uint16_t ip_opt_len,
                              p0f_packet_t *out);

#endif
