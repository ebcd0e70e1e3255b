/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.c - the wiring from frames to tables and observers.
 *
 * Reading order: p0f_engine_feed_ahead -> read_frame, and some frames later
 * enter -> syn_only (the module) or p0f_conversation_read (tools) ->
 * p0f_engine_print -> p0f_engine_learn.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"
#include "lang.h"
#include "segment.h"

enum { PROBE_WINDOW = 1337, PROBE_MSS = 1331 };

/* A mapping costs nothing until a host is seen; the allocator would clear
 * all of it each time it gives the same memory again. */
static void map_history(p0f_engine_t *e)
{
    size_t slots = p0f_cache_host_slots(e->config.cache);
    p0f_segment_t memory;

    if (p0f_segment_create(&memory, 1 + slots * (sizeof(*e->history.clients)
                                                 + sizeof(*e->history.servers)),
                           e->config.conversations ? P0F_SEGMENT_QUICK
                                                   : P0F_SEGMENT_PRIVATE,
                           NULL) != P0F_OK)
        return;
    e->history.clients = memory.rw;
    e->history.servers = (p0f_natserver_t *)(e->history.clients + slots);
    e->history.size = memory.size;
}

p0f_status_t p0f_engine_create(p0f_engine_t **out,
                               const p0f_engine_config_t *config,
                               p0f_error_t *err)
{
    p0f_engine_t *e = calloc(1, sizeof(*e));
    p0f_status_t status = e ? P0F_OK : P0F_ENOMEM;

    *out = NULL;
    if (e) {
        e->config = *config;
        e->last_expiry_s = INT64_MIN;
        map_history(e);
        e->memo = p0f_memo_create(config->strict);
        e->shapes = p0f_shapes_create();
        if (!p0f_hosts_open(&e->hosts, config->cache)
            || !p0f_conns_open(&e->conns, config->cache))
            status = P0F_ELAYOUT;
        else if (!e->history.clients || !e->memo || !e->shapes)
            status = P0F_ENOMEM;
        else if (config->conversations)
            status = p0f_conversation_open(e);
        e->hosts.alone = config->alone;
    }
    if (status != P0F_OK) {
        p0f_engine_destroy(e);
        return p0f_status_fail(err, status, "no memory for the engine");
    }
    *out = e;
    return P0F_OK;
}

void p0f_engine_destroy(p0f_engine_t *engine)
{
    if (!engine)
        return;
    p0f_conversation_close(engine);
    p0f_memo_destroy(engine->memo);
    p0f_shapes_destroy(engine->shapes);
    p0f_segment_unmap(engine->history.clients, engine->history.size);
    free(engine);
}

bool p0f_engine_observe(p0f_engine_t *engine, p0f_observe_fn *fn, void *ctx)
{
    if (engine->observer_count == P0F_MAX_OBSERVERS)
        return false;
    engine->observers[engine->observer_count].fn = fn;
    engine->observers[engine->observer_count].ctx = ctx;
    engine->observer_count++;
    return true;
}

void p0f_engine_count(const p0f_engine_t *e, unsigned int counter)
{
    p0f_cache_add(e->config.cache, counter, 1);
}

/* ---- telling observers ------------------------------------------------ */

p0f_observation_t p0f_engine_about(const p0f_engine_t *e,
                                   const p0f_ends_t *ends,
                                   p0f_obs_kind_t kind)
{
    p0f_observation_t obs = {
        .kind = kind,
        .wall_us = e->time.wall_us,
        .client = ends->client,
        .server = ends->server,
        .client_port = ends->client_port,
        .server_port = ends->server_port,
        .about_server = ends->dir == P0F_DIR_RESPONSE,
        .strict = e->config.strict,
        .packet = e->packet
    };

    return obs;
}

void p0f_engine_tell(const p0f_engine_t *e, const p0f_observation_t *obs)
{
    unsigned int i;

    for (i = 0; i < e->observer_count; i++)
        e->observers[i].fn(e->observers[i].ctx, obs);
}

void p0f_engine_event(const p0f_engine_t *e, const p0f_ends_t *ends,
                      const p0f_natevent_t *event, p0f_work_t *work)
{
    uint32_t now_s = e->now.wall_s;
    p0f_observation_t obs;

    if (event->verdict == P0F_NAT_SILENT)
        return;
    if (event->verdict == P0F_NAT_SHARING)
        work->rec->last_nat = now_s;
    else
        work->rec->last_chg = now_s;
    obs = p0f_engine_about(e, ends, event->verdict == P0F_NAT_SHARING
                                    ? P0F_OBS_SHARING : P0F_OBS_CHANGE);
    obs.event = event;
    p0f_engine_tell(e, &obs);
}

/* ---- what a SYN says -------------------------------------------------- */

void p0f_engine_print(p0f_engine_t *e, uint16_t peer_mss, bool confirmed,
                      p0f_print_t *print)
{
    const p0f_packet_t *packet = e->packet;
    bool synack = packet->flags & P0F_TCP_ACK;
    const p0f_kind_t *kind;

    print->seen.db_gen = e->db_gen;
    kind = p0f_memo_recognise(e->memo, e->db, e->db_gen, packet,
                              e->arrival->shape, peer_mss);
    print->kind = kind;
    print->seen.packet = packet;
    print->seen.sig = &kind->sig;
    print->seen.match = &kind->match;
    print->seen.link = kind->link;
    print->seen.flags = kind->flags;
    print->seen.distance = kind->distance;
    print->seen.confirmed = confirmed;
    print->seen.probe = !synack && packet->window == PROBE_WINDOW
        && packet->opt.mss == PROBE_MSS;
    print->seen.time = e->time;
    if (synack)
        return;
    p0f_engine_count(e, P0F_CTR_SYNS);
    if (kind->match.label != P0F_NO_LABEL)
        p0f_engine_count(e, P0F_CTR_MATCHED);
}

void p0f_engine_renew(const p0f_engine_t *e, p0f_work_t *work)
{
    uint32_t gen = e->db_gen;

    if (!work->slot.found || work->priv.client->db_gen != (uint16_t)gen)
        p0f_nat_reset(&work->priv, gen);
    if (!work->slot.found)
        work->rec->db_gen = gen;
    else if (work->rec->db_gen != gen)
        p0f_host_rename(work->rec, e->db, gen, e->config.strict);
}

static void tell_link(const p0f_engine_t *e, const p0f_ends_t *ends,
                      const p0f_print_t *print)
{
    p0f_observation_t obs;

    if (!print->kind->mtu || !e->observer_count)
        return;
    obs = p0f_engine_about(e, ends, P0F_OBS_MTU);
    obs.db = e->db;
    obs.stamp = print->kind->stamp;
    obs.mtu = print->kind->mtu;
    obs.link = print->seen.link;
    p0f_engine_tell(e, &obs);
}

static p0f_obs_kind_t kind_of(p0f_dir_t dir, bool probe)
{
    if (dir == P0F_DIR_REQUEST)
        return probe ? P0F_OBS_PROBE : P0F_OBS_SYN;
    return probe ? P0F_OBS_PROBE_ANSWER : P0F_OBS_SYNACK;
}

static void tell_print(const p0f_engine_t *e, const p0f_ends_t *ends,
                       const p0f_print_t *print)
{
    p0f_observation_t obs;

    if (!e->observer_count)
        return;
    obs = p0f_engine_about(e, ends, kind_of(ends->dir, print->seen.probe));
    obs.db = e->db;
    obs.sig = &print->kind->sig;
    obs.match = &print->kind->match;
    obs.stamp = print->kind->stamp;
    p0f_engine_tell(e, &obs);
}

bool p0f_engine_learn(p0f_engine_t *e, const p0f_ends_t *ends,
                      const p0f_print_t *print, p0f_work_t *work)
{
    const p0f_match_t *match = &print->kind->match;
    bool probe = print->seen.probe, app = match->app;
    p0f_natevent_t event = { .verdict = P0F_NAT_SILENT };

    tell_print(e, ends, print);
    if (app) {
        p0f_nat_tool(e->db, work->rec, &work->priv, ends->dir,
                     match->label, &event);
    }
    else if (!probe) {
        work->ref = print->kind->ref;
        work->ref.recv_ms = e->now.boot_ms;
        work->ref.ts1 = e->packet->opt.ts1;
        p0f_nat_tcp(e->db, work->rec, &work->priv, ends->dir, &work->ref,
                    ends->client_port, e->config.strict, &event);
    }
    if (event.verdict != P0F_NAT_SILENT)
        p0f_engine_event(e, ends, &event, work);
    p0f_host_learn(work->rec, &print->seen);
    if (app || probe)
        return false;
    tell_link(e, ends, print);
    return true;
}

/* ---- where a packet belongs ------------------------------------------- */

static bool is_syn(const p0f_packet_t *p)
{
    return (p->flags & (P0F_TCP_SYN | P0F_TCP_ACK)) == P0F_TCP_SYN;
}

/* The hash of ADDR for hosts and flows. */
static uint64_t known_hash(const p0f_engine_t *e, const p0f_addr_t *addr)
{
    return p0f_addr_equal(addr, &e->target.addr)
        ? e->target.hash : p0f_hosts_hash(&e->hosts, addr);
}

/* Where the hosts of a packet may be. */
static void look_up(p0f_engine_t *e, p0f_arrival_t *a)
{
    const p0f_packet_t *p = &a->packet;

    if (a->drop != P0F_DROP_NONE)
        return;
    if (!is_syn(p)) {
        a->hash.src = known_hash(e, &p->src);
        a->hash.dst = known_hash(e, &p->dst);
        return;
    }
    if (!p0f_addr_equal(&p->dst, &e->target.addr)) {
        e->target.addr = p->dst;
        e->target.hash = p0f_hosts_hash(&e->hosts, &p->dst);
    }
    a->hash.dst = e->target.hash;
    a->hash.src = p0f_hosts_hash(&e->hosts, &p->src);
    a->sender.probe = p0f_table_probe(&e->hosts.table, a->hash.src);
}

/* ---- module: SYN only ------------------------------------------------- */

static uint32_t initial_seq(const p0f_conn_t *rec)
{
    p0f_bytes_t tcp = { rec->syn.tcp, sizeof(rec->syn.tcp) };
    uint32_t seq;

    p0f_bytes_be32(tcp, 4, &seq);
    return seq;
}

/* The sender of the SYN in work, to be worked on. False: there is no place for
 * it. */
static bool claim_sender(p0f_engine_t *e, bool confirmed, p0f_work_t *work)
{
    work->rec = p0f_hosts_claim(&e->hosts, &e->packet->src,
                                &e->arrival->sender, e->now.boot_s, confirmed,
                                &work->slot, &work->room);
    if (!work->rec)
        return false;
    work->priv = p0f_engine_history(e, work->slot.index);
    return true;
}

/* Enters a SYN in its sender's history. */
P0F_WHOLE
static void learn_client(p0f_engine_t *e, const p0f_print_t *print)
{
    const p0f_packet_t *p = e->packet;
    uint32_t now_s = e->now.boot_s;
    p0f_ends_t ends = {
        .client = &p->src, .server = &p->dst, .client_port = p->sport,
        .server_port = p->dport, .dir = P0F_DIR_REQUEST
    };
    p0f_uptime_t uptime = { 0 };
    p0f_observation_t obs;
    p0f_work_t work;

    if (!claim_sender(e, print->seen.confirmed, &work)) {
        p0f_engine_count(e, P0F_CTR_DROP_FIRST + P0F_DROP_TABLE_FULL);
        return;
    }
    p0f_engine_renew(e, &work);
    p0f_host_touch(work.rec, e->now.wall_s);
    if (p0f_engine_learn(e, &ends, print, &work)) {
        work.priv.client->side.ref = work.ref;
        if (p0f_host_uptime(work.rec, &print->seen, &uptime)) {
            obs = p0f_engine_about(e, &ends, P0F_OBS_UPTIME);
            obs.uptime = &uptime;
            p0f_engine_tell(e, &obs);
        }
    }
    p0f_hosts_publish(&e->hosts, &work.slot, now_s, work.rec);
}

/* Marks the entry of an accepted connection, so that SYNs that nobody
 * answered never displace it. */
static void confirm_conn(p0f_engine_t *e, const p0f_slot_t *slot,
                         p0f_conn_t *conn, uint32_t now_s)
{
    p0f_engine_count(e, P0F_CTR_CONFIRMED);
    if (conn->rec_flags & P0F_REC_CONFIRMED)
        return;
    conn->rec_flags |= P0F_REC_CONFIRMED;
    p0f_conns_publish(&e->conns, slot, now_s, conn);
}

/* The record of ADDR, if it is known, to be changed and published. */
static bool known_host(p0f_engine_t *e, const p0f_addr_t *addr,
                       uint32_t now_s, p0f_work_t *work)
{
    const p0f_guess_t guess = {
        p0f_table_probe(&e->hosts.table, p0f_hosts_hash(&e->hosts, addr)),
        P0F_TABLE_NONE
    };

    work->rec = p0f_hosts_find(&e->hosts, addr, &guess, now_s, &work->slot,
                               &work->room);
    return work->rec != NULL;
}

/* The same for the history of its sender. */
static void confirm_host(p0f_engine_t *e, const p0f_addr_t *addr,
                         uint32_t now_s)
{
    p0f_work_t work;

    if (!known_host(e, addr, now_s, &work)
        || work.rec->rec_flags & P0F_REC_CONFIRMED)
        return;
    work.rec->rec_flags |= P0F_REC_CONFIRMED;
    p0f_hosts_publish(&e->hosts, &work.slot, now_s, work.rec);
}

/* The packet in work is a SYN. One that the connection table holds already
 * (sent again, seen on two interfaces, or known from the other source) is
 * not counted a second time. SAVED: the kernel kept it, so httpd has accepted
 * the connection. */
static p0f_drop_t syn_only(p0f_engine_t *e, bool saved)
{
    const p0f_packet_t *p = e->packet;
    p0f_connkey_t key = {
        .peer = p->src, .local = p->dst,
        .peer_port = p->sport, .local_port = p->dport
    };
    uint32_t now_s = e->now.boot_s;
    p0f_slot_t slot;
    p0f_conn_t rec;
    p0f_print_t print;
    bool kept;

    kept = p0f_conns_claim(&e->conns, &key, now_s, saved, &slot, &rec);
    if (kept && slot.found && initial_seq(&rec) == p->seq) {
        if (saved)
            confirm_conn(e, &slot, &rec, now_s);
        return P0F_DROP_DUPLICATE;
    }
    if (saved)                   /* mostly the capture has it, and then this
                                    isn't needed */
        look_up(e, &e->queue[0]);
    p0f_engine_print(e, 0, saved, &print);
    /* The host first: a worker that finds the connection finds its host's
     * history up to date. */
    learn_client(e, &print);
    if (kept) {
        p0f_host_fill_conn(&rec, &print.seen);
        if (saved)
            rec.rec_flags |= P0F_REC_FROM_SAVED;
        p0f_conns_publish(&e->conns, &slot, now_s, &rec);
    }
    if (saved)
        p0f_engine_count(e, P0F_CTR_RING_SYNS);
    return P0F_DROP_NONE;
}

/* ---- entry ------------------------------------------------------------ */

/* Reads the packet IP into A. */
static p0f_drop_t read_packet(p0f_engine_t *e, p0f_bytes_t ip,
                              p0f_arrival_t *a)
{
    p0f_drop_t drop;

    a->shape = p0f_shapes_read(e->shapes, ip, &a->packet);
    if (a->shape)
        return P0F_DROP_NONE;
    drop = p0f_packet_parse(ip, e->config.strict, &a->packet);
    if (drop == P0F_DROP_NONE && is_syn(&a->packet))
        p0f_shapes_learn(e->shapes, ip, &a->packet);
    return drop;
}

/* Reads FRAME into the queue. */
static p0f_arrival_t *read_frame(p0f_engine_t *e, p0f_link_t *link,
                                 p0f_bytes_t frame, p0f_time_t time)
{
    p0f_arrival_t *a = &e->queue[e->arrived++ % P0F_QUEUE];
    p0f_bytes_t ip;

    a->time = time;
    a->sender.index = P0F_TABLE_NONE;
    a->drop = p0f_link_strip(link, frame, &ip);
    if (a->drop == P0F_DROP_NONE)
        a->drop = read_packet(e, ip, a);
    if (a->drop == P0F_DROP_NONE && !e->flows && !is_syn(&a->packet))
        a->drop = P0F_DROP_NOT_SYN;
    return a;
}

/* ARRIVAL is in work from now on, or a request if it is NULL. */
static void begin(p0f_engine_t *e, const p0f_arrival_t *arrival,
                  p0f_time_t time)
{
    e->arrival = arrival;
    e->packet = arrival ? &arrival->packet : NULL;
    e->time = time;
    e->now.boot_ms = time.boot_us / 1000;
    e->now.boot_s = p0f_boot_seconds(time);
    e->now.wall64_s = time.wall_us / 1000000;
    e->now.wall_s = (uint32_t)e->now.wall64_s;
    if (!e->db || p0f_cache_db_gen(e->config.cache) != e->db_gen)
        e->db = p0f_cache_db(e->config.cache, &e->db_gen);
}

/* Enters a frame in the tables and tells what it says. */
static void enter(p0f_engine_t *e, const p0f_arrival_t *a)
{
    p0f_drop_t drop = a->drop;

    begin(e, a, a->time);
    p0f_engine_count(e, P0F_CTR_FRAMES);
    if (e->flows)
        p0f_conversation_expire(e);
    if (drop == P0F_DROP_NONE && e->flows)
        p0f_conversation_read(e);
    else if (drop == P0F_DROP_NONE)
        drop = syn_only(e, false);
    if (drop != P0F_DROP_NONE)
        p0f_engine_count(e, P0F_CTR_DROP_FIRST + drop);
}

/* What is kept of the sender, if it is known. */
static void fetch_sender(p0f_engine_t *e, p0f_arrival_t *a)
{
    uint32_t n;

    if (a->drop != P0F_DROP_NONE || !is_syn(&a->packet))
        return;
    n = p0f_hosts_guess(&e->hosts, &a->sender.probe);
    a->sender.index = n;
    if (n == P0F_TABLE_NONE)
        return;
    __builtin_prefetch(&e->history.clients[n], 1);
    if (e->lru)
        p0f_lru_fetch(e->lru, n);
}

static inline p0f_arrival_t *next_of(p0f_engine_t *e, unsigned int *count)
{
    return &e->queue[(*count)++ % P0F_QUEUE];
}

/* Takes all frames on to the end. */
static void empty(p0f_engine_t *e)
{
    while (e->looked != e->arrived)
        look_up(e, next_of(e, &e->looked));
    while (e->fetched != e->arrived)
        fetch_sender(e, next_of(e, &e->fetched));
    while (e->entered != e->arrived)
        enter(e, next_of(e, &e->entered));
}

/* After one frame more each step has one to do, if any. */
void p0f_engine_feed_ahead(p0f_engine_t *engine, p0f_link_t *link,
                           p0f_bytes_t frame, p0f_time_t time)
{
    const p0f_arrival_t *a = read_frame(engine, link, frame, time);

    if (a->drop == P0F_DROP_NONE && a->packet.payload.len) {
        empty(engine);               /* FRAME's bytes: now or never */
        return;
    }
    if (engine->arrived - engine->looked > P0F_LOOK_BEHIND)
        look_up(engine, next_of(engine, &engine->looked));
    if (engine->arrived - engine->fetched > P0F_FETCH_BEHIND)
        fetch_sender(engine, next_of(engine, &engine->fetched));
    if (engine->arrived - engine->entered > P0F_ENTER_BEHIND)
        enter(engine, next_of(engine, &engine->entered));
}

void p0f_engine_feed(p0f_engine_t *engine, p0f_link_t *link,
                     p0f_bytes_t frame, p0f_time_t time)
{
    read_frame(engine, link, frame, time);
    empty(engine);
}

void p0f_engine_settle(p0f_engine_t *engine)
{
    empty(engine);
    if (engine->flows)
        p0f_conversation_settle(engine);
}

/* ---- what workers hand over ------------------------------------------- */

/* An accepted connection whose SYN is known already; false if it isn't. */
static bool confirm(p0f_engine_t *e, const p0f_ring_rec_t *rec,
                    uint32_t now_s)
{
    p0f_connkey_t key = {
        .peer = rec->peer, .local = rec->local,
        .peer_port = rec->peer_port, .local_port = rec->local_port
    };
    p0f_slot_t slot;
    p0f_conn_t conn;

    if (!p0f_conns_claim(&e->conns, &key, now_s, true, &slot, &conn)
        || !slot.found)
        return false;
    confirm_conn(e, &slot, &conn, now_s);
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

typedef enum { BAD, KNOWN, ENTERED } found_t;

/* IP must be the SYN of the connection that the record names, else BAD. KNOWN:
 * it was entered before. */
static found_t feed_saved_syn(p0f_engine_t *e, const p0f_ring_rec_t *rec,
                              p0f_bytes_t ip, p0f_time_t now)
{
    p0f_arrival_t *a = &e->queue[0];         /* free: all was entered */
    p0f_packet_t *p = &a->packet;

    if (read_packet(e, ip, a) != P0F_DROP_NONE || !is_syn(p)
        || !p0f_addr_equal(&p->src, &rec->peer)
        || !p0f_addr_equal(&p->dst, &rec->local)
        || p->sport != rec->peer_port || p->dport != rec->local_port)
        return BAD;
    a->drop = P0F_DROP_NONE;
    a->sender.index = P0F_TABLE_NONE;
    begin(e, a, record_time(e, rec, now));
    return syn_only(e, true) == P0F_DROP_DUPLICATE ? KNOWN : ENTERED;
}

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

/* Enters what a connection's first request said in its sender's history. A
 * host that isn't known gets no record of it: who only says that there was a
 * request takes nobody's place. */
static bool feed_request(p0f_engine_t *e, const p0f_ring_rec_t *rec,
                         p0f_time_t now)
{
    uint32_t now_s = p0f_boot_seconds(now);
    p0f_ends_t ends = {
        .client = &rec->peer, .server = &rec->local,
        .client_port = rec->peer_port, .server_port = rec->local_port,
        .dir = P0F_DIR_REQUEST
    };
    p0f_natevent_t events[P0F_NAT_EVENTS];
    p0f_ringhttp_t http;
    p0f_observation_t obs;
    p0f_work_t work;
    unsigned int i, n = 0;

    begin(e, NULL, now);
    if (!read_request(rec->raw, e->db_gen, &http))
        return false;
    if (!known_host(e, &rec->peer, now_s, &work))
        return true;
    work.priv = p0f_engine_history(e, work.slot.index);
    p0f_engine_renew(e, &work);
    if (http.heard)
        n = p0f_nat_request(e->db, work.rec, &work.priv, &http.said, events);
    for (i = 0; i < n; i++)
        p0f_engine_event(e, &ends, &events[i], &work);
    if (rec->kind == P0F_RING_FIRST)
        work.rec->rec_flags |= P0F_REC_CONFIRMED;
    p0f_hosts_publish(&e->hosts, &work.slot, now_s, work.rec);
    if (http.mismatch) {
        obs = p0f_engine_about(e, &ends, P0F_OBS_MISMATCH);
        p0f_engine_tell(e, &obs);
    }
    return true;
}

/* An accepted connection, by its SYN if there is one in the record behind the
 * first SKIP bytes. HOST: its host is confirmed, too. */
static bool feed_connection(p0f_engine_t *e, const p0f_ring_rec_t *rec,
                            size_t skip, bool host, p0f_time_t now)
{
    const p0f_bytes_t syn = { rec->raw + skip, rec->raw_len - skip };
    const uint32_t now_s = p0f_boot_seconds(now);
    bool known;

    if (syn.len && !too_late(e, rec, now)) {
        found_t found = feed_saved_syn(e, rec, syn, now);

        if (found == BAD)
            return false;
        known = found == KNOWN;
    }
    else
        known = confirm(e, rec, now_s);
    if (known && host)
        confirm_host(e, &rec->peer, now_s);
    return true;
}

void p0f_engine_feed_ring(p0f_engine_t *engine, const p0f_ring_rec_t *rec,
                          p0f_time_t now)
{
    const size_t said = sizeof(p0f_ringhttp_t);
    bool good = false;

    if (engine->flows)
        return;
    empty(engine);
    switch (rec->kind) {
    case P0F_RING_CONFIRMED:
        good = feed_connection(engine, rec, rec->raw_len, true, now);
        break;
    case P0F_RING_SYN:
        good = rec->raw_len && feed_connection(engine, rec, 0, true, now);
        break;
    case P0F_RING_HTTP:
        good = rec->raw_len == said && feed_request(engine, rec, now);
        break;
    case P0F_RING_FIRST:
        good = rec->raw_len >= said
            && feed_connection(engine, rec, said, false, now);
        good = rec->raw_len >= said && feed_request(engine, rec, now) && good;
        break;
    }
    if (!good)
        p0f_engine_count(engine, P0F_CTR_RING_BAD);
}
