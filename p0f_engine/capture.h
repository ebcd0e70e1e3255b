/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - sources of frames: interfaces and capture files. The one place
 * that knows libpcap.
 *
 * Live handles are non-blocking, with their filter locked, close-on-exec.
 * Row 7. Opening and closing: startup or main thread; reading: one thread a
 * handle.
 *
 * A handle belongs to an interface's name. When the interface goes, comes
 * back, or another one gets its name, p0f_capture_follow binds the same
 * socket anew: that takes no privilege and opens nothing, so that the thread
 * that reads can do it after giving up all it had.
 */
#ifndef P0F_CAPTURE_H
#define P0F_CAPTURE_H

#include "bytes.h"
#include "status.h"
#include "synfilter.h"

typedef struct {
    const char *device;          /* interface name, "any" */
    const p0f_syntarget_t *targets; /* sorted: pass only SYNs to these, also
                                    behind VLAN tags, and to few others */
    size_t target_count;         /* (synfilter.h); 0: whatever FILTER passes */
    const char *filter;          /* BPF text that narrows further, "" none;
                                    with targets also tried behind two tags */
    bool incoming_only;          /* leave out what this machine sends */
    bool promiscuous;
    int snaplen;                 /* bytes a frame */
    int buffer;                  /* bytes of kernel buffer */
    int timeout_ms;              /* frames may wait for others so long; 0: none
                                    waits, which takes more of the buffer */
} p0f_capture_config_t;

/* Descriptors that libpcap opens for a handle, at most: a socket, its
 * wake-up, and one to spare. */
#define P0F_CAPTURE_HELD 4

/* A handle: what libpcap returned, and its link type. Plain values, so that
 * it can be kept while this code is reloaded (libpcap itself must stay
 * loaded: p0f_capture_pin). */
typedef struct {
    void *pcap;                  /* NULL: closed */
    int dlt;                     /* pcap_datalink() */
    int fd;                      /* to poll; -1 for files */
    int held[P0F_CAPTURE_HELD];  /* all descriptors that libpcap opened for
                                    it, -1: none */
    uint32_t drops;              /* told by p0f_capture_drops so far */
    bool ended;                  /* nothing comes: end of a file, the handle
                                    failed or its interface is away */
    bool failed;                 /* it ended by an error */
    char device[16];             /* interface to follow, "" none */
    int ifindex;                 /* it is bound to; 0: to none */
    bool promiscuous;
    unsigned char tries;         /* binds in vain since the last frame */
    void *ahead;                 /* of a file: what was read ahead, or NULL */
} p0f_capture_t;

/* Opens an interface. Frames that came before the filter was in place don't
 * appear. ENODEV, EDOWN, EPERM, EFILTER, ENOMEM, ECAPTURE: ERR says it in one
 * sentence with the device's name, and OUT is closed. */
p0f_status_t p0f_capture_open_live(p0f_capture_t *out,
                                   const p0f_capture_config_t *config,
                                   p0f_error_t *err);

/* Opens a handle for an Ethernet interface that isn't there or is down: it
 * has ended, until p0f_capture_follow finds the interface. Errors as above.
 */
p0f_status_t p0f_capture_open_away(p0f_capture_t *out,
                                   const p0f_capture_config_t *config,
                                   p0f_error_t *err);

/* Binds a live handle to the interface that has its name now, if that is
 * another one than before; ended if there is none, or one of another kind
 * of link. To be called now and then; no privilege, nothing is opened. The
 * reading thread. */
void p0f_capture_follow(p0f_capture_t *capture);

/* Calls FN with each interface that can be captured from, the one to take by
 * default first; DESCRIPTION may be "". ECAPTURE. */
typedef void p0f_capture_list_fn(void *ctx, const char *name,
                                 const char *description);
p0f_status_t p0f_capture_list(p0f_capture_list_fn *fn, void *ctx,
                              p0f_error_t *err);

/* Opens a capture file (pcap, pcapng) with a filter ("" none). EFILE,
 * EFILTER. What comes through a pipe is waited for; the second one takes a
 * regular file only. */
p0f_status_t p0f_capture_open_file(p0f_capture_t *out, const char *path,
                                   const char *filter, p0f_error_t *err);
p0f_status_t p0f_capture_open_regular(p0f_capture_t *out, const char *path,
                                      const char *filter, p0f_error_t *err);

/* Puts a filter in front of an open capture file of which nothing has been
 * read; PATH is for the sentence. EFILTER: it stays as it was. */
p0f_status_t p0f_capture_filter_file(p0f_capture_t *capture,
                                     const char *path, const char *filter,
                                     p0f_error_t *err);

/* One frame: captured bytes (valid during the call), the length it had on
 * the wire, and the time of capture in microseconds since 1970. */
typedef void p0f_capture_frame_fn(void *ctx, p0f_bytes_t frame,
                                  uint32_t wire_len, int64_t wall_us);

/* Gives up to MAX waiting frames to FRAME; a frame that claims to be longer
 * captured than it was on the wire is left out. *COUNT: frames taken. OK
 * (also with 0: nothing waits), EEND at the end of a file, ECAPTURE if the
 * handle is of no further use (interface gone; a file damaged). Sniffer
 * only. */
p0f_status_t p0f_capture_read(p0f_capture_t *capture, int max,
                              p0f_capture_frame_fn *frame, void *ctx,
                              int *count, p0f_error_t *err);

/* Bytes of a capture file read so far; 0 where that can't be told. */
uint64_t p0f_capture_position(const p0f_capture_t *capture);

/* libpcap's name of the link type, or "unknown"; static memory. */
const char *p0f_capture_link_name(const p0f_capture_t *capture);

/* Frames the kernel dropped since the last call; 0 for files. */
uint32_t p0f_capture_drops(p0f_capture_t *capture);

void p0f_capture_close(p0f_capture_t *capture);

/* Keeps libpcap's code loaded for the life of the process, so that a kept
 * handle survives the unloading of this code. ESYSTEM. */
p0f_status_t p0f_capture_pin(p0f_error_t *err);

/* The function that closes what p0f_capture_t.pcap holds, as libpcap
 * exports it: callable also when this code is unloaded. */
void (*p0f_capture_closer(void))(void *);

#endif
