/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_v3.c - p0f 3's log lines, made quickly: a capture of millions of
 * packets has several lines for each of them.
 *
 * Where two threads share the work, one packs what a line says into a record
 * of a third of its length, since what goes from one processor's cache to the
 * other's costs more than the making. What comes again is remembered. The
 * rest, addresses and ports, is laid down by copies of a fixed size, that a
 * compiler makes one or two moves of; what they spoil behind their text is
 * written next. So a line needs the whole room that the caller gives.
 */
#include "report_int.h"

#include <string.h>

/* Bytes that the parts of a line have at most: the beginning with the ends of
 * the connection, and what a copy spoils behind its text. */
enum { HEAD_MAX = 192, CHUNK = 32 };

_Static_assert(HEAD_MAX >= sizeof(((p0f_report_unpacker_t *)0)->head)
               + P0F_REPORT_MOD + sizeof("|cli=|srv=|subj=cli")
               + 2 * sizeof(((p0f_report_end_t *)0)->text),
               "the beginning has room");
_Static_assert(sizeof(((p0f_report_end_t *)0)->text)
               >= P0F_ADDR_TEXT + sizeof("/65535"), "an end has room");
_Static_assert(P0F_REPORT_LINE > HEAD_MAX + CHUNK
               + sizeof(((p0f_report_unpacker_t *)0)->tails[0].text),
               "a tail has room");
_Static_assert(sizeof(((p0f_report_unpacker_t *)0)->tails[0].text) % CHUNK == 0,
               "tails can be copied in chunks");

/* What stands at the beginning of a record. */
enum { NO_SLOT = P0F_REPORT_TAILS };
typedef struct {
    uint32_t size;               /* with the text that follows */
    uint16_t text_len;           /* 0: the unpacker knows it */
    uint16_t slot;               /* of the text, NO_SLOT: don't remember */
    uint16_t client_port, server_port;
    uint8_t kind, about_server;
    int64_t second;
    p0f_addr_t client, server;
} record_t;

_Static_assert(sizeof(record_t) % 8 == 0, "records are aligned");
_Static_assert(sizeof(record_t) + P0F_REPORT_LINE - HEAD_MAX + 8
               <= P0F_REPORT_PACKED, "a record has room");

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

/* "[2023/07/06 19:47:48] mod=" */
static size_t make_head(int64_t second, char *out)
{
    char *p = out;

    *p++ = '[';
    p += p0f_report_log_date(second, p);
    p = LAY(p, "] mod=");
    return (size_t)(p - out);
}

static char *put_mod(char *p, unsigned int kind)
{
    const p0f_report_mod_t *mod = p0f_report_mods + kind;

    memcpy(p, mod->text, P0F_REPORT_MOD);
    return p + mod->len;
}

static char *put_subject(char *p, bool server)
{
    return server ? LAY(p, "|subj=srv") : LAY(p, "|subj=cli");
}

size_t p0f_report_v3(const p0f_observation_t *obs, int32_t utc_offset_s,
                     char out[P0F_REPORT_LINE])
{
    char *p = out;

    out[0] = '\0';
    if (!p0f_report_has_line(obs))
        return 0;
    p += make_head(p0f_report_second(obs->wall_us) + utc_offset_s, p);
    p = put_mod(p, obs->kind);
    p = LAY(p, "|cli=");
    p = put_end(p, obs->client, obs->client_port);
    p = LAY(p, "|srv=");
    p = put_end(p, obs->server, obs->server_port);
    p = put_subject(p, obs->about_server);
    p += p0f_report_log_fields(obs, p, P0F_REPORT_LINE - HEAD_MAX);
    *p++ = '\n';
    *p = '\0';
    return (size_t)(p - out);
}

/* ---- packing ----------------------------------------------------------- */

/* Where the fields of OBS are remembered. What is a probe does not show in
 * the stamp. */
static uint16_t slot_of(const p0f_observation_t *obs)
{
    const uint16_t third = P0F_REPORT_TAILS / 3;
    uint16_t slot = (uint16_t)(obs->stamp % third);

    if (!obs->stamp)
        return NO_SLOT;
    switch (obs->kind) {
    case P0F_OBS_SYN:
    case P0F_OBS_SYNACK:
        return slot;
    case P0F_OBS_MTU:
        return (uint16_t)(third + slot);
    case P0F_OBS_HTTP_REQUEST:
    case P0F_OBS_HTTP_RESPONSE:
        return (uint16_t)(2 * third + slot);
    default:
        return NO_SLOT;
    }
}

/* Puts the fields of OBS's own behind RECORD. */
static void add_text(p0f_report_packer_t *packer, const p0f_observation_t *obs,
                     record_t *record)
{
    size_t len = p0f_report_log_fields(obs, (char *)(record + 1),
                                       P0F_REPORT_LINE - HEAD_MAX);

    record->text_len = (uint16_t)len;
    record->size += (uint32_t)((len + 7) & ~(size_t)7);
    if (len > sizeof(((p0f_report_unpacker_t *)0)->tails[0].text))
        record->slot = NO_SLOT;
    if (record->slot != NO_SLOT)
        packer->stamps[record->slot] = obs->stamp;
}

size_t p0f_report_pack(p0f_report_packer_t *packer,
                       const p0f_observation_t *obs, int32_t utc_offset_s,
                       char out[P0F_REPORT_PACKED])
{
    record_t *record = (record_t *)(void *)out;

    if (!p0f_report_has_line(obs))
        return 0;
    record->size = sizeof(*record);
    record->text_len = 0;
    record->slot = slot_of(obs);
    record->client_port = obs->client_port;
    record->server_port = obs->server_port;
    record->kind = (uint8_t)obs->kind;
    record->about_server = obs->about_server;
    record->second = p0f_report_second(obs->wall_us) + utc_offset_s;
    record->client = *obs->client;
    record->server = *obs->server;
    if (record->slot == NO_SLOT || packer->stamps[record->slot] != obs->stamp)
        add_text(packer, obs, record);
    return record->size;
}

/* ---- unpacking --------------------------------------------------------- */

static char *put_known_head(char *p, p0f_report_unpacker_t *u, int64_t second)
{
    if (!u->head_len || u->second != second) {
        u->head_len = (uint32_t)make_head(second, u->head);
        u->second = second;
    }
    memcpy(p, u->head, sizeof(u->head));
    return p + u->head_len;
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

static char *put_tail(char *p, p0f_report_unpacker_t *u,
                      const record_t *record)
{
    const char *text = u->tails[record->slot % P0F_REPORT_TAILS].text;
    size_t len = u->tails[record->slot % P0F_REPORT_TAILS].len, at = 0;

    if (record->text_len) {
        memcpy(p, record + 1, record->text_len);
        if (record->slot != NO_SLOT) {
            u->tails[record->slot].len = record->text_len;
            memcpy(u->tails[record->slot].text, p, record->text_len);
        }
        return p + record->text_len;
    }
    do {
        memcpy(p + at, text + at, CHUNK);
        at += CHUNK;
    } while (at < len);
    return p + len;
}

size_t p0f_report_unpack(p0f_report_unpacker_t *unpacker, const char *from,
                         size_t *size, char out[P0F_REPORT_LINE])
{
    const record_t *record = (const record_t *)(const void *)from;
    char *p = out;

    *size = record->size;
    p = put_known_head(p, unpacker, record->second);
    p = put_mod(p, record->kind);
    p = LAY(p, "|cli=");
    p = put_known_end(p, &unpacker->client, &record->client,
                      record->client_port);
    p = LAY(p, "|srv=");
    p = put_known_end(p, &unpacker->server, &record->server,
                      record->server_port);
    p = put_subject(p, record->about_server);
    p = put_tail(p, unpacker, record);
    *p++ = '\n';
    return (size_t)(p - out);
}
