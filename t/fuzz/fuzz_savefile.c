/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as a capture file.
 *
 * Read as a file, by blocks where its form is the common one, and through a
 * pipe, by libpcap alone: both must give the same frames and the same end.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "p0f_engine/capture.h"
#include "t/unit/frame_sum.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    p0f_status_t opened, end;
    unsigned int frames;
    uint64_t sum;                /* of all that is said of the frames */
    p0f_error_t err;
} result_t;

static void take(void *ctx, p0f_bytes_t frame, uint32_t wire_len,
                 int64_t wall_us)
{
    result_t *r = ctx;

    r->sum = frame_sum(r->sum, frame, wire_len, wall_us);
    r->frames++;
}

static result_t read_fd(int fd)
{
    result_t r = { .end = P0F_OK };
    p0f_capture_t capture;
    char path[32];
    int n;

    snprintf(path, sizeof(path), "/dev/fd/%d", fd);
    r.opened = p0f_capture_open_file(&capture, path, "", &r.err);
    close(fd);
    if (r.opened != P0F_OK)
        return r;
    do
        r.end = p0f_capture_read(&capture, 3, take, &r, &n, &r.err);
    while (r.end == P0F_OK);
    p0f_capture_close(&capture);
    return r;
}

static int file_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("capture", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    return fd;
}

/* What is written fits into a pipe: -max_len is 4096. */
static int pipe_of(const uint8_t *data, size_t size)
{
    int fds[2];

    if (pipe(fds) || write(fds[1], data, size) != (ssize_t)size)
        abort();
    close(fds[1]);
    return fds[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    result_t file, piped;

    if (size > 32768)
        return 0;
    file = read_fd(file_of(data, size));
    piped = read_fd(pipe_of(data, size));
    if (file.opened != piped.opened)
        abort();
    if (file.opened == P0F_OK
        && (file.end != piped.end || file.frames != piped.frames
            || file.sum != piped.sum))
        abort();
    return 0;
}
