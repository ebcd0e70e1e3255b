/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memo.h - what packets were recognised as: clients come in few kinds, so
 * that most packets find theirs here and need no signature to be taken and no
 * database to be searched.
 *
 * Nothing but time depends on it: what is found is what would be reckoned
 * anew. Private to the engine. Row 5. One thread.
 */
#ifndef P0F_MEMO_H
#define P0F_MEMO_H

#include "nat.h"

/* All that the recognition of a packet says. */
typedef struct {
    p0f_sig_t sig;                   /* ts1 is 0 */
    p0f_match_t match;
    p0f_natref_t ref;                /* recv_ms and ts1 are 0 */
    uint32_t mtu;                    /* 0 none told */
    uint16_t link;                   /* label of it, or P0F_NO_LABEL */
    uint16_t flags;                  /* of the match, for records */
    uint8_t distance;                /* likewise */
    uint64_t stamp;                  /* another one for each recognition */
} p0f_kind_t;

typedef struct p0f_memo_t p0f_memo_t;

/* ENOMEM: NULL. Freed by p0f_memo_destroy. */
p0f_memo_t *p0f_memo_create(bool strict);
void p0f_memo_destroy(p0f_memo_t *memo);

/* The kind of PACKET, a SYN or SYN+ACK, by the database DB (NULL: none) of
 * generation GEN. SHAPE: what p0f_shapes_read said of it, 0 none. PEER_MSS: as
 * p0f_sig_take, 0 with a shape. Valid until the next call. */
const p0f_kind_t *p0f_memo_recognise(p0f_memo_t *memo, const p0f_db_t *db,
                                     uint32_t gen, const p0f_packet_t *packet,
                                     uint64_t shape, uint16_t peer_mss);

#endif
