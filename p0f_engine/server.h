/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - answers queries of a fixed size on a Unix socket: the body of a
 * thread of its own, so that neither side waits for a capture.
 *
 * Any number of queries on a connection, in pieces or many at once; replies
 * go out in the order of the queries. What a client does holds up nobody
 * else: nothing blocks, each has its own small buffers, and one that leaves a
 * query unfinished or a reply unread for 2 seconds is cut off. When all
 * places are taken, who connects waits, until one is free or has been silent
 * for 2 seconds: the longest silent one then goes.
 *
 * It allocates at its creation only, logs nothing and takes no lock. What is
 * asked and answered is the protocol's (api_v3.h). Row 7.
 */
#ifndef P0F_SERVER_H
#define P0F_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "status.h"
#include "types.h"

/* Most clients a server may have. */
#define P0F_SERVER_CLIENTS 1000

/* When a query was asked, in microseconds since boot, and what time it is. */
typedef struct {
    uint64_t asked_us, now_us;
    bool last;                   /* it has to be answered now */
} p0f_server_asked_t;

/* Answers the query of query_size bytes at QUERY with at most reply_max bytes
 * at REPLY. Returns the length; 0, unless it is the last time: ask again in a
 * moment, what the answer comes from may be behind. */
typedef size_t p0f_server_answer_fn(void *ctx, const uint8_t *query,
                                    const p0f_server_asked_t *asked,
                                    uint8_t *reply);

/* Whether who connected FD may ask. One or two system calls, no more. */
typedef bool p0f_server_admit_fn(const void *who, int fd);

typedef struct {
    p0f_server_answer_fn *answer;
    void *ctx;
    p0f_server_admit_fn *admit;  /* NULL: everybody may */
    const void *who;             /* for it */
    size_t query_size, reply_max;
    uint64_t wait_us;            /* how long a query may be asked again: one a
                                    client and second; 0: never */
    int listen_fd;               /* of p0f_server_listen; stays the caller's */
    unsigned int max_clients;    /* 1 .. P0F_SERVER_CLIENTS */
    int wake_fd;                 /* readable: look at stop; this server's own,
                                    an eventfd (p0f_sniffer_wake) */
    const int *stop;             /* atomic; not 0: leave */
} p0f_server_config_t;

typedef struct p0f_server_t p0f_server_t;

/* How it goes; each counts from the server's creation but the first. */
typedef struct {
    uint64_t clients;            /* connected now */
    uint64_t accepted;           /* connections */
    uint64_t queries;            /* answered */
    uint64_t late;               /* cut off: query unfinished, reply unread */
    uint64_t broken;             /* gone with one of these open */
    uint64_t displaced;          /* silent ones that gave way */
    uint64_t refused;            /* that may not ask */
} p0f_server_counts_t;

/* Opens a listening socket at PATH with the permission bits MODE; not
 * inherited by programs, non-blocking. A socket that stands there is replaced
 * if nobody listens on it; anything else there, a path that is too long, a
 * directory in which anybody could replace the socket are refused. ESYSTEM,
 * ELIMIT, told in ERR with PATH; *FD is then -1. Startup. */
p0f_status_t p0f_server_listen(int *fd, const char *path, mode_t mode,
                               int backlog, p0f_error_t *err);

/* Makes a server; all memory is allocated here with malloc. ENOMEM, told in
 * ERR. Startup, before its thread runs. */
p0f_status_t p0f_server_create(p0f_server_t **out,
                               const p0f_server_config_t *config,
                               p0f_error_t *err);

/* The descriptor that it holds beside those it was given. */
int p0f_server_descriptor(const p0f_server_t *server);

/* Serves until *stop is set. The server's thread only, which has the
 * signals that it shouldn't see blocked. */
void p0f_server_run(p0f_server_t *server);

/* Any thread, also while it runs. */
void p0f_server_counts(const p0f_server_t *server, p0f_server_counts_t *out);

/* Closes all connections and frees SERVER. After its loop. */
void p0f_server_destroy(p0f_server_t *server);

/* ---- from one server to the next -------------------------------------- */

/* Connections without a server: descriptors, and what has come and not gone.
 * Plain memory, that any code with this layout understands. */
typedef struct p0f_server_guests_t p0f_server_guests_t;

/* Takes the clients out of SERVER, after its loop and before its end. NULL if
 * there are none, or no memory: then they stay and are closed with it. */
p0f_server_guests_t *p0f_server_hand_over(p0f_server_t *server);

/* Guest N's descriptor, for who keeps it under another number; NULL past the
 * last. */
int *p0f_server_guest(p0f_server_guests_t *guests, unsigned int n);

/* Lets GUESTS, clients of a server with the same sizes, into SERVER, before
 * its loop, and frees them; SERVER NULL, and those that there is no place for
 * or that may not ask: they are closed. NULL is none. */
void p0f_server_take_in(p0f_server_t *server, p0f_server_guests_t *guests);

#endif
