/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lookup in the host table costs, beside what the memory of a table
 * of that size costs.
 *
 *   bench_cache [--private] [HOSTS ...]    10000 1000000 if none is given
 *
 * For each size, with 1, 2 and 4 reading threads, the writer idle or updating
 * hosts as fast as it can: nanoseconds of processor time a lookup, medians of
 * several rounds. "load" is one random load from memory of the same kind,
 * size and page size, in the same number of threads and in turn with the
 * lookups. Loads and lookups each wait for the one before, as in a request,
 * so that none overlap. --private takes memory as the tools do, which more
 * systems put into huge pages than shared memory. The exit status is 1 if
 * filling a table loses 1 % of its hosts or more, or if less than 99 % of the
 * lookups beside an idle writer hit.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "p0f_engine/cache.h"
#include "p0f_engine/segment.h"
#include "t/unit/host_table.h"

#define NOW     1000u
#define ROUNDS  5
#define THREADS 4
#define WORK    200000u          /* loads or lookups a thread and round */

typedef struct {
    p0f_cache_t cache;
    p0f_segment_t memory;        /* for the loads */
    uint32_t hosts;
    _Atomic bool stop;           /* of the writer */
    bool bad;                    /* too much is lost or not found */
    uint64_t updates;
} bench_t;

typedef struct {
    bench_t *bench;
    uint64_t seed, hits;
    double ns;                   /* processor time of each */
} job_t;

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static p0f_addr_t host(uint64_t n)
{
    p0f_addr_t a = { .b = { 0x20, 0x01, 0x0d, 0xb8 } };

    memcpy(a.b + 8, &n, sizeof n);
    return a;
}

static bool see(bench_t *b, uint64_t n, uint32_t now)
{
    p0f_addr_t a = host(n);
    p0f_slot_t slot;
    p0f_host_t rec;

    if (!claim_host(&b->cache, &a, now, true, &slot, &rec))
        return false;
    rec.total_conn++;
    publish_host(&b->cache, &slot, now, &rec);
    return true;
}

/* ---- what is measured ------------------------------------------------- */

static void *loads(void *arg)
{
    job_t *job = arg;
    const volatile uint64_t *words = job->bench->memory.ro;
    const uint64_t lines = job->bench->memory.size / 64;
    uint64_t x = job->seed;
    double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    uint32_t i;

    for (i = 0; i < WORK; i++) /* every word is 0, but who knows */
        x = x * 6364136223846793005u + 1442695040888963407u
          + words[(x >> 32) * lines >> 32 << 3];
    job->hits = x;
    job->ns = (seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e9 / WORK;
    return NULL;
}

static void *lookups(void *arg)
{
    job_t *job = arg;
    uint64_t x = job->seed;
    double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    p0f_host_t rec;
    uint32_t i;

    job->hits = 0;
    for (i = 0; i < WORK; i++) {
        p0f_addr_t a;

        x = x * 6364136223846793005u + 1442695040888963407u;
        a = host((x >> 32) * job->bench->hosts >> 32);
        job->hits += p0f_cache_host_read(&job->bench->cache, &a, NOW, &rec)
                  == P0F_OK;
        x += rec.bad_sw; /* 0; the next waits for it */
    }
    job->ns = (seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e9 / WORK;
    return NULL;
}

static void *writer(void *arg)
{
    bench_t *b = arg;
    const double start = seconds(CLOCK_MONOTONIC);
    uint64_t x = 1;

    while (!atomic_load_explicit(&b->stop, memory_order_relaxed)) {
        uint32_t now = NOW + (uint32_t)(seconds(CLOCK_MONOTONIC) - start);
        int i;

        for (i = 0; i < 256; i++) {
            x = mix(x);
            b->updates += see(b, (x >> 32) * b->hosts >> 32, now);
        }
    }
    return NULL;
}

/* ---- rounds ----------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Times of one kind, and the share of hits in them. */
typedef struct {
    double ns[ROUNDS * THREADS], hits;
    int count;
} times_t;

/* One round of WHAT in N threads at once. */
static void round_of(bench_t *b, void *(*what)(void *), int n, times_t *t)
{
    pthread_t threads[THREADS];
    job_t jobs[THREADS];
    int i;

    for (i = 0; i < n; i++) {
        jobs[i] = (job_t){ .bench = b, .seed = mix((uint64_t)t->count
                                                   + (uint64_t)i) };
        if (pthread_create(&threads[i], NULL, what, &jobs[i]))
            exit(1);
    }
    for (i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        t->ns[t->count++] = jobs[i].ns;
        t->hits += (double)jobs[i].hits / WORK;
    }
}

static double median(times_t *t)
{
    qsort(t->ns, (size_t)t->count, sizeof *t->ns, ascending);
    return t->ns[t->count / 2];
}

/* A round of lookups beside the writer; millions of updates a second. */
static double round_of_writes(bench_t *b, int n, times_t *t)
{
    double start = seconds(CLOCK_MONOTONIC);
    pthread_t thread;

    b->stop = false;
    b->updates = 0;
    if (pthread_create(&thread, NULL, writer, b))
        exit(1);
    round_of(b, lookups, n, t);
    b->stop = true;
    pthread_join(thread, NULL);
    return (double)b->updates / (seconds(CLOCK_MONOTONIC) - start) / 1e6;
}

static void print_line(const bench_t *b, int n, const char *how, times_t *t,
                       double load, double updates)
{
    printf("%9lu %8d  %-7s %7.1f %7.1f %12.1f %6.2f %9.2f\n",
           (unsigned long)b->hosts, n, how, load, median(t), 80 + 2 * load,
           t->hits * 100 / t->count, updates);
}

/* Measures N threads, with the writer and without, and prints two lines. */
static void measure(bench_t *b, int n)
{
    times_t load = { .count = 0 }, idle = load, busy = load;
    double updates = 0;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        round_of(b, loads, n, &load);
        round_of(b, lookups, n, &idle);
        updates += round_of_writes(b, n, &busy);
    }
    b->bad |= idle.hits < 0.99 * idle.count;
    print_line(b, n, "idle", &idle, median(&load), 0);
    print_line(b, n, "writes", &busy, median(&load), updates / ROUNDS);
    fflush(stdout);
}

/* Kilobytes of the mapping at ADDRESS that lie in huge pages. */
static unsigned long huge_kb(const void *address)
{
    FILE *file = fopen("/proc/self/smaps", "r");
    unsigned long from, to, kb, sum = 0;
    bool ours = false;
    char line[512];

    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            ours = from <= (uintptr_t)address && (uintptr_t)address < to;
        else if (ours && (sscanf(line, "ShmemPmdMapped: %lu", &kb) == 1
                          || sscanf(line, "AnonHugePages: %lu", &kb) == 1))
            sum += kb;
    }
    if (file)
        fclose(file);
    return sum;
}

/* Makes the cache of HOSTS; returns its size. */
static size_t make_cache(uint32_t hosts, bool shared, p0f_cache_t *cache)
{
    p0f_cache_config_t config = {
        .max_hosts = hosts, .max_conns = 16, .host_idle_s = 7200,
        .conn_age_s = 30, .db_slot = 4096, .shared = shared
    };
    p0f_error_t err;

    if (p0f_cache_create(cache, &config, &err) != P0F_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    return cache->size;
}

/* false: too much was lost or not found. */
static bool bench(uint32_t hosts, bool shared)
{
    static bench_t b;            /* holds what threads change */
    size_t size = make_cache(hosts, shared, &b.cache);
    uint32_t count;
    double start, filled;
    int threads;
    uint64_t n;
    p0f_error_t err;

    b.hosts = hosts;
    if (p0f_segment_create(&b.memory, size, shared ? P0F_SEGMENT_GUARDED
                                                   : P0F_SEGMENT_PRIVATE,
                           &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    memset(b.memory.rw, 0, size); /* present, as the table will be */
    start = seconds(CLOCK_MONOTONIC);
    for (n = 0; n < hosts; n++)
        see(&b, n, NOW);
    filled = seconds(CLOCK_MONOTONIC) - start;
    count = p0f_cache_count_hosts(&b.cache);
    b.bad = 100.0 * (double)(hosts - count) >= hosts;
    printf("# %lu hosts: %.1f MB, %.1f bytes a host, %.2f %% lost, "
           "%.0f ns an insertion, %lu %% in huge pages (loads %lu %%)\n",
           (unsigned long)hosts, (double)size / 1e6, (double)size / hosts,
           100.0 * (double)(hosts - count) / hosts, filled * 1e9 / hosts,
           huge_kb(b.cache.ro) * 1024 * 100 / size,
           huge_kb(b.memory.ro) * 1024 * 100 / size);
    for (threads = 1; threads <= THREADS; threads *= 2)
        measure(&b, threads);
    p0f_segment_unmap(b.memory.rw, b.memory.size);
    if (b.memory.ro != b.memory.rw)
        p0f_segment_unmap(b.memory.ro, b.memory.size);
    p0f_cache_destroy(&b.cache);
    if (b.bad)
        fprintf(stderr, "bench_cache: of %lu hosts 1 %% or more is lost or not"
                " found\n", (unsigned long)hosts);
    return !b.bad;
}

int main(int argc, char **argv)
{
    bool shared = argc < 2 || strcmp(argv[1], "--private") != 0, good = true;
    int i, first = shared ? 1 : 2;

    printf("%9s %8s  %-7s %7s %7s %12s %6s %9s\n", "hosts", "threads",
           "writer", "load ns", "look ns", "80 + 2 loads", "hits %",
           "M writes/s");
    if (argc <= first) {
        good &= bench(10000, shared);
        good &= bench(1000000, shared);
    }
    for (i = first; i < argc; i++) {
        unsigned long hosts = strtoul(argv[i], NULL, 10);

        if (hosts < 1 || hosts > 100000000) {
            fprintf(stderr, "usage: bench_cache [--private] [HOSTS ...]\n");
            return 2;
        }
        good &= bench((uint32_t)hosts, shared);
    }
    return good ? 0 : 1;
}
