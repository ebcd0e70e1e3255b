/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.c - reads what a request's headers say and hands it on.
 *
 * The header lines are laid out as text again and read by the engine's own
 * reader, so that there is one reader and one set of limits: 32 headers,
 * names of 32 letters, digits, "-" and "_". One limit is not kept: a value
 * of more than 1024 bytes, which ends 3.09b's reading, is cut, since today's
 * cookies are longer.
 */
#include "request.h"

#include <string.h>

#include "apr_strings.h"
#include "http_protocol.h"

#include "logging.h"
#include "../p0f_engine/lang.h"
#include "../p0f_engine/recall.h"
#include "../p0f_engine/sniffer.h"

#define VALUE_MAX   1024         /* bytes of a value that are read */
#define REQUEST_MAX 1023         /* bytes of a request line that p0f 3 reads */

static const char first_line[2][16] = { "GET / HTTP/1.0\n",
                                        "GET / HTTP/1.1\n" };

p0f_reqhttp_t *p0f_request_keep(request_rec *r)
{
    const apr_array_header_t *lines = apr_table_elts(r->headers_in);
    const size_t size = (size_t)lines->nelts * sizeof(apr_table_entry_t);
    p0f_reqhttp_t *http = apr_palloc(r->pool, sizeof(*http) + size);

    http->r = r;
    http->headers = lines->nelts;
    http->header = size ? memcpy(http + 1, lines->elts, size) : NULL;
    http->read = 0;
    return http;
}

/* ---- what p0f 3 would make of it ---------------------------------------- */

static char *lay_value(char *p, const char *value)
{
    size_t n = strnlen(value, VALUE_MAX);

    memcpy(p, value, n);
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n')
            p[i] = ' ';
    }
    return p + n;
}

/* The head as text; empty if there are too many headers to be of use. */
static p0f_bytes_t lay_out(p0f_reqhttp_t *http)
{
    const apr_table_entry_t *line = http->header;
    int version = http->r->proto_num == HTTP_VERSION(1, 1)
                  || http->r->proto_num >= HTTP_VERSION(2, 0);
    size_t room = sizeof(first_line[0]) + 1;
    p0f_bytes_t buffer = { NULL, 0 };
    char *p, *start;
    int i;

    if (http->headers > P0F_HTTP_MAX)
        return buffer;
    for (i = 0; i < http->headers; i++)
        room += strlen(line[i].key) + strnlen(line[i].val, VALUE_MAX) + 3;
    p = start = apr_palloc(http->r->pool, room);
    p = apr_cpystrn(p, first_line[version], sizeof(first_line[0]));
    for (i = 0; i < http->headers; i++) {
        p = apr_cpystrn(p, line[i].key, strlen(line[i].key) + 1);
        *p++ = ':';
        *p++ = ' ';
        p = lay_value(p, line[i].val);
        *p++ = '\n';
    }
    *p++ = '\n';
    buffer.data = (const uint8_t *)start;
    buffer.len = (size_t)(p - start) <= UINT16_MAX ? (size_t)(p - start) : 0;
    return buffer;
}

static bool begins(const char *text, size_t len, const char *with,
                   size_t with_len)
{
    return len >= with_len && !memcmp(text, with, with_len);
}

/* A GET or HEAD of HTTP/1 whose first line p0f 3 takes. */
static int on_the_wire(const request_rec *r)
{
    size_t len;

    if (r->proto_num >= HTTP_VERSION(2, 0) || !r->the_request)
        return 0;
    len = strlen(r->the_request);
    return len <= REQUEST_MAX && (begins(r->the_request, len, "GET /", 5)
                                  || begins(r->the_request, len, "HEAD /", 6));
}

/* True if the User-Agent has what the signature of MATCH wants in it. */
static bool borne_out(const p0f_db_t *db, const p0f_httpmatch_t *match,
                      const p0f_http_t *head)
{
    const p0f_dbitem_t *items;
    const p0f_dbhttp_t *sig = p0f_db_http(db, P0F_DIR_REQUEST, match->sig,
                                          &items);

    return sig && sig->expsw && head->sw >= 0 && !match->dishonest;
}

static void unmatch(p0f_reqhttp_t *http)
{
    http->match = (p0f_httpmatch_t){ .sig = P0F_NO_SIG,
                                     .label = P0F_NO_LABEL };
    http->name = http->flavor = "";
}

/* A copy of a text of the database without control bytes. */
static const char *clean_copy(apr_pool_t *pool, const char *text)
{
    char *copy = apr_pstrdup(pool, text);

    for (char *p = copy; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
    return copy;
}

static void match(p0f_reqhttp_t *http, const p0f_db_t *db)
{
    const p0f_label_t *label;

    unmatch(http);
    p0f_http_match(db, P0F_DIR_REQUEST, &http->head, http->buffer,
                   &http->match);
    if (!on_the_wire(http->r) && !borne_out(db, &http->match, &http->head))
        unmatch(http);
    p0f_nat_hear(db, P0F_DIR_REQUEST, &http->head, http->buffer, &http->match,
                 &http->said);
    label = p0f_db_label(db, http->match.label);
    if (!label || !http->match.app)
        return;
    http->name = clean_copy(http->r->pool, p0f_db_text(db, label->name));
    http->flavor = clean_copy(http->r->pool, p0f_db_text(db, label->flavor));
}

static void parse(p0f_reqhttp_t *http)
{
    const p0f_cache_t *cache = p0f_lifecycle_runtime()->cache;
    p0f_httpstate_t state;
    const p0f_db_t *db;
    int tries;

    http->parsed = 0;
    http->db_gen = 0;
    http->name = http->flavor = "";
    http->buffer = lay_out(http);
    for (tries = 0; tries < 3 && cache && http->buffer.len; tries++) {
        db = p0f_cache_db(cache, &http->db_gen);
        if (!db)
            return;
        memset(&state, 0, sizeof(state));
        if (p0f_http_read(db, &state, P0F_DIR_REQUEST, http->buffer, false)
            != P0F_HTTP_REQUEST)
            return;
        http->head = state.head;
        match(http, db);
        if (p0f_cache_db_valid(cache, http->db_gen)) {
            http->parsed = 1;
            return;
        }
        unmatch(http);
    }
}

/* ---- what anybody reads ------------------------------------------------- */

static p0f_bytes_t header(const p0f_reqhttp_t *http, const char *name)
{
    for (int i = 0; i < http->headers; i++) {
        const char *value = http->header[i].val;

        if (!ap_cstr_casecmp(http->header[i].key, name))
            return (p0f_bytes_t){ (const uint8_t *)value, strlen(value) };
    }
    return (p0f_bytes_t){ NULL, 0 };
}

static const char *language(p0f_bytes_t value)
{
    const char *name = NULL;
    uint16_t code;

    if (p0f_lang_is_tag(value, &code))
        name = p0f_lang_name(code);
    return name ? name : "";
}

const p0f_reqhttp_t *p0f_request_read(p0f_reqhttp_t *http)
{
    if (!http || http->read)
        return http;
    http->read = 1;
    http->claim = p0f_claim_read(header(http, "User-Agent"),
                                 header(http, "Sec-CH-UA-Platform"));
    http->language = language(header(http, "Accept-Language"));
    http->via = header(http, "Via").len || header(http, "Forwarded").len
                || header(http, "X-Forwarded-For").len;
    parse(http);
    return http;
}

/* ---- request and SYN ---------------------------------------------------- */

/* VIA: the peer isn't the client. */
static int mismatch(p0f_family_t claim, const p0f_verdict_t *syn, int via)
{
    if (via || claim == P0F_FAMILY_NONE || syn->source == P0F_SOURCE_NONE
        || syn->source == P0F_SOURCE_HOST)
        return -1;
    return p0f_claim_mismatch(claim, p0f_claim_family(
        p0f_verdict_name(syn, P0F_NAME_GENRE),
        p0f_verdict_name(syn, P0F_NAME_CLASS)));
}

int p0f_request_mismatch(const p0f_reqhttp_t *http,
                         const p0f_verdict_t *syn, int via)
{
    return mismatch(http->claim.family, syn, via || http->via);
}

/* The label of the host's system, as p0f 3 has it once the SYN is read. */
static uint16_t system_of(const p0f_answer_t *answer, uint32_t gen)
{
    const p0f_verdict_t *syn = answer->syn;

    if (syn->source != P0F_SOURCE_NONE && syn->db_gen == gen
        && syn->match.label != P0F_NO_LABEL && !syn->match.app)
        return syn->match.label;
    return answer->has_host && answer->host.db_gen == gen
         ? answer->host.label : P0F_NO_LABEL;
}

int p0f_request_bad_sw(const p0f_reqhttp_t *http, const p0f_answer_t *answer)
{
    const p0f_cache_t *cache = p0f_lifecycle_runtime()->cache;
    uint8_t old = answer->has_host ? answer->host.bad_sw : 0, bad;
    const p0f_db_t *db;
    uint32_t gen;

    if (!cache || !http->parsed || !http->match.app)
        return old;
    db = p0f_cache_db(cache, &gen);
    if (!db || gen != http->db_gen)
        return old;
    bad = p0f_nat_bad_sw(db, system_of(answer, gen), old, &http->said);
    return p0f_cache_db_valid(cache, gen) ? bad : old;
}

/* ---- what was read before ------------------------------------------------ */

/* Clients come in few kinds, and to most new connections a client of a kind
 * says word for word what another has said, but for its cookies. So a process
 * keeps what heads said that it has read last. */
enum { HEADS = 128, LEFT_OUT = 6 };

/* What is handed on of a head. */
typedef struct {
    uint8_t heard, via;
    p0f_family_t claim;
    p0f_saidhttp_t said;
} heard_t;

/* All that what a head says depends on: protocol and number of headers,
 * generation of the database, then of each header the lengths of name and
 * value and both. Longer heads are few, and read each time. */
enum { KEY_PROTO, KEY_DB_GEN, KEY_HEADERS, KEY_WORDS = 160 };

typedef struct {
    uint64_t word[KEY_WORDS];
    unsigned int n;              /* words in use; 0: there is no room */
} head_key_t;

static _Atomic uint64_t head_words[P0F_RECALL_WORDS(HEADS, KEY_WORDS,
                                                    sizeof(heard_t))];

static const p0f_recall_t heads = { .words = head_words, .count = HEADS,
                                    .key_words = KEY_WORDS,
                                    .bytes = sizeof(heard_t) };

/* Headers whose values differ from client to client; they say nothing, unless
 * a signature asks for them. */
static const struct {
    size_t len;
    char name[20];
} left_out[LEFT_OUT] = {
    { 6, "Cookie" }, { 7, "Referer" }, { 4, "Host" },
    { 17, "If-Modified-Since" }, { 13, "If-None-Match" },
    { 13, "Authorization" }
};

static bool is_left_out(const char *name, size_t len)
{
    /* Most names end here. */
    static const uint32_t lengths = 1u << 4 | 1u << 6 | 1u << 7 | 1u << 13
                                  | 1u << 17;

    if (len > 17 || !(lengths >> len & 1))
        return false;
    for (int i = 0; i < LEFT_OUT; i++) {
        if (len == left_out[i].len && !memcmp(name, left_out[i].name, len))
            return true;
    }
    return false;
}

static bool looks_at_left_out(const p0f_db_t *db)
{
    uint16_t header[LEFT_OUT];
    const p0f_dbitem_t *items;
    const p0f_dbhttp_t *sig;

    for (int i = 0; i < LEFT_OUT; i++)
        header[i] = p0f_db_header(db, (p0f_bytes_t){
            (const uint8_t *)left_out[i].name, left_out[i].len });
    for (uint32_t n = 0;
         (sig = p0f_db_http(db, P0F_DIR_REQUEST, n, &items)) != NULL; n++) {
        for (int i = 0; i < sig->order_count + sig->absent_count; i++) {
            for (int h = 0; h < LEFT_OUT; h++) {
                if (items[i].value && items[i].header == header[h])
                    return true;
            }
        }
    }
    return false;
}

/* True if heads may be remembered by the database of now, whose generation
 * *DB_GEN becomes: it looks at nothing that is left out. That is found out
 * once for each. */
static bool may_recall(uint32_t *db_gen)
{
    static _Atomic uint64_t found;       /* generation * 2, + 1: it may */
    const p0f_cache_t *cache = p0f_lifecycle_runtime()->cache;
    uint64_t rule = atomic_load_explicit(&found, memory_order_relaxed);
    const p0f_db_t *db;

    *db_gen = p0f_cache_db_gen(cache);
    if (rule / 2 != *db_gen) {
        db = p0f_cache_db(cache, db_gen);
        if (!db)
            return false;
        rule = (uint64_t)*db_gen * 2 + !looks_at_left_out(db);
        if (!p0f_cache_db_valid(cache, *db_gen))
            return false;
        atomic_store_explicit(&found, rule, memory_order_relaxed);
    }
    return rule & 1;
}

/* Adds a header. False if there is no room. */
static bool add_header(head_key_t *key, const char *name, size_t name_len,
                       const char *value, size_t value_len)
{
    const size_t room = (KEY_WORDS - key->n) * sizeof(key->word[0]);
    const size_t len = name_len + value_len, words = 1 + (len + 7) / 8;
    uint64_t *to = &key->word[key->n];

    if (name_len > room || value_len > room || words > KEY_WORDS - key->n)
        return false;
    to[words - 1] = 0;           /* behind the last byte */
    to[0] = name_len | (uint64_t)value_len << 32;
    p0f_bytes_lay((char *)(to + 1), name, name_len);
    p0f_bytes_lay((char *)(to + 1) + name_len, value, value_len);
    key->n += (unsigned int)words;
    return true;
}

static void make_key(const p0f_reqhttp_t *http, uint32_t db_gen,
                     head_key_t *key)
{
    const apr_table_entry_t *line = http->header;

    key->word[KEY_PROTO] = (uint64_t)http->r->proto_num << 32
                         | (uint64_t)http->headers << 1
                         | (unsigned int)on_the_wire(http->r);
    key->word[KEY_DB_GEN] = db_gen;
    key->n = KEY_HEADERS;
    for (int i = 0; i < http->headers; i++) {
        const char *name = line[i].key, *value = line[i].val;
        const size_t len = strlen(name);

        if (*value && is_left_out(name, len))
            value = "+";
        if (!add_header(key, name, len, value, strlen(value))) {
            key->n = 0;
            return;
        }
    }
}

/* True if the reader would be shown this request. */
static int is_heard(const p0f_reqhttp_t *http)
{
    return http->parsed && (on_the_wire(http->r)
                            || http->r->proto_num >= HTTP_VERSION(2, 0));
}

static heard_t read_head(p0f_reqhttp_t *http, uint32_t *db_gen)
{
    heard_t heard = { .heard = 0 };

    p0f_request_read(http);
    *db_gen = http->db_gen;
    heard.heard = (uint8_t)is_heard(http);
    if (heard.heard)
        heard.said = http->said;
    heard.via = (uint8_t)http->via;
    heard.claim = http->claim.family;
    return heard;
}

/* What HTTP says, from memory where it can be. *DB_GEN is the generation of
 * its numbers. */
static heard_t listen_to(p0f_reqhttp_t *http, uint32_t *db_gen)
{
    head_key_t key;
    heard_t heard;

    if (http->read || p0f_logging_wanted() || !may_recall(db_gen))
        return read_head(http, db_gen);
    make_key(http, *db_gen, &key);
    if (key.n && p0f_recall_get(&heads, key.word, key.n, &heard))
        return heard;
    heard = read_head(http, db_gen);
    if (key.n && *db_gen == key.word[KEY_DB_GEN])
        p0f_recall_put(&heads, key.word, key.n, &heard, sizeof(heard));
    return heard;
}

/* ---- to the sniffer ----------------------------------------------------- */

/* The line of the request in the logs. */
static void write_line(const p0f_reqhttp_t *http,
                       const p0f_lookup_first_t *first, bool mismatch)
{
    const p0f_runtime_t *runtime = p0f_lifecycle_runtime();
    const p0f_seenhttp_t seen = {
        .dir = P0F_DIR_REQUEST, .head = &http->head,
        .buffer = http->buffer, .match = &http->match,
        .server_port = first->key->local_port,
        .wall_s = (uint32_t)apr_time_sec(http->r->request_time)
    };
    p0f_observation_t obs = {
        .kind = P0F_OBS_HTTP_REQUEST, .wall_us = http->r->request_time,
        .client = &first->key->peer, .server = &first->key->local,
        .client_port = first->key->peer_port,
        .server_port = first->key->local_port, .http = &seen
    };
    unsigned int lost;
    uint32_t gen;

    /* Numbers of a database that is gone would be those of others. */
    obs.db = p0f_cache_db(runtime->cache, &gen);
    if (gen != http->db_gen)
        return;
    lost = p0f_logging_request(&obs, mismatch, http->r->pool);
    if (lost)
        p0f_ring_count(runtime->ring, P0F_WCTR_LOG_LOST, lost);
}

/* Not inlined: its frame would be made for each request. */
__attribute__((noinline))
static void tell(p0f_reqhttp_t *http, const p0f_lookup_first_t *first)
{
    p0f_ringhttp_t said = { .db_gen = 0 };
    heard_t heard = listen_to(http, &said.db_gen);

    said.heard = heard.heard;
    said.said = heard.said;
    said.mismatch = first->syn
        && mismatch(heard.claim, first->syn, first->via || heard.via) == 1;
    if (said.heard && p0f_logging_wanted())
        write_line(http, first, said.mismatch);
    p0f_lookup_tell(http->r->connection,
                    said.heard || said.mismatch ? &said : NULL);
}

void p0f_request_tell(p0f_reqhttp_t *http)
{
    p0f_lookup_first_t first;

    if (p0f_lookup_first(http->r, &first))
        tell(http, &first);
}
