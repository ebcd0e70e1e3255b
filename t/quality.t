#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# How well p0f.fp names what it was not written from: thousands of SYNs made by the rules of the
# stacks (t/golden/Variants.pm). Of those drawn, the family must be right for 95 of 100, unknown 2
# at most; of those in which one field took each value it can have, for all.
#
# VARIANTS_SEED and VARIANTS draw others; VARIANTS_SHOW=1 lists what went wrong.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/golden";
use Golden qw(capture_of observations family_of);
use Variants qw(variants perturbed);

my $top = "$FindBin::Bin/..";
my $tool = $ENV{P0F_TOOL} || "$top/build/tools/p0f";
my $dir = tempdir(CLEANUP => 1);

# Name and family of the tool's answer to each of ROWS, put into them.
sub name_all {
    my ($name, @rows) = @_;
    my $n = 0;
    for my $row (@rows) {
        my $version = substr $row->{packet}, 0, 1;
        $n++;
        @$row{qw(mod version address)} = ('syn', $version,
            $version == 6 ? sprintf('fd00:0:0:0:0:0:0:%x', $n) : sprintf('10.%d.%d.%d', $n >> 16, $n >> 8 & 255, $n & 255));
    }
    capture_of("$dir/$name.pcap", @rows);
    my %label = map { ($_->{cli} =~ s{/\d+$}{}r => $_->{label}) }
        grep { $_->{mod} eq 'syn' } observations("$tool -m 1000,100000", "$top/p0f.fp", "$dir/$name.pcap", "$dir/log");
    $_->{label} = $label{ $_->{address} } // 'no observation' for @rows;
    return @rows;
}

# ---- drawn ---------------------------------------------------------------------------------

my (%all, %right, %unknown, %shown);
for my $row (name_all('variants', variants($ENV{VARIANTS_SEED} || 20261121, $ENV{VARIANTS} || 6000))) {
    my $label = $row->{label};
    $all{$_}++ for $row->{family}, 'all';
    if ($label eq '???') {
        $unknown{$_}++ for $row->{family}, 'all';
    }
    elsif (family_of($label) eq $row->{family}) {
        $right{$_}++ for $row->{family}, 'all';
        next;
    }
    $shown{"$label <- $row->{system}: " . ($row->{packet} =~ s/^(\d):\d+:0:\d+/$1/r)}++;
}
for my $family ('all', 'Windows', 'Apple', 'Linux') {
    my ($right, $unknown) = map { 100 * ($_->{$family} || 0) / $all{$family} } \%right, \%unknown;
    cmp_ok($right, '>=', 95, sprintf '%s: the family is right for %.2f %% of %d', $family, $right, $all{$family});
    cmp_ok($unknown, '<=', 2, sprintf '%s: %.2f %% stay unknown', $family, $unknown);
}
if ($ENV{VARIANTS_SHOW}) {
    diag("$shown{$_}x $_") for sort { $shown{$b} <=> $shown{$a} || $a cmp $b } keys %shown;
}

# ---- one field at a time -------------------------------------------------------------------

my @rows = name_all('perturbed', perturbed());
my %stacks = map { ($_->{stack} => 1) } @rows;
my @wrong = grep { family_of($_->{label}) ne $_->{family} } @rows;
is(scalar @wrong, 0, sprintf '%d SYNs of %d stacks, one field changed in each, keep their family', scalar @rows, scalar keys %stacks);
list(@wrong);

# ECN, Accurate ECN (whose third bit is the old NS bit) and ECN bits that routers set change no label.
my %plain = map { ($_->{stack} => $_->{label}) } grep { $_->{what} eq 'nothing' } @rows;
my @ecn = grep { $_->{what} =~ /^(?:ECN|Accurate ECN|ECT)/ } @rows;
is(scalar @ecn, 3 * keys %stacks, 'each stack asks for ECN in three ways');
@wrong = grep { $_->{label} ne $plain{ $_->{stack} } } @ecn;
is(scalar @wrong, 0, '... and keeps its label');
list(@wrong);
done_testing;

sub list {
    my (@list) = @_;
    my $most = $ENV{VARIANTS_SHOW} ? @list : 40;
    diag("$_->{label} <- $_->{stack}: $_->{what}: $_->{packet}") for @list[0 .. ($#list < $most ? $#list : $most - 1)];
}
