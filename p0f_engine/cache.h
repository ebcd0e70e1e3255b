/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.h - the host table and the connection table in shared memory, with
 * the compiled database beside them.
 *
 * One writer, the sniffer; readers are any thread of any process, without
 * lock or system call. The segment, all offsets from its start:
 *
 *   +---------------------+ 0
 *   | p0f_cache_head_t    |  magic, layout, geometry, secret: constant
 *   |                     |  heartbeat, state, counters, generation: live
 *   +---------------------+ db_off[0], db_off[1]
 *   | database slot 0, 1  |  images of db.h; generation & 1 is in use
 *   +---------------------+ hosts.bucket_off
 *   | host buckets        |  one cache line each: 8 tags, 8 ages
 *   +---------------------+ hosts.record_off
 *   | host records        |  p0f_host_t, 8 to a bucket
 *   +---------------------+ conns.bucket_off
 *   | connection buckets  |
 *   +---------------------+ conns.record_off
 *   | connection records  |  p0f_conn_t
 *   +---------------------+ size
 *
 * A bucket is one cache line, so that a lookup costs one load for each of
 * the two candidate buckets and one for the record, mostly at once (table.h):
 *
 *      0        4             28       32       36           60       64
 *      | tag 0  | tag 1  ...  | tag 7  | age 0  | age 1 ...  | age 7  |
 *
 * A tag is 0 (empty) or bit 0 set, bit 1 "confirmed", bits 2..31 of the
 * keyed hash; an age is the entry's last use in seconds since boot.
 *
 * A record opens with a sequence counter: odd while the writer changes it.
 * All words are read and written as relaxed atomics; a reader copies the
 * record out, checks the counter and the key, retries a bounded number of
 * times and then reports a miss. A dead writer blocks nobody.
 *
 * Where the segment can be sealed, no process but the one that made it has
 * ever a writable mapping. Row 5.
 */
#ifndef P0F_CACHE_H
#define P0F_CACHE_H

#include "db.h"
#include "hash.h"
#include "record.h"
#include "table.h"

#define P0F_CACHE_MAGIC  0x43463050u /* "P0FC" */
#define P0F_CACHE_LAYOUT 5u

/* What the sniffer is doing; workers show it as pof_err. */
typedef enum {
    P0F_STATE_IDLE,              /* no sniffer has run yet */
    P0F_STATE_RUNNING,           /* capturing */
    P0F_STATE_NO_CAPTURE,        /* no interface, bad filter, or it ended */
    P0F_STATE_NO_PERMISSION,     /* the system refuses to capture */
    P0F_STATE_NO_HANDLE,         /* runs without capture, as configured */
    P0F_STATE_STOPPED            /* final: nobody writes here any more */
} p0f_state_t;

/* The sniffer's counters, in the order of p0f_cache_counter_name. */
typedef enum {
    P0F_CTR_FRAMES,              /* frames given to the engine */
    P0F_CTR_SYNS,                /* SYNs counted as connections */
    P0F_CTR_MATCHED,             /* of these, recognised */
    P0F_CTR_CONFIRMED,           /* confirmed by a worker */
    P0F_CTR_RING_SYNS,           /* SYNs that came first through the ring */
    P0F_CTR_RING_BAD,            /* ring records refused */
    P0F_CTR_RING_LOST,           /* ring records never committed, overflow */
    P0F_CTR_KERNEL_DROPS,        /* frames the kernel dropped */
    P0F_CTR_HTTP_BAD,            /* connections that began as HTTP and then
                                    were none that can be read */
    P0F_CTR_HOST_EVICTED, P0F_CTR_HOST_REFUSED,
    P0F_CTR_CONN_EVICTED, P0F_CTR_CONN_REFUSED,
    P0F_CTR_DROP_FIRST,          /* + p0f_drop_t */
    P0F_CTR_COUNT = P0F_CTR_DROP_FIRST + P0F_DROP_COUNT
} p0f_counter_t;

/* ---- the segment ------------------------------------------------------ */

typedef struct {
    uint32_t max_hosts, max_conns; /* entries each table must hold */
    uint32_t host_idle_s;        /* a host unseen for longer is a miss */
    uint32_t conn_age_s;         /* a connection older than this is a miss */
    size_t   db_slot;            /* bytes for each database slot */
    bool     shared;             /* false: private memory (tools, tests) */
} p0f_cache_config_t;

/* A handle on the segment, in memory of the process; holds plain values only
 * and may be copied by value, kept over a reload of the code, and used in
 * forked children (rw is then not mapped). Where the parts of the segment lie
 * is checked, and its secret taken, when the handle is made and never read
 * from the segment again: that costs a lookup nothing, and whoever spoils the
 * head later leads nobody outside (cache_segment_t: a_head_that_is_spoilt_later_moves_no_reader). */
typedef struct {
    const void *ro;              /* whole segment, readable */
    void *rw;                    /* the same, writable; NULL in readers */
    size_t size;                 /* bytes */
    bool sealed;                 /* the system guards it against writers */
    uint32_t layout;             /* P0F_CACHE_LAYOUT if the rest is set; not
                                    where other code has made the handle */
    p0f_hash_secret_t secret;    /* of the tables */
    p0f_table_spot_t hosts, conns;
    size_t db_off[2], db_slot;   /* where database slots lie; bytes of each */
} p0f_cache_t;

/* Creates an empty segment with a fresh random secret. Shared: survives
 * fork in readers; the writable mapping is not inherited, where the system
 * can do that. ENOMEM, ESYSTEM, told in ERR. Startup, before fork. */
p0f_status_t p0f_cache_create(p0f_cache_t *out,
                              const p0f_cache_config_t *config,
                              p0f_error_t *err);

/* Makes a handle of the SIZE bytes at RO, and at RW for the writer, else NULL.
 * ELAYOUT if they don't begin with a head of this code's layout or it names
 * places outside; *OUT is then no open handle: all it gives is misses.
 * Startup. */
p0f_status_t p0f_cache_open(p0f_cache_t *out, const void *ro, void *rw,
                            size_t size);

/* Checks that a kept handle holds a segment of this code's layout with the
 * table sizes of CONFIG and at least its database slot, so that it can be
 * used on. ELAYOUT if not. The idle and age limits are taken over from
 * CONFIG, and an entry that a writer left half-written is dropped. Writer,
 * before its first change. */
p0f_status_t p0f_cache_adopt(p0f_cache_t *cache,
                             const p0f_cache_config_t *config);

/* Around the fork of a process that takes over as the writer: with ON it
 * inherits the writable mapping. Off again right after the fork, in the
 * maker. Maker, no other thread of which forks meanwhile. */
void p0f_cache_inherit(const p0f_cache_t *cache, bool on);

/* Unmaps the segment in this process; also safe in a forked child. */
void p0f_cache_destroy(p0f_cache_t *cache);

/* ---- database slots --------------------------------------------------- */

/* Checks an image, copies it into the idle slot and makes it current. ELIMIT
 * if it is larger than a slot, ELAYOUT if it is none; the old one stays. A
 * reader that still uses the slot before last finds out by the generation.
 * Writer; apart from that any one thread, the tables are not touched. */
p0f_status_t p0f_cache_db_publish(p0f_cache_t *cache, const p0f_db_t *image,
                                  size_t size);

/* The current database and its generation; NULL (generation 0) if none.
 * Valid while p0f_cache_db_valid() says so: use it, then ask. */
const p0f_db_t *p0f_cache_db(const p0f_cache_t *cache, uint32_t *gen);
bool p0f_cache_db_valid(const p0f_cache_t *cache, uint32_t gen);

/* The current generation, for the writer to ask whether it has changed. */
uint32_t p0f_cache_db_gen(const p0f_cache_t *cache);

/* ---- reading; any thread, any process -------------------------------- */

/* Copies the record of ADDR to OUT. NOW_S: seconds since boot. OK, EMISS,
 * or EEXPIRED (OUT is filled, too old). */
p0f_status_t p0f_cache_host_read(const p0f_cache_t *cache,
                                 const p0f_addr_t *addr, uint32_t now_s,
                                 p0f_host_t *out);

/* The same for a connection. */
p0f_status_t p0f_cache_conn_read(const p0f_cache_t *cache,
                                 const p0f_connkey_t *key, uint32_t now_s,
                                 p0f_conn_t *out);

/* Asks for the memory that a read will want, for who has something else to do
 * before. Returns the key's hash, with which the read needn't make it. */
uint64_t p0f_cache_host_fetch(const p0f_cache_t *cache,
                              const p0f_addr_t *addr);
uint64_t p0f_cache_conn_fetch(const p0f_cache_t *cache,
                              const p0f_connkey_t *key);

/* The reads, where the HASH of the key is known. */
p0f_status_t p0f_cache_host_read_by(const p0f_cache_t *cache, uint64_t hash,
                                    const p0f_addr_t *addr, uint32_t now_s,
                                    p0f_host_t *out);
p0f_status_t p0f_cache_conn_read_by(const p0f_cache_t *cache, uint64_t hash,
                                    const p0f_connkey_t *key, uint32_t now_s,
                                    p0f_conn_t *out);

/* What tells that a host's record is as it was read. */
typedef struct {
    const void *record;          /* where it lies */
    uint32_t was;                /* its version */
    uint32_t until_s;            /* it isn't too old until then, since boot */
} p0f_hostmark_t;

/* Sets *MARK if the record of REC's host still is REC, as it was read; else
 * false. */
bool p0f_cache_host_mark(const p0f_cache_t *cache, const p0f_host_t *rec,
                         p0f_hostmark_t *mark);

/* True while the marked record is as it was; as long as the cache is
 * mapped. */
bool p0f_cache_host_same(const p0f_hostmark_t *mark);

p0f_state_t p0f_cache_state(const p0f_cache_t *cache);

/* The same with the captures that are away, for who logs changes: a word
 * that differs where either does, and its parts. */
uint32_t p0f_cache_state_word(const p0f_cache_t *cache);
p0f_state_t p0f_cache_word_state(uint32_t word);
uint32_t p0f_cache_word_away(uint32_t word);

/* Seconds since boot at the sniffer's last sign of life, 0 never. */
uint32_t p0f_cache_heartbeat(const p0f_cache_t *cache);

/* Every frame that came before this has been read and entered, microseconds
 * since boot; 0: unknown. What is asked of the tables after this call is at
 * least as new. */
uint64_t p0f_cache_read_until(const p0f_cache_t *cache);

uint64_t p0f_cache_counter(const p0f_cache_t *cache, unsigned int counter);
const char *p0f_cache_counter_name(unsigned int counter);

/* Entries in use (for reports; walks the buckets). */
uint32_t p0f_cache_count_hosts(const p0f_cache_t *cache);
uint32_t p0f_cache_count_conns(const p0f_cache_t *cache);

/* ---- writing; sniffer only ------------------------------------------- */

/* Where a record lies, or will: hosts.h. */
typedef struct {
    uint32_t index;              /* of the record */
    uint32_t tag;                /* of its key */
    bool found;                  /* an unexpired record of this key exists */
} p0f_slot_t;

/* How many host records the segment has room for: their numbers are below. */
uint32_t p0f_cache_host_slots(const p0f_cache_t *cache);

void p0f_cache_set_state(p0f_cache_t *cache, p0f_state_t state);

/* AWAY: bit N is set where capture N, of 16, gives nothing. */
void p0f_cache_set_state_away(p0f_cache_t *cache, p0f_state_t state,
                              uint32_t away);
void p0f_cache_beat(p0f_cache_t *cache, uint32_t now_s);
void p0f_cache_set_read_until(p0f_cache_t *cache, uint64_t boot_us);
void p0f_cache_add(p0f_cache_t *cache, unsigned int counter, uint64_t n);

#endif
