/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c - the loop that answers queries on a Unix socket.
 *
 * Reading order: p0f_server_run -> watch -> serve -> answer_all. A client's
 * place holds what it has sent of a query and what it has not yet taken of
 * its replies; as long as there is some of the latter, nothing is read.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* accept4 */
#endif
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sniffer.h"

enum {
    BATCH = 32,                  /* queries read at once */
    PATIENCE_US = 2 * 1000000,   /* for the rest of a query, a reader, and
                                    before a silent client gives way */
    REST_US = 100 * 1000,        /* after the system had no descriptor */
    WAKE = 0, LISTENER = 1, FIRST = 2 /* places in the poll list */
};

typedef struct {
    int fd;
    size_t in_len;               /* bytes of in: less than a query */
    size_t out_pos, out_len;     /* of out: not yet sent */
    uint64_t open_us;            /* since when something is unfinished, 0
                                    nothing is */
    uint64_t last_us;            /* when it last did anything */
    uint8_t *in, *out;
} client_t;

struct p0f_server_t {
    p0f_server_config_t config;
    client_t *clients;           /* the first count ones are connected */
    unsigned int count;
    struct pollfd *polled;
    uint8_t *buffers;
    uint64_t now_us;             /* since boot, at the start of the turn */
    uint64_t rest_until_us;      /* no accept before */
    struct {
        _Atomic uint64_t clients, accepted, queries, late, broken, displaced;
    } counts;
};

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* ---- the socket ------------------------------------------------------- */

/* In such a directory anybody could put a socket of his own in place of ours,
 * and answer as he likes; with the sticky bit nobody can. */
static p0f_status_t check_directory(const char *path, p0f_error_t *err)
{
    char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
    char *slash;
    struct stat st;

    memcpy(dir, path, strlen(path) + 1);
    slash = strrchr(dir, '/');
    if (!slash)
        memcpy(dir, ".", 2);
    else
        slash[slash == dir] = '\0';
    if (stat(dir, &st))
        return p0f_status_fail(err, P0F_ESYSTEM, "socket %s: %s: %s", path,
                               dir, strerror(errno));
    if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
        return p0f_status_fail(err, P0F_ESYSTEM,
                               "socket %s: anybody may write to the directory "
                               "%s and replace it", path, dir);
    return P0F_OK;
}

/* Removes a socket that stands in the way if nobody listens on it. */
static p0f_status_t make_way(const struct sockaddr_un *addr, p0f_error_t *err)
{
    const char *path = addr->sun_path;
    struct stat st;
    int fd, error;

    if (lstat(path, &st))
        return errno == ENOENT ? P0F_OK
             : p0f_status_fail(err, P0F_ESYSTEM, "socket %s: %s", path,
                               strerror(errno));
    if (!S_ISSOCK(st.st_mode))
        return p0f_status_fail(err, P0F_ESYSTEM,
                               "socket %s: something that is no socket has "
                               "this name", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return p0f_status_fail(err, P0F_ESYSTEM, "socket %s: %s", path,
                               strerror(errno));
    error = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? errno
                                                                      : 0;
    close(fd);
    if (error != ECONNREFUSED)
        return p0f_status_fail(err, P0F_ESYSTEM,
                               "socket %s: another program listens on it",
                               path);
    if (unlink(path) && errno != ENOENT)
        return p0f_status_fail(err, P0F_ESYSTEM, "socket %s: %s", path,
                               strerror(errno));
    return P0F_OK;
}

/* Until chmod nobody but the owner reaches the socket, and before listen
 * nobody at all. */
static bool bind_with_mode(int fd, const struct sockaddr_un *addr, mode_t mode,
                           int backlog)
{
    fchmod(fd, S_IRUSR | S_IWUSR);
    return !bind(fd, (const struct sockaddr *)addr, sizeof(*addr))
        && !chmod(addr->sun_path, mode) && !listen(fd, backlog);
}

p0f_status_t p0f_server_listen(int *fd, const char *path, mode_t mode,
                               int backlog, p0f_error_t *err)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    p0f_status_t status;

    *fd = -1;
    if (strlen(path) >= sizeof(addr.sun_path))
        return p0f_status_fail(err, P0F_ELIMIT,
                               "socket %s: the name is longer than %zu "
                               "characters", path, sizeof(addr.sun_path) - 1);
    memcpy(addr.sun_path, path, strlen(path));
    status = check_directory(path, err);
    if (status == P0F_OK)
        status = make_way(&addr, err);
    if (status != P0F_OK)
        return status;
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && bind_with_mode(*fd, &addr, mode, backlog))
        return P0F_OK;
    status = p0f_status_fail(err, P0F_ESYSTEM, "socket %s: %s", path,
                             strerror(errno));
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return status;
}

/* ---- making ----------------------------------------------------------- */

p0f_status_t p0f_server_create(p0f_server_t **out,
                               const p0f_server_config_t *config,
                               p0f_error_t *err)
{
    const size_t max = config->max_clients;
    const size_t in = BATCH * config->query_size;
    const size_t both = in + BATCH * config->reply_max;
    p0f_server_t *s = calloc(1, sizeof(*s));

    *out = NULL;
    if (s) {
        s->config = *config;
        s->clients = calloc(max, sizeof(*s->clients));
        s->polled = calloc(max + FIRST, sizeof(*s->polled));
        s->buffers = calloc(max, both);
    }
    if (!s || !s->clients || !s->polled || !s->buffers) {
        p0f_server_destroy(s);
        return p0f_status_fail(err, P0F_ENOMEM, "no memory for %u clients",
                               config->max_clients);
    }
    for (size_t i = 0; i < max; i++) {
        s->clients[i].in = s->buffers + i * both;
        s->clients[i].out = s->clients[i].in + in;
    }
    *out = s;
    return P0F_OK;
}

void p0f_server_destroy(p0f_server_t *server)
{
    if (!server)
        return;
    free(server->buffers);
    free(server->polled);
    free(server->clients);
    free(server);
}

void p0f_server_counts(const p0f_server_t *server, p0f_server_counts_t *out)
{
    const memory_order relaxed = memory_order_relaxed;

    out->clients = atomic_load_explicit(&server->counts.clients, relaxed);
    out->accepted = atomic_load_explicit(&server->counts.accepted, relaxed);
    out->queries = atomic_load_explicit(&server->counts.queries, relaxed);
    out->late = atomic_load_explicit(&server->counts.late, relaxed);
    out->broken = atomic_load_explicit(&server->counts.broken, relaxed);
    out->displaced = atomic_load_explicit(&server->counts.displaced, relaxed);
}

/* ---- clients ---------------------------------------------------------- */

/* Frees place N; the last client moves there. */
static void leave(p0f_server_t *s, unsigned int n)
{
    client_t gone = s->clients[n];

    close(gone.fd);
    s->count--;
    s->clients[n] = s->clients[s->count];
    s->clients[s->count] = gone;     /* keeps its buffers */
    atomic_store_explicit(&s->counts.clients, s->count, memory_order_relaxed);
}

static bool silent(const p0f_server_t *s, const client_t *c)
{
    return !c->open_us && s->now_us >= c->last_us + PATIENCE_US;
}

/* The client that has been silent longest and long enough; count: none. */
static unsigned int longest_silent(const p0f_server_t *s)
{
    unsigned int i, found = s->count;

    for (i = 0; i < s->count; i++) {
        if (silent(s, &s->clients[i])
            && (found == s->count
                || s->clients[i].last_us < s->clients[found].last_us))
            found = i;
    }
    return found;
}

static bool full(const p0f_server_t *s)
{
    return s->count == s->config.max_clients;
}

static bool may_accept(const p0f_server_t *s)
{
    return s->now_us >= s->rest_until_us
        && (!full(s) || longest_silent(s) < s->count);
}

static void welcome(p0f_server_t *s, int fd)
{
    client_t *c = &s->clients[s->count++];

    c->fd = fd;
    c->in_len = c->out_pos = c->out_len = 0;
    c->open_us = 0;
    c->last_us = s->now_us;
    add(&s->counts.accepted, 1);
    atomic_store_explicit(&s->counts.clients, s->count, memory_order_relaxed);
}

/* Lets in whom there is a place for. Without descriptors the listener stays
 * readable: it is left alone for a while. */
static void let_in(p0f_server_t *s)
{
    while (may_accept(s)) {
        int fd = accept4(s->config.listen_fd, NULL, NULL,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                s->rest_until_us = s->now_us + REST_US;
            return;
        }
        if (full(s)) {
            leave(s, longest_silent(s));
            add(&s->counts.displaced, 1);
        }
        welcome(s, fd);
    }
}

/* ---- queries ---------------------------------------------------------- */

/* Sends what is left of the replies. False if the client is gone. */
static bool send_rest(client_t *c)
{
    while (c->out_pos < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_pos, c->out_len - c->out_pos,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN;
        c->out_pos += (size_t)n;
    }
    c->out_pos = c->out_len = 0;
    return true;
}

/* Answers the whole queries received; what is left is less than one. Returns
 * how many there were. */
static unsigned int answer_all(const p0f_server_t *s, client_t *c)
{
    const size_t size = s->config.query_size;
    const uint32_t now_s = (uint32_t)(s->now_us / 1000000);
    unsigned int answered = 0;
    size_t at;

    for (at = 0; c->in_len - at >= size; at += size) {
        c->out_len += s->config.answer(s->config.ctx, c->in + at, now_s,
                                       c->out + c->out_len);
        answered++;
    }
    if (at && c->in_len > at)
        memmove(c->in, c->in + at, c->in_len - at);
    c->in_len -= at;
    return answered;
}

/* The client is ready for what it was polled for. One read a turn, so that
 * none takes all of it. False if it is gone: what is half done counts, and a
 * client that half-closes has nothing more to ask. */
static bool serve(p0f_server_t *s, client_t *c)
{
    unsigned int answered = 0;
    ssize_t n;

    c->last_us = s->now_us;
    if (!c->out_len) {
        n = recv(c->fd, c->in + c->in_len,
                 BATCH * s->config.query_size - c->in_len, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n <= 0)
            return false;
        c->in_len += (size_t)n;
        answered = answer_all(s, c);
        add(&s->counts.queries, answered);
    }
    if (!send_rest(c))
        return false;
    if (!c->in_len && !c->out_len)
        c->open_us = 0;
    else if (answered || !c->open_us)
        c->open_us = s->now_us;
    return true;
}

/* ---- the loop --------------------------------------------------------- */

/* Milliseconds until the next thing to do without being asked, -1 never. */
static int patience(const p0f_server_t *s)
{
    uint64_t first = UINT64_MAX, due;

    if (s->now_us < s->rest_until_us)
        first = s->rest_until_us;
    for (unsigned int i = 0; i < s->count; i++) {
        const client_t *c = &s->clients[i];

        if (!c->open_us && (!full(s) || silent(s, c)))
            continue;
        due = (c->open_us ? c->open_us : c->last_us) + PATIENCE_US;
        if (due < first)
            first = due;
    }
    if (first == UINT64_MAX)
        return -1;
    return first <= s->now_us ? 0 : (int)((first - s->now_us) / 1000) + 1;
}

/* Waits until there is something to do. False if that failed. */
static bool watch(p0f_server_t *s)
{
    struct pollfd *p = s->polled;

    p[WAKE] = (struct pollfd){ .fd = s->config.wake_fd, .events = POLLIN };
    p[LISTENER] = (struct pollfd){
        .fd = may_accept(s) ? s->config.listen_fd : -1, .events = POLLIN
    };
    for (unsigned int i = 0; i < s->count; i++)
        p[FIRST + i] = (struct pollfd){
            .fd = s->clients[i].fd,
            .events = s->clients[i].out_len ? POLLOUT : POLLIN
        };
    if (poll(p, FIRST + s->count, patience(s)) >= 0)
        return true;
    for (unsigned int i = 0; i < FIRST + s->count; i++)
        p[i].revents = 0;
    return errno == EINTR;
}

/* Serves who is ready, and sees off who is gone or late. From the last place
 * to the first: leaving moves the last one. */
static void look_after_clients(p0f_server_t *s)
{
    for (unsigned int i = s->count; i-- > 0;) {
        client_t *c = &s->clients[i];
        bool stays = !s->polled[FIRST + i].revents || serve(s, c);

        if (!stays && (c->in_len || c->out_len))
            add(&s->counts.broken, 1);
        if (stays && c->open_us && s->now_us >= c->open_us + PATIENCE_US) {
            add(&s->counts.late, 1);
            stays = false;
        }
        if (!stays)
            leave(s, i);
    }
}

static bool stopped(const p0f_server_t *s)
{
    return __atomic_load_n(s->config.stop, __ATOMIC_ACQUIRE) != 0;
}

void p0f_server_run(p0f_server_t *server)
{
    p0f_server_t *s = server;
    uint64_t woken;
    ssize_t n;

    s->now_us = p0f_sniffer_now().boot_us;
    while (!stopped(s) && watch(s)) {
        s->now_us = p0f_sniffer_now().boot_us;
        if (s->polled[WAKE].revents) {
            n = read(s->config.wake_fd, &woken, sizeof(woken));
            (void)n;
        }
        look_after_clients(s);
        if (s->polled[LISTENER].revents)
            let_in(s);
    }
    while (s->count)
        leave(s, s->count - 1);
}
