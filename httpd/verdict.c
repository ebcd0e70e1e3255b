/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.c - from a SYN to what it says.
 */
#include "verdict.h"

#include <stddef.h>
#include <string.h>

#include "apr_strings.h"

#include "../p0f_engine/recall.h"
#include "../p0f_engine/synkey.h"
#include "../p0f_engine/tos.h"

/* ---- by the database -------------------------------------------------- */

size_t p0f_verdict_copy_text(char out[P0F_TEXT], const char *text)
{
    size_t i;

    for (i = 0; i < P0F_TEXT - 1 && text[i]; i++) {
        unsigned char c = (unsigned char)text[i];

        out[i] = c < 0x20 || c == 0x7f ? '?' : text[i];
    }
    out[i] = '\0';
    return i;
}

static void add_text(p0f_verdict_t *v, int name, const char *text)
{
    char *to = v->text + v->text_len;

    v->name[name] = v->text_len;
    v->text_len = (uint16_t)(v->text_len + 1
                             + p0f_verdict_copy_text(to, text));
}

static void name_it(const p0f_db_t *db, uint32_t gen, p0f_verdict_t *v)
{
    const p0f_label_t *label, *link = NULL;

    v->db_gen = gen;
    p0f_match_v3(db, P0F_DIR_REQUEST, &v->sig, false, &v->match);
    label = p0f_db_label(db, v->match.label);
    if (v->mtu)
        link = p0f_db_label(db, p0f_db_mtu(db, v->mtu));
    v->text_len = 0;
    add_text(v, P0F_NAME_GENRE, label ? p0f_db_text(db, label->name) : "");
    add_text(v, P0F_NAME_DETAILS,
             label ? p0f_db_text(db, label->flavor) : "");
    add_text(v, P0F_NAME_CLASS, !label ? "" : v->match.app ? "!"
                                : p0f_db_text(db, label->class_name));
    add_text(v, P0F_NAME_LINK, link ? p0f_db_text(db, link->name) : "");
}

/* What the SYN, with TOS, tells without a name. */
static void add_facts(p0f_verdict_t *v, uint8_t tos)
{
    const char *name = p0f_tos_name(tos);
    char text[16];

    apr_snprintf(text, sizeof(text), "%u", (unsigned int)v->match.dist);
    add_text(v, P0F_NAME_DISTANCE, text);
    apr_snprintf(text, sizeof(text), "tos %u", (unsigned int)tos);
    add_text(v, P0F_NAME_TOS, !tos ? "" : name ? name : text);
    add_text(v, P0F_NAME_FW, v->match.df_cleared ? "1" : "0");
    apr_snprintf(text, sizeof(text), "%d", p0f_tos_nat(&v->sig, &v->match));
    add_text(v, P0F_NAME_NAT, text);
}

static void unname(p0f_verdict_t *v)
{
    v->match = (p0f_match_t){
        .sig = P0F_NO_SIG, .label = P0F_NO_LABEL,
        .dist = p0f_sig_guess_distance(v->sig.ttl)
    };
    v->db_gen = 0;
    v->text_len = 1;
    v->text[0] = '\0';
    memset(v->name, 0, sizeof(v->name));
}

static void recognise(const p0f_cache_t *cache, const p0f_packet_t *packet,
                      p0f_verdict_t *v)
{
    int tries;

    v->seq = packet->seq;
    p0f_sig_take(packet, 0, &v->sig);
    v->mtu = p0f_sig_mtu(&v->sig);
    unname(v);
    for (tries = 0; tries < 3; tries++) {
        uint32_t gen;
        const p0f_db_t *db = p0f_cache_db(cache, &gen);

        if (!db)
            break;
        name_it(db, gen, v);
        if (p0f_cache_db_valid(cache, gen))
            break;
        unname(v);
    }
    add_facts(v, packet->tos);
}

/* ---- what was recognised before --------------------------------------- */

/* Clients come in few kinds, whose SYNs differ in nothing that is looked at
 * here but the timestamp. So a process keeps what it made of the last ones:
 * that is in its processor's cache, the database mostly not. */
enum { KINDS = 128, KIND_TEXT = 192 };

#define WITHOUT_TEXT offsetof(p0f_verdict_t, text)
#define KIND_BYTES   (WITHOUT_TEXT + KIND_TEXT)

enum { KEY_WORDS = 2 * P0F_SYNKEY_WORDS };

static _Atomic uint64_t kind_words[P0F_RECALL_WORDS(KINDS, KEY_WORDS,
                                                    KIND_BYTES)];

static const p0f_recall_t kinds = { .words = kind_words, .count = KINDS,
                                    .key_words = KEY_WORDS,
                                    .bytes = KIND_BYTES };

static bool read_syn(const p0f_cache_t *cache, p0f_bytes_t ip,
                     p0f_verdict_t *v)
{
    p0f_packet_t packet;

    if (p0f_packet_parse(ip, false, &packet) != P0F_DROP_NONE)
        return false;
    recognise(cache, &packet, v);
    return true;
}

static void remember(const p0f_synkey_t *key, uint32_t hash,
                     p0f_verdict_t *v)
{
    p0f_synmask_t mask = { .stamps = 0 };

    if (!p0f_synkey_mask(key, &mask))
        return;
    v->stamps = mask.stamps;
    v->zeros = p0f_synkey_numbers(key, mask.stamps).zeros;
    p0f_recall_put_masked(&kinds, hash, key->word, mask.word, key->words, v,
                          WITHOUT_TEXT + v->text_len);
}

/* V of a SYN of KEY's kind, with KEY's numbers; false: none is remembered. */
static bool recall(const p0f_synkey_t *key, uint32_t hash, p0f_verdict_t *v)
{
    p0f_synnumbers_t numbers;

    if (!p0f_recall_get_masked(&kinds, hash, key->word, key->words, v))
        return false;
    numbers = p0f_synkey_numbers(key, v->stamps);
    v->sig.ts1 = numbers.ts1;
    v->seq = numbers.seq;
    return v->zeros == numbers.zeros;
}

/* V of the SYN at IP, but for where it comes from; from memory where it is in
 * it. A kind is one of a generation of the database. */
static bool judge(const p0f_cache_t *cache, p0f_bytes_t ip, p0f_verdict_t *v)
{
    const uint32_t gen = p0f_cache_db_gen(cache);
    p0f_synkey_t key;
    uint32_t hash;

    if (!gen || !p0f_synkey_take(ip, gen, &key))
        return read_syn(cache, ip, v);
    hash = p0f_synkey_hash(&key);
    if (recall(&key, hash, v))
        return true;
    if (!read_syn(cache, ip, v))
        return false;
    if (v->db_gen == gen)
        remember(&key, hash, v);
    return true;
}

bool p0f_verdict_judge(const p0f_cache_t *cache, p0f_bytes_t ip,
                       p0f_source_t source, apr_uint64_t boot_us,
                       p0f_verdict_t *v)
{
    bool good = judge(cache, ip, v);

    v->source = good ? source : P0F_SOURCE_NONE;
    v->syn_boot_us = boot_us;
    return good;
}

/* As judge, of a SYN as it is kept in records. */
static bool judge_kept(const p0f_cache_t *cache, const p0f_rawsyn_t *raw,
                       uint16_t ip_opt_len, p0f_verdict_t *v)
{
    static const p0f_addr_t anybody = { { 0 } };
    uint8_t laid_out[P0F_PACKET_HEADERS];
    p0f_bytes_t ip = { laid_out, 0 };
    p0f_packet_t packet;

    if (!ip_opt_len) {
        ip.len = p0f_packet_lay_out(raw, &anybody, &anybody, 0, laid_out);
        return judge(cache, ip, v);
    }
    if (p0f_packet_rebuild(raw, &anybody, &anybody, ip_opt_len, &packet)
        != P0F_DROP_NONE)
        return false;
    recognise(cache, &packet, v);
    return true;
}

bool p0f_verdict_judge_kept(const p0f_cache_t *cache,
                            const p0f_rawsyn_t *raw, uint16_t ip_opt_len,
                            p0f_source_t source, apr_uint64_t boot_us,
                            p0f_verdict_t *v)
{
    bool good = judge_kept(cache, raw, ip_opt_len, v);

    v->source = good ? source : P0F_SOURCE_NONE;
    v->syn_boot_us = boot_us;
    return good;
}

void p0f_verdict_copy(const p0f_verdict_t *v, p0f_verdict_t *out)
{
    memcpy(out, v, WITHOUT_TEXT + v->text_len);
}
