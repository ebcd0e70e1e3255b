/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f.h - what the files of the program p0f share: options, output, process.
 *
 * Functions that can fail print one sentence on standard error and return 0
 * or the exit status 1.
 */
#ifndef P0F_TOOL_H
#define P0F_TOOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <apr_pools.h>

#include "../p0f_engine/capture.h"
#include "../p0f_engine/report.h"
#include "../p0f_engine/unknown.h"

/* "p0f: sentence" on standard error; returns 1. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- p0f_options.c: the command line ---------------------------------- */

typedef struct {
    const char *fp;              /* -f, NULL: the default */
    const char *interface;       /* -i, NULL: the default */
    const char *capture;         /* -r, NULL: live */
    const char *log;             /* -o */
    const char *socket;          /* -s */
    const char *user;            /* -u */
    const char *rule;            /* filter, NULL: none */
    bool list;                   /* -L */
    bool daemon;                 /* -d */
    bool promiscuous;            /* -p */
    bool json;                   /* -j */
    bool strict, quiet;
    bool unknown;                /* --unknown */
    bool check, suggest;         /* --check-database, --suggest, of words */
    char **words;                /* what follows the options */
    int word_count;
    unsigned int clients;        /* -S */
    unsigned int conn_age_s, host_idle_min; /* -t */
    unsigned int max_flows, max_hosts;      /* -m */
} options_t;

/* Reads the command line into O. True to go on; else *STATUS is what to exit
 * with. */
bool options_read(options_t *o, int argc, char **argv, int *status);

/* ---- p0f_check.c: fingerprint files ------------------------------------ */

/* Prints what is wrong or of no use in each of COUNT FILES, "file:line:
 * sentence". 0 if there is nothing, 1 if there is, or a file can't be read. */
int check_databases(char *const *files, int count, apr_pool_t *pool);

/* ---- p0f_learn.c: signatures that nothing knows ------------------------- */

/* Makes the table that learn_observe, an observer of the engine, counts
 * unknown signatures in. */
int learn_open(p0f_unknown_t **table);
void learn_observe(void *table, const p0f_observation_t *obs);

/* Prints what was counted, a line each, the most frequent first. */
int learn_print(p0f_unknown_t *table, apr_pool_t *pool);

/* Prints candidates for a fingerprint file from COUNT FILES of such lines. */
int learn_suggest(char *const *files, int count, apr_pool_t *pool);

/* ---- p0f_capture.c: where packets come from ---------------------------- */

/* Prints the interfaces (-L). */
int capture_list(void);

/* Opens what O asks for, with its filter; enters the default interface. */
int capture_open(p0f_capture_t *capture, options_t *o);

/* ---- p0f_output.c: where observations go ------------------------------- */

/* Text on its way to a descriptor. A live capture must not wait for who reads
 * it: there a thread writes, and what doesn't fit in between is left out and
 * counted. */
typedef struct {
    int fd;                      /* -1: unused */
    char *buffer;                /* a ring with a thread, else used from 0 */
    size_t size, first, used;    /* bytes */
    bool threaded, writing, ending;
    int error;                   /* errno of the last write that failed */
    uint64_t lost;               /* texts left out */
    pthread_mutex_t lock;
    pthread_cond_t filled, drained;
} sink_t;

typedef struct {
    sink_t log, screen;
    p0f_report_memo_t *memo;     /* of the log */
    bool json;
    int64_t offset_block;        /* quarter of an hour that utc_offset_s */
    int32_t utc_offset_s;        /* holds for */
} output_t;

/* Opens the log and the screen as O says. */
int output_open(output_t *out, const options_t *o);

/* Starts the writers of a live capture; after the last fork. */
int output_start(output_t *out);

/* An observer of the engine; CTX is an output_t. */
void output_observe(void *ctx, const p0f_observation_t *obs);

/* Prints TEXT on the screen, if that is in use. */
void output_say(output_t *out, const char *text);

/* Writes now what may be waiting: nothing else is to be done. */
void output_flush(output_t *out);

/* True if nobody is there any more to write to. */
bool output_gone(const output_t *out);

/* Writes what is left and says what went wrong. */
int output_close(output_t *out);

/* ---- p0f_process.c: the process ---------------------------------------- */

/* Standard descriptors are open, others that were inherited are not; the
 * program doesn't run set-uid. */
int process_prepare(void);

/* Gives up root for USER, in its home. */
int process_become(const char *user);

/* Goes on in the background; the caller's process prints the number of the new
 * one and ends when process_ready is called. DEV_NULL: an open /dev/null. */
int process_detach(int dev_null, int *ready);
void process_ready(int ready);

/* From here on SIGINT, SIGTERM and (not DAEMON) SIGHUP make process_stop
 * point to 1 and WAKE_FD readable; the second one ends the program. */
void process_catch_signals(int wake_fd, bool daemon);
const int *process_stop(void);

/* Starts BODY(ARG) in a thread that sees no signals. */
int process_thread(pthread_t *thread, void *(*body)(void *), void *arg);

#endif
