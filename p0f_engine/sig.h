/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sig.h - the observed TCP signature of a SYN or SYN+ACK and its text.
 *
 * The signature is what is matched against a database: header facts plus the
 * window multiplier. Source: p0f 3.09b behaviour, 2.3 to 2.6. Row 2: no state, no
 * allocation. Any thread, any process.
 */
#ifndef P0F_SIG_H
#define P0F_SIG_H

#include "packet.h"

/* How a window relates to the segment size. */
typedef enum {
    P0F_WIN_NORMAL,              /* plain number */
    P0F_WIN_MSS,                 /* multiple of an MSS */
    P0F_WIN_MTU,                 /* multiple of an MTU */
    P0F_WIN_MOD,                 /* database only: %N */
    P0F_WIN_ANY                  /* database only: * */
} p0f_win_t;

typedef struct {
    uint32_t quirks;             /* P0F_QUIRK_* */
    uint32_t ts1;                /* own timestamp, 0 none */
    uint16_t mss;                /* 0 none */
    uint16_t window;
    uint16_t win_mult;           /* window / MSS or MTU, 0 with NORMAL */
    uint16_t ip_opt_len;         /* bytes */
    uint8_t  win_kind;           /* p0f_win_t: NORMAL, MSS or MTU */
    uint8_t  wscale;
    uint8_t  version;            /* 4 or 6 */
    uint8_t  ttl;                /* as received */
    uint8_t  tos;                /* TOS or traffic class byte >> 2 */
    uint8_t  payload;            /* 1: segment carries data */
    uint8_t  eol_pad;            /* bytes after EOL */
    uint8_t  synack;             /* 1: of a SYN+ACK */
    uint8_t  opt_count;
    uint8_t  layout[P0F_OPT_MAX];/* option kinds in wire order, rest 0 */
} p0f_sig_t;

/* Room for the longest signature text: 24 options "?255," and all quirks. */
#define P0F_SIG_TEXT 320

/* Takes the signature of PACKET. PEER_MSS: for a SYN+ACK the MSS of the
 * client's SYN, else 0 (p0f 3.09b behaviour, 2.3). */
void p0f_sig_take(const p0f_packet_t *packet, uint16_t peer_mss,
                  p0f_sig_t *out);

/* Hop distance guessed from TTL alone (p0f 3.09b behaviour, 2.4). */
uint8_t p0f_sig_guess_distance(uint8_t ttl);

/* Writes the raw_sig text "ver:ttl+dist:olen:mss:win,scale:layout:quirks:
 * pclass" (p0f 3.09b behaviour, 2.5), NUL-terminated. Returns the length. */
size_t p0f_sig_format(const p0f_sig_t *sig, char out[P0F_SIG_TEXT]);

/* The name of quirk number N (0 .. P0F_QUIRK_COUNT - 1), as printed and as
 * written in fingerprint files: bit 1 << N. NULL past the end. */
const char *p0f_sig_quirk_name(unsigned int n);

/* The MTU that SIG's MSS stands for: mss + 40 (IPv4) or + 60 (IPv6), 0 if it
 * has no MSS (p0f 3.09b behaviour, 4.3). */
uint32_t p0f_sig_mtu(const p0f_sig_t *sig);

#endif
