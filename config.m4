dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl Builds mod_p0f inside the httpd tree: put this folder there as modules/p0f, then
dnl     ./buildconf && ./configure --enable-p0f=shared && make
dnl Outside the tree Makefile.apxs does it.

APACHE_MODPATH_INIT(p0f)

dnl The module's side, then the engine from its lowest row to its highest.
p0f_objs="dnl
mod_p0f.lo dnl
httpd/capturing.lo dnl
httpd/config.lo dnl
httpd/database.lo dnl
httpd/lifecycle.lo dnl
httpd/listen.lo dnl
httpd/lookup.lo dnl
httpd/request.lo dnl
httpd/retained.lo dnl
httpd/savedsyn.lo dnl
httpd/shared.lo dnl
httpd/thread.lo dnl
httpd/vars.lo dnl
p0f_engine/status.lo dnl
p0f_engine/addr.lo dnl
p0f_engine/tcpopt.lo dnl
p0f_engine/httphdr.lo dnl
p0f_engine/link.lo dnl
p0f_engine/packet.lo dnl
p0f_engine/synfilter.lo dnl
p0f_engine/sig.lo dnl
p0f_engine/db.lo dnl
p0f_engine/db_build.lo dnl
p0f_engine/match_v3.lo dnl
p0f_engine/tos.lo dnl
p0f_engine/http.lo dnl
p0f_engine/lang.lo dnl
p0f_engine/claim.lo dnl
p0f_engine/fp_sig.lo dnl
p0f_engine/fp_http.lo dnl
p0f_engine/fp_v3.lo dnl
p0f_engine/uptime.lo dnl
p0f_engine/host.lo dnl
p0f_engine/nat.lo dnl
p0f_engine/segment.lo dnl
p0f_engine/table.lo dnl
p0f_engine/cache.lo dnl
p0f_engine/lru.lo dnl
p0f_engine/flow.lo dnl
p0f_engine/ring.lo dnl
p0f_engine/report.lo dnl
p0f_engine/engine.lo dnl
p0f_engine/conversation.lo dnl
p0f_engine/capture.lo dnl
p0f_engine/sniffer.lo dnl
"

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
