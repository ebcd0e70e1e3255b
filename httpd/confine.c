/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.c - what the helper process gives up, in this order:
 *
 *   descriptors     all but the captures' and the wake-up; 0 to 2 are
 *                   /dev/null, so that no listener, log or pipe is left
 *   root            P0fChroot
 *   bounding set    no program could give capabilities back
 *   user            groups, group, user, each for good
 *   capabilities    also of a server that isn't root but has some
 *   new privileges  none, by nothing
 *   parent          the helper is killed when the parent ends; a change of
 *                   user takes that back, so it stands here
 *   system calls    those of the loop
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* setresuid, chroot */
#endif
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#endif
#ifdef P0F_HAVE_SECCOMP
#include <seccomp.h>
#endif

/* Sanitizers have calls and a report of their own to make. */
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
        "can't give up its capabilities",
        "can't give up gaining privileges",
        "can't follow the end of its parent",
        "can't filter its system calls"
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

/* ---- the filter, made by the parent ----------------------------------- */

#ifdef P0F_HAVE_SECCOMP

/* The loop, libpcap below it, and the C library below that. bind is for an
 * interface that comes back; the only sockets there are see SYNs and nothing
 * else, wherever they are bound. */
static const int allowed[] = {
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
    SCMP_SYS(read), SCMP_SYS(preadv2), SCMP_SYS(write),
    SCMP_SYS(lseek), SCMP_SYS(_llseek),
    SCMP_SYS(recvfrom), SCMP_SYS(getsockopt), SCMP_SYS(bind),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
    SCMP_SYS(gettimeofday), SCMP_SYS(futex), SCMP_SYS(futex_time64),
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(madvise),
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall)
};

/* Questions about an interface: is it there, which one, of what kind. */
static const unsigned int asked[] = { SIOCGIFFLAGS, SIOCGIFINDEX,
                                      SIOCGIFHWADDR };

/* libpcap asks for them and copes without: dropped frames of the device,
 * with P0fPromiscuous. */
static const int refused[] = { SCMP_SYS(open), SCMP_SYS(openat) };

static int add_rules(scmp_filter_ctx filter, int kill)
{
    int failed = 0;

    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; kill && i < sizeof(refused) / sizeof(refused[0]); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i],
                                   0);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                   SCMP_A1(SCMP_CMP_EQ, asked[i], 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt),
                               2, SCMP_A1(SCMP_CMP_EQ, SOL_PACKET, 0),
                               SCMP_A2(SCMP_CMP_EQ, PACKET_ADD_MEMBERSHIP,
                                       0));
    /* Memory, but none to run code from. */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap2), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return failed ? -1 : 0;
}

/* Through a pipe: libseccomp writes its program to a descriptor only. The
 * longest one there can be is shorter than a pipe's room. */
static int export_program(scmp_filter_ctx filter, p0f_confine_filter_t *out)
{
    static const size_t room = BPF_MAXINSNS * sizeof(struct sock_filter);
    unsigned char *program = malloc(room);
    ssize_t n = -1;
    int fds[2];

    if (!program || pipe2(fds, O_CLOEXEC)) {
        free(program);
        return -1;
    }
    if (!seccomp_export_bpf(filter, fds[1]))
        n = read(fds[0], program, room);
    close(fds[0]);
    close(fds[1]);
    if (n <= 0 || (size_t)n % sizeof(struct sock_filter)) {
        free(program);
        return -1;
    }
    out->program = program;
    out->count = (uint16_t)((size_t)n / sizeof(struct sock_filter));
    return 0;
}

p0f_status_t p0f_confine_filter(p0f_confine_filter_t *out, int kill,
                                p0f_error_t *err)
{
    scmp_filter_ctx filter;
    int failed;

    *out = (p0f_confine_filter_t){ .program = NULL };
    if (SANITIZED)
        return p0f_status_fail(err, P0F_ESYSTEM, "a build with sanitizers");
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
        return p0f_status_fail(err, P0F_ESYSTEM, "this kernel has no seccomp");
    filter = seccomp_init(kill ? SCMP_ACT_KILL_PROCESS
                               : SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return p0f_status_fail(err, P0F_ESYSTEM, "seccomp_init failed");
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
    failed = add_rules(filter, kill) || export_program(filter, out);
    seccomp_release(filter);
    if (failed)
        return p0f_status_fail(err, P0F_ESYSTEM, "libseccomp: %s",
                               strerror(errno));
    return P0F_OK;
}

#else

p0f_status_t p0f_confine_filter(p0f_confine_filter_t *out, int kill,
                                p0f_error_t *err)
{
    (void)kill;
    *out = (p0f_confine_filter_t){ .program = NULL };
    return p0f_status_fail(err, P0F_ESYSTEM, "built without libseccomp");
}

#endif

void p0f_confine_filter_free(p0f_confine_filter_t *filter)
{
    free(filter->program);
    *filter = (p0f_confine_filter_t){ .program = NULL };
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
static int drop_bounds(const p0f_confine_t *c)
{
    if (!c->change_user)
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

static int drop_capabilities(void)
{
    struct __user_cap_header_struct head = {
        .version = _LINUX_CAPABILITY_VERSION_3
    };
    struct __user_cap_data_struct none[2];

    memset(none, 0, sizeof(none));
#ifdef PR_CAP_AMBIENT_CLEAR_ALL
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
#endif
    return (int)syscall(SYS_capset, &head, none);
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

static int filter_calls(const p0f_confine_t *c)
{
    const struct sock_fprog program = {
        .len = c->filter->count, .filter = c->filter->program
    };

    if (!program.filter)
        return 0;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
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
    if (drop_bounds(confine))
        return P0F_CONFINE_BOUNDS;
    if (change_user(confine))
        return P0F_CONFINE_USER;
    if (drop_capabilities())
        return P0F_CONFINE_CAPABILITIES;
    if (drop_privileges())
        return P0F_CONFINE_PRIVILEGES;
    if (follow_parent(confine))
        return P0F_CONFINE_PARENT;
    if (filter_calls(confine))
        return P0F_CONFINE_FILTER;
    return P0F_CONFINED;
}

#else /* not Linux: no end with the parent, so no helper */

int p0f_confine_available(void)
{
    return 0;
}

p0f_status_t p0f_confine_filter(p0f_confine_filter_t *out, int kill,
                                p0f_error_t *err)
{
    (void)kill;
    *out = (p0f_confine_filter_t){ .program = NULL };
    return p0f_status_fail(err, P0F_ESYSTEM, "not on this system");
}

void p0f_confine_filter_free(p0f_confine_filter_t *filter)
{
    (void)filter;
}

p0f_confine_code_t p0f_confine(const p0f_confine_t *confine)
{
    (void)confine;
    return P0F_CONFINE_PARENT;
}

#endif
