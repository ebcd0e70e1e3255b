/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synkey.c - the key of a SYN, 64 bytes:
 *
 *    0..7   the first eight of the IP header, without IP ID or flow label
 *    8      TTL of IPv4
 *    9      protocol of IPv4
 *   10      which of the numbers that are left out are 0
 *   12..23  TCP from the ACK number on, without its checksum
 *   24..63  TCP options, without what they hold that no signature looks at
 */
#include "synkey.h"

#include <string.h>

enum { IPV4_LEN = 20, IPV6_LEN = 40, TCP_LEN = 20, PROTO_TCP = 6 };
enum { AT_TTL = 8, AT_PROTO, AT_ZEROS, AT_TCP = 12, AT_OPT = 24,
       KEY_BYTES = 64, LONGEST = 10 };   /* of the options known */

/* Bits of AT_ZEROS. */
enum { NZ_ID = 1, NZ_FLOW = 2, NZ_SEQ = 4, NZ_TS1 = 8, NZ_TS2 = 16 };

_Static_assert(KEY_BYTES == P0F_SYNKEY_WORDS * sizeof(uint64_t), "a key");

/* False if there are options (RFC 791 3.1). */
static bool take_ipv4(p0f_bytes_t ip, uint8_t *key)
{
    if (ip.data[0] != 0x45)
        return false;
    if (key[4] | key[5])
        key[AT_ZEROS] |= NZ_ID;
    key[4] = key[5] = 0;
    p0f_bytes_u8(ip, 8, &key[AT_TTL]);
    p0f_bytes_u8(ip, 9, &key[AT_PROTO]);
    return true;
}

/* True for an IPv4 address in an IPv6 header, which is nobody's (packet.c). */
static bool is_mapped(p0f_bytes_t ip, size_t off)
{
    static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

    return !memcmp(ip.data + off, prefix, sizeof(prefix));
}

/* False if something stands between the header and TCP (RFC 8200 3). */
static bool take_ipv6(p0f_bytes_t ip, uint8_t *key)
{
    if (!p0f_bytes_has(ip, 0, IPV6_LEN) || ip.data[6] != PROTO_TCP
        || is_mapped(ip, 8) || is_mapped(ip, 24))
        return false;
    if ((key[1] & 0x0f) | key[2] | key[3])
        key[AT_ZEROS] |= NZ_FLOW;
    key[1] &= 0xf0;
    key[2] = key[3] = 0;
    return true;
}

/* Leaves out the two timestamps at STAMPS. */
static void take_stamps(uint8_t *stamps, uint8_t *zeros, uint32_t *ts1)
{
    const p0f_bytes_t both = { stamps, 8 };
    uint32_t ts2;

    p0f_bytes_be32(both, 0, ts1);
    p0f_bytes_be32(both, 4, &ts2);
    *zeros |= (uint8_t)((*ts1 ? NZ_TS1 : 0) | (ts2 ? NZ_TS2 : 0));
    memset(stamps, 0, 8);
}

/* Leaves out what is in the option at OPT, of a kind that no signature looks
 * into. Its length; 0 if that can't be. */
static size_t take_other(uint8_t *opt, const uint8_t *end)
{
    size_t n = end - opt < 2 ? 0 : opt[1];

    if (n < 2 || n > (size_t)(end - opt) || *opt == P0F_OPT_SACK)
        return 0;
    memset(opt + 2, 0, n - 2);
    return n;
}

/* Goes through the LEN bytes of options in KEY, behind which there is room for
 * another. False if one isn't as it should be: what is read of it then
 * depends on what is left out here. */
static bool take_options(uint8_t *key, size_t len, uint32_t *ts1)
{
    static const uint8_t lengths[P0F_OPT_TS + 1] = {
        [P0F_OPT_NOP] = 1, [P0F_OPT_MSS] = 4, [P0F_OPT_WS] = 3,
        [P0F_OPT_SOK] = 2, [P0F_OPT_TS] = 10
    };
    uint8_t *opt = key + AT_OPT, *end = opt + len, *stamps = NULL;
    int count;

    for (count = 0; opt < end && *opt != P0F_OPT_EOL; count++) {
        const uint8_t kind = *opt;
        size_t n = kind <= P0F_OPT_TS ? lengths[kind] : 0;

        if (n > 1 && opt[1] != n)
            return false;
        if (kind == P0F_OPT_TS) {
            if (stamps)
                return false;
            stamps = opt + 2;
        }
        if (!n && !(n = take_other(opt, end)))
            return false;
        opt += n;
    }
    if (opt > end || count > P0F_OPT_MAX)
        return false;
    if (stamps)
        take_stamps(stamps, &key[AT_ZEROS], ts1);
    return true;
}

bool p0f_synkey_take(p0f_bytes_t ip, p0f_synkey_t *out)
{
    uint8_t key[KEY_BYTES + LONGEST] = { 0 };
    p0f_bytes_t tcp;
    size_t options;
    bool v4;

    if (!p0f_bytes_copy(ip, 0, key, 8))
        return false;
    v4 = key[0] >> 4 == 4;
    if (!(v4 ? take_ipv4(ip, key) : key[0] >> 4 == 6 && take_ipv6(ip, key)))
        return false;
    tcp = p0f_bytes_from(ip, v4 ? IPV4_LEN : IPV6_LEN);
    if (!p0f_bytes_copy(tcp, 8, key + AT_TCP, 12))
        return false;
    options = (size_t)(key[AT_TCP + 4] >> 4) * 4 - TCP_LEN;
    if (options > KEY_BYTES - AT_OPT || !p0f_bytes_has(tcp, TCP_LEN, options))
        return false;
    memset(key + AT_TCP + 8, 0, 2);
    p0f_bytes_lay((char *)key + AT_OPT, tcp.data + TCP_LEN, options);
    p0f_bytes_be32(tcp, 4, &out->seq);
    key[AT_ZEROS] |= out->seq ? NZ_SEQ : 0;
    out->ts1 = 0;
    if (!take_options(key, options, &out->ts1))
        return false;
    memcpy(out->word, key, KEY_BYTES);
    return true;
}
