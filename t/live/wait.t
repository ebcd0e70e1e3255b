# SPDX-License-Identifier: Apache-2.0
#
# P0fWait, with the capture alone: a capture that is held up is waited for as long as was asked for
# and not longer; without a wait nobody waits.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;

my $why = Httpd::missing(netns => 1) || ($> ? 'not root' : undef);
plan skip_all => $why if $why;

use constant HELD => 0.08;     # seconds
my ($client, $server) = Netns->pair;

# A process of its own, which can be stopped.
my $httpd = Httpd->new(netns => $server, config => <<'EOC');
P0fEngine On
P0fExport age source total_conn
P0fIsolation process
P0fUser nobody
P0fSavedSyn Off
P0fWait 100ms
Listen 8081
<VirtualHost *:8081>
P0fWait 0
</VirtualHost>
Listen 8082
<VirtualHost *:8082>
P0fWait 1ms
</VirtualHost>
EOC
ok($httpd->start, 'the server starts') or diag $httpd->console;
my $helper = $httpd->_wait(sub { ($httpd->helpers)[0] });
is($httpd->request(from => $client)->{log}{source}, 'capture', 'the capture answers');

# Requests while the helper is stopped, for so long that each of them has to wait. On a busy machine it is
# mostly not just so: several attempts.
my $late;
my $earlier = 1;
for (1 .. 20) {
    kill STOP => $helper;
    my $waker = fork // die "fork: $!";
    if (!$waker) {
        sleep HELD;
        kill CONT => $helper;
        POSIX::_exit(0);
    }
    my $line = $httpd->request(from => $client)->{log};
    waitpid $waker, 0;
    $late = $line if $line->{source} eq 'capture' && $line->{age} >= 20;
    last if $late;
    $earlier++;
}
ok($late, 'a capture that is held up is waited for') and note "$late->{age} ms";
is($late->{total_conn}, $earlier + 1, '... and history has the connection then');

# Seconds that three requests to PORT take; their log lines.
sub three {
    my ($port) = @_;
    my $begun = time;
    my @lines = map { $httpd->request(from => $client, $port ? (port => $port) : ())->{log} } 1 .. 3;
    return (time - $begun, @lines);
}

kill STOP => $helper;
my ($long, @lines) = three();
# of several attempts, for what else there is to do on the machine
my ($short, @more) = three(8082);
for (1 .. 8) {
    last if $short < $long;
    my ($again) = three(8082);
    $short = $again if $again < $short;
}
push @lines, @more, (three(8081))[1 .. 3];
kill CONT => $helper;
is_deeply([map { $_->{status} } @lines], [(200) x 9], 'requests are served while it is stopped');
is(scalar(grep { $_->{source} eq 'capture' } @lines), 0, '... without an answer of the capture');
cmp_ok($long, '>=', 0.3, '... each after the wait');
cmp_ok($long, '<', 6, sprintf '... and not for long (%.3f s each)', $long / 3);
cmp_ok($short, '<', $long, sprintf 'a shorter wait is shorter (%.3f s each)', $short / 3);

# Requests of one connection while the helper is stopped: the first alone waits; and once it goes on, its answer
# still counts. On a busy machine all takes longer: the shortest of some attempts.
my $program = 'use IO::Socket::IP; use Time::HiRes qw(time sleep); my ($to, $tag) = @ARGV;'
    . ' my $s = IO::Socket::IP->new(PeerHost => $to, PeerPort => 8080) or die $@;'
    . ' sub get { my $t = time; print $s "GET /index.html?$tag=@_ HTTP/1.1\r\nHost: a\r\n\r\n"; my $head = "";'
    . '   while (defined(my $l = <$s>)) { $head .= $l; last if $l eq "\r\n" } read $s, my $b, $head =~ /Content-Length: (\d+)/i; time - $t }'
    . ' print join " ", map { get($_) } 1 .. 3; sleep 1.2; for (4 .. 9) { get($_); sleep 0.1 }';
my ($first, $later) = (9, 9);
for my $attempt (1 .. 5) {
    kill STOP => $helper;
    my $waker = fork // die "fork: $!";
    if (!$waker) {
        sleep 1;
        kill CONT => $helper;
        POSIX::_exit(0);
    }
    my @took = split ' ', join '', $client->output($^X, '-e', $program, Netns::SERVER4, "late$attempt");
    waitpid $waker, 0;
    my @said = map { my $n = $_; ($httpd->_wait(sub { $httpd->logged(qr/late$attempt=$n$/) }, 3) || {})->{source} } 1, 2, 3, 9;
    is_deeply(\@said, [('host') x 3, 'capture'], 'kept alive: the capture answers as soon as it can');
    cmp_ok($took[0], '>=', 0.1, '... the first request waits for it');
    $first = $took[0] if $took[0] < $first;
    $later = $took[1] + $took[2] if $took[1] + $took[2] < $later;
    last if $first < 0.5 && $later < 0.1;
}
cmp_ok($first, '<', 0.5, '... not longer than it may');
cmp_ok($later, '<', 0.1, '... and others don\'t wait');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
