# SPDX-License-Identifier: Apache-2.0
#
# A client over a veth pair and one on loopback, IPv4 and IPv6, at their very first request: access
# log and CGI show the system, link and distance.
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

my @clients = (
    ['veth, IPv4', { from => $client }, 'Ethernet or modem', 1500, '4:64+0:0:1460:'],
    ['veth, IPv6', { from => $client, to => Netns::SERVER6 }, 'Ethernet or modem', 1500, '6:64+0:0:1440:'],
    ['loopback, IPv4', {}, 'loopback', 65535, '4:64+0:0:65495:'],
    ['loopback, IPv6', { to => '::1' }, 'loopback', 65536, '6:64+0:0:65476:'],
    ['its own address, IPv4', { from => $server, to => Netns::SERVER4 }, 'loopback', 65535, '4:64+0:0:65495:'],
);
for (@clients) {
    my ($name, $how, $link, $mtu, $sig) = @$_;
    my $got = $httpd->request(%$how);
    is($got->{status}, 200, "$name: served");
    is($got->{log}{type}, 0, "$name: the type says found");
    is($got->{log}{err}, '', "$name: no error");
    is($got->{log}{genre}, 'Linux', "$name: genre in the access log");
    like($got->{log}{details}, $link eq 'loopback' ? qr/loopback/ : qr/^\d[\d.]* or newer|^6\.x/, "$name: details in the access log");
    is($got->{log}{link}, $link, "$name: link in the access log");
    is($got->{log}{distance}, 0, "$name: distance in the access log");
    is($got->{log}{mtu}, $mtu, "$name: MTU in the access log");
    like($got->{log}{sig}, qr/^\Q$sig\E/, "$name: signature in the access log");
    my %shown = map { $_ => $got->{env}{"pof_$_"} } qw(genre details link distance sig source);
    my %logged = map { $_ => $got->{log}{$_} } keys %shown;
    is_deeply(\%shown, \%logged, "$name: a CGI program is told the same");
    like($got->{log}{source}, qr/^(?:capture|saved_syn)$/, "$name: this connection's own answer");
    cmp_ok($got->{log}{age}, '<', 5000, "$name: the SYN's age in milliseconds");
}

my $first = $httpd->settled(from => $client);
my $second = $httpd->settled(from => $client);
is($second->{total_conn}, $first->{total_conn} + 1, 'each connection counts once');
is($second->{first_seen}, $first->{first_seen}, 'the first time seen stays');

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
