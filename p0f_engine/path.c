/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.c - whether a file's place is safe.
 *
 * What is checked can't change afterwards but by root and the caller, so that
 * time between the check and the use gives nobody a chance.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* realpath */
#endif
#include "path.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Cuts the last part off PATH: "/a/b" becomes "/a", "/a" becomes "/". False
 * where there is none. */
static bool cut_last(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash || !strcmp(path, "/"))
        return false;
    slash[slash == path] = '\0';
    return true;
}

static bool group_writes(const struct stat *st, gid_t group)
{
    return st->st_mode & S_IWGRP && group != (gid_t)-1
        && st->st_gid == group;
}

/* NULL, or what is wrong with a folder; ABOVE the file's own. */
static const char *fault_of(const struct stat *st, bool above, gid_t group)
{
    bool sticky = above && st->st_mode & S_ISVTX;

    if (!S_ISDIR(st->st_mode))
        return "it is not a folder";
    if (st->st_uid && st->st_uid != geteuid())
        return "that folder belongs to another user, who could put another "
               "file in place of this one";
    if (st->st_mode & S_IWOTH && !sticky)
        return "anybody can write to that folder, and so put another file "
               "in place of this one";
    if (group_writes(st, group) && !sticky)
        return "the server's own group can write to that folder, and so put "
               "another file in place of this one";
    return NULL;
}

p0f_status_t p0f_path_check(const char *path, gid_t group, p0f_error_t *err)
{
    char folder[PATH_MAX], resolved[PATH_MAX];
    struct stat st;
    bool above = false;

    if (*path != '/' || strlen(path) >= sizeof(folder))
        return p0f_status_fail(err, P0F_ESYSTEM,
                               "%s: not an absolute path", path);
    memcpy(folder, path, strlen(path) + 1);
    cut_last(folder);
    if (!realpath(folder, resolved))
        return p0f_status_fail(err, P0F_ESYSTEM, "%s: %s", folder,
                               strerror(errno));
    do {
        const char *fault = lstat(resolved, &st) ? strerror(errno)
                                                 : fault_of(&st, above, group);

        if (fault)
            return p0f_status_fail(err, P0F_ESYSTEM, "%s: %s", resolved,
                                   fault);
        above = true;
    } while (cut_last(resolved));
    return P0F_OK;
}

static bool same_inode(const char *a, const char *b)
{
    struct stat x, y;

    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev
        && x.st_ino == y.st_ino;
}

bool p0f_path_same(const char *a, const char *b)
{
    char folder_a[PATH_MAX], folder_b[PATH_MAX];

    if (!strcmp(a, b) || same_inode(a, b))
        return true;
    if (strlen(a) >= sizeof(folder_a) || strlen(b) >= sizeof(folder_b))
        return false;
    strcpy(folder_a, a);             /* it may not be there yet */
    strcpy(folder_b, b);
    return cut_last(folder_a) && cut_last(folder_b)
        && !strcmp(strrchr(a, '/'), strrchr(b, '/'))
        && same_inode(folder_a, folder_b);
}
