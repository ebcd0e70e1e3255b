/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.c - which processes may talk to a socket (unix(7): SO_PEERCRED,
 * SO_PEERGROUPS).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* struct ucred */
#endif
#include "peers.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* More than most have; who has more is judged by the first one only. */
#define GROUPS_MAX 256

static bool number_of(const char *name, bool group, unsigned long *id)
{
    const struct passwd *user;
    const struct group *found;
    char *end;

    if (*name >= '0' && *name <= '9') {
        *id = strtoul(name, &end, 10);
        return !*end && *id < (unsigned long)(uid_t)-1;
    }
    user = group ? NULL : getpwnam(name);
    found = group ? getgrnam(name) : NULL;
    *id = user ? user->pw_uid : found ? found->gr_gid : 0;
    return user || found;
}

bool p0f_peers_add(p0f_peers_t *peers, bool group, const char *name)
{
    int *count = group ? &peers->group_count : &peers->user_count;
    unsigned long id;

    if (*count == P0F_PEERS_MAX || !number_of(name, group, &id))
        return false;
    if (group)
        peers->groups[(*count)++] = (gid_t)id;
    else
        peers->users[(*count)++] = (uid_t)id;
    return true;
}

#ifdef SO_PEERCRED

static bool lists_group(const p0f_peers_t *peers, gid_t gid)
{
    for (int i = 0; i < peers->group_count; i++) {
        if (peers->groups[i] == gid)
            return true;
    }
    return false;
}

/* By the groups beside the first. */
static bool has_group(const p0f_peers_t *peers, int fd)
{
#ifdef SO_PEERGROUPS
    gid_t groups[GROUPS_MAX];
    socklen_t len = sizeof(groups);

    if (!peers->group_count
        || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len))
        return false;
    for (size_t i = 0; i < len / sizeof(groups[0]); i++) {
        if (lists_group(peers, groups[i]))
            return true;
    }
#else
    (void)peers;
    (void)fd;
#endif
    return false;
}

bool p0f_peers_admit(const void *peers, int fd)
{
    const p0f_peers_t *p = peers;
    struct ucred who;
    socklen_t len = sizeof(who);

    if (!p->user_count && !p->group_count)
        return true;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len)
        || len != sizeof(who))
        return false;
    for (int i = 0; i < p->user_count; i++) {
        if (p->users[i] == who.uid)
            return true;
    }
    return who.uid == 0 || lists_group(p, who.gid) || has_group(p, fd);
}

#else /* nobody is told who asks */

bool p0f_peers_admit(const void *peers, int fd)
{
    const p0f_peers_t *p = peers;

    (void)fd;
    return !p->user_count && !p->group_count;
}

#endif
