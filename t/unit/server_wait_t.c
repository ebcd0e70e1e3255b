/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server where something isn't there yet: queries that wait for their
 * answer, and clients that wait for the next server.
 */
#include "server_bench.h"

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
    assert_true(now_us() - begun < PROMPT_US);
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
    assert_true(now_us() - waited < PROMPT_US);
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
        cmocka_unit_test(a_query_that_waits_holds_up_nobody_else),
        cmocka_unit_test(a_query_waits_for_a_time_and_a_client_once_a_second),
        cmocka_unit_test(who_goes_away_waiting_leaves_nothing),
        cmocka_unit_test(clients_are_handed_over_in_the_middle_of_anything),
        cmocka_unit_test(unread_replies_are_handed_over),
        cmocka_unit_test(guests_without_a_place_are_closed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("server_wait", tests, NULL, NULL);
}
