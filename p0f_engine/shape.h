/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.h - the short way to the facts of a SYN: from an earlier one of the
 * same shape, which differs only in addresses, ports, numbers, checksums and
 * the clock.
 *
 * SYNs of a kind are alike but for these, and nearly all SYNs are of few
 * kinds: they are compared with what was read before, in a dozen words,
 * rather than read field by field. Only whole IPv4 SYNs without IP options and
 * data have a shape; others are left to packet.h. Nothing but time depends on
 * it: what comes out is what p0f_packet_parse gives, in each bit (shape_t,
 * fuzz_frame). Private to the engine. Row 5. One thread.
 */
#ifndef P0F_SHAPE_H
#define P0F_SHAPE_H

#include "packet.h"

typedef struct p0f_shapes_t p0f_shapes_t;

/* ENOMEM: NULL. Freed by p0f_shapes_destroy. */
p0f_shapes_t *p0f_shapes_create(void);
void p0f_shapes_destroy(p0f_shapes_t *shapes);

/* Reads IP, the bytes from the IP header on, into OUT. Returns the number of
 * its shape, which no other shape ever has, or 0 if no SYN of its shape was
 * learnt; OUT's raw is then undefined. */
uint64_t p0f_shapes_read(const p0f_shapes_t *shapes, p0f_bytes_t ip,
                         p0f_packet_t *out);

/* Remembers the shape of IP, which was read as PACKET, if it has one. All
 * that is learnt must have been read in the same mode, strict or not. */
void p0f_shapes_learn(p0f_shapes_t *shapes, p0f_bytes_t ip,
                      const p0f_packet_t *packet);

#endif
