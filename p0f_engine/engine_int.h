/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_int.h - what engine.c, engine_ring.c and conversation.c share;
 * private to them.
 *
 * engine.c reads packets and fingerprints them; conversation.c follows
 * connections for the tools; engine_ring.c takes what workers hand over.
 * Row 7.
 */
#ifndef P0F_ENGINE_INT_H
#define P0F_ENGINE_INT_H

#include "engine.h"
#include "flow.h"
#include "heads.h"
#include "hosts.h"
#include "lru.h"
#include "memo.h"
#include "nat.h"
#include "shape.h"

#define P0F_MAX_OBSERVERS 4

/* A frame goes through a queue in steps, each some frames behind the one
 * before, so that memory which the next step needs is on its way meanwhile:
 * read, looked up (its addresses hashed), fetched (its sender's record
 * found), entered. The length is a power of two. */
#define P0F_QUEUE 16
enum { P0F_LOOK_BEHIND = 2, P0F_FETCH_BEHIND = 8, P0F_ENTER_BEHIND = 15 };

/* A host being worked on: its record, to be published, and its history. */
typedef struct {
    p0f_slot_t slot;
    p0f_host_t *rec;                 /* in room, or where it lies (hosts.h) */
    p0f_natpriv_t priv;
    p0f_natref_t ref;                /* of the packet in work, once learnt */
    p0f_host_t room;
} p0f_work_t;

/* A connection being worked on. */
typedef struct {
    p0f_slot_t slot;
    const p0f_conn_t *old;           /* its record, where it lies; NULL: none */
    bool kept;                       /* there is a place for it */
} p0f_connwork_t;

/* A frame that was read. */
typedef struct {
    p0f_packet_t packet;
    p0f_time_t time;
    p0f_ends_hash_t hash;            /* of its addresses; conversations */
    uint64_t shape;                  /* of the SYN, 0 none */
    p0f_guess_t sender;              /* set for SYNs */
    p0f_guess_t conn;                /* likewise; not for conversations */
    p0f_drop_t drop;                 /* not NONE: only time is set beside */
} p0f_arrival_t;

/* What workers hand over goes through a queue of its own, of which the same
 * holds: looked up when it comes, fetched (what is kept of the connection and
 * its host found), entered. One of the two queues is always empty. */
#define P0F_HANDED 8
enum { P0F_HANDED_FETCH_BEHIND = 3, P0F_HANDED_ENTER_BEHIND = 6 };

/* A record of the ring. */
typedef struct {
    p0f_ring_rec_t rec;
    p0f_time_t now;                  /* when it was taken from there */
    bool follow;                     /* the table of connections counts */
    p0f_guess_t conn, host;          /* of the connection if that is set, of
                                        its peer */
} p0f_handed_t;

/* Where the last hosts and captured connections were found: a record of a
 * connection comes soon after its SYN, and a host opens several connections. So
 * most addresses and keys are hashed and looked for once. Each has one place
 * here, by a number that costs little and isn't secret: who makes keys meet
 * makes them be looked for again, no more. What is remembered is a guess as any
 * other: where its index isn't right any more, its probe still is. */
#define P0F_NEAR_BITS 8

typedef struct {
    p0f_addr_t addr;
    p0f_guess_t guess;               /* tag 0: nothing is here */
} p0f_nearhost_t;

typedef struct {
    p0f_connkey_t key;
    p0f_guess_t guess;
} p0f_nearconn_t;

struct p0f_engine_t {
    p0f_engine_config_t config;
    p0f_hosts_t hosts;
    p0f_conns_t conns;
    struct {
        p0f_nearhost_t hosts[1 << P0F_NEAR_BITS];
        p0f_nearconn_t conns[1 << P0F_NEAR_BITS];
    } near;                          /* not for conversations */
    struct {
        p0f_natclient_t *clients;
        p0f_natserver_t *servers;
        size_t size;                 /* bytes mapped */
    } history;                       /* of hosts, by number of their record */
    p0f_flows_t *flows;              /* conversations; NULL: SYN only */
    p0f_heads_t *heads;              /* conversations */
    p0f_lru_t *lru;                  /* conversations: order of the hosts */
    unsigned int until_expiry;       /* packets */
    int64_t last_expiry_s;
    struct {
        p0f_observe_fn *fn;
        void *ctx;
    } observers[P0F_MAX_OBSERVERS];
    unsigned int observer_count;
    p0f_memo_t *memo;
    p0f_shapes_t *shapes;
    struct {
        p0f_work_t host;
        bool valid;
    } server;                        /* conversations: the last one connected
                                        to, its record not yet published */
    struct {
        p0f_addr_t addr;
        uint64_t hash;
    } target;                        /* conversations: of the last SYN: where
                                        most go */
    p0f_arrival_t queue[P0F_QUEUE];  /* rings: arrival n at n % P0F_QUEUE */
    unsigned int arrived, looked, fetched, entered; /* how many so far */
    struct {
        p0f_handed_t queue[P0F_HANDED];
        unsigned int arrived, fetched, entered;
        uint32_t follow_until_s;     /* ring only: since boot; 0: not at all,
                                        UINT32_MAX: not known yet */
    } handed;
    const p0f_arrival_t *arrival;    /* the one in work; NULL: a request is */
    const p0f_packet_t *packet;      /* its packet; NULL likewise */
    p0f_time_t time;
    struct {
        uint64_t boot_ms;
        int64_t wall64_s;
        uint32_t boot_s, wall_s;     /* until 2106 */
    } now;                           /* the same, divided once */
    const p0f_db_t *db;              /* in use since it was begun */
    uint32_t db_gen;
};

/* A fingerprinted packet, a SYN or SYN+ACK, on its way. */
typedef struct {
    const p0f_kind_t *kind;
    p0f_seensyn_t seen;
} p0f_print_t;

/* Whom an observation is about. */
typedef struct {
    const p0f_addr_t *client, *server;
    uint16_t client_port, server_port;
    p0f_dir_t dir;                   /* REQUEST: the client, else the server */
} p0f_ends_t;

static inline uint32_t p0f_boot_seconds(p0f_time_t time)
{
    return (uint32_t)(time.boot_us / 1000000);
}

/* The history of the host whose record has the number N. */
static inline p0f_natpriv_t p0f_engine_history(const p0f_engine_t *e,
                                               uint32_t n)
{
    return (p0f_natpriv_t){ &e->history.clients[n], &e->history.servers[n] };
}

/* Counts one. */
void p0f_engine_count(const p0f_engine_t *e, unsigned int counter);

/* Recognises the packet in work. PEER_MSS: for a SYN+ACK, of the SYN. */
void p0f_engine_print(p0f_engine_t *e, uint16_t peer_mss, bool confirmed,
                      p0f_print_t *print);

/* An observation of KIND with the ends filled in. */
p0f_observation_t p0f_engine_about(const p0f_engine_t *e,
                                   const p0f_ends_t *ends,
                                   p0f_obs_kind_t kind);

void p0f_engine_tell(const p0f_engine_t *e, const p0f_observation_t *obs);

/* Tells EVENT, if it is one, and enters it in WORK's record. */
void p0f_engine_event(const p0f_engine_t *e, const p0f_ends_t *ends,
                      const p0f_natevent_t *event, p0f_work_t *work);

/* Brings record and history to the database in use. */
void p0f_engine_renew(const p0f_engine_t *e, p0f_work_t *work);

/* Tells PRINT and all that it says of WORK's host, and enters it there. True
 * if it is a system's (or nobody's known), false if a program's or the
 * active probe's. */
bool p0f_engine_learn(p0f_engine_t *e, const p0f_ends_t *ends,
                      const p0f_print_t *print, p0f_work_t *work);

static inline bool p0f_engine_is_syn(const p0f_packet_t *p)
{
    return (p->flags & (P0F_TCP_SYN | P0F_TCP_ACK)) == P0F_TCP_SYN;
}

/* Reads the packet IP into A: packet and shape. */
p0f_drop_t p0f_engine_read_packet(p0f_engine_t *e, p0f_bytes_t ip,
                                  p0f_arrival_t *a);

/* The database that is published now is in use from here on. */
void p0f_engine_take_db(p0f_engine_t *e);

/* ARRIVAL is in work from here on, or a request if it is NULL. */
void p0f_engine_turn_to(p0f_engine_t *e, const p0f_arrival_t *arrival,
                        p0f_time_t time);

/* Where the connection KEY and the host that is its peer may be; asks for that
 * memory. */
void p0f_engine_look_up(p0f_engine_t *e, const p0f_connkey_t *key,
                        p0f_guess_t *peer, p0f_guess_t *conn);

/* Finds the guessed record of a host, and asks for its memory and that of its
 * history. */
void p0f_engine_fetch_host(const p0f_engine_t *e, p0f_guess_t *guess);

/* The same of the module's host ADDR, which is remembered, and of a connection;
 * nothing where GUESS was recalled. */
void p0f_engine_fetch_peer(p0f_engine_t *e, const p0f_addr_t *addr,
                           p0f_guess_t *guess);
void p0f_engine_fetch_conn(const p0f_engine_t *e, p0f_guess_t *guess);

/* Sets *GUESS to what was guessed of ADDR, of KEY lately. False, and no index,
 * if that isn't remembered: then it is to be looked up. */
bool p0f_engine_recall_host(p0f_engine_t *e, const p0f_addr_t *addr,
                            p0f_guess_t *guess);
bool p0f_engine_recall_conn(p0f_engine_t *e, const p0f_connkey_t *key,
                            p0f_guess_t *guess);

/* The steps of the module's way with the packet in work, a SYN; SAVED: the
 * kernel kept it, so httpd has accepted the connection.
 * Finds the place of the connection KEY, its own or a new one. True if its
 * table has it. */
bool p0f_engine_find_conn(p0f_engine_t *e, const p0f_connkey_t *key,
                          const p0f_guess_t *guess, uint32_t now_s, bool saved,
                          p0f_connwork_t *conn);

/* True if what was found began with this SYN: then all is done. */
bool p0f_engine_known_syn(const p0f_engine_t *e, const p0f_connwork_t *conn);

/* Tells PRINT and what follows from it, and enters it in its sender's record,
 * WORK, which is left to be published. False: there is no place for it. */
bool p0f_engine_enter_syn(p0f_engine_t *e, const p0f_print_t *print,
                          p0f_work_t *work);

/* Enters it in the place that was found, if one was. */
void p0f_engine_keep_conn(p0f_engine_t *e, const p0f_print_t *print,
                          bool saved, const p0f_connwork_t *conn);

/* Marks the entry of an accepted connection, so that SYNs that nobody
 * answered never displace it. */
void p0f_engine_confirm_conn(p0f_engine_t *e, const p0f_connwork_t *conn,
                             uint32_t now_s);

/* Takes all frames, all records on to the end. */
void p0f_engine_empty(p0f_engine_t *e);
void p0f_engine_empty_handed(p0f_engine_t *e);

/* conversation.c: the packet in work, and expiry before it. */
p0f_status_t p0f_conversation_open(p0f_engine_t *e);
void p0f_conversation_close(p0f_engine_t *e);
void p0f_conversation_expire(p0f_engine_t *e);
void p0f_conversation_read(p0f_engine_t *e);
void p0f_conversation_settle(p0f_engine_t *e);

#endif
