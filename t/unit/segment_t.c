/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments: who can read and write them, in the maker and in its children,
 * with memfd and seal and without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "p0f_engine/segment.h"
#include "child.h"

typedef p0f_status_t create_fn(p0f_segment_t *, size_t, p0f_segment_kind_t,
                               p0f_error_t *);

/* The ways to make a segment that this system has. */
static create_fn *const ways[] = {
    p0f_segment_create, p0f_segment_create_plain
};
#define WAYS (sizeof ways / sizeof *ways)

static void drop(p0f_segment_t *s)
{
    p0f_segment_unmap(s->rw, s->size);
    if (s->ro != s->rw)
        p0f_segment_unmap(s->ro, s->size);
}

static void make(p0f_segment_t *s, size_t way, size_t size,
                 p0f_segment_kind_t kind)
{
    p0f_error_t err;

    assert_int_equal(ways[way](s, size, kind, &err), P0F_OK);
    assert_true(s->size >= size);
    assert_int_equal(s->size % (size_t)sysconf(_SC_PAGESIZE), 0);
}

static void a_new_segment_is_zeroed_and_readable(void **state)
{
    static const p0f_segment_kind_t kinds[] = {
        P0F_SEGMENT_PRIVATE, P0F_SEGMENT_QUICK, P0F_SEGMENT_COMMON,
        P0F_SEGMENT_GUARDED
    };
    size_t way, k, i;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        for (k = 0; k < 3; k++) {
            p0f_segment_t s;
            const unsigned char *ro;

            make(&s, way, 10000, kinds[k]);
            ro = s.ro;
            for (i = 0; i < s.size; i++)
                assert_int_equal(ro[i], 0);
            ((unsigned char *)s.rw)[9999] = 7;
            assert_int_equal(ro[9999], 7);
            assert_true(kinds[k] == P0F_SEGMENT_GUARDED || s.ro == s.rw);
            drop(&s);
        }
    }
}

static void impossible_sizes_are_refused_with_a_sentence(void **state)
{
    size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        p0f_error_t err = { .status = P0F_OK };
        p0f_segment_t s;

        assert_int_equal(ways[way](&s, SIZE_MAX, P0F_SEGMENT_GUARDED, &err),
                         P0F_ENOMEM);
        assert_null(s.ro);
        assert_null(s.rw);
        assert_true(strlen(err.text) > 20);
        assert_int_not_equal(ways[way](&s, 0, P0F_SEGMENT_COMMON, &err),
                             P0F_OK);
        assert_int_not_equal(ways[way](&s, SIZE_MAX / 2, P0F_SEGMENT_COMMON,
                                       &err), P0F_OK);
        assert_null(s.rw);
    }
}

static int open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static void no_descriptor_is_left(void **state)
{
    int before = open_files();
    p0f_segment_t s;

    (void)state;
    make(&s, 0, 5000, P0F_SEGMENT_GUARDED);
    assert_int_equal(open_files(), before);
    drop(&s);
}

/* True if a mapping that covers AT exists; *PROT gets its "rwxs". */
static bool mapped(const void *at, char prot[5])
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    bool found = false;

    while (maps && !found && fgets(line, sizeof line, maps)) {
        unsigned long from, to;

        found = sscanf(line, "%lx-%lx %4s", &from, &to, prot) == 3
             && from <= (uintptr_t)at && (uintptr_t)at < to;
    }
    if (maps)
        fclose(maps);
    return found;
}

/* 0: the child has the reading mapping and not the writable one. */
static int child_reads_only(void *arg)
{
    const p0f_segment_t *s = arg;
    char prot[5];

    if (((const char *)s->ro)[1] != 'x')
        return 1;
    if (mapped(s->rw, prot))
        return 2;
    if (!mapped(s->ro, prot) || strchr(prot, 'w'))
        return 3;
    return 0;
}

static int child_writes_rw(void *arg)
{
    const p0f_segment_t *s = arg;

    *(volatile char *)s->rw = 1;
    return 0;
}

static int child_writes_ro(void *arg)
{
    const p0f_segment_t *s = arg;

    *(volatile char *)(uintptr_t)s->ro = 1;
    return 0;
}

static void a_child_reads_a_guarded_segment_and_cannot_write_it(void **state)
{
    size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        p0f_segment_t s;

        make(&s, way, 10000, P0F_SEGMENT_GUARDED);
        assert_ptr_not_equal(s.ro, s.rw);
        ((char *)s.rw)[1] = 'x';
        assert_int_equal(child_run(child_reads_only, &s), 0);
        assert_int_equal(child_run(child_writes_rw, &s), -SIGSEGV);
        assert_int_equal(child_run(child_writes_ro, &s), -SIGSEGV);
        assert_int_equal(((const char *)s.ro)[0], 0);
        drop(&s);
    }
}

static int child_sees_live_data(void *arg)
{
    const volatile char *ro = ((const p0f_segment_t *)arg)->ro;
    int tries = 5000;

    while (*ro == 0 && tries-- > 0)
        usleep(1000);
    return *ro == 5 ? 0 : 1;
}

static void a_child_sees_what_is_written_after_the_fork(void **state)
{
    size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        p0f_segment_t s;
        pid_t pid;

        make(&s, way, 100, P0F_SEGMENT_GUARDED);
        pid = child_start(child_sees_live_data, &s);
        usleep(2000);
        *(volatile char *)s.rw = 5;
        assert_int_equal(child_end(pid), 0);
        drop(&s);
    }
}

/* Tries every way to a writable mapping that a hostile child with the same
 * user has; a bit for each that worked. */
static int child_attacks(void *arg)
{
    const p0f_segment_t *s = arg;
    void *ro = (void *)(uintptr_t)s->ro;
    int worked = 0, fd;
    char path[100];

    if (mprotect(ro, s->size, PROT_READ | PROT_WRITE) == 0)
        worked |= 1;
    snprintf(path, sizeof path, "/proc/self/map_files/%lx-%lx",
             (unsigned long)(uintptr_t)ro,
             (unsigned long)((uintptr_t)ro + s->size));
    fd = open(path, O_RDWR);
    if (fd >= 0) {
        if (mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
            != MAP_FAILED)
            worked |= 2;
        if (pwrite(fd, "x", 1, 0) == 1)
            worked |= 4;
        if (ftruncate(fd, 0) == 0)
            worked |= 8;
        close(fd);
    }
    snprintf(path, sizeof path, "/proc/%d/mem", (int)getpid());
    fd = open(path, O_RDWR);
    if (fd >= 0) {
        if (pwrite(fd, "x", 1, (off_t)(uintptr_t)ro) == 1)
            worked |= 16;
        close(fd);
    }
    return worked;
}

static void a_sealed_segment_withstands_a_hostile_child(void **state)
{
    p0f_segment_t s;
    int worked;

    (void)state;
    make(&s, 0, 10000, P0F_SEGMENT_GUARDED);
    worked = child_run(child_attacks, &s);
    if (s.sealed) {
        assert_int_equal(worked, 0);
        assert_int_equal(((const char *)s.ro)[0], 0);
    } else {
        assert_int_not_equal(worked, 0); /* which is why it says unsealed */
    }
    drop(&s);
#ifdef P0F_HAVE_MEMFD
    make(&s, 1, 10000, P0F_SEGMENT_GUARDED);
    assert_false(s.sealed);
    drop(&s);
#else
    assert_false(s.sealed);
#endif
}

static int child_writes_common(void *arg)
{
    *(volatile char *)((const p0f_segment_t *)arg)->rw = 9;
    return 0;
}

static void everybody_writes_a_common_segment(void **state)
{
    size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        p0f_segment_t s;

        make(&s, way, 100, P0F_SEGMENT_COMMON);
        assert_int_equal(child_run(child_writes_common, &s), 0);
        assert_int_equal(((const char *)s.ro)[0], 9);
        drop(&s);
    }
}

/* The line NAME of what the system says of the mapping at AT; "" if there is
 * none. */
static void line_of(const void *at, const char *name, char line[512])
{
    FILE *smaps = fopen("/proc/self/smaps", "r");
    bool ours = false, found = false;
    unsigned long from, to;

    while (!found && smaps && fgets(line, 512, smaps)) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            ours = from <= (uintptr_t)at && (uintptr_t)at < to;
        found = ours && !strncmp(line, name, strlen(name));
    }
    if (!found)
        line[0] = '\0';
    if (smaps)
        fclose(smaps);
}

/* True if the mapping at AT asks for huge pages. */
static bool asks_for_huge(const void *at)
{
    char line[512];

    line_of(at, "VmFlags:", line);
    return strstr(line, " hg") != NULL;
}

/* Kilobytes of the shared mapping at AT in huge pages. */
static unsigned long huge_kb(const void *at)
{
    unsigned long kb = 0;
    char line[512];

    line_of(at, "ShmemPmdMapped:", line);
    sscanf(line, "ShmemPmdMapped: %lu", &kb);
    return kb;
}

/* A tool's tables from 2 MB on, a server's where small pages get many. */
static void a_large_segment_lies_at_a_huge_page(void **state)
{
    const size_t mb = (size_t)1 << 20, huge = 2 * mb;
    const bool known = access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0;
    static const struct {
        p0f_segment_kind_t kind;
        size_t mb;
        bool huge;
    } rows[] = {
        { P0F_SEGMENT_QUICK, 1, false }, { P0F_SEGMENT_QUICK, 3, true },
        { P0F_SEGMENT_GUARDED, 7, false }, { P0F_SEGMENT_GUARDED, 9, true },
        { P0F_SEGMENT_PRIVATE, 63, false }, { P0F_SEGMENT_PRIVATE, 65, true },
        { P0F_SEGMENT_COMMON, 63, false }, { P0F_SEGMENT_COMMON, 65, true }
    };
    p0f_segment_t s;
    char prot[5];
    size_t i;

    (void)state;
    for (i = 0; i < WAYS * (sizeof rows / sizeof *rows); i++) {
        const bool wants = rows[i / WAYS].huge;

        make(&s, i % WAYS, rows[i / WAYS].mb * mb - 1, rows[i / WAYS].kind);
        ((char *)s.rw)[s.size - 1] = 3;
        assert_int_equal(((const char *)s.ro)[s.size - 1], 3);
        if (wants) {
            assert_int_equal((uintptr_t)s.rw % huge, 0);
            assert_int_equal((uintptr_t)s.ro % huge, 0);
        }
        if (known) {
            assert_int_equal(asks_for_huge(s.rw), wants);
            assert_int_equal(asks_for_huge(s.ro), wants);
        }
        drop(&s);
        assert_false(mapped(s.rw, prot));
        assert_false(mapped(s.ro, prot));
    }
}

/* True if the system gives shared memory huge pages when it is asked to. */
static bool gives_huge(void)
{
    const size_t huge = (size_t)2 << 20;
    char *at = mmap(NULL, 2 * huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                    -1, 0);
    char *page = at + (huge - (uintptr_t)at % huge) % huge;
    bool given;

    assert_true(at != MAP_FAILED);
    assert_ptr_equal(mmap(page, huge, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
                     page);
    *page = 0;
    given = madvise(page, huge, 25) == 0;        /* MADV_COLLAPSE */
    munmap(at, 2 * huge);
    return given;
}

static void a_server_s_segment_is_in_huge_pages_if_they_can_be_had(void **state)
{
    const unsigned long wanted = gives_huge() ? 10 << 10 : 0;
    p0f_segment_t s;
    unsigned int way;
    size_t i;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        make(&s, way, (size_t)10 << 20, P0F_SEGMENT_GUARDED);
        for (i = 0; i < s.size; i += 4096) {
            ((char *)s.rw)[i] = 1;
            assert_int_equal(((volatile const char *)s.ro)[i], 1);
        }
        assert_int_equal(huge_kb(s.rw), wanted);
        assert_int_equal(huge_kb(s.ro), wanted);
        drop(&s);
        make(&s, way, (size_t)7 << 20, P0F_SEGMENT_GUARDED);
        ((char *)s.rw)[0] = 1;
        assert_int_equal(huge_kb(s.rw), 0);
        drop(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_segment_is_zeroed_and_readable),
        cmocka_unit_test(impossible_sizes_are_refused_with_a_sentence),
        cmocka_unit_test(no_descriptor_is_left),
        cmocka_unit_test(a_child_reads_a_guarded_segment_and_cannot_write_it),
        cmocka_unit_test(a_child_sees_what_is_written_after_the_fork),
        cmocka_unit_test(a_sealed_segment_withstands_a_hostile_child),
        cmocka_unit_test(everybody_writes_a_common_segment),
        cmocka_unit_test(
            a_server_s_segment_is_in_huge_pages_if_they_can_be_had),
        cmocka_unit_test(a_large_segment_lies_at_a_huge_page)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
