# SPDX-License-Identifier: Apache-2.0
#
# Steady requests from several processes while a test does something to the server: each request
# on a connection of its own, bounded in number and time.
#
#     my $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load');
#     ...
#     my $result = $load->stop;      # {requests => 812, failed => ['connect: Connection refused', ...]}
package Load;

use strict;
use warnings;
use Carp;
use File::Basename qw(dirname);
use IO::Select;
use IO::Socket::IP;
use JSON::PP;
use Time::HiRes qw(sleep time);

use constant { PROCESSES => 4, PAUSE => 0.004, SECONDS => $ENV{P0F_LONG} ? 120 : 30, MOST => $ENV{P0F_LONG} ? 50000 : 5000 };

my $lib = dirname(__FILE__);

# $ns: Netns the requests come from, undef: the current one.
sub start {
    my ($class, $ns, %o) = @_;
    my @command = ($^X, "-I$lib", '-MLoad', '-e', 'Load::run(@ARGV)', @o{qw(host port path)});
    my $self = bless { clients => [] }, $class;
    for (1 .. $o{processes} || PROCESSES) {
        my $pid = open my $out, '-|', $ns ? $ns->command(@command) : @command or croak "cannot start: $!";
        push @{ $self->{clients} }, { pid => $pid, out => $out };
    }
    readline $_->{out} for @{ $self->{clients} }; # the first request is answered
    return $self;
}

sub stop {
    my ($self) = @_;
    my %all = (requests => 0, failed => []);
    my @clients = splice @{ $self->{clients} };
    kill TERM => $_->{pid} for @clients;
    for (@clients) {
        my $said = readline $_->{out};
        close $_->{out};
        my $one = $said ? decode_json($said) : { requests => 0, failed => ['the client died'] };
        $all{requests} += $one->{requests};
        push @{ $all{failed} }, @{ $one->{failed} };
    }
    return \%all;
}

sub DESTROY {
    my ($self) = @_;
    local $?;
    $self->stop if @{ $self->{clients} };
}

# The client process: requests until SIGTERM or a bound, then its result as a line of JSON.
sub run {
    my ($host, $port, $path) = @_;
    my ($ended, $requests, @failed) = (0, 0);
    my $last = time + SECONDS;
    local $SIG{TERM} = sub { $ended = 1 };
    local $SIG{PIPE} = 'IGNORE';
    $| = 1;
    until ($ended || time > $last || $requests >= MOST) {
        my $why = _request($host, $port, $path);
        push @failed, $why if $why && @failed < 50 && !($ended && $why =~ /Interrupted/);
        print "started\n" if !$requests++;
        sleep PAUSE;
    }
    print encode_json({ requests => $requests, failed => \@failed }), "\n";
}

# One request; '' or what went wrong.
sub _request {
    my ($host, $port, $path) = @_;
    my $socket = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Timeout => 5)
        or return "connect: $@";
    print $socket "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    my $text = '';
    my $select = IO::Select->new($socket);
    my $end = time + 10;
    while (1) {
        if (!$select->can_read($end - time)) {
            return 'no answer in 10 seconds, from port ' . $socket->sockport if time >= $end;
            next;
        }
        last if !sysread $socket, $text, 65536, length $text;
    }
    return $text =~ m{\AHTTP/1\.1 200 } ? '' : 'answer: ' . ($text =~ /\A(.*)/ ? $1 : '') . ($! ? " ($!)" : '');
}

1;
