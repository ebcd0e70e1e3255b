/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harden.h - a thread, or the helper process, gives up what it won't need:
 * capabilities, and system calls beyond those its loop makes.
 *
 * It limits what a mistake in the thread can ask of the kernel. It is no
 * wall: the thread shares the memory of the process it runs in, which keeps
 * all it had; P0fIsolation process has a wall. Never in a process that
 * changes its own user afterwards (-X): the C library makes every thread take
 * part in that, aborts where one may not and waits for ever where one can't.
 */
#ifndef P0F_HTTPD_HARDEN_H
#define P0F_HTTPD_HARDEN_H

#include <stddef.h>

/* What a thread does beside waiting, reading and writing what is open. */
enum {
    P0F_HARDEN_CAPTURES = 1,     /* binds packet sockets to interfaces */
    P0F_HARDEN_CLIENTS = 2,      /* accepts clients on a socket, talks, closes
                                    connections */
    P0F_HARDEN_REPORT = 4,       /* reports its faults by httpd's handler */
    P0F_HARDEN_FILES = 16,       /* shortens open files */
    P0F_HARDEN_KILL = 8          /* not a need: what doesn't pass ends the
                                    process, to find it in tests */
};

/* What was given up. */
enum {
    P0F_HARDENED_CAPABILITIES = 1,
    P0F_HARDENED_CALLS = 2
};

/* A filter of system calls, ready to be used in any thread. */
typedef struct p0f_harden_t p0f_harden_t;

/* Makes a filter that lets pass what NEEDS (P0F_HARDEN_*) takes; all else
 * fails with EPERM. NULL where the system has no such filters or no memory.
 * For p0f_harden_free. Main thread. */
p0f_harden_t *p0f_harden_create(unsigned int needs);

/* Takes capabilities and, with FILTER not NULL, system calls from the calling
 * thread, for ever. Returns what was given up (P0F_HARDENED_*). Allocates
 * nothing. */
unsigned int p0f_harden_thread(const p0f_harden_t *filter);

/* Takes from the calling process, unless it is root's, what an httpd that isn't
 * root's may have by file or ambient capabilities, and what its children don't
 * need: to open packet sockets. The process must have one thread. Safe after a
 * fork. */
void p0f_harden_worker(void);

/* The same from the programs that the calling process will start; it keeps what
 * it has itself. Main thread. */
void p0f_harden_programs(void);

void p0f_harden_free(p0f_harden_t *filter);

#endif
