/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlet.c - the queue is a ring of bytes: length and bytes of each record
 * one after another, from `tail` (the writer's) to `head` (the putter's),
 * which only grow and are taken modulo the size. It is memory that a helper
 * process may share, so the thread believes nothing that stands in it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* dladdr, pthread_timedjoin_np */
#endif
#include "outlet.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "thread.h"

enum {
    QUEUE = 1 << 20,             /* bytes; a power of two */
    BATCH = 64 * 1024,           /* bytes of a write to a file */
    GRACE_MS = 500,              /* to write what is queued at the end */
    IDLE_MS = 1000, JOIN_S = 2
};

/* Shared with who puts records in. */
typedef struct {
    atomic_int asleep;
    _Atomic uint64_t lost;
    _Atomic size_t head, tail;   /* tail: told to the putter */
    unsigned char bytes[QUEUE];
} queue_t;

struct p0f_outlet_t {
    p0f_outlet_config_t config;
    pthread_t thread;
    int wake_fd;
    atomic_int stop;
    queue_t *queue;
    size_t tail;                 /* the thread's own */
    uint64_t written;            /* bytes, by the thread */
    bool cut;                    /* a line is written in part */
    uint64_t deadline_ms;        /* of the end, 0: not yet */
    char batch[BATCH + 1];
};

static uint64_t now_ms(void)
{
    struct timespec now = { 0 };

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void wake(p0f_outlet_t *o)
{
    const uint64_t one = 1;
    ssize_t n = write(o->wake_fd, &one, sizeof(one));

    (void)n;
}

/* ---- the putter --------------------------------------------------------- */

static void copy_in(p0f_outlet_t *o, size_t at, const void *bytes, size_t n)
{
    size_t start = at & (QUEUE - 1);
    size_t first = n < QUEUE - start ? n : QUEUE - start;

    memcpy(o->queue->bytes + start, bytes, first);
    memcpy(o->queue->bytes, (const char *)bytes + first, n - first);
}

bool p0f_outlet_put(p0f_outlet_t *outlet, const void *bytes, size_t n)
{
    size_t head = atomic_load_explicit(&outlet->queue->head, memory_order_relaxed);
    size_t tail = atomic_load_explicit(&outlet->queue->tail, memory_order_acquire);
    uint32_t len = (uint32_t)n;

    if (n > BATCH || n + sizeof(len) > QUEUE - (head - tail)) {
        atomic_fetch_add(&outlet->queue->lost, 1);
        return false;
    }
    copy_in(outlet, head, &len, sizeof(len));
    copy_in(outlet, head + sizeof(len), bytes, n);
    atomic_store(&outlet->queue->head, head + sizeof(len) + n);
    if (atomic_exchange(&outlet->queue->asleep, 0))
        wake(outlet);
    return true;
}

uint64_t p0f_outlet_lost(const p0f_outlet_t *outlet)
{
    return atomic_load(&outlet->queue->lost);
}

/* ---- the thread --------------------------------------------------------- */

static void copy_out(const p0f_outlet_t *o, size_t at, void *bytes, size_t n)
{
    size_t start = at & (QUEUE - 1);
    size_t first = n < QUEUE - start ? n : QUEUE - start;

    memcpy(bytes, o->queue->bytes + start, first);
    memcpy((char *)bytes + first, o->queue->bytes, n - first);
}

static bool full(const p0f_outlet_t *o, size_t n)
{
    return o->config.room && o->written + n > o->config.room;
}

/* Fills the batch with whole records, as many as go into one write; *COUNT of
 * them, *LEN bytes. False: the queue is empty. */
static bool take(p0f_outlet_t *o, unsigned int *count, size_t *len)
{
    size_t limit = o->config.pipe ? PIPE_BUF : BATCH;
    size_t head = atomic_load_explicit(&o->queue->head, memory_order_acquire);
    size_t tail = o->tail;
    bool any = tail != head;
    uint32_t n;

    *count = 0;
    *len = 0;
    for (; tail != head; tail += sizeof(n) + n) {
        copy_out(o, tail, &n, sizeof(n));
        if (head - tail > QUEUE || head - tail < sizeof(n)
            || head - tail - sizeof(n) < n) {
            atomic_fetch_add(&o->queue->lost, 1);
            tail = head;         /* no queue of ours */
            break;
        }
        if (n > limit || full(o, *len + n))
            atomic_fetch_add(&o->queue->lost, 1);
        else if (*len + n > limit)
            break;
        else {
            copy_out(o, tail + sizeof(n), o->batch + *len, n);
            *len += n;
            ++*count;
        }
    }
    o->tail = tail;
    atomic_store_explicit(&o->queue->tail, tail, memory_order_release);
    return any;
}

/* How long it may wait yet, milliseconds. */
static int patience(p0f_outlet_t *o)
{
    uint64_t now = now_ms();

    if (!atomic_load(&o->stop))
        return IDLE_MS;
    if (!o->deadline_ms)
        o->deadline_ms = now + GRACE_MS;
    return now < o->deadline_ms ? (int)(o->deadline_ms - now) : 0;
}

/* Until the reader takes more, or to the end. False: give up. */
static bool wait_for_room(p0f_outlet_t *o)
{
    struct pollfd fd = { .fd = o->config.fd, .events = POLLOUT };
    int ms = patience(o);

    poll(&fd, 1, ms < IDLE_MS / 10 ? ms : IDLE_MS / 10);
    return ms > 0;
}

static void put_right(p0f_outlet_t *o, size_t done)
{
    if (!done)
        return;
    if (o->config.alone && ftruncate(o->config.fd,
                                     lseek(o->config.fd, 0, SEEK_END)
                                     - (off_t)done) == 0)
        return;
    o->cut = true;
}

/* Writes LEN bytes of the batch, or as much as can be. A line that was cut
 * off before is ended first. */
static bool write_batch(p0f_outlet_t *o, size_t len)
{
    char *p = o->batch;
    size_t done = 0;
    ssize_t n;

    if (o->cut && !o->config.alone && !o->config.pipe) {
        memmove(p + 1, p, len++);
        *p = '\n';
    }
    while (done < len) {
        n = write(o->config.fd, p + done, len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n == 0 || errno != EAGAIN || !wait_for_room(o))
            break;
    }
    if (done < len) {
        put_right(o, done);
        return false;
    }
    o->cut = false;
    o->written += len;
    return true;
}

static void sleep_until_needed(p0f_outlet_t *o)
{
    struct pollfd fd = { .fd = o->wake_fd, .events = POLLIN };
    uint64_t count;
    ssize_t n;

    atomic_store(&o->queue->asleep, 1);
    if (atomic_load(&o->queue->head) == o->tail
        && !atomic_load(&o->stop))
        poll(&fd, 1, IDLE_MS);
    atomic_store(&o->queue->asleep, 0);
    n = read(o->wake_fd, &count, sizeof(count));
    (void)n;
}

static void *run(void *arg)
{
    p0f_outlet_t *o = arg;
    unsigned int count;
    size_t len;

    for (;;) {
        if (!take(o, &count, &len)) {
            if (atomic_load(&o->stop))
                return NULL;
            sleep_until_needed(o);
        }
        else if (count && (!patience(o) || !write_batch(o, len)))
            atomic_fetch_add(&o->queue->lost, count);
    }
}

/* ---- making and ending -------------------------------------------------- */

void p0f_outlet_inherit(p0f_outlet_t *outlet, bool on)
{
#ifdef MADV_DONTFORK
    madvise(outlet->queue, sizeof(queue_t), on ? MADV_DOFORK : MADV_DONTFORK);
#else
    (void)outlet;
    (void)on;
#endif
}

int p0f_outlet_wake_fd(const p0f_outlet_t *outlet)
{
    return outlet->wake_fd;
}

/* All but the thread; NULL: errno tells. */
static p0f_outlet_t *create(const p0f_outlet_config_t *config)
{
    p0f_outlet_t *o = calloc(1, sizeof(*o));
    void *queue;

    if (!o)
        return NULL;
    o->config = *config;
    queue = mmap(NULL, sizeof(queue_t), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    o->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue == MAP_FAILED || o->wake_fd < 0) {
        if (queue != MAP_FAILED)
            munmap(queue, sizeof(queue_t));
        if (o->wake_fd >= 0)
            close(o->wake_fd);
        free(o);
        return NULL;
    }
    o->queue = queue;
    p0f_outlet_inherit(o, false);
    return o;
}

static void destroy(p0f_outlet_t *o)
{
    close(o->wake_fd);
    munmap(o->queue, sizeof(queue_t));
    free(o);
}

p0f_status_t p0f_outlet_open(p0f_outlet_t **out,
                             const p0f_outlet_config_t *config,
                             p0f_error_t *err)
{
    p0f_outlet_t *o = create(config);
    int error;

    *out = NULL;
    if (!o)
        return p0f_status_fail(err, P0F_ENOMEM, "no memory for a log: %s",
                               strerror(errno));
    error = p0f_thread_spawn(&o->thread, run, o, "p0f-log", P0F_HARDEN_FILES,
                             NULL);
    if (error) {
        destroy(o);
        return p0f_status_fail(err, P0F_ESYSTEM,
                               "a log's thread can't be started: %s",
                               strerror(error));
    }
    *out = o;
    return P0F_OK;
}

/* The thread never comes back from a write: it and what it uses stay. */
static void leave_behind(p0f_outlet_t *o)
{
    Dl_info info;

    pthread_detach(o->thread);
    if (dladdr((const void *)(uintptr_t)run, &info))
        dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
}

void p0f_outlet_close(p0f_outlet_t *outlet)
{
    struct timespec until = { 0 };

    if (!outlet)
        return;
    atomic_store(&outlet->stop, 1);
    wake(outlet);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1 + JOIN_S;
    if (pthread_timedjoin_np(outlet->thread, NULL, &until)) {
        leave_behind(outlet);
        return;
    }
    destroy(outlet);
}
