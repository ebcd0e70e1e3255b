/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scribble.h - for fuzz targets: an input as a list of writes over something
 * that was right before.
 */
#ifndef T_FUZZ_SCRIBBLE_H
#define T_FUZZ_SCRIBBLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Writes what DATA lists over the ROOM bytes at AT: offset (two bytes, the
 * lower one first), length, bytes. */
static inline void scribble(unsigned char *at, size_t room,
                            const uint8_t *data, size_t size)
{
    while (size > 3) {
        size_t off = ((size_t)data[0] | (size_t)data[1] << 8) % room;
        size_t len = data[2];

        data += 3;
        size -= 3;
        if (len > size)
            len = size;
        if (len > room - off)
            len = room - off;
        memcpy(at + off, data, len);
        data += len;
        size -= len;
    }
}

#endif
