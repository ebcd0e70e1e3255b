# SPDX-License-Identifier: Apache-2.0
#
# What the measuring programs of t/bench have in common.
package Bench;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use List::Util qw(first);

our @EXPORT = qw(median available slurp build_module);

my $bench = abs_path(dirname(__FILE__) . '/../bench');

sub median { my @s = sort { $a <=> $b } @_; return @s % 2 ? $s[@s / 2] : ($s[@s / 2 - 1] + $s[@s / 2]) / 2 }

# A program's path; undef if it isn't installed.
sub available { my ($program) = @_; return first { -x } map { "$_/$program" } split(/:/, $ENV{PATH}), '/usr/sbin' }

# All of a file; nothing if it can't be read.
sub slurp { my ($path) = @_; open my $file, '<', $path or return ''; local $/; return scalar <$file> // '' }

# Builds a module of t/bench/measure in the folder $dir: its file.
sub build_module {
    my ($dir, $name) = @_;
    my $apxs = $ENV{APXS} || 'apxs';
    system("cd '$dir' && cp '$bench/measure/$name.c' . && $apxs -c $name.c >$name.log 2>&1") == 0
        or die "$name isn't built\n", slurp("$dir/$name.log");
    return "$dir/.libs/$name.so";
}

1;
