/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which places are safe for a file that root writes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p0f_engine/path.h"

static char top[64], inner[80], file[96];

static int make_folders(void **state)
{
    (void)state;
    strcpy(top, "/tmp/p0ft-path-XXXXXX");
    if (!mkdtemp(top))
        return 1;
    snprintf(inner, sizeof(inner), "%s/inner", top);
    snprintf(file, sizeof(file), "%s/log", inner);
    return mkdir(inner, 0755) || chmod(inner, 0755) || chmod(top, 0755);
}

static int remove_folders(void **state)
{
    (void)state;
    return rmdir(inner) || rmdir(top);
}

static p0f_status_t check(p0f_error_t *err)
{
    err->text[0] = '\0';
    return p0f_path_check(file, getegid(), err);
}

static void a_folder_of_ones_own_is_safe(void **state)
{
    p0f_error_t err;

    (void)state;
    assert_int_equal(check(&err), P0F_OK);
}

static void a_folder_that_anybody_writes_is_refused(void **state)
{
    p0f_error_t err;

    (void)state;
    chmod(inner, 0777);
    assert_int_equal(check(&err), P0F_ESYSTEM);
    assert_non_null(strstr(err.text, inner));
    assert_non_null(strstr(err.text, "anybody"));
    chmod(inner, 01777);             /* his own file could be there first */
    assert_int_equal(check(&err), P0F_ESYSTEM);
}

static void a_folder_above_that_anybody_writes_is_refused(void **state)
{
    p0f_error_t err;

    (void)state;
    chmod(top, 0777);
    assert_int_equal(check(&err), P0F_ESYSTEM);
    assert_non_null(strstr(err.text, top));
    assert_null(strstr(err.text, "inner"));
    chmod(top, 01777);
    assert_int_equal(check(&err), P0F_OK);
}

static void the_servers_group_counts_as_others(void **state)
{
    p0f_error_t err;

    (void)state;
    chmod(inner, 0775);
    assert_int_equal(check(&err), P0F_ESYSTEM);
    assert_non_null(strstr(err.text, "group"));
    assert_int_equal(p0f_path_check(file, getegid() + 1, &err), P0F_OK);
    assert_int_equal(p0f_path_check(file, (gid_t)-1, &err), P0F_OK);
}

static void another_users_folder_is_refused(void **state)
{
    p0f_error_t err;

    (void)state;
    if (geteuid())
        return;                      /* only root can give it away */
    assert_int_equal(chown(inner, 65534, 0), 0);
    assert_int_equal(check(&err), P0F_ESYSTEM);
    assert_non_null(strstr(err.text, "another user"));
    assert_int_equal(chown(inner, 0, 0), 0);
    assert_int_equal(chown(top, 65534, 0), 0);
    assert_int_equal(check(&err), P0F_ESYSTEM);
}

static void a_link_is_judged_by_where_it_leads(void **state)
{
    char link[96], through[128];
    p0f_error_t err;

    (void)state;
    snprintf(link, sizeof(link), "%s/link", top);
    snprintf(through, sizeof(through), "%s/log", link);
    assert_int_equal(symlink("/tmp", link), 0);
    assert_int_equal(p0f_path_check(through, (gid_t)-1, &err), P0F_ESYSTEM);
    assert_int_equal(unlink(link), 0);
}

static void what_is_no_place_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "log", "run/log", "/nowhere/of/all/log", "/dev/null/log"
    };
    p0f_error_t err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        err.text[0] = '\0';
        assert_int_equal(p0f_path_check(bad[i], (gid_t)-1, &err),
                         P0F_ESYSTEM);
        assert_true(err.text[0] != '\0');
    }
}

/* Before it is there, and then. */
static void a_file_is_the_same_by_any_name(void **state)
{
    char other[96], link[96], through[128], around[128];
    FILE *made;

    (void)state;
    snprintf(other, sizeof(other), "%s/other", inner);
    snprintf(link, sizeof(link), "%s/link", top);
    snprintf(through, sizeof(through), "%s/log", link);
    snprintf(around, sizeof(around), "%s/./../inner//log", inner);
    assert_int_equal(symlink(inner, link), 0);
    for (int there = 0; there < 2; there++) {
        assert_true(p0f_path_same(file, file));
        assert_true(p0f_path_same(file, through));
        assert_true(p0f_path_same(around, file));
        assert_false(p0f_path_same(file, other));
        assert_false(p0f_path_same(file, "/nowhere/of/all/log"));
        made = fopen(file, "w");
        assert_non_null(made);
        fclose(made);
    }
    assert_int_equal(symlink(file, other), 0);
    assert_true(p0f_path_same(file, other));
    assert_int_equal(unlink(other), 0);
    assert_int_equal(linkat(AT_FDCWD, file, AT_FDCWD, other, 0), 0);
    assert_true(p0f_path_same(file, other));
    unlink(other);
    unlink(file);
    unlink(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_folder_of_ones_own_is_safe,
                                        make_folders, remove_folders),
        cmocka_unit_test_setup_teardown(
            a_folder_that_anybody_writes_is_refused, make_folders,
            remove_folders),
        cmocka_unit_test_setup_teardown(
            a_folder_above_that_anybody_writes_is_refused, make_folders,
            remove_folders),
        cmocka_unit_test_setup_teardown(the_servers_group_counts_as_others,
                                        make_folders, remove_folders),
        cmocka_unit_test_setup_teardown(another_users_folder_is_refused,
                                        make_folders, remove_folders),
        cmocka_unit_test_setup_teardown(a_link_is_judged_by_where_it_leads,
                                        make_folders, remove_folders),
        cmocka_unit_test_setup_teardown(a_file_is_the_same_by_any_name,
                                        make_folders, remove_folders),
        cmocka_unit_test(what_is_no_place_is_refused)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
