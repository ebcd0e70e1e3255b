/* SPDX-License-Identifier: Apache-2.0 */
/*
 * types.h - the small fixed types that every row of the engine shares:
 * addresses, quirks, the packed SYN header, drop reasons.
 *
 * It holds no function and includes nothing of ours (row 0). Multi-byte
 * integers are in host byte order unless a field says otherwise; arrays of
 * bytes are as on the wire.
 */
#ifndef P0F_TYPES_H
#define P0F_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Said of functions that few packets need but that stand in the way of all: so
 * that what all need is short enough for the compiler to inline it. */
#define P0F_APART __attribute__((noinline))

/* Said of the function that most of a packet's work is in: all that it calls
 * becomes a part of it, but for what stands apart. Then what one hands to the
 * next stays in registers: a sixth of the instructions, and of the waiting for
 * words that were stored in pieces. */
#define P0F_WHOLE __attribute__((flatten))

/* An IPv6 address, or an IPv4 address mapped into it (::ffff:a.b.c.d,
 * RFC 4291 2.5.5.2), network byte order. One form for both, so that a peer
 * on a dual-stack listener has one key. */
typedef struct {
    uint8_t b[16];
} p0f_addr_t;

/* Quirks of a TCP/IP header, in the order in which p0f 3 prints them. */
enum {
    P0F_QUIRK_DF       = 1u << 0,  /* IPv4 "don't fragment" set */
    P0F_QUIRK_NZ_ID    = 1u << 1,  /* id+   DF set, IP ID not 0 */
    P0F_QUIRK_ZERO_ID  = 1u << 2,  /* id-   DF clear, IP ID 0 */
    P0F_QUIRK_ECN      = 1u << 3,  /* ecn   any ECN bit in IP or TCP */
    P0F_QUIRK_NZ_MBZ   = 1u << 4,  /* 0+    IPv4 reserved bit set */
    P0F_QUIRK_FLOW     = 1u << 5,  /* flow  IPv6 flow label not 0 */
    P0F_QUIRK_ZERO_SEQ = 1u << 6,  /* seq-  sequence number 0 */
    P0F_QUIRK_NZ_ACK   = 1u << 7,  /* ack+  ACK number set, ACK flag clear */
    P0F_QUIRK_ZERO_ACK = 1u << 8,  /* ack-  ACK number 0, ACK flag set */
    P0F_QUIRK_NZ_URG   = 1u << 9,  /* uptr+ urgent pointer, URG flag clear */
    P0F_QUIRK_URG      = 1u << 10, /* urgf+ URG flag */
    P0F_QUIRK_PUSH     = 1u << 11, /* pushf+ PSH flag */
    P0F_QUIRK_ZERO_TS1 = 1u << 12, /* ts1-  own timestamp 0 */
    P0F_QUIRK_NZ_TS2   = 1u << 13, /* ts2+  peer timestamp not 0 on a SYN */
    P0F_QUIRK_EOL_NZ   = 1u << 14, /* opt+  data after end of options */
    P0F_QUIRK_EXWS     = 1u << 15, /* exws  window scale above 14 */
    P0F_QUIRK_BAD      = 1u << 16  /* bad   malformed options */
};
#define P0F_QUIRK_COUNT 17

/* TCP flag bits, as in byte 13 of the TCP header (RFC 9293 3.1). */
enum {
    P0F_TCP_FIN = 0x01, P0F_TCP_SYN = 0x02, P0F_TCP_RST = 0x04,
    P0F_TCP_PSH = 0x08, P0F_TCP_ACK = 0x10, P0F_TCP_URG = 0x20,
    P0F_TCP_ECE = 0x40, P0F_TCP_CWR = 0x80
};

/* TCP option kinds the walk knows (RFC 9293 3.2, RFC 7323, RFC 2018). */
enum {
    P0F_OPT_EOL = 0, P0F_OPT_NOP = 1, P0F_OPT_MSS = 2, P0F_OPT_WS = 3,
    P0F_OPT_SOK = 4, P0F_OPT_SACK = 5, P0F_OPT_TS = 8
};
#define P0F_OPT_MAX 24           /* options kept of one packet */

/* Which signature list a packet is matched against. */
typedef enum {
    P0F_DIR_REQUEST,             /* SYN, the client */
    P0F_DIR_RESPONSE             /* SYN+ACK, the server */
} p0f_dir_t;
#define P0F_DIR_COUNT 2

/* Every fixed field of a SYN's IP and TCP header and its option bytes, as on
 * the wire, without the addresses (their holder keeps them). From it a
 * packet can be rebuilt that gives the same facts, so that everything said
 * about a connection can be said again (types of p0f 2 and 3 alike).
 *
 *   ip   IPv4: bytes 0..11 of the header (version to checksum)
 *        IPv6: bytes 0..7 (version to hop limit), then 4 bytes of 0
 *   tcp  the 20 fixed bytes
 *   opt  (data offset - 5) * 4 option bytes, the rest 0
 */
typedef struct {
    uint8_t ip[12];
    uint8_t tcp[20];
    uint8_t opt[40];
} p0f_rawsyn_t;

/* Why a frame gave no observation. Each is a counter; none is an error. */
typedef enum {
    P0F_DROP_NONE,               /* not dropped */
    P0F_DROP_LINK_SHORT,         /* link header cut off */
    P0F_DROP_NOT_IP,             /* link layer carries something else */
    P0F_DROP_IP_SHORT,           /* IP header cut off, or below 40 bytes */
    P0F_DROP_IP_VERSION,         /* neither 4 nor 6 */
    P0F_DROP_IP_LENGTH,          /* lengths contradict each other */
    P0F_DROP_IP_FRAGMENT,
    P0F_DROP_IP_EXTENSION,       /* IPv6 extension chain broken or too long */
    P0F_DROP_NOT_TCP,
    P0F_DROP_TCP_SHORT,          /* TCP header cut off, or offset below 5 */
    P0F_DROP_TCP_FLAGS,          /* none or contradicting flags */
    P0F_DROP_NOT_SYN,            /* sane, but of no use to this reader; also
                                    a SYN that isn't for it */
    P0F_DROP_DUPLICATE,          /* this SYN was counted already */
    P0F_DROP_TABLE_FULL,         /* both buckets full of confirmed entries */
    P0F_DROP_COUNT
} p0f_drop_t;

/* When something was seen. */
typedef struct {
    int64_t  wall_us;            /* microseconds since 1970, UTC */
    uint64_t boot_us;            /* microseconds since boot (CLOCK_BOOTTIME);
                                    for capture files: from the file's times */
} p0f_time_t;

#endif
