/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f_process.c - descriptors, privileges, background, signals, threads
 * (p0f 3.09b behaviour, 10).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* close_range, initgroups, chroot */
#endif
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../p0f_engine/sniffer.h"
#include "p0f.h"

enum { STACK_SIZE = 512 * 1024, MOST_FDS = 65536 };

/* ---- descriptors ------------------------------------------------------- */

static void close_between(int first, int last)
{
#ifdef CLOSE_RANGE_UNSHARE
    if (first > last || !close_range((unsigned)first, (unsigned)last, 0))
        return;
#endif
    for (int fd = first; fd <= last && fd < MOST_FDS; fd++)
        close(fd);
}

/* The descriptor that WORD names as a file, as a shell does for <(...); -1
 * if it is none. */
static int named_descriptor(const char *word)
{
    int fd, end = 0;

    if ((sscanf(word, "/dev/fd/%d%n", &fd, &end) == 1
         || sscanf(word, "/proc/self/fd/%d%n", &fd, &end) == 1)
        && !word[end])
        return fd;
    return -1;
}

/* All but those that WORDS name. */
static void close_inherited(char *const *words)
{
    int first = STDERR_FILENO + 1, next;

    do {
        next = INT_MAX;
        for (char *const *word = words; *word; word++) {
            int fd = named_descriptor(*word);

            if (fd >= first && fd < next)
                next = fd;
        }
        close_between(first, next == INT_MAX ? next : next - 1);
        first = next < INT_MAX ? next + 1 : next;
    } while (next < INT_MAX);
}

int process_prepare(char *const *words)
{
    int fd;

    if (getuid() != geteuid() || getgid() != getegid())
        return fail("it must not run set-uid");
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    close_inherited(words);
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

/* ---- privileges -------------------------------------------------------- */

/* Locks the process into DIR. A jail with the system's insides in it would be
 * none. */
static int enter(const char *dir)
{
    struct stat st;

    if (chdir(dir) || chroot(dir) || chdir("/"))
        return fail("-u: cannot make %s the root directory: %s", dir,
                    strerror(errno));
    if (!lstat("/proc", &st) || !lstat("/sys", &st))
        return fail("-u: the home directory %s holds /proc or /sys: take a "
                    "user whose home is empty", dir);
    return 0;
}

int process_become(const char *user)
{
    const struct passwd *who = getpwnam(user);

    if (!who)
        return fail("-u: there is no user %s", user);
    if (!who->pw_uid || !who->pw_gid)
        return fail("-u: %s is root or has its group: take another user",
                    user);
    if (!who->pw_dir || who->pw_dir[0] != '/' || !strcmp(who->pw_dir, "/"))
        return fail("-u: %s has no home directory of its own", user);
    if (geteuid())
        return fail("-u: only root can become another user");
    if (initgroups(user, who->pw_gid))
        return fail("-u: the groups of %s: %s", user, strerror(errno));
    if (enter(who->pw_dir))
        return 1;
    if (setgid(who->pw_gid) || setuid(who->pw_uid)
        || getegid() != who->pw_gid || geteuid() != who->pw_uid
        || !setuid(0))
        return fail("-u: cannot become %s: %s", user, strerror(errno));
    return 0;
}

/* ---- background -------------------------------------------------------- */

/* The one who waits at the other end of READY: prints the new number, unless
 * the child ends before it is ready. */
static void wait_for(pid_t child, int ready)
{
    char byte;

    if (read(ready, &byte, 1) != 1)
        _exit(1);
    printf("%ld\n", (long)child);
    fflush(stdout);
    _exit(0);
}

int process_detach(int dev_null, int *ready)
{
    int output = isatty(STDERR_FILENO) ? dev_null : STDERR_FILENO;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) || (pid = fork()) < 0)
        return fail("-d: %s", strerror(errno));
    if (pid > 0) {
        close(ends[1]);
        wait_for(pid, ends[0]);
    }
    close(ends[0]);
    *ready = ends[1];
    setsid();
    dup2(dev_null, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (chdir("/"))
        return fail("-d: %s", strerror(errno));
    return 0;
}

void process_ready(int ready)
{
    ssize_t n = write(ready, "", 1);

    (void)n;                     /* nobody waits any more: no matter */
    close(ready);
}

/* ---- signals and threads ----------------------------------------------- */

static struct {
    int stop;                    /* atomic: asked to end */
    int wake_fd;
} signals;

static void on_signal(int number)
{
    (void)number;
    if (__atomic_exchange_n(&signals.stop, 1, __ATOMIC_ACQ_REL))
        _exit(1);
    p0f_sniffer_wake(signals.wake_fd);
}

void process_catch_signals(int wake_fd, bool daemon)
{
    struct sigaction action = { .sa_handler = on_signal };

    signals.wake_fd = wake_fd;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (daemon)
        action.sa_handler = SIG_IGN;
    sigaction(SIGHUP, &action, NULL);
}

const int *process_stop(void)
{
    return &signals.stop;
}

int process_thread(pthread_t *thread, void *(*body)(void *), void *arg)
{
    pthread_attr_t attr;
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(thread, &attr, body, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (error)
        return fail("cannot start a thread: %s", strerror(error));
    return 0;
}
