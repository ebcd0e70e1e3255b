/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flood.c - sends SYNs from random addresses of 10.0.0.0/8 through an interface.
 *
 *     flood INTERFACE MAC ADDRESS PORT RATE SECONDS
 *
 * MAC is the receiver's, 12 hex digits. RATE is SYNs a second, 0: as many as one processor can send.
 * Prints how many were sent, after SECONDS or at SIGTERM. They are valid, with checksums: Linux's but
 * for the time stamp.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* sendmmsg */
#endif
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <unistd.h>

#include "frames.h"

enum { ETHERNET = 14, IP = 20, TCP = 40, FRAME = ETHERNET + IP + TCP };

static uint64_t random64(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* What all frames have in common; MAC as text, TO in network order. */
static void prepare(uint8_t frame[FRAME], const char *mac, struct in_addr to, unsigned port)
{
    static const uint8_t head[] = { 0x45, 0, 0, IP + TCP, 0, 0, 0x40, 0, 64, 6 };
    static const uint8_t options[] = "\2\4\5\xb4\4\2\x8\xa\0\1\xe2\x40\0\0\0\0\1\3\3\7";
    unsigned long long address = strtoull(mac, NULL, 16);
    uint8_t *ip = frame + ETHERNET, *tcp = ip + IP;

    memset(frame, 0, FRAME);
    put16(frame, (uint32_t)(address >> 32));
    put32(frame + 2, (uint32_t)address);
    frame[6] = 2;
    put16(frame + 12, ETHERTYPE_IP);
    memcpy(ip, head, sizeof(head));
    memcpy(ip + 16, &to, 4);
    put16(tcp + 2, port);
    put16(tcp + 12, (TCP / 4) << 12 | 2);
    put16(tcp + 14, 64240);
    memcpy(tcp + 20, options, sizeof(options) - 1);
}

/* Another source address, port, sequence number and ID. */
static void vary(uint8_t frame[FRAME])
{
    const uint64_t random = random64();
    uint8_t *ip = frame + ETHERNET, *tcp = ip + IP;

    put16(ip + 4, (uint32_t)(random >> 48));
    put16(ip + 10, 0);
    put32(ip + 12, 0x0a000000 | (uint32_t)(random & 0xffffff));
    put16(ip + 10, checksum(ip, IP, 0));
    put16(tcp, 1024 + (uint32_t)(random >> 24) % 60000);
    put32(tcp + 4, (uint32_t)(random >> 20));
    put16(tcp + 16, 0);
    /* both addresses, which stand before the header, and what else TCP adds: protocol and length */
    put16(tcp + 16, checksum(ip + 12, 8 + TCP, IPPROTO_TCP + TCP));
}

int main(int argc, char **argv)
{
    static uint8_t frames[BATCH][FRAME];
    struct iovec parts[BATCH];
    struct in_addr to;
    double rate, begun, last;
    unsigned long sent = 0;
    int out;

    if (argc != 7 || inet_pton(AF_INET, argv[3], &to) != 1)
        return 2;
    rate = atof(argv[5]);
    out = open_interface(argv[1]);
    for (int i = 0; i < BATCH; i++) {
        prepare(frames[i], argv[2], to, (unsigned)atoi(argv[4]));
        parts[i] = (struct iovec){ .iov_base = frames[i], .iov_len = FRAME };
    }
    end_at_sigterm();
    begun = now();
    last = begun + atof(argv[6]);
    while (!ended && now() < last) {
        for (int i = 0; i < BATCH; i++)
            vary(frames[i]);
        sent += send_batch(out, parts);
        if (rate > 0)
            wait_until(begun + (double)sent / rate);
    }
    printf("%lu\n", sent);
    return 0;
}
