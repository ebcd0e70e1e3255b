/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synkey.h - what a SYN says, as a key to look it up by: its header bytes
 * without all that differs from one SYN of a machine to the next.
 *
 * What is left out - addresses, ports, checksums, IP ID, sequence number, flow
 * label, timestamps, what is in options that no signature looks into - says
 * nothing but whether it is 0, and that is kept. So SYNs of one key have one
 * signature, distance and TOS, and who has read one of them needn't read the
 * next (synkey_t, fuzz_frame). Source: p0f 3.09b behaviour, 2.1 to 2.6. Row 1: no
 * state, no allocation. Any thread, any process.
 */
#ifndef P0F_SYNKEY_H
#define P0F_SYNKEY_H

#include "bytes.h"

#define P0F_SYNKEY_WORDS 8

typedef struct {
    uint64_t word[P0F_SYNKEY_WORDS];
    uint32_t seq;                /* sequence number */
    uint32_t ts1;                /* own timestamp, 0 none */
} p0f_synkey_t;

/* Takes the key of the SYN at IP, the bytes from the IP header on. False if it
 * is of a kind that few are (IPv4 options, IPv6 extension headers, options of
 * wrong lengths, two timestamps) or isn't whole, and has to be read. That it
 * is a SYN, and a good one, isn't looked at. */
bool p0f_synkey_take(p0f_bytes_t ip, p0f_synkey_t *out);

#endif
