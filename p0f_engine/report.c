/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - an observation as text: p0f 3's log line, its screen block, or a
 * JSON object.
 *
 * The fields and their order are the same in all three, so that each kind has
 * one function; what stands around a field is the style's.
 */
#include "report_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "lang.h"

#define SECONDS_A_DAY 86400

typedef enum { LOG, SCREEN, JSON } style_t;

/* Where a line grows; what doesn't fit is left out. */
typedef struct {
    char *p, *end;
    style_t style;
} line_t;

static inline void put_bytes(line_t *l, const char *s, size_t n)
{
    size_t room = (size_t)(l->end - l->p);

    if (n <= room) {
        p0f_bytes_lay(l->p, s, n);
        l->p += n;
        return;
    }
    memcpy(l->p, s, room);
    l->p = l->end;
}

static inline void put_char(line_t *l, char c)
{
    if (l->p < l->end)
        *l->p++ = c;
}

/* Text that no style has to escape; mostly of a length known beforehand. */
static inline void put(line_t *l, const char *s)
{
    put_bytes(l, s, strlen(s));
}

/* Text from a packet or a fingerprint file. */
static void put_text(line_t *l, const char *s)
{
    if (l->style == JSON)
        l->p += p0f_json_escape(s, strlen(s), l->p, (size_t)(l->end - l->p));
    else
        put(l, s);
}

/* N in decimal, at least WIDTH digits. */
static void put_number(line_t *l, uint64_t n, int width)
{
    char digits[24];
    char *end = digits + sizeof(digits), *d = end;

    do {
        *--d = (char)('0' + n % 10);
        n /= 10;
        width--;
    } while (n || width > 0);
    put_bytes(l, d, (size_t)(end - d));
}

/* Civil date of a day number since 1970-01-01, proleptic Gregorian. Works in
 * eras of 400 years that start on 1 March, so that leap days come last. */
static void civil(int64_t day, int64_t *year, unsigned int *month,
                  unsigned int *mday)
{
    int64_t z = day + 719468;        /* days from 0000-03-01 */
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned int doe = (unsigned int)(z - era * 146097);
    unsigned int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned int mp = (5 * doy + 2) / 153;

    *mday = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = (int64_t)yoe + era * 400 + (*month <= 2);
}

/* "2023/07/06 19:47:48" with the separators SEP[0] and SEP[1]. */
static void put_time(line_t *l, int64_t seconds, const char sep[2])
{
    int64_t day = seconds / SECONDS_A_DAY, rest = seconds % SECONDS_A_DAY;
    int64_t year;
    unsigned int month, mday;

    if (rest < 0) {
        rest += SECONDS_A_DAY;
        day--;
    }
    civil(day, &year, &month, &mday);
    put_number(l, (uint64_t)(year < 0 ? 0 : year), 1);
    put_char(l, sep[0]);
    put_number(l, month, 2);
    put_char(l, sep[0]);
    put_number(l, mday, 2);
    put_char(l, sep[1]);
    put_number(l, (uint64_t)(rest / 3600), 2);
    put(l, ":");
    put_number(l, (uint64_t)(rest / 60 % 60), 2);
    put(l, ":");
    put_number(l, (uint64_t)(rest % 60), 2);
}

static void put_address(line_t *l, const p0f_addr_t *addr)
{
    char text[P0F_ADDR_TEXT];

    put_bytes(l, text, p0f_addr_format(addr, text));
}

/* "192.0.2.1/40000" */
static void put_end(line_t *l, const p0f_addr_t *addr, uint16_t port)
{
    put_address(l, addr);
    put(l, "/");
    put_number(l, port, 1);
}

/* ---- fields ------------------------------------------------------------ */

/* What stands before and after the value of field KEY. */
static inline void open_field(line_t *l, const char *key)
{
    size_t n = strlen(key);

    if (l->style == LOG) {
        put(l, "|");
        put_bytes(l, key, n);
        put(l, "=");
        return;
    }
    put(l, l->style == SCREEN ? "| " : ",\"");
    put_bytes(l, key, n);
    for (; l->style == SCREEN && n < 8; n++)
        put_char(l, ' ');
    put(l, l->style == SCREEN ? " = " : "\":");
}

static void close_field(line_t *l)
{
    if (l->style == SCREEN)
        put(l, "\n");
}

/* The same for a value that JSON has in quotation marks. */
static void open_text(line_t *l, const char *key)
{
    open_field(l, key);
    if (l->style == JSON)
        put(l, "\"");
}

static void close_text(line_t *l)
{
    if (l->style == JSON)
        put(l, "\"");
    close_field(l);
}

static void put_text_field(line_t *l, const char *key, const char *value)
{
    open_text(l, key);
    put_text(l, value);
    close_text(l);
}

static void put_number_field(line_t *l, const char *key, uint64_t n)
{
    open_field(l, key);
    put_number(l, n, 1);
    close_field(l);
}

/* A value that isn't there: what the original prints, null in JSON. */
static void put_missing(line_t *l, const char *key, const char *shown)
{
    open_field(l, key);
    put(l, l->style == JSON ? "null" : shown);
    close_field(l);
}

static void put_label(line_t *l, const p0f_db_t *db, const p0f_label_t *label)
{
    const char *flavor = p0f_db_text(db, label->flavor);

    put_text(l, p0f_db_text(db, label->name));
    if (*flavor) {
        put(l, " ");
        put_text(l, flavor);
    }
}

static void put_label_field(line_t *l, const char *key, const p0f_db_t *db,
                            uint16_t number)
{
    const p0f_label_t *label = db ? p0f_db_label(db, number) : NULL;

    if (!label) {
        put_missing(l, key, "???");
        return;
    }
    open_text(l, key);
    put_label(l, db, label);
    close_text(l);
}

/* Words of ours, apart by blanks, an array in JSON; NONE is shown if there
 * are none. */
static void put_words(line_t *l, const char *key, const char *words,
                      const char *none)
{
    const char *before = "\"";

    open_field(l, key);
    if (l->style != JSON) {
        put(l, *words ? words : none);
        close_field(l);
        return;
    }
    put(l, "[");
    while (*words) {
        size_t n = strcspn(words, " ");

        put(l, before);
        put_bytes(l, words, n);
        put(l, "\"");
        words += n + (words[n] == ' ');
        before = ",\"";
    }
    put(l, "]");
}

/* ---- what each kind says ----------------------------------------------- */

/* os|app, dist, params, raw_sig. */
static void put_match(line_t *l, const p0f_observation_t *obs)
{
    char params[P0F_PARAMS_TEXT], sig[P0F_SIG_TEXT];
    const p0f_match_t *m = obs->match;
    bool known = m->label != P0F_NO_LABEL;
    bool app = m->app || obs->kind == P0F_OBS_PROBE
        || obs->kind == P0F_OBS_PROBE_ANSWER;

    put_label_field(l, known && app ? "app" : "os", obs->db, m->label);
    open_field(l, "dist");
    if (m->ttl_random && l->style != JSON)
        put(l, "<= ");
    if (m->dist < 0)
        put(l, "-");
    put_number(l, (uint64_t)(m->dist < 0 ? -m->dist : m->dist), 1);
    close_field(l);
    p0f_match_v3_params(m, obs->sig, params);
    put_words(l, "params", strcmp(params, "none") ? params : "", "none");
    p0f_sig_format(obs->sig, sig);
    put_text_field(l, "raw_sig", sig);
}

static void put_mtu(line_t *l, const p0f_observation_t *obs)
{
    put_label_field(l, "link", obs->db, obs->link);
    put_number_field(l, "raw_mtu", obs->mtu);
}

/* X, from 0 on and below 2^40, with two decimals, exactly as printf rounds
 * it: the hundredfold mantissa fits into 64 bits, so nothing is lost before
 * the one rounding, half to even. */
static void put_hundredths(line_t *l, double x)
{
    int exponent;
    uint64_t scaled = (uint64_t)(frexp(x, &exponent) * 0x1p53) * 100;
    unsigned int shift = (unsigned int)(53 - exponent);
    uint64_t half, rest, n = 0;

    if (x > 0 && shift < 64) {
        half = (uint64_t)1 << (shift - 1);
        rest = scaled & (half * 2 - 1);
        n = scaled >> shift;
        n += rest > half || (rest == half && n & 1);
    }
    put_number(l, n / 100, 1);
    put(l, ".");
    put_number(l, n % 100, 2);
}

static void put_uptime(line_t *l, const p0f_observation_t *obs)
{
    const p0f_uptime_t *up = obs->uptime;

    if (l->style == JSON) {
        put_number_field(l, "uptime_min", up->minutes);
        put_number_field(l, "up_mod_days", up->mod_days);
    }
    else {
        open_field(l, "uptime");
        put_number(l, up->minutes / 1440, 1);
        put(l, " days ");
        put_number(l, up->minutes / 60 % 24, 1);
        put(l, " hrs ");
        put_number(l, up->minutes % 60, 1);
        put(l, " min (modulo ");
        put_number(l, up->mod_days, 1);
        put(l, " days)");
        close_field(l);
    }
    open_field(l, "raw_freq");
    put_hundredths(l, up->raw_hz);
    if (l->style != JSON)
        put(l, " Hz");
    close_field(l);
}

static void put_language(line_t *l, const p0f_seenhttp_t *http)
{
    p0f_bytes_t value = p0f_http_value(http->head, http->buffer,
                                       http->head->lang);
    const char *name;
    uint16_t code;

    if (!p0f_lang_is_tag(value, &code)) {
        put_missing(l, "lang", "none");
        return;
    }
    name = p0f_lang_name(code);
    if (name)
        put_text_field(l, "lang", name);
    else
        put_missing(l, "lang", "???");
}

/* The text is written in place where it needs no escaping. */
static void put_http_sig(line_t *l, const p0f_observation_t *obs)
{
    const p0f_seenhttp_t *http = obs->http;
    const bool room = (size_t)(l->end - l->p) >= P0F_HTTP_TEXT;
    char text[P0F_HTTP_TEXT];

    open_text(l, "raw_sig");
    if (http->text.len && l->style != JSON) {
        put_bytes(l, (const char *)http->text.data, http->text.len);
    }
    else if (http->text.len) {
        put_text(l, (const char *)http->text.data);
    }
    else if (l->style == JSON) {
        p0f_http_format(obs->db, http->dir, http->head, http->buffer,
                        obs->strict, text);
        put_text(l, text);
    }
    else if (room) {
        l->p += p0f_http_format(obs->db, http->dir, http->head, http->buffer,
                                obs->strict, l->p);
    }
    close_text(l);
}

/* app|os, lang, params, raw_sig. */
static void put_http(line_t *l, const p0f_observation_t *obs)
{
    const p0f_seenhttp_t *http = obs->http;
    const p0f_httpmatch_t *m = http->match;
    static const char *const params[8] = {
        "", "dishonest", "anonymous", "dishonest anonymous", "generic",
        "dishonest generic", "anonymous generic",
        "dishonest anonymous generic"
    };

    put_label_field(l, m->label != P0F_NO_LABEL && !m->app ? "os" : "app",
                    obs->db, m->label);
    put_language(l, http);
    put_words(l, "params",
              params[(m->dishonest ? 1 : 0) + (http->head->sw < 0 ? 2 : 0)
                     + (m->generic ? 4 : 0)], "none");
    put_http_sig(l, obs);
}

static void put_event(line_t *l, const p0f_observation_t *obs)
{
    const p0f_natevent_t *event = obs->event;
    char reasons[P0F_NAT_REASONS * 16] = "";
    size_t n = 0;
    unsigned int i;

    for (i = 0; i < P0F_NAT_REASONS; i++) {
        if (event->reasons & 1u << i)
            n += (size_t)snprintf(reasons + n, sizeof(reasons) - n, "%s%s",
                                  n ? " " : "", p0f_nat_reason(i));
    }
    put_words(l, "reason", reasons, "???");
    open_field(l, "raw_hits");
    for (i = 0; i < 4; i++) {
        put(l, i ? "," : l->style == JSON ? "[" : "");
        put_number(l, event->hits[i], 1);
    }
    if (l->style == JSON)
        put(l, "]");
    close_field(l);
}

#define MOD(s) { s, sizeof(s) - 1 }

const p0f_report_mod_t p0f_report_mods[P0F_REPORT_KINDS] = {
    [P0F_OBS_SYN] = MOD("syn"),
    [P0F_OBS_PROBE] = MOD("sendsyn probe"),
    [P0F_OBS_SYNACK] = MOD("syn+ack"),
    [P0F_OBS_PROBE_ANSWER] = MOD("sendsyn response"),
    [P0F_OBS_MTU] = MOD("mtu"),
    [P0F_OBS_UPTIME] = MOD("uptime"),
    [P0F_OBS_HTTP_REQUEST] = MOD("http request"),
    [P0F_OBS_HTTP_RESPONSE] = MOD("http response"),
    [P0F_OBS_CHANGE] = MOD("host change"),
    [P0F_OBS_SHARING] = MOD("ip sharing")
};

/* What writes the fields of a kind's own. */
static void (*const put_fields[P0F_REPORT_KINDS])(line_t *l,
                                                  const p0f_observation_t *) = {
    [P0F_OBS_SYN] = put_match, [P0F_OBS_PROBE] = put_match,
    [P0F_OBS_SYNACK] = put_match, [P0F_OBS_PROBE_ANSWER] = put_match,
    [P0F_OBS_MTU] = put_mtu, [P0F_OBS_UPTIME] = put_uptime,
    [P0F_OBS_HTTP_REQUEST] = put_http, [P0F_OBS_HTTP_RESPONSE] = put_http,
    [P0F_OBS_CHANGE] = put_event, [P0F_OBS_SHARING] = put_event
};

/* ---- the three styles -------------------------------------------------- */

size_t p0f_report_log_date(int64_t second, char out[P0F_REPORT_DATE])
{
    line_t l = { out, out + P0F_REPORT_DATE, LOG };

    put_time(&l, second, (const char[2]){ '/', ' ' });
    return (size_t)(l.p - out);
}

size_t p0f_report_log_fields(const p0f_observation_t *obs, char *out,
                             size_t room)
{
    line_t l = { out, out + room, LOG };

    put_fields[obs->kind](&l, obs);
    return (size_t)(l.p - out);
}

size_t p0f_report_screen(const p0f_observation_t *obs,
                         char out[P0F_REPORT_LINE])
{
    static const char foot[] = "|\n`----\n\n";
    line_t l = { out, out + P0F_REPORT_LINE - sizeof(foot), SCREEN };

    out[0] = '\0';
    if (!p0f_report_has_line(obs))
        return 0;
    put(&l, ".-[ ");
    put_end(&l, obs->client, obs->client_port);
    put(&l, " -> ");
    put_end(&l, obs->server, obs->server_port);
    put(&l, " (");
    put(&l, p0f_report_mods[obs->kind].text);
    put(&l, ") ]-\n|\n| ");
    put(&l, obs->about_server ? "server   = " : "client   = ");
    if (obs->about_server)
        put_end(&l, obs->server, obs->server_port);
    else
        put_end(&l, obs->client, obs->client_port);
    put(&l, "\n");
    put_fields[obs->kind](&l, obs);
    memcpy(l.p, foot, sizeof(foot));
    return (size_t)(l.p - out) + sizeof(foot) - 1;
}

size_t p0f_report_json(const p0f_observation_t *obs,
                       char out[P0F_REPORT_JSON])
{
    static const char foot[] = "}\n";
    line_t l = { out, out + P0F_REPORT_JSON - sizeof(foot), JSON };
    int64_t seconds = p0f_report_second(obs->wall_us);

    out[0] = '\0';
    if (!p0f_report_has_line(obs))
        return 0;
    put(&l, "{\"time\":\"");
    put_time(&l, seconds, (const char[2]){ '-', 'T' });
    put(&l, ".");
    put_number(&l, (uint64_t)(obs->wall_us - seconds * 1000000), 6);
    put(&l, "Z\"");
    put_text_field(&l, "mod", p0f_report_mods[obs->kind].text);
    open_text(&l, "cli");
    put_address(&l, obs->client);
    close_text(&l);
    put_number_field(&l, "cli_port", obs->client_port);
    open_text(&l, "srv");
    put_address(&l, obs->server);
    close_text(&l);
    put_number_field(&l, "srv_port", obs->server_port);
    put_text_field(&l, "subj", obs->about_server ? "srv" : "cli");
    put_fields[obs->kind](&l, obs);
    memcpy(l.p, foot, sizeof(foot));
    return (size_t)(l.p - out) + sizeof(foot) - 1;
}

size_t p0f_report_label(const p0f_db_t *db, uint16_t label, char *out,
                        size_t room)
{
    line_t l = { out, out + room - 1, LOG };
    const p0f_label_t *found = db ? p0f_db_label(db, label) : NULL;

    if (found)
        put_label(&l, db, found);
    else
        put(&l, "???");
    *l.p = '\0';
    return (size_t)(l.p - out);
}
