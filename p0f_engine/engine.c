/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.c - the wiring from frames to tables and observers.
 *
 * Reading order: p0f_engine_feed -> read_packet -> syn_only (the module) or
 * p0f_conversation_read (tools) -> p0f_engine_print -> p0f_engine_learn.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"
#include "lang.h"
#include "segment.h"

enum { PROBE_WINDOW = 1337, PROBE_MSS = 1331 };

/* A mapping costs nothing until a host is seen; the allocator would clear
 * all of it each time it gives the same memory again. */
static void map_priv(p0f_engine_t *e)
{
    size_t slots = p0f_cache_host_slots(e->config.cache);
    p0f_segment_t memory;

    if (p0f_segment_create(&memory, slots ? slots * sizeof(*e->priv) : 1,
                           P0F_SEGMENT_PRIVATE, NULL) != P0F_OK)
        return;
    e->priv = memory.rw;
    e->priv_size = memory.size;
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
        map_priv(e);
        e->memo = calloc(P0F_MEMO, sizeof(*e->memo));
        if (!e->priv || !e->memo)
            status = P0F_ENOMEM;
        else if (config->conversations)
            status = p0f_conversation_open(e);
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
    free(engine->memo);
    p0f_segment_unmap(engine->priv, engine->priv_size);
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
        .packet = e->has_packet ? &e->packet : NULL
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
    uint32_t now_s = (uint32_t)(e->time.wall_us / 1000000);
    p0f_observation_t obs;

    if (event->verdict == P0F_NAT_SILENT)
        return;
    if (event->verdict == P0F_NAT_SHARING)
        work->rec.last_nat = now_s;
    else
        work->rec.last_chg = now_s;
    obs = p0f_engine_about(e, ends, event->verdict == P0F_NAT_SHARING
                                    ? P0F_OBS_SHARING : P0F_OBS_CHANGE);
    obs.event = event;
    p0f_engine_tell(e, &obs);
}

/* ---- what a SYN says -------------------------------------------------- */

static uint32_t memo_place(const p0f_sig_t *sig)
{
    uint64_t word, hash = 0;
    size_t i;

    _Static_assert(sizeof(*sig) % 4 == 0, "hashed in words");
    for (i = 0; i + 8 <= sizeof(*sig); i += 8) {
        memcpy(&word, (const char *)sig + i, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    if (i < sizeof(*sig)) {
        uint32_t half;

        memcpy(&half, (const char *)sig + i, 4);
        hash = (hash ^ half) * 0x9e3779b97f4a7c15u;
    }
    return (uint32_t)(hash >> 40) & (P0F_MEMO - 1);
}

/* Recognises PRINT's signature, which is that of DIR. */
static void recognise(p0f_engine_t *e, p0f_dir_t dir, uint32_t gen,
                      p0f_print_t *print)
{
    p0f_sig_t sig = print->sig;
    p0f_memo_t *m;

    sig.ts1 = 0;
    m = &e->memo[memo_place(&sig)];
    if (m->gen != gen || !gen || memcmp(&m->sig, &sig, sizeof(sig)) != 0) {
        p0f_match_v3(print->db, dir, &sig, e->config.strict, &m->match);
        m->sig = sig;
        m->gen = gen;
        m->mtu = p0f_sig_mtu(&sig);
        m->link = p0f_host_link(print->db, m->mtu, e->config.strict);
        m->stamp = ++e->stamp;
    }
    print->match = m->match;
    print->mtu = m->mtu;
    print->seen.link = m->link;
    print->stamp = m->stamp;
}

void p0f_engine_print(p0f_engine_t *e, uint16_t peer_mss, bool confirmed,
                      p0f_print_t *print)
{
    const p0f_packet_t *packet = &e->packet;
    bool synack = packet->flags & P0F_TCP_ACK;

    print->db = p0f_cache_db(e->config.cache, &print->seen.db_gen);
    p0f_sig_take(packet, peer_mss, &print->sig);
    recognise(e, synack ? P0F_DIR_RESPONSE : P0F_DIR_REQUEST,
              print->seen.db_gen, print);
    print->seen.packet = packet;
    print->seen.sig = &print->sig;
    print->seen.match = &print->match;
    print->seen.confirmed = confirmed;
    print->seen.probe = !synack && packet->window == PROBE_WINDOW
        && packet->opt.mss == PROBE_MSS;
    print->seen.time = e->time;
    if (synack)
        return;
    p0f_engine_count(e, P0F_CTR_SYNS);
    if (print->match.label != P0F_NO_LABEL)
        p0f_engine_count(e, P0F_CTR_MATCHED);
}

void p0f_engine_renew(const p0f_engine_t *e, const p0f_db_t *db,
                      uint32_t gen, p0f_work_t *work)
{
    if (!work->slot.found || work->priv->db_gen != (uint16_t)gen)
        p0f_nat_reset(work->priv, gen);
    if (!work->slot.found)
        work->rec.db_gen = gen;
    else if (work->rec.db_gen != gen)
        p0f_host_rename(&work->rec, db, gen, e->config.strict);
}

static void tell_link(const p0f_engine_t *e, const p0f_ends_t *ends,
                      const p0f_print_t *print)
{
    p0f_observation_t obs;

    if (!print->mtu || !e->observer_count)
        return;
    obs = p0f_engine_about(e, ends, P0F_OBS_MTU);
    obs.db = print->db;
    obs.mtu = print->mtu;
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
    obs.db = print->db;
    obs.sig = &print->sig;
    obs.match = &print->match;
    obs.stamp = print->stamp;
    p0f_engine_tell(e, &obs);
}

bool p0f_engine_learn(p0f_engine_t *e, const p0f_ends_t *ends,
                      const p0f_print_t *print, p0f_work_t *work)
{
    bool probe = print->seen.probe, app = print->match.app;
    p0f_natevent_t event = { .verdict = P0F_NAT_SILENT };

    tell_print(e, ends, print);
    if (app) {
        p0f_nat_tool(print->db, &work->rec, work->priv, ends->dir,
                     print->match.label, &event);
    }
    else if (!probe) {
        work->ref = p0f_nat_ref(&print->seen);
        p0f_nat_tcp(print->db, &work->rec, work->priv, ends->dir, &work->ref,
                    ends->client_port, e->config.strict, &event);
    }
    p0f_engine_event(e, ends, &event, work);
    p0f_host_learn(&work->rec, &print->seen);
    if (app || probe)
        return false;
    tell_link(e, ends, print);
    return true;
}

/* ---- module: SYN only ------------------------------------------------- */

static uint32_t initial_seq(const p0f_conn_t *rec)
{
    p0f_bytes_t tcp = { rec->syn.tcp, sizeof(rec->syn.tcp) };
    uint32_t seq;

    p0f_bytes_be32(tcp, 4, &seq);
    return seq;
}

/* Enters a SYN in its sender's history. */
static void learn_client(p0f_engine_t *e, const p0f_print_t *print)
{
    const p0f_packet_t *p = &e->packet;
    p0f_cache_t *cache = e->config.cache;
    uint32_t now_s = p0f_boot_seconds(e->time);
    p0f_ends_t ends = {
        .client = &p->src, .server = &p->dst, .client_port = p->sport,
        .server_port = p->dport, .dir = P0F_DIR_REQUEST
    };
    p0f_uptime_t uptime = { 0 };
    p0f_observation_t obs;
    p0f_work_t work;

    if (!p0f_cache_host_claim(cache, &p->src, now_s, print->seen.confirmed,
                              &work.slot, &work.rec)) {
        p0f_engine_count(e, P0F_CTR_DROP_FIRST + P0F_DROP_TABLE_FULL);
        return;
    }
    work.priv = &e->priv[work.slot.index];
    p0f_engine_renew(e, print->db, print->seen.db_gen, &work);
    p0f_host_touch(&work.rec, e->time);
    if (p0f_engine_learn(e, &ends, print, &work)) {
        work.priv->ref[P0F_DIR_REQUEST] = work.ref;
        if (p0f_host_uptime(&work.rec, &print->seen, &uptime)) {
            obs = p0f_engine_about(e, &ends, P0F_OBS_UPTIME);
            obs.uptime = &uptime;
            p0f_engine_tell(e, &obs);
        }
    }
    p0f_cache_host_publish(cache, &work.slot, now_s, &work.rec);
}

/* Marks the entry of an accepted connection, so that SYNs that nobody
 * answered never displace it. */
static void confirm_conn(const p0f_engine_t *e, const p0f_slot_t *slot,
                         p0f_conn_t *conn, uint32_t now_s)
{
    p0f_engine_count(e, P0F_CTR_CONFIRMED);
    if (conn->rec_flags & P0F_REC_CONFIRMED)
        return;
    conn->rec_flags |= P0F_REC_CONFIRMED;
    p0f_cache_conn_publish(e->config.cache, slot, now_s, conn);
}

/* The same for the history of its sender. */
static void confirm_host(const p0f_engine_t *e, const p0f_addr_t *addr,
                         uint32_t now_s)
{
    p0f_slot_t slot;
    p0f_host_t host;

    if (!p0f_cache_host_claim(e->config.cache, addr, now_s, true, &slot,
                              &host)
        || !slot.found || host.rec_flags & P0F_REC_CONFIRMED)
        return;
    host.rec_flags |= P0F_REC_CONFIRMED;
    p0f_cache_host_publish(e->config.cache, &slot, now_s, &host);
}

/* The packet in work is a SYN. One that the connection table holds already
 * (sent again, seen on two interfaces, or known from the other source) is
 * not counted a second time. SAVED: the kernel kept it, so httpd has accepted
 * the connection. */
static p0f_drop_t syn_only(p0f_engine_t *e, bool saved)
{
    const p0f_packet_t *p = &e->packet;
    p0f_connkey_t key = {
        .peer = p->src, .local = p->dst,
        .peer_port = p->sport, .local_port = p->dport
    };
    uint32_t now_s = p0f_boot_seconds(e->time);
    p0f_slot_t slot;
    p0f_conn_t rec;
    p0f_print_t print;
    bool kept;

    kept = p0f_cache_conn_claim(e->config.cache, &key, now_s, saved, &slot,
                                &rec);
    if (kept && slot.found && initial_seq(&rec) == p->seq) {
        if (saved)
            confirm_conn(e, &slot, &rec, now_s);
        return P0F_DROP_DUPLICATE;
    }
    p0f_engine_print(e, 0, saved, &print);
    /* The host first: a worker that finds the connection finds its host's
     * history up to date. */
    learn_client(e, &print);
    if (kept) {
        p0f_host_fill_conn(&rec, &print.seen);
        if (saved)
            rec.rec_flags |= P0F_REC_FROM_SAVED;
        p0f_cache_conn_publish(e->config.cache, &slot, now_s, &rec);
    }
    if (saved)
        p0f_engine_count(e, P0F_CTR_RING_SYNS);
    return P0F_DROP_NONE;
}

/* ---- entry ------------------------------------------------------------ */

static bool is_syn(const p0f_packet_t *p)
{
    return (p->flags & (P0F_TCP_SYN | P0F_TCP_ACK)) == P0F_TCP_SYN;
}

/* IP is the packet without its link header. */
static p0f_drop_t read_packet(p0f_engine_t *e, p0f_bytes_t ip)
{
    p0f_drop_t drop = p0f_packet_parse(ip, e->config.strict, &e->packet);

    if (drop != P0F_DROP_NONE)
        return drop;
    if (e->flows) {
        p0f_conversation_read(e);
        return P0F_DROP_NONE;
    }
    return is_syn(&e->packet) ? syn_only(e, false) : P0F_DROP_NOT_SYN;
}

void p0f_engine_feed(p0f_engine_t *engine, p0f_link_t *link,
                     p0f_bytes_t frame, p0f_time_t time)
{
    p0f_bytes_t ip;
    p0f_drop_t drop;

    p0f_engine_count(engine, P0F_CTR_FRAMES);
    engine->time = time;
    engine->has_packet = true;
    if (engine->flows)
        p0f_conversation_expire(engine);
    drop = p0f_link_strip(link, frame, &ip);
    if (drop == P0F_DROP_NONE)
        drop = read_packet(engine, ip);
    if (drop != P0F_DROP_NONE)
        p0f_engine_count(engine, P0F_CTR_DROP_FIRST + drop);
}

void p0f_engine_settle(p0f_engine_t *engine)
{
    if (engine->flows)
        p0f_conversation_settle(engine);
}

/* ---- what workers hand over ------------------------------------------- */

/* An accepted connection whose SYN is known already. */
static void confirm(p0f_engine_t *e, const p0f_ring_rec_t *rec,
                    uint32_t now_s)
{
    p0f_connkey_t key = {
        .peer = rec->peer, .local = rec->local,
        .peer_port = rec->peer_port, .local_port = rec->local_port
    };
    p0f_slot_t slot;
    p0f_conn_t conn;

    if (!p0f_cache_conn_claim(e->config.cache, &key, now_s, true, &slot,
                              &conn)
        || !slot.found)
        return;
    confirm_conn(e, &slot, &conn, now_s);
    confirm_host(e, &rec->peer, now_s);
}

/* When the worker says it was, unless that is in the future or longer ago
 * than a connection is kept. */
static p0f_time_t record_time(const p0f_engine_t *e,
                              const p0f_ring_rec_t *rec, p0f_time_t now)
{
    uint64_t age = now.boot_us - rec->boot_us;

    if (rec->boot_us > now.boot_us
        || age > (uint64_t)e->config.conn_age_s * 1000000)
        return now;
    now.boot_us -= age;
    now.wall_us -= (int64_t)age;
    return now;
}

/* The packet must be the SYN of the connection that the record names. */
static bool feed_saved_syn(p0f_engine_t *e, const p0f_ring_rec_t *rec,
                           p0f_time_t now)
{
    p0f_bytes_t ip = { rec->raw, rec->raw_len };
    p0f_packet_t *p = &e->packet;

    if (p0f_packet_parse(ip, false, p) != P0F_DROP_NONE || !is_syn(p)
        || !p0f_addr_equal(&p->src, &rec->peer)
        || !p0f_addr_equal(&p->dst, &rec->local)
        || p->sport != rec->peer_port || p->dport != rec->local_port)
        return false;
    e->time = record_time(e, rec, now);
    e->has_packet = true;
    if (syn_only(e, true) == P0F_DROP_DUPLICATE)
        confirm_host(e, &rec->peer, p0f_boot_seconds(now));
    return true;
}

/* Numbers of another database say nothing here. */
static void forget_numbers(p0f_saidhttp_t *said)
{
    said->label = P0F_NO_LABEL;
    said->claim = P0F_NAT_NO_CLAIM;
    said->dishonest = 0;
}

/* Takes a record apart: false if it isn't one that a worker writes. */
static bool read_request(const p0f_ring_rec_t *rec, uint32_t gen,
                         p0f_ringhttp_t *out)
{
    if (rec->raw_len != sizeof(*out))
        return false;
    memcpy(out, rec->raw, sizeof(*out));
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
    p0f_cache_t *cache = e->config.cache;
    uint32_t now_s = p0f_boot_seconds(now), gen;
    const p0f_db_t *db = p0f_cache_db(cache, &gen);
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

    if (!read_request(rec, gen, &http))
        return false;
    if (!p0f_cache_host_claim(cache, &rec->peer, now_s, true, &work.slot,
                              &work.rec)
        || !work.slot.found)
        return true;
    e->time = now;
    e->has_packet = false;
    work.priv = &e->priv[work.slot.index];
    p0f_engine_renew(e, db, gen, &work);
    if (http.heard)
        n = p0f_nat_request(db, &work.rec, work.priv, &http.said, events);
    for (i = 0; i < n; i++)
        p0f_engine_event(e, &ends, &events[i], &work);
    p0f_cache_host_publish(cache, &work.slot, now_s, &work.rec);
    if (http.mismatch) {
        obs = p0f_engine_about(e, &ends, P0F_OBS_MISMATCH);
        p0f_engine_tell(e, &obs);
    }
    return true;
}

void p0f_engine_feed_ring(p0f_engine_t *engine, const p0f_ring_rec_t *rec,
                          p0f_time_t now)
{
    bool good = true;

    if (engine->flows)
        return;
    if (rec->kind == P0F_RING_CONFIRMED)
        confirm(engine, rec, p0f_boot_seconds(now));
    else if (rec->kind == P0F_RING_HTTP)
        good = feed_request(engine, rec, now);
    else
        good = rec->kind == P0F_RING_SYN && feed_saved_syn(engine, rec, now);
    if (!good)
        p0f_engine_count(engine, P0F_CTR_RING_BAD);
}
