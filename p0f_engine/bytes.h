/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - the one checked reader of packet bytes.
 *
 * Every parser of hostile bytes holds a p0f_bytes_t and reads through these
 * functions. A read past the end gives false and leaves the output 0; no
 * other way to the bytes exists. Inline, because a packet costs about thirty
 * reads. Any thread, any process.
 */
#ifndef P0F_BYTES_H
#define P0F_BYTES_H

#include "types.h"

/* A borrowed run of bytes; the owner keeps it alive while it is read. */
typedef struct {
    const uint8_t *data;
    size_t len;
} p0f_bytes_t;

/* True if N bytes from offset OFF on lie inside B; safe for any OFF and N. */
static inline bool p0f_bytes_has(p0f_bytes_t b, size_t off, size_t n)
{
    return off <= b.len && n <= b.len - off;
}

/* The part of B from OFF on, empty if OFF is past the end. */
static inline p0f_bytes_t p0f_bytes_from(p0f_bytes_t b, size_t off)
{
    p0f_bytes_t r = { NULL, 0 };

    if (off <= b.len && b.data) {
        r.data = b.data + off;
        r.len = b.len - off;
    }
    return r;
}

/* The first N bytes of B, all of it if it is shorter. */
static inline p0f_bytes_t p0f_bytes_first(p0f_bytes_t b, size_t n)
{
    if (n < b.len)
        b.len = n;
    return b;
}

/* One byte; 16 and 32 bits big-endian, as on the wire. */
static inline bool p0f_bytes_u8(p0f_bytes_t b, size_t off, uint8_t *out)
{
    bool ok = p0f_bytes_has(b, off, 1);

    *out = ok ? b.data[off] : 0;
    return ok;
}

static inline bool p0f_bytes_be16(p0f_bytes_t b, size_t off, uint16_t *out)
{
    bool ok = p0f_bytes_has(b, off, 2);

    *out = (uint16_t)(ok ? b.data[off] << 8 | b.data[off + 1] : 0);
    return ok;
}

static inline bool p0f_bytes_be32(p0f_bytes_t b, size_t off, uint32_t *out)
{
    bool ok = p0f_bytes_has(b, off, 4);

    *out = 0;
    if (ok)
        __builtin_memcpy(out, b.data + off, sizeof(*out));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    *out = __builtin_bswap32(*out);
#endif
    return ok;
}

/* The eight bytes from OFF on as a number, the first one lowest whatever the
 * machine; those past the end are 0. For who looks through text. */
static inline uint64_t p0f_bytes_word(p0f_bytes_t b, size_t off)
{
    uint64_t word = 0;
    unsigned int shift;

    if (!p0f_bytes_has(b, off, sizeof(word))) {
        for (shift = 0; off < b.len && shift < 64; off++, shift += 8)
            word |= (uint64_t)b.data[off] << shift;
        return word;
    }
    __builtin_memcpy(&word, b.data + off, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* As memcpy, for texts that are mostly short: a call costs more than they do,
 * and so does what the compiler makes of a length below 256. Up to 32 bytes
 * are two copies that overlap. */
static inline void p0f_bytes_lay(char *to, const void *from, size_t n)
{
    const char *s = from;

    if (n > 32) {
        __builtin_memcpy(to, s, n);
    }
    else if (n >= 16) {
        __builtin_memcpy(to, s, 16);
        __builtin_memcpy(to + n - 16, s + n - 16, 16);
    }
    else if (n >= 8) {
        __builtin_memcpy(to, s, 8);
        __builtin_memcpy(to + n - 8, s + n - 8, 8);
    }
    else if (n >= 4) {
        __builtin_memcpy(to, s, 4);
        __builtin_memcpy(to + n - 4, s + n - 4, 4);
    }
    else if (n) {
        to[0] = s[0];
        to[n / 2] = s[n / 2];
        to[n - 1] = s[n - 1];
    }
}

/* How the N bytes at A and B, N a multiple of 4, differ; 0: not at all. For what
 * hardly ever does: all are compared, and without a call. */
static inline uint64_t p0f_bytes_differ(const uint8_t *a, const uint8_t *b,
                                        size_t n)
{
    uint64_t differs = 0, x, y;
    uint32_t v, w;
    size_t i;

    for (i = 0; i + 8 <= n; i += 8) {
        __builtin_memcpy(&x, a + i, sizeof(x));
        __builtin_memcpy(&y, b + i, sizeof(y));
        differs |= x ^ y;
    }
    if (i < n) {
        __builtin_memcpy(&v, a + i, sizeof(v));
        __builtin_memcpy(&w, b + i, sizeof(w));
        differs |= v ^ w;
    }
    return differs;
}

/* Copies N bytes to OUT, which has room for them; false copies nothing. */
static inline bool p0f_bytes_copy(p0f_bytes_t b, size_t off, void *out,
                                  size_t n)
{
    if (!p0f_bytes_has(b, off, n))
        return false;
    if (n)
        __builtin_memcpy(out, b.data + off, n);
    return true;
}

#endif
