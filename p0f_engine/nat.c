/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nat.c - scores of differences between a host's packets and messages.
 */
#include "nat.h"

#include <stdlib.h>
#include <string.h>

#include "lang.h"

enum {
    LOCAL_TTL = 5,               /* nearer: a change of TTL is odd */
    NEAR_TTL = 9,                /* farther: routes change */
    SMALL_TTL_CHANGE = 2,
    PORT_DROP = 64,
    MAX_TS_HZ = 1500, TS_GRACE_MS = 100, MAX_TS_AGE_MS = 86400000,
    DATE_JITTER_S = 10
};

/* Quirks that middle boxes change. */
#define LOOSE_QUIRKS (P0F_QUIRK_ECN | P0F_QUIRK_DF | P0F_QUIRK_NZ_ID \
                      | P0F_QUIRK_ZERO_ID)

const char *p0f_nat_reason(unsigned int n)
{
    static const char *const names[P0F_NAT_REASONS] = {
        "app_vs_os", "os_diff", "sig_diff", "x_known", "tstamp", "ttl",
        "port", "mtu", "fuzzy", "via", "date", "srv_sig_lb", "ua_vs_os"
    };

    return n < P0F_NAT_REASONS ? names[n] : NULL;
}

void p0f_nat_reset(const p0f_natpriv_t *priv, uint32_t gen)
{
    *priv->client = (p0f_natclient_t){ .side.http = P0F_NO_LABEL,
                                       .db_gen = (uint16_t)gen };
}

/* ---- labels ------------------------------------------------------------ */

/* The name of L as a number, UINT32_MAX if there is none. */
static uint32_t name_in(const p0f_label_t *l)
{
    return l ? l->name_id : UINT32_MAX;
}

static uint32_t name_of(const p0f_db_t *db, uint16_t label)
{
    return name_in(db ? p0f_db_label(db, label) : NULL);
}

static bool same_name(const p0f_db_t *db, uint16_t a, uint16_t b)
{
    return name_of(db, a) == name_of(db, b);
}

/* ---- scores ------------------------------------------------------------ */

/* Enters a SCORE that isn't 0 as the last one and says what the last 32 amount
 * to. */
P0F_APART
static void sum_up(const p0f_natpriv_t *priv, p0f_dir_t side, uint32_t reasons,
                   unsigned int score, p0f_natevent_t *event)
{
    static const uint8_t limits[4] = { 6, 3, 2, 1 };
    static const uint8_t sharing[4] = { 2, 4, 6, 8 };
    p0f_natscores_t *s = &p0f_nat_side(priv, side)->scores;
    bool shared = false;
    unsigned int i;

    for (i = 0; i < 4; i++)
        s->above[i] |= score >= limits[i];
    for (i = 0; i < 4; i++) {
        event->hits[i] = (uint8_t)__builtin_popcount(s->above[i]);
        shared |= event->hits[i] > sharing[i];
    }
    if (shared) {
        event->verdict = P0F_NAT_SHARING;
        event->reasons = priv->client->reasons;
        priv->client->reasons = 0;
        memset(s, 0, sizeof(*s));
    }
    else if (score > 1) {
        event->verdict = P0F_NAT_CHANGE;
        event->reasons = reasons;
    }
}

/* Enters SCORE with its REASONS; EVENT tells if that says anything. */
static void push(const p0f_natpriv_t *priv, p0f_dir_t side, uint32_t reasons,
                 unsigned int score, p0f_natevent_t *event)
{
    p0f_natscores_t *s = &p0f_nat_side(priv, side)->scores;
    unsigned int i;

    *event = (p0f_natevent_t){ .verdict = P0F_NAT_SILENT };
    for (i = 0; i < 4; i++)
        s->above[i] <<= 1;
    priv->client->reasons |= (uint16_t)reasons;
    if (score)
        sum_up(priv, side, reasons, score, event);
}

/* ---- TCP --------------------------------------------------------------- */

/* A hash of a signature's option layout (FNV-1a). */
static uint32_t layout_hash(const p0f_sig_t *sig)
{
    uint32_t hash = 2166136261u ^ sig->opt_count;
    unsigned int i;

    for (i = 0; i < sig->opt_count; i++)
        hash = (hash ^ sig->layout[i]) * 16777619u;
    return hash;
}

p0f_natref_t p0f_nat_ref(const p0f_seensyn_t *syn)
{
    const p0f_match_t *m = syn->match;
    p0f_natref_t ref = {
        .recv_ms = syn->time.boot_us / 1000, .quirks = syn->sig->quirks,
        .layout = layout_hash(syn->sig), .ts1 = syn->sig->ts1,
        .line = m->line, .label = m->label, .mss = syn->sig->mss,
        .dist = m->dist, .ttl = syn->sig->ttl, .bits = P0F_REF_SET
    };

    if (m->fuzzy)
        ref.bits |= P0F_REF_FUZZY;
    if (m->ttl_random)
        ref.bits |= P0F_REF_TTL_RANDOM;
    return ref;
}

/* A comparison in work. */
typedef struct {
    const p0f_db_t *db;
    const p0f_host_t *host;
    const p0f_natref_t *cur, *ref;
    bool syn;                    /* of a client */
    bool major;                  /* the system differs: no need of details */
    uint32_t reasons;
    unsigned int score;
} compare_t;

static void add(compare_t *c, uint32_t reason, unsigned int score)
{
    c->reasons |= reason;
    c->score += score;
}

static bool known(const p0f_natref_t *ref)
{
    return ref->label != P0F_NO_LABEL;
}

/* Step 1: this one and the last one. */
P0F_APART
static void compare_signatures(compare_t *c)
{
    const p0f_natref_t *cur = c->cur, *ref = c->ref;

    if (!known(cur) || !known(ref)) {
        if ((cur->quirks ^ ref->quirks) & ~(uint32_t)LOOSE_QUIRKS)
            add(c, P0F_NAT_SIG_DIFF, 2);
        else if (c->syn && cur->layout != ref->layout)
            add(c, P0F_NAT_SIG_DIFF, 1);
        if (c->syn && known(cur) != known(ref))
            add(c, P0F_NAT_X_KNOWN, 1);
        return;
    }
    if (!same_name(c->db, cur->label, ref->label)) {
        add(c, P0F_NAT_OS_DIFF, 8);
        c->major = true;
        return;
    }
    if (!c->syn)
        return;
    if (cur->label != ref->label)
        add(c, P0F_NAT_OS_DIFF, 2);
    else if (cur->line != ref->line)
        add(c, P0F_NAT_OS_DIFF, 1);
    else if ((cur->bits ^ ref->bits) & P0F_REF_FUZZY)
        add(c, P0F_NAT_FUZZY, 1);
}

/* Step 2: this one and what the host is known as. */
static void compare_host(compare_t *c)
{
    if (c->major || !known(c->cur) || c->host->label == P0F_NO_LABEL
        || same_name(c->db, c->host->label, c->cur->label))
        return;
    add(c, P0F_NAT_OS_DIFF, 8);
    c->major = true;
}

/* Step 3. A fall of TTL far away is never counted, a rise is, as in 3.09b:
 * the comparison is of signed numbers. */
static void compare_ttl(compare_t *c)
{
    int delta = c->cur->ttl - c->ref->ttl;

    if (c->major || !delta
        || ((c->cur->bits | c->ref->bits) & P0F_REF_TTL_RANDOM)
        || (c->cur->dist > NEAR_TTL && delta <= 1))
        return;
    if (c->cur->dist > LOCAL_TTL && abs(delta) <= SMALL_TTL_CHANGE)
        add(c, P0F_NAT_TTL, 1);
    else
        add(c, P0F_NAT_TTL, 4);
}

/* Step 6: a clock that went on as it should speaks for the same machine. */
static void compare_timestamps(compare_t *c)
{
    uint64_t ms = c->cur->recv_ms - c->ref->recv_ms, max;
    uint32_t ticks = c->cur->ts1 - c->ref->ts1;

    if (!c->score || !c->cur->ts1 || !c->ref->ts1 || ms >= MAX_TS_AGE_MS)
        return;
    max = (ms > TS_GRACE_MS ? ms : TS_GRACE_MS) * MAX_TS_HZ / 1000;
    if (ticks > max && (ms >= TS_GRACE_MS || ~ticks > max))
        add(c, P0F_NAT_TSTAMP, 4);
    else
        c->score /= 2;
}

/* True if the steps above find nothing: this one is of the last one's kind,
 * which is the host's too. */
static bool same_kind(const compare_t *c)
{
    return !memcmp(c->cur, c->ref, offsetof(p0f_natref_t, ts1))
        && (!known(c->cur) || c->host->label == c->cur->label);
}

static void compare(compare_t *c, uint16_t last_port, uint16_t port)
{
    if (!same_kind(c)) {
        compare_signatures(c);
        compare_host(c);
        compare_ttl(c);
    }
    if (c->syn && last_port && port < last_port
        && last_port - port >= PORT_DROP)
        add(c, P0F_NAT_PORT, 1);
    if (c->cur->mss != c->ref->mss)
        add(c, P0F_NAT_MTU, 1);
    compare_timestamps(c);
}

/* p0f-differs: 3.09b remembers the client's port in the server's record too,
 * and takes it for one of the server's when that connects (t/tool/history.t:
 * "the server's own ports"). */
void p0f_nat_tcp(const p0f_db_t *db, const p0f_host_t *host,
                 const p0f_natpriv_t *priv, p0f_dir_t dir, const p0f_natref_t *cur,
                 uint16_t client_port, bool strict, p0f_natevent_t *event)
{
    compare_t c = { .db = db, .host = host, .cur = cur,
                    .ref = &p0f_nat_side(priv, dir)->ref,
                    .syn = dir == P0F_DIR_REQUEST };

    if (c.ref->bits & P0F_REF_SET)
        compare(&c, priv->client->side.port, client_port);
    else
        compare_host(&c);
    push(priv, dir, c.reasons, c.score, event);
    if (strict || c.syn)
        priv->client->side.port = client_port;
}

/* ---- programs ---------------------------------------------------------- */

/* True if the list of systems of APP has SYSTEM. */
static bool may_run_on(const p0f_db_t *db, const p0f_label_t *app,
                       const p0f_label_t *system)
{
    const uint32_t *sys = p0f_db_sys(db, app);
    uint32_t i;

    for (i = 0; system && i < app->sys_count; i++) {
        if (sys[i] & 1u << 31 ? (sys[i] & ~(1u << 31)) == system->class_id
                              : sys[i] == system->name_id)
            return true;
    }
    return false;
}

/* The program APP was seen on a host that is known to run SYSTEM. */
static void push_program(const p0f_db_t *db, const p0f_natpriv_t *priv,
                         p0f_dir_t dir, const p0f_label_t *app,
                         const p0f_label_t *system, p0f_natevent_t *event)
{
    if (may_run_on(db, app, system))
        push(priv, dir, 0, 0, event);
    else
        push(priv, dir, P0F_NAT_APP_VS_OS, 4, event);
}

P0F_APART
void p0f_nat_tool(const p0f_db_t *db, const p0f_host_t *host,
                  const p0f_natpriv_t *priv, p0f_dir_t dir, uint16_t app,
                  p0f_natevent_t *event)
{
    const p0f_label_t *label = p0f_db_label(db, app);

    *event = (p0f_natevent_t){ .verdict = P0F_NAT_SILENT };
    if (label && host->label != P0F_NO_LABEL)
        push_program(db, priv, dir, label, p0f_db_label(db, host->label),
                     event);
}

/* ---- HTTP -------------------------------------------------------------- */

/* The system that the User-Agent claims. */
static uint32_t claimed(const p0f_db_t *db, p0f_bytes_t sw)
{
    const p0f_dbuaos_t *entry;
    uint32_t n;

    for (n = 0; (entry = p0f_db_ua_os(db, n)) != NULL; n++) {
        if (p0f_http_contains(sw, p0f_db_text(db, entry->text)))
            return entry->name_id;
    }
    return P0F_NAT_NO_CLAIM;
}

void p0f_nat_hear(const p0f_db_t *db, p0f_dir_t dir, const p0f_http_t *head,
                  p0f_bytes_t buffer, const p0f_httpmatch_t *match,
                  p0f_saidhttp_t *said)
{
    uint16_t code;

    *said = (p0f_saidhttp_t){
        .claim = P0F_NAT_NO_CLAIM, .label = match->label,
        .dishonest = match->dishonest, .via = head->via
    };
    if (dir == P0F_DIR_RESPONSE)
        return;
    if (head->sw >= 0)
        said->claim = claimed(db, p0f_http_value(head, buffer, head->sw));
    if (p0f_lang_is_tag(p0f_http_value(head, buffer, head->lang), &code)
        && p0f_lang_name(code))
        said->language = code;
}

/* A message on its way through the steps of 7.6. */
typedef struct {
    p0f_dir_t dir;
    const p0f_label_t *label;        /* NULL: not recognised */
    const p0f_saidhttp_t *said;
    bool app;
    const p0f_label_t *system;       /* of a program's host, NULL unknown */
    uint16_t ref;                    /* label of the last one */
    bool has_ref;
} message_t;

/* Steps 1 and 2, but for programs' own push: the signature. p0f-differs: of
 * signatures of systems 3.09b compares the number of a name with that of a
 * label, also when the label is the same (t/tool/history.t: "a system by
 * HTTP"). */
static void compare_http(compare_t *c, const message_t *m)
{
    uint16_t label = m->said->label;
    bool response = m->dir == P0F_DIR_RESPONSE;
    bool ref_known = m->has_ref && m->ref != P0F_NO_LABEL;

    if (!m->label) {
        if (response && ref_known)
            add(c, P0F_NAT_X_KNOWN, 4);
        return;
    }
    if (m->app) {
        if (response && ref_known && !same_name(c->db, m->ref, label))
            add(c, P0F_NAT_SRV_SIG_LB, 8);
        else if (response && ref_known && m->ref != label)
            add(c, P0F_NAT_SRV_SIG_LB, 2);
        return;
    }
    if (ref_known && !same_name(c->db, m->ref, label)) {
        add(c, P0F_NAT_OS_DIFF, 8);
        return;
    }
    if (ref_known && m->ref != label)
        add(c, P0F_NAT_OS_DIFF, 2);
    else if (response && m->has_ref && !ref_known)
        add(c, P0F_NAT_X_KNOWN, 4);
    if (!same_name(c->db, c->host->label, label))
        add(c, P0F_NAT_OS_DIFF, 4);
}

/* Step 3: an honest program's User-Agent against the system. That of a host
 * of which nothing is known differs too, as in 3.09b. */
static void compare_claim(compare_t *c, const message_t *m)
{
    if (m->dir == P0F_DIR_REQUEST && m->app && !m->said->dishonest
        && m->said->claim != P0F_NAT_NO_CLAIM
        && m->said->claim != name_in(m->system))
        add(c, P0F_NAT_UA_VS_OS, 4);
}

/* As p0f_nat_bad_sw, of a program on SYSTEM. */
static uint8_t bad_sw_of(const p0f_label_t *system, uint8_t old,
                         const p0f_saidhttp_t *said)
{
    if (said->dishonest)
        return 2;
    if (said->claim == P0F_NAT_NO_CLAIM)
        return old;
    if (said->claim == name_in(system))
        return 0;
    return old ? old : 1;
}

uint8_t p0f_nat_bad_sw(const p0f_db_t *db, uint16_t system, uint8_t old,
                       const p0f_saidhttp_t *said)
{
    const p0f_label_t *label = p0f_db_label(db, said->label);

    return label && label->flags & P0F_LABEL_APP
         ? bad_sw_of(p0f_db_label(db, system), old, said) : old;
}

/* Step 5: a server's clock against ours. */
static void compare_date(compare_t *c, const p0f_natserver_t *server,
                         const p0f_seenhttp_t *seen)
{
    int64_t ours = (int64_t)seen->wall_s - server->http_recv;
    int64_t theirs = (int64_t)seen->date - server->http_date;

    if (!server->http_date || !seen->date)
        return;
    if (theirs < -DATE_JITTER_S || theirs > ours + DATE_JITTER_S)
        add(c, P0F_NAT_DATE, 4);
}

static p0f_nathost_t as_before(const p0f_host_t *host)
{
    return (p0f_nathost_t){ host->label, host->http, host->language,
                            host->quality, host->bad_sw };
}

/* What is kept of the message (7.7). */
static void learn_http(p0f_nathost_t *after, const p0f_natpriv_t *priv,
                       const message_t *m)
{
    if (m->said->language)
        after->language = m->said->language;
    if (!m->label)
        return;
    if (m->app) {
        after->http = m->said->label;
        if (m->said->dishonest)
            after->bad_sw = 2;
        return;
    }
    after->label = m->said->label;
    after->quality = (uint8_t)(m->label->flags & P0F_LABEL_GENERIC ? 2 : 0);
    if (m->dir == P0F_DIR_REQUEST)
        priv->client->side.http = m->said->label;
}

void p0f_nat_enter(p0f_host_t *host, const p0f_nathost_t *after)
{
    host->label = after->label;
    host->http = after->http;
    host->language = after->language;
    host->quality = after->quality;
    host->bad_sw = after->bad_sw;
}

/* M as SAID tells it; a number that no message has counts as unknown. */
static message_t read_said(const p0f_db_t *db, const p0f_host_t *host,
                           p0f_dir_t dir, const p0f_natpriv_t *priv,
                           const p0f_saidhttp_t *said)
{
    const p0f_label_t *label = db ? p0f_db_label(db, said->label) : NULL;
    message_t m = { .dir = dir, .said = said,
                    .ref = p0f_nat_side(priv, dir)->http };

    if (label && !(label->flags & P0F_LABEL_LINK))
        m.label = label;
    m.app = m.label && m.label->flags & P0F_LABEL_APP;
    if (m.app)
        m.system = p0f_db_label(db, host->label);
    return m;
}

/* The push that a program makes of its own, step 2. */
static unsigned int push_tool(const p0f_db_t *db, const p0f_host_t *host,
                              const p0f_natpriv_t *priv, const message_t *m,
                              p0f_natevent_t *event)
{
    if (!m->app || host->label == P0F_NO_LABEL)
        return 0;
    push_program(db, priv, m->dir, m->label, m->system, event);
    return event->verdict != P0F_NAT_SILENT;
}

unsigned int p0f_nat_request(const p0f_db_t *db, const p0f_host_t *host,
                             const p0f_natpriv_t *priv, const p0f_saidhttp_t *said,
                             p0f_nathost_t *after,
                             p0f_natevent_t events[P0F_NAT_EVENTS])
{
    compare_t c = { .db = db, .host = host };
    message_t m = read_said(db, host, P0F_DIR_REQUEST, priv, said);
    unsigned int count = push_tool(db, host, priv, &m, events);

    m.has_ref = m.ref != P0F_NO_LABEL;
    compare_http(&c, &m);
    compare_claim(&c, &m);
    if (said->via)
        add(&c, P0F_NAT_VIA, 8);
    push(priv, P0F_DIR_REQUEST, c.reasons, c.score, &events[count]);
    count += events[count].verdict != P0F_NAT_SILENT;
    *after = as_before(host);
    if (m.app)
        after->bad_sw = bad_sw_of(m.system, host->bad_sw, said);
    learn_http(after, priv, &m);
    return count;
}

static unsigned int hear_response(const p0f_db_t *db, const p0f_host_t *host,
                                  const p0f_natpriv_t *priv,
                                  const p0f_seenhttp_t *seen,
                                  p0f_nathost_t *after,
                                  p0f_natevent_t events[P0F_NAT_EVENTS])
{
    p0f_natserver_t *server = p0f_nat_server(priv);
    compare_t c = { .db = db, .host = host };
    message_t m = read_said(db, host, P0F_DIR_RESPONSE, priv, seen->said);
    unsigned int count = push_tool(db, host, priv, &m, events);

    m.has_ref = server->side.port == seen->server_port;
    compare_http(&c, &m);
    if (seen->said->via)
        add(&c, P0F_NAT_VIA, 8);
    if (m.has_ref)
        compare_date(&c, server, seen);
    push(priv, P0F_DIR_RESPONSE, c.reasons, c.score, &events[count]);
    count += events[count].verdict != P0F_NAT_SILENT;
    server->side.http = seen->said->label;
    server->side.port = seen->server_port;
    server->http_date = seen->date;
    server->http_recv = seen->wall_s;
    *after = as_before(host);
    learn_http(after, priv, &m);
    return count;
}

unsigned int p0f_nat_http(const p0f_db_t *db, p0f_host_t *host,
                          const p0f_natpriv_t *priv, const p0f_seenhttp_t *seen,
                          p0f_natevent_t events[P0F_NAT_EVENTS])
{
    p0f_nathost_t after;
    unsigned int count;

    if (seen->dir == P0F_DIR_RESPONSE)
        count = hear_response(db, host, priv, seen, &after, events);
    else
        count = p0f_nat_request(db, host, priv, seen->said, &after, events);
    p0f_nat_enter(host, &after);
    return count;
}
