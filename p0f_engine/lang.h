/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lang.h - the language that an Accept-Language header asks for first.
 *
 * Source: p0f 3.09b behaviour, 7.4 and 7.9. Row 3. Any thread.
 */
#ifndef P0F_LANG_H
#define P0F_LANG_H

#include "bytes.h"

/* True if VALUE begins with a tag of two letters; *CODE is then first letter
 * * 256 + second, case as sent. */
bool p0f_lang_is_tag(p0f_bytes_t value, uint16_t *code);

/* The English name of the language CODE (lower-case letters), or NULL. */
const char *p0f_lang_name(uint16_t code);

#endif
