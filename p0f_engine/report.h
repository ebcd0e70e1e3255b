/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - an observation, and its text: as p0f 3 logs it, as it shows it
 * on the screen, as a JSON object.
 *
 * Source: p0f 3.09b behaviour, 8.1 and 8.2. Row 6: no state, no allocation,
 * no local-time function: the offset from UTC is the caller's. Any thread.
 */
#ifndef P0F_REPORT_H
#define P0F_REPORT_H

#include "addr.h"
#include "nat.h"

typedef enum {
    P0F_OBS_SYN,                 /* client fingerprinted */
    P0F_OBS_PROBE,               /* SYN of p0f's active probe */
    P0F_OBS_SYNACK,              /* server fingerprinted */
    P0F_OBS_PROBE_ANSWER,        /* SYN+ACK to the probe */
    P0F_OBS_MTU,                 /* link type of either side */
    P0F_OBS_UPTIME,
    P0F_OBS_HTTP_REQUEST,
    P0F_OBS_HTTP_RESPONSE,
    P0F_OBS_CHANGE,              /* the host seems to be another system */
    P0F_OBS_SHARING,             /* several systems share the address */
    P0F_OBS_MISMATCH             /* module: a request's User-Agent names
                                    another system than the SYN; not a line
                                    of its own */
} p0f_obs_kind_t;

/* Borrowed for the length of one observer call. */
typedef struct {
    p0f_obs_kind_t kind;
    int64_t  wall_us;            /* time of the packet */
    const p0f_addr_t *client, *server;
    uint16_t client_port, server_port;
    bool     about_server;       /* subj=srv */
    const p0f_db_t *db;          /* that match and link refer to; NULL none */
    bool     strict;             /* text as 3.09b writes it */
    const p0f_packet_t *packet;  /* that told it; NULL: no packet did */
    const p0f_sig_t *sig;        /* SYN .. PROBE_ANSWER */
    const p0f_match_t *match;    /* the same */
    uint64_t stamp;              /* the same, MTU and HTTP_*; of those of one
                                    kind equal ones (not 0) have the same
                                    fields in the log */
    uint32_t mtu;                /* MTU */
    uint16_t link;               /* MTU: label or P0F_NO_LABEL */
    const p0f_uptime_t *uptime;  /* UPTIME */
    const p0f_seenhttp_t *http;  /* HTTP_* */
    const p0f_natevent_t *event; /* CHANGE, SHARING */
} p0f_observation_t;

/* Where observations go; several may be installed. */
typedef void p0f_observe_fn(void *ctx, const p0f_observation_t *obs);

/* Room for the longest line: that of an HTTP message; names and flavors are
 * at most 255 characters each. */
#define P0F_REPORT_LINE (P0F_HTTP_TEXT + 1024)

/* Writes OBS as one line of p0f 3's log, newline included, NUL-terminated;
 * the time shown is UTC plus UTC_OFFSET_S seconds. What stands in OUT behind
 * the line is spoilt. Returns the length, 0 for a kind that has no line. */
size_t p0f_report_v3(const p0f_observation_t *obs, int32_t utc_offset_s,
                     char out[P0F_REPORT_LINE]);

/* The same in two steps, for two threads: a packer makes records, an unpacker
 * the lines of them, in the same order. What is said of a known kind of
 * packet or HTTP head goes into a record once. Both begin zeroed. */
#define P0F_REPORT_TAILS 3072
#define P0F_REPORT_PACKED (P0F_REPORT_LINE + 64)
typedef struct {
    uint64_t stamps[P0F_REPORT_TAILS]; /* what the unpacker knows; 0 free */
} p0f_report_packer_t;
typedef struct {
    p0f_addr_t addr;
    uint16_t port, len;              /* len of text, 0: none yet */
    char text[60];                   /* "192.0.2.1/40000" */
} p0f_report_end_t;
typedef struct {
    int64_t second;                  /* that HEAD tells */
    uint32_t head_len;               /* 0: none yet */
    char head[32];                   /* "[2023/07/06 19:47:48] mod=" */
    p0f_report_end_t client, server; /* of the last line */
    struct {
        uint32_t len;
        char text[960];
    } tails[P0F_REPORT_TAILS];
} p0f_report_unpacker_t;

/* Writes a record, at an 8-byte boundary; its length is a multiple of 8.
 * Returns it, 0 for a kind that has no line. */
size_t p0f_report_pack(p0f_report_packer_t *packer,
                       const p0f_observation_t *obs, int32_t utc_offset_s,
                       char out[P0F_REPORT_PACKED]);

/* Writes the line of the next RECORD as p0f_report_v3 does, but for the NUL;
 * *SIZE is the record's length. Returns the line's. */
size_t p0f_report_unpack(p0f_report_unpacker_t *unpacker, const char *record,
                         size_t *size, char out[P0F_REPORT_LINE]);

/* Writes OBS as p0f 3 shows it on the screen: a block of lines with an empty
 * one behind, NUL-terminated. Returns the length. */
size_t p0f_report_screen(const p0f_observation_t *obs,
                         char out[P0F_REPORT_LINE]);

/* Room for the longest JSON object: the texts of a message are printable
 * ASCII, of which two bytes become at most four; those of a file are not. */
#define P0F_REPORT_JSON (2 * P0F_HTTP_TEXT + 8192)

/* Writes OBS as a JSON object on a line, newline included, NUL-terminated.
 * Keys and texts are those of the log; but time is UTC, addresses and ports
 * are apart, what is a number is one, lists of words are arrays, what is
 * unknown is null, and an uptime is in minutes. Returns the length, 0 for a
 * kind that has no line. */
size_t p0f_report_json(const p0f_observation_t *obs,
                       char out[P0F_REPORT_JSON]);

/* Writes the printed form of LABEL, "name flavor" or "???". */
size_t p0f_report_label(const p0f_db_t *db, uint16_t label, char *out,
                        size_t room);

#endif
