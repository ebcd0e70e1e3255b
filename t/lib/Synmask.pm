# SPDX-License-Identifier: Apache-2.0
#
# Two network namespaces joined by the relay t/tools/synmask: clients look like other systems.
#
#     my $wire = Synmask->new;                       # $wire->client, $wire->server: Netns
#     $wire->mask(Synmask::system('Windows 10'));    # or 'ttl=128 win=64240 opt=M1460,N,W8,N,N,S'
package Synmask;

use strict;
use warnings;
use Carp;
use File::Basename qw(dirname);
use IPC::Open2;
use Netns;

# SYNs of other systems; M* is replaced by 1460 or 1440, as the address family has it.
my %systems = (
    'Windows 10' => 'ttl=128 win=64240 df=1 id=+ opt=M*,N,W8,N,N,S',
    'Windows 7'  => 'ttl=128 win=8192 df=1 id=+ opt=M*,N,W8,N,N,S',
    'macOS'      => 'ttl=64 win=65535 df=1 id=0 ecn=1 opt=M*,N,W6,N,N,T,S,E,E',
    'iOS'        => 'ttl=64 win=65535 df=1 id=0 opt=M*,N,W7,N,N,T,S,E,E',
    'FreeBSD'    => 'ttl=64 win=65535 df=1 id=0 opt=M*,N,W6,S,T',
    'Android'    => 'ttl=64 win=65535 df=1 id=+ opt=M*,S,T,N,W8',
);

my $root = dirname(__FILE__) . '/../..';

sub program { return ($ENV{P0F_BUILD} || "$root/build") . '/t/tools/synmask' }

# Why the relay can't run here; undef if it can.
sub missing {
    return Netns::missing() || (-e '/dev/net/tun' ? undef : 'no /dev/net/tun');
}

sub systems { return sort keys %systems }

sub system {
    my ($name) = @_;
    return $systems{$name} || croak "no SYN of $name";
}

sub new {
    my ($class) = @_;
    my $self = $class->between(Netns->new('client'), 'tap0', Netns->new('server'), 'tap0');
    $self->client->address('tap0', Netns::CLIENT4 . '/24', Netns::CLIENT6 . '/64');
    $self->server->address('tap0', Netns::SERVER4 . '/24', Netns::SERVER6 . '/64');
    return $self;
}

# Joins two namespaces that are there already by new interfaces of these names.
sub between {
    my ($class, $client, $client_tap, $server, $server_tap) = @_;
    my $self = bless { client => $client, server => $server }, $class;
    $client->tap($client_tap);
    $server->tap($server_tap);
    my $program = program();
    -x $program or croak "$program isn't built";
    $self->{pid} = open2($self->{from}, $self->{to}, $program,
                         $client->name, $client_tap, $server->name, $server_tap);
    my $line = readline $self->{from};
    defined $line && $line eq "ready\n" or croak 'synmask did not start';
    $self->mask('');
    return $self;
}

sub client { $_[0]{client} }
sub server { $_[0]{server} }

# From now on the client's SYNs look like this.
sub mask {
    my ($self, $mask) = @_;
    print { $self->{to} } "$mask\n";
    my $answer = readline $self->{from};
    defined $answer or croak 'synmask ended';
    $answer eq "ok\n" or croak "$mask: $answer";
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    local $?;
    close $self->{to};
    waitpid $pid, 0;
}

sub DESTROY { $_[0]->stop }

1;
