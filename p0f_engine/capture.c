/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.c - interfaces and capture files through libpcap, which is known
 * here alone.
 *
 * Behaviour of libpcap that this relies on: pcap_setfilter drains what came
 * before the filter; a filter for a cooked capture is rewritten by it for
 * the kernel; a waiting frame is given at once in immediate mode.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* dladdr, RTLD_NODELETE */
#endif
#include "capture.h"
#include "savefile.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <stdio_ext.h>
#endif
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <linux/if_packet.h>
#include <sys/ioctl.h>
#endif

#include <pcap/pcap.h>

_Static_assert(sizeof(struct bpf_insn) == sizeof(p0f_synfilter_ins_t),
               "instructions are handed to libpcap as they are");

/* Free descriptors watched while libpcap opens: it gets the lowest ones, and
 * needs few. */
#define WATCHED_FDS 32

#define FILE_BUFFER (128 * 1024)     /* a jumbo frame and much more */

/* Nothing is open. */
#define CLOSED { .fd = -1, .held = { -1, -1, -1, -1 } }

/* How often a handle that fails on an interface that is there is tried
 * again. */
#define P0F_CAPTURE_TRIES 8

/* Who gets the frames. */
typedef struct {
    p0f_capture_frame_fn *frame;
    void *ctx;
} reader_t;

/* ---- descriptors ------------------------------------------------------ */

/* libpcap sets no close-on-exec, on its socket as little as on the eventfd
 * that it hides: so all descriptors that appear while it opens get it, and
 * are noted. FREE is filled first, take_opened called afterwards. */
static void note_free(int free_fds[WATCHED_FDS])
{
    for (int fd = 0, n = 0; n < WATCHED_FDS; fd++) {
        if (fcntl(fd, F_GETFD) == -1)
            free_fds[n++] = fd;
    }
}

static void take_opened(const int free_fds[WATCHED_FDS],
                        p0f_capture_t *capture)
{
    int n = 0;

    for (int i = 0; i < WATCHED_FDS; i++) {
        if (fcntl(free_fds[i], F_GETFD) == -1)
            continue;
        fcntl(free_fds[i], F_SETFD, FD_CLOEXEC);
        if (n < P0F_CAPTURE_HELD)
            capture->held[n++] = free_fds[i];
    }
}

/* ---- filters ---------------------------------------------------------- */

/* Compiles the user's text into PROG. Behind two tags, of which the kernel
 * strips one, it is tried again where the link type can say so. */
static bool compile_text(pcap_t *pcap, const char *text, bool tags,
                         struct bpf_program *prog)
{
    static const char form[] = "(%s) or (vlan and vlan and (%s))";
    char *wide;
    size_t room;
    bool ok = false;

    if (tags && pcap_datalink(pcap) == DLT_EN10MB) {
        room = sizeof(form) + 2 * strlen(text);
        wide = malloc(room);
        if (wide) {
            snprintf(wide, room, form, text, text);
            ok = !pcap_compile(pcap, prog, wide, 1, PCAP_NETMASK_UNKNOWN);
            free(wide);
        }
    }
    return ok || !pcap_compile(pcap, prog, text, 1, PCAP_NETMASK_UNKNOWN);
}

static p0f_status_t set_text_filter(pcap_t *pcap, const char *name,
                                    const char *text, p0f_error_t *err)
{
    struct bpf_program prog;
    bool ok;

    if (!*text)
        return P0F_OK;
    if (!compile_text(pcap, text, false, &prog))
        return p0f_status_fail(err, P0F_EFILTER,
                               "capture filter \"%s\" on %s: %s", text, name,
                               pcap_geterr(pcap));
    ok = !pcap_setfilter(pcap, &prog);
    pcap_freecode(&prog);
    if (!ok)
        return p0f_status_fail(err, P0F_EFILTER,
                               "capture filter \"%s\" on %s: %s", text, name,
                               pcap_geterr(pcap));
    return P0F_OK;
}

/* Puts the program TEXT behind the one in INS: what passes the first runs
 * into the second in place of the first's last return. */
static p0f_status_t append_text(pcap_t *pcap, const char *text,
                                struct bpf_insn *ins, size_t *len,
                                p0f_error_t *err)
{
    struct bpf_program prog;

    if (!compile_text(pcap, text, true, &prog))
        return p0f_status_fail(err, P0F_EFILTER, "capture filter \"%s\": %s",
                               text, pcap_geterr(pcap));
    if (prog.bf_len > P0F_SYNFILTER_ROOM - (*len - 1)) {
        pcap_freecode(&prog);
        return p0f_status_fail(err, P0F_EFILTER,
                               "capture filter \"%s\" is too long", text);
    }
    memcpy(ins + *len - 1, prog.bf_insns, prog.bf_len * sizeof(*ins));
    *len += prog.bf_len - 1;
    pcap_freecode(&prog);
    return P0F_OK;
}

static p0f_status_t set_target_filter(pcap_t *pcap,
                                      const p0f_capture_config_t *config,
                                      p0f_error_t *err)
{
    struct bpf_insn *ins = calloc(P0F_SYNFILTER_ROOM, sizeof(*ins));
    struct bpf_program prog = { .bf_insns = ins };
    p0f_status_t status;
    size_t len;

    if (!ins)
        return p0f_status_fail(err, P0F_ENOMEM, "no memory for a filter");
    status = p0f_synfilter_build((p0f_synfilter_ins_t *)ins, &len,
                                 pcap_datalink(pcap),
                                 (uint32_t)config->snaplen, config->targets,
                                 config->target_count, err);
    if (status == P0F_OK && *config->filter)
        status = append_text(pcap, config->filter, ins, &len, err);
    prog.bf_len = (u_int)len;
    if (status == P0F_OK && pcap_setfilter(pcap, &prog))
        status = p0f_status_fail(err, P0F_EFILTER, "interface \"%s\": %s",
                                 config->device, pcap_geterr(pcap));
    free(ins);
    return status;
}

/* libpcap leaves out what this machine sends when it reads; here the kernel
 * doesn't even offer it, so that answers cost nothing (Linux 4.20, packet(7)).
 * Where it can't, nothing changes. */
static void ignore_outgoing(int fd)
{
#ifdef PACKET_IGNORE_OUTGOING
    const int on = 1;

    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
#else
    (void)fd;
#endif
}

/* After this nobody who gets hold of the socket can see more through it. */
static void lock_filter(int fd)
{
#ifdef SO_LOCK_FILTER
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on));
#else
    (void)fd;
#endif
}

/* ---- interfaces that come and go -------------------------------------- */

#ifdef __linux__

#define EVERY_FRAME 0x0003       /* ETH_P_ALL */
#define NO_FRAME    0xffff       /* reserved, on no wire */

/* Asks about the interface of that name through the handle's own socket. */
static bool ask(const p0f_capture_t *c, unsigned long what,
                struct ifreq *answer)
{
    memset(answer, 0, sizeof(*answer));
    memcpy(answer->ifr_name, c->device, sizeof(c->device));
    return !ioctl(c->fd, what, answer);
}

/* The index of the interface if it has the link type of the handle, else 0.
 * Loopback has Ethernet's. */
static int find_device(const p0f_capture_t *c)
{
    struct ifreq kind, index;

    if (!ask(c, SIOCGIFINDEX, &index) || !ask(c, SIOCGIFHWADDR, &kind))
        return 0;
    if (c->dlt == DLT_EN10MB && kind.ifr_hwaddr.sa_family != ARPHRD_ETHER
        && kind.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK)
        return 0;
    return index.ifr_ifindex;
}

static bool bind_to(const p0f_capture_t *c, int ifindex, uint16_t protocol)
{
    const struct sockaddr_ll to = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(protocol),
        .sll_ifindex = ifindex
    };

    return !bind(c->fd, (const struct sockaddr *)&to, sizeof(to));
}

static void join_promiscuous(const p0f_capture_t *c)
{
    const struct packet_mreq all = { .mr_ifindex = c->ifindex,
                                     .mr_type = PACKET_MR_PROMISC };

    setsockopt(c->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all));
}

/* Only Ethernet is followed: of other links it isn't known here whether
 * libpcap would read them as it reads this one. */
static void note_device(p0f_capture_t *c, const p0f_capture_config_t *config)
{
    c->device[0] = '\0';
    c->promiscuous = config->promiscuous;
    if (c->dlt != DLT_EN10MB || !strcmp(config->device, "any")
        || strlen(config->device) >= sizeof(c->device))
        return;
    strcpy(c->device, config->device);
    c->ifindex = find_device(c);
}

static void unbind(p0f_capture_t *c)
{
    c->ended = bind_to(c, 0, NO_FRAME);
    c->ifindex = 0;
}

void p0f_capture_follow(p0f_capture_t *c)
{
    int index;

    if (!c->pcap || c->fd < 0 || !c->device[0])
        return;
    index = find_device(c);
    if (index == c->ifindex
        && (!index || !c->ended || c->tries >= P0F_CAPTURE_TRIES))
        return;
    if (!index) {
        unbind(c);
        c->ended = true;
        return;
    }
    c->tries = index == c->ifindex ? (unsigned char)(c->tries + 1) : 0;
    if (!bind_to(c, index, EVERY_FRAME))
        return;
    c->ifindex = index;
    c->ended = c->failed = false;
    if (c->promiscuous)
        join_promiscuous(c);
}

#else

static void note_device(p0f_capture_t *c, const p0f_capture_config_t *config)
{
    (void)config;
    c->device[0] = '\0';
}

static void unbind(p0f_capture_t *c)
{
    (void)c;
}

void p0f_capture_follow(p0f_capture_t *c)
{
    (void)c;
}

#endif

/* ---- interfaces ------------------------------------------------------- */

/* The sentence for RESULT of pcap_activate. */
static p0f_status_t activation_failed(pcap_t *pcap, const char *device,
                                      int result, p0f_error_t *err)
{
    const char *detail = pcap_geterr(pcap);

    switch (result) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return p0f_status_fail(err, P0F_ENODEV,
                               "interface \"%s\" doesn't exist", device);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return p0f_status_fail(err, P0F_EPERM,
                               "no permission to capture on interface "
                               "\"%s\": that takes root or CAP_NET_RAW",
                               device);
    case PCAP_ERROR_IFACE_NOT_UP:
        return p0f_status_fail(err, P0F_EDOWN,
                               "interface \"%s\" is down", device);
    default:
        return p0f_status_fail(err, P0F_ECAPTURE, "interface \"%s\": %s",
                               device, detail && *detail
                                   ? detail : pcap_statustostr(result));
    }
}

static p0f_status_t activate(pcap_t *pcap,
                             const p0f_capture_config_t *config,
                             p0f_error_t *err)
{
    int result;

    pcap_set_snaplen(pcap, config->snaplen);
    pcap_set_promisc(pcap, config->promiscuous);
    pcap_set_immediate_mode(pcap, config->timeout_ms == 0);
    pcap_set_timeout(pcap, config->timeout_ms);
    pcap_set_buffer_size(pcap, config->buffer);
    result = pcap_activate(pcap);
    if (result < 0)
        return activation_failed(pcap, config->device, result, err);
    return P0F_OK;
}

/* Direction, filter, mode of an activated handle. */
static p0f_status_t reduce(pcap_t *pcap, const p0f_capture_config_t *config,
                           p0f_error_t *err)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    char name[64];
    p0f_status_t status;

    snprintf(name, sizeof(name), "interface \"%s\"", config->device);
    if (config->target_count)
        status = set_target_filter(pcap, config, err);
    else
        status = set_text_filter(pcap, name, config->filter, err);
    if (status != P0F_OK)
        return status;
    if (config->incoming_only && pcap_setdirection(pcap, PCAP_D_IN))
        return p0f_status_fail(err, P0F_ECAPTURE, "%s: %s", name,
                               pcap_geterr(pcap));
    if (pcap_setnonblock(pcap, 1, message))
        return p0f_status_fail(err, P0F_ECAPTURE, "%s: %s", name, message);
    return P0F_OK;
}

p0f_status_t p0f_capture_open_live(p0f_capture_t *out,
                                   const p0f_capture_config_t *config,
                                   p0f_error_t *err)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    int free_fds[WATCHED_FDS];
    p0f_status_t status;
    pcap_t *pcap;

    *out = (p0f_capture_t)CLOSED;
    note_free(free_fds);
    pcap = pcap_create(config->device, message);
    if (!pcap)
        return p0f_status_fail(err, P0F_ECAPTURE, "interface \"%s\": %s",
                               config->device, message);
    status = activate(pcap, config, err);
    if (status == P0F_OK)
        status = reduce(pcap, config, err);
    if (status != P0F_OK) {
        pcap_close(pcap);
        return status;
    }
    out->pcap = pcap;
    out->dlt = pcap_datalink(pcap);
    out->fd = pcap_get_selectable_fd(pcap);
    lock_filter(out->fd);
    if (config->incoming_only)
        ignore_outgoing(out->fd);
    take_opened(free_fds, out);
    note_device(out, config);
    return P0F_OK;
}

p0f_status_t p0f_capture_open_away(p0f_capture_t *out,
                                   const p0f_capture_config_t *config,
                                   p0f_error_t *err)
{
    p0f_capture_config_t stand_in = *config;
    p0f_status_t status;

    stand_in.device = "lo";      /* an Ethernet link to libpcap */
    status = p0f_capture_open_live(out, &stand_in, err);
    if (status != P0F_OK)
        return status;
    note_device(out, config);
    unbind(out);
    if (!out->device[0] || !out->ended) {
        p0f_capture_close(out);
        return p0f_status_fail(err, P0F_ENODEV, "interface \"%s\" can't be "
                               "waited for", config->device);
    }
    return P0F_OK;
}

p0f_status_t p0f_capture_list(p0f_capture_list_fn *fn, void *ctx,
                              p0f_error_t *err)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *all;

    if (pcap_findalldevs(&all, message))
        return p0f_status_fail(err, P0F_ECAPTURE, "%s", message);
    for (const pcap_if_t *one = all; one; one = one->next)
        fn(ctx, one->name, one->description ? one->description : "");
    pcap_freealldevs(all);
    return P0F_OK;
}

/* ---- files ------------------------------------------------------------ */

/* A block of a file, of which the frames are taken without libpcap. */
typedef struct {
    FILE *file;                      /* libpcap's */
    uint32_t snaplen;
    size_t at, len;                  /* what is left: at to len */
    uint8_t bytes[FILE_BUFFER];
} ahead_t;

/* True if FILE, of which libpcap has read the header, is of the common form
 * and can be gone back in: what a pipe gives, only libpcap may take. */
static bool can_read_ahead(FILE *file)
{
    uint8_t bytes[P0F_SAVEFILE_HEADER];
    p0f_bytes_t header = { bytes, 0 };
    struct stat st;

    if (fstat(fileno(file), &st) || !S_ISREG(st.st_mode)
        || ftello(file) != P0F_SAVEFILE_HEADER || fseeko(file, 0, SEEK_SET))
        return false;
    header.len = fread(bytes, 1, sizeof(bytes), file);
    return p0f_savefile_common(header);
}

/* Links that libpcap gives just as they are in the file. */
static bool given_as_they_are(int dlt)
{
    return dlt == DLT_EN10MB || dlt == DLT_RAW || dlt == DLT_LINUX_SLL;
}

static void open_ahead(p0f_capture_t *c)
{
    FILE *file = pcap_file(c->pcap);
    ahead_t *a;

    if (!given_as_they_are(c->dlt) || !can_read_ahead(file))
        return;
    a = malloc(sizeof(*a));
    if (!a)
        return;
    a->file = file;
    a->snaplen = (uint32_t)pcap_snapshot(c->pcap);
    a->at = a->len = 0;
    c->ahead = a;
}

/* Leaves the file to libpcap from the first byte on that wasn't taken. */
static void end_ahead(p0f_capture_t *c)
{
    ahead_t *a = c->ahead;

    if (a)
        fseeko(a->file, -(off_t)(a->len - a->at), SEEK_CUR);
    free(a);
    c->ahead = NULL;
}

/* The next bytes of the file behind those that are left. False if there are
 * none or no room. */
static bool fill(ahead_t *a)
{
    size_t got;

    memmove(a->bytes, a->bytes + a->at, a->len - a->at);
    a->len -= a->at;
    a->at = 0;
    got = fread(a->bytes + a->len, 1, sizeof(a->bytes) - a->len, a->file);
    a->len += got;
    return got > 0;
}

/* Gives up to MAX frames of the block and those after it to R; how many.
 * Fewer: the next one is for libpcap, if there is one. */
static int read_ahead(ahead_t *a, int max, const reader_t *r)
{
    p0f_savefile_frame_t frame;
    int n = 0;

    while (n < max) {
        p0f_bytes_t left = { a->bytes + a->at, a->len - a->at };
        size_t taken = p0f_savefile_read(left, a->snaplen, &frame);

        if (!taken && !fill(a))
            return n;
        if (!taken)
            continue;
        a->at += taken;
        n++;
        if (frame.frame.len <= frame.wire_len)
            r->frame(r->ctx, frame.frame, frame.wire_len, frame.wall_us);
    }
    return n;
}

p0f_status_t p0f_capture_filter_file(p0f_capture_t *capture,
                                     const char *path, const char *filter,
                                     p0f_error_t *err)
{
    p0f_status_t status = set_text_filter(capture->pcap, path, filter, err);

    if (status == P0F_OK && *filter)
        end_ahead(capture);
    return status;
}

static p0f_status_t fail_file(p0f_error_t *err, const char *path,
                              const char *why)
{
    return p0f_status_fail(err, P0F_EFILE, "capture file %s: %s", path, why);
}

/* FD is open or says in errno why not; it becomes the capture's. */
static p0f_status_t open_fd(p0f_capture_t *out, int fd, const char *path,
                            const char *filter, p0f_error_t *err)
{
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    char message[PCAP_ERRBUF_SIZE] = "";
    p0f_status_t status;

    *out = (p0f_capture_t)CLOSED;
    if (!file) {
        status = fail_file(err, path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return status;
    }
    out->pcap = pcap_fopen_offline(file, message);
    if (!out->pcap) {
        fclose(file);
        return fail_file(err, path, message);
    }
    out->held[0] = fd;
    /* libpcap reads a header and a frame at a time. */
    (void)setvbuf(file, NULL, _IOFBF, FILE_BUFFER);
#ifdef __GLIBC__
    __fsetlocking(file, FSETLOCKING_BYCALLER);
#endif
    out->dlt = pcap_datalink(out->pcap);
    open_ahead(out);
    status = p0f_capture_filter_file(out, path, filter, err);
    if (status != P0F_OK)
        p0f_capture_close(out);
    return status;
}

p0f_status_t p0f_capture_open_file(p0f_capture_t *out, const char *path,
                                   const char *filter, p0f_error_t *err)
{
    return open_fd(out, open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), path,
                   filter, err);
}

p0f_status_t p0f_capture_open_regular(p0f_capture_t *out, const char *path,
                                      const char *filter, p0f_error_t *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;

    if (fd < 0 || (!fstat(fd, &st) && S_ISREG(st.st_mode)))
        return open_fd(out, fd, path, filter, err);
    close(fd);
    *out = (p0f_capture_t)CLOSED;
    return fail_file(err, path, "not a regular file");
}

/* ---- reading ---------------------------------------------------------- */

/* A number of 32 bits as the file has it: libpcap gives it a sign. */
static int64_t unsign(int64_t n)
{
    return n < 0 && n >= INT32_MIN ? n + UINT32_MAX + 1 : n;
}

/* Microseconds since 1970; those of the older format end in 2106. A pcapng
 * file may put its frames at any time of 64 bits: one that is out of all
 * bounds is as good as none. */
static int64_t time_of(const struct pcap_pkthdr *header)
{
    const int64_t s = unsign(header->ts.tv_sec);
    const int64_t us = unsign(header->ts.tv_usec);

    return s < 0 || s > INT64_MAX / 2000000 || us < 0 || us > UINT32_MAX
           ? 0 : s * 1000000 + us;
}

static void take(u_char *user, const struct pcap_pkthdr *header,
                 const u_char *bytes)
{
    const reader_t *r = (const reader_t *)(const void *)user;
    p0f_bytes_t frame = { .data = bytes, .len = header->caplen };

    if (header->caplen > header->len)
        return;
    r->frame(r->ctx, frame, header->len, time_of(header));
}

p0f_status_t p0f_capture_read(p0f_capture_t *capture, int max,
                              p0f_capture_frame_fn *frame, void *ctx,
                              int *count, p0f_error_t *err)
{
    reader_t r = { .frame = frame, .ctx = ctx };
    int n;

    *count = 0;
    if (capture->ended || !capture->pcap)
        return P0F_EEND;
    if (capture->ahead) {
        *count = read_ahead(capture->ahead, max, &r);
        if (*count < max)
            end_ahead(capture);
        if (*count)
            return P0F_OK;
    }
    n = pcap_dispatch(capture->pcap, max, take, (u_char *)&r);
    if (n > 0) {
        *count = n;
        capture->tries = 0;
    }
    if (n > 0 || (n == 0 && capture->fd >= 0))
        return P0F_OK;
    capture->ended = true;
    if (n == 0)
        return P0F_EEND;
    capture->failed = true;
    return p0f_status_fail(err, P0F_ECAPTURE, "%s",
                           pcap_geterr(capture->pcap));
}

uint64_t p0f_capture_position(const p0f_capture_t *capture)
{
    FILE *file = capture->pcap && capture->fd < 0 ? pcap_file(capture->pcap)
                                                  : NULL;
    off_t at = file ? ftello(file) : -1;

    return at < 0 ? 0 : (uint64_t)at;
}

const char *p0f_capture_link_name(const p0f_capture_t *capture)
{
    const char *name = pcap_datalink_val_to_name(capture->dlt);

    return name ? name : "unknown";
}

uint32_t p0f_capture_drops(p0f_capture_t *capture)
{
    struct pcap_stat stat;
    uint32_t since;

    if (!capture->pcap || capture->fd < 0 || capture->ended
        || pcap_stats(capture->pcap, &stat))
        return 0;
    since = stat.ps_drop - capture->drops;
    capture->drops = stat.ps_drop;
    return since;
}

/* ---- end -------------------------------------------------------------- */

void p0f_capture_close(p0f_capture_t *capture)
{
    free(capture->ahead);
    if (capture->pcap)
        pcap_close(capture->pcap);
    *capture = (p0f_capture_t)CLOSED;
}

/* The types of functions with an argument of another pointer type differ,
 * their calls don't on any system with libpcap. */
typedef union {
    void (*exported)(pcap_t *);
    void (*closer)(void *);
    void *address;
} function_t;

_Static_assert(sizeof(function_t) == sizeof(void *),
               "functions have addresses like data");

p0f_status_t p0f_capture_pin(p0f_error_t *err)
{
    const function_t f = { .exported = pcap_close };
    Dl_info info;

    if (!dladdr(f.address, &info) || !info.dli_fname
        || !dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE))
        return p0f_status_fail(err, P0F_ESYSTEM,
                               "libpcap can't be kept loaded");
    return P0F_OK;
}

void (*p0f_capture_closer(void))(void *)
{
    const function_t f = { .exported = pcap_close };

    return f.closer;
}
