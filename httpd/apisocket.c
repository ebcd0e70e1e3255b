/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apisocket.c - opens, keeps and removes the socket of P0fApiSocket; starts
 * and joins its thread.
 */
#include "apisocket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_portable.h"
#include "unixd.h"

#include "thread.h"
#include "../p0f_engine/api_v3.h"
#include "../p0f_engine/path.h"
#include "../p0f_engine/server.h"

/* Connections that may wait while the thread is away. */
#define BACKLOG 128

/* The thread of this generation. */
static struct {
    pthread_t thread;
    pid_t owner;                 /* process that runs it, 0: none */
    int wake_fd;
    int stop;                    /* atomic */
    p0f_server_t *server;
    p0f_api_source_t source;
} self = { .wake_fd = -1 };

static void *run(void *arg)
{
    p0f_server_run(arg);
    return NULL;
}

void p0f_apisocket_remove(p0f_retained_t *r)
{
    p0f_server_take_in(NULL, r->api_guests);
    r->api_guests = NULL;
    if (r->api_fd >= 0) {
        unlink(r->api_path);
        close(r->api_fd);
    }
    r->api_fd = -1;
    r->api_path[0] = '\0';
}

/* The descriptor stays open, since plog may hold it. */
void p0f_apisocket_refuse(p0f_retained_t *r)
{
    unlink(r->api_path);
    shutdown(r->api_fd, SHUT_RDWR);
}

/* The group of httpd's workers may use the socket, as the mode says. */
static p0f_status_t set_rights(const p0f_socket_conf_t *conf,
                               p0f_error_t *err)
{
    if ((!geteuid() && lchown(conf->path, (uid_t)-1,
                              ap_unixd_config.group_id))
        || chmod(conf->path, (mode_t)conf->mode))
        return p0f_status_fail(err, P0F_ESYSTEM, "%s: %s", conf->path,
                               strerror(errno));
    return P0F_OK;
}

/* True if what R holds is still what stands at its path. */
static bool still_there(const p0f_retained_t *r)
{
    struct stat st;

    return r->api_fd >= 0 && stat(r->api_path, &st) == 0
        && S_ISSOCK(st.st_mode) && st.st_ino == r->api_inode;
}

static p0f_status_t open_socket(p0f_retained_t *r,
                                const p0f_socket_conf_t *conf,
                                p0f_error_t *err)
{
    p0f_status_t status = P0F_OK;
    struct stat st;

    if (!strcmp(conf->path, r->api_path) && still_there(r))
        return set_rights(conf, err);
    p0f_apisocket_remove(r);
    if (strlen(conf->path) >= sizeof(r->api_path))
        return p0f_status_fail(err, P0F_ELIMIT, "%s: too long for a socket",
                               conf->path);
    status = p0f_path_check(conf->path, ap_unixd_config.group_id, err);
    if (status != P0F_OK)
        return status;
    /* Nobody gets in before owner and rights are right. */
    status = p0f_server_listen(&r->api_fd, conf->path, 0, BACKLOG, err);
    if (status != P0F_OK)
        return status;
    memcpy(r->api_path, conf->path, strlen(conf->path) + 1);
    r->api_inode = stat(conf->path, &st) == 0 ? st.st_ino : 0;
    return set_rights(conf, err);
}

static p0f_status_t start(p0f_retained_t *r,
                          const p0f_socket_conf_t *conf, p0f_error_t *err)
{
    p0f_server_config_t config = {
        .answer = p0f_api_v3_answer, .ctx = &self.source,
        .admit = p0f_peers_admit, .who = &conf->peers,
        .query_size = P0F_API_QUERY, .reply_max = P0F_API_REPLY,
        .listen_fd = r->api_fd, .max_clients = (unsigned int)conf->max,
        .wake_fd = -1, .stop = &self.stop, .wait_us = P0F_APISOCKET_WAIT_US
    };
    p0f_status_t status;
    int error;

    self.source.cache = &r->cache;
    self.source.wake_fd = r->wake_fd;
    __atomic_store_n(&self.stop, 0, __ATOMIC_RELEASE);
    config.wake_fd = self.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self.wake_fd < 0)
        return p0f_status_fail(err, P0F_ESYSTEM, "eventfd: %s",
                               strerror(errno));
    status = p0f_server_create(&self.server, &config, err);
    if (status == P0F_OK) {
        p0f_server_take_in(self.server, r->api_guests);
        r->api_guests = NULL;
        error = p0f_thread_spawn(&self.thread, run, self.server, "p0f-api",
                                 P0F_HARDEN_CLIENTS, NULL);
        if (!error) {
            self.owner = getpid();
            return P0F_OK;
        }
        p0f_server_destroy(self.server);
        status = p0f_status_fail(err, P0F_ESYSTEM, "the thread of %s can't "
                                 "be started: %s", conf->path,
                                 strerror(error));
    }
    close(self.wake_fd);
    return status;
}

p0f_status_t p0f_apisocket_open(p0f_retained_t *r,
                                const p0f_server_conf_t *conf, bool here,
                                p0f_error_t *err)
{
    p0f_status_t status = P0F_OK;

    if (!conf->api.path) {
        p0f_apisocket_remove(r);
        return P0F_OK;
    }
    status = open_socket(r, &conf->api, err);
    if (status == P0F_OK && here)
        status = start(r, &conf->api, err);
    if (status != P0F_OK)
        p0f_apisocket_remove(r);
    return status;
}

/* APR's own code closes them then, which stays loaded where ours doesn't. */
static void hold_guests(p0f_server_guests_t *guests, apr_pool_t *plog)
{
    apr_file_t *file;
    int *fd;

    for (unsigned int i = 0; (fd = p0f_server_guest(guests, i)) != NULL; i++)
        apr_os_pipe_put_ex(&file, fd, 1, plog);
}

void p0f_apisocket_join(p0f_retained_t *r, apr_pool_t *plog)
{
    if (!self.owner || self.owner != getpid())
        return;
    __atomic_store_n(&self.stop, 1, __ATOMIC_RELEASE);
    p0f_sniffer_wake(self.wake_fd);
    pthread_join(self.thread, NULL);
    if (r) {
        r->api_guests = p0f_server_hand_over(self.server);
        hold_guests(r->api_guests, plog);
    }
    p0f_server_destroy(self.server);
    close(self.wake_fd);
    self.owner = 0;
}

/* APR's own code closes it then, which stays loaded where ours doesn't. */
void p0f_apisocket_hold(p0f_retained_t *r, apr_pool_t *plog)
{
    apr_os_file_t fd = r->api_fd;
    apr_file_t *file;

    if (fd >= 0)
        apr_os_pipe_put_ex(&file, &fd, 1, plog);
}

/* PLOG closes its descriptors in any case; second ones keep what they are. */
void p0f_apisocket_take(p0f_retained_t *r)
{
    int *fd;

    if (r->api_fd >= 0)
        r->api_fd = fcntl(r->api_fd, F_DUPFD_CLOEXEC, 3);
    for (unsigned int i = 0;
         (fd = p0f_server_guest(r->api_guests, i)) != NULL; i++)
        *fd = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
}
