/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - what workers hand to the sniffer, and the workers' own counters.
 *
 * A segment of its own that every child may write: many producers, one
 * consumer, nobody ever blocks. The consumer distrusts every byte of it.
 *
 *   +----------------------+ 0
 *   | head                 |  magic, layout; claim position; asleep; state
 *   +----------------------+
 *   | worker counters      |  P0F_RING_LANES lanes of whole cache lines
 *   +----------------------+
 *   | slots                |  a power of two of p0f_ring_slot_t
 *   +----------------------+ size
 *
 * A slot carries a turn number: equal to the claim position it is free, one
 * more it is committed; the consumer adds the slot count. A slot claimed and
 * not committed for a second is skipped and counted, and its late producer
 * learns so. Row 5.
 */
#ifndef P0F_RING_H
#define P0F_RING_H

#include "record.h"
#include "status.h"

#define P0F_RING_MAGIC  0x52463050u  /* "P0FR" */
#define P0F_RING_LAYOUT 4u
#define P0F_RING_RAW    120          /* raw bytes a record carries at most */
#define P0F_RING_LANES  64           /* of worker counters */
#define P0F_RING_QUIET_S 60          /* seconds between lines of one cause */

typedef enum {
    P0F_RING_CONFIRMED = 1,          /* accepted connection; no raw bytes */
    P0F_RING_SYN = 2,                /* raw: the kernel's saved SYN, IP on */
    P0F_RING_HTTP = 3,               /* raw: a p0f_ringhttp_t (engine.h) */
    P0F_RING_FIRST = 4               /* raw: one, then what SYN has; nothing
                                        is as CONFIRMED */
} p0f_ring_kind_t;

/* A record as both sides see it, outside the segment. In a slot it lies as
 * here, as far as it is in use. */
typedef struct {
    p0f_connkey_t key;
    uint8_t  kind;                   /* p0f_ring_kind_t */
    uint8_t  raw_len;                /* bytes of raw in use */
    uint8_t  spare[2];               /* 0 for who takes it */
    uint64_t boot_us;                /* when, microseconds since boot */
    uint8_t  raw[P0F_RING_RAW];
} p0f_ring_rec_t;

/* What workers count. */
typedef enum {
    P0F_WCTR_CAPTURE,                /* connections that the capture's entry
                                        answered */
    P0F_WCTR_SAVED_SYN,              /* answered by the saved SYN */
    P0F_WCTR_HOST,                   /* answered by the host's history */
    P0F_WCTR_MISS,                   /* not answered */
    P0F_WCTR_WAITS,                  /* first requests that waited */
    P0F_WCTR_NO_SAVED_SYN,           /* connections without a saved SYN where
                                        there should be one */
    P0F_WCTR_NOT_TCP,                /* connections with no TCP peer */
    P0F_WCTR_OVERFLOW,               /* records lost, ring full */
    P0F_WCTR_LOG_LOST,               /* lines of requests not written */
    P0F_WCTR_COUNT
} p0f_worker_counter_t;

/* A handle; addresses only, may be copied, valid in forked children. */
typedef struct {
    void *base;                      /* whole segment, writable everywhere */
    size_t size;                     /* bytes */
    int wake_fd;                     /* the sniffer polls it; -1: none */
} p0f_ring_t;

/* Creates a ring of at least SLOTS records (rounded up to a power of two,
 * 64 to 65536), inherited by children. SHARED false: private memory.
 * WAKE_FD is an eventfd, non-blocking, or -1; it stays the caller's. ENOMEM,
 * ESYSTEM. Startup, before fork. */
p0f_status_t p0f_ring_create(p0f_ring_t *out, uint32_t slots, bool shared,
                             int wake_fd, p0f_error_t *err);

/* Checks that a kept handle is of this code's layout. ELAYOUT. */
p0f_status_t p0f_ring_adopt(const p0f_ring_t *ring);

void p0f_ring_destroy(p0f_ring_t *ring);

/* ---- workers; any thread, any process -------------------------------- */

/* Asks for the memory that the next record will need, to be called some
 * hundred nanoseconds before. */
void p0f_ring_fetch(const p0f_ring_t *ring);

/* Hands REC to the sniffer and wakes it if it sleeps. False: full, counted.
 * Never blocks; one system call at most, and only if the sniffer sleeps. */
bool p0f_ring_put(const p0f_ring_t *ring, const p0f_ring_rec_t *rec);

/* Adds N to a worker's COUNTER. */
void p0f_ring_count(const p0f_ring_t *ring, p0f_worker_counter_t counter,
                    uint64_t n);

/* The sum of COUNTER over all lanes. */
uint64_t p0f_ring_counter(const p0f_ring_t *ring,
                          p0f_worker_counter_t counter);
const char *p0f_ring_counter_name(unsigned int counter);

/* True if nobody has to log the sniffer's state number STATE. */
bool p0f_ring_logged(const p0f_ring_t *ring, uint32_t state);

/* True for exactly one caller each time the sniffer's state number has
 * changed to STATE since the last call that returned true: that caller logs
 * it. */
bool p0f_ring_claim_state(const p0f_ring_t *ring, uint32_t state);

/* The same for changes that may come often: within P0F_RING_QUIET_S seconds
 * of one that was claimed, no further one of the same CAUSE (0 or 1) is; the
 * state that holds then is claimed later. */
bool p0f_ring_claim_change(const p0f_ring_t *ring, uint32_t state,
                           unsigned int cause);

/* ---- the sniffer ------------------------------------------------------ */

/* The consumer's private position. */
typedef struct {
    uint64_t next;                   /* position of the next record */
    uint64_t stuck_since_us;         /* since when it isn't committed */
    uint64_t stuck_from, stuck_count; /* positions claimed at that time */
    uint64_t lost;                   /* records skipped or torn so far */
    uint64_t mark;                   /* with marked: where the next drain ends */
    bool     started, marked;
} p0f_ring_reader_t;

typedef void p0f_ring_take_fn(void *ctx, const p0f_ring_rec_t *rec);

/* The next drain takes no record that isn't there yet. Whoever reads a capture
 * between the two has read what came before each record that it is given. */
void p0f_ring_mark(const p0f_ring_t *ring, p0f_ring_reader_t *reader);

/* Gives up to MAX waiting records to TAKE, each a private copy with raw_len
 * checked, in which nothing is set beyond that; NOW_US since boot. Returns how
 * many. */
unsigned int p0f_ring_drain(const p0f_ring_t *ring, p0f_ring_reader_t *reader,
                            uint64_t now_us, unsigned int max,
                            p0f_ring_take_fn *take, void *ctx);

/* Before sleeping in poll: announces it. False if records are waiting, then
 * don't sleep. After waking: call with ASLEEP false; empties wake_fd. */
bool p0f_ring_asleep(const p0f_ring_t *ring, const p0f_ring_reader_t *reader,
                     bool asleep);

#endif
