/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logging.c - opens logs and the dump file, formats what is observed, and
 * chooses what each of them gets.
 */
#include "logging.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_portable.h"
#include "apr_strings.h"
#include "http_log.h"
#include "unixd.h"

#include "outlet.h"
#include "../p0f_engine/path.h"
#include "../p0f_engine/sniffer.h"

APLOG_USE_MODULE(p0f);

/* The capture file: libpcap's classic format, packets from the IP header
 * on. */
#define PCAP_MAGIC   0xa1b2c3d4u
#define LINKTYPE_RAW 101u
#define SNAPLEN      256u

typedef struct {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, snaplen, linktype;
} pcap_file_t;

typedef struct {
    uint32_t sec, usec, caplen, len;
    uint8_t  bytes[P0F_PACKET_HEADERS];
} pcap_record_t;

typedef struct {
    const p0f_log_conf_t *conf;
    p0f_outlet_t *outlet;
    int fd;
    bool piped;
    uint64_t told;               /* losses that the error log knows of */
    char *line;                  /* the sniffer's, P0F_REPORT_JSON bytes */
} sink_t;

/* This generation's. */
static struct {
    sink_t logs[P0F_LOGS_MAX];
    int log_count;
    sink_t dump;                 /* outlet NULL: none */
    const p0f_cache_t *cache;
    atomic_int utc_offset_s;
    apr_time_t told;             /* when losses were last told of */
    struct {                     /* the last SYN dumped */
        p0f_addr_t src;
        uint16_t port;
        uint32_t seq;
    } last;
} self;

/* ---- which -------------------------------------------------------------- */

static unsigned int known_if(bool known)
{
    return known ? P0F_ONLY_KNOWN : P0F_ONLY_UNKNOWN;
}

/* The P0F_ONLY_* that OBS is one of. */
static unsigned int kind_of(const p0f_observation_t *obs)
{
    switch (obs->kind) {
    case P0F_OBS_SYN: case P0F_OBS_PROBE:
    case P0F_OBS_SYNACK: case P0F_OBS_PROBE_ANSWER:
        return known_if(obs->match->label != P0F_NO_LABEL);
    case P0F_OBS_MTU:
        return known_if(obs->link != P0F_NO_LABEL);
    case P0F_OBS_HTTP_REQUEST: case P0F_OBS_HTTP_RESPONSE:
        return known_if(obs->http->match->label != P0F_NO_LABEL);
    case P0F_OBS_CHANGE: case P0F_OBS_SHARING:
        return P0F_ONLY_CHANGE;
    case P0F_OBS_MISMATCH:
        return P0F_ONLY_MISMATCH;
    default:
        return 0;
    }
}

static bool wants(const sink_t *sink, unsigned int kinds)
{
    return !sink->conf->only || sink->conf->only & kinds;
}

/* ---- lines -------------------------------------------------------------- */

static size_t format(const sink_t *sink, const p0f_observation_t *obs,
                     char out[P0F_REPORT_JSON])
{
    _Static_assert(P0F_REPORT_JSON >= P0F_REPORT_LINE, "one buffer for both");

    return sink->conf->json
         ? p0f_report_json(obs, out)
         : p0f_report_v3(obs, atomic_load(&self.utc_offset_s), out);
}

static int32_t utc_offset(void)
{
    apr_time_exp_t now;

    return apr_time_exp_lt(&now, apr_time_now()) == APR_SUCCESS
         ? now.tm_gmtoff : 0;
}

unsigned int p0f_logging_request(const p0f_observation_t *obs, bool mismatch,
                                 apr_pool_t *pool)
{
    unsigned int kinds = kind_of(obs) | (mismatch ? P0F_ONLY_MISMATCH : 0);
    unsigned int lost = 0;
    char *line = NULL;
    size_t len;

    for (int i = 0; i < self.log_count; i++) {
        const sink_t *sink = &self.logs[i];

        if (!wants(sink, kinds))
            continue;
        if (!line)
            line = apr_palloc(pool, P0F_REPORT_JSON);
        len = format(sink, obs, line);
        /* More than a pipe takes at once would mix with other lines. */
        if ((sink->piped && len > PIPE_BUF)
            || write(sink->fd, line, len) != (ssize_t)len)
            lost++;
    }
    return lost;
}

/* ---- the dump file ------------------------------------------------------ */

static uint32_t wire_len(const uint8_t *ip, uint32_t caplen)
{
    uint32_t len = ip[0] >> 4 == 4 ? (uint32_t)ip[2] << 8 | ip[3]
                                   : 40 + ((uint32_t)ip[4] << 8 | ip[5]);

    return len < caplen ? caplen : len;
}

static void dump_syn(const p0f_rawsyn_t *raw, const p0f_addr_t *src,
                     const p0f_addr_t *dst, uint16_t ip_opt, int64_t wall_us)
{
    pcap_record_t rec = {
        .sec = (uint32_t)(wall_us / 1000000),
        .usec = (uint32_t)(wall_us % 1000000)
    };

    rec.caplen = (uint32_t)p0f_packet_lay_out(raw, src, dst, ip_opt,
                                              rec.bytes);
    rec.len = wire_len(rec.bytes, rec.caplen);
    p0f_outlet_put(self.dump.outlet, &rec,
                   offsetof(pcap_record_t, bytes) + rec.caplen);
}

static void dump_packet(const p0f_observation_t *obs)
{
    const p0f_packet_t *p = obs->packet;

    /* One SYN may be of several kinds. */
    if (self.last.seq == p->seq && self.last.port == p->sport
        && p0f_addr_equal(&self.last.src, &p->src))
        return;
    self.last.src = p->src;
    self.last.port = p->sport;
    self.last.seq = p->seq;
    dump_syn(&p->raw, &p->src, &p->dst, p->ip_opt_len, obs->wall_us);
}

/* What a request told: the SYN of its connection, if it is there yet. */
static void dump_connection(const p0f_observation_t *obs)
{
    p0f_connkey_t key = {
        .peer = *obs->client, .local = *obs->server,
        .peer_port = obs->client_port, .local_port = obs->server_port
    };
    p0f_time_t now = p0f_sniffer_now();
    p0f_conn_t conn;

    if (p0f_cache_conn_read(self.cache, &key, 0, &conn) != P0F_EMISS)
        dump_syn(&conn.syn, &conn.peer, &conn.local, conn.ip_opt,
                 now.wall_us - (int64_t)(now.boot_us - conn.boot_us));
}

static void dump(const p0f_observation_t *obs)
{
    bool syn = obs->kind == P0F_OBS_SYN || obs->kind == P0F_OBS_PROBE;

    if (!self.dump.outlet || !wants(&self.dump, kind_of(obs)))
        return;
    if (obs->packet && (syn || obs->kind == P0F_OBS_CHANGE
                        || obs->kind == P0F_OBS_SHARING))
        dump_packet(obs);
    else if (!obs->packet && self.dump.conf->only)
        dump_connection(obs);
}

void p0f_logging_observe(void *ctx, const p0f_observation_t *obs)
{
    size_t len;

    (void)ctx;
    for (int i = 0; i < self.log_count; i++) {
        sink_t *sink = &self.logs[i];

        if (!wants(sink, kind_of(obs)))
            continue;
        len = format(sink, obs, sink->line);
        if (len)
            p0f_outlet_put(sink->outlet, sink->line, len);
    }
    dump(obs);
}

/* ---- opening ------------------------------------------------------------ */

/* NULL, or why root should not write to PATH. Devices lie where only root
 * puts files. */
static const char *check_folder(const char *path, apr_pool_t *pool)
{
    p0f_error_t err;

    if (!strncmp(path, "/dev/", 5)
        || p0f_path_check(path, ap_unixd_config.group_id, &err) == P0F_OK)
        return NULL;
    return apr_pstrdup(pool, err.text);
}

static const char *sentence(const p0f_log_conf_t *conf, const char *why,
                            apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s \"%s\": %s", conf->directive, conf->target,
                        why);
}

/* The directive that names the file PATH beside DIRECTIVE; several logs in one
 * file are somebody's wish. */
static const char *other_use(const p0f_server_conf_t *conf,
                             const char *directive, const char *path)
{
    const p0f_database_conf_t *files =
        (const p0f_database_conf_t *)conf->databases->elts;
    const p0f_log_conf_t *logs = (const p0f_log_conf_t *)conf->logs->elts;

    for (int i = 0; i < conf->databases->nelts; i++)
        if (p0f_path_same(path, files[i].path))
            return "P0fDatabase";
    if (conf->read_file && p0f_path_same(path, conf->read_file))
        return "P0fReadFile";
    if (!strcmp(directive, "P0fLog"))
        return NULL;
    for (int i = 0; i < conf->logs->nelts; i++)
        if (*logs[i].target != '|' && p0f_path_same(path, logs[i].target))
            return "P0fLog";
    return strcmp(directive, "P0fDumpFile") && conf->dump.target
           && p0f_path_same(path, conf->dump.target) ? "P0fDumpFile" : NULL;
}

const char *p0f_logging_clash(const p0f_server_conf_t *conf,
                              const char *directive, const char *path,
                              apr_pool_t *pool)
{
    const char *other = other_use(conf, directive, path);

    return other ? apr_psprintf(pool, "it is the file of %s, too", other)
                 : NULL;
}

/* NULL, or why LOG can't be opened. */
static const char *fault_of(const p0f_server_conf_t *conf,
                            const p0f_log_conf_t *log, apr_pool_t *pool)
{
    const char *why;

    if (*log->target == '|')
        return NULL;
    why = check_folder(log->target, pool);
    return why ? why : p0f_logging_clash(conf, log->directive, log->target,
                                         pool);
}

static const char *check_one(const p0f_server_conf_t *conf,
                             const p0f_log_conf_t *log, apr_pool_t *pool)
{
    const char *why = fault_of(conf, log, pool);

    return why ? sentence(log, why, pool) : NULL;
}

const char *p0f_logging_check(const p0f_server_conf_t *conf, apr_pool_t *pool)
{
    const p0f_log_conf_t *logs = (const p0f_log_conf_t *)conf->logs->elts;
    const char *wrong = NULL, *why = NULL;

    for (int i = 0; i < conf->logs->nelts && !wrong; i++)
        wrong = check_one(conf, &logs[i], pool);
    if (!wrong && conf->dump.target)
        wrong = check_one(conf, &conf->dump, pool);
    if (!wrong && conf->unknown_log)
        why = p0f_logging_clash(conf, "P0fUnknownLog", conf->unknown_log,
                                pool);
    if (why)
        wrong = apr_psprintf(pool, "P0fUnknownLog \"%s\": %s",
                             conf->unknown_log, why);
    return wrong;
}

static const char *open_program(sink_t *sink, apr_pool_t *pconf)
{
    const char *command = sink->conf->target + 1;
    apr_cmdtype_e type = APR_PROGRAM_ENV;
    piped_log *pipe;
    apr_os_file_t fd;

    if (*command == '|')
        command++;
    else if (*command == '$') {
        command++;
        type = APR_SHELLCMD_ENV;
    }
    pipe = ap_open_piped_log_ex(pconf, command, type);
    if (!pipe || apr_os_file_get(&fd, ap_piped_log_write_fd(pipe)))
        return "the program can't be started";
    /* A copy: httpd closes its own. */
    sink->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    sink->piped = true;
    if (sink->fd < 0
        || fcntl(sink->fd, F_SETFL, fcntl(sink->fd, F_GETFL) | O_NONBLOCK))
        return apr_pstrdup(pconf, strerror(errno));
    return NULL;
}

static const char *open_path(sink_t *sink, int flags, apr_pool_t *pool)
{
    sink->fd = open(sink->conf->target,
                    flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
                    | O_CLOEXEC, 0640);
    return sink->fd < 0 ? apr_pstrdup(pool, strerror(errno)) : NULL;
}

static const char *open_log(sink_t *sink, apr_pool_t *pconf)
{
    struct stat st;
    const char *why = *sink->conf->target == '|'
                    ? open_program(sink, pconf)
                    : open_path(sink, O_WRONLY | O_APPEND, pconf);

    if (why)
        return why;
    if (fstat(sink->fd, &st) == 0 && S_ISFIFO(st.st_mode))
        sink->piped = true;
    sink->line = malloc(P0F_REPORT_JSON);
    return sink->line ? NULL : "no memory";
}

/* Writes the head of a new capture file, or checks that of an old one. */
static const char *open_dump(sink_t *sink, uint64_t *size, apr_pool_t *pconf)
{
    const pcap_file_t head = {
        .magic = PCAP_MAGIC, .major = 2, .minor = 4, .snaplen = SNAPLEN,
        .linktype = LINKTYPE_RAW
    };
    const char *why = open_path(sink, O_RDWR | O_APPEND, pconf);
    pcap_file_t old;
    struct stat st;

    if (why)
        return why;
    if (fstat(sink->fd, &st) || !S_ISREG(st.st_mode))
        return "not a regular file";
    *size = (uint64_t)st.st_size;
    if (*size) {
        if (pread(sink->fd, &old, sizeof(old), 0) != sizeof(old)
            || old.magic != head.magic || old.linktype != head.linktype)
            return "the file isn't a capture file of this kind";
        return NULL;
    }
    *size = sizeof(head);
    return write(sink->fd, &head, sizeof(head)) == sizeof(head)
         ? NULL : apr_pstrdup(pconf, strerror(errno));
}

static void close_sink(sink_t *sink)
{
    p0f_outlet_close(sink->outlet);
    if (sink->fd >= 0)
        close(sink->fd);
    free(sink->line);
    *sink = (sink_t){ .fd = -1 };
}

/* Opens SINK for CONF; NULL or why not. */
static const char *open_sink(sink_t *sink, const p0f_log_conf_t *conf,
                             bool is_dump, apr_pool_t *pconf)
{
    p0f_outlet_config_t config = { .alone = is_dump };
    p0f_error_t err;
    uint64_t size = 0;
    const char *why;

    *sink = (sink_t){ .conf = conf, .fd = -1 };
    why = is_dump ? open_dump(sink, &size, pconf) : open_log(sink, pconf);
    if (!why && conf->max) {
        config.room = conf->max > size ? conf->max - size : 1;
    }
    config.fd = sink->fd;
    config.pipe = sink->piped;
    if (!why && p0f_outlet_open(&sink->outlet, &config, &err) != P0F_OK)
        why = apr_pstrdup(pconf, err.text);
    if (why)
        close_sink(sink);
    return why;
}

static bool open_or_tell(sink_t *sink, const p0f_log_conf_t *conf,
                         bool is_dump, apr_pool_t *pconf, server_rec *s)
{
    const char *why = fault_of(p0f_config_server(s), conf, pconf);

    if (!why)
        why = open_sink(sink, conf, is_dump, pconf);
    if (why)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "mod_p0f: %s",
                     sentence(conf, why, pconf));
    return !why;
}

bool p0f_logging_open(const p0f_server_conf_t *conf,
                      const p0f_cache_t *cache, apr_pool_t *pconf,
                      server_rec *s)
{
    const p0f_log_conf_t *logs = (const p0f_log_conf_t *)conf->logs->elts;
    bool good = true;

    self.cache = cache;
    atomic_store(&self.utc_offset_s, utc_offset());
    self.log_count = 0;
    for (int i = 0; i < conf->logs->nelts; i++) {
        if (open_or_tell(&self.logs[self.log_count], &logs[i], false, pconf,
                         s))
            self.log_count++;
        else
            good = false;
    }
    self.dump = (sink_t){ .fd = -1 };
    if (conf->dump.target
        && !open_or_tell(&self.dump, &conf->dump, true, pconf, s))
        good = false;
    return good;
}

void p0f_logging_close(void)
{
    while (self.log_count)
        close_sink(&self.logs[--self.log_count]);
    if (self.dump.outlet)
        close_sink(&self.dump);
}

bool p0f_logging_wanted(void)
{
    return self.log_count || self.dump.outlet;
}

int p0f_logging_descriptors(int fds[], int max)
{
    int n = 0;

    for (int i = 0; i < self.log_count && n < max; i++)
        fds[n++] = p0f_outlet_wake_fd(self.logs[i].outlet);
    if (self.dump.outlet && n < max)
        fds[n++] = p0f_outlet_wake_fd(self.dump.outlet);
    return n;
}

void p0f_logging_inherit(bool on)
{
    for (int i = 0; i < self.log_count; i++)
        p0f_outlet_inherit(self.logs[i].outlet, on);
    if (self.dump.outlet)
        p0f_outlet_inherit(self.dump.outlet, on);
}

/* ---- watching over them ------------------------------------------------- */

static bool tell_losses(sink_t *sink, server_rec *s)
{
    uint64_t lost = p0f_outlet_lost(sink->outlet) - sink->told;

    if (!lost)
        return false;
    sink->told += lost;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 "mod_p0f: %s \"%s\": %" APR_UINT64_T_FMT " observations "
                 "could not be written", sink->conf->directive,
                 sink->conf->target, (apr_uint64_t)lost);
    return true;
}

void p0f_logging_monitor(server_rec *s)
{
    apr_time_t now = apr_time_now();
    bool told = false;

    if (!p0f_logging_wanted())
        return;
    atomic_store(&self.utc_offset_s, utc_offset());
    if (now - self.told < apr_time_from_sec(60))
        return;
    for (int i = 0; i < self.log_count; i++)
        told |= tell_losses(&self.logs[i], s);
    if (self.dump.outlet)
        told |= tell_losses(&self.dump, s);
    if (told)
        self.told = now;
}
