/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.h - what one SYN says: the signature, what it was recognised as,
 * and the texts of the database for that.
 */
#ifndef P0F_HTTPD_VERDICT_H
#define P0F_HTTPD_VERDICT_H

#include "httpd.h"
#include "../p0f_engine/cache.h"
#include "../p0f_engine/match_v3.h"

/* Where the SYN of a verdict comes from; the words of pof_source. */
typedef enum {
    P0F_SOURCE_NONE, P0F_SOURCE_CAPTURE, P0F_SOURCE_SAVED_SYN,
    P0F_SOURCE_HOST
} p0f_source_t;

/* Room for a text of the database, NUL included. */
#define P0F_TEXT 256

/* The texts of a verdict: of the database, then what the SYN tells without
 * one, as variables have it. */
enum {
    P0F_NAME_GENRE, P0F_NAME_DETAILS, P0F_NAME_CLASS, P0F_NAME_LINK,
    P0F_NAME_DISTANCE, P0F_NAME_TOS, P0F_NAME_FW, P0F_NAME_NAT,
    P0F_NAME_COUNT
};

/* Those of the database are the long ones. */
#define P0F_VERDICT_TEXT (P0F_NAME_DISTANCE * P0F_TEXT + 64)

/* Texts are copies without control bytes, since the database image may be
 * replaced at any time. They lie one behind the other, so that a copy of a
 * verdict is mostly short. What each request is given is a text already, since
 * most verdicts are copies of one that was made long ago. */
typedef struct {
    p0f_source_t source;         /* NONE: the rest is not valid */
    uint8_t stamps, zeros;       /* of the kind it is remembered by (synkey.h) */
    uint32_t mtu;                /* 0 unknown */
    uint32_t seq;                /* sequence number of the SYN */
    apr_uint64_t syn_boot_us;    /* when it was received */
    p0f_sig_t sig;
    p0f_match_t match;           /* label P0F_NO_LABEL: not recognised */
    uint32_t db_gen;             /* generation of match.label; 0 none */
    uint16_t name[P0F_NAME_COUNT]; /* where each begins in text */
    uint16_t text_len;           /* bytes of text in use */
    char text[P0F_VERDICT_TEXT];
} p0f_verdict_t;

/* A text of V, P0F_NAME_*; "" if there is none. */
static inline const char *p0f_verdict_name(const p0f_verdict_t *v, int name)
{
    return v->text + v->name[name];
}

/* Fills V from the SYN at IP, the bytes from the IP header on, which came from
 * SOURCE at BOOT_US. All sources come through here: matching again costs
 * little once a connection, tells also what a record has no room for, and is
 * right after a change of the database. False, with no source, if it isn't a
 * packet that can be read. Any thread, any process. */
bool p0f_verdict_judge(const p0f_cache_t *cache, p0f_bytes_t ip,
                       p0f_source_t source, apr_uint64_t boot_us,
                       p0f_verdict_t *v);

/* The same from a SYN that a record holds, with IP_OPT_LEN bytes of IPv4
 * options or IPv6 extension headers. */
bool p0f_verdict_judge_kept(const p0f_cache_t *cache,
                            const p0f_rawsyn_t *raw, uint16_t ip_opt_len,
                            p0f_source_t source, apr_uint64_t boot_us,
                            p0f_verdict_t *v);

/* Copies V to OUT. */
void p0f_verdict_copy(const p0f_verdict_t *v, p0f_verdict_t *out);

/* Copies a text of the database, cut to fit, and returns its length. Control
 * bytes would end lines and fields of whatever it is written into. */
size_t p0f_verdict_copy_text(char out[P0F_TEXT], const char *text);

#endif
