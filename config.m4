dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl Builds mod_p0f inside the httpd tree: put this folder there as modules/p0f, then
dnl     ./buildconf && ./configure --enable-p0f=shared && make
dnl Outside the tree Makefile.apxs does it.

APACHE_MODPATH_INIT(p0f)

dnl The module's side and the engine; Makefile.apxs lists the engine's rows apart.
p0f_objs=`cd $srcdir/modules/p0f && echo mod_p0f.c httpd/*.c p0f_engine/*.c | sed 's/\.c\>/.lo/g'`

APACHE_MODULE(p0f, [the operating system behind every client, by passive TCP/IP fingerprinting. Requires libpcap.], $p0f_objs, , no, [
    p0f_libs="$LIBS"
    AC_CHECK_HEADER([pcap/pcap.h],
        [AC_CHECK_LIB([pcap], [pcap_create], [APR_ADDTO(MOD_P0F_LDADD, [-lpcap])], [enable_p0f=no])],
        [enable_p0f=no])
    LIBS="$p0f_libs"

    dnl What a system may lack; a build without them works.
    AC_CHECK_DECL([MFD_ALLOW_SEALING], [APR_ADDTO(MOD_CPPFLAGS, [-DP0F_HAVE_MEMFD=1])], [],
        [[#define _GNU_SOURCE
#include <sys/mman.h>
#include <fcntl.h>]])
    AC_CHECK_DECL([TCP_SAVED_SYN], [APR_ADDTO(MOD_CPPFLAGS, [-DP0F_HAVE_SAVED_SYN=1])], [],
        [[#include <netinet/tcp.h>]])
    AC_CHECK_HEADER([seccomp.h],
        [AC_CHECK_LIB([seccomp], [seccomp_export_bpf],
            [APR_ADDTO(MOD_P0F_LDADD, [-lseccomp])
             APR_ADDTO(MOD_CPPFLAGS, [-DP0F_HAVE_SECCOMP=1])])])
    APR_ADDTO(MOD_CPPFLAGS, [-DP0F_SYSCONFDIR=DEFAULT_REL_SYSCONFDIR])

    dnl The rules of Makefile.in put objects beside their sources, in a build elsewhere too.
    for p0f_dir in httpd p0f_engine; do
        test -d $modpath_current/$p0f_dir || $srcdir/build/mkdir.sh $modpath_current/$p0f_dir
    done
    if test "$enable_p0f" = "shared"; then
        dnl Other modules see the module's record and nothing else of it.
        APR_ADDTO(MOD_P0F_LDADD, [-export-symbols-regex p0f_module])
    fi
])

APACHE_MODPATH_FINISH
