/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tos.h - what p0f 2 says about a SYN beside its system: the name of a TOS
 * byte, and whether the window tells of address translation.
 *
 * Source: p0f 2.0.8 behaviour, 7.5 and 8. Row 3, pure. Any thread.
 */
#ifndef P0F_TOS_H
#define P0F_TOS_H

#include "match_v3.h"

/* The name p0f 2 gives to the TOS byte TOS (ECN bits included), or NULL. */
const char *p0f_tos_name(uint8_t tos);

/* 0, or why SIG's window looks as if the MSS was changed on the way: 1, it
 * is a multiple of 1460 and not of the own MSS; 2, the same with 1500 and
 * the MTU. MATCH: what SIG was recognised as. */
int p0f_tos_nat(const p0f_sig_t *sig, const p0f_match_t *match);

#endif
