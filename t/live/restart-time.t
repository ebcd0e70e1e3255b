# SPDX-License-Identifier: Apache-2.0
#
# What the module adds to a graceful restart and to a stop, for each MPM; printed, and bounded. Alone on the
# machine, as far as that goes. P0F_LONG=1: more often.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\n";

# What the parent's main thread has used of a processor, milliseconds.
sub used { my ($httpd) = @_; return (split ' ', Httpd::_slurp('/proc/' . $httpd->pid . '/schedstat') || 0)[0] / 1e6 }

sub median { my @sorted = sort { $a <=> $b } @_; return $sorted[@sorted / 2] }

# Turn by turn, so that both meet the same machine; without mod_cgid, for whose daemon httpd waits 47 ms
# or not at all, as it happens.
my ($rounds, $stops) = $ENV{P0F_LONG} ? (41, 11) : (9, 3);
for my $mpm (Httpd::mpms()) {
    my %httpd = (with => Httpd->new(netns => $server, mpm => $mpm, cgi => 0, config => $config));
    my $other = Netns->new('other');
    $httpd{without} = Httpd->new(netns => $other, mpm => $mpm, cgi => 0, p0f => 0);
    my (%took, %stop, %used);
    $httpd{$_}->start for sort keys %httpd;
    for (1 .. $rounds) {
        for my $which (sort keys %httpd) {
            my $before = used($httpd{$which});
            push @{ $took{$which} }, 1000 * ($httpd{$which}->graceful || 99);
            sleep 0.05;
            push @{ $used{$which} }, used($httpd{$which}) - $before;
        }
    }
    is($httpd{$_}->faults, '', "$mpm, $_ the module: no crash, same parent") for sort keys %httpd;
    for (1 .. $stops) {
        for my $which (sort keys %httpd) {
            my $begun = time;
            $httpd{$which}->stop;
            push @{ $stop{$which} }, 1000 * (time - $begun);
            $httpd{$which}->start if $_ < $stops;
        }
    }
    is($httpd{$_}->faults, '', "$mpm, $_ the module: no crash at a stop") for sort keys %httpd;
    my $adds = median(@{ $took{with} }) - median(@{ $took{without} });
    my $to_stop = median(@{ $stop{with} }) - median(@{ $stop{without} });
    diag sprintf '%s: a graceful restart takes %.0f ms, %.0f ms more than without the module; of a processor %.1f ms, %.1f ms more;'
        . ' a stop %.0f ms, %.0f ms more', $mpm, median(@{ $took{with} }), $adds, median(@{ $used{with} }),
        median(@{ $used{with} }) - median(@{ $used{without} }), median(@{ $stop{with} }), $to_stop;
    SKIP: {
        skip 'sanitizers are slow', 2 if Httpd::sanitized();
        # the goals are 50 and 100 ms; a busy machine gets ten times that
        cmp_ok($adds, '<', 500, "$mpm: what the module adds to a restart is bounded");
        cmp_ok($to_stop, '<', 1000, "$mpm: ... and to a stop");
    }
}
done_testing;
