/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sniffer.c - the loop of the capture thread.
 *
 * One turn: read every capture, drain the ring, beat, then
 *   more is waiting          go on at once
 *   something came           pause, still "awake": some milliseconds, so
 *                            that a busy server pays few switches to this
 *                            thread; or, when workers have had to wait of
 *                            late, until the next frame
 *   nothing came             tell the workers "asleep", poll
 * A stop and a worker that waits interrupt pause and poll through the wake-up
 * descriptor.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* ppoll, CLOCK_BOOTTIME */
#endif
#include "sniffer.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 256,                 /* frames of a handle, records a turn */
    PAUSE_MS = 4,                /* between batches */
    CROWD = 1024,                /* frames and records between two pauses;
                                    after as many the next one isn't longer */
    HURRY_NS = 300 * 1000,       /* the same while workers wait */
    HURRY_US = 1000 * 1000,      /* how long that lasts after one has */
    FEW = 2,                     /* frames a turn that are no batch */
    SLEEP_MS = 800,              /* longest poll: a heartbeat each second */
    OLDEST_US = 10 * 1000000     /* a frame isn't taken to be older */
};

typedef struct {
    const p0f_sniffer_t *s;
    p0f_link_t links[P0F_SNIFFER_CAPTURES];
    p0f_link_t *link;            /* of the handle being read */
    bool live;                   /* and whether it is one */
    p0f_ring_reader_t reader;
    uint64_t lost;               /* of reader, told to the counters */
    p0f_time_t now;              /* at the start of the turn */
    uint64_t beat_s;             /* second of the last heartbeat */
    uint64_t hurry_until_us;     /* since boot */
    int crowd;                   /* frames and records since the last pause */
} loop_t;

static uint64_t clock_us(clockid_t clock)
{
    struct timespec now = { 0 };

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t p0f_sniffer_boot_us(void)
{
#ifdef CLOCK_BOOTTIME
    return clock_us(CLOCK_BOOTTIME);
#else
    return clock_us(CLOCK_MONOTONIC);
#endif
}

p0f_time_t p0f_sniffer_now(void)
{
    p0f_time_t now = { .wall_us = (int64_t)clock_us(CLOCK_REALTIME),
                       .boot_us = p0f_sniffer_boot_us() };

    return now;
}

void p0f_sniffer_wake(int wake_fd)
{
    const uint64_t one = 1;
    ssize_t n;

    if (wake_fd < 0)
        return;
    n = write(wake_fd, &one, sizeof(one));
    (void)n;                     /* full: it is readable already */
}

static bool stopped(const loop_t *l)
{
    return __atomic_load_n(l->s->stop, __ATOMIC_ACQUIRE) != 0;
}

bool p0f_sniffer_captures(const p0f_sniffer_t *s)
{
    bool any = false;

    for (int i = 0; i < s->capture_count; i++)
        any = any || s->captures[i].pcap || s->captures[i].ended;
    return any;
}

void p0f_sniffer_show(const p0f_sniffer_t *s)
{
    bool opened = false, works = false, damaged = false;
    p0f_state_t state = s->state;
    uint32_t away = 0;

    for (int i = 0; i < s->capture_count; i++) {
        const p0f_capture_t *capture = &s->captures[i];
        bool file = capture->fd < 0;

        if (!capture->pcap || capture->failed || (capture->ended && !file))
            away |= 1u << i;
        else
            works = true;        /* also a file read to its end */
        opened = opened || capture->pcap;
        damaged = damaged || (capture->pcap && file && capture->failed);
    }
    if (works && !damaged)
        state = P0F_STATE_RUNNING;
    else if (opened)
        state = P0F_STATE_NO_CAPTURE;
    p0f_cache_set_state_away(s->cache, state, away);
}

/* Once a second: heartbeat, the kernel's counters, interfaces that went or
 * came. */
static void beat(loop_t *l)
{
    const uint64_t second = l->now.boot_us / 1000000;
    uint64_t drops = 0;

    if (second == l->beat_s)
        return;
    l->beat_s = second;
    p0f_cache_beat(l->s->cache, (uint32_t)second);
    for (int i = 0; i < l->s->capture_count; i++) {
        drops += p0f_capture_drops(&l->s->captures[i]);
        p0f_capture_follow(&l->s->captures[i]);
    }
    p0f_sniffer_show(l->s);
    if (drops)
        p0f_cache_add(l->s->cache, P0F_CTR_KERNEL_DROPS, drops);
    if (l->reader.lost > l->lost) {
        p0f_cache_add(l->s->cache, P0F_CTR_RING_LOST,
                      l->reader.lost - l->lost);
        l->lost = l->reader.lost;
    }
}

/* The time of a live frame by both clocks: the packet's own wall time, and
 * boot time less its age. The wall clock may have been set in between, so
 * that an age out of bounds counts as none. */
static p0f_time_t frame_time(const loop_t *l, int64_t wall_us)
{
    p0f_time_t time = l->now;
    int64_t age = l->now.wall_us - wall_us;

    if (l->live && age > 0 && age < OLDEST_US
        && (uint64_t)age < time.boot_us) {
        time.wall_us = wall_us;
        time.boot_us -= (uint64_t)age;
    }
    return time;
}

static void take_frame(void *ctx, p0f_bytes_t frame, uint32_t wire_len,
                       int64_t wall_us)
{
    loop_t *l = ctx;

    (void)wire_len;
    p0f_engine_feed_ahead(l->s->engine, l->link, frame,
                          frame_time(l, wall_us));
}

static void take_record(void *ctx, const p0f_ring_rec_t *rec)
{
    loop_t *l = ctx;

    p0f_engine_feed_ring(l->s->engine, rec, l->now);
}

/* One batch of each handle. Returns the largest. A handle that failed is
 * left alone until its interface is back; who opened it sees the mark after
 * the loop. */
static int read_captures(loop_t *l)
{
    int most = 0;

    for (int i = 0; i < l->s->capture_count; i++) {
        p0f_capture_t *capture = &l->s->captures[i];
        p0f_status_t status;
        int n;

        if (capture->ended || !capture->pcap)
            continue;
        l->link = &l->links[i];
        l->live = capture->fd >= 0;
        status = p0f_capture_read(capture, BATCH, take_frame, l, &n, NULL);
        if (status == P0F_ECAPTURE)
            p0f_sniffer_show(l->s);
        if (n > most)
            most = n;
    }
    p0f_engine_settle(l->s->engine);
    return most;
}

static int drain_ring(loop_t *l)
{
    unsigned int n;

    if (!l->s->ring)
        return 0;
    n = p0f_ring_drain(l->s->ring, &l->reader, l->now.boot_us, BATCH,
                       take_record, l);
    p0f_engine_settle(l->s->engine);
    return (int)n;
}

/* Takes back "asleep" and empties the wake-up descriptor. Whoever wants the
 * loop to stop sets the word first and writes to the descriptor then: the
 * word is looked at after this. */
static void awake(const loop_t *l)
{
    uint64_t count;
    ssize_t n;

    if (l->s->ring) {
        p0f_ring_asleep(l->s->ring, &l->reader, false);
        return;
    }
    n = read(l->s->wake_fd, &count, sizeof(count));
    (void)n;
}

/* Lists the wake-up descriptor and the handles to poll; returns how many. */
static nfds_t list_fds(const loop_t *l,
                       struct pollfd fds[P0F_SNIFFER_CAPTURES + 1])
{
    nfds_t n = 0;

    fds[n++] = (struct pollfd){ .fd = l->s->wake_fd, .events = POLLIN };
    for (int i = 0; i < l->s->capture_count; i++) {
        const p0f_capture_t *capture = &l->s->captures[i];

        if (capture->pcap && !capture->ended && capture->fd >= 0)
            fds[n++] = (struct pollfd){ .fd = capture->fd,
                                        .events = POLLIN };
    }
    return n;
}

/* What a pause costs is mostly the way back, on which nothing of ours is in
 * the processor's caches any more: the longer, the fewer. */
static long pause_ns(const loop_t *l, bool hurry)
{
    long ms = PAUSE_MS;

    if (hurry)
        return HURRY_NS;
    if (l->crowd < CROWD && l->s->rest_ms > PAUSE_MS)
        ms = (long)l->s->rest_ms;
    return ms * 1000 * 1000;
}

/* A rest in which frames and records collect. Workers don't wake a sniffer
 * that rests for their records, but do to wait for its answer: from then on
 * it hurries for a while, and where FRAMES are so few that they don't come in
 * crowds the next one ends the rest. */
static void pause_awake(loop_t *l, int frames)
{
    const bool hurry = l->now.boot_us < l->hurry_until_us;
    const struct timespec pause = { .tv_nsec = pause_ns(l, hurry) };
    struct pollfd fds[P0F_SNIFFER_CAPTURES + 1];
    nfds_t n = list_fds(l, fds);

    l->crowd = 0;
    if (!hurry || frames < 1 || frames > FEW)
        n = 1;                   /* the wake-up descriptor alone */
    if (ppoll(fds, n, &pause, NULL) > 0 && fds[0].revents) {
        l->hurry_until_us = l->now.boot_us + HURRY_US;
        awake(l);
    }
}

/* Waits for a frame, a record, a stop or the next heartbeat. True if a
 * capture handle woke it. */
static bool sleep_until_needed(loop_t *l)
{
    struct pollfd fds[P0F_SNIFFER_CAPTURES + 1];
    nfds_t n = list_fds(l, fds);
    int ready = 0;
    bool may_sleep = true;

    if (l->s->ring)
        may_sleep = p0f_ring_asleep(l->s->ring, &l->reader, true);
    if (may_sleep && !stopped(l))
        ready = poll(fds, n, SLEEP_MS);
    awake(l);
    return ready > (fds[0].revents != 0);
}

void p0f_sniffer_run(const p0f_sniffer_t *sniffer)
{
    loop_t l = { .s = sniffer };
    bool woken = false;

    for (int i = 0; i < sniffer->capture_count; i++)
        p0f_link_init(&l.links[i], sniffer->captures[i].dlt, false);
    p0f_sniffer_show(sniffer);
    while (!stopped(&l)) {
        int frames, records;

        l.now = p0f_sniffer_now();
        beat(&l);
        if (sniffer->ring)       /* a SYN before the record that confirms it */
            p0f_ring_mark(sniffer->ring, &l.reader);
        frames = read_captures(&l);
        if (frames < BATCH)      /* nothing of before this turn is left */
            p0f_cache_set_read_until(sniffer->cache, l.now.boot_us);
        records = drain_ring(&l);
        l.crowd += frames + records;
        if (frames >= BATCH || records >= BATCH)
            continue;
        /* Woken for nothing counts as busy: a descriptor that is ready for
         * ever, with no frame, must not keep a processor busy. */
        if (frames || records || woken) {
            pause_awake(&l, frames);
            woken = false;
        } else {
            woken = sleep_until_needed(&l);
        }
    }
}
