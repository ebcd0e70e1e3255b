/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.h - the capture thread of the parent: an engine and the sniffer's
 * loop. At most one runs. Main process, main thread.
 */
#ifndef P0F_HTTPD_THREAD_H
#define P0F_HTTPD_THREAD_H

#include "harden.h"
#include "../p0f_engine/sniffer.h"

/* Makes an engine by ENGINE and starts the thread by SNIFFER (copied; its
 * engine and stop fields are filled in). Unless the process is the ONLY one,
 * which will change its user, the thread gives up what it doesn't need:
 * *GIVEN_UP (P0F_HARDENED_*). ENOMEM, ESYSTEM, told in ERR. */
p0f_status_t p0f_thread_start(const p0f_sniffer_t *sniffer,
                              const p0f_engine_config_t *engine, int only,
                              unsigned int *given_up, p0f_error_t *err);

/* Ends the thread, waits for it, and frees the engine. Without effect where
 * none runs, and in other processes than the one that started it. */
void p0f_thread_join(void);

#endif
