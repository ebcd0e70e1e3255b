/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synfilter.h - pure function: listening addresses -> a packet filter that
 * passes the SYNs to them and nothing else.
 *
 * The text language of pcap-filter can't say this: on the interface "any" it
 * has no VLAN tags, and it doesn't follow IPv6 extension headers. So the
 * program is assembled here, for each link type, in the instructions of the
 * classic BSD packet filter (McCanne and Jacobson, USENIX 1993), and a
 * filter that the user gives as text is put behind it. Row 1: no state.
 * Any thread.
 */
#ifndef P0F_SYNFILTER_H
#define P0F_SYNFILTER_H

#include "status.h"
#include "types.h"

/* One instruction, laid out as systems and libpcap expect it. */
typedef struct {
    uint16_t code;
    uint8_t  jt, jf;             /* instructions to skip if true, if false */
    uint32_t k;
} p0f_synfilter_ins_t;

/* Instructions a program may have; the limit of Linux is 4096. */
#define P0F_SYNFILTER_ROOM 3000

/* With more targets than this, ports are compared and addresses are not:
 * kernels limit the memory of a filter. */
#define P0F_SYNFILTER_ADDRESSES 128

/* A listening address: :: stands for any address of IPv4 and IPv6,
 * ::ffff:0.0.0.0 for any of IPv4. */
typedef struct {
    p0f_addr_t addr;
    uint16_t port;               /* host byte order */
} p0f_syntarget_t;

/* Writes to OUT the program for frames of link type DLT (P0F_DLT_*) that
 * passes SYNs without ACK to one of COUNT TARGETS, also behind up to three
 * VLAN tags and eight IPv6 extension headers. Its last instruction is
 * reached by what passes, and returns SNAPLEN. Fragments don't pass. *LEN: instructions. EFILTER for an unknown link type, ELIMIT if
 * there are too many ports; told in ERR. */
p0f_status_t p0f_synfilter_build(p0f_synfilter_ins_t out[P0F_SYNFILTER_ROOM],
                                 size_t *len, int dlt, uint32_t snaplen,
                                 const p0f_syntarget_t *targets,
                                 size_t count, p0f_error_t *err);

#endif
