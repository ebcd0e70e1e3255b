/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlet.h - a bounded queue to a file or a pipe with a thread behind it, so
 * that a slow or full disk or reader never holds up who writes.
 *
 * One thread puts records in; the outlet's own thread writes them, whole ones
 * at a time. What finds no room, or can't be written, is lost and counted.
 */
#ifndef P0F_HTTPD_OUTLET_H
#define P0F_HTTPD_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../p0f_engine/status.h"

typedef struct p0f_outlet_t p0f_outlet_t;

typedef struct {
    int fd;                      /* to be written to; stays the caller's */
    bool pipe;                   /* non-blocking, at most PIPE_BUF at a time,
                                    since others may write there as well */
    bool alone;                  /* a regular file that nobody else writes:
                                    what was written in part is taken back */
    uint64_t room;               /* bytes that may be written, 0: any */
} p0f_outlet_config_t;

/* Makes an outlet and starts its thread. ENOMEM, ESYSTEM, told in ERR. Main
 * thread. */
p0f_status_t p0f_outlet_open(p0f_outlet_t **out,
                             const p0f_outlet_config_t *config,
                             p0f_error_t *err);

/* Puts the N bytes of one record in the queue; false: lost. Never waits. One
 * thread, or one process that inherited the queue. */
bool p0f_outlet_put(p0f_outlet_t *outlet, const void *bytes, size_t n);

/* Around the fork of a process that is to put records in: with ON it
 * inherits the queue, which no other child has. Off again right after. */
void p0f_outlet_inherit(p0f_outlet_t *outlet, bool on);

/* The descriptor that wakes the outlet's thread: such a process keeps it
 * open. */
int p0f_outlet_wake_fd(const p0f_outlet_t *outlet);

/* Records lost so far. Any thread. */
uint64_t p0f_outlet_lost(const p0f_outlet_t *outlet);

/* Lets the thread write what is queued, for at most half a second, ends it
 * and frees the outlet. A thread that the system holds in a write to a dead
 * disk is left behind after two more seconds, and the code it stands in is
 * kept loaded: the server goes on. NULL is nothing. Main thread, and no
 * p0f_outlet_put runs or follows. */
void p0f_outlet_close(p0f_outlet_t *outlet);

#endif
