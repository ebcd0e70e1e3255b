/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcpopt.h - the walk over TCP options.
 *
 * Source: RFC 9293 3.1/3.2, RFC 7323, RFC 2018; how malformed options are
 * read: p0f 3.09b behaviour, 2.2. Row 1: no state, no allocation. Any thread.
 */
#ifndef P0F_TCPOPT_H
#define P0F_TCPOPT_H

#include "bytes.h"

typedef struct {
    uint32_t quirks;             /* P0F_QUIRK_* that options can set */
    uint16_t mss;                /* 0 if none */
    uint8_t  wscale;             /* 0 if none */
    uint8_t  eol_pad;            /* bytes after the EOL option */
    uint8_t  count;              /* entries of layout */
    uint8_t  layout[P0F_OPT_MAX];/* option kinds in wire order, rest 0 */
    uint8_t  stamps_at;          /* offset of the last timestamps in the
                                    option area, 0 none */
    uint32_t ts1, ts2;           /* own and peer timestamp, 0 if none */
} p0f_tcpopt_t;

/* Walks the option area OPT (0 to 40 bytes; longer ones are read as well).
 * SYN_ONLY: the segment is a SYN without ACK, where a peer timestamp is a
 * quirk. STRICT: miss a non-zero last padding byte as p0f 3.09b does.
 * OUT is filled whatever the bytes are. */
void p0f_tcpopt_walk(p0f_bytes_t opt, bool syn_only, bool strict,
                     p0f_tcpopt_t *out);

#endif
