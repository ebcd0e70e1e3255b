/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f_options.c - the command line: p0f 3's options (p0f 3.09b behaviour,
 * 10) and a few more.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p0f.h"

enum { OPT_STRICT = 256, OPT_QUIET, OPT_HELP, OPT_CHECK,
       OPT_UNKNOWN, OPT_SUGGEST };

/* Limits of -S, -m and -t. */
enum { MAX_CLIENTS = 100, MAX_FLOWS = 100000, MAX_HOSTS = 500000,
       MAX_AGE = 1000000 };

static const char usage_text[] =
    "usage: p0f [OPTION ...] ['FILTER']\n"
    "  -i NAME     listen on this interface (default: the first of -L)\n"
    "  -r FILE     read a capture file instead\n"
    "  -f FILE     fingerprint file\n"
    "  -o FILE     append the log to FILE\n"
    "  -s PATH     answer queries on a Unix socket\n"
    "  -u NAME     give up root: become this user, in its home directory\n"
    "  -d          run in the background (takes -o or -s)\n"
    "  -p          promiscuous mode\n"
    "  -j          one JSON object an observation, on the screen and in the log\n"
    "  -L          list the interfaces\n"
    "  -S N        clients on the socket at the same time (20)\n"
    "  -m N,M      connections and hosts to remember (1000,10000)\n"
    "  -t N,M      seconds to follow a connection, minutes to remember a silent\n"
    "              host (30,120)\n"
    "  --strict    do as p0f 3.09b does, also where it is wrong\n"
    "  --check-database FILE ...\n"
    "              say what is wrong or of no use in fingerprint files\n"
    "  --unknown   at the end, a line for each signature that nothing knows:\n"
    "              how often, kind, signature, claim (-)\n"
    "  --suggest LIST ...\n"
    "              candidates for a fingerprint file from what --unknown or the\n"
    "              module's P0fUnknownLog wrote\n"
    "  --quiet     no observations on the screen, only counts at the end\n"
    "  FILTER      only packets that this expression passes (pcap-filter(7))\n";

/* What has been given, to notice what is given twice. */
typedef struct {
    options_t *o;
    bool given[128];
} parser_t;

static int once(parser_t *p, int letter)
{
    if (p->given[letter])
        return fail("-%c is given twice", letter);
    p->given[letter] = true;
    return 0;
}

/* A whole decimal number from 1 to MAX that ends where TEXT does or at END. */
static bool number(const char *text, char end, unsigned int max,
                   unsigned int *out, const char **rest)
{
    char *stop;
    unsigned long n;

    errno = 0;
    n = strtoul(text, &stop, 10);
    if (*text < '0' || *text > '9' || errno || n < 1 || n > max
        || *stop != end)
        return false;
    *out = (unsigned int)n;
    *rest = stop + (end != '\0');
    return true;
}

static int pair(int letter, const char *text, unsigned int *first,
                unsigned int max_first, unsigned int *second,
                unsigned int max_second)
{
    const char *rest;

    if (number(text, ',', max_first, first, &rest)
        && number(rest, '\0', max_second, second, &rest))
        return 0;
    return fail("-%c takes two numbers, N,M: 1 to %u, 1 to %u; not \"%s\"",
                letter, max_first, max_second, text);
}

static int limits(options_t *o, int letter, const char *text)
{
    const char *rest;

    if (letter == 'm')
        return pair('m', text, &o->max_flows, MAX_FLOWS, &o->max_hosts,
                    MAX_HOSTS);
    if (letter == 't')
        return pair('t', text, &o->conn_age_s, MAX_AGE, &o->host_idle_min,
                    MAX_AGE);
    if (number(text, '\0', MAX_CLIENTS, &o->clients, &rest))
        return 0;
    return fail("-S takes a number from 1 to %d, not \"%s\"", MAX_CLIENTS,
                text);
}

static int option(parser_t *p, int letter, const char *value)
{
    options_t *o = p->o;

    if (letter < 128 && once(p, letter))
        return 1;
    switch (letter) {
    case 'f': o->fp = value; return 0;
    case 'i': o->interface = value; return 0;
    case 'r': o->capture = value; return 0;
    case 'o': o->log = value; return 0;
    case 's': o->socket = value; return 0;
    case 'u': o->user = value; return 0;
    case 'L': o->list = true; return 0;
    case 'd': o->daemon = true; return 0;
    case 'p': o->promiscuous = true; return 0;
    case 'j': o->json = true; return 0;
    case OPT_STRICT: o->strict = true; return 0;
    case OPT_QUIET: o->quiet = true; return 0;
    case OPT_CHECK: o->check = true; return 0;
    case OPT_SUGGEST: o->suggest = true; return 0;
    case OPT_UNKNOWN: o->unknown = o->quiet = true; return 0;
    default: return limits(o, letter, value);
    }
}

/* What doesn't go together. */
static int check(const parser_t *p, int words)
{
    const options_t *o = p->o;
    const char *live_only = o->interface ? "-i" : o->promiscuous ? "-p"
                          : o->socket ? "-s" : o->daemon ? "-d" : NULL;

    if (o->capture && live_only)
        return fail("%s is for listening on an interface: leave it or -r out",
                    live_only);
    if (o->capture && !strcmp(o->capture, "-"))
        return fail("-r takes the name of a capture file, not \"-\"");
    if (o->daemon && !o->log && !o->socket)
        return fail("-d takes -o or -s: nobody would see anything");
    if (p->given['S'] && !o->socket)
        return fail("-S is about the socket: it takes -s");
    if (words > 1)
        return fail("the filter is one argument: put it in quotation marks; "
                    "options come before it");
    return 0;
}

/* ARGUMENT is where getopt stopped; of letters put together it knows which. */
static void misuse(bool lacks_value, const char *argument)
{
    char letter[] = { '-', (char)optopt, '\0' };
    const char *name = optopt > 0 && optopt < 128 ? letter : argument;

    if (lacks_value)
        fail("%s takes a value", name);
    else
        fail("there is no option %s", name);
    fputs(usage_text, stderr);
}

bool options_read(options_t *o, int argc, char **argv, int *status)
{
    static const struct option longs[] = {
        { "strict", no_argument, NULL, OPT_STRICT },
        { "quiet", no_argument, NULL, OPT_QUIET },
        { "check-database", no_argument, NULL, OPT_CHECK },
        { "unknown", no_argument, NULL, OPT_UNKNOWN },
        { "suggest", no_argument, NULL, OPT_SUGGEST },
        { "help", no_argument, NULL, OPT_HELP },
        { NULL, 0, NULL, 0 }
    };
    parser_t p = { .o = o };
    int c;

    *o = (options_t){ .clients = 20, .conn_age_s = 30, .host_idle_min = 120,
                      .max_flows = 1000, .max_hosts = 10000 };
    *status = 1;
    opterr = 0;
    while ((c = getopt_long(argc, argv, "+:f:i:r:o:s:u:S:m:t:Ldpjh", longs,
                            NULL)) != -1) {
        if (c == OPT_HELP) {
            fputs(usage_text, stdout);
            *status = 0;
            return false;
        }
        if (c == ':' || c == '?' || c == 'h') {
            misuse(c == ':', argv[optind - 1]);
            return false;
        }
        if (option(&p, c, optarg))
            return false;
    }
    o->words = argv + optind;
    o->word_count = argc - optind;
    if (o->check || o->suggest) {
        *status = 0;
        return true;
    }
    if (o->word_count && argv[optind][strspn(argv[optind], " \t\n")])
        o->rule = argv[optind];  /* an empty one is none */
    *status = check(&p, argc - optind);
    return !*status;
}
