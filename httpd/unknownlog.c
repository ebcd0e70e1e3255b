/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unknownlog.c - the log of signatures that no database knows.
 */
#include "unknownlog.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http_log.h"
#include "unixd.h"

#include "logging.h"
#include "lookup.h"
#include "../p0f_engine/path.h"
#include "../p0f_engine/sniffer.h"
#include "../p0f_engine/unknown.h"

APLOG_USE_MODULE(p0f);

#define TABLE      512           /* signatures a process counts */
#define PER_MINUTE 60            /* lines a process writes */
#define FILE_MAX   ((off_t)64 * 1024 * 1024) /* bytes; then no more */

static struct {
    int fd;                      /* of this generation, -1: none */
    pthread_mutex_t lock;        /* of table; held for no system call */
    p0f_unknown_t *table;        /* NULL: none */
    atomic_int told_full;
} self = { .fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- the file ---------------------------------------------------------- */

static apr_status_t close_log(void *data)
{
    (void)data;
    if (self.fd >= 0)
        close(self.fd);
    self.fd = -1;
    return APR_SUCCESS;
}

void p0f_unknownlog_open(const p0f_server_conf_t *conf, apr_pool_t *pconf,
                      server_rec *s)
{
    const char *why;
    p0f_error_t err;
    struct stat st;

    if (!conf->unknown_log)
        return;
    why = p0f_logging_clash(conf, "P0fUnknownLog", conf->unknown_log, pconf);
    if (!why && p0f_path_check(conf->unknown_log, ap_unixd_config.group_id,
                               &err) != P0F_OK)
        why = err.text;
    if (why) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "mod_p0f: P0fUnknownLog "
                     "%s: %s; unknown signatures are not logged",
                     conf->unknown_log, why);
        return;
    }
    self.fd = open(conf->unknown_log, O_WRONLY | O_APPEND | O_CREAT
                   | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
    if (self.fd < 0) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "mod_p0f: P0fUnknownLog "
                     "%s: %s; unknown signatures are not logged",
                     conf->unknown_log, strerror(errno));
        return;
    }
    apr_pool_pre_cleanup_register(pconf, &self, close_log);
    if (fstat(self.fd, &st) == 0 && S_ISREG(st.st_mode))
        return;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "mod_p0f: P0fUnknownLog %s: it "
                 "isn't a file; unknown signatures are not logged",
                 conf->unknown_log);
    close_log(NULL);
}

/* One write, so that lines of several processes don't mix. */
static void append(const char *line, size_t len, server_rec *s)
{
    struct stat st;
    ssize_t n;

    if (fstat(self.fd, &st) || st.st_size >= FILE_MAX) {
        if (s && !atomic_exchange(&self.told_full, 1))
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "mod_p0f: the log "
                         "of unknown signatures is full; move it away and "
                         "restart");
        return;
    }
    n = write(self.fd, line, len);
    (void)n;                     /* a full disk costs the line */
}

/* ---- a process --------------------------------------------------------- */

static apr_status_t write_rest(void *data)
{
    char line[P0F_UNKNOWN_LINE];
    size_t len;

    (void)data;
    while (self.table && (len = p0f_unknown_rest(self.table, line)) != 0)
        append(line, len, NULL);
    p0f_unknown_destroy(self.table);
    self.table = NULL;
    return APR_SUCCESS;
}

void p0f_unknownlog_child_init(apr_pool_t *pchild, server_rec *s)
{
    (void)s;
    if (self.fd < 0
        || p0f_unknown_create(&self.table, TABLE, PER_MINUTE) != P0F_OK)
        return;
    apr_pool_cleanup_register(pchild, &self, write_rest,
                              apr_pool_cleanup_null);
}

/* ---- a request --------------------------------------------------------- */

/* Apart, since its frame would be made for each request. */
P0F_APART
static void count_unknown(const request_rec *r, const p0f_verdict_t *verdict)
{
    const char *agent = apr_table_get(r->headers_in, "User-Agent");
    char claim[P0F_UNKNOWN_CLAIM], line[P0F_UNKNOWN_LINE];
    p0f_bytes_t text = { (const uint8_t *)"", 0 };
    size_t len;

    if (agent)
        text = (p0f_bytes_t){ (const uint8_t *)agent, strlen(agent) };
    p0f_unknown_claim(text, claim);
    pthread_mutex_lock(&self.lock);
    len = p0f_unknown_count(self.table, &verdict->sig, claim,
                            (uint32_t)(p0f_sniffer_now().boot_us / 1000000),
                            line);
    pthread_mutex_unlock(&self.lock);
    if (len)
        append(line, len, r->server);
}

void p0f_unknownlog_transaction(request_rec *r)
{
    const p0f_verdict_t *verdict;

    if (self.table && (verdict = p0f_lookup_unknown(r->connection)) != NULL)
        count_unknown(r, verdict);
}
