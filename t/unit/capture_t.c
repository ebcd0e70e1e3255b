/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources of frames: capture files whole, cut and damaged, and interfaces,
 * with what a system says that refuses them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#ifdef __linux__
#include <linux/if_packet.h>
#endif
#include <sys/socket.h>
#include <time.h>

#include "p0f_engine/capture.h"
#include "p0f_engine/link.h"
#include "child.h"
#include "frame_sum.h"
#include "packets.h"

/* ---- files ------------------------------------------------------------ */

typedef struct {
    uint8_t bytes[8192];
    size_t len;
} text_t;

static void add(text_t *t, const void *bytes, size_t n)
{
    assert_in_range(t->len + n, 0, sizeof(t->bytes));
    memcpy(t->bytes + t->len, bytes, n);
    t->len += n;
}

static void add32(text_t *t, uint32_t n)
{
    add(t, &n, sizeof(n));
}

static void add16(text_t *t, uint16_t n)
{
    add(t, &n, sizeof(n));
}

/* The header of a pcap file of raw IP; MAGIC tells the unit of its times. */
static void pcap_header(text_t *t, uint32_t magic)
{
    t->len = 0;
    add32(t, magic);
    add16(t, 2);
    add16(t, 4);
    add32(t, 0);
    add32(t, 0);
    add32(t, 65535);
    add32(t, 101);
}

static void pcap_frame(text_t *t, uint32_t sec, uint32_t part,
                       uint32_t caplen, uint32_t len)
{
    uint8_t packet[PACKET_MAX];
    size_t n = packets_build("M1460", packet);

    add32(t, sec);
    add32(t, part);
    add32(t, caplen);
    add32(t, len);
    add(t, packet, caplen < n ? caplen : n);
}

/* A file of T in the current directory's place for such; gives its name. */
static const char *file_of(const text_t *t)
{
    static char name[64];
    int fd;

    snprintf(name, sizeof(name), "/tmp/p0ft-capture-XXXXXX");
    fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, t->bytes, t->len), (ssize_t)t->len);
    close(fd);
    return name;
}

/* What came out of a capture. */
typedef struct {
    int frames;
    uint64_t sum;                /* of all that was said */
    size_t caplen;               /* of the last */
    uint32_t wire_len;
    int64_t wall_us;
    p0f_status_t end;
    p0f_error_t err;
} result_t;

static void take(void *ctx, p0f_bytes_t frame, uint32_t wire_len,
                 int64_t wall_us)
{
    result_t *r = ctx;

    r->sum = frame_sum(r->sum, frame, wire_len, wall_us);
    r->frames++;
    r->caplen = frame.len;
    r->wire_len = wire_len;
    r->wall_us = wall_us;
}

static result_t read_all(p0f_capture_t *capture)
{
    result_t r = { .frames = 0 };
    int n;

    do {
        r.end = p0f_capture_read(capture, 2, take, &r, &n, &r.err);
        assert_in_range(n, 0, 2);
    } while (r.end == P0F_OK);
    assert_int_equal(p0f_capture_read(capture, 2, take, &r, &n, NULL),
                     P0F_EEND);
    p0f_capture_close(capture);
    assert_null(capture->pcap);
    return r;
}

/* Opens T as a file and reads it; the status of the opening is OPENED. */
static result_t read_text(const text_t *t, const char *filter,
                          p0f_status_t *opened)
{
    result_t r = { .frames = 0 };
    p0f_capture_t capture;
    const char *name = file_of(t);

    *opened = p0f_capture_open_file(&capture, name, filter, &r.err);
    unlink(name);
    if (*opened != P0F_OK) {
        assert_null(capture.pcap);
        return r;
    }
    assert_int_equal(capture.fd, -1);
    assert_int_equal(capture.dlt, P0F_DLT_RAW);
    return read_all(&capture);
}

static void a_file_is_read_frame_by_frame(void **state)
{
    p0f_status_t opened;
    text_t t;
    result_t r;

    (void)state;
    pcap_header(&t, 0xa1b2c3d4);
    for (uint32_t i = 0; i < 5; i++)
        pcap_frame(&t, 1000 + i, 7, 44, 60);
    r = read_text(&t, "", &opened);
    assert_int_equal(opened, P0F_OK);
    assert_int_equal(r.end, P0F_EEND);
    assert_int_equal(r.frames, 5);
    assert_int_equal(r.caplen, 44);
    assert_int_equal(r.wire_len, 60);
    assert_true(r.wall_us == 1004000007);
}

static void times_end_in_2106(void **state)
{
    /* the second is for libpcap to read */
    static const uint32_t magics[] = { 0xa1b2c3d4, 0xa1b23c4d };
    static const uint32_t times[] = { 0x7fffffff, 0x80000000, 0xffffffff };
    p0f_status_t opened;
    text_t t;
    result_t r;

    (void)state;
    for (int i = 0; i < 2; i++) {
        for (int n = 0; n < 3; n++) {
            pcap_header(&t, magics[i]);
            pcap_frame(&t, times[n], 5000, 44, 44);
            r = read_text(&t, "", &opened);
            assert_int_equal(r.frames, 1);
            assert_true(r.wall_us == (int64_t)times[n] * 1000000
                                     + (i ? 5 : 5000));
        }
    }
}

static void nanoseconds_are_cut_to_microseconds(void **state)
{
    p0f_status_t opened;
    text_t t;
    result_t r;

    (void)state;
    pcap_header(&t, 0xa1b23c4d);
    pcap_frame(&t, 1000, 123456789, 44, 44);
    r = read_text(&t, "", &opened);
    assert_int_equal(r.frames, 1);
    assert_true(r.wall_us == 1000123456);
}

/* A pcapng file with one packet, times in microseconds; OFFSET, in seconds: of
 * the interface, 0 none. */
static void pcapng_at(text_t *t, uint64_t offset)
{
    uint8_t packet[PACKET_MAX];
    size_t n = packets_build("M1460", packet);
    uint64_t when = 1000000005;
    const uint32_t options = offset ? 16 : 0;

    t->len = 0;
    add32(t, 0x0a0d0d0a);            /* section header */
    add32(t, 28);
    add32(t, 0x1a2b3c4d);
    add16(t, 1);
    add16(t, 0);
    add32(t, 0xffffffff);
    add32(t, 0xffffffff);
    add32(t, 28);
    add32(t, 1);                     /* interface */
    add32(t, 20 + options);
    add16(t, 101);
    add16(t, 0);
    add32(t, 65535);
    if (offset) {
        add16(t, 14);                /* if_tsoffset */
        add16(t, 8);
        add32(t, (uint32_t)offset);
        add32(t, (uint32_t)(offset >> 32));
        add32(t, 0);
    }
    add32(t, 20 + options);
    add32(t, 6);                     /* packet */
    add32(t, (uint32_t)(32 + n));
    add32(t, 0);
    add32(t, (uint32_t)(when >> 32));
    add32(t, (uint32_t)when);
    add32(t, (uint32_t)n);
    add32(t, (uint32_t)n);
    add(t, packet, n);
    add32(t, (uint32_t)(32 + n));
}

static void pcapng(text_t *t)
{
    pcapng_at(t, 0);
}

static void a_time_out_of_all_bounds_is_none(void **state)
{
    p0f_status_t opened;
    text_t t;
    result_t r;

    (void)state;
    pcapng_at(&t, 5);
    r = read_text(&t, "", &opened);
    assert_true(r.wall_us == 1005000005);
    for (int bit = 44; bit < 64; bit++) {
        pcapng_at(&t, (uint64_t)1 << bit);
        r = read_text(&t, "", &opened);
        assert_int_equal(r.frames, 1);
        assert_true(r.wall_us == 0);
    }
}

static void the_newer_format_is_read(void **state)
{
    p0f_status_t opened;
    text_t t;
    result_t r;

    (void)state;
    pcapng(&t);
    r = read_text(&t, "", &opened);
    assert_int_equal(opened, P0F_OK);
    assert_int_equal(r.frames, 1);
    assert_int_equal(r.caplen, 44);
    assert_true(r.wall_us == 1000000005);
}

static void a_filter_chooses_among_a_files_frames(void **state)
{
    p0f_status_t opened;
    text_t t;

    (void)state;
    pcap_header(&t, 0xa1b2c3d4);
    pcap_frame(&t, 1, 0, 44, 44);
    assert_int_equal(read_text(&t, "tcp dst port 80", &opened).frames, 1);
    assert_int_equal(read_text(&t, "tcp dst port 81", &opened).frames, 0);
}

static void a_wrong_filter_is_one_sentence(void **state)
{
    p0f_status_t opened;
    text_t t;
    result_t r;

    (void)state;
    pcap_header(&t, 0xa1b2c3d4);
    r = read_text(&t, "nonsense and", &opened);
    assert_int_equal(opened, P0F_EFILTER);
    assert_int_equal(r.err.status, P0F_EFILTER);
    assert_non_null(strstr(r.err.text, "capture filter \"nonsense and\""));
    assert_null(strchr(r.err.text, '\n'));
}

/* Whatever end of T is missing, the frames before it come, and then either
 * the end or one sentence. */
static void cut_everywhere(const text_t *whole, int frames)
{
    for (size_t len = 0; len < whole->len; len++) {
        text_t t = *whole;
        p0f_status_t opened;
        result_t r;

        t.len = len;
        r = read_text(&t, "", &opened);
        if (opened != P0F_OK) {
            assert_int_equal(opened, P0F_EFILE);
            assert_int_not_equal(r.err.text[0], 0);
            continue;
        }
        assert_true(r.frames < frames);
        assert_true(r.end == P0F_EEND || r.end == P0F_ECAPTURE);
    }
}

static void a_cut_file_gives_what_is_whole(void **state)
{
    text_t t;

    (void)state;
    pcap_header(&t, 0xa1b2c3d4);
    pcap_frame(&t, 1, 0, 44, 44);
    pcap_frame(&t, 2, 0, 44, 44);
    cut_everywhere(&t, 2);
    pcapng(&t);
    cut_everywhere(&t, 1);
}

/* Reads T through a pipe, which libpcap alone does, to compare. */
static result_t read_piped(const text_t *t, p0f_status_t *opened)
{
    result_t r = { .frames = 0 };
    p0f_capture_t capture;
    char name[32];
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], t->bytes, t->len), (ssize_t)t->len);
    close(fds[1]);
    snprintf(name, sizeof(name), "/dev/fd/%d", fds[0]);
    *opened = p0f_capture_open_file(&capture, name, "", &r.err);
    close(fds[0]);
    if (*opened != P0F_OK)
        return r;
    assert_null(capture.ahead);
    return read_all(&capture);
}

/* Files with a few bytes changed and some end missing. */
static void what_is_read_ahead_is_what_libpcap_reads(void **state)
{
    unsigned int round, seed = 1;

    (void)state;
    for (round = 0; round < 2000; round++) {
        p0f_status_t opened, piped;
        result_t ours, theirs;
        text_t t;

        pcap_header(&t, 0xa1b2c3d4);
        for (uint32_t i = 0; i < 4; i++)
            pcap_frame(&t, 1000 + i, i, 20 + 8 * i, 44);
        for (unsigned int i = round % 4; i; i--) {
            size_t at;

            seed = seed * 1664525 + 1013904223;
            at = (seed >> 8) % t.len;
            if (at < 20 || at > 23)  /* the link type */
                t.bytes[at] = (uint8_t)(seed >> 24);
        }
        if (round % 3 == 0)
            t.len -= (seed >> 16) % t.len;
        ours = read_text(&t, "", &opened);
        theirs = read_piped(&t, &piped);
        assert_int_equal(opened, piped);
        if (opened != P0F_OK)
            continue;
        assert_int_equal(ours.frames, theirs.frames);
        assert_true(ours.sum == theirs.sum);
        assert_int_equal(ours.end, theirs.end);
        if (ours.end == P0F_ECAPTURE)
            assert_string_equal(ours.err.text, theirs.err.text);
    }
}

/* A file longer than a block: records lie across its end. */
static void a_long_file_is_read_whole(void **state)
{
    enum { FRAMES = 20000 };
    p0f_capture_t capture;
    const char *name;
    text_t t, frame;
    result_t r;
    FILE *file;
    int i;

    (void)state;
    pcap_header(&t, 0xa1b2c3d4);
    name = file_of(&t);
    file = fopen(name, "a");
    assert_non_null(file);
    for (i = 0; i < FRAMES; i++) {
        frame.len = 0;
        pcap_frame(&frame, 1000, (uint32_t)i, (uint32_t)i % 45, 44);
        fwrite(frame.bytes, 1, frame.len, file);
    }
    fclose(file);
    assert_int_equal(p0f_capture_open_file(&capture, name, "", NULL),
                     P0F_OK);
    unlink(name);
    assert_non_null(capture.ahead);
    assert_true(p0f_capture_position(&capture) > 0);
    r = read_all(&capture);
    assert_int_equal(r.end, P0F_EEND);
    assert_int_equal(r.frames, FRAMES);
    assert_true(r.wall_us == 1000000000 + FRAMES - 1);
}

static void forged_lengths_are_refused(void **state)
{
    static const struct {
        uint32_t caplen, len;
        int frames;
    } table[] = {
        { 44, 40, 0 },               /* captured more than there was */
        { 44, 0, 0 },
        { 0xffffffff, 44, 0 },
        { 0x7fffffff, 0xffffffff, 0 },
        { 44, 0xffffffff, 1 },       /* only the wire's length is odd */
        { 0, 0, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        p0f_status_t opened;
        text_t t;
        result_t r;

        pcap_header(&t, 0xa1b2c3d4);
        pcap_frame(&t, 1, 0, table[i].caplen, table[i].len);
        r = read_text(&t, "", &opened);
        assert_int_equal(opened, P0F_OK);
        assert_int_equal(r.frames, table[i].frames);
    }
}

static void what_is_no_capture_file_is_refused(void **state)
{
    text_t t = { .bytes = "GET / HTTP/1.0\r\n\r\nxxxxxxxxxxxxxxxx",
                 .len = 34 };
    p0f_status_t opened;
    p0f_capture_t capture;
    p0f_error_t err;
    result_t r = read_text(&t, "", &opened);

    (void)state;
    assert_int_equal(opened, P0F_EFILE);
    assert_non_null(strstr(r.err.text, "capture file /tmp/p0ft-capture-"));
    assert_int_equal(p0f_capture_open_file(&capture, "/none/at-all", "",
                                           &err), P0F_EFILE);
    assert_string_equal(err.text,
                        "capture file /none/at-all: No such file or "
                        "directory");
    assert_null(capture.pcap);
}

static void drops_of_a_file_are_none(void **state)
{
    p0f_capture_t capture;
    const char *name;
    text_t t;

    (void)state;
    pcap_header(&t, 0xa1b2c3d4);
    name = file_of(&t);
    assert_int_equal(p0f_capture_open_file(&capture, name, "", NULL),
                     P0F_OK);
    unlink(name);
    assert_int_equal(p0f_capture_drops(&capture), 0);
    p0f_capture_closer()(capture.pcap);
}

static void libpcap_can_be_kept_loaded(void **state)
{
    p0f_error_t err = { .text = "" };

    (void)state;
    assert_int_equal(p0f_capture_pin(&err), P0F_OK);
    assert_string_equal(err.text, "");
    assert_non_null(p0f_capture_closer());
}

/* ---- interfaces ------------------------------------------------------- */

/* True if this process may capture. */
static bool may_capture(void)
{
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static p0f_status_t open_on(const char *device, uint16_t port,
                            const char *filter, p0f_capture_t *capture,
                            p0f_error_t *err)
{
    const p0f_syntarget_t target = { .port = port };
    const p0f_capture_config_t config = {
        .device = device, .targets = &target, .target_count = 1,
        .filter = filter, .incoming_only = true, .snaplen = 256,
        .buffer = 1 << 20
    };

    return p0f_capture_open_live(capture, &config, err);
}

/* As root an ordinary user is tried in a child. */
static int refused_without_privilege(void *unused)
{
    p0f_capture_t capture;
    p0f_error_t err;

    (void)unused;
    if (may_capture() && (setgid(65534) || setuid(65534)))
        return 1;
    if (open_on("lo", 80, "", &capture, &err) != P0F_EPERM || capture.pcap)
        return 2;
    return strcmp(err.text, "no permission to capture on interface \"lo\": "
                            "that takes root or CAP_NET_RAW") ? 3 : 0;
}

static void without_privilege_the_refusal_is_a_sentence(void **state)
{
    (void)state;
    assert_int_equal(child_run(refused_without_privilege, NULL), 0);
}

static void a_missing_interface_is_named(void **state)
{
    p0f_capture_t capture;
    p0f_error_t err;
    p0f_status_t status = open_on("none9", 80, "", &capture, &err);

    (void)state;
    assert_true(status == P0F_ENODEV
                || (status == P0F_EPERM && !may_capture()));
    assert_non_null(strstr(err.text, "interface \"none9\""));
    assert_null(capture.pcap);
}

/* Connects to a port where nobody listens: a SYN over loopback. */
static void send_syn(uint16_t port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), -1);
    close(fd);
}

/* A port of loopback where nobody listens, bound and so kept by *FD. */
static uint16_t closed_port(int *fd)
{
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(sa);

    *fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&sa, &len), 0);
    return ntohs(sa.sin_port);
}

/* Frames that wait on CAPTURE within a moment. */
static int frames_of(p0f_capture_t *capture, result_t *r)
{
    const struct timespec moment = { .tv_nsec = 50 * 1000000 };
    int n;

    nanosleep(&moment, NULL);
    assert_int_equal(p0f_capture_read(capture, 100, take, r, &n, NULL),
                     P0F_OK);
    return n;
}

static void only_syns_to_the_port_are_captured(const char *device)
{
    p0f_capture_t capture;
    result_t r = { .frames = 0 };
    int kept, other;
    uint16_t port = closed_port(&kept), wrong = closed_port(&other);

    assert_int_equal(open_on(device, port, "", &capture, NULL), P0F_OK);
    assert_int_equal(frames_of(&capture, &r), 0);
    send_syn(wrong);
    assert_int_equal(frames_of(&capture, &r), 0);
    send_syn(port);                  /* answered by a reset */
    assert_int_equal(frames_of(&capture, &r), 1);
    assert_in_range(time(NULL) - r.wall_us / 1000000, 0, 2);
    assert_int_equal(p0f_capture_drops(&capture), 0);
    p0f_capture_close(&capture);
    close(kept);
    close(other);
}

static void a_filter_narrows_and_never_widens(const char *device)
{
    p0f_capture_t capture;
    result_t r = { .frames = 0 };
    char filter[64];
    int kept;
    uint16_t port = closed_port(&kept);

    snprintf(filter, sizeof(filter), "tcp or udp or port %d", port);
    assert_int_equal(open_on(device, port, filter, &capture, NULL), P0F_OK);
    send_syn(port);
    assert_int_equal(frames_of(&capture, &r), 1);
    p0f_capture_close(&capture);
    assert_int_equal(open_on(device, port, "not src host 127.0.0.1",
                             &capture, NULL), P0F_OK);
    send_syn(port);
    assert_int_equal(frames_of(&capture, &r), 0);
    p0f_capture_close(&capture);
    close(kept);
}

/* The socket's filter can't be taken off, and no program started by this
 * one gets anything that libpcap opened. */
static void the_handle_is_locked_and_closed_on_exec(const char *device)
{
    bool before[256];
    p0f_capture_t capture;
    int unused = 0;

    for (int fd = 0; fd < 256; fd++)
        before[fd] = fcntl(fd, F_GETFD) != -1;
    assert_int_equal(open_on(device, 80, "", &capture, NULL), P0F_OK);
    assert_int_equal(setsockopt(capture.fd, SOL_SOCKET, SO_DETACH_FILTER,
                                &unused, sizeof(unused)), -1);
    for (int fd = 0; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);

        if (!before[fd] && flags != -1)
            assert_int_equal(flags, FD_CLOEXEC);
    }
    p0f_capture_close(&capture);
    for (int fd = 0; fd < 256; fd++)
        assert_int_equal(fcntl(fd, F_GETFD) != -1, before[fd]);
}

#ifdef __linux__
/* Kilobytes of what this process has mapped of sockets: the buffers of its
 * handles. */
static long mapped_kb(void)
{
    unsigned long from, to, sum = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];

    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps)) {
        if (strstr(line, "socket:[")
            && sscanf(line, "%lx-%lx", &from, &to) == 2)
            sum += to - from;
    }
    fclose(maps);
    return (long)(sum / 1024);
}

/* Neither can be seen in what is captured, but in what gets lost in a crowd and
 * in what answers cost. */
static void a_handle_has_the_buffer_that_was_asked_for(const char *device)
{
    const p0f_syntarget_t target = { .port = 80 };
    p0f_capture_config_t config = {
        .device = device, .targets = &target, .target_count = 1,
        .filter = "", .incoming_only = true, .snaplen = 256
    };
    p0f_capture_t capture;

    for (int n = 0; n < 4; n++) {
        const long before = mapped_kb();
        const long wanted = n % 2 ? 8192 : 512;

        config.buffer = (int)wanted * 1024;
        config.timeout_ms = n / 2 * 10;
        assert_int_equal(p0f_capture_open_live(&capture, &config, NULL),
                         P0F_OK);
        assert_in_range(mapped_kb() - before, wanted / 2, wanted * 2);
        p0f_capture_close(&capture);
        assert_int_equal(mapped_kb(), before);
    }
}

static void the_kernel_offers_nothing_that_is_sent(const char *device)
{
#ifdef PACKET_IGNORE_OUTGOING
    int on = 0;
    socklen_t len = sizeof(on);
    p0f_capture_t capture;

    assert_int_equal(open_on(device, 80, "", &capture, NULL), P0F_OK);
    if (getsockopt(capture.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, &len))
        assert_int_equal(errno, ENOPROTOOPT);    /* before Linux 4.20 */
    else
        assert_int_equal(on, 1);
    p0f_capture_close(&capture);
#else
    assert_non_null(device);
#endif
}
#endif

static void interfaces_are_captured_as_configured(void **state)
{
    static const char *const devices[] = { "lo", "any" };

    (void)state;
    if (!may_capture()) {
        assert_int_equal(refused_without_privilege(NULL), 0);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        only_syns_to_the_port_are_captured(devices[i]);
        a_filter_narrows_and_never_widens(devices[i]);
        the_handle_is_locked_and_closed_on_exec(devices[i]);
#ifdef __linux__
        a_handle_has_the_buffer_that_was_asked_for(devices[i]);
        the_kernel_offers_nothing_that_is_sent(devices[i]);
#endif
    }
}

static void a_wrong_filter_on_an_interface_is_a_sentence(void **state)
{
    p0f_capture_t capture;
    p0f_error_t err;
    p0f_status_t status = open_on("lo", 80, "nonsense and", &capture, &err);

    (void)state;
    assert_true(status == P0F_EFILTER
                || (status == P0F_EPERM && !may_capture()));
    assert_true(status == P0F_EPERM
                || strstr(err.text, "capture filter \"nonsense and\""));
    assert_null(capture.pcap);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_frame_by_frame),
        cmocka_unit_test(times_end_in_2106),
        cmocka_unit_test(nanoseconds_are_cut_to_microseconds),
        cmocka_unit_test(the_newer_format_is_read),
        cmocka_unit_test(a_time_out_of_all_bounds_is_none),
        cmocka_unit_test(a_filter_chooses_among_a_files_frames),
        cmocka_unit_test(a_wrong_filter_is_one_sentence),
        cmocka_unit_test(a_cut_file_gives_what_is_whole),
        cmocka_unit_test(what_is_read_ahead_is_what_libpcap_reads),
        cmocka_unit_test(a_long_file_is_read_whole),
        cmocka_unit_test(forged_lengths_are_refused),
        cmocka_unit_test(what_is_no_capture_file_is_refused),
        cmocka_unit_test(drops_of_a_file_are_none),
        cmocka_unit_test(libpcap_can_be_kept_loaded),
        cmocka_unit_test(without_privilege_the_refusal_is_a_sentence),
        cmocka_unit_test(a_missing_interface_is_named),
        cmocka_unit_test(interfaces_are_captured_as_configured),
        cmocka_unit_test(a_wrong_filter_on_an_interface_is_a_sentence),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
