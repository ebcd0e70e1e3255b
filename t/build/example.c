/* SPDX-License-Identifier: Apache-2.0 */
/* example FINGERPRINTS CAPTURE - a program on the installed engine: prints what it recognises. */
#include <apr_general.h>
#include <p0f_engine/capture.h>
#include <p0f_engine/engine.h>
#include <p0f_engine/fp_v3.h>
#include <stdio.h>

typedef struct { p0f_engine_t *engine; p0f_link_t link; } run_t;

static void print(void *ctx, const p0f_observation_t *obs)
{
    char line[P0F_REPORT_LINE];

    p0f_report_v3(obs, 0, line);
    fputs(line, ctx);
}

static void frame(void *ctx, p0f_bytes_t bytes, uint32_t wire_len, int64_t wall_us)
{
    run_t *run = ctx;

    (void)wire_len;
    p0f_engine_feed(run->engine, &run->link, bytes, (p0f_time_t){ wall_us, (uint64_t)wall_us });
}

int main(int argc, char **argv)
{
    p0f_cache_t cache;
    p0f_cache_config_t sizes = { .max_hosts = 1000, .max_conns = 1000, .host_idle_s = 7200, .conn_age_s = 30 };
    p0f_engine_config_t config = { .cache = &cache, .max_flows = 1000, .conn_age_s = 30, .host_idle_s = 7200 };
    p0f_capture_t capture;
    p0f_db_builder_t *builder;
    const p0f_db_t *db;
    p0f_error_t err = { .text = "out of memory" };
    apr_pool_t *pool;
    run_t run;
    int n;

    if (argc != 3 || apr_initialize() || apr_pool_create(&pool, NULL)
        || p0f_db_builder_create(&builder, pool) || p0f_fp_v3_load(builder, argv[1], NULL, pool, &err)
        || p0f_db_compile(builder, pool, &db, &sizes.db_slot) || p0f_cache_create(&cache, &sizes, &err)
        || p0f_cache_db_publish(&cache, db, sizes.db_slot) || p0f_engine_create(&run.engine, &config, &err)
        || !p0f_engine_observe(run.engine, print, stdout) || p0f_capture_open_file(&capture, argv[2], "", &err)) {
        fprintf(stderr, "example: %s\n", err.text);
        return 1;
    }
    p0f_link_init(&run.link, capture.dlt, false);
    while (p0f_capture_read(&capture, 1000, frame, &run, &n, &err) == P0F_OK)
        ;
    return 0;
}
