/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as frames of any link type through the whole engine,
 * and any bytes as a packed header back into a packet.
 *
 * The first byte chooses link type and mode. The engine and its tables live
 * as long as the process, so that frames meet what earlier ones left.
 */
#include <apr_general.h>
#include <stdlib.h>
#include <string.h>

#include "p0f_engine/engine.h"
#include "p0f_engine/fp_v3.h"
#include "p0f_engine/shape.h"
#include "p0f_engine/sig.h"
#include "p0f_engine/synkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char signatures[] =
    "classes = unix\n[mtu]\nlabel = Ethernet\nsig = 1500\n[tcp:request]\n"
    "label = g:unix:Any:\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n"
    "label = s:unix:Some:\nsig = *:64-:0:*:mss*4,*:mss::*\n";

static const int link_types[] = {
    P0F_DLT_EN10MB, P0F_DLT_RAW, P0F_DLT_LINUX_SLL, P0F_DLT_LINUX_SLL2,
    P0F_DLT_NULL, P0F_DLT_PPP, P0F_DLT_PPP_ETHER, P0F_DLT_IEEE802_11,
    P0F_DLT_RADIOTAP, P0F_DLT_PFLOG, P0F_DLT_C_HDLC, 9999
};

static p0f_cache_t cache;
static p0f_engine_t *engines[4];     /* bit 0: strict, bit 1: conversations */

static void read_line(void *ctx, const p0f_observation_t *obs)
{
    char line[P0F_REPORT_LINE];

    (void)ctx;
    if (p0f_report_v3(obs, 0, line) != strlen(line))
        abort();
}

static void set_up(void)
{
    p0f_cache_config_t config = { .max_hosts = 64, .max_conns = 64,
                                  .host_idle_s = 60, .conn_age_s = 30,
                                  .db_slot = 65536 };
    p0f_bytes_t text = { (const uint8_t *)signatures, sizeof(signatures) - 1 };
    p0f_db_builder_t *builder;
    const p0f_db_t *image;
    apr_pool_t *pool;
    size_t size;
    int i;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (p0f_db_builder_create(&builder, pool)
        || p0f_fp_v3_parse(builder, "fuzz", text, NULL, NULL)
        || p0f_db_compile(builder, pool, &image, &size)
        || p0f_cache_create(&cache, &config, NULL)
        || p0f_cache_db_publish(&cache, image, size))
        abort();
    for (i = 0; i < 4; i++) {
        p0f_engine_config_t e = { .cache = &cache, .strict = i & 1,
                                  .conversations = i & 2,
                                  .alone = i == 2,   /* as the tool's is */
                                  .max_flows = 16, .conn_age_s = 30,
                                  .host_idle_s = 60 };

        if (p0f_engine_create(&engines[i], &e, NULL)
            || !p0f_engine_observe(engines[i], read_line, NULL))
            abort();
    }
}

static void rebuild(const uint8_t *data, size_t size)
{
    p0f_addr_t addr = { { 0 } };
    p0f_rawsyn_t raw;
    p0f_packet_t packet;

    if (size < sizeof(raw) + 2)
        return;
    memcpy(&raw, data, sizeof(raw));
    p0f_packet_rebuild(&raw, &addr, &addr,
                       (uint16_t)(data[sizeof(raw)] << 8
                                  | data[sizeof(raw) + 1]), &packet);
}

/* A SYN read by its shape is read as it is without. */
static void read_both(p0f_bytes_t ip, bool strict)
{
    static p0f_shapes_t *shapes[2];
    p0f_packet_t plain, fast;
    p0f_drop_t drop;
    bool found;

    if (!shapes[strict])
        shapes[strict] = p0f_shapes_create();
    memset(&plain, 0, sizeof(plain));
    memset(&fast, 0, sizeof(fast));
    found = p0f_shapes_read(shapes[strict], ip, &fast) != 0;
    drop = p0f_packet_parse(ip, strict, &plain);
    if (drop == P0F_DROP_NONE)
        p0f_shapes_learn(shapes[strict], ip, &plain);
    if (found && (drop != P0F_DROP_NONE
                  || memcmp(&plain, &fast, sizeof(fast)) != 0))
        abort();
}

/* SYNs of one key say the same, but for their timestamp. */
static void read_by_key(p0f_bytes_t ip)
{
    static struct {
        p0f_synkey_t key;
        p0f_synmask_t mask;
        p0f_sig_t sig;
        uint8_t tos, zeros;
    } seen[256], now, *like;
    p0f_synnumbers_t numbers;
    p0f_packet_t packet;
    uint64_t differs = 0;
    bool known;

    memset(&now, 0, sizeof(now));
    if (!p0f_synkey_take(ip, 0, &now.key))
        return;
    like = &seen[p0f_synkey_hash(&now.key) % 256];
    for (int i = 0; i < now.key.words; i++)
        differs |= (now.key.word[i] ^ like->key.word[i]) & like->mask.word[i];
    known = like->key.words == now.key.words && !differs
            && p0f_synkey_numbers(&now.key, like->mask.stamps).zeros
               == like->zeros;
    if (p0f_packet_parse(ip, false, &packet) != P0F_DROP_NONE) {
        if (known)
            abort();
        return;
    }
    p0f_sig_take(&packet, 0, &now.sig);
    now.tos = packet.tos;
    now.sig.ts1 = 0;
    if (known && (memcmp(&like->sig, &now.sig, sizeof(now.sig)) != 0
                  || like->tos != now.tos))
        abort();
    if (!p0f_synkey_mask(&now.key, &now.mask))
        return;
    numbers = p0f_synkey_numbers(&now.key, now.mask.stamps);
    if (packet.seq != numbers.seq || packet.opt.ts1 != numbers.ts1)
        abort();
    now.zeros = numbers.zeros;
    *like = now;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static p0f_time_t now = { 1700000000000000, 1000000 };
    p0f_bytes_t frame;
    p0f_link_t link;
    int mode, type;

    if (!engines[0])
        set_up();
    if (!size)
        return 0;
    mode = data[0] & 3;
    type = link_types[(data[0] >> 2)
                      % (sizeof(link_types) / sizeof(link_types[0]))];
    frame.data = data + 1;
    frame.len = size - 1;
    now.wall_us += 100000;
    now.boot_us += 100000;
    p0f_link_init(&link, type, mode & 1);
    p0f_engine_feed(engines[mode], &link, frame, now);
    rebuild(data + 1, size - 1);
    read_both(frame, mode & 1);
    read_by_key(frame);
    if (type == P0F_DLT_EN10MB) {
        read_both(p0f_bytes_from(frame, 14), mode & 1);
        read_by_key(p0f_bytes_from(frame, 14));
    }
    return 0;
}
