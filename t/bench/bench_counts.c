/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_counts.c - the same operation N times, for an instruction counter:
 * what two runs with different N differ by is the operation's own.
 *
 *     bench_counts lookup|connection|query N
 *
 * lookup: p0f_cache_host_read of one of a thousand hosts; connection: the
 * same of connections; query: an answer of p0f 3's socket about a host.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p0f_engine/api_v3.h"
#include "p0f_engine/cache.h"
#include "t/unit/host_table.h"

enum { HOSTS = 1000, NOW = 1000 };

static p0f_addr_t address(unsigned int n)
{
    p0f_addr_t a = { .b = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0,
                            (uint8_t)(n >> 8), (uint8_t)n } };

    return a;
}

static p0f_connkey_t connection(unsigned int n)
{
    p0f_connkey_t key = { .peer = address(n), .local = address(65535),
                          .peer_port = (uint16_t)(1024 + n),
                          .local_port = 80 };

    return key;
}

static void fill(p0f_cache_t *cache)
{
    unsigned int n;
    p0f_slot_t slot;
    p0f_host_t host;
    p0f_conn_t conn;

    for (n = 0; n < HOSTS; n++) {
        p0f_addr_t addr = address(n);
        p0f_connkey_t key = connection(n);

        if (claim_host(cache, &addr, NOW, true, &slot, &host))
            publish_host(cache, &slot, NOW, &host);
        if (claim_conn(cache, &key, NOW, true, &slot, &conn))
            publish_conn(cache, &slot, NOW, &conn);
    }
}

static void look_up(p0f_cache_t *cache, unsigned int n)
{
    p0f_addr_t addr = address(n);
    p0f_host_t host;

    (void)p0f_cache_host_read(cache, &addr, NOW, &host);
}

static void look_up_connection(p0f_cache_t *cache, unsigned int n)
{
    p0f_connkey_t key = connection(n);
    p0f_conn_t conn;

    (void)p0f_cache_conn_read(cache, &key, NOW, &conn);
}

static void query(p0f_cache_t *cache, unsigned int n)
{
    p0f_api_source_t source = { .cache = cache, .wake_fd = -1 };
    uint8_t bytes[P0F_API_QUERY], reply[P0F_API_REPLY];
    const p0f_server_asked_t asked = {
        .asked_us = NOW * 1000000ull, .now_us = NOW * 1000000ull, .last = true
    };
    p0f_addr_t addr = address(n);

    p0f_api_v3_ask(&addr, bytes);
    (void)p0f_api_v3_answer(&source, bytes, &asked, reply);
}

static const struct {
    const char *name;
    void (*run)(p0f_cache_t *cache, unsigned int n);
} all[] = { { "lookup", look_up }, { "connection", look_up_connection },
            { "query", query } };

enum { KINDS = sizeof(all) / sizeof(all[0]) };

/* Which of them ARGV names, and N; KINDS: it isn't right. */
static size_t asked(int argc, char **argv, long *n)
{
    size_t i = 0;
    char *end;

    if (argc != 3)
        return KINDS;
    *n = strtol(argv[2], &end, 10);
    if (*n <= 0 || *end)
        return KINDS;
    while (i < KINDS && strcmp(argv[1], all[i].name))
        i++;
    return i;
}

int main(int argc, char **argv)
{
    p0f_cache_config_t config = {
        .max_hosts = HOSTS * 4, .max_conns = HOSTS * 4, .host_idle_s = 7200,
        .conn_age_s = 30, .db_slot = 4096
    };
    p0f_cache_t cache;
    p0f_error_t err;
    long n;
    size_t i = asked(argc, argv, &n);

    if (i == KINDS) {
        fputs("usage: bench_counts lookup|connection|query N\n", stderr);
        return 2;
    }
    if (p0f_cache_create(&cache, &config, &err) != P0F_OK) {
        fprintf(stderr, "bench_counts: %s\n", err.text);
        return 1;
    }
    fill(&cache);
    for (; n > 0; n--)
        all[i].run(&cache, (unsigned int)(n % HOSTS));
    p0f_cache_destroy(&cache);
    return 0;
}
