/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - an observation as a line of p0f 3's log.
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "lang.h"

#define SECONDS_A_DAY 86400

/* Where a line grows; what doesn't fit is left out. */
typedef struct {
    char *p, *end;
} line_t;

static void put(line_t *l, const char *s)
{
    size_t n = strlen(s), room = (size_t)(l->end - l->p);

    if (n > room)
        n = room;
    memcpy(l->p, s, n);
    l->p += n;
}

/* N in decimal, at least WIDTH digits. */
static void put_number(line_t *l, uint64_t n, int width)
{
    char digits[24];
    char *d = digits + sizeof(digits);

    *--d = '\0';
    do {
        *--d = (char)('0' + n % 10);
        n /= 10;
        width--;
    } while (n || width > 0);
    put(l, d);
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

/* "[2023/07/06 19:47:48] " */
static void put_time(line_t *l, int64_t seconds)
{
    int64_t day = seconds / SECONDS_A_DAY, rest = seconds % SECONDS_A_DAY;
    int64_t year;
    unsigned int month, mday;

    if (rest < 0) {
        rest += SECONDS_A_DAY;
        day--;
    }
    civil(day, &year, &month, &mday);
    put(l, "[");
    put_number(l, (uint64_t)(year < 0 ? 0 : year), 1);
    put(l, "/");
    put_number(l, month, 2);
    put(l, "/");
    put_number(l, mday, 2);
    put(l, " ");
    put_number(l, (uint64_t)(rest / 3600), 2);
    put(l, ":");
    put_number(l, (uint64_t)(rest / 60 % 60), 2);
    put(l, ":");
    put_number(l, (uint64_t)(rest % 60), 2);
    put(l, "] ");
}

static void put_end(line_t *l, const char *key, const p0f_addr_t *addr,
                    uint16_t port)
{
    char text[P0F_ADDR_TEXT];

    put(l, key);
    p0f_addr_format(addr, text);
    put(l, text);
    put(l, "/");
    put_number(l, port, 1);
}

static void put_label(line_t *l, const p0f_db_t *db, uint16_t number)
{
    const p0f_label_t *label = db ? p0f_db_label(db, number) : NULL;

    if (!label) {
        put(l, "???");
        return;
    }
    put(l, p0f_db_text(db, label->name));
    if (*p0f_db_text(db, label->flavor)) {
        put(l, " ");
        put(l, p0f_db_text(db, label->flavor));
    }
}

size_t p0f_report_label(const p0f_db_t *db, uint16_t label, char *out,
                        size_t room)
{
    line_t l = { out, out + room - 1 };

    put_label(&l, db, label);
    *l.p = '\0';
    return (size_t)(l.p - out);
}

/* os|app, dist, params, raw_sig. */
static void put_match(line_t *l, const p0f_observation_t *obs)
{
    char params[P0F_PARAMS_TEXT], sig[P0F_SIG_TEXT];
    const p0f_match_t *m = obs->match;
    bool known = m->label != P0F_NO_LABEL;
    bool app = m->app || obs->kind == P0F_OBS_PROBE
        || obs->kind == P0F_OBS_PROBE_ANSWER;

    put(l, known && app ? "|app=" : "|os=");
    put_label(l, obs->db, m->label);
    put(l, m->ttl_random ? "|dist=<= " : "|dist=");
    if (m->dist < 0)
        put(l, "-");
    put_number(l, (uint64_t)(m->dist < 0 ? -m->dist : m->dist), 1);
    p0f_match_v3_params(m, obs->sig, params);
    put(l, "|params=");
    put(l, params);
    p0f_sig_format(obs->sig, sig);
    put(l, "|raw_sig=");
    put(l, sig);
}

static void put_mtu(line_t *l, const p0f_observation_t *obs)
{
    put(l, "|link=");
    put_label(l, obs->db, obs->link);
    put(l, "|raw_mtu=");
    put_number(l, obs->mtu, 1);
}

static void put_uptime(line_t *l, const p0f_observation_t *obs)
{
    const p0f_uptime_t *up = obs->uptime;
    char hz[32];

    put(l, "|uptime=");
    put_number(l, up->minutes / 1440, 1);
    put(l, " days ");
    put_number(l, up->minutes / 60 % 24, 1);
    put(l, " hrs ");
    put_number(l, up->minutes % 60, 1);
    put(l, " min (modulo ");
    put_number(l, up->mod_days, 1);
    put(l, " days)|raw_freq=");
    snprintf(hz, sizeof(hz), "%.2f", up->raw_hz);
    put(l, hz);
    put(l, " Hz");
}

static void put_language(line_t *l, const p0f_seenhttp_t *http)
{
    p0f_bytes_t value = p0f_http_value(http->head, http->buffer,
                                       http->head->lang);
    const char *name;
    uint16_t code;

    if (!p0f_lang_is_tag(value, &code)) {
        put(l, "none");
        return;
    }
    name = p0f_lang_name(code);
    put(l, name ? name : "???");
}

/* app|os, lang, params, raw_sig. */
static void put_http(line_t *l, const p0f_observation_t *obs)
{
    const p0f_seenhttp_t *http = obs->http;
    const p0f_httpmatch_t *m = http->match;
    char text[64];

    put(l, m->label != P0F_NO_LABEL && !m->app ? "|os=" : "|app=");
    put_label(l, obs->db, m->label);
    put(l, "|lang=");
    put_language(l, http);
    snprintf(text, sizeof(text), "|params=%s%s%s",
             m->dishonest ? " dishonest" : "",
             http->head->sw < 0 ? " anonymous" : "",
             m->generic ? " generic" : "");
    if (text[sizeof("|params=") - 1] == ' ')   /* the leading blank */
        memmove(text + sizeof("|params=") - 1, text + sizeof("|params="),
                strlen(text + sizeof("|params=")) + 1);
    put(l, text[sizeof("|params=") - 1] ? text : "|params=none");
    put(l, "|raw_sig=");
    if ((size_t)(l->end - l->p) >= P0F_HTTP_TEXT)
        l->p += p0f_http_format(obs->db, http->dir, http->head, http->buffer,
                                obs->strict, l->p);
}

static void put_event(line_t *l, const p0f_observation_t *obs)
{
    const p0f_natevent_t *event = obs->event;
    const char *blank = "";
    unsigned int i;

    put(l, "|reason=");
    for (i = 0; i < P0F_NAT_REASONS; i++) {
        if (!(event->reasons & 1u << i))
            continue;
        put(l, blank);
        put(l, p0f_nat_reason(i));
        blank = " ";
    }
    if (!event->reasons)
        put(l, "???");
    for (i = 0; i < 4; i++) {
        put(l, i ? "," : "|raw_hits=");
        put_number(l, event->hits[i], 1);
    }
}

/* What each kind is called, and what writes the fields of its own. */
static const struct {
    const char *mod;
    void (*put)(line_t *l, const p0f_observation_t *obs);
} kinds[] = {
    [P0F_OBS_SYN] = { "mod=syn|", put_match },
    [P0F_OBS_PROBE] = { "mod=sendsyn probe|", put_match },
    [P0F_OBS_SYNACK] = { "mod=syn+ack|", put_match },
    [P0F_OBS_PROBE_ANSWER] = { "mod=sendsyn response|", put_match },
    [P0F_OBS_MTU] = { "mod=mtu|", put_mtu },
    [P0F_OBS_UPTIME] = { "mod=uptime|", put_uptime },
    [P0F_OBS_HTTP_REQUEST] = { "mod=http request|", put_http },
    [P0F_OBS_HTTP_RESPONSE] = { "mod=http response|", put_http },
    [P0F_OBS_CHANGE] = { "mod=host change|", put_event },
    [P0F_OBS_SHARING] = { "mod=ip sharing|", put_event }
};

size_t p0f_report_v3(const p0f_observation_t *obs, int32_t utc_offset_s,
                     char out[P0F_REPORT_LINE])
{
    line_t l = { out, out + P0F_REPORT_LINE - 2 };
    int64_t seconds = obs->wall_us / 1000000;

    out[0] = '\0';
    if (obs->kind >= sizeof(kinds) / sizeof(kinds[0]))
        return 0;
    if (obs->wall_us % 1000000 < 0)
        seconds--;
    put_time(&l, seconds + utc_offset_s);
    put(&l, kinds[obs->kind].mod);
    put_end(&l, "cli=", obs->client, obs->client_port);
    put_end(&l, "|srv=", obs->server, obs->server_port);
    put(&l, obs->about_server ? "|subj=srv" : "|subj=cli");
    kinds[obs->kind].put(&l, obs);
    *l.p++ = '\n';
    *l.p = '\0';
    return (size_t)(l.p - out);
}
