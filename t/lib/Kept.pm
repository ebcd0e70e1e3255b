# SPDX-License-Identifier: Apache-2.0
#
# A connection that stays open while a test does something else, with a request on it when the test asks.
#
#     my $kept = Kept->new($httpd, from => $client);       # connected, nothing said yet
#     my $first = $kept->request;                          # its access log line, as Httpd's
#     ...
#     is($kept->request->{source}, $first->{source});
package Kept;

use strict;
use warnings;
use Carp;
use IPC::Open2;
use Time::HiRes qw(sleep);
use Netns;

my $number = 0;

# The client: a request for each line that it reads, and a line when it is answered.
my $program = <<'EOP';
use IO::Socket::IP;
my ($to, $port) = @ARGV;
my $socket = IO::Socket::IP->new(PeerHost => $to, PeerPort => $port, Timeout => 10) or die "connect: $@";
$| = 1;
print $socket->sockport, "\n";
while (defined(my $path = <STDIN>)) {
    chomp $path;
    if ($path eq '') { print $socket "\r\n"; next }
    print $socket "GET $path HTTP/1.1\r\nHost: localhost\r\n\r\n";
    my ($length, $body);
    while (defined(my $line = <$socket>)) { $length = $1 if $line =~ /^Content-Length: (\d+)/i; last if $line eq "\r\n" }
    defined $length or die "no answer";
    read $socket, $body, $length;
    print "answered\n";
}
EOP

# from: a Netns.
sub new {
    my ($class, $httpd, %o) = @_;
    my $self = bless { httpd => $httpd }, $class;
    $self->{pid} = open2($self->{answers}, $self->{asks},
                         $o{from}->command($^X, '-e', $program, Netns::SERVER4, $httpd->port));
    defined(my $port = readline $self->{answers}) or croak 'no connection';
    $self->{port} = $port + 0;
    return $self;
}

# The client's.
sub port { $_[0]{port} }

# Says an empty line, which httpd skips: where it waits for data before it accepts, it does now.
sub be_accepted { my ($self) = @_; print { $self->{asks} } "\n" }

# One request: its line in the access log.
sub request {
    my ($self) = @_;
    my $tag = 'kept=' . ++$number . ".$$";
    print { $self->{asks} } "/index.html?$tag\n";
    readline($self->{answers}) or croak 'no answer';
    return $self->{httpd}->_wait(sub { $self->{httpd}->logged(qr/\Q$tag\E$/) }, 5) || {};
}

# Requests, for some seconds, until one has $value for a variable; the last one's line.
sub request_until {
    my ($self, $variable, $value) = @_;
    my $line;
    $self->{httpd}->_wait(sub { sleep 0.05; $line = $self->request; $line->{$variable} eq $value }, 4);
    return $line;
}

sub DESTROY {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    local $?;
    close $self->{asks};
    waitpid $pid, 0;
}

1;
