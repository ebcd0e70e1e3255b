/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - sends a capture's frames through an interface, at a steady rate
 * and over and over, until it is told to end.
 *
 *     replay INTERFACE FILE PACKETS_A_SECOND
 *
 * The file is one of this folder's generators: Ethernet, in this machine's
 * byte order. Prints at SIGTERM how many frames a second went out.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* sendmmsg */
#endif
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "t/tools/frames.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16 };

/* The next frame of the SIZE bytes at FILE after *AT; from the start again
 * after the last. */
static struct iovec next_frame(unsigned char *file, size_t size, size_t *at)
{
    uint32_t len;

    if (*at + RECORD_HEADER > size)
        *at = FILE_HEADER;
    memcpy(&len, file + *at + 8, sizeof(len));
    *at += RECORD_HEADER + len;
    return (struct iovec){ .iov_base = file + *at - len, .iov_len = len };
}

int main(int argc, char **argv)
{
    struct iovec frames[BATCH];
    unsigned char *file;
    size_t at = FILE_HEADER;
    unsigned long sent = 0;
    double rate, begun;
    struct stat st;
    int fd, out;

    if (argc != 4)
        return 2;
    fd = open(argv[2], O_RDONLY);
    if (fd < 0 || fstat(fd, &st))
        fail(argv[2]);
    file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (file == MAP_FAILED)
        fail(argv[2]);
    rate = atof(argv[3]);
    out = open_interface(argv[1]);
    end_at_sigterm();
    begun = now();
    while (!ended) {
        for (int i = 0; i < BATCH; i++)
            frames[i] = next_frame(file, (size_t)st.st_size, &at);
        sent += send_batch(out, frames);
        wait_until(begun + (double)sent / rate);
    }
    printf("%.0f\n", (double)sent / (now() - begun));
    return 0;
}
