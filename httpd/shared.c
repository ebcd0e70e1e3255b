/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared.c - the shared segments of the module.
 */
#include "shared.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Records in the ring: what all workers together may hand over while the
 * sniffer is kept from running. */
#define RING_SLOTS 4096

/* Bytes at least for each database slot, so that a file may grow without a
 * new segment. */
#define DB_SLOT_MIN ((size_t)512 * 1024)

static p0f_cache_config_t geometry(const p0f_server_conf_t *conf,
                                   size_t db_slot)
{
    p0f_cache_config_t config = {
        .max_hosts = (uint32_t)conf->max_hosts,
        .max_conns = (uint32_t)conf->max_conns,
        .host_idle_s = (uint32_t)apr_time_sec(conf->host_idle),
        .conn_age_s = (uint32_t)apr_time_sec(conf->conn_age),
        .db_slot = db_slot,
        .shared = true
    };

    return config;
}

static void drop_cache(p0f_cache_t *cache)
{
    if (!cache->ro)
        return;
    if (cache->rw)
        p0f_cache_set_state(cache, P0F_STATE_STOPPED);
    p0f_cache_destroy(cache);
    memset(cache, 0, sizeof(*cache));
}

/* The database to publish: the new one, or the one that the old segment
 * holds. */
static p0f_database_t database_of(const p0f_retained_t *r,
                                  const p0f_database_t *database)
{
    p0f_database_t old = { .image = NULL };
    uint32_t gen;

    if (database)
        return *database;
    if (r->cache.ro)
        old.image = p0f_cache_db(&r->cache, &gen);
    if (old.image)
        old.size = old.image->size;
    return old;
}

static p0f_status_t new_cache(p0f_retained_t *r,
                              const p0f_server_conf_t *conf,
                              const p0f_database_t *database,
                              p0f_error_t *err)
{
    size_t slot = database->size * 2 < DB_SLOT_MIN ? DB_SLOT_MIN
                                                   : database->size * 2;
    const p0f_cache_config_t config = geometry(conf, slot);
    p0f_cache_t fresh;
    p0f_status_t status = p0f_cache_create(&fresh, &config, err);

    if (status == P0F_OK && database->image)
        status = p0f_cache_db_publish(&fresh, database->image,
                                      database->size);
    drop_cache(&r->cache);
    if (status == P0F_OK)
        r->cache = fresh;
    return status;
}

/* Publishes DB unless it is what is there: a new generation makes every
 * host's label be found anew. */
static p0f_status_t publish(p0f_cache_t *cache, const p0f_database_t *db)
{
    uint32_t gen;
    const p0f_db_t *now = p0f_cache_db(cache, &gen);

    if (now && now->size == db->size && !memcmp(now, db->image, db->size))
        return P0F_OK;
    return p0f_cache_db_publish(cache, db->image, db->size);
}

static p0f_status_t prepare_cache(p0f_retained_t *r,
                                  const p0f_server_conf_t *conf,
                                  const p0f_database_t *database,
                                  p0f_error_t *err)
{
    const p0f_database_t db = database_of(r, database);
    const p0f_cache_config_t config = geometry(conf, db.size);

    if (r->cache.ro && r->cache.rw
        && p0f_cache_adopt(&r->cache, &config) == P0F_OK
        && (!database || publish(&r->cache, &db) == P0F_OK))
        return P0F_OK;
    return new_cache(r, conf, &db, err);
}

static void drop_ring(p0f_retained_t *r)
{
    if (r->ring.base)
        p0f_ring_destroy(&r->ring);
    memset(&r->ring, 0, sizeof(r->ring));
    r->ring.wake_fd = -1;
    if (r->wake_fd >= 0)
        close(r->wake_fd);
    r->wake_fd = -1;
}

static p0f_status_t prepare_ring(p0f_retained_t *r, p0f_error_t *err)
{
    if (r->ring.base && p0f_ring_adopt(&r->ring) == P0F_OK)
        return P0F_OK;
    drop_ring(r);
    r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->wake_fd < 0)
        return p0f_status_fail(err, P0F_ESYSTEM, "eventfd: %s",
                               strerror(errno));
    return p0f_ring_create(&r->ring, RING_SLOTS, true, r->wake_fd, err);
}

p0f_status_t p0f_shared_prepare(p0f_retained_t *r,
                                const p0f_server_conf_t *conf,
                                const p0f_database_t *database,
                                p0f_error_t *err)
{
    p0f_status_t status = prepare_cache(r, conf, database, err);

    return status == P0F_OK ? prepare_ring(r, err) : status;
}

p0f_status_t p0f_shared_repair(p0f_retained_t *r,
                               const p0f_server_conf_t *conf)
{
    const p0f_cache_config_t config = geometry(conf, 0);

    return p0f_cache_adopt(&r->cache, &config);
}

void p0f_shared_drop(p0f_retained_t *r)
{
    drop_cache(&r->cache);
    drop_ring(r);
}
