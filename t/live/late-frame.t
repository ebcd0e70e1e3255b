# SPDX-License-Identifier: Apache-2.0
#
# A SYN that the kernel shows the capture only after the connection was accepted, as it does now and then on a
# busy machine: a capture that has read until the accept and a little further is still waited for.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1) || (-e '/dev/net/tun' ? undef : 'no /dev/net/tun');
plan skip_all => $why if $why;

# The slack of caught_up() in httpd/lookup.c is 2 ms from the accept, which comes after the connect: a SYN that is
# shown so soon after that is in time.
use constant { HELD => 0.0007, IN_TIME => 0.0019, ENOUGH => 20, MOST => 400 };

# The capture sees the SYNs that nft copies to a tap device, once this program, which has its other end, sends
# them back: after the request of the connection. A line for each that was in time: who told of it.
my $program = <<'EOP';
use IO::Socket::IP; use Time::HiRes qw(sleep clock_gettime CLOCK_MONOTONIC);
my ($held, $in_time, $enough, $most) = @ARGV;
open my $tap, '+<', '/dev/net/tun' or die "tun: $!";
my $request = pack 'a16 S x22', 'tap0', 0x1002; # IFF_TAP | IFF_NO_PI
ioctl $tap, 0x400454ca, $request or die "TUNSETIFF: $!";
$tap->blocking(0);
while ($enough > 0 && $most-- > 0) {
    my $begun = clock_gettime(CLOCK_MONOTONIC);
    my $socket = IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => 8080) or die "connect: $@";
    syswrite $socket, "GET / HTTP/1.0\r\n\r\n";
    sleep $held;
    my $frames = 0;
    while (sysread $tap, my $frame, 2048) { syswrite $tap, $frame; $frames++ }
    my $took = clock_gettime(CLOCK_MONOTONIC) - $begun;
    my ($source) = join('', <$socket>) =~ /^X-Source: (\w*)/m;
    next if $frames != 1 || $took > $in_time;
    print "$source\n";
    $enough--;
}
EOP

my $server = Netns->new('server');
$server->tap('tap0');
$server->sysctl('net.ipv6.conf.tap0.disable_ipv6', 1);
$server->run('nft', 'add table netdev p0f; add chain netdev p0f in { type filter hook ingress device "lo" priority 0; };'
    . ' add rule netdev p0f in tcp dport 8080 tcp flags & (syn | ack) == syn dup to "tap0"') == 0
    or plan skip_all => 'nft cannot copy frames here';

my $httpd = Httpd->new(netns => $server, modules => ['headers'], config => <<'EOC');
P0fEngine On
P0fExport source
P0fSavedSyn Off
P0fInterface tap0
P0fWait 100ms
Header set X-Source "%{pof_source}e"
EOC
ok($httpd->start, 'the server starts') or diag $httpd->console;

chomp(my @sources = $server->output($^X, '-e', $program, HELD, IN_TIME, ENOUGH, MOST));
my $waited = grep { $_ eq 'capture' } @sources;
# Where a processor can't be had for long, the wait may end first.
cmp_ok($waited, '>', @sources / 2, "a SYN that comes 1 ms after the request is waited for: $waited of " . @sources);
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
