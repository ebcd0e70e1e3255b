/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - what is kept in shared memory of a host and of a connection.
 *
 * The layout is an interface between processes of different age: a change
 * of it is a change of P0F_CACHE_LAYOUT (cache.h). Integers in host byte
 * order. Row 0.
 */
#ifndef P0F_RECORD_H
#define P0F_RECORD_H

#include "bytes.h"

/* Flags of records. */
enum {
    P0F_REC_MATCHED     = 1u << 0, /* label is valid */
    P0F_REC_FUZZY       = 1u << 1,
    P0F_REC_GENERIC     = 1u << 2,
    P0F_REC_APP         = 1u << 3, /* label is a program ("!") */
    P0F_REC_TTL_RANDOM  = 1u << 4,
    P0F_REC_CONFIRMED   = 1u << 5, /* httpd accepted a connection */
    P0F_REC_FROM_SAVED  = 1u << 6, /* conn: first source was the saved SYN */
    P0F_REC_HAS_SYN     = 1u << 7, /* host: syn holds a header */
    P0F_REC_DF_CLEARED  = 1u << 8  /* label has DF, the SYN has not */
};

/* What is known of an address. Times in seconds; wall: since 1970. */
typedef struct {
    /* two cache lines: what the SYN of a known host needs in a tool */
    uint32_t seq;                /* of the table; callers leave it alone */
    uint32_t db_gen;             /* generation the label numbers belong to */
    p0f_addr_t addr;             /* key */
    uint64_t syn_boot_us;        /* when syn was received, us since boot */
    uint32_t first_seen;         /* wall */
    uint32_t last_seen;          /* wall, last SYN */
    uint32_t total_conn;
    uint16_t label;              /* system, or P0F_NO_LABEL: never matched */
    uint16_t link;               /* label of the MTU, or P0F_NO_LABEL */
    uint16_t rec_flags;          /* P0F_REC_*, about the last SYN */
    uint8_t  distance;           /* hops, 255 unknown */
    uint8_t  quality;            /* of label: 1 fuzzy + 2 generic */
    uint8_t  syn_ip_opt;         /* ip_opt_len of syn, cut at 255 */
    uint8_t  bad_sw;             /* 0, 1, 2 as in p0f 3 */
    uint16_t http;               /* label of the software, or P0F_NO_LABEL */
    p0f_rawsyn_t syn;            /* SYN that label came from, or the last one
                                    if none was recognised; for a new match */
    /* the third */
    uint64_t ref_boot_us;        /* when ref_ts1 was received, like syn */
    uint32_t ref_ts1;            /* timestamp of the last SYN of a system, 0
                                    none: what the uptime is reckoned from */
    uint32_t uptime_min;         /* 0 with uptime_mod 0: unknown */
    uint32_t uptime_mod;         /* days, 0: unknown */
    uint32_t last_nat;           /* wall, 0 never */
    uint32_t last_chg;           /* wall, 0 never */
    uint16_t uptime_hz;          /* of the timestamp clock, 0 unknown */
    uint16_t language;           /* two ASCII letters, 0 unknown */
    int16_t  score;              /* masquerade, raw; INT16_MIN none */
    uint16_t mflags;             /* masquerade */
    uint8_t  spare[28];          /* 0; for what later layouts need */
} p0f_host_t;

/* Bytes of the first two. */
#define P0F_HOST_SYN_PART offsetof(p0f_host_t, ref_boot_us)

/* One connection: its SYN, whole, and what it was recognised as. */
typedef struct {
    uint32_t seq;                /* of the table; callers leave it alone */
    uint32_t db_gen;             /* generation of label */
    p0f_addr_t peer, local;      /* key: the SYN's source and destination */
    uint64_t boot_us;            /* received, microseconds since boot */
    p0f_rawsyn_t syn;            /* key: ports, bytes 0..3 of syn.tcp */
    uint16_t label;              /* or P0F_NO_LABEL */
    uint16_t rec_flags;          /* P0F_REC_* */
    uint8_t  ip_opt;             /* ip_opt_len, cut at 255 */
    uint8_t  distance;           /* hops, an upper bound with TTL_RANDOM */
    uint16_t link;               /* label of the MTU, or P0F_NO_LABEL */
} p0f_conn_t;

_Static_assert(sizeof(p0f_host_t) == 192, "host record: at most 192 bytes");
_Static_assert(P0F_HOST_SYN_PART == 128, "what a SYN needs: two lines");
_Static_assert(sizeof(p0f_conn_t) == 128, "connection record: 128 bytes");

/* The sequence number of a connection's SYN. */
static inline uint32_t p0f_conn_seq(const p0f_conn_t *rec)
{
    const p0f_bytes_t tcp = { rec->syn.tcp, sizeof(rec->syn.tcp) };
    uint32_t seq;

    p0f_bytes_be32(tcp, 4, &seq);
    return seq;
}

typedef struct {
    p0f_addr_t peer, local;
    uint16_t peer_port, local_port;
} p0f_connkey_t;

#endif
