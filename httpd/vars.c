/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vars.c - the table of variables, and what puts them into the environment
 * of a request.
 *
 * What an answer doesn't know is an empty text. Values are numbers, words of
 * this file, texts of the database without control bytes, and the engine's
 * own notation for signatures: nothing a client sends gets here as it is.
 */
#include "apr_strings.h"
#include "httpd.h"
#include "http_config.h"

#include "request.h"
#include "vars.h"

extern module AP_MODULE_DECLARE_DATA p0f_module;

#define P0F_VAR_PREFIX_LEN 4     /* of "pof_" */

/* ---- getters ---------------------------------------------------------- */

/* What a getter reads; where the answer hasn't got it the value is empty. */
enum { NOTHING, SYN, LABEL, HOST, UPTIME, HTTP, NEVER };

static const char *number(const p0f_answer_t *a, apr_int64_t n)
{
    static const char digits[10][2] = { "0", "1", "2", "3", "4", "5", "6", "7",
                                        "8", "9" };

    return n >= 0 && n <= 9 ? digits[n] : apr_off_t_toa(a->pool, (apr_off_t)n);
}

/* 0 stands for "unknown" or "never" in most fields. */
static const char *number_or_empty(const p0f_answer_t *a, apr_int64_t n)
{
    return n ? number(a, n) : "";
}

/* Milliseconds from THEN to the making of the answer. */
static const char *age(const p0f_answer_t *a, apr_uint64_t then)
{
    return number(a, a->now_us > then
                     ? (apr_int64_t)((a->now_us - then) / 1000) : 0);
}

static bool has_syn(const p0f_answer_t *a)
{
    return a->syn->source != P0F_SOURCE_NONE;
}

static bool recognised(const p0f_answer_t *a)
{
    return has_syn(a) && a->syn->match.label != P0F_NO_LABEL;
}

static const char *get_type(p0f_answer_t *a)
{
    return !a->asked ? "1" : has_syn(a) ? "0" : "2";
}

static const char *get_uptime(p0f_answer_t *a)
{
    return number(a, a->host.uptime_min / 60);
}

static const char *get_err(p0f_answer_t *a)
{
    static const char *const words[] = {
        [P0F_WHY_NONE] = "", [P0F_WHY_MISS] = "miss",
        [P0F_WHY_EXPIRED] = "expired", [P0F_WHY_VIA] = "via",
        [P0F_WHY_NO_CAPTURE] = "no_capture",
        [P0F_WHY_NO_PERMISSION] = "no_permission",
        [P0F_WHY_NO_DATABASE] = "no_database"
    };

    return words[a->why];
}

static const char *get_real(p0f_answer_t *a)
{
    return number(a, recognised(a) && !a->syn->match.app);
}

static const char *get_quality(p0f_answer_t *a)
{
    return number(a, (a->syn->match.fuzzy ? 1 : 0)
                     + (a->syn->match.generic ? 2 : 0));
}

static const char *get_params(p0f_answer_t *a)
{
    char out[P0F_PARAMS_TEXT];

    return apr_pstrmemdup(a->pool, out,
                          p0f_match_v3_params(&a->syn->match, &a->syn->sig,
                                              out));
}

static const char *get_sig(p0f_answer_t *a)
{
    char out[P0F_SIG_TEXT];

    return apr_pstrmemdup(a->pool, out, p0f_sig_format(&a->syn->sig, out));
}

static const char *get_mtu(p0f_answer_t *a)
{
    return number_or_empty(a, a->syn->mtu);
}

static const char *get_mss(p0f_answer_t *a)
{
    return number_or_empty(a, a->syn->sig.mss);
}

static const char *get_ttl(p0f_answer_t *a)
{
    return number(a, a->syn->sig.ttl);
}

static const char *get_uptime_min(p0f_answer_t *a)
{
    return number(a, a->host.uptime_min);
}

static const char *get_up_mod_days(p0f_answer_t *a)
{
    return number(a, a->host.uptime_mod);
}

static const char *get_first_seen(p0f_answer_t *a)
{
    return number(a, a->host.first_seen);
}

static const char *get_last_seen(p0f_answer_t *a)
{
    return number(a, a->host.last_seen);
}

static const char *get_total_conn(p0f_answer_t *a)
{
    return number(a, a->host.total_conn);
}

static const char *get_last_nat(p0f_answer_t *a)
{
    return number_or_empty(a, a->host.last_nat);
}

static const char *get_last_chg(p0f_answer_t *a)
{
    return number_or_empty(a, a->host.last_chg);
}

static const char *get_age(p0f_answer_t *a)
{
    return age(a, a->syn->syn_boot_us);
}

static const char *get_source(p0f_answer_t *a)
{
    static const char *const words[] = {
        [P0F_SOURCE_NONE] = "", [P0F_SOURCE_CAPTURE] = "capture",
        [P0F_SOURCE_SAVED_SYN] = "saved_syn", [P0F_SOURCE_HOST] = "host"
    };

    return words[a->syn->source];
}

static const char *get_via(p0f_answer_t *a)
{
    return a->via == P0F_UNSET ? "" : number(a, a->via);
}

static const char *get_host_genre(p0f_answer_t *a)
{
    return p0f_lookup_host_name(a)->genre;
}

static const char *get_host_details(p0f_answer_t *a)
{
    return p0f_lookup_host_name(a)->details;
}

static const char *get_host_age(p0f_answer_t *a)
{
    return a->host.rec_flags & P0F_REC_HAS_SYN ? age(a, a->host.syn_boot_us)
                                               : "";
}

static const char *get_bad_sw(p0f_answer_t *a)
{
    if (p0f_request_read(a->http))
        return number(a, p0f_request_bad_sw(a->http, a));
    return a->has_host ? number(a, a->host.bad_sw) : "";
}

static const char *get_ua_os(p0f_answer_t *a)
{
    return a->http->claim.system;
}

static const char *get_os_mismatch(p0f_answer_t *a)
{
    int mismatch = p0f_request_mismatch(a->http, a->syn, a->via);

    return mismatch < 0 ? "" : number(a, mismatch);
}

static const char *get_http_name(p0f_answer_t *a)
{
    return a->http->name;
}

static const char *get_http_flavor(p0f_answer_t *a)
{
    return a->http->flavor;
}

static const char *get_language(p0f_answer_t *a)
{
    return a->http->language;
}

/* ---- the table -------------------------------------------------------- */

#define STD P0F_GROUP_STD
#define EXT P0F_GROUP_EXT
#define TEXT(of) { NULL, SYN, P0F_NAME_##of }
#define FROM(getter, needs) { getter, needs, 0 }
#define NEVER_KNOWN { NULL, NEVER, 0 }

const p0f_var_t p0f_vars[] = {
    { "pof_type", STD, FROM(get_type, NOTHING),
      "0 found, 1 nothing to ask about (no TCP peer), 2 no match" },
    { "pof_genre", STD, TEXT(GENRE),
      "system, such as Linux; empty: not recognised" },
    { "pof_details", STD, TEXT(DETAILS), "its version or variant" },
    { "pof_distance", STD, TEXT(DISTANCE), "hops from the client" },
    { "pof_link", STD, TEXT(LINK), "link type by the client's MTU" },
    { "pof_tos", STD, TEXT(TOS), "name of the TOS byte, or \"tos N\"" },
    { "pof_uptime", STD, FROM(get_uptime, UPTIME),
      "hours since the client's start" },
    { "pof_score", STD, NEVER_KNOWN, "masquerade score; empty: no score" },
    { "pof_mflags", STD, NEVER_KNOWN, "masquerade flags" },
    { "pof_fw", STD, TEXT(FW),
      "1: something on the way cleared \"don't fragment\"" },
    { "pof_nat", STD, TEXT(NAT),
      "1 or 2: the window tells of a changed segment size" },
    { "pof_err", STD, FROM(get_err, NOTHING),
      "why there is no answer; empty: there is" },

    { "pof_real", EXT, FROM(get_real, SYN),
      "1: a system; 0: unknown, or a program" },
    { "pof_class", EXT, TEXT(CLASS),
      "class of the system (unix, win, other); ! for a program" },
    { "pof_quality", EXT, FROM(get_quality, LABEL),
      "0 exact, 1 fuzzy, 2 generic, 3 both" },
    { "pof_params", EXT, FROM(get_params, SYN), "remarks on the match, or none" },
    { "pof_sig", EXT, FROM(get_sig, SYN), "raw signature, as p0f 3 writes it" },
    { "pof_mtu", EXT, FROM(get_mtu, SYN), "MTU by the segment size, bytes" },
    { "pof_mss", EXT, FROM(get_mss, SYN), "maximum segment size, bytes" },
    { "pof_ttl", EXT, FROM(get_ttl, SYN), "TTL or hop limit as it arrived" },
    { "pof_uptime_min", EXT, FROM(get_uptime_min, UPTIME),
      "minutes since the client's start" },
    { "pof_up_mod_days", EXT, FROM(get_up_mod_days, UPTIME),
      "days after which that count starts again" },
    { "pof_first_seen", EXT, FROM(get_first_seen, HOST),
      "address first seen, seconds since 1970" },
    { "pof_last_seen", EXT, FROM(get_last_seen, HOST),
      "address last seen, seconds since 1970" },
    { "pof_total_conn", EXT, FROM(get_total_conn, HOST),
      "connections of the address" },
    { "pof_last_nat", EXT, FROM(get_last_nat, HOST),
      "address sharing last seen, seconds since 1970" },
    { "pof_last_chg", EXT, FROM(get_last_chg, HOST),
      "change of system last seen, seconds since 1970" },
    { "pof_bad_sw", EXT, FROM(get_bad_sw, NOTHING),
      "1: the User-Agent names another system, 2: another program than the "
      "headers show; 0: neither is known" },
    { "pof_ua_os", EXT, FROM(get_ua_os, HTTP), "system that the request claims" },
    { "pof_os_mismatch", EXT, FROM(get_os_mismatch, HTTP),
      "1: that isn't the system of the SYN, 0: it can be; empty: can't tell" },
    { "pof_http_name", EXT, FROM(get_http_name, HTTP),
      "HTTP software by the order of the headers" },
    { "pof_http_flavor", EXT, FROM(get_http_flavor, HTTP),
      "its version or variant" },
    { "pof_language", EXT, FROM(get_language, HTTP),
      "language that the request asks for first" },
    { "pof_age", EXT, FROM(get_age, SYN), "milliseconds since the SYN" },
    { "pof_source", EXT, FROM(get_source, NOTHING),
      "where the answer comes from: capture, saved_syn, host" },
    { "pof_via", EXT, FROM(get_via, NOTHING), "1: the peer is not the client" },
    { "pof_host_genre", EXT, FROM(get_host_genre, HOST),
      "system of the address, by its history" },
    { "pof_host_details", EXT, FROM(get_host_details, HOST),
      "its version or variant" },
    { "pof_host_age", EXT, FROM(get_host_age, HOST),
      "milliseconds since the SYN that told so" },
};

#define P0F_VAR_COUNT ((int)(sizeof(p0f_vars) / sizeof(p0f_vars[0])))

const int p0f_vars_count = P0F_VAR_COUNT;

_Static_assert(P0F_VAR_COUNT <= 64, "sets of variables are bit masks");

const char *p0f_vars_short(const p0f_var_t *var)
{
    return var->name + P0F_VAR_PREFIX_LEN;
}

int p0f_vars_find(const char *name)
{
    int i;

    for (i = 0; i < P0F_VAR_COUNT; i++)
        if (!ap_cstr_casecmp(name, p0f_vars[i].name)
            || !ap_cstr_casecmp(name, p0f_vars_short(&p0f_vars[i])))
            return i;
    return -1;
}

static apr_uint64_t group_mask(int group)
{
    apr_uint64_t mask = 0;
    int i;

    for (i = 0; i < P0F_VAR_COUNT; i++)
        if (p0f_vars[i].group == group)
            mask |= (apr_uint64_t)1 << i;
    return mask;
}

int p0f_vars_group(const char *name, apr_uint64_t *mask)
{
    if (!ap_cstr_casecmp(name, "std"))
        *mask = group_mask(STD);
    else if (!ap_cstr_casecmp(name, "ext"))
        *mask = group_mask(EXT);
    else if (!ap_cstr_casecmp(name, "all"))
        *mask = group_mask(STD) | group_mask(EXT);
    else if (!ap_cstr_casecmp(name, "none"))
        *mask = 0;
    else
        return 0;
    return 1;
}

/* ---- export ----------------------------------------------------------- */

/* What is known for a request of a client. Subrequests, internal redirects
 * and error documents share it, so that all of them say the same. */
typedef struct {
    p0f_reqhttp_t *http;         /* headers; NULL: they couldn't be read */
    p0f_answer_t *answer[2];     /* by P0fSubject; NULL: not asked yet */
} p0f_asked_t;

/* What this module did to a request's environment. */
typedef struct {
    p0f_asked_t *asked;
    const p0f_dir_conf_t *dir;   /* what the environment agrees with; NULL:
                                    with none */
    int subject;                 /* whom the variables describe */
    apr_uint64_t exported;       /* by number */
    const char *prefix;          /* of what is exported */
} p0f_request_t;

/* The record of R, or NULL. A subrequest starts with a copy of its parent's
 * environment, so with what was exported there; an internal redirect with an
 * environment in which everything is renamed to REDIRECT_..., so with
 * nothing. */
static p0f_request_t *request_state(request_rec *r)
{
    p0f_request_t *state = ap_get_module_config(r->request_config,
                                                &p0f_module);
    const p0f_request_t *from;

    if (state || !(r->main || r->prev))
        return state;
    from = request_state(r->main ? r->main : r->prev);
    if (!from)
        return NULL;
    state = apr_pmemdup(r->pool, from, sizeof(*from));
    if (!r->main) {
        state->exported = 0;
        state->dir = NULL;
    }
    ap_set_module_config(r->request_config, &p0f_module, state);
    return state;
}

/* The same; where there is none yet, made for the client's own request and
 * from there on down to R. */
static p0f_request_t *make_state(request_rec *r)
{
    struct { p0f_request_t own; p0f_asked_t asked; } *first;
    request_rec *top = r;

    while (top->main || top->prev)
        top = top->main ? top->main : top->prev;
    first = apr_pcalloc(top->pool, sizeof(*first));
    first->own.asked = &first->asked;
    ap_set_module_config(top->request_config, &p0f_module, &first->own);
    return top == r ? &first->own : request_state(r);
}

/* Takes the first variable off MASK, which isn't empty. */
static const p0f_var_t *take_var(apr_uint64_t *mask)
{
    const p0f_var_t *var = &p0f_vars[__builtin_ctzll(*mask)];

    *mask &= *mask - 1;
    return var;
}

/* Which needs A meets, a bit each. That of HTTP, for which the head has to be
 * read, only if WITH_HTTP. */
static unsigned int met_by(p0f_answer_t *a, bool with_http)
{
    unsigned int met = 1u << NOTHING;

    if (has_syn(a))
        met |= 1u << SYN;
    if (recognised(a))
        met |= 1u << LABEL;
    if (a->has_host)
        met |= 1u << HOST | (unsigned int)(a->host.uptime_mod != 0) << UPTIME;
    if (with_http && p0f_request_read(a->http))
        met |= 1u << HTTP;
    return met;
}

/* The value in A, which has MET needs. */
static const char *value(const p0f_value_t *of, p0f_answer_t *a,
                         unsigned int met)
{
    return !(met >> of->needs & 1) ? ""
         : of->get ? of->get(a) : p0f_verdict_name(a->syn, of->text);
}

static bool any_of_http(apr_uint64_t mask)
{
    bool any = false;

    while (mask)
        any |= take_var(&mask)->value.needs == HTTP;
    return any;
}

static bool is_usual(const char *prefix)
{
    return !strncmp(prefix, p0f_vars[0].name, P0F_VAR_PREFIX_LEN)
        && !prefix[P0F_VAR_PREFIX_LEN];
}

/* Most sites keep the default prefix; its names are constants. */
static const char *var_name(apr_pool_t *pool, const p0f_var_t *var,
                            const char *prefix, bool usual)
{
    return usual ? var->name
                 : apr_pstrcat(pool, prefix, p0f_vars_short(var), NULL);
}

/* What most requests are given, without values: adding it as a whole costs a
 * fifth of adding as many variables. */
static struct {
    apr_uint64_t exports;        /* 0: none */
    const char *prefix;
    const apr_table_t *env;
    p0f_value_t value[64];       /* in the order of env; side by side, unlike
                                    in the table */
    bool http;                   /* some are about the head */
    bool steady;                 /* all of them hang on the connection's SYN
                                    and its host's record alone */
} prepared;

void p0f_vars_prepare(apr_pool_t *pool, const p0f_dir_conf_t *dir)
{
    apr_uint64_t mask = p0f_config_exports(dir);
    apr_table_t *env = apr_table_make(pool, __builtin_popcountll(mask));

    prepared.exports = mask;
    prepared.prefix = p0f_config_prefix(dir);
    prepared.env = env;
    prepared.http = any_of_http(mask);
    prepared.steady = !(mask & ~group_mask(STD));
    for (int i = 0; mask; i++) {
        const p0f_var_t *var = take_var(&mask);

        prepared.value[i] = var->value;
        apr_table_addn(env, var_name(pool, var, prepared.prefix,
                                     is_usual(prepared.prefix)), "");
    }
}

static bool is_prepared(const p0f_request_t *state, apr_uint64_t mask)
{
    return prepared.exports == mask
        && (state->prefix == prepared.prefix
            || !strcmp(state->prefix, prepared.prefix));
}

/* True if ENV has a variable whose name begins with PREFIX. */
static bool any_there(const apr_table_t *env, const char *prefix)
{
    const apr_array_header_t *all = apr_table_elts(env);
    const apr_table_entry_t *entry = (const apr_table_entry_t *)all->elts;
    const size_t n = all->nelts ? strlen(prefix) : 0;

    for (int i = 0; i < all->nelts; i++) {
        if (entry[i].key && !ap_cstr_casecmpn(entry[i].key, prefix, n))
            return true;
    }
    return false;
}

/* Adds what is prepared, with values, to ENV, in which no such name is. */
static void add_prepared(apr_table_t *env, p0f_answer_t *answer)
{
    const unsigned int met = met_by(answer, prepared.http);
    const int already = apr_table_elts(env)->nelts;
    const int count = apr_table_elts(prepared.env)->nelts;
    apr_table_entry_t *entry;

    apr_table_overlap(env, prepared.env, APR_OVERLAP_TABLES_ADD);
    entry = (apr_table_entry_t *)apr_table_elts(env)->elts + already;
    for (int i = 0; i < count; i++) /* a table's texts have no const */
        entry[i].val = (char *)(apr_uintptr_t)value(&prepared.value[i],
                                                    answer, met);
}

/* The same, kept for later requests of the connection if it can be. */
static void set_prepared(request_rec *r, p0f_answer_t *answer)
{
    p0f_kept_t *kept = prepared.steady ? p0f_lookup_keep(r, answer) : NULL;
    apr_table_t *env;

    if (!kept) {
        add_prepared(r->subprocess_env, answer);
        return;
    }
    answer->pool = r->connection->pool;
    env = apr_table_make(answer->pool, apr_table_elts(prepared.env)->nelts);
    add_prepared(env, answer);
    kept->env = env;
    answer->pool = r->pool;
    apr_table_overlap(r->subprocess_env, env, APR_OVERLAP_TABLES_ADD);
}

/* What a request before this one on its connection was given, if nothing of
 * that has changed since. */
static bool set_kept(request_rec *r, const p0f_request_t *state,
                     apr_uint64_t mask)
{
    const apr_table_t *env;

    if (!prepared.steady || state->subject != P0F_PEER
        || state->asked->answer[0] || !(env = p0f_lookup_kept(r))
        || !is_prepared(state, mask)
        || any_there(r->subprocess_env, state->prefix))
        return false;
    apr_table_overlap(r->subprocess_env, env, APR_OVERLAP_TABLES_ADD);
    return true;
}

/* Adds the variables of MASK to ENV, or puts them in the place of others. */
static void put_vars(apr_table_t *env, const char *prefix,
                     p0f_answer_t *answer, apr_uint64_t mask, bool replace)
{
    const bool usual = is_usual(prefix);
    const unsigned int met = met_by(answer, any_of_http(mask));

    while (mask) {
        const p0f_var_t *var = take_var(&mask);
        const char *name = var_name(answer->pool, var, prefix, usual);

        (replace ? apr_table_setn : apr_table_addn)(env, name,
                                                    value(&var->value, answer, met));
    }
}

/* Whatever else has put a variable of this name there before must not show
 * beside ours. Mostly nothing has, and then none is looked for: a table finds
 * names by their first letters, which are the same in all of ours. */
static void set_vars(request_rec *r, const p0f_request_t *state,
                     apr_uint64_t mask)
{
    p0f_answer_t *answer = state->asked->answer[state->subject == P0F_CLIENT];
    const bool replace = any_there(r->subprocess_env, state->prefix);

    if (!replace && is_prepared(state, mask)) {
        set_prepared(r, answer);
        return;
    }
    put_vars(r->subprocess_env, state->prefix, answer, mask, replace);
}

static void unset_vars(request_rec *r, const p0f_request_t *state,
                       apr_uint64_t mask)
{
    while (mask) {
        const p0f_var_t *var = take_var(&mask);

        apr_table_unset(r->subprocess_env,
                        var_name(r->pool, var, state->prefix,
                                 is_usual(state->prefix)));
    }
}

/* Asks about SUBJECT, unless that was done for this request before. */
static void ask(request_rec *r, const p0f_request_t *state, int subject,
                const p0f_dir_conf_t *dir)
{
    p0f_answer_t **answer = &state->asked->answer[subject == P0F_CLIENT];

    if (!*answer)
        *answer = p0f_lookup_request(r, dir, state->asked->http);
}

/* Brings the environment of R in line with DIR, which it isn't yet. */
static void comply(request_rec *r, p0f_request_t *state,
                   const p0f_dir_conf_t *dir)
{
    const int subject = p0f_config_subject(dir);
    const char *prefix = p0f_config_prefix(dir);
    apr_uint64_t wanted = p0f_config_engine_on(dir) ? p0f_config_exports(dir)
                                                    : 0;

    if (state->exported && (!wanted || state->subject != subject
                            || strcmp(state->prefix, prefix))) {
        unset_vars(r, state, state->exported);
        state->exported = 0;
    }
    if (state->exported == wanted)
        return;
    state->subject = subject;
    state->prefix = prefix;
    if (state->exported || !set_kept(r, state, wanted)) {
        ask(r, state, subject, dir);
        unset_vars(r, state, state->exported & ~wanted);
        set_vars(r, state, wanted & ~state->exported);
    }
    state->exported = wanted;
}

/* Not inlined: its frame would be made and guarded in each hook. */
__attribute__((noinline))
static void export(request_rec *r, const p0f_dir_conf_t *dir)
{
    p0f_request_t *state = request_state(r);

    if (!state) {
        if (!p0f_config_engine_on(dir) || !p0f_config_exports(dir))
            return;
        state = make_state(r);
    }
    if (state->dir != dir)
        comply(r, state, dir);
    state->dir = dir;
}

/* Several hooks of each request come here, mostly for the same section. */
int p0f_vars_export(request_rec *r)
{
    const p0f_dir_conf_t *dir = p0f_config_dir(r->per_dir_config);
    const p0f_request_t *state = ap_get_module_config(r->request_config,
                                                      &p0f_module);

    if (r->subprocess_env && (!state || state->dir != dir))
        export(r, dir);
    return DECLINED;
}

/* An internal redirect is read "again" with headers that aren't the client's
 * any more; it goes on with what its first request was given. */
int p0f_vars_keep_headers(request_rec *r)
{
    if (p0f_lifecycle_runtime()->cache && !r->prev)
        make_state(r)->asked->http = p0f_request_keep(r);
    return DECLINED;
}

int p0f_vars_post_read_request(request_rec *r)
{
    p0f_request_t *state;

    p0f_vars_export(r);
    state = request_state(r);
    if (state && state->asked->http)
        p0f_request_tell(state->asked->http);
    return DECLINED;
}

void p0f_vars_insert_error_filter(request_rec *r)
{
    p0f_vars_export(r);
}
