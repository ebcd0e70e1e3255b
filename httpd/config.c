/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - the directives: reading, refusing, defaults, merging.
 *
 * values.c reads single arguments, outputs.c what is said of logs and sockets.
 * Nothing here touches a file, a socket or a thread: directives are read in
 * every configuration pass and under -t.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "outputs.h"
#include "values.h"
#include "vars.h"
#include "../p0f_engine/sniffer.h"   /* for the number of captures */

/* Where the default database lies; the build sets it to httpd's own
 * configuration folder. */
#ifndef P0F_SYSCONFDIR
#define P0F_SYSCONFDIR "conf"
#endif

#define P0F_PREFIX "pof_"
#define P0F_PREFIX_MAX 32

/* Above this a table would not fit the index of the cache. */
#define P0F_ENTRIES_MIN 64
#define P0F_ENTRIES_MAX (1 << 26)

extern module AP_MODULE_DECLARE_DATA p0f_module;

/* ---- making and merging ----------------------------------------------- */

static void add_database(p0f_server_conf_t *conf, const char *path,
                         const char *where)
{
    p0f_database_conf_t *db = apr_array_push(conf->databases);

    db->path = path;
    db->where = where;
}

void *p0f_config_create_server(apr_pool_t *pool, server_rec *s)
{
    p0f_server_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    (void)s;
    conf->capture = P0F_AUTO;
    conf->saved_syn = P0F_AUTO;
    conf->interfaces = apr_array_make(pool, 1, sizeof(const char *));
    conf->databases = apr_array_make(pool, 1, sizeof(p0f_database_conf_t));
    conf->max_hosts = 65536;
    conf->max_conns = 65536;
    conf->host_idle = apr_time_from_sec(120 * 60);
    conf->conn_age = apr_time_from_sec(30);
    conf->buffer = 8 * 1024 * 1024;
    conf->ports = apr_array_make(pool, 4, sizeof(int));
    conf->logs = apr_array_make(pool, 1, sizeof(p0f_log_conf_t));
    return conf;
}

/* A virtual host has a record of its own only because P0fEngine needs a place
 * for its mark; everybody uses the main server's. */
void *p0f_config_merge_server(apr_pool_t *pool, void *main, void *host)
{
    p0f_server_conf_t *all = main;
    const p0f_server_conf_t *one = host;

    (void)pool;
    all->engine_seen |= one->engine_seen;
    return all;
}

void *p0f_config_create_dir(apr_pool_t *pool, char *dir)
{
    p0f_dir_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    (void)dir;
    conf->engine = P0F_UNSET;
    conf->wait = P0F_UNSET;
    conf->subject = P0F_UNSET;
    p0f_vars_group("std", &conf->export_default);
    return conf;
}

void *p0f_config_merge_dir(apr_pool_t *pool, void *outer, void *inner)
{
    const p0f_dir_conf_t *out = outer;
    const p0f_dir_conf_t *in = inner;
    p0f_dir_conf_t *conf = apr_pmemdup(pool, in, sizeof(*in));

    if (in->engine == P0F_UNSET)
        conf->engine = out->engine;
    if (in->wait == P0F_UNSET)
        conf->wait = out->wait;
    if (in->subject == P0F_UNSET)
        conf->subject = out->subject;
    if (!in->prefix)
        conf->prefix = out->prefix;
    if (!in->export_absolute) {
        conf->export_absolute = out->export_absolute;
        conf->export_set |= out->export_set & ~in->export_clear;
        conf->export_clear |= out->export_clear & ~in->export_set;
    }
    return conf;
}

/* ---- reading the settings --------------------------------------------- */

/* The lists start empty, so that a directive replaces the default without
 * knowing it; what is empty at the end gets it here. Called before any thread
 * exists: the first reader is check_config. */
static void complete(p0f_server_conf_t *conf)
{
    if (apr_is_empty_array(conf->interfaces))
        APR_ARRAY_PUSH(conf->interfaces, const char *) = "any";
    if (apr_is_empty_array(conf->databases)) {
        const char *path = ap_server_root_relative(conf->databases->pool,
                                                   P0F_SYSCONFDIR "/p0f.fp");

        add_database(conf, path ? path : P0F_SYSCONFDIR "/p0f.fp", NULL);
    }
}

const p0f_server_conf_t *p0f_config_server(const server_rec *s)
{
    p0f_server_conf_t *conf = ap_get_module_config(s->module_config,
                                                   &p0f_module);

    complete(conf);
    return conf;
}

const p0f_dir_conf_t *p0f_config_dir(ap_conf_vector_t *v)
{
    return ap_get_module_config(v, &p0f_module);
}

int p0f_config_engine_on(const p0f_dir_conf_t *dir)
{
    return dir->engine == P0F_ON;
}

apr_interval_time_t p0f_config_wait(const p0f_dir_conf_t *dir)
{
    return dir->wait == P0F_UNSET ? apr_time_from_msec(10) : dir->wait;
}

int p0f_config_subject(const p0f_dir_conf_t *dir)
{
    return dir->subject == P0F_CLIENT ? P0F_CLIENT : P0F_PEER;
}

const char *p0f_config_prefix(const p0f_dir_conf_t *dir)
{
    return dir->prefix ? dir->prefix : P0F_PREFIX;
}

apr_uint64_t p0f_config_exports(const p0f_dir_conf_t *dir)
{
    const apr_uint64_t base = dir->export_absolute ? 0 : dir->export_default;

    return (base & ~dir->export_clear) | dir->export_set;
}

/* ---- server-wide directives ------------------------------------------- */

/* How a value is read. */
typedef enum {
    A_FLAG, A_CHOICE, A_NUMBER, A_SIZE, A_TIME, A_PATH, AN_ISOLATION
} kind_t;

/* A server-wide setting of one value. */
typedef struct {
    const char *name;            /* of the directive */
    kind_t kind;
    size_t offset;               /* in p0f_server_conf_t */
    apr_int64_t min, max;        /* seconds for a time */
    const char *right;           /* of a time: what it must be */
} setting_t;

#define AT(field) APR_OFFSETOF(p0f_server_conf_t, field)

static const setting_t settings[] = {
    { "P0fCapture", A_CHOICE, AT(capture), 0, 0, NULL },
    { "P0fSavedSyn", A_CHOICE, AT(saved_syn), 0, 0, NULL },
    { "P0fRequired", A_FLAG, AT(required), 0, 0, NULL },
    { "P0fPromiscuous", A_FLAG, AT(promiscuous), 0, 0, NULL },
    { "P0fIsolation", AN_ISOLATION, AT(isolation), 0, 0, NULL },
    { "P0fReadFile", A_PATH, AT(read_file), 0, 0, NULL },
    { "P0fChroot", A_PATH, AT(helper_chroot), 0, 0, NULL },
    { "P0fUnknownLog", A_PATH, AT(unknown_log), 0, 0, NULL },
    { "P0fMaxHosts", A_NUMBER, AT(max_hosts), P0F_ENTRIES_MIN,
      P0F_ENTRIES_MAX, NULL },
    { "P0fMaxConnections", A_NUMBER, AT(max_conns), P0F_ENTRIES_MIN,
      P0F_ENTRIES_MAX, NULL },
    { "P0fCaptureBuffer", A_SIZE, AT(buffer), 65536, 1 << 30, NULL },
    { "P0fHostIdleLimit", A_TIME, AT(host_idle), 1, 8760 * 3600,
      "a time from 1s to 8760h, such as 120min" },
    { "P0fConnMaxAge", A_TIME, AT(conn_age), 1, 24 * 3600,
      "a time from 1s to 24h, such as 30s" }
};

static const setting_t *setting_of(const cmd_parms *cmd)
{
    size_t i = 0;

    while (strcmp(settings[i].name, cmd->cmd->name))
        i++;
    return &settings[i];
}

static const char *set_one(cmd_parms *cmd, void *dir, const char *arg)
{
    static const char *const isolation[] = { "thread", "process" };
    const setting_t *one = setting_of(cmd);
    p0f_server_conf_t *conf;
    const char *refused = p0f_values_server_wide(cmd, &conf);
    void *place;

    (void)dir;
    if (refused)
        return refused;
    place = (char *)conf + one->offset;
    switch (one->kind) {
    case A_FLAG:
        return p0f_values_flag(cmd, arg, place);
    case A_CHOICE:
        return p0f_values_choice(cmd, arg, place);
    case A_NUMBER:
    case A_SIZE:
        return p0f_values_number(cmd, arg, one->kind == A_SIZE,
                                 (int)one->min, (int)one->max, place);
    case A_TIME:
        return p0f_values_time(cmd, arg, apr_time_from_sec(one->min),
                               apr_time_from_sec(one->max), one->right,
                               place);
    case A_PATH:
        return p0f_values_path(cmd, arg, place);
    case AN_ISOLATION:
        return p0f_values_word(cmd, arg, isolation, place);
    }
    return NULL;
}

static const char *add_interface(cmd_parms *cmd, void *dir, const char *arg)
{
    p0f_server_conf_t *conf;
    const char *refused = p0f_values_server_wide(cmd, &conf);
    int i;

    (void)dir;
    if (refused)
        return refused;
    if (!*arg)
        return p0f_values_wrong(cmd, arg, "the name of an interface, or any");
    for (i = 0; i < conf->interfaces->nelts; i++)
        if (!strcmp(APR_ARRAY_IDX(conf->interfaces, i, const char *), arg))
            return NULL;
    if (conf->interfaces->nelts == P0F_SNIFFER_CAPTURES)
        return apr_psprintf(cmd->pool, "%s \"%s\": there can be at most %d "
                            "interfaces", cmd->cmd->name, arg,
                            P0F_SNIFFER_CAPTURES);
    APR_ARRAY_PUSH(conf->interfaces, const char *) = arg;
    return NULL;
}

/* Whether the expression compiles is found out when the capture starts: a
 * capture that can't start must not stop the server. */
static const char *set_filter(cmd_parms *cmd, void *dir, const char *arg)
{
    p0f_server_conf_t *conf;
    const char *refused = p0f_values_server_wide(cmd, &conf);

    (void)dir;
    if (refused)
        return refused;
    if (!arg[strspn(arg, " \t")])
        return p0f_values_wrong(cmd, arg, "auto or a capture filter in quotes");
    conf->filter = ap_cstr_casecmp(arg, "auto") ? arg : NULL;
    return NULL;
}

/* Whether there is such a user is found out when the capture starts. */
static const char *set_user(cmd_parms *cmd, void *dir, const char *arg)
{
    p0f_server_conf_t *conf;
    const char *refused = p0f_values_server_wide(cmd, &conf);

    (void)dir;
    if (refused)
        return refused;
    if (!strcmp(arg, "root"))
        return p0f_values_wrong(cmd, arg, "the name of an ordinary user");
    conf->helper_user = arg;
    return NULL;
}

static const char *add_db(cmd_parms *cmd, void *dir, const char *first,
                          const char *second)
{
    p0f_server_conf_t *conf;
    const char *refused = p0f_values_server_wide(cmd, &conf);
    const char *file = second ? second : first;
    const char *path;

    (void)dir;
    if (refused)
        return refused;
    if (second && !ap_cstr_casecmp(first, "v2"))
        return apr_psprintf(cmd->pool, "%s v2 \"%s\": fingerprint files of "
                            "p0f 2 can't be read yet; must be a file in p0f "
                            "3's syntax", cmd->cmd->name, file);
    if (second && ap_cstr_casecmp(first, "v3"))
        return p0f_values_wrong(cmd, first, "v3 or v2 in front of the file");
    if (!second && (!ap_cstr_casecmp(first, "v3")
                    || !ap_cstr_casecmp(first, "v2")))
        return p0f_values_wrong(cmd, first, "followed by the name of a file");
    if ((refused = p0f_values_path(cmd, file, &path)))
        return refused;
    add_database(conf, path,
                 apr_psprintf(cmd->pool, "%s:%u",
                              cmd->directive->filename,
                              (unsigned int)cmd->directive->line_num));
    return NULL;
}

static const char *set_reload(cmd_parms *cmd, void *dir, const char *arg)
{
    p0f_server_conf_t *conf;
    const char *refused = p0f_values_server_wide(cmd, &conf);

    (void)dir;
    if (refused)
        return refused;
    conf->reload = 0;
    if (!ap_cstr_casecmp(arg, "off"))
        return NULL;
    return p0f_values_time(cmd, arg, apr_time_from_sec(1),
                      apr_time_from_sec(24 * 3600),
                      "Off or a time from 1s to 24h, such as 1min",
                      &conf->reload);
}

static const char *add_port(cmd_parms *cmd, void *dir, const char *arg)
{
    p0f_server_conf_t *conf;
    const char *refused = p0f_values_server_wide(cmd, &conf);
    int port;

    (void)dir;
    if (!refused)
        refused = p0f_values_number(cmd, arg, 0, 1, 65535, &port);
    if (refused)
        return refused;
    APR_ARRAY_PUSH(conf->ports, int) = port;
    return NULL;
}

/* ---- merged directives ------------------------------------------------ */

/* Only the configuration files switch the capture on: a .htaccess file is
 * read when it is too late for that. */
static const char *set_engine(cmd_parms *cmd, void *dir, const char *arg)
{
    p0f_dir_conf_t *conf = dir;
    const char *error = p0f_values_flag(cmd, arg, &conf->engine);

    if (error)
        return error;
    if (conf->engine && !ap_check_cmd_context(cmd, NOT_IN_HTACCESS)) {
        p0f_server_conf_t *server =
            ap_get_module_config(cmd->server->module_config, &p0f_module);

        server->engine_seen = 1;
    }
    return NULL;
}

static const char *set_wait(cmd_parms *cmd, void *dir, const char *arg)
{
    p0f_dir_conf_t *conf = dir;

    return p0f_values_time(cmd, arg, 0, apr_time_from_msec(100),
                      "a time from 0 to 100ms, such as 10ms", &conf->wait);
}

static const char *set_subject(cmd_parms *cmd, void *dir, const char *arg)
{
    static const char *const subjects[] = { "peer", "client" };
    p0f_dir_conf_t *conf = dir;

    return p0f_values_word(cmd, arg, subjects, &conf->subject);
}

/* The names end up in the environment of programs. HTTP_ is refused because
 * there a request header of the same name would win. */
static const char *set_prefix(cmd_parms *cmd, void *dir, const char *arg)
{
    p0f_dir_conf_t *conf = dir;
    size_t len = strlen(arg);
    size_t i;

    for (i = 0; i < len; i++)
        if (!apr_isalnum(arg[i]) && arg[i] != '_')
            break;
    if (!len || i < len || len > P0F_PREFIX_MAX || apr_isdigit(*arg))
        return p0f_values_wrong(cmd, arg, "1 to 32 letters, digits and "
                                "underscores, no digit first");
    if (!ap_cstr_casecmpn(arg, "HTTP_", 5))
        return p0f_values_wrong(cmd, arg, "another: names that begin with "
                                "HTTP_ are those of request headers");
    conf->prefix = arg;
    return NULL;
}

/* Every variable's short name, for the sentence about a wrong one. */
static const char *all_names(apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, p0f_vars_count,
                                               sizeof(const char *));
    int i;

    for (i = 0; i < p0f_vars_count; i++)
        APR_ARRAY_PUSH(names, const char *) = p0f_vars_short(&p0f_vars[i]);
    return apr_array_pstrcat(pool, names, ' ');
}

static const char *parse_export(cmd_parms *cmd, const char *arg,
                                apr_uint64_t *mask)
{
    const char *name = *arg == '+' || *arg == '-' ? arg + 1 : arg;
    int number;

    if (p0f_vars_group(name, mask))
        return NULL;
    if ((number = p0f_vars_find(name)) < 0)
        return p0f_values_wrong(cmd, arg,
                     apr_pstrcat(cmd->pool, "std, ext, all, none or one of ",
                                 all_names(cmd->pool), NULL));
    *mask = (apr_uint64_t)1 << number;
    return NULL;
}

/* A list in which every name has a sign changes what holds outside or was
 * said before; one name without a sign makes it a new list. Read from left to
 * right. */
static const char *set_export(cmd_parms *cmd, void *dir, int argc,
                              char *const argv[])
{
    p0f_dir_conf_t *conf = dir;
    int i;

    if (!argc)
        return apr_psprintf(cmd->pool, "%s takes names of variables or groups",
                            cmd->cmd->name);
    for (i = 0; i < argc; i++)
        if (argv[i][0] != '+' && argv[i][0] != '-') {
            conf->export_absolute = 1;
            conf->export_set = conf->export_clear = 0;
        }
    for (i = 0; i < argc; i++) {
        apr_uint64_t mask;
        const char *error = parse_export(cmd, argv[i], &mask);

        if (error)
            return error;
        if (argv[i][0] == '-') {
            conf->export_set &= ~mask;
            conf->export_clear |= mask;
        }
        else {
            conf->export_set |= mask;
            conf->export_clear &= ~mask;
        }
    }
    return NULL;
}

/* ---- the table -------------------------------------------------------- */

/* Server-wide ones are admitted everywhere but in .htaccess, so that they are
 * refused by a sentence of ours that says why. */
#define P0F_GLOBAL (RSRC_CONF | ACCESS_CONF)

const command_rec p0f_config_directives[] = {
    AP_INIT_TAKE1("P0fEngine", set_engine, NULL, OR_FILEINFO,
                  "On or Off: look clients up and export what is known of them"),
    AP_INIT_TAKE_ARGV("P0fExport", set_export, NULL, OR_FILEINFO,
                      "variables to export: [+|-]name or std, ext, all, none"),
    AP_INIT_TAKE1("P0fEnvPrefix", set_prefix, NULL, OR_FILEINFO,
                  "what the names of exported variables begin with"),
    AP_INIT_TAKE1("P0fWait", set_wait, NULL, RSRC_CONF | ACCESS_CONF,
                  "longest wait of a connection's first request, up to 100ms"),
    AP_INIT_TAKE1("P0fSubject", set_subject, NULL, OR_FILEINFO,
                  "peer or client: whom to describe behind a proxy"),
    AP_INIT_TAKE1("P0fCapture", set_one, NULL, P0F_GLOBAL,
                  "On, Off or Auto: capture the server's own SYN packets"),
    AP_INIT_ITERATE("P0fInterface", add_interface, NULL, P0F_GLOBAL,
                    "names of the interfaces to capture on, or any"),
    AP_INIT_TAKE1("P0fFilter", set_filter, NULL, P0F_GLOBAL,
                  "auto or a capture filter in quotes"),
    AP_INIT_TAKE1("P0fPromiscuous", set_one, NULL, P0F_GLOBAL,
                  "On or Off: open the interfaces in promiscuous mode"),
    AP_INIT_TAKE1("P0fCaptureBuffer", set_one, NULL, P0F_GLOBAL,
                  "bytes of the kernel's capture buffer, also with K, M, G"),
    AP_INIT_TAKE1("P0fReadFile", set_one, NULL, P0F_GLOBAL,
                  "a capture file to read instead of the interfaces"),
    AP_INIT_TAKE1("P0fSavedSyn", set_one, NULL, P0F_GLOBAL,
                  "On, Off or Auto: use the SYN that the kernel saved"),
    AP_INIT_TAKE1("P0fIsolation", set_one, NULL, P0F_GLOBAL,
                  "thread or process: where packets are read"),
    AP_INIT_TAKE1("P0fUser", set_user, NULL, P0F_GLOBAL,
                  "the user that the helper process runs as"),
    AP_INIT_TAKE1("P0fChroot", set_one, NULL, P0F_GLOBAL,
                  "the root directory of the helper process"),
    AP_INIT_TAKE12("P0fDatabase", add_db, NULL, P0F_GLOBAL,
                   "[v3] and a fingerprint file; later ones come first"),
    AP_INIT_TAKE1("P0fDatabaseReload", set_reload, NULL, P0F_GLOBAL,
                  "Off, or how often to look for changed fingerprint files"),
    AP_INIT_TAKE1("P0fUnknownLog", set_one, NULL, P0F_GLOBAL,
                  "a file for signatures of clients that no database knows"),
    AP_INIT_TAKE1("P0fMaxHosts", set_one, NULL, P0F_GLOBAL,
                  "number of hosts to remember"),
    AP_INIT_TAKE1("P0fMaxConnections", set_one, NULL, P0F_GLOBAL,
                  "number of new connections to remember"),
    AP_INIT_TAKE1("P0fHostIdleLimit", set_one, NULL, P0F_GLOBAL,
                  "how long a host is remembered after its last SYN"),
    AP_INIT_TAKE1("P0fConnMaxAge", set_one, NULL, P0F_GLOBAL,
                  "how long a SYN waits for its connection to be accepted"),
    AP_INIT_ITERATE("P0fPorts", add_port, NULL, P0F_GLOBAL,
                    "further ports whose SYN packets are captured"),
    AP_INIT_TAKE_ARGV("P0fLog", p0f_outputs_log, NULL, P0F_GLOBAL,
                      "file or |program, [v3|json], [only=KIND,...]"),
    AP_INIT_TAKE_ARGV("P0fDumpFile", p0f_outputs_dump, NULL, P0F_GLOBAL,
                      "capture file to keep SYNs in, [only=KIND,...], "
                      "[max=SIZE]"),
    AP_INIT_TAKE_ARGV("P0fApiSocket", p0f_outputs_api, NULL, P0F_GLOBAL,
                      "socket that p0f 3's clients ask, [mode=0660], "
                      "[max=20], [user=NAME,...], [group=NAME,...]"),
    AP_INIT_TAKE1("P0fRequired", set_one, NULL, P0F_GLOBAL,
                  "On or Off: without a capture the server doesn't start"),
    { .name = NULL }
};
