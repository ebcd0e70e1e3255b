# SPDX-License-Identifier: Apache-2.0
#
# One address and port, connection after connection, with another stack each time: every connection
# has its own answer and never that of the one before, whose SYN is still remembered.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my @stacks = (
    [sub { $client->sysctl('net.ipv4.tcp_timestamps', 1); $client->sysctl('net.ipv4.ip_default_ttl', 64) }, qr/^4:64\+0:.*:mss,sok,ts,nop,ws:/],
    [sub { $client->sysctl('net.ipv4.tcp_timestamps', 0); $client->sysctl('net.ipv4.ip_default_ttl', 128) }, qr/^4:128\+0:.*:mss,nop,nop,sok,nop,ws:/],
);
my $rounds = 20;

for my $sources ('P0fSavedSyn Off', 'P0fCapture Off', 'P0fSavedSyn On') {
    for my $mpm (qw(event prefork)) {
        my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => "P0fEngine On\nP0fExport all\nP0fWait 100ms\n$sources\n");
        $httpd->start or diag $httpd->console;
        my (%ports, @wrong);
        for my $round (1 .. $rounds) {
            my ($become, $sig) = @{ $stacks[$round % 2] };
            $become->();
            my $got = $httpd->request(from => $client, curl => ['-0', '--local-port', 45678]);
            $ports{ $got->{port} }++;
            push @wrong, "round $round: $got->{log}{source} $got->{log}{sig}" if $got->{log}{sig} !~ $sig || $got->{log}{source} eq 'host';
        }
        is_deeply(\%ports, { 45678 => $rounds }, "$mpm, $sources: the same port each time");
        is_deeply(\@wrong, [], "$mpm, $sources: each connection has its own answer");
        is($httpd->faults, '', "$mpm, $sources: no crash, same parent");
        ok($httpd->stop, "$mpm, $sources: the server stops");
    }
}
done_testing;
