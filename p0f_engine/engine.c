/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.c - the wiring from frames to tables and observers.
 *
 * Reading order: p0f_engine_feed_ahead -> read_frame, and some frames later
 * enter -> read_captured (the module) or p0f_conversation_read (tools) ->
 * p0f_engine_print -> p0f_engine_learn.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"
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
        if (p0f_cache_counter(config->cache, P0F_CTR_FRAMES))
            e->handed.follow_until_s = UINT32_MAX;
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

/* ---- what is remembered (engine_int.h) --------------------------------- */

/* The highest bits: each of N tells in them. */
static size_t near_place(uint64_t n)
{
    return n * P0F_HASH_FACTOR >> (64 - P0F_NEAR_BITS);
}

static p0f_nearhost_t *near_host(p0f_engine_t *e, const p0f_addr_t *addr)
{
    const uint64_t n = p0f_hash_word(addr->b) ^ p0f_hash_word(addr->b + 8);

    return &e->near.hosts[near_place(n)];
}

static p0f_nearconn_t *near_conn(p0f_engine_t *e, const p0f_connkey_t *key)
{
    const uint64_t n = p0f_hash_word(key->peer.b + 8)
                     ^ ((uint64_t)key->peer_port << 16 | key->local_port);

    return &e->near.conns[near_place(n)];
}

bool p0f_engine_recall_host(p0f_engine_t *e, const p0f_addr_t *addr,
                            p0f_guess_t *guess)
{
    const p0f_nearhost_t *near = near_host(e, addr);

    guess->index = P0F_TABLE_NONE;
    if (near->guess.probe.tag && p0f_addr_equal(&near->addr, addr))
        *guess = near->guess;
    return guess->index != P0F_TABLE_NONE;
}

bool p0f_engine_recall_conn(p0f_engine_t *e, const p0f_connkey_t *key,
                            p0f_guess_t *guess)
{
    const p0f_nearconn_t *near = near_conn(e, key);

    guess->index = P0F_TABLE_NONE;
    if (near->guess.probe.tag && p0f_addr_equal(&near->key.peer, &key->peer)
        && p0f_addr_equal(&near->key.local, &key->local)
        && near->key.peer_port == key->peer_port
        && near->key.local_port == key->local_port)
        *guess = near->guess;
    return guess->index != P0F_TABLE_NONE;
}

/* ---- where a packet belongs ------------------------------------------- */

/* Conversations: the hash of ADDR for hosts and flows. */
static uint64_t known_hash(const p0f_engine_t *e, const p0f_addr_t *addr)
{
    return p0f_addr_equal(addr, &e->target.addr)
        ? e->target.hash : p0f_hosts_hash(&e->hosts, addr);
}

/* The connection that a SYN begins. */
static p0f_connkey_t key_of(const p0f_packet_t *syn)
{
    return (p0f_connkey_t){
        .peer = syn->src, .local = syn->dst,
        .peer_port = syn->sport, .local_port = syn->dport
    };
}

void p0f_engine_look_up(p0f_engine_t *e, const p0f_connkey_t *key,
                        p0f_guess_t *peer, p0f_guess_t *conn)
{
    const p0f_hash_state_t behind = p0f_hash_addr(&e->config.cache->secret,
                                                  &key->peer);

    if (!p0f_engine_recall_host(e, &key->peer, peer))
        peer->probe = p0f_table_probe(&e->hosts.table, p0f_hash_end(behind));
    conn->probe = p0f_table_probe(&e->conns.table, p0f_hash_conn(behind, key));
}

/* Conversations: the hash of a SYN's target, mostly that of the last one. */
static uint64_t target_hash(p0f_engine_t *e, const p0f_addr_t *addr)
{
    if (!p0f_addr_equal(addr, &e->target.addr)) {
        e->target.addr = *addr;
        e->target.hash = p0f_hosts_hash(&e->hosts, addr);
    }
    return e->target.hash;
}

/* Where the module's connection may be that a SYN begins, and its sender. */
P0F_APART P0F_WHOLE
static void look_up_syn(p0f_engine_t *e, p0f_arrival_t *a)
{
    const p0f_connkey_t key = key_of(&a->packet);

    p0f_engine_look_up(e, &key, &a->sender, &a->conn);
}

/* Where the hosts of a conversation's packet may be. */
static void look_up_ends(p0f_engine_t *e, p0f_arrival_t *a)
{
    const p0f_packet_t *p = &a->packet;

    if (!p0f_engine_is_syn(p)) {
        a->hash.src = known_hash(e, &p->src);
        a->hash.dst = known_hash(e, &p->dst);
        return;
    }
    a->hash.dst = target_hash(e, &p->dst);
    a->hash.src = p0f_hosts_hash(&e->hosts, &p->src);
    a->sender.probe = p0f_table_probe(&e->hosts.table, a->hash.src);
}

static inline void look_up(p0f_engine_t *e, p0f_arrival_t *a)
{
    if (a->drop != P0F_DROP_NONE)
        return;
    if (e->flows)
        look_up_ends(e, a);
    else
        look_up_syn(e, a);
}

/* ---- module: SYN only ------------------------------------------------- */

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

bool p0f_engine_enter_syn(p0f_engine_t *e, const p0f_print_t *print,
                          p0f_work_t *work)
{
    const p0f_packet_t *p = e->packet;
    p0f_ends_t ends = {
        .client = &p->src, .server = &p->dst, .client_port = p->sport,
        .server_port = p->dport, .dir = P0F_DIR_REQUEST
    };
    p0f_uptime_t uptime = { 0 };
    p0f_observation_t obs;

    if (!claim_sender(e, print->seen.confirmed, work)) {
        p0f_engine_count(e, P0F_CTR_DROP_FIRST + P0F_DROP_TABLE_FULL);
        return false;
    }
    p0f_engine_renew(e, work);
    p0f_host_touch(work->rec, e->now.wall_s);
    if (p0f_engine_learn(e, &ends, print, work)) {
        work->priv.client->side.ref = work->ref;
        if (p0f_host_uptime(work->rec, &print->seen, &uptime)) {
            obs = p0f_engine_about(e, &ends, P0F_OBS_UPTIME);
            obs.uptime = &uptime;
            p0f_engine_tell(e, &obs);
        }
    }
    return true;
}

void p0f_engine_confirm_conn(p0f_engine_t *e, const p0f_connwork_t *conn,
                             uint32_t now_s)
{
    p0f_engine_count(e, P0F_CTR_CONFIRMED);
    if (!(conn->old->rec_flags & P0F_REC_CONFIRMED))
        p0f_conns_confirm(&e->conns, &conn->slot, now_s, conn->old);
}

bool p0f_engine_find_conn(p0f_engine_t *e, const p0f_connkey_t *key,
                          const p0f_guess_t *guess, uint32_t now_s, bool saved,
                          p0f_connwork_t *conn)
{
    conn->kept = p0f_conns_claim(&e->conns, key, guess, now_s, saved,
                                 &conn->slot, &conn->old);
    return conn->old != NULL;
}

bool p0f_engine_known_syn(const p0f_engine_t *e, const p0f_connwork_t *conn)
{
    return conn->old && p0f_conn_seq(conn->old) == e->packet->seq;
}

void p0f_engine_keep_conn(p0f_engine_t *e, const p0f_print_t *print,
                          bool saved, const p0f_connwork_t *conn)
{
    p0f_conn_t rec;

    if (!conn->kept)
        return;
    p0f_host_fill_conn(&rec, &print->seen);
    if (saved)
        rec.rec_flags |= P0F_REC_FROM_SAVED;
    p0f_conns_publish(&e->conns, &conn->slot, e->now.boot_s, &rec);
}

/* ---- entry ------------------------------------------------------------ */

p0f_drop_t p0f_engine_read_packet(p0f_engine_t *e, p0f_bytes_t ip,
                                  p0f_arrival_t *a)
{
    p0f_drop_t drop;

    a->shape = p0f_shapes_read(e->shapes, ip, &a->packet);
    if (a->shape)
        return P0F_DROP_NONE;
    drop = p0f_packet_parse(ip, e->config.strict, &a->packet);
    if (drop == P0F_DROP_NONE && p0f_engine_is_syn(&a->packet))
        p0f_shapes_learn(e->shapes, ip, &a->packet);
    return drop;
}

/* True for a SYN that a filter for very many addresses let pass, and that is
 * for none of them. */
static inline bool is_foreign(const p0f_engine_t *e, const p0f_packet_t *syn)
{
    return e->config.target_count
        && !p0f_syntargets_hold(e->config.targets, e->config.target_count,
                                &syn->dst, syn->dport);
}

/* Reads FRAME into the queue. */
static p0f_arrival_t *read_frame(p0f_engine_t *e, p0f_link_t *link,
                                 p0f_bytes_t frame, p0f_time_t time)
{
    p0f_arrival_t *a = &e->queue[e->arrived++ % P0F_QUEUE];
    p0f_bytes_t ip;

    if (e->handed.entered != e->handed.arrived)
        p0f_engine_empty_handed(e);
    a->time = time;
    a->sender.index = P0F_TABLE_NONE;
    a->conn.index = P0F_TABLE_NONE;
    a->drop = p0f_link_strip(link, frame, &ip);
    if (a->drop == P0F_DROP_NONE)
        a->drop = p0f_engine_read_packet(e, ip, a);
    if (a->drop == P0F_DROP_NONE && !e->flows
        && (!p0f_engine_is_syn(&a->packet) || is_foreign(e, &a->packet)))
        a->drop = P0F_DROP_NOT_SYN;
    return a;
}

void p0f_engine_take_db(p0f_engine_t *e)
{
    if (!e->db || p0f_cache_db_gen(e->config.cache) != e->db_gen)
        e->db = p0f_cache_db(e->config.cache, &e->db_gen);
}

void p0f_engine_turn_to(p0f_engine_t *e, const p0f_arrival_t *arrival,
                        p0f_time_t time)
{
    e->arrival = arrival;
    e->packet = arrival ? &arrival->packet : NULL;
    e->time = time;
    e->now.boot_ms = time.boot_us / 1000;
    e->now.boot_s = p0f_boot_seconds(time);
    e->now.wall64_s = time.wall_us / 1000000;
    e->now.wall_s = (uint32_t)e->now.wall64_s;
}

static void begin(p0f_engine_t *e, const p0f_arrival_t *a)
{
    p0f_engine_take_db(e);
    p0f_engine_turn_to(e, a, a->time);
    p0f_engine_count(e, P0F_CTR_FRAMES);
}

/* The module's way with the packet in work, a captured SYN. One that the
 * connection table holds already (sent again, seen on two interfaces, or known
 * from the other source) is not counted a second time. */
static p0f_drop_t read_captured(p0f_engine_t *e)
{
    const p0f_connkey_t key = key_of(e->packet);
    p0f_connwork_t conn;
    p0f_print_t print;
    p0f_work_t work;

    p0f_engine_find_conn(e, &key, &e->arrival->conn, e->now.boot_s, false,
                         &conn);
    if (p0f_engine_known_syn(e, &conn))
        return P0F_DROP_DUPLICATE;
    p0f_engine_print(e, 0, false, &print);
    /* The host first: a worker that finds the connection finds its host's
     * history up to date. */
    if (p0f_engine_enter_syn(e, &print, &work))
        p0f_hosts_publish(&e->hosts, &work.slot, e->now.boot_s, work.rec);
    p0f_engine_keep_conn(e, &print, false, &conn);
    return P0F_DROP_NONE;
}

/* A frame of the module's. */
P0F_APART P0F_WHOLE
static void enter_captured(p0f_engine_t *e, const p0f_arrival_t *a)
{
    p0f_drop_t drop = a->drop;

    begin(e, a);
    if (drop == P0F_DROP_NONE)
        drop = read_captured(e);
    if (drop != P0F_DROP_NONE)
        p0f_engine_count(e, P0F_CTR_DROP_FIRST + drop);
}

/* One of the tools', which follow conversations. */
static void enter_followed(p0f_engine_t *e, const p0f_arrival_t *a)
{
    begin(e, a);
    p0f_conversation_expire(e);
    if (a->drop == P0F_DROP_NONE)
        p0f_conversation_read(e);
    else
        p0f_engine_count(e, P0F_CTR_DROP_FIRST + a->drop);
}

/* Enters a frame in the tables and tells what it says. */
static inline void enter(p0f_engine_t *e, const p0f_arrival_t *a)
{
    if (e->flows)
        enter_followed(e, a);
    else
        enter_captured(e, a);
}

void p0f_engine_fetch_host(const p0f_engine_t *e, p0f_guess_t *guess)
{
    uint32_t n = p0f_hosts_guess(&e->hosts, &guess->probe);

    guess->index = n;
    if (n == P0F_TABLE_NONE)
        return;
    __builtin_prefetch(&e->history.clients[n], 1);
    if (e->lru)
        p0f_lru_fetch(e->lru, n);
}

void p0f_engine_fetch_peer(p0f_engine_t *e, const p0f_addr_t *addr,
                           p0f_guess_t *guess)
{
    if (guess->index != P0F_TABLE_NONE)
        return;
    p0f_engine_fetch_host(e, guess);
    *near_host(e, addr) = (p0f_nearhost_t){ *addr, *guess };
}

void p0f_engine_fetch_conn(const p0f_engine_t *e, p0f_guess_t *guess)
{
    if (guess->index == P0F_TABLE_NONE)
        guess->index = p0f_table_guess(&e->conns.table, &guess->probe,
                                       sizeof(p0f_conn_t));
}

/* What is kept of a SYN's sender and, by the module, of its connection, of which
 * a worker will tell soon. */
static void fetch(p0f_engine_t *e, p0f_arrival_t *a)
{
    p0f_connkey_t key;

    if (a->drop != P0F_DROP_NONE || !p0f_engine_is_syn(&a->packet))
        return;
    if (e->flows) {
        p0f_engine_fetch_host(e, &a->sender);
        return;
    }
    key = key_of(&a->packet);
    p0f_engine_fetch_peer(e, &key.peer, &a->sender);
    p0f_engine_fetch_conn(e, &a->conn);
    *near_conn(e, &key) = (p0f_nearconn_t){ key, a->conn };
}

static inline p0f_arrival_t *next_of(p0f_engine_t *e, unsigned int *count)
{
    return &e->queue[(*count)++ % P0F_QUEUE];
}

P0F_APART
void p0f_engine_empty(p0f_engine_t *e)
{
    while (e->looked != e->arrived)
        look_up(e, next_of(e, &e->looked));
    while (e->fetched != e->arrived)
        fetch(e, next_of(e, &e->fetched));
    while (e->entered != e->arrived)
        enter(e, next_of(e, &e->entered));
}

/* After one frame more each step has one to do, if any. */
void p0f_engine_feed_ahead(p0f_engine_t *engine, p0f_link_t *link,
                           p0f_bytes_t frame, p0f_time_t time)
{
    const p0f_arrival_t *a = read_frame(engine, link, frame, time);

    if (a->drop == P0F_DROP_NONE && a->packet.payload.len) {
        p0f_engine_empty(engine);               /* FRAME's bytes: now or never */
        return;
    }
    if (engine->arrived - engine->looked > P0F_LOOK_BEHIND)
        look_up(engine, next_of(engine, &engine->looked));
    if (engine->arrived - engine->fetched > P0F_FETCH_BEHIND)
        fetch(engine, next_of(engine, &engine->fetched));
    if (engine->arrived - engine->entered > P0F_ENTER_BEHIND)
        enter(engine, next_of(engine, &engine->entered));
}

void p0f_engine_feed(p0f_engine_t *engine, p0f_link_t *link,
                     p0f_bytes_t frame, p0f_time_t time)
{
    read_frame(engine, link, frame, time);
    p0f_engine_empty(engine);
}

void p0f_engine_settle(p0f_engine_t *engine)
{
    p0f_engine_empty(engine);
    p0f_engine_empty_handed(engine);
    if (engine->flows)
        p0f_conversation_settle(engine);
}
