/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.c - the workers' ring: a bounded queue of many producers and one
 * consumer in memory that all of them may write, and the workers' counters.
 *
 * Position p (64-bit, never reused) lies in slot p modulo the slot count N.
 * What its turn says:
 *
 *   p       free; claimed, if the claim position is beyond p
 *   p + 1   committed, the consumer may take it
 *   p + N   taken or skipped: free for the next lap
 *
 * A producer claims p by moving the claim position from p to p + 1, writes
 * the record and commits by compare-and-swap from p to p + 1. If the
 * consumer has skipped it meanwhile, that fails: the producer learns that
 * nobody will read its record. What it wrote by then may have mixed with the
 * next lap's record in the same slot; the check word tells, and the consumer
 * drops that one as well.
 *
 * Nothing in the segment is believed. Slot count and places come from the
 * handle's size; the consumer's position is its own; a turn or a claim
 * position that can't be is put right, and each step costs one of the
 * drain's budget, so that no content makes it loop or read elsewhere. A
 * hostile producer can thus lose records and nothing else.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for preadv2, sched_getcpu */
#endif

#include "ring.h"

#include <errno.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "segment.h"

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
/* gcc says that its ThreadSanitizer ignores fences. It need not know them:
 * what they order is atomics. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#define P0F_RING_LINE      64
#define P0F_RING_MIN_SLOTS 64u
#define P0F_RING_MAX_SLOTS 65536u
#define P0F_RING_STUCK_US  1000000u
/* Each failure of a claim is another producer's success. */
#define P0F_RING_TRIES     1000

typedef struct {
    _Atomic uint32_t magic, layout;
    /* Many change it, so a line of its own. */
    alignas(P0F_RING_LINE) _Atomic uint64_t claim; /* next position */
    /* The consumer's: where the next one starts after a restart. */
    alignas(P0F_RING_LINE) _Atomic uint64_t taken;
    alignas(P0F_RING_LINE) _Atomic uint32_t asleep;
    alignas(P0F_RING_LINE) _Atomic uint32_t logged_state;
    _Atomic uint32_t logged_at[2]; /* seconds by cause, 0 never */
} p0f_ring_head_t;

typedef struct {
    alignas(P0F_RING_LINE) _Atomic uint64_t counter[P0F_WCTR_COUNT];
} p0f_ring_lane_t;

_Static_assert(sizeof(p0f_ring_lane_t) % P0F_RING_LINE == 0,
               "a lane is whole cache lines");

/* Bytes of a record ahead of its raw ones, and the word of them that isn't
 * full. */
#define P0F_RING_FIXED  offsetof(p0f_ring_rec_t, raw)
#define P0F_RING_SPARSE (offsetof(p0f_ring_rec_t, spare) / 8 * 8)
#define P0F_RING_WORDS  (sizeof(p0f_ring_rec_t) / 8)

_Static_assert(P0F_RING_FIXED % 8 == 0
               && sizeof(p0f_ring_rec_t) == P0F_RING_FIXED + P0F_RING_RAW
               && P0F_RING_RAW % 8 == 0, "a record is whole words");

typedef struct {
    alignas(P0F_RING_LINE) _Atomic uint64_t turn;
    _Atomic uint64_t check;
    _Atomic uint64_t word[P0F_RING_WORDS];
} p0f_ring_slot_t;

_Static_assert(sizeof(p0f_ring_slot_t) == 3 * P0F_RING_LINE,
               "a slot is three cache lines");

/* ---- places ----------------------------------------------------------- */

static p0f_ring_head_t *head_of(const p0f_ring_t *ring)
{
    return ring->base;
}

static p0f_ring_lane_t *lanes_of(const p0f_ring_t *ring)
{
    return (p0f_ring_lane_t *)(void *)
           ((char *)ring->base + sizeof(p0f_ring_head_t));
}

static size_t size_for(uint32_t slots)
{
    return sizeof(p0f_ring_head_t) + P0F_RING_LANES * sizeof(p0f_ring_lane_t)
         + (size_t)slots * sizeof(p0f_ring_slot_t);
}

/* The largest power of two of slots that the segment has room for; 0 if the
 * handle is empty. */
static uint64_t slots_of(const p0f_ring_t *ring)
{
    uint64_t room;

    if (!ring->base || ring->size < size_for(P0F_RING_MIN_SLOTS))
        return 0;
    room = (ring->size - size_for(0)) / sizeof(p0f_ring_slot_t);
    return (uint64_t)1 << (63 - __builtin_clzll(room));
}

static p0f_ring_slot_t *slot_at(const p0f_ring_t *ring, uint64_t slots,
                                uint64_t pos)
{
    return (p0f_ring_slot_t *)(void *)((char *)ring->base + size_for(0))
         + (pos & (slots - 1));
}

static uint64_t get(const _Atomic uint64_t *p)
{
    return atomic_load_explicit(p, memory_order_relaxed);
}

static void put(_Atomic uint64_t *p, uint64_t value)
{
    atomic_store_explicit(p, value, memory_order_relaxed);
}

/* ---- making ----------------------------------------------------------- */

p0f_status_t p0f_ring_create(p0f_ring_t *out, uint32_t slots, bool shared,
                             int wake_fd, p0f_error_t *err)
{
    uint32_t count = P0F_RING_MIN_SLOTS;
    p0f_segment_t segment;
    p0f_ring_head_t *h;
    p0f_status_t status;
    uint64_t pos, total;

    *out = (p0f_ring_t){ .base = NULL, .wake_fd = -1 };
    while (count < slots && count < P0F_RING_MAX_SLOTS)
        count *= 2;
    status = p0f_segment_create(&segment, size_for(count),
                                shared ? P0F_SEGMENT_COMMON
                                       : P0F_SEGMENT_PRIVATE, err);
    if (status != P0F_OK)
        return status;
    *out = (p0f_ring_t){ .base = segment.rw, .size = segment.size,
                         .wake_fd = wake_fd };
    total = slots_of(out); /* whole pages may hold more */
    for (pos = 0; pos < total; pos++)
        put(&slot_at(out, total, pos)->turn, pos);
    h = head_of(out);
    h->layout = P0F_RING_LAYOUT;
    h->magic = P0F_RING_MAGIC;
    return P0F_OK;
}

p0f_status_t p0f_ring_adopt(const p0f_ring_t *ring)
{
    const p0f_ring_head_t *h = head_of(ring);

    return slots_of(ring) != 0 && h->magic == P0F_RING_MAGIC
           && h->layout == P0F_RING_LAYOUT ? P0F_OK : P0F_ELAYOUT;
}

void p0f_ring_destroy(p0f_ring_t *ring)
{
    p0f_segment_unmap(ring->base, ring->size);
    *ring = (p0f_ring_t){ .base = NULL, .wake_fd = -1 };
}

/* ---- a record and its words ------------------------------------------- */

static uint64_t word_at(const unsigned char *p, size_t bytes)
{
    uint64_t word = 0;

    memcpy(&word, p, bytes);
    return word;
}

/* A sum over the words and the position: two honest records that mixed don't
 * pass. It is no signature; who may write the segment can compute it. */
static uint64_t sum_begun(uint64_t pos)
{
    return pos ^ 0x6a09e667f3bcc909u;
}

/* Of another word it is another sum. Without the rotation what differs in the
 * highest bits would stay there, where it meets its like. */
static uint64_t sum_of(uint64_t sum, uint64_t word)
{
    sum ^= word;
    return (sum << 29 | sum >> 35) * 0x9e3779b97f4a7c15u;
}

/* ---- workers ---------------------------------------------------------- */

/* Claims a position; false if the ring is full. */
static bool claim(const p0f_ring_t *ring, uint64_t slots, uint64_t *pos)
{
    p0f_ring_head_t *h = head_of(ring);
    unsigned int tries = P0F_RING_TRIES;
    uint64_t at = get(&h->claim);

    while (tries-- > 0) {
        uint64_t turn = atomic_load_explicit(&slot_at(ring, slots, at)->turn,
                                             memory_order_acquire);

        if (turn == at) {
            if (atomic_compare_exchange_weak_explicit(
                    &h->claim, &at, at + 1, memory_order_release, /* mark */
                    memory_order_relaxed)) {
                *pos = at;
                return true;
            }
        } else if ((int64_t)(turn - at) < 0) {
            return false; /* the last lap's record is still there */
        } else {
            uint64_t now = get(&h->claim);

            if (now == at)
                return false; /* damaged: whoever was here moved the claim */
            at = now;
        }
    }
    return false;
}

/* Wakes the consumer if it announced to sleep; of several producers one.
 *
 *   producer                         consumer
 *   P1 commit the record             C1 asleep := 1
 *   P2 fence, seq_cst                C2 fence, seq_cst
 *   P3 read asleep                   C3 read the turn of the next record
 *
 * The two fences have an order. P2 first: C3 sees the commit and the
 * consumer stays up. C2 first: P3 sees asleep and wakes it. */
static void wake(const p0f_ring_t *ring)
{
    p0f_ring_head_t *h = head_of(ring);
    const uint64_t one = 1;
    uint32_t asleep = 1;

    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&h->asleep, memory_order_relaxed) != 1
        || !atomic_compare_exchange_strong_explicit(
               &h->asleep, &asleep, 0, memory_order_relaxed,
               memory_order_relaxed))
        return;
    if (ring->wake_fd >= 0) {
        int error = errno;
        ssize_t done = write(ring->wake_fd, &one, sizeof one);

        (void)done; /* full: it is readable, which is all that matters */
        errno = error;
    }
}

/* Writes REC into SLOT of position POS. */
static void fill(p0f_ring_slot_t *slot, const p0f_ring_rec_t *rec,
                 uint64_t pos)
{
    const unsigned char *from = (const unsigned char *)rec;
    const size_t len = rec->raw_len;
    _Atomic uint64_t *to = slot->word;
    uint64_t sum = sum_begun(pos), word;
    size_t i;

#pragma GCC unroll 8
    for (i = 0; i < P0F_RING_FIXED; i += 8) {
        word = i == P0F_RING_SPARSE
             ? word_at(from + i, offsetof(p0f_ring_rec_t, spare) - i)
             : word_at(from + i, 8);
        put(to++, word);
        sum = sum_of(sum, word);
    }
    from = rec->raw;
#pragma GCC unroll 4
    for (i = len / 8; i; i--, from += 8) {
        word = word_at(from, 8);
        put(to++, word);
        sum = sum_of(sum, word);
    }
    if (len % 8) {
        word = word_at(from, len % 8);
        put(to, word);
        sum = sum_of(sum, word);
    }
    put(&slot->check, sum);
}

void p0f_ring_fetch(const p0f_ring_t *ring)
{
    uint64_t slots = slots_of(ring);
    const char *slot;

    if (!slots)
        return;
    slot = (const char *)slot_at(ring, slots, get(&head_of(ring)->claim));
    __builtin_prefetch(slot, 1);
    __builtin_prefetch(slot + P0F_RING_LINE, 1);
    __builtin_prefetch(slot + 2 * P0F_RING_LINE, 1);
}

bool p0f_ring_put(const p0f_ring_t *ring, const p0f_ring_rec_t *rec)
{
    uint64_t slots = slots_of(ring), pos, turn;
    p0f_ring_slot_t *slot;

    if (slots == 0 || rec->raw_len > P0F_RING_RAW)
        return false;
    if (!claim(ring, slots, &pos)) {
        p0f_ring_count(ring, P0F_WCTR_OVERFLOW, 1);
        wake(ring); /* it sleeps over a full ring only if it was damaged */
        return false;
    }
    slot = slot_at(ring, slots, pos);
    fill(slot, rec, pos);
    turn = pos;
    if (!atomic_compare_exchange_strong_explicit(
            &slot->turn, &turn, pos + 1, memory_order_release,
            memory_order_relaxed))
        return false; /* too late; the consumer has counted it */
    wake(ring);
    return true;
}

/* Each processor has a lane, so that none takes the line from another. Any
 * lane is right: a thread may be moved between the look and the addition. */
static unsigned int lane_here(void)
{
#ifdef __linux__
    int cpu = sched_getcpu();

    return cpu < 0 ? 0 : (unsigned int)cpu % P0F_RING_LANES;
#else
    return 0;
#endif
}

void p0f_ring_count(const p0f_ring_t *ring, p0f_worker_counter_t counter,
                    uint64_t n)
{
    if (ring->base && (unsigned int)counter < P0F_WCTR_COUNT)
        atomic_fetch_add_explicit(
            &lanes_of(ring)[lane_here()].counter[counter], n,
            memory_order_relaxed);
}

uint64_t p0f_ring_counter(const p0f_ring_t *ring,
                          p0f_worker_counter_t counter)
{
    uint64_t sum = 0;
    unsigned int lane;

    if (!ring->base || (unsigned int)counter >= P0F_WCTR_COUNT)
        return 0;
    for (lane = 0; lane < P0F_RING_LANES; lane++)
        sum += get(&lanes_of(ring)[lane].counter[counter]);
    return sum;
}

const char *p0f_ring_counter_name(unsigned int counter)
{
    static const char *const names[P0F_WCTR_COUNT] = {
        [P0F_WCTR_CAPTURE] = "answered_capture",
        [P0F_WCTR_SAVED_SYN] = "answered_saved_syn",
        [P0F_WCTR_HOST] = "answered_host",
        [P0F_WCTR_MISS] = "unanswered",
        [P0F_WCTR_WAITS] = "waits",
        [P0F_WCTR_NO_SAVED_SYN] = "no_saved_syn",
        [P0F_WCTR_NOT_TCP] = "not_tcp",
        [P0F_WCTR_OVERFLOW] = "ring_overflow",
        [P0F_WCTR_LOG_LOST] = "log_lines_lost"
    };

    return counter < P0F_WCTR_COUNT ? names[counter] : "";
}

bool p0f_ring_logged(const p0f_ring_t *ring, uint32_t state)
{
    const p0f_ring_head_t *h = head_of(ring);

    return !h || atomic_load_explicit(&h->logged_state, memory_order_relaxed)
                 == state;
}

bool p0f_ring_claim_state(const p0f_ring_t *ring, uint32_t state)
{
    p0f_ring_head_t *h = head_of(ring);
    uint32_t logged;

    if (!h)
        return false;
    logged = atomic_load_explicit(&h->logged_state, memory_order_relaxed);
    return logged != state
        && atomic_compare_exchange_strong_explicit(
               &h->logged_state, &logged, state, memory_order_relaxed,
               memory_order_relaxed);
}

bool p0f_ring_claim_change(const p0f_ring_t *ring, uint32_t state,
                           unsigned int cause)
{
    p0f_ring_head_t *h = head_of(ring);
    struct timespec now = { 0 };
    _Atomic uint32_t *at;
    uint32_t now_s, last;

    if (p0f_ring_logged(ring, state))
        return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    now_s = (uint32_t)now.tv_sec + 1;
    at = &h->logged_at[cause & 1];
    last = atomic_load_explicit(at, memory_order_relaxed);
    if (last && now_s - last < P0F_RING_QUIET_S)
        return false;
    if (!p0f_ring_claim_state(ring, state))
        return false;
    atomic_store_explicit(at, now_s, memory_order_relaxed);
    return true;
}

/* ---- the sniffer ------------------------------------------------------ */

/* What lies at the consumer's position. */
typedef enum {
    P0F_RING_TAKEN,              /* a record, copied */
    P0F_RING_EMPTY,              /* nothing claimed */
    P0F_RING_OPEN,               /* claimed, not committed */
    P0F_RING_DAMAGED             /* claimed, but not a record */
} p0f_ring_found_t;

/* A claim position that the slots ahead of the consumer can't explain is
 * set to where the consumer is. Without damage it is never seen: a position
 * is claimed only after its slot was freed, N positions before. */
static uint64_t sane_claim(const p0f_ring_t *ring, uint64_t slots,
                           uint64_t next)
{
    p0f_ring_head_t *h = head_of(ring);
    uint64_t at = atomic_load_explicit(&h->claim, memory_order_acquire);

    if (at - next <= slots)
        return at;
    atomic_compare_exchange_strong_explicit(&h->claim, &at, next,
                                            memory_order_relaxed,
                                            memory_order_relaxed);
    return next;
}

/* Copies the committed record at POS out of SLOT and checks the copy: each
 * word is read once. */
static bool take_record(const p0f_ring_slot_t *slot, uint64_t pos,
                        p0f_ring_rec_t *rec)
{
    unsigned char *to = (unsigned char *)rec;
    const _Atomic uint64_t *from = slot->word;
    const uint64_t check = get(&slot->check);
    uint64_t sum = sum_begun(pos), word;
    unsigned int i;

#pragma GCC unroll 8
    for (i = 0; i < P0F_RING_FIXED / 8; i++, to += 8) {
        word = get(from++);
        memcpy(to, &word, 8);
        sum = sum_of(sum, word);
    }
    if (rec->raw_len > P0F_RING_RAW)
        return false;
#pragma GCC unroll 4
    for (i = (rec->raw_len + 7u) / 8; i; i--, to += 8) {
        word = get(from++);
        memcpy(to, &word, 8);
        sum = sum_of(sum, word);
    }
    return sum == check;
}

/* Looks at the slot of position NEXT. A turn that can't be is put right, so
 * that producers get on. */
static p0f_ring_found_t look(const p0f_ring_t *ring, uint64_t slots,
                             uint64_t next, p0f_ring_rec_t *rec)
{
    p0f_ring_slot_t *slot = slot_at(ring, slots, next);
    uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_acquire);
    bool claimed;

    if (turn == next + 1) {
        bool good = take_record(slot, next, rec);

        /* Only the consumer changes a committed turn; release, so that the
         * next lap's producer writes after this copy was made. */
        atomic_store_explicit(&slot->turn, next + slots,
                              memory_order_release);
        return good ? P0F_RING_TAKEN : P0F_RING_DAMAGED;
    }
    claimed = sane_claim(ring, slots, next) != next;
    if (turn == next)
        return claimed ? P0F_RING_OPEN : P0F_RING_EMPTY;
    atomic_compare_exchange_strong_explicit(
        &slot->turn, &turn, claimed ? next + slots : next,
        memory_order_relaxed, memory_order_relaxed);
    return claimed ? P0F_RING_DAMAGED : P0F_RING_EMPTY;
}

/* The slot at the reader's position is claimed and not committed: its
 * producer is at work, or dead. True if it was skipped. All that were
 * claimed when the wait began have had their second when it ends, so that a
 * ring full of dead claims costs one second and not one each. */
static bool skip(const p0f_ring_t *ring, uint64_t slots,
                 p0f_ring_reader_t *reader, uint64_t now_us)
{
    p0f_ring_slot_t *slot = slot_at(ring, slots, reader->next);
    uint64_t turn = reader->next;

    if (now_us < reader->stuck_since_us
        || reader->next - reader->stuck_from >= reader->stuck_count) {
        reader->stuck_since_us = now_us;
        reader->stuck_from = reader->next;
        reader->stuck_count = sane_claim(ring, slots, reader->next)
                            - reader->next;
        return false;
    }
    if (now_us - reader->stuck_since_us < P0F_RING_STUCK_US)
        return false;
    /* Fails if it was committed just now: then it is taken after all. */
    return atomic_compare_exchange_strong_explicit(
        &slot->turn, &turn, reader->next + slots, memory_order_release,
        memory_order_relaxed);
}

/* The first position: where the last reader stopped, if that can be. */
static void start(const p0f_ring_t *ring, uint64_t slots,
                  p0f_ring_reader_t *reader)
{
    uint64_t at = get(&head_of(ring)->claim);
    uint64_t taken = get(&head_of(ring)->taken);

    reader->next = at - taken <= slots ? taken : at;
    reader->stuck_count = 0;
    reader->started = true;
}

/* A position that can't be is no end: it would keep all records here. */
void p0f_ring_mark(const p0f_ring_t *ring, p0f_ring_reader_t *reader)
{
    const uint64_t slots = slots_of(ring);

    if (slots == 0)
        return;
    if (!reader->started)
        start(ring, slots, reader);
    reader->mark = atomic_load_explicit(&head_of(ring)->claim,
                                        memory_order_acquire);
    reader->marked = reader->mark - reader->next <= slots;
}

/* Of a whole record only: whatever else is there is put right at once. */
static bool is_behind_mark(const p0f_ring_t *ring, uint64_t slots,
                           const p0f_ring_reader_t *reader)
{
    return reader->marked && reader->next == reader->mark
        && get(&slot_at(ring, slots, reader->next)->turn) == reader->next + 1;
}

unsigned int p0f_ring_drain(const p0f_ring_t *ring, p0f_ring_reader_t *reader,
                            uint64_t now_us, unsigned int max,
                            p0f_ring_take_fn *take, void *ctx)
{
    uint64_t slots = slots_of(ring), budget = max + slots;
    unsigned int taken = 0;
    p0f_ring_rec_t rec;

    if (slots == 0)
        return 0;
    if (!reader->started)
        start(ring, slots, reader);
    while (taken < max && budget-- > 0) {
        p0f_ring_found_t found;

        if (is_behind_mark(ring, slots, reader))
            break;
        found = look(ring, slots, reader->next, &rec);
        if (found == P0F_RING_EMPTY)
            break;
        if (found == P0F_RING_OPEN
            && !skip(ring, slots, reader, now_us))
            break;
        reader->next++;
        put(&head_of(ring)->taken, reader->next);
        if (found == P0F_RING_TAKEN) {
            taken++;
            take(ctx, &rec);
        } else {
            reader->lost++;
        }
    }
    reader->marked = false;
    return taken;
}

/* Empties the wake-up descriptor without ever blocking, also if a worker
 * that shares it has taken O_NONBLOCK from it. */
static void empty_wake_fd(int fd)
{
    uint64_t value;
    ssize_t done;
#ifdef RWF_NOWAIT
    struct iovec into = { .iov_base = &value, .iov_len = sizeof value };

    done = preadv2(fd, &into, 1, -1, RWF_NOWAIT);
    if (done >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS
                      && errno != EINVAL && errno != ESPIPE))
        return;
#endif
    done = read(fd, &value, sizeof value);
    (void)done;
}

bool p0f_ring_asleep(const p0f_ring_t *ring, const p0f_ring_reader_t *reader,
                     bool asleep)
{
    p0f_ring_head_t *h = head_of(ring);
    uint64_t slots = slots_of(ring);

    if (slots == 0)
        return asleep;
    atomic_store_explicit(&h->asleep, asleep ? 1 : 0, memory_order_relaxed);
    if (!asleep) {
        if (ring->wake_fd >= 0)
            empty_wake_fd(ring->wake_fd);
        return true;
    }
    atomic_thread_fence(memory_order_seq_cst); /* C2, see wake() */
    if (reader->started
        && atomic_load_explicit(&slot_at(ring, slots, reader->next)->turn,
                                memory_order_relaxed) != reader->next + 1)
        return true;
    atomic_store_explicit(&h->asleep, 0, memory_order_relaxed);
    return false;
}
