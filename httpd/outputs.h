/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outputs.h - the directives that say where the module writes what it sees,
 * and who may ask for it: P0fLog, P0fDumpFile, P0fApiSocket. For the table of
 * config.c; as setters of httpd's, they return NULL or a sentence.
 */
#ifndef P0F_HTTPD_OUTPUTS_H
#define P0F_HTTPD_OUTPUTS_H

#include "config.h"

const char *p0f_outputs_log(cmd_parms *cmd, void *dir, int argc,
                            char *const argv[]);
const char *p0f_outputs_dump(cmd_parms *cmd, void *dir, int argc,
                             char *const argv[]);
const char *p0f_outputs_api(cmd_parms *cmd, void *dir, int argc,
                            char *const argv[]);

#endif
