/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values.c - reads the arguments of directives.
 */
#include "values.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

extern module AP_MODULE_DECLARE_DATA p0f_module;

const char *p0f_values_server_wide(cmd_parms *cmd, p0f_server_conf_t **conf)
{
    const char *refused = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    *conf = NULL;
    if (refused)
        return apr_pstrcat(cmd->pool, refused,
                           ": it is set once, for the whole server", NULL);
    *conf = ap_get_module_config(cmd->server->module_config, &p0f_module);
    return NULL;
}

const char *p0f_values_wrong(cmd_parms *cmd, const char *value,
                             const char *right)
{
    return apr_psprintf(cmd->pool, "%s \"%s\": must be %s", cmd->cmd->name,
                        value, right);
}

const char *p0f_values_flag(cmd_parms *cmd, const char *arg, int *out)
{
    if (!ap_cstr_casecmp(arg, "on"))
        *out = P0F_ON;
    else if (!ap_cstr_casecmp(arg, "off"))
        *out = P0F_OFF;
    else
        return p0f_values_wrong(cmd, arg, "On or Off");
    return NULL;
}

const char *p0f_values_choice(cmd_parms *cmd, const char *arg, int *out)
{
    if (!ap_cstr_casecmp(arg, "auto"))
        *out = P0F_AUTO;
    else if (p0f_values_flag(cmd, arg, out))
        return p0f_values_wrong(cmd, arg, "On, Off or Auto");
    return NULL;
}

const char *p0f_values_word(cmd_parms *cmd, const char *arg,
                            const char *const words[2], int *out)
{
    if (!ap_cstr_casecmp(arg, words[0]))
        *out = 0;
    else if (!ap_cstr_casecmp(arg, words[1]))
        *out = 1;
    else
        return p0f_values_wrong(cmd, arg,
                                apr_pstrcat(cmd->pool, words[0], " or ",
                                            words[1], NULL));
    return NULL;
}

/* Digits and, with SUFFIX, one letter. -1: neither, or more than MAX. */
static apr_int64_t scaled(const char *arg, int suffix, apr_int64_t max)
{
    char *end = NULL;
    apr_int64_t n = apr_isdigit(*arg) ? apr_strtoi64(arg, &end, 10) : -1;
    int shift = 0;

    if (suffix && end && *end) {
        shift = *end == 'K' || *end == 'k' ? 10
              : *end == 'M' || *end == 'm' ? 20
              : *end == 'G' || *end == 'g' ? 30 : 0;
        end += shift != 0;
    }
    if (!end || *end || n < 0 || n > max >> shift)
        return -1;
    return n << shift;
}

const char *p0f_values_number(cmd_parms *cmd, const char *arg, int suffix,
                              int min, int max, int *out)
{
    const apr_int64_t n = scaled(arg, suffix, max);

    if (n < min)
        return p0f_values_wrong(
            cmd, arg, apr_psprintf(cmd->pool, "a number from %d to %d%s",
                                   min, max,
                                   suffix ? ", also with K, M or G" : ""));
    *out = (int)n;
    return NULL;
}

const char *p0f_values_size(cmd_parms *cmd, const char *arg,
                            apr_uint64_t *out)
{
    const apr_int64_t n = scaled(arg, 1, APR_INT64_MAX / 2);

    if (n < 4096)
        return apr_psprintf(cmd->pool, "%s max=\"%s\": must be a size from "
                            "4096 on, also with K, M or G", cmd->cmd->name,
                            arg);
    *out = (apr_uint64_t)n;
    return NULL;
}

/* httpd's own parser takes anything behind the first letters of a unit. */
const char *p0f_values_time(cmd_parms *cmd, const char *arg,
                            apr_interval_time_t min, apr_interval_time_t max,
                            const char *right, apr_interval_time_t *out)
{
    static const char *const units[] = { "", "ms", "s", "min", "mi", "h" };
    const char *unit = arg + strspn(arg, "0123456789");
    apr_interval_time_t value;
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (!ap_cstr_casecmp(unit, units[i]))
            break;
    if (unit == arg || i == sizeof(units) / sizeof(units[0])
        || ap_timeout_parameter_parse(arg, &value, "s") != APR_SUCCESS
        || value < min || value > max)
        return p0f_values_wrong(cmd, arg, right);
    *out = value;
    return NULL;
}

const char *p0f_values_path(cmd_parms *cmd, const char *arg,
                            const char **out)
{
    const char *path = *arg ? ap_server_root_relative(cmd->pool, arg) : NULL;

    if (*arg == '|')
        return p0f_values_wrong(cmd, arg, "the name of a file, not a program");
    if (!path)
        return p0f_values_wrong(cmd, arg, "the name of a file");
    *out = path;
    return NULL;
}
