/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f - fingerprints the systems in live traffic or in a capture file, as
 * p0f 3 does.
 *
 * A program on the engine; it links nothing of httpd. Reading order: main,
 * run, then read_file or listen_on. Options, capture, output and process have
 * files of their own (p0f_*.c).
 */
#include <apr_general.h>
#include <apr_pools.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../p0f_engine/api_v3.h"
#include "../p0f_engine/engine.h"
#include "../p0f_engine/fp_v3.h"
#include "../p0f_engine/server.h"
#include "../p0f_engine/sniffer.h"
#include "p0f.h"

#ifdef P0F_SYSCONFDIR
#define INSTALLED_FP P0F_SYSCONFDIR "/p0f.fp"
#else
#define INSTALLED_FP "/etc/p0f/p0f.fp"
#endif

enum { BATCH = 8192,             /* frames between looks at clock and stop */
       PROGRESS_US = 500000, SOCKET_MODE = 0666,
       API_WAIT_US = 50000,      /* the kernel gives frames 5 to 15 ms late */
       BACKLOG = 128 };          /* who finds all places taken waits here */

/* All that is made at the start and used until the end. */
typedef struct {
    options_t o;
    p0f_cache_t cache;
    p0f_capture_t capture;
    p0f_engine_t *engine;
    p0f_link_t link;
    output_t output;
    p0f_unknown_t *unknown;      /* NULL without --unknown */
    uint64_t packets;
    struct {
        p0f_server_t *server;    /* NULL without -s */
        p0f_api_source_t source;
        int wake_fd, stop;
        pthread_t thread;
    } api;
    int wake_fd;                 /* what a signal makes readable */
} run_t;

int fail(const char *format, ...)
{
    va_list ap;

    fputs("p0f: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    return 1;
}

/* ---- database ---------------------------------------------------------- */

/* The installed fingerprint file, or before that the one at hand. */
static const char *default_fp(void)
{
    return access(INSTALLED_FP, R_OK) ? "p0f.fp" : INSTALLED_FP;
}

/* Loads the fingerprint file into the cache, which is created to hold it. */
static int load_database(run_t *run, apr_pool_t *pool)
{
    const options_t *o = &run->o;
    const char *path = o->fp ? o->fp : default_fp();
    p0f_fp_options_t fp_options = { .strict = o->strict };
    p0f_cache_config_t config = {
        .max_hosts = 2 * o->max_hosts, .max_conns = 64,
        .host_idle_s = INT32_MAX, .conn_age_s = o->conn_age_s
    };
    p0f_db_builder_t *builder;
    const p0f_db_t *image;
    p0f_error_t err = { .text = "" };
    size_t size;

    if (p0f_db_builder_create(&builder, pool) != P0F_OK)
        return fail("out of memory");
    if (p0f_fp_v3_load(builder, path, &fp_options, pool, &err) != P0F_OK)
        return fail("%s", err.text);
    if (p0f_db_compile(builder, pool, &image, &size) != P0F_OK)
        return fail("%s: too many signatures", path);
    config.db_slot = size;
    if (p0f_cache_create(&run->cache, &config, &err) != P0F_OK)
        return fail("%s", err.text);
    if (p0f_cache_db_publish(&run->cache, image, size) != P0F_OK)
        return fail("%s: the database does not fit", path);
    return 0;
}

static int make_engine(run_t *run)
{
    const options_t *o = &run->o;
    p0f_engine_config_t config = {
        .cache = &run->cache, .strict = o->strict, .conversations = true,
        .alone = !o->socket,
        .max_flows = o->max_flows, .max_hosts = o->max_hosts,
        .conn_age_s = o->conn_age_s, .host_idle_s = o->host_idle_min * 60
    };
    p0f_error_t err = { .text = "" };

    if (p0f_engine_create(&run->engine, &config, &err) != P0F_OK)
        return fail("%s", err.text);
    p0f_link_init(&run->link, run->capture.dlt, o->strict);
    if (run->output.log.fd >= 0 || run->output.screen.fd >= 0)
        p0f_engine_observe(run->engine, output_observe, &run->output);
    if (o->unknown && learn_open(&run->unknown))
        return 1;
    if (run->unknown)
        p0f_engine_observe(run->engine, learn_observe, run->unknown);
    return 0;
}

/* ---- packets ----------------------------------------------------------- */

/* There is no clock but that of the packets. */
static void take_frame(void *ctx, p0f_bytes_t frame, uint32_t wire_len,
                       int64_t wall_us)
{
    run_t *run = ctx;
    p0f_time_t time = { .wall_us = wall_us, .boot_us = (uint64_t)wall_us };

    (void)wire_len;
    run->packets++;
    p0f_engine_feed_ahead(run->engine, &run->link, frame, time);
}

static bool stopped(void)
{
    return __atomic_load_n(process_stop(), __ATOMIC_ACQUIRE) != 0;
}

/* Says on a terminal how far the reading of SIZE bytes is, on a line that is
 * written over. */
static void show_progress(const run_t *run, off_t size)
{
    uint64_t at = p0f_capture_position(&run->capture);

    if (size > 0 && at)
        fprintf(stderr, "\rp0f: %3.0f %% of %s, %" PRIu64 " packets",
                100.0 * (double)at / (double)size, run->o.capture,
                run->packets);
    else
        fprintf(stderr, "\rp0f: %" PRIu64 " packets of %s", run->packets,
                run->o.capture);
}

/* Where IP was only searched for and not found, nobody but the file's link
 * type is to blame. */
static int check_link(const run_t *run)
{
    const p0f_capture_t *capture = &run->capture;
    uint64_t lost = 0;

    for (unsigned int i = P0F_DROP_LINK_SHORT; i <= P0F_DROP_NOT_TCP; i++)
        lost += p0f_cache_counter(&run->cache, P0F_CTR_DROP_FIRST + i);
    if (!run->packets || lost < run->packets || p0f_link_knows(capture->dlt))
        return 0;
    return fail("%s: no packet in it can be read: its link type, %s (%d), "
                "is none that p0f knows", run->o.capture,
                p0f_capture_link_name(capture), capture->dlt);
}

/* Reads the whole capture. A file cut off or damaged in the middle is read
 * up to there and gets a remark, as its lines are good. */
static int read_file(run_t *run)
{
    bool progress = isatty(STDERR_FILENO)
        && (run->output.screen.fd < 0 || !isatty(STDOUT_FILENO));
    uint64_t shown = p0f_sniffer_now().boot_us, now;
    p0f_error_t err = { .text = "" };
    p0f_status_t status;
    struct stat st;
    bool any = false;
    int n;

    if (stat(run->o.capture, &st) || !S_ISREG(st.st_mode))
        st.st_size = 0;
    do {
        status = p0f_capture_read(&run->capture, BATCH, take_frame, run, &n,
                                  &err);
        now = progress ? p0f_sniffer_now().boot_us : 0;
        if (progress && now > shown + PROGRESS_US) {
            show_progress(run, st.st_size);
            shown = now;
            any = true;
        }
    } while (status == P0F_OK && !stopped() && !output_gone(&run->output));
    if (any)
        fputs("\r\033[K", stderr);
    if (status != P0F_OK && status != P0F_EEND && !stopped())
        fail("%s", err.text);
    return 0;
}

/* Of an interface that is taken down before it goes libpcap is told the first
 * alone: that it is gone shows when it is asked again. */
enum { LOOK_MS = 1000 };

/* Reads an interface until a signal comes or nobody listens any more. */
static int listen_on(run_t *run)
{
    struct pollfd fds[] = {
        { .fd = run->capture.fd, .events = POLLIN },
        { .fd = run->wake_fd, .events = POLLIN }
    };
    p0f_error_t err = { .text = "" };
    int n;

    while (!stopped()) {
        if (p0f_capture_read(&run->capture, BATCH, take_frame, run, &n, &err)
            != P0F_OK)
            return fail("%s: %s", run->o.interface, err.text);
        if (n)
            continue;
        p0f_engine_settle(run->engine);
        output_flush(&run->output);
        if (!run->api.server && output_gone(&run->output))
            return 1;
        poll(fds, 2, LOOK_MS);
    }
    return 0;
}

/* ---- the socket -------------------------------------------------------- */

static int open_api(run_t *run)
{
    p0f_server_config_t config = {
        .answer = p0f_api_v3_answer, .ctx = &run->api.source,
        .query_size = P0F_API_QUERY, .reply_max = P0F_API_REPLY,
        .max_clients = run->o.clients, .stop = &run->api.stop,
        .wait_us = run->o.capture ? 0 : API_WAIT_US
    };
    p0f_error_t err = { .text = "" };

    if (!run->o.socket)
        return 0;
    run->api.source = (p0f_api_source_t){ .cache = &run->cache,
                                          .strict = run->o.strict,
                                          .wake_fd = -1 };
    run->api.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    config.wake_fd = run->api.wake_fd;
    if (p0f_server_listen(&config.listen_fd, run->o.socket, SOCKET_MODE,
                          BACKLOG, &err) != P0F_OK
        || p0f_server_create(&run->api.server, &config, &err) != P0F_OK)
        return fail("%s", err.text);
    return 0;
}

static void *serve(void *server)
{
    p0f_server_run(server);
    return NULL;
}

static void end_api(run_t *run)
{
    __atomic_store_n(&run->api.stop, 1, __ATOMIC_RELEASE);
    p0f_sniffer_wake(run->api.wake_fd);
    pthread_join(run->api.thread, NULL);
}

/* ---- the end ----------------------------------------------------------- */

static void print_count(const char *name, uint64_t n)
{
    if (n)
        printf("%-24s %" PRIu64 "\n", name, n);
}

static void print_counts(const run_t *run)
{
    p0f_server_counts_t api = { 0 };
    unsigned int i;

    printf("%-24s %" PRIu64 "\n", "packets", run->packets);
    for (i = 0; i < P0F_CTR_COUNT; i++)
        print_count(p0f_cache_counter_name(i),
                    p0f_cache_counter(&run->cache, i));
    if (run->api.server)
        p0f_server_counts(run->api.server, &api);
    print_count("socket clients", api.accepted);
    print_count("socket queries", api.queries);
    print_count("socket clients cut off", api.late);
    print_count("socket clients broken", api.broken);
    print_count("socket clients displaced", api.displaced);
}

static void say_packets(run_t *run)
{
    char text[64];
    uint64_t drops;

    snprintf(text, sizeof(text), "\n%" PRIu64 " packets.\n", run->packets);
    if (!run->o.json)
        output_say(&run->output, text);
    drops = p0f_cache_counter(&run->cache, P0F_CTR_KERNEL_DROPS);
    if (drops)
        fail("%" PRIu64 " packets came too fast and are missing", drops);
}

/* ---- all together ------------------------------------------------------ */

/* Everything that takes rights or names of files, in p0f 3's order; then
 * there is only the loop. */
static int set_up(run_t *run, apr_pool_t *pool)
{
    int dev_null = open("/dev/null", O_RDWR | O_CLOEXEC), ready = -1;

    run->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (dev_null < 0 || run->wake_fd < 0)
        return fail("cannot open /dev/null and a wake-up descriptor");
    if (load_database(run, pool) || capture_open(&run->capture, &run->o)
        || output_open(&run->output, &run->o) || open_api(run)
        || make_engine(run))
        return 1;
    if (run->o.user && process_become(run->o.user))
        return 1;
    if (!run->o.capture && !run->o.quiet)
        fprintf(stderr, "p0f: listening on %s\n", run->o.interface);
    if (run->o.daemon && process_detach(dev_null, &ready))
        return 1;
    close(dev_null);
    process_catch_signals(run->wake_fd, run->o.daemon);
    if (run->api.server
        && process_thread(&run->api.thread, serve, run->api.server))
        return 1;
    if (output_start(&run->output))
        return 1;
    if (run->o.daemon)
        process_ready(ready);
    return 0;
}

static int run_tool(run_t *run, apr_pool_t *pool)
{
    int status;

    if (set_up(run, pool))
        return 1;
    status = run->o.capture ? read_file(run) : listen_on(run);
    p0f_engine_settle(run->engine);
    if (run->o.capture && check_link(run))
        status = 1;
    if (run->api.server)
        end_api(run);
    p0f_cache_add(&run->cache, P0F_CTR_KERNEL_DROPS,
                  p0f_capture_drops(&run->capture));
    say_packets(run);
    if (output_close(&run->output))
        status = 1;
    if (run->unknown)
        return learn_print(run->unknown, pool) || status;
    if (run->o.quiet)
        print_counts(run);
    return status;
}

int main(int argc, char **argv)
{
    static run_t run;
    apr_pool_t *pool;
    int status;

    if (!options_read(&run.o, argc, argv, &status))
        return status;
    if (run.o.list)
        return capture_list();
    if (process_prepare(argv))
        return 1;
    if (apr_initialize() || apr_pool_create(&pool, NULL))
        return fail("APR cannot be initialised");
    if (run.o.check)
        return check_databases(run.o.words, run.o.word_count, pool);
    if (run.o.suggest)
        return learn_suggest(run.o.words, run.o.word_count, pool);
    return run_tool(&run, pool);
}
