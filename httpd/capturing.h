/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capturing.h - which capture handles the configuration asks for, opened
 * anew or taken over from before the restart.
 */
#ifndef P0F_HTTPD_CAPTURING_H
#define P0F_HTTPD_CAPTURING_H

#include "config.h"
#include "retained.h"
#include "../p0f_engine/engine.h"

/* Bytes of the kernel's buffer that a frame takes at most: what is captured
 * of it, and what libpcap and the kernel lay before that (packet_mmap,
 * TPACKET_V2: 80 bytes, 96 on "any"; t/live/faults-load.t). */
enum { P0F_CAPTURING_SLOT = 288 };

/* Brings the handles of R in line with CONF: handles of the same interfaces,
 * buffer, mode and filter that still work are kept, all others closed. A
 * file is read once, not again at a restart. Returns the state to show:
 * running if any works, or why none does; ERR, which is empty at the call,
 * has the first trouble's sentence in both cases. Main process, post_config.
 */
p0f_state_t p0f_capturing_open(p0f_retained_t *r,
                               const p0f_server_conf_t *conf,
                               apr_pool_t *pool, p0f_error_t *err);

/* Where the filter can't hold all that is listened on, gives ENGINE the list,
 * in PCONF, to choose by; true if so. Main process, post_config. */
bool p0f_capturing_choose(const p0f_server_conf_t *conf, apr_pool_t *pconf,
                          p0f_engine_config_t *engine);

#endif
