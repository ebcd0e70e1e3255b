/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server and its clients: queries, clients that misbehave, many of them,
 * the socket. What one client does must hold up no other.
 */
#include "server_bench.h"

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
    assert_true(expect_end(fd) < PROMPT_US);
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
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
