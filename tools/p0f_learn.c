/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f_learn.c - p0f --unknown: signatures that nothing knows, with counts;
 * p0f --suggest: candidates for a fingerprint file from such lists.
 *
 * A candidate keeps what the stack decides and frees what the path and the
 * link do: the TTL becomes the initial one, the MSS "*". Where windows or
 * scales vary over otherwise equal signatures they are free, too. Whether
 * that is the rule of a system is for people to find out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "../p0f_engine/unknown.h"
#include "p0f.h"

enum { TABLE = 65536,                /* signatures counted at the same time */
       MANY_WINDOWS = 4, MANY_SCALES = 3, SHOWN_CLAIMS = 6 };

/* ---- --unknown --------------------------------------------------------- */

int learn_open(p0f_unknown_t **table)
{
    return p0f_unknown_create(table, TABLE, 0) == P0F_OK
           ? 0 : fail("out of memory");
}

void learn_observe(void *ctx, const p0f_observation_t *obs)
{
    char line[P0F_UNKNOWN_LINE];

    if ((obs->kind == P0F_OBS_SYN || obs->kind == P0F_OBS_SYNACK)
        && obs->match->label == P0F_NO_LABEL)
        p0f_unknown_count(ctx, obs->sig, "-", 0, line);
}

/* The most frequent first. */
static int compare_lines(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    uint64_t m = strtoull(*x, NULL, 10), n = strtoull(*y, NULL, 10);

    return m != n ? (m < n ? 1 : -1) : strcmp(*x, *y);
}

int learn_print(p0f_unknown_t *table, apr_pool_t *pool)
{
    apr_array_header_t *lines = apr_array_make(pool, 64, sizeof(char *));
    char line[P0F_UNKNOWN_LINE];
    int i;

    while (p0f_unknown_rest(table, line))
        APR_ARRAY_PUSH(lines, char *) = apr_pstrdup(pool, line);
    qsort(lines->elts, (size_t)lines->nelts, sizeof(char *), compare_lines);
    for (i = 0; i < lines->nelts; i++)
        fputs(APR_ARRAY_IDX(lines, i, char *), stdout);
    if (p0f_unknown_lost(table))
        fail("%" PRIu64 " more were not counted: too many different ones",
             p0f_unknown_lost(table));
    return fflush(stdout) || ferror(stdout)
           ? fail("cannot write: %s", strerror(errno)) : 0;
}

/* ---- --suggest: reading ------------------------------------------------ */

enum { VERSION, TTL, OLEN, MSS, WINDOW, LAYOUT, QUIRKS, PAYLOAD, FIELDS };

/* A claim or a value, and how often. */
typedef struct {
    const char *text;
    uint64_t count;
} tally_t;

/* One candidate. */
typedef struct {
    const char *window, *scale;
    apr_hash_t *quirks4, *quirks6;   /* texts of IPv4's and IPv6's */
} row_t;

/* Signatures that differ in version, window, scale, MSS and distance only. */
typedef struct {
    const char *key;
    bool response;
    const char *ttl, *olen, *layout, *payload;
    uint64_t count;
    uint32_t lines;
    unsigned int mss_min, mss_max;
    apr_hash_t *claims, *windows, *scales; /* text -> tally_t */
    apr_hash_t *rows;                /* "window,scale" -> row_t */
} group_t;

typedef struct {
    apr_pool_t *pool;
    apr_hash_t *groups;
} suggest_t;

static void tally(apr_hash_t *to, const char *text, uint64_t count)
{
    apr_pool_t *pool = apr_hash_pool_get(to);
    tally_t *t = apr_hash_get(to, text, APR_HASH_KEY_STRING);

    if (!t) {
        t = apr_pcalloc(pool, sizeof(*t));
        t->text = apr_pstrdup(pool, text);
        apr_hash_set(to, t->text, APR_HASH_KEY_STRING, t);
    }
    t->count += count;
}

/* Cuts TEXT at each SEPARATOR into at most MAX parts. How many there are. */
static int cut(char *text, char separator, char *parts[], int max)
{
    int n = 0;

    while (text && n < max) {
        parts[n++] = text;
        text = strchr(text, separator);
        if (text)
            *text++ = '\0';
    }
    return text ? max + 1 : n;
}

/* The initial TTL that "55+9" or "200+?" stands for. */
static const char *initial_ttl(apr_pool_t *pool, const char *text)
{
    unsigned long ttl = strtoul(text, NULL, 10);

    if (ttl < 1 || ttl > 255)
        return NULL;
    return apr_ltoa(pool, ttl <= 32 ? 32 : ttl <= 64 ? 64
                          : ttl <= 128 ? 128 : 255);
}

/* QUIRKS without those that only one IP version has. */
static const char *common_quirks(apr_pool_t *pool, const char *quirks)
{
    static const char *const own[] = { "df", "id+", "id-", "0+", "flow" };
    char *copy = apr_pstrdup(pool, quirks), *parts[32];
    int n = *copy ? cut(copy, ',', parts, 32) : 0, i;
    const char *out = "";
    size_t j;

    for (i = 0; i < n && i < 32; i++) {
        for (j = 0; j < 5 && strcmp(parts[i], own[j]) != 0; j++)
            continue;
        if (j == 5)
            out = apr_pstrcat(pool, out, ",", parts[i], NULL);
    }
    return out;
}

static group_t *group_of(suggest_t *s, char *field[], bool response)
{
    const char *ttl = initial_ttl(s->pool, field[TTL]);
    const char *key = apr_psprintf(s->pool, "%d:%s:%s:%s:%s:%s", response,
                                   ttl, field[OLEN], field[LAYOUT],
                                   common_quirks(s->pool, field[QUIRKS]),
                                   field[PAYLOAD]);
    group_t *g = apr_hash_get(s->groups, key, APR_HASH_KEY_STRING);

    if (g)
        return g;
    g = apr_pcalloc(s->pool, sizeof(*g));
    *g = (group_t){
        .key = key, .response = response, .ttl = ttl,
        .olen = apr_pstrdup(s->pool, field[OLEN]),
        .layout = apr_pstrdup(s->pool, field[LAYOUT]),
        .payload = apr_pstrdup(s->pool, field[PAYLOAD]), .mss_min = UINT16_MAX,
        .claims = apr_hash_make(s->pool), .windows = apr_hash_make(s->pool),
        .scales = apr_hash_make(s->pool), .rows = apr_hash_make(s->pool)
    };
    apr_hash_set(s->groups, key, APR_HASH_KEY_STRING, g);
    return g;
}

static void add_row(suggest_t *s, group_t *g, char *field[], char *window[])
{
    const char *key = apr_pstrcat(s->pool, window[0], ",", window[1], NULL);
    row_t *row = apr_hash_get(g->rows, key, APR_HASH_KEY_STRING);

    if (!row) {
        row = apr_pcalloc(s->pool, sizeof(*row));
        row->window = apr_pstrdup(s->pool, window[0]);
        row->scale = apr_pstrdup(s->pool, window[1]);
        row->quirks4 = apr_hash_make(s->pool);
        row->quirks6 = apr_hash_make(s->pool);
        apr_hash_set(g->rows, key, APR_HASH_KEY_STRING, row);
    }
    tally(field[VERSION][0] == '6' ? row->quirks6 : row->quirks4,
          field[QUIRKS], 1);
}

/* Takes one line of a log. False: it is none. */
static bool take_line(suggest_t *s, p0f_bytes_t text)
{
    p0f_unknownline_t line;
    char *field[FIELDS], *window[2];
    unsigned int mss;
    group_t *g;

    if (!p0f_unknown_parse(text, &line)
        || cut(line.sig, ':', field, FIELDS) != FIELDS
        || cut(field[WINDOW], ',', window, 2) != 2
        || (strcmp(field[VERSION], "4") && strcmp(field[VERSION], "6"))
        || !initial_ttl(s->pool, field[TTL]))
        return false;
    g = group_of(s, field, line.response);
    mss = (unsigned int)strtoul(field[MSS], NULL, 10);
    g->mss_min = mss < g->mss_min ? mss : g->mss_min;
    g->mss_max = mss > g->mss_max ? mss : g->mss_max;
    g->count += line.count;
    g->lines++;
    tally(g->claims, strcmp(line.claim, "-") ? line.claim : "nothing",
          line.count);
    tally(g->windows, window[0], line.count);
    tally(g->scales, window[1], line.count);
    add_row(s, g, field, window);
    return true;
}

static int read_log(suggest_t *s, const char *path)
{
    FILE *in = fopen(path, "r");
    char text[P0F_UNKNOWN_LINE + 2];
    unsigned int number = 0, right = 0, wrong = 0, first = 0;
    bool broken;

    if (!in)
        return fail("%s: %s", path, strerror(errno));
    while (fgets(text, sizeof(text), in)) {
        p0f_bytes_t line = { (const uint8_t *)text, strcspn(text, "\r\n") };

        number++;
        if (line.len == 0 || text[0] == '#')
            continue;
        if (take_line(s, line))
            right++;
        else
            first = wrong++ ? first : number;
    }
    broken = ferror(in);
    if (broken)
        fail("%s: %s", path, strerror(errno));
    fclose(in);
    if (wrong)
        fail("%s:%u: not a line of p0f --unknown or P0fUnknownLog%s", path,
             first, wrong == 1 ? "" : right ? ", nor are others"
                                            : ", nor is any other");
    return broken || (wrong && !right);
}

/* ---- --suggest: writing ------------------------------------------------ */

static int compare_tallies(const void *a, const void *b)
{
    const tally_t *const *x = a, *const *y = b;

    if ((*x)->count != (*y)->count)
        return (*x)->count < (*y)->count ? 1 : -1;
    return strcmp((*x)->text, (*y)->text);
}

/* All values of FROM as an array, sorted by COMPARE. */
static apr_array_header_t *sorted(apr_pool_t *pool, apr_hash_t *from,
                                  int (*compare)(const void *, const void *))
{
    apr_array_header_t *all = apr_array_make(pool, 8, sizeof(void *));
    apr_hash_index_t *i;

    for (i = apr_hash_first(pool, from); i; i = apr_hash_next(i))
        APR_ARRAY_PUSH(all, void *) = apr_hash_this_val(i);
    qsort(all->elts, (size_t)all->nelts, sizeof(void *), compare);
    return all;
}

static void print_claims(apr_pool_t *pool, const group_t *g)
{
    apr_array_header_t *claims = sorted(pool, g->claims, compare_tallies);
    int i;

    fputs("; User-Agents claim: ", stdout);
    for (i = 0; i < claims->nelts && i < SHOWN_CLAIMS; i++) {
        const tally_t *t = APR_ARRAY_IDX(claims, i, const tally_t *);

        printf("%s%s %" PRIu64 " (%" PRIu64 " %%)", i ? ", " : "", t->text,
               t->count, t->count * 100 / (g->count ? g->count : 1));
    }
    printf(i < claims->nelts ? ", %d more\n" : "\n", claims->nelts - i);
}

static void add_quirks(apr_pool_t *pool, apr_hash_t *from, apr_hash_t *to)
{
    apr_array_header_t *texts = sorted(pool, from, compare_tallies);
    int i;

    for (i = 0; i < texts->nelts; i++)
        tally(to, APR_ARRAY_IDX(texts, i, const tally_t *)->text, 1);
}

static void print_sig(const group_t *g, const char *version,
                      const row_t *row, const char *quirks)
{
    printf("sig   = %s:%s:%s:*:%s,%s:%s:%s:%s\n", version, g->ttl, g->olen,
           row->window, row->scale, g->layout, quirks, g->payload);
}

/* One line for both versions where each has one set of quirks, else one for
 * each set. */
static void print_row(apr_pool_t *pool, const group_t *g, const row_t *row)
{
    apr_array_header_t *q4 = sorted(pool, row->quirks4, compare_tallies);
    apr_array_header_t *q6 = sorted(pool, row->quirks6, compare_tallies);
    const char *a, *b;
    int i;

    if (q4->nelts == 1 && q6->nelts == 1) {
        a = APR_ARRAY_IDX(q4, 0, const tally_t *)->text;
        b = APR_ARRAY_IDX(q6, 0, const tally_t *)->text;
        if (strstr(b, "flow"))
            a = apr_pstrcat(pool, a, *a ? "," : "", "flow", NULL);
        print_sig(g, "*", row, a);
        return;
    }
    for (i = 0; i < q4->nelts; i++)
        print_sig(g, "4", row, APR_ARRAY_IDX(q4, i, const tally_t *)->text);
    for (i = 0; i < q6->nelts; i++)
        print_sig(g, "6", row, APR_ARRAY_IDX(q6, i, const tally_t *)->text);
}

static int compare_rows(const void *a, const void *b)
{
    const row_t *const *x = a, *const *y = b;
    int order = strcmp((*x)->window, (*y)->window);

    return order ? order : strcmp((*x)->scale, (*y)->scale);
}

/* The rows of G, those that vary in a field that is free then as one. */
static apr_hash_t *widened(apr_pool_t *pool, const group_t *g)
{
    bool windows = apr_hash_count(g->windows) >= MANY_WINDOWS;
    bool scales = apr_hash_count(g->scales) >= MANY_SCALES;
    apr_array_header_t *rows = sorted(pool, g->rows, compare_rows);
    apr_hash_t *to = apr_hash_make(pool);
    int i;

    for (i = 0; i < rows->nelts; i++) {
        const row_t *row = APR_ARRAY_IDX(rows, i, const row_t *);
        const char *window = windows ? "*" : row->window;
        const char *scale = scales ? "*" : row->scale;
        const char *key = apr_pstrcat(pool, window, ",", scale, NULL);
        row_t *wide = apr_hash_get(to, key, APR_HASH_KEY_STRING);

        if (!wide) {
            wide = apr_pcalloc(pool, sizeof(*wide));
            *wide = (row_t){ .window = window, .scale = scale,
                             .quirks4 = apr_hash_make(pool),
                             .quirks6 = apr_hash_make(pool) };
            apr_hash_set(to, key, APR_HASH_KEY_STRING, wide);
        }
        add_quirks(pool, row->quirks4, wide->quirks4);
        add_quirks(pool, row->quirks6, wide->quirks6);
    }
    return to;
}

static void print_group(apr_pool_t *pool, const group_t *g)
{
    apr_array_header_t *rows = sorted(pool, widened(pool, g), compare_rows);
    int i;

    printf("; %s, seen %" PRIu64 " time%s in %u form%s, ",
           g->response ? "SYN+ACK" : "SYN", g->count,
           g->count == 1 ? "" : "s", g->lines, g->lines == 1 ? "" : "s");
    printf(g->mss_min == g->mss_max ? "MSS %u" : "MSS %u to %u", g->mss_min,
           g->mss_max);
    printf(", %u window%s, %u scale%s\n", apr_hash_count(g->windows),
           apr_hash_count(g->windows) == 1 ? "" : "s",
           apr_hash_count(g->scales),
           apr_hash_count(g->scales) == 1 ? "" : "s");
    if (!g->response)
        print_claims(pool, g);
    for (i = 0; i < rows->nelts; i++)
        print_row(pool, g, APR_ARRAY_IDX(rows, i, const row_t *));
    putchar('\n');
}

static int compare_groups(const void *a, const void *b)
{
    const group_t *const *x = a, *const *y = b;

    if ((*x)->count != (*y)->count)
        return (*x)->count < (*y)->count ? 1 : -1;
    return strcmp((*x)->key, (*y)->key);
}

int learn_suggest(char *const *files, int count, apr_pool_t *pool)
{
    suggest_t s = { .pool = pool, .groups = apr_hash_make(pool) };
    apr_array_header_t *groups;
    int i;

    if (!count)
        return fail("--suggest takes lists of p0f --unknown or P0fUnknownLog");
    for (i = 0; i < count; i++) {
        if (read_log(&s, files[i]))
            return 1;
    }
    groups = sorted(pool, s.groups, compare_groups);
    for (i = 0; i < groups->nelts; i++)
        print_group(pool, APR_ARRAY_IDX(groups, i, const group_t *));
    return fflush(stdout) || ferror(stdout)
           ? fail("cannot write: %s", strerror(errno)) : 0;
}
