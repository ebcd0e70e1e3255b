/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_hostile.c - what bad input can cost: fingerprint files that are large
 * or built to make the index useless, and addresses that share a bucket.
 *
 * Nanoseconds of processor time, medians of several rounds, measured in
 * turns. A search is one that no packet before has made; the engine
 * remembers what it found. The addresses are found with the table's own hash,
 * which nobody outside knows. Where many should cost about as much as few, it
 * fails above a bound that only a fault can pass.
 */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "p0f_engine/cache.h"
#include "p0f_engine/fp_v3.h"
#include "p0f_engine/match_v3.h"
#include "t/unit/host_table.h"

enum { ROUNDS = 7, SEARCHES = 20000, MANY = 10000, FEW = 200, NOW = 1000,
       SHARERS = 64, UPDATES = 200000, FIRST_MSS = 500, TOO_MUCH = 50 };

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double ns[ROUNDS])
{
    qsort(ns, ROUNDS, sizeof(*ns), ascending);
    return ns[ROUNDS / 2];
}

/* True unless BAD, of something that shouldn't matter, is far above GOOD, what
 * it is without; then says so. */
static bool bearable(const char *what, double bad, double good)
{
    if (bad <= TOO_MUCH * good)
        return true;
    fprintf(stderr, "bench_hostile: %s: %.0f times as long\n", what,
            bad / good);
    return false;
}

/* ---- signatures ------------------------------------------------------- */

static const char *const layouts[] = {
    "mss,sok,ts,nop,ws", "mss,nop,ws,nop,nop,sok", "mss,nop,ws,sok,ts",
    "mss,nop,nop,sok", "mss", "mss,nop,ws,nop,nop,ts,sok,eol+1"
};
#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

/* A signature as real files have them: all kinds of values. */
static char *ordinary(apr_pool_t *pool, unsigned int n)
{
    uint32_t r = n * 2654435761u + 1;

    return apr_psprintf(pool, "*:%u:0:%s:%u,%u:%s:df,id+:0", n % 2 ? 64u : 128u,
                        n % 3 ? "*" : "1460", 1024 + next_random(&r) % 60000,
                        next_random(&r) % 12, layouts[n % LAYOUTS]);
}

/* One that differs from the others in its MSS alone. */
static char *by_mss(apr_pool_t *pool, unsigned int n)
{
    return apr_psprintf(pool, "*:64:0:%u:29200,7:mss,sok,ts,nop,ws:df,id+:0",
                        FIRST_MSS + n);
}

/* One that differs from the others in what the index doesn't go by. */
static char *alike(apr_pool_t *pool, unsigned int n)
{
    return apr_psprintf(pool, "*:%u:0:*:%%%u,*:mss,sok,ts,nop,ws:df,id+:0",
                        40 + n % 200, 3 + n);
}

static const p0f_db_t *database(apr_pool_t *pool, unsigned int count,
                                char *one(apr_pool_t *, unsigned int))
{
    apr_pool_t *temp;
    apr_array_header_t *lines = apr_array_make(pool, (int)count, sizeof(char *));
    p0f_db_builder_t *builder;
    const p0f_db_t *db = NULL;
    p0f_error_t err = { .text = "" };
    p0f_bytes_t text;
    unsigned int i;
    size_t size;
    char *file;

    apr_pool_create(&temp, pool);
    for (i = 0; i < count; i++)
        APR_ARRAY_PUSH(lines, char *) = apr_pstrcat(temp, "sig = ",
                                                    one(temp, i), NULL);
    file = apr_pstrcat(temp, "classes = unix\n[tcp:request]\n"
                       "label = s:unix:System:\n",
                       apr_array_pstrcat(temp, lines, '\n'), "\n", NULL);
    text = (p0f_bytes_t){ (const uint8_t *)file, strlen(file) };
    if (p0f_db_builder_create(&builder, pool) != P0F_OK
        || p0f_fp_v3_parse(builder, "bench", text, NULL, &err) != P0F_OK
        || p0f_db_compile(builder, pool, &db, &size) != P0F_OK) {
        fprintf(stderr, "bench_hostile: %s\n", err.text);
        exit(1);
    }
    apr_pool_destroy(temp);
    return db;
}

enum { PACKET = 60 };

/* SYNs of known kinds and others, no two alike. */
static void make_packets(uint8_t packets[SEARCHES][PACKET])
{
    static const struct {
        uint8_t len;
        const char *bytes;
    } options[] = {
        { 20, "\2\4\5\xb4\4\2\x8\xa\0\0\0\1\0\0\0\0\1\3\3\7" },
        { 8, "\2\4\5\xb4\1\1\4\2" }, { 4, "\2\4\5\xb4" }
    };
    uint32_t r = 20201109;
    int i;

    for (i = 0; i < SEARCHES; i++) {
        uint8_t len = options[i % 3].len, *p = packets[i];
        uint32_t window = 1024 + next_random(&r) % 60000;

        memset(p, 0, PACKET);
        memcpy(p, "\x45\0\0\x28\0\1\x40\0\x40\6\0\0\xc0\0\2\1\xc0\0\2\2", 20);
        p[3] = (uint8_t)(40 + len);
        p[8] = (uint8_t)(34 + next_random(&r) % 30);
        p[27] = 1;                   /* sequence number */
        p[32] = (uint8_t)((20 + len) / 4 << 4);
        p[33] = P0F_TCP_SYN;
        p[34] = (uint8_t)(window >> 8);
        p[35] = (uint8_t)window;
        memcpy(p + 40, options[i % 3].bytes, len);
        if (len == 20)
            p[59] = (uint8_t)(next_random(&r) % 12);
    }
}

static void parse(const uint8_t packet[PACKET], p0f_sig_t *sig)
{
    p0f_bytes_t ip = { packet, packet[3] };
    p0f_packet_t parsed;

    if (p0f_packet_parse(ip, false, &parsed) != P0F_DROP_NONE)
        exit(1);
    p0f_sig_take(&parsed, 0, sig);
}

static double search(const p0f_db_t *db, const p0f_sig_t *sigs, int step)
{
    double start = cpu();
    p0f_match_t match;
    int i, n = 0;

    for (i = 0; i < SEARCHES; i += step, n++)
        p0f_match_v3(db, P0F_DIR_REQUEST, &sigs[i], false, &match);
    return (cpu() - start) * 1e9 / n;
}

static double recognise(const p0f_db_t *db,
                        const uint8_t packets[SEARCHES][PACKET])
{
    double start = cpu();
    p0f_match_t match;
    p0f_sig_t sig;
    int i;

    for (i = 0; i < SEARCHES; i++) {
        parse(packets[i], &sig);
        p0f_match_v3(db, P0F_DIR_REQUEST, &sig, false, &match);
    }
    return (cpu() - start) * 1e9 / SEARCHES;
}

/* Packets that one of the signatures by_mss has made fits each. */
static void make_of_mss(p0f_sig_t sigs[SEARCHES])
{
    static uint8_t packets[SEARCHES][PACKET];
    int i;

    make_packets(packets);
    for (i = 0; i < SEARCHES; i++) {
        uint8_t *p = packets[i / 3 * 3]; /* with all options */
        uint32_t mss = FIRST_MSS + (uint32_t)i * 7 % MANY;

        p[8] = 64;
        p[34] = 29200 >> 8;
        p[35] = 29200 & 0xff;
        p[42] = (uint8_t)(mss >> 8);
        p[43] = (uint8_t)mss;
        p[59] = 7;
        parse(p, &sigs[i]);
    }
}

static bool all_known(const p0f_db_t *db, const p0f_sig_t sigs[SEARCHES])
{
    p0f_match_t match;
    int i;

    for (i = 0; i < SEARCHES; i++) {
        p0f_match_v3(db, P0F_DIR_REQUEST, &sigs[i], false, &match);
        if (match.label == P0F_NO_LABEL)
            return false;
    }
    return true;
}

static bool bench_signatures(apr_pool_t *pool)
{
    static uint8_t packets[SEARCHES][PACKET];
    static p0f_sig_t sigs[SEARCHES], of_mss[SEARCHES];
    const p0f_db_t *few = database(pool, FEW, ordinary);
    const p0f_db_t *many = database(pool, MANY, ordinary);
    const p0f_db_t *mss = database(pool, MANY, by_mss);
    const p0f_db_t *bad = database(pool, MANY, alike);
    double ns[6][ROUNDS], of[6];
    int i;

    make_packets(packets);
    for (i = 0; i < SEARCHES; i++)
        parse(packets[i], &sigs[i]);
    make_of_mss(of_mss);
    if (!all_known(mss, of_mss)) {
        fputs("bench_hostile: a signature isn't found\n", stderr);
        return false;
    }
    for (i = 0; i < ROUNDS; i++) {
        ns[0][i] = recognise(few, packets);
        ns[1][i] = recognise(many, packets);
        ns[2][i] = search(few, sigs, 1);
        ns[3][i] = search(many, sigs, 1);
        ns[4][i] = search(bad, sigs, 33);
        ns[5][i] = search(mss, of_mss, 1);
    }
    for (i = 0; i < 6; i++)
        of[i] = median(ns[i]);
    printf("a new kind of packet read and matched, %d signatures %12.0f ns\n"
           "    the same with %d signatures %30.0f ns  ratio %.2f\n", FEW,
           of[0], MANY, of[1], of[1] / of[0]);
    printf("    of it the search: %.0f ns, %.0f ns\n", of[2], of[3]);
    printf("    the search among %d that differ in the MSS alone %7.0f ns  "
           "ratio %.2f\n", MANY, of[5], of[5] / of[2]);
    printf("    the search among %d that the index can't tell apart %6.0f ns  "
           "%.1f ns each\n", MANY, of[4], of[4] / MANY);
    return bearable("many signatures", of[3], of[2])
        && bearable("signatures that differ in the MSS alone", of[5], of[2]);
}

/* ---- addresses -------------------------------------------------------- */

static p0f_addr_t address(uint64_t n)
{
    p0f_addr_t a = { .b = { 0x20, 0x01, 0x0d, 0xb8 } };

    memcpy(a.b + 8, &n, sizeof(n));
    return a;
}

/* Addresses whose first bucket is that of the first. */
static void find_sharers(const p0f_cache_t *cache, p0f_addr_t found[SHARERS])
{
    uint64_t buckets = p0f_cache_host_slots(cache) / 8, first = 0, n;
    int count = 0;

    for (n = 0; count < SHARERS; n++) {
        p0f_addr_t a = address(n);
        uint64_t bucket = (p0f_cache_host_fetch(cache, &a) >> 32)
                        * buckets >> 32;

        if (!count)
            first = bucket;
        if (bucket == first)
            found[count++] = a;
    }
}

static double update(p0f_cache_t *cache, const p0f_addr_t *addrs)
{
    double start = cpu();
    p0f_slot_t slot;
    p0f_host_t rec;
    int i;

    for (i = 0; i < UPDATES; i++) {
        if (claim_host(cache, &addrs[i % SHARERS], NOW, true, &slot,
                       &rec))
            publish_host(cache, &slot, NOW, &rec);
    }
    return (cpu() - start) * 1e9 / UPDATES;
}

static bool bench_addresses(void)
{
    p0f_cache_config_t config = {
        .max_hosts = 10000, .max_conns = 16, .host_idle_s = 7200,
        .conn_age_s = 30, .db_slot = 4096
    };
    p0f_addr_t spread[SHARERS], shared[SHARERS];
    double ns[2][ROUNDS], of[2];
    p0f_cache_t cache;
    p0f_error_t err;
    int i;

    if (p0f_cache_create(&cache, &config, &err) != P0F_OK)
        exit(1);
    find_sharers(&cache, shared);
    for (i = 0; i < SHARERS; i++)
        spread[i] = address((uint64_t)i << 32);
    for (i = 0; i < ROUNDS; i++) {
        ns[0][i] = update(&cache, spread);
        ns[1][i] = update(&cache, shared);
    }
    of[0] = median(ns[0]);
    of[1] = median(ns[1]);
    printf("an update, %d hosts anywhere %36.0f ns\n", SHARERS, of[0]);
    printf("    the same, all in one bucket %35.0f ns  ratio %.2f\n", of[1],
           of[1] / of[0]);
    p0f_cache_destroy(&cache);
    return bearable("addresses of one bucket", of[1], of[0]);
}

int main(void)
{
    apr_pool_t *pool;
    bool ok;

    if (apr_initialize() || apr_pool_create(&pool, NULL))
        return 1;
    ok = bench_signatures(pool);
    return bench_addresses() && ok ? 0 : 1;
}
