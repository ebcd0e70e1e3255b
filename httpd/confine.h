/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.h - what the helper process of P0fIsolation gives up before it
 * reads its first packet: descriptors, root directory, user, capabilities,
 * system calls. After this there is no way back.
 */
#ifndef P0F_HTTPD_CONFINE_H
#define P0F_HTTPD_CONFINE_H

#include <sys/types.h>

#include "harden.h"

typedef struct {
    int change_user;             /* 0: the server isn't root and the helper
                                    stays the user that it is */
    uid_t uid;
    gid_t gid;
    const char *root;            /* P0fChroot; NULL: none */
    pid_t parent;                /* its end is the helper's end */
    const int *keep;             /* descriptors that stay open, ascending */
    int keep_count;
    const p0f_harden_t *filter;  /* NULL: every system call stays */
} p0f_confine_t;

/* What can fail, as exit codes of the helper: starting it again would help
 * nobody. Above all numbers of signals, since APR hands over either. */
typedef enum {
    P0F_CONFINED = 0,
    P0F_CONFINE_FIRST = 100,
    P0F_CONFINE_DESCRIPTORS = P0F_CONFINE_FIRST,
    P0F_CONFINE_ROOT,
    P0F_CONFINE_BOUNDS,
    P0F_CONFINE_USER,
    P0F_CONFINE_PRIVILEGES,
    P0F_CONFINE_PARENT,
    P0F_CONFINE_RIGHTS,
    P0F_CONFINE_SERVING,
    P0F_CONFINE_LAST = P0F_CONFINE_SERVING
} p0f_confine_code_t;

/* True where this system can confine a helper at all. */
int p0f_confine_available(void);

/* Gives everything up, in the order of p0f_confine_t's comment in confine.c.
 * Allocates nothing. The helper, right after the fork, signals set. */
p0f_confine_code_t p0f_confine(const p0f_confine_t *confine);

/* Gives up the calling thread's bounding set, which is no other thread's; 0:
 * done. A second thread of the helper, before p0f_confine changes the user. */
int p0f_confine_bounds(const p0f_confine_t *confine);

/* "can't ...", for the error log. */
const char *p0f_confine_trouble(int code);

#endif
