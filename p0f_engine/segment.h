/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.h - memory that outlives a fork, and who may write it.
 *
 *   private   one process, readable and writable
 *   quick     the same, resident sooner: in huge pages where they fit
 *   common    inherited by children, all may write (ring.h)
 *   guarded   inherited by children, none of them may write (cache.h)
 *
 * Guarded memory is mapped twice: writable, in the maker alone, and read
 * only, in it and its children. It is a memfd, sealed after the first
 * mapping, so that not even a hostile child with its parent's rights can
 * make it writable. Where the build or the running system has no memfd or no
 * such seal, it is anonymous shared memory with the same two mappings; the
 * writable one is still not inherited, but a child could lift the protection
 * of the other, and `sealed` is false. Where a mapping can't be made twice
 * either, both are one.
 *
 * Internal to cache.c and ring.c. Row 5. Startup, before fork.
 */
#ifndef P0F_SEGMENT_H
#define P0F_SEGMENT_H

#include "status.h"
#include "types.h"

typedef enum {
    P0F_SEGMENT_PRIVATE,
    P0F_SEGMENT_QUICK,
    P0F_SEGMENT_COMMON,
    P0F_SEGMENT_GUARDED
} p0f_segment_kind_t;

typedef struct {
    const void *ro;              /* whole segment, readable, zeroed */
    void *rw;                    /* the same, writable; may equal ro */
    size_t size;                 /* bytes, whole pages */
    bool sealed;                 /* guarded by the system, as said above */
} p0f_segment_t;

/* Makes a segment of at least SIZE bytes. Large ones ask for huge pages.
 * ENOMEM, ESYSTEM, told in ERR; *OUT is then empty. */
p0f_status_t p0f_segment_create(p0f_segment_t *out, size_t size,
                                p0f_segment_kind_t kind, p0f_error_t *err);

/* The same by the way of a system without memfd. */
p0f_status_t p0f_segment_create_plain(p0f_segment_t *out, size_t size,
                                      p0f_segment_kind_t kind,
                                      p0f_error_t *err);

/* Lets the children forked from here on inherit the writable mapping at
 * ADDRESS (ON), or none again. */
void p0f_segment_inherit(void *address, size_t size, bool on);

/* Unmaps SIZE bytes at ADDRESS, NULL: nothing. A child must not unmap what
 * it did not inherit: something else may lie there by now. */
void p0f_segment_unmap(const void *address, size_t size);

#endif
