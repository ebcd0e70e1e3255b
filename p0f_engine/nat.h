/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nat.h - pure functions: is this still the same machine? A host's new
 * packet or HTTP message is compared with its last one; differences score,
 * and scores add up to "host change" or "ip sharing".
 *
 * Source: p0f 3.09b behaviour, 5.2 to 5.4, 7.6 and 7.7. Row 4: no
 * allocation; the history is the caller's.
 */
#ifndef P0F_NAT_H
#define P0F_NAT_H

#include "host.h"
#include "http.h"

/* Reasons, in the order in which they are told. */
enum {
    P0F_NAT_APP_VS_OS = 1u << 0, P0F_NAT_OS_DIFF = 1u << 1,
    P0F_NAT_SIG_DIFF = 1u << 2, P0F_NAT_X_KNOWN = 1u << 3,
    P0F_NAT_TSTAMP = 1u << 4, P0F_NAT_TTL = 1u << 5, P0F_NAT_PORT = 1u << 6,
    P0F_NAT_MTU = 1u << 7, P0F_NAT_FUZZY = 1u << 8, P0F_NAT_VIA = 1u << 9,
    P0F_NAT_DATE = 1u << 10, P0F_NAT_SRV_SIG_LB = 1u << 11,
    P0F_NAT_UA_VS_OS = 1u << 12
};
#define P0F_NAT_REASONS 13

/* The word for reason number N (bit 1 << N), or NULL. */
const char *p0f_nat_reason(unsigned int n);

/* What a later SYN or SYN+ACK of the same host is compared with. */
typedef struct {
    /* the same for each packet of a kind: */
    uint32_t quirks, layout;     /* P0F_QUIRK_*; hash of the option layout */
    uint32_t line;               /* of the matched signature */
    uint16_t label, mss;         /* label: P0F_NO_LABEL unknown */
    int16_t  dist;
    uint8_t  ttl;
    uint8_t  bits;               /* P0F_REF_* */
    /* the packet's own: */
    uint32_t ts1;
    uint64_t recv_ms;            /* capture time */
} p0f_natref_t;

enum {
    P0F_REF_SET = 1u << 0, P0F_REF_FUZZY = 1u << 1, P0F_REF_TTL_RANDOM = 1u << 2
};

/* The last 32 scores of one side, by the limits that count: bit N of a word
 * is the N-th last score. */
typedef struct {
    uint32_t above[4];           /* at least 6, 3, 2, 1 */
} p0f_natscores_t;

/* A host as client, or as server. */
typedef struct {
    p0f_natref_t ref;            /* last SYN, or last SYN+ACK */
    p0f_natscores_t scores;
    uint16_t http;               /* label of the last system by request, or of
                                    the last response */
    uint16_t port;               /* client's of the last SYN, or server's of
                                    the last response; 0 none */
} p0f_natside_t;

/* A host's private history, a cache line for each role: few hosts are both, so
 * that the server's is cleared when it is first needed. All zero and
 * p0f_nat_reset at its start. */
typedef struct {
    p0f_natside_t side;
    uint16_t db_gen;             /* whose label numbers these are, low bits */
    uint16_t reasons;            /* P0F_NAT_*, of both sides */
    bool     has_server;         /* the other line is this host's */
    uint8_t  spare[3];
} p0f_natclient_t;

typedef struct {
    p0f_natside_t side;
    uint32_t http_date;          /* Date header of the last response, seconds;
                                    0 none */
    uint32_t http_recv;          /* when it came, seconds */
} p0f_natserver_t;

_Static_assert(sizeof(p0f_natclient_t) == 64 && sizeof(p0f_natserver_t) == 64,
               "a line for each role");

/* Where it lies. */
typedef struct {
    p0f_natclient_t *client;
    p0f_natserver_t *server;
} p0f_natpriv_t;

static inline p0f_natserver_t *p0f_nat_server(const p0f_natpriv_t *priv)
{
    if (!priv->client->has_server)
        *priv->server = (p0f_natserver_t){ .side.http = P0F_NO_LABEL };
    priv->client->has_server = true;
    return priv->server;
}

static inline p0f_natside_t *p0f_nat_side(const p0f_natpriv_t *priv,
                                          p0f_dir_t dir)
{
    return dir == P0F_DIR_REQUEST ? &priv->client->side
                                  : &p0f_nat_server(priv)->side;
}

/* What a push of a score says. */
typedef struct {
    enum { P0F_NAT_SILENT, P0F_NAT_CHANGE, P0F_NAT_SHARING } verdict;
    uint32_t reasons;            /* P0F_NAT_*, to be told */
    uint8_t  hits[4];            /* scores of at least 6, 3, 2, 1 */
} p0f_natevent_t;

/* At most this many events of one message. */
#define P0F_NAT_EVENTS 2

/* Makes PRIV empty for labels of generation GEN. */
void p0f_nat_reset(const p0f_natpriv_t *priv, uint32_t gen);

/* What SYN (or a SYN+ACK) is compared by. */
p0f_natref_t p0f_nat_ref(const p0f_seensyn_t *syn);

/* Compares CUR of DIR (response: a SYN+ACK) with HOST and its history, before
 * either learns of it. CLIENT_PORT: of the connection. STRICT: let a server's
 * record take client ports for its own, as 3.09b does. Updates PRIV's scores;
 * the caller then makes CUR the new ref of DIR's side. */
void p0f_nat_tcp(const p0f_db_t *db, const p0f_host_t *host,
                 const p0f_natpriv_t *priv, p0f_dir_t dir, const p0f_natref_t *cur,
                 uint16_t client_port, bool strict, p0f_natevent_t *event);

/* A program (label APP) was seen on HOST: may it run on that system? */
void p0f_nat_tool(const p0f_db_t *db, const p0f_host_t *host,
                  const p0f_natpriv_t *priv, p0f_dir_t dir, uint16_t app,
                  p0f_natevent_t *event);

/* What an HTTP message says of its sender, short enough to be handed on. All
 * numbers are those of the database that recognised it. */
typedef struct {
    uint32_t claim;              /* name_id of the system that the User-Agent
                                    names by ua_os, P0F_NAT_NO_CLAIM none */
    uint16_t label;              /* signature, or P0F_NO_LABEL */
    uint16_t language;           /* code of a known one, 0 none */
    uint8_t  dishonest;          /* 1: the software isn't what it says */
    uint8_t  via;                /* 1: says it went through a proxy */
    uint8_t  spare[2];           /* 0 */
} p0f_saidhttp_t;

#define P0F_NAT_NO_CLAIM UINT32_MAX

/* Says in SAID what HEAD of DIR, whose places are in BUFFER and which was
 * recognised as MATCH, tells; a response claims no system and has no
 * language. Any thread, any process. */
void p0f_nat_hear(const p0f_db_t *db, p0f_dir_t dir, const p0f_http_t *head,
                  p0f_bytes_t buffer, const p0f_httpmatch_t *match,
                  p0f_saidhttp_t *said);

/* The bad_sw (record.h) after SAID of a host that runs the system of label
 * SYSTEM and had OLD. Any thread, any process. */
uint8_t p0f_nat_bad_sw(const p0f_db_t *db, uint16_t system, uint8_t old,
                       const p0f_saidhttp_t *said);

/* What a message changes in its sender's record, of the same names there. */
typedef struct {
    uint16_t label, http, language;
    uint8_t  quality, bad_sw;
} p0f_nathost_t;

/* True if AFTER is other than what HOST has. */
static inline bool p0f_nat_is_news(const p0f_host_t *host,
                                   const p0f_nathost_t *after)
{
    return ((host->label ^ after->label) | (host->http ^ after->http)
            | (host->language ^ after->language)
            | (host->quality ^ after->quality)
            | (host->bad_sw ^ after->bad_sw)) != 0;
}

/* Writes AFTER to HOST. */
void p0f_nat_enter(p0f_host_t *host, const p0f_nathost_t *after);

/* Compares a request that says SAID with HOST and its history, then enters it
 * in that; *AFTER is what it makes of HOST. SAID's numbers need not be valid.
 * Fills EVENTS, as many as there are; returns how many. */
unsigned int p0f_nat_request(const p0f_db_t *db, const p0f_host_t *host,
                             const p0f_natpriv_t *priv, const p0f_saidhttp_t *said,
                             p0f_nathost_t *after,
                             p0f_natevent_t events[P0F_NAT_EVENTS]);

/* An HTTP message as it was read and recognised. */
typedef struct {
    p0f_dir_t dir;
    const p0f_http_t *head;
    p0f_bytes_t buffer;
    const p0f_httpmatch_t *match;
    const p0f_saidhttp_t *said;  /* p0f_nat_hear */
    uint32_t date;               /* of its Date header, seconds; 0 none */
    p0f_bytes_t text;            /* what p0f_http_format writes, a NUL behind
                                    it; empty: not written yet */
    uint16_t server_port;
    uint32_t wall_s;             /* when it came */
} p0f_seenhttp_t;

/* Compares an HTTP message with HOST and its history, then enters it in
 * both. Fills EVENTS, as many as there are; returns how many. */
unsigned int p0f_nat_http(const p0f_db_t *db, p0f_host_t *host,
                          const p0f_natpriv_t *priv, const p0f_seenhttp_t *seen,
                          p0f_natevent_t events[P0F_NAT_EVENTS]);

#endif
