/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sniffer.h - the loop that reads captures and the workers' ring and feeds
 * an engine: the body of the module's capture thread.
 *
 * It polls the capture handles and the wake-up descriptor; while frames keep
 * coming it pauses some milliseconds between batches, so that the kernel
 * doesn't pay a wake-up a packet; p0f_sniffer_wake() ends a pause. It allocates
 * nothing, logs nothing, takes no lock; what it has to say is a state and
 * counters in the cache, and until when it has read. Row 7, above engine and
 * capture.
 */
#ifndef P0F_SNIFFER_H
#define P0F_SNIFFER_H

#include "capture.h"
#include "engine.h"

#define P0F_SNIFFER_CAPTURES 16

typedef struct {
    p0f_engine_t *engine;        /* fed; its observers run in the loop */
    p0f_cache_t *cache;          /* heartbeat, state, counters */
    const p0f_ring_t *ring;      /* NULL: none */
    p0f_capture_t *captures;     /* live handles, or one file; the loop marks
                                    what ended */
    int capture_count;           /* at most P0F_SNIFFER_CAPTURES; 0: ring
                                    only */
    p0f_state_t state;           /* to show where no handle was opened */
    unsigned int rest_ms;        /* how long who asks can mostly do without it,
                                    and the handles' buffers hold what comes;
                                    4 ms in any case; below 1000 */
    int wake_fd;                 /* readable: look at stop and ring */
    const int *stop;             /* atomic; not 0: leave */
} p0f_sniffer_t;

/* Runs until *stop is set (p0f_sniffer_wake); a file's end is not the end of
 * the loop. A file's frames count as received now. When a handle fails the
 * loop goes on with the others and the ring, and looks each second whether
 * its interface is back. The calling thread has the signals it wants blocked.
 * Sniffer only. */
void p0f_sniffer_run(const p0f_sniffer_t *sniffer);

/* True if SNIFFER was given a handle, be it one that is away or has ended: then
 * the ring isn't its engine's only source. Any thread. */
bool p0f_sniffer_captures(const p0f_sniffer_t *sniffer);

/* Shows in the cache how the handles are: running while any of them works,
 * and which are away. Sniffer, or before it runs. */
void p0f_sniffer_show(const p0f_sniffer_t *sniffer);

/* Wakes the loop so that it looks at *stop and reads what there is: for who
 * waits for an answer. Any process that has WAKE_FD; async-signal-safe. */
void p0f_sniffer_wake(int wake_fd);

/* Now by both clocks, and microseconds since boot alone. Any thread; no
 * local-time function. */
p0f_time_t p0f_sniffer_now(void);
uint64_t p0f_sniffer_boot_us(void);

#endif
