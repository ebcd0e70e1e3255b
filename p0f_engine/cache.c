/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.c - the cache segment: its head, the database slots, and the host
 * and connection tables on top of table.c.
 */
#include "cache.h"

#include <apr_general.h>
#include <arpa/inet.h>
#include <stdalign.h>
#include <string.h>
#include <unistd.h>

#include "hosts.h"
#include "segment.h"
#include "table.h"

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
/* gcc says that its ThreadSanitizer ignores fences. It need not know them:
 * what they order is atomics. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#define P0F_CACHE_LINE 64u

/* The start of the segment. What readers need for each lookup changes never
 * or seldom and lies apart from the lines that the writer keeps changing. */
typedef struct {
    /* constant once made */
    _Atomic uint32_t magic, layout;
    _Atomic uint64_t size;           /* of the segment */
    _Atomic uint64_t db_off[2], db_slot;
    p0f_table_shape_t hosts, conns;
    uint32_t max_hosts, max_conns, shared;
    int64_t maker;                   /* pid that has the writable mapping */
    unsigned char secret[P0F_HASH_SECRET];

    /* changes at restarts and reloads, the last every second */
    alignas(P0F_CACHE_LINE) _Atomic uint32_t host_idle_s;
    _Atomic uint32_t conn_age_s;
    _Atomic uint32_t db_gen;         /* current, 0 none; & 1 is its slot */
    _Atomic uint32_t db_next;        /* db_gen, or the one being written */
    _Atomic uint32_t state;
    _Atomic uint32_t heartbeat;

    /* changes with each packet */
    alignas(P0F_CACHE_LINE) _Atomic uint32_t host_pending;
    _Atomic uint32_t conn_pending;
    _Atomic uint64_t read_until_us;  /* frames before it are entered */
    _Atomic uint64_t counter[P0F_CTR_COUNT];
} p0f_cache_head_t;

static const p0f_table_kind_t host_kind = {
    .size = sizeof(p0f_host_t),
    .key_off = { offsetof(p0f_host_t, addr), 0 },
    .key_len = { sizeof(p0f_addr_t), 0 },
    .mostly_there = true
};

/* Where the kernel saves SYNs, a worker mostly asks before the sniffer has read
 * the captured one. */
static const p0f_table_kind_t conn_kind = {
    .size = sizeof(p0f_conn_t),
    .key_off = { offsetof(p0f_conn_t, peer),
                 offsetof(p0f_conn_t, syn) + offsetof(p0f_rawsyn_t, tcp) },
    .key_len = { 2 * sizeof(p0f_addr_t), 4 }
};

/* Both addresses, both ports. */
#define P0F_CONN_KEY (2 * sizeof(p0f_addr_t) + 4)

_Static_assert(offsetof(p0f_conn_t, local)
                   == offsetof(p0f_conn_t, peer) + sizeof(p0f_addr_t),
               "the addresses of a connection's key lie together");

static const p0f_cache_head_t *head_of(const p0f_cache_t *cache)
{
    return cache->ro;
}

static p0f_cache_head_t *whead_of(const p0f_cache_t *cache)
{
    return cache->rw;
}

static uint32_t get32(const _Atomic uint32_t *p)
{
    return atomic_load_explicit(p, memory_order_relaxed);
}

static uint64_t get64(const _Atomic uint64_t *p)
{
    return atomic_load_explicit(p, memory_order_relaxed);
}

/* ---- making ----------------------------------------------------------- */

/* Offsets of the parts; 64-bit, so that nothing wraps on small machines. */
typedef struct {
    uint64_t db_off[2], db_slot;
    uint64_t host_buckets, host_bucket_off, host_record_off;
    uint64_t conn_buckets, conn_bucket_off, conn_record_off;
    uint64_t size;
} p0f_cache_plan_t;

static uint64_t advance(uint64_t *at, uint64_t bytes)
{
    uint64_t off = *at;

    *at = (off + bytes + P0F_CACHE_LINE - 1) & ~(uint64_t)(P0F_CACHE_LINE - 1);
    return off;
}

static p0f_cache_plan_t plan(const p0f_cache_config_t *config)
{
    p0f_cache_plan_t p = { .size = 0 };
    const uint64_t ways = P0F_TABLE_WAYS;

    advance(&p.size, sizeof(p0f_cache_head_t));
    p.db_slot = (config->db_slot + P0F_CACHE_LINE - 1)
              & ~(uint64_t)(P0F_CACHE_LINE - 1);
    p.db_off[0] = advance(&p.size, p.db_slot);
    p.db_off[1] = advance(&p.size, p.db_slot);
    p.host_buckets = p0f_table_buckets(config->max_hosts);
    p.host_bucket_off = advance(&p.size, p.host_buckets * P0F_CACHE_LINE);
    p.host_record_off = advance(&p.size, p.host_buckets * ways
                                         * sizeof(p0f_host_t));
    p.conn_buckets = p0f_table_buckets(config->max_conns);
    p.conn_bucket_off = advance(&p.size, p.conn_buckets * P0F_CACHE_LINE);
    p.conn_record_off = advance(&p.size, p.conn_buckets * ways
                                         * sizeof(p0f_conn_t));
    if (p.size < p.db_off[1] + 2 * p.db_slot) /* see p0f_cache_db_publish */
        p.size = p.db_off[1] + 2 * p.db_slot;
    return p;
}

static bool plan_fits(const p0f_cache_config_t *config,
                      const p0f_cache_plan_t *p)
{
    return config->db_slot <= SIZE_MAX / 8 && p->size <= SIZE_MAX / 2
        && p->host_buckets <= UINT32_MAX / P0F_TABLE_WAYS
        && p->conn_buckets <= UINT32_MAX / P0F_TABLE_WAYS;
}

static void set_limits(p0f_cache_head_t *h, const p0f_cache_config_t *config)
{
    atomic_store_explicit(&h->host_idle_s, config->host_idle_s,
                          memory_order_relaxed);
    atomic_store_explicit(&h->conn_age_s, config->conn_age_s,
                          memory_order_relaxed);
}

/* The segment is zeroed, and nobody else knows of it yet. */
static void fill_head(p0f_cache_head_t *h, const p0f_cache_config_t *config,
                      const p0f_cache_plan_t *p, size_t size)
{
    h->size = size;
    h->db_off[0] = p->db_off[0];
    h->db_off[1] = p->db_off[1];
    h->db_slot = p->db_slot;
    h->hosts.bucket_off = p->host_bucket_off;
    h->hosts.record_off = p->host_record_off;
    h->hosts.bucket_count = (uint32_t)p->host_buckets;
    h->hosts.record_size = sizeof(p0f_host_t);
    h->conns.bucket_off = p->conn_bucket_off;
    h->conns.record_off = p->conn_record_off;
    h->conns.bucket_count = (uint32_t)p->conn_buckets;
    h->conns.record_size = sizeof(p0f_conn_t);
    h->max_hosts = config->max_hosts;
    h->max_conns = config->max_conns;
    h->shared = config->shared;
    h->maker = getpid();
    set_limits(h, config);
    h->layout = P0F_CACHE_LAYOUT;
    h->magic = P0F_CACHE_MAGIC;
}

/* ---- handles ---------------------------------------------------------- */

/* True if the SIZE bytes at H begin with a head of this layout. */
static bool has_head(const p0f_cache_head_t *h, size_t size)
{
    return h && size >= sizeof *h
        && get32(&h->magic) == P0F_CACHE_MAGIC
        && get32(&h->layout) == P0F_CACHE_LAYOUT
        && get64(&h->size) == size;
}

/* Where the database slots lie; false if that is outside the segment. */
static bool find_slots(p0f_cache_t *cache)
{
    const p0f_cache_head_t *h = head_of(cache);
    const uint64_t room = get64(&h->db_slot);
    unsigned int n;

    for (n = 0; n < 2; n++) {
        const uint64_t off = get64(&h->db_off[n]);

        if (off % P0F_CACHE_LINE != 0 || off > cache->size
            || room > cache->size - off)
            return false;
        cache->db_off[n] = (size_t)off;
    }
    cache->db_slot = (size_t)room;
    return true;
}

p0f_status_t p0f_cache_open(p0f_cache_t *out, const void *ro, void *rw,
                            size_t size)
{
    const p0f_cache_head_t *h = ro;

    *out = (p0f_cache_t){ .ro = ro, .rw = rw, .size = size };
    if (!has_head(h, size)
        || !p0f_table_check(&out->hosts, &h->hosts, &host_kind, size)
        || !p0f_table_check(&out->conns, &h->conns, &conn_kind, size)
        || !find_slots(out))
        return P0F_ELAYOUT;
    out->secret = p0f_hash_prepare(h->secret);
    out->layout = P0F_CACHE_LAYOUT;
    return P0F_OK;
}

/* True if this code has made the handle. */
static bool is_open(const p0f_cache_t *cache)
{
    return cache->layout == P0F_CACHE_LAYOUT;
}

static bool view_hosts(const p0f_cache_t *cache, p0f_table_t *table)
{
    if (!is_open(cache))
        return false;
    *table = p0f_table_view(&cache->hosts, &host_kind, cache->ro, NULL);
    return true;
}

static bool view_conns(const p0f_cache_t *cache, p0f_table_t *table)
{
    if (!is_open(cache))
        return false;
    *table = p0f_table_view(&cache->conns, &conn_kind, cache->ro, NULL);
    return true;
}

/* The writer reads through its writable mapping as well: one set of address
 * translations instead of two. */
static bool wopen_hosts(const p0f_cache_t *cache, p0f_table_t *table)
{
    p0f_cache_head_t *h = whead_of(cache);

    if (!h || !is_open(cache))
        return false;
    *table = p0f_table_view(&cache->hosts, &host_kind, h, h);
    table->pending = &h->host_pending;
    return true;
}

static bool wopen_conns(const p0f_cache_t *cache, p0f_table_t *table)
{
    p0f_cache_head_t *h = whead_of(cache);

    if (!h || !is_open(cache))
        return false;
    *table = p0f_table_view(&cache->conns, &conn_kind, h, h);
    table->pending = &h->conn_pending;
    return true;
}

/* ---- the whole segment ------------------------------------------------ */

p0f_status_t p0f_cache_create(p0f_cache_t *out,
                              const p0f_cache_config_t *config,
                              p0f_error_t *err)
{
    p0f_cache_plan_t p = plan(config);
    p0f_segment_t segment;
    p0f_cache_head_t *h;
    p0f_status_t status;

    *out = (p0f_cache_t){ .ro = NULL };
    if (!plan_fits(config, &p))
        return p0f_status_fail(err, P0F_ENOMEM,
                               "%lu hosts and %lu connections are more than "
                               "this machine can address",
                               (unsigned long)config->max_hosts,
                               (unsigned long)config->max_conns);
    status = p0f_segment_create(&segment, (size_t)p.size,
                                config->shared ? P0F_SEGMENT_GUARDED
                                               : P0F_SEGMENT_QUICK, err);
    if (status != P0F_OK)
        return status;
    h = segment.rw;
    if (apr_generate_random_bytes(h->secret, sizeof h->secret)
        != APR_SUCCESS) {
        p0f_segment_unmap(segment.rw, segment.size);
        if (segment.ro != segment.rw)
            p0f_segment_unmap(segment.ro, segment.size);
        return p0f_status_fail(err, P0F_ESYSTEM, "the system gives no random "
                               "bytes for the secret of the tables");
    }
    fill_head(h, config, &p, segment.size);
    status = p0f_cache_open(out, segment.ro, segment.rw, segment.size);
    out->sealed = segment.sealed;
    return status;
}

p0f_status_t p0f_cache_adopt(p0f_cache_t *cache,
                             const p0f_cache_config_t *config)
{
    p0f_cache_head_t *h = whead_of(cache);
    p0f_table_t hosts, conns;
    p0f_cache_t now;

    /* Looked at anew: other code may have made the handle. */
    if (!h || p0f_cache_open(&now, cache->ro, h, cache->size) != P0F_OK
        || !wopen_hosts(&now, &hosts) || !wopen_conns(&now, &conns))
        return P0F_ELAYOUT;
    /* Another size, also a smaller one, is a wish for another segment. */
    if (h->max_hosts != config->max_hosts || h->max_conns != config->max_conns
        || h->shared != (uint32_t)config->shared
        || now.db_slot < config->db_slot)
        return P0F_ELAYOUT;
    if (!is_open(cache)) { /* else it is the same, and perhaps being read */
        now.sealed = cache->sealed;
        *cache = now;
    }
    p0f_table_repair(&hosts);
    p0f_table_repair(&conns);
    /* A publication that died half-way has touched the idle slot only. */
    atomic_store_explicit(&h->db_next, get32(&h->db_gen),
                          memory_order_relaxed);
    set_limits(h, config);
    return P0F_OK;
}

void p0f_cache_inherit(const p0f_cache_t *cache, bool on)
{
    /* Where both mappings are one, every child has it anyway. */
    if (cache->rw && cache->rw != cache->ro)
        p0f_segment_inherit(cache->rw, cache->size, on);
}

void p0f_cache_destroy(p0f_cache_t *cache)
{
    /* A child's copy of the handle still names the writable mapping that it
     * did not inherit. */
    if (cache->rw && cache->rw != cache->ro
        && head_of(cache)->maker == (int64_t)getpid())
        p0f_segment_unmap(cache->rw, cache->size);
    p0f_segment_unmap(cache->ro, cache->size);
    *cache = (p0f_cache_t){ .ro = NULL };
}

/* ---- database slots --------------------------------------------------- */

/* What a reader may rely on. A reader of generation g uses slot g & 1. The
 * publication of g + 1 writes the other slot, so it disturbs nobody. That of
 * g + 2 writes the reader's; before its first byte db_next says so, and
 * p0f_cache_db_valid(g), asked after the use, then is false and the reader
 * drops what it made of a slot that may have been changing. Publications are
 * restarts and reloads, seconds apart, and a use lasts microseconds, so that
 * this happens to a reader which was stopped for the time of two of them.
 * Even then it stays inside the segment: an offset is that of one of two
 * checked images, so is a count, and after slot 1 comes at least one slot's
 * size of memory more. */
p0f_status_t p0f_cache_db_publish(p0f_cache_t *cache, const p0f_db_t *image,
                                  size_t size)
{
    p0f_cache_head_t *h = whead_of(cache);
    uint32_t gen;

    if (!h || !is_open(cache))
        return P0F_ELAYOUT;
    if (p0f_db_check(image, size) != P0F_OK)
        return P0F_ELAYOUT;
    gen = get32(&h->db_gen) + 1;
    if (gen == 0) /* 0 says "none"; stay in turn */
        gen = 2;
    if (size > cache->db_slot)
        return P0F_ELIMIT;
    atomic_store_explicit(&h->db_next, gen, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* announced, then written */
    memcpy((unsigned char *)cache->rw + cache->db_off[gen & 1], image, size);
    atomic_store_explicit(&h->db_gen, gen, memory_order_release);
    return P0F_OK;
}

const p0f_db_t *p0f_cache_db(const p0f_cache_t *cache, uint32_t *gen)
{
    const void *slot;
    const p0f_db_t *db;

    *gen = 0;
    if (!is_open(cache) || cache->db_slot < sizeof *db)
        return NULL;
    *gen = atomic_load_explicit(&head_of(cache)->db_gen, memory_order_acquire);
    slot = (const unsigned char *)cache->ro + cache->db_off[*gen & 1];
    db = slot;
    if (*gen == 0 || db->magic != P0F_DB_MAGIC || db->layout != P0F_DB_LAYOUT
        || db->size > cache->db_slot) {
        *gen = 0;
        return NULL;
    }
    return db;
}

uint32_t p0f_cache_db_gen(const p0f_cache_t *cache)
{
    return atomic_load_explicit(&head_of(cache)->db_gen, memory_order_acquire);
}

bool p0f_cache_db_valid(const p0f_cache_t *cache, uint32_t gen)
{
    /* Pairs with the fence in p0f_cache_db_publish: a use that met bytes of
     * the publication after next is followed by a look that sees it. */
    atomic_thread_fence(memory_order_acquire);
    return gen != 0 && is_open(cache)
        && get32(&head_of(cache)->db_next) - gen < 2;
}

/* ---- hosts and connections -------------------------------------------- */

static void conn_key(const p0f_connkey_t *key, unsigned char out[P0F_CONN_KEY])
{
    const uint32_t ports = htonl((uint32_t)key->peer_port << 16
                                 | key->local_port);

    memcpy(out, key->peer.b, 16);
    memcpy(out + 16, key->local.b, 16);
    memcpy(out + 32, &ports, 4);
}

static uint64_t host_hash(const p0f_cache_t *cache, const p0f_addr_t *addr)
{
    return p0f_hash_end(p0f_hash_addr(&cache->secret, addr));
}

static uint64_t conn_hash(const p0f_cache_t *cache, const p0f_connkey_t *key)
{
    return p0f_hash_conn(p0f_hash_addr(&cache->secret, &key->peer), key);
}

static bool too_old(uint32_t now_s, uint32_t age_s, uint32_t limit_s)
{
    return now_s > age_s && now_s - age_s > limit_s;
}

/* The entry of KEY, too old after LIMIT_S. */
static p0f_status_t read_entry(const p0f_table_t *table, uint64_t hash,
                               const void *key, uint32_t now_s,
                               uint32_t limit_s, void *out)
{
    uint32_t age;

    if (!p0f_table_read(table, hash, key, out, &age))
        return P0F_EMISS;
    return too_old(now_s, age, limit_s) ? P0F_EEXPIRED : P0F_OK;
}

/* Whole, as the other readers: then the compiler knows sizes and key, and a
 * fifth of the instructions goes. */
P0F_WHOLE
uint64_t p0f_cache_host_fetch(const p0f_cache_t *cache, const p0f_addr_t *addr)
{
    p0f_table_t table;
    uint64_t hash;

    if (!view_hosts(cache, &table))
        return 0;
    hash = host_hash(cache, addr);
    p0f_table_fetch(&table, hash);
    return hash;
}

P0F_WHOLE
p0f_status_t p0f_cache_host_read_by(const p0f_cache_t *cache, uint64_t hash,
                                    const p0f_addr_t *addr, uint32_t now_s,
                                    p0f_host_t *out)
{
    p0f_table_t table;

    if (!view_hosts(cache, &table)) {
        memset(out, 0, sizeof *out);
        return P0F_EMISS;
    }
    return read_entry(&table, hash, addr, now_s,
                      get32(&head_of(cache)->host_idle_s), out);
}

P0F_WHOLE
p0f_status_t p0f_cache_host_read(const p0f_cache_t *cache,
                                 const p0f_addr_t *addr, uint32_t now_s,
                                 p0f_host_t *out)
{
    return p0f_cache_host_read_by(cache, is_open(cache)
                                         ? host_hash(cache, addr) : 0,
                                  addr, now_s, out);
}

P0F_WHOLE
bool p0f_cache_host_mark(const p0f_cache_t *cache, const p0f_host_t *rec,
                         p0f_hostmark_t *mark)
{
    p0f_mark_t found;
    p0f_table_t table;
    uint32_t age, limit;

    if (!view_hosts(cache, &table)
        || !p0f_table_mark(&table, host_hash(cache, &rec->addr), &rec->addr,
                           rec, &found, &age))
        return false;
    mark->record = found.seq;
    mark->was = found.was;
    limit = get32(&head_of(cache)->host_idle_s);
    mark->until_s = age < UINT32_MAX - limit ? age + limit : UINT32_MAX;
    return true;
}

bool p0f_cache_host_same(const p0f_hostmark_t *mark)
{
    return p0f_table_same(&(p0f_mark_t){ mark->record, mark->was });
}

P0F_WHOLE
uint64_t p0f_cache_conn_fetch(const p0f_cache_t *cache,
                              const p0f_connkey_t *key)
{
    p0f_table_t table;
    uint64_t hash;

    if (!view_conns(cache, &table))
        return 0;
    hash = conn_hash(cache, key);
    p0f_table_fetch(&table, hash);
    return hash;
}

P0F_WHOLE
p0f_status_t p0f_cache_conn_read_by(const p0f_cache_t *cache, uint64_t hash,
                                    const p0f_connkey_t *key, uint32_t now_s,
                                    p0f_conn_t *out)
{
    unsigned char bytes[P0F_CONN_KEY];
    p0f_table_t table;

    if (!view_conns(cache, &table)) {
        memset(out, 0, sizeof *out);
        return P0F_EMISS;
    }
    conn_key(key, bytes);
    return read_entry(&table, hash, bytes, now_s,
                      get32(&head_of(cache)->conn_age_s), out);
}

p0f_status_t p0f_cache_conn_read(const p0f_cache_t *cache,
                                 const p0f_connkey_t *key, uint32_t now_s,
                                 p0f_conn_t *out)
{
    return p0f_cache_conn_read_by(cache, p0f_cache_conn_fetch(cache, key), key,
                                  now_s, out);
}

uint32_t p0f_cache_count_hosts(const p0f_cache_t *cache)
{
    p0f_table_t table;

    return view_hosts(cache, &table) ? p0f_table_count(&table) : 0;
}

uint32_t p0f_cache_count_conns(const p0f_cache_t *cache)
{
    p0f_table_t table;

    return view_conns(cache, &table) ? p0f_table_count(&table) : 0;
}

bool p0f_hosts_open(p0f_hosts_t *out, p0f_cache_t *cache)
{
    *out = (p0f_hosts_t){ .cache = cache };
    if (!wopen_hosts(cache, &out->table))
        return false;
    out->idle_s = &whead_of(cache)->host_idle_s;
    return true;
}

uint32_t p0f_cache_host_slots(const p0f_cache_t *cache)
{
    return is_open(cache) ? cache->hosts.bucket_count * P0F_TABLE_WAYS : 0;
}

bool p0f_conns_open(p0f_conns_t *out, p0f_cache_t *cache)
{
    out->cache = cache;
    return wopen_conns(cache, &out->table);
}

static p0f_table_terms_t conn_terms(const p0f_conns_t *conns, uint32_t now_s,
                                    bool confirmed)
{
    return (p0f_table_terms_t){
        .now_s = now_s, .confirmed = confirmed,
        .limit_s = get32(&whead_of(conns->cache)->conn_age_s)
    };
}

bool p0f_conns_claim(p0f_conns_t *conns, const p0f_connkey_t *key,
                     const p0f_guess_t *guess, uint32_t now_s, bool confirmed,
                     p0f_slot_t *slot, const p0f_conn_t **old)
{
    const p0f_table_terms_t terms = conn_terms(conns, now_s, confirmed);
    p0f_place_t place = { 0, 0, false };
    unsigned char bytes[P0F_CONN_KEY];
    bool ok;

    conn_key(key, bytes);
    ok = p0f_table_claim(&conns->table, guess, bytes, &terms, &place, NULL);
    *slot = (p0f_slot_t){ place.index, place.tag, place.found };
    *old = place.found ? p0f_table_at(&conns->table, place.index, NULL) : NULL;
    if (!ok)
        p0f_cache_add(conns->cache, P0F_CTR_CONN_REFUSED, 1);
    return ok;
}

void p0f_conns_publish(p0f_conns_t *conns, const p0f_slot_t *slot,
                       uint32_t now_s, const p0f_conn_t *rec)
{
    const p0f_place_t place = { slot->index, slot->tag, slot->found };
    const p0f_table_terms_t terms = conn_terms(
        conns, now_s, (rec->rec_flags & P0F_REC_CONFIRMED) != 0);

    if (p0f_table_publish(&conns->table, &place, &terms, rec))
        p0f_cache_add(conns->cache, P0F_CTR_CONN_EVICTED, 1);
}

_Static_assert(offsetof(p0f_conn_t, label) == sizeof(p0f_conn_t) - 8,
               "a connection's flags are in its last word");

void p0f_conns_confirm(p0f_conns_t *conns, const p0f_slot_t *slot,
                       uint32_t now_s, const p0f_conn_t *old)
{
    const size_t off = offsetof(p0f_conn_t, label);
    const p0f_place_t place = { slot->index, slot->tag, slot->found };
    const p0f_table_terms_t terms = conn_terms(conns, now_s, true);
    struct {
        uint16_t label, rec_flags;
        uint8_t rest[4];
    } last;
    uint64_t word;

    memcpy(&last, (const char *)old + off, sizeof(last));
    last.rec_flags |= P0F_REC_CONFIRMED;
    memcpy(&word, &last, sizeof(word));
    p0f_table_publish_word(&conns->table, &place, &terms, off, word);
}

/* ---- state and counters ----------------------------------------------- */

uint32_t p0f_cache_state_word(const p0f_cache_t *cache)
{
    return is_open(cache) ? get32(&head_of(cache)->state) : 0;
}

p0f_state_t p0f_cache_word_state(uint32_t word)
{
    uint32_t state = word & 0xffff;

    return state <= P0F_STATE_STOPPED ? (p0f_state_t)state : P0F_STATE_IDLE;
}

uint32_t p0f_cache_word_away(uint32_t word)
{
    return word >> 16;
}

p0f_state_t p0f_cache_state(const p0f_cache_t *cache)
{
    return p0f_cache_word_state(p0f_cache_state_word(cache));
}

void p0f_cache_set_state_away(p0f_cache_t *cache, p0f_state_t state,
                              uint32_t away)
{
    p0f_cache_head_t *h = whead_of(cache);

    if (h)
        atomic_store_explicit(&h->state, (uint32_t)state | away << 16,
                              memory_order_relaxed);
}

void p0f_cache_set_state(p0f_cache_t *cache, p0f_state_t state)
{
    p0f_cache_set_state_away(cache, state, 0);
}

uint32_t p0f_cache_heartbeat(const p0f_cache_t *cache)
{
    return is_open(cache) ? get32(&head_of(cache)->heartbeat) : 0;
}

uint64_t p0f_cache_read_until(const p0f_cache_t *cache)
{
    return is_open(cache)
        ? atomic_load_explicit(&head_of(cache)->read_until_us,
                               memory_order_acquire)
        : 0;
}

void p0f_cache_set_read_until(p0f_cache_t *cache, uint64_t boot_us)
{
    p0f_cache_head_t *h = whead_of(cache);

    if (h)
        atomic_store_explicit(&h->read_until_us, boot_us,
                              memory_order_release);
}

void p0f_cache_beat(p0f_cache_t *cache, uint32_t now_s)
{
    p0f_cache_head_t *h = whead_of(cache);

    /* Often called, seldom news: the line stays with the readers. */
    if (h && get32(&h->heartbeat) != now_s)
        atomic_store_explicit(&h->heartbeat, now_s, memory_order_relaxed);
}

uint64_t p0f_cache_counter(const p0f_cache_t *cache, unsigned int counter)
{
    return counter < P0F_CTR_COUNT && is_open(cache)
         ? get64(&head_of(cache)->counter[counter]) : 0;
}

void p0f_cache_add(p0f_cache_t *cache, unsigned int counter, uint64_t n)
{
    p0f_cache_head_t *h = whead_of(cache);

    /* One writer: no need for an atomic addition. */
    if (h && counter < P0F_CTR_COUNT)
        atomic_store_explicit(&h->counter[counter],
                              get64(&h->counter[counter]) + n,
                              memory_order_relaxed);
}

const char *p0f_cache_counter_name(unsigned int counter)
{
    static const char *const names[P0F_CTR_COUNT] = {
        [P0F_CTR_FRAMES] = "frames",
        [P0F_CTR_SYNS] = "syns",
        [P0F_CTR_MATCHED] = "matched",
        [P0F_CTR_CONFIRMED] = "confirmed",
        [P0F_CTR_RING_SYNS] = "ring_syns",
        [P0F_CTR_RING_BAD] = "ring_bad",
        [P0F_CTR_RING_LOST] = "ring_lost",
        [P0F_CTR_KERNEL_DROPS] = "kernel_drops",
        [P0F_CTR_HTTP_BAD] = "http_bad",
        [P0F_CTR_HOST_EVICTED] = "hosts_evicted",
        [P0F_CTR_HOST_REFUSED] = "hosts_refused",
        [P0F_CTR_CONN_EVICTED] = "conns_evicted",
        [P0F_CTR_CONN_REFUSED] = "conns_refused",
        [P0F_CTR_DROP_FIRST + P0F_DROP_NONE] = "drop_none",
        [P0F_CTR_DROP_FIRST + P0F_DROP_LINK_SHORT] = "drop_link_short",
        [P0F_CTR_DROP_FIRST + P0F_DROP_NOT_IP] = "drop_not_ip",
        [P0F_CTR_DROP_FIRST + P0F_DROP_IP_SHORT] = "drop_ip_short",
        [P0F_CTR_DROP_FIRST + P0F_DROP_IP_VERSION] = "drop_ip_version",
        [P0F_CTR_DROP_FIRST + P0F_DROP_IP_LENGTH] = "drop_ip_length",
        [P0F_CTR_DROP_FIRST + P0F_DROP_IP_FRAGMENT] = "drop_ip_fragment",
        [P0F_CTR_DROP_FIRST + P0F_DROP_IP_EXTENSION] = "drop_ip_extension",
        [P0F_CTR_DROP_FIRST + P0F_DROP_NOT_TCP] = "drop_not_tcp",
        [P0F_CTR_DROP_FIRST + P0F_DROP_TCP_SHORT] = "drop_tcp_short",
        [P0F_CTR_DROP_FIRST + P0F_DROP_TCP_FLAGS] = "drop_tcp_flags",
        [P0F_CTR_DROP_FIRST + P0F_DROP_NOT_SYN] = "drop_not_syn",
        [P0F_CTR_DROP_FIRST + P0F_DROP_DUPLICATE] = "drop_duplicate",
        [P0F_CTR_DROP_FIRST + P0F_DROP_TABLE_FULL] = "drop_table_full"
    };

    return counter < P0F_CTR_COUNT && names[counter] ? names[counter] : "";
}
