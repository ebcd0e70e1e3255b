/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.c - connections in progress.
 *
 * Flows live in one array made at the start. Three links run through it by
 * index: free list, hash chains, and the order of creation, oldest first,
 * which expiry and pruning follow. The links have an array of their own,
 * small enough for the processor's cache: most flows are looked at again only
 * to be forgotten, a tenth of all at once.
 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "addr.h"

#define NONE 0xffffffffu
#define PRUNE_PERCENT 10             /* of the flows go when the limit is hit */

/* The links of the flow with the same number, and what is needed with them. */
typedef struct {
    uint32_t hash, hash_next, newer, older;
    struct {
        uint32_t index, tag;
    } host[2];                       /* the hosts' records */
} link_t;

struct p0f_flows_t {
    p0f_flow_t *pool;                /* limit + 1 */
    p0f_httpstate_t *http;           /* likewise */
    link_t *links;                   /* limit + 1 */
    uint32_t *heads;                 /* chains, mask + 1 */
    uint32_t mask;
    uint32_t limit, count;
    uint32_t hash;                   /* of the packet looked for last */
    uint32_t free_first;             /* linked by hash_next */
    uint32_t oldest, newest;
    bool strict;
    p0f_lru_t *lru;
    uint8_t *sent;                   /* P0F_HTTP_BUFFER a side and flow */
    size_t sent_size;
};

/* Memory for what flows send: pages that no flow has used cost nothing. */
static uint8_t *map_sent(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

p0f_status_t p0f_flows_create(p0f_flows_t **out, uint32_t limit,
                              p0f_lru_t *lru, bool strict)
{
    p0f_flows_t *f = calloc(1, sizeof(*f));
    uint32_t heads = 64, i;          /* four a flow: most chains are one */

    *out = NULL;
    if (!f)
        return P0F_ENOMEM;
    while (heads / 4 < limit && heads < 1u << 30)
        heads *= 2;
    f->limit = limit;
    f->lru = lru;
    f->strict = strict;
    f->mask = heads - 1;
    f->pool = aligned_alloc(sizeof(*f->pool),
                            ((size_t)limit + 1) * sizeof(*f->pool));
    f->http = calloc((size_t)limit + 1, sizeof(*f->http));
    f->links = calloc((size_t)limit + 1, sizeof(*f->links));
    f->heads = malloc(heads * sizeof(*f->heads));
    f->sent_size = ((size_t)limit + 1) * 2 * P0F_HTTP_BUFFER;
    f->sent = map_sent(f->sent_size);
    if (!f->pool || !f->http || !f->links || !f->heads || !f->sent) {
        p0f_flows_destroy(f);
        return P0F_ENOMEM;
    }
    memset(f->heads, 0xff, heads * sizeof(*f->heads));
    for (i = 0; i <= limit; i++)
        f->links[i].hash_next = i < limit ? i + 1 : NONE;
    f->oldest = f->newest = NONE;
    *out = f;
    return P0F_OK;
}

void p0f_flows_destroy(p0f_flows_t *flows)
{
    if (!flows)
        return;
    if (flows->sent)
        munmap(flows->sent, flows->sent_size);
    free(flows->pool);
    free(flows->http);
    free(flows->links);
    free(flows->heads);
    free(flows);
}

/* An address's secret hash with a port. Whoever doesn't know the secret can't
 * tell where this lies for any port. */
static uint64_t end_hash(uint64_t addr_hash, uint16_t port)
{
    uint64_t h = (addr_hash ^ port) * 0x9e3779b97f4a7c15u;

    return (h ^ h >> 32) * 0xd6e8feb86659fd93u;
}

/* The hash of a connection, the same for packets of both directions. */
static uint32_t hash_of(const p0f_packet_t *p, const p0f_ends_hash_t *hash)
{
    return (uint32_t)((end_hash(hash->src, p->sport)
                       + end_hash(hash->dst, p->dport)) >> 32);
}

static bool is_between(const p0f_flow_t *flow, const p0f_addr_t *client,
                       uint16_t client_port, const p0f_addr_t *server,
                       uint16_t server_port)
{
    return flow->client_port == client_port
        && flow->server_port == server_port
        && p0f_addr_equal(&flow->client, client)
        && p0f_addr_equal(&flow->server, server);
}

p0f_flow_t *p0f_flows_find(p0f_flows_t *flows, const p0f_packet_t *packet,
                           const p0f_ends_hash_t *hash, bool *to_server)
{
    p0f_flow_t *reverse = NULL;
    uint32_t i;

    flows->hash = hash_of(packet, hash);
    *to_server = true;
    for (i = flows->heads[flows->hash & flows->mask]; i != NONE;
         i = flows->links[i].hash_next) {
        p0f_flow_t *flow = &flows->pool[i];

        if (flows->links[i].hash != flows->hash)
            continue;
        if (is_between(flow, &packet->src, packet->sport, &packet->dst,
                       packet->dport))
            return flow;
        if (is_between(flow, &packet->dst, packet->dport, &packet->src,
                       packet->sport))
            reverse = flow;
    }
    *to_server = false;
    return reverse;
}

static void unlink_age(p0f_flows_t *f, const link_t *l)
{
    if (l->older == NONE)
        f->oldest = l->newer;
    else
        f->links[l->older].newer = l->newer;
    if (l->newer == NONE)
        f->newest = l->older;
    else
        f->links[l->newer].older = l->older;
}

static void delete_at(p0f_flows_t *flows, uint32_t self)
{
    link_t *l = &flows->links[self];
    uint32_t *chain = &flows->heads[l->hash & flows->mask];

    while (*chain != self)
        chain = &flows->links[*chain].hash_next;
    *chain = l->hash_next;
    unlink_age(flows, l);
    p0f_lru_release(flows->lru, l->host[P0F_DIR_REQUEST].index);
    p0f_lru_release(flows->lru, l->host[P0F_DIR_RESPONSE].index);
    l->hash_next = flows->free_first;
    flows->free_first = self;
    flows->count--;
}

void p0f_flows_delete(p0f_flows_t *flows, p0f_flow_t *flow)
{
    delete_at(flows, (uint32_t)(flow - flows->pool));
}

void p0f_flows_prune(p0f_flows_t *flows)
{
    uint32_t n = 1 + flows->count * PRUNE_PERCENT / 100;

    while (n-- && flows->oldest != NONE)
        delete_at(flows, flows->oldest);
}

/* One flow more than the limit may exist (p0f 3.09b behaviour, 6.6). */
uint32_t p0f_flows_make_room(p0f_flows_t *flows)
{
    uint32_t before = flows->count;

    if (flows->count > flows->limit)
        p0f_flows_prune(flows);
    return before - flows->count;
}

/* Asks for the memory of the flow that will be made next. */
static void fetch(const p0f_flows_t *f, uint32_t n)
{
    if (n != NONE)
        __builtin_prefetch(&f->pool[n], 1);
}

/* Makes the flow SELF the newest one, between the records of HOSTS. */
static void link_in(p0f_flows_t *flows, uint32_t self,
                    const p0f_slot_t hosts[2])
{
    uint32_t *head = &flows->heads[flows->hash & flows->mask];
    link_t *l = &flows->links[self];
    int i;

    l->hash = flows->hash;
    for (i = 0; i < 2; i++) {
        l->host[i].index = hosts[i].index;
        l->host[i].tag = hosts[i].tag;
        p0f_lru_hold(flows->lru, hosts[i].index);
    }
    l->hash_next = *head;
    *head = self;
    l->older = flows->newest;
    l->newer = NONE;
    if (flows->newest == NONE)
        flows->oldest = self;
    else
        flows->links[flows->newest].newer = self;
    flows->newest = self;
    flows->count++;
}

p0f_flow_t *p0f_flows_add(p0f_flows_t *flows, const p0f_packet_t *packet,
                          const p0f_slot_t hosts[2], int64_t now_s)
{
    uint32_t self = flows->free_first;
    p0f_flow_t *flow = &flows->pool[self];

    flows->free_first = flows->links[self].hash_next;
    fetch(flows, flows->free_first);
    flow->next_seq[P0F_DIR_RESPONSE] = 0;
    flow->acked = flow->probe = false;
    memset(flow->uptime, 0, sizeof(flow->uptime));
    memset(flow->sent, 0, sizeof(flow->sent));
    flow->spoke = false;
    flow->client = packet->src;
    flow->server = packet->dst;
    flow->client_port = packet->sport;
    flow->server_port = packet->dport;
    flow->next_seq[P0F_DIR_REQUEST] = packet->seq + 1;
    flow->syn_mss = packet->opt.mss;
    flow->created_s = now_s;
    link_in(flows, self, hosts);
    return flow;
}

p0f_slot_t p0f_flows_host(const p0f_flows_t *flows, const p0f_flow_t *flow,
                          p0f_dir_t dir)
{
    const link_t *l = &flows->links[flow - flows->pool];

    return (p0f_slot_t){ l->host[dir].index, l->host[dir].tag, true };
}

p0f_httpstate_t *p0f_flows_http(const p0f_flows_t *flows, p0f_flow_t *flow)
{
    p0f_httpstate_t *http = &flows->http[flow - flows->pool];

    if (!flow->spoke)                /* the head needs no clearing */
        memset(http, 0, offsetof(p0f_httpstate_t, head));
    flow->spoke = true;
    return http;
}

/* Where is kept what the sender of DIR sends in FLOW. */
static uint8_t *sent_by(const p0f_flows_t *flows, const p0f_flow_t *flow,
                        p0f_dir_t dir)
{
    size_t place = (size_t)(flow - flows->pool) * 2 + (size_t)dir;

    return flows->sent + place * P0F_HTTP_BUFFER;
}

p0f_bytes_t p0f_flows_append(p0f_flows_t *flows, p0f_flow_t *flow,
                             p0f_dir_t dir, p0f_bytes_t data)
{
    const size_t before = flow->sent[dir];
    p0f_bytes_t all = { sent_by(flows, flow, dir), 0 };

    data = p0f_bytes_first(data, P0F_HTTP_BUFFER - before);
    flow->sent[dir] = (uint16_t)(before + data.len);
    if (!before)
        return data;
    p0f_bytes_copy(data, 0, sent_by(flows, flow, dir) + before, data.len);
    all.len = flow->sent[dir];
    return all;
}

void p0f_flows_keep(p0f_flows_t *flows, const p0f_flow_t *flow, p0f_dir_t dir,
                    p0f_bytes_t data)
{
    p0f_bytes_copy(data, 0, sent_by(flows, flow, dir), data.len);
}

/* p0f-differs: 3.09b takes a clock that ran back for one that ran on for a
 * century and expires everything; here it expires nothing (flow_t:
 * time_running_back). */
static bool expired(const p0f_flows_t *f, const p0f_flow_t *flow,
                    int64_t now_s, uint32_t age_s)
{
    if (now_s < flow->created_s)
        return f->strict;
    return now_s - flow->created_s > age_s;
}

void p0f_flows_expire(p0f_flows_t *flows, int64_t now_s, uint32_t age_s)
{
    while (flows->oldest != NONE
           && expired(flows, &flows->pool[flows->oldest], now_s, age_s))
        delete_at(flows, flows->oldest);
}
