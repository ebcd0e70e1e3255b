# SPDX-License-Identifier: Apache-2.0
#
# Under SYN cookies the kernel keeps no SYN: what the saved SYN alone loses, and that the capture makes
# it good, for every first request.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

use constant REQUESTS => 200;

my ($client, $server) = Netns->pair;
$server->sysctl('net.ipv4.tcp_syncookies', 2); # for all connections, not only under a flood

# REQUESTS first requests, each from another port: a SYN to a connection that is still in TIME_WAIT gets no
# cookie. By whom they were answered, and the server.
my $port = 20000;
sub served {
    my ($config) = @_;
    my $httpd = Httpd->new(netns => $server, config => "P0fEngine On\nP0fExport all\nP0fHostIdleLimit 1s\nLogLevel p0f:info\n$config\n");
    ok($httpd->start, "$config: the server starts") or diag $httpd->console;
    my $loop = 'use IO::Socket::IP; for my $n (1 .. $ARGV[1]) { my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 8080, LocalPort => $ARGV[2] + $n) or die $@;'
        . ' print $s "GET /index.html?first=$n HTTP/1.0\r\n\r\n"; 1 while <$s> }';
    $client->run($^X, '-e', $loop, Netns::SERVER4, REQUESTS, $port += REQUESTS);
    my @lines;
    $httpd->_wait(sub { (@lines = $httpd->all_logged(qr/first=/)) == REQUESTS }, 5);
    my %by;
    $by{ $_->{source} || 'nobody' }++ for @lines;
    note "$config: ", join ', ', map { "$_ $by{$_}" } sort keys %by;
    return ($httpd, \%by, @lines);
}

sub ended {
    my ($httpd) = @_;
    is($httpd->faults, '', '... no crash, same parent');
    ok($httpd->stop, '... the server stops');
}

my ($httpd, $by, @lines) = served('P0fCapture Off');
is_deeply($by, { nobody => REQUESTS }, 'the saved SYN alone: all is lost');
is(scalar(grep { $_->{status} == 200 && $_->{type} == 2 && $_->{err} eq 'miss' } @lines), REQUESTS, '... every request is served and says so');
is($httpd->counters->{no_saved_syn}, REQUESTS, '... and every connection is counted');
ended($httpd);

($httpd, $by, @lines) = served("P0fSavedSyn On\nP0fWait 100ms");
is_deeply($by, { capture => REQUESTS }, 'with the capture beside it: nothing is lost');
is(scalar(grep { $_->{genre} ne 'Linux' } @lines), 0, '... and the answers are right');
is($httpd->settled(from => $client)->{total_conn}, REQUESTS + 1, '... each connection counts once');
ended($httpd);

# A sniffer that rests as long as it may, which is longer than anybody waits for it: who waits wakes it. On a busy
# machine 10 ms may be too short for some all the same.
($httpd, $by, @lines) = served("P0fSavedSyn On\nP0fCaptureBuffer 32M");
cmp_ok($by->{capture} || 0, '>', REQUESTS / 2, 'with the usual P0fWait and a sniffer at rest: nobody has to wait for the end of that');
ended($httpd);

# Only what the flood turns away: some SYNs are kept, others not.
$server->sysctl('net.ipv4.tcp_syncookies', 1);
($httpd, $by, @lines) = served("P0fSavedSyn On\nP0fWait 100ms");
is(scalar(grep { $_->{genre} ne 'Linux' || $_->{source} eq 'host' } @lines), 0, 'with cookies for emergencies only: all answered');
ended($httpd);
done_testing;
