/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sniffers.h - for the sniffer's tests: its loop with an engine, a ring and
 * capture files, in a thread as in the module.
 */
#ifndef T_UNIT_SNIFFERS_H
#define T_UNIT_SNIFFERS_H

#include <apr_general.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>

#include "p0f_engine/sniffer.h"
#include "packets.h"

enum { SECOND_US = 1000000 };

typedef struct {
    p0f_cache_t cache;
    p0f_ring_t ring;
    p0f_engine_t *engine;
    p0f_capture_t captures[P0F_SNIFFER_CAPTURES];
    p0f_sniffer_t sniffer;
    pthread_t thread;
    int wake_fd, stop;
} bench_t;

static inline void *body(void *arg)
{
    p0f_sniffer_run(arg);
    return NULL;
}

static inline void prepare(bench_t *b)
{
    const p0f_cache_config_t cache = {
        .max_hosts = 1000, .max_conns = 1000, .host_idle_s = 7200,
        .conn_age_s = 30, .db_slot = 1 << 16
    };
    const p0f_engine_config_t engine = {
        .cache = &b->cache, .conn_age_s = 30, .host_idle_s = 7200
    };

    memset(b, 0, sizeof(*b));
    b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_true(b->wake_fd >= 0);
    assert_int_equal(p0f_cache_create(&b->cache, &cache, NULL), P0F_OK);
    assert_int_equal(p0f_ring_create(&b->ring, 2048, false, b->wake_fd,
                                     NULL), P0F_OK);
    assert_int_equal(p0f_engine_create(&b->engine, &engine, NULL), P0F_OK);
    b->sniffer = (p0f_sniffer_t){
        .engine = b->engine, .cache = &b->cache, .ring = &b->ring,
        .captures = b->captures, .state = P0F_STATE_RUNNING,
        .wake_fd = b->wake_fd, .stop = &b->stop
    };
}

static inline void start(bench_t *b)
{
    assert_int_equal(pthread_create(&b->thread, NULL, body, &b->sniffer), 0);
}

/* This turn of the loop is the last. */
static inline void end_loop(bench_t *b)
{
    __atomic_store_n(&b->stop, 1, __ATOMIC_RELEASE);
    p0f_sniffer_wake(b->wake_fd);
}

/* Asks the loop to end; microseconds until it has. */
static inline uint64_t stop(bench_t *b)
{
    const uint64_t begun = p0f_sniffer_now().boot_us;

    end_loop(b);
    assert_int_equal(pthread_join(b->thread, NULL), 0);
    return p0f_sniffer_now().boot_us - begun;
}

static inline void finish(bench_t *b)
{
    for (int i = 0; i < P0F_SNIFFER_CAPTURES; i++)
        p0f_capture_close(&b->captures[i]);
    p0f_engine_destroy(b->engine);
    p0f_ring_destroy(&b->ring);
    p0f_cache_destroy(&b->cache);
    close(b->wake_fd);
}

static inline void rest(long ms)
{
    const struct timespec t = { .tv_sec = ms / 1000,
                                .tv_nsec = ms % 1000 * 1000000 };

    nanosleep(&t, NULL);
}

/* Waits until COUNTER is N; microseconds it took. */
static inline uint64_t wait_for(const bench_t *b, unsigned int counter,
                                uint64_t n)
{
    const uint64_t begun = p0f_sniffer_now().boot_us;

    while (p0f_cache_counter(&b->cache, counter) < n
           && p0f_sniffer_now().boot_us - begun < 30 * SECOND_US)
        rest(1);
    assert_int_equal(p0f_cache_counter(&b->cache, counter), n);
    return p0f_sniffer_now().boot_us - begun;
}

/* Opens a capture file of COUNT SYNs as capture N, from 10.0.0.(100 + N) and
 * its ports from 2000 on; its last frame is cut off if DAMAGED. */
static inline void open_file(bench_t *b, int n, unsigned int count,
                             bool damaged)
{
    static const uint32_t header[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535,
                                       101 };
    char name[] = "/tmp/p0ft-sniffer-XXXXXX", text[64];
    uint8_t packet[PACKET_MAX];
    FILE *file = fdopen(mkstemp(name), "w");

    assert_non_null(file);
    fwrite(header, sizeof(header), 1, file);
    for (unsigned int i = 0; i < count; i++) {
        uint32_t len, record[4] = { 1000, 0 };

        snprintf(text, sizeof(text), "M1460 src=%d sport=%u seq=%u", 100 + n,
                 2000 + i, i + 1);
        len = (uint32_t)packets_build(text, packet);
        record[2] = record[3] = len;
        fwrite(record, sizeof(record), 1, file);
        fwrite(packet, damaged && i + 1 == count ? len / 2 : len, 1, file);
    }
    fclose(file);
    assert_int_equal(p0f_capture_open_file(&b->captures[n], name, "", NULL),
                     P0F_OK);
    unlink(name);
    b->sniffer.capture_count = n + 1;
}

/* The connection from PORT of 10.0.0.LAST, accepted now. */
static inline p0f_ring_rec_t accepted(uint8_t last, unsigned int port)
{
    p0f_ring_rec_t rec = { .kind = P0F_RING_CONFIRMED };

    rec.boot_us = p0f_sniffer_now().boot_us;
    rec.key.peer = packets_address(last);
    rec.key.local = packets_address(2);
    rec.key.peer_port = (uint16_t)port;
    rec.key.local_port = 80;
    return rec;
}

/* The same with its SYN. */
static inline void put_syn_from(const bench_t *b, uint8_t last,
                                unsigned int port, unsigned int seq)
{
    p0f_ring_rec_t rec = accepted(last, port);
    uint8_t packet[PACKET_MAX];
    char text[64];

    snprintf(text, sizeof(text), "M1460 src=%u sport=%u seq=%u", last, port,
             seq);
    rec.kind = P0F_RING_SYN;
    rec.raw_len = (uint8_t)packets_build(text, packet);
    memcpy(rec.raw, packet, rec.raw_len);
    assert_true(p0f_ring_put(&b->ring, &rec));
}

static inline void put_syn(const bench_t *b, unsigned int n)
{
    put_syn_from(b, 9, 3000 + n, n + 1);
}

#endif
