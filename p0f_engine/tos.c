/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tos.c - what p0f 2 says about a SYN beside its system: the name of its TOS
 * byte, and address translation told by the window.
 */
#include "tos.h"

#define ETHERNET_MSS 1460u
#define ETHERNET_MTU 1500u

const char *p0f_tos_name(uint8_t tos)
{
    switch (tos) {
    case 2:   return "low cost";
    case 4:   return "high reliability";
    case 8:   return "low delay";
    case 12:  return "DNA.FI / CTINETS";
    case 16:  return "high throughput";
    case 32:  return "priority1";
    case 40:  return "UTFORS Sweden";
    case 64:  return "Tiscali Denmark";
    case 80:  return "Bredband Scandinavia";
    case 112: return "Bonet Sweden";
    case 128: return "Cable.BG / Teleca.SE";
    case 144: return "IPTelecom / Alkar";
    case 244: return "top priority";
    case 255: return "Arcor IP";
    default:  return NULL;
    }
}

/* A stack sizes its window by the segment it announces. If the window fits
 * plain Ethernet's segment and not the announced one, a router on the way
 * lowered the MSS, as home gateways on DSL do. The bitwise "and", which
 * misses some pairs, is p0f 2.0.8's own (14.7). */
int p0f_tos_nat(const p0f_sig_t *sig, const p0f_match_t *match)
{
    bool known = match->label != P0F_NO_LABEL;
    uint32_t mtu = p0f_sig_mtu(sig);

    if (!(sig->mss & sig->window))
        return 0;
    if ((!known || match->win_kind == P0F_WIN_MSS)
        && sig->window % sig->mss != 0 && sig->window % ETHERNET_MSS == 0)
        return 1;
    if ((!known || match->win_kind == P0F_WIN_MTU)
        && sig->window % mtu != 0 && sig->window % ETHERNET_MTU == 0)
        return 2;
    return 0;
}
