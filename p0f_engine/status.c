/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.c - error codes of the engine and their sentences.
 */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>

const char *p0f_status_text(p0f_status_t status)
{
    switch (status) {
    case P0F_OK:       return "no error";
    case P0F_ENOMEM:   return "out of memory";
    case P0F_EFILE:    return "the file can't be opened or read";
    case P0F_ESYNTAX:  return "the fingerprint file has a mistake";
    case P0F_ELIMIT:   return "a limit is exceeded";
    case P0F_ENODEV:   return "there is no such interface";
    case P0F_EDOWN:    return "the interface is down";
    case P0F_EPERM:    return "no permission to capture";
    case P0F_EFILTER:  return "the capture filter doesn't compile";
    case P0F_ECAPTURE: return "the capture failed";
    case P0F_ESYSTEM:  return "a system call failed";
    case P0F_ELAYOUT:  return "the data is damaged or of another version";
    case P0F_EMISS:    return "not found";
    case P0F_EEXPIRED: return "found, but too old";
    case P0F_EEND:     return "end of the capture file";
    }
    return "unknown error";
}

p0f_status_t p0f_status_fail(p0f_error_t *err, p0f_status_t status,
                             const char *format, ...)
{
    va_list args;

    if (err) {
        err->status = status;
        va_start(args, format);
        if (vsnprintf(err->text, sizeof(err->text), format, args) < 0)
            err->text[0] = '\0';
        va_end(args);
    }
    return status;
}
