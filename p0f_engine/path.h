/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - whether a file's place is safe: a log, socket or key file that
 * root writes must not lie where others could put something else in its
 * place. Row 1.
 */
#ifndef P0F_PATH_H
#define P0F_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "status.h"

/* Checks the folder that PATH, absolute, lies in, with symbolic links
 * resolved, and all folders above it: each belongs to root or to the caller;
 * the folder itself can be written by nobody else, and those above it by
 * nobody else either unless they are sticky, since in a sticky folder nobody
 * renames what is another's. Members of a group count as others only where
 * GROUP, (gid_t)-1 for none, is that group. ESYSTEM, told in ERR in one
 * sentence with the folder. Startup. */
p0f_status_t p0f_path_check(const char *path, gid_t group, p0f_error_t *err);

/* True if A and B, absolute, are the same file, by whatever links and
 * spellings, or would be if it were made. Startup. */
bool p0f_path_same(const char *a, const char *b);

#endif
