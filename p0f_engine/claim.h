/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim.h - pure functions: which system does a request say that it comes
 * from, and can the system behind its SYN be the same?
 *
 * Both are reduced to families, since a SYN tells those with certainty and
 * versions rarely. The claim is the client hint Sec-CH-UA-Platform (W3C
 * User-Agent Client Hints 3.9), else the User-Agent. Row 3: no state, no
 * allocation. Any thread, any process.
 */
#ifndef P0F_CLAIM_H
#define P0F_CLAIM_H

#include "bytes.h"

typedef enum {
    P0F_FAMILY_NONE,             /* not known */
    P0F_FAMILY_WINDOWS, P0F_FAMILY_APPLE,
    P0F_FAMILY_LINUX,            /* with Android, ChromeOS */
    P0F_FAMILY_BSD,
    P0F_FAMILY_OTHER             /* known, and none of these */
} p0f_family_t;

typedef struct {
    const char *system;          /* constant; "" without a claim */
    p0f_family_t family;
} p0f_claim_t;

/* What the values of User-Agent and Sec-CH-UA-Platform (either may be empty)
 * claim. A hint that names no system leaves the word to the User-Agent, of
 * which the first 1024 bytes are read. */
p0f_claim_t p0f_claim_read(p0f_bytes_t user_agent, p0f_bytes_t platform);

/* The family of the system NAME of class CLASS_NAME in a database ("win",
 * "unix", "other", "!"); NONE for a program and for "". */
p0f_family_t p0f_claim_family(const char *name, const char *class_name);

/* 1: they can't be the same, 0: they can, -1: it can't be told. */
int p0f_claim_mismatch(p0f_family_t claim, p0f_family_t system);

#endif
