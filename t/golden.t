#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The golden set: packets of known systems and messages of known programs, each with its source,
# against p0f.fp. A system may stay unknown, which is counted, but none may be named wrongly; every
# label of every section is reached.
use strict;
use warnings;
use Test::More;
use File::Compare qw(compare);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/golden";
use Golden qw(systems kinds capture_of linux_rows links messages capture_of_messages observations family_of);

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
for my $row (@systems) {
    my $got = $seen{"$row->{mod} " . long_form($row->{address})};
    judge($row->{mod}, $row->{label}, $got, "$row->{system} ($row->{source})");
    is(family_of($row->{label}), $row->{family}, "... of the family $row->{family}");
}

# ---- linux.tsv: packets captured from a kernel -------------------------------------------

my %by_port;
for my $capture ('linux.veth', 'linux.lo') {
    for (observations($tool, $fp, "$golden/$capture.pcap", "$dir/$capture.log")) {
        $by_port{"$_->{mod} " . $_->{srv} =~ s{.*/}{}r} = $_;    # the last of a port
    }
}
my @settings = linux_rows("$golden/linux.tsv");
for my $row (@settings) {
    my $got = $by_port{"$row->{mod} $row->{port}"};
    judge($row->{mod}, $row->{label}, $got, "Linux, $row->{setting}: $row->{mod}");
    is(($got->{raw_sig} // '') =~ s/^(\d:\d+)\+[\d?]+:/$1:/r, $row->{sig}, '... its signature');
}

# ---- kinds.tsv: what was told apart stays told apart ----------------------------------------

my @kinds = kinds("$golden/kinds.tsv");
capture_of("$dir/kinds.pcap", @kinds);
my %answer = map { ("$_->{mod} " . address_of($_) => $_->{label}) } observations($tool, $fp, "$dir/kinds.pcap", "$dir/kinds.log");
my %kinds_of;
for my $row (@kinds) {
    my $label = $answer{"$row->{mod} $row->{address}"} // 'no observation';
    isnt($label, '???', "$row->{kind}: known") or diag $row->{packet};
    $kinds_of{ $row->{mod} }{$label}{ $row->{kind} } = $row->{packet};
}
for my $mod (sort keys %kinds_of) {
    while (my ($label, $kinds) = each %{ $kinds_of{$mod} }) {
        is(scalar keys %$kinds, 1, "$mod label '$label' is of one kind")
            or diag map { "$_: $kinds->{$_}\n" } sort keys %$kinds;
    }
}

# ---- http.tsv: messages of programs ------------------------------------------------------

my @messages = messages("$golden/http.tsv");
capture_of_messages("$dir/http.pcap", @messages);
my %said;
push @{ $said{ address_of($_) } }, $_ for observations($tool, $fp, "$dir/http.pcap", "$dir/http.log");
for my $row (@messages) {
    my @about = @{ $said{ $row->{address} } || [] };
    my ($got) = grep { $_->{mod} eq $row->{mod} } @about;
    judge($row->{mod}, $row->{label}, $got, "$row->{mod}: $row->{label} on $row->{stack} ($row->{source})");
    unlike($got->{params} // '', qr/dishonest/, '... is not called dishonest');
    is(join(' ', grep { /_vs_os/ } map { split / /, $_->{reason} // '' } @about), '', '... and fits the system')
        or diag $row->{text};
}

# ---- mtu.tsv: links -----------------------------------------------------------------------

my @links = links("$golden/mtu.tsv");
capture_of("$dir/mtu.pcap", @links);
my %link = map { (address_of($_) => $_->{link}) } grep { $_->{mod} eq 'mtu' } observations($tool, $fp, "$dir/mtu.pcap", "$dir/mtu.log");
for my $row (@links) {
    my $got = $link{ $row->{address} } // 'no observation';
    is($got, $row->{label}, "an MTU of $row->{mtu} ($row->{source})");
    $reached{mtu}{$got} = 1;
}

# ---- other readers ------------------------------------------------------------------------

my @strict = observations("$tool --strict", $fp, "$golden/systems.pcap", "$dir/strict.log");
is(scalar @strict, scalar @seen, 'read as p0f 3.09b reads it, the file has no mistake');
SKIP: {
    my $reference = '/usr/sbin/p0f';
    skip 'no p0f 3.09b', 1 if ! -x $reference || `$reference -h 2>&1` !~ /p0f 3\.09b/;
    local $ENV{TZ} = 'UTC';
    observations($_->[0], $fp, "$golden/systems.pcap", "$dir/$_->[1]") for [$reference, 'theirs'], ["$tool --strict", 'ours'];
    is(compare("$dir/theirs", "$dir/ours"), 0, 'p0f 3.09b itself reads it, and finds the same');
}

# ---- the whole ---------------------------------------------------------------------------

is($unknown // 0, 0, 'nothing in the set stays unknown');
my %systems = map { $_->{system} => 1 } grep { $_->{mod} eq 'syn' } @systems;
cmp_ok(scalar(grep { $_->{mod} eq 'syn' } @systems, @settings), '>=', 150, 'at least 150 SYNs');
cmp_ok(keys %systems, '>=', 40, 'of at least 40 systems');
for (labels_of($fp)) {
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

# The labels in FILE: [mod, name and flavor].
sub labels_of {
    my ($file) = @_;
    my ($mod, @labels);
    my %mod_of = ('tcp:request' => 'syn', 'tcp:response' => 'syn+ack', mtu => 'mtu',
        'http:request' => 'http request', 'http:response' => 'http response');
    open my $in, '<', $file or die "$file: $!\n";
    while (<$in>) {
        $mod = $mod_of{$1} // die "$file: section $1\n" if /^\[(.*)\]/;
        push @labels, [$mod, $mod eq 'mtu' ? $1 : $1 =~ s/^[sg]:[^:]*:([^:]*):/$1 /r =~ s/ $//r]
            if /^label = (.*)/;
    }
    return @labels;
}
