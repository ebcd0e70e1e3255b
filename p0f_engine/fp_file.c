/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_file.c - the text of a fingerprint file, of a pipe up to its end.
 */
#include "fp_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_FILE = 64 * 1024 * 1024,
    PIPE_ROOM = 64 * 1024            /* at first, for what has no size */
};

/* What FD gives up to its end, in POOL; 0 or errno. ROOM: one more byte than
 * is expected. */
static int read_all(int fd, size_t room, apr_pool_t *pool, p0f_bytes_t *out)
{
    uint8_t *bytes = apr_palloc(pool, room), *wider;
    ssize_t n;

    out->len = 0;
    while (bytes && (n = read(fd, bytes + out->len, room - out->len)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        out->len += (size_t)n;
        if (out->len > MAX_FILE)
            return EFBIG;
        if (out->len < room)
            continue;
        wider = apr_palloc(pool, 2 * room);
        if (wider)
            memcpy(wider, bytes, room);
        bytes = wider;
        room *= 2;
    }
    out->data = bytes;
    return bytes ? 0 : ENOMEM;
}

const char *p0f_fp_file_read(int fd, bool regular, apr_pool_t *pool,
                             p0f_bytes_t *out)
{
    size_t room = PIPE_ROOM;
    struct stat st;
    int error;

    if (fstat(fd, &st))
        return strerror(errno);
    if (regular && !S_ISREG(st.st_mode))
        return "not a regular file";
    if (S_ISREG(st.st_mode) && st.st_size <= MAX_FILE)
        room = (size_t)st.st_size + 1;
    error = read_all(fd, room, pool, out);
    return error ? strerror(error) : NULL;
}
