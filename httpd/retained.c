/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retained.c - what outlives a restart.
 */
#include "retained.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "http_config.h"

#define KEY "mod_p0f"

/* libpcap's function, and APR's for pools, give no status; APR looks at none
 * when it clears a pool. */
typedef union {
    void (*closer)(void *);
    void (*clear)(apr_pool_t *);
    apr_status_t (*cleanup)(void *);
} closer_t;

static void close_handles(p0f_retained_head_t *head)
{
    for (uint32_t i = 0; i < head->handle_count; i++) {
        if (head->handles[i])
            head->closer(head->handles[i]);
        head->handles[i] = NULL;
    }
}

/* Closes everything that a record of another version holds. */
static void close_all(p0f_retained_head_t *head)
{
    if (head->life)
        apr_pool_clear(head->life);
    if (head->alive)
        close_handles(head);
    for (size_t i = 0; i < P0F_RETAINED_MAPS; i++) {
        if (head->maps[i].size)
            munmap(head->maps[i].addr, head->maps[i].size);
    }
    if (head->wake_fd >= 0)
        close(head->wake_fd);
    memset(head, 0, sizeof(*head));
}

/* Where the module was away for a generation, plog has closed the handles
 * and ended the helper. */
static void forget_closed(p0f_retained_t *r)
{
    if (!r->head.alive) {
        r->capture_count = 0;
        r->capture_key[0] = '\0';
        r->helper.proc.pid = 0;
        r->api_fd = -1;
        r->api_path[0] = '\0';
    }
}

bool p0f_retained_ours(const p0f_retained_head_t *head)
{
    return head && head->magic == P0F_RETAINED_MAGIC
        && head->layout == P0F_RETAINED_LAYOUT
        && head->size == sizeof(p0f_retained_t);
}

/* The record behind HEAD if it is of this version, else NULL. */
static p0f_retained_t *record_of(p0f_retained_head_t *head)
{
    return p0f_retained_ours(head) ? (p0f_retained_t *)(void *)head : NULL;
}

/* More than a page, though it needs four bytes: the kernel puts a single page
 * into the highest hole of one, and that is where httpd's mapping of each small
 * file that it sends finds its place at once. Without the hole each of them
 * makes the kernel search (mas_ascend in a profile of it). */
static size_t shared_size(void)
{
    return 2 * (size_t)sysconf(_SC_PAGESIZE);
}

static uint32_t *shared_count(void)
{
    void *pages = mmap(NULL, shared_size(), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return pages == MAP_FAILED ? NULL : pages;
}

p0f_retained_t *p0f_retained_get(void)
{
    p0f_retained_head_t *head = ap_retained_data_get(KEY);
    p0f_retained_t *r;

    if (head && head->magic == P0F_RETAINED_MAGIC) {
        if (p0f_retained_ours(head)) {
            r = (p0f_retained_t *)(void *)head;
            forget_closed(r);
            return r;
        }
        close_all(head);
    }
    r = ap_retained_data_create(KEY, sizeof(*r));
    r->head.magic = P0F_RETAINED_MAGIC;
    r->head.layout = P0F_RETAINED_LAYOUT;
    r->head.size = (uint32_t)sizeof(*r);
    r->head.wake_fd = r->wake_fd = r->api_fd = -1;
    r->ring.wake_fd = -1;
    /* Not below any other: plog's end, at which it is cleared, is part of the
     * end of those. */
    apr_pool_create(&r->head.life, NULL);
    apr_pool_tag(r->head.life, "mod_p0f helper");
    r->let_go = shared_count();
    return r;
}

static void note_map(p0f_retained_head_t *head, size_t n, const void *addr,
                     size_t size)
{
    memcpy(&head->maps[n].addr, &addr, sizeof(addr));
    head->maps[n].size = addr ? size : 0;
}

/* Writes down in the head what a stranger would have to close. */
static void fill_head(p0f_retained_t *r)
{
    p0f_retained_head_t *head = &r->head;
    const p0f_cache_t *cache = &r->cache;

    head->wake_fd = r->wake_fd;
    head->closer = p0f_capture_closer();
    head->handle_count = (uint32_t)r->capture_count;
    for (int i = 0; i < r->capture_count; i++)
        head->handles[i] = r->captures[i].pcap;
    note_map(head, 0, cache->ro, cache->size);
    note_map(head, 1, cache->rw != cache->ro ? cache->rw : NULL,
             cache->size);
    note_map(head, 2, r->ring.base, r->ring.size);
    note_map(head, 3, r->let_go, shared_size());
}

p0f_retained_head_t *p0f_retained_hold(p0f_retained_t *r, apr_pool_t *plog)
{
    closer_t c;

    fill_head(r);
    c.closer = r->head.closer;
    for (uint32_t i = 0; i < r->head.handle_count; i++) {
        if (r->head.handles[i])
            apr_pool_cleanup_register(plog, r->head.handles[i], c.cleanup,
                                      apr_pool_cleanup_null);
    }
    c.clear = apr_pool_clear;
    apr_pool_cleanup_register(plog, r->head.life, c.cleanup,
                              apr_pool_cleanup_null);
    /* The variant that copies the key: ours is unloaded before it is read
     * again. */
    apr_pool_userdata_set(&r->head, KEY, NULL, plog);
    r->head.alive = 0;
    return &r->head;
}

p0f_retained_head_t *p0f_retained_take(apr_pool_t *plog)
{
    void *mark = NULL;
    p0f_retained_head_t *head;
    closer_t c;

    if (apr_pool_userdata_get(&mark, KEY, plog) != APR_SUCCESS || !mark)
        return NULL;
    head = mark;
    c.closer = head->closer;
    for (uint32_t i = 0; i < head->handle_count; i++) {
        if (head->handles[i])
            apr_pool_cleanup_kill(plog, head->handles[i], c.cleanup);
    }
    c.clear = apr_pool_clear;
    apr_pool_cleanup_kill(plog, head->life, c.cleanup);
    apr_pool_userdata_set(NULL, KEY, NULL, plog);
    head->alive = 1;
    return head;
}

void p0f_retained_new_generation(p0f_retained_head_t *head)
{
    p0f_retained_t *r = record_of(head);

    if (!r)
        return;
    r->forked = 0;
    if (r->let_go)
        __atomic_store_n(r->let_go, 0, __ATOMIC_RELAXED);
}

void p0f_retained_has_forked(p0f_retained_head_t *head)
{
    p0f_retained_t *r = record_of(head);

    if (r)
        r->forked++;
}

void p0f_retained_await_children(const p0f_retained_t *r)
{
    const struct timespec moment = { .tv_nsec = 1000000 };

    for (int i = 0; i < 50 && r->let_go; i++) {
        if (__atomic_load_n(r->let_go, __ATOMIC_ACQUIRE) >= r->forked)
            return;
        nanosleep(&moment, NULL);
    }
}

void p0f_retained_close_captures(p0f_retained_t *r)
{
    if (r->capture_count)
        p0f_retained_await_children(r);
    for (int i = 0; i < r->capture_count; i++)
        p0f_capture_close(&r->captures[i]);
    r->capture_count = 0;
    r->capture_key[0] = '\0';
}

void p0f_retained_forked(p0f_retained_head_t *head, apr_pool_t *plog)
{
    p0f_retained_t *r = record_of(head);

    p0f_retained_take(plog);
    close_handles(head);
    head->alive = 0;
    if (r && r->let_go)
        __atomic_fetch_add(r->let_go, 1, __ATOMIC_RELEASE);
}
