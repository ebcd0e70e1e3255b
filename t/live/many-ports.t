# SPDX-License-Identifier: Apache-2.0
#
# Servers with very many Listen directives: the capture sees to each of their ports. Where the packet filter can't
# tell them all, nothing that comes to others is counted.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use IO::Socket::IP;
use Time::HiRes qw(time);
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $begun = time;
# A descriptor for each Listen, in each child too, and some more.
my $httpd = Httpd->new(netns => $server, wrap => ['sh', '-c', 'ulimit -n 8192 && exec "$@"', 'sh']);
mkdir $httpd->dir . '/obs', 0755;
my $config = "LogLevel p0f:info\nStartServers 1\nP0fEngine On\nP0fExport all\nP0fSavedSyn Off\nP0fWait 100ms\nP0fLog obs/log\n";

sub configure { return $httpd->configure($config . join '', map { "Listen $_\n" } @_) }

# How often the log tells of a SYN to PORT.
sub logged { my ($port) = @_; return scalar(() = $httpd->read('obs/log') =~ m{mod=syn\|cli=\S+?\|srv=\S+?/$port\|}g) }

sub source { my ($port) = @_; return $httpd->request(from => $client, port => $port)->{log}{source} }

# A SYN to a port where nobody listens.
sub knock {
    my ($port) = @_;
    return $client->run('perl', '-MIO::Socket::IP', '-e', "exit !IO::Socket::IP->new(PeerHost => '@{[ Netns::SERVER4 ]}', PeerPort => $port)");
}

my $exact = qr/too many for an exact packet filter/;

my @apart = map { 10_000 + 37 * $_ } 0 .. 599;
configure(@apart);
ok($httpd->start, '600 ports apart: the server starts') or diag $httpd->console;
is(source($_), 'capture', "600 ports apart: a client of port $_") for 8080, @apart[0, 1, 300, 598, 599];
knock($_) for $apart[0] + 1, $apart[599] + 37;
my @handles = $httpd->packet_sockets($httpd->pid);
is($httpd->counters->{drop_not_syn} || 0, 0, '600 ports apart: the kernel keeps others away');
is_deeply([$httpd->packet_sockets($httpd->pid)], \@handles, '600 ports apart: a restart keeps the capture handle');

my @others = map { 30_000 + 41 * $_ } 0 .. 499;
my $text = $config;
$config .= "P0fPorts @others\n";
configure(20_000 .. 20_999);
$config = $text;
ok($httpd->graceful, '1000 ports in line: the server restarts') or diag $httpd->console;
is(source($_), 'capture', "1000 ports in line: a client of port $_") for 8080, 20_000, 20_001, 20_500, 20_999;
knock($_) for @others[0, 499], 50_460, 19_999, 21_000;
ok($httpd->_wait(sub { logged($others[499]) }, 5), '500 P0fPorts: a SYN to one of them');
is_deeply([map { logged($_) } $others[0], 50_460, 19_999, 21_000], [1, 0, 0, 0], '500 P0fPorts: ... and to no others');

unlike($httpd->error_log, $exact, 'the filter is exact so far');
my $before = $httpd->request(from => $client)->{log}{total_conn};
my @many = map { 10_000 + 13 * $_ } 0 .. 1199;
configure(@many);
ok($httpd->graceful, '1200 ports apart: the server restarts') or diag $httpd->console;
like($httpd->error_log, $exact, '1200 ports apart: are more than the filter can tell');
is(source($_), 'capture', "1200 ports apart: a client of port $_") for 8080, @many[0, 1, 600, 1199];
knock($_) for $many[0] + 1, $many[600] - 1, 9_999;
is($httpd->request(from => $client)->{log}{total_conn}, $before + 6, '1200 ports apart: SYNs to others count for nobody');
is(logged($_), 0, "1200 ports apart: ... and aren't logged, as to port $_") for $many[0] + 1, $many[600] - 1, 9_999;
cmp_ok(logged($_), '>', 0, "1200 ports apart: those to port $_ are") for @many[0, 600];
is($httpd->counters->{drop_not_syn}, 2, '1200 ports apart: the filter lets pass what lies between, and no more');

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
note sprintf '%.1f s', time - $begun;
done_testing;
