/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_api.c - libFuzzer harness: any bytes as a query of p0f 3's socket, as a
 * host record, and as a reply.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "p0f_engine/api_v3.h"
#include "p0f_engine/fp_v3.h"
#include "t/unit/host_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char signatures[] =
    "classes = unix\n[mtu]\nlabel = Ethernet\nsig = 1500\n[tcp:request]\n"
    "label = g:unix:Any:a flavor of more than thirty-one letters\n"
    "sig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n";

static p0f_cache_t cache;
static const p0f_db_t *image;

static void set_up(void)
{
    p0f_cache_config_t config = { .max_hosts = 64, .max_conns = 64,
                                  .host_idle_s = 60, .conn_age_s = 30,
                                  .db_slot = 65536 };
    p0f_bytes_t text = { (const uint8_t *)signatures, sizeof(signatures) - 1 };
    p0f_db_builder_t *builder;
    apr_pool_t *pool;
    size_t size;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (p0f_db_builder_create(&builder, pool)
        || p0f_fp_v3_parse(builder, "fuzz", text, NULL, NULL)
        || p0f_db_compile(builder, pool, &image, &size)
        || p0f_cache_create(&cache, &config, NULL)
        || p0f_cache_db_publish(&cache, image, size))
        abort();
}

/* A record as a broken writer might leave it, under its own address. */
static void publish(const uint8_t *data, size_t size)
{
    p0f_slot_t slot;
    p0f_host_t rec, old;

    if (size < sizeof(rec))
        return;
    memcpy(&rec, data, sizeof(rec));
    if (claim_host(&cache, &rec.addr, 10, false, &slot, &old))
        publish_host(&cache, &slot, 10, &rec);
}

/* Texts end, and what isn't found holds nothing. */
static void check(const uint8_t *reply)
{
    static const uint8_t zero[P0F_API_REPLY];
    p0f_api_reply_t out;

    if (!p0f_api_v3_understand(reply, &out))
        abort();
    for (size_t at = 40; at < P0F_API_REPLY; at += P0F_API_TEXT)
        if (reply[at + P0F_API_TEXT - 1])
            abort();
    if (out.status != P0F_API_FOUND
        && memcmp(reply + 8, zero, P0F_API_REPLY - 8))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const p0f_server_asked_t asked = { .asked_us = 20000000,
                                       .now_us = 20000000, .last = true };
    p0f_api_source_t source = { .cache = &cache, .wake_fd = -1 };
    uint8_t query[P0F_API_QUERY] = { 0 }, reply[P0F_API_REPLY] = { 0 };
    p0f_api_reply_t out;
    p0f_addr_t addr;

    if (!cache.ro)
        set_up();
    if (!size)
        return 0;
    source.strict = data[0] & 1;
    memcpy(reply, data, size < sizeof(reply) ? size : sizeof(reply));
    p0f_api_v3_understand(reply, &out);
    memcpy(query, data, size < sizeof(query) ? size : sizeof(query));
    p0f_api_v3_answer(&source, query, &asked, reply);
    check(reply);
    publish(data, size);
    if (size >= sizeof(p0f_host_t)) {
        memcpy(&addr, data + offsetof(p0f_host_t, addr), sizeof(addr));
        p0f_api_v3_ask(&addr, query);
        p0f_api_v3_answer(&source, query, &asked, reply);
        check(reply);
    }
    return 0;
}
