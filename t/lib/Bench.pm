# SPDX-License-Identifier: Apache-2.0
#
# What the measuring programs of t/bench have in common.
package Bench;

use strict;
use warnings;
use Exporter qw(import);
use List::Util qw(first);

our @EXPORT = qw(median available slurp);

sub median { my @s = sort { $a <=> $b } @_; return @s % 2 ? $s[@s / 2] : ($s[@s / 2 - 1] + $s[@s / 2]) / 2 }

# A program's path; undef if it isn't installed.
sub available { my ($program) = @_; return first { -x } map { "$_/$program" } split(/:/, $ENV{PATH}), '/usr/sbin' }

# All of a file; nothing if it can't be read.
sub slurp { my ($path) = @_; open my $file, '<', $path or return ''; local $/; return scalar <$file> // '' }

1;
