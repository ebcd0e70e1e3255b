/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conversation.c - the engine's way for tools: whole connections, followed
 * by the rules of p0f 3 (p0f 3.09b behaviour, 6 and 7.1).
 *
 * Reading order: p0f_conversation_read -> on_syn, on_synack, on_ack, on_end.
 */
#include <string.h>

#include "engine_int.h"
#include "httpdate.h"

enum { EXPIRE_EVERY = 50 };      /* packets */

/* ---- hosts ------------------------------------------------------------- */

static void put_host(p0f_engine_t *e, const p0f_work_t *work)
{
    p0f_hosts_publish(&e->hosts, &work->slot, e->now.boot_s, work->rec);
}

/* The server that clients connect to is mostly the one of before: its record
 * is kept here while only its time and count of connections change, and
 * published when anything else looks at it or at the order of use, or no frame
 * is waiting. It was used after all others. */
void p0f_conversation_settle(p0f_engine_t *e)
{
    if (e->server.valid) {
        put_host(e, &e->server.host);
        p0f_lru_touch(e->lru, e->server.host.slot.index);
    }
    e->server.valid = false;
}

/* True if ADDR is the server whose record is at hand. */
static bool is_server(const p0f_engine_t *e, const p0f_addr_t *addr)
{
    return e->server.valid && p0f_addr_equal(&e->server.host.rec->addr, addr);
}

static void drop_host(p0f_engine_t *e, uint32_t n)
{
    if (e->server.valid && e->server.host.slot.index == n)
        e->server.valid = false;
    p0f_lru_remove(e->lru, n);
    p0f_hosts_drop(&e->hosts, n);
}

/* Forgets the oldest hosts that no flow holds until the limit is kept.
 * p0f-differs: 3.09b forgets one, and none if it is held (conversation_t:
 * limit_of_hosts). */
P0F_APART
static void make_room_for_host(p0f_engine_t *e)
{
    uint32_t n, newer;

    if (p0f_lru_count(e->lru) <= e->config.max_hosts)
        return;
    if (e->server.valid)
        p0f_lru_touch(e->lru, e->server.host.slot.index);
    p0f_flows_prune(e->flows);
    for (n = p0f_lru_oldest(e->lru); n != P0F_LRU_NONE; n = newer) {
        newer = p0f_lru_newer(e->lru, n);
        if (!p0f_lru_held(e->lru, n))
            drop_host(e, n);
        if (newer != P0F_LRU_NONE) { /* the next one to go */
            p0f_hosts_fetch_drop(&e->hosts, newer);
            p0f_lru_fetch(e->lru, newer);
        }
        if (e->config.strict || p0f_lru_count(e->lru) <= e->config.max_hosts)
            return;
    }
}

/* Finds or makes the host ADDR for a new connection of it, which it counts.
 * The caller publishes WORK; until then the place of one that is new may be
 * given to another. */
static void open_host(p0f_engine_t *e, const p0f_addr_t *addr,
                      const p0f_guess_t *guess, p0f_work_t *work)
{
    uint32_t now_s = e->now.boot_s;

    if (is_server(e, addr))
        p0f_conversation_settle(e);
    work->rec = p0f_hosts_find(&e->hosts, addr, guess, now_s, &work->slot,
                               &work->room);
    if (!work->rec) {
        make_room_for_host(e);
        work->rec = p0f_hosts_place(&e->hosts, addr, guess, now_s, true,
                                    &work->slot, &work->room);
        if (e->server.valid && e->server.host.slot.index == work->slot.index)
            e->server.valid = false;     /* displaced */
    }
    work->priv = p0f_engine_history(e, work->slot.index);
    p0f_engine_renew(e, work);
    p0f_host_touch(work->rec, e->now.wall_s);
    p0f_lru_touch(e->lru, work->slot.index);
    work->slot.found = true;
}

/* The host at FLOW's DIR, to be worked on. */
static void take_host(p0f_engine_t *e, const p0f_flow_t *flow, p0f_dir_t dir,
                      p0f_work_t *work)
{
    work->slot = p0f_flows_host(e->flows, flow, dir);
    if (e->server.valid && e->server.host.slot.index == work->slot.index)
        p0f_conversation_settle(e);
    work->rec = p0f_hosts_at(&e->hosts, work->slot.index, &work->room);
    work->priv = p0f_engine_history(e, work->slot.index);
}

/* The host that a client connects to; it is at hand from now on. */
P0F_APART
static p0f_slot_t open_server(p0f_engine_t *e, const p0f_addr_t *addr)
{
    p0f_guess_t guess = { .index = P0F_TABLE_NONE };

    guess.probe = p0f_table_probe(&e->hosts.table, e->arrival->hash.dst);
    open_host(e, addr, &guess, &e->server.host);
    put_host(e, &e->server.host);
    e->server.valid = true;
    return e->server.host.slot;
}

static p0f_ends_t ends_of(const p0f_flow_t *flow, p0f_dir_t dir)
{
    p0f_ends_t ends = {
        .client = &flow->client, .server = &flow->server,
        .client_port = flow->client_port, .server_port = flow->server_port,
        .dir = dir
    };

    return ends;
}

/* ---- uptime ------------------------------------------------------------ */

/* Reckons the uptime of the sender of the packet in work (p0f 3.09b
 * behaviour, 5.6) and enters it in WORK. */
static void check_uptime(p0f_engine_t *e, p0f_flow_t *flow, p0f_dir_t dir,
                         p0f_work_t *work)
{
    const p0f_natref_t *ref = &p0f_nat_side(&work->priv, dir)->ref;
    p0f_ends_t ends = ends_of(flow, dir);
    p0f_observation_t obs;
    p0f_uptime_t uptime = { 0 };
    uint32_t ts1 = e->packet->opt.ts1;
    uint64_t elapsed = e->now.boot_ms - ref->recv_ms;
    bool bad = false;

    if (!ts1 || flow->probe || flow->uptime[dir] != P0F_UPTIME_OPEN
        || !(ref->bits & P0F_REF_SET) || !ref->ts1)
        return;
    if (p0f_uptime_estimate(ref->ts1, ts1, elapsed, &uptime, &bad)) {
        flow->uptime[dir] = P0F_UPTIME_DONE;
        p0f_host_set_uptime(work->rec, &uptime);
        obs = p0f_engine_about(e, &ends, P0F_OBS_UPTIME);
        obs.uptime = &uptime;
        p0f_engine_tell(e, &obs);
    }
    else if (bad && !(e->packet->flags & P0F_TCP_SYN
                      && dir == P0F_DIR_REQUEST)) {
        flow->uptime[dir] = P0F_UPTIME_BAD;
    }
}

/* The same for a packet that says nothing else. */
static void check_clock(p0f_engine_t *e, p0f_flow_t *flow, p0f_dir_t dir)
{
    p0f_work_t work;

    if (!e->packet->opt.ts1 || flow->uptime[dir] != P0F_UPTIME_OPEN)
        return;
    take_host(e, flow, dir, &work);
    check_uptime(e, flow, dir, &work);
    if (flow->uptime[dir] == P0F_UPTIME_DONE)
        put_host(e, &work);
}

/* ---- SYN and SYN+ACK --------------------------------------------------- */

/* Fingerprints the packet in work, a SYN or SYN+ACK of the host in WORK, and
 * publishes that. False if it is not a system's, so that the flow is of no
 * further use. */
static bool fingerprint(p0f_engine_t *e, p0f_flow_t *flow, p0f_dir_t dir,
                        p0f_work_t *work)
{
    p0f_ends_t ends = ends_of(flow, dir);
    p0f_print_t print;
    bool system;

    p0f_engine_print(e, dir == P0F_DIR_RESPONSE ? flow->syn_mss : 0, true,
                     &print);
    if (dir == P0F_DIR_REQUEST)
        flow->probe = print.seen.probe;
    else
        print.seen.probe = flow->probe;
    system = p0f_engine_learn(e, &ends, &print, work);
    if (system) {
        check_uptime(e, flow, dir, work);
        p0f_nat_side(&work->priv, dir)->ref = work->ref;
    }
    put_host(e, work);
    return system;
}

/* The record of the host that CLIENT connects to. A new client isn't published
 * before its SYN has been read, since somebody may ask for it. So its server,
 * if that is new as well, may have got its place. */
static p0f_slot_t server_of(p0f_engine_t *e, p0f_work_t *client)
{
    const p0f_packet_t *p = e->packet;
    p0f_slot_t slot;

    if (is_server(e, &p->dst)) {
        p0f_host_touch(e->server.host.rec, e->now.wall_s);
        return e->server.host.slot;
    }
    if (p0f_addr_equal(&p->src, &p->dst)) {
        p0f_host_touch(client->rec, e->now.wall_s);   /* both ends count */
        return client->slot;
    }
    p0f_lru_hold(e->lru, client->slot.index);
    slot = open_server(e, &p->dst);
    p0f_lru_release(e->lru, client->slot.index);
    if (slot.index == client->slot.index)
        open_host(e, &p->src, &e->arrival->sender, client);
    return slot;
}

P0F_WHOLE
static void on_syn(p0f_engine_t *e, p0f_flow_t *flow, bool to_server)
{
    const p0f_packet_t *p = e->packet;
    p0f_slot_t hosts[2];
    p0f_work_t client;

    if (flow && to_server && p->seq == flow->next_seq[P0F_DIR_REQUEST] - 1) {
        p0f_engine_count(e, P0F_CTR_DROP_FIRST + P0F_DROP_DUPLICATE);
        return;
    }
    if (flow)
        p0f_flows_delete(e->flows, flow);
    p0f_flows_make_room(e->flows);
    if (!is_server(e, &p->dst))
        p0f_conversation_settle(e);      /* used before this client */
    open_host(e, &p->src, &e->arrival->sender, &client);
    hosts[P0F_DIR_RESPONSE] = server_of(e, &client);
    hosts[P0F_DIR_REQUEST] = client.slot;
    flow = p0f_flows_add(e->flows, p, hosts, e->now.wall64_s);
    if (!fingerprint(e, flow, P0F_DIR_REQUEST, &client) && !flow->probe)
        p0f_flows_delete(e->flows, flow);
}

static void on_synack(p0f_engine_t *e, p0f_flow_t *flow, bool to_server)
{
    p0f_work_t work;

    if (flow->probe) {
        take_host(e, flow, P0F_DIR_RESPONSE, &work);
        fingerprint(e, flow, P0F_DIR_RESPONSE, &work);
        p0f_flows_delete(e->flows, flow);
        return;
    }
    if (to_server || flow->acked)
        return;
    flow->acked = true;
    flow->next_seq[P0F_DIR_RESPONSE] = e->packet->seq + 1;
    take_host(e, flow, P0F_DIR_RESPONSE, &work);
    if (!fingerprint(e, flow, P0F_DIR_RESPONSE, &work))
        p0f_flows_delete(e->flows, flow);
}

/* ---- data -------------------------------------------------------------- */

/* Tells the HTTP message KIND in FLOW, which gives DATE, and enters it. */
static void learn_http(p0f_engine_t *e, p0f_flow_t *flow, p0f_dir_t dir,
                       const p0f_headkind_t *kind, uint32_t date)
{
    p0f_ends_t ends = ends_of(flow, dir);
    p0f_natevent_t events[P0F_NAT_EVENTS];
    p0f_seenhttp_t seen = {
        .dir = dir, .head = kind->head, .buffer = kind->buffer,
        .match = &kind->match, .said = &kind->said, .date = date,
        .text = kind->text,
        .server_port = flow->server_port,
        .wall_s = e->now.wall_s
    };
    p0f_observation_t obs;
    p0f_work_t work;
    unsigned int i, n;

    obs = p0f_engine_about(e, &ends, dir == P0F_DIR_REQUEST
                                     ? P0F_OBS_HTTP_REQUEST
                                     : P0F_OBS_HTTP_RESPONSE);
    obs.db = e->db;
    obs.http = &seen;
    obs.stamp = kind->stamp;
    p0f_engine_tell(e, &obs);
    take_host(e, flow, dir, &work);
    n = p0f_nat_http(e->db, work.rec, &work.priv, &seen, events);
    for (i = 0; i < n; i++)
        p0f_engine_event(e, &ends, &events[i], &work);
    put_host(e, &work);
}

/* Reads on in BUFFER, all that the sender of DIR has sent in FLOW, and learns
 * a message that is whole. FIRST: nothing of it was read before; then it may
 * be known by its text alone. */
static p0f_http_result_t read_http(p0f_engine_t *e, p0f_flow_t *flow,
                                   p0f_dir_t dir, p0f_bytes_t buffer,
                                   bool first)
{
    p0f_httpstate_t *http = p0f_flows_http(e->flows, flow);
    const p0f_headkind_t *kind = NULL;
    uint32_t date;
    p0f_http_result_t result;

    if (!p0f_http_read_first(http, dir, buffer, e->config.strict, &result))
        return result;
    result = dir == P0F_DIR_REQUEST ? P0F_HTTP_REQUEST : P0F_HTTP_RESPONSE;
    if (first)
        kind = p0f_heads_find(e->heads, e->db, e->db_gen, dir,
                              http->head.version, buffer, http->pos, &date);
    if (!kind) {
        result = p0f_http_read_fields(e->db, http, dir, buffer,
                                      e->config.strict);
        if (result == P0F_HTTP_WAIT || result == P0F_HTTP_END)
            return result;
        kind = p0f_heads_learn(e->heads, e->db, e->db_gen, dir, &http->head,
                               buffer, first);
        date = p0f_httpdate_read(p0f_http_value(&http->head, buffer,
                                                http->head.date));
    }
    learn_http(e, flow, dir, kind, date);
    return result;
}

/* The data of the packet in work, the next of its side. False if FLOW is of
 * no further use. */
static bool on_data(p0f_engine_t *e, p0f_flow_t *flow, p0f_dir_t dir)
{
    const p0f_packet_t *p = e->packet;
    const bool first = !flow->sent[dir];
    p0f_bytes_t buffer = p0f_flows_append(e->flows, flow, dir, p->payload);
    p0f_httpstate_t *http = p0f_flows_http(e->flows, flow);
    p0f_http_result_t result;

    if (!e->db)
        return false;
    result = read_http(e, flow, dir, buffer, first);
    if (result == P0F_HTTP_WAIT && first)
        p0f_flows_keep(e->flows, flow, dir, buffer);
    if (result == P0F_HTTP_REQUEST)
        p0f_http_next(http);
    if (result == P0F_HTTP_END && http->begun)
        p0f_engine_count(e, P0F_CTR_HTTP_BAD);
    /* What wasn't captured leaves a gap that nothing will fill. */
    if (p->payload.len < p->payload_len && !http->request_done)
        return false;
    return result != P0F_HTTP_END && result != P0F_HTTP_RESPONSE
        && (flow->sent[P0F_DIR_REQUEST] < P0F_HTTP_BUFFER
            || flow->sent[P0F_DIR_RESPONSE] < P0F_HTTP_BUFFER);
}

static void on_ack(p0f_engine_t *e, p0f_flow_t *flow, p0f_dir_t dir)
{
    const p0f_packet_t *p = e->packet;

    if (flow->probe || !flow->acked) {
        p0f_flows_delete(e->flows, flow);
        return;
    }
    if (p->seq != flow->next_seq[dir])  /* out of order: ignored */
        return;
    check_clock(e, flow, dir);
    flow->next_seq[dir] += p->payload_len;
    if (p->payload_len && !on_data(e, flow, dir))
        p0f_flows_delete(e->flows, flow);
}

/* FIN or RST. p0f-differs: 3.09b doesn't look at data that comes with a FIN,
 * where the end of many a response is (t/tool/history.t: "not
 * strict"). */
static void on_end(p0f_engine_t *e, p0f_flow_t *flow, p0f_dir_t dir)
{
    const p0f_packet_t *p = e->packet;

    check_clock(e, flow, dir);
    if (!e->config.strict && (p->flags & P0F_TCP_FIN) && flow->acked
        && p->payload_len && p->seq == flow->next_seq[dir])
        on_data(e, flow, dir);
    p0f_flows_delete(e->flows, flow);
}

/* ---- entry ------------------------------------------------------------- */

void p0f_conversation_read(p0f_engine_t *e)
{
    uint8_t type = e->packet->flags & (P0F_TCP_SYN | P0F_TCP_ACK | P0F_TCP_FIN
                                      | P0F_TCP_RST);
    bool to_server;
    p0f_flow_t *flow = p0f_flows_find(e->flows, e->packet, &e->arrival->hash,
                                      &to_server);
    p0f_dir_t dir = to_server ? P0F_DIR_REQUEST : P0F_DIR_RESPONSE;

    if (type == P0F_TCP_SYN)
        on_syn(e, flow, to_server);
    else if (!flow)
        return;
    else if (type & (P0F_TCP_FIN | P0F_TCP_RST))
        on_end(e, flow, dir);
    else if (type == P0F_TCP_ACK)
        on_ack(e, flow, dir);
    else
        on_synack(e, flow, to_server);
}

/* True if a host last seen at LAST_S is to be forgotten. Time that ran back
 * forgets all in 3.09b, see flow.c. */
static bool idle(const p0f_engine_t *e, uint32_t last_s, uint32_t now_s)
{
    if (now_s < last_s)
        return e->config.strict;
    return now_s - last_s > e->config.host_idle_s;
}

static void expire_hosts(p0f_engine_t *e, uint32_t now_s)
{
    uint32_t n, newer;

    for (n = p0f_lru_oldest(e->lru); n != P0F_LRU_NONE; n = newer) {
        p0f_host_t room, *rec = p0f_hosts_at(&e->hosts, n, &room);

        newer = p0f_lru_newer(e->lru, n);
        if (!rec || !idle(e, rec->last_seen, now_s))
            return;
        if (!p0f_lru_held(e->lru, n))
            drop_host(e, n);
    }
}

/* Every 50th packet, whatever becomes of it, and once a second at most. */
void p0f_conversation_expire(p0f_engine_t *e)
{
    int64_t now_s;

    if (--e->until_expiry)
        return;
    e->until_expiry = EXPIRE_EVERY;
    now_s = e->now.wall64_s;
    if (now_s == e->last_expiry_s)
        return;
    e->last_expiry_s = now_s;
    p0f_conversation_settle(e);
    p0f_flows_expire(e->flows, now_s, e->config.conn_age_s);
    expire_hosts(e, (uint32_t)now_s);
}

p0f_status_t p0f_conversation_open(p0f_engine_t *e)
{
    p0f_status_t status;

    e->until_expiry = EXPIRE_EVERY;
    status = p0f_lru_create(&e->lru, p0f_cache_host_slots(e->config.cache));
    if (status == P0F_OK)
        status = p0f_flows_create(&e->flows, e->config.max_flows, e->lru,
                                  e->config.strict);
    e->heads = p0f_heads_create(e->config.strict);
    if (status == P0F_OK && !e->heads)
        status = P0F_ENOMEM;
    return status;
}

void p0f_conversation_close(p0f_engine_t *e)
{
    p0f_heads_destroy(e->heads);
    p0f_flows_destroy(e->flows);
    p0f_lru_destroy(e->lru);
}
