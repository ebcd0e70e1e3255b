/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_ask.c - an httpd module for measurements only: asks a p0f 3 that runs
 * beside the server about the client of each request, and puts the answer
 * into pof_genre and pof_details.
 *
 *   AskSocket FILE   p0f's socket (-s), relative to ServerRoot
 *
 * It does that the plain way, as mod_pof did: a connection to the socket for
 * each request, one query, and the worker waits for the whole answer. What
 * comes of failure is that the variables aren't there.
 *
 * Query and answer: p0f 3.09b behaviour, its API. Both have a fixed size,
 * numbers in the host's byte order, no padding.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "apr_strings.h"
#include "httpd.h"
#include "http_config.h"
#include "http_protocol.h"

#define QUERY_MAGIC 0x50304601u
#define ANSWER_MAGIC 0x50304602u
#define FOUND 0x10u

enum { QUERY_VERSION = 4, QUERY_ADDRESS = 5, QUERY_SIZE = 21 };
enum { ANSWER_STATUS = 4, ANSWER_OS_NAME = 40, ANSWER_OS_FLAVOR = 72,
       ANSWER_TEXT = 32, ANSWER_SIZE = 232 };

module AP_MODULE_DECLARE_DATA ask_module;

/* A server's configuration: the socket's address, or NULL. */
static void *create_config(apr_pool_t *pool, server_rec *s)
{
    (void)s;
    return apr_pcalloc(pool, sizeof(struct sockaddr_un *));
}

static const char *set_socket(cmd_parms *cmd, void *dummy, const char *file)
{
    const char *path = ap_server_root_relative(cmd->pool, file);
    struct sockaddr_un **config = ap_get_module_config(
        cmd->server->module_config, &ask_module);
    struct sockaddr_un *address = apr_pcalloc(cmd->pool, sizeof(*address));

    (void)dummy;
    if (!path || strlen(path) >= sizeof(address->sun_path))
        return apr_pstrcat(cmd->pool, "AskSocket: no such path: ", file, NULL);
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, path);
    *config = address;
    return NULL;
}

static void make_query(unsigned char query[QUERY_SIZE],
                       const apr_sockaddr_t *client)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    const unsigned char *address = client->ipaddr_ptr;
    const apr_uint32_t magic = QUERY_MAGIC;
    int size = client->ipaddr_len;

    if (size == 16 && !memcmp(address, mapped, sizeof(mapped))) {
        address += sizeof(mapped);
        size = 4;
    }
    memset(query, 0, QUERY_SIZE);
    memcpy(query, &magic, sizeof(magic));
    query[QUERY_VERSION] = size == 4 ? 4 : 6;
    memcpy(query + QUERY_ADDRESS, address, (size_t)size);
}

/* Asks over a connection of its own; 1 if all of an answer came. */
static int ask(const struct sockaddr_un *p0f,
               const unsigned char query[QUERY_SIZE],
               unsigned char answer[ANSWER_SIZE])
{
    int sd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int whole;

    if (sd < 0)
        return 0;
    whole = connect(sd, (const struct sockaddr *)p0f, sizeof(*p0f)) == 0
        && send(sd, query, QUERY_SIZE, MSG_NOSIGNAL) == QUERY_SIZE
        && recv(sd, answer, ANSWER_SIZE, MSG_WAITALL) == ANSWER_SIZE;
    close(sd);
    return whole;
}

static apr_uint32_t number(const unsigned char *at)
{
    apr_uint32_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

/* A text of 32 bytes has no NUL. */
static void export_text(request_rec *r, const char *name,
                        const unsigned char *text)
{
    if (*text)
        apr_table_setn(r->subprocess_env, name,
                       apr_pstrndup(r->pool, (const char *)text, ANSWER_TEXT));
}

static int ask_for_request(request_rec *r)
{
    struct sockaddr_un *const *p0f = ap_get_module_config(
        r->server->module_config, &ask_module);
    unsigned char query[QUERY_SIZE], answer[ANSWER_SIZE];

    if (!*p0f)
        return DECLINED;
    make_query(query, r->connection->client_addr);
    if (ask(*p0f, query, answer) && number(answer) == ANSWER_MAGIC
        && number(answer + ANSWER_STATUS) == FOUND) {
        export_text(r, "pof_genre", answer + ANSWER_OS_NAME);
        export_text(r, "pof_details", answer + ANSWER_OS_FLAVOR);
    }
    return DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_read_request(ask_for_request, NULL, NULL, APR_HOOK_MIDDLE);
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("AskSocket", set_socket, NULL, RSRC_CONF, "p0f's socket"),
    { NULL }
};

AP_DECLARE_MODULE(ask) = {
    STANDARD20_MODULE_STUFF,
    .create_server_config = create_config,
    .cmds = directives,
    .register_hooks = register_hooks
};
