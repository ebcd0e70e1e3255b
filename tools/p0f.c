/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f - reads a capture file and writes what p0f 3 would log about it.
 *
 * A thin program on the engine: options, the capture file, the log file. It
 * links nothing of httpd.
 */
#include <apr_general.h>
#include <apr_pools.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../p0f_engine/capture.h"
#include "../p0f_engine/engine.h"
#include "../p0f_engine/fp_v3.h"

#ifndef P0F_DEFAULT_FP
#define P0F_DEFAULT_FP "p0f.fp"
#endif

enum { OPT_STRICT = 256, OPT_QUIET, OPT_HELP };

/* Defaults of p0f 3 (-m and -t). */
enum { MAX_FLOWS = 1000, MAX_HOSTS = 10000, CONN_AGE_S = 30,
       HOST_IDLE_S = 120 * 60 };

typedef struct {
    const char *fp, *capture, *log;
    bool strict, quiet;
} options_t;

/* What the frame callback and the observer need. */
typedef struct {
    p0f_engine_t *engine;
    p0f_link_t link;
    FILE *out;                       /* NULL with --quiet */
    uint64_t packets;
    int64_t offset_block;            /* quarter of an hour that utc_offset_s */
    int32_t utc_offset_s;            /* holds for */
} run_t;

static int fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static int fail(const char *format, ...)
{
    va_list ap;

    fputs("p0f: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    return 1;
}

static int usage(FILE *to)
{
    fputs("usage: p0f -r CAPTURE [-f FINGERPRINTS] [-o LOG] [--strict] "
          "[--quiet]\n"
          "  -r FILE    read this capture file (pcap or pcapng)\n"
          "  -f FILE    fingerprint file (default " P0F_DEFAULT_FP ")\n"
          "  -o FILE    append log lines to FILE (default: standard output)\n"
          "  --strict   do as p0f 3.09b does, also where it is wrong\n"
          "  --quiet    no lines, only the counts at the end\n", to);
    return to == stderr;
}

/* 0 to go on, else exit status + 1. */
static int parse_options(int argc, char **argv, options_t *o)
{
    static const struct option longs[] = {
        { "strict", no_argument, NULL, OPT_STRICT },
        { "quiet", no_argument, NULL, OPT_QUIET },
        { "help", no_argument, NULL, OPT_HELP },
        { NULL, 0, NULL, 0 }
    };
    int c;

    while ((c = getopt_long(argc, argv, "f:r:o:", longs, NULL)) != -1) {
        switch (c) {
        case 'f': o->fp = optarg; break;
        case 'r': o->capture = optarg; break;
        case 'o': o->log = optarg; break;
        case OPT_STRICT: o->strict = true; break;
        case OPT_QUIET: o->quiet = true; break;
        case OPT_HELP: return 1 + usage(stdout);
        default: return 1 + usage(stderr);
        }
    }
    if (!o->capture || optind < argc)
        return 1 + usage(stderr);
    return 0;
}

/* p0f 3's rules for its log: a regular file, no symbolic link, appended to,
 * locked, readable by the owner alone if new. */
static FILE *open_log(const char *path)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                  0600);

    if (fd < 0 || fstat(fd, &st)) {
        fail("cannot open the log %s: %s", path, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        fail("the log %s is not a regular file", path);
        close(fd);
        return NULL;
    }
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        fail("the log %s is in use by another program", path);
        close(fd);
        return NULL;
    }
    return fdopen(fd, "a");
}

/* Local time's distance from UTC changes on quarter hours at most, so it is
 * asked for once for each. */
static int32_t utc_offset(run_t *run, int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    int64_t block = seconds / 900;
    struct tm tm;

    if (block != run->offset_block) {
        run->utc_offset_s = localtime_r(&seconds, &tm) ? (int32_t)tm.tm_gmtoff
                                                       : 0;
        run->offset_block = block;
    }
    return run->utc_offset_s;
}

static void write_line(void *ctx, const p0f_observation_t *obs)
{
    run_t *run = ctx;
    char line[P0F_REPORT_LINE];
    size_t n = p0f_report_v3(obs, utc_offset(run, obs->wall_us), line);

    fwrite(line, 1, n, run->out);
}

static void take_frame(void *ctx, p0f_bytes_t frame, uint32_t wire_len,
                       int64_t wall_us)
{
    run_t *run = ctx;
    p0f_time_t time = { .wall_us = wall_us, .boot_us = (uint64_t)wall_us };

    (void)wire_len;
    run->packets++;
    p0f_engine_feed(run->engine, &run->link, frame, time);
}

/* Loads FP into CACHE, which is created to hold it. */
static int load_database(const options_t *o, apr_pool_t *pool,
                         p0f_cache_t *cache)
{
    p0f_fp_options_t fp_options = { .strict = o->strict };
    p0f_cache_config_t config = {
        .max_hosts = 2 * MAX_HOSTS, .max_conns = 64,
        .host_idle_s = INT32_MAX, .conn_age_s = CONN_AGE_S
    };
    p0f_db_builder_t *builder;
    const p0f_db_t *image;
    p0f_error_t err = { .text = "" };
    size_t size;

    if (p0f_db_builder_create(&builder, pool) != P0F_OK)
        return fail("out of memory");
    if (p0f_fp_v3_load(builder, o->fp, &fp_options, pool, &err) != P0F_OK)
        return fail("%s", err.text);
    if (p0f_db_compile(builder, pool, &image, &size) != P0F_OK)
        return fail("%s: too many signatures", o->fp);
    config.db_slot = size;
    if (p0f_cache_create(cache, &config, &err) != P0F_OK)
        return fail("%s", err.text);
    if (p0f_cache_db_publish(cache, image, size) != P0F_OK)
        return fail("%s: the database does not fit", o->fp);
    return 0;
}

/* The packets that p0f 3 would look at: its filter in strict mode, else all
 * TCP, found by the engine, which knows more of VLAN tags and extension
 * headers than a filter. */
static int open_capture(const options_t *o, p0f_capture_t *capture)
{
    p0f_error_t err = { .text = "" };
    const char *filter;

    if (!strcmp(o->capture, "-"))
        return fail("give the name of a capture file after -r");
    if (p0f_capture_open_file(capture, o->capture, "", &err) != P0F_OK)
        return fail("%s", err.text);
    if (!o->strict)
        return 0;
    filter = capture->dlt == P0F_DLT_EN10MB ? "tcp or (vlan and tcp)" : "tcp";
    p0f_capture_close(capture);
    if (p0f_capture_open_file(capture, o->capture, filter, &err) != P0F_OK)
        return fail("%s", err.text);
    return 0;
}

/* Reads the whole capture. A file cut off or damaged in the middle is read
 * up to there and gets a remark, as its lines are good. */
static void read_capture(p0f_capture_t *capture, run_t *run)
{
    p0f_error_t err = { .text = "" };
    p0f_status_t status;
    int n;

    do
        status = p0f_capture_read(capture, 1 << 20, take_frame, run, &n, &err);
    while (status == P0F_OK);
    if (status != P0F_EEND)
        fail("%s", err.text);
}

static void print_counts(const run_t *run, const p0f_cache_t *cache)
{
    unsigned int i;
    uint64_t n;

    printf("%-24s %" PRIu64 "\n", "packets", run->packets);
    for (i = 0; i < P0F_CTR_COUNT; i++) {
        n = p0f_cache_counter(cache, i);
        if (n)
            printf("%-24s %" PRIu64 "\n", p0f_cache_counter_name(i), n);
    }
}

static int run_tool(const options_t *o, apr_pool_t *pool)
{
    p0f_cache_t cache = { NULL, NULL, 0, false };
    p0f_capture_t capture;
    run_t run = { .offset_block = INT64_MIN };
    p0f_engine_config_t config = {
        .cache = &cache, .strict = o->strict, .conversations = true,
        .max_flows = MAX_FLOWS, .max_hosts = MAX_HOSTS, .conn_age_s = CONN_AGE_S,
        .host_idle_s = HOST_IDLE_S
    };
    p0f_error_t err = { .text = "" };
    int status = 0;

    if (load_database(o, pool, &cache) || open_capture(o, &capture))
        return 1;
    if (p0f_engine_create(&run.engine, &config, &err) != P0F_OK)
        return fail("%s", err.text);
    run.out = o->log ? open_log(o->log) : stdout;
    if (!run.out)
        return 1;
    if (!o->quiet)
        p0f_engine_observe(run.engine, write_line, &run);
    p0f_link_init(&run.link, capture.dlt, o->strict);
    read_capture(&capture, &run);
    if (fflush(run.out) || ferror(run.out))
        status = fail("cannot write the log: %s", strerror(errno));
    if (o->quiet)
        print_counts(&run, &cache);
    p0f_capture_close(&capture);
    p0f_engine_destroy(run.engine);
    p0f_cache_destroy(&cache);
    return status;
}

int main(int argc, char **argv)
{
    options_t options = { .fp = P0F_DEFAULT_FP };
    apr_pool_t *pool;
    int status = parse_options(argc, argv, &options);

    if (status)
        return status - 1;
    if (apr_initialize() || apr_pool_create(&pool, NULL))
        return fail("APR cannot be initialised");
    status = run_tool(&options, pool);
    apr_terminate();
    return status;
}
