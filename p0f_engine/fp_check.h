/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_check.h - looks for everything in a fingerprint file that is wrong or of
 * no use: mistakes, repeated and shadowed signatures, signatures that nothing
 * reaches, labels without signatures, classes that are not declared or that
 * nothing uses.
 *
 * Loading stops at the first mistake and doesn't mind what is of no use; this
 * reads to the end and minds. Row 4. Startup, before fork.
 */
#ifndef P0F_FP_CHECK_H
#define P0F_FP_CHECK_H

#include "fp_v3.h"

/* Checks the file PATH by itself and tells each finding as "file:line:
 * sentence", by line. *FOUND is their number. POOL for temporary memory.
 * EFILE, ENOMEM: the file can't be read, told in ERR. */
p0f_status_t p0f_fp_check_file(const char *path, p0f_fp_warn_fn *tell,
                               void *ctx, apr_pool_t *pool, uint32_t *found,
                               p0f_error_t *err);

#endif
