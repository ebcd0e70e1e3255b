/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harden.c - a thread gives up capabilities and system calls (Linux
 * capabilities(7), seccomp(2)).
 *
 * The filter is made by libseccomp in the main thread and taken over as a
 * plain program, so that the thread itself allocates nothing. What is not
 * listed fails; it kills nobody, since a C library of tomorrow may make a
 * harmless call that today's doesn't.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* pipe2, syscall */
#endif
#include "harden.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

/* A sanitizer's runtime makes calls of its own. */
#if defined(P0F_HAVE_SECCOMP) && !defined(__SANITIZE_ADDRESS__) \
    && !defined(__SANITIZE_THREAD__) && !defined(P0F_SANITIZED)
#define USE_SECCOMP 1
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#endif

#ifdef USE_SECCOMP

struct p0f_harden_t {
    struct sock_fprog prog;
    struct sock_filter code[BPF_MAXINSNS];
};

/* Waiting, clocks, what is open; the C library's end and memory. */
static const int always[] = {
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64), SCMP_SYS(read),
    SCMP_SYS(preadv2), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(futex),
    SCMP_SYS(futex_time64), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield),
    SCMP_SYS(munmap), SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(brk),
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(getpid), SCMP_SYS(gettid)
};

/* The way from a fault to httpd's report of it. */
static const int report[] = {
    SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack), SCMP_SYS(chdir),
    SCMP_SYS(kill), SCMP_SYS(tgkill)
};

/* What libpcap asks of an open handle. */
static const int captures[] = {
    SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(bind),
    SCMP_SYS(recvfrom)
};

static const int clients[] = {
    SCMP_SYS(accept4), SCMP_SYS(accept), SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg), SCMP_SYS(recv), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(send), SCMP_SYS(shutdown), SCMP_SYS(close), SCMP_SYS(fcntl),
    SCMP_SYS(getsockopt), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl)
};

static const int files[] = { SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64) };

static int allow_all(scmp_filter_ctx ctx, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0))
            return 0;
    }
    return 1;
}

#define ALLOW_ALL(ctx, calls) \
    allow_all(ctx, calls, sizeof(calls) / sizeof((calls)[0]))

/* Memory, but none that can be executed. */
static int allow_memory(scmp_filter_ctx ctx)
{
    const struct scmp_arg_cmp data =
        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);

    return !seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, data)
        && !seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                             data);
}

/* Of setsockopt only the one for promiscuous mode, of ioctl the questions
 * about an interface. */
static int allow_captures(scmp_filter_ctx ctx)
{
    static const scmp_datum_t questions[] = {
        0x8910, 0x8913, 0x8927, 0x8933 /* SIOCGIFNAME, FLAGS, HWADDR, INDEX */
    };

    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        const struct scmp_arg_cmp one = SCMP_A1(SCMP_CMP_EQ, questions[i], 0);

        if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, one))
            return 0;
    }
    return ALLOW_ALL(ctx, captures)
        && !seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 2,
                             SCMP_A1(SCMP_CMP_EQ, SOL_PACKET, 0),
                             SCMP_A2(SCMP_CMP_EQ, PACKET_ADD_MEMBERSHIP, 0));
}

/* libpcap opens a file about dropped frames, with P0fPromiscuous, and does
 * without. */
static int refuse_mildly(scmp_filter_ctx ctx)
{
    return !seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(open), 0)
        && !seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(openat),
                             0);
}

/* Fetches the program of CTX through a pipe, which is larger than any. */
static int export(scmp_filter_ctx ctx, p0f_harden_t *filter)
{
    ssize_t n = -1;
    int fds[2];

    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
        return 0;
    if (!seccomp_export_bpf(ctx, fds[1]))
        n = read(fds[0], filter->code, sizeof(filter->code));
    close(fds[0]);
    close(fds[1]);
    if (n <= 0 || (size_t)n % sizeof(filter->code[0]))
        return 0;
    filter->prog.len = (unsigned short)((size_t)n / sizeof(filter->code[0]));
    filter->prog.filter = filter->code;
    return 1;
}

p0f_harden_t *p0f_harden_create(unsigned int needs)
{
    p0f_harden_t *filter = calloc(1, sizeof(*filter));
    scmp_filter_ctx ctx = seccomp_init(needs & P0F_HARDEN_KILL
                                           ? SCMP_ACT_KILL_PROCESS
                                           : SCMP_ACT_ERRNO(EPERM));
    int ok = filter && ctx && ALLOW_ALL(ctx, always) && allow_memory(ctx)
        && (!(needs & P0F_HARDEN_CAPTURES) || allow_captures(ctx))
        && (!(needs & P0F_HARDEN_CLIENTS) || ALLOW_ALL(ctx, clients))
        && (!(needs & P0F_HARDEN_FILES) || ALLOW_ALL(ctx, files))
        && (!(needs & P0F_HARDEN_REPORT) || ALLOW_ALL(ctx, report))
        && (!(needs & P0F_HARDEN_KILL) || refuse_mildly(ctx))
        && export(ctx, filter);

    if (ctx)
        seccomp_release(ctx);
    if (ok)
        return filter;
    free(filter);
    return NULL;
}

/* The speculation of stores stays on where the kernel would turn it off with
 * a filter: that costs, and guards against code that isn't here. */
static int give_up_calls(const p0f_harden_t *filter)
{
    return !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                    SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter->prog)
        || !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter->prog);
}

#else

struct p0f_harden_t {
    int none;
};

p0f_harden_t *p0f_harden_create(unsigned int needs)
{
    (void)needs;
    return NULL;
}

static int give_up_calls(const p0f_harden_t *filter)
{
    (void)filter;
    return 0;
}

#endif

/* And the way to new ones, a program's. The system call, since the C library's
 * function, where there is one, may mean the whole process. */
static int give_up_capabilities(void)
{
#ifdef __linux__
    struct __user_cap_header_struct head = {
        .version = _LINUX_CAPABILITY_VERSION_3
    };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        && !syscall(SYS_capset, &head, none);
#else
    return 0;
#endif
}

void p0f_harden_worker(void)
{
#ifdef __linux__
    struct __user_cap_header_struct head = {
        .version = _LINUX_CAPABILITY_VERSION_3
    };
    struct __user_cap_data_struct had[_LINUX_CAPABILITY_U32S_3];
    const uint32_t raw = CAP_TO_MASK(CAP_NET_RAW);
    const unsigned int at = CAP_TO_INDEX(CAP_NET_RAW);

    if (!geteuid() || syscall(SYS_capget, &head, had)
        || !(had[at].permitted & raw))
        return;
    had[at].effective &= ~raw;
    had[at].permitted &= ~raw;
    had[at].inheritable &= ~raw;
    (void)syscall(SYS_capset, &head, had);   /* fewer are always allowed */
#endif
}

void p0f_harden_programs(void)
{
#if defined(__linux__) && defined(PR_CAP_AMBIENT)
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_NET_RAW, 0, 0);
#endif
}

unsigned int p0f_harden_thread(const p0f_harden_t *filter)
{
    unsigned int given_up = 0;

    if (give_up_capabilities())
        given_up |= P0F_HARDENED_CAPABILITIES;
    if (filter && give_up_calls(filter))
        given_up |= P0F_HARDENED_CALLS;
    return given_up;
}

void p0f_harden_free(p0f_harden_t *filter)
{
    free(filter);
}
