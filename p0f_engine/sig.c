/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sig.c - the observed TCP signature and its text.
 */
#include "sig.h"

#include <string.h>

#define MIN_MSS 100                  /* below, no multiplier is looked for */
#define PROBE_MSS 1331               /* of p0f's own active probe */

/* Names in bit order; as printed and as written in fingerprint files. */
static const char *const quirk_names[P0F_QUIRK_COUNT] = {
    "df", "id+", "id-", "ecn", "0+", "flow", "seq-", "ack+", "ack-", "uptr+",
    "urgf+", "pushf+", "ts1-", "ts2+", "opt+", "exws", "bad"
};

const char *p0f_sig_quirk_name(unsigned int n)
{
    return n < P0F_QUIRK_COUNT ? quirk_names[n] : NULL;
}

/* ---- the window multiplier -------------------------------------------- */

typedef struct {
    int32_t  div;
    p0f_win_t kind;
} divisor_t;

/* The divisors to try for PACKET, in order; 0 stands for "does not apply".
 * Stacks round their window to a multiple of the MSS they will use (own, less
 * the timestamp option, of plain Ethernet, of the peer) or of the MTU. */
static int list_divisors(const p0f_packet_t *p, uint16_t peer_mss,
                         divisor_t list[12])
{
    int32_t mss = p->opt.mss;
    bool v6 = p->version == 6;
    int n = 0;

    list[n++] = (divisor_t){ mss, P0F_WIN_MSS };
    list[n++] = (divisor_t){ p->opt.ts1 ? mss - 12 : 0, P0F_WIN_MSS };
    list[n++] = (divisor_t){ 1460, P0F_WIN_MSS };
    list[n++] = (divisor_t){ 1448, P0F_WIN_MSS };
    list[n++] = (divisor_t){ v6 ? 1440 : 0, P0F_WIN_MSS };
    list[n++] = (divisor_t){ v6 ? 1428 : 0, P0F_WIN_MSS };
    list[n++] = (divisor_t){ mss + 40, P0F_WIN_MTU };
    list[n++] = (divisor_t){ mss + p->hdr_len, P0F_WIN_MTU };
    list[n++] = (divisor_t){ v6 ? mss + 60 : 0, P0F_WIN_MTU };
    list[n++] = (divisor_t){ 1500, P0F_WIN_MTU };
    list[n++] = (divisor_t){ peer_mss, P0F_WIN_MSS };
    list[n++] = (divisor_t){ peer_mss ? peer_mss - 12 : 0, P0F_WIN_MSS };
    return n;
}

/* A quotient that doesn't fit 16 signed bits, or is negative (a peer MSS
 * below 12), ends the search with no multiplier, as in 3.09b. */
static void find_multiplier(const p0f_packet_t *p, uint16_t peer_mss,
                            p0f_sig_t *out)
{
    divisor_t list[12];
    int32_t quotient;
    int i, n;

    if (!p->window || p->opt.mss < MIN_MSS)
        return;
    n = list_divisors(p, peer_mss, list);
    for (i = 0; i < n; i++) {
        if (!list[i].div || p->window % list[i].div)
            continue;
        quotient = p->window / list[i].div;
        if (quotient > 0 && quotient <= INT16_MAX) {
            out->win_mult = (uint16_t)quotient;
            out->win_kind = (uint8_t)list[i].kind;
        }
        return;
    }
}

void p0f_sig_take(const p0f_packet_t *packet, uint16_t peer_mss,
                  p0f_sig_t *out)
{
    const p0f_tcpopt_t *opt = &packet->opt;

    memset(out, 0, sizeof(*out));
    out->quirks = packet->quirks;
    out->ts1 = opt->ts1;
    out->mss = opt->mss;
    out->window = packet->window;
    out->ip_opt_len = packet->ip_opt_len;
    out->win_kind = P0F_WIN_NORMAL;
    out->wscale = opt->wscale;
    out->version = packet->version;
    out->ttl = packet->ttl;
    out->tos = packet->tos >> 2;
    out->payload = packet->payload_len > 0;
    out->eol_pad = opt->eol_pad;
    out->synack = (packet->flags & P0F_TCP_ACK) != 0;
    out->opt_count = opt->count;
    memcpy(out->layout, opt->layout, sizeof(out->layout));
    find_multiplier(packet, peer_mss, out);
}

uint8_t p0f_sig_guess_distance(uint8_t ttl)
{
    if (ttl <= 32)
        return (uint8_t)(32 - ttl);
    if (ttl <= 64)
        return (uint8_t)(64 - ttl);
    if (ttl <= 128)
        return (uint8_t)(128 - ttl);
    return (uint8_t)(255 - ttl);
}

uint32_t p0f_sig_mtu(const p0f_sig_t *sig)
{
    if (!sig->mss)
        return 0;
    return (uint32_t)sig->mss + (sig->version == 4 ? 40 : 60);
}

/* ---- text ------------------------------------------------------------- */

/* Where the text grows; P0F_SIG_TEXT is enough for any signature, and the
 * writer below stops at the end all the same. */
typedef struct {
    char *p, *end;
} out_t;

static void put(out_t *o, const char *s)
{
    while (*s && o->p < o->end)
        *o->p++ = *s++;
}

static void put_number(out_t *o, uint32_t n)
{
    char digits[11];
    char *d = digits + sizeof(digits);

    *--d = '\0';
    do {
        *--d = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    put(o, d);
}

static void put_window(out_t *o, const p0f_sig_t *sig)
{
    if (sig->win_kind == P0F_WIN_NORMAL) {
        put_number(o, sig->window);
        return;
    }
    put(o, sig->win_kind == P0F_WIN_MSS ? "mss*" : "mtu*");
    put_number(o, sig->win_mult);
}

static void put_option(out_t *o, uint8_t kind, uint8_t eol_pad)
{
    static const char *const names[] = {
        [P0F_OPT_EOL] = "eol+", [P0F_OPT_NOP] = "nop", [P0F_OPT_MSS] = "mss",
        [P0F_OPT_WS] = "ws", [P0F_OPT_SOK] = "sok", [P0F_OPT_SACK] = "sack",
        [P0F_OPT_TS] = "ts"
    };

    if (kind < sizeof(names) / sizeof(names[0]) && names[kind]) {
        put(o, names[kind]);
        if (kind == P0F_OPT_EOL)
            put_number(o, eol_pad);
        return;
    }
    put(o, "?");
    put_number(o, kind);
}

static void put_quirks(out_t *o, uint32_t quirks)
{
    const char *comma = "";
    unsigned int n;

    for (n = 0; n < P0F_QUIRK_COUNT; n++) {
        if (!(quirks & 1u << n))
            continue;
        put(o, comma);
        put(o, quirk_names[n]);
        comma = ",";
    }
}

static void put_ttl(out_t *o, uint8_t ttl)
{
    uint8_t dist = p0f_sig_guess_distance(ttl);

    put_number(o, ttl);
    put(o, "+");
    if (dist > 35)                   /* too far for an honest guess */
        put(o, "?");
    else
        put_number(o, dist);
}

size_t p0f_sig_format(const p0f_sig_t *sig, char out[P0F_SIG_TEXT])
{
    out_t o = { out, out + P0F_SIG_TEXT - 1 };
    unsigned int i;

    put_number(&o, sig->version);
    put(&o, ":");
    put_ttl(&o, sig->ttl);
    put(&o, ":");
    put_number(&o, sig->ip_opt_len);
    put(&o, ":");
    if (sig->synack && sig->mss == PROBE_MSS)
        put(&o, "*");
    else
        put_number(&o, sig->mss);
    put(&o, ":");
    put_window(&o, sig);
    put(&o, ",");
    put_number(&o, sig->wscale);
    put(&o, ":");
    for (i = 0; i < sig->opt_count && i < P0F_OPT_MAX; i++) {
        if (i)
            put(&o, ",");
        put_option(&o, sig->layout[i], sig->eol_pad);
    }
    put(&o, ":");
    put_quirks(&o, sig->quirks);
    put(&o, sig->payload ? ":+" : ":0");
    *o.p = '\0';
    return (size_t)(o.p - out);
}
