/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syntargets.c - listening addresses: lists of them, and how they are put
 * together for the capture's filter.
 */
#include "syntargets.h"

#include <stdlib.h>
#include <string.h>

#include "addr.h"

static const p0f_addr_t any;
static const p0f_addr_t any_v4 = { .b = { [10] = 0xff, [11] = 0xff } };

/* ---- lists ------------------------------------------------------------ */

static int by_address(const void *one, const void *two)
{
    const p0f_syntarget_t *a = one, *b = two;
    int order = memcmp(a->addr.b, b->addr.b, sizeof(a->addr.b));

    return order ? order : a->port - b->port;
}

size_t p0f_syntargets_sort(p0f_syntarget_t *targets, size_t count)
{
    size_t n = 0;

    if (count)
        qsort(targets, count, sizeof(*targets), by_address);
    for (size_t i = 0; i < count; i++) {
        if (!n || by_address(&targets[i], &targets[n - 1]))
            targets[n++] = targets[i];
    }
    return n;
}

static bool holds(const p0f_syntarget_t *targets, size_t count,
                  const p0f_addr_t *addr, uint16_t port)
{
    const p0f_syntarget_t key = { .addr = *addr, .port = port };

    return bsearch(&key, targets, count, sizeof(key), by_address);
}

bool p0f_syntargets_hold(const p0f_syntarget_t *targets, size_t count,
                         const p0f_addr_t *addr, uint16_t port)
{
    return holds(targets, count, addr, port)
        || holds(targets, count, &any, port)
        || (p0f_addr_is_v4(addr) && holds(targets, count, &any_v4, port));
}

/* ---- plans ------------------------------------------------------------ */

static p0f_synkind_t kind_of(const p0f_addr_t *addr)
{
    if (p0f_addr_equal(addr, &any))
        return P0F_SYN_ANY;
    if (p0f_addr_equal(addr, &any_v4))
        return P0F_SYN_ANY_V4;
    return p0f_addr_is_v4(addr) ? P0F_SYN_V4 : P0F_SYN_V6;
}

int p0f_synplan_compare(const p0f_synhost_t *a, const p0f_synhost_t *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return memcmp(a->ports, b->ports, a->count * sizeof(*a->ports));
}

static int by_group(const void *one, const void *two)
{
    const p0f_synhost_t *a = one, *b = two;
    int order = p0f_synplan_compare(a, b);

    return order ? order : memcmp(a->addr->b, b->addr->b, sizeof(a->addr->b));
}

/* Puts PORT, above those that are there, behind the spans from FIRST to NEXT.
 * Returns their end. */
static p0f_synspan_t *add_port(p0f_synspan_t *first, p0f_synspan_t *next,
                               uint32_t port)
{
    if (next > first && next[-1].last + 1 == port)
        next[-1].last = port;
    else
        *next++ = (p0f_synspan_t){ port, port };
    return next;
}

bool p0f_synplan_open(p0f_synplan_t *plan, const p0f_syntarget_t *targets,
                      size_t count)
{
    p0f_synhost_t *host = calloc(count + 1, sizeof(*host));
    p0f_synspan_t *next = calloc(count + 1, sizeof(*next)), *first = next;

    *plan = (p0f_synplan_t){ .hosts = host, .spans = next };
    if (!host || !next)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!i || !p0f_addr_equal(host->addr, &targets[i].addr)) {
            host = &plan->hosts[plan->count++];
            host->kind = kind_of(&targets[i].addr);
            host->addr = &targets[i].addr;
            host->ports = first = next;
        }
        next = add_port(first, next, targets[i].port);
        host->count = (size_t)(next - first);
    }
    qsort(plan->hosts, plan->count, sizeof(*plan->hosts), by_group);
    return true;
}

void p0f_synplan_close(p0f_synplan_t *plan)
{
    free(plan->hosts);
    free(plan->spans);
}

void p0f_synplan_forget_addresses(p0f_synplan_t *plan,
                                  const p0f_syntarget_t *targets,
                                  size_t count)
{
    uint8_t listed[65536 / 8] = { 0 };
    p0f_synspan_t *next = plan->spans;

    for (size_t i = 0; i < count; i++)
        listed[targets[i].port >> 3] |= (uint8_t)(1 << (targets[i].port & 7));
    for (uint32_t port = 0; port < 65536; port++) {
        if (listed[port >> 3] >> (port & 7) & 1)
            next = add_port(plan->spans, next, port);
    }
    plan->hosts[0] = (p0f_synhost_t){ .kind = P0F_SYN_ANY, .addr = &any,
                                      .ports = plan->spans,
                                      .count = (size_t)(next - plan->spans) };
    plan->count = 1;
}

void p0f_synplan_join(p0f_synplan_t *plan, uint32_t gap)
{
    p0f_synspan_t *spans = plan->spans;
    size_t n = 0;

    for (size_t i = 1; i < plan->hosts->count; i++) {
        if (spans[i].first - spans[n].last <= gap)
            spans[n].last = spans[i].last;
        else
            spans[++n] = spans[i];
    }
    plan->hosts->count = n + 1;
}
