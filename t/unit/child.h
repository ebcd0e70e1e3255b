/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.h - runs a test's body in a forked child and tells how it ended.
 */
#ifndef T_UNIT_CHILD_H
#define T_UNIT_CHILD_H

#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts BODY in a child; its result is the exit status. A fault kills the
 * child by its signal, also where a sanitizer has a handler of its own. */
static inline pid_t child_start(int (*body)(void *), void *arg)
{
    pid_t pid = fork();

    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        _exit(body(arg));
    }
    return pid;
}

/* Waits for PID: its exit status, or minus the signal that ended it. */
static inline int child_end(pid_t pid)
{
    int status;

    if (pid <= 0 || waitpid(pid, &status, 0) != pid)
        return -1000;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline int child_run(int (*body)(void *), void *arg)
{
    return child_end(child_start(body, arg));
}

/* Seconds that a test of chance takes: 1, or as P0F_TEST_SECONDS says. */
static inline unsigned int test_seconds(void)
{
    const char *text = getenv("P0F_TEST_SECONDS");
    int seconds = text ? atoi(text) : 0;

    return seconds > 0 ? (unsigned int)seconds : 1;
}

#endif
