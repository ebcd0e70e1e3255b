/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unknown.c - signatures that no database knows, counted.
 */
#include "unknown.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, TELL_S = 60, MAX_COUNT_DIGITS = 19 };

typedef struct {
    uint64_t hash;                   /* of text, 0: the entry is free */
    uint64_t untold;                 /* counted since it was told last */
    uint32_t told_s, used_s;
    char     text[P0F_SIG_TEXT + P0F_UNKNOWN_CLAIM + 16]; /* line without its
                                        count */
} entry_t;

struct p0f_unknown_t {
    uint32_t sets;                   /* of WAYS entries */
    uint32_t per_minute;
    uint32_t minute, told;           /* lines in that minute */
    uint32_t next;                   /* for p0f_unknown_rest */
    uint64_t lost;
    entry_t  entries[];
};

/* ---- claims ------------------------------------------------------------ */

static bool begins(p0f_bytes_t text, const char *word)
{
    size_t len = strlen(word);

    return text.len >= len && memcmp(text.data, word, len) == 0;
}

static p0f_bytes_t trim(p0f_bytes_t text)
{
    while (text.len && text.data[0] == ' ')
        text = p0f_bytes_from(text, 1);
    while (text.len && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* Takes the part of *REST up to END off it, which needn't be there. */
static p0f_bytes_t take_part(p0f_bytes_t *rest, char end)
{
    const uint8_t *at = rest->len ? memchr(rest->data, end, rest->len) : NULL;
    size_t len = at ? (size_t)(at - rest->data) : rest->len;
    p0f_bytes_t part = { rest->data, len };

    *rest = p0f_bytes_from(*rest, at ? len + 1 : len);
    return trim(part);
}

/* Words that say nothing of the version when another one follows. */
static bool is_frame(p0f_bytes_t part)
{
    static const char *const frames[] = { "X11", "U", "compatible", "Linux",
                                          "Macintosh", "iPhone", "iPad",
                                          "iPod", "Mobile", "Tablet" };
    size_t i;

    for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        if (part.len == strlen(frames[i]) && begins(part, frames[i]))
            return true;
    }
    return part.len == 0;
}

/* The remark in brackets: its first part that tells something. */
static p0f_bytes_t from_remark(p0f_bytes_t remark)
{
    p0f_bytes_t part = take_part(&remark, ';'), next;

    while (remark.len && is_frame(part)) {
        next = take_part(&remark, ';');
        if (next.len)
            part = next;
    }
    if (begins(part, "CPU "))
        part = trim(p0f_bytes_from(part, 4));
    return part;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_plain(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || c == ' ' || c == '.' || c == '_' || c == '/' || c == '-';
}

void p0f_unknown_claim(p0f_bytes_t agent, char out[P0F_UNKNOWN_CLAIM])
{
    static const char like[] = " like ";
    p0f_bytes_t program = agent, part;
    bool number = false;             /* in a word that begins with a digit */
    size_t i, n = 0;

    if (agent.len && memchr(agent.data, '(', agent.len)) {
        take_part(&agent, '(');
        part = from_remark(take_part(&agent, ')'));
    }
    else {
        part = take_part(&program, ' ');
    }
    for (i = 0; i < part.len && n < P0F_UNKNOWN_CLAIM - 1; i++) {
        uint8_t c = part.data[i];

        if (begins(p0f_bytes_from(part, i), like))
            break;                   /* "iPhone OS 17_1 like Mac OS X" */
        if (i == 0 || part.data[i - 1] == ' ')
            number = is_digit(c);
        if (is_plain(c))
            out[n++] = (char)(c == '_' && number ? '.' : c);
    }
    while (n && out[n - 1] == ' ')
        n--;
    if (!n)
        out[n++] = '-';
    out[n] = '\0';
}

/* ---- the table --------------------------------------------------------- */

p0f_status_t p0f_unknown_create(p0f_unknown_t **out, uint32_t entries,
                                uint32_t per_minute)
{
    uint32_t sets = entries < WAYS ? 1 : entries / WAYS;
    p0f_unknown_t *t = calloc(1, sizeof(*t) + (size_t)sets * WAYS
                                            * sizeof(entry_t));

    *out = t;
    if (!t)
        return P0F_ENOMEM;
    t->sets = sets;
    t->per_minute = per_minute;
    return P0F_OK;
}

void p0f_unknown_destroy(p0f_unknown_t *table)
{
    free(table);
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u;       /* FNV-1a */

    while (*text)
        hash = (hash ^ (uint8_t)*text++) * 1099511628211u;
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

/* The entry of TEXT, or the one that it may take: free, else the one not used
 * for longest. */
static entry_t *find(p0f_unknown_t *t, uint64_t hash, const char *text)
{
    entry_t *set = &t->entries[hash % t->sets * WAYS], *best = set;
    int i;

    for (i = 0; i < WAYS; i++) {
        entry_t *e = &set[i];

        if (e->hash == hash && !strcmp(e->text, text))
            return e;
        if (best->hash && (!e->hash || e->used_s < best->used_s))
            best = e;
    }
    return best;
}

static size_t tell(entry_t *e, char line[P0F_UNKNOWN_LINE])
{
    int n = snprintf(line, P0F_UNKNOWN_LINE, "%" PRIu64 "\t%s\n", e->untold,
                     e->text);

    e->untold = 0;
    return n > 0 ? (size_t)n : 0;
}

/* True if one more line may be told. */
static bool may_tell(p0f_unknown_t *t, uint32_t now_s)
{
    if (now_s / 60 != t->minute) {
        t->minute = now_s / 60;
        t->told = 0;
    }
    if (t->told >= t->per_minute)
        return false;
    t->told++;
    return true;
}

size_t p0f_unknown_count(p0f_unknown_t *table, const p0f_sig_t *sig,
                         const char *claim, uint32_t now_s,
                         char line[P0F_UNKNOWN_LINE])
{
    char raw[P0F_SIG_TEXT], text[sizeof(table->entries[0].text)];
    uint64_t hash;
    entry_t *e;
    size_t n = 0;

    p0f_sig_format(sig, raw);
    snprintf(text, sizeof(text), "%s\t%s\t%.*s",
             sig->synack ? "syn+ack" : "syn", raw, P0F_UNKNOWN_CLAIM - 1,
             *claim ? claim : "-");
    hash = hash_of(text);
    e = find(table, hash, text);
    if (e->hash != hash || strcmp(e->text, text) != 0) {
        if (e->hash && e->untold && may_tell(table, now_s))
            n = tell(e, line);
        else if (e->hash && !table->per_minute) {
            table->lost++;           /* the table is the log: the first stay */
            return 0;
        }
        table->lost += e->hash ? e->untold : 0;
        *e = (entry_t){ .hash = hash };
        memcpy(e->text, text, strlen(text) + 1);
    }
    e->untold++;
    e->used_s = now_s;
    if (n || (e->told_s && now_s < e->told_s + TELL_S)
        || !may_tell(table, now_s))
        return n;
    e->told_s = now_s ? now_s : 1;
    return tell(e, line);
}

size_t p0f_unknown_rest(p0f_unknown_t *table, char line[P0F_UNKNOWN_LINE])
{
    for (; table->next < table->sets * WAYS; table->next++) {
        if (table->entries[table->next].untold)
            return tell(&table->entries[table->next], line);
    }
    table->next = 0;
    return 0;
}

uint64_t p0f_unknown_lost(const p0f_unknown_t *table)
{
    return table->lost;
}

/* ---- reading ----------------------------------------------------------- */

static bool copy(p0f_bytes_t from, char *out, size_t room)
{
    size_t i;

    if (!from.len || from.len >= room)
        return false;
    for (i = 0; i < from.len; i++) {
        if (from.data[i] < ' ' || from.data[i] > '~')
            return false;
    }
    memcpy(out, from.data, from.len);
    out[from.len] = '\0';
    return true;
}

bool p0f_unknown_parse(p0f_bytes_t line, p0f_unknownline_t *out)
{
    p0f_bytes_t count = take_part(&line, '\t'), kind, sig;
    size_t i;

    kind = take_part(&line, '\t');
    sig = take_part(&line, '\t');
    out->count = 0;
    if (!count.len || count.len > MAX_COUNT_DIGITS)
        return false;
    for (i = 0; i < count.len; i++) {
        if (!is_digit(count.data[i]))
            return false;
        out->count = out->count * 10 + (count.data[i] - '0');
    }
    out->response = kind.len == 7 && begins(kind, "syn+ack");
    return (out->response || (kind.len == 3 && begins(kind, "syn")))
        && copy(sig, out->sig, sizeof(out->sig))
        && copy(trim(line), out->claim, sizeof(out->claim));
}
