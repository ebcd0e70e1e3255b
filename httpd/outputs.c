/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outputs.c - P0fLog, P0fDumpFile and P0fApiSocket are read.
 */
#include "outputs.h"

#include <stdbool.h>
#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "values.h"
#include "../p0f_engine/server.h"    /* for the number of clients */

/* ---- logs -------------------------------------------------------------- */

static const char *parse_only(cmd_parms *cmd, const char *arg,
                              unsigned int *only)
{
    static const char *const kinds[] = { "known", "unknown", "mismatch",
                                         "change" };
    char *list = apr_pstrdup(cmd->pool, arg), *rest = NULL, *word;
    size_t i;

    *only = 0;
    for (word = apr_strtok(list, ",", &rest); word;
         word = apr_strtok(NULL, ",", &rest)) {
        for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            if (!ap_cstr_casecmp(word, kinds[i]))
                break;
        if (i == sizeof(kinds) / sizeof(kinds[0]))
            break;
        *only |= 1u << i;
    }
    if (word || !*only)
        return apr_psprintf(cmd->pool, "%s only=\"%s\": must be a list of "
                            "known, unknown, mismatch, change, separated by "
                            "commas", cmd->cmd->name, arg);
    return NULL;
}

static const char *parse_log_option(cmd_parms *cmd, const char *arg,
                                    p0f_log_conf_t *log)
{
    int dump = !ap_cstr_casecmp(cmd->cmd->name, "P0fDumpFile");

    if (!strncmp(arg, "only=", 5))
        return parse_only(cmd, arg + 5, &log->only);
    if (dump && !strncmp(arg, "max=", 4))
        return p0f_values_size(cmd, arg + 4, &log->max);
    if (!dump && !ap_cstr_casecmp(arg, "json"))
        log->json = 1;
    else if (!dump && !ap_cstr_casecmp(arg, "v3"))
        log->json = 0;
    else if (!dump && !ap_cstr_casecmp(arg, "v2"))
        return apr_psprintf(cmd->pool, "%s \"v2\": lines of p0f 2 can't be "
                            "written yet; must be v3 or json",
                            cmd->cmd->name);
    else
        return p0f_values_wrong(cmd, arg, dump ? "only=KIND,... or max=SIZE"
                                    : "v3, json or only=KIND,...");
    return NULL;
}

/* What both directives have in common; CONF is the server's. */
static const char *parse_log(cmd_parms *cmd, int argc, char *const argv[],
                             p0f_server_conf_t **conf, p0f_log_conf_t *log)
{
    const char *error = p0f_values_server_wide(cmd, conf);
    int i;

    if (error)
        return error;
    *log = (p0f_log_conf_t){ .directive = cmd->cmd->name };
    if (!argc || argc > 3)
        return apr_psprintf(cmd->pool, "%s takes the name of a file and at "
                            "most two options", cmd->cmd->name);
    for (i = 1; i < argc && !error; i++)
        error = parse_log_option(cmd, argv[i], log);
    return error;
}

const char *p0f_outputs_log(cmd_parms *cmd, void *dir, int argc,
                            char *const argv[])
{
    p0f_server_conf_t *conf;
    p0f_log_conf_t log;
    const char *error = parse_log(cmd, argc, argv, &conf, &log);

    (void)dir;
    if (error)
        return error;
    if (!strncmp(argv[0], "sql:", 4))
        return apr_psprintf(cmd->pool, "%s \"%s\": databases can't be "
                            "written to yet; must be a file or a program "
                            "behind |", cmd->cmd->name, argv[0]);
    if (*argv[0] == '|' && argv[0][strspn(argv[0], "|$ \t")])
        log.target = argv[0];
    else if (*argv[0] == '|')
        return p0f_values_wrong(cmd, argv[0], "a program behind the |");
    else if ((error = p0f_values_path(cmd, argv[0], &log.target)))
        return error;
    if (conf->logs->nelts == P0F_LOGS_MAX)
        return apr_psprintf(cmd->pool, "%s \"%s\": there can be at most %d "
                            "logs", cmd->cmd->name, argv[0], P0F_LOGS_MAX);
    APR_ARRAY_PUSH(conf->logs, p0f_log_conf_t) = log;
    return NULL;
}

const char *p0f_outputs_dump(cmd_parms *cmd, void *dir, int argc,
                             char *const argv[])
{
    p0f_server_conf_t *conf;
    p0f_log_conf_t log;
    const char *error = parse_log(cmd, argc, argv, &conf, &log);

    (void)dir;
    if (!error)
        error = p0f_values_path(cmd, argv[0], &log.target);
    if (!error)
        conf->dump = log;
    return error;
}

/* ---- the socket -------------------------------------------------------- */

static const char *parse_peers(cmd_parms *cmd, const char *list, bool group,
                               p0f_peers_t *peers)
{
    char *names = apr_pstrdup(cmd->pool, list), *rest = NULL;
    const char *name = apr_strtok(names, ",", &rest);

    do {
        if (!name || !p0f_peers_add(peers, group, name))
            return apr_psprintf(cmd->pool, "%s %s=\"%s\": must be up to %d "
                                "names or numbers of %s, separated by commas",
                                cmd->cmd->name, group ? "group" : "user",
                                list, P0F_PEERS_MAX,
                                group ? "groups" : "users");
        name = apr_strtok(NULL, ",", &rest);
    } while (name);
    return NULL;
}

static const char *parse_mode(cmd_parms *cmd, const char *arg, int *mode)
{
    char *end = NULL;
    apr_int64_t n = apr_isdigit(arg[5]) ? apr_strtoi64(arg + 5, &end, 8) : -1;

    if (!end || *end || n < 0 || n & ~0666)
        return p0f_values_wrong(cmd, arg, "mode= and rights to read and write "
                                "in octal, such as 0660");
    *mode = (int)n;
    return NULL;
}

static const char *parse_socket_option(cmd_parms *cmd, const char *arg,
                                       p0f_socket_conf_t *sock)
{
    if (!strncmp(arg, "mode=", 5))
        return parse_mode(cmd, arg, &sock->mode);
    if (!strncmp(arg, "max=", 4))
        return p0f_values_number(cmd, arg + 4, 0, 1, P0F_SERVER_CLIENTS,
                                 &sock->max);
    if (!strncmp(arg, "user=", 5))
        return parse_peers(cmd, arg + 5, false, &sock->peers);
    if (!strncmp(arg, "group=", 6))
        return parse_peers(cmd, arg + 6, true, &sock->peers);
    return p0f_values_wrong(cmd, arg, "mode=OCTAL, max=NUMBER, user=NAME,... "
                            "or group=NAME,...");
}

const char *p0f_outputs_api(cmd_parms *cmd, void *dir, int argc,
                            char *const argv[])
{
    p0f_server_conf_t *conf;
    p0f_socket_conf_t sock = { .mode = 0660, .max = 20 };
    const char *error = p0f_values_server_wide(cmd, &conf);
    int i;

    (void)dir;
    if (error)
        return error;
    if (!argc || argc > 5)
        return apr_psprintf(cmd->pool, "%s takes the name of a socket and at "
                            "most four options", cmd->cmd->name);
    for (i = 1; i < argc && !error; i++)
        error = parse_socket_option(cmd, argv[i], &sock);
    if (error)
        return error;
    sock.path = *argv[0] ? ap_runtime_dir_relative(cmd->pool, argv[0])
                         : NULL;
    if (!sock.path)
        return p0f_values_wrong(cmd, argv[0], "the name of a socket");
    conf->api = sock;
    return NULL;
}
