/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.c - the end of a worker process is bounded.
 *
 * An alarm stands behind the MPM's own handlers. worker and event replace
 * these once they have started their threads, and then end in another way.
 */
#include "ending.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "thread.h"

#define LEAVE_S 2

typedef void handler_t(int);

static handler_t *before_hup, *before_term; /* the MPM's */

static void leave(int sig)
{
    (void)sig;
    _exit(0);
}

/* Only what may be called in a handler. */
static void set_alarm(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = leave;
    sigaction(SIGALRM, &action, NULL);
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &action.sa_mask, NULL);
    alarm(LEAVE_S);
}

static void end(int sig)
{
    set_alarm();
    (sig == SIGHUP ? before_hup : before_term)(sig);
    alarm(0);                    /* it didn't mean the end */
}

static void stand_behind(int sig, handler_t **before)
{
    struct sigaction action;

    if (sigaction(sig, NULL, &action) || action.sa_flags & SA_SIGINFO
        || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
        return;
    *before = action.sa_handler;
    action.sa_handler = end;
    sigaction(sig, &action, NULL);
}

int p0f_ending_bound(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    (void)s;
    if (!p0f_thread_one_process()) {
        stand_behind(SIGHUP, &before_hup);
        stand_behind(SIGTERM, &before_term);
    }
    return OK;
}
