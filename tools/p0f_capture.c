/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f_capture.c - the packets that p0f looks at: interface or file, and the
 * filter in front of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../p0f_engine/link.h"
#include "p0f.h"

enum { SNAPLEN = 65535, KERNEL_BUFFER = 16 << 20, TIMEOUT_MS = 5,
       NAME_ROOM = 256 };

/* ---- interfaces -------------------------------------------------------- */

static void print_interface(void *ctx, const char *name,
                            const char *description)
{
    (void)ctx;
    printf("%-16s %s\n", name, description);
}

int capture_list(void)
{
    p0f_error_t err = { .text = "" };

    if (p0f_capture_list(print_interface, NULL, &err) != P0F_OK)
        return fail("%s", err.text);
    return 0;
}

static void take_first(void *ctx, const char *name, const char *description)
{
    char *first = ctx;

    (void)description;
    if (!*first)
        snprintf(first, NAME_ROOM, "%s", name);
}

static int default_interface(char name[NAME_ROOM])
{
    p0f_error_t err = { .text = "" };

    name[0] = '\0';
    if (p0f_capture_list(take_first, name, &err) != P0F_OK)
        return fail("%s", err.text);
    if (!*name)
        return fail("there is no interface to listen on");
    return 0;
}

/* ---- filters ----------------------------------------------------------- */

/* TCP; and IPv6 whose next header may lead to it. What isn't TCP is left to
 * the engine. */
#define ANY_TCP "tcp or (ip6 and not udp and not icmp6)"

/* Formats FORMAT with RULE up to three times; NULL if memory is short. */
static char *form(const char *format, const char *rule)
{
    size_t room = strlen(format) + 3 * strlen(rule) + 1;
    char *text = malloc(room);
    const char *at = format;
    size_t n = 0;

    while (text && *at) {
        if (*at == '@')
            n += (size_t)snprintf(text + n, room - n, "%s", rule);
        else
            text[n++] = *at;
        at++;
    }
    if (text)
        text[n] = '\0';
    return text;
}

/* As 3.09b has it (p0f 3.09b behaviour, 1.1). */
static char *strict_filter(const char *rule, bool tags)
{
    if (!rule)
        return form(tags ? "tcp or (vlan and tcp)" : "tcp", "");
    return form(tags ? "(tcp and (@)) or (vlan and tcp and (@))"
                     : "tcp and (@)", rule);
}

/* p0f-differs: tagged frames, IPv6 behind extension headers, and whatever
 * link type the engine knows and the filter doesn't (p0f.t: tagged frames,
 * IPv6 extension headers, filters). */
static char *right_filter(const char *rule, bool tags)
{
    char *plain = form(rule ? "(" ANY_TCP ") and (@)" : ANY_TCP,
                       rule ? rule : "");
    char *tagged;

    if (!tags || !plain)
        return plain;
    tagged = form("(@) or (vlan and ((@) or (vlan and (@))))", plain);
    free(plain);
    return tagged;
}

/* ---- opening ----------------------------------------------------------- */

/* Opens with FILTER; what can't be read twice, as a pipe, isn't opened anew
 * for another one. */
static p0f_status_t open_with(p0f_capture_t *capture, const options_t *o,
                              const char *filter, p0f_error_t *err)
{
    p0f_capture_config_t config = {
        .device = o->interface, .filter = filter,
        .promiscuous = o->promiscuous, .snaplen = SNAPLEN,
        .buffer = KERNEL_BUFFER, .timeout_ms = TIMEOUT_MS
    };

    if (o->capture && capture->pcap)
        return p0f_capture_filter_file(capture, o->capture, filter, err);
    if (o->capture)
        return p0f_capture_open_file(capture, o->capture, filter, err);
    p0f_capture_close(capture);
    return p0f_capture_open_live(capture, &config, err);
}

/* A sentence about the user's own words says more than one about the filter
 * made of them. */
static void say_what_is_wrong(p0f_capture_t *capture, const options_t *o,
                              p0f_error_t *err)
{
    p0f_error_t plain = { .text = "" };

    if (open_with(capture, o, o->rule, &plain) == P0F_EFILTER)
        *err = plain;
}

/* Opens with the first form of the filter that the link type allows; what the
 * type is, is known when it is open. */
static p0f_status_t open_filtered(p0f_capture_t *capture, const options_t *o,
                                  p0f_error_t *err)
{
    p0f_status_t status = open_with(capture, o, "", err);
    int tries = capture->dlt == P0F_DLT_EN10MB ? 2 : 1;

    /* All of a file is read anyway: the engine is the better filter. */
    if (status != P0F_OK || (o->capture && !o->rule && !o->strict))
        return status;
    for (status = P0F_EFILTER; status == P0F_EFILTER && tries; tries--) {
        char *filter = o->strict ? strict_filter(o->rule, tries == 2)
                                 : right_filter(o->rule, tries == 2);

        if (!filter)
            return p0f_status_fail(err, P0F_ENOMEM, "out of memory");
        status = open_with(capture, o, filter, err);
        free(filter);
    }
    if (status == P0F_EFILTER && !o->rule && !o->strict)
        return open_with(capture, o, "", err);
    if (status == P0F_EFILTER && o->rule)
        say_what_is_wrong(capture, o, err);
    return status;
}

int capture_open(p0f_capture_t *capture, options_t *o)
{
    static char name[NAME_ROOM];
    p0f_error_t err = { .text = "" };

    if (!o->capture && !o->interface) {
        if (default_interface(name))
            return 1;
        o->interface = name;
    }
    if (open_filtered(capture, o, &err) != P0F_OK)
        return fail("%s", err.text);
    return 0;
}
