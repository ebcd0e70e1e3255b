#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The golden set: packets of known systems, each with its source, against p0f.fp. A system may
# stay unknown, which is counted, but none may be named wrongly; every label is reached.
# Answers (SYN+ACK) are judged as soon as the tool logs any.
use strict;
use warnings;
use Test::More;
use File::Compare qw(compare);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/golden";
use Golden qw(systems capture_of linux_rows observations family_of);

my $top = "$FindBin::Bin/..";
my $golden = "$FindBin::Bin/golden";
my $tool = $ENV{P0F_TOOL} || "$top/build/tools/p0f";
my $fp = "$top/p0f.fp";
my $dir = tempdir(CLEANUP => 1);
my (%reached, $unknown);

# ---- systems.tsv -----------------------------------------------------------------------

my @systems = systems("$golden/systems.tsv");
capture_of("$dir/systems.pcap", @systems);
is(compare("$dir/systems.pcap", "$golden/systems.pcap"), 0,
    'systems.pcap holds the packets that systems.tsv lists (t/golden/build)');

my @seen = observations($tool, $fp, "$golden/systems.pcap", "$dir/systems.log");
my %seen = map { ("$_->{mod} " . address_of($_) => $_) } @seen;
my %judged = (syn => 1, 'syn+ack' => scalar grep { $_->{mod} eq 'syn+ack' } @seen);
note('the tool does not log SYN+ACKs') if !$judged{'syn+ack'};

for my $row (grep { $judged{ $_->{mod} } } @systems) {
    my $got = $seen{"$row->{mod} " . long_form($row->{address})};
    judge($row->{mod}, $row->{label}, $got, "$row->{system} ($row->{source})");
    is(family_of($row->{label}), $row->{family}, "... of the family $row->{family}");
}

# ---- linux.tsv: packets captured from a kernel -------------------------------------------

my %by_port;
for my $capture ('linux.veth', 'linux.lo') {
    for (observations($tool, $fp, "$golden/$capture.pcap", "$dir/$capture.log")) {
        $by_port{"$_->{mod} " . $_->{srv} =~ s{.*/}{}r} //= $_;
    }
}
my @settings = linux_rows("$golden/linux.tsv");
for my $row (grep { $judged{ $_->{mod} } } @settings) {
    my $got = $by_port{"$row->{mod} $row->{port}"};
    judge($row->{mod}, $row->{label}, $got, "Linux, $row->{setting}: $row->{mod}");
    is(($got->{raw_sig} // '') =~ s/^(\d:\d+)\+[\d?]+:/$1:/r, $row->{sig}, '... its signature');
}

# ---- the whole ---------------------------------------------------------------------------

is($unknown // 0, 0, 'nothing in the set stays unknown');
my %systems = map { $_->{system} => 1 } grep { $_->{mod} eq 'syn' } @systems;
cmp_ok(scalar(grep { $_->{mod} eq 'syn' } @systems, @settings), '>=', 150, 'at least 150 SYNs');
cmp_ok(keys %systems, '>=', 40, 'of at least 40 systems');
for (grep { $judged{ $_->[0] } } labels_of($fp)) {
    my ($mod, $label) = @$_;
    ok($reached{$mod}{$label}, "$mod label '$label' has a case that reaches it");
}
done_testing;

# One observation GOT against the label expected of it.
sub judge {
    my ($mod, $label, $got, $what) = @_;
    my $named = $got ? $got->{label} : 'no observation';
    $reached{$mod}{$named} = 1;
    if ($named eq '???') {
        $unknown++;
        diag("unknown: $what: $got->{raw_sig}");
        return;
    }
    is($named, $label, $what) or diag($got ? $got->{raw_sig} : 'not in the log');
}

# The address of the host that an observation is about.
sub address_of {
    my ($observation) = @_;
    return $observation->{ $observation->{subj} } =~ s{/\d+$}{}r;
}

# An IPv6 address as the log writes it.
sub long_form {
    my ($address) = @_;
    my ($head, $tail) = split /::/, $address;
    return defined $tail ? "$head:0:0:0:0:0:0:$tail" : $address;
}

# The labels of SYN and SYN+ACK signatures in FILE: [mod, name and flavor].
sub labels_of {
    my ($file) = @_;
    my ($mod, @labels);
    open my $in, '<', $file or die "$file: $!\n";
    while (<$in>) {
        $mod = { 'tcp:request' => 'syn', 'tcp:response' => 'syn+ack' }->{$1} if /^\[(.*)\]/;
        push @labels, [$mod, $2 eq '' ? $1 : "$1 $2"] if $mod && /^label = [sg]:[^:]*:([^:]*):(.*)/;
    }
    return @labels;
}
