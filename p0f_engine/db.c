/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.c - the signature database's image: check, read, search.
 */
#include "db.h"

#include <string.h>

#include "db_index.h"

/* Opens every image; db_build.c keeps it so. */
_Static_assert(sizeof(p0f_dbsig_t) == 56, "part of P0F_DB_LAYOUT");
_Static_assert(sizeof(p0f_db_t) % 8 == 0, "tables follow, 8-byte aligned");

static const void *at(const p0f_db_t *db, p0f_span_t span)
{
    return (const char *)db + span.off;
}

/* ---- check ----------------------------------------------------------- */

static bool span_ok(const p0f_db_t *db, p0f_span_t span, size_t entry)
{
    return span.off >= sizeof(*db) && span.off <= db->size
        && span.off % 8 == 0
        && span.count <= (db->size - span.off) / entry;
}

static bool power_of_2(uint32_t n)
{
    return n && !(n & (n - 1));
}

bool p0f_db_sig_valid(const p0f_dbsig_t *sig, uint32_t labels)
{
    return sig->label < labels && sig->opt_count <= P0F_OPT_MAX
        && (sig->version == 0 || sig->version == 4 || sig->version == 6)
        && sig->win_kind <= P0F_WIN_ANY
        && (sig->win_kind != P0F_WIN_MOD || sig->win != 0)
        && sig->mss >= P0F_ANY && sig->mss <= UINT16_MAX
        && sig->wscale >= P0F_ANY && sig->wscale <= UINT8_MAX
        && sig->payload >= P0F_ANY && sig->payload <= 1
        && sig->ttl_random <= 1 && sig->generic <= 1 && sig->app <= 1
        && sig->tie <= 1;
}

static bool labels_ok(const p0f_db_t *db)
{
    const p0f_label_t *label = at(db, db->labels);
    uint32_t i;

    if (db->labels.count > P0F_NO_LABEL)
        return false;
    for (i = 0; i < db->labels.count; i++, label++) {
        if (label->name >= db->strings.count
            || label->flavor >= db->strings.count
            || label->class_name >= db->strings.count
            || label->sys_first > db->sys.count
            || label->sys_count > db->sys.count - label->sys_first)
            return false;
    }
    return true;
}

static bool sigs_ok(const p0f_db_t *db, p0f_dir_t dir)
{
    const p0f_dbsig_t *sig = at(db, db->sigs[dir]);
    uint32_t i;

    for (i = 0; i < db->sigs[dir].count; i++) {
        if (!p0f_db_sig_valid(&sig[i], db->labels.count))
            return false;
    }
    return true;
}

static bool index_ok(const p0f_db_t *db, p0f_dir_t dir)
{
    const p0f_dbindex_t *index = &db->index[dir];
    const uint32_t *cell = at(db, index->cells);
    const uint32_t *order = at(db, index->order);
    uint32_t i;

    if (!power_of_2(index->shapes.count) || index->cells.count < 2
        || !power_of_2(index->cells.count - 1)
        || index->tags.count != index->cells.count - 1
        || cell[index->cells.count - 1] > index->order.count)
        return false;
    for (i = 1; i < index->cells.count; i++) {
        if (cell[i] < cell[i - 1])
            return false;
    }
    for (i = 0; i < index->order.count; i++) {
        if (order[i] >= db->sigs[dir].count)
            return false;
    }
    return true;
}

static bool spans_ok(const p0f_db_t *db)
{
    int dir;

    for (dir = 0; dir < P0F_DIR_COUNT; dir++) {
        const p0f_dbindex_t *index = &db->index[dir];

        if (!span_ok(db, db->sigs[dir], sizeof(p0f_dbsig_t))
            || !span_ok(db, index->shapes, sizeof(uint32_t))
            || !span_ok(db, index->tags, sizeof(uint8_t))
            || !span_ok(db, index->cells, sizeof(uint32_t))
            || !span_ok(db, index->order, sizeof(uint32_t)))
            return false;
    }
    return span_ok(db, db->labels, sizeof(p0f_label_t))
        && span_ok(db, db->sys, sizeof(uint32_t))
        && span_ok(db, db->mtus, sizeof(p0f_dbmtu_t))
        && span_ok(db, db->headers, sizeof(p0f_dbheader_t))
        && span_ok(db, db->header_index, sizeof(uint16_t))
        && span_ok(db, db->https[P0F_DIR_REQUEST], sizeof(p0f_dbhttp_t))
        && span_ok(db, db->https[P0F_DIR_RESPONSE], sizeof(p0f_dbhttp_t))
        && span_ok(db, db->items, sizeof(p0f_dbitem_t))
        && span_ok(db, db->ua_os, sizeof(p0f_dbuaos_t))
        && span_ok(db, db->strings, 1);
}

static bool mtus_ok(const p0f_db_t *db)
{
    const p0f_dbmtu_t *mtu = at(db, db->mtus);
    uint32_t i;

    for (i = 0; i < db->mtus.count; i++) {
        if (mtu[i].label >= db->labels.count)
            return false;
    }
    return true;
}

static bool headers_ok(const p0f_db_t *db)
{
    const p0f_dbheader_t *header = at(db, db->headers);
    const uint16_t *slot = at(db, db->header_index);
    uint32_t i;

    if (!power_of_2(db->header_index.count)
        || db->headers.count >= db->header_index.count)
        return false;                  /* a search must meet an empty slot */
    for (i = 0; i < db->headers.count; i++) {
        if (header[i].name >= db->strings.count
            || header[i].len > db->strings.count - header[i].name)
            return false;
    }
    for (i = 0; i < db->header_index.count; i++) {
        if (slot[i] > db->headers.count)
            return false;
    }
    return true;
}

static bool http_ok(const p0f_db_t *db, const p0f_dbhttp_t *sig)
{
    uint32_t n = (uint32_t)sig->order_count + sig->absent_count;

    return sig->label < db->labels.count && sig->expsw < db->strings.count
        && sig->order_count <= P0F_HTTP_MAX
        && sig->absent_count <= P0F_HTTP_MAX
        && sig->items <= db->items.count && n <= db->items.count - sig->items;
}

static bool https_ok(const p0f_db_t *db)
{
    const p0f_dbitem_t *item = at(db, db->items);
    const p0f_dbuaos_t *ua = at(db, db->ua_os);
    uint32_t i;
    int dir;

    for (dir = 0; dir < P0F_DIR_COUNT; dir++) {
        const p0f_dbhttp_t *sig = at(db, db->https[dir]);

        for (i = 0; i < db->https[dir].count; i++) {
            if (!http_ok(db, &sig[i]))
                return false;
        }
    }
    for (i = 0; i < db->items.count; i++) {
        if (item[i].value >= db->strings.count
            || item[i].header >= db->headers.count)
            return false;
    }
    for (i = 0; i < db->ua_os.count; i++) {
        if (ua[i].text >= db->strings.count)
            return false;
    }
    return true;
}

static bool strings_ok(const p0f_db_t *db)
{
    const char *text = at(db, db->strings);

    return db->strings.count && text[0] == '\0'
        && text[db->strings.count - 1] == '\0';
}

uint32_t p0f_db_checksum(const p0f_db_t *db)
{
    const size_t from = offsetof(p0f_db_t, checksum) + sizeof(db->checksum);
    const uint8_t *byte = (const uint8_t *)db;
    uint32_t hash = 2166136261u;       /* FNV-1a */
    size_t i;

    for (i = from; i < db->size; i++)
        hash = (hash ^ byte[i]) * 16777619u;
    return hash;
}

p0f_status_t p0f_db_check(const void *image, size_t size)
{
    const p0f_db_t *db = image;

    if (!image || (uintptr_t)image % 8 || size < sizeof(*db)
        || db->magic != P0F_DB_MAGIC || db->layout != P0F_DB_LAYOUT
        || db->size < sizeof(*db) || db->size > size
        || db->checksum != p0f_db_checksum(db))
        return P0F_ELAYOUT;
    if (!spans_ok(db) || !strings_ok(db) || !labels_ok(db) || !mtus_ok(db)
        || !headers_ok(db) || !https_ok(db)
        || !sigs_ok(db, P0F_DIR_REQUEST) || !sigs_ok(db, P0F_DIR_RESPONSE)
        || !index_ok(db, P0F_DIR_REQUEST) || !index_ok(db, P0F_DIR_RESPONSE))
        return P0F_ELAYOUT;
    return P0F_OK;
}

/* ---- read ------------------------------------------------------------ */

const p0f_label_t *p0f_db_label(const p0f_db_t *db, uint32_t label)
{
    const p0f_label_t *labels = at(db, db->labels);

    return label < db->labels.count ? &labels[label] : NULL;
}

const uint32_t *p0f_db_sys(const p0f_db_t *db, const p0f_label_t *label)
{
    return (const uint32_t *)at(db, db->sys) + label->sys_first;
}

const char *p0f_db_text(const p0f_db_t *db, uint32_t off)
{
    const char *text = at(db, db->strings);

    return off < db->strings.count ? text + off : "";
}

const p0f_dbsig_t *p0f_db_sig(const p0f_db_t *db, p0f_dir_t dir, uint32_t n)
{
    const p0f_dbsig_t *sigs = at(db, db->sigs[dir]);

    return n < db->sigs[dir].count ? &sigs[n] : NULL;
}

/* The entry of exactly MTU, or P0F_NO_LABEL. */
static uint16_t find_mtu(const p0f_db_t *db, uint32_t mtu)
{
    const p0f_dbmtu_t *mtus = at(db, db->mtus);
    uint32_t low = 0, high = db->mtus.count, mid;

    while (low < high) {
        mid = low + (high - low) / 2;
        if (mtus[mid].mtu < mtu)
            low = mid + 1;
        else
            high = mid;
    }
    return low < db->mtus.count && mtus[low].mtu == mtu ? mtus[low].label
                                                        : P0F_NO_LABEL;
}

uint16_t p0f_db_mtu(const p0f_db_t *db, uint32_t mtu)
{
    uint16_t label = find_mtu(db, mtu);

    if (label == P0F_NO_LABEL && mtu > UINT16_MAX)
        label = find_mtu(db, UINT16_MAX);
    return label;
}

uint16_t p0f_db_header(const p0f_db_t *db, p0f_bytes_t name)
{
    const p0f_dbheader_t *header = at(db, db->headers);
    const uint16_t *slot = at(db, db->header_index);
    const char *strings = at(db, db->strings);
    uint32_t mask = db->header_index.count - 1;
    uint64_t first, last;
    uint32_t i = p0f_dbindex_header(name, &first, &last) & mask;

    for (; slot[i]; i = (i + 1) & mask) {
        const p0f_dbheader_t *h = &header[slot[i] - 1];

        if (h->len == name.len && h->first == first && h->last == last
            && (name.len <= 16
                || memcmp(strings + h->name, name.data, name.len) == 0))
            return (uint16_t)(slot[i] - 1);
    }
    return P0F_NO_HEADER;
}

uint32_t p0f_db_header_flags(const p0f_db_t *db, uint16_t header)
{
    const p0f_dbheader_t *headers = at(db, db->headers);

    return header < db->headers.count ? headers[header].flags : 0;
}

const p0f_dbhttp_t *p0f_db_http(const p0f_db_t *db, p0f_dir_t dir, uint32_t n,
                                const p0f_dbitem_t **items)
{
    const p0f_dbhttp_t *sigs = at(db, db->https[dir]);

    if (n >= db->https[dir].count)
        return NULL;
    *items = (const p0f_dbitem_t *)at(db, db->items) + sigs[n].items;
    return &sigs[n];
}

const p0f_dbhttp_t *p0f_db_https(const p0f_db_t *db, p0f_dir_t dir,
                                 uint32_t *count, const p0f_dbitem_t **items)
{
    *count = db->https[dir].count;
    *items = at(db, db->items);
    return at(db, db->https[dir]);
}

const p0f_dbuaos_t *p0f_db_ua_os(const p0f_db_t *db, uint32_t n)
{
    const p0f_dbuaos_t *entries = at(db, db->ua_os);

    return n < db->ua_os.count ? &entries[n] : NULL;
}

/* ---- search ---------------------------------------------------------- */

void p0f_db_find(const p0f_db_t *db, p0f_dir_t dir, const p0f_sig_t *sig,
                 p0f_db_cursor_t *cursor)
{
    const p0f_dbindex_t *index = &db->index[dir];
    const uint32_t *shapes = at(db, index->shapes);
    uint32_t wanted = 0xfu << P0F_WIN_NORMAL * 4 | 0xfu << P0F_WIN_MOD * 4
                    | 0xfu << P0F_WIN_ANY * 4;

    if (sig->win_kind == P0F_WIN_MSS || sig->win_kind == P0F_WIN_MTU)
        wanted |= 0xfu << sig->win_kind * 4;
    cursor->group = p0f_dbindex_group(sig->layout, sig->eol_pad,
                                      sig->ip_opt_len, sig->quirks);
    cursor->shapes = wanted & shapes[cursor->group
                                     & (index->shapes.count - 1)];
    cursor->pos = cursor->end = 0;
}

/* Moves CURSOR to the cell of the next shape, or to an empty run if none of
 * that cell's signatures can be meant. */
static void next_cell(const p0f_db_t *db, const p0f_dbindex_t *index,
                      const p0f_sig_t *sig, p0f_db_cursor_t *cursor)
{
    const uint32_t *cells = at(db, index->cells);
    const uint8_t *tags = at(db, index->tags);
    uint32_t shape = (uint32_t)__builtin_ctz(cursor->shapes);
    uint16_t win = shape / 4 == P0F_WIN_NORMAL ? sig->window : sig->win_mult;
    uint64_t hash = p0f_dbindex_cell(cursor->group, shape, sig->mss,
                                     sig->wscale, win);
    uint64_t cell = hash & (index->tags.count - 1);
    uint8_t tag = p0f_dbindex_tag(hash);

    cursor->shapes &= cursor->shapes - 1;
    if ((tags[cell] & tag) != tag)
        return;                        /* still at the end of the last one */
    cursor->pos = cells[cell];
    cursor->end = cells[cell + 1];
}

const p0f_dbsig_t *p0f_db_next(const p0f_db_t *db, p0f_dir_t dir,
                               const p0f_sig_t *sig, p0f_db_cursor_t *cursor,
                               uint32_t *number)
{
    const p0f_dbindex_t *index = &db->index[dir];
    const p0f_dbsig_t *sigs = at(db, db->sigs[dir]);
    const uint32_t *order = at(db, index->order);

    while (cursor->pos == cursor->end) {
        if (!cursor->shapes)
            return NULL;
        next_cell(db, index, sig, cursor);
    }
    *number = order[cursor->pos++];
    return &sigs[*number];
}
