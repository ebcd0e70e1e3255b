/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.c - from a connection to what is known of its client.
 *
 * Reading order: p0f_lookup_pre_connection (one thread, before anything of
 * the connection runs), then p0f_lookup_request.
 *
 * Who may touch what. A p0f_subject_t is made in pre_connection, before
 * another thread can know of the connection, and is constant from then on,
 * except for what belongs to whoever sets `told` (the bytes and the kind of
 * the record for the sniffer, not its key and time), and for `verdict` and
 * the atomics that guard it: under HTTP/2 several
 * worker threads answer streams of one connection at once. Each of them puts
 * its own verdict together in its request's memory, so that none waits for
 * another, and the first one to find the connection's own SYN writes it to
 * the subject: state goes P0F_OPEN -> P0F_WRITING (by compare and swap, so
 * one thread) -> P0F_KNOWN (release). Who reads P0F_KNOWN (acquire) sees the
 * verdict whole, and nobody writes it again.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "httpd.h"
#include "http_config.h"

#include "lookup.h"
#include "savedsyn.h"
#include "../p0f_engine/sniffer.h"

extern module AP_MODULE_DECLARE_DATA p0f_module;

enum { P0F_OPEN, P0F_WRITING, P0F_KNOWN };

/* The record for the sniffer. The kernel puts the saved SYN, which may be
 * longer than what a record carries, where it lies in one behind what the
 * first request says. */
typedef union {
    p0f_ring_rec_t rec;
    unsigned char room[offsetof(p0f_ring_rec_t, raw) + sizeof(p0f_ringhttp_t)
                       + P0F_SAVEDSYN_MAX];
} p0f_notice_t;

/* A connection's peer and what its own SYN says. */
typedef struct {
    uint64_t hash, host_hash;    /* of its key (0: not made), of its peer */
    apr_uint64_t earlier_us;     /* a SYN of the same ports that was received
                                    then, since boot, began an earlier
                                    connection; 0 none */
    atomic_int state;            /* of verdict */
    atomic_int waited;           /* 1: the one wait is over */
    atomic_int counted;          /* 1: this connection is in the counters */
    atomic_int told;             /* 1: its first request has been seen, or
                                    its end */
    atomic_int unknown_told;     /* 1: p0f_lookup_unknown has told it */
    bool held_back;              /* the sniffer isn't told of it yet: that
                                    goes with its first request */
    uint8_t syn_len;             /* bytes of the saved SYN that go with it;
                                    0: the capture has it */
    p0f_kept_t kept;             /* of HTTP/1 only: the one thread that has
                                    the connection's request */
    p0f_verdict_t verdict;       /* valid with P0F_KNOWN */
    p0f_notice_t notice;
} p0f_subject_t;

static const p0f_connkey_t *key_of(const p0f_subject_t *subject)
{
    return &subject->notice.rec.key;
}

/* Since boot. */
static apr_uint64_t accepted_us(const p0f_subject_t *subject)
{
    return subject->notice.rec.boot_us;
}

/* The sniffer beats every second; without a beat for longer nobody would
 * answer a wait. */
#define P0F_HEARTBEAT_MAX 3

/* The entry of an accepted connection can't be younger than the accept; this
 * much is left to clocks and to a sniffer that stamps what it reads late. */
#define P0F_LATE_US 1000000

/* On a busy machine the kernel shows the capture a SYN even after the accept,
 * one in a hundred thousand, by 0.1 ms and more. */
#define P0F_SHOWN_US 2000

/* A connection's memory holds what was kept until it ends. */
#define P0F_KEPT_TIMES 16

/* Sleeps of the bounded wait. The first is about what a capture needs that
 * is merely behind; they double up to the second. */
#define P0F_SLEEP_FIRST_NS 20000
#define P0F_SLEEP_MAX_NS   640000

static uint32_t seconds(apr_uint64_t boot_us)
{
    return (uint32_t)(boot_us / 1000000);
}

static void count(p0f_worker_counter_t counter)
{
    p0f_ring_count(p0f_lifecycle_runtime()->ring, counter, 1);
}

/* ---- the sources ------------------------------------------------------ */

/* Reads the capture's entry of the connection. An entry belongs to an earlier
 * connection of the same ports if it was too old when this one was accepted,
 * and to a forged SYN if it came after that: neither may speak for it. */
static p0f_status_t read_conn(const p0f_cache_t *cache,
                              const p0f_subject_t *subject, p0f_conn_t *rec)
{
    const apr_uint64_t age = (apr_uint64_t)p0f_lifecycle_runtime()->conn_age;
    const uint32_t now_s = seconds(accepted_us(subject));
    p0f_status_t status = subject->hash
        ? p0f_cache_conn_read_by(cache, subject->hash, key_of(subject), now_s,
                                 rec)
        : p0f_cache_conn_read(cache, key_of(subject), now_s, rec);

    if (status == P0F_EMISS)
        return status;
    if (rec->boot_us <= subject->earlier_us
        || rec->boot_us > accepted_us(subject) + P0F_LATE_US)
        return P0F_EMISS;
    return rec->boot_us + age < accepted_us(subject) ? P0F_EEXPIRED : P0F_OK;
}

static p0f_source_t source_of(const p0f_conn_t *rec)
{
    return rec->rec_flags & P0F_REC_FROM_SAVED ? P0F_SOURCE_SAVED_SYN
                                               : P0F_SOURCE_CAPTURE;
}

static p0f_status_t judge_conn(const p0f_cache_t *cache,
                               const p0f_conn_t *rec, p0f_verdict_t *v)
{
    return p0f_verdict_judge_kept(cache, &rec->syn, rec->ip_opt,
                                  source_of(rec), rec->boot_us, v)
         ? P0F_OK : P0F_EMISS;
}

/* V from the capture's entry; EMISS, EEXPIRED. */
static p0f_status_t ask_capture(const p0f_cache_t *cache,
                                const p0f_subject_t *subject,
                                p0f_verdict_t *v)
{
    p0f_conn_t rec;
    p0f_status_t status = read_conn(cache, subject, &rec);

    return status == P0F_OK ? judge_conn(cache, &rec, v) : status;
}

/* V from the SYN that the host's name comes from. */
static void ask_host(const p0f_cache_t *cache, const p0f_host_t *host,
                     p0f_verdict_t *v)
{
    v->source = P0F_SOURCE_NONE;
    if (host->rec_flags & P0F_REC_HAS_SYN)
        p0f_verdict_judge_kept(cache, &host->syn, host->syn_ip_opt,
                               P0F_SOURCE_HOST, host->syn_boot_us, v);
}

static bool is_captured(const p0f_cache_t *cache)
{
    return p0f_cache_state(cache) == P0F_STATE_RUNNING;
}

static int capture_lives(const p0f_cache_t *cache, apr_uint64_t now_us)
{
    uint32_t beat = p0f_cache_heartbeat(cache);

    return is_captured(cache) && beat
        && seconds(now_us) < beat + P0F_HEARTBEAT_MAX;
}

/* True once the capture has read every frame of before the accept, so that an
 * entry which isn't there will not come any more. */
static bool caught_up(const p0f_cache_t *cache, const p0f_subject_t *subject)
{
    return p0f_cache_read_until(cache) > accepted_us(subject) + P0F_SHOWN_US;
}

/* Asks the capture until it answers, can't answer any more or WAIT is over.
 * The sniffer may be pausing, so it is woken; it then needs microseconds on an
 * idle machine, so the first sleeps are short. */
static p0f_status_t wait_for_capture(const p0f_cache_t *cache,
                                     const p0f_subject_t *subject,
                                     apr_interval_time_t wait,
                                     p0f_verdict_t *v)
{
    const apr_uint64_t end = p0f_sniffer_boot_us() + (apr_uint64_t)wait;
    struct timespec sleep = { .tv_sec = 0, .tv_nsec = P0F_SLEEP_FIRST_NS };
    p0f_status_t status;
    bool last;

    count(P0F_WCTR_WAITS);
    p0f_sniffer_wake(p0f_lifecycle_runtime()->ring->wake_fd);
    do {
        nanosleep(&sleep, NULL);
        if (sleep.tv_nsec < P0F_SLEEP_MAX_NS)
            sleep.tv_nsec *= 2;
        last = caught_up(cache, subject);
        status = ask_capture(cache, subject, v);
    } while (status != P0F_OK && !last && p0f_sniffer_boot_us() < end);
    return status;
}

/* ---- a connection ----------------------------------------------------- */

static int take_address(const apr_sockaddr_t *from, p0f_addr_t *addr,
                        uint16_t *port)
{
    uint8_t bytes[16];

    if (!from)
        return 0;
    *port = (uint16_t)from->port;
    switch (from->family) {
    case APR_INET:
        memcpy(bytes, &from->sa.sin.sin_addr, 4);
        *addr = p0f_addr_from_v4(bytes);
        return 1;
#if APR_HAVE_IPV6
    case APR_INET6:
        memcpy(bytes, &from->sa.sin6.sin6_addr, 16);
        *addr = p0f_addr_from_v6(bytes);
        return 1;
#endif
    default:
        return 0;                /* a UNIX-domain socket */
    }
}

/* Counts a connection once, by what answered first. */
static void count_source(p0f_subject_t *subject, p0f_source_t source)
{
    static const p0f_worker_counter_t counters[] = {
        [P0F_SOURCE_NONE] = P0F_WCTR_MISS,
        [P0F_SOURCE_CAPTURE] = P0F_WCTR_CAPTURE,
        [P0F_SOURCE_SAVED_SYN] = P0F_WCTR_SAVED_SYN,
        [P0F_SOURCE_HOST] = P0F_WCTR_HOST
    };

    if (atomic_exchange_explicit(&subject->counted, 1, memory_order_relaxed))
        return;
    count(counters[source]);
}

/* Where the saved SYN lies. */
static unsigned char *syn_of(p0f_subject_t *subject)
{
    return subject->notice.room + offsetof(p0f_ring_rec_t, raw)
         + sizeof(p0f_ringhttp_t);
}

/* Hands the record to the sniffer, with LEN bytes, of what KIND has. Whether a
 * SYN among them parses is for the sniffer to find out and to count. */
static void put_notice(p0f_subject_t *subject, p0f_ring_kind_t kind,
                       size_t len)
{
    p0f_ring_rec_t *rec = &subject->notice.rec;

    rec->kind = (uint8_t)kind;
    rec->raw_len = (uint8_t)len;
    p0f_ring_put(p0f_lifecycle_runtime()->ring, rec);
}

/* Tells the sniffer that httpd accepted the connection. */
static void tell_accepted(p0f_subject_t *subject)
{
    const size_t len = subject->syn_len;

    if (len)
        memmove(subject->notice.rec.raw, syn_of(subject), len);
    put_notice(subject, len ? P0F_RING_SYN : P0F_RING_CONFIRMED, len);
}

/* Tells it what a request SAID, with the LEN bytes that lie behind. */
static void tell_request(p0f_subject_t *subject, p0f_ring_kind_t kind,
                         const p0f_ringhttp_t *said, size_t len)
{
    memcpy(subject->notice.rec.raw, said, sizeof(*said));
    put_notice(subject, kind, sizeof(*said) + len);
}

/* One record for a connection and its first request costs half of two, so
 * what nobody waits for goes with the request. Without a saved SYN the capture
 * is asked who this is, and must know at once that its entry is taken. */
static void tell_sniffer(p0f_subject_t *subject, bool saved)
{
    subject->held_back = saved;
    if (!saved)
        tell_accepted(subject);
}

/* True for who is the first to see a request of the connection, or its end. */
static bool first_to_tell(p0f_subject_t *subject)
{
    return !atomic_load_explicit(&subject->told, memory_order_relaxed)
        && !atomic_exchange_explicit(&subject->told, 1, memory_order_relaxed);
}

/* A hook, not a cleanup of the connection's pool: httpd walks through those
 * for each that it takes back. */
int p0f_lookup_pre_close_connection(conn_rec *c)
{
    p0f_subject_t *subject = ap_get_module_config(c->conn_config, &p0f_module);

    if (subject && subject->held_back && first_to_tell(subject))
        tell_accepted(subject);
    return DECLINED;
}

/* Looks beside a saved SYN that were in vain since the last that wasn't, in
 * this process. A sniffer that rests while frames collect comes behind clients
 * that are near: their saved SYNs answer, and what a look costs is for nothing.
 * So after some in a row only a few are made, until one of them succeeds.
 * Threads that count at once may lose one. */
static atomic_uint looks_in_vain;

enum { VAIN_LOOKS = 16, LOOK_IN = 16 };  /* then one of so many */

static bool worth_a_look(const p0f_runtime_t *runtime,
                         const p0f_subject_t *subject)
{
    return is_captured(runtime->cache)
        && (atomic_load_explicit(&looks_in_vain, memory_order_relaxed)
                < VAIN_LOOKS
            || accepted_us(subject) % LOOK_IN == 0);
}

static void note_look(bool success)
{
    unsigned int vain = atomic_load_explicit(&looks_in_vain,
                                             memory_order_relaxed);
    unsigned int now = success ? 0 : vain < VAIN_LOOKS ? vain + 1 : vain;

    if (now != vain)             /* the line stays with all readers */
        atomic_store_explicit(&looks_in_vain, now, memory_order_relaxed);
}

/* The first look where the kernel saved the SYN, of which the subject's
 * verdict is: the capture may have it, too. Returns true if it has. */
static bool look_beside_saved(const p0f_runtime_t *runtime,
                              p0f_subject_t *subject)
{
    p0f_verdict_t *v = &subject->verdict;
    p0f_conn_t rec;
    bool seen = read_conn(runtime->cache, subject, &rec) == P0F_OK
                && p0f_conn_seq(&rec) == v->seq;

    note_look(seen);
    if (!seen)
        return false;
    v->source = source_of(&rec);
    v->syn_boot_us = rec.boot_us;
    return true;
}

/* The first look where it didn't. An entry tells itself whether it is of this
 * connection: nobody has announced it yet, so a confirmed one is an earlier
 * connection's. */
static bool look_at_capture(const p0f_runtime_t *runtime,
                            p0f_subject_t *subject)
{
    p0f_conn_t rec;

    if (read_conn(runtime->cache, subject, &rec) != P0F_OK)
        return false;
    if (rec.rec_flags & P0F_REC_CONFIRMED) {
        subject->earlier_us = rec.boot_us;
        return false;
    }
    return judge_conn(runtime->cache, &rec, &subject->verdict) == P0F_OK;
}

/* What is at hand, without waiting. An entry that the capture has may be that
 * of an earlier connection from the same port, which must not speak for this
 * one: where the kernel SAVED the SYN, the sequence number tells, if it is
 * worth a LOOK. Returns true if the capture has this SYN. */
static bool first_look(const p0f_runtime_t *runtime, p0f_subject_t *subject,
                       bool saved, bool look)
{
    bool seen = !saved ? look_at_capture(runtime, subject)
                       : look && look_beside_saved(runtime, subject);

    if (!saved && !seen)
        return false;
    count_source(subject, subject->verdict.source);
    atomic_store_explicit(&subject->state, P0F_KNOWN, memory_order_release);
    return seen;
}

/* Streams of HTTP/2 have no socket of their own, connections that httpd
 * opens have no client. */
static bool has_client(const conn_rec *c)
{
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 116)
    if (c->outgoing)
        return false;
#endif
    return !c->master;
}

static p0f_subject_t *make_subject(conn_rec *c, const p0f_connkey_t *key)
{
    p0f_subject_t *subject = apr_palloc(c->pool, sizeof(*subject));

    subject->hash = 0;
    subject->notice.rec.key = *key;
    subject->notice.rec.boot_us = p0f_sniffer_boot_us();
    subject->earlier_us = 0;
    subject->syn_len = 0;
    atomic_init(&subject->state, P0F_OPEN);
    atomic_init(&subject->waited, 0);
    atomic_init(&subject->counted, 0);
    atomic_init(&subject->told, 0);
    atomic_init(&subject->unknown_told, 0);
    subject->kept.env = NULL;
    subject->kept.times = 0;
    ap_set_module_config(c->conn_config, &p0f_module, subject);
    return subject;
}

/* Asks for what is read later on: a system call lies between, and mostly a
 * client's way to us and back. */
static void ask_memory(const p0f_runtime_t *runtime, p0f_subject_t *subject,
                       bool look)
{
    if (look)
        subject->hash = p0f_cache_conn_fetch(runtime->cache, key_of(subject));
    subject->host_hash = p0f_cache_host_fetch(runtime->cache,
                                              &key_of(subject)->peer);
}

int p0f_lookup_pre_connection(conn_rec *c, void *csd)
{
    const p0f_runtime_t *runtime = p0f_lifecycle_runtime();
    p0f_subject_t *subject;
    p0f_connkey_t key;
    size_t len = 0;
    bool saved, look;

    if (!runtime->cache || !has_client(c))
        return DECLINED;
    p0f_ring_fetch(runtime->ring);
    if (!take_address(c->client_addr, &key.peer, &key.peer_port)
        || !take_address(c->local_addr, &key.local, &key.local_port)) {
        count(P0F_WCTR_NOT_TCP);
        return DECLINED;
    }
    subject = make_subject(c, &key);
    look = !runtime->saved_syn || worth_a_look(runtime, subject);
    ask_memory(runtime, subject, look);
    if (runtime->saved_syn) {
        len = p0f_savedsyn_read(csd, syn_of(subject));
        if (!len)
            count(P0F_WCTR_NO_SAVED_SYN);
    }
    saved = len && p0f_verdict_judge(runtime->cache,
                                     (p0f_bytes_t){ syn_of(subject), len },
                                     P0F_SOURCE_SAVED_SYN,
                                     accepted_us(subject), &subject->verdict);
    if (first_look(runtime, subject, saved, look))
        len = 0;                 /* the capture has it */
    subject->syn_len = (uint8_t)(len < P0F_RING_RAW ? len : P0F_RING_RAW);
    tell_sniffer(subject, saved);
    if (!p0f_ring_logged(runtime->ring,
                         p0f_cache_state_word(runtime->cache)))
        p0f_lifecycle_log_state(c->base_server);
    return OK;
}

/* ---- a request -------------------------------------------------------- */

static p0f_subject_t *subject_of(const conn_rec *c)
{
    return ap_get_module_config((c->master ? c->master : c)->conn_config,
                                &p0f_module);
}

/* Makes V the subject's, unless another stream was first. */
static void keep(p0f_subject_t *subject, const p0f_verdict_t *v)
{
    int open = P0F_OPEN;

    if (!atomic_compare_exchange_strong_explicit(&subject->state, &open,
                                                 P0F_WRITING,
                                                 memory_order_acquire,
                                                 memory_order_relaxed))
        return;
    p0f_verdict_copy(v, &subject->verdict);
    atomic_store_explicit(&subject->state, P0F_KNOWN, memory_order_release);
}

/* The later look: the capture may have caught up since, or does within the
 * wait, which only the first requests of a connection get. Sets *STATUS to what
 * the capture said. */
static p0f_verdict_t *later_look(const p0f_cache_t *cache,
                                 p0f_subject_t *subject, request_rec *r,
                                 apr_interval_time_t wait,
                                 p0f_answer_t *answer, p0f_status_t *status)
{
    p0f_verdict_t *v = apr_palloc(r->pool, sizeof(*v));
    bool last;

    last = caught_up(cache, subject);
    v->source = P0F_SOURCE_NONE;
    *status = ask_capture(cache, subject, v);
    if (*status != P0F_OK && wait > 0 && !last
        && !atomic_load_explicit(&subject->waited, memory_order_relaxed)
        && capture_lives(cache, answer->now_us)) {
        *status = wait_for_capture(cache, subject, wait, v);
        answer->now_us = p0f_sniffer_boot_us();
    }
    atomic_store_explicit(&subject->waited, 1, memory_order_relaxed);
    if (*status == P0F_OK)
        keep(subject, v);
    return v;
}

/* One may have come since the start (reload.h). */
static bool has_database(const p0f_runtime_t *runtime)
{
    const p0f_db_t *db;
    uint32_t gen;

    if (runtime->has_database)
        return true;
    db = p0f_cache_db(runtime->cache, &gen);
    return db && db->sig_lines;
}

/* The words for pof_err. A database that is missing is said in any case,
 * since then nothing is ever recognised. */
static p0f_why_t why_of(const p0f_runtime_t *runtime, p0f_source_t source,
                        p0f_status_t status, apr_uint64_t now_us)
{
    p0f_state_t state = p0f_cache_state(runtime->cache);

    if (!has_database(runtime))
        return P0F_WHY_NO_DATABASE;
    if (source != P0F_SOURCE_NONE)
        return P0F_WHY_NONE;
    if (state == P0F_STATE_NO_PERMISSION)
        return P0F_WHY_NO_PERMISSION;
    if (state != P0F_STATE_NO_HANDLE && !capture_lives(runtime->cache, now_us))
        return P0F_WHY_NO_CAPTURE;
    return status == P0F_EEXPIRED ? P0F_WHY_EXPIRED : P0F_WHY_MISS;
}

/* By number where it is of this generation, else by matching its SYN again. */
static void name_host(const p0f_cache_t *cache, const p0f_host_t *host,
                      p0f_hostname_t *name)
{
    uint32_t gen;
    const p0f_db_t *db = p0f_cache_db(cache, &gen);
    const p0f_label_t *label;
    p0f_verdict_t v;

    name->genre[0] = name->details[0] = '\0';
    if (!db)
        return;
    if (host->db_gen == gen) {
        label = p0f_db_label(db, host->label);
        p0f_verdict_copy_text(name->genre,
                              label ? p0f_db_text(db, label->name) : "");
        p0f_verdict_copy_text(name->details,
                              label ? p0f_db_text(db, label->flavor) : "");
        if (p0f_cache_db_valid(cache, gen))
            return;
    }
    v.source = P0F_SOURCE_NONE;
    ask_host(cache, host, &v);
    if (v.source == P0F_SOURCE_NONE)
        return;
    strcpy(name->genre, p0f_verdict_name(&v, P0F_NAME_GENRE));
    strcpy(name->details, p0f_verdict_name(&v, P0F_NAME_DETAILS));
}

const p0f_hostname_t *p0f_lookup_host_name(p0f_answer_t *answer)
{
    static const p0f_hostname_t nobody = { "", "" };
    p0f_hostname_t *name;

    if (!answer->has_host)
        return &nobody;
    if (!answer->host_name) {
        name = apr_palloc(answer->pool, sizeof(*name));
        name_host(p0f_lifecycle_runtime()->cache, &answer->host, name);
        answer->host_name = name;
    }
    return answer->host_name;
}

/* What history knows of ADDR, which has HASH; its status. */
static p0f_status_t look_at_host(const p0f_cache_t *cache, uint64_t hash,
                                 const p0f_addr_t *addr, p0f_answer_t *answer)
{
    p0f_status_t status = p0f_cache_host_read_by(cache, hash, addr,
                                                 seconds(answer->now_us),
                                                 &answer->host);

    answer->has_host = status == P0F_OK;
    return status;
}

/* An answer that says nothing yet. */
static p0f_answer_t *make_answer(apr_pool_t *pool)
{
    static const p0f_verdict_t no_verdict = { .source = P0F_SOURCE_NONE };
    p0f_answer_t *answer = apr_palloc(pool, sizeof(*answer));

    answer->pool = pool;
    answer->asked = 0;
    answer->why = P0F_WHY_MISS;
    answer->via = P0F_UNSET;
    answer->now_us = 0;
    answer->syn = &no_verdict;
    answer->has_host = 0;
    answer->host_name = NULL;
    answer->http = NULL;
    return answer;
}

/* The peer of the connection: its own SYN, else its history, which is read
 * after a wait, so that it has the SYN that was waited for. What history says
 * is not kept, so that a late entry still counts. */
static void answer_peer(const p0f_runtime_t *runtime, p0f_subject_t *subject,
                        request_rec *r, apr_interval_time_t wait,
                        p0f_answer_t *answer)
{
    p0f_status_t status = P0F_OK, host_status;
    p0f_verdict_t *later = NULL;

    if (atomic_load_explicit(&subject->state, memory_order_acquire)
        != P0F_KNOWN)
        later = later_look(runtime->cache, subject, r, wait, answer, &status);
    answer->syn = later ? later : &subject->verdict;
    host_status = look_at_host(runtime->cache, subject->host_hash,
                               &key_of(subject)->peer, answer);
    if (later) {
        if (later->source == P0F_SOURCE_NONE && answer->has_host)
            ask_host(runtime->cache, &answer->host, later);
        count_source(subject, later->source);
    }
    if (host_status == P0F_EEXPIRED)
        status = P0F_EEXPIRED;
    answer->why = why_of(runtime, answer->syn->source, status,
                         answer->now_us);
}

/* A client behind the peer, ADDR or NULL: it has sent no packet of this
 * connection, so that there is history or nothing. */
static void answer_client(const p0f_runtime_t *runtime, request_rec *r,
                          const p0f_addr_t *addr, p0f_answer_t *answer)
{
    p0f_verdict_t *v = apr_palloc(r->pool, sizeof(*v));

    v->source = P0F_SOURCE_NONE;
    if (addr && look_at_host(runtime->cache,
                             p0f_cache_host_fetch(runtime->cache, addr), addr,
                             answer) == P0F_OK)
        ask_host(runtime->cache, &answer->host, v);
    answer->syn = v;
    answer->why = !has_database(runtime) ? P0F_WHY_NO_DATABASE
                : v->source == P0F_SOURCE_NONE ? P0F_WHY_VIA : P0F_WHY_NONE;
}

p0f_answer_t *p0f_lookup_request(request_rec *r, const p0f_dir_conf_t *dir,
                                 p0f_reqhttp_t *http)
{
    const p0f_runtime_t *runtime = p0f_lifecycle_runtime();
    p0f_subject_t *subject = subject_of(r->connection);
    p0f_answer_t *answer = make_answer(r->pool);
    p0f_addr_t client;
    uint16_t port;
    int has_address;

    if (!runtime->cache) {
        answer->asked = 1;
        answer->why = P0F_WHY_NO_CAPTURE;
        return answer;
    }
    if (!subject)
        return answer;
    has_address = take_address(r->useragent_addr, &client, &port);
    answer->asked = 1;
    answer->http = http;
    answer->via = !has_address
                  || !p0f_addr_equal(&client, &key_of(subject)->peer);
    answer->now_us = p0f_sniffer_boot_us();
    if (answer->via && p0f_config_subject(dir) == P0F_CLIENT)
        answer_client(runtime, r, has_address ? &client : NULL, answer);
    else
        answer_peer(runtime, subject, r, p0f_config_wait(dir), answer);
    return answer;
}

/* ---- what later requests are given again ------------------------------- */

/* Streams are several threads', and few connections have more than one: their
 * requests ask each for themselves. */
static p0f_subject_t *keeper(const request_rec *r)
{
    return r->connection->master ? NULL : subject_of(r->connection);
}

const apr_table_t *p0f_lookup_kept(const request_rec *r)
{
    p0f_subject_t *subject = keeper(r);

    return subject && subject->kept.env && r->request_time < subject->kept.until
           && p0f_cache_host_same(&subject->kept.host)
         ? subject->kept.env : NULL;
}

p0f_kept_t *p0f_lookup_keep(const request_rec *r, const p0f_answer_t *answer)
{
    const p0f_runtime_t *runtime = p0f_lifecycle_runtime();
    p0f_subject_t *subject = keeper(r);
    p0f_kept_t *kept;
    uint32_t now_s = seconds(answer->now_us);

    if (!subject || !runtime->has_database || !answer->has_host
        || answer->syn != &subject->verdict || answer->why != P0F_WHY_NONE
        || !atomic_load_explicit(&subject->told, memory_order_relaxed)
        || subject->kept.times == P0F_KEPT_TIMES)
        return NULL;
    kept = &subject->kept;
    kept->env = NULL;
    if (!p0f_cache_host_mark(runtime->cache, &answer->host, &kept->host)
        || kept->host.until_s <= now_s)
        return NULL;
    kept->until = r->request_time
                + apr_time_from_sec(kept->host.until_s - now_s);
    kept->times++;
    return kept;
}

bool p0f_lookup_first(request_rec *r, p0f_lookup_first_t *out)
{
    const p0f_runtime_t *runtime = p0f_lifecycle_runtime();
    p0f_subject_t *subject = subject_of(r->connection);
    p0f_addr_t client;
    p0f_verdict_t *v;
    uint16_t port;

    if (!runtime->cache || !subject || !first_to_tell(subject))
        return false;
    out->key = key_of(subject);
    out->via = !take_address(r->useragent_addr, &client, &port)
               || !p0f_addr_equal(&client, &key_of(subject)->peer);
    out->syn = NULL;
    if (atomic_load_explicit(&subject->state, memory_order_acquire)
        == P0F_KNOWN) {
        out->syn = &subject->verdict;
        return true;
    }
    v = apr_palloc(r->pool, sizeof(*v));
    if (ask_capture(runtime->cache, subject, v) == P0F_OK)
        out->syn = v;
    return true;
}

void p0f_lookup_tell(const conn_rec *c, const p0f_ringhttp_t *said)
{
    p0f_subject_t *subject = subject_of(c);
    bool fits = sizeof(*said) + subject->syn_len <= P0F_RING_RAW;

    if (subject->held_back && said && fits) {
        tell_request(subject, P0F_RING_FIRST, said, subject->syn_len);
        return;
    }
    if (subject->held_back)
        tell_accepted(subject);
    if (said)
        tell_request(subject, P0F_RING_HTTP, said, 0);
}

const p0f_verdict_t *p0f_lookup_unknown(const conn_rec *c)
{
    const p0f_runtime_t *runtime = p0f_lifecycle_runtime();
    p0f_subject_t *subject = subject_of(c);

    if (!subject || !runtime->cache || !has_database(runtime)
        || atomic_load_explicit(&subject->state, memory_order_acquire)
           != P0F_KNOWN
        || subject->verdict.match.label != P0F_NO_LABEL
        || atomic_exchange_explicit(&subject->unknown_told, 1,
                                    memory_order_relaxed))
        return NULL;
    return &subject->verdict;
}
