/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p0f_output.c - observations on their way to the screen and to the log: what
 * is opened, and as which text they go there (p0f_sink.c writes it).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "p0f.h"

enum { QUARTER_US = 900000000 }; /* of an hour */

_Static_assert(P0F_REPORT_PACKED <= SINK_TEXT && P0F_REPORT_JSON <= SINK_TEXT
               && P0F_REPORT_LINE <= SINK_TEXT, "a text has room");

/* p0f 3's rules for its log: a regular file, no symbolic link, appended to,
 * locked, readable by the owner alone if new. */
static int open_log(const char *path)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC
                        | O_NONBLOCK, 0600);

    if (fd < 0 || fstat(fd, &st))
        fail("cannot open the log %s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        fail("the log %s is not a regular file", path);
    else if (flock(fd, LOCK_EX | LOCK_NB))
        fail("the log %s is in use by another program", path);
    else
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* What goes to /dev/null needs no making. */
static bool leads_nowhere(int fd)
{
    struct stat st, null;

    return !fstat(fd, &st) && !stat("/dev/null", &null) && S_ISCHR(st.st_mode)
        && st.st_rdev == null.st_rdev;
}

int output_open(output_t *out, const options_t *o)
{
    bool screen = !o->quiet && !o->daemon && !leads_nowhere(STDOUT_FILENO);
    int fd;

    *out = (output_t){ .log.fd = -1, .screen.fd = -1, .json = o->json,
                       .offset_from_us = INT64_MIN };
    /* Reads the zone's rules, which a changed root directory would hide. */
    tzset();
    if (o->log) {
        fd = open_log(o->log);
        if (fd < 0 || sink_open(&out->log, fd, !o->capture, !o->json))
            return 1;
    }
    return screen ? sink_open(&out->screen, STDOUT_FILENO, !o->capture, false)
                  : 0;
}

int output_start(output_t *out)
{
    return sink_start(&out->log) || sink_start(&out->screen);
}

/* Local time's distance from UTC changes on quarter hours at most, so it is
 * asked for once for each. */
static int32_t utc_offset(output_t *out, int64_t wall_us)
{
    int64_t rest = wall_us % QUARTER_US;
    time_t seconds;
    struct tm tm;

    out->offset_from_us = wall_us - rest - (rest < 0 ? QUARTER_US : 0);
    seconds = (time_t)(out->offset_from_us / 1000000);
    out->utc_offset_s = localtime_r(&seconds, &tm) ? (int32_t)tm.tm_gmtoff : 0;
    return out->utc_offset_s;
}

static void write_log(output_t *out, const p0f_observation_t *obs)
{
    int32_t utc_offset_s = out->utc_offset_s;
    char *packed = sink_room(&out->log);

    if (!packed)
        return;
    if ((uint64_t)obs->wall_us - (uint64_t)out->offset_from_us >= QUARTER_US)
        utc_offset_s = utc_offset(out, obs->wall_us);
    sink_made(&out->log, p0f_report_pack(&out->packer, obs, utc_offset_s,
                                         packed));
}

static void write_with(sink_t *sink, const p0f_observation_t *obs,
                       size_t (*report)(const p0f_observation_t *, char *))
{
    char *text = sink_room(sink);

    if (text)
        sink_made(sink, report(obs, text));
}

void output_observe(void *ctx, const p0f_observation_t *obs)
{
    output_t *out = ctx;

    if (out->log.fd >= 0) {
        if (out->json)
            write_with(&out->log, obs, p0f_report_json);
        else
            write_log(out, obs);
    }
    if (out->screen.fd >= 0)
        write_with(&out->screen, obs,
                   out->json ? p0f_report_json : p0f_report_screen);
}

void output_say(output_t *out, const char *said)
{
    size_t n = strlen(said);
    char *text;

    if (out->screen.fd < 0 || n >= SINK_TEXT)
        return;
    text = sink_room(&out->screen);
    if (!text)
        return;
    memcpy(text, said, n + 1);   /* there is room for the end, too */
    sink_made(&out->screen, n);
}

void output_flush(output_t *out)
{
    sink_flush(&out->log);
    sink_flush(&out->screen);
}

bool output_gone(const output_t *out)
{
    return sink_gone(&out->log) && sink_gone(&out->screen)
        && (out->log.fd >= 0 || out->screen.fd >= 0);
}

int output_close(output_t *out)
{
    int log = sink_close(&out->log, "log");

    return sink_close(&out->screen, "standard output") || log;
}
