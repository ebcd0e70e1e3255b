/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synfilter.h - pure functions: listening addresses -> a packet filter that
 * passes the SYNs to them and nothing else, or, where they are very many,
 * little else.
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
#include "syntargets.h"

/* One instruction, laid out as systems and libpcap expect it. */
typedef struct {
    uint16_t code;
    uint8_t  jt, jf;             /* instructions to skip if true, if false */
    uint32_t k;
} p0f_synfilter_ins_t;

/* Instructions a program may have: the limit of Linux. Those made here have
 * at most half as many, whatever is listened on. */
#define P0F_SYNFILTER_ROOM 4096

/* Writes to OUT the program for frames of link type DLT (P0F_DLT_*) that
 * passes SYNs without ACK to one of COUNT sorted TARGETS, also behind up to
 * three VLAN tags and eight IPv6 extension headers. Its last instruction is
 * reached by what passes, and returns SNAPLEN. Fragments don't pass. *LEN:
 * instructions. EFILTER for an unknown link type, ENOMEM; told in ERR. */
p0f_status_t p0f_synfilter_build(p0f_synfilter_ins_t out[P0F_SYNFILTER_ROOM],
                                 size_t *len, int dlt, uint32_t snaplen,
                                 const p0f_syntarget_t *targets,
                                 size_t count, p0f_error_t *err);

/* True if the program passes SYNs to TARGETS and to nothing else. If they are
 * too many for that, SYNs to other addresses and ports pass as well, and who
 * reads the frames asks p0f_syntargets_hold. */
bool p0f_synfilter_exact(const p0f_syntarget_t *targets, size_t count);

#endif
