/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.c - memory that outlives a fork, and who may write it: memfd, seal
 * and the two mappings.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for memfd_create, mremap, madvise */
#endif

#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(P0F_HAVE_MEMFD) && !defined(F_SEAL_FUTURE_WRITE)
#define F_SEAL_FUTURE_WRITE 0x0010 /* Linux 5.1; older C libraries lack it */
#endif

#if defined(__linux__) && !defined(MADV_COLLAPSE) && !defined(__hppa__)
#define MADV_COLLAPSE 25 /* Linux 6.1; C libraries lack it */
#endif

#define P0F_SEGMENT_HUGE_PAGE ((size_t)2 << 20)

/* Larger segments of a server aren't filled with huge pages at once: that
 * takes some 400 ms a GB, and all of their memory. */
#define P0F_SEGMENT_AT_ONCE ((size_t)64 << 20)

/* Segments from this size on are aligned for huge pages and ask for them. A tool
 * is there for its tables alone. Of a server's, all memory is resident then, from
 * the start or after some dozen entries; but 10,000 hosts touch nearly all
 * small pages as well, and from the size on that 2,048 of these hold, as many as
 * a processor has addresses at hand, a lookup takes a fifth longer with them,
 * and more where much else was done since the last. Other memory of a server is
 * looked at less. */
static size_t huge_from(p0f_segment_kind_t kind)
{
    switch (kind) {
    case P0F_SEGMENT_QUICK:
        return P0F_SEGMENT_HUGE_PAGE;
    case P0F_SEGMENT_GUARDED:
        return (size_t)8 << 20;
    default:
        return (size_t)64 << 20;
    }
}

static p0f_status_t fail(p0f_error_t *err, int error, const char *call,
                         size_t size)
{
    return p0f_status_fail(err, error == ENOMEM ? P0F_ENOMEM : P0F_ESYSTEM,
                           "can't make a segment of %zu bytes: %s: %s", size,
                           call, strerror(error));
}

/* SIZE bytes of address space at a huge page's boundary, for MAP_FIXED;
 * NULL if it can't be had, then the system chooses. */
static void *reserve_aligned(size_t size)
{
    size_t room = size + P0F_SEGMENT_HUGE_PAGE;
    char *start;
    size_t skip;

    if (room < size)
        return NULL;
    start = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    skip = P0F_SEGMENT_HUGE_PAGE
         - ((uintptr_t)start & (P0F_SEGMENT_HUGE_PAGE - 1));
    munmap(start, skip);
    if (P0F_SEGMENT_HUGE_PAGE > skip)
        munmap(start + skip + size, P0F_SEGMENT_HUGE_PAGE - skip);
    return start + skip;
}

static void advise_huge(void *address, size_t size)
{
#ifdef MADV_HUGEPAGE
    (void)madvise(address, size, MADV_HUGEPAGE); /* else small pages */
#else
    (void)address;
    (void)size;
#endif
}

/* Most systems are set up to give shared memory no huge pages by themselves, but
 * give them to who asks for them outright. Each has to have something in it. */
static void take_huge(void *address, size_t size)
{
#ifdef MADV_COLLAPSE
    volatile char *bytes = address;

    if (size > P0F_SEGMENT_AT_ONCE)
        return;
    for (size_t i = 0; i < size; i += P0F_SEGMENT_HUGE_PAGE)
        bytes[i] = 0;
    (void)madvise(address, size, MADV_COLLAPSE); /* else small pages */
#else
    (void)address;
    (void)size;
#endif
}

/* As mmap: MAP_FAILED and errno. In huge pages if asked for. */
static void *map(size_t size, int prot, int flags, int fd, bool huge)
{
    void *at = huge ? reserve_aligned(size) : NULL;
    void *address = mmap(at, size, prot, at ? flags | MAP_FIXED : flags, fd,
                         0);

    if (address != MAP_FAILED && huge)
        advise_huge(address, size);
    else if (address == MAP_FAILED && at)
        munmap(at, size);
    return address;
}

/* Keeps the writable mapping out of children; false if that can't be. */
static bool keep_from_children(void *address, size_t size)
{
#ifdef MADV_DONTFORK
    return madvise(address, size, MADV_DONTFORK) == 0;
#else
    (void)address;
    (void)size;
    return false;
#endif
}

/* Maps the same pages once more, read-only; NULL if the system has no way. */
static void *map_again(void *address, size_t size, bool huge)
{
#ifdef MREMAP_MAYMOVE
    /* Old size 0 duplicates a shared mapping. /dev/shm would do too, but is
     * small or missing in many containers. */
    void *at = huge ? reserve_aligned(size) : NULL;
    void *copy = at ? mremap(address, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED,
                             at)
                    : mremap(address, 0, size, MREMAP_MAYMOVE);

    if (copy == MAP_FAILED) {
        p0f_segment_unmap(at, size);
        return NULL;
    }
    if (mprotect(copy, size, PROT_READ) != 0) {
        munmap(copy, size);
        return NULL;
    }
    if (huge)
        advise_huge(copy, size);
    return copy;
#else
    (void)address;
    (void)size;
    (void)huge;
    return NULL;
#endif
}

static bool round_to_pages(size_t *size)
{
    long page = sysconf(_SC_PAGESIZE);
    size_t mask = page > 0 ? (size_t)page - 1 : 4095;

    if (*size == 0 || *size > SIZE_MAX - mask)
        return false;
    *size = (*size + mask) & ~mask;
    return true;
}

p0f_status_t p0f_segment_create_plain(p0f_segment_t *out, size_t size,
                                      p0f_segment_kind_t kind,
                                      p0f_error_t *err)
{
    bool alone = kind == P0F_SEGMENT_PRIVATE || kind == P0F_SEGMENT_QUICK;
    bool huge = size >= huge_from(kind);
    void *rw;

    *out = (p0f_segment_t){ NULL, NULL, 0, false };
    if (!round_to_pages(&size))
        return fail(err, ENOMEM, "size", size);
    rw = map(size, PROT_READ | PROT_WRITE,
             (alone ? MAP_PRIVATE : MAP_SHARED) | MAP_ANONYMOUS, -1, huge);
    if (rw == MAP_FAILED)
        return fail(err, errno, "mmap", size);
    *out = (p0f_segment_t){ .ro = rw, .rw = rw, .size = size };
    if (kind == P0F_SEGMENT_GUARDED) {
        void *ro = map_again(rw, size, huge);

        if (huge)
            take_huge(rw, size);

        if (ro) {
            out->ro = ro;
            (void)keep_from_children(rw, size);
        }
    }
    return P0F_OK;
}

#ifdef P0F_HAVE_MEMFD

/* Maps FD into OUT and seals it. The order matters: the seal leaves the
 * writable mapping that exists as it is, allows no second one, and takes
 * from later mappings the right to be made writable by mprotect. False:
 * errno tells, OUT is empty. */
static bool map_and_seal(p0f_segment_t *out, int fd, size_t size,
                         p0f_segment_kind_t kind)
{
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    const bool huge = size >= huge_from(kind);
    bool sealed;
    void *rw, *ro;

    if (ftruncate(fd, (off_t)size) != 0)
        return false;
    rw = map(size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, huge);
    if (rw == MAP_FAILED)
        return false;
    *out = (p0f_segment_t){ .ro = rw, .rw = rw, .size = size };
    if (kind != P0F_SEGMENT_GUARDED) {
        out->sealed = fcntl(fd, F_ADD_SEALS, seals) == 0;
        return true;
    }
    sealed = fcntl(fd, F_ADD_SEALS, seals | F_SEAL_FUTURE_WRITE) == 0;
    if (!sealed)
        (void)fcntl(fd, F_ADD_SEALS, seals); /* Linux before 5.1 */
    ro = map(size, PROT_READ, MAP_SHARED, fd, huge);
    if (ro == MAP_FAILED) {
        int error = errno;

        munmap(rw, size);
        errno = error;
        *out = (p0f_segment_t){ NULL, NULL, 0, false };
        return false;
    }
    if (huge)
        take_huge(rw, size);
    out->ro = ro;
    out->sealed = keep_from_children(rw, size) && sealed;
    return true;
}

p0f_status_t p0f_segment_create(p0f_segment_t *out, size_t size,
                                p0f_segment_kind_t kind, p0f_error_t *err)
{
    int fd, error;
    bool ok;

    if (kind == P0F_SEGMENT_PRIVATE || kind == P0F_SEGMENT_QUICK)
        return p0f_segment_create_plain(out, size, kind, err);
    fd = memfd_create("p0f", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) /* an old kernel, or a filter of system calls */
        return p0f_segment_create_plain(out, size, kind, err);
    *out = (p0f_segment_t){ NULL, NULL, 0, false };
    ok = round_to_pages(&size);
    errno = ENOMEM;
    ok = ok && map_and_seal(out, fd, size, kind);
    error = errno;
    close(fd);
    return ok ? P0F_OK : fail(err, error, "memfd", size);
}

#else /* no memfd */

p0f_status_t p0f_segment_create(p0f_segment_t *out, size_t size,
                                p0f_segment_kind_t kind, p0f_error_t *err)
{
    return p0f_segment_create_plain(out, size, kind, err);
}

#endif

void p0f_segment_inherit(void *address, size_t size, bool on)
{
#ifdef MADV_DONTFORK
    (void)madvise(address, size, on ? MADV_DOFORK : MADV_DONTFORK);
#else
    (void)address;
    (void)size;
    (void)on;
#endif
}

void p0f_segment_unmap(const void *address, size_t size)
{
    if (address)
        munmap((void *)(uintptr_t)address, size);
}
