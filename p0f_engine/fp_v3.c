/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_v3.c - reads fingerprint files in p0f 3's grammar into a builder: lines,
 * sections, their order, classes, labels and systems. What a sig line says is
 * read in fp_sig.c and fp_http.c.
 */
#include "fp_v3.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "fp_file.h"
#include "fp_http.h"
#include "fp_note.h"
#include "fp_tie.h"
#include "match_v3.h"

#define MAX_TEXT 255                 /* of a name, flavor, class or link */
#define MAX_API_TEXT 31              /* what p0f 3's socket protocol shows */
#define MAX_MTU_STRICT 65535
#define MAX_MTU 65595                /* MSS 65535 over IPv6 */

typedef enum {
    MODULE_NONE, MODULE_MTU, MODULE_TCP, MODULE_HTTP
} module_t;

/* Which line may come next. */
typedef enum {
    NEED_SECTION, NEED_LABEL, NEED_SYS, NEED_SIG
} need_t;

typedef struct {
    p0f_db_builder_t *b;
    const char *name;                /* of the file, for messages */
    p0f_fp_options_t options;
    p0f_error_t *err;
    uint32_t line;
    need_t need;
    module_t module;
    p0f_dir_t dir;
    uint16_t label;                  /* of the signatures that follow */
    bool told_trailing;
    uint32_t labels, sigs;           /* lines read */
    p0f_fp_cover_t *covers[P0F_DIR_COUNT];
    p0f_fp_note_t note;
} reader_t;

/* ---- messages -------------------------------------------------------- */

static p0f_status_t fail_at(reader_t *r, p0f_status_t status,
                            const char *sentence)
{
    return p0f_status_fail(r->err, status, "%s:%u: %s", r->name, r->line,
                           sentence);
}

static p0f_status_t fail(reader_t *r, const char *sentence)
{
    return fail_at(r, P0F_ESYNTAX, sentence);
}

/* Quotes TEXT between BEFORE and AFTER, as far as it is harmless. */
static p0f_status_t fail_word(reader_t *r, const char *before,
                              p0f_fptext_t text, const char *after)
{
    char shown[41];
    size_t n = 0;

    for (; text.p < text.end && n < sizeof(shown) - 1; text.p++)
        shown[n++] = *text.p >= ' ' && *text.p <= '~' ? *text.p : '?';
    shown[n] = '\0';
    return p0f_status_fail(r->err, P0F_ESYNTAX, "%s:%u: %s\"%s\"%s", r->name,
                           r->line, before, shown, after);
}

static p0f_status_t fail_builder(reader_t *r, p0f_status_t status)
{
    return fail_at(r, status, p0f_status_text(status));
}

static void warn(const reader_t *r, const char *sentence)
{
    p0f_fp_note_tell(&r->note, r->line, sentence);
}

/* ---- words ----------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name_char(char c)
{
    return apr_isalnum(c) || (c != '\0' && strchr(" ./-_!?()", c));
}

static bool is_word_char(char c)
{
    return apr_isalnum(c);
}

static bool is_class_char(char c)
{
    return apr_isalnum(c) || c == '!';
}

static bool is_key_char(char c)
{
    return apr_isalpha(c) || c == '_';
}

/* Takes the characters that IS accepts; the part taken. */
static p0f_fptext_t take_run(p0f_fptext_t *t, bool (*is)(char))
{
    p0f_fptext_t run = { t->p, t->p };

    while (t->p < t->end && is(*t->p))
        t->p++;
    run.end = t->p;
    return run;
}

static bool text_is(p0f_fptext_t text, const char *word)
{
    size_t len = strlen(word);

    return (size_t)(text.end - text.p) == len
        && memcmp(text.p, word, len) == 0;
}

/* Copies TEXT to OUT as a string. False if it is too long. */
static bool copy_text(p0f_fptext_t text, char out[MAX_TEXT + 1])
{
    size_t len = (size_t)(text.end - text.p);

    if (len > MAX_TEXT)
        return false;
    memcpy(out, text.p, len);
    out[len] = '\0';
    return true;
}

/* The same, with the error that names WHAT. p0f-differs: 3.09b takes longer
 * ones and prints them wrong (fp_v3_t: long_names). */
static p0f_status_t copy_or_fail(reader_t *r, p0f_fptext_t text,
                                 const char *what, char out[MAX_TEXT + 1])
{
    if (copy_text(text, out))
        return P0F_OK;
    return p0f_status_fail(r->err, P0F_ELIMIT,
                           "%s:%u: the %s is longer than %d characters",
                           r->name, r->line, what, MAX_TEXT);
}

/* Takes blanks and commas before an entry of a list. */
static void skip_separators(p0f_fptext_t *t)
{
    while (t->p < t->end && (is_blank(*t->p) || *t->p == ','))
        t->p++;
}

/* Without the blanks at its end. */
static p0f_fptext_t trimmed(p0f_fptext_t text)
{
    while (text.p < text.end && is_blank(text.end[-1]))
        text.end--;
    return text;
}

/* ---- classes, sys, ua_os --------------------------------------------- */

static p0f_status_t read_classes(reader_t *r, p0f_fptext_t value)
{
    char name[MAX_TEXT + 1];
    p0f_fptext_t word;
    p0f_status_t status;
    uint32_t id;

    if (r->need != NEED_SECTION)
        return fail(r, "classes must come before the first section");
    while (value.p < value.end) {
        skip_separators(&value);
        word = take_run(&value, is_word_char);
        if (word.p == word.end)
            return fail(r, "a class name of letters and digits is missing");
        if (value.p < value.end && *value.p != ',')
            return fail(r, "class names must be letters and digits, "
                           "separated by commas");
        status = copy_or_fail(r, word, "class name", name);
        if (status == P0F_OK) {
            status = p0f_db_builder_class(r->b, name, &id);
            if (status != P0F_OK)
                fail_builder(r, status);
            else
                p0f_fp_note_class(&r->note, id, r->line);
        }
        if (status != P0F_OK)
            return status;
    }
    return P0F_OK;
}

/* The number of the class WORD; ESYNTAX if it isn't declared. */
static p0f_status_t find_class(reader_t *r, p0f_fptext_t word, uint32_t *id)
{
    char name[MAX_TEXT + 1];

    if (copy_text(word, name) && p0f_db_builder_find_class(r->b, name, id)) {
        p0f_fp_note_class_used(&r->note, *id);
        return P0F_OK;
    }
    return fail_word(r, "the class ", word, " isn't in the list of classes");
}

/* The number of the system's name WORD, entered if new. */
static p0f_status_t add_name(reader_t *r, p0f_fptext_t word, uint32_t *id)
{
    char name[MAX_TEXT + 1];
    p0f_status_t status = copy_or_fail(r, word, "name", name);

    if (status != P0F_OK)
        return status;
    status = p0f_db_builder_name(r->b, name, id);
    return status == P0F_OK ? P0F_OK : fail_builder(r, status);
}

static p0f_status_t read_sys_entry(reader_t *r, p0f_fptext_t *value)
{
    bool is_class = p0f_fptext_take(value, '@');
    p0f_fptext_t word = take_run(value, is_name_char);
    p0f_status_t status;
    uint32_t id;

    if (value->p < value->end && *value->p != ',')
        return fail_word(r, "names of systems can't contain ",
                         (p0f_fptext_t){ value->p, value->p + 1 }, "");
    if (!r->options.strict)
        word = trimmed(word);
    if (word.p == word.end)
        return fail(r, "the name of a system or @class is missing after sys "
                       "or a comma");
    status = is_class ? find_class(r, word, &id) : add_name(r, word, &id);
    if (status != P0F_OK)
        return status;
    status = p0f_db_builder_sys(r->b, r->label, id, is_class);
    return status == P0F_OK ? P0F_OK : fail_builder(r, status);
}

static p0f_status_t read_sys(reader_t *r, p0f_fptext_t value)
{
    p0f_status_t status;

    if (r->need != NEED_SYS)
        return fail(r, "sys must follow a label of class \"!\", once");
    while (value.p < value.end) {
        skip_separators(&value);
        status = read_sys_entry(r, &value);
        if (status != P0F_OK)
            return status;
    }
    r->need = NEED_SIG;
    return P0F_OK;
}

/* "=[text]" behind a name of ua_os, if it is there; else the name itself. */
static p0f_status_t read_ua_text(reader_t *r, p0f_fptext_t *value,
                                 const char *name, char out[MAX_TEXT + 1])
{
    p0f_fptext_t text;

    if (!p0f_fptext_word(value, "=[")) {
        memcpy(out, name, strlen(name) + 1);   /* a name is no longer */
        return P0F_OK;
    }
    text.p = text.end = value->p;
    while (text.end < value->end && *text.end != ']')
        text.end++;
    value->p = text.end;
    if (text.p == text.end || !p0f_fptext_take(value, ']'))
        return fail(r, "the text in brackets in ua_os is empty or has no end");
    return copy_or_fail(r, text, "text in brackets", out);
}

static p0f_status_t read_ua_os_entry(reader_t *r, p0f_fptext_t *value)
{
    p0f_fptext_t name = take_run(value, is_name_char);
    char text[MAX_TEXT + 1];
    p0f_status_t status;
    uint32_t id;

    if (name.p == name.end)
        return fail(r, "the name of a system is missing in ua_os");
    status = add_name(r, name, &id);
    if (status == P0F_OK)
        status = read_ua_text(r, value, p0f_db_builder_name_at(r->b, id), text);
    if (status == P0F_OK)
        status = p0f_db_builder_ua_os(r->b, text, id);
    return status;
}

static p0f_status_t read_ua_os(reader_t *r, p0f_fptext_t value)
{
    p0f_status_t status;

    if (r->need != NEED_LABEL || r->module != MODULE_HTTP
        || r->dir != P0F_DIR_REQUEST)
        return fail(r, "ua_os belongs before the first label of a section "
                       "[http:request]");
    while (value.p < value.end) {
        status = read_ua_os_entry(r, &value);
        if (status != P0F_OK)
            return status;
        if (value.p < value.end && !p0f_fptext_take(&value, ','))
            return fail(r, "entries of ua_os must be Name or Name=[text], "
                           "separated by commas");
    }
    return P0F_OK;
}

/* ---- label ----------------------------------------------------------- */

static p0f_status_t add_label(reader_t *r, uint32_t class_id,
                              p0f_fptext_t name, p0f_fptext_t flavor,
                              uint32_t flags)
{
    const char *what = flags & P0F_LABEL_LINK ? "link name" : "name";
    char name_text[MAX_TEXT + 1], flavor_text[MAX_TEXT + 1];
    p0f_status_t status = copy_or_fail(r, name, what, name_text);

    if (status == P0F_OK)
        status = copy_or_fail(r, flavor, "flavor", flavor_text);
    if (status != P0F_OK)
        return status;
    if (strlen(name_text) > MAX_API_TEXT || strlen(flavor_text) > MAX_API_TEXT)
        warn(r, "the query socket shows 31 characters of a name or flavor "
                "only");
    status = p0f_db_builder_label(r->b, class_id, name_text, flavor_text,
                                  flags, &r->label);
    return status == P0F_OK ? P0F_OK : fail_builder(r, status);
}

static p0f_status_t read_link_label(reader_t *r, p0f_fptext_t value)
{
    p0f_fptext_t none = { value.end, value.end };

    if (value.p == value.end)
        return fail(r, "the name of the link is missing");
    r->need = NEED_SIG;
    return add_label(r, UINT32_MAX, value, none, P0F_LABEL_LINK);
}

/* T:class:name:flavor */
static p0f_status_t read_system_label(reader_t *r, p0f_fptext_t value)
{
    p0f_fptext_t class_word, name;
    uint32_t flags = 0, class_id = UINT32_MAX;
    p0f_status_t status;

    if (p0f_fptext_word(&value, "g:"))
        flags = P0F_LABEL_GENERIC;
    else if (!p0f_fptext_word(&value, "s:"))
        return fail(r, "a label must begin with g: (generic) or s: "
                       "(specific)");
    class_word = take_run(&value, is_class_char);
    if (class_word.p == class_word.end || !p0f_fptext_take(&value, ':'))
        return fail(r, "the label's class is missing or not ended by a "
                       "colon");
    if (text_is(class_word, "!")) {
        flags |= P0F_LABEL_APP;
    }
    else {
        status = find_class(r, class_word, &class_id);
        if (status != P0F_OK)
            return status;
    }
    name = take_run(&value, is_name_char);
    if (name.p == name.end || !p0f_fptext_take(&value, ':'))
        return fail(r, "the label's name is missing, has a character not "
                       "allowed there, or isn't ended by a colon");
    r->need = flags & P0F_LABEL_APP ? NEED_SYS : NEED_SIG;
    return add_label(r, class_id, name, value, flags);
}

static p0f_status_t read_label(reader_t *r, p0f_fptext_t value)
{
    p0f_fp_note_label_end(&r->note);
    if (r->need == NEED_SECTION)
        return fail(r, "a label must stand in a section");
    if (r->need == NEED_SYS)
        return fail(r, "a label of class \"!\" must be followed by sys");
    r->labels++;
    p0f_fp_note_label(&r->note, r->line);
    return r->module == MODULE_MTU ? read_link_label(r, value)
                                   : read_system_label(r, value);
}

/* ---- sig ------------------------------------------------------------- */

/* p0f-differs: 3.09b ends at 65535; the MTU of a loopback interface is 65536
 * and shows over IPv6 (fp_v3_t: mtu_range). */
static p0f_status_t read_mtu_sig(reader_t *r, p0f_fptext_t value)
{
    uint32_t max = r->options.strict ? MAX_MTU_STRICT : MAX_MTU, mtu;
    p0f_status_t status;
    bool empty;

    mtu = p0f_fptext_number(&value, r->options.strict, &empty);
    if (empty || value.p != value.end || mtu < 1 || mtu > max)
        return p0f_status_fail(r->err, P0F_ESYNTAX,
                               "%s:%u: the MTU must be a number between 1 "
                               "and %u", r->name, r->line, max);
    if (r->options.thorough && p0f_db_builder_has_mtu(r->b, mtu))
        warn(r, "this MTU stands in the file already: the first one counts");
    status = p0f_db_builder_mtu(r->b, mtu, r->label);
    return status == P0F_OK ? P0F_OK : fail_builder(r, status);
}

/* Refuses SIG if an earlier one of the file covers it also for 3.09b, and
 * remarks on it if 3.09b misses that. */
static p0f_status_t check_covered(reader_t *r, const p0f_dbsig_t *sig)
{
    size_t count;
    const p0f_dbsig_t *refs = p0f_db_builder_sigs(r->b, r->dir, &count);
    uint32_t ref = p0f_fp_cover_find(r->covers[r->dir], refs, sig);
    char text[120];

    if (ref == P0F_NO_SIG)
        return P0F_OK;
    snprintf(text, sizeof(text), "this signature is of no use: the one of "
             "line %u matches all that it would", refs[ref].line);
    if (p0f_match_v3_covers(&refs[ref], sig, true))
        return fail(r, text);
    warn(r, text);
    return P0F_OK;
}

/* True if SIG and an earlier one of the file with another label fit equally,
 * and both labels are the one that tells what they share from here on.
 * p0f-differs: 3.09b takes the second one for a mistake, and of generic ones
 * the first (fp_tie_t: an_equal_signature_is_a_tie). */
static bool is_tie(reader_t *r, const p0f_dbsig_t *sig)
{
    char text[120];
    uint32_t line;

    if (!p0f_fp_tie_join(r->b, r->dir, r->covers[r->dir], sig, &line))
        return false;
    snprintf(text, sizeof(text), "this signature and that of line %u fit "
             "equally: the answer is what their labels share", line);
    if (r->options.thorough)
        warn(r, text);
    return true;
}

static void warn_slips(const reader_t *r, uint32_t slips)
{
    if (slips & P0F_FPSIG_TTL_FORM)
        warn(r, "odd initial TTL: N, N+M and N- are the usual forms");
    if (slips & P0F_FPSIG_NO_DIGITS)
        warn(r, "a number without digits is read as 0");
    if (slips & P0F_FPSIG_COMMA)
        warn(r, "a comma behind the last entry of a list is ignored");
}

/* Adds SIG to the file's. */
static p0f_status_t add_tcp_sig(reader_t *r, const p0f_dbsig_t *sig)
{
    p0f_status_t status = p0f_db_builder_sig(r->b, r->dir, sig);
    const p0f_dbsig_t *sigs;
    size_t count;

    if (status != P0F_OK)
        return fail_builder(r, status);
    sigs = p0f_db_builder_sigs(r->b, r->dir, &count);
    p0f_fp_cover_add(r->covers[r->dir], sigs, (uint32_t)count - 1);
    return P0F_OK;
}

static p0f_status_t read_tcp_sig(reader_t *r, p0f_fptext_t value)
{
    p0f_error_t why = { .text = "" };
    p0f_status_t status;
    p0f_dbsig_t sig;
    uint32_t slips;

    status = p0f_fp_sig_parse(value, r->options.strict, &sig, &slips, &why);
    if (status != P0F_OK)
        return fail_at(r, status, why.text);
    sig.label = r->label;
    sig.line = r->line;
    if (!r->options.strict) {        /* 3.09b says nothing */
        warn_slips(r, slips);
        if (is_tie(r, &sig))
            return P0F_OK;
    }
    status = check_covered(r, &sig);
    return status == P0F_OK ? add_tcp_sig(r, &sig) : status;
}

/* As for TCP; 3.09b refuses the same ones. */
static p0f_status_t check_http_covered(reader_t *r, const p0f_dbhttp_t *sig,
                                       const p0f_dbitem_t *items)
{
    const p0f_dbitem_t *all;
    size_t count, i;
    const p0f_dbhttp_t *refs = p0f_db_builder_https(r->b, r->dir, &count,
                                                    &all);
    char text[120];

    for (i = 0; i < count; i++) {
        if (!p0f_fp_http_covers(r->b, &refs[i], all + refs[i].items, sig,
                                items))
            continue;
        snprintf(text, sizeof(text), "this signature is of no use: the one "
                 "of line %u matches all that it would", refs[i].line);
        return fail(r, text);
    }
    return P0F_OK;
}

static p0f_status_t read_http_sig(reader_t *r, p0f_fptext_t value)
{
    p0f_dbitem_t items[2 * P0F_HTTP_MAX];
    p0f_error_t why = { .text = "" };
    p0f_status_t status;
    p0f_dbhttp_t sig;
    uint32_t slips = 0;

    status = p0f_fp_http_parse(r->b, value, &sig, items, &slips, &why);
    if (status != P0F_OK)
        return fail_at(r, status, why.text);
    sig.label = r->label;
    sig.line = r->line;
    if (!r->options.strict)
        warn_slips(r, slips);
    status = check_http_covered(r, &sig, items);
    if (status != P0F_OK)
        return status;
    status = p0f_db_builder_http(r->b, r->dir, &sig, items);
    return status == P0F_OK ? P0F_OK : fail_builder(r, status);
}

static p0f_status_t read_sig(reader_t *r, p0f_fptext_t value)
{
    if (r->need == NEED_SYS)
        return fail(r, "a label of class \"!\" must be followed by sys");
    if (r->need != NEED_SIG)
        return fail(r, "a signature must follow a label");
    r->sigs++;
    p0f_fp_note_sig(&r->note);
    switch (r->module) {
    case MODULE_MTU: return read_mtu_sig(r, value);
    case MODULE_TCP: return read_tcp_sig(r, value);
    default:         return read_http_sig(r, value);
    }
}

/* ---- lines ----------------------------------------------------------- */

static p0f_status_t read_section(reader_t *r, p0f_fptext_t line)
{
    static const struct {
        const char *text;
        module_t module;
        p0f_dir_t dir;
    } sections[] = {
        { "[mtu]", MODULE_MTU, P0F_DIR_REQUEST },
        { "[tcp:request]", MODULE_TCP, P0F_DIR_REQUEST },
        { "[tcp:response]", MODULE_TCP, P0F_DIR_RESPONSE },
        { "[http:request]", MODULE_HTTP, P0F_DIR_REQUEST },
        { "[http:response]", MODULE_HTTP, P0F_DIR_RESPONSE }
    };
    size_t i;

    p0f_fp_note_label_end(&r->note);
    for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (text_is(line, sections[i].text)) {
            r->module = sections[i].module;
            r->dir = sections[i].dir;
            r->need = NEED_LABEL;
            r->note.skip = P0F_FP_SKIP_NOTHING;
            return P0F_OK;
        }
    }
    return fail_word(r, "unknown section ", line, ", it must be [mtu], "
                     "[tcp:request], [tcp:response], [http:request] or "
                     "[http:response]");
}

/* key = value */
static p0f_status_t read_field(reader_t *r, p0f_fptext_t line)
{
    static const struct {
        const char *key;
        p0f_status_t (*read)(reader_t *, p0f_fptext_t);
    } fields[] = {
        { "sig", read_sig }, { "label", read_label }, { "sys", read_sys },
        { "classes", read_classes }, { "ua_os", read_ua_os }
    };
    p0f_fptext_t value = line, key = take_run(&value, is_key_char);
    size_t i;

    while (is_blank(p0f_fptext_peek(&value)))
        value.p++;
    if (key.p == key.end || !p0f_fptext_take(&value, '='))
        return fail_word(r, "", line, " is neither a section nor key = value");
    while (is_blank(p0f_fptext_peek(&value)))
        value.p++;
    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (text_is(key, fields[i].key))
            return p0f_fp_note_left_out(&r->note, fields[i].key)
                   ? P0F_OK : fields[i].read(r, value);
    }
    return fail_word(r, "unknown key ", key, "");
}

/* p0f-differs: to 3.09b a CR and blanks at the end of a line are part of the
 * value (fp_v3_t: trailing_blanks). */
static p0f_fptext_t trim_line(reader_t *r, p0f_fptext_t line)
{
    p0f_fptext_t text = line;

    while (text.p < text.end && is_blank(*text.p))
        text.p++;
    if (r->options.strict || text.p == text.end || *text.p == ';')
        return text;
    while (text.p < text.end && (is_blank(text.end[-1])
                                 || text.end[-1] == '\r'))
        text.end--;
    if (text.end != line.end && text.p < text.end && !r->told_trailing) {
        warn(r, "blanks and carriage returns at the end of lines are "
                "ignored");
        r->told_trailing = true;
    }
    return text;
}

static p0f_status_t read_line(reader_t *r, p0f_fptext_t line)
{
    p0f_fptext_t text = trim_line(r, line);

    if (text.p == text.end || *text.p == ';')
        return P0F_OK;
    return *text.p == '[' ? read_section(r, text) : read_field(r, text);
}

/* The same for a file that is read to its end whatever it holds. */
static p0f_status_t read_thorough(reader_t *r, p0f_fptext_t line)
{
    p0f_error_t *err = r->err, mistake = { .text = "" };
    p0f_status_t status;

    r->err = &mistake;
    status = read_line(r, line);
    r->err = err;
    if (status != P0F_OK)
        p0f_fp_note_mistake(&r->note, line, &mistake);
    return P0F_OK;
}

/* p0f-differs: the mark that editors of some systems put in front of a text in
 * UTF-8 is no mistake that anybody sees (fp_v3_t: a byte order mark). */
static p0f_status_t skip_mark(reader_t *r, p0f_fptext_t *text)
{
    if (text->end - text->p < 3 || memcmp(text->p, "\xef\xbb\xbf", 3) != 0)
        return P0F_OK;
    text->p += 3;
    r->line = 1;
    if (r->options.strict)
        return fail(r, "the file begins with a byte order mark: save it "
                    "without one");
    warn(r, "the file begins with a byte order mark, which p0f 3 doesn't "
         "take");
    r->line = 0;
    return P0F_OK;
}

static p0f_status_t read_lines(reader_t *r, p0f_bytes_t text)
{
    p0f_fptext_t rest = { (const char *)text.data, NULL }, line;
    p0f_status_t status;
    const char *end;

    end = memchr(rest.p, '\0', text.len);    /* a NUL ends the file */
    rest.end = end ? end : rest.p + text.len;
    status = skip_mark(r, &rest);
    while (status == P0F_OK && rest.p < rest.end) {
        end = memchr(rest.p, '\n', (size_t)(rest.end - rest.p));
        line = (p0f_fptext_t){ rest.p, end ? end : rest.end };
        rest.p = end ? end + 1 : rest.end;
        r->line++;
        status = r->options.thorough ? read_thorough(r, line)
                                     : read_line(r, line);
    }
    if (status != P0F_OK)
        return status;
    p0f_db_builder_count(r->b, r->labels, r->sigs);
    return p0f_fp_note_end(&r->note, r->b, r->err);
}

p0f_status_t p0f_fp_v3_parse(p0f_db_builder_t *b, const char *name,
                             p0f_bytes_t text,
                             const p0f_fp_options_t *options,
                             p0f_error_t *err)
{
    reader_t r = { .b = b, .name = name, .err = err, .need = NEED_SECTION };
    p0f_status_t status = p0f_db_builder_file(b);
    apr_pool_t *scratch;
    int dir;

    if (options)
        r.options = *options;
    p0f_fp_note_init(&r.note, name, &r.options);
    if (status != P0F_OK)
        return p0f_status_fail(err, status, "%s: too many fingerprint files",
                               name);
    if (text.len == 0)
        return P0F_OK;
    if (apr_pool_create(&scratch, p0f_db_builder_pool(b)) != APR_SUCCESS)
        return p0f_status_fail(err, P0F_ENOMEM, "%s: %s", name,
                               p0f_status_text(P0F_ENOMEM));
    for (dir = 0; dir < P0F_DIR_COUNT; dir++)
        r.covers[dir] = p0f_fp_cover_make(scratch, r.options.strict);
    status = read_lines(&r, text);
    apr_pool_destroy(scratch);
    return status;
}

/* ---- files ----------------------------------------------------------- */

p0f_status_t p0f_fp_v3_load_open(p0f_db_builder_t *b, const char *path,
                                 int fd, const p0f_fp_options_t *options,
                                 apr_pool_t *pool, p0f_error_t *err)
{
    p0f_bytes_t text = { NULL, 0 };
    p0f_status_t status;
    apr_pool_t *scratch;
    const char *wrong;

    if (apr_pool_create(&scratch, pool) != APR_SUCCESS)
        return p0f_status_fail(err, P0F_ENOMEM, "%s: %s", path,
                               p0f_status_text(P0F_ENOMEM));
    wrong = p0f_fp_file_read(fd, options && options->regular, scratch, &text);
    status = wrong ? p0f_status_fail(err, P0F_EFILE, "%s: %s", path, wrong)
                   : p0f_fp_v3_parse(b, path, text, options, err);
    apr_pool_destroy(scratch);
    return status;
}

p0f_status_t p0f_fp_v3_load(p0f_db_builder_t *b, const char *path,
                            const p0f_fp_options_t *options,
                            apr_pool_t *pool, p0f_error_t *err)
{
    const int at_once = options && options->regular ? O_NONBLOCK : 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | at_once);
    p0f_status_t status;

    if (fd < 0)
        return p0f_status_fail(err, P0F_EFILE, "%s: %s", path,
                               strerror(errno));
    status = p0f_fp_v3_load_open(b, path, fd, options, pool, err);
    close(fd);
    return status;
}
