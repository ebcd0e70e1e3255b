/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.c - reads a capture file with libpcap and the filter "tcp", and does
 * nothing with it but touch each packet: what a reader can't be faster than.
 *
 *     loop FILE
 */
#include <pcap/pcap.h>
#include <stdio.h>

typedef struct {
    unsigned long packets, sum;
} seen_t;

static void take(u_char *user, const struct pcap_pkthdr *header,
                 const u_char *bytes)
{
    seen_t *seen = (seen_t *)(void *)user;

    seen->packets++;
    seen->sum += header->caplen ? bytes[header->caplen - 1] : 0;
}

int main(int argc, char **argv)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = argc == 2 ? pcap_open_offline(argv[1], message) : NULL;
    struct bpf_program tcp;
    seen_t seen = { 0, 0 };

    if (!pcap || pcap_compile(pcap, &tcp, "tcp", 1, PCAP_NETMASK_UNKNOWN)
        || pcap_setfilter(pcap, &tcp)) {
        fprintf(stderr, "loop: %s\n", pcap ? pcap_geterr(pcap) : message);
        return 1;
    }
    pcap_dispatch(pcap, 0, take, (u_char *)&seen);
    printf("%lu %lu\n", seen.packets, seen.sum);
    return 0;
}
