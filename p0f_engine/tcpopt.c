/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcpopt.c - the walk over TCP options.
 *
 * Options of fixed length are consumed by their nominal size whatever their
 * length byte says, and the kind is recorded before the option is looked at:
 * signatures of real stacks with broken options depend on both (p0f 3.09b
 * behaviour, 2.2).
 */
#include "tcpopt.h"

#include <string.h>

#define EXCESSIVE_WSCALE 14          /* RFC 7323 2.3 */

/* Padding after EOL. p0f-differs: 3.09b never looks at the very last byte, so
 * a lone non-zero byte there escapes it; strict does the same
 * (tcpopt_t: padding_last_byte). */
static void read_padding(p0f_bytes_t rest, bool strict, p0f_tcpopt_t *out)
{
    size_t i, end = strict && rest.len ? rest.len - 1 : rest.len;
    uint8_t byte;

    out->eol_pad = (uint8_t)rest.len;
    for (i = 0; i < end; i++) {
        p0f_bytes_u8(rest, i, &byte);
        if (byte)
            out->quirks |= P0F_QUIRK_EOL_NZ;
    }
}

/* Bytes that an option of variable length takes after its kind byte, 0 if
 * its length is missing, out of range or runs past the end. */
static size_t variable_rest(uint8_t kind, p0f_bytes_t rest)
{
    uint8_t length;
    uint8_t min = kind == P0F_OPT_SACK ? 10 : 2;
    uint8_t max = kind == P0F_OPT_SACK ? 34 : 40;

    if (!p0f_bytes_u8(rest, 0, &length) || length < min || length > max)
        return 0;
    return p0f_bytes_has(rest, 0, (size_t)length - 1) ? (size_t)length - 1 : 0;
}

/* Notes the length byte of an option that takes N bytes after its kind, all
 * of them in REST; N. */
static size_t fixed(p0f_bytes_t rest, size_t n, p0f_tcpopt_t *out)
{
    uint8_t length;

    p0f_bytes_u8(rest, 0, &length);
    if (length != n + 1)
        out->quirks |= P0F_QUIRK_BAD;
    return n;
}

static size_t read_stamps(p0f_bytes_t rest, bool syn_only, p0f_tcpopt_t *out)
{
    p0f_bytes_be32(rest, 1, &out->ts1);
    p0f_bytes_be32(rest, 5, &out->ts2);
    if (!out->ts1)
        out->quirks |= P0F_QUIRK_ZERO_TS1;
    if (out->ts2 && syn_only)
        out->quirks |= P0F_QUIRK_NZ_TS2;
    return fixed(rest, 9, out);
}

/* Reads the option KIND that goes on at REST; the bytes it takes there, 0 if
 * it is cut off or its length is senseless. */
static size_t read_option(uint8_t kind, p0f_bytes_t rest, bool syn_only,
                          p0f_tcpopt_t *out)
{
    switch (kind) {
    case P0F_OPT_MSS:
        if (!p0f_bytes_has(rest, 0, 3))
            return 0;
        p0f_bytes_be16(rest, 1, &out->mss);
        return fixed(rest, 3, out);
    case P0F_OPT_WS:
        if (!p0f_bytes_has(rest, 0, 2))
            return 0;
        p0f_bytes_u8(rest, 1, &out->wscale);
        if (out->wscale > EXCESSIVE_WSCALE)
            out->quirks |= P0F_QUIRK_EXWS;
        return fixed(rest, 2, out);
    case P0F_OPT_SOK:
        return p0f_bytes_has(rest, 0, 1) ? fixed(rest, 1, out) : 0;
    case P0F_OPT_TS:
        return p0f_bytes_has(rest, 0, 9) ? read_stamps(rest, syn_only, out)
                                         : 0;
    default:
        return variable_rest(kind, rest);
    }
}

void p0f_tcpopt_walk(p0f_bytes_t opt, bool syn_only, bool strict,
                     p0f_tcpopt_t *out)
{
    unsigned int count = 0;
    size_t n, whole = opt.len;
    uint8_t kind;

    memset(out, 0, sizeof(*out));
    while (opt.len && count < P0F_OPT_MAX) {
        p0f_bytes_u8(opt, 0, &kind);
        opt = p0f_bytes_from(opt, 1);
        out->layout[count++] = kind;
        out->count = (uint8_t)count;
        if (kind == P0F_OPT_NOP)
            continue;
        if (kind == P0F_OPT_EOL) {
            read_padding(opt, strict, out);
            return;
        }
        n = read_option(kind, opt, syn_only, out);
        if (n && kind == P0F_OPT_TS)
            out->stamps_at = (uint8_t)(whole - opt.len + 1);
        if (!n) {
            out->quirks |= P0F_QUIRK_BAD;
            return;
        }
        opt = p0f_bytes_from(opt, n);
    }
    if (opt.len)                     /* more options than are kept */
        out->quirks |= P0F_QUIRK_BAD;
}
