/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.c - from a SYN to what it says.
 */
#include "verdict.h"

#include <stddef.h>
#include <string.h>

#include "../p0f_engine/memo.h"
#include "../p0f_engine/recall.h"
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

    v->tos = packet->tos;
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
    v->nat = (uint8_t)p0f_tos_nat(&v->sig, &v->match);
}

/* ---- what was recognised before --------------------------------------- */

/* Clients come in few kinds, whose SYNs differ in nothing that is looked at
 * here but the timestamp. So a process keeps what it made of the last ones:
 * that is in its processor's cache, the database mostly not. */
enum { KINDS = 128, KIND_TEXT = 160 };

#define WITHOUT_TEXT offsetof(p0f_verdict_t, text)
#define KIND_BYTES   (WITHOUT_TEXT + KIND_TEXT)

/* Facts of the SYN, generation of the database. */
enum { KEY_WORDS = P0F_FACTS_WORDS + 1 };

static _Atomic uint64_t kind_words[P0F_RECALL_WORDS(KINDS, KEY_WORDS,
                                                    KIND_BYTES)];

static const p0f_recall_t kinds = { .words = kind_words, .count = KINDS,
                                    .key_words = KEY_WORDS,
                                    .bytes = KIND_BYTES };

static void remember(const p0f_facts_t *facts, const uint64_t *key,
                     const p0f_verdict_t *v)
{
    if (v->db_gen && v->db_gen == key[KEY_WORDS - 1])
        p0f_recall_put(&kinds, facts->hash, key, v,
                       WITHOUT_TEXT + v->text_len);
}

void p0f_verdict_judge(const p0f_cache_t *cache, const p0f_packet_t *packet,
                       p0f_source_t source, apr_uint64_t boot_us,
                       p0f_verdict_t *v)
{
    const p0f_facts_t facts = p0f_memo_facts(packet);
    const uint32_t gen = p0f_cache_db_gen(cache);
    uint64_t key[KEY_WORDS];

    memcpy(key, facts.word, sizeof(facts.word));
    key[KEY_WORDS - 1] = gen;
    if (gen && p0f_recall_get(&kinds, facts.hash, key, v))
        v->sig.ts1 = packet->opt.ts1;
    else {
        recognise(cache, packet, v);
        remember(&facts, key, v);
    }
    v->source = source;
    v->syn_boot_us = boot_us;
}

void p0f_verdict_copy(const p0f_verdict_t *v, p0f_verdict_t *out)
{
    memcpy(out, v, WITHOUT_TEXT + v->text_len);
}
