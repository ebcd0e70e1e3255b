/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - the wiring: feed it frames, it keeps the tables up to date and
 * tells observers.
 *
 * frame -> link -> packet -> sig -> match -> flow -> host -> cache, and one
 * p0f_observation_t to each observer. A frame costs no allocation, no lock
 * and no system call; one that is of no use is a counted reason.
 *
 * Two ways to follow connections:
 *   conversations (tools)  whole traffic, flow rules of p0f 3 (flow.h)
 *   SYN only (module)      the connection table tells which SYNs are new:
 *                          same key and initial sequence number within the
 *                          connection age counts once, whatever its source.
 *                          Where the ring is the only one (ring_only) nothing
 *                          comes twice, and no connection is kept, but for
 *                          observers, who may look for the one they hear of
 * Row 7. One thread an engine.
 */
#ifndef P0F_ENGINE_H
#define P0F_ENGINE_H

#include "cache.h"
#include "link.h"
#include "report.h"
#include "ring.h"
#include "syntargets.h"

typedef struct {
    p0f_cache_t *cache;          /* writable handle, the caller's; outlives
                                    the engine. Its database is used. */
    bool strict;                 /* do as p0f 3.09b does (docs/design.md) */
    bool conversations;          /* follow flows; else SYN only */
    bool ring_only;              /* SYN only: no frame will come, but what
                                    workers hand over, and of a connection
                                    they do that once */
    const p0f_syntarget_t *targets; /* SYN only: of frames, only SYNs to these
                                    count; sorted, they outlive the engine */
    size_t target_count;         /* 0: all do, the capture's filter sees to
                                    it */
    bool alone;                  /* no other thread or process reads the
                                    cache's records: they are changed where
                                    they lie */
    uint32_t max_flows, max_hosts; /* conversations: limits, p0f 3's -m; the
                                    cache has room for twice the hosts */
    uint32_t conn_age_s;         /* p0f 3's -t, first number */
    uint32_t host_idle_s;        /* seconds */
} p0f_engine_config_t;

/* What a worker hands over of a connection's first request: the raw bytes of
 * a P0F_RING_HTTP record. */
typedef struct {
    uint32_t db_gen;             /* generation of SAID's numbers */
    p0f_saidhttp_t said;
    uint8_t  heard;              /* 1: SAID is to be entered */
    uint8_t  mismatch;           /* 1: the User-Agent names another system
                                    than the SYN */
    uint8_t  spare[2];           /* 0 */
} p0f_ringhttp_t;

_Static_assert(sizeof(p0f_ringhttp_t) <= P0F_RING_RAW, "fits a record");

typedef struct p0f_engine_t p0f_engine_t;

/* Makes an engine; everything it will need is allocated here with malloc.
 * ENOMEM, told in ERR. Startup, before its thread runs. */
p0f_status_t p0f_engine_create(p0f_engine_t **out,
                               const p0f_engine_config_t *config,
                               p0f_error_t *err);
void p0f_engine_destroy(p0f_engine_t *engine);

/* Adds an observer, before anything is fed; at most 4. False if there is no
 * room. */
bool p0f_engine_observe(p0f_engine_t *engine, p0f_observe_fn *fn, void *ctx);

/* Reads one FRAME (captured bytes) that arrived through LINK at TIME. */
void p0f_engine_feed(p0f_engine_t *engine, p0f_link_t *link,
                     p0f_bytes_t frame, p0f_time_t time);

/* The same for frames that come in crowds: reads FRAME, and enters it when
 * some more have come or p0f_engine_settle is called, in order. Meanwhile the
 * memory that it needs is on its way. What FRAME points to is not kept. */
void p0f_engine_feed_ahead(p0f_engine_t *engine, p0f_link_t *link,
                           p0f_bytes_t frame, p0f_time_t time);

/* Enters and publishes what was held back: when no frame is waiting, before
 * who reads the tables beside the engine is told that it is there. */
void p0f_engine_settle(p0f_engine_t *engine);

/* Reads one record of the workers' ring, NOW the time of reading. A SYN is
 * fed as a raw IP packet through the one parser; it is believed about
 * nothing else. A request is believed about a host that is known, within
 * what any request could say. REC is copied, and entered when some more have
 * come, a frame comes or p0f_engine_settle is called, in order. */
void p0f_engine_feed_ring(p0f_engine_t *engine, const p0f_ring_rec_t *rec,
                          p0f_time_t now);

#endif
