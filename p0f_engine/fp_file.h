/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_file.h - reads a fingerprint file into memory; private to fp_v3.c.
 *
 * Row 4. Startup, before fork; or a process that does nothing else.
 */
#ifndef P0F_FP_FILE_H
#define P0F_FP_FILE_H

#include <stdbool.h>

#include <apr_pools.h>

#include "bytes.h"

/* NULL with all that the file open as FD holds, in POOL, as *OUT; or what is
 * wrong with it: it can't be read, is larger than 64 MB, or isn't a regular
 * file where REGULAR. */
const char *p0f_fp_file_read(int fd, bool regular, apr_pool_t *pool,
                             p0f_bytes_t *out);

#endif
