/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_v3.c - queries and replies of p0f 3's socket.
 */
#include "api_v3.h"

#include <string.h>

#include "addr.h"
#include "host.h"
#include "lang.h"
#include "sniffer.h"

enum { UNKNOWN_DISTANCE = 255 };

/* ---- server ----------------------------------------------------------- */

bool p0f_api_v3_decode(const uint8_t query[P0F_API_QUERY], p0f_addr_t *addr)
{
    uint32_t magic;

    memcpy(&magic, query, sizeof(magic));
    if (magic != P0F_API_QUERY_MAGIC || (query[4] != 4 && query[4] != 6))
        return false;
    *addr = query[4] == 4 ? p0f_addr_from_v4(query + 5)
                          : p0f_addr_from_v6(query + 5);
    return true;
}

/* p0f-differs: 3.09b gives 32 bytes of a longer text and no NUL, which many a
 * client then reads on behind (api_v3_t: long_texts_are_cut). */
static void put_text(char out[P0F_API_TEXT], const char *text)
{
    size_t n = strnlen(text, P0F_API_TEXT - 1);

    memcpy(out, text, n);
    memset(out + n, 0, P0F_API_TEXT - n);
}

static void put_label(const p0f_db_t *db, uint16_t number,
                      char name[P0F_API_TEXT], char flavor[P0F_API_TEXT])
{
    const p0f_label_t *label = db ? p0f_db_label(db, number) : NULL;

    if (!label)
        return;
    put_text(name, p0f_db_text(db, label->name));
    if (flavor)
        put_text(flavor, p0f_db_text(db, label->flavor));
}

void p0f_api_v3_encode(p0f_api_status_t status, const p0f_host_t *host,
                       const p0f_db_t *db, bool strict, p0f_api_reply_t *out)
{
    const char *language;

    memset(out, 0, sizeof(*out));
    out->magic = P0F_API_REPLY_MAGIC;
    out->status = status;
    if (status != P0F_API_FOUND)
        return;
    out->first_seen = host->first_seen;
    out->last_seen = host->last_seen;
    out->total_conn = host->total_conn;
    out->uptime_min = host->uptime_min;
    out->up_mod_days = host->uptime_mod;
    out->last_nat = host->last_nat;
    out->last_chg = host->last_chg;
    /* p0f-differs: 3.09b says 255 where its own documentation says -1
     * (api_v3_t: unknown_distance). */
    out->distance = host->distance == UNKNOWN_DISTANCE && !strict
                  ? -1 : host->distance;
    out->bad_sw = host->bad_sw;
    out->os_match_q = host->quality;
    put_label(db, host->label, out->os_name, out->os_flavor);
    put_label(db, host->http, out->http_name, out->http_flavor);
    put_label(db, host->link, out->link_type, NULL);
    language = host->language ? p0f_lang_name(host->language) : NULL;
    if (language)
        put_text(out->language, language);
}

/* The reply about HOST. A database that is replaced meanwhile twice has its
 * names asked for again; failing that there are none. */
static void reply_about(const p0f_api_source_t *source, p0f_host_t *host,
                        p0f_api_reply_t *out)
{
    const p0f_db_t *db;
    uint32_t gen;
    int tries;

    for (tries = 0; tries < 3; tries++) {
        db = p0f_cache_db(source->cache, &gen);
        if (db && host->db_gen != gen)
            p0f_host_rename(host, db, gen, source->strict);
        p0f_api_v3_encode(P0F_API_FOUND, host, db, source->strict, out);
        if (!db || p0f_cache_db_valid(source->cache, gen))
            return;
    }
    p0f_api_v3_encode(P0F_API_FOUND, host, NULL, source->strict, out);
}

size_t p0f_api_v3_answer(void *ctx, const uint8_t *query,
                         const p0f_server_asked_t *asked, uint8_t *reply)
{
    const p0f_api_source_t *source = ctx;
    const uint32_t now_s = (uint32_t)(asked->now_us / 1000000);
    /* Before the look: what is entered after it was not missed by it. */
    const bool was_behind = !asked->last
        && p0f_cache_read_until(source->cache) <= asked->asked_us;
    p0f_api_reply_t out;
    p0f_addr_t addr;
    p0f_host_t host;

    if (!p0f_api_v3_decode(query, &addr)) {
        p0f_api_v3_encode(P0F_API_BAD_QUERY, NULL, NULL, source->strict, &out);
    }
    else if (p0f_cache_host_read(source->cache, &addr, now_s, &host)
             == P0F_OK) {
        reply_about(source, &host, &out);
    }
    else if (was_behind) {
        if (source->wake_fd >= 0 && asked->now_us == asked->asked_us)
            p0f_sniffer_wake(source->wake_fd);
        return 0;
    }
    else {
        p0f_api_v3_encode(P0F_API_NO_MATCH, NULL, NULL, source->strict, &out);
    }
    memcpy(reply, &out, sizeof(out));
    return sizeof(out);
}

/* ---- client ----------------------------------------------------------- */

void p0f_api_v3_ask(const p0f_addr_t *addr, uint8_t query[P0F_API_QUERY])
{
    const uint32_t magic = P0F_API_QUERY_MAGIC;

    memset(query, 0, P0F_API_QUERY);
    memcpy(query, &magic, sizeof(magic));
    if (p0f_addr_is_v4(addr)) {
        query[4] = 4;
        memcpy(query + 5, addr->b + 12, 4);
    }
    else {
        query[4] = 6;
        memcpy(query + 5, addr->b, sizeof(addr->b));
    }
}

bool p0f_api_v3_understand(const uint8_t reply[P0F_API_REPLY],
                           p0f_api_reply_t *out)
{
    char (*const texts[])[P0F_API_TEXT] = {
        &out->os_name, &out->os_flavor, &out->http_name, &out->http_flavor,
        &out->link_type, &out->language
    };
    size_t i;

    memcpy(out, reply, sizeof(*out));
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        (*texts[i])[P0F_API_TEXT - 1] = '\0';
    if (out->distance == UNKNOWN_DISTANCE)
        out->distance = -1;
    return out->magic == P0F_API_REPLY_MAGIC
        && (out->status == P0F_API_BAD_QUERY || out->status == P0F_API_FOUND
            || out->status == P0F_API_NO_MATCH);
}
