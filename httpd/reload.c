/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload.c - changed fingerprint files are loaded without a restart.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* setgroups, MAP_ANONYMOUS */
#endif
#include "reload.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apr_strings.h"
#include "http_log.h"
#include "unixd.h"

#include "database.h"

APLOG_USE_MODULE(p0f);

#define RESULT_MAX ((size_t)64 * 1024 * 1024) /* bytes, of which only those
                                    are real that the child writes to */
#define CPU_MAX_S 60             /* of the child */
#define SETTLE_S  2              /* a file younger may be in the writing */

/* A file as it was when it was looked at. */
typedef struct {
    int exists;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec changed;
} stamp_t;

/* What the child leaves behind; the main process believes none of it. */
typedef struct {
    uint32_t status;             /* RESULT_* */
    uint32_t size;               /* bytes of image */
    char     why[400];
    uint64_t image[];
} result_t;

enum { RESULT_NONE, RESULT_IMAGE, RESULT_ERROR };

static struct {
    const p0f_server_conf_t *conf;
    apr_pool_t *pconf;
    server_rec *s;
    p0f_cache_t *cache;          /* NULL: nothing to load into */
    pid_t owner;
    apr_time_t next;             /* look */
    stamp_t *stamps, *newer;     /* of what is loaded; of what the child reads */
    apr_proc_t child;            /* pid 0: none */
    result_t *result;
} self;

/* ---- the files' state -------------------------------------------------- */

static const char *path_of(int i)
{
    return APR_ARRAY_IDX(self.conf->databases, i, p0f_database_conf_t).path;
}

static stamp_t stamp_of(const struct stat *st)
{
    stamp_t stamp;

    memset(&stamp, 0, sizeof(stamp)); /* compared as bytes */
    stamp.exists = 1;
    stamp.dev = st->st_dev;
    stamp.ino = st->st_ino;
    stamp.size = st->st_size;
    stamp.changed = st->st_mtim;
    return stamp;
}

static void take_stamps(stamp_t *stamps)
{
    struct stat st;

    for (int i = 0; i < self.conf->databases->nelts; i++) {
        if (stat(path_of(i), &st) == 0)
            stamps[i] = stamp_of(&st);
        else
            memset(&stamps[i], 0, sizeof(stamps[i]));
    }
}

static size_t stamps_size(void)
{
    return (size_t)self.conf->databases->nelts * sizeof(stamp_t);
}

/* True if none of NEWER was changed a moment ago. */
static int is_settled(void)
{
    const time_t now = (time_t)apr_time_sec(apr_time_now());

    for (int i = 0; i < self.conf->databases->nelts; i++) {
        time_t changed = self.newer[i].changed.tv_sec;

        if (changed <= now && changed > now - SETTLE_S)
            return 0;
    }
    return 1;
}

/* ---- the child --------------------------------------------------------- */

static void default_signals(void)
{
    sigset_t none;

    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Nothing is left but reading the open files and computing. */
static int give_up_privileges(void)
{
    const struct rlimit cpu = { CPU_MAX_S, CPU_MAX_S };

    setrlimit(RLIMIT_CPU, &cpu);
    if (geteuid() != 0)
        return 1;
    return setgroups(0, NULL) == 0 && setgid(ap_unixd_config.group_id) == 0
        && setuid(ap_unixd_config.user_id) == 0
        && (ap_unixd_config.user_id == 0 || setuid(0) != 0);
}

static void run_child(const int *fds)
{
    p0f_database_t database;
    p0f_error_t err = { .text = "" };
    apr_pool_t *pool;

    default_signals();
    if (!give_up_privileges())
        p0f_status_fail(&err, P0F_ESYSTEM, "the privileges can't be given up: "
                        "%s", strerror(errno));
    else if (apr_pool_create(&pool, NULL) != APR_SUCCESS)
        p0f_status_fail(&err, P0F_ENOMEM, "out of memory");
    else if (p0f_database_load(self.conf, fds, NULL, NULL, pool, &database,
                               &err) == P0F_OK) {
        if (database.size <= RESULT_MAX - sizeof(result_t)) {
            memcpy(self.result->image, database.image, database.size);
            self.result->size = (uint32_t)database.size;
            self.result->status = RESULT_IMAGE;
            return;
        }
        p0f_status_fail(&err, P0F_ELIMIT, "the database is too large");
    }
    memcpy(self.result->why, err.text, sizeof(self.result->why));
    self.result->status = RESULT_ERROR;
}

/* ---- the result -------------------------------------------------------- */

static void keep_old(const char *why)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, self.s, "mod_p0f: the old database "
                 "stays in use: %s", why);
}

/* Publishes a private copy: the shared one is not to change between check
 * and use. */
static void publish(void)
{
    size_t size = self.result->size;
    p0f_status_t status = P0F_ENOMEM;
    apr_pool_t *pool;
    p0f_db_t *copy;

    if (size > RESULT_MAX - sizeof(result_t) || size < sizeof(*copy)) {
        keep_old(p0f_status_text(P0F_ELAYOUT));
        return;
    }
    if (apr_pool_create(&pool, self.pconf) != APR_SUCCESS)
        return;
    copy = apr_pmemdup(pool, self.result->image, size);
    if (copy)
        status = p0f_cache_db_publish(self.cache, copy, size);
    if (status == P0F_OK)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, self.s,
                     "mod_p0f: the fingerprint files have changed and are "
                     "loaded: %u signatures", copy->sig_lines);
    else
        keep_old(status == P0F_ELIMIT
                 ? "the new one has outgrown the room made at the start; a "
                   "restart makes more" : p0f_status_text(status));
    apr_pool_destroy(pool);
}

static void take_result(int status)
{
    char why[sizeof(self.result->why)];

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        keep_old("the process that read the files ended early");
    else if (self.result->status == RESULT_IMAGE)
        publish();
    else {
        memcpy(why, self.result->why, sizeof(why));
        why[sizeof(why) - 1] = '\0';
        keep_old(why);
    }
}

static void forget_child(void)
{
    munmap(self.result, RESULT_MAX);
    self.result = NULL;
    self.child.pid = 0;
}

/* httpd has waited for the child. */
static void child_ended(int reason, void *data, int status)
{
    switch (reason) {
    case APR_OC_REASON_DEATH:
    case APR_OC_REASON_LOST:
        apr_proc_other_child_unregister(data);
        if (!self.result)
            break;
        if (reason == APR_OC_REASON_DEATH)
            take_result(status);
        memcpy(self.stamps, self.newer, stamps_size());
        forget_child();
        break;
    default:
        break;
    }
}

/* ---- looking ----------------------------------------------------------- */

/* Opens the files that are there: the child may not be allowed to. -1: it
 * tries and says why it can't. */
static int *open_files(apr_pool_t *pool)
{
    int n = self.conf->databases->nelts;
    int *fds = apr_palloc(pool, ((size_t)n + 1) * sizeof(*fds));

    for (int i = 0; i < n; i++)
        fds[i] = open(path_of(i), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return fds;
}

static void start_child(void)
{
    void *shared = mmap(NULL, RESULT_MAX, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    apr_pool_t *pool;
    int *fds;

    if (shared == MAP_FAILED)
        return;
    if (apr_pool_create(&pool, self.pconf) != APR_SUCCESS) {
        munmap(shared, RESULT_MAX);
        return;
    }
    self.result = shared;
    fds = open_files(pool);
    self.child.pid = fork();
    if (self.child.pid == 0) {
        run_child(fds);
        _exit(0);
    }
    for (int i = 0; i < self.conf->databases->nelts; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    apr_pool_destroy(pool);
    if (self.child.pid < 0)
        forget_child();
    else
        apr_proc_other_child_register(&self.child, child_ended, &self.child,
                                      NULL, self.pconf);
}

void p0f_reload_look(void)
{
    const apr_time_t now = apr_time_now();

    if (!self.cache || self.owner != getpid() || self.child.pid > 0
        || now < self.next)
        return;
    take_stamps(self.newer);
    if (!memcmp(self.stamps, self.newer, stamps_size())) {
        self.next = now + self.conf->reload;
        return;
    }
    if (is_settled())
        start_child();
}

/* ---- a generation ------------------------------------------------------ */

static apr_status_t end(void *data)
{
    (void)data;
    if (self.owner != getpid())
        return APR_SUCCESS;
    self.cache = NULL;
    if (self.child.pid > 0) {
        apr_proc_other_child_unregister(&self.child);
        kill(self.child.pid, SIGKILL);
        waitpid(self.child.pid, NULL, 0);
        forget_child();
    }
    return APR_SUCCESS;
}

void p0f_reload_prepare(const p0f_server_conf_t *conf, apr_pool_t *pconf,
                        server_rec *s)
{
    memset(&self, 0, sizeof(self));
    if (!conf->reload)
        return;
    self.conf = conf;
    self.pconf = pconf;
    self.s = s;
    self.owner = getpid();
    self.next = apr_time_now() + conf->reload;
    self.stamps = apr_pcalloc(pconf, stamps_size());
    self.newer = apr_pcalloc(pconf, stamps_size());
    take_stamps(self.stamps);
    apr_pool_pre_cleanup_register(pconf, &self, end);
}

void p0f_reload_into(p0f_cache_t *cache)
{
    if (self.conf && cache->rw)
        self.cache = cache;
}
