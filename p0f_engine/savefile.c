/* SPDX-License-Identifier: Apache-2.0 */
/*
 * savefile.c - the records of a capture file of the common form.
 */
#include "savefile.h"

enum { RECORD_HEADER = 16 };

/* In this machine's byte order, as its programs write it. */
typedef struct {
    uint32_t seconds, us, captured, length;
} record_t;

_Static_assert(sizeof(record_t) == RECORD_HEADER, "as in the file");

bool p0f_savefile_common(p0f_bytes_t header)
{
    uint32_t magic;
    uint16_t version[2];

    return p0f_bytes_has(header, 0, P0F_SAVEFILE_HEADER)
        && p0f_bytes_copy(header, 0, &magic, sizeof(magic))
        && p0f_bytes_copy(header, 4, version, sizeof(version))
        && magic == 0xa1b2c3d4 && version[0] == 2 && version[1] == 4;
}

size_t p0f_savefile_read(p0f_bytes_t from, uint32_t snaplen,
                         p0f_savefile_frame_t *out)
{
    record_t rec;

    if (!p0f_bytes_copy(from, 0, &rec, sizeof(rec))
        || rec.captured > snaplen
        || !p0f_bytes_has(from, RECORD_HEADER, rec.captured))
        return 0;
    out->frame = p0f_bytes_first(p0f_bytes_from(from, RECORD_HEADER),
                                 rec.captured);
    out->wire_len = rec.length;
    out->wall_us = (int64_t)rec.seconds * 1000000 + rec.us;
    return RECORD_HEADER + (size_t)rec.captured;
}
