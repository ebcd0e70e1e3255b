/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.h - the threads of the parent: how each is started, and the capture
 * thread, an engine and the sniffer's loop, of which at most one runs. Main
 * process, main thread.
 */
#ifndef P0F_HTTPD_THREAD_H
#define P0F_HTTPD_THREAD_H

#include <pthread.h>

#include "harden.h"
#include "../p0f_engine/sniffer.h"

/* Starts RUN with ARG as a thread NAME (at most 15 letters) that leaves every
 * signal to others and has given up, before RUN begins, what it doesn't need:
 * all capabilities, and system calls beyond NEEDS (P0F_HARDEN_*); nothing in
 * a process that will change its user. *GIVEN_UP (P0F_HARDENED_*; NULL: not
 * asked for) is what. Returns 0 or an errno. */
int p0f_thread_spawn(pthread_t *thread, void *(*run)(void *), void *arg,
                     const char *name, unsigned int needs,
                     unsigned int *given_up);

/* The same, giving up nothing. Also in a forked child: it allocates nothing
 * that a lock of another thread guards. */
int p0f_thread_create(pthread_t *thread, void *(*run)(void *), void *arg,
                      const char *name);

/* In a forked child, which has the memory of threads but not the threads:
 * tells a sanitizer that their stacks are free for other uses. */
void p0f_thread_forked(void);

/* True where httpd is one process (-X), which changes its user when threads
 * run already. */
int p0f_thread_one_process(void);

/* Makes an engine by ENGINE with the observer OBSERVE (NULL: none) and starts
 * the thread by SNIFFER (copied; its engine and stop fields are filled in);
 * GIVEN_UP as above. ENOMEM, ESYSTEM, told in ERR. */
p0f_status_t p0f_thread_start(const p0f_sniffer_t *sniffer,
                              const p0f_engine_config_t *engine,
                              p0f_observe_fn *observe,
                              unsigned int *given_up, p0f_error_t *err);

/* Makes the system run the calling thread soon after it wakes, as far as it
 * lets itself be asked. The sniffer, before it gives up its rights. */
void p0f_thread_ask_for_promptness(void);

/* Ends the thread, waits for it, and frees the engine. Without effect where
 * none runs, and in other processes than the one that started it. */
void p0f_thread_join(void);

#endif
