/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What threads remember together: what is found, what is overwritten, and that
 * nobody ever reads a mix of two writings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "p0f_engine/recall.h"

enum { PLACES = 4, KEY = 3, BYTES = 45 };

static _Atomic uint64_t memory[P0F_RECALL_WORDS(PLACES, KEY, BYTES)];

static p0f_recall_t make(unsigned int places)
{
    const p0f_recall_t r = { .words = memory, .count = places,
                             .key_words = KEY, .bytes = BYTES };

    for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
        atomic_store(&memory[i], 0);
    return r;
}

/* What is remembered of KEY in version V: LEN bytes, each from all of that. */
static void write_text(unsigned char *out, uint64_t key, unsigned int v,
                       size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (unsigned char)(key * 31 + v * 7 + i);
}

static void remember(p0f_recall_t *r, uint64_t key, unsigned int v,
                     size_t len)
{
    const uint64_t words[KEY] = { 1, key, ~key };
    unsigned char text[BYTES + 1];

    write_text(text, key, v, len);
    p0f_recall_put(r, words, KEY, text, len);
}

/* The length of what is found of KEY, which must be version V. */
static size_t recalled(p0f_recall_t *r, uint64_t key, unsigned int v)
{
    const uint64_t words[KEY] = { 1, key, ~key };
    unsigned char text[BYTES + 1], right[BYTES];
    size_t len;

    memset(text, 0xee, sizeof(text));
    len = p0f_recall_get(r, words, KEY, text);
    write_text(right, key, v, len);
    assert_memory_equal(text, right, len);
    assert_int_equal(text[len], 0xee);
    return len;
}

static void nothing_is_known_at_first(void **state)
{
    p0f_recall_t r = make(PLACES);

    (void)state;
    for (uint64_t key = 0; key < 100; key++)
        assert_int_equal(recalled(&r, key, 0), 0);
}

static void what_was_remembered_is_found_whatever_its_length(void **state)
{
    p0f_recall_t r = make(PLACES);

    (void)state;
    for (size_t len = 1; len <= BYTES; len++) {
        remember(&r, 1000 + len, 1, len);
        assert_int_equal(recalled(&r, 1000 + len, 1), len);
    }
    remember(&r, 5, 1, BYTES + 1);
    assert_int_equal(recalled(&r, 5, 1), 0);
}

static void another_key_isnt_it(void **state)
{
    static const uint64_t keys[][KEY] = {
        { 1, 9, ~(uint64_t)9 }, { 0, 9, ~(uint64_t)9 }, { 1, 8, ~(uint64_t)9 },
        { 1, 9, ~(uint64_t)8 }
    };
    p0f_recall_t r = make(2);    /* so that all have the same places */
    unsigned char text[BYTES];

    (void)state;
    remember(&r, 9, 1, 20);
    assert_int_equal(p0f_recall_get(&r, keys[0], KEY, text), 20);
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(p0f_recall_get(&r, keys[i], KEY, text), 0);
}

static void keys_have_any_length_that_there_is_room_for(void **state)
{
    static const uint64_t key[KEY + 1] = { 7, 0, 0, 0 };
    p0f_recall_t r = make(2);
    unsigned char text[BYTES];

    (void)state;
    for (unsigned int n = 1; n <= KEY; n++) {
        r = make(2);
        p0f_recall_put(&r, key, n, "abc", 3);
        for (unsigned int other = 1; other <= KEY + 1; other++)
            assert_int_equal(p0f_recall_get(&r, key, other, text),
                             other == n ? 3 : 0);
    }
    r = make(2);
    p0f_recall_put(&r, key, KEY + 1, "abc", 3);
    assert_int_equal(p0f_recall_get(&r, key, KEY + 1, text), 0);
}

static void two_keys_of_one_place_both_stay(void **state)
{
    p0f_recall_t r = make(2);

    (void)state;
    remember(&r, 100, 1, 20);
    remember(&r, 200, 1, 30);
    assert_int_equal(recalled(&r, 100, 1), 20);
    assert_int_equal(recalled(&r, 200, 1), 30);
    remember(&r, 300, 1, 40);
    assert_int_equal(recalled(&r, 300, 1), 40);
    assert_true(!recalled(&r, 100, 1) != !recalled(&r, 200, 1));
}

/* Of a masked key what the mask leaves out makes no difference, and what
 * another key's mask is doesn't either. */
static void of_masked_keys_the_mask_counts(void **state)
{
    static const uint64_t key[2] = { 0x1234, 0x5678 };
    static const uint64_t mask[2] = { 0xff00, ~(uint64_t)0 };
    static const uint64_t same[2] = { 0x12ee, 0x5678 };
    static const uint64_t others[][2] = { { 0x1334, 0x5678 },
                                          { 0x1234, 0x5679 } };
    static _Atomic uint64_t words[P0F_RECALL_WORDS(2, 4, BYTES)];
    const p0f_recall_t r = { .words = words, .count = 2, .key_words = 4,
                             .bytes = BYTES };
    unsigned char text[BYTES];

    (void)state;
    p0f_recall_put_masked(&r, 5, key, mask, 2, "abc", 3);
    assert_int_equal(p0f_recall_get_masked(&r, 5, key, 2, text), 3);
    assert_int_equal(p0f_recall_get_masked(&r, 5, same, 2, text), 3);
    assert_memory_equal(text, "abc", 3);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(p0f_recall_get_masked(&r, 5, others[i], 2, text), 0);
    assert_int_equal(p0f_recall_get_masked(&r, 5, key, 1, text), 0);
    p0f_recall_put_masked(&r, 5, others[0], mask, 2, "abcd", 4);
    assert_int_equal(p0f_recall_get_masked(&r, 5, others[0], 2, text), 4);
    assert_int_equal(p0f_recall_get_masked(&r, 5, same, 2, text), 3);
    p0f_recall_put_masked(&r, 5, key, mask, 3, "abc", 3);   /* no room */
    assert_int_equal(p0f_recall_get_masked(&r, 5, key, 3, text), 0);
}

/* ---- threads ------------------------------------------------------------ */

/* So many that they don't run one after the other. */
enum { TURNS = 2000000, THREADS = 3 };

typedef struct {
    p0f_recall_t *r;
    unsigned int found, mixed;
} worker_t;

/* Writes and reads few keys in few places. A text's first two bytes say which
 * key and version it is of, the others must follow. */
static void *work(void *arg)
{
    worker_t *w = arg;

    for (unsigned int i = 0; i < TURNS; i++) {
        const uint64_t key = i % 7, words[KEY] = { 1, key, ~key };
        unsigned char text[BYTES], right[BYTES];
        size_t len = 2 + (i * 5 + key) % (BYTES - 2);

        write_text(text, key, i, len);
        text[0] = (unsigned char)key;
        text[1] = (unsigned char)i;
        if (i % 3 == 0)
            p0f_recall_put(w->r, words, KEY, text, len);
        len = p0f_recall_get(w->r, words, KEY, text);
        if (!len)
            continue;
        write_text(right, key, text[1], len);
        w->found++;
        w->mixed += text[0] != key || memcmp(text + 2, right + 2, len - 2);
    }
    return NULL;
}

static void nobody_reads_a_mix_of_two_writings(void **state)
{
    p0f_recall_t r = make(PLACES);
    pthread_t threads[THREADS];
    worker_t workers[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker_t){ .r = &r };
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_not_equal(workers[i].found, 0);
        assert_int_equal(workers[i].mixed, 0);
    }
}

/* A thread that stopped in the middle: its place stays unread and unwritten,
 * the other one of the pair serves. */
static void a_place_left_half_written_is_nobodys(void **state)
{
    p0f_recall_t r = make(2);
    const size_t second = P0F_RECALL_PLACE(KEY, BYTES);

    (void)state;
    remember(&r, 50, 1, 20);
    atomic_fetch_add(&r.words[r.words[0] ? 0 : second], 1);
    assert_int_equal(recalled(&r, 50, 1), 0);
    for (unsigned int v = 1; v < 10; v++) {
        remember(&r, 60, v, 25);
        assert_int_equal(recalled(&r, 60, v), 25);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first),
        cmocka_unit_test(what_was_remembered_is_found_whatever_its_length),
        cmocka_unit_test(another_key_isnt_it),
        cmocka_unit_test(keys_have_any_length_that_there_is_room_for),
        cmocka_unit_test(two_keys_of_one_place_both_stay),
        cmocka_unit_test(of_masked_keys_the_mask_counts),
        cmocka_unit_test(nobody_reads_a_mix_of_two_writings),
        cmocka_unit_test(a_place_left_half_written_is_nobodys),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("recall", tests, NULL, NULL);
}
