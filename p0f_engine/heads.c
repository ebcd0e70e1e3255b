/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heads.c - a small table of heads, each place overwritten by the next head
 * with its hash.
 *
 * A head is found by its lines: the names of those whose values say nothing,
 * the others whole. What is found is compared with it line by line, so that
 * nothing depends on the hash, and nobody gains by heads that share one.
 */
#include "heads.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "httpdate.h"

enum {
    PLACES = 512,                    /* a power of two */
    TEXT = 1024,                     /* longest head kept, */
    SIG = 1280,                      /* and longest raw_sig */
    LONGEST = 1024,                  /* longest value, as in http.c */
    MUTE_WORDS = 256                 /* a power of two */
};

/* The header lines of a head: where each begins, and the end of the last. */
typedef struct {
    p0f_bytes_t text;                /* from the first line on */
    uint64_t hash;
    unsigned int count;
    uint16_t start[P0F_HTTP_MAX + 1];
} lines_t;

/* One that was read. */
typedef struct {
    uint64_t hash;
    uint32_t gen;                    /* of the database, 0: free */
    uint32_t mute;                   /* bit n: the value of line n says
                                        nothing */
    uint16_t start[P0F_HTTP_MAX + 1];/* of the lines in text, as lines_t */
    uint8_t dir;
    p0f_headkind_t kind;
    p0f_http_t head;                 /* in text */
    uint8_t text[TEXT];              /* from the first header line on */
    char sig[SIG];                   /* kind.text is here */
} place_t;

/* What a database makes of headers in messages of one direction. */
typedef struct {
    uint64_t headers;                /* bit n: the value of header n says
                                        nothing */
    uint64_t words[MUTE_WORDS];      /* the first bytes of their names, by
                                        hash */
} mute_t;

struct p0f_heads_t {
    uint32_t gen;                    /* of the database that mute is about */
    mute_t mute[P0F_DIR_COUNT];
    bool strict;
    uint64_t stamp;                  /* the last one given */
    lines_t asked;                   /* the head looked for last */
    struct {
        size_t len;                  /* of text, 0: none yet */
        uint8_t text[32];
        uint32_t value;
    } date;                          /* read last */
    p0f_headkind_t once;             /* one that isn't kept */
    place_t places[PLACES];
};

_Static_assert(P0F_HTTP_MAX <= 32, "a bit for each line");

p0f_heads_t *p0f_heads_create(bool strict)
{
    p0f_heads_t *heads = calloc(1, sizeof(*heads));

    if (heads)
        heads->strict = strict;
    return heads;
}

void p0f_heads_destroy(p0f_heads_t *heads)
{
    free(heads);
}

/* ---- values that say nothing -------------------------------------------- */

/* The first eight bytes of the name that LINE begins with. */
static inline uint64_t name_word(p0f_bytes_t line)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t word = p0f_bytes_word(line, 0), x = word ^ ':' * ones;
    const uint64_t colons = (x - ones) & ~x & 0x80 * ones;

    /* the lowest mark is right, those above it may be borrowed */
    return colons ? word & (((colons & -colons) >> 7) - 1) : word;
}

/* The place of WORD among WORDS, or that where it would be, which holds 0. */
static inline const uint64_t *find_word(const uint64_t words[MUTE_WORDS],
                                        uint64_t word)
{
    size_t n = p0f_hash_mix(0, word) % MUTE_WORDS;

    while (words[n] && words[n] != word)
        n = (n + 1) % MUTE_WORDS;
    return &words[n];
}

/* The headers, of those that every database knows, whose values neither the
 * text of a signature shows nor anything looks at. */
static uint64_t shown_by_name(p0f_dir_t dir)
{
    const uint32_t flags = dir == P0F_DIR_REQUEST
        ? P0F_HDR_REQ_OPTIONAL | P0F_HDR_REQ_NO_VALUE
        : P0F_HDR_RESP_OPTIONAL | P0F_HDR_RESP_NO_VALUE;
    const p0f_httphdr_t *header;
    uint64_t set = 0;

    for (unsigned int n = 0; n < 64 && (header = p0f_httphdr_at(n)); n++) {
        if (header->flags & flags)
            set |= (uint64_t)1 << n;
    }
    return set & ~((uint64_t)1 << P0F_HDR_USER_AGENT
                   | (uint64_t)1 << P0F_HDR_SERVER
                   | (uint64_t)1 << P0F_HDR_VIA
                   | (uint64_t)1 << P0F_HDR_X_FORWARDED_FOR);
}

/* Those that no signature of DB looks at, either. */
static void read_mute(mute_t *mute, const p0f_db_t *db, p0f_dir_t dir)
{
    const p0f_dbitem_t *items;
    const p0f_dbhttp_t *sigs;
    uint32_t count;

    memset(mute, 0, sizeof(*mute));
    mute->headers = shown_by_name(dir);
    sigs = p0f_db_https(db, dir, &count, &items);
    for (uint32_t n = 0; n < count; n++) {
        for (uint32_t i = 0; i < sigs[n].order_count; i++) {
            const p0f_dbitem_t *item = &items[sigs[n].items + i];

            if (item->value && item->header < 64)
                mute->headers &= ~((uint64_t)1 << item->header);
        }
    }
    for (unsigned int n = 0; n < 64; n++) {
        if (mute->headers >> n & 1) {
            const char *name = p0f_httphdr_at(n)->name;
            const p0f_bytes_t bytes = { (const uint8_t *)name, strlen(name) };
            const uint64_t word = name_word(bytes);

            mute->words[find_word(mute->words, word) - mute->words] = word;
        }
    }
}

static void renew(p0f_heads_t *h, const p0f_db_t *db, uint32_t gen)
{
    if (h->gen == gen)
        return;
    read_mute(&h->mute[P0F_DIR_REQUEST], db, P0F_DIR_REQUEST);
    read_mute(&h->mute[P0F_DIR_RESPONSE], db, P0F_DIR_RESPONSE);
    h->gen = gen;
}

/* ---- lines -------------------------------------------------------------- */

static uint64_t hash_line(uint64_t hash, const mute_t *mute, p0f_bytes_t line)
{
    const uint64_t name = name_word(line);
    size_t i;

    if (*find_word(mute->words, name))
        return p0f_hash_mix(hash, name);
    for (i = 0; p0f_bytes_has(line, i, 8); i += 8)
        hash = (hash ^ p0f_bytes_word(line, i)) * P0F_HASH_FACTOR;
    return p0f_hash_mix(hash, p0f_bytes_word(line, i) + line.len);
}

/* Finds the lines of TEXT up to the empty one, as the reader does; false if
 * there are too many or none is empty. */
static bool read_lines(lines_t *l, p0f_bytes_t text, const mute_t *mute)
{
    p0f_bytes_t line = text;
    const uint8_t *end;

    l->text = text;
    l->hash = 0;
    for (l->count = 0; line.len; l->count++) {
        l->start[l->count] = (uint16_t)(text.len - line.len);
        if (*line.data == '\r' || *line.data == '\n')
            return true;
        end = memchr(line.data, '\n', line.len);
        if (!end || l->count == P0F_HTTP_MAX)
            return false;
        line.len = (size_t)(end + 1 - line.data);
        l->hash = hash_line(l->hash, mute, line);
        line = p0f_bytes_from(text, l->start[l->count] + line.len);
    }
    return false;
}

/* True if lines FROM to N - 1 are those of PLACE, and so is the name of line N
 * if there is one, whose value says nothing. */
static bool same_run(const place_t *place, const lines_t *l, unsigned int from,
                     unsigned int n)
{
    const size_t a = place->start[from], b = l->start[from];
    size_t len = place->start[n] - a, name, value;

    if (l->start[n] - b != len)
        return false;
    if (n < l->count) {
        name = place->head.fields[n].name_len + 1u;
        value = (size_t)l->start[n + 1] - l->start[n] - name;
        if (value - 1 >= LONGEST)            /* also if the name is longer */
            return false;
        len += name;
    }
    return memcmp(place->text + a, l->text.data + b, len) == 0;
}

static bool same_head(const place_t *place, const lines_t *l, p0f_dir_t dir,
                      uint8_t version, uint32_t gen)
{
    unsigned int from = 0;

    if (place->hash != l->hash || place->gen != gen || place->dir != dir
        || place->head.version != version || place->head.count != l->count)
        return false;
    for (unsigned int n = 0; n <= l->count; n++) {
        if (n < l->count && !(place->mute >> n & 1))
            continue;
        if (!same_run(place, l, from, n))
            return false;
        from = n + 1;
    }
    return true;
}

/* What the value of line N, whose name has NAME_LEN bytes, is as a date. Most
 * are of the same second as the one before. */
static uint32_t date_at(p0f_heads_t *h, unsigned int n, size_t name_len)
{
    const lines_t *l = &h->asked;
    p0f_bytes_t value = p0f_bytes_from(p0f_bytes_first(l->text,
                                                       l->start[n + 1] - 1u),
                                       l->start[n] + name_len + 1);

    if (value.len && (*value.data == ' ' || *value.data == '\t'))
        value = p0f_bytes_from(value, 1);
    if (!value.len || value.len != h->date.len
        || memcmp(value.data, h->date.text, value.len) != 0) {
        h->date.value = p0f_httpdate_read(value);
        h->date.len = value.len <= sizeof(h->date.text) ? value.len : 0;
        p0f_bytes_copy(value, 0, h->date.text, h->date.len);
    }
    return h->date.value;
}

const p0f_headkind_t *p0f_heads_find(p0f_heads_t *heads, const p0f_db_t *db,
                                     uint32_t gen, p0f_dir_t dir,
                                     uint8_t version, p0f_bytes_t buffer,
                                     size_t at, uint32_t *date)
{
    lines_t *l = &heads->asked;
    const p0f_http_t *head;
    const place_t *place;

    renew(heads, db, gen);
    if (!read_lines(l, p0f_bytes_from(buffer, at), &heads->mute[dir])) {
        l->count = P0F_HTTP_MAX + 1;         /* not to be kept */
        return NULL;
    }
    place = &heads->places[l->hash % PLACES];
    if (!same_head(place, l, dir, version, gen))
        return NULL;
    head = &place->head;
    *date = head->date < 0 ? 0
          : date_at(heads, (unsigned int)head->date,
                    head->fields[head->date].name_len);
    return &place->kind;
}

/* ---- learning ----------------------------------------------------------- */

/* Which lines of HEAD have values that say nothing. Of several dates the last
 * one counts that isn't empty: then all of them are looked at. */
static uint32_t mute_lines(const mute_t *mute, const p0f_http_t *head)
{
    uint32_t lines = 0, dates = 0;

    for (unsigned int n = 0; n < head->count; n++) {
        const unsigned int header = head->fields[n].header;

        if (header < 64 && mute->headers >> header & 1)
            lines |= 1u << n;
        if (header == P0F_HDR_DATE)
            dates |= 1u << n;
    }
    return head->date < 0 || dates & (dates - 1) ? lines & ~dates : lines;
}

/* Keeps HEAD, the one that was asked for, whose first line is at BASE of its
 * buffer. */
static place_t *keep(p0f_heads_t *h, uint32_t gen, p0f_dir_t dir,
                     const p0f_http_t *head, size_t base)
{
    const lines_t *l = &h->asked;
    place_t *place = &h->places[l->hash % PLACES];

    place->hash = l->hash;
    place->gen = gen;
    place->mute = mute_lines(&h->mute[dir], head);
    memcpy(place->start, l->start, sizeof(place->start));
    place->dir = (uint8_t)dir;
    place->head = *head;
    for (unsigned int n = 0; n < head->count; n++) {
        p0f_httpfield_t *f = &place->head.fields[n];

        f->name = (uint16_t)(f->name - base);
        f->value = (uint16_t)(f->value - base);
    }
    p0f_bytes_copy(l->text, 0, place->text, l->start[l->count]);
    place->kind.stamp = ++h->stamp;
    place->kind.head = &place->head;
    place->kind.buffer = (p0f_bytes_t){ place->text, l->start[l->count] };
    return place;
}

/* Writes the signature of what PLACE keeps. */
static void write_sig(place_t *place, const p0f_db_t *db, bool strict)
{
    const p0f_headkind_t *kind = &place->kind;
    char text[P0F_HTTP_TEXT];
    size_t len = p0f_http_format(db, place->dir, kind->head, kind->buffer,
                                 strict, text);

    place->kind.text = (p0f_bytes_t){ NULL, 0 };
    if (len >= sizeof(place->sig))
        return;
    memcpy(place->sig, text, len + 1);
    place->kind.text = (p0f_bytes_t){ (uint8_t *)place->sig, len };
}

const p0f_headkind_t *p0f_heads_learn(p0f_heads_t *heads, const p0f_db_t *db,
                                      uint32_t gen, p0f_dir_t dir,
                                      const p0f_http_t *head,
                                      p0f_bytes_t buffer, bool asked)
{
    const lines_t *l = &heads->asked;
    p0f_headkind_t *kind = &heads->once;

    *kind = (p0f_headkind_t){ .head = head, .buffer = buffer };
    if (asked && l->count == head->count && l->start[l->count] <= TEXT) {
        place_t *place = keep(heads, gen, dir, head,
                              (size_t)(l->text.data - buffer.data));

        write_sig(place, db, heads->strict);
        kind = &place->kind;
    }
    p0f_http_match(db, dir, kind->head, kind->buffer, &kind->match);
    p0f_nat_hear(db, dir, kind->head, kind->buffer, &kind->match,
                 &kind->said);
    return kind;
}
