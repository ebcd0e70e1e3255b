/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a compiled database of any content. An image that passes the
 * check must be safe to use whatever it holds; a worker that reads one from
 * the segment relies on that.
 *
 * The input is a list of writes (offset, length, bytes) over a real image, in
 * a block of its exact size.
 */
#include <apr_general.h>
#include <stdlib.h>
#include <string.h>

#include "p0f_engine/fp_v3.h"
#include "p0f_engine/http.h"
#include "p0f_engine/match_v3.h"
#include "scribble.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
    "classes = unix,win\n[mtu]\n"
    "label = Ethernet\nsig = 1500\n[tcp:request]\n"
    "label = g:unix:Any:\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n"
    "label = s:win:Some:x\nsig = *:128:0:*:8192,8:mss,nop,ws:df,id+:0\n"
    "sig = 4:64-:0:*:mss*4,*:mss::*\nlabel = s:!:tool:\nsys = @unix,Some\n"
    "sig = *:64-:0:1400:1024,0:mss::0\n[tcp:response]\n"
    "label = s:unix:Any:\nsig = *:64:0:*:mss*10,*:mss:df:0\n"
    "[http:request]\nua_os = Linux,Other=[other]\nlabel = s:!:a:\n"
    "sys = @unix\n"
    "sig = *:?Cookie,User-Agent=[a],Host:Accept:x\n";

static const p0f_db_t *image;
static size_t image_size;
static volatile size_t read_all_of;  /* so that the reading isn't left out */

static void set_up(void)
{
    p0f_bytes_t bytes = { (const uint8_t *)text, sizeof(text) - 1 };
    p0f_db_builder_t *builder;
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (p0f_db_builder_create(&builder, pool)
        || p0f_fp_v3_parse(builder, "fuzz", bytes, NULL, NULL)
        || p0f_db_compile(builder, pool, &image, &image_size))
        abort();
}

static void use_label(const p0f_db_t *db, uint32_t n)
{
    const p0f_label_t *label = p0f_db_label(db, n);
    size_t sum;

    if (!label)
        return;
    sum = strlen(p0f_db_text(db, label->name))
        + strlen(p0f_db_text(db, label->flavor));
    for (uint32_t i = 0; i < label->sys_count; i++)
        sum += p0f_db_sys(db, label)[i];
    read_all_of = sum;
}

static void use_tcp(const p0f_db_t *db, p0f_dir_t dir)
{
    p0f_sig_t sig = { .version = 4, .ttl = 60, .mss = 1460, .window = 8192,
                      .win_kind = P0F_WIN_NORMAL, .win_mult = 8192 };
    const p0f_dbsig_t *ref;
    p0f_match_t match;

    for (uint32_t n = 0; n < 64 && (ref = p0f_db_sig(db, dir, n)); n++) {
        sig.quirks = ref->quirks;
        sig.opt_count = ref->opt_count;
        memcpy(sig.layout, ref->layout, sizeof(sig.layout));
        sig.eol_pad = ref->eol_pad;
        p0f_match_v3(db, dir, &sig, false, &match);
        use_label(db, match.label);
    }
}

static void use_http(const p0f_db_t *db, p0f_dir_t dir)
{
    static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\n"
                               "User-Agent: a on Linux\r\n\r\n";
    p0f_bytes_t buffer = { (const uint8_t *)head, sizeof(head) - 1 };
    p0f_httpstate_t state = { 0 };
    p0f_httpmatch_t match;

    if (p0f_http_read(db, &state, dir, buffer, false) != P0F_HTTP_REQUEST)
        return;
    p0f_http_match(db, dir, &state.head, buffer, &match);
}

static void use(const p0f_db_t *db)
{
    for (uint32_t n = 0; n < 16; n++)
        use_label(db, n);
    use_tcp(db, P0F_DIR_REQUEST);
    use_tcp(db, P0F_DIR_RESPONSE);
    use_http(db, P0F_DIR_REQUEST);
    use_label(db, p0f_db_mtu(db, 1500));
    (void)p0f_db_ua_os(db, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *copy;

    if (!image)
        set_up();
    copy = malloc(image_size);
    if (!copy)
        return 0;
    memcpy(copy, image, image_size);
    scribble(copy, image_size, data, size);
    if (p0f_db_check(copy, image_size) == P0F_OK)
        use((const p0f_db_t *)(const void *)copy);
    free(copy);
    return 0;
}
