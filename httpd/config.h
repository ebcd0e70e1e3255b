/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - what the directives set: server-wide settings and those merged
 * over server, virtual host and directory.
 *
 * Server-wide settings exist once, in the main server, so they start as
 * their defaults. Merged settings have an explicit unset value each, so that
 * merging never takes a default for a choice.
 */
#ifndef P0F_HTTPD_CONFIG_H
#define P0F_HTTPD_CONFIG_H

#include "httpd.h"
#include "http_config.h"
#include "apr_tables.h"

#include "peers.h"

#define P0F_UNSET (-1)

/* On, off, or by what the system and the configuration offer. */
enum { P0F_OFF = 0, P0F_ON = 1, P0F_AUTO = 2 };

/* Where the capture runs. */
enum { P0F_THREAD = 0, P0F_PROCESS = 1 };

/* Whom the variables describe where the TCP peer isn't the client. */
enum { P0F_PEER = 0, P0F_CLIENT = 1 };

/* A fingerprint file to load. */
typedef struct {
    const char *path;            /* absolute */
    const char *where;           /* "file:line" of its directive; NULL: the
                                    default, which may be absent */
} p0f_database_conf_t;

/* What of it a log or dump file gets; 0: all. */
enum {
    P0F_ONLY_KNOWN = 1, P0F_ONLY_UNKNOWN = 2, P0F_ONLY_MISMATCH = 4,
    P0F_ONLY_CHANGE = 8
};

#define P0F_LOGS_MAX 4

/* P0fLog or P0fDumpFile. */
typedef struct {
    const char *directive;       /* its name */
    const char *target;          /* absolute path, or "|program"; NULL: none */
    int json;                    /* 1: json, 0: v3 */
    unsigned int only;           /* P0F_ONLY_* */
    apr_uint64_t max;            /* bytes, 0: any */
} p0f_log_conf_t;

/* P0fApiSocket. */
typedef struct {
    const char *path;            /* absolute; NULL: none */
    int mode;                    /* permission bits */
    int max;                     /* clients at a time */
    p0f_peers_t peers;           /* who may ask, beside MODE */
} p0f_socket_conf_t;

/* Server-wide; one for all servers. */
typedef struct {
    int capture;                 /* P0fCapture: P0F_ON, OFF, AUTO */
    int saved_syn;               /* P0fSavedSyn, likewise */
    int required;                /* P0fRequired, flag */
    int engine_seen;             /* 1: some P0fEngine On in the files; set
                                    when the files are read and merged */
    apr_array_header_t *interfaces; /* of const char *; never empty */
    const char *filter;          /* P0fFilter expression; NULL: auto */
    const char *read_file;       /* P0fReadFile; NULL: none */
    apr_array_header_t *databases; /* of p0f_database_conf_t, in order of
                                    loading; never empty */
    apr_interval_time_t reload;  /* P0fDatabaseReload; 0: Off */
    const char *unknown_log;     /* P0fUnknownLog; NULL: none */
    int max_hosts, max_conns;    /* entries */
    apr_interval_time_t host_idle, conn_age;
    int buffer;                  /* P0fCaptureBuffer, bytes */
    int promiscuous;             /* flag */
    int isolation;               /* P0fIsolation: P0F_THREAD, P0F_PROCESS */
    const char *helper_user;     /* P0fUser; NULL: default */
    const char *helper_chroot;   /* P0fChroot, absolute; NULL: none */
    apr_array_header_t *ports;   /* of int: P0fPorts */
    apr_array_header_t *logs;    /* of p0f_log_conf_t, at most
                                    P0F_LOGS_MAX */
    p0f_log_conf_t dump;
    p0f_socket_conf_t api;
} p0f_server_conf_t;

/* Server, virtual host, directory, location, if. */
typedef struct {
    int engine;                  /* P0fEngine: flag or P0F_UNSET */
    apr_interval_time_t wait;    /* P0fWait or P0F_UNSET */
    int subject;                 /* P0fSubject: P0F_PEER, P0F_CLIENT or
                                    P0F_UNSET */
    const char *prefix;          /* P0fEnvPrefix, NULL unset */
    apr_uint64_t export_set;     /* variables named or added, by number in */
    apr_uint64_t export_clear;   /* the table of vars.c; removed ones */
    int export_absolute;         /* 1: the list doesn't build on the outer */
    apr_uint64_t export_default; /* where no list is absolute */
} p0f_dir_conf_t;

/* Constructors and mergers for the module record; startup, and dir ones in
 * any worker thread. */
void *p0f_config_create_server(apr_pool_t *pool, server_rec *s);
void *p0f_config_merge_server(apr_pool_t *pool, void *main, void *host);
void *p0f_config_create_dir(apr_pool_t *pool, char *dir);
void *p0f_config_merge_dir(apr_pool_t *pool, void *outer, void *inner);

/* All directives. */
extern const command_rec p0f_config_directives[];

/* The server-wide settings, every default filled in; never NULL. S may be
 * any server, once the configuration is read. */
const p0f_server_conf_t *p0f_config_server(const server_rec *s);

/* The settings for a directory configuration, as stored (unset values
 * included); never NULL. Use the five below to read them. Any thread. */
const p0f_dir_conf_t *p0f_config_dir(ap_conf_vector_t *v);

int p0f_config_engine_on(const p0f_dir_conf_t *dir);
apr_interval_time_t p0f_config_wait(const p0f_dir_conf_t *dir);
int p0f_config_subject(const p0f_dir_conf_t *dir);
const char *p0f_config_prefix(const p0f_dir_conf_t *dir);
apr_uint64_t p0f_config_exports(const p0f_dir_conf_t *dir);

#endif
