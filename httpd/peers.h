/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.h - which processes of this machine may talk to a Unix socket, by
 * the user and groups that the kernel names for them when they connect.
 */
#ifndef P0F_HTTPD_PEERS_H
#define P0F_HTTPD_PEERS_H

#include <stdbool.h>
#include <sys/types.h>

#define P0F_PEERS_MAX 16         /* users; groups as many */

/* Nobody is listed: everybody may. Plain values, for any process. */
typedef struct {
    int user_count, group_count;
    uid_t users[P0F_PEERS_MAX];
    gid_t groups[P0F_PEERS_MAX];
} p0f_peers_t;

/* Adds the user or, with GROUP, the group NAME, which may be a number. False:
 * there is none, or the list is full. Startup. */
bool p0f_peers_add(p0f_peers_t *peers, bool group, const char *name);

/* True if the process that connected FD is root's, one of a listed user or in
 * a listed group. False as well where the system can't tell. PEERS is a
 * p0f_peers_t. Any thread; one or two system calls. */
bool p0f_peers_admit(const void *peers, int fd);

#endif
