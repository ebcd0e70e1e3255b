/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_fp.c - libFuzzer harness: any bytes as a fingerprint file. What is
 * accepted must compile into an image that passes the check, and answer.
 *
 * Seeds: t/fp. The first byte's lowest bit chooses strict reading; a "[" or
 * a letter there is as good as any.
 */
#include <stdlib.h>

#include <apr_general.h>

#include "p0f_engine/fp_v3.h"
#include "p0f_engine/match_v3.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

/* Matches packets made of the records themselves, so that some fit. */
static void match_all(const p0f_db_t *db, p0f_dir_t dir, bool strict)
{
    const p0f_dbsig_t *ref;
    p0f_match_t match;
    uint32_t n, i;

    for (n = 0; (ref = p0f_db_sig(db, dir, n)) != NULL; n++) {
        p0f_sig_t sig = {
            .quirks = ref->quirks, .mss = (uint16_t)ref->mss,
            .wscale = (uint8_t)ref->wscale, .window = ref->win,
            .win_mult = ref->win, .win_kind = ref->win_kind % 3,
            .version = ref->version ? ref->version : 4, .ttl = ref->ttl,
            .payload = ref->payload == 1, .ip_opt_len = ref->olen,
            .eol_pad = ref->eol_pad, .opt_count = ref->opt_count
        };
        char params[P0F_PARAMS_TEXT];

        for (i = 0; i < P0F_OPT_MAX; i++)
            sig.layout[i] = ref->layout[i];
        p0f_match_v3(db, dir, &sig, strict, &match);
        p0f_match_v3_params(&match, &sig, params);
        /* A record with a plain window fits its own packet. */
        if (ref->win_kind == P0F_WIN_NORMAL && ref->version != 0
            && match.label == P0F_NO_LABEL && !strict)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool strict = size && (data[0] & 1);
    p0f_fp_options_t options = { .strict = strict, .warn = ignore };
    p0f_bytes_t text = { data, size };
    p0f_error_t err = { .text = "" };
    const p0f_db_t *db;
    p0f_db_builder_t *b;
    apr_pool_t *pool;
    size_t bytes;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (p0f_db_builder_create(&b, pool) != P0F_OK)
        abort();
    if (p0f_fp_v3_parse(b, "fuzz", text, &options, &err) != P0F_OK) {
        if (!err.text[0])
            abort();
    }
    else {
        if (p0f_db_compile(b, pool, &db, &bytes) != P0F_OK
            || p0f_db_check(db, bytes) != P0F_OK)
            abort();
        match_all(db, P0F_DIR_REQUEST, strict);
        match_all(db, P0F_DIR_RESPONSE, strict);
    }
    apr_pool_destroy(pool);
    return 0;
}
