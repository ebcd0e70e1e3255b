/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.c - starts threads; starts and joins the capture thread.
 *
 * A thread must need nothing that httpd's own threads or forked children
 * could wait for: it has all memory it will need before it starts, uses no
 * pool, logs nothing, and leaves every signal to others except those that
 * tell of its own faults, which httpd's handler reports. It begins by giving
 * up capabilities and system calls (harden.c), and who starts it waits for
 * that.
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

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <stdatomic.h>
#endif

#include "http_core.h"

/* Bytes; the loop and a packet's facts take a few thousand. */
#define STACK_SIZE ((size_t)256 * 1024)

#define TURN_NS (100 * 1000)     /* the shortest that Linux grants */
#define NICE    (-10)

/* The capture thread. */
static struct {
    pthread_t thread;
    pid_t owner;                 /* process that runs it, 0: none */
    int stop;                    /* atomic; asks it to end */
    p0f_sniffer_t sniffer;
    p0f_engine_t *engine;
} self;

/* What a thread is started with, on the stack of who starts it. */
typedef struct {
    void *(*body)(void *);
    void *arg;
    int prompt, harden;          /* flags */
    p0f_harden_t *filter;        /* NULL: none */
    unsigned int given_up;
    sem_t ready;                 /* given up, on its way */
} start_t;

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

static void block_signals(sigset_t *before)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    sigset_t set;

    sigfillset(&set);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_SETMASK, &set, before);
}

#ifdef __SANITIZE_ADDRESS__

static struct {
    void *addr;
    size_t size;
} stacks[16];
static atomic_uint stack_count;

static void note_stack(void)
{
    const unsigned int i = atomic_fetch_add(&stack_count, 1);
    pthread_attr_t attr;

    if (i < 16 && !pthread_getattr_np(pthread_self(), &attr)) {
        pthread_attr_getstack(&attr, &stacks[i].addr, &stacks[i].size);
        pthread_attr_destroy(&attr);
    }
}

void p0f_thread_forked(void)
{
    for (int i = 0; i < 16 && stacks[i].addr; i++)
        __asan_unpoison_memory_region(stacks[i].addr, stacks[i].size);
}

#else

static void note_stack(void)
{
}

void p0f_thread_forked(void)
{
}

#endif

/* Every thread of the parent begins here. */
static void *begin(void *arg)
{
    start_t *start = arg;
    void *(*body)(void *) = start->body;

    arg = start->arg;
    note_stack();
    if (start->prompt)
        p0f_thread_ask_for_promptness();
    if (start->harden)
        start->given_up = p0f_harden_thread(start->filter);
    sem_post(&start->ready);     /* START is gone */
    return body(arg);
}

int p0f_thread_create(pthread_t *thread, void *(*run)(void *), void *arg,
                      const char *name)
{
    pthread_attr_t attr;
    sigset_t before;
    int error = pthread_attr_init(&attr);

    if (error)
        return error;
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    block_signals(&before);
    error = pthread_create(thread, &attr, run, arg);
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

/* -X: workers are threads of this process, which changes its user later. */
int p0f_thread_one_process(void)
{
    return ap_exists_config_define("DEBUG")
        || ap_exists_config_define("ONE_PROCESS");
}

int p0f_thread_spawn(pthread_t *thread, void *(*run)(void *), void *arg,
                     const char *name, unsigned int needs,
                     unsigned int *given_up)
{
    start_t start = { .body = run, .arg = arg };
    int error;

    start.prompt = (needs & P0F_HARDEN_CAPTURES) != 0;
    start.harden = !p0f_thread_one_process();
    needs |= P0F_HARDEN_REPORT;
    if (ap_exists_config_define("P0F_SECCOMP_KILL"))
        needs |= P0F_HARDEN_KILL;
    if (start.harden)
        start.filter = p0f_harden_create(needs);
    sem_init(&start.ready, 0, 0);
    error = p0f_thread_create(thread, begin, &start, name);
    while (!error && sem_wait(&start.ready) && errno == EINTR)
        ;
    sem_destroy(&start.ready);
    p0f_harden_free(start.filter);
    if (given_up)
        *given_up = start.given_up;
    return error;
}

static void *capture(void *arg)
{
    p0f_sniffer_run(arg);
    return NULL;
}

p0f_status_t p0f_thread_start(const p0f_sniffer_t *sniffer,
                              const p0f_engine_config_t *engine,
                              p0f_observe_fn *observe,
                              unsigned int *given_up, p0f_error_t *err)
{
    p0f_engine_config_t config = *engine;
    p0f_status_t status;
    int error;

    config.ring_only = !p0f_sniffer_captures(sniffer);
    status = p0f_engine_create(&self.engine, &config, err);
    if (status != P0F_OK)
        return status;
    __atomic_store_n(&self.stop, 0, __ATOMIC_RELEASE);
    self.sniffer = *sniffer;
    self.sniffer.engine = self.engine;
    self.sniffer.stop = &self.stop;
    if (observe)
        p0f_engine_observe(self.engine, observe, NULL);
    error = p0f_thread_spawn(&self.thread, capture, &self.sniffer, "p0f",
                             P0F_HARDEN_CAPTURES, given_up);
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
