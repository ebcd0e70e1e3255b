/* SPDX-License-Identifier: Apache-2.0 */
/*
 * isolation.c - forks, watches and replaces the helper process.
 *
 * The main process opens the captures, makes the engine and the filter of
 * system calls, and forks; the helper gives everything up (confine.c) and
 * enters the loop. SIGTERM lets it finish its turn; who doesn't leave within
 * 50 ms is killed, which a process that hangs can't put off, and what it was
 * writing into the cache is repaired.
 *
 * A capture handle can't serve two helpers one after the other: how far its
 * ring has been read stands in the memory of the one that read it. So each
 * gets handles of its own; at a restart they are open before the helper
 * before ends, and no SYN is missed.
 *
 * Back-off: a helper that the monitor would have to start later is started
 * at once and waits before it reads; a parent of the MPM has no clock.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "isolation.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_signal.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_log.h"
#include "mpm_common.h"
#include "unixd.h"

#include "apisocket.h"
#include "capturing.h"
#include "confine.h"
#include "logging.h"
#include "serving.h"
#include "shared.h"
#include "thread.h"

APLOG_USE_MODULE(p0f);

#define HELPER_USER "_p0f"

enum {
    BACKOFF_MIN_S = 1,           /* between the starts of two helpers */
    BACKOFF_MAX_S = 60,
    HANGS_S = 30,                /* without a heartbeat */
    LEAVE_MS = 50,               /* to leave after SIGTERM */
    KEEP_MAX = 1 + P0F_LOGS_MAX + 1 + P0F_SERVING_HELD
             + P0F_SNIFFER_CAPTURES * P0F_CAPTURE_HELD
};

/* This generation's helper. */
static struct {
    p0f_retained_t *r;           /* NULL: none is to run */
    const p0f_server_conf_t *conf;
    apr_pool_t *pconf;
    server_rec *server;
    p0f_sniffer_t sniffer;
    p0f_engine_config_t engine;
    p0f_confine_t confine;
    p0f_harden_t *filter;        /* NULL: none */
    p0f_harden_t *serving;       /* that of the thread beside; likewise */
    int keep[KEEP_MAX];
    const char *user;            /* its name, for the log */
    int watched;                 /* 1: registered with APR */
    uint32_t backoff_s;          /* of the next start */
    uint32_t runs_from_s;        /* boot time at which the loop begins */
} self;

static uint32_t boot_s(void)
{
    return (uint32_t)(p0f_sniffer_now().boot_us / 1000000);
}

/* ---- in the helper ---------------------------------------------------- */

/* In the helper; its signal handler has no other way to know. */
static struct {
    int stop;                    /* atomic */
    int wake_fd;
} leaving;

static void leave(int sig)
{
    const uint64_t one = 1;
    ssize_t n;

    (void)sig;
    __atomic_store_n(&leaving.stop, 1, __ATOMIC_RELEASE);
    n = write(leaving.wake_fd, &one, sizeof(one));
    (void)n;                     /* full: it is readable already */
}

static void set_signals(void)
{
    static const int ignored[] = { SIGHUP, SIGUSR1, SIGWINCH, SIGINT,
                                   SIGPIPE };
    sigset_t none;

    for (int sig = 1; sig < 32; sig++)
        signal(sig, SIG_DFL);
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGTERM, leave);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void ignore_frame(void *ctx, p0f_bytes_t frame, uint32_t wire_len,
                         int64_t wall_us)
{
    (void)ctx;
    (void)frame;
    (void)wire_len;
    (void)wall_us;
}

/* Waits, and forgets what came meanwhile: it would count as new. */
static void wait_for_turn(uint32_t wait_s, const p0f_sniffer_t *sniffer)
{
    if (!wait_s)
        return;
    for (; wait_s && !leaving.stop; wait_s--)
        poll(NULL, 0, 1000);
    for (int i = 0; i < sniffer->capture_count; i++) {
        p0f_capture_t *capture = &sniffer->captures[i];
        int n = 1;

        while (capture->fd >= 0 && n > 0)
            p0f_capture_read(capture, 1000, ignore_frame, NULL, &n, NULL);
    }
}

/* Never returns. No httpd function, no pool, no allocation here. */
static void run_helper(uint32_t wait_s, const p0f_sniffer_t *sniffer)
{
    p0f_confine_code_t code;

    set_signals();
    p0f_thread_ask_for_promptness();
#ifdef __linux__
    prctl(PR_SET_NAME, "p0f", 0, 0, 0);
#endif
    if (!p0f_serving_begin(&self.confine))
        _exit(P0F_CONFINE_SERVING);
    code = p0f_confine(&self.confine);
    if (code == P0F_CONFINED && !p0f_serving_confined(self.serving))
        code = P0F_CONFINE_RIGHTS;
    if (code != P0F_CONFINED)
        _exit((int)code);
    wait_for_turn(wait_s, sniffer);
    p0f_sniffer_run(sniffer);
    _exit(0);
}

/* ---- forking ---------------------------------------------------------- */

static void keep_sorted(int fd)
{
    int i = self.confine.keep_count;

    if (fd < 3 || i == KEEP_MAX)
        return;
    for (; i && self.keep[i - 1] > fd; i--)
        self.keep[i] = self.keep[i - 1];
    self.keep[i] = fd;
    self.confine.keep_count++;
}

static void list_descriptors(void)
{
    int logs[P0F_LOGS_MAX + 1], serving[P0F_SERVING_HELD];
    int count = p0f_logging_descriptors(logs, P0F_LOGS_MAX + 1);
    int served = p0f_serving_descriptors(serving);

    self.confine.keep = self.keep;
    self.confine.keep_count = 0;
    keep_sorted(self.sniffer.wake_fd);
    for (int i = 0; i < count; i++)
        keep_sorted(logs[i]);
    for (int i = 0; i < served; i++)
        keep_sorted(serving[i]);
    for (int i = 0; i < self.sniffer.capture_count; i++) {
        const p0f_capture_t *capture = &self.sniffer.captures[i];

        for (int n = 0; capture->pcap && n < P0F_CAPTURE_HELD; n++)
            keep_sorted(capture->held[n]);
    }
}

/* A file has been read once then; the mark says so to the next one. */
static void leave_captures(p0f_retained_t *r)
{
    if (!self.conf->read_file) {
        p0f_retained_close_captures(r);
        return;
    }
    p0f_capture_close(&r->captures[0]);
    r->captures[0].ended = true;
}

/* -1: errno tells. */
static pid_t fork_helper(uint32_t wait_s)
{
    p0f_sniffer_t sniffer = self.sniffer;
    p0f_engine_config_t engine = self.engine;
    sigset_t all, before;
    pid_t pid;
    int error;

    engine.ring_only = !p0f_sniffer_captures(&sniffer);
    if (p0f_engine_create(&sniffer.engine, &engine, NULL) != P0F_OK) {
        errno = ENOMEM;
        return -1;
    }
    if (!p0f_serving_prepare(self.r, self.conf)) {
        error = errno;
        p0f_engine_destroy(sniffer.engine);
        errno = error;
        return -1;
    }
    if (p0f_logging_wanted())
        p0f_engine_observe(sniffer.engine, p0f_logging_observe, NULL);
    sniffer.stop = &leaving.stop;
    leaving.wake_fd = sniffer.wake_fd;
    list_descriptors();
    /* httpd's own handlers must not run in the helper. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    p0f_cache_inherit(self.sniffer.cache, true);
    p0f_logging_inherit(true);
    pid = fork();
    if (!pid)
        run_helper(wait_s, &sniffer);
    error = errno;
    p0f_cache_inherit(self.sniffer.cache, false);
    p0f_logging_inherit(false);
    sigprocmask(SIG_SETMASK, &before, NULL);
    p0f_engine_destroy(sniffer.engine);
    p0f_serving_forget();
    errno = error;
    return pid;
}

static void maintain(int reason, void *data, apr_wait_t status);

static void watch(pid_t pid)
{
    p0f_helper_t *helper = &self.r->helper;

    memset(&helper->proc, 0, sizeof(helper->proc));
    helper->proc.pid = pid;
    /* Twice: APR asks before it kills, and takes the news that a process has
     * been stopped for its end, once. */
    apr_pool_note_subprocess(self.r->head.life, &helper->proc,
                             APR_KILL_ALWAYS);
    apr_pool_note_subprocess(self.r->head.life, &helper->proc,
                             APR_KILL_ALWAYS);
    apr_proc_other_child_register(&helper->proc, maintain, &self, NULL,
                                  self.pconf);
    self.watched = 1;
}

/* Starts a helper with the captures there are. 0 where it can't fork; the
 * monitor tries again. */
static int start_helper(uint32_t wait_s)
{
    pid_t pid;
    int error;

    pid = fork_helper(wait_s);
    error = errno;
    leave_captures(self.r);
    if (pid < 0) {
        self.r->helper.proc.pid = 0;
        ap_log_error(APLOG_MARK, APLOG_WARNING, error, self.server,
                     "mod_p0f: the helper process can't be forked; this is "
                     "tried again");
        return 0;
    }
    watch(pid);
    self.runs_from_s = boot_s() + wait_s;
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, self.server,
                 "mod_p0f: the helper process %ld starts%s, as user %s",
                 (long)pid, wait_s ? " after a pause" : "", self.user);
    return 1;
}

/* ---- the death of a helper -------------------------------------------- */

static int stopping(void)
{
    int state = AP_MPMQ_RUNNING;

    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS
        && state == AP_MPMQ_STOPPING;
}

/* Seconds that the next helper has to wait, and what the one after it will
 * have to: twice the time, unless this one ran for long. */
static uint32_t next_wait(void)
{
    const uint32_t now = boot_s();
    const uint32_t ran = now > self.runs_from_s ? now - self.runs_from_s : 0;
    const uint32_t backoff = self.backoff_s;

    if (ran >= BACKOFF_MAX_S)
        self.backoff_s = BACKOFF_MIN_S;
    else if (backoff * 2 > BACKOFF_MAX_S)
        self.backoff_s = BACKOFF_MAX_S;
    else
        self.backoff_s = backoff * 2;
    return ran >= backoff ? 0 : backoff - ran;
}

static void reopen_captures(void)
{
    p0f_error_t err = { .status = P0F_OK };
    apr_pool_t *pool;

    if (self.sniffer.state == P0F_STATE_NO_HANDLE)
        return;
    apr_pool_create(&pool, self.pconf);
    self.sniffer.state = p0f_capturing_open(self.r, self.conf, pool, &err);
    self.sniffer.capture_count = self.r->capture_count;
    apr_pool_destroy(pool);
}

static int replace_helper(uint32_t wait_s)
{
    if (p0f_shared_repair(self.r, self.conf) != P0F_OK) {
        self.r = NULL;
        return 0;
    }
    reopen_captures();
    return start_helper(wait_s);
}

/* Who asks is refused rather than left to wait for nobody. */
static void refuse_clients(p0f_retained_t *r)
{
    if (r->api_fd < 0)
        return;
    p0f_apisocket_refuse(r);
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, self.server,
                 "mod_p0f: nobody serves P0fApiSocket, it is closed");
}

/* No helper runs, and none will before the next restart. */
static void give_up(void)
{
    refuse_clients(self.r);
    p0f_cache_set_state(&self.r->cache, P0F_STATE_NO_CAPTURE);
    p0f_ring_claim_state(&self.r->ring,
                         p0f_cache_state_word(&self.r->cache));
    self.r = NULL;
}

/* APR hands over what waitpid told, or the exit code or signal out of it. */
static void log_end(long pid, int status, uint32_t wait_s)
{
    const int code = status >= 256 ? status >> 8 : 0;
    const int sig = status < 256 ? status & 0x7f : 0;
    char when[32] = "now";

    if (wait_s)
        apr_snprintf(when, sizeof(when), "in %u s", (unsigned)wait_s);
    if (sig)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, self.server,
                     "mod_p0f: the helper process %ld was ended by signal %d "
                     "(%s); another one takes its place %s", pid, sig,
                     apr_signal_description_get(sig), when);
    else
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, self.server,
                     "mod_p0f: the helper process %ld ended with status %d; "
                     "another one takes its place %s", pid, code, when);
}

static int trouble_of(int status)
{
    const int code = status >= 256 ? status >> 8 : status;

    return code >= P0F_CONFINE_FIRST && code <= P0F_CONFINE_LAST ? code : 0;
}

static void helper_died(int status)
{
    const long pid = (long)self.r->helper.proc.pid;
    uint32_t wait_s;

    apr_pool_clear(self.r->head.life);
    self.r->helper.proc.pid = 0;
    if (stopping())
        return;
    if (trouble_of(status)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, self.server,
                     "mod_p0f: the helper process %s; clients are known by "
                     "the kernel's saved SYN at best until the next restart",
                     p0f_confine_trouble(trouble_of(status)));
        give_up();
        return;
    }
    wait_s = next_wait();
    log_end(pid, status, wait_s);
    replace_helper(wait_s);
}

static void maintain(int reason, void *data, apr_wait_t status)
{
    if (!self.watched || (reason != APR_OC_REASON_DEATH
                          && reason != APR_OC_REASON_LOST))
        return;
    self.watched = 0;
    apr_proc_other_child_unregister(data);
    helper_died(reason == APR_OC_REASON_DEATH ? status : 0);
}

void p0f_isolation_monitor(void)
{
    const p0f_retained_t *r = self.r;
    uint32_t now, seen;

    if (!r)
        return;
    if (!self.watched) {
        replace_helper(0);
        return;
    }
    now = boot_s();
    seen = p0f_cache_heartbeat(&r->cache);
    if (seen < self.runs_from_s)
        seen = self.runs_from_s;
    if (now > seen && now - seen > HANGS_S) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, self.server,
                     "mod_p0f: the helper process %ld shows no life",
                     (long)r->helper.proc.pid);
        kill(r->helper.proc.pid, SIGKILL); /* its death is told to maintain */
    }
}

/* ---- start and end ---------------------------------------------------- */

int p0f_isolation_wanted(const p0f_server_conf_t *conf)
{
    return conf->isolation == P0F_PROCESS && p0f_confine_available();
}

void p0f_isolation_end(p0f_retained_t *r)
{
    const pid_t pid = r->helper.proc.pid;

    if (pid > 0 && !kill(pid, SIGTERM)) {
        for (int ms = 0; ms < LEAVE_MS && !waitpid(pid, NULL, WNOHANG); ms++)
            poll(NULL, 0, 1);
    }
    if (r->head.life)
        apr_pool_clear(r->head.life);
    r->helper.proc.pid = 0;
}

void p0f_isolation_release(void)
{
    if (self.watched) {
        self.watched = 0;
        apr_proc_other_child_unregister(&self);
    }
    p0f_harden_free(self.filter);
    p0f_harden_free(self.serving);
    self.filter = self.serving = NULL;
    self.r = NULL;
}

static int refuse(server_rec *s, const char *why, const char *name)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 "mod_p0f: %s%s; the capture doesn't run", why, name);
    return 0;
}

/* Whom the helper runs as. 0: nobody, told in the log. FIRST: it hasn't been
 * told before. */
static int choose_user(const p0f_server_conf_t *conf, int first,
                       server_rec *s)
{
    p0f_confine_t *c = &self.confine;
    const char *name = conf->helper_user ? conf->helper_user : HELPER_USER;
    const struct passwd *user;

    c->change_user = geteuid() == 0;
    if (!c->change_user) {
        self.user = "of the server";
        return conf->helper_chroot
            ? refuse(s, "P0fChroot takes a server that is started as root",
                     "")
            : 1;
    }
    user = getpwnam(name);
    if (!user && conf->helper_user)
        return refuse(s, "P0fUser: there is no user ", name);
    c->uid = user ? user->pw_uid : ap_unixd_config.user_id;
    c->gid = user ? user->pw_gid : ap_unixd_config.group_id;
    self.user = user ? name : ap_unixd_config.user_name;
    if (!c->uid || c->uid == (uid_t)-1 || c->gid == (gid_t)-1)
        return refuse(s, "the helper process needs an ordinary user: name "
                      "one with P0fUser", "");
    if (!user && first)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "mod_p0f: there is no user " HELPER_USER ", so the "
                     "helper process runs as %s like the workers; a user of "
                     "its own (P0fUser) would keep them apart", self.user);
    return 1;
}

/* 0: P0fChroot can't be the helper's root, told in the log. Only root can
 * move what is found there. */
static int find_root(const p0f_server_conf_t *conf, server_rec *s)
{
    const char *root = conf->helper_chroot;
    struct stat st;
    int error;

    if (!root)
        return 1;
    error = stat(root, &st) ? errno : S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
    return !error
        || refuse(s, apr_pstrcat(self.pconf, "P0fChroot ", root, ": ", NULL),
                  strerror(error));
}

static void make_filter(int first, server_rec *s)
{
    const unsigned int kill = ap_exists_config_define("P0F_SECCOMP_KILL")
                            ? P0F_HARDEN_KILL : 0;

    p0f_harden_free(self.filter);
    p0f_harden_free(self.serving);
    self.confine.filter = self.filter =
        p0f_harden_create(P0F_HARDEN_CAPTURES | kill);
    self.serving = p0f_harden_create(P0F_HARDEN_CLIENTS | kill);
    if (!self.filter && first)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     "mod_p0f: the helper process may use all system calls: "
                     "built without libseccomp, or with a sanitizer");
}

int p0f_isolation_start(p0f_retained_t *r, const p0f_server_conf_t *conf,
                        const p0f_sniffer_t *sniffer,
                        const p0f_engine_config_t *engine, apr_pool_t *pconf,
                        server_rec *s)
{
    const int first = !r->helper.asked;

    r->helper.asked = 1;
    self.conf = conf;
    self.pconf = pconf;
    self.server = s;
    self.sniffer = *sniffer;
    self.engine = *engine;
    self.backoff_s = BACKOFF_MIN_S;
    self.confine.root = conf->helper_chroot;
    self.confine.parent = getpid();
    if (!choose_user(conf, first, s) || !find_root(conf, s)) {
        p0f_retained_close_captures(r);
        refuse_clients(r);
        return 0;
    }
    make_filter(first, s);
    self.r = r;
    return start_helper(0);
}
