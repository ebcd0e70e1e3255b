/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_bench.h - for the server's tests: it runs in a thread, as in module
 * and tool, with real sockets and a small protocol: 4 bytes ask, the same and
 * their complement answer. A query may have to wait.
 */
#ifndef T_UNIT_SERVER_BENCH_H
#define T_UNIT_SERVER_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "p0f_engine/server.h"
#include "p0f_engine/sniffer.h"

enum { QUERY = 4, REPLY = 8, MAX = 3, SECOND_US = 1000000, STRANGE = 77,
       /* Less than anybody waits who is held up, more than a busy machine
        * needs. */
       PROMPT_US = 1500000 };

/* Whether the query STRANGE can be answered. */
typedef struct {
    int known;
} strange_t;

typedef struct {
    char dir[64], path[96];
    p0f_server_t *server;
    pthread_t thread;
    int listen_fd, wake_fd, stop, admits;
    strange_t *strange;          /* NULL: all queries can be answered */
} bench_t;

static inline size_t answer(void *ctx, const uint8_t *query,
                     const p0f_server_asked_t *asked, uint8_t *reply)
{
    const strange_t *strange = ctx;

    if (strange && query[0] == STRANGE && !asked->last
        && !__atomic_load_n(&strange->known, __ATOMIC_ACQUIRE))
        return 0;
    for (int i = 0; i < QUERY; i++) {
        reply[i] = query[i];
        reply[QUERY + i] = (uint8_t)~query[i];
    }
    return REPLY;
}

static inline uint64_t now_us(void)
{
    return p0f_sniffer_now().boot_us;
}

static inline void rest(long ms)
{
    const struct timespec t = { .tv_sec = ms / 1000,
                                .tv_nsec = ms % 1000 * 1000000 };

    nanosleep(&t, NULL);
}

static inline void *body(void *server)
{
    p0f_server_run(server);
    return NULL;
}

static inline void make_dir(bench_t *b)
{
    memset(b, 0, sizeof(*b));
    snprintf(b->dir, sizeof(b->dir), "/tmp/p0ft-server-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->path, sizeof(b->path), "%s/socket", b->dir);
}

static inline void drop_dir(bench_t *b)
{
    unlink(b->path);
    assert_int_equal(rmdir(b->dir), 0);
}

static inline bool admit(const void *who, int fd)
{
    (void)fd;
    return __atomic_load_n((const int *)who, __ATOMIC_ACQUIRE) != 0;
}

static inline void listen_on(bench_t *b)
{
    p0f_error_t err = { .text = "" };

    make_dir(b);
    b->admits = 1;
    b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_int_equal(p0f_server_listen(&b->listen_fd, b->path, 0600, 8, &err),
                     P0F_OK);
}

static inline void serve_from(bench_t *b, p0f_server_guests_t *guests)
{
    const p0f_server_config_t config = {
        .answer = answer, .query_size = QUERY, .reply_max = REPLY,
        .admit = admit, .who = &b->admits,
        .max_clients = MAX, .stop = &b->stop, .wake_fd = b->wake_fd,
        .listen_fd = b->listen_fd, .ctx = b->strange,
        .wait_us = b->strange ? 2 * SECOND_US : 0
    };
    p0f_error_t err = { .text = "" };

    b->stop = 0;
    assert_int_equal(p0f_server_create(&b->server, &config, &err), P0F_OK);
    p0f_server_take_in(b->server, guests);
    assert_int_equal(pthread_create(&b->thread, NULL, body, b->server), 0);
}

/* The same, with queries that have to wait. */
static inline void serve_strangers(bench_t *b, strange_t *strange)
{
    listen_on(b);
    b->strange = strange;
    serve_from(b, NULL);
}

static inline void start(bench_t *b)
{
    listen_on(b);
    serve_from(b, NULL);
}

static inline void end_loop(bench_t *b)
{
    const uint64_t begun = now_us();

    __atomic_store_n(&b->stop, 1, __ATOMIC_RELEASE);
    p0f_sniffer_wake(b->wake_fd);
    assert_int_equal(pthread_join(b->thread, NULL), 0);
    assert_true(now_us() - begun < PROMPT_US);
}

static inline void finish(bench_t *b)
{
    end_loop(b);
    p0f_server_destroy(b->server);
    close(b->listen_fd);
    close(b->wake_fd);
    drop_dir(b);
}

static inline p0f_server_counts_t counts(const bench_t *b)
{
    p0f_server_counts_t c;

    p0f_server_counts(b->server, &c);
    return c;
}

/* A connected client that waits at most 5 seconds for an answer. */
static inline int client(const bench_t *b)
{
    const struct timeval patience = { .tv_sec = 5 };
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(addr.sun_path, b->path, strlen(b->path) + 1);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

static inline void ask(int fd, uint32_t n)
{
    assert_int_equal(send(fd, &n, QUERY, MSG_NOSIGNAL), QUERY);
}

static inline void expect(int fd, uint32_t n)
{
    uint32_t reply[2];

    assert_int_equal(recv(fd, reply, REPLY, MSG_WAITALL), REPLY);
    assert_int_equal(reply[0], n);
    assert_int_equal(reply[1], ~n);
}

static inline void expect_prompt(int fd, uint32_t n)
{
    const uint64_t begun = now_us();

    ask(fd, n);
    expect(fd, n);
    assert_true(now_us() - begun < PROMPT_US);
}

/* The server must close FD; microseconds until then. */
static inline uint64_t expect_end(int fd)
{
    const uint64_t begun = now_us();
    char c[4096];
    ssize_t n;

    do
        n = recv(fd, c, sizeof(c), 0);
    while (n > 0);
    assert_true(n == 0 || errno == ECONNRESET);
    close(fd);
    return now_us() - begun;
}

/* CPU time that the process used while waiting for MS milliseconds. */
static inline uint64_t cpu_us_in(long ms)
{
    struct timespec before, after;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    rest(ms);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    return (uint64_t)((after.tv_sec - before.tv_sec) * SECOND_US
                      + (after.tv_nsec - before.tv_nsec) / 1000);
}

static inline unsigned int open_descriptors(void)
{
    unsigned int n = 0;

    for (int fd = 0; fd < 200; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

#endif
