/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heads.h - what heads of HTTP messages said: clients and servers come in few
 * kinds, so that most heads are, word for word, one that was read before, but
 * for values that say nothing (Cookie, Content-Length). Those need not be
 * taken apart, matched and written as text again.
 *
 * Nothing but time depends on it: what is found is what would be read anew.
 * Private to the engine. Row 5. One thread.
 */
#ifndef P0F_HEADS_H
#define P0F_HEADS_H

#include "nat.h"

/* All that a head says, but for its date. */
typedef struct {
    const p0f_http_t *head;
    p0f_bytes_t buffer;              /* that its places are in; values that say
                                        nothing may be another message's */
    p0f_httpmatch_t match;
    p0f_saidhttp_t said;
    p0f_bytes_t text;                /* raw_sig, as p0f_seenhttp_t has it */
    uint64_t stamp;                  /* another one for each that is kept, 0
                                        for one that isn't */
} p0f_headkind_t;

typedef struct p0f_heads_t p0f_heads_t;

/* STRICT: as p0f_http_format. ENOMEM: NULL. Freed by p0f_heads_destroy. */
p0f_heads_t *p0f_heads_create(bool strict);
void p0f_heads_destroy(p0f_heads_t *heads);

/* The kind of a message of DIR and VERSION (p0f_http_t) whose header lines are
 * in BUFFER from AT on, by the database DB of generation GEN, and *DATE, that of
 * its Date header (p0f_httpdate_read), 0 none. NULL: none was learnt, or the lines have no end.
 * Valid until the next call. */
const p0f_headkind_t *p0f_heads_find(p0f_heads_t *heads, const p0f_db_t *db,
                                     uint32_t gen, p0f_dir_t dir,
                                     uint8_t version, p0f_bytes_t buffer,
                                     size_t at, uint32_t *date);

/* Recognises HEAD, whose places are in BUFFER. ASKED: it is the one that was
 * looked for last and not found; then it is kept, unless it is too long.
 * Valid until the next call, and as long as HEAD and BUFFER are. */
const p0f_headkind_t *p0f_heads_learn(p0f_heads_t *heads, const p0f_db_t *db,
                                      uint32_t gen, p0f_dir_t dir,
                                      const p0f_http_t *head,
                                      p0f_bytes_t buffer, bool asked);

#endif
