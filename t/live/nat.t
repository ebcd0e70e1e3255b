# SPDX-License-Identifier: Apache-2.0
#
# Machines of several systems behind one address, with parallel keep-alive connections: each
# connection has its own machine's answer, first request and last, whichever source gives it; what
# the address's history says stands beside it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;
use Kept;
use Nat;

my $why = Httpd::missing(netns => 1) || Nat::missing();
plan skip_all => $why if $why;

use constant { CONNECTIONS => 12, REQUESTS => 3 };

my $nat = Nat->new('Linux', 'Windows 10', 'macOS', 'FreeBSD');

# Opens all connections, then asks on each in turn, round after round; reads each answer.
my $program = <<'EOP';
use strict; use warnings; use IO::Socket::IP;
my ($to, $machine, $connections, $requests) = @ARGV;
my @sockets = map { IO::Socket::IP->new(PeerHost => $to, PeerPort => 8080, Timeout => 10) or die "connect: $@" } 1 .. $connections;
for my $round (1 .. $requests) {
    for my $n (0 .. $#sockets) {
        my $socket = $sockets[$n];
        print $socket "GET /index.html?machine=$machine&connection=$n&round=$round HTTP/1.1\r\nHost: localhost\r\n\r\n";
        my ($length, $body) = (0);
        while (defined(my $line = <$socket>)) { $length = $1 if $line =~ /^Content-Length: (\d+)/; last if $line =~ /^\r?$/ }
        read $socket, $body, $length;
    }
}
EOP

for my $sources ('P0fSavedSyn Off', 'P0fCapture Off', 'P0fSavedSyn On') {
    my $httpd = Httpd->new(netns => $nat->server, config => "P0fEngine On\nP0fExport all\nP0fWait 100ms\nKeepAliveTimeout 10\n$sources\n");
    ok($httpd->start, "$sources: the server starts") or diag $httpd->console;
    my @clients;
    for my $machine ($nat->machines) {
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            exec $machine->{netns}->command($^X, '-e', $program, Netns::SERVER4, $machine->{genre}, CONNECTIONS, REQUESTS);
            die;
        }
        push @clients, $pid;
    }
    waitpid $_, 0 for @clients;
    my $expected = $nat->machines * CONNECTIONS * REQUESTS;
    my @lines;
    $httpd->_wait(sub { (@lines = $httpd->all_logged(qr/machine=/)) == $expected }, 5);
    is(scalar @lines, $expected, "$sources: all requests are served");
    my %addresses = map { $_->{address} => 1 } @lines;
    is_deeply([keys %addresses], [Netns::CLIENT4], "$sources: they come from one address");
    my (@wrong, %sources);
    for (@lines) {
        my ($genre) = $_->{path} =~ /machine=(.*?)&/;
        $sources{ $_->{source} }++;
        push @wrong, "$_->{path}: $_->{genre} by $_->{source}" if $_->{genre} ne $genre || $_->{source} eq 'host';
    }
    is_deeply(\@wrong, [], "$sources: each has the answer of its own machine");
    note join ' ', map { "$_ $sources{$_}" } sort keys %sources;
    # Each machine in turn opens a connection, and those of all before it ask again: beside their own answer the
    # address is the last one's.
    my @kept;
    for my $machine ($nat->machines) {
        push @kept, [$machine->{genre}, Kept->new($httpd, from => $machine->{netns})];
        $kept[-1][1]->request_until(host_genre => $machine->{genre});
        my @said = map { my $line = $$_[1]->request; "$line->{genre} $line->{host_genre}" } @kept;
        is_deeply(\@said, [map { "$$_[0] $machine->{genre}" } @kept], "$sources: after $machine->{genre} that is the address, and each its own");
    }
    is($httpd->faults, '', "$sources: no crash, same parent");
    ok($httpd->stop, "$sources: the server stops");
}
done_testing;
