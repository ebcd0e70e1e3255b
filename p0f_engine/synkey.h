/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synkey.h - what a SYN says, as a key to look it up by: its header bytes, and
 * a mask over all in them that differs from one SYN of a machine to the next.
 *
 * What the mask leaves out - addresses, ports, checksums, IP ID, sequence
 * number, flow label, timestamps, what is in options that no signature looks
 * into - says nothing but whether it is 0, which the numbers tell. So SYNs that
 * agree in the bytes of one's mask and in which numbers are 0 have one
 * signature, distance and TOS, and who has read one of them needn't read the
 * next (synkey_t, fuzz_frame). Where that isn't so there is no mask. Source:
 * p0f 3.09b behaviour, 2.1 to 2.6. Row 1: no state, no allocation. Any thread,
 * any process.
 */
#ifndef P0F_SYNKEY_H
#define P0F_SYNKEY_H

#include "bytes.h"

/* One, and those of the longest headers: IPv6's 40 bytes and TCP's 60. */
#define P0F_SYNKEY_WORDS 14

typedef struct {
    uint64_t word[P0F_SYNKEY_WORDS]; /* a tag and the length of the headers; then
                                        these, 0 behind the last byte */
    uint8_t words;               /* in use */
    uint8_t len, tcp;            /* of the headers; offset of TCP's in them */
} p0f_synkey_t;

typedef struct {
    uint64_t word[P0F_SYNKEY_WORDS]; /* as the key's, 1 bits where it counts */
    uint8_t stamps;              /* offset of the two timestamps, 0 none */
} p0f_synmask_t;

typedef struct {
    uint32_t seq, ts1;           /* own timestamp, 0 none */
    uint8_t zeros;               /* which of what is left out is 0 */
} p0f_synnumbers_t;

/* Takes the key of the SYN at IP, the bytes from the IP header on; TAG stands
 * for what else is to be the same. False if its headers aren't whole or have
 * IPv4 options or IPv6 extension headers, as few have. That it is a SYN, and a
 * good one, isn't looked at. */
bool p0f_synkey_take(p0f_bytes_t ip, uint32_t tag, p0f_synkey_t *out);

/* A number of what mostly differs between kinds of SYNs, and mostly doesn't
 * between two of one kind. */
uint32_t p0f_synkey_hash(const p0f_synkey_t *key);

/* Makes the mask of KEY's kind. False if there is none: options of wrong
 * lengths, two timestamps. */
bool p0f_synkey_mask(const p0f_synkey_t *key, p0f_synmask_t *out);

/* The numbers of KEY, whose timestamps are at STAMPS, as the mask says with
 * whose bytes it agrees. */
p0f_synnumbers_t p0f_synkey_numbers(const p0f_synkey_t *key, uint8_t stamps);

#endif
