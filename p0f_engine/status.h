/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.h - error codes of the engine and their sentences.
 *
 * Functions that can fail return p0f_status_t; P0F_OK is 0. Where more can be
 * said (a file and line, a system error), they also fill a p0f_error_t that
 * the caller owns. The engine never prints.
 */
#ifndef P0F_STATUS_H
#define P0F_STATUS_H

typedef enum {
    P0F_OK,
    P0F_ENOMEM,          /* memory could not be had */
    P0F_EFILE,           /* a file can't be opened or read */
    P0F_ESYNTAX,         /* a fingerprint file is wrong */
    P0F_ELIMIT,          /* a limit of a format or table is exceeded */
    P0F_ENODEV,          /* no such interface */
    P0F_EDOWN,           /* the interface is down */
    P0F_EPERM,           /* no permission to capture */
    P0F_EFILTER,         /* a capture filter doesn't compile */
    P0F_ECAPTURE,        /* other capture trouble */
    P0F_ESYSTEM,         /* a system call failed */
    P0F_ELAYOUT,         /* shared memory of another layout or damaged */
    P0F_EMISS,           /* not found */
    P0F_EEXPIRED,        /* found, but too old */
    P0F_EEND             /* end of a capture file */
} p0f_status_t;

typedef struct {
    p0f_status_t status;
    char text[400];      /* one sentence without a final newline, "" if none;
                            fingerprint files: "file:line: sentence" */
} p0f_error_t;

/* A sentence for STATUS, static memory. Any thread, any process. */
const char *p0f_status_text(p0f_status_t status);

/* Fills ERR (may be NULL) with STATUS and the formatted sentence, cut to
 * fit, and returns STATUS. Any thread, any process. */
p0f_status_t p0f_status_fail(p0f_error_t *err, p0f_status_t status,
                             const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
