/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - the head of an HTTP message as p0f 3 sees it: read piece by piece
 * out of what one side of a connection has sent, matched, written as text.
 *
 * Source: p0f 3.09b behaviour, 7.1 to 7.5. It is not an HTTP parser for
 * anything else: what p0f 3 doesn't take, ends it. Row 3: no allocation; the
 * state of a connection is the caller's. One thread a state.
 */
#ifndef P0F_HTTP_H
#define P0F_HTTP_H

#include "db.h"

/* Bytes kept of what a side has sent. */
#define P0F_HTTP_BUFFER 8192

/* A signature's text shows so many bytes of a value at most, and none from
 * the first on that the log gives a meaning or can't print. */
#define P0F_HTTP_SHOWN 200

/* One header line, as places in the buffer. */
typedef struct {
    uint16_t header;             /* number in the database or P0F_NO_HEADER */
    uint16_t name, value;        /* offsets */
    uint16_t value_len;          /* up to a NUL; 0: no value */
    uint8_t  name_len;
    uint8_t  shown;              /* bytes of the value that the text of a
                                    signature shows: see P0F_HTTP_SHOWN */
} p0f_httpfield_t;

/* The head of a message. */
typedef struct {
    uint8_t version;             /* 0: 1.0 or odd, 1: 1.1 */
    uint8_t count;
    uint8_t via;                 /* 1: says it went through a proxy */
    int8_t  sw, lang, date;      /* which field holds it, -1 none */
    uint64_t has;                /* bit (number % 64) of each known header */
    p0f_httpfield_t fields[P0F_HTTP_MAX];
} p0f_http_t;

/* Where the reading of a connection stands; all zero at its start. */
typedef struct {
    enum { P0F_HTTP_UNKNOWN, P0F_HTTP_YES, P0F_HTTP_NO } is;
    bool begun;                  /* the first bytes are those of a request */
    bool request_done, status_done;
    uint16_t pos;                /* next byte to look at in the buffer */
    p0f_http_t head;             /* of the message being read */
} p0f_httpstate_t;

typedef enum {
    P0F_HTTP_END,                /* of no further interest: forget it */
    P0F_HTTP_WAIT,               /* more may come */
    P0F_HTTP_REQUEST,            /* state->head is a whole request: use it,
                                    then p0f_http_next; more may come */
    P0F_HTTP_RESPONSE            /* the same, the last of interest */
} p0f_http_result_t;

/* Reads on in BUFFER, all that the sender of DIR has sent so far (at most
 * P0F_HTTP_BUFFER bytes, always the same ones first), after a segment with
 * data came. STRICT: as 3.09b, which reads a status line in every segment of
 * a response and waits once more after a header value that is too long. */
p0f_http_result_t p0f_http_read(const p0f_db_t *db, p0f_httpstate_t *state,
                                p0f_dir_t dir, p0f_bytes_t buffer,
                                bool strict);

/* The two halves of it. The first line: true if it was read, before or now, so
 * that header lines begin at state->pos; else *RESULT tells how it stands. */
bool p0f_http_read_first(p0f_httpstate_t *state, p0f_dir_t dir,
                         p0f_bytes_t buffer, bool strict,
                         p0f_http_result_t *result);

/* The header lines from state->pos on, after the first line. */
p0f_http_result_t p0f_http_read_fields(const p0f_db_t *db,
                                       p0f_httpstate_t *state, p0f_dir_t dir,
                                       p0f_bytes_t buffer, bool strict);

/* After P0F_HTTP_REQUEST was used: prepares STATE for the response. */
void p0f_http_next(p0f_httpstate_t *state);

typedef struct {
    uint32_t sig;                /* number in the database, or P0F_NO_SIG */
    uint16_t label;              /* or P0F_NO_LABEL: unknown */
    uint8_t  generic, app;
    uint8_t  dishonest;          /* 1: the software isn't what it says */
} p0f_httpmatch_t;

/* Finds the signature of DIR that HEAD, whose places are in BUFFER, fits. */
void p0f_http_match(const p0f_db_t *db, p0f_dir_t dir, const p0f_http_t *head,
                    p0f_bytes_t buffer, p0f_httpmatch_t *out);

/* The value of field I of HEAD, empty for I < 0. */
p0f_bytes_t p0f_http_value(const p0f_http_t *head, p0f_bytes_t buffer, int i);

/* True if VALUE contains TEXT, case counting. */
bool p0f_http_contains(p0f_bytes_t value, const char *text);

/* Room for the longest signature text: 32 fields of 32 and 200 characters,
 * the missing names, the software. */
#define P0F_HTTP_TEXT 9216

/* Writes raw_sig "ver:headers:missing:sw" (7.5), NUL-terminated. Returns the
 * length. STRICT: leave "|" in values of unknown headers as 3.09b does. */
size_t p0f_http_format(const p0f_db_t *db, p0f_dir_t dir,
                       const p0f_http_t *head, p0f_bytes_t buffer,
                       bool strict, char out[P0F_HTTP_TEXT]);

#endif
