# SPDX-License-Identifier: Apache-2.0
#
# Network namespaces for live tests: made with unique names, joined by veth pairs, removed at the
# end of the program also after die, SIGINT, SIGTERM or SIGHUP. What a killed test left behind is
# removed by the next one.
#
#     my ($client, $server) = Netns->pair;     # 192.0.2.1 and 192.0.2.2, 2001:db8::1 and 2001:db8::2
#     $client->sysctl('net.ipv4.tcp_timestamps', 0);
#     my $out = $client->output('curl', '-s', 'http://192.0.2.2/');
package Netns;

use strict;
use warnings;
use Carp;

use constant { CLIENT4 => '192.0.2.1', SERVER4 => '192.0.2.2',
               CLIENT6 => '2001:db8::1', SERVER6 => '2001:db8::2' };

my ($count, $swept, %made) = (0, 0);
my $owner = $$;

$SIG{$_} ||= sub { exit 1 } for qw(INT TERM HUP);

# Why namespaces can't be had here; undef if they can.
sub missing {
    return 'network namespaces need root' if $> != 0;
    return 'no ip command (package iproute2)' if system('ip -V >/dev/null 2>&1') != 0;
    my $name = "p0ft-$$-probe";
    return 'no network namespaces here' if system("ip netns add $name 2>/dev/null") != 0;
    system('ip', 'netns', 'del', $name);
    return;
}

sub _must {
    system(@_) == 0 or croak "failed: @_";
}

# Removes namespaces of tests that don't run any more.
sub _sweep {
    return if $swept++;
    for (glob '/run/netns/p0ft-*') {
        my ($name, $pid) = m{/(p0ft-(\d+)-\S+)} or next;
        system('ip', 'netns', 'del', $name) if !-d "/proc/$pid";
    }
}

# A namespace with loopback up. Kernel log, offsets and sysctls are the namespace's own.
sub new {
    my ($class, $label) = @_;
    _sweep();
    my $self = bless { name => "p0ft-$$-" . ($label || 'ns') . ++$count }, $class;
    _must('ip', 'netns', 'add', $self->{name});
    $made{ $self->{name} } = 1;
    $self->ip('link', 'set', 'lo', 'up');
    # no duplicate address detection: addresses work at once
    $self->sysctl("net.ipv6.conf.$_.accept_dad", 0) for qw(all default);
    return $self;
}

sub name { $_[0]{name} }

# A client and a server namespace joined by a veth pair; interfaces named eth0 on both sides.
sub pair {
    my ($class, %o) = @_;
    my ($client, $server) = ($class->new('client'), $class->new('server'));
    $client->veth($server, mtu => $o{mtu});
    $client->address('eth0', CLIENT4 . '/24', CLIENT6 . '/64');
    $server->address('eth0', SERVER4 . '/24', SERVER6 . '/64');
    return ($client, $server);
}

# Joins two namespaces by a veth pair; the interface has the same name on both sides.
sub veth {
    my ($self, $other, %o) = @_;
    my $if = $o{name} || 'eth0';
    _must('ip', 'link', 'add', $if, 'netns', $self->{name}, 'type', 'veth',
          'peer', 'name', $if, 'netns', $other->{name});
    for my $ns ($self, $other) {
        $ns->ip('link', 'set', $if, 'mtu', $o{mtu}) if $o{mtu};
        $ns->ip('link', 'set', $if, 'up');
    }
}

# A persistent TAP device for a relay to attach to.
sub tap {
    my ($self, $if) = @_;
    $self->ip('tuntap', 'add', 'dev', $if, 'mode', 'tap');
    $self->ip('link', 'set', $if, 'up');
}

sub address {
    my ($self, $if, @addresses) = @_;
    $self->ip('address', 'add', $_, 'dev', $if, /:/ ? 'nodad' : ()) for @addresses;
}

# An interface's address as 12 hex digits.
sub mac {
    my ($self, $if) = @_;
    return $self->output('cat', "/sys/class/net/$if/address") =~ s/[\s:]//gr;
}

# ip(8) within the namespace.
sub ip {
    my ($self, @args) = @_;
    _must('ip', '-n', $self->{name}, @args);
}

sub sysctl {
    my ($self, $key, $value) = @_;
    (my $path = $key) =~ tr{.}{/};
    _must($self->command('sh', '-c', 'printf "%s\n" "$1" > "$2"', 'sh', $value, "/proc/sys/$path"));
}

# The command line that runs @command within the namespace.
sub command {
    my ($self, @command) = @_;
    return ('ip', 'netns', 'exec', $self->{name}, @command);
}

sub run {
    my ($self, @command) = @_;
    return system($self->command(@command));
}

# Standard output of a command within the namespace, in list context as lines.
sub output {
    my ($self, @command) = @_;
    open my $out, '-|', $self->command(@command) or croak "cannot run @command: $!";
    my @lines = <$out>;
    close $out;
    return wantarray ? @lines : join '', @lines;
}

sub remove {
    my ($self) = @_;
    system('ip', 'netns', 'del', $self->{name}) if delete $made{ $self->{name} };
}

END {
    if ($$ == $owner && %made) {
        local $?;
        system('ip', 'netns', 'del', $_) for keys %made;
    }
}

1;
