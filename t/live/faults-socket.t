# SPDX-License-Identifier: Apache-2.0
#
# Fault 23: clients of P0fApiSocket that do everything wrong, many at once. Others are served, requests
# are answered by the capture, the thread rests, and nothing is left in the parent. P0F_LONG=1: ten
# thousand that don't read.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOCK_STREAM);
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $many = $ENV{P0F_LONG} ? 10_000 : 1500;
$SIG{PIPE} = 'IGNORE';

my $query = pack 'L C a16', 0x50304601, 4, "\xc0\0\2\1";
my $path;
sub dial { return IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path) }

# The status in the reply to a query, undef without one within 10 seconds.
sub ask {
    my ($socket) = @_;
    my ($data, $end) = ('', time + 10);
    return if !$socket || !syswrite $socket, $query;
    while (length $data < 232 && time < $end) {
        my $ready = '';
        vec($ready, fileno $socket, 1) = 1;
        select $ready, undef, undef, 0.5 or next;
        sysread $socket, $data, 232 - length $data, length $data or last;
    }
    return length $data == 232 ? (unpack 'L2', $data)[1] : undef;
}

# What the thread or process that serves has used of a processor, seconds.
sub used {
    my ($httpd) = @_;
    my @stats = map { Httpd::_slurp("$_/stat") } grep { Httpd::_slurp("$_/comm") =~ /^p0f/ }
        map { glob "/proc/$_/task/*" } $httpd->pid, $httpd->children;
    my $ticks = 0;
    $ticks += (split ' ', s/.*\) //sr)[11] + (split ' ', s/.*\) //sr)[12] for @stats;
    return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# Descriptors over a socket: SCM_RIGHTS with two, and a byte.
my $rights = 'import socket,array,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);'
    . ' s.sendmsg([b"x"],[(socket.SOL_SOCKET,socket.SCM_RIGHTS,array.array("i",[0,1]))])';

for my $isolation ('thread', 'process') {
    my $httpd = Httpd->new(netns => $server, config => "P0fEngine On\nP0fExport all\nP0fSavedSyn Off\nP0fWait 100ms\n"
        . "P0fIsolation $isolation\nP0fUser nobody\nP0fApiSocket p0f.sock max=20\n");
    chmod 0755, $httpd->dir . '/run';
    ok($httpd->start, "$isolation: the server starts") or diag $httpd->console;
    $path = $httpd->dir . '/run/p0f.sock';
    # On a busy machine the first wait may end before a helper has begun.
    ok($httpd->_wait(sub { ($httpd->request(from => $client, path => '/index.html')->{log}{source} // '') eq 'capture' }, 5),
        "$isolation: captures");
    is(($httpd->request(from => $client, path => '/index.html')->{log} || {})->{source}, 'capture', "$isolation: answers");
    my ($fds) = $httpd->burden;

    my @idle = map { dial() } 1 .. 100;
    my @half = map { my $s = dial(); shutdown $s, 1 if $s; $s } 1 .. 20;
    my @short = map { my $s = dial(); syswrite $s, substr $query, 0, 10 if $s; $s } 1 .. 20;
    my @bad = map { my $s = dial(); syswrite $s, "\0" x 21 if $s; $s } 1 .. 20;
    my $slow = dial();
    syswrite $slow, 'F';
    my $sent = 0;
    for (1 .. $many) {
        my $s = dial() or next;
        $sent++ if syswrite $s, $query x 3;
        close $s;
    }
    is($sent, $many, "$isolation: $many clients asked and went without reading");
    for (1 .. 3) { syswrite $slow, 'F'; sleep 0.3 }
    SKIP: {
        skip 'no python3', 1 if system('python3', '-c', '') != 0;
        system('python3', '-c', $rights, $path) for 1 .. 30;
        $httpd->_wait(sub { ($httpd->burden)[0] <= $fds + 25 }, 5);
        cmp_ok(($httpd->burden)[0], '<=', $fds + 25, "$isolation: descriptors sent to it don't stay");
    }
    my $begun = time;
    is(ask(dial()), 0x10, "$isolation: who asks rightly is served");
    diag sprintf '%s: an honest client among them waits %.1f s', $isolation, time - $begun;
    my @sources = map { ($httpd->request(from => $client, path => '/index.html')->{log} || {})->{source} } 1 .. 20;
    is_deeply(\@sources, [('capture') x 20], "$isolation: the capture answers meanwhile");
    my $before = used($httpd);
    sleep 2;
    cmp_ok(used($httpd) - $before, '<', 0.5, "$isolation: who is silent costs no processor");
    close $_ for grep { $_ } @idle, @half, @short, @bad, $slow;
    is(ask(dial()), 0x10, "$isolation: served when they have gone");
    is($httpd->faults, '', "$isolation: no crash, same parent, nothing leaked");
    ok($httpd->stop, "$isolation: the server stops");
}
done_testing;
