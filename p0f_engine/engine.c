/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.c - the wiring from frames to tables and observers.
 *
 * Reading order: p0f_engine_feed -> read_packet -> syn_only (module) or
 * conversation (tools) -> fingerprint -> learn.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "host.h"

enum {
    MAX_OBSERVERS = 4,
    EXPIRE_EVERY = 50,               /* packets */
    PROBE_WINDOW = 1337, PROBE_MSS = 1331
};

struct p0f_engine_t {
    p0f_engine_config_t config;
    p0f_flows_t *flows;              /* NULL: SYN only */
    uint64_t packets;
    int64_t last_expiry_s;
    struct {
        p0f_observe_fn *fn;
        void *ctx;
    } observers[MAX_OBSERVERS];
    unsigned int observer_count;
    p0f_packet_t packet;             /* the one in work: 250 bytes that need
                                        no place on a small thread's stack */
};

/* A SYN on its way through the engine. */
typedef struct {
    p0f_sig_t sig;
    p0f_match_t match;
    p0f_seensyn_t seen;
    const p0f_db_t *db;
    uint32_t mtu;
} syn_t;

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
        if (config->conversations)
            status = p0f_flows_create(&e->flows, config->max_flows,
                                      config->strict);
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
    if (engine)
        p0f_flows_destroy(engine->flows);
    free(engine);
}

bool p0f_engine_observe(p0f_engine_t *engine, p0f_observe_fn *fn, void *ctx)
{
    if (engine->observer_count == MAX_OBSERVERS)
        return false;
    engine->observers[engine->observer_count].fn = fn;
    engine->observers[engine->observer_count].ctx = ctx;
    engine->observer_count++;
    return true;
}

static uint32_t boot_seconds(p0f_time_t time)
{
    return (uint32_t)(time.boot_us / 1000000);
}

static void count(p0f_engine_t *e, unsigned int counter)
{
    p0f_cache_add(e->config.cache, counter, 1);
}

/* ---- telling observers ------------------------------------------------ */

static void tell(const p0f_engine_t *e, const p0f_observation_t *obs)
{
    unsigned int i;

    for (i = 0; i < e->observer_count; i++)
        e->observers[i].fn(e->observers[i].ctx, obs);
}

/* An observation of KIND about the sender of SYN. */
static p0f_observation_t about(const syn_t *syn, p0f_obs_kind_t kind)
{
    p0f_observation_t obs = {
        .kind = kind,
        .wall_us = syn->seen.time.wall_us,
        .client = &syn->seen.packet->src,
        .server = &syn->seen.packet->dst,
        .client_port = syn->seen.packet->sport,
        .server_port = syn->seen.packet->dport,
        .db = syn->db,
        .sig = &syn->sig,
        .match = &syn->match,
        .mtu = syn->mtu,
        .link = syn->seen.link
    };

    return obs;
}

/* ---- what a SYN says -------------------------------------------------- */

/* Recognises E's packet. */
static void fingerprint(p0f_engine_t *e, p0f_time_t time, bool confirmed,
                        syn_t *syn)
{
    const p0f_packet_t *packet = &e->packet;

    syn->db = p0f_cache_db(e->config.cache, &syn->seen.db_gen);
    syn->seen.probe = packet->window == PROBE_WINDOW
        && packet->opt.mss == PROBE_MSS;
    p0f_sig_take(packet, 0, &syn->sig);
    p0f_match_v3(syn->db, P0F_DIR_REQUEST, &syn->sig, e->config.strict,
                 &syn->match);
    syn->mtu = p0f_sig_mtu(&syn->sig);
    syn->seen.link = syn->db && syn->mtu ? p0f_db_mtu(syn->db, syn->mtu)
                                         : P0F_NO_LABEL;
    syn->seen.packet = packet;
    syn->seen.sig = &syn->sig;
    syn->seen.match = &syn->match;
    syn->seen.confirmed = confirmed;
    syn->seen.time = time;
    count(e, P0F_CTR_SYNS);
    if (syn->match.label != P0F_NO_LABEL)
        count(e, P0F_CTR_MATCHED);
}

/* Brings the label numbers of a record of an older database up to GEN by
 * matching its kept SYN again. Software names go: they have no kept
 * signature. */
static void rename_host(const p0f_db_t *db, uint32_t gen, bool strict,
                        p0f_host_t *rec)
{
    p0f_packet_t packet;
    p0f_sig_t sig;
    p0f_match_t match;
    bool confirmed = rec->rec_flags & P0F_REC_CONFIRMED;

    rec->db_gen = gen;
    rec->label = rec->link = rec->http = P0F_NO_LABEL;
    rec->quality = 0;
    if (!(rec->rec_flags & P0F_REC_HAS_SYN)
        || p0f_packet_rebuild(&rec->syn, &rec->addr, &rec->addr,
                              rec->syn_ip_opt, &packet) != P0F_DROP_NONE)
        return;
    p0f_sig_take(&packet, 0, &sig);
    p0f_match_v3(db, P0F_DIR_REQUEST, &sig, strict, &match);
    if (match.label != P0F_NO_LABEL && !match.app) {
        rec->label = match.label;
        rec->quality = (uint8_t)(match.fuzzy + 2 * match.generic);
    }
    rec->rec_flags = (uint16_t)(P0F_REC_HAS_SYN | p0f_host_match_flags(&match)
                                | (confirmed ? P0F_REC_CONFIRMED : 0));
    if (db && p0f_sig_mtu(&sig))
        rec->link = p0f_db_mtu(db, p0f_sig_mtu(&sig));
}

/* Enters SYN in its sender's history and tells what was learnt. */
static void learn(p0f_engine_t *e, const syn_t *syn)
{
    p0f_cache_t *cache = e->config.cache;
    uint32_t now_s = boot_seconds(syn->seen.time);
    p0f_observation_t obs;
    p0f_uptime_t uptime = { 0 };
    p0f_slot_t slot;
    p0f_host_t rec;
    bool kept, has_uptime = false;

    kept = p0f_cache_host_claim(cache, &syn->seen.packet->src, now_s,
                                syn->seen.confirmed, &slot, &rec);
    if (kept) {
        if (slot.found && rec.db_gen != syn->seen.db_gen)
            rename_host(syn->db, syn->seen.db_gen, e->config.strict, &rec);
        p0f_host_touch(&rec, syn->seen.time);
        has_uptime = p0f_host_learn(&rec, &syn->seen, &uptime);
        p0f_cache_host_publish(cache, &slot, now_s, &rec);
    }
    else
        count(e, P0F_CTR_DROP_FIRST + P0F_DROP_TABLE_FULL);
    if (!e->observer_count)
        return;
    obs = about(syn, syn->seen.probe ? P0F_OBS_PROBE : P0F_OBS_SYN);
    tell(e, &obs);
    if (!syn->seen.probe && !syn->match.app && syn->mtu) {
        obs.kind = P0F_OBS_MTU;
        tell(e, &obs);
    }
    if (has_uptime) {
        obs.kind = P0F_OBS_UPTIME;
        obs.uptime = &uptime;
        tell(e, &obs);
    }
}

/* ---- module: SYN only ------------------------------------------------- */

static uint32_t initial_seq(const p0f_conn_t *rec)
{
    p0f_bytes_t tcp = { rec->syn.tcp, sizeof(rec->syn.tcp) };
    uint32_t seq;

    p0f_bytes_be32(tcp, 4, &seq);
    return seq;
}

/* The packet in work is a SYN. One that the connection table holds already
 * (sent again, seen on two interfaces, or known from the other source) is
 * not counted a second time. SAVED: the kernel kept it, so httpd has accepted
 * the connection. */
static p0f_drop_t syn_only(p0f_engine_t *e, p0f_time_t time, bool saved)
{
    const p0f_packet_t *p = &e->packet;
    p0f_connkey_t key = {
        .peer = p->src, .local = p->dst,
        .peer_port = p->sport, .local_port = p->dport
    };
    uint32_t now_s = boot_seconds(time);
    p0f_slot_t slot;
    p0f_conn_t rec;
    syn_t syn;
    bool kept;

    kept = p0f_cache_conn_claim(e->config.cache, &key, now_s, saved, &slot,
                                &rec);
    if (kept && slot.found && initial_seq(&rec) == p->seq)
        return P0F_DROP_DUPLICATE;
    fingerprint(e, time, saved, &syn);
    if (kept) {
        p0f_host_fill_conn(&rec, &syn.seen);
        if (saved)
            rec.rec_flags |= P0F_REC_FROM_SAVED;
        p0f_cache_conn_publish(e->config.cache, &slot, now_s, &rec);
    }
    learn(e, &syn);
    if (saved)
        count(e, P0F_CTR_RING_SYNS);
    return P0F_DROP_NONE;
}

/* ---- tools: conversations (p0f 3.09b behaviour, 6) -------------------- */

static void conversation_syn(p0f_engine_t *e, p0f_flow_t *flow,
                             bool to_server, p0f_time_t time)
{
    const p0f_packet_t *p = &e->packet;
    syn_t syn;

    if (flow && to_server && p->seq == flow->next_seq[P0F_DIR_REQUEST] - 1) {
        count(e, P0F_CTR_DROP_FIRST + P0F_DROP_DUPLICATE);
        return;
    }
    if (flow)
        p0f_flows_delete(e->flows, flow);
    flow = p0f_flows_add(e->flows, p, time.wall_us / 1000000);
    fingerprint(e, time, false, &syn);
    flow->probe = syn.seen.probe;
    learn(e, &syn);
    if (syn.match.app && !syn.seen.probe)
        p0f_flows_delete(e->flows, flow);
}

static void conversation_ack(p0f_engine_t *e, p0f_flow_t *flow,
                             bool to_server)
{
    const p0f_packet_t *p = &e->packet;
    uint32_t *next = &flow->next_seq[to_server ? P0F_DIR_REQUEST
                                               : P0F_DIR_RESPONSE];

    if (flow->probe || !flow->acked)
        p0f_flows_delete(e->flows, flow);
    else if (p->seq == *next)        /* the rest is out of order: ignored */
        *next += p->payload_len;
}

static void conversation_synack(p0f_engine_t *e, p0f_flow_t *flow,
                                bool to_server)
{
    if (flow->probe) {
        p0f_flows_delete(e->flows, flow);
        return;
    }
    if (to_server || flow->acked)
        return;
    flow->acked = true;
    flow->next_seq[P0F_DIR_RESPONSE] = e->packet.seq + 1;
}

static void conversation(p0f_engine_t *e, p0f_time_t time)
{
    uint8_t type = e->packet.flags & (P0F_TCP_SYN | P0F_TCP_ACK | P0F_TCP_FIN
                                      | P0F_TCP_RST);
    bool to_server;
    p0f_flow_t *flow = p0f_flows_find(e->flows, &e->packet, &to_server);

    if (type == P0F_TCP_SYN)
        conversation_syn(e, flow, to_server, time);
    else if (!flow)
        return;
    else if (type & (P0F_TCP_FIN | P0F_TCP_RST))
        p0f_flows_delete(e->flows, flow);
    else if (type == P0F_TCP_ACK)
        conversation_ack(e, flow, to_server);
    else
        conversation_synack(e, flow, to_server);
}

/* Every 50th packet, whatever becomes of it, and once a second at most. */
static void expire(p0f_engine_t *e, int64_t now_s)
{
    if (++e->packets % EXPIRE_EVERY || now_s == e->last_expiry_s)
        return;
    e->last_expiry_s = now_s;
    p0f_flows_expire(e->flows, now_s, e->config.conn_age_s);
}

/* ---- entry ------------------------------------------------------------ */

/* IP is the packet without its link header. */
static p0f_drop_t read_packet(p0f_engine_t *e, p0f_bytes_t ip,
                              p0f_time_t time, bool saved)
{
    p0f_drop_t drop = p0f_packet_parse(ip, e->config.strict, &e->packet);

    if (drop != P0F_DROP_NONE)
        return drop;
    if (e->flows) {
        conversation(e, time);
        return P0F_DROP_NONE;
    }
    if ((e->packet.flags & (P0F_TCP_SYN | P0F_TCP_ACK)) != P0F_TCP_SYN)
        return P0F_DROP_NOT_SYN;
    return syn_only(e, time, saved);
}

void p0f_engine_feed(p0f_engine_t *engine, p0f_link_t *link,
                     p0f_bytes_t frame, p0f_time_t time)
{
    p0f_bytes_t ip;
    p0f_drop_t drop;

    count(engine, P0F_CTR_FRAMES);
    if (engine->flows)
        expire(engine, time.wall_us / 1000000);
    drop = p0f_link_strip(link, frame, &ip);
    if (drop == P0F_DROP_NONE)
        drop = read_packet(engine, ip, time, false);
    if (drop != P0F_DROP_NONE)
        count(engine, P0F_CTR_DROP_FIRST + drop);
}

/* ---- what workers hand over ------------------------------------------- */

/* Marks the entries of an accepted connection, so that SYNs that nobody
 * answered never displace them. Reads before it claims: a claim is for those
 * who will write. */
static void confirm(p0f_engine_t *e, const p0f_ring_rec_t *rec,
                    uint32_t now_s)
{
    p0f_cache_t *cache = e->config.cache;
    p0f_connkey_t key = {
        .peer = rec->peer, .local = rec->local,
        .peer_port = rec->peer_port, .local_port = rec->local_port
    };
    p0f_slot_t slot;
    p0f_conn_t conn;
    p0f_host_t host;

    if (p0f_cache_conn_read(cache, &key, now_s, &conn) != P0F_OK)
        return;
    count(e, P0F_CTR_CONFIRMED);
    if (!(conn.rec_flags & P0F_REC_CONFIRMED)
        && p0f_cache_conn_claim(cache, &key, now_s, true, &slot, &conn)) {
        conn.rec_flags |= P0F_REC_CONFIRMED;
        p0f_cache_conn_publish(cache, &slot, now_s, &conn);
    }
    if (p0f_cache_host_read(cache, &rec->peer, now_s, &host) == P0F_OK
        && !(host.rec_flags & P0F_REC_CONFIRMED)
        && p0f_cache_host_claim(cache, &rec->peer, now_s, true, &slot,
                                &host)) {
        host.rec_flags |= P0F_REC_CONFIRMED;
        p0f_cache_host_publish(cache, &slot, now_s, &host);
    }
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

    if (p0f_packet_parse(ip, false, p) != P0F_DROP_NONE
        || (p->flags & (P0F_TCP_SYN | P0F_TCP_ACK)) != P0F_TCP_SYN
        || !p0f_addr_equal(&p->src, &rec->peer)
        || !p0f_addr_equal(&p->dst, &rec->local)
        || p->sport != rec->peer_port || p->dport != rec->local_port)
        return false;
    if (syn_only(e, record_time(e, rec, now), true) == P0F_DROP_DUPLICATE)
        confirm(e, rec, boot_seconds(now));
    return true;
}

void p0f_engine_feed_ring(p0f_engine_t *engine, const p0f_ring_rec_t *rec,
                          p0f_time_t now)
{
    bool good = true;

    if (engine->flows)
        return;
    if (rec->kind == P0F_RING_CONFIRMED)
        confirm(engine, rec, boot_seconds(now));
    else
        good = rec->kind == P0F_RING_SYN && feed_saved_syn(engine, rec, now);
    if (!good)
        count(engine, P0F_CTR_RING_BAD);
}
