/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f_sink.c - text on its way to a descriptor, through a ring that the
 * capture fills and a thread empties.
 *
 * Reading a file, the program waits for who reads what it writes, and goes on
 * while the kernel copies. A live capture can't wait: packets would be lost,
 * and the socket's answers grow old.
 *
 * The capture makes texts in the ring itself, without a lock; log lines are
 * packed there, and the writer makes them. The writer touches only what it
 * has been asked for, from `written` to `asked`; both change under the lock,
 * after all that was made before, so what the writer reads is complete. The
 * capture writes only where `written` says, as it last saw it, that the writer
 * is done. What a text needs beyond the ring's end lies behind it: there a
 * packed line is read; text is moved to the start, to be written with what
 * follows.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "p0f.h"

enum { FILE_RING = 1 << 20,      /* bytes: no more than a cache keeps */
       LIVE_RING = 4 << 20,
       WRITE = 128 * 1024,       /* at once, and what the writer is woken for:
                                    waking costs as much as a hundred lines */
       IDLE_NS = 100000000,      /* texts wait no longer for others */
       FAREWELL_S = 2 };         /* for the rest, at the end of a capture */

/* Writes N bytes; errno, 0 if all went. Somebody else may have made the
 * descriptor non-blocking: then it waits. */
static int write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t done = write(fd, bytes, n);

        if (done < 0 && errno == EAGAIN) {
            struct pollfd p = { .fd = fd, .events = POLLOUT };

            poll(&p, 1, -1);
        }
        else if (done < 0 && errno != EINTR) {
            return errno;
        }
        else if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return 0;
}

int sink_open(sink_t *s, int fd, bool live, bool packed)
{
    s->live = live;
    s->size = live ? LIVE_RING : FILE_RING;
    s->ring = malloc(s->size + SINK_TEXT);
    if (packed) {
        s->unpacker = calloc(1, sizeof(*s->unpacker));
        s->lines = malloc(WRITE + P0F_REPORT_LINE);
    }
    if (!s->ring || (packed && (!s->unpacker || !s->lines)))
        return fail("out of memory");
    s->fd = fd;
    return 0;
}

/* ---- the writer -------------------------------------------------------- */

static struct timespec time_in(time_t seconds, long ns)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += seconds + (t.tv_nsec + ns) / 1000000000;
    t.tv_nsec = (t.tv_nsec + ns) % 1000000000;
    return t;
}

/* Sleeps until there is something to do. A live capture asks when it has
 * nothing else to do; who reads a file may be waiting itself, for a pipe. */
static void rest(sink_t *s)
{
    struct timespec until;

    if (s->live) {
        pthread_cond_wait(&s->filled, &s->lock);
        return;
    }
    until = time_in(0, IDLE_NS);
    if (pthread_cond_timedwait(&s->filled, &s->lock, &until) == ETIMEDOUT)
        s->asked = __atomic_load_n(&s->made, __ATOMIC_ACQUIRE);
}

/* What is to be written now, of what the ring holds before ASKED: *LEN bytes
 * from *START on. How much of the ring that takes. */
static size_t next_text(const sink_t *s, size_t asked, char **start,
                        size_t *len)
{
    size_t at = s->written & (s->size - 1), n = asked - s->written;

    if (n > WRITE)
        n = WRITE;
    *start = s->ring + at;
    *len = n < s->size - at ? n : s->size - at;
    return *len;
}

/* The same of packed lines. */
static size_t next_lines(const sink_t *s, size_t asked, char **start,
                         size_t *len)
{
    size_t at = s->written, size;

    *start = s->lines;
    for (*len = 0; at != asked && *len < WRITE; at += size)
        *len += p0f_report_unpack(s->unpacker,
                                  s->ring + (at & (s->size - 1)), &size,
                                  s->lines + *len);
    return at - s->written;
}

static void *write_ring(void *arg)
{
    sink_t *s = arg;
    size_t asked, len, n;
    char *start;
    int error;

    pthread_mutex_lock(&s->lock);
    while (s->asked != s->written || !s->ending) {
        if (s->asked == s->written) {
            rest(s);
            continue;
        }
        asked = s->asked;
        pthread_mutex_unlock(&s->lock);
        n = s->unpacker ? next_lines(s, asked, &start, &len)
                        : next_text(s, asked, &start, &len);
        error = write_all(s->fd, start, len);
        if (error)
            __atomic_store_n(&s->error, error, __ATOMIC_RELAXED);
        pthread_mutex_lock(&s->lock);
        s->written += n;
        pthread_cond_signal(&s->drained);
    }
    s->writing = false;
    pthread_cond_signal(&s->drained);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

int sink_start(sink_t *s)
{
    pthread_condattr_t attr;
    pthread_t thread;

    if (s->fd < 0)
        return 0;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->filled, &attr);
    pthread_cond_init(&s->drained, &attr);
    pthread_condattr_destroy(&attr);
    s->writing = true;
    if (process_thread(&thread, write_ring, s))
        return 1;
    pthread_detach(thread);
    return 0;
}

/* ---- the maker --------------------------------------------------------- */

static bool has_room(const sink_t *s)
{
    return s->made + SINK_TEXT - s->seen <= s->size;
}

/* Asks for all that was made; with the lock held. */
static void ask(sink_t *s)
{
    s->asked = s->told = s->made;
    s->seen = s->written;
    pthread_cond_signal(&s->filled);
}

char *sink_room(sink_t *s)
{
    if (!has_room(s)) {
        pthread_mutex_lock(&s->lock);
        ask(s);
        while (!has_room(s) && !s->live) {
            pthread_cond_wait(&s->drained, &s->lock);
            s->seen = s->written;
        }
        pthread_mutex_unlock(&s->lock);
        if (!has_room(s)) {
            s->lost++;
            return NULL;
        }
    }
    return s->ring + (s->made & (s->size - 1));
}

void sink_made(sink_t *s, size_t n)
{
    size_t at = s->made & (s->size - 1);

    if (at + n > s->size && !s->unpacker)
        memcpy(s->ring, s->ring + s->size, at + n - s->size);
    __atomic_store_n(&s->made, s->made + n, __ATOMIC_RELEASE);
    if (s->made - s->told >= WRITE)
        sink_flush(s);
}

void sink_flush(sink_t *s)
{
    if (s->fd < 0 || s->told == s->made)
        return;
    pthread_mutex_lock(&s->lock);
    ask(s);
    pthread_mutex_unlock(&s->lock);
}

bool sink_gone(const sink_t *s)
{
    return s->fd < 0
        || __atomic_load_n(&s->error, __ATOMIC_RELAXED) == EPIPE;
}

/* Waits for the writer, in a live capture not for ever for who reads it. */
static void see_off_writer(sink_t *s)
{
    struct timespec until = time_in(FAREWELL_S, 0);
    int late = 0;

    pthread_mutex_lock(&s->lock);
    s->ending = true;
    ask(s);
    while (s->writing && !late)
        late = s->live ? pthread_cond_timedwait(&s->drained, &s->lock, &until)
                       : pthread_cond_wait(&s->drained, &s->lock);
    if (s->writing && !s->error)
        __atomic_store_n(&s->error, EAGAIN, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&s->lock);
}

/* A reader who has gone away wants no more. */
int sink_close(sink_t *s, const char *name)
{
    int error;

    if (s->fd < 0)
        return 0;
    see_off_writer(s);
    error = __atomic_load_n(&s->error, __ATOMIC_RELAXED); /* it may write on */
    if (s->lost)
        fail("%" PRIu64 " observations didn't reach the %s: its reader is too "
             "slow", s->lost, name);
    if (error == EAGAIN)
        return fail("nobody reads the %s: the last observations are missing",
                    name);
    if (error && error != EPIPE)
        return fail("cannot write the %s: %s", name, strerror(error));
    return error != 0;
}
