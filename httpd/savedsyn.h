/* SPDX-License-Identifier: Apache-2.0 */
/*
 * savedsyn.h - the kernel's copy of a connection's SYN (Linux TCP_SAVE_SYN):
 * the second source, which needs no privilege and has no race.
 */
#ifndef P0F_HTTPD_SAVEDSYN_H
#define P0F_HTTPD_SAVEDSYN_H

#include "httpd.h"
#include "../p0f_engine/packet.h"

/* Room for any saved SYN: IPv6 header, TCP with options, and extension
 * headers or IPv4 options. */
#define P0F_SAVEDSYN_MAX 512

/* True if the system this was built for has it. */
int p0f_savedsyn_available(void);

/* Sets or clears the option on every listening TCP socket of this process,
 * found by scanning descriptors, since duplicates that httpd makes for
 * ListenCoresBucketsRatio stand in no list. Returns how many sockets were
 * set. Main process, post_config. */
int p0f_savedsyn_listeners(int on);

/* Reads the SYN of the accepted socket SOCK into BUF; the kernel gives it
 * once. Returns the length, 0 if there is none. SOCK is what pre_connection
 * was given: ap_get_conn_socket() has none before core's own hook, which runs
 * last. pre_connection only. */
size_t p0f_savedsyn_read(apr_socket_t *sock,
                         unsigned char buf[P0F_SAVEDSYN_MAX]);

#endif
