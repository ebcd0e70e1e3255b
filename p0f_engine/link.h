/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h - from a captured frame to the first byte of its IP packet.
 *
 * Knows link types (numbers of https://www.tcpdump.org/linktypes.html as
 * libpcap's pcap_datalink reports them) and VLAN tags: 802.1Q, 802.1ad
 * (QinQ) and 0x9100, any number up to a bound, also behind Linux cooked
 * headers, since libpcap puts a tag back that the kernel has stripped.
 * It doesn't look into the IP packet, except where an unknown link type
 * makes it search for one. Row 1: no allocation.
 */
#ifndef P0F_LINK_H
#define P0F_LINK_H

#include "bytes.h"

/* Values of pcap_datalink(); repeated here because libpcap stays in
 * capture.c. */
enum {
    P0F_DLT_NULL = 0, P0F_DLT_EN10MB = 1, P0F_DLT_PPP = 9,
    P0F_DLT_RAW = 12, P0F_DLT_RAW_OPENBSD = 14, P0F_DLT_PPP_SERIAL = 50,
    P0F_DLT_PPP_ETHER = 51, P0F_DLT_LINKTYPE_RAW = 101,
    P0F_DLT_C_HDLC = 104, P0F_DLT_IEEE802_11 = 105, P0F_DLT_LOOP = 108,
    P0F_DLT_LINUX_SLL = 113, P0F_DLT_PFLOG = 117, P0F_DLT_RADIOTAP = 127,
    P0F_DLT_IPV4 = 228, P0F_DLT_IPV6 = 229, P0F_DLT_LINUX_SLL2 = 276
};

/* Reader of one capture's frames. In strict mode it remembers the offset
 * found for an unknown link type, as p0f 3.09b does. */
typedef struct {
    int  dlt;                    /* pcap_datalink() value */
    bool strict;                 /* do as p0f 3.09b does (spec 1.3) */
    int  offset;                 /* strict: found offset, -1 not yet */
} p0f_link_t;

/* Prepares LINK for frames of DLT. Any thread. */
void p0f_link_init(p0f_link_t *link, int dlt, bool strict);

/* Finds the IP packet in FRAME (captured bytes). On P0F_DROP_NONE *IP is the
 * rest of the frame from the IP header on, link padding included; otherwise
 * it is empty. One thread a LINK. */
p0f_drop_t p0f_link_strip(p0f_link_t *link, p0f_bytes_t frame,
                          p0f_bytes_t *ip);

/* True if headers of DLT are read, false if IP is merely searched for. */
bool p0f_link_knows(int dlt);

#endif
