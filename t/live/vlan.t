# SPDX-License-Identifier: Apache-2.0
#
# Clients in VLAN and QinQ frames, with the capture as the only source.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Frame;
use Httpd;
use Synmask;

my $why = Synmask::missing() || Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my $wire = Synmask->new;
my $config = "P0fEngine On\nP0fExport all\nP0fSavedSyn Off\nP0fWait 100ms\n";
my %tags = ('no tag' => '', 'a VLAN tag' => ' tag=8100:0000', 'two VLAN tags' => ' tag=8100:0000 tag=8100:0000',
            'QinQ' => ' tag=88a8:0000 tag=8100:0000');

for my $interface ('any', 'tap0') {
    my $httpd = Httpd->new(netns => $wire->server, config => $config . "P0fInterface $interface\n");
    ok($httpd->start, "on $interface: the server starts") or diag $httpd->console;
    for my $tag (sort keys %tags) {
        for my $to (Netns::SERVER4, Netns::SERVER6) {
            $wire->mask(Synmask::system('Windows 10') . $tags{$tag});
            my $got = $httpd->request(from => $wire->client, to => $to);
            is($got->{status}, 200, "on $interface, $tag, to $to: served");
            is($got->{log}{genre}, 'Windows', "on $interface, $tag, to $to: genre");
            is($got->{log}{source}, 'capture', "on $interface, $tag, to $to: from the capture");
        }
    }

    # A SYN in a VLAN that leads nowhere here is still history of its sender.
    if ($interface eq 'tap0') {
        $wire->mask(Synmask::system('Windows 10'));
        for (['a VLAN', '192.0.2.31', [0x8100, 5]], ['QinQ', '192.0.2.32', [0x88a8, 100], [0x8100, 5]]) {
            my ($name, $address, @tags) = @$_;
            $wire->client->address('tap0', "$address/24");
            Frame::send_through($wire->client, 'tap0', Frame::build(
                src => $address, dst => Netns::SERVER4, dport => $httpd->port, sport => 40001,
                options => 'M1460,N,W8,N,N,S', ttl => 128, tags => \@tags));
            is($httpd->settled(from => $wire->client, interface => $address)->{total_conn}, 2, "$name: a SYN with VLAN ID 5 counted before the conversation");
        }
    }
    is($httpd->faults, '', "on $interface: no crash, same parent");
    ok($httpd->stop, "on $interface: the server stops");
}
$wire->stop;
done_testing;
