/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f_output.c - observations on their way to the screen and to the log.
 *
 * Reading a file, the program waits for whoever reads what it writes. A live
 * capture can't: packets would be lost, and the socket's answers grow old. So
 * a thread writes, from a ring that the capture fills.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "p0f.h"

enum { BUFFER = 64 * 1024,       /* bytes written at once, reading a file */
       RING = 4 << 20,           /* bytes that wait, in a live capture */
       FAREWELL_S = 2 };         /* for the rest, at the end */

/* ---- sinks ------------------------------------------------------------- */

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

static int sink_open(sink_t *sink, int fd, bool live)
{
    sink->size = live ? RING : BUFFER;
    sink->buffer = malloc(sink->size);
    if (!sink->buffer)
        return fail("out of memory");
    sink->fd = fd;
    return 0;
}

/* The writer's body. What it is writing stays in the ring until it is
 * written, so that no one else touches it. */
static void *write_ring(void *arg)
{
    sink_t *s = arg;

    pthread_mutex_lock(&s->lock);
    while (s->used || !s->ending) {
        size_t n = s->used < s->size - s->first ? s->used
                                                : s->size - s->first;
        int error;

        if (!n) {
            pthread_cond_wait(&s->filled, &s->lock);
            continue;
        }
        pthread_mutex_unlock(&s->lock);
        error = write_all(s->fd, s->buffer + s->first, n);
        pthread_mutex_lock(&s->lock);
        s->first = (s->first + n) % s->size;
        s->used -= n;
        if (error)
            __atomic_store_n(&s->error, error, __ATOMIC_RELAXED);
        if (!s->used)
            pthread_cond_signal(&s->drained);
    }
    s->writing = false;
    pthread_cond_signal(&s->drained);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static int sink_start(sink_t *s)
{
    pthread_t thread;

    if (s->fd < 0)
        return 0;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->filled, NULL);
    pthread_cond_init(&s->drained, NULL);
    s->threaded = s->writing = true;
    if (process_thread(&thread, write_ring, s))
        return 1;
    pthread_detach(thread);
    return 0;
}

static void put_in_ring(sink_t *s, const char *text, size_t n)
{
    size_t at, until_end;

    pthread_mutex_lock(&s->lock);
    if (n > s->size - s->used) {
        s->lost++;
    }
    else {
        at = (s->first + s->used) % s->size;
        until_end = s->size - at < n ? s->size - at : n;
        memcpy(s->buffer + at, text, until_end);
        memcpy(s->buffer, text + until_end, n - until_end);
        s->used += n;
        if (s->used >= BUFFER)
            pthread_cond_signal(&s->filled);
    }
    pthread_mutex_unlock(&s->lock);
}

static void sink_flush(sink_t *s)
{
    int error = 0;

    if (s->threaded) {
        pthread_mutex_lock(&s->lock);
        if (s->used)
            pthread_cond_signal(&s->filled);
        pthread_mutex_unlock(&s->lock);
        return;
    }
    if (s->used)
        error = write_all(s->fd, s->buffer, s->used);
    s->used = 0;
    if (error)
        s->error = error;
}

static void sink_put(sink_t *s, const char *text, size_t n)
{
    if (s->fd < 0)
        return;
    if (s->threaded) {
        put_in_ring(s, text, n);
        return;
    }
    if (n > s->size - s->used)
        sink_flush(s);
    memcpy(s->buffer + s->used, text, n);
    s->used += n;
}

/* Waits for the writer, but not for ever for who reads it. */
static void see_off_writer(sink_t *s)
{
    struct timespec until;
    int late = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += FAREWELL_S;
    pthread_mutex_lock(&s->lock);
    s->ending = true;
    pthread_cond_signal(&s->filled);
    while (s->writing && !late)
        late = pthread_cond_timedwait(&s->drained, &s->lock, &until);
    if (s->writing && !s->error)
        s->error = EAGAIN;
    pthread_mutex_unlock(&s->lock);
}

/* NAME: for the sentence. A reader who has gone away wants no more. */
static int sink_close(sink_t *s, const char *name)
{
    if (s->fd < 0)
        return 0;
    if (s->threaded)
        see_off_writer(s);
    else
        sink_flush(s);
    if (s->lost)
        fail("%" PRIu64 " observations didn't reach the %s: its reader is too "
             "slow", s->lost, name);
    if (s->error == EAGAIN)
        return fail("nobody reads the %s: the last observations are missing",
                    name);
    if (s->error && s->error != EPIPE)
        return fail("cannot write the %s: %s", name, strerror(s->error));
    return s->error != 0;
}

static bool sink_gone(const sink_t *sink)
{
    return sink->fd < 0
        || __atomic_load_n(&sink->error, __ATOMIC_RELAXED) == EPIPE;
}

/* ---- log and screen ---------------------------------------------------- */

/* p0f 3's rules for its log: a regular file, no symbolic link, appended to,
 * locked, readable by the owner alone if new. */
static int open_log(const char *path)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC
                        | O_NONBLOCK, 0600);

    if (fd < 0 || fstat(fd, &st))
        fail("cannot open the log %s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        fail("the log %s is not a regular file", path);
    else if (flock(fd, LOCK_EX | LOCK_NB))
        fail("the log %s is in use by another program", path);
    else
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* What goes to /dev/null needs no making. */
static bool leads_nowhere(int fd)
{
    struct stat st, null;

    return !fstat(fd, &st) && !stat("/dev/null", &null) && S_ISCHR(st.st_mode)
        && st.st_rdev == null.st_rdev;
}

int output_open(output_t *out, const options_t *o)
{
    bool screen = !o->quiet && !o->daemon && !leads_nowhere(STDOUT_FILENO);
    int fd;

    *out = (output_t){ .log.fd = -1, .screen.fd = -1, .json = o->json,
                       .offset_block = INT64_MIN };
    /* Reads the zone's rules, which a changed root directory would hide. */
    tzset();
    out->memo = calloc(1, sizeof(*out->memo));
    if (!out->memo)
        return fail("out of memory");
    if (o->log) {
        fd = open_log(o->log);
        if (fd < 0 || sink_open(&out->log, fd, !o->capture))
            return 1;
    }
    return screen ? sink_open(&out->screen, STDOUT_FILENO, !o->capture) : 0;
}

int output_start(output_t *out)
{
    return sink_start(&out->log) || sink_start(&out->screen);
}

/* Local time's distance from UTC changes on quarter hours at most, so it is
 * asked for once for each. */
static int32_t utc_offset(output_t *out, int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    int64_t block = seconds / 900;
    struct tm tm;

    if (block != out->offset_block) {
        out->utc_offset_s = localtime_r(&seconds, &tm) ? (int32_t)tm.tm_gmtoff
                                                       : 0;
        out->offset_block = block;
    }
    return out->utc_offset_s;
}

/* Where a text of ROOM bytes can be made in the sink itself, and is then put
 * by its length; SPARE if it has to be copied. */
static char *sink_room(sink_t *s, size_t room, char *spare)
{
    if (s->fd < 0 || s->threaded)
        return spare;
    if (room > s->size - s->used)
        sink_flush(s);
    return s->buffer + s->used;
}

static void sink_put_made(sink_t *s, const char *text, size_t n)
{
    if (!s->threaded && text == s->buffer + s->used)
        s->used += n;
    else
        sink_put(s, text, n);
}

void output_observe(void *ctx, const p0f_observation_t *obs)
{
    output_t *out = ctx;
    char spare[P0F_REPORT_JSON > P0F_REPORT_LINE ? P0F_REPORT_JSON
                                                 : P0F_REPORT_LINE];
    char *text = spare;
    size_t n;

    if (out->json) {
        n = p0f_report_json(obs, text);
        sink_put(&out->log, text, n);
        sink_put(&out->screen, text, n);
        return;
    }
    if (out->log.fd >= 0) {
        text = sink_room(&out->log, P0F_REPORT_LINE, spare);
        n = p0f_report_v3(out->memo, obs, utc_offset(out, obs->wall_us), text);
        sink_put_made(&out->log, text, n);
    }
    if (out->screen.fd >= 0) {
        text = sink_room(&out->screen, P0F_REPORT_LINE, spare);
        n = p0f_report_screen(obs, text);
        sink_put_made(&out->screen, text, n);
    }
}

void output_say(output_t *out, const char *text)
{
    sink_put(&out->screen, text, strlen(text));
}

void output_flush(output_t *out)
{
    sink_flush(&out->log);
    sink_flush(&out->screen);
}

bool output_gone(const output_t *out)
{
    return sink_gone(&out->log) && sink_gone(&out->screen)
        && (out->log.fd >= 0 || out->screen.fd >= 0);
}

int output_close(output_t *out)
{
    int log = sink_close(&out->log, "log");

    free(out->memo);
    return sink_close(&out->screen, "standard output") || log;
}
