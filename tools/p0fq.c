/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0fq - asks the socket of p0f 3, of this project's p0f or of the module's
 * P0fApiSocket what is known of an address.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* localtime_r, struct tm's zone */
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../p0f_engine/addr.h"
#include "../p0f_engine/api_v3.h"
#include "../p0f_engine/json.h"

/* Exit status. */
enum { FOUND, NOT_FOUND, MISUSE, NO_ANSWER };

enum { PATIENCE_S = 2 };

static const char usage_text[] =
    "usage: p0fq -s SOCKET [--json] ADDRESS\n"
    "  -s SOCKET   the socket of p0f -s or P0fApiSocket\n"
    "  --json      answer as a JSON object\n"
    "Exit status: 0 known, 1 not known, 2 wrong use, 3 no answer.\n";

typedef struct {
    const char *socket, *text;
    p0f_addr_t addr;
    bool json;
} options_t;

static int complain(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int complain(int status, const char *format, ...)
{
    va_list ap;

    fputs("p0fq: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    return status;
}

static bool read_address(const char *text, p0f_addr_t *out)
{
    uint8_t v4[4], v6[16];

    if (inet_pton(AF_INET, text, v4) == 1)
        *out = p0f_addr_from_v4(v4);
    else if (inet_pton(AF_INET6, text, v6) == 1)
        *out = p0f_addr_from_v6(v6);
    else
        return false;
    return true;
}

/* True to go on, else *STATUS is what to exit with. */
static bool read_options(options_t *o, int argc, char **argv, int *status)
{
    static const struct option longs[] = {
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 }
    };
    int c;

    *status = MISUSE;
    while ((c = getopt_long(argc, argv, "s:j", longs, NULL)) != -1) {
        switch (c) {
        case 's': o->socket = optarg; break;
        case 'j': o->json = true; break;
        case 'h': *status = FOUND; fputs(usage_text, stdout); return false;
        default: fputs(usage_text, stderr); return false;
        }
    }
    if (!o->socket || optind != argc - 1) {
        fputs(usage_text, stderr);
        return false;
    }
    o->text = argv[optind];
    if (!read_address(o->text, &o->addr)) {
        complain(MISUSE, "%s is no IPv4 or IPv6 address", o->text);
        return false;
    }
    return true;
}

/* ---- asking ------------------------------------------------------------ */

static int connect_to(const char *path)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof(addr.sun_path)) {
        complain(NO_ANSWER, "%s: the name is too long for a socket", path);
        return -1;
    }
    memcpy(addr.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        if (!connect(fd, (const struct sockaddr *)&addr, sizeof(addr)))
            return fd;
    }
    complain(NO_ANSWER, "cannot connect to %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static int exchange(int fd, const options_t *o, p0f_api_reply_t *reply)
{
    uint8_t query[P0F_API_QUERY], bytes[P0F_API_REPLY];
    size_t got = 0;
    ssize_t n;

    p0f_api_v3_ask(&o->addr, query);
    if (send(fd, query, sizeof(query), MSG_NOSIGNAL) != sizeof(query))
        return complain(NO_ANSWER, "%s: cannot ask: %s", o->socket,
                        strerror(errno));
    while (got < sizeof(bytes)) {
        n = recv(fd, bytes + got, sizeof(bytes) - got, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return complain(NO_ANSWER, "%s: no answer: %s", o->socket,
                            errno == EAGAIN ? "it takes too long"
                                            : strerror(errno));
        if (!n)
            return complain(NO_ANSWER, "%s: it hung up", o->socket);
        got += (size_t)n;
    }
    if (!p0f_api_v3_understand(bytes, reply)
        || reply->status == P0F_API_BAD_QUERY)
        return complain(NO_ANSWER, "%s: it doesn't speak p0f 3's language",
                        o->socket);
    return reply->status == P0F_API_FOUND ? FOUND : NOT_FOUND;
}

/* ---- text -------------------------------------------------------------- */

/* Control characters stay off the terminal. */
static void print_text(const char *key, const char *text, const char *more)
{
    char line[2 * P0F_API_TEXT + 2];

    if (!*text)
        return;
    snprintf(line, sizeof(line), "%s%s%s", text, *more ? " " : "", more);
    for (char *p = line; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
    printf("%-12s= %s\n", key, line);
}

static void print_time(const char *key, uint32_t seconds)
{
    time_t t = (time_t)seconds;
    char text[64];
    struct tm tm;

    if (seconds && localtime_r(&t, &tm)
        && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
        printf("%-12s= %s\n", key, text);
}

static const char *quality(const p0f_api_reply_t *r)
{
    static const char *const words[] = {
        "exact", "fuzzy", "generic", "generic, fuzzy"
    };

    return !*r->os_name ? "" : words[r->os_match_q & 3];
}

static void print_answer(const p0f_api_reply_t *r)
{
    static const char *const honesty[] = {
        "", "its User-Agent names another system",
        "it is not the software it says"
    };

    print_text("os", *r->os_name ? r->os_name : "???", r->os_flavor);
    print_text("match", quality(r), "");
    print_text("link", r->link_type, "");
    if (r->distance >= 0)
        printf("%-12s= %d\n", "distance", r->distance);
    print_text("software", r->http_name, r->http_flavor);
    print_text("language", r->language, "");
    if (r->bad_sw < sizeof(honesty) / sizeof(honesty[0]))
        print_text("but", honesty[r->bad_sw], "");
    if (r->up_mod_days)
        printf("%-12s= %u days %u hrs %u min (modulo %u days)\n", "uptime",
               r->uptime_min / 1440, r->uptime_min / 60 % 24,
               r->uptime_min % 60, r->up_mod_days);
    printf("%-12s= %u\n", "connections", r->total_conn);
    print_time("first seen", r->first_seen);
    print_time("last seen", r->last_seen);
    print_time("host change", r->last_chg);
    print_time("ip sharing", r->last_nat);
}

/* ---- JSON -------------------------------------------------------------- */

static void json_text(const char *key, const char *text)
{
    char escaped[P0F_API_TEXT * P0F_JSON_GROWTH];
    size_t n = p0f_json_escape(text, strlen(text), escaped, sizeof(escaped));

    if (n)
        printf(",\"%s\":\"%.*s\"", key, (int)n, escaped);
    else
        printf(",\"%s\":null", key);
}

/* 0 is "unknown" or "never". */
static void json_number(const char *key, uint32_t n)
{
    if (n)
        printf(",\"%s\":%u", key, n);
    else
        printf(",\"%s\":null", key);
}

static void json_answer(const p0f_api_reply_t *r)
{
    json_text("os_name", r->os_name);
    json_text("os_flavor", r->os_flavor);
    printf(",\"os_match_q\":%u", r->os_match_q);
    json_text("http_name", r->http_name);
    json_text("http_flavor", r->http_flavor);
    printf(",\"bad_sw\":%u", r->bad_sw);
    json_text("link_type", r->link_type);
    json_text("language", r->language);
    if (r->distance >= 0)
        printf(",\"distance\":%d", r->distance);
    else
        printf(",\"distance\":null");
    if (r->up_mod_days)
        printf(",\"uptime_min\":%u,\"up_mod_days\":%u", r->uptime_min,
               r->up_mod_days);
    else
        printf(",\"uptime_min\":null,\"up_mod_days\":null");
    printf(",\"total_conn\":%u", r->total_conn);
    json_number("first_seen", r->first_seen);
    json_number("last_seen", r->last_seen);
    json_number("last_chg", r->last_chg);
    json_number("last_nat", r->last_nat);
}

/* ------------------------------------------------------------------------ */

static void print_reply(const options_t *o, const p0f_api_reply_t *reply)
{
    bool found = reply->status == P0F_API_FOUND;

    if (o->json) {
        printf("{\"address\":\"%s\",\"found\":%s", o->text,
               found ? "true" : "false");
        if (found)
            json_answer(reply);
        puts("}");
    }
    else if (found) {
        print_answer(reply);
    }
    else {
        printf("nothing is known of %s\n", o->text);
    }
}

int main(int argc, char **argv)
{
    options_t o = { .socket = NULL };
    p0f_api_reply_t reply = { .status = P0F_API_BAD_QUERY };
    int fd, status;

    if (!read_options(&o, argc, argv, &status))
        return status;
    fd = connect_to(o.socket);
    if (fd < 0)
        return NO_ANSWER;
    status = exchange(fd, &o, &reply);
    close(fd);
    if (status == FOUND || status == NOT_FOUND)
        print_reply(&o, &reply);
    return status;
}
