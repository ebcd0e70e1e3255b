# SPDX-License-Identifier: Apache-2.0
#
# The client's kernel is told to write other SYNs: every change is seen, and it stays a Linux.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $httpd = Httpd->new(netns => $server, config => "P0fEngine On\nP0fExport all\n");
ok($httpd->start, 'the server starts') or diag $httpd->console;

my $ethernet = 'Ethernet or modem';
# what is set, to what and back, genre, distance, link, signature over IPv4 and IPv6
my @changes = (
    ['nothing', undef, undef, undef, 'Linux', 0, $ethernet, ':mss,sok,ts,nop,ws:'],
    ['no window scale', 'net.ipv4.tcp_window_scaling', 0, 1, 'Linux', 0, $ethernet, ',0:mss,sok,ts:'],
    ['no time stamps', 'net.ipv4.tcp_timestamps', 0, 1, 'Linux', 0, $ethernet, ':mss,nop,nop,sok,nop,ws:'],
    ['no SACK', 'net.ipv4.tcp_sack', 0, 1, 'Linux', 0, $ethernet, ':mss,nop,nop,ts,nop,ws:'],
    ['window scale 7', 'net.ipv4.tcp_rmem', '4096 131072 6291456', '4096 131072 33554432', 'Linux', 0, $ethernet, ',7:mss,sok,ts,nop,ws:'],
    ['window scale 8', 'net.ipv4.tcp_rmem', '4096 131072 16777215', '4096 131072 33554432', 'Linux', 0, $ethernet, ',8:mss,sok,ts,nop,ws:'],
    ['ECN asked for', 'net.ipv4.tcp_ecn', 1, 2, 'Linux', 0, $ethernet, qr/:mss,sok,ts,nop,ws:.*\becn\b/],
);
my @by_family = (
    ['TTL 57', ['net.ipv4.ip_default_ttl', 57, 64], ['net.ipv6.conf.eth0.hop_limit', 57, 64], 7, qr/^[46]:57\+7:/],
    ['TTL 33', ['net.ipv4.ip_default_ttl', 33, 64], ['net.ipv6.conf.eth0.hop_limit', 33, 64], 31, qr/^[46]:33\+31:/],
);
my @mtus = ([1400, 'generic tunnel or VPN'], [1492, 'DSL'], [1280, 'GIF'], [9000, 'jumbo Ethernet']);

sub check {
    my ($name, $genre, $distance, $link, $sig) = @_;
    for my $to (Netns::SERVER4, Netns::SERVER6) {
        my $got = $httpd->request(from => $client, to => $to);
        is($got->{log}{genre}, $genre, "$name to $to: genre");
        is($got->{log}{distance}, $distance, "$name to $to: distance");
        is($got->{log}{link}, $link, "$name to $to: link");
        like($got->{log}{sig}, ref $sig ? $sig : qr/\Q$sig\E/, "$name to $to: the signature shows it");
        is($got->{env}{pof_sig}, $got->{log}{sig}, "$name to $to: a CGI program is told the same");
    }
}

for (@changes) {
    my ($name, $key, $value, $back, $genre, $distance, $link, $sig) = @$_;
    $client->sysctl($key, $value) if $key;
    check($name, $genre, $distance, $link, $sig);
    $client->sysctl($key, $back) if $key;
}
for (@by_family) {
    my ($name, $v4, $v6, $distance, $sig) = @$_;
    $client->sysctl(@$_[0, 1]) for $v4, $v6;
    check($name, 'Linux', $distance, $ethernet, $sig);
    $client->sysctl(@$_[0, 2]) for $v4, $v6;
}
for (@mtus) {
    my ($mtu, $link) = @$_;
    $_->ip('link', 'set', 'eth0', 'mtu', $mtu) for $client, $server;
    my ($v4, $v6) = ($mtu - 40, $mtu - 60);
    check("MTU $mtu", 'Linux', 0, $link, qr/:0:(?:$v4|$v6):/);
    is($httpd->request(from => $client)->{log}{mtu}, $mtu, "MTU $mtu: shown as such");
}

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
