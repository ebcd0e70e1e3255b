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
#define _GNU_SOURCE              /* pthread_setname_np */
#endif
#include "thread.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Bytes; the loop and a packet's facts take a few thousand. */
#define STACK_SIZE ((size_t)256 * 1024)

static struct {
    pthread_t thread;
    pid_t owner;                 /* process that runs it, 0: none */
    int stop;                    /* atomic; asks it to end */
    p0f_sniffer_t sniffer;
    p0f_engine_t *engine;
} self;

static void *run(void *arg)
{
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
                              p0f_observe_fn *observe, p0f_error_t *err)
{
    p0f_status_t status = p0f_engine_create(&self.engine, engine, err);
    int error;

    if (status != P0F_OK)
        return status;
    __atomic_store_n(&self.stop, 0, __ATOMIC_RELEASE);
    self.sniffer = *sniffer;
    self.sniffer.engine = self.engine;
    self.sniffer.stop = &self.stop;
    if (observe)
        p0f_engine_observe(self.engine, observe, NULL);
    error = p0f_thread_spawn(&self.thread, run, &self.sniffer, "p0f");
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
