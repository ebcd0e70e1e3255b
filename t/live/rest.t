# SPDX-License-Identifier: Apache-2.0
#
# How often the sniffer of a server that is asked all the time turns: seldom where the kernel's saved
# SYNs answer and the capture's buffer holds what comes meanwhile.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;
use Load;

my $why = Httpd::missing() || ($> ? 'not root' : undef);
plan skip_all => $why if $why;

# Turns a second, by the switches of its thread while there is load. A busy machine makes them fewer, not more.
sub turns {
    my ($config) = @_;
    my $httpd = Httpd->new(config => "P0fEngine On\n$config");
    $httpd->start or die $httpd->console;
    my $load = Load->start(undef, host => '127.0.0.1', port => $httpd->port, path => '/index.html');
    my ($sniffer) = Httpd::threads('p0f', $httpd->pid);
    my ($begun, $before) = (time, switches($sniffer));
    sleep 1.5;
    my $rate = (switches($sniffer) - $before) / (time - $begun);
    my $result = $load->stop;
    is_deeply($result->{failed}, [], "$result->{requests} requests are answered");
    is($httpd->faults, '', 'no crash');
    return $rate;
}

sub switches {
    my ($task) = @_;
    my ($count) = Httpd::_slurp("$task/status") =~ /^voluntary_ctxt_switches:\s+(\d+)/m or die "no $task";
    return $count;
}

my ($usual, $small, $alone) = map { turns($_) } '', "P0fCaptureBuffer 1M\n", "P0fCapture Off\n";
note sprintf 'turns a second: %.0f, with a small buffer %.0f, without a capture %.0f', $usual, $small, $alone;
cmp_ok($usual, '<', 45, 'it rests 36 ms');
cmp_ok($small, '>', 1.5 * $usual, 'with a small buffer it looks more often');
cmp_ok($alone, '<', 40, 'without a capture it rests 40 ms');

done_testing;
