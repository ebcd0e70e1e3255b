# SPDX-License-Identifier: Apache-2.0
#
# Sockets that are not as the module would like them: listeners that refuse to save SYNs, all (Multipath
# TCP) or one of them, a saved SYN that is cut off, a connection that has no TCP peer. Each is counted, has
# no answer from that source, and no line in the error log for each request. And listeners that have to be
# found without /proc.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp;
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1) || (Httpd::sanitized() ? 'a sanitizer must be loaded first' : undef);
plan skip_all => $why if $why;

# Stands between httpd and the system calls, as mptcpize(8) does, and makes them as bad as the
# variable BAD says.
my $shim = <<'EOC';
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int bad(const char *what) { const char *is = getenv("BAD"); return is && !strcmp(is, what); }

int socket(int family, int type, int protocol)
{
    int (*real)(int, int, int) = dlsym(RTLD_NEXT, "socket");
    if (bad("multipath") && family != AF_UNIX && (type & 15) == SOCK_STREAM)
        protocol = 262;
    return real(family, type, protocol);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    int (*real)(int, int, int, void *, socklen_t *) = dlsym(RTLD_NEXT, "getsockopt");
    int status = real(fd, level, name, value, len);
    const char *cut = getenv("CUT");
    if (bad("cut") && level == IPPROTO_TCP && name == 28 && *len > (socklen_t)atoi(cut))
        *len = (socklen_t)atoi(cut);
    return status;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    int (*real)(int, int, int, const void *, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");
    struct sockaddr_in6 addr;
    socklen_t addr_len = sizeof(addr);
    if (bad("one") && level == IPPROTO_TCP && name == 27
        && !getsockname(fd, (struct sockaddr *)&addr, &addr_len) && ntohs(addr.sin6_port) == atoi(getenv("PORT"))) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return real(fd, level, name, value, len);
}

DIR *opendir(const char *name)
{
    DIR *(*real)(const char *) = dlsym(RTLD_NEXT, "opendir");
    if (bad("noproc") && !strncmp(name, "/proc", 5)) {
        errno = ENOENT;
        return NULL;
    }
    return real(name);
}

int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
    int (*real)(int, struct sockaddr *, socklen_t *, int) = dlsym(RTLD_NEXT, "accept4");
    int got = real(fd, addr, len, flags);
    if (got >= 0 && bad("unix") && addr) {
        addr->sa_family = AF_UNIX;
        *len = sizeof(sa_family_t);
    }
    return got;
}
EOC
my $dir = File::Temp->newdir('p0ft-shim-XXXXXX', TMPDIR => 1);
open my $file, '>', "$dir/shim.c" or die $!;
print $file $shim;
close $file;
chmod 0755, $dir;
system($ENV{CC} || 'cc', '-shared', '-fPIC', '-o', "$dir/shim.so", "$dir/shim.c", '-ldl') == 0 or plan skip_all => 'no compiler';

my ($client, $server) = Netns->pair;

sub server {
    my ($bad, $config) = @_;
    my $httpd = Httpd->new(netns => $server, wrap => ['env', "LD_PRELOAD=$dir/shim.so", @$bad],
        config => "P0fEngine On\nP0fExport all\nP0fWait 100ms\nLogLevel p0f:info\n$config\n");
    ok($httpd->start, "@$bad, $config: the server starts") or diag $httpd->console;
    return $httpd;
}

# Stops it; its error log may speak of the module only when it starts.
sub quiet {
    my ($httpd, $name) = @_;
    my @lines = grep { /\[p0f:/ && !/counted so far|gave up/ } split /\n/, $httpd->error_log;
    cmp_ok(scalar @lines, '<=', 2, "$name: no line for each request") or diag @lines;
    is($httpd->faults, '', "$name: no crash, same parent");
    ok($httpd->stop, "$name: the server stops");
}

SKIP: {
    skip 'no Multipath TCP here', 1 if !-r '/proc/sys/net/mptcp/enabled';
    my $httpd = server(['BAD=multipath'], 'P0fSavedSyn On');
    my @seen = map { $httpd->request(from => $client)->{log} } 1 .. 5;
    is_deeply([map { $_->{source} } @seen], [('capture') x 5], 'a listener that refuses to save SYNs: the capture answers');
    is($httpd->counters->{no_saved_syn} // 0, 0, '... nothing is missed where no listener can');
    quiet($httpd, 'a listener that refuses');

    $httpd = server(['BAD=multipath'], 'P0fCapture Off');
    @seen = map { $httpd->request(from => $client)->{log} } 1 .. 5;
    is_deeply([map { "$_->{status} $_->{type} $_->{err}" } @seen], [('200 2 miss') x 5], '... alone it gives no answer, and the requests are served');
    is($httpd->counters->{unanswered}, 5, '... counted');
    quiet($httpd, 'a listener that refuses, alone');
}

# One of two, whichever is asked first.
for my $port (8080, 8081) {
    my $other = 16161 - $port;
    my $httpd = server(['BAD=one', "PORT=$port"], "P0fCapture Off\nListen 8081");
    my @seen = map { $httpd->request(from => $client, port => $other)->{log} } 1 .. 3;
    is_deeply([map { "$_->{genre} $_->{source}" } @seen], [('Linux saved_syn') x 3], "port $port refuses to save SYNs: port $other has them");
    @seen = map { $httpd->request(from => $client, port => $port)->{log} } 1 .. 2;
    is(scalar(grep { $_->{status} == 200 && $_->{source} ne 'saved_syn' } @seen), 2, '... the one that refuses serves without');
    is_deeply([@{ $httpd->counters }{qw(no_saved_syn answered_saved_syn)}], [2, 3], '... counted');
    $httpd->request(from => $client, port => $_) for $other, $port;
    is_deeply([@{ $httpd->counters }{qw(no_saved_syn answered_saved_syn)}], [3, 4], '... also after a restart');
    quiet($httpd, 'one that refuses');
}

# httpd has them in no list (ListenCoresBucketsRatio).
{
    my $httpd = server(['BAD=noproc'], "P0fCapture Off\nListen 8081\nListenCoresBucketsRatio 1");
    my @seen = map { $httpd->request(from => $client, port => $_)->{log} } (8080, 8081) x 4;
    is_deeply([map { "$_->{genre} $_->{source}" } @seen], [('Linux saved_syn') x 8], 'where /proc can\'t be read: all listeners save SYNs');
    quiet($httpd, 'no /proc');
}

for my $cut (1, 19, 39, 59) {
    my $httpd = server(['BAD=cut', "CUT=$cut"], 'P0fCapture Off');
    my @seen = map { $httpd->request(from => $client)->{log} } 1 .. 3;
    is_deeply([map { "$_->{status} $_->{type} $_->{err}" } @seen], [('200 2 miss') x 3], "a saved SYN cut off at $cut bytes: no answer");
    # What the sniffer hasn't read when httpd restarts is the next one's to count.
    $httpd->_wait(sub { ($httpd->counters->{ring_bad} // 0) >= 3 }, 10);
    my $counted = $httpd->counters;
    is($counted->{ring_bad}, 3, "... counted by the sniffer");
    is($counted->{unanswered}, 3, '... and by the workers');
    quiet($httpd, "cut off at $cut");
}

my $httpd = server(['BAD=cut', 'CUT=39'], 'P0fSavedSyn On');
is($httpd->request(from => $client)->{log}{source}, 'capture', 'a saved SYN that is cut off: the capture answers');
my $counted = $httpd->counters;
cmp_ok($counted->{$_} // 0, '>=', 1, "... and what it does is counted from the first on: $_") for qw(frames syns);
quiet($httpd, 'cut off, with capture');

$httpd = server(['BAD=unix'], '');
my @seen = map { $httpd->request(from => $client)->{log} } 1 .. 3;
SKIP: {
    skip 'this httpd refuses such a connection itself', 2 if !defined $seen[0]{status};
    is_deeply([map { "$_->{status} $_->{type}" } @seen], [('200 1') x 3], 'a connection without a TCP peer: nothing to ask about');
    is($httpd->counters->{not_tcp}, 3, '... counted');
}
quiet($httpd, 'no TCP peer');
done_testing;
