/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syntargets.h - listening addresses: lists of them, and how they are put
 * together for the capture's filter.
 *
 * Addresses with the same ports make a group, neighbouring ports one span.
 * Row 1. Startup but for p0f_syntargets_hold.
 */
#ifndef P0F_SYNTARGETS_H
#define P0F_SYNTARGETS_H

#include "types.h"

/* A listening address: :: stands for any address of IPv4 and IPv6,
 * ::ffff:0.0.0.0 for any of IPv4. */
typedef struct {
    p0f_addr_t addr;
    uint16_t port;               /* host byte order */
} p0f_syntarget_t;

/* Puts COUNT TARGETS in the order that all functions else need, each once.
 * Returns how many are left. */
size_t p0f_syntargets_sort(p0f_syntarget_t *targets, size_t count);

/* True if a SYN to PORT of ADDR is for one of COUNT sorted TARGETS. Any
 * thread. */
bool p0f_syntargets_hold(const p0f_syntarget_t *targets, size_t count,
                         const p0f_addr_t *addr, uint16_t port);

/* ---- a filter's plan, for synfilter.c --------------------------------- */

/* Ports, or IPv4 addresses, that follow each other. */
typedef struct {
    uint32_t first, last;
} p0f_synspan_t;

/* Packets of which version an address is for, and whether it is compared. */
typedef enum {
    P0F_SYN_V4, P0F_SYN_V6, P0F_SYN_ANY_V4, P0F_SYN_ANY
} p0f_synkind_t;

/* An address that is listened on, with its ports in order. */
typedef struct {
    p0f_synkind_t kind;
    const p0f_addr_t *addr;
    const p0f_synspan_t *ports;
    size_t count;                /* of spans */
} p0f_synhost_t;

typedef struct {
    p0f_synhost_t *hosts;        /* those of a group together, by address */
    p0f_synspan_t *spans;        /* all hosts' ports */
    size_t count;                /* of hosts */
} p0f_synplan_t;

/* Makes a plan of COUNT sorted TARGETS, which outlive it. False if there is
 * no memory. In any case p0f_synplan_close frees it. */
bool p0f_synplan_open(p0f_synplan_t *plan, const p0f_syntarget_t *targets,
                      size_t count);
void p0f_synplan_close(p0f_synplan_t *plan);

/* 0 if hosts A and B are of one group, else their order. */
int p0f_synplan_compare(const p0f_synhost_t *a, const p0f_synhost_t *b);

/* Leaves one host in PLAN, any, with the ports of all its TARGETS. */
void p0f_synplan_forget_addresses(p0f_synplan_t *plan,
                                  const p0f_syntarget_t *targets,
                                  size_t count);

/* Joins the spans of that host which begin at most GAP behind another's end.
 */
void p0f_synplan_join(p0f_synplan_t *plan, uint32_t gap);

#endif
