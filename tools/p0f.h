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

/* ---- p0f_sink.c: text on its way to a descriptor ------------------------ */

/* The longest text or packed line that a sink takes at once. */
#define SINK_TEXT (P0F_REPORT_JSON > P0F_REPORT_PACKED ? P0F_REPORT_JSON \
                                                       : P0F_REPORT_PACKED)

/* A ring of bytes that one thread makes texts in and another one writes. */
typedef struct {
    int fd;                      /* -1: unused */
    bool live;                   /* what doesn't fit is left out and counted,
                                    else there is a wait for the writer */
    char *ring;                  /* with room for a text behind its size */
    size_t size;                 /* a power of two */
    p0f_report_unpacker_t *unpacker; /* of what is packed; NULL: it is text */
    char *lines;                 /* room for what is unpacked */
    /* The maker's. Positions are bytes since the start. */
    size_t made;                 /* atomic: texts are complete up to here */
    size_t told, seen;           /* what it knows of asked and written */
    uint64_t lost;               /* texts left out */
    /* Under the lock. */
    size_t asked, written;       /* to be written; it has been */
    bool writing, ending;
    int error;                   /* atomic: errno of the last write to fail */
    pthread_mutex_t lock;
    pthread_cond_t filled, drained;
} sink_t;

/* A sink for what goes to FD; PACKED: by p0f_report_pack. */
int sink_open(sink_t *s, int fd, bool live, bool packed);

/* Starts the writer; after the last fork. */
int sink_start(sink_t *s);

/* Where a text of up to SINK_TEXT bytes can be made; NULL: it is left out.
 * Bytes behind it may be spoilt. Then N of them are to be written. */
char *sink_room(sink_t *s);
void sink_made(sink_t *s, size_t n);

/* Has written soon what may be waiting. */
void sink_flush(sink_t *s);

/* True if the sink is not in use, or nobody is there any more to read. */
bool sink_gone(const sink_t *s);

/* Writes what is left and says what went wrong with NAME. */
int sink_close(sink_t *s, const char *name);

/* ---- p0f_output.c: where observations go ------------------------------- */

typedef struct {
    sink_t log, screen;
    p0f_report_packer_t packer;  /* of the log */
    bool json;
    int64_t offset_from_us;      /* quarter of an hour that utc_offset_s */
    int32_t utc_offset_s;        /* holds for */
} output_t;

/* Opens the log and the screen as O says. */
int output_open(output_t *out, const options_t *o);

/* Starts the writers; after the last fork. */
int output_start(output_t *out);

/* An observer of the engine; CTX is an output_t. */
void output_observe(void *ctx, const p0f_observation_t *obs);

/* Prints TEXT on the screen, if that is in use. */
void output_say(output_t *out, const char *text);

/* Has written what may be waiting: nothing else is to be done. */
void output_flush(output_t *out);

/* True if nobody is there any more to write to. */
bool output_gone(const output_t *out);

/* Writes what is left and says what went wrong. */
int output_close(output_t *out);

/* ---- p0f_process.c: the process ---------------------------------------- */

/* Standard descriptors are open, others that were inherited are not, unless
 * one of WORDS, of the command line, names it (/dev/fd/N); the program doesn't
 * run set-uid. */
int process_prepare(char *const *words);

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
