/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feeding.h - for tests of an engine by many hosts: it is shown packets, and
 * time passes.
 */
#ifndef T_UNIT_FEEDING_H
#define T_UNIT_FEEDING_H

#include "p0f_engine/engine.h"
#include "packets.h"

typedef struct {
    p0f_engine_t *engine;
    p0f_link_t link;
    p0f_time_t now;
} feeding_t;

static inline void feed(feeding_t *f, const char *text)
{
    p0f_engine_feed(f->engine, &f->link, packets_make(text), f->now);
}

static inline void syn_of(feeding_t *f, unsigned int host)
{
    char text[64];

    snprintf(text, sizeof(text), "src=%u dst=250 M1460", host);
    feed(f, text);
}

static inline void pass(feeding_t *f, unsigned int seconds)
{
    f->now.wall_us += (int64_t)seconds * 1000000;
    f->now.boot_us += (uint64_t)seconds * 1000000;
}

/* Whether CACHE has the host with the address of a packet from HOST; then REC
 * is its record. */
static inline bool look_at(const feeding_t *f, const p0f_cache_t *cache,
                           unsigned int host, p0f_host_t *rec)
{
    const p0f_addr_t addr = packets_address(host);

    return p0f_cache_host_read(cache, &addr,
                               (uint32_t)(f->now.boot_us / 1000000), rec)
           == P0F_OK;
}

#endif
