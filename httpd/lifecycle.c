/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lifecycle.c - when the capture starts and stops.
 *
 *   start      pre_config, check_config (databases), post_config: nothing;
 *              again, and now post_config makes everything
 *   restart    pconf is cleared: the thread is joined (a helper process
 *              works on), this code unloaded and loaded; pre_config takes the
 *              handles back from plog, post_config takes over what serves on
 *   stop       plog is destroyed first: the thread is joined, then libpcap
 *              closes the handles, and the helper is ended
 */
#include "lifecycle.h"

#include <pthread.h>
#include <unistd.h>

#include "apr_strings.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"

#include "apisocket.h"
#include "capturing.h"
#include "database.h"
#include "harden.h"
#include "isolation.h"
#include "logging.h"
#include "reload.h"
#include "retained.h"
#include "savedsyn.h"
#include "shared.h"
#include "thread.h"
#include "unknownlog.h"
#include "vars.h"

APLOG_USE_MODULE(p0f);

/* The longest rest of a sniffer, for what it is told lies that long; and what
 * its buffer must hold for each millisecond, 800 SYNs. */
enum { REST_MS = 40, REST_BYTES = 800 * P0F_CAPTURING_SLOT };

/* This generation. */
static struct {
    p0f_runtime_t runtime;       /* what workers see */
    p0f_retained_head_t *held;   /* what a forked child must close; NULL:
                                    nothing so far */
    p0f_retained_t *retained;    /* since post_config, NULL before */
    pid_t owner;                 /* the main process */
    apr_pool_t *pconf, *plog;    /* its pools */
    int stopping;                /* 1: the server ends, nothing is kept */
} self;

const p0f_runtime_t *p0f_lifecycle_runtime(void)
{
    return &self.runtime;
}

/* ---- what the configuration asks for ---------------------------------- */

static int wants_capture(const p0f_server_conf_t *conf)
{
    return conf->capture == P0F_ON
        || (conf->capture == P0F_AUTO && conf->engine_seen);
}

static int wants_saved_syn(const p0f_server_conf_t *conf)
{
    return conf->saved_syn == P0F_ON
        || (conf->saved_syn == P0F_AUTO && conf->engine_seen
            && p0f_savedsyn_available());
}

/* True where the server must not start without a capture. */
static int requires_capture(const p0f_retained_t *r,
                            const p0f_server_conf_t *conf)
{
    return conf->required && wants_capture(conf) && !r->starts;
}

static int first_pass(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;
}

/* ---- messages --------------------------------------------------------- */

static void warn_database(void *ctx, const char *text)
{
    server_rec *s = ctx;

    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "mod_p0f: %s", text);
}

/* Under -t, where nobody reads a log. */
static void warn_on_console(void *ctx, const char *text)
{
    server_rec *s = ctx;

    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s, "%s", text);
}

static const char *no_capture_effect(const p0f_server_conf_t *conf)
{
    return wants_saved_syn(conf)
        ? "clients are known by the kernel's saved SYN only"
        : "clients stay unknown";
}

/* The interfaces whose bits are set in AWAY, as many as fit. */
static const char *names_of(const p0f_server_conf_t *conf, uint32_t away,
                            char *buf, size_t room)
{
    size_t used = 0;

    buf[0] = '\0';
    for (int i = 0; i < conf->interfaces->nelts && used < room; i++) {
        if (away >> i & 1)
            used += (size_t)apr_snprintf(
                buf + used, room - used, "%s%s", used ? ", " : "",
                APR_ARRAY_IDX(conf->interfaces, i, const char *));
    }
    return buf;
}

static void log_state(server_rec *s, p0f_state_t state, uint32_t away)
{
    const p0f_server_conf_t *conf = p0f_config_server(s);
    char names[256];

    names_of(conf, away, names, sizeof(names));
    if (state == P0F_STATE_RUNNING && !away)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     "mod_p0f: the capture works again");
    else if (state == P0F_STATE_RUNNING)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "mod_p0f: the capture goes on without %s, until it is "
                     "there again", names);
    else if (state == P0F_STATE_NO_CAPTURE && conf->read_file)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "mod_p0f: the capture has ended: the file is damaged");
    else if (state == P0F_STATE_NO_CAPTURE)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "mod_p0f: the capture has ended: %s can't be captured "
                     "on any more; %s until it is there again", names,
                     no_capture_effect(conf));
}

void p0f_lifecycle_log_state(server_rec *s)
{
    const p0f_runtime_t *runtime = &self.runtime;
    uint32_t word, away;
    p0f_state_t state;

    if (!runtime->cache || !runtime->ring)
        return;
    word = p0f_cache_state_word(runtime->cache);
    state = p0f_cache_word_state(word);
    away = p0f_cache_word_away(word);
    if (p0f_ring_claim_change(runtime->ring, word,
                              state == P0F_STATE_RUNNING && !away))
        log_state(s, state, away);
}

int p0f_lifecycle_monitor(apr_pool_t *pool, server_rec *s)
{
    (void)pool;
    p0f_isolation_monitor();
    p0f_lifecycle_log_state(s);
    p0f_reload_look();
    p0f_logging_monitor(s);
    return DECLINED;
}

/* ---- the end of a generation ------------------------------------------ */

static apr_status_t join_at_stop(void *ctx);

/* A pre-cleanup of pconf and of plog, whichever comes first: no code of ours
 * may run once pconf's own cleanups unload it. */
static apr_status_t join_thread(void *ctx)
{
    (void)ctx;
    if (getpid() != self.owner)
        return APR_SUCCESS;
    apr_pool_cleanup_kill(self.pconf, &self, join_thread);
    apr_pool_cleanup_kill(self.plog, &self, join_at_stop);
    p0f_apisocket_join(self.stopping ? NULL : self.retained, self.plog);
    p0f_thread_join();
    p0f_isolation_release();
    p0f_logging_close();
    return APR_SUCCESS;
}

/* At a stop httpd destroys plog first; at a restart pconf is cleared and has
 * taken this off plog. */
static apr_status_t join_at_stop(void *ctx)
{
    if (getpid() == self.owner) {
        self.stopping = 1;
        if (self.retained)
            p0f_isolation_end(self.retained); /* its last lines come in */
        join_thread(ctx);
        if (self.retained)
            unlink(self.retained->api_path);
    }
    return APR_SUCCESS;
}

static void join_before(apr_pool_t *pconf, apr_pool_t *plog)
{
    apr_pool_pre_cleanup_register(pconf, &self, join_thread);
    apr_pool_pre_cleanup_register(plog, &self, join_at_stop);
}

static void in_forked_child(void)
{
    p0f_thread_forked();
    if (getpid() != self.owner)  /* not under -X */
        p0f_harden_worker();
    if (self.held && getpid() != self.owner)
        p0f_retained_forked(self.held, self.plog);
    if (self.held && self.retained && self.retained->api_fd >= 0
        && getpid() != self.owner)
        close(self.retained->api_fd);
    self.held = NULL;
}

static void in_main_process(void)
{
    if (self.held && getpid() == self.owner)
        p0f_retained_has_forked(self.held);
}

/* The main process and its pools are those of now. Every child it forks from
 * here on lets go of the capture: not only workers, mod_cgid's daemon, too,
 * would hold the packet socket. The C library forgets the function when this
 * code is unloaded. */
static void own(p0f_retained_head_t *held, apr_pool_t *pconf,
                apr_pool_t *plog)
{
    static int watching;

    self.held = held;
    self.owner = getpid();
    self.pconf = pconf;
    self.plog = plog;
    if (!watching && !pthread_atfork(NULL, in_main_process, in_forked_child))
        watching = 1;
}

/* ---- start ------------------------------------------------------------ */

int p0f_lifecycle_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp)
{
    p0f_retained_head_t *head = p0f_retained_take(plog);

    (void)ptemp;
    if (p0f_retained_ours(head))
        p0f_apisocket_take((p0f_retained_t *)(void *)head);
    own(head, pconf, plog);
    if (self.held)
        p0f_retained_new_generation(self.held);
    return OK;
}

/* The MPM listens from here on, long before post_config where there is much
 * to configure; clients that come meanwhile are served later. Whether it
 * works is said then. */
int p0f_lifecycle_open_logs(apr_pool_t *pconf, apr_pool_t *plog,
                            apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    p0f_harden_programs();       /* programs for logs are the first */
    if (wants_saved_syn(p0f_config_server(s)))
        p0f_savedsyn_listeners(1);
    return OK;
}

int p0f_lifecycle_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp, server_rec *s)
{
    const p0f_server_conf_t *conf = p0f_config_server(s);
    p0f_database_t database;
    p0f_error_t err;
    const char *wrong;

    (void)pconf;
    (void)plog;
    if (conf->saved_syn == P0F_ON && !p0f_savedsyn_available()) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s,
                     "P0fSavedSyn On: this system can't save SYNs; use Auto "
                     "or Off");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (conf->interfaces->nelts > P0F_SNIFFER_CAPTURES) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s,
                     "P0fInterface: %d interfaces are too many, at most %d "
                     "are possible; \"any\" stands for all",
                     conf->interfaces->nelts, P0F_SNIFFER_CAPTURES);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    /* At a restart a wrong file must not end the server: post_config looks
     * then. */
    if (first_pass()
        && p0f_database_load(conf, NULL, NULL, NULL, ptemp, &database, &err)
               != P0F_OK) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s, "%s",
                     err.text);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    wrong = first_pass() ? p0f_logging_check(conf, ptemp) : NULL;
    if (wrong) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s, "%s",
                     wrong);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST)
        p0f_database_check(conf, warn_on_console, s, ptemp);
    return OK;
}

/* Loads the databases and brings the shared memory in line; without memory
 * R has no cache. 0 where the server must not start. */
static int prepare_memory(p0f_retained_t *r, const p0f_server_conf_t *conf,
                          apr_pool_t *ptemp, server_rec *s)
{
    p0f_database_t database;
    p0f_error_t err;
    int loaded = p0f_database_load(conf, NULL, warn_database, s, ptemp,
                                   &database, &err) == P0F_OK;

    if (!loaded && !r->starts) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, "mod_p0f: %s", err.text);
        return 0;
    }
    if (!loaded)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     "mod_p0f: the database of before the restart stays in "
                     "use: %s", err.text);
    p0f_isolation_end(r);        /* until here it has read on */
    if (p0f_shared_prepare(r, conf, loaded ? &database : NULL, &err)
        != P0F_OK) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     "mod_p0f: no shared memory, clients stay unknown: %s",
                     err.text);
        p0f_shared_drop(r);
        return !requires_capture(r, conf);
    }
    if (loaded)
        r->has_database = database.files > 0;
    if (!r->has_database)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "mod_p0f: no fingerprint database: P0fDatabase isn't "
                     "set and there is no default file");
    return 1;
}

/* Opens or takes over capture handles. 0 where the server must not start. */
static int prepare_captures(p0f_retained_t *r, const p0f_server_conf_t *conf,
                            apr_pool_t *ptemp, server_rec *s,
                            p0f_state_t *state)
{
    p0f_error_t err = { .status = P0F_OK };

    *state = P0F_STATE_NO_HANDLE;
    if (!wants_capture(conf)) {
        p0f_retained_close_captures(r);
        return 1;
    }
    /* A helper process that captures nothing has nothing to miss, and enters
     * all SYNs that it is handed: also those that the new handles see. */
    if (p0f_cache_state(&r->cache) != P0F_STATE_RUNNING)
        p0f_isolation_end(r);
    *state = p0f_capturing_open(r, conf, ptemp, &err);
    if (err.status == P0F_OK)
        return 1;
    if (requires_capture(r, conf)) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s,
                     "mod_p0f: P0fRequired is On, and there is no capture: "
                     "%s", err.text);
        return 0;
    }
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "mod_p0f: %s; %s",
                 err.text, *state == P0F_STATE_RUNNING
                               ? "the capture goes on without it"
                               : no_capture_effect(conf));
    return 1;
}

/* Listeners outlive a restart, and with them the option. */
static void prepare_listeners(p0f_retained_t *r,
                              const p0f_server_conf_t *conf, server_rec *s)
{
    int on = wants_saved_syn(conf);

    if ((on || r->saved_syn) && !p0f_savedsyn_listeners(on) && on) {
        on = 0;
        ap_log_error(APLOG_MARK, conf->saved_syn == P0F_ON ? APLOG_ERR
                                                           : APLOG_INFO,
                     0, s, "mod_p0f: the kernel doesn't save SYNs for any "
                     "listening socket");
    }
    r->saved_syn = on;
}

static bool in_helper(const p0f_server_conf_t *conf)
{
    return p0f_isolation_wanted(conf) && !p0f_thread_one_process();
}

/* In a helper process or in a thread. 0: nowhere, told in the log. */
static int start_loop(p0f_retained_t *r, const p0f_server_conf_t *conf,
                      const p0f_sniffer_t *sniffer, server_rec *s)
{
    p0f_engine_config_t engine = {
        .cache = &r->cache,
        .conn_age_s = (uint32_t)apr_time_sec(conf->conn_age),
        .host_idle_s = (uint32_t)apr_time_sec(conf->host_idle)
    };
    unsigned int given_up;
    p0f_error_t err;

    if (wants_capture(conf) && p0f_capturing_choose(conf, self.pconf, &engine))
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, "mod_p0f: the listening "
                     "addresses and ports are too many for an exact packet "
                     "filter; the rest of what it passes is dropped");
    if (in_helper(conf))
        return p0f_isolation_start(r, conf, sniffer, &engine, self.pconf, s);
    if (p0f_thread_start(sniffer, &engine, p0f_logging_wanted()
                                           ? p0f_logging_observe : NULL,
                         &given_up, &err)
        == P0F_OK) {
        ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s, "mod_p0f: the capture "
                     "thread %s capabilities and %s system calls",
                     given_up & P0F_HARDENED_CAPABILITIES ? "gave up all"
                                                          : "kept its",
                     given_up & P0F_HARDENED_CALLS ? "all but a few"
                                                   : "has all");
        return 1;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "mod_p0f: %s; %s", err.text,
                 no_capture_effect(conf));
    return 0;
}

/* How long the sniffer may rest: beside saved SYNs hardly anybody waits for
 * it. */
static unsigned int rest_of(const p0f_retained_t *r,
                            const p0f_server_conf_t *conf)
{
    const unsigned int held_ms = (unsigned int)conf->buffer / REST_BYTES;

    if (!r->saved_syn)
        return 0;
    return !r->capture_count || held_ms > REST_MS ? REST_MS : held_ms;
}

/* 0 where the server must not start. */
static int start_sniffer(p0f_retained_t *r, const p0f_server_conf_t *conf,
                         p0f_state_t state, server_rec *s)
{
    const p0f_sniffer_t sniffer = {
        .cache = &r->cache,
        .ring = &r->ring,
        .captures = r->captures,
        .capture_count = r->capture_count,
        .state = state,
        .rest_ms = rest_of(r, conf),
        .wake_fd = r->wake_fd
    };
    bool running;

    p0f_sniffer_show(&sniffer);
    p0f_ring_claim_state(&r->ring, p0f_cache_state_word(&r->cache));
    running = start_loop(r, conf, &sniffer, s);
    if (!running) {
        p0f_cache_set_state(&r->cache, P0F_STATE_NO_CAPTURE);
        p0f_ring_claim_state(&r->ring, p0f_cache_state_word(&r->cache));
    }
    if (running || !requires_capture(r, conf))
        return 1;
    ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, "mod_p0f: P0fRequired is On, "
                 "and there is no capture");
    return 0;
}

static void set_runtime(const p0f_retained_t *r,
                        const p0f_server_conf_t *conf)
{
    self.runtime = (p0f_runtime_t){
        .cache = &r->cache,
        .ring = &r->ring,
        .saved_syn = r->saved_syn,
        .has_database = r->has_database,
        .host_idle = conf->host_idle,
        .conn_age = conf->conn_age
    };
}

/* Logs and the socket: a wrong one stops a start, as httpd's own logs do, and
 * is missing after a restart. 0 where the server must not start. */
static int prepare_outputs(p0f_retained_t *r, const p0f_server_conf_t *conf,
                           apr_pool_t *pconf, server_rec *s)
{
    bool good = p0f_logging_open(conf, &r->cache, pconf, s);
    p0f_error_t err;

    if (p0f_apisocket_open(r, conf, !in_helper(conf), &err) != P0F_OK) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "mod_p0f: P0fApiSocket: %s",
                     err.text);
        good = false;
    }
    return good || r->starts;
}

static int start(p0f_retained_t *r, const p0f_server_conf_t *conf,
                 apr_pool_t *pconf, apr_pool_t *ptemp, server_rec *s)
{
    p0f_state_t state;

    p0f_reload_prepare(conf, self.pconf, s);
    /* The captures first: a helper process of before the restart reads its
     * own until this one's are there. */
    if (!prepare_captures(r, conf, ptemp, s, &state)
        || !prepare_memory(r, conf, ptemp, s))
        return HTTP_INTERNAL_SERVER_ERROR;
    if (!r->cache.ro) {
        p0f_retained_close_captures(r);
        p0f_apisocket_remove(r);
        return OK;
    }
    if (!prepare_outputs(r, conf, pconf, s))
        return HTTP_INTERNAL_SERVER_ERROR;
    prepare_listeners(r, conf, s);
    if (!start_sniffer(r, conf, state, s))
        return HTTP_INTERNAL_SERVER_ERROR;
    set_runtime(r, conf);
    p0f_reload_into(&r->cache);
    p0f_unknownlog_open(conf, self.pconf, s);
    if (p0f_thread_one_process())
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     "mod_p0f: with one process (-X) nothing separates the "
                     "requests from the capture%s",
                     p0f_isolation_wanted(conf) ? "; P0fIsolation process is "
                     "not in force" : "");
    return OK;
}

/* The configuration asks for nothing (any more). */
static void stop(p0f_retained_t *r, const p0f_server_conf_t *conf,
                 server_rec *s)
{
    if (conf->logs->nelts || conf->dump.target || conf->api.path)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "mod_p0f: P0fLog, P0fDumpFile and P0fApiSocket have "
                     "nothing to tell: neither P0fEngine nor P0fCapture is "
                     "On");
    p0f_apisocket_remove(r);
    p0f_isolation_end(r);
    p0f_retained_close_captures(r);
    p0f_shared_drop(r);
    if (r->saved_syn)
        p0f_savedsyn_listeners(0);
    r->saved_syn = 0;
}

typedef const char *name_fn(unsigned int counter);

static void add_counter(apr_array_header_t *words, name_fn *name,
                        unsigned int counter, uint64_t value)
{
    if (value)
        APR_ARRAY_PUSH(words, const char *) =
            apr_psprintf(words->pool, "%s %" APR_UINT64_T_FMT, name(counter),
                         (apr_uint64_t)value);
}

/* What was counted until now, without what is 0. */
static void log_counters(const p0f_retained_t *r, apr_pool_t *ptemp,
                         server_rec *s)
{
    apr_array_header_t *words = apr_array_make(ptemp, 40, sizeof(char *));

    for (unsigned int i = 0; i < P0F_WCTR_COUNT; i++)
        add_counter(words, p0f_ring_counter_name, i,
                    p0f_ring_counter(&r->ring, (p0f_worker_counter_t)i));
    for (unsigned int i = 0; i < P0F_CTR_COUNT; i++)
        add_counter(words, p0f_cache_counter_name, i,
                    p0f_cache_counter(&r->cache, i));
    if (words->nelts)
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                     "mod_p0f: counted so far: %s",
                     apr_array_pstrcat(ptemp, words, ','));
}

int p0f_lifecycle_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp, server_rec *s)
{
    const p0f_server_conf_t *conf = p0f_config_server(s);
    p0f_retained_t *r;
    int status = OK;

    if (first_pass())
        return OK;
    p0f_vars_prepare(pconf, p0f_config_dir(s->lookup_defaults));
    r = p0f_retained_get();
    own(NULL, pconf, plog);
    join_before(pconf, plog);
    if (APLOG_IS_LEVEL(s, APLOG_INFO))
        log_counters(r, ptemp, s);
    if (wants_capture(conf) || wants_saved_syn(conf))
        status = start(r, conf, pconf, ptemp, s);
    else
        stop(r, conf, s);
    p0f_apisocket_hold(r, plog);
    self.retained = r;
    own(p0f_retained_hold(r, plog), pconf, plog);
    r->starts++;
    return status;
}

void p0f_lifecycle_child_init(apr_pool_t *pchild, server_rec *s)
{
    in_forked_child();
    p0f_unknownlog_child_init(pchild, s);
}
