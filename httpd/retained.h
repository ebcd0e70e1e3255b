/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retained.h - what outlives a restart: capture handles, the wake-up
 * descriptor, both shared segments, the helper process.
 *
 * httpd unloads this code at each restart and loads it anew, perhaps another
 * version of it, perhaps none. The record lies in memory of the process; it
 * holds plain values, and begins with a head whose layout never changes, so
 * that any version can close what any other left behind.
 *
 *   post_config   p0f_retained_hold: libpcap's own closing function, which
 *                 stays loaded, is registered on plog, and a mark is left
 *   pre_config    p0f_retained_take: finds the mark and takes that back
 *   (no module)   plog is cleared, the handles are closed
 *
 * The helper process hangs on plog in the same way, by a pool that ends it
 * when it is cleared.
 *
 * Main process, main thread, except where said.
 */
#ifndef P0F_HTTPD_RETAINED_H
#define P0F_HTTPD_RETAINED_H

#include "httpd.h"
#include "../p0f_engine/cache.h"
#include "../p0f_engine/ring.h"
#include "../p0f_engine/server.h"
#include "../p0f_engine/sniffer.h"

#define P0F_RETAINED_MAGIC  0x44463050u /* "P0FD" */
#define P0F_RETAINED_LAYOUT 4u
#define P0F_RETAINED_MAPS   4
#define P0F_RETAINED_KEY    40  /* bytes, room for a digest as text */

/* Never changes, from one version to the next. */
typedef struct {
    uint32_t magic, layout;
    uint32_t size;               /* bytes of the whole record */
    int      wake_fd;            /* -1: none */
    uint32_t handle_count;
    void    *handles[P0F_SNIFFER_CAPTURES]; /* for CLOSER; NULL: none */
    void   (*closer)(void *);    /* of libpcap, which stays loaded */
    apr_pool_t *life;            /* its clearing ends the helper process, at
                                    once; NULL: there has been none */
    uint32_t alive;              /* 0: the handles hang on plog and may be
                                    closed by now; 1: taken back from it */
    struct {
        void  *addr;
        size_t size;             /* 0: none */
    } maps[P0F_RETAINED_MAPS];
} p0f_retained_head_t;

/* The helper process of isolation.h. */
typedef struct {
    apr_proc_t proc;             /* pid 0: none runs */
    int asked;                   /* 1: there was one, remarks are made */
} p0f_helper_t;

/* The record of this version. */
typedef struct {
    p0f_retained_head_t head;    /* filled by p0f_retained_hold */
    uint32_t starts;             /* post_config passes that got to the end */
    p0f_cache_t cache;           /* .ro NULL: none */
    p0f_ring_t ring;             /* .base NULL: none */
    int wake_fd;                 /* -1: none */
    int capture_count;
    p0f_capture_t captures[P0F_SNIFFER_CAPTURES];
    char capture_key[P0F_RETAINED_KEY]; /* digest of what they were opened
                                    for; "": not to be kept */
    uint32_t forked;             /* children with copies of the handles, in
                                    this generation */
    uint32_t *let_go;            /* of these, have closed them; shared with
                                    them; NULL: isn't known */
    int saved_syn;               /* 1: set on the listeners */
    p0f_helper_t helper;
    int has_database;            /* 1: the cache holds a configured one */
    int api_fd;                  /* listening socket, -1: none */
    ino_t api_inode;             /* of what stands at its path */
    char api_path[108];          /* "": none */
    p0f_server_guests_t *api_guests; /* its connections; between a thread and
                                    the next, NULL else */
} p0f_retained_t;

/* The record, made if there is none or only one of another version, whose
 * holdings are closed. */
p0f_retained_t *p0f_retained_get(void);

/* Makes the clearing of PLOG close the handles and end the helper, unless the next
 * p0f_retained_take comes first. Returns the head. */
p0f_retained_head_t *p0f_retained_hold(p0f_retained_t *r, apr_pool_t *plog);

/* Takes the handles and the helper back from PLOG. Returns the head of the record that
 * holds them, perhaps another version's, or NULL where PLOG holds none. */
p0f_retained_head_t *p0f_retained_take(apr_pool_t *plog);

/* Begins to count children anew. */
void p0f_retained_new_generation(p0f_retained_head_t *head);

/* Closes the capture handles, which PLOG doesn't hold. */
void p0f_retained_close_captures(p0f_retained_t *r);

/* Waits, for 50 ms at most, until children forked in this generation have
 * closed their copies: who closes a packet socket last waits tens of
 * milliseconds for the kernel, and for mod_cgid's daemon, which has a socket
 * to open in that time, that would be too long. Before closing a handle. */
void p0f_retained_await_children(const p0f_retained_t *r);

/* After a fork, in the main process: a child holds copies now. */
void p0f_retained_has_forked(p0f_retained_head_t *head);

/* True if HEAD is that of a record of this version. */
bool p0f_retained_ours(const p0f_retained_head_t *head);

/* In a process forked from the main one: closes this process's copies of
 * the capture handles and takes them off PLOG. The thread that forked. */
void p0f_retained_forked(p0f_retained_head_t *head, apr_pool_t *plog);

#endif
