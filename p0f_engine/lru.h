/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lru.h - the order in which hosts were last used, and how many flows hold
 * each: what p0f 3's limits and expiry of hosts go by. Private to the engine
 * that follows conversations.
 *
 * Entries are numbers below a limit, those of host records. Source: p0f 3.09b
 * behaviour, 5.1 and 6.6. Row 5. One thread.
 */
#ifndef P0F_LRU_H
#define P0F_LRU_H

#include "status.h"
#include "types.h"

#define P0F_LRU_NONE 0xffffffffu

typedef struct p0f_lru_t p0f_lru_t;

/* Makes an empty order of numbers below LIMIT. ENOMEM. Freed by
 * p0f_lru_destroy. */
p0f_status_t p0f_lru_create(p0f_lru_t **out, uint32_t limit);
void p0f_lru_destroy(p0f_lru_t *lru);

/* Makes N the newest entry, a new one if it wasn't in. */
void p0f_lru_touch(p0f_lru_t *lru, uint32_t n);

/* Asks for the memory of N: to be called some hundred nanoseconds before N is
 * touched or removed. */
void p0f_lru_fetch(const p0f_lru_t *lru, uint32_t n);

void p0f_lru_remove(p0f_lru_t *lru, uint32_t n);

/* One flow more, or one less, holds N. */
void p0f_lru_hold(p0f_lru_t *lru, uint32_t n);
void p0f_lru_release(p0f_lru_t *lru, uint32_t n);
bool p0f_lru_held(const p0f_lru_t *lru, uint32_t n);

/* The least recently used entry, and the next newer one after N. */
uint32_t p0f_lru_oldest(const p0f_lru_t *lru);
uint32_t p0f_lru_newer(const p0f_lru_t *lru, uint32_t n);

uint32_t p0f_lru_count(const p0f_lru_t *lru);

#endif
