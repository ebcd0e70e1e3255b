# SPDX-License-Identifier: Apache-2.0
#
# The time that the module's hooks take on a new connection and on one that is kept alive, waits included, by
# the module of t/bench/measure around it; printed, and the medians are bounded. In detail: t/bench/first hooks.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp;
use Test::More;
use Bench;
use Httpd;

my $apxs = $ENV{APXS} || 'apxs';
my $why = Httpd::missing(netns => 1) || (system("$apxs -q progname >/dev/null 2>&1") ? 'no apxs to build the measuring module' : undef);
plan skip_all => $why if $why;

use constant { NEW => 300, KEPT => 300 };

# The goals are 10 us for a new connection and 2 us for a request on one that is kept alive; a busy machine gets
# ten times that.
my %most = (new => 100, kept => 20);

my $temp = File::Temp->newdir('p0ft-measure-XXXXXX', TMPDIR => 1);
my $measure = build_module($temp, 'mod_measure');
my ($client, $server) = Netns->pair;

# Connections with one request each, and then one with a request more than are counted as kept alive: how many
# were answered.
my $requests = <<'EOF';
use IO::Socket::IP;
my ($to, $new, $kept) = @ARGV;
my $answered = 0;
for my $count ((1) x ($new - 1), $kept + 1) {
    my $s = IO::Socket::IP->new(PeerHost => $to, PeerPort => 8080, Timeout => 10) or die $@;
    for my $left (reverse 0 .. $count - 1) {
        print $s "GET /index.html HTTP/1.1\r\nHost: localhost\r\n", $left ? '' : "Connection: close\r\n", "\r\n";
        $s->flush;
        my $length = 0;
        while (<$s>) {
            $answered++ if m{^HTTP/1.1 200 };
            $length = $1 if /^Content-Length: (\d+)/i;
            last if $_ eq "\r\n";
        }
        read $s, my $body, $length;
    }
}
print $answered;
EOF

my %sources = ('the saved SYN alone' => "P0fCapture Off\n", 'both sources' => '');
for my $name (sort keys %sources) {
    my $httpd = Httpd->new(netns => $server, config => <<"EOC");
LoadModule measure_module $measure
P0fEngine On
P0fExport std
$sources{$name}
MaxKeepAliveRequests 0
KeepAliveTimeout 20
LogFormat "%{measured_conn}e\\t%{measured_request}e" hooks
CustomLog logs/hooks hooks
EOC
    ok($httpd->start, "$name: the server starts") or diag $httpd->console;
    like($httpd->error_log, qr/measuring [3-9] functions/, "$name: the hooks are measured");
    is($client->output($^X, '-e', $requests, Netns::SERVER4, NEW, KEPT), NEW + KEPT, "$name: all requests are answered");
    $httpd->_wait(sub { $httpd->read('logs/hooks') =~ tr/\n// >= NEW + KEPT });
    my %us = (new => [], kept => []);
    for ($httpd->read('logs/hooks') =~ /^([\d-]+\t\d+)\n/mg) {
        my ($connection, $request) = split /\t/;
        push @{ $us{ $connection eq '-' ? 'kept' : 'new' } }, ($request + ($connection eq '-' ? 0 : $connection)) / 1000;
    }
    is(scalar @{ $us{new} }, NEW, "$name: as many new connections were measured as were made");
    is(scalar @{ $us{kept} }, KEPT, "$name: ... and as many requests on one that is kept alive");
    my @all = $httpd->all_logged(qr/index/);
    is(scalar(grep { $_->{genre} eq 'Linux' } @all), NEW + KEPT, "$name: all were told who the client is");
    my %median = map { $_ => median(@{ $us{$_} }) } keys %us;
    diag sprintf '%s: %.1f us on a new connection, %.1f us on one that is kept alive', $name, @median{qw(new kept)};
    cmp_ok($median{$_}, '>', 0, "$name, $_: something was measured") for sort keys %median;
    SKIP: {
        skip 'sanitizers are slow', 2 if Httpd::sanitized();
        cmp_ok($median{new}, '<', $most{new}, "$name: the time on a new connection is bounded");
        cmp_ok($median{kept}, '<', $most{kept}, "$name: ... and that of a request on one that is kept alive");
    }
    is($httpd->faults, '', "$name: no crash, same parent");
    ok($httpd->stop, "$name: the server stops");
}
done_testing;
