# SPDX-License-Identifier: Apache-2.0
#
# Building and testing leaves the machine's own web server and PHP as they were: compares with what
# the build noted before the first test. Stands last in the suite's order.
use strict;
use warnings;
use FindBin;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $noted = ($ENV{P0F_BUILD} || "$root/build") . '/machine.before';
plan skip_all => 'nothing was noted before the tests (make -f Makefile.apxs check does)' if !-f $noted;

open my $file, '<', $noted or die "$noted: $!";
my @before = <$file>;
my @now = `$root/t/tools/machine`;
is($?, 0, 'the machine is looked at');
is_deeply(\@now, \@before, 'the machine\'s web server, PHP and services are as before the tests');

done_testing;
