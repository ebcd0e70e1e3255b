/* SPDX-License-Identifier: Apache-2.0 */
/*
 * savedsyn.c - the kernel's copy of a connection's SYN.
 *
 * The kernel keeps it where the listener asked for it before the SYN came,
 * and not for connections that were made from a SYN cookie (Linux tcp(7),
 * TCP_SAVE_SYN, TCP_SAVED_SYN).
 */
#include "savedsyn.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "apr_portable.h"

#ifdef P0F_HAVE_SAVED_SYN        /* found out by the build */

int p0f_savedsyn_available(void)
{
    return 1;
}

static int socket_option(int fd, int level, int name)
{
    int value = 0;
    socklen_t len = sizeof(value);

    return getsockopt(fd, level, name, &value, &len) ? -1 : value;
}

static int is_tcp_listener(int fd)
{
    int family = socket_option(fd, SOL_SOCKET, SO_DOMAIN);

    return (family == AF_INET || family == AF_INET6)
        && socket_option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP
        && socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1;
}

/* 1 is the IP and TCP header; 2 would put the MAC header before them. */
static int set_listener(int fd, int on)
{
    int value = on ? 1 : 0;

    return is_tcp_listener(fd)
        && !setsockopt(fd, IPPROTO_TCP, TCP_SAVE_SYN, &value, sizeof(value));
}

/* Descriptors to try where /proc isn't mounted. */
#define GUESSED_FDS 1024

int p0f_savedsyn_listeners(int on)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    int set = 0;

    if (!dir) {
        for (int fd = 0; fd < GUESSED_FDS; fd++)
            set += set_listener(fd, on);
        return set;
    }
    while ((entry = readdir(dir)) != NULL) {
        char *end;
        long fd = strtol(entry->d_name, &end, 10);

        if (end != entry->d_name && !*end)
            set += set_listener((int)fd, on);
    }
    closedir(dir);
    return set;
}

size_t p0f_savedsyn_read(apr_socket_t *sock,
                         unsigned char buf[P0F_SAVEDSYN_MAX])
{
    socklen_t len = P0F_SAVEDSYN_MAX;
    apr_os_sock_t fd;

    /* A buffer that is too small leaves the SYN with the kernel: that is
     * larger than any sane one, and as good as none. */
    if (!sock || apr_os_sock_get(&fd, sock) != APR_SUCCESS
        || getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, buf, &len))
        return 0;
    return len;
}

#else

int p0f_savedsyn_available(void)
{
    return 0;
}

int p0f_savedsyn_listeners(int on)
{
    (void)on;
    return 0;
}

size_t p0f_savedsyn_read(apr_socket_t *sock,
                         unsigned char buf[P0F_SAVEDSYN_MAX])
{
    (void)sock;
    (void)buf;
    return 0;
}

#endif
