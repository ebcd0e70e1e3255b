/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.h - for what makes or sends frames: the parts of headers, and a socket
 * that sends in batches at a steady rate until it is told to end.
 *
 * Where it is included first, _GNU_SOURCE must be set (sendmmsg).
 */
#ifndef T_TOOLS_FRAMES_H
#define T_TOOLS_FRAMES_H

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* ---- parts of headers -------------------------------------------------- */

static inline void put16(uint8_t *p, unsigned long v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, unsigned long v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

/* Internet checksum (RFC 1071) of N bytes, even, and SUM. */
static inline unsigned long checksum(const uint8_t *p, size_t n,
                                     unsigned long sum)
{
    size_t i;

    for (i = 0; i < n; i += 2)
        sum += (unsigned long)p[i] << 8 | p[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    return ~(sum + (sum >> 16)) & 0xffff;
}

/* ---- sending ------------------------------------------------------------ */

enum { BATCH = 64 };

static volatile sig_atomic_t ended; /* at SIGTERM, after end_at_sigterm */

static void note_end(int number)
{
    (void)number;
    ended = 1;
}

static inline void end_at_sigterm(void)
{
    signal(SIGTERM, note_end);
}

static inline void fail(const char *what)
{
    perror(what);
    exit(1);
}

static inline double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A socket of no protocol, that is given nothing of what others send. Frames
 * go straight to the driver where the kernel can do that. */
static inline int open_interface(const char *name)
{
    struct sockaddr_ll addr = {
        .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)
    };
    int fd = socket(AF_PACKET, SOCK_RAW, 0), yes = 1;

    if (fd < 0 || !addr.sll_ifindex
        || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
        fail(name);
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes));
    return fd;
}

/* Sends FRAMES; how many went. */
static inline unsigned long send_batch(int fd, struct iovec frames[BATCH])
{
    struct mmsghdr messages[BATCH] = { 0 };
    int n;

    for (int i = 0; i < BATCH; i++) {
        messages[i].msg_hdr.msg_iov = &frames[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    n = sendmmsg(fd, messages, BATCH, 0);
    if (n < 0 && errno != ENOBUFS && errno != EINTR)
        fail("sendmmsg");
    return n > 0 ? (unsigned long)n : 0;
}

static inline void wait_until(double when)
{
    const double ahead = when - now();
    struct timespec nap = { .tv_sec = (time_t)ahead };

    if (ahead <= 0)
        return;
    nap.tv_nsec = (long)((ahead - (double)nap.tv_sec) * 1e9);
    nanosleep(&nap, NULL);
}

#endif
