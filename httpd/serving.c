/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serving.c - the thread of P0fApiSocket in the helper process.
 *
 * Capabilities, the bounding set and the filter of system calls are each
 * thread's own, user and descriptors those of the process; nor may a process
 * start a thread once it is confined. So this one starts before, and gives up
 * its own part before and after.
 */
#include "serving.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "apisocket.h"
#include "peers.h"
#include "thread.h"
#include "../p0f_engine/api_v3.h"
#include "../p0f_engine/server.h"

static struct {
    p0f_server_t *server;        /* NULL: nothing to serve */
    p0f_api_source_t source;
    int listen_fd, wake_fd;      /* of the helper to be */
    int stop;                    /* never set: the process ends */
    /* in the helper */
    const p0f_confine_t *confine;
    const p0f_harden_t *filter;
    sem_t begun, go, hardened;
    int bounded;                 /* 1: the bounding set is given up */
    unsigned int given_up;
} self = { .listen_fd = -1, .wake_fd = -1 };

/* ---- in the main process ---------------------------------------------- */

void p0f_serving_forget(void)
{
    p0f_server_destroy(self.server);
    self.server = NULL;
    if (self.listen_fd >= 0)
        close(self.listen_fd);
    if (self.wake_fd >= 0)
        close(self.wake_fd);
    self.listen_fd = self.wake_fd = -1;
}

/* A copy of the listening socket, since forked children close the one whose
 * number is retained. */
int p0f_serving_prepare(const p0f_retained_t *r,
                        const p0f_server_conf_t *conf)
{
    p0f_server_config_t config = {
        .answer = p0f_api_v3_answer, .ctx = &self.source,
        .admit = p0f_peers_admit, .who = &conf->api.peers,
        .query_size = P0F_API_QUERY, .reply_max = P0F_API_REPLY,
        .max_clients = (unsigned int)conf->api.max, .stop = &self.stop,
        .wait_us = P0F_APISOCKET_WAIT_US
    };
    p0f_error_t err;
    int error;

    if (r->api_fd < 0)
        return 1;
    self.source.cache = &r->cache;
    self.source.wake_fd = r->wake_fd;
    config.listen_fd = self.listen_fd = fcntl(r->api_fd, F_DUPFD_CLOEXEC, 3);
    config.wake_fd = self.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self.listen_fd >= 0 && self.wake_fd >= 0
        && p0f_server_create(&self.server, &config, &err) == P0F_OK)
        return 1;
    error = errno;
    p0f_serving_forget();
    errno = error;
    return 0;
}

int p0f_serving_descriptors(int fds[P0F_SERVING_HELD])
{
    if (!self.server)
        return 0;
    fds[0] = self.listen_fd;
    fds[1] = self.wake_fd;
    fds[2] = p0f_server_descriptor(self.server);
    return P0F_SERVING_HELD;
}

/* ---- in the helper ---------------------------------------------------- */

static void await(sem_t *sem)
{
    while (sem_wait(sem) && errno == EINTR)
        ;
}

static void *run(void *arg)
{
    (void)arg;
    self.bounded = !p0f_confine_bounds(self.confine);
    sem_post(&self.begun);
    await(&self.go);
    self.given_up = p0f_harden_thread(self.filter);
    sem_post(&self.hardened);
    p0f_server_run(self.server);
    return NULL;
}

int p0f_serving_begin(const p0f_confine_t *confine)
{
    pthread_t thread;

    if (!self.server)
        return 1;
    self.confine = confine;
    sem_init(&self.begun, 0, 0);
    sem_init(&self.go, 0, 0);
    sem_init(&self.hardened, 0, 0);
    if (p0f_thread_create(&thread, run, NULL, "p0f-api"))
        return 0;
    await(&self.begun);
    return self.bounded;
}

int p0f_serving_confined(const p0f_harden_t *filter)
{
    const unsigned int all = P0F_HARDENED_CAPABILITIES
                           | (filter ? P0F_HARDENED_CALLS : 0);

    if (!self.server)
        return 1;
    self.filter = filter;
    sem_post(&self.go);
    await(&self.hardened);
    return (self.given_up & all) == all;
}
