/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.c - starts threads; starts and joins the capture thread.
 *
 * A thread must need nothing that httpd's own threads or forked children
 * could wait for: it has all memory it will need before it starts, uses no
 * pool, logs nothing, and leaves every signal to others except those that
 * tell of its own faults, which httpd's handler reports.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* pthread_setname_np, syscall */
#endif
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Bytes; the loop and a packet's facts take a few thousand. */
#define STACK_SIZE ((size_t)256 * 1024)

#define TURN_NS (100 * 1000)     /* the shortest that Linux grants */
#define NICE    (-10)

static struct {
    pthread_t thread;
    pid_t owner;                 /* process that runs it, 0: none */
    int stop;                    /* atomic; asks it to end */
    p0f_sniffer_t sniffer;
    p0f_engine_t *engine;
    int only;                    /* gives up nothing */
    p0f_harden_t *filter;        /* until the thread has taken it over */
    unsigned int given_up;
    sem_t ready;                 /* given up, on its way */
} self;

/* Who waits for an answer of the capture waits for this thread, so that on a
 * busy machine it must run soon after it wakes. It needs a fraction of one
 * processor even when SYNs come as fast as the system can deliver them. On
 * Linux the nice value is the thread's own, and 6.12 and newer prefer who
 * asks for short turns. What the system refuses or doesn't know is left as it
 * is. */
void p0f_thread_ask_for_promptness(void)
{
#ifdef SYS_sched_setattr
    struct {                     /* struct sched_attr, sched_setattr(2) */
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period; /* nanoseconds */
    } attr = { .size = 0 };

    if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0)
        || attr.policy != SCHED_OTHER)
        return;
    attr.size = sizeof(attr);
    attr.runtime = TURN_NS;
    syscall(SYS_sched_setattr, 0, &attr, 0);
    attr.nice = NICE;            /* a privilege */
    syscall(SYS_sched_setattr, 0, &attr, 0);
#endif
}

static void *run(void *arg)
{
    p0f_thread_ask_for_promptness();
    if (!self.only)
        self.given_up = p0f_harden_thread(self.filter);
    sem_post(&self.ready);
    p0f_sniffer_run(arg);
    return NULL;
}

static void block_signals(sigset_t *before)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    sigset_t set;

    sigfillset(&set);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_SETMASK, &set, before);
}

int p0f_thread_spawn(pthread_t *thread, void *(*body)(void *), void *arg,
                     const char *name)
{
    pthread_attr_t attr;
    sigset_t before;
    int error = pthread_attr_init(&attr);

    if (error)
        return error;
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    block_signals(&before);
    error = pthread_create(thread, &attr, body, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
#ifdef __linux__
    if (!error)
        pthread_setname_np(*thread, name);
#else
    (void)name;
#endif
    return error;
}

p0f_status_t p0f_thread_start(const p0f_sniffer_t *sniffer,
                              const p0f_engine_config_t *engine,
                              p0f_observe_fn *observe, int only,
                              unsigned int *given_up, p0f_error_t *err)
{
    p0f_status_t status = p0f_engine_create(&self.engine, engine, err);
    int error;

    if (status != P0F_OK)
        return status;
    __atomic_store_n(&self.stop, 0, __ATOMIC_RELEASE);
    self.sniffer = *sniffer;
    self.sniffer.engine = self.engine;
    self.sniffer.stop = &self.stop;
    self.only = only;
    self.given_up = 0;
    self.filter = only ? NULL : p0f_harden_create(P0F_HARDEN_CAPTURES
                                                   | P0F_HARDEN_REPORT);
    if (observe)
        p0f_engine_observe(self.engine, observe, NULL);
    sem_init(&self.ready, 0, 0);
    error = p0f_thread_spawn(&self.thread, run, &self.sniffer, "p0f");
    while (!error && sem_wait(&self.ready) && errno == EINTR)
        ;
    p0f_harden_free(self.filter);
    self.filter = NULL;
    *given_up = self.given_up;
    if (error) {
        p0f_engine_destroy(self.engine);
        return p0f_status_fail(err, P0F_ESYSTEM,
                               "the capture thread can't be started: %s",
                               strerror(error));
    }
    self.owner = getpid();
    return P0F_OK;
}

void p0f_thread_join(void)
{
    if (!self.owner || self.owner != getpid())
        return;
    __atomic_store_n(&self.stop, 1, __ATOMIC_RELEASE);
    p0f_sniffer_wake(self.sniffer.wake_fd);
    pthread_join(self.thread, NULL);
    p0f_engine_destroy(self.engine);
    self.owner = 0;
}
