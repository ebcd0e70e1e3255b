/* SPDX-License-Identifier: Apache-2.0 */
/*
 * httpdate.h - the time in a Date header.
 *
 * Source: p0f 3.09b behaviour, 7.8: what the C library's strptime takes for
 * "%a, %d %b %Y %H:%M:%S" in the C locale, oddities included. Row 1. No
 * allocation, no locale. Any thread.
 */
#ifndef P0F_HTTPDATE_H
#define P0F_HTTPDATE_H

#include "bytes.h"

/* p0f-differs: 3.09b takes the time for local time and leaves a flag of it to
 * chance (t/tool/history.t: "a date that jumps").
 *
 * The seconds from 1970-01-01 00:00:00 UTC to the time that VALUE begins
 * with, modulo 2^32; 0 if it can't be read. Days and seconds that a month or
 * minute doesn't have count on into the next one. */
uint32_t p0f_httpdate_read(p0f_bytes_t value);

#endif
