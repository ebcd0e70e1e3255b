/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packets.h - for unit tests: packets from a short description, and copies
 * of bytes that end at an unmapped page, so that a read past the end
 * crashes the test whatever the optimiser made of it.
 *
 * A description is words apart by blanks; what isn't said is the base packet
 * 10.0.0.1:1000 -> 10.0.0.2:80, TTL 64, TOS 0, ID 1, DF, seq 5, ack 0, window
 * 29200, flags S, no options, no payload:
 *
 *   v6          IPv6, fd00::1 -> fd00::2         ttl=N tos=N id=N win=N
 *   noDF MBZ    IPv4 flags                       seq=N ack=N urg=N flow=N
 *   flags=SAFRPUEC    TCP flags                  NS   the lowest reserved bit
 *   data=N      payload bytes                    ipopt=N  IPv4 option bytes
 *   sport=N dport=N src=N dst=N (last byte)      cut=N  leave off N bytes
 *   M1460 W7 K N E T1/0 x0305   TCP options; zero-padded to 4 bytes
 */
#ifndef P0F_T_PACKETS_H
#define P0F_T_PACKETS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "p0f_engine/addr.h"
#include "p0f_engine/bytes.h"

#define PACKET_MAX 512

/* What a description says. */
typedef struct {
    int v6, ttl, tos, id, df, mbz, ns, data, ipopt, cut;
    unsigned int sport, dport, win, flags, urg, flow, src, dst;
    uint32_t seq, ack;
    uint8_t opt[64];
    size_t opt_len;
} packet_desc_t;

static inline void packets_put32(uint8_t *p, uint32_t n)
{
    p[0] = (uint8_t)(n >> 24);
    p[1] = (uint8_t)(n >> 16);
    p[2] = (uint8_t)(n >> 8);
    p[3] = (uint8_t)n;
}

static inline void packets_put16(uint8_t *p, unsigned int n)
{
    p[0] = (uint8_t)(n >> 8);
    p[1] = (uint8_t)n;
}

static inline unsigned int packets_flags(const char *s)
{
    static const char letters[] = "FSRPAUEC";
    unsigned int flags = 0;

    for (; *s; s++)
        flags |= 1u << (strchr(letters, *s) - letters);
    return flags;
}

/* One TCP option word. */
static inline void packets_option(packet_desc_t *d, const char *w)
{
    uint8_t *p = d->opt + d->opt_len;
    char *end;

    switch (*w) {
    case 'M':
        p[0] = 2, p[1] = 4;
        packets_put16(p + 2, (unsigned int)atoi(w + 1));
        d->opt_len += 4;
        break;
    case 'W':
        p[0] = 3, p[1] = 3, p[2] = (uint8_t)atoi(w + 1);
        d->opt_len += 3;
        break;
    case 'K':
        p[0] = 4, p[1] = 2;
        d->opt_len += 2;
        break;
    case 'N':
        p[0] = 1;
        d->opt_len += 1;
        break;
    case 'E':
        p[0] = 0;
        d->opt_len += 1;
        break;
    case 'T':
        p[0] = 8, p[1] = 10;
        packets_put32(p + 2, (uint32_t)strtoul(w + 1, &end, 10));
        packets_put32(p + 6, (uint32_t)strtoul(end + 1, NULL, 10));
        d->opt_len += 10;
        break;
    default:                         /* x and hex digits */
        for (w++; w[0] && w[1]; w += 2) {
            char hex[3] = { w[0], w[1], 0 };

            d->opt[d->opt_len++] = (uint8_t)strtoul(hex, NULL, 16);
        }
    }
}

static inline void packets_word(packet_desc_t *d, char *w)
{
    char *value = strchr(w, '=');
    unsigned int n = 0;

    if (value) {
        *value++ = '\0';
        n = (unsigned int)strtoul(value, NULL, 0);
    }
    if (!strcmp(w, "v6")) d->v6 = 1;
    else if (!strcmp(w, "noDF")) d->df = 0;
    else if (!strcmp(w, "MBZ")) d->mbz = 1;
    else if (!strcmp(w, "NS")) d->ns = 1;
    else if (!value) packets_option(d, w);
    else if (!strcmp(w, "ttl")) d->ttl = (int)n;
    else if (!strcmp(w, "tos")) d->tos = (int)n;
    else if (!strcmp(w, "id")) d->id = (int)n;
    else if (!strcmp(w, "win")) d->win = n;
    else if (!strcmp(w, "seq")) d->seq = n;
    else if (!strcmp(w, "ack")) d->ack = n;
    else if (!strcmp(w, "urg")) d->urg = n;
    else if (!strcmp(w, "flow")) d->flow = n;
    else if (!strcmp(w, "data")) d->data = (int)n;
    else if (!strcmp(w, "ipopt")) d->ipopt = (int)n;
    else if (!strcmp(w, "cut")) d->cut = (int)n;
    else if (!strcmp(w, "sport")) d->sport = n;
    else if (!strcmp(w, "dport")) d->dport = n;
    else if (!strcmp(w, "src")) d->src = n;
    else if (!strcmp(w, "dst")) d->dst = n;
    else if (!strcmp(w, "flags")) d->flags = packets_flags(value);
    else abort();
}

static inline size_t packets_ip(const packet_desc_t *d, size_t rest,
                                uint8_t *p)
{
    size_t header = 20 + (size_t)d->ipopt;

    if (d->v6) {
        packets_put32(p, 6u << 28 | (uint32_t)d->tos << 20 | d->flow);
        packets_put16(p + 4, (unsigned int)rest);
        p[6] = 6, p[7] = (uint8_t)d->ttl;
        p[8] = p[24] = 0xfd;
        p[23] = (uint8_t)d->src, p[39] = (uint8_t)d->dst;
        return 40;
    }
    p[0] = (uint8_t)(0x40 | header / 4), p[1] = (uint8_t)d->tos;
    packets_put16(p + 2, (unsigned int)(header + rest));
    packets_put16(p + 4, (unsigned int)d->id);
    packets_put16(p + 6, (d->df ? 0x4000u : 0) | (d->mbz ? 0x8000u : 0));
    p[8] = (uint8_t)d->ttl, p[9] = 6;
    p[12] = p[16] = 10;
    p[15] = (uint8_t)d->src, p[19] = (uint8_t)d->dst;
    memset(p + 20, 1, (size_t)d->ipopt);
    return header;
}

/* Builds the packet that TEXT describes; returns its length. */
static inline size_t packets_build(const char *text, uint8_t out[PACKET_MAX])
{
    packet_desc_t d = {
        .ttl = 64, .id = 1, .df = 1, .sport = 1000, .dport = 80, .seq = 5,
        .win = 29200, .flags = 2, .src = 1, .dst = 2
    };
    char words[256], *w, *save = NULL;
    size_t tcp, n;

    snprintf(words, sizeof(words), "%s", text);
    for (w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
        packets_word(&d, w);
    d.opt_len = (d.opt_len + 3) & ~(size_t)3;
    tcp = 20 + d.opt_len;
    memset(out, 0, PACKET_MAX);
    n = packets_ip(&d, tcp + (size_t)d.data, out);
    packets_put16(out + n, d.sport);
    packets_put16(out + n + 2, d.dport);
    packets_put32(out + n + 4, d.seq);
    packets_put32(out + n + 8, d.ack);
    out[n + 12] = (uint8_t)(tcp / 4 << 4 | (unsigned int)d.ns);
    out[n + 13] = (uint8_t)d.flags;
    packets_put16(out + n + 14, d.win);
    packets_put16(out + n + 18, d.urg);
    memcpy(out + n + 20, d.opt, d.opt_len);
    return n + tcp + (size_t)(d.data - d.cut);
}

/* Copies N bytes to where the next byte is not mapped. Valid until the next
 * call. */
static inline p0f_bytes_t packets_guard(const void *data, size_t n)
{
    static uint8_t *area;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = 4 * page;
    p0f_bytes_t b;

    if (!area) {
        area = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED || mprotect(area + room, page, PROT_NONE))
            abort();
    }
    if (n > room)
        abort();
    b.data = area + room - n;
    b.len = n;
    if (n)
        memcpy(area + room - n, data, n);
    return b;
}

/* The packet TEXT, as packets_guard gives it. */
static inline p0f_bytes_t packets_make(const char *text)
{
    uint8_t buffer[PACKET_MAX];

    return packets_guard(buffer, packets_build(text, buffer));
}

/* The address of a packet with src or dst LAST. */
static inline p0f_addr_t packets_address(unsigned int last)
{
    const uint8_t v4[4] = { 10, 0, 0, (uint8_t)last };

    return p0f_addr_from_v4(v4);
}

#endif
