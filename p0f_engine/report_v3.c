/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_v3.c - p0f 3's log lines, made quickly: a capture of millions of
 * packets has several lines for each of them.
 *
 * What comes again is remembered. The rest, addresses and ports, is laid down
 * by copies of a fixed size, that a compiler makes one or two moves of; what
 * they spoil behind their text is written next. So a line needs the whole
 * room that the caller gives.
 */
#include "report_int.h"

#include <string.h>

/* Bytes that the parts of a line have at most: the beginning with the ends of
 * the connection, and what a copy spoils behind its text. */
enum { HEAD_MAX = 192, CHUNK = 32 };

_Static_assert(HEAD_MAX >= sizeof(((p0f_report_memo_t *)0)->head)
               + P0F_REPORT_MOD + sizeof("|cli=|srv=|subj=cli")
               + 2 * sizeof(((p0f_report_end_t *)0)->text),
               "the beginning has room");
_Static_assert(sizeof(((p0f_report_end_t *)0)->text)
               >= P0F_ADDR_TEXT + sizeof("/65535"), "an end has room");
_Static_assert(P0F_REPORT_LINE > HEAD_MAX + CHUNK
               + sizeof(((p0f_report_tail_t *)0)->text), "a tail has room");
_Static_assert(sizeof(((p0f_report_tail_t *)0)->text) % CHUNK == 0,
               "tails can be copied in chunks");

/* Lays down a constant text; where the next one goes. */
#define LAY(p, text) (memcpy((p), (text), sizeof(text) - 1), \
                      (p) + sizeof(text) - 1)

static char *put_port(char *p, unsigned int n)
{
    static const char pairs[] =
        "0001020304050607080910111213141516171819"
        "2021222324252627282930313233343536373839"
        "4041424344454647484950515253545556575859"
        "6061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    const char *low = pairs + 2 * (n % 100);

    if (n >= 10000) {
        *p++ = (char)('0' + n / 10000);
        n %= 10000;
        memcpy(p, pairs + 2 * (n / 100), 2);
        p += 2;
    }
    else if (n >= 1000) {
        memcpy(p, pairs + 2 * (n / 100), 2);
        p += 2;
    }
    else if (n >= 100) {
        *p++ = (char)('0' + n / 100);
    }
    else if (n < 10) {
        *p++ = (char)('0' + n);
        return p;
    }
    memcpy(p, low, 2);
    return p + 2;
}

/* "192.0.2.1/40000" */
static char *put_end(char *p, const p0f_addr_t *addr, uint16_t port)
{
    p += p0f_addr_format(addr, p);
    *p++ = '/';
    return put_port(p, port);
}

/* The same from what was remembered of the line before: it is of the same
 * packet, or of another one to the same server. */
static char *put_known_end(char *p, p0f_report_end_t *last,
                           const p0f_addr_t *addr, uint16_t port)
{
    if (!last->len || last->port != port
        || !p0f_addr_equal(&last->addr, addr)) {
        last->len = (uint16_t)(put_end(last->text, addr, port) - last->text);
        last->addr = *addr;
        last->port = port;
    }
    memcpy(p, last->text, 32);
    if (last->len > 32)
        memcpy(p + 32, last->text + 32, sizeof(last->text) - 32);
    return p + last->len;
}

/* "[2023/07/06 19:47:48] mod=" */
static size_t make_head(int64_t second, char *out)
{
    char *p = out;

    *p++ = '[';
    p += p0f_report_log_date(second, p);
    p = LAY(p, "] mod=");
    return (size_t)(p - out);
}

static char *put_head(char *p, p0f_report_memo_t *memo, int64_t wall_us,
                      int32_t utc_offset_s)
{
    if (!memo)
        return p + make_head(p0f_report_second(wall_us) + utc_offset_s, p);
    if (!memo->head_len || memo->utc_offset_s != utc_offset_s
        || (uint64_t)wall_us - (uint64_t)memo->from_us >= 1000000) {
        int64_t second = p0f_report_second(wall_us);

        memo->head_len = (uint32_t)make_head(second + utc_offset_s,
                                             memo->head);
        memo->from_us = second * 1000000;
        memo->utc_offset_s = utc_offset_s;
    }
    memcpy(p, memo->head, sizeof(memo->head));
    return p + memo->head_len;
}

/* Where the fields of OBS are remembered, NULL: nowhere. What is a probe does
 * not show in the stamp. */
static p0f_report_tail_t *tail_of(p0f_report_memo_t *memo,
                                  const p0f_observation_t *obs)
{
    size_t place = obs->stamp % P0F_REPORT_MEMO;

    if (!memo || !obs->stamp)
        return NULL;
    if (obs->kind == P0F_OBS_SYN || obs->kind == P0F_OBS_SYNACK)
        return memo->tails + place;
    return obs->kind == P0F_OBS_MTU ? memo->mtu_tails + place : NULL;
}

/* The fields of OBS's own, where they have ROOM bytes. */
static char *put_tail(char *p, p0f_report_memo_t *memo,
                      const p0f_observation_t *obs, size_t room)
{
    p0f_report_tail_t *tail = tail_of(memo, obs);
    size_t len, at = 0;

    if (!tail || tail->stamp != obs->stamp) {
        len = p0f_report_log_fields(obs, p, room);
        if (tail && len <= sizeof(tail->text)) {
            memcpy(tail->text, p, len);
            tail->len = (uint32_t)len;
            tail->stamp = obs->stamp;
        }
        return p + len;
    }
    do {
        memcpy(p + at, tail->text + at, CHUNK);
        at += CHUNK;
    } while (at < tail->len);
    return p + tail->len;
}

size_t p0f_report_v3(p0f_report_memo_t *memo, const p0f_observation_t *obs,
                     int32_t utc_offset_s, char out[P0F_REPORT_LINE])
{
    const p0f_report_mod_t *mod = p0f_report_mods + obs->kind;
    char *p = out;

    out[0] = '\0';
    if (!p0f_report_has_line(obs))
        return 0;
    p = put_head(p, memo, obs->wall_us, utc_offset_s);
    memcpy(p, mod->text, P0F_REPORT_MOD);
    p = LAY(p + mod->len, "|cli=");
    p = memo ? put_known_end(p, &memo->client, obs->client, obs->client_port)
             : put_end(p, obs->client, obs->client_port);
    p = LAY(p, "|srv=");
    p = memo ? put_known_end(p, &memo->server, obs->server, obs->server_port)
             : put_end(p, obs->server, obs->server_port);
    p = obs->about_server ? LAY(p, "|subj=srv") : LAY(p, "|subj=cli");
    p = put_tail(p, memo, obs, P0F_REPORT_LINE - 2 - (size_t)(p - out));
    *p++ = '\n';
    *p = '\0';
    return (size_t)(p - out);
}
