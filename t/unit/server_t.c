/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server in a thread, as in module and tool, with real sockets and a
 * small protocol: 4 bytes ask, the same and their complement answer. What one
 * client does must hold up no other.
 */
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

enum { QUERY = 4, REPLY = 8, MAX = 3, SECOND_US = 1000000, STRANGE = 77 };

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

static size_t answer(void *ctx, const uint8_t *query,
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

static uint64_t now_us(void)
{
    return p0f_sniffer_now().boot_us;
}

static void rest(long ms)
{
    const struct timespec t = { .tv_sec = ms / 1000,
                                .tv_nsec = ms % 1000 * 1000000 };

    nanosleep(&t, NULL);
}

static void *body(void *server)
{
    p0f_server_run(server);
    return NULL;
}

static void make_dir(bench_t *b)
{
    memset(b, 0, sizeof(*b));
    snprintf(b->dir, sizeof(b->dir), "/tmp/p0ft-server-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->path, sizeof(b->path), "%s/socket", b->dir);
}

static void drop_dir(bench_t *b)
{
    unlink(b->path);
    assert_int_equal(rmdir(b->dir), 0);
}

static bool admit(const void *who, int fd)
{
    (void)fd;
    return __atomic_load_n((const int *)who, __ATOMIC_ACQUIRE) != 0;
}

static void listen_on(bench_t *b)
{
    p0f_error_t err = { .text = "" };

    make_dir(b);
    b->admits = 1;
    b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_int_equal(p0f_server_listen(&b->listen_fd, b->path, 0600, 8, &err),
                     P0F_OK);
}

static void serve_from(bench_t *b, p0f_server_guests_t *guests)
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
static void serve_strangers(bench_t *b, strange_t *strange)
{
    listen_on(b);
    b->strange = strange;
    serve_from(b, NULL);
}

static void start(bench_t *b)
{
    listen_on(b);
    serve_from(b, NULL);
}

static void end_loop(bench_t *b)
{
    const uint64_t begun = now_us();

    __atomic_store_n(&b->stop, 1, __ATOMIC_RELEASE);
    p0f_sniffer_wake(b->wake_fd);
    assert_int_equal(pthread_join(b->thread, NULL), 0);
    assert_true(now_us() - begun < SECOND_US / 2);
}

static void finish(bench_t *b)
{
    end_loop(b);
    p0f_server_destroy(b->server);
    close(b->listen_fd);
    close(b->wake_fd);
    drop_dir(b);
}

static p0f_server_counts_t counts(const bench_t *b)
{
    p0f_server_counts_t c;

    p0f_server_counts(b->server, &c);
    return c;
}

/* A connected client that waits at most 5 seconds for an answer. */
static int client(const bench_t *b)
{
    const struct timeval patience = { .tv_sec = 5 };
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(addr.sun_path, b->path, strlen(b->path) + 1);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

static void ask(int fd, uint32_t n)
{
    assert_int_equal(send(fd, &n, QUERY, MSG_NOSIGNAL), QUERY);
}

static void expect(int fd, uint32_t n)
{
    uint32_t reply[2];

    assert_int_equal(recv(fd, reply, REPLY, MSG_WAITALL), REPLY);
    assert_int_equal(reply[0], n);
    assert_int_equal(reply[1], ~n);
}

static void expect_prompt(int fd, uint32_t n)
{
    const uint64_t begun = now_us();

    ask(fd, n);
    expect(fd, n);
    assert_true(now_us() - begun < SECOND_US / 2);
}

/* The server must close FD; microseconds until then. */
static uint64_t expect_end(int fd)
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
static uint64_t cpu_us_in(long ms)
{
    struct timespec before, after;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    rest(ms);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    return (uint64_t)((after.tv_sec - before.tv_sec) * SECOND_US
                      + (after.tv_nsec - before.tv_nsec) / 1000);
}

/* ---- queries ----------------------------------------------------------- */

static void any_number_of_queries(void **state)
{
    bench_t b;
    int fd;

    (void)state;
    start(&b);
    fd = client(&b);
    for (uint32_t i = 0; i < 1000; i++) {
        ask(fd, i);
        expect(fd, i);
    }
    assert_int_equal(counts(&b).queries, 1000);
    close(fd);
    finish(&b);
}

static void many_in_flight_and_cut_anywhere(void **state)
{
    enum { COUNT = 5000 };
    uint32_t queries[COUNT], next = 0;
    const uint8_t *bytes = (const uint8_t *)queries;
    size_t sent = 0, piece;
    bench_t b;
    int fd;

    (void)state;
    start(&b);
    fd = client(&b);
    for (uint32_t i = 0; i < COUNT; i++)
        queries[i] = i * 2654435761u;
    for (piece = 1; sent < sizeof(queries); piece = piece % 701 + 1) {
        if (piece > sizeof(queries) - sent)
            piece = sizeof(queries) - sent;
        assert_int_equal(send(fd, bytes + sent, piece, MSG_NOSIGNAL), piece);
        sent += piece;
        while (next < (sent - piece) / QUERY)
            expect(fd, queries[next++]);
    }
    while (next < COUNT)
        expect(fd, queries[next++]);
    close(fd);
    finish(&b);
}

static void who_may_not_ask_takes_no_place(void **state)
{
    int fds[MAX];
    bench_t b;

    (void)state;
    start(&b);
    for (int i = 0; i < MAX; i++)
        expect_prompt(fds[i] = client(&b), 1);
    close(fds[0]);
    __atomic_store_n(&b.admits, 0, __ATOMIC_RELEASE);
    for (int i = 0; i < 200; i++)
        expect_end(client(&b));
    assert_int_equal(counts(&b).refused, 200);
    assert_int_equal(counts(&b).displaced, 0);
    for (int i = 1; i < MAX; i++) {
        expect_prompt(fds[i], 2);
        close(fds[i]);
    }
    assert_true(cpu_us_in(200) < 50000);
    finish(&b);
}

static void half_close_ends_after_the_answers(void **state)
{
    bench_t b;
    int fd;

    (void)state;
    start(&b);
    fd = client(&b);
    for (uint32_t i = 0; i < 100; i++)
        ask(fd, i);
    shutdown(fd, SHUT_WR);
    for (uint32_t i = 0; i < 100; i++)
        expect(fd, i);
    assert_true(expect_end(fd) < SECOND_US);
    assert_true(cpu_us_in(200) < 50000);
    assert_int_equal(counts(&b).broken, 0);
    finish(&b);
}

/* ---- clients that misbehave -------------------------------------------- */

static void unfinished_query_is_cut_off(void **state)
{
    bench_t b;
    int slow, other;
    uint64_t begun;

    (void)state;
    start(&b);
    slow = client(&b);
    other = client(&b);
    begun = now_us();
    for (int i = 0; i < 3; i++) {    /* a byte every 0.7 s */
        send(slow, "x", 1, MSG_NOSIGNAL);
        expect_prompt(other, 7);
        rest(700);
    }
    expect_end(slow);
    assert_in_range(now_us() - begun, 19 * SECOND_US / 10, 4 * SECOND_US);
    assert_int_equal(counts(&b).late, 1);
    expect_prompt(other, 8);
    close(other);
    finish(&b);
}

/* Asks without reading until nothing more can be sent. */
static size_t flood(int fd)
{
    static const uint8_t queries[4096];
    size_t sent = 0;
    ssize_t n;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (int tries = 0; tries < 50; tries++) {
        while ((n = send(fd, queries, sizeof(queries), MSG_NOSIGNAL)) > 0)
            sent += (size_t)n;
        rest(1);
    }
    fcntl(fd, F_SETFL, 0);
    return sent;
}

static void unread_replies_are_cut_off(void **state)
{
    bench_t b;
    int deaf, other;

    (void)state;
    start(&b);
    deaf = client(&b);
    other = client(&b);
    assert_true(flood(deaf) < 64 << 20);
    expect_prompt(other, 1);
    assert_true(cpu_us_in(200) < 50000);
    rest(2000);
    assert_int_equal(counts(&b).late, 1);
    assert_int_equal(counts(&b).clients, 1);
    expect_prompt(other, 2);
    expect_end(deaf);
    close(other);
    finish(&b);
}

static void a_slow_reader_gets_all(void **state)
{
    uint64_t replies;
    bench_t b;
    int fd;

    (void)state;
    start(&b);
    fd = client(&b);
    replies = flood(fd) / QUERY;
    for (uint64_t i = 0; i < replies; i++)
        expect(fd, 0);
    rest(100);
    assert_int_equal(counts(&b).late, 0);
    close(fd);
    finish(&b);
}

static unsigned int open_descriptors(void)
{
    unsigned int n = 0;

    for (int fd = 0; fd < 200; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

static void gone_without_reading(void **state)
{
    unsigned int before;
    bench_t b;
    int fd;

    (void)state;
    start(&b);
    before = open_descriptors();
    for (int i = 0; i < 1000; i++) {
        fd = client(&b);
        if (i % 3)
            ask(fd, 1);
        if (i % 2)
            send(fd, "xyz", 3, MSG_NOSIGNAL);
        close(fd);
    }
    fd = client(&b);
    expect_prompt(fd, 9);
    close(fd);
    rest(100);
    assert_int_equal(counts(&b).clients, 0);
    assert_int_equal(counts(&b).accepted, 1001);
    assert_true(counts(&b).broken > 0);
    assert_int_equal(open_descriptors(), before);
    finish(&b);
}

/* A child has copies of all descriptors, as httpd's workers would. */
static void children_keep_nobody_connected(void **state)
{
    bench_t b;
    pid_t child;
    int fd;

    (void)state;
    start(&b);
    fd = client(&b);
    expect_prompt(fd, 1);
    child = fork();
    if (!child) {
        alarm(20);
        close(fd);
        for (;;)
            pause();
    }
    send(fd, "x", 1, MSG_NOSIGNAL);
    assert_true(expect_end(fd) < 4 * SECOND_US);
    rest(50);
    assert_int_equal(counts(&b).clients, 0);
    assert_true(cpu_us_in(300) < 50000);
    fd = client(&b);
    expect_prompt(fd, 2);
    close(fd);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    finish(&b);
}

/* ---- many clients ------------------------------------------------------ */

static void when_full_the_next_one_waits_for_a_place(void **state)
{
    int fds[MAX], waiting;
    bench_t b;

    (void)state;
    start(&b);
    for (uint32_t i = 0; i < MAX; i++) {
        fds[i] = client(&b);
        ask(fds[i], i);
        expect(fds[i], i);
    }
    waiting = client(&b);
    ask(waiting, 100);
    assert_true(cpu_us_in(500) < 50000);
    assert_int_equal(counts(&b).accepted, MAX);
    close(fds[1]);
    expect(waiting, 100);
    expect_prompt(fds[0], 5);
    expect_prompt(fds[2], 6);
    assert_int_equal(counts(&b).displaced, 0);
    close(fds[0]);
    close(fds[2]);
    close(waiting);
    finish(&b);
}

static void when_full_the_longest_silent_gives_way(void **state)
{
    int fds[MAX], next;
    uint64_t begun;
    bench_t b;

    (void)state;
    start(&b);
    for (uint32_t i = 0; i < MAX; i++)
        fds[i] = client(&b);
    rest(300);
    expect_prompt(fds[0], 1);
    expect_prompt(fds[2], 1);
    begun = now_us();
    next = client(&b);
    ask(next, 2);
    expect(next, 2);
    assert_in_range(now_us() - begun, SECOND_US, 3 * SECOND_US);
    assert_int_equal(counts(&b).displaced, 1);
    expect_prompt(fds[0], 3);
    expect_prompt(fds[2], 3);
    expect_end(fds[1]);
    close(fds[0]);
    close(fds[2]);
    close(next);
    finish(&b);
}

static void without_descriptors_it_rests(void **state)
{
    struct rlimit before, none;
    bench_t b;
    int first, next;

    (void)state;
    start(&b);
    first = client(&b);
    expect_prompt(first, 1);
    next = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = (rlim_t)next + 1;
    setrlimit(RLIMIT_NOFILE, &none);
    {
        struct sockaddr_un addr = { .sun_family = AF_UNIX };

        memcpy(addr.sun_path, b.path, strlen(b.path) + 1);
        assert_int_equal(connect(next, (struct sockaddr *)&addr,
                                 sizeof(addr)), 0);
    }
    ask(next, 2);
    assert_true(cpu_us_in(500) < 50000);
    expect_prompt(first, 3);
    setrlimit(RLIMIT_NOFILE, &before);
    expect(next, 2);
    close(first);
    close(next);
    finish(&b);
}

/* ---- the socket -------------------------------------------------------- */

static p0f_status_t listen_at(const char *path, int *fd, char *text,
                              size_t room)
{
    p0f_error_t err = { .text = "" };
    p0f_status_t status = p0f_server_listen(fd, path, 0660, 8, &err);

    snprintf(text, room, "%s", err.text);
    return status;
}

static void mode_is_what_was_asked(void **state)
{
    char text[400];
    struct stat st;
    mode_t before = umask(077);
    bench_t b;
    int fd;

    (void)state;
    make_dir(&b);
    assert_int_equal(listen_at(b.path, &fd, text, sizeof(text)), P0F_OK);
    umask(before);
    assert_int_equal(stat(b.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    close(fd);
    drop_dir(&b);
}

static void stale_socket_is_replaced_a_live_one_is_not(void **state)
{
    char text[400];
    bench_t b;
    int fd, second;

    (void)state;
    make_dir(&b);
    assert_int_equal(listen_at(b.path, &fd, text, sizeof(text)), P0F_OK);
    assert_int_equal(listen_at(b.path, &second, text, sizeof(text)),
                     P0F_ESYSTEM);
    assert_int_equal(second, -1);
    assert_non_null(strstr(text, "another program listens on it"));
    assert_non_null(strstr(text, b.path));
    close(fd);
    assert_int_equal(listen_at(b.path, &fd, text, sizeof(text)), P0F_OK);
    close(fd);
    drop_dir(&b);
}

static void other_files_are_left_alone(void **state)
{
    char text[400], link[128];
    struct stat st;
    bench_t b;
    int fd;

    (void)state;
    make_dir(&b);
    close(open(b.path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(listen_at(b.path, &fd, text, sizeof(text)), P0F_ESYSTEM);
    assert_non_null(strstr(text, "no socket"));
    snprintf(link, sizeof(link), "%s/link", b.dir);
    assert_int_equal(symlink(b.path, link), 0);
    assert_int_equal(listen_at(link, &fd, text, sizeof(text)), P0F_ESYSTEM);
    assert_int_equal(stat(b.path, &st), 0);
    unlink(link);
    drop_dir(&b);
}

static void bad_places_are_refused(void **state)
{
    char text[400], path[300];
    bench_t b;
    int fd;

    (void)state;
    make_dir(&b);
    memset(path, 'x', sizeof(path));
    path[108] = '\0';
    assert_int_equal(listen_at(path, &fd, text, sizeof(text)), P0F_ELIMIT);
    assert_non_null(strstr(text, "longer than 107"));
    snprintf(path, sizeof(path), "%s/absent/socket", b.dir);
    assert_int_equal(listen_at(path, &fd, text, sizeof(text)), P0F_ESYSTEM);
    assert_non_null(strstr(text, "No such file"));
    chmod(b.dir, 0777);
    assert_int_equal(listen_at(b.path, &fd, text, sizeof(text)), P0F_ESYSTEM);
    assert_non_null(strstr(text, "anybody may write to the directory"));
    chmod(b.dir, 01777);             /* sticky: nobody can replace it */
    assert_int_equal(listen_at(b.path, &fd, text, sizeof(text)), P0F_OK);
    close(fd);
    drop_dir(&b);
}

/* ---- queries that wait ------------------------------------------------ */

static void a_query_that_waits_holds_up_nobody_else(void **state)
{
    strange_t strange = { 0 };
    uint64_t begun;
    bench_t b;
    int one, other;

    (void)state;
    serve_strangers(&b, &strange);
    one = client(&b);
    other = client(&b);
    ask(one, 1);
    ask(one, STRANGE);
    ask(one, 2);
    expect(one, 1);
    for (uint32_t n = 100; n < 120; n++)
        expect_prompt(other, n);
    __atomic_store_n(&strange.known, 1, __ATOMIC_RELEASE);
    begun = now_us();
    expect(one, STRANGE);
    expect(one, 2);
    assert_true(now_us() - begun < SECOND_US);
    close(one);
    close(other);
    finish(&b);
}

static void a_query_waits_for_a_time_and_a_client_once_a_second(void **state)
{
    strange_t strange = { 0 };
    const uint64_t begun = now_us();
    uint64_t waited;
    bench_t b;
    int fd;

    (void)state;
    serve_strangers(&b, &strange);
    fd = client(&b);
    ask(fd, STRANGE);
    expect(fd, STRANGE);
    waited = now_us();
    assert_true(waited - begun >= 2 * SECOND_US);
    for (int i = 0; i < 100; i++)
        ask(fd, STRANGE);
    for (int i = 0; i < 100; i++)
        expect(fd, STRANGE);
    assert_true(now_us() - waited < SECOND_US);
    close(fd);
    finish(&b);
}

static void who_goes_away_waiting_leaves_nothing(void **state)
{
    strange_t strange = { 0 };
    bench_t b;
    int fd;

    (void)state;
    serve_strangers(&b, &strange);
    fd = client(&b);
    ask(fd, STRANGE);
    rest(20);
    close(fd);
    fd = client(&b);
    expect_prompt(fd, 5);
    assert_int_equal(counts(&b).clients, 1);
    close(fd);
    finish(&b);
}

/* ---- from one server to the next -------------------------------------- */

static p0f_server_guests_t *stop_for_the_next(bench_t *b)
{
    p0f_server_guests_t *guests;

    end_loop(b);
    guests = p0f_server_hand_over(b->server);
    p0f_server_destroy(b->server);
    return guests;
}

static void clients_are_handed_over_in_the_middle_of_anything(void **state)
{
    const uint32_t half = 300;
    strange_t strange = { 0 };
    p0f_server_guests_t *guests;
    bench_t b;
    int fd[MAX];

    (void)state;
    serve_strangers(&b, &strange);
    for (int i = 0; i < MAX; i++)
        fd[i] = client(&b);
    expect_prompt(fd[0], 1);
    expect_prompt(fd[1], 2);
    send(fd[1], &half, 1, MSG_NOSIGNAL);
    ask(fd[2], STRANGE);
    rest(50);
    guests = stop_for_the_next(&b);
    assert_non_null(p0f_server_guest(guests, MAX - 1));
    assert_null(p0f_server_guest(guests, MAX));
    ask(fd[0], 3);                       /* nobody serves */
    __atomic_store_n(&strange.known, 1, __ATOMIC_RELEASE);
    serve_from(&b, guests);
    expect(fd[0], 3);
    send(fd[1], (const char *)&half + 1, QUERY - 1, MSG_NOSIGNAL);
    expect(fd[1], half);
    expect(fd[2], STRANGE);
    for (int i = 0; i < MAX; i++) {
        expect_prompt(fd[i], 9);
        close(fd[i]);
    }
    finish(&b);
}

static void unread_replies_are_handed_over(void **state)
{
    enum { MANY = 100000 };
    uint32_t *queries = calloc(MANY, QUERY), n;
    size_t sent = 0;
    ssize_t done;
    bench_t b;
    int fd;

    (void)state;
    start(&b);
    fd = client(&b);
    for (n = 0; n < MANY; n++)
        queries[n] = n;
    while ((done = send(fd, (char *)queries + sent, MANY * QUERY - sent,
                        MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
        sent += (size_t)done;
    rest(20);
    serve_from(&b, stop_for_the_next(&b));
    for (n = 0; n < sent / QUERY; n++)
        expect(fd, n);
    close(fd);
    free(queries);
    finish(&b);
}

static void guests_without_a_place_are_closed(void **state)
{
    p0f_server_guests_t *guests;
    bench_t b;
    char c;
    int fd, before;

    (void)state;
    start(&b);
    before = (int)open_descriptors();
    fd = client(&b);
    expect_prompt(fd, 1);
    guests = stop_for_the_next(&b);
    p0f_server_take_in(NULL, guests);
    assert_int_equal(recv(fd, &c, 1, 0), 0);
    close(fd);
    serve_from(&b, NULL);
    assert_int_equal(open_descriptors(), before);
    assert_null(stop_for_the_next(&b));
    serve_from(&b, NULL);
    finish(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_queries),
        cmocka_unit_test(many_in_flight_and_cut_anywhere),
        cmocka_unit_test(who_may_not_ask_takes_no_place),
        cmocka_unit_test(half_close_ends_after_the_answers),
        cmocka_unit_test(unfinished_query_is_cut_off),
        cmocka_unit_test(unread_replies_are_cut_off),
        cmocka_unit_test(a_slow_reader_gets_all),
        cmocka_unit_test(gone_without_reading),
        cmocka_unit_test(children_keep_nobody_connected),
        cmocka_unit_test(when_full_the_next_one_waits_for_a_place),
        cmocka_unit_test(when_full_the_longest_silent_gives_way),
        cmocka_unit_test(without_descriptors_it_rests),
        cmocka_unit_test(mode_is_what_was_asked),
        cmocka_unit_test(stale_socket_is_replaced_a_live_one_is_not),
        cmocka_unit_test(other_files_are_left_alone),
        cmocka_unit_test(bad_places_are_refused),
        cmocka_unit_test(a_query_that_waits_holds_up_nobody_else),
        cmocka_unit_test(a_query_waits_for_a_time_and_a_client_once_a_second),
        cmocka_unit_test(who_goes_away_waiting_leaves_nothing),
        cmocka_unit_test(clients_are_handed_over_in_the_middle_of_anything),
        cmocka_unit_test(unread_replies_are_handed_over),
        cmocka_unit_test(guests_without_a_place_are_closed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
