/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db_build.c - collects what fingerprint files say and compiles it into the
 * database's image.
 */
#include <stdlib.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "db_index.h"

#define MAX_TEXT 255
#define MAX_SIGS 1000000
#define MAX_HEADERS 16384
#define NO_ID    0xffffffffu

typedef struct {
    uint32_t class_id, name_id, flags;
    const char *name, *flavor;
    apr_array_header_t *sys;         /* uint32_t, as in the image */
} build_label_t;

typedef struct {
    p0f_dbmtu_t mtu;
    uint16_t file;
} build_mtu_t;

typedef struct {
    p0f_dbuaos_t entry;              /* text: number of texts */
    uint16_t file;
} build_ua_os_t;

/* Texts that have numbers, case ignored. */
typedef struct {
    apr_hash_t *ids;                 /* lower-case text -> its number + 1 */
    apr_array_header_t *texts;       /* const char *, by number */
} names_t;

struct p0f_db_builder_t {
    apr_pool_t *pool;
    names_t classes, names;
    apr_hash_t *label_ids;           /* label_key() -> its number + 1 */
    apr_array_header_t *labels;      /* build_label_t */
    apr_hash_t *sys_seen;            /* label, entry of its sys -> itself */
    apr_array_header_t *sigs[P0F_DIR_COUNT]; /* p0f_dbsig_t, as added */
    int file_first[P0F_DIR_COUNT];   /* of sigs, where this file begins */
    apr_array_header_t *mtus;        /* build_mtu_t */
    apr_hash_t *mtu_files;           /* MTU -> that of the last file with it */
    apr_hash_t *header_ids, *text_ids; /* name or text -> its number */
    apr_array_header_t *headers, *texts; /* const char *, by number */
    apr_array_header_t *https[P0F_DIR_COUNT]; /* p0f_dbhttp_t, as added */
    int http_first[P0F_DIR_COUNT];   /* of https, where this file begins */
    apr_array_header_t *items;       /* p0f_dbitem_t, value a number of texts */
    apr_array_header_t *ua_os;       /* build_ua_os_t */
    uint32_t files;
    uint32_t label_lines, sig_lines;
};

/* ---- collecting ------------------------------------------------------ */

static void names_init(names_t *names, apr_pool_t *pool)
{
    names->ids = p0f_dbindex_map(pool);
    names->texts = apr_array_make(pool, 16, sizeof(const char *));
}

static const char *names_text(const names_t *names, uint32_t id)
{
    return APR_ARRAY_IDX(names->texts, id, const char *);
}

static char *lower(apr_pool_t *pool, const char *text)
{
    char *copy = apr_pstrdup(pool, text), *p;

    for (p = copy; *p; p++)
        *p = (char)apr_tolower(*p);
    return copy;
}

/* A map holds pointers, so a number is kept beside its key. */
static bool ids_find(apr_hash_t *ids, const char *key, uint32_t *id)
{
    const uint32_t *found = apr_hash_get(ids, key, APR_HASH_KEY_STRING);

    if (found)
        *id = *found;
    return found != NULL;
}

static void ids_add(apr_hash_t *ids, const char *key, uint32_t id)
{
    apr_pool_t *pool = apr_hash_pool_get(ids);

    apr_hash_set(ids, key, APR_HASH_KEY_STRING,
                 apr_pmemdup(pool, &id, sizeof(id)));
}

static p0f_status_t names_add(names_t *names, apr_pool_t *pool,
                              const char *text, uint32_t *id)
{
    const char *key;

    if (strlen(text) > MAX_TEXT)
        return P0F_ELIMIT;
    key = lower(pool, text);
    if (ids_find(names->ids, key, id))
        return P0F_OK;
    *id = (uint32_t)names->texts->nelts;
    APR_ARRAY_PUSH(names->texts, const char *) = apr_pstrdup(pool, text);
    ids_add(names->ids, key, *id);
    return P0F_OK;
}

/* The empty HTTP tables: names that are always known, text 0. */
static p0f_status_t http_init(p0f_db_builder_t *b)
{
    p0f_status_t status = P0F_OK;
    unsigned int i;
    uint16_t id;
    int dir;

    b->header_ids = p0f_dbindex_map(b->pool);
    b->text_ids = p0f_dbindex_map(b->pool);
    b->headers = apr_array_make(b->pool, 64, sizeof(const char *));
    b->texts = apr_array_make(b->pool, 64, sizeof(const char *));
    b->items = apr_array_make(b->pool, 256, sizeof(p0f_dbitem_t));
    b->ua_os = apr_array_make(b->pool, 16, sizeof(build_ua_os_t));
    for (dir = 0; dir < P0F_DIR_COUNT; dir++)
        b->https[dir] = apr_array_make(b->pool, 32, sizeof(p0f_dbhttp_t));
    for (i = 0; status == P0F_OK && p0f_httphdr_at(i); i++)
        status = p0f_db_builder_header(b, p0f_httphdr_at(i)->name, &id);
    p0f_db_builder_text(b, "");
    return status;
}

p0f_status_t p0f_db_builder_create(p0f_db_builder_t **out, apr_pool_t *pool)
{
    p0f_db_builder_t *b = apr_pcalloc(pool, sizeof(*b));
    int dir;

    *out = b;
    if (!b)
        return P0F_ENOMEM;
    b->pool = pool;
    names_init(&b->classes, pool);
    names_init(&b->names, pool);
    b->label_ids = p0f_dbindex_map(pool);
    b->labels = apr_array_make(pool, 64, sizeof(build_label_t));
    b->sys_seen = p0f_dbindex_map(pool);
    b->mtu_files = p0f_dbindex_map(pool);
    b->mtus = apr_array_make(pool, 32, sizeof(build_mtu_t));
    for (dir = 0; dir < P0F_DIR_COUNT; dir++)
        b->sigs[dir] = apr_array_make(pool, 128, sizeof(p0f_dbsig_t));
    return http_init(b);
}

apr_pool_t *p0f_db_builder_pool(const p0f_db_builder_t *b)
{
    return b->pool;
}

p0f_status_t p0f_db_builder_file(p0f_db_builder_t *b)
{
    int dir;

    if (b->files > UINT16_MAX)
        return P0F_ELIMIT;
    b->files++;
    for (dir = 0; dir < P0F_DIR_COUNT; dir++) {
        b->file_first[dir] = b->sigs[dir]->nelts;
        b->http_first[dir] = b->https[dir]->nelts;
    }
    return P0F_OK;
}

void p0f_db_builder_count(p0f_db_builder_t *b, uint32_t labels, uint32_t sigs)
{
    b->label_lines += labels;
    b->sig_lines += sigs;
}

p0f_status_t p0f_db_builder_class(p0f_db_builder_t *b, const char *name,
                                  uint32_t *id)
{
    return names_add(&b->classes, b->pool, name, id);
}

bool p0f_db_builder_find_class(const p0f_db_builder_t *b, const char *name,
                               uint32_t *id)
{
    return ids_find(b->classes.ids, lower(b->pool, name), id);
}

const char *p0f_db_builder_class_at(const p0f_db_builder_t *b, uint32_t id)
{
    return names_text(&b->classes, id);
}

p0f_status_t p0f_db_builder_name(p0f_db_builder_t *b, const char *name,
                                 uint32_t *id)
{
    return names_add(&b->names, b->pool, name, id);
}

const char *p0f_db_builder_name_at(const p0f_db_builder_t *b, uint32_t id)
{
    return names_text(&b->names, id);
}

p0f_status_t p0f_db_builder_label(p0f_db_builder_t *b, uint32_t class_id,
                                  const char *name, const char *flavor,
                                  uint32_t flags, uint16_t *label)
{
    build_label_t entry = { .class_id = class_id, .name_id = NO_ID,
                            .flags = flags };
    p0f_status_t status;
    const char *key;
    uint32_t id;

    *label = P0F_NO_LABEL;
    if (strlen(name) > MAX_TEXT || strlen(flavor) > MAX_TEXT
        || (class_id != NO_ID && class_id >= (uint32_t)b->classes.texts->nelts))
        return P0F_ELIMIT;
    if (flags & P0F_LABEL_LINK) {
        entry.name = apr_pstrdup(b->pool, name);
    }
    else {
        status = p0f_db_builder_name(b, name, &entry.name_id);
        if (status != P0F_OK)
            return status;
        entry.name = names_text(&b->names, entry.name_id);
    }
    key = apr_psprintf(b->pool, "%u:%u:%u:%s:%s", flags, class_id,
                       entry.name_id, entry.name, flavor);
    if (!ids_find(b->label_ids, key, &id)) {
        id = (uint32_t)b->labels->nelts;
        if (id >= P0F_NO_LABEL)
            return P0F_ELIMIT;
        entry.flavor = apr_pstrdup(b->pool, flavor);
        entry.sys = apr_array_make(b->pool, 2, sizeof(uint32_t));
        APR_ARRAY_PUSH(b->labels, build_label_t) = entry;
        ids_add(b->label_ids, key, id);
    }
    *label = (uint16_t)id;
    return P0F_OK;
}

p0f_status_t p0f_db_builder_sys(p0f_db_builder_t *b, uint16_t label,
                                uint32_t id, bool is_class)
{
    const uint32_t key[] = { label, is_class ? id | 1u << 31 : id };
    const uint32_t *copy;

    if (label >= b->labels->nelts)
        return P0F_ELIMIT;
    if (apr_hash_get(b->sys_seen, key, sizeof(key)))
        return P0F_OK;
    copy = apr_pmemdup(b->pool, key, sizeof(key));
    apr_hash_set(b->sys_seen, copy, sizeof(key), copy);
    APR_ARRAY_PUSH(APR_ARRAY_IDX(b->labels, label, build_label_t).sys,
                   uint32_t) = key[1];
    return P0F_OK;
}

static uint16_t current_file(const p0f_db_builder_t *b)
{
    return (uint16_t)(b->files ? b->files - 1 : 0);
}

bool p0f_db_builder_label_at(const p0f_db_builder_t *b, uint16_t label,
                             p0f_labeltext_t *out)
{
    const build_label_t *from;

    if (label >= b->labels->nelts)
        return false;
    from = &APR_ARRAY_IDX(b->labels, label, build_label_t);
    *out = (p0f_labeltext_t){ .class_id = from->class_id,
                              .flags = from->flags, .name = from->name,
                              .flavor = from->flavor };
    return true;
}

/* Enters LABEL, which exists, and the copies of its flags in SIG. */
static void set_label(const p0f_db_builder_t *b, p0f_dbsig_t *sig,
                      uint16_t label)
{
    uint32_t flags = APR_ARRAY_IDX(b->labels, label, build_label_t).flags;

    sig->label = label;
    sig->generic = (flags & P0F_LABEL_GENERIC) != 0;
    sig->app = (flags & P0F_LABEL_APP) != 0;
    sig->tie = (flags & P0F_LABEL_TIE) != 0;
}

p0f_status_t p0f_db_builder_sig(p0f_db_builder_t *b, p0f_dir_t dir,
                                const p0f_dbsig_t *sig)
{
    p0f_dbsig_t copy = *sig;

    copy.generic = copy.app = copy.tie = copy.spare = 0;
    if (!p0f_db_sig_valid(&copy, (uint32_t)b->labels->nelts)
        || b->sigs[dir]->nelts >= MAX_SIGS)
        return P0F_ELIMIT;
    set_label(b, &copy, sig->label);
    copy.file = current_file(b);
    memset(copy.layout + copy.opt_count, 0, P0F_OPT_MAX - copy.opt_count);
    APR_ARRAY_PUSH(b->sigs[dir], p0f_dbsig_t) = copy;
    return P0F_OK;
}

p0f_status_t p0f_db_builder_relabel(p0f_db_builder_t *b, p0f_dir_t dir,
                                    size_t n, uint16_t label)
{
    int i = b->file_first[dir] + (int)n;

    if (i >= b->sigs[dir]->nelts || label >= b->labels->nelts)
        return P0F_ELIMIT;
    set_label(b, &APR_ARRAY_IDX(b->sigs[dir], i, p0f_dbsig_t), label);
    return P0F_OK;
}

bool p0f_db_builder_has_mtu(const p0f_db_builder_t *b, uint32_t mtu)
{
    const build_mtu_t *last = apr_hash_get(b->mtu_files, &mtu, sizeof(mtu));

    return last && last->file == current_file(b);
}

p0f_status_t p0f_db_builder_mtu(p0f_db_builder_t *b, uint32_t mtu,
                                uint16_t label)
{
    build_mtu_t entry = { .mtu = { .mtu = mtu, .label = label },
                          .file = current_file(b) };
    const build_mtu_t *last;

    if (label >= b->labels->nelts || b->mtus->nelts >= MAX_SIGS)
        return P0F_ELIMIT;
    APR_ARRAY_PUSH(b->mtus, build_mtu_t) = entry;
    if (!p0f_db_builder_has_mtu(b, mtu)) {
        last = apr_pmemdup(b->pool, &entry, sizeof(entry));
        apr_hash_set(b->mtu_files, &last->mtu.mtu, sizeof(mtu), last);
    }
    return P0F_OK;
}

const p0f_dbsig_t *p0f_db_builder_sigs(const p0f_db_builder_t *b,
                                       p0f_dir_t dir, size_t *count)
{
    *count = (size_t)(b->sigs[dir]->nelts - b->file_first[dir]);
    return &APR_ARRAY_IDX(b->sigs[dir], b->file_first[dir], p0f_dbsig_t);
}

p0f_status_t p0f_db_builder_header(p0f_db_builder_t *b, const char *name,
                                   uint16_t *header)
{
    uint32_t id = 0;

    if (!ids_find(b->header_ids, name, &id)) {
        id = (uint32_t)b->headers->nelts;
        if (id >= MAX_HEADERS || strlen(name) > MAX_TEXT)
            return P0F_ELIMIT;
        APR_ARRAY_PUSH(b->headers, const char *) = apr_pstrdup(b->pool, name);
        ids_add(b->header_ids, APR_ARRAY_IDX(b->headers, id, const char *),
                id);
    }
    *header = (uint16_t)id;
    return P0F_OK;
}

uint32_t p0f_db_builder_text(p0f_db_builder_t *b, const char *text)
{
    uint32_t id = 0;

    if (!ids_find(b->text_ids, text, &id)) {
        id = (uint32_t)b->texts->nelts;
        APR_ARRAY_PUSH(b->texts, const char *) = apr_pstrdup(b->pool, text);
        ids_add(b->text_ids, APR_ARRAY_IDX(b->texts, id, const char *), id);
    }
    return id;
}

const char *p0f_db_builder_text_at(const p0f_db_builder_t *b, uint32_t text)
{
    return APR_ARRAY_IDX(b->texts, text, const char *);
}

void p0f_db_http_masks(p0f_dbhttp_t *sig, const p0f_dbitem_t *items)
{
    const p0f_dbitem_t *absent = items + sig->order_count;
    int i;

    sig->needs = sig->bars = 0;
    for (i = 0; i < sig->order_count; i++) {
        if (!items[i].optional)
            sig->needs |= (uint64_t)1 << items[i].header % 64;
    }
    for (i = 0; i < sig->absent_count; i++) {
        if (absent[i].header < 64)
            sig->bars |= (uint64_t)1 << absent[i].header;
    }
}

p0f_status_t p0f_db_builder_http(p0f_db_builder_t *b, p0f_dir_t dir,
                                 const p0f_dbhttp_t *sig,
                                 const p0f_dbitem_t *items)
{
    int count = sig->order_count + sig->absent_count, i;
    p0f_dbhttp_t copy = *sig;
    uint32_t flags;

    if (sig->order_count > P0F_HTTP_MAX || sig->absent_count > P0F_HTTP_MAX
        || sig->label >= b->labels->nelts
        || sig->expsw >= (uint32_t)b->texts->nelts
        || b->https[dir]->nelts >= MAX_SIGS)
        return P0F_ELIMIT;
    flags = APR_ARRAY_IDX(b->labels, sig->label, build_label_t).flags;
    copy.generic = (flags & P0F_LABEL_GENERIC) != 0;
    copy.app = (flags & P0F_LABEL_APP) != 0;
    copy.file = current_file(b);
    copy.items = (uint32_t)b->items->nelts;
    p0f_db_http_masks(&copy, items);
    for (i = 0; i < count; i++) {
        if (items[i].header >= b->headers->nelts
            || items[i].value >= (uint32_t)b->texts->nelts)
            return P0F_ELIMIT;
        APR_ARRAY_PUSH(b->items, p0f_dbitem_t) = items[i];
    }
    APR_ARRAY_PUSH(b->https[dir], p0f_dbhttp_t) = copy;
    return P0F_OK;
}

p0f_status_t p0f_db_builder_ua_os(p0f_db_builder_t *b, const char *text,
                                  uint32_t name_id)
{
    build_ua_os_t entry = {
        .entry = { .text = p0f_db_builder_text(b, text), .name_id = name_id },
        .file = current_file(b)
    };

    if (name_id >= (uint32_t)b->names.texts->nelts)
        return P0F_ELIMIT;
    APR_ARRAY_PUSH(b->ua_os, build_ua_os_t) = entry;
    return P0F_OK;
}

const p0f_dbhttp_t *p0f_db_builder_https(const p0f_db_builder_t *b,
                                         p0f_dir_t dir, size_t *count,
                                         const p0f_dbitem_t **items)
{
    *count = (size_t)(b->https[dir]->nelts - b->http_first[dir]);
    *items = (const p0f_dbitem_t *)(const void *)b->items->elts;
    return &APR_ARRAY_IDX(b->https[dir], b->http_first[dir], p0f_dbhttp_t);
}

/* ---- compiling ------------------------------------------------------- */

/* The tables of an image before they are put together. */
typedef struct {
    const p0f_db_builder_t *b;
    apr_hash_t *text_offs;           /* text -> its offset in strings */
    apr_array_header_t *strings;     /* char */
    apr_array_header_t *labels, *sys, *mtus;
    apr_array_header_t *sigs[P0F_DIR_COUNT];
    p0f_dbindex_tables_t index[P0F_DIR_COUNT];
    apr_array_header_t *headers, *header_index, *items, *ua_os;
    apr_array_header_t *https[P0F_DIR_COUNT];
} tables_t;

static uint32_t add_text(tables_t *t, const char *text)
{
    const char *p = text;
    uint32_t off;

    if (ids_find(t->text_offs, text, &off))
        return off;
    off = (uint32_t)t->strings->nelts;
    do {
        APR_ARRAY_PUSH(t->strings, char) = *p;
    } while (*p++);
    ids_add(t->text_offs, text, off);
    return off;
}

static void make_labels(tables_t *t)
{
    const p0f_db_builder_t *b = t->b;
    int i;

    for (i = 0; i < b->labels->nelts; i++) {
        const build_label_t *from = &APR_ARRAY_IDX(b->labels, i,
                                                   build_label_t);
        p0f_label_t label = {
            .name = add_text(t, from->name),
            .flavor = add_text(t, from->flavor),
            .name_id = from->name_id,
            .class_id = from->class_id,
            .sys_first = (uint32_t)t->sys->nelts,
            .sys_count = (uint32_t)from->sys->nelts,
            .flags = from->flags
        };

        if (from->class_id != NO_ID)
            label.class_name = add_text(t, names_text(&b->classes,
                                                      from->class_id));
        apr_array_cat(t->sys, from->sys);
        APR_ARRAY_PUSH(t->labels, p0f_label_t) = label;
    }
}

/* Where in FROM those of the file begin that has the entry before END; AT:
 * where an entry has the number of its file. */
static int file_start(const apr_array_header_t *from, int end, size_t at)
{
    const size_t size = (size_t)from->elt_size;
    const char *last = from->elts + (size_t)(end - 1) * size + at;
    const char *file = last;

    while (--end > 0 && !memcmp(file - size, last, sizeof(uint16_t)))
        file -= size;
    return end;
}

/* Copies the signatures of DIR in search order, the last file first. */
static void make_sigs(tables_t *t, p0f_dir_t dir)
{
    const apr_array_header_t *from = t->b->sigs[dir];
    int start, end, i;

    for (end = from->nelts; end > 0; end = start) {
        start = file_start(from, end, offsetof(p0f_dbsig_t, file));
        for (i = start; i < end; i++)
            APR_ARRAY_PUSH(t->sigs[dir], p0f_dbsig_t)
                = APR_ARRAY_IDX(from, i, p0f_dbsig_t);
    }
}

/* ---- HTTP tables ----------------------------------------------------- */

static void make_headers(tables_t *t, apr_pool_t *pool)
{
    const apr_array_header_t *from = t->b->headers;
    uint32_t n = (uint32_t)from->nelts, slots = p0f_dbindex_slots(2 * n + 1);
    uint32_t i, slot;
    uint16_t *index;

    t->headers = apr_array_make(pool, (int)n, sizeof(p0f_dbheader_t));
    t->header_index = p0f_dbindex_table(pool, slots, sizeof(uint16_t));
    index = (uint16_t *)(void *)t->header_index->elts;
    for (i = 0; i < n; i++) {
        const char *name = APR_ARRAY_IDX(from, i, const char *);
        const p0f_httphdr_t *known = p0f_httphdr_at(i);
        p0f_dbheader_t header = {
            .name = add_text(t, name), .len = (uint16_t)strlen(name),
            .flags = (uint16_t)(known ? known->flags : 0)
        };
        p0f_bytes_t text = { (const uint8_t *)name, header.len };

        slot = p0f_dbindex_header(text, &header.first, &header.last)
             & (slots - 1);
        APR_ARRAY_PUSH(t->headers, p0f_dbheader_t) = header;
        while (index[slot])
            slot = (slot + 1) & (slots - 1);
        index[slot] = (uint16_t)(i + 1);
    }
}

/* Texts become offsets; search order as of sigs. */
static void make_https(tables_t *t, p0f_dir_t dir, apr_pool_t *pool)
{
    const apr_array_header_t *from = t->b->https[dir];
    int start, end, i;

    t->https[dir] = apr_array_make(pool, from->nelts + 1,
                                   sizeof(p0f_dbhttp_t));
    for (end = from->nelts; end > 0; end = start) {
        start = file_start(from, end, offsetof(p0f_dbhttp_t, file));
        for (i = start; i < end; i++) {
            p0f_dbhttp_t sig = APR_ARRAY_IDX(from, i, p0f_dbhttp_t);

            sig.expsw = add_text(t, p0f_db_builder_text_at(t->b, sig.expsw));
            APR_ARRAY_PUSH(t->https[dir], p0f_dbhttp_t) = sig;
        }
    }
}

static void make_items(tables_t *t, apr_pool_t *pool)
{
    const apr_array_header_t *from = t->b->items, *ua = t->b->ua_os;
    int start, end, i;

    t->items = apr_array_make(pool, from->nelts + 1, sizeof(p0f_dbitem_t));
    for (i = 0; i < from->nelts; i++) {
        p0f_dbitem_t item = APR_ARRAY_IDX(from, i, p0f_dbitem_t);

        item.value = add_text(t, p0f_db_builder_text_at(t->b, item.value));
        APR_ARRAY_PUSH(t->items, p0f_dbitem_t) = item;
    }
    t->ua_os = apr_array_make(pool, ua->nelts + 1, sizeof(p0f_dbuaos_t));
    for (end = ua->nelts; end > 0; end = start) {
        start = file_start(ua, end, offsetof(build_ua_os_t, file));
        for (i = start; i < end; i++) {
            p0f_dbuaos_t entry = APR_ARRAY_IDX(ua, i, build_ua_os_t).entry;

            entry.text = add_text(t, p0f_db_builder_text_at(t->b, entry.text));
            APR_ARRAY_PUSH(t->ua_os, p0f_dbuaos_t) = entry;
        }
    }
}

/* By MTU; of equal ones the later file's first, then the earlier line's, which
 * stands earlier in the array. */
static int compare_mtus(const void *a, const void *b)
{
    const build_mtu_t *const *x = a, *const *y = b;

    if ((*x)->mtu.mtu != (*y)->mtu.mtu)
        return (*x)->mtu.mtu < (*y)->mtu.mtu ? -1 : 1;
    if ((*x)->file != (*y)->file)
        return (*x)->file > (*y)->file ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

static void make_mtus(tables_t *t, apr_pool_t *pool)
{
    const apr_array_header_t *from = t->b->mtus;
    const build_mtu_t **sorted
        = apr_palloc(pool, ((size_t)from->nelts + 1) * sizeof(*sorted));
    int i;

    for (i = 0; i < from->nelts; i++)
        sorted[i] = &APR_ARRAY_IDX(from, i, build_mtu_t);
    qsort(sorted, (size_t)from->nelts, sizeof(*sorted), compare_mtus);
    for (i = 0; i < from->nelts; i++) {
        if (i == 0 || sorted[i]->mtu.mtu != sorted[i - 1]->mtu.mtu)
            APR_ARRAY_PUSH(t->mtus, p0f_dbmtu_t) = sorted[i]->mtu;
    }
}

/* Appends TABLE to the image of *SIZE bytes, or only counts if IMAGE is NULL,
 * and notes where it lies. */
static void put(char *image, uint64_t *size, const apr_array_header_t *from,
                p0f_span_t *span)
{
    size_t bytes = (size_t)from->nelts * (size_t)from->elt_size;

    if (image) {
        span->off = (uint32_t)*size;
        span->count = (uint32_t)from->nelts;
        memcpy(image + *size, from->elts, bytes);
    }
    *size += (bytes + 7) & ~(uint64_t)7;
}

/* Puts all tables behind the header DB, or only counts if IMAGE is NULL.
 * The size of the image. */
static uint64_t put_all(const tables_t *t, p0f_db_t *db, char *image)
{
    uint64_t size = sizeof(*db);
    int dir;

    put(image, &size, t->labels, &db->labels);
    put(image, &size, t->sys, &db->sys);
    for (dir = 0; dir < P0F_DIR_COUNT; dir++)
        put(image, &size, t->sigs[dir], &db->sigs[dir]);
    for (dir = 0; dir < P0F_DIR_COUNT; dir++) {
        put(image, &size, t->index[dir].shapes, &db->index[dir].shapes);
        put(image, &size, t->index[dir].tags, &db->index[dir].tags);
        put(image, &size, t->index[dir].cells, &db->index[dir].cells);
        put(image, &size, t->index[dir].order, &db->index[dir].order);
    }
    put(image, &size, t->mtus, &db->mtus);
    put(image, &size, t->headers, &db->headers);
    put(image, &size, t->header_index, &db->header_index);
    for (dir = 0; dir < P0F_DIR_COUNT; dir++)
        put(image, &size, t->https[dir], &db->https[dir]);
    put(image, &size, t->items, &db->items);
    put(image, &size, t->ua_os, &db->ua_os);
    put(image, &size, t->strings, &db->strings);
    return size;
}

p0f_status_t p0f_db_compile(const p0f_db_builder_t *b, apr_pool_t *pool,
                            const p0f_db_t **image, size_t *size)
{
    tables_t t = { .b = b };
    p0f_db_t header = { .magic = P0F_DB_MAGIC, .layout = P0F_DB_LAYOUT,
                        .label_lines = b->label_lines,
                        .sig_lines = b->sig_lines };
    apr_pool_t *scratch;
    uint64_t bytes;
    p0f_db_t *db = NULL;
    int dir;

    *image = NULL;
    *size = 0;
    if (apr_pool_create(&scratch, pool) != APR_SUCCESS)
        return P0F_ENOMEM;
    t.text_offs = p0f_dbindex_map(scratch);
    t.strings = apr_array_make(scratch, 4096, 1);
    t.labels = apr_array_make(scratch, 64, sizeof(p0f_label_t));
    t.sys = apr_array_make(scratch, 64, sizeof(uint32_t));
    t.mtus = apr_array_make(scratch, 64, sizeof(p0f_dbmtu_t));
    add_text(&t, "");
    make_labels(&t);
    make_mtus(&t, scratch);
    make_headers(&t, scratch);
    make_items(&t, scratch);
    for (dir = 0; dir < P0F_DIR_COUNT; dir++) {
        t.sigs[dir] = apr_array_make(scratch, b->sigs[dir]->nelts + 1,
                                     sizeof(p0f_dbsig_t));
        make_sigs(&t, (p0f_dir_t)dir);
        t.index[dir] = p0f_dbindex_build(t.sigs[dir], scratch);
        make_https(&t, (p0f_dir_t)dir, scratch);
    }
    bytes = put_all(&t, &header, NULL);
    if (bytes <= UINT32_MAX)
        db = apr_pcalloc(pool, bytes);
    if (db) {
        put_all(&t, &header, (char *)db);
        header.size = (uint32_t)bytes;
        *db = header;
        db->checksum = p0f_db_checksum(db);
        *image = db;
        *size = bytes;
    }
    apr_pool_destroy(scratch);
    return db ? P0F_OK : bytes <= UINT32_MAX ? P0F_ENOMEM : P0F_ELIMIT;
}
