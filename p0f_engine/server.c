/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c - the loop that answers queries on a Unix socket.
 *
 * Reading order: p0f_server_run -> serve -> answer_all. A client's place holds
 * what it has sent of a query and what it has not yet taken of its replies; as
 * long as there is some of the latter, nothing is read. A query that can't be
 * answered yet is asked again each millisecond, for wait_us at most, while its
 * client, and nobody else, waits.
 *
 * epoll, as it costs a query less than poll does. The process may fork: a child
 * then holds copies of all descriptors, so that to close one of ours neither
 * takes it out of the set nor tells the client. Both is done by name.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* accept4 */
#endif
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
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
    WAIT_AGAIN_US = 1000 * 1000, /* after a query that was asked again: so who
                                    asks about strangers only isn't slow */
    WAIT_MS = 1,                 /* until a query is asked again */
    EVENTS = 64                  /* looked at in a turn */
};

typedef struct {
    int fd;
    unsigned int place;          /* in the server's list */
    uint32_t watched;            /* what the set watches it for */
    uint64_t asked_us;           /* since when its first query waits, 0: no */
    uint64_t may_wait_us;        /* none waits before */
    size_t in_len;               /* bytes of in: less than a query */
    size_t out_pos, out_len;     /* of out: not yet sent */
    uint64_t open_us;            /* since when something is unfinished, 0
                                    nothing is */
    uint64_t last_us;            /* when it last did anything */
    uint8_t *in, *out;
} client_t;

struct p0f_server_t {
    p0f_server_config_t config;
    client_t *clients;           /* where they lie; they stay there */
    client_t **list;             /* all of them, the connected ones first */
    unsigned int count;          /* of these */
    unsigned int waiting;        /* of these */
    int set;                     /* what epoll watches: wake_fd, by NULL; the
                                    listener, by the server; clients */
    bool accepting;              /* whether the listener is among them */
    uint8_t *buffers;
    uint64_t now_us;             /* since boot, at the start of the turn */
    uint64_t rest_until_us;      /* no accept before */
    struct {
        _Atomic uint64_t clients, accepted, queries, late, broken, displaced,
                         refused;
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

/* Adds FD, changes or removes it (OP): EVENTS of it are told with ABOUT. */
static bool watch(const p0f_server_t *s, int op, int fd, uint32_t events,
                  void *about)
{
    struct epoll_event event = { .events = events, .data.ptr = about };

    return !epoll_ctl(s->set, op, fd, &event);
}

static bool make_set(p0f_server_t *s)
{
    s->set = epoll_create1(EPOLL_CLOEXEC);
    return s->set >= 0
        && watch(s, EPOLL_CTL_ADD, s->config.wake_fd, EPOLLIN, NULL)
        && watch(s, EPOLL_CTL_ADD, s->config.listen_fd, 0, s);
}

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
        s->set = -1;
        s->clients = calloc(max, sizeof(*s->clients));
        s->list = calloc(max, sizeof(*s->list));
        s->buffers = calloc(max, both);
    }
    if (!s || !s->clients || !s->list || !s->buffers) {
        p0f_server_destroy(s);
        return p0f_status_fail(err, P0F_ENOMEM, "no memory for %u clients",
                               config->max_clients);
    }
    for (size_t i = 0; i < max; i++) {
        s->list[i] = &s->clients[i];
        s->clients[i].in = s->buffers + i * both;
        s->clients[i].out = s->clients[i].in + in;
    }
    if (!make_set(s)) {
        p0f_server_destroy(s);
        return p0f_status_fail(err, P0F_ESYSTEM, "a socket can't be watched: "
                               "%s", strerror(errno));
    }
    *out = s;
    return P0F_OK;
}

int p0f_server_descriptor(const p0f_server_t *server)
{
    return server->set;
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
    out->refused = atomic_load_explicit(&server->counts.refused, relaxed);
}

/* ---- clients ---------------------------------------------------------- */

/* Frees C's place; the last in the list moves there. */
static void remove_client(p0f_server_t *s, client_t *c, bool closing)
{
    client_t *last = s->list[--s->count];

    s->waiting -= c->asked_us != 0;
    watch(s, EPOLL_CTL_DEL, c->fd, 0, NULL);
    if (closing) {
        shutdown(c->fd, SHUT_RDWR);
        close(c->fd);
    }
    s->list[c->place] = last;
    last->place = c->place;
    s->list[s->count] = c;
    atomic_store_explicit(&s->counts.clients, s->count, memory_order_relaxed);
}

static void leave(p0f_server_t *s, client_t *c)
{
    remove_client(s, c, true);
}

void p0f_server_destroy(p0f_server_t *server)
{
    if (!server)
        return;
    while (server->count)
        leave(server, server->list[0]);
    if (server->set >= 0)
        close(server->set);
    free(server->buffers);
    free(server->list);
    free(server->clients);
    free(server);
}

static bool silent(const p0f_server_t *s, const client_t *c)
{
    return !c->open_us && s->now_us >= c->last_us + PATIENCE_US;
}

/* The client that has been silent longest and long enough, or NULL. */
static client_t *longest_silent(const p0f_server_t *s)
{
    client_t *found = NULL;

    for (unsigned int i = 0; i < s->count; i++) {
        client_t *c = s->list[i];

        if (silent(s, c) && (!found || c->last_us < found->last_us))
            found = c;
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
        && (!full(s) || longest_silent(s));
}

/* False, and FD closed, if it can't be watched. */
static bool welcome(p0f_server_t *s, int fd)
{
    client_t *c = s->list[s->count];

    if (!watch(s, EPOLL_CTL_ADD, fd, EPOLLIN, c)) {
        shutdown(fd, SHUT_RDWR);
        close(fd);
        return false;
    }
    c->fd = fd;
    c->place = s->count++;
    c->watched = EPOLLIN;
    c->in_len = c->out_pos = c->out_len = 0;
    c->open_us = c->asked_us = c->may_wait_us = 0;
    c->last_us = s->now_us;
    atomic_store_explicit(&s->counts.clients, s->count, memory_order_relaxed);
    return true;
}

/* Lets in whom there is a place for, as many as come in a turn. Without
 * descriptors the listener stays readable: it is left alone for a while. */
static void let_in(p0f_server_t *s)
{
    for (int i = 0; i < EVENTS && may_accept(s); i++) {
        int fd = accept4(s->config.listen_fd, NULL, NULL,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                s->rest_until_us = s->now_us + REST_US;
            return;
        }
        if (s->config.admit && !s->config.admit(s->config.who, fd)) {
            add(&s->counts.refused, 1);
            close(fd);
            continue;
        }
        if (full(s)) {
            leave(s, longest_silent(s));
            add(&s->counts.displaced, 1);
        }
        if (welcome(s, fd))
            add(&s->counts.accepted, 1);
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

/* Notes that C's next query waits, or that it does no longer. */
static void set_waiting(p0f_server_t *s, client_t *c, bool waiting)
{
    if (waiting == (c->asked_us != 0))
        return;
    c->asked_us = waiting ? s->now_us : 0;
    s->waiting += waiting ? 1 : -1u;
    if (!waiting)
        c->may_wait_us = s->now_us + WAIT_AGAIN_US;
}

/* The reply to QUERY of C, 0 if it waits. */
static size_t answer(p0f_server_t *s, client_t *c, const uint8_t *query)
{
    const uint64_t since = c->asked_us ? c->asked_us : s->now_us;
    const p0f_server_asked_t asked = {
        .asked_us = since, .now_us = s->now_us,
        .last = s->now_us >= since + s->config.wait_us
             || s->now_us < c->may_wait_us
    };
    size_t n = s->config.answer(s->config.ctx, query, &asked,
                                c->out + c->out_len);

    set_waiting(s, c, n == 0);
    return n;
}

/* Answers the whole queries received, up to one that waits. Returns how many
 * there were. */
static unsigned int answer_all(p0f_server_t *s, client_t *c)
{
    const size_t size = s->config.query_size;
    unsigned int answered = 0;
    size_t at, n;

    for (at = 0; c->in_len - at >= size; at += size) {
        n = answer(s, c, c->in + at);
        if (!n)
            break;
        c->out_len += n;
        answered++;
    }
    if (at && c->in_len > at)
        memmove(c->in, c->in + at, c->in_len - at);
    c->in_len -= at;
    return answered;
}

/* The client is ready for what it was watched for, or its query is asked
 * again. One read a turn, so that none takes all of it. False if it is gone:
 * what is half done counts, and a client that half-closes has nothing more to
 * ask. */
static bool serve(p0f_server_t *s, client_t *c)
{
    unsigned int answered = 0;
    ssize_t n;

    c->last_us = s->now_us;
    if (!c->out_len && !c->asked_us) {
        n = recv(c->fd, c->in + c->in_len,
                 BATCH * s->config.query_size - c->in_len, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n <= 0)
            return false;
        c->in_len += (size_t)n;
    }
    if (!c->out_len) {
        answered = answer_all(s, c);
        add(&s->counts.queries, answered);
    }
    if (!send_rest(c))
        return false;
    if ((!c->in_len || c->asked_us) && !c->out_len)
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

    if (s->waiting)
        return WAIT_MS;
    if (s->now_us < s->rest_until_us)
        first = s->rest_until_us;
    for (unsigned int i = 0; i < s->count; i++) {
        const client_t *c = s->list[i];

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

/* Has the set watch C for what it waits for. Of who waits for us only its
 * going away is told. */
static void watch_client(p0f_server_t *s, client_t *c)
{
    const uint32_t wanted = c->out_len ? EPOLLOUT : c->asked_us ? 0 : EPOLLIN;

    if (wanted != c->watched)
        watch(s, EPOLL_CTL_MOD, c->fd, wanted, c);
    c->watched = wanted;
}

static void watch_listener(p0f_server_t *s)
{
    const bool accepting = may_accept(s);

    if (accepting != s->accepting)
        watch(s, EPOLL_CTL_MOD, s->config.listen_fd, accepting ? EPOLLIN : 0,
              s);
    s->accepting = accepting;
}

/* C is ready. What is half done when it goes, counts. */
static void look_after(p0f_server_t *s, client_t *c, bool gone)
{
    if (!gone && serve(s, c)) {
        watch_client(s, c);
        return;
    }
    if (c->in_len || c->out_len)
        add(&s->counts.broken, 1);
    leave(s, c);
}

/* Asks again what could not be answered. */
static void ask_again(p0f_server_t *s)
{
    for (unsigned int i = s->count; s->waiting && i-- > 0;) {
        client_t *c = s->list[i];

        if (c->asked_us && !c->out_len)
            look_after(s, c, false);
    }
}

/* Sees off those who were given time enough. From the last in the list to the
 * first: leaving moves the last one. */
static void see_off_late(p0f_server_t *s)
{
    for (unsigned int i = s->count; i-- > 0;) {
        const client_t *c = s->list[i];

        if (c->open_us && s->now_us >= c->open_us + PATIENCE_US) {
            add(&s->counts.late, 1);
            leave(s, s->list[i]);
        }
    }
}

static bool stopped(const p0f_server_t *s)
{
    return __atomic_load_n(s->config.stop, __ATOMIC_ACQUIRE) != 0;
}

/* One turn for those that EVENTS tell of. New clients come last: they may take
 * the place of one that left in this turn. */
static void turn(p0f_server_t *s, const struct epoll_event *events, int n)
{
    bool knock = false;
    uint64_t woken;
    ssize_t got;

    s->now_us = p0f_sniffer_boot_us();
    for (int i = 0; i < n; i++) {
        if (!events[i].data.ptr) {
            got = read(s->config.wake_fd, &woken, sizeof(woken));
            (void)got;
        }
        else if (events[i].data.ptr == s) {
            knock = true;
        }
        else {
            client_t *c = events[i].data.ptr;

            look_after(s, c, c->asked_us && !c->out_len);
        }
    }
    ask_again(s);
    see_off_late(s);
    if (knock)
        let_in(s);
    watch_listener(s);
}

void p0f_server_run(p0f_server_t *server)
{
    struct epoll_event events[EVENTS];
    p0f_server_t *s = server;
    int n = 0;

    while (n >= 0 || errno == EINTR) {
        turn(s, events, n);
        /* After the wake-up descriptor was emptied, and before it is waited
         * for: who asks for the end sets the word first. */
        if (stopped(s))
            break;
        n = epoll_wait(s->set, events, EVENTS, patience(s));
    }
}

/* ---- from one server to the next -------------------------------------- */

typedef struct {
    int fd;
    uint32_t in_len, out_len;    /* of bytes, one after the other */
    size_t bytes;                /* offset into those of all */
} guest_t;

struct p0f_server_guests_t {
    size_t query_size, reply_max;
    unsigned int count;
    guest_t guests[];
};

static uint8_t *bytes_of(p0f_server_guests_t *g)
{
    return (uint8_t *)&g->guests[g->count];
}

p0f_server_guests_t *p0f_server_hand_over(p0f_server_t *server)
{
    p0f_server_guests_t *g;
    size_t room = 0, at = 0;

    for (unsigned int i = 0; i < server->count; i++)
        room += server->list[i]->in_len + server->list[i]->out_len;
    g = server->count ? malloc(sizeof(*g) + server->count * sizeof(guest_t)
                               + room) : NULL;
    if (!g)
        return NULL;
    g->query_size = server->config.query_size;
    g->reply_max = server->config.reply_max;
    g->count = server->count;
    for (unsigned int i = g->count; i-- > 0;) {
        client_t *c = server->list[i];
        const size_t left = c->out_len - c->out_pos;

        g->guests[i] = (guest_t){ .fd = c->fd, .bytes = at,
                                  .in_len = (uint32_t)c->in_len,
                                  .out_len = (uint32_t)left };
        memcpy(bytes_of(g) + at, c->in, c->in_len);
        memcpy(bytes_of(g) + at + c->in_len, c->out + c->out_pos, left);
        at += c->in_len + left;
        remove_client(server, c, false);
    }
    return g;
}

int *p0f_server_guest(p0f_server_guests_t *guests, unsigned int n)
{
    return guests && n < guests->count ? &guests->guests[n].fd : NULL;
}

/* What is left of its replies goes first; a whole query waits for the first
 * turn. */
static void take_in(p0f_server_t *s, const guest_t *guest,
                    const uint8_t *bytes)
{
    client_t *c = s->list[s->count];

    if (!welcome(s, guest->fd))
        return;
    memcpy(c->in, bytes, guest->in_len);
    memcpy(c->out, bytes + guest->in_len, guest->out_len);
    c->in_len = guest->in_len;
    c->out_len = guest->out_len;
    if (c->in_len || c->out_len)
        c->open_us = s->now_us;
    set_waiting(s, c, c->in_len >= s->config.query_size);
    watch_client(s, c);
}

void p0f_server_take_in(p0f_server_t *server, p0f_server_guests_t *guests)
{
    const bool same = server && guests
        && server->config.query_size == guests->query_size
        && server->config.reply_max == guests->reply_max;

    if (server)
        server->now_us = p0f_sniffer_boot_us();
    for (unsigned int i = 0; guests && i < guests->count; i++) {
        const guest_t *guest = &guests->guests[i];

        if (guest->fd < 0)
            continue;
        if (same && !full(server)
            && (!server->config.admit
                || server->config.admit(server->config.who, guest->fd))) {
            take_in(server, guest, bytes_of(guests) + guest->bytes);
            continue;
        }
        shutdown(guest->fd, SHUT_RDWR);
        close(guest->fd);
    }
    free(guests);
}
