# SPDX-License-Identifier: Apache-2.0
#
# Faults around restarts and stops: many under load with many virtual hosts, signals to the whole group, one
# process, downloads that go on. P0F_LONG=1: a thousand. (What the module adds to each: restart-time.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IPC::Open2 qw(open2);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;
use Load;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my $long = $ENV{P0F_LONG};
my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\n";

sub hosts {
    my ($count) = @_;
    return join '', map { "<VirtualHost *:8080>\nServerName host$_.example\nDocumentRoot \@DIR\@/htdocs\n</VirtualHost>\n" } 1 .. $count;
}

sub load { return Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load') }

sub none_left { return is_deeply([$server->output('tail', '-n', '+2', '/proc/net/packet')], [], $_[0]) }

# Requests served, and those of them without a genre; by a pattern of the path.
sub served {
    my ($httpd, $pattern) = @_;
    my @lines = grep { /$pattern/ } split /\n/, $httpd->read('logs/access_log');
    return (scalar @lines, scalar grep { !/\tLinux\t/ } @lines);
}

# ---- fault 6: restarts under load --------------------------------------------------------------

my ($gracefuls, $restarts, $hosts) = $long ? (1000, 50, 4000) : (12, 3, 500);
for my $how (['saved SYN and capture', ''], ['capture alone', "P0fSavedSyn Off\nP0fWait 100ms\n"]) {
    my ($name, $more) = @$how;
    my $httpd = Httpd->new(netns => $server, mpm => 'event', config => $config . $more . hosts($hosts));
    ok($httpd->start, "$name, $hosts virtual hosts: the server starts") or diag $httpd->console;
    my ($requests, $bad, $done, @failed) = (0, 0, 0);
    while ($done < $gracefuls && !$bad) {
        my $load = load();
        for (1 .. 50) {
            last if $done >= $gracefuls || $bad;
            $done++;
            $httpd->graceful or $bad++;
        }
        my $result = $load->stop;
        $requests += $result->{requests};
        push @failed, @{ $result->{failed} };
    }
    is($bad, 0, "$name: $done graceful restarts");
    is_deeply(\@failed, [], "$name: ... cost none of $requests requests");
    my ($served, $unanswered) = served($httpd, qr{\?load});
    if ($more) {
        diag sprintf '%s: %d of %d served connections had no answer over %d graceful restarts', $name, $unanswered, $served, $done;
    } else {
        is($unanswered, 0, "$name: ... and none of $served served connections went without an answer");
    }
    is($httpd->faults, '', "$name: no crash, same parent, nothing leaked");
    ok($httpd->stop, "$name: the server stops");
    none_left("$name: no packet socket is left");

    # Not event: under load its children now and then crash in their own code when a restart ends them,
    # without this module, too.
    $httpd = Httpd->new(netns => $server, mpm => 'worker', config => $config . $more . hosts($hosts));
    $httpd->start;
    my $load = load();
    my $restarted = 0;
    for (1 .. $restarts) {
        $restarted++ if $httpd->restart;
        sleep 0.3; # a child that is told to end while it starts goes on for seconds, without this module, too
    }
    is($restarted, $restarts, "$name: $restarts restarts");
    my $result = $load->stop;
    is_deeply([grep { /no answer/ } @{ $result->{failed} }], [], "$name: ... after which no request hangs");
    is($httpd->faults, '', "$name: no crash, same parent, nothing leaked");
    ok($httpd->stop, "$name: the server stops");
    none_left("$name: no packet socket is left");
}

# ---- a worker that hangs in its end ------------------------------------------------------------

# prefork's workers clean up in a signal handler, and may wait there for a lock that the interrupted code
# holds. Here each of them waits for ever; httpd alone kills such ones after ten seconds.
my $shim = <<'EOC';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static pid_t parent;
__attribute__((constructor)) static void begin(void) { parent = getpid(); }

void apr_pool_destroy(void *pool)
{
    static void (*real)(void *);
    struct sigaction hup;
    if (!real) real = dlsym(RTLD_NEXT, "apr_pool_destroy");
    /* httpd's main process ignores nothing; a worker that ends, both */
    if (getpid() != parent && !sigaction(SIGHUP, NULL, &hup) && hup.sa_handler == SIG_IGN)
        for (;;) pause();
    real(pool);
}
EOC
SKIP: {
    skip 'a sanitizer must be loaded first', 1 if Httpd::sanitized();
    my $httpd = Httpd->new(netns => $server, mpm => 'prefork', config => $config, cgi => 0);
    my $dir = $httpd->dir;
    $httpd->write('shim.c', $shim);
    skip 'no compiler', 1 if system($ENV{CC} || 'cc', '-shared', '-fPIC', '-o', "$dir/shim.so", "$dir/shim.c", '-ldl');
    $httpd->{wrap} = ['env', "LD_PRELOAD=$dir/shim.so"];
    ok($httpd->start, 'workers that hang in their end: the server starts') or diag $httpd->console;
    # those that are still starting have no bound yet
    my $all_up = sub { $httpd->_wait(sub { !grep { Httpd::_slurp("/proc/$_/status") =~ /^Uid:\s+0\s/m } $httpd->children }) };
    $all_up->();
    my $took = $httpd->restart || 99;
    diag sprintf 'workers that hang in their end: a restart takes %.1f s', $took;
    cmp_ok($took, '<', 6, '... a restart takes two seconds, not ten');
    is($httpd->request(from => $client, path => '/index.html')->{status}, 200, '... serves');
    is($httpd->faults, '', '... no crash, same parent');
    $all_up->();
    my $begun = time;
    ok($httpd->stop, '... the server stops');
    cmp_ok(time - $begun, '<', 6, '... in two seconds, not ten');
    unlike($httpd->error_log, qr/AH00046/, '... no worker had to be killed');
}

# ---- fault 10: signals to the whole group, a foreground that keeps its terminal -----------------

for my $mpm (Httpd::mpms()) {
    for my $define ('-DFOREGROUND', '-DNO_DETACH') {
        my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config, args => [$define]);
        $httpd->start or diag $httpd->console;
        my $group = -getpgrp $httpd->pid;
        for my $signal ('USR1', 'HUP') {
            my $seen = $httpd->_generations;
            kill $signal => $group;
            ok($httpd->_wait(sub { $httpd->_generations > $seen }), "$mpm $define: $signal to its whole group restarts it");
            is($httpd->_wait(sub { $httpd->request(from => $client, path => '/index.html')->{status} == 200 }), 1, "$mpm $define: ... and it serves");
        }
        is($httpd->faults, '', "$mpm $define: no crash, same parent");
        kill TERM => $group;
        ok($httpd->_wait(sub { $httpd->_ended }), "$mpm $define: TERM to its whole group ends it");
        delete @$httpd{qw(parent launcher)};
        is($httpd->faults, '', "$mpm $define: no crash at the end");
        none_left("$mpm $define: no packet socket is left");
    }
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config);
    for my $signal ('INT', 'TERM') {
        my @command = $httpd->_in_netns('setpriv', '--pdeathsig', 'KILL', $httpd->_command('-X'));
        defined(my $pid = fork) or die "fork: $!";
        if (!$pid) {
            POSIX::setsid();
            delete $SIG{$_} for qw(INT TERM HUP);
            open STDIN, '<', '/dev/null';
            open STDOUT, '>>', $httpd->dir . '/logs/console';
            open STDERR, '>&', \*STDOUT;
            exec @command or POSIX::_exit(127);
        }
        ok($httpd->_wait(sub { $httpd->request(from => $client, no_log => 1, path => '/index.html')->{status} == 200 }), "$mpm -X: serves");
        kill $signal => $pid;
        ok($httpd->_wait(sub { waitpid $pid, POSIX::WNOHANG() }), "$mpm -X: $signal ends it") or kill KILL => $pid;
        none_left("$mpm -X: no packet socket is left");
    }
    is($httpd->faults, '', "$mpm -X: no crash");
}

# ---- fault 29: a download goes on through restart and stop -------------------------------------

# A client that takes the beginning, says so, and the rest when it is told to. More than any buffer holds, but
# for TERM: event waits ten seconds for a worker in the middle of a write, without this module, too.
my %size = (USR1 => 8_000_000, WINCH => 8_000_000, TERM => 200_000);
my $download = <<'EOC';
use IO::Socket::IP;
my ($to) = @ARGV;
my $socket = IO::Socket::IP->new(PeerHost => $to, PeerPort => 8080) or die $@;
setsockopt $socket, SOL_SOCKET, SO_RCVBUF, pack 'i', 65536;
print $socket "GET /large HTTP/1.0\r\n\r\n";
my $got = sysread $socket, my $text, 10_000;
$got -= 4 + index $text, "\r\n\r\n";
$| = 1;
print "begun\n";
readline STDIN;
while (my $more = sysread $socket, $text, 65536) { $got += $more }
print "$got\n";
EOC
for my $mpm (Httpd::mpms()) {
    for my $signal ('USR1', 'WINCH', 'TERM') {
        my $name = "$mpm, $signal while something is downloaded";
        my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => "${config}GracefulShutdownTimeout 20\n");
        $httpd->write('htdocs/large', 'x' x $size{$signal});
        $httpd->start;
        my $pid = open2(my $out, my $in, $client->command($^X, '-e', $download, Netns::SERVER4));
        readline $out;
        my $begun = time;
        if ($signal eq 'USR1') {
            ok($httpd->graceful, "$name: a graceful restart");
            is($httpd->request(from => $client, path => '/index.html')->{log}{genre}, 'Linux', "$name: ... answers others");
        } elsif ($signal eq 'TERM') {
            ok($httpd->stop, "$name: ends the server");
        } else {
            kill WINCH => $httpd->pid;
            ok($httpd->says(qr/caught SIGWINCH/), "$name: is taken");
        }
        print $in "go on\n";
        close $in;
        chomp(my $got = readline($out) // '');
        waitpid $pid, 0;
        is($got, $size{$signal}, "$name: ... and the download is whole") if $signal ne 'TERM';
        if ($signal eq 'WINCH') {
            ok($httpd->_wait(sub { $httpd->_ended }), "$name: ... and then the server ends");
            delete @$httpd{qw(parent launcher)};
        }
        cmp_ok(time - $begun, '<', Httpd::within(6), "$name: ... in time");
        none_left("$name: no packet socket is left") if $signal ne 'USR1';
        is($httpd->faults, '', "$name: no crash");
        $httpd->stop;
    }
}
done_testing;
