/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.c - what the helper process gives up, in this order:
 *
 *   descriptors     all but the captures' and the wake-up; 0 to 2 are
 *                   /dev/null, so that no listener, log or pipe is left
 *   root            P0fChroot
 *   bounding set    no program could give capabilities back
 *   user            groups, group, user, each for good
 *   new privileges  none, by nothing
 *   parent          the helper is killed when the parent ends; a change of
 *                   user takes that back, so it stands here
 *   harden.h        capabilities, also of a server that isn't root but has
 *                   some, and system calls but those of the loop
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* setresuid, chroot */
#endif
#include "confine.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

/* Sanitizers have a report of their own to write. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

const char *p0f_confine_trouble(int code)
{
    static const char *const troubles[] = {
        "can't close its descriptors",
        "can't make P0fChroot its root directory",
        "can't drop its capability bounding set",
        "can't change to its user",
        "can't give up gaining privileges",
        "can't follow the end of its parent",
        "can't give up capabilities and system calls",
        "can't start the thread of P0fApiSocket"
    };

    if (code < P0F_CONFINE_FIRST || code > P0F_CONFINE_LAST)
        return "ended";
    return troubles[code - P0F_CONFINE_FIRST];
}

#ifdef __linux__

int p0f_confine_available(void)
{
    return 1;
}

/* ---- giving up, in the helper ----------------------------------------- */

static int close_between(unsigned int first, unsigned int last)
{
    struct rlimit limit = { .rlim_cur = 65536 };

    if (first > last)
        return 0;
#ifdef SYS_close_range
    if (!syscall(SYS_close_range, first, last, 0))
        return 0;
#endif
    getrlimit(RLIMIT_NOFILE, &limit); /* Linux before 5.9 */
    for (unsigned int fd = first; fd <= last && fd < limit.rlim_cur; fd++)
        close((int)fd);
    return 0;
}

static int close_descriptors(const p0f_confine_t *c)
{
    unsigned int next = 3;
    int null = open("/dev/null", O_RDWR);

    if (null < 0)
        return -1;
    for (int fd = 0; fd < 3; fd++) {
        if (!(SANITIZED && fd == 2) && dup2(null, fd) < 0)
            return -1;
    }
    /* NULL's own number may be one between. */
    for (int i = 0; i < c->keep_count; i++) {
        if (c->keep[i] > (int)next)
            close_between(next, (unsigned int)c->keep[i] - 1);
        next = (unsigned int)c->keep[i] + 1;
    }
    return close_between(next, ~0u);
}

static int change_root(const p0f_confine_t *c)
{
    if (!c->root)
        return 0;
    return chroot(c->root) || chdir("/");
}

/* Not for a server without the right to: it then has nothing to lose. */
int p0f_confine_bounds(const p0f_confine_t *confine)
{
    if (!confine->change_user)
        return 0;
    for (unsigned long cap = 0; cap < 64; cap++) {
        if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1
            && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
            return -1;
    }
    return 0;
}

static int change_user(const p0f_confine_t *c)
{
    if (!c->change_user)
        return 0;
    if (setgroups(0, NULL) || setresgid(c->gid, c->gid, c->gid)
        || setresuid(c->uid, c->uid, c->uid))
        return -1;
    return setuid(0) == 0;
}

/* No process of the same user may trace it, no core shows the server's
 * memory, and no new process is made. */
static int drop_privileges(void)
{
    const struct rlimit none = { 0, 0 };

    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_NPROC, &none);
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int follow_parent(const p0f_confine_t *c)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
        || getppid() != c->parent;
}

static int harden(const p0f_confine_t *c)
{
    const unsigned int all = P0F_HARDENED_CAPABILITIES
                           | (c->filter ? P0F_HARDENED_CALLS : 0);

#ifdef PR_CAP_AMBIENT_CLEAR_ALL
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
#endif
    return (p0f_harden_thread(c->filter) & all) != all;
}

p0f_confine_code_t p0f_confine(const p0f_confine_t *confine)
{
    /* Also now, so that nothing is left over if the parent ends meanwhile. */
    if (follow_parent(confine))
        return P0F_CONFINE_PARENT;
    if (close_descriptors(confine))
        return P0F_CONFINE_DESCRIPTORS;
    if (change_root(confine))
        return P0F_CONFINE_ROOT;
    if (p0f_confine_bounds(confine))
        return P0F_CONFINE_BOUNDS;
    if (change_user(confine))
        return P0F_CONFINE_USER;
    if (drop_privileges())
        return P0F_CONFINE_PRIVILEGES;
    if (follow_parent(confine))
        return P0F_CONFINE_PARENT;
    if (harden(confine))
        return P0F_CONFINE_RIGHTS;
    return P0F_CONFINED;
}

#else /* not Linux: no end with the parent, so no helper */

int p0f_confine_available(void)
{
    return 0;
}

p0f_confine_code_t p0f_confine(const p0f_confine_t *confine)
{
    (void)confine;
    return P0F_CONFINE_PARENT;
}

int p0f_confine_bounds(const p0f_confine_t *confine)
{
    (void)confine;
    return -1;
}

#endif
