/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capturing.c - opens capture handles or takes them over.
 *
 * The filter passes what the Listen directives serve, and P0fPorts; if these
 * are very many, more than that, which the engine then leaves out. It knows
 * addresses, not routes: with a Listen on any address, a SYN that this machine
 * forwards to the same port of another one passes as well.
 */
#include "capturing.h"

#include <string.h>

#include "apr_sha1.h"
#include "apr_strings.h"

#include "listen.h"

/* Bytes of a frame: link header with tags, IPv6 header with extensions, a
 * whole TCP header. The kernel's buffer holds the more SYNs the smaller. */
#define SNAPLEN (P0F_CAPTURING_SLOT - 96)

/* Everything that makes a handle what it is, as text. */
static const char *describe(const p0f_server_conf_t *conf,
                            const apr_array_header_t *targets,
                            apr_pool_t *pool)
{
    const char *filter = conf->filter ? conf->filter : "";

    if (conf->read_file)
        return apr_psprintf(pool, "file %s\n%s", conf->read_file, filter);
    return apr_psprintf(pool, "%s\nbuffer %d promiscuous %d\n%s\n%s",
                        apr_array_pstrcat(pool, conf->interfaces, ' '),
                        conf->buffer, conf->promiscuous,
                        p0f_listen_text(pool, targets), filter);
}

/* A digest of that, since there may be very many targets. */
static void make_key(char key[P0F_RETAINED_KEY], const p0f_server_conf_t *conf,
                     const apr_array_header_t *targets, apr_pool_t *pool)
{
    const char *text = describe(conf, targets, pool);

    apr_sha1_base64(text, (int)strlen(text), key);
}

static bool same_key(const p0f_retained_t *r, const char *key)
{
    return r->capture_key[0] && !strcmp(r->capture_key, key);
}

static p0f_state_t state_for(p0f_status_t status)
{
    return status == P0F_EPERM ? P0F_STATE_NO_PERMISSION
                               : P0F_STATE_NO_CAPTURE;
}

static p0f_state_t open_file(p0f_retained_t *r,
                             const p0f_server_conf_t *conf, p0f_error_t *err)
{
    p0f_status_t status;

    if (r->capture_count)
        return P0F_STATE_RUNNING;
    status = p0f_capture_open_regular(&r->captures[0], conf->read_file,
                                      conf->filter ? conf->filter : "", err);
    if (status != P0F_OK)
        return state_for(status);
    r->capture_count = 1;
    return P0F_STATE_RUNNING;
}

/* Opens a handle; one for an interface that is away for now, if need be. */
static p0f_status_t open_one(p0f_capture_t *capture,
                             const p0f_capture_config_t *config,
                             p0f_error_t *err)
{
    p0f_status_t status = p0f_capture_open_live(capture, config, err);

    if (status == P0F_ENODEV || status == P0F_EDOWN)
        p0f_capture_open_away(capture, config, NULL);
    return status;
}

/* Handle I belongs to interface I; one that is closed or has ended is opened
 * (again). Running if there is one that works. */
static p0f_state_t open_interfaces(p0f_retained_t *r,
                                   const p0f_server_conf_t *conf,
                                   const apr_array_header_t *targets,
                                   p0f_error_t *err)
{
    p0f_capture_config_t config = {
        .targets = (const p0f_syntarget_t *)targets->elts,
        .target_count = (size_t)targets->nelts,
        .filter = conf->filter ? conf->filter : "",
        .incoming_only = true,
        .promiscuous = conf->promiscuous,
        .snaplen = SNAPLEN,
        .buffer = conf->buffer
    };
    p0f_state_t trouble = P0F_STATE_NO_CAPTURE;
    int works = 0;

    r->capture_count = conf->interfaces->nelts;
    for (int i = 0; i < r->capture_count; i++) {
        p0f_capture_t *capture = &r->captures[i];
        p0f_error_t *tell = err->status == P0F_OK ? err : NULL;

        p0f_capture_follow(capture);
        if (!capture->pcap || capture->ended) {
            if (capture->pcap)
                p0f_retained_await_children(r);
            p0f_capture_close(capture);
            config.device = APR_ARRAY_IDX(conf->interfaces, i, const char *);
            open_one(capture, &config, tell);
        }
        works += capture->pcap && !capture->ended;
    }
    if (err->status != P0F_OK)
        trouble = state_for(err->status);
    return works ? P0F_STATE_RUNNING : trouble;
}

p0f_state_t p0f_capturing_open(p0f_retained_t *r,
                               const p0f_server_conf_t *conf,
                               apr_pool_t *pool, p0f_error_t *err)
{
    apr_array_header_t *targets = p0f_listen_targets(pool, conf->ports);
    char key[P0F_RETAINED_KEY];

    make_key(key, conf, targets, pool);
    if (p0f_capture_pin(err) != P0F_OK) {
        p0f_retained_close_captures(r);
        return P0F_STATE_NO_CAPTURE;
    }
    if (!same_key(r, key)) {
        p0f_retained_close_captures(r);
        memset(r->captures, 0, sizeof(r->captures));
    }
    memcpy(r->capture_key, key, sizeof(key));
    if (conf->read_file)
        return open_file(r, conf, err);
    if (!targets->nelts) {
        p0f_retained_close_captures(r);
        p0f_status_fail(err, P0F_ECAPTURE, "no Listen to capture for");
        return P0F_STATE_NO_CAPTURE;
    }
    return open_interfaces(r, conf, targets, err);
}

bool p0f_capturing_choose(const p0f_server_conf_t *conf, apr_pool_t *pconf,
                          p0f_engine_config_t *engine)
{
    const apr_array_header_t *list = p0f_listen_targets(pconf, conf->ports);
    const p0f_syntarget_t *targets = (const p0f_syntarget_t *)list->elts;
    const size_t count = (size_t)list->nelts;

    if (conf->read_file || p0f_synfilter_exact(targets, count))
        return false;
    engine->targets = targets;
    engine->target_count = count;
    return true;
}
