/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gensyn.c - writes a capture file (Ethernet) of SYNs, eight systems in turn.
 *
 *     gensyn HOSTS [PACKETS] > FILE      a packet each if PACKETS isn't given
 *
 * Host N has the address 10.0.0.1 + N and always the same system; a host's
 * next packet comes after all the others', from a higher port. All go to port
 * 80 of 203.0.113.7, 02:00:00:00:00:02. The same every time. TCP's checksums
 * are left 0: nothing here reads them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* frames.h */
#endif
#include "frames.h"

enum { ETHERNET = 14, IP = 20, TCP = 20, STEP_US = 10 };

#define MSS    "\2\4\5\xb4"
#define STAMPS "\x8\xa\0\1\xe2\x40\0\0\0\0"

static const struct {
    uint8_t ttl;
    uint16_t window;
    uint8_t df, id;                  /* 0 or 1; id: not 0 */
    uint8_t options_len;
    const char *options;
} systems[] = {
    { 64, 64240, 1, 1, 20, MSS "\4\2" STAMPS "\1\3\3\7" },  /* Linux 5, 6 */
    { 64, 65535, 1, 1, 20, MSS "\4\2" STAMPS "\1\3\3\x9" }, /* Android */
    { 128, 64240, 1, 1, 12, MSS "\1\3\3\x8\1\1\4\2" },      /* Windows 10 */
    { 128, 8192, 1, 1, 12, MSS "\1\3\3\2\1\1\4\2" },        /* Windows 7 */
    { 64, 65535, 1, 0, 24, MSS "\1\3\3\6\1\1" STAMPS "\4\2\0\0" }, /* macOS */
    { 64, 65535, 1, 1, 20, MSS "\1\3\3\6\4\2" STAMPS },     /* FreeBSD */
    { 64, 16384, 1, 1, 24, MSS "\1\1\4\2\1\3\3\6\1\1" STAMPS }, /* OpenBSD */
    { 255, 1024, 0, 1, 4, MSS }                             /* a scanner */
};
#define SYSTEMS (sizeof(systems) / sizeof(systems[0]))

/* Packet number N; its length. */
static size_t build(unsigned long n, unsigned long hosts, uint8_t frame[128])
{
    const unsigned long host = n % hosts, system = host % SYSTEMS;
    const size_t tcp_len = TCP + systems[system].options_len;
    uint8_t *ip = frame + ETHERNET, *tcp = ip + IP;

    memset(frame, 0, 128);
    memcpy(frame, "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0", ETHERNET);
    ip[0] = 0x45;
    put16(ip + 2, IP + tcp_len);
    put16(ip + 4, systems[system].id ? 1 + n % 65000 : 0);
    put16(ip + 6, systems[system].df ? 0x4000 : 0);
    ip[8] = systems[system].ttl;
    ip[9] = 6;
    put32(ip + 12, 0x0a000001 + host);
    put32(ip + 16, 0xcb007107);
    put16(ip + 10, checksum(ip, IP, 0));
    put16(tcp, 1024 + (host + n / hosts * 7) % 60000);
    put16(tcp + 2, 80);
    put32(tcp + 4, 1000 + n);
    tcp[12] = (uint8_t)(tcp_len / 4 << 4);
    tcp[13] = 2;
    put16(tcp + 14, systems[system].window);
    memcpy(tcp + TCP, systems[system].options, systems[system].options_len);
    return ETHERNET + IP + tcp_len;
}

int main(int argc, char **argv)
{
    const uint32_t head[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1 };
    unsigned long hosts = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, n;
    unsigned long packets = argc > 2 ? strtoul(argv[2], NULL, 10) : hosts;
    uint64_t time = 1700000000000000;

    if (!hosts) {
        fputs("usage: gensyn HOSTS [PACKETS] > FILE\n", stderr);
        return 2;
    }
    fwrite(head, sizeof(head), 1, stdout);
    for (n = 0; n < packets; n++, time += STEP_US) {
        uint8_t frame[128];
        uint32_t len = (uint32_t)build(n, hosts, frame);
        const uint32_t record[] = { (uint32_t)(time / 1000000),
                                    (uint32_t)(time % 1000000), len, len };

        fwrite(record, sizeof(record), 1, stdout);
        fwrite(frame, len, 1, stdout);
    }
    return fflush(stdout) != 0;
}
