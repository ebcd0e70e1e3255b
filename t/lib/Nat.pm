# SPDX-License-Identifier: Apache-2.0
#
# Several systems behind one address: each a network namespace of its own whose SYNs look like that
# system's (t/tools/synmask), a router that masquerades them all (nftables), and the server beyond.
#
#     my $nat = Nat->new('Linux', 'Windows 10', 'macOS');
#     my $httpd = Httpd->new(netns => $nat->server, ...);
#     $_->{netns}->run('curl', ...) for $nat->machines;    # {name, genre, netns}
#     # the server sees all of them as Netns::CLIENT4
package Nat;

use strict;
use warnings;
use Carp;
use Netns;
use Synmask;

# What p0f.fp calls a system of Synmask.
my %genre = ('Windows 10' => 'Windows', 'Windows 7' => 'Windows', macOS => 'Apple');

# Why it can't run here; undef if it can.
sub missing {
    my $why = Synmask::missing();
    return $why if $why;
    return 'no nft command (package nftables)' if system('nft --version >/dev/null 2>&1') != 0;
    my $probe = Netns->new('probe');
    my $works = _masquerade($probe);
    $probe->remove;
    return $works ? undef : 'no masquerading here';
}

sub _masquerade {
    my ($router) = @_;
    my $rules = 'table ip nat { chain out { type nat hook postrouting priority 100; oifname "eth0" masquerade; }; }';
    return $router->run('sh', '-c', 'nft "$1" 2>/dev/null', 'sh', "add $rules") == 0;
}

# Linux: the kernel's own SYN; other names are Synmask's.
sub new {
    my ($class, @names) = @_;
    my $self = bless { router => Netns->new('router'), server => Netns->new('server'), machines => [] }, $class;
    my ($router, $server) = @$self{qw(router server)};
    $router->veth($server);
    $router->address('eth0', Netns::CLIENT4 . '/24');
    $server->address('eth0', Netns::SERVER4 . '/24');
    $router->sysctl('net.ipv4.ip_forward', 1);
    _masquerade($router) or croak 'no masquerading';
    for my $n (0 .. $#names) {
        my $machine = Netns->new('machine');
        my $wire = Synmask->between($machine, 'tap0', $router, "tap$n");
        $wire->mask($names[$n] eq 'Linux' ? '' : Synmask::system($names[$n]));
        $machine->address('tap0', "10.0.$n.1/24");
        $router->address("tap$n", "10.0.$n.254/24");
        $machine->ip('route', 'add', 'default', 'via', "10.0.$n.254");
        push @{ $self->{machines} },
            { name => $names[$n], genre => $genre{ $names[$n] } || $names[$n], netns => $machine, wire => $wire };
    }
    return $self;
}

sub machines { @{ $_[0]{machines} } }
sub server { $_[0]{server} }
sub router { $_[0]{router} }

sub remove {
    my ($self) = @_;
    $_->{wire}->stop for $self->machines;
    $_->remove for map({ $_->{netns} } $self->machines), @$self{qw(router server)};
}

1;
