/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_api.c - queries a second on one connection of p0f 3's socket, beside
 * an empty echo: a process that reads 21 bytes and writes 232, and does
 * nothing else. Both are measured in turns.
 *
 *     bench_api SOCKET ADDRESS [CLIENT SERVER [MILLISECONDS]]
 *
 * CLIENT and SERVER: numbers of the processors that this program and the echo
 * are to stay on. Left to the system they are sometimes on one and sometimes
 * on two, and waking another processor costs six times what is measured.
 *
 * Prints for one query at a time and for 16 in flight: queries a second, the
 * echo's, their ratio (medians of 101 short turns, the ratio with the quarters
 * around it; each is that of neighbours, as a machine changes its mind and
 * what else runs on it comes and goes), the slowest answer. Whoever takes
 * longer than 5 s for an answer is not asked any more (exit status 3). The
 * echo waits for one client alone; who serves many has to ask which one it is,
 * a system call more.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "p0f_engine/addr.h"
#include "p0f_engine/api_v3.h"

enum { TURNS = 101, MOST = 16 };

typedef struct {
    int fd;
    uint8_t query[P0F_API_QUERY];
    double rate[TURNS], slowest; /* a second; seconds */
} side_t;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_api: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* NUMBER NULL: wherever the system likes. */
static void stay_on(const char *number)
{
    cpu_set_t set;

    if (!number)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)atoi(number), &set);
    if (sched_setaffinity(0, sizeof(set), &set))
        fail(number);
}

/* The echo, in a process of its own, on PROCESSOR. */
static pid_t start_echo(int *fd, const char *processor)
{
    static uint8_t query[MOST * P0F_API_QUERY], reply[MOST * P0F_API_REPLY];
    int pair[2];
    size_t have = 0;
    ssize_t n;
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        fail("echo");
    pid = fork();
    if (pid < 0)
        fail("echo");
    if (pid) {
        close(pair[1]);
        *fd = pair[0];
        return pid;
    }
    close(pair[0]);
    stay_on(processor);
    while ((n = read(pair[1], query, sizeof(query) - have)) > 0) {
        size_t whole = (have + (size_t)n) / P0F_API_QUERY;

        have = (have + (size_t)n) % P0F_API_QUERY;
        if (write(pair[1], reply, whole * P0F_API_REPLY) < 0)
            break;
    }
    _exit(0);
}

static int connect_to(const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    const struct timeval patience = { .tv_sec = 5 };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
        fail(path);
    return fd;
}

/* Asks for SECONDS with FLYING queries under way; what comes back is asked
 * again. Returns queries a second; 0: one took longer than a client waits. */
static double measure(side_t *side, int flying, double seconds)
{
    uint8_t queries[MOST * P0F_API_QUERY], replies[MOST * P0F_API_REPLY];
    double begun = now(), last = begun, t = begun;
    size_t under_way = 0, have = 0, done = 0, whole = (size_t)flying;
    ssize_t n;

    for (int i = 0; i < flying; i++)
        memcpy(queries + i * P0F_API_QUERY, side->query, P0F_API_QUERY);
    do {
        if (t < begun + seconds) {
            if (write(side->fd, queries, whole * P0F_API_QUERY) < 0)
                fail("write");
            under_way += whole;
        }
        n = read(side->fd, replies, sizeof(replies));
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0)
            fail("read");
        whole = (have + (size_t)n) / P0F_API_REPLY;
        have = (have + (size_t)n) % P0F_API_REPLY;
        under_way -= whole;
        done += whole;
        t = now();
        if (t - last > side->slowest)
            side->slowest = t - last;
        last = t;
    } while (under_way);
    return (double)done / (t - begun);
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void sort(double values[TURNS])
{
    qsort(values, TURNS, sizeof(*values), by_size);
}

static void compare(const char *title, side_t *socket, side_t *echo,
                    int flying, double seconds)
{
    double ratio[TURNS];

    socket->slowest = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        side_t *side = turn % 2 ? socket : echo;

        side->rate[turn] = measure(side, flying, seconds);
        side = turn % 2 ? echo : socket;
        side->rate[turn] = measure(side, flying, seconds);
        if (socket->rate[turn] <= 0) {
            printf("    %-14s no answer within 5 s\n", title);
            exit(3);
        }
        ratio[turn] = socket->rate[turn] / echo->rate[turn];
    }
    sort(socket->rate);
    sort(echo->rate);
    sort(ratio);
    printf("    %-14s %9.0f a second, empty echo %9.0f, ratio %.2f "
           "(%.2f .. %.2f), slowest %.1f ms\n", title,
           socket->rate[TURNS / 2], echo->rate[TURNS / 2], ratio[TURNS / 2],
           ratio[TURNS / 4], ratio[TURNS * 3 / 4], socket->slowest * 1e3);
}

int main(int argc, char **argv)
{
    side_t socket = { .fd = -1 }, echo = { .fd = -1 };
    double seconds = argc > 5 ? atof(argv[5]) / 1000 : 0.015;
    p0f_addr_t addr;
    uint8_t v4[4];
    pid_t pid;

    if (argc < 3 || inet_pton(AF_INET, argv[2], v4) != 1) {
        fputs("usage: bench_api SOCKET ADDRESS [CLIENT SERVER "
              "[MILLISECONDS]]\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    addr = p0f_addr_from_v4(v4);
    p0f_api_v3_ask(&addr, socket.query);
    p0f_api_v3_ask(&addr, echo.query);
    pid = start_echo(&echo.fd, argc > 4 ? argv[4] : NULL);
    stay_on(argc > 4 ? argv[3] : NULL);
    socket.fd = connect_to(argv[1]);
    compare("one at a time", &socket, &echo, 1, seconds);
    compare("16 in flight", &socket, &echo, MOST, seconds);
    close(echo.fd);
    waitpid(pid, NULL, 0);
    return 0;
}
