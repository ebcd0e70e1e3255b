/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.h - the signature database: a builder that fingerprint-file readers
 * fill, and the immutable image it is compiled into.
 *
 * The image is one block without pointers: it can be copied, mapped at any
 * address and read by several processes at once. All offsets count from its
 * first byte.
 *
 *   +--------------+ 0
 *   | p0f_db_t     |  header: spans of the tables below, in this order
 *   +--------------+
 *   | labels       |  p0f_label_t, those of all sections
 *   | sys          |  uint32_t, what a "!" label may run on
 *   | sigs         |  p0f_dbsig_t, requests then responses, each in search
 *   |              |  order: the later file first, within a file by line
 *   | index        |  finds the sigs that may fit a packet, see db_index.h
 *   | mtus         |  p0f_dbmtu_t, by MTU
 *   | headers      |  HTTP header names, and a hash index of them
 *   | https        |  p0f_dbhttp_t, requests then responses, as sigs
 *   | items, ua_os |  what their header lists say; systems by User-Agent
 *   | strings      |  NUL-terminated text
 *   +--------------+ size
 *
 * Several files merge so: a later file is searched first, so that its
 * signature wins over an equal one; classes and labels with the same class,
 * name and flavor are one, and their sys lists are joined.
 * Source of the meanings: p0f 3.09b behaviour, 3. Row 2.
 */
#ifndef P0F_DB_H
#define P0F_DB_H

#include <apr_pools.h>

#include "httphdr.h"
#include "sig.h"
#include "status.h"

#define P0F_DB_MAGIC  0x42443050u  /* "P0DB" */
#define P0F_DB_LAYOUT 6u

#define P0F_NO_LABEL 0xffffu       /* a label number: none */
#define P0F_NO_SIG   0xffffffffu   /* a signature number: none */

/* A table inside the image. */
typedef struct {
    uint32_t off;                  /* bytes from the start of the image */
    uint32_t count;                /* entries (strings: bytes) */
} p0f_span_t;

/* What finds the sigs of one direction that may fit a packet. */
typedef struct {
    p0f_span_t shapes;             /* uint32_t, 2^n of them: the shapes of
                                      the sigs of some option layouts */
    p0f_span_t tags;               /* uint8_t, 2^m: what is in each cell, see
                                      db_index.h */
    p0f_span_t cells;              /* uint32_t, 2^m + 1: where in order the
                                      sigs of a cell begin, ascending */
    p0f_span_t order;              /* uint32_t: numbers of sigs by cell */
} p0f_dbindex_t;

typedef struct {
    uint32_t magic, layout;
    uint32_t size;                 /* bytes, header included */
    uint32_t checksum;             /* over all that follows this field */
    uint32_t label_lines, sig_lines; /* lines read from the files, those of
                                      sections without a table included */
    p0f_span_t labels, sys, sigs[P0F_DIR_COUNT], mtus, strings;
    p0f_dbindex_t index[P0F_DIR_COUNT];
    p0f_span_t headers;            /* p0f_dbheader_t */
    p0f_span_t header_index;       /* uint16_t, 2^n: number + 1, or 0 */
    p0f_span_t https[P0F_DIR_COUNT];
    p0f_span_t items;              /* p0f_dbitem_t */
    p0f_span_t ua_os;              /* p0f_dbuaos_t */
} p0f_db_t;

/* What a label is. */
enum {
    P0F_LABEL_GENERIC = 1u << 0,   /* "g:" */
    P0F_LABEL_APP     = 1u << 1,   /* class "!": a program, not a system */
    P0F_LABEL_LINK    = 1u << 2,   /* of [mtu] */
    P0F_LABEL_TIE     = 1u << 3    /* what labels that fit equally share */
};

typedef struct {
    uint32_t name, flavor, class_name; /* offsets into strings; "" if none */
    uint32_t name_id;              /* equal names, of labels and sys lists,
                                      have equal numbers, case ignored;
                                      0xffffffff for a link */
    uint32_t class_id;             /* number of the class, 0xffffffff "!" */
    uint32_t sys_first, sys_count; /* of sys; entries: bit 31 set: class id,
                                      else name id */
    uint32_t flags;                /* P0F_LABEL_* */
} p0f_label_t;

/* A signature field that matches anything. */
#define P0F_ANY (-1)

typedef struct {
    uint32_t quirks;
    uint32_t line;                 /* in its file, for reports */
    int32_t  mss;                  /* or P0F_ANY */
    uint16_t label;
    uint16_t file;                 /* number of its file, order of loading */
    uint16_t win;                  /* value, multiple or modulus */
    int16_t  wscale;               /* or P0F_ANY */
    uint8_t  win_kind;             /* p0f_win_t */
    uint8_t  version;              /* 4, 6, or 0: any */
    uint8_t  ttl;                  /* initial TTL, or the highest if random */
    uint8_t  ttl_random;           /* 1: "N-" */
    uint8_t  olen;
    uint8_t  eol_pad;
    int8_t   payload;              /* 0, 1 or P0F_ANY */
    uint8_t  opt_count;
    uint8_t  layout[P0F_OPT_MAX];  /* rest 0 */
    uint8_t  generic;              /* copies of the label's flags, so that */
    uint8_t  app;                  /* matching reads the signature alone */
    uint8_t  tie;
    uint8_t  spare;
} p0f_dbsig_t;

typedef struct {
    uint32_t mtu;
    uint16_t label;
    uint16_t spare;
} p0f_dbmtu_t;

/* The name of an HTTP header. The first ones are those of httphdr.h. */
typedef struct {
    uint64_t first, last;          /* its first and last eight characters */
    uint32_t name;                 /* offset into strings */
    uint16_t len, flags;           /* bytes of name; P0F_HDR_* */
} p0f_dbheader_t;

#define P0F_HTTP_MAX 32            /* headers of a message or signature */

/* One header of an HTTP signature. */
typedef struct {
    uint32_t value;                /* text it must contain, 0: any value */
    uint16_t header;               /* number of its name */
    uint8_t  optional;             /* 1: "?" */
    uint8_t  spare;
} p0f_dbitem_t;

typedef struct {
    uint64_t needs;                /* bit (number % 64) of each mandatory
                                      header: what a message must have */
    uint64_t bars;                 /* bit (number) of each absent header with
                                      a number below 64 */
    uint32_t line, items, expsw;   /* items: number of the first, in order,
                                      then the absent ones; expsw: text the
                                      software must contain, 0 none */
    uint16_t label, file;
    uint8_t  order_count, absent_count;
    int8_t   version;              /* 0, 1 or P0F_ANY */
    uint8_t  generic, app;
    uint8_t  spare[3];
} p0f_dbhttp_t;

/* A User-Agent that contains text claims to run on the system name_id. */
typedef struct {
    uint32_t text, name_id;
} p0f_dbuaos_t;

/* ---- building; startup, before fork ---------------------------------- */

/* Collects what fingerprint files say, in a pool that the caller owns. */
typedef struct p0f_db_builder_t p0f_db_builder_t;

/* Makes an empty builder in POOL and stores it in *OUT. ENOMEM. */
p0f_status_t p0f_db_builder_create(p0f_db_builder_t **out, apr_pool_t *pool);

/* The pool of B. */
apr_pool_t *p0f_db_builder_pool(const p0f_db_builder_t *b);

/* Starts a further file: signatures added from here on are searched before
 * those of earlier files. ELIMIT. */
p0f_status_t p0f_db_builder_file(p0f_db_builder_t *b);

/* Counts LABELS label lines and SIGS signature lines as read. */
void p0f_db_builder_count(p0f_db_builder_t *b, uint32_t labels,
                          uint32_t sigs);

/* Declares a class; twice is once, case ignored. *ID is its number. ELIMIT
 * above 255 characters. */
p0f_status_t p0f_db_builder_class(p0f_db_builder_t *b, const char *name,
                                  uint32_t *id);

/* The name of class number ID. */
const char *p0f_db_builder_class_at(const p0f_db_builder_t *b, uint32_t id);

/* The number of a class declared so far, or false. */
bool p0f_db_builder_find_class(const p0f_db_builder_t *b, const char *name,
                               uint32_t *id);

/* The number of a system's NAME, entered if new; the first spelling stays.
 * ELIMIT above 255 characters. */
p0f_status_t p0f_db_builder_name(p0f_db_builder_t *b, const char *name,
                                 uint32_t *id);

/* The first spelling of name number ID. */
const char *p0f_db_builder_name_at(const p0f_db_builder_t *b, uint32_t id);

/* Adds a label, or finds the equal one; *LABEL is its number. CLASS_ID
 * 0xffffffff for "!" and links; NAME, FLAVOR are copied; FLAGS P0F_LABEL_*.
 * ELIMIT: a text above 255 characters, an undeclared class, too many. */
p0f_status_t p0f_db_builder_label(p0f_db_builder_t *b, uint32_t class_id,
                                  const char *name, const char *flavor,
                                  uint32_t flags, uint16_t *label);

/* What was added as label LABEL; its texts live as long as B. False: there is
 * none. */
typedef struct {
    uint32_t class_id, flags;
    const char *name, *flavor;
} p0f_labeltext_t;
bool p0f_db_builder_label_at(const p0f_db_builder_t *b, uint16_t label,
                             p0f_labeltext_t *out);

/* Adds ID to the sys list of LABEL; IS_CLASS tells what ID is. ELIMIT: no
 * such label. */
p0f_status_t p0f_db_builder_sys(p0f_db_builder_t *b, uint16_t label,
                                uint32_t id, bool is_class);

/* Adds a signature; label, line, fields set by the caller, file, generic and
 * app by the builder. ELIMIT: too many, or a field that no image may hold. */
p0f_status_t p0f_db_builder_sig(p0f_db_builder_t *b, p0f_dir_t dir,
                                const p0f_dbsig_t *sig);

/* Gives signature N of the current file and DIR, as p0f_db_builder_sigs
 * counts them, another LABEL. ELIMIT: no such signature or label. */
p0f_status_t p0f_db_builder_relabel(p0f_db_builder_t *b, p0f_dir_t dir,
                                    size_t n, uint16_t label);

/* Adds an MTU; the first one of a file for a value wins, a later file over
 * an earlier. */
p0f_status_t p0f_db_builder_mtu(p0f_db_builder_t *b, uint32_t mtu,
                                uint16_t label);

/* True if the current file has MTU already. */
bool p0f_db_builder_has_mtu(const p0f_db_builder_t *b, uint32_t mtu);

/* The number of the header NAME (case counts), entered if new. ELIMIT. */
p0f_status_t p0f_db_builder_header(p0f_db_builder_t *b, const char *name,
                                   uint16_t *header);

/* A text for p0f_dbitem_t.value and p0f_dbhttp_t.expsw: 0 for "". */
uint32_t p0f_db_builder_text(p0f_db_builder_t *b, const char *text);

/* The text that p0f_db_builder_text gave a number to. */
const char *p0f_db_builder_text_at(const p0f_db_builder_t *b, uint32_t text);

/* Sets needs and bars of SIG, whose headers ITEMS are in order, with the absent
 * ones behind them. */
void p0f_db_http_masks(p0f_dbhttp_t *sig, const p0f_dbitem_t *items);

/* Adds an HTTP signature; the caller sets label, line, version, expsw and the
 * counts, ITEMS are its headers in order and the absent ones behind them.
 * ELIMIT. */
p0f_status_t p0f_db_builder_http(p0f_db_builder_t *b, p0f_dir_t dir,
                                 const p0f_dbhttp_t *sig,
                                 const p0f_dbitem_t *items);

/* Adds an entry of ua_os: a User-Agent with TEXT claims the system NAME_ID.
 * A later file's entries come before an earlier one's. */
p0f_status_t p0f_db_builder_ua_os(p0f_db_builder_t *b, const char *text,
                                  uint32_t name_id);

/* HTTP signatures of the current file and DIR so far, and all items. */
const p0f_dbhttp_t *p0f_db_builder_https(const p0f_db_builder_t *b,
                                         p0f_dir_t dir, size_t *count,
                                         const p0f_dbitem_t **items);

/* Signatures added in the current file and DIR so far, in file order, for
 * the check of covered ones. *COUNT of them; valid until the next addition. */
const p0f_dbsig_t *p0f_db_builder_sigs(const p0f_db_builder_t *b,
                                       p0f_dir_t dir, size_t *count);

/* Compiles everything added into an image of *SIZE bytes, 8-byte aligned, in
 * POOL. ENOMEM, ELIMIT. */
p0f_status_t p0f_db_compile(const p0f_db_builder_t *b, apr_pool_t *pool,
                            const p0f_db_t **image, size_t *size);

/* ---- reading; any thread, any process -------------------------------- */

/* Checks that the SIZE bytes at IMAGE begin with a whole image of this layout
 * in which every offset and number stays inside: what is read later needs no
 * further check. ELAYOUT. */
p0f_status_t p0f_db_check(const void *image, size_t size);

/* The label LABEL, or NULL if there is none of that number. */
const p0f_label_t *p0f_db_label(const p0f_db_t *db, uint32_t label);

/* The sys list of LABEL, a label of DB: sys_count entries. */
const uint32_t *p0f_db_sys(const p0f_db_t *db, const p0f_label_t *label);

/* The text at OFF of strings, never NULL; lives as long as the image. */
const char *p0f_db_text(const p0f_db_t *db, uint32_t off);

/* Signature N of DIR in search order, or NULL. */
const p0f_dbsig_t *p0f_db_sig(const p0f_db_t *db, p0f_dir_t dir, uint32_t n);

/* Where a search for the sigs that may fit a packet stands. */
typedef struct {
    uint64_t group;                /* hash of what all candidates share */
    uint32_t shapes;               /* shapes not looked at yet */
    uint32_t pos, end;             /* of order, in the current cell */
} p0f_db_cursor_t;

/* Starts a search for the signatures of DIR that may fit SIG: all that fit
 * it, exactly or fuzzily, are among those found, in no order. Of signatures
 * alike in every field that matching reads, only the first. */
void p0f_db_find(const p0f_db_t *db, p0f_dir_t dir, const p0f_sig_t *sig,
                 p0f_db_cursor_t *cursor);

/* The next signature found, its number in search order in *NUMBER; NULL
 * after the last. */
const p0f_dbsig_t *p0f_db_next(const p0f_db_t *db, p0f_dir_t dir,
                               const p0f_sig_t *sig, p0f_db_cursor_t *cursor,
                               uint32_t *number);

/* The number of the HTTP header of this NAME, case counting, or
 * P0F_NO_HEADER. */
uint16_t p0f_db_header(const p0f_db_t *db, p0f_bytes_t name);

/* The flags (P0F_HDR_*) of header number HEADER, 0 if there is none. */
uint32_t p0f_db_header_flags(const p0f_db_t *db, uint16_t header);

/* HTTP signature N of DIR in search order, or NULL; *ITEMS its headers. */
const p0f_dbhttp_t *p0f_db_http(const p0f_db_t *db, p0f_dir_t dir, uint32_t n,
                                const p0f_dbitem_t **items);

/* All of them, *COUNT; of each the headers start at (*ITEMS)[sig->items]. */
const p0f_dbhttp_t *p0f_db_https(const p0f_db_t *db, p0f_dir_t dir,
                                 uint32_t *count, const p0f_dbitem_t **items);

/* Entry N of ua_os in search order, or NULL. */
const p0f_dbuaos_t *p0f_db_ua_os(const p0f_db_t *db, uint32_t n);

/* The link label for MTU, or P0F_NO_LABEL. An IP packet has 65535 bytes at
 * most: a larger MTU (65536, of Linux's loopback, shows over IPv6) without an
 * entry of its own counts as 65535. */
uint16_t p0f_db_mtu(const p0f_db_t *db, uint32_t mtu);

#endif
