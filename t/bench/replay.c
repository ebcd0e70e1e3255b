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
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, FILE_HEADER = 24, RECORD_HEADER = 16 };

static volatile sig_atomic_t ended;

static void end(int number)
{
    (void)number;
    ended = 1;
}

static void fail(const char *what)
{
    fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A socket of no protocol, that is given nothing of what others send. Frames
 * go straight to the driver where the kernel can do that. */
static int open_interface(const char *name)
{
    struct sockaddr_ll addr = {
        .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)
    };
    int fd = socket(AF_PACKET, SOCK_RAW, 0), yes = 1;

    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes));
    if (fd < 0 || !addr.sll_ifindex
        || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
        fail(name);
    return fd;
}

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
    struct mmsghdr messages[BATCH] = { 0 };
    struct iovec frames[BATCH];
    unsigned char *file;
    double rate, begun, ahead;
    size_t at = FILE_HEADER, sent = 0;
    struct stat st;
    int fd, out, n;

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
    signal(SIGTERM, end);
    begun = now();
    while (!ended) {
        for (int i = 0; i < BATCH; i++) {
            frames[i] = next_frame(file, (size_t)st.st_size, &at);
            messages[i].msg_hdr.msg_iov = &frames[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        n = sendmmsg(out, messages, BATCH, 0);
        if (n < 0 && errno != ENOBUFS && errno != EINTR)
            fail(argv[1]);
        sent += n > 0 ? (size_t)n : 0;
        ahead = (double)sent / rate - (now() - begun);
        if (ahead > 0) {
            struct timespec nap = { .tv_sec = (time_t)ahead };

            nap.tv_nsec = (long)((ahead - (double)nap.tv_sec) * 1e9);
            nanosleep(&nap, NULL);
        }
    }
    printf("%.0f\n", (double)sent / (now() - begun));
    return 0;
}
