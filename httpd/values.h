/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values.h - reads the arguments of directives: flags, choices, numbers,
 * times, paths, and the sentences about wrong ones.
 *
 * Each function returns NULL and sets its last parameter, or returns the
 * sentence, from CMD's pool, and leaves it as it was. While the
 * configuration is read; main thread, and any worker thread for .htaccess.
 */
#ifndef P0F_HTTPD_VALUES_H
#define P0F_HTTPD_VALUES_H

#include "config.h"

/* Finds the one server-wide record, or says why CMD can't stand here. */
const char *p0f_values_server_wide(cmd_parms *cmd, p0f_server_conf_t **conf);

/* The sentence that VALUE must be RIGHT. */
const char *p0f_values_wrong(cmd_parms *cmd, const char *value,
                             const char *right);

/* On or Off, as P0F_ON or P0F_OFF. */
const char *p0f_values_flag(cmd_parms *cmd, const char *arg, int *out);

/* Or Auto, as P0F_AUTO. */
const char *p0f_values_choice(cmd_parms *cmd, const char *arg, int *out);

/* The first of two words as 0, the second as 1. */
const char *p0f_values_word(cmd_parms *cmd, const char *arg,
                            const char *const words[2], int *out);

/* Decimal digits from MIN to MAX, where SUFFIX is set with K, M or G behind
 * them for times 1024 and so on. */
const char *p0f_values_number(cmd_parms *cmd, const char *arg, int suffix,
                              int min, int max, int *out);

/* As that with a suffix, for "max=" and from 4096 bytes on. */
const char *p0f_values_size(cmd_parms *cmd, const char *arg,
                            apr_uint64_t *out);

/* Digits and one of httpd's units, seconds without one, from MIN to MAX;
 * RIGHT is what the sentence says that it must be. */
const char *p0f_values_time(cmd_parms *cmd, const char *arg,
                            apr_interval_time_t min, apr_interval_time_t max,
                            const char *right, apr_interval_time_t *out);

/* A file's name, made absolute from ServerRoot on. */
const char *p0f_values_path(cmd_parms *cmd, const char *arg,
                            const char **out);

#endif
