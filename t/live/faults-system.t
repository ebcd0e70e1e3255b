# SPDX-License-Identifier: Apache-2.0
#
# Faults of the system: system calls that fail one after the other, descriptors that run out, full
# and dead logs, arguments and configurations that start nothing; what programs that httpd starts
# hold of the module.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;

my $why = Httpd::missing(netns => 1) || (system('strace -V >/dev/null 2>&1') ? 'no strace' : undef);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\nP0fWait 100ms\n";

sub got { my ($httpd, %o) = @_; return $httpd->request(from => $client, path => '/index.html', %o) }

sub none_left { return is_deeply([$server->output('tail', '-n', '+2', '/proc/net/packet')], [], $_[0]) }

# ---- fault 24: calls that fail -----------------------------------------------------------------

# The number of the first call NAME of a start whose line matches.
sub first_call {
    my ($name, $pattern) = @_;
    my $httpd = Httpd->new(netns => $server, mpm => 'prefork', config => $config);
    $httpd->{wrap} = ['strace', '-y', '-qq', '-o', $httpd->dir . '/trace', '-e', "trace=$name"];
    $httpd->start;
    is($httpd->faults, '', "a start under strace, for $name: no crash");
    $httpd->stop;
    my $number = 0;
    for (grep { /^\w+\(/ } split /\n/, $httpd->read('trace')) { $number++; return $number if /$pattern/ }
    return 1;
}

# The call, its error, which of them and whether those after it (a pattern, or as strace takes it); whether
# requests are answered all the same, and what the log says.
my $none = qr/mod_p0f: no shared memory, clients stay unknown: /;
my @fails = (
    ['socket', 'EMFILE', [qr/AF_PACKET/, '+'], 1, qr/mod_p0f: interface "any"/],
    ['socket', 'EACCES', [qr/AF_PACKET/, '+'], 1, qr/mod_p0f: (?:interface|no permission)/],
    ['setsockopt', 'ENOMEM', [qr/SOL_PACKET/, '+'], 0, qr/mod_p0f: interface "any"/],
    ['getsockopt', 'ENOPROTOOPT', '1', 1, undef], # of each process: a worker's is that for the saved SYN
    ['mmap', 'ENOMEM', [qr/MAP_SHARED, \d+<socket:/, ''], 1, qr/mod_p0f: interface "any"/],
    ['mmap', 'ENOMEM', [qr/, 2\d{7}, PROT_NONE, MAP_PRIVATE\|MAP_ANONYMOUS, -1/, ''], 1, undef], # for huge pages
    ['mmap', 'ENOMEM', [qr/PROT_WRITE, MAP_SHARED\|MAP_FIXED, \d+<\S*memfd:p0f/, ''], 0, $none],
    ['mmap', 'ENOMEM', [qr/PROT_READ, MAP_SHARED\|MAP_FIXED, \d+<\S*memfd:p0f/, ''], 0, $none],
    ['ftruncate', 'ENOSPC', [qr/memfd:p0f/, ''], 0, $none],
    ['fcntl', 'EPERM', [qr/F_ADD_SEALS/, ''], 1, undef],
    ['memfd_create', 'ENOSYS', '1+', 1, undef],
    ['memfd_create', 'EMFILE', '1+', 1, undef],
    ['eventfd2', 'EMFILE', '1+', 0, qr/${none}eventfd/],
    ['clone3', 'EAGAIN', '1+', 1, qr/mod_p0f: the capture thread can't be started/],
    ['madvise', 'EINVAL', '1+', 1, undef],
    ['seccomp', 'ENOSYS', '1+', 1, undef],
    ['capset', 'EPERM', '1+', 1, undef]
);
for (@fails) {
    my ($call, $error, $when, $answers, $says) = @$_;
    $when = first_call($call, $$when[0]) . $$when[1] if ref $when;
    next if $call =~ /^(?:clone3|madvise)$/ && Httpd::sanitized(); # its runtime's own
    my $name = "$call fails with $error ($when)";
    my $httpd = Httpd->new(netns => $server, mpm => 'prefork', config => $config);
    my @follow = $call =~ /^(?:seccomp|capset|getsockopt)$/ ? '-f' : ();
    $httpd->{wrap} = ['strace', @follow, '-qq', '-o', '/dev/null', '-e', "trace=$call", '-e', "inject=$call:error=$error:when=$when"];
    ok($httpd->start, "$name: the server starts") or diag $httpd->console;
    my $got = got($httpd);
    is($got->{status}, 200, "$name: serves");
    is($got->{log}{genre}, $answers ? 'Linux' : '', "$name: " . ($answers ? 'answers' : 'answers nothing'));
    like($httpd->error_log, $says, "$name: the log says so") if $says;
    unlike($httpd->error_log, qr/mod_p0f: .*\n.*mod_p0f: .*\n.*mod_p0f: /, "$name: in at most two lines");
    $httpd->{burden} = {} if $when !~ /\+/; # what failed once is there from now on
    ok($httpd->graceful, "$name: a graceful restart");
    $got = got($httpd);
    is($got->{status}, 200, "$name: ... serves");
    $when =~ /\+/ || is($got->{log}{genre}, 'Linux', "$name: ... and answers, as the call succeeds again");
    $when =~ /\+/ || ok($httpd->graceful, "$name: ... and once more");
    is($httpd->faults, '', "$name: no crash, same parent, nothing leaked");
    ok($httpd->stop, "$name: the server stops");
    none_left("$name: no packet socket is left");
}

# Few descriptors, about as many as httpd itself needs. (The module takes one in a worker.)
for my $limit (20, 14) {
    my $httpd = Httpd->new(netns => $server, mpm => 'prefork', config => $config);
    $httpd->{wrap} = ['prlimit', "--nofile=$limit"];
    SKIP: {
        skip "httpd itself doesn't start with $limit descriptors", 4 if !eval { $httpd->start };
        is(got($httpd)->{status}, 200, "$limit descriptors: serves");
        ok($httpd->graceful, "$limit descriptors: a graceful restart");
        is(got($httpd)->{status}, 200, "$limit descriptors: ... serves");
        is($httpd->faults, '', "$limit descriptors: no crash, same parent, nothing leaked");
    }
    $httpd->stop;
}

# ---- fault 30: logs that take nothing ----------------------------------------------------------

for my $mpm ('event') {
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => "${config}CustomLog /dev/full p0f\nErrorLog \@DIR\@/logs/error_log\n");
    ok($httpd->start, 'a full access log: the server starts') or diag $httpd->console;
    is(got($httpd)->{log}{genre}, 'Linux', 'a full access log: answers') for 1 .. 3;
    is($httpd->faults, '', 'a full access log: no crash');
    $httpd->stop;

    # a logger that doesn't read, with more lines than its pipe takes (each worker blocks in its own write);
    # not through a shell: it would end in its first setjmp where a sanitizer's library is loaded first
    $httpd = Httpd->new(netns => $server, mpm => $mpm, config => "${config}P0fSavedSyn Off\nCustomLog \"|/bin/sleep 60\" p0f\n");
    ok($httpd->start, 'a dead piped logger: the server starts') or diag $httpd->console;
    is(got($httpd)->{log}{genre}, 'Linux', 'a dead piped logger: answers');
    ok($httpd->graceful, 'a dead piped logger: a graceful restart');
    is(got($httpd)->{log}{source}, 'capture', 'a dead piped logger: the capture goes on');
    is($httpd->faults, '', 'a dead piped logger: no crash');
    $httpd->stop;
}

# ---- fault 28: the clock jumps -----------------------------------------------------------------

# Between httpd and its clock: wall time is as much off as a file says, in seconds.
my $shim = <<'EOC';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static long off(void)
{
    static const int64_t *at;

    if (!at) {
        int fd = open(getenv("CLOCK_OFF"), O_RDONLY);
        void *map = fd < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);
        static const int64_t none;
        at = map == MAP_FAILED ? &none : map;
    }
    return (long)*at;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(clock, t);
    if (!status && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) t->tv_sec += off();
    return status;
}

int gettimeofday(struct timeval *t, void *zone)
{
    static int (*real)(struct timeval *, void *);
    if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
    int status = real(t, zone);
    if (!status && t) t->tv_sec += off();
    return status;
}

time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out) *out = t.tv_sec;
    return t.tv_sec;
}
EOC

SKIP: {
    skip 'a sanitizer must be loaded first', 1 if Httpd::sanitized();
    for my $isolation ('thread', 'process') {
        my $httpd = Httpd->new(netns => $server, config => "${config}P0fSavedSyn Off\nP0fIsolation $isolation\nP0fUser nobody\n"
            . "P0fHostIdleLimit 60min\nP0fLog \@DIR\@/p0f.log\n");
        my $dir = $httpd->dir;
        $httpd->write('shim.c', $shim);
        skip 'no compiler', 1 if system($ENV{CC} || 'cc', '-shared', '-fPIC', '-O', '-o', "$dir/shim.so", "$dir/shim.c", '-ldl');
        my $clock = $httpd->write('clock', pack 'q', 0);
        chmod 0644, $clock;
        my $jump = sub { open my $file, '+<', $clock or die $!; syswrite $file, pack 'q', $_[0]; close $file };
        $httpd->{wrap} = ['env', "LD_PRELOAD=$dir/shim.so", "CLOCK_OFF=$clock"];
        ok($httpd->start, "$isolation: the server starts") or diag $httpd->console;
        my $first = $httpd->settled(from => $client);
        is($first->{total_conn}, 1, "$isolation: a client is known");
        my $count = 1;
        for my $off (86400, -86400, 0) {
            $jump->($off);
            my $name = sprintf '%s: the clock jumps to %+d s', $isolation, $off;
            my $line = $httpd->settled(from => $client);
            is($line->{source}, 'capture', "$name: the capture answers");
            is($line->{total_conn}, ++$count, "$name: the client's history is counted on");
            is($line->{first_seen}, $first->{first_seen}, "$name: ... and begins when it began");
            cmp_ok($line->{age}, '<', 10_000, "$name: its SYN is as old as it is");
        }
        $jump->(86400);
        ok($httpd->graceful, "$isolation: a graceful restart a day later");
        sleep 0.3;
        is($httpd->settled(from => $client)->{total_conn}, ++$count, "$isolation: ... keeps history");
        is($httpd->faults, '', "$isolation: no crash, same parent, nothing leaked");
        ok($httpd->stop, "$isolation: the server stops");
    }
}

# ---- fault 12: a piped logger that is started again --------------------------------------------

{
    my $httpd = Httpd->new(netns => $server, config => "${config}CustomLog \"|/bin/cat\" p0f\n");
    $httpd->start;
    my ($logger) = grep { (readlink "/proc/$_/exe" // '') =~ /cat$/ } $httpd->children;
    ok($logger, 'a piped logger runs');
    kill KILL => $logger if $logger;
    my $again;
    $httpd->_wait(sub { ($again) = grep { (readlink "/proc/$_/exe" // '') =~ /cat$/ && $_ != ($logger // 0) } $httpd->children; $again }, 10);
    ok($again, '... and is started again after its end');
    my %packet = map { $_ => 1 } $httpd->packet_sockets($httpd->pid);
    is_deeply([grep { (readlink // '') =~ /^socket:\[(\d+)\]/ && $packet{$1} || (readlink // '') =~ /memfd|eventfd/ } glob "/proc/$again/fd/*"], [],
        '... holding nothing of the module') if $again;
    is($httpd->faults, '', '... no crash');
    $httpd->stop;
}

# ---- fault 9: what starts nothing --------------------------------------------------------------

sub made {
    my ($httpd) = @_;
    return grep { /\b(?:socket\(AF_PACKET|listen\(|memfd_create\(|eventfd2?\(|clone3?\(|fork\(|seccomp\(|capset\()|SAVE_SYN/ } split /\n/, $httpd->read('trace');
}

{
    my $httpd = Httpd->new(netns => $server, config => $config);
    my @watch = ('strace', '-f', '-qq', '-e', 'trace=network,process,memfd_create,eventfd2,seccomp,capset', '-o', $httpd->dir . '/trace');
    $httpd->configure("${config}P0fMaxHosts nonsense\n");
    $httpd->{wrap} = [@watch];
    for my $args (['-t'], ['-V'], ['-k', 'graceful'], ['-k', 'stop']) {
        $httpd->write('trace', '');
        my ($status) = $httpd->invoke(@$args);
        isnt($status, 0, "@$args with a wrong directive fails") if $args->[0] ne '-V';
        is_deeply([made($httpd)], [], "@$args with a wrong directive: opens nothing and starts nothing");
    }
    $httpd->configure($config);
    $httpd->{wrap} = [];
    $httpd->start;
    my @before = $httpd->packet_sockets($httpd->pid);
    $httpd->{wrap} = ['nsenter', '--target', $httpd->pid, '--pid', '--mount', '--', @watch];
    for my $args (['-k', 'graceful'], ['-k', 'restart']) {
        $httpd->write('trace', '');
        my $seen = $httpd->_generations;
        my ($status, $text) = $httpd->invoke(@$args);
        is($status, 0, "@$args: succeeds") or diag $text;
        is_deeply([made($httpd)], [], "@$args: the program that signals opens nothing");
        ok($httpd->_wait(sub { $httpd->_generations > $seen }), "@$args: restarts the server");
        is_deeply([$httpd->packet_sockets($httpd->pid)], \@before, "@$args: which keeps its handle");
    }
    # a restart with a broken configuration is refused before anything happens
    $httpd->configure("${config}P0fMaxHosts nonsense\n");
    my ($status, $text) = $httpd->invoke('-k', 'graceful');
    isnt($status, 0, '-k graceful with a wrong directive is refused');
    is(got($httpd)->{log}{genre}, 'Linux', '... and the server goes on');
    $httpd->configure($config);
    for my $verb ('graceful-stop', 'stop') {
        if (!$httpd->{launcher}) {
            $httpd->{wrap} = [];
            $httpd->start;
            $httpd->{wrap} = ['nsenter', '--target', $httpd->pid, '--pid', '--mount', '--', @watch];
        }
        ($status) = $httpd->invoke('-k', $verb);
        is($status, 0, "-k $verb succeeds");
        ok($httpd->_wait(sub { $httpd->_ended }), '... and ends the server');
        delete @$httpd{qw(parent launcher)};
        is($httpd->faults, '', '... without a crash');
        none_left('no packet socket is left');
    }
}
done_testing;
