/* SPDX-License-Identifier: Apache-2.0 */
/*
 * savefile.h - the records of a capture file of the common form: pcap, with
 * this machine's byte order and times in microseconds.
 *
 * libpcap reads every form, with two calls of the C library for each frame,
 * which take longer than all that is done with most frames. So capture.c
 * reads this form by blocks, and whatever isn't of it, or is odd in any way,
 * is libpcap's to read and to complain about. Source: pcap-savefile(5). Row
 * 1: no state, no allocation. Any thread.
 */
#ifndef P0F_SAVEFILE_H
#define P0F_SAVEFILE_H

#include "bytes.h"

#define P0F_SAVEFILE_HEADER 24       /* bytes before the first record */

/* True if HEADER begins a file of the common form. */
bool p0f_savefile_common(p0f_bytes_t header);

typedef struct {
    p0f_bytes_t frame;           /* borrowed */
    uint32_t wire_len;           /* the length it had on the wire, bytes */
    int64_t wall_us;             /* of capture, since 1970 */
} p0f_savefile_frame_t;

/* Reads the record that FROM begins with. Returns the bytes it takes, or 0 if
 * it isn't whole, captured longer than SNAPLEN, or of a time that libpcap's
 * versions don't agree on. */
size_t p0f_savefile_read(p0f_bytes_t from, uint32_t snaplen,
                         p0f_savefile_frame_t *out);

#endif
