# SPDX-License-Identifier: Apache-2.0
#
# Graceful restarts in a row, under load, of a server with 4,000 virtual hosts, whose configuration
# takes long to read: with both sources on no connection goes without its own answer.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;
use Load;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

use constant { HOSTS => 4000, RESTARTS => 6 };

my ($client, $server) = Netns->pair;
my $hosts = join '', map { "<VirtualHost *:8080>\nServerName h$_.example\nP0fEngine On\n</VirtualHost>\n" } 1 .. HOSTS;

for (['event'], ['event', "ListenCoresBucketsRatio 1\n"], ['prefork']) {
    my ($mpm, $more) = (@$_, '');
    my $name = $more ? "$mpm with listener buckets" : $mpm;
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => "P0fEngine On\nP0fExport all\nP0fSavedSyn On\n$more$hosts");
    ok($httpd->start, "$name: the server starts") or diag $httpd->console;
    my $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load', processes => 12);
    my ($restarted, $seconds) = (0, 0);
    for (1 .. RESTARTS) {
        my $begun = time;
        $restarted++ if $httpd->graceful;
        $seconds += time - $begun;
        sleep 0.1;
    }
    note sprintf '%s: %.0f ms a restart', $name, $seconds * 1000 / RESTARTS;
    is($restarted, RESTARTS, "$name: restarts gracefully");
    my $result = $load->stop;
    # A restart closes the duplicates of a listener, with the connections that wait in their queues. (Sanitizers'
    # allocators are not made for a fork beside a second thread: such a child may wait in it for ever.)
    my @failed = grep { !(Httpd::sanitized() && /no answer/) } @{ $result->{failed} };
    is_deeply(\@failed, [], "$name: no request of $result->{requests} failed") if !$more;
    my @lines = $httpd->all_logged(qr/load/);
    cmp_ok(scalar @lines, '>', 20, "$name: there was load");
    my %by;
    $by{ $_->{source} || 'nobody' }++ for @lines;
    note "$name: ", join ', ', map { "$_ $by{$_}" } sort keys %by;
    is_deeply([grep { $_->{genre} ne 'Linux' || $_->{source} !~ /^(?:capture|saved_syn)$/ } @lines], [], "$name: every connection has its own answer");
    is($httpd->faults, '', "$name: no crash, same parent");
    ok($httpd->stop, "$name: the server stops");
}
done_testing;
