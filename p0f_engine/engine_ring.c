/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_ring.c - what workers hand over, on its way into the tables:
 * accepted connections, the SYNs that the kernel kept of them, requests.
 *
 * Reading order: p0f_engine_feed_ring -> read_record, and some records
 * later enter_handed -> feed_connection -> feed_saved_syn or confirm;
 * learn_request, with the SYN or, from feed_request, alone.
 */
#include <string.h>

#include "engine_int.h"
#include "lang.h"

/* The record of H's peer where it lies, NULL if that isn't known; WORK has no
 * copy of it yet. */
static const p0f_host_t *known_host(p0f_engine_t *e, const p0f_handed_t *h,
                                    uint32_t now_s, p0f_work_t *work)
{
    work->rec = NULL;
    return p0f_hosts_see(&e->hosts, &h->rec.key.peer, &h->host, now_s,
                         &work->slot);
}

/* WORK's record, to be changed and published. */
static p0f_host_t *own(const p0f_engine_t *e, p0f_work_t *work)
{
    if (!work->rec)
        work->rec = p0f_hosts_at(&e->hosts, work->slot.index, &work->room);
    return work->rec;
}

/* Marks it, as p0f_engine_confirm_conn. */
static void confirm_host(p0f_engine_t *e, const p0f_handed_t *h,
                         uint32_t now_s)
{
    p0f_work_t work;
    const p0f_host_t *host = known_host(e, h, now_s, &work);

    if (!host || host->rec_flags & P0F_REC_CONFIRMED)
        return;
    own(e, &work)->rec_flags |= P0F_REC_CONFIRMED;
    p0f_hosts_publish(&e->hosts, &work.slot, now_s, work.rec);
}

/* An accepted connection whose SYN is known already; false if it isn't. */
static bool confirm(p0f_engine_t *e, const p0f_handed_t *h, uint32_t now_s)
{
    p0f_connwork_t conn;

    if (!p0f_engine_find_conn(e, &h->rec.key, &h->conn, now_s, true, &conn))
        return false;
    p0f_engine_confirm_conn(e, &conn, now_s);
    return true;
}

/* True if the record is of longer ago than a connection is kept, or says that
 * it is of the future. */
static bool out_of_time(const p0f_engine_t *e, const p0f_ring_rec_t *rec,
                        p0f_time_t now)
{
    return rec->boot_us > now.boot_us
        || now.boot_us - rec->boot_us
           > (uint64_t)e->config.conn_age_s * 1000000;
}

/* When the worker says it was, unless that can't be used. */
static p0f_time_t record_time(const p0f_engine_t *e,
                              const p0f_ring_rec_t *rec, p0f_time_t now)
{
    uint64_t age = now.boot_us - rec->boot_us;

    if (out_of_time(e, rec, now))
        return now;
    now.boot_us -= age;
    now.wall_us -= (int64_t)age;
    return now;
}

/* True if the first request came so late that an entry of the capture is gone:
 * the capture will have seen the SYN, and it would count twice. */
static bool too_late(const p0f_engine_t *e, const p0f_ring_rec_t *rec,
                     p0f_time_t now)
{
    return rec->boot_us < now.boot_us && out_of_time(e, rec, now)
        && p0f_cache_state(e->config.cache) == P0F_STATE_RUNNING;
}

/* ---- requests --------------------------------------------------------- */

/* Numbers of another database say nothing here. */
static void forget_numbers(p0f_saidhttp_t *said)
{
    said->label = P0F_NO_LABEL;
    said->claim = P0F_NAT_NO_CLAIM;
    said->dishonest = 0;
}

/* Checks RAW, of the length of *OUT: false if it isn't what a worker
 * writes. */
static bool read_request(const uint8_t *raw, uint32_t gen,
                         p0f_ringhttp_t *out)
{
    memcpy(out, raw, sizeof(*out));
    if (out->said.via > 1 || out->said.dishonest > 1 || out->mismatch > 1
        || out->heard > 1
        || (out->said.language && !p0f_lang_name(out->said.language)))
        return false;
    if (out->db_gen != gen)
        forget_numbers(&out->said);
    return true;
}

static p0f_ends_t ends_of(const p0f_ring_rec_t *rec)
{
    return (p0f_ends_t){
        .client = &rec->key.peer, .server = &rec->key.local,
        .client_port = rec->key.peer_port, .server_port = rec->key.local_port,
        .dir = P0F_DIR_REQUEST
    };
}

/* Enters HTTP in WORK, its sender's, whose record is HOST or WORK's copy of it.
 * Where that is news it is in work from here on, for those who are told. */
static void learn_request(p0f_engine_t *e, const p0f_handed_t *h,
                          const p0f_ringhttp_t *http, const p0f_host_t *host,
                          p0f_work_t *work)
{
    p0f_natevent_t events[P0F_NAT_EVENTS];
    p0f_ends_t ends = ends_of(&h->rec);
    unsigned int i, n = 0;
    p0f_nathost_t after;

    if (http->heard) {
        n = p0f_nat_request(e->db, host, &work->priv, &http->said, &after,
                            events);
        if (work->rec || p0f_nat_is_news(host, &after))
            p0f_nat_enter(own(e, work), &after);
    }
    if (n || http->mismatch)
        p0f_engine_turn_to(e, NULL, h->now);
    for (i = 0; i < n; i++) {
        own(e, work);
        p0f_engine_event(e, &ends, &events[i], work);
    }
}

static void tell_mismatch(const p0f_engine_t *e, const p0f_handed_t *h)
{
    p0f_ends_t ends = ends_of(&h->rec);
    p0f_observation_t obs = p0f_engine_about(e, &ends, P0F_OBS_MISMATCH);

    p0f_engine_tell(e, &obs);
}

/* True if HOST, of WORK, isn't of the database in use or not yet marked as H
 * says. */
static bool is_behind(const p0f_engine_t *e, const p0f_handed_t *h,
                      const p0f_host_t *host, const p0f_work_t *work)
{
    return host->db_gen != e->db_gen
        || work->priv.client->db_gen != (uint16_t)e->db_gen
        || (h->rec.kind == P0F_RING_FIRST
            && !(host->rec_flags & P0F_REC_CONFIRMED));
}

/* Enters what a connection's first request said in its sender's history. A
 * host that isn't known gets no record of it: who only says that there was a
 * request takes nobody's place. Most requests say what is known: then the
 * record stays as it is, for workers too, who keep what they made of it. */
static void feed_request(p0f_engine_t *e, const p0f_handed_t *h,
                         const p0f_ringhttp_t *http)
{
    uint32_t now_s = p0f_boot_seconds(h->now);
    p0f_work_t work;
    const p0f_host_t *host = known_host(e, h, now_s, &work);

    if (!host)
        return;
    work.priv = p0f_engine_history(e, work.slot.index);
    if (is_behind(e, h, host, &work)) {
        host = own(e, &work);
        p0f_engine_renew(e, &work);
        if (h->rec.kind == P0F_RING_FIRST)
            work.rec->rec_flags |= P0F_REC_CONFIRMED;
    }
    learn_request(e, h, http, host, &work);
    if (work.rec)
        p0f_hosts_publish(&e->hosts, &work.slot, now_s, work.rec);
    else
        p0f_hosts_use(&e->hosts, &work.slot, now_s, host);
    if (http->mismatch)
        tell_mismatch(e, h);
}

/* ---- connections ------------------------------------------------------ */

/* BAD: what is there isn't the SYN of the connection. KNOWN: its SYN was
 * entered before. UNKNOWN: it wasn't, and isn't there. ENTERED: now, and what
 * came with it. */
typedef enum { BAD, KNOWN, UNKNOWN, ENTERED } found_t;

/* The headers of an IPv4 packet without options, up to those of TCP. */
typedef struct {
    uint8_t ip[12], src[4], dst[4], tcp[20];
} headers_t;

/* True if IP is byte for byte the SYN that REC was made of, of IPv4 and without
 * IP options, as most are: then it needn't be read to know that. */
static bool same_bytes(p0f_bytes_t ip, const p0f_conn_t *rec)
{
    const size_t options = (size_t)(rec->syn.tcp[12] >> 4) * 4 - 20;
    headers_t h;

    return ip.len == sizeof(h) + options && rec->syn.ip[0] == 0x45
        && p0f_bytes_copy(ip, 0, &h, sizeof(h))
        && !(p0f_bytes_differ(h.ip, rec->syn.ip, sizeof(h.ip))
             | p0f_bytes_differ(h.src, rec->peer.b + 12, sizeof(h.src))
             | p0f_bytes_differ(h.dst, rec->local.b + 12, sizeof(h.dst))
             | p0f_bytes_differ(h.tcp, rec->syn.tcp, sizeof(h.tcp))
             | p0f_bytes_differ(ip.data + sizeof(h), rec->syn.opt, options));
}

/* Reads IP into A; false if it isn't the SYN of the connection that H names. */
P0F_APART
static bool read_saved_syn(p0f_engine_t *e, const p0f_handed_t *h,
                           p0f_bytes_t ip, p0f_arrival_t *a)
{
    const p0f_ring_rec_t *rec = &h->rec;
    const p0f_packet_t *p = &a->packet;

    if (p0f_engine_read_packet(e, ip, a) != P0F_DROP_NONE
        || !p0f_engine_is_syn(p)
        || !p0f_addr_equal(&p->src, &rec->key.peer)
        || !p0f_addr_equal(&p->dst, &rec->key.local)
        || p->sport != rec->key.peer_port || p->dport != rec->key.local_port)
        return false;
    a->drop = P0F_DROP_NONE;
    a->sender = h->host;
    return true;
}

/* Looks for the connection, whose SYN is IP. True if what is found began with it:
 * then it is marked, and all is done. */
P0F_APART P0F_WHOLE
static bool confirm_saved_syn(p0f_engine_t *e, const p0f_handed_t *h,
                              p0f_bytes_t ip, uint32_t now_s,
                              p0f_connwork_t *conn)
{
    if (!p0f_engine_find_conn(e, &h->rec.key, &h->conn, now_s, true, conn)
        || !same_bytes(ip, conn->old))
        return false;
    p0f_engine_confirm_conn(e, conn, now_s);
    return true;
}

/* As p0f_engine_keep_conn, which is seldom needed here. */
P0F_APART
static void keep_conn(p0f_engine_t *e, const p0f_print_t *print,
                      const p0f_connwork_t *conn)
{
    p0f_engine_keep_conn(e, print, true, conn);
}

/* Enters the SYN in work and, if HTTP isn't NULL, what the connection's first
 * request said, in one go: its sender's record is found and published once. The
 * connection's is before it, since observers of the request may look for it, and
 * the worker that has this SYN doesn't. */
P0F_APART P0F_WHOLE
static void enter_saved_syn(p0f_engine_t *e, const p0f_handed_t *h,
                            const p0f_connwork_t *conn,
                            const p0f_ringhttp_t *http)
{
    uint32_t now_s = e->now.boot_s;
    p0f_print_t print;
    p0f_work_t work;
    bool placed;

    p0f_engine_print(e, 0, true, &print);
    placed = p0f_engine_enter_syn(e, &print, &work);
    if (conn->kept)
        keep_conn(e, &print, conn);
    p0f_engine_count(e, P0F_CTR_RING_SYNS);
    if (!placed)
        return;
    if (http) {
        learn_request(e, h, http, work.rec, &work);
        now_s = p0f_boot_seconds(h->now);
    }
    p0f_hosts_publish(&e->hosts, &work.slot, now_s, work.rec);
    if (http && http->mismatch)
        tell_mismatch(e, h);
}

/* The same with the SYN at IP, unless it was entered before. */
static found_t feed_saved_syn(p0f_engine_t *e, const p0f_handed_t *h,
                              p0f_bytes_t ip, const p0f_ringhttp_t *http)
{
    const p0f_time_t when = record_time(e, &h->rec, h->now);
    const uint32_t now_s = p0f_boot_seconds(when);
    p0f_arrival_t *a = &e->queue[0];         /* free: all was entered */
    p0f_connwork_t conn = { .kept = false };

    if (h->follow && confirm_saved_syn(e, h, ip, now_s, &conn))
        return KNOWN;
    if (!read_saved_syn(e, h, ip, a))
        return BAD;
    p0f_engine_turn_to(e, a, when);
    if (p0f_engine_known_syn(e, &conn)) {
        p0f_engine_confirm_conn(e, &conn, now_s);
        return KNOWN;
    }
    enter_saved_syn(e, h, &conn, http);
    return ENTERED;
}

/* An accepted connection, by its SYN if there is one in the record behind the
 * first SKIP bytes. HTTP: of its first request, NULL: none. */
static found_t feed_connection(p0f_engine_t *e, const p0f_handed_t *h,
                               size_t skip, const p0f_ringhttp_t *http)
{
    const p0f_bytes_t syn = { h->rec.raw + skip, h->rec.raw_len - skip };

    if (syn.len && !too_late(e, &h->rec, h->now))
        return feed_saved_syn(e, h, syn, http);
    return h->follow && confirm(e, h, p0f_boot_seconds(h->now)) ? KNOWN
                                                                : UNKNOWN;
}

/* A connection alone. */
static bool enter_connection(p0f_engine_t *e, const p0f_handed_t *h,
                             size_t skip)
{
    const found_t found = feed_connection(e, h, skip, NULL);

    if (found == KNOWN)
        confirm_host(e, h, p0f_boot_seconds(h->now));
    return found != BAD;
}

/* A first request, with its connection if that is WITH it. */
P0F_WHOLE
static bool enter_request(p0f_engine_t *e, const p0f_handed_t *h, bool with)
{
    p0f_ringhttp_t http;
    const bool told = read_request(h->rec.raw, e->db_gen, &http);
    found_t found = UNKNOWN;

    if (with)
        found = feed_connection(e, h, sizeof(http), told ? &http : NULL);
    if (told && found != ENTERED)
        feed_request(e, h, &http);
    return told && found != BAD;
}

/* Enters what a record says. */
P0F_APART
static void enter_handed(p0f_engine_t *e, const p0f_handed_t *h)
{
    const size_t said = sizeof(p0f_ringhttp_t), len = h->rec.raw_len;
    bool good = false;

    p0f_engine_take_db(e);
    switch (h->rec.kind) {
    case P0F_RING_CONFIRMED:
        good = enter_connection(e, h, len);
        break;
    case P0F_RING_SYN:
        good = len && enter_connection(e, h, 0);
        break;
    case P0F_RING_HTTP:
        good = len == said && enter_request(e, h, false);
        break;
    case P0F_RING_FIRST:
        good = len >= said && enter_request(e, h, true);
        break;
    }
    if (!good)
        p0f_engine_count(e, P0F_CTR_RING_BAD);
}

static p0f_handed_t *next_handed(p0f_engine_t *e, unsigned int *count)
{
    return &e->handed.queue[(*count)++ % P0F_HANDED];
}

/* The table of connections first: it is the one that is never warm. */
static void fetch_handed(p0f_engine_t *e, p0f_handed_t *h)
{
    if (h->follow)
        p0f_engine_fetch_conn(e, &h->conn);
    p0f_engine_fetch_peer(e, &h->rec.key.peer, &h->host);
}

void p0f_engine_empty_handed(p0f_engine_t *e)
{
    while (e->handed.fetched != e->handed.arrived)
        fetch_handed(e, next_handed(e, &e->handed.fetched));
    while (e->handed.entered != e->handed.arrived)
        enter_handed(e, next_handed(e, &e->handed.entered));
}

/* True if a connection handed over at NOW is to be looked for in the table of
 * connections, and kept there. Where the ring is the only source it would not
 * be there, nor would anybody ask for it, but an observer. At first, though, the
 * capture of an engine before this one may have seen the SYN: its entries last
 * for the age of a connection, reckoned from the accept, and of that a record
 * tells as much later at most. */
static bool follows(p0f_engine_t *e, p0f_time_t now)
{
    const uint32_t now_s = p0f_boot_seconds(now);

    if (!e->config.ring_only || e->observer_count)
        return true;
    if (e->handed.follow_until_s == UINT32_MAX)
        e->handed.follow_until_s = now_s + 2 * e->config.conn_age_s;
    return now_s <= e->handed.follow_until_s;
}

/* As p0f_engine_look_up, which is seldom needed here: the frame is. */
P0F_APART P0F_WHOLE
static void look_up_conn(p0f_engine_t *e, p0f_handed_t *h)
{
    p0f_engine_look_up(e, &h->rec.key, &h->host, &h->conn);
}

static void look_up_record(p0f_engine_t *e, p0f_handed_t *h)
{
    const p0f_connkey_t *key = &h->rec.key;
    const bool near = p0f_engine_recall_host(e, &key->peer, &h->host);

    if (h->follow && !p0f_engine_recall_conn(e, key, &h->conn))
        look_up_conn(e, h);
    else if (!near)
        h->host.probe = p0f_table_probe(&e->hosts.table,
                                        p0f_hosts_hash(&e->hosts,
                                                       &key->peer));
}

/* Copies REC into its queue and asks for where it may be. */
static void read_record(p0f_engine_t *e, const p0f_ring_rec_t *rec,
                        p0f_time_t now)
{
    p0f_handed_t *h = next_handed(e, &e->handed.arrived);

    if (e->entered != e->arrived)
        p0f_engine_empty(e);
    h->rec = *rec;
    h->now = now;
    h->follow = follows(e, now);
    look_up_record(e, h);
}

P0F_WHOLE
void p0f_engine_feed_ring(p0f_engine_t *engine, const p0f_ring_rec_t *rec,
                          p0f_time_t now)
{
    if (engine->flows)
        return;
    read_record(engine, rec, now);
    if (engine->handed.arrived - engine->handed.fetched
        > P0F_HANDED_FETCH_BEHIND)
        fetch_handed(engine, next_handed(engine, &engine->handed.fetched));
    if (engine->handed.arrived - engine->handed.entered
        > P0F_HANDED_ENTER_BEHIND)
        enter_handed(engine, next_handed(engine, &engine->handed.entered));
}
