/* SPDX-License-Identifier: Apache-2.0
 *
 * synmask: a wire between two network namespaces that makes a client's SYN look like another
 * system's, while the two kernels hold a real TCP conversation over it.
 *
 *   client kernel -- TAP -- synmask -- TAP -- server kernel
 *
 *   synmask CLIENT_NETNS CLIENT_TAP SERVER_NETNS SERVER_TAP      ("-": the current namespace)
 *
 * It prints "ready", then reads masks from standard input, one a line, and answers each with "ok"
 * or "error: why". A mask is in force until the next one; an empty line passes the client's own
 * SYN. End of input ends the program. The fields of a mask, separated by blanks; what isn't named
 * stays as the client's kernel sent it:
 *
 *   ttl=N    TTL or hop limit as the server's side sees it
 *   win=N    window
 *   opt=LIST options in p0f 2's notation: M1460 (M*: the client's own value), W8 (W*), S, T (the
 *            client's own time stamps; T0: TSval 0), N, E (each E one byte), ?KIND[:HEX];
 *            opt=. no options. Padded with zero bytes to a multiple of four.
 *   df=0|1   don't fragment (IPv4)
 *   id=N|+   IPv4 identification; +: any value but 0
 *   tos=N    TOS or traffic class
 *   ecn=0|1  ECE and CWR flags
 *   flow=N   flow label (IPv6)
 *   tag=TPID:TCI  push this VLAN tag on every frame to the server, both numbers in hex; repeatable,
 *            the outermost tag first. A Linux server without VLAN support accepts VLAN ID 0
 *            (priority tags), also doubled, which is how whole conversations run in VLAN frames.
 *
 * Why the conversation holds. The server's kernel answers the SYN it saw, the client's kernel
 * expects an answer to the SYN it sent. What was negotiated on one side only is mended here:
 *
 *   client offered it, the mask removed it   neither side uses it: the server doesn't agree to it
 *   the mask added it (W, S, T, ECN)         taken out of the SYN+ACK (NOPs; ECE cleared), so the
 *                                            client doesn't use it. What the server then sends more
 *                                            (time stamps, SACK blocks) a client ignores.
 *   window scale n offered, m shown          the client's later windows are multiplied by 2^n,
 *                                            divided by 2^m, rounded down, at most 65535: the
 *                                            server never believes in more room than there is. Its
 *                                            zero window probes cover what rounding hides.
 *   window scale added by the mask           n is 0 in that rule, and the server's windows are
 *                                            multiplied out for the client, at most 65535
 *   window of the SYN                        the handshake's ACK replaces it before data flows
 *   MSS                                      the server also knows its own MTU: a larger value is
 *                                            harmless, a smaller one gives smaller segments
 *
 * Both ends must be TAP devices without offloads, as "ip tuntap add mode tap" makes them: every
 * frame then fits the MTU and carries its full checksum.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define KEEP (-1)
#define MAX_TAGS 3
#define MAX_OPTIONS 40
#define ETHER_LEN 14
#define TCP_LEN 20
#define FRAME_SPACE 66000
#define FLOWS 8192 /* power of two */

enum { TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10, TCP_ECE = 0x40, TCP_CWR = 0x80 };
enum { OPT_EOL, OPT_NOP, OPT_MSS, OPT_WSCALE, OPT_SACKOK, OPT_TSTAMP = 8 };

/* The SYN's new face. Fields hold KEEP where the client's own value stays. Offsets point into
 * options[], KEEP: option absent or its value fixed. */
typedef struct mask {
    long ttl, win, df, id, tos, ecn, flow;
    bool any_id;
    bool has_options;
    uint8_t options[MAX_OPTIONS];
    size_t options_len;
    int own_mss_at, own_wscale_at, own_tstamp_at;
    unsigned tags;
    uint8_t tag[4 * MAX_TAGS];
} mask_t;

/* What one end says in the options of its SYN or SYN+ACK; wscale KEEP: not offered. */
typedef struct offer {
    int mss, wscale;
    bool sackok, tstamp, ecn;
    uint8_t tstamp_value[8];
} offer_t;

typedef struct flow {
    uint8_t key[37]; /* version, client address, server address, client port, server port */
    bool used;
    unsigned long born;
    offer_t client;    /* what the client's kernel sent */
    offer_t shown;     /* what the server's kernel saw */
    int server_wscale; /* the SYN+ACK's, KEEP: none */
} flow_t;

/* A TCP segment within a frame; all pointers lie inside it. */
typedef struct segment {
    uint8_t *frame, *ip, *tcp;
    size_t frame_len, options_len;
    bool ipv6;
} segment_t;

static unsigned get16(const uint8_t *p)
{
    return (unsigned)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* ---- reading a mask ------------------------------------------------------------------------ */

static bool read_number(const char *text, int base, long max, long *value)
{
    char *end;

    errno = 0;
    *value = strtol(text, &end, base);
    return end != text && *end == '\0' && errno == 0 && *value >= 0 && *value <= max;
}

static bool add_bytes(mask_t *mask, const uint8_t *bytes, size_t len)
{
    if (len > MAX_OPTIONS - mask->options_len) {
        return false;
    }
    memcpy(mask->options + mask->options_len, bytes, len);
    mask->options_len += len;
    return true;
}

/* "?KIND" or "?KIND:HEX" */
static bool add_unknown_option(mask_t *mask, char *text)
{
    uint8_t bytes[MAX_OPTIONS] = {0};
    size_t len = 2;
    char *hex = strchr(text, ':');
    long kind;

    if (hex) {
        *hex++ = '\0';
    }
    for (; hex && hex[0] && hex[1] && len < sizeof(bytes); hex += 2) {
        const char pair[3] = {hex[0], hex[1], '\0'};
        long value;

        if (!read_number(pair, 16, 255, &value)) {
            return false;
        }
        bytes[len++] = (uint8_t)value;
    }
    if (!read_number(text, 10, 255, &kind) || (hex && *hex)) {
        return false;
    }
    bytes[0] = (uint8_t)kind;
    bytes[1] = (uint8_t)len;
    return add_bytes(mask, bytes, len);
}

/* M, W or T: an option whose value is given, or the client's own. */
static bool add_valued_option(mask_t *mask, const char *text)
{
    const int at = (int)mask->options_len + 2;
    const bool own = strcmp(text + 1, "*") == 0;
    uint8_t bytes[10] = {0};
    long value = 0;

    if (text[0] == 'T') {
        if (text[1] && strcmp(text, "T0") != 0) {
            return false;
        }
        mask->own_tstamp_at = text[1] ? KEEP : at;
        bytes[0] = OPT_TSTAMP;
        bytes[1] = 10;
        return add_bytes(mask, bytes, 10);
    }
    if (!own && !read_number(text + 1, 10, text[0] == 'M' ? 65535 : 255, &value)) {
        return false;
    }
    if (text[0] == 'M') {
        mask->own_mss_at = own ? at : KEEP;
        bytes[0] = OPT_MSS;
        bytes[1] = 4;
        put16(bytes + 2, (unsigned)value);
        return add_bytes(mask, bytes, 4);
    }
    mask->own_wscale_at = own ? at : KEEP;
    bytes[0] = OPT_WSCALE;
    bytes[1] = 3;
    bytes[2] = (uint8_t)value;
    return add_bytes(mask, bytes, 3);
}

static bool read_options(mask_t *mask, char *list)
{
    static const uint8_t nop = OPT_NOP, eol = OPT_EOL, sackok[2] = {OPT_SACKOK, 2};
    char *rest = NULL;
    bool good = true;

    mask->has_options = true;
    mask->options_len = 0;
    if (strcmp(list, ".") == 0) {
        return true;
    }
    for (char *o = strtok_r(list, ",", &rest); o && good; o = strtok_r(NULL, ",", &rest)) {
        switch (o[0]) {
        case 'M':
        case 'W':
        case 'T': good = add_valued_option(mask, o); break;
        case 'N': good = !o[1] && add_bytes(mask, &nop, 1); break;
        case 'E': good = !o[1] && add_bytes(mask, &eol, 1); break;
        case 'S': good = !o[1] && add_bytes(mask, sackok, 2); break;
        case '?': good = add_unknown_option(mask, o + 1); break;
        default: good = false;
        }
    }
    while (good && mask->options_len % 4) {
        good = add_bytes(mask, &eol, 1);
    }
    return good;
}

static bool read_tag(mask_t *mask, char *text)
{
    char *tci = strchr(text, ':');
    long type, value;

    if (!tci || mask->tags == MAX_TAGS) {
        return false;
    }
    *tci++ = '\0';
    if (!read_number(text, 16, 0xffff, &type) || !read_number(tci, 16, 0xffff, &value)) {
        return false;
    }
    put16(mask->tag + 4 * mask->tags, (unsigned)type);
    put16(mask->tag + 4 * mask->tags + 2, (unsigned)value);
    mask->tags++;
    return true;
}

static bool read_field(mask_t *mask, char *field)
{
    const struct { const char *name; long max; long *value; } numbers[] = {
        {"ttl", 255, &mask->ttl}, {"win", 65535, &mask->win}, {"df", 1, &mask->df},
        {"id", 65535, &mask->id}, {"tos", 255, &mask->tos}, {"ecn", 1, &mask->ecn},
        {"flow", 0xfffff, &mask->flow},
    };
    char *value = strchr(field, '=');

    if (!value) {
        return false;
    }
    *value++ = '\0';
    if (strcmp(field, "opt") == 0) {
        return read_options(mask, value);
    }
    if (strcmp(field, "tag") == 0) {
        return read_tag(mask, value);
    }
    if (strcmp(field, "id") == 0 && strcmp(value, "+") == 0) {
        mask->any_id = true;
        return true;
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(field, numbers[i].name) == 0) {
            return read_number(value, 0, numbers[i].max, numbers[i].value);
        }
    }
    return false;
}

/* Replaces *mask by what the line describes; on an error it stays and *wrong is the field. */
static bool read_mask(mask_t *mask, char *line, const char **wrong)
{
    mask_t fresh = {
        .ttl = KEEP, .win = KEEP, .df = KEEP, .id = KEEP, .tos = KEEP, .ecn = KEEP, .flow = KEEP,
        .own_mss_at = KEEP, .own_wscale_at = KEEP, .own_tstamp_at = KEEP,
    };
    char *rest = NULL;

    for (char *f = strtok_r(line, " \t", &rest); f; f = strtok_r(NULL, " \t", &rest)) {
        if (!read_field(&fresh, f)) {
            *wrong = f;
            return false;
        }
    }
    *mask = fresh;
    return true;
}

/* ---- segments ------------------------------------------------------------------------------ */

/* True for a whole, unfragmented IPv4 or IPv6 TCP segment. */
static bool find_segment(uint8_t *frame, size_t len, segment_t *seg)
{
    uint8_t *ip = frame + ETHER_LEN;
    size_t ip_len, tcp_len;

    if (len < ETHER_LEN + 20 + TCP_LEN) {
        return false;
    }
    if (get16(frame + 12) == 0x0800 && ip[0] >> 4 == 4) {
        ip_len = (size_t)(ip[0] & 15) * 4;
        if (ip[9] != 6 || (get16(ip + 6) & 0x3fff) || get16(ip + 2) > len - ETHER_LEN) {
            return false;
        }
        len = ETHER_LEN + get16(ip + 2);
    } else if (get16(frame + 12) == 0x86dd && ip[0] >> 4 == 6 && len >= ETHER_LEN + 40) {
        ip_len = 40;
        if (ip[6] != 6 || get16(ip + 4) > len - ETHER_LEN - ip_len) {
            return false;
        }
        len = ETHER_LEN + ip_len + get16(ip + 4);
    } else {
        return false;
    }
    if (ip_len < 20 || len < ETHER_LEN + ip_len + TCP_LEN) {
        return false;
    }
    tcp_len = (size_t)(ip[ip_len + 12] >> 4) * 4;
    if (tcp_len < TCP_LEN || len < ETHER_LEN + ip_len + tcp_len) {
        return false;
    }
    *seg = (segment_t){.frame = frame, .frame_len = len, .ip = ip, .tcp = ip + ip_len,
                       .options_len = tcp_len - TCP_LEN, .ipv6 = ip_len == 40 && ip[0] >> 4 == 6};
    return true;
}

static uint32_t sum16(uint32_t sum, const uint8_t *p, size_t len)
{
    for (; len > 1; p += 2, len -= 2) {
        sum += get16(p);
    }
    return len ? sum + ((uint32_t)*p << 8) : sum;
}

static unsigned fold(uint32_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return ~sum & 0xffff;
}

static void fix_checksums(segment_t *seg)
{
    const size_t tcp_len = seg->frame_len - (size_t)(seg->tcp - seg->frame);
    const size_t ip_len = (size_t)(seg->tcp - seg->ip);
    uint32_t sum = 6 + (uint32_t)tcp_len;

    if (!seg->ipv6) {
        put16(seg->ip + 10, 0);
        put16(seg->ip + 10, fold(sum16(0, seg->ip, ip_len)));
    }
    sum = seg->ipv6 ? sum16(sum, seg->ip + 8, 32) : sum16(sum, seg->ip + 12, 8);
    put16(seg->tcp + 16, 0);
    put16(seg->tcp + 16, fold(sum16(sum, seg->tcp, tcp_len)));
}

/* Reads the options; with `strip`, turns those that `strip` didn't offer into NOPs. */
static offer_t read_offer(segment_t *seg, const offer_t *strip)
{
    offer_t offer = {.mss = KEEP, .wscale = KEEP};
    uint8_t *p = seg->tcp + TCP_LEN, *end = p + seg->options_len;
    const unsigned ecn = TCP_ECE | TCP_CWR;

    while (p < end && *p != OPT_EOL) {
        const size_t len = *p == OPT_NOP ? 1 : p + 1 < end ? p[1] : 0;
        bool unwanted = false;

        if (len == 0 || len > (size_t)(end - p) || (*p != OPT_NOP && len < 2)) {
            break;
        }
        if (*p == OPT_MSS && len == 4) {
            offer.mss = (int)get16(p + 2);
        } else if (*p == OPT_WSCALE && len == 3) {
            offer.wscale = p[2] > 14 ? 14 : p[2];
            unwanted = strip && strip->wscale == KEEP;
        } else if (*p == OPT_SACKOK && len == 2) {
            offer.sackok = true;
            unwanted = strip && !strip->sackok;
        } else if (*p == OPT_TSTAMP && len == 10) {
            offer.tstamp = true;
            memcpy(offer.tstamp_value, p + 2, 8);
            unwanted = strip && !strip->tstamp;
        }
        if (unwanted) {
            memset(p, OPT_NOP, len);
        }
        p += len;
    }
    offer.ecn = (seg->tcp[13] & ecn) == ecn;
    return offer;
}

/* ---- flows --------------------------------------------------------------------------------- */

/* The key as the client's side sees it: its address and port first. */
static void make_key(const segment_t *seg, bool from_client, uint8_t key[37])
{
    const size_t alen = seg->ipv6 ? 16 : 4;
    const uint8_t *from = seg->ip + (seg->ipv6 ? 8 : 12), *to = from + alen;

    memset(key, 0, 37);
    key[0] = seg->ipv6 ? 6 : 4;
    memcpy(key + 1, from_client ? from : to, alen);
    memcpy(key + 17, from_client ? to : from, alen);
    memcpy(key + 33, seg->tcp + (from_client ? 0 : 2), 2);
    memcpy(key + 35, seg->tcp + (from_client ? 2 : 0), 2);
}

/* Finds the flow; with `make`, a new one in place of the oldest of eight slots. */
static flow_t *find_flow(flow_t *flows, const segment_t *seg, bool from_client, bool make)
{
    static unsigned long clock;
    uint32_t hash = 2166136261u;
    uint8_t key[37];
    flow_t *oldest = NULL;

    make_key(seg, from_client, key);
    for (size_t i = 0; i < sizeof(key); i++) {
        hash = (hash ^ key[i]) * 16777619u;
    }
    for (uint32_t i = 0; i < 8; i++) {
        flow_t *flow = &flows[(hash + i) % FLOWS];

        if (flow->used && memcmp(flow->key, key, sizeof(key)) == 0) {
            return flow;
        }
        if (!oldest || flow->born < oldest->born) {
            oldest = flow;
        }
    }
    if (!make) {
        return NULL;
    }
    *oldest = (flow_t){.used = true, .born = ++clock, .server_wscale = KEEP};
    memcpy(oldest->key, key, sizeof(key));
    return oldest;
}

/* ---- the mask's work ----------------------------------------------------------------------- */

static void mask_ip(const mask_t *mask, segment_t *seg)
{
    uint8_t *ip = seg->ip;

    if (seg->ipv6) {
        if (mask->ttl != KEEP) {
            ip[7] = (uint8_t)mask->ttl;
        }
        if (mask->tos != KEEP) {
            ip[0] = (uint8_t)(0x60 | mask->tos >> 4);
            ip[1] = (uint8_t)((mask->tos & 15) << 4 | (ip[1] & 15));
        }
        if (mask->flow != KEEP) {
            ip[1] = (uint8_t)((ip[1] & 0xf0) | (uint8_t)(mask->flow >> 16));
            put16(ip + 2, (unsigned)mask->flow & 0xffff);
        }
        return;
    }
    if (mask->ttl != KEEP) {
        ip[8] = (uint8_t)mask->ttl;
    }
    if (mask->tos != KEEP) {
        ip[1] = (uint8_t)mask->tos;
    }
    if (mask->df != KEEP) {
        ip[6] = (uint8_t)((ip[6] & ~0x40) | (mask->df ? 0x40 : 0));
    }
    if (mask->id != KEEP) {
        put16(ip + 4, (unsigned)mask->id);
    } else if (mask->any_id && get16(ip + 4) == 0) {
        put16(ip + 4, 0x4242);
    }
}

/* Puts the mask's options in place of the client's; moves what follows and mends the lengths. */
static void mask_options(const mask_t *mask, const offer_t *client, segment_t *seg)
{
    uint8_t *options = seg->tcp + TCP_LEN;
    const uint8_t *payload = options + seg->options_len;
    const size_t payload_len = seg->frame_len - (size_t)(payload - seg->frame);

    memmove(options + mask->options_len, payload, payload_len);
    memcpy(options, mask->options, mask->options_len);
    if (mask->own_mss_at != KEEP) {
        put16(options + mask->own_mss_at, client->mss == KEEP ? 536 : (unsigned)client->mss);
    }
    if (mask->own_wscale_at != KEEP) {
        options[mask->own_wscale_at] = (uint8_t)(client->wscale == KEEP ? 0 : client->wscale);
    }
    if (mask->own_tstamp_at != KEEP) {
        memcpy(options + mask->own_tstamp_at, client->tstamp_value, 8);
    }
    seg->frame_len = (size_t)(options - seg->frame) + mask->options_len + payload_len;
    seg->options_len = mask->options_len;
    seg->tcp[12] = (uint8_t)((TCP_LEN + mask->options_len) / 4 << 4 | (seg->tcp[12] & 15));
    if (seg->ipv6) {
        put16(seg->ip + 4, (unsigned)(seg->frame_len - ETHER_LEN - 40));
    } else {
        put16(seg->ip + 2, (unsigned)(seg->frame_len - ETHER_LEN));
    }
}

static void mask_syn(const mask_t *mask, flow_t *flow, segment_t *seg)
{
    flow->client = read_offer(seg, NULL);
    flow->server_wscale = KEEP;
    mask_ip(mask, seg);
    if (mask->win != KEEP) {
        put16(seg->tcp + 14, (unsigned)mask->win);
    }
    if (mask->ecn != KEEP) {
        seg->tcp[13] = (uint8_t)(seg->tcp[13] & ~(TCP_ECE | TCP_CWR));
        seg->tcp[13] = (uint8_t)(seg->tcp[13] | (mask->ecn ? TCP_ECE | TCP_CWR : 0));
    }
    if (mask->has_options) {
        mask_options(mask, &flow->client, seg);
    }
    flow->shown = read_offer(seg, NULL);
    fix_checksums(seg);
}

static void mend_synack(flow_t *flow, segment_t *seg)
{
    const offer_t server = read_offer(seg, &flow->client);

    flow->server_wscale = flow->shown.wscale == KEEP ? KEEP : server.wscale;
    if (!flow->client.ecn) {
        seg->tcp[13] = (uint8_t)(seg->tcp[13] & ~TCP_ECE);
    }
    fix_checksums(seg);
}

/* Shift of the windows that the client's kernel writes, or reads. */
static unsigned client_shift(const flow_t *flow, int shift)
{
    return flow->server_wscale == KEEP || flow->client.wscale == KEEP ? 0 : (unsigned)shift;
}

static void rescale_window(const flow_t *flow, bool from_client, segment_t *seg)
{
    const bool scaled = flow->server_wscale != KEEP;
    unsigned from, to;
    uint64_t window = get16(seg->tcp + 14);

    if (from_client) {
        from = client_shift(flow, flow->client.wscale);
        to = scaled ? (unsigned)flow->shown.wscale : 0;
    } else {
        from = scaled ? (unsigned)flow->server_wscale : 0;
        to = client_shift(flow, flow->server_wscale);
    }
    if (from == to) {
        return;
    }
    window = window << from >> to;
    put16(seg->tcp + 14, window > 65535 ? 65535 : (unsigned)window);
    fix_checksums(seg);
}

/* Rewrites the frame where needed, gives its new length. */
static size_t mask_frame(const mask_t *mask, flow_t *flows, bool from_client, uint8_t *frame,
                         size_t len)
{
    segment_t seg;
    flow_t *flow;
    bool syn, ack;

    if (!find_segment(frame, len, &seg)) {
        return len;
    }
    syn = seg.tcp[13] & TCP_SYN;
    ack = seg.tcp[13] & TCP_ACK;
    flow = find_flow(flows, &seg, from_client, from_client && syn && !ack);
    if (!flow) {
        return len;
    }
    if (from_client && syn && !ack) {
        mask_syn(mask, flow, &seg);
        return seg.frame_len;
    }
    if (!from_client && syn && ack) {
        mend_synack(flow, &seg);
    } else if (!syn) {
        rescale_window(flow, from_client, &seg);
    }
    return len;
}

/* ---- the wire ------------------------------------------------------------------------------ */

static int fail(const char *what, const char *name)
{
    fprintf(stderr, "synmask: %s %s: %s\n", what, name, strerror(errno));
    return -1;
}

/* Opens a TAP device in a named network namespace and leaves the process in that namespace. */
static int open_tap(const char *netns, const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    char path[256];
    int fd;

    if (strcmp(netns, "-") != 0) {
        snprintf(path, sizeof(path), "/run/netns/%s", netns);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) {
            return fail("cannot enter namespace", netns);
        }
        close(fd);
    }
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return fail("cannot open", "/dev/net/tun");
    }
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    if (ioctl(fd, TUNSETIFF, &request) != 0) {
        close(fd);
        return fail("cannot attach to", name);
    }
    return fd;
}

/* Carries what waits at one end over to the other; a full queue loses frames, as a wire does. */
static void carry(const mask_t *mask, flow_t *flows, bool from_client, const int ends[2])
{
    static uint8_t space[FRAME_SPACE];
    uint8_t *frame = space + sizeof(mask->tag);
    const int in = ends[from_client ? 0 : 1], out = ends[from_client ? 1 : 0];

    for (int i = 0; i < 64; i++) {
        const ssize_t got = read(in, frame, FRAME_SPACE - 200);
        uint8_t *start = frame;
        size_t len;

        if (got < ETHER_LEN) {
            return;
        }
        len = mask_frame(mask, flows, from_client, frame, (size_t)got);
        if (from_client && mask->tags) {
            start -= 4 * mask->tags;
            memmove(start, frame, 12);
            memcpy(start + 12, mask->tag, 4 * mask->tags);
            len += 4 * mask->tags;
        }
        if (write(out, start, len) < 0 && errno != EAGAIN && errno != EIO && errno != ENOBUFS) {
            fail("cannot write a frame to the", from_client ? "server" : "client");
        }
    }
}

/* Reads a mask from standard input and answers; false at the end of input. */
static bool take_order(mask_t *mask)
{
    char line[1024];
    const char *wrong = NULL;

    if (!fgets(line, sizeof(line), stdin)) {
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    if (read_mask(mask, line, &wrong)) {
        puts("ok");
    } else {
        printf("error: cannot understand the field %s\n", wrong);
    }
    return true;
}

int main(int argc, char **argv)
{
    mask_t mask;
    char none[] = "";
    const char *wrong;
    flow_t *flows = calloc(FLOWS, sizeof(*flows));
    int ends[2];

    if (argc != 5 || !flows || !read_mask(&mask, none, &wrong)) {
        fputs("usage: synmask CLIENT_NETNS CLIENT_TAP SERVER_NETNS SERVER_TAP\n", stderr);
        return 2;
    }
    if ((ends[0] = open_tap(argv[1], argv[2])) < 0 || (ends[1] = open_tap(argv[3], argv[4])) < 0) {
        return 1;
    }
    setvbuf(stdin, NULL, _IONBF, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    for (;;) {
        struct pollfd wait[3] = {{.fd = ends[0], .events = POLLIN},
                                 {.fd = ends[1], .events = POLLIN},
                                 {.fd = STDIN_FILENO, .events = POLLIN}};

        if (poll(wait, 3, -1) < 0 && errno != EINTR) {
            return fail("cannot wait for", "frames") < 0;
        }
        if (wait[0].revents & POLLIN) {
            carry(&mask, flows, true, ends);
        }
        if (wait[1].revents & POLLIN) {
            carry(&mask, flows, false, ends);
        }
        if (wait[2].revents && !take_order(&mask)) {
            return 0;
        }
    }
}
