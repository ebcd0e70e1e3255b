/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_tie.c - signatures that fit equally but have different labels.
 */
#include "fp_tie.h"

#include <string.h>

/* ---- texts ------------------------------------------------------------- */

/* Bytes of the word at TEXT. */
static size_t word_len(const char *text)
{
    return strcspn(text, " ");
}

/* True if the word at TEXT goes on with what stood before it: then that alone
 * would say too much. */
static bool goes_on(const char *text)
{
    static const char *const links[] = { "or", "and", "to", "through", "-",
                                         "/", "&", "+" };
    size_t len = word_len(text), i;

    if (*text == '(')
        return true;
    for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (strlen(links[i]) == len && !memcmp(links[i], text, len))
            return true;
    }
    return false;
}

/* True if the word of LEN bytes at TEXT ends so that another must follow. */
static bool is_open(const char *text, size_t len)
{
    return len == 0 || strchr(",-/", text[len - 1]) || goes_on(text);
}

void p0f_fp_tie_common(const char *a, const char *b,
                       char out[P0F_FP_TIE_TEXT])
{
    size_t at = 0, end = 0, last = 0, len;

    *out = '\0';
    while (a[at] && b[at]) {
        len = word_len(a + at);
        if (len != word_len(b + at) || memcmp(a + at, b + at, len) != 0)
            break;
        last = at;
        end = at + len;
        at = end + (a[end] && b[end]);
        if (!a[end] || !b[end])
            break;
    }
    if (a[end] == ' ' && goes_on(a + end + 1))
        return;
    if (b[end] == ' ' && goes_on(b + end + 1))
        return;
    if (!end || end >= P0F_FP_TIE_TEXT || is_open(a + last, end - last))
        return;
    memcpy(out, a, end);
    out[end] = '\0';
}

/* ---- labels ------------------------------------------------------------ */

/* The label that tells what A and B share. False: nothing. */
static bool shared_label(p0f_db_builder_t *b, uint16_t a_label,
                         uint16_t b_label, uint16_t *label)
{
    char name[P0F_FP_TIE_TEXT], flavor[P0F_FP_TIE_TEXT] = "";
    p0f_labeltext_t x, y;

    if (!p0f_db_builder_label_at(b, a_label, &x)
        || !p0f_db_builder_label_at(b, b_label, &y)
        || x.class_id != y.class_id || x.flags & P0F_LABEL_APP)
        return false;
    p0f_fp_tie_common(x.name, y.name, name);
    if (!*name)
        return false;
    if (!strcmp(x.name, y.name))
        p0f_fp_tie_common(x.flavor, y.flavor, flavor);
    return p0f_db_builder_label(b, x.class_id, name, flavor,
                                x.flags | P0F_LABEL_TIE, label) == P0F_OK;
}

bool p0f_fp_tie_join(p0f_db_builder_t *b, p0f_dir_t dir,
                     const p0f_fp_cover_t *cover, const p0f_dbsig_t *sig,
                     uint32_t *line)
{
    p0f_labeltext_t label;
    p0f_dbsig_t copy = *sig;
    const p0f_dbsig_t *refs;
    uint16_t shared;
    uint32_t other;
    size_t count;

    if (!p0f_db_builder_label_at(b, sig->label, &label))
        return false;
    copy.generic = (label.flags & P0F_LABEL_GENERIC) != 0;
    copy.app = (label.flags & P0F_LABEL_APP) != 0;
    refs = p0f_db_builder_sigs(b, dir, &count);
    other = p0f_fp_cover_equal(cover, refs, &copy);
    if (other == P0F_NO_SIG)
        return false;
    *line = refs[other].line;
    return shared_label(b, refs[other].label, sig->label, &shared)
        && p0f_db_builder_relabel(b, dir, other, shared) == P0F_OK;
}
