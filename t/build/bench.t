# SPDX-License-Identifier: Apache-2.0
#
# The measuring programs of t/bench tell good from bad: a count of instructions that grew ends with status 1
# and a mark, what bad input costs has its bounds, and who is asked for what isn't there, or has nothing to
# measure, fails.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use File::Copy qw(cp);
use File::Path qw(make_path);
use File::Temp;
use Test::More;

my $root = abs_path("$FindBin::RealBin/../..");
my $build = $ENV{P0F_BUILD} = abs_path($ENV{P0F_BUILD} || "$root/build");
my $temp = File::Temp->newdir('p0ft-bench-XXXXXX', TMPDIR => 1);

# Exit status of a command, and what it says.
sub run {
    my (@command) = @_;
    my $said = `@command 2>&1`;
    return ($? & 127 ? "signal $?" : $? >> 8, $said);
}

sub fails {
    my ($what, $like, @command) = @_;
    my ($status, $said) = run(@command);
    isnt($status, 0, "$what: it fails");
    like($said, $like, '... and says why');
}

# The reference with each number changed by CHANGE->(name, number), undef: left out; its path.
sub reference {
    my ($change) = @_;
    open my $in, '<', "$root/t/bench/counts.ref" or die "counts.ref: $!";
    open my $out, '>', "$temp/ref" or die "$temp/ref: $!";
    while (<$in>) {
        my ($name, $number) = /^(.*?): (\d+)$/ or next;
        my $changed = $change->($name, $number);
        printf $out "%s: %.0f\n", $name, $changed if defined $changed;
    }
    close $out;
    return "$temp/ref";
}

# Of what counts printed: name => [number, change in percent, mark].
sub lines {
    my ($said) = @_;
    return map { /^ {4}(\S.*?) +(\d+)  reference +\d+ +(\S+) %(?:  (<--))?$/ ? ($1 => [$2, $3, $4 // '']) : () } split /\n/, $said;
}

# ---- what isn't there ---------------------------------------------------------------------------

my ($status, $said);
for my $arguments ('', 'lookup', 'nonsense 100', 'lookup abc', 'lookup 10x', 'lookup 0', 'query -1', 'lookup 1 2') {
    ($status, $said) = run("$build/t/bench/bench_counts", $arguments);
    is($status, 2, "bench_counts $arguments: status 2");
    like($said, qr/^usage: bench_counts /, '... and how it is used');
}
is((run("$build/t/bench/bench_counts", $_, 10))[0], 0, "bench_counts $_ 10 is right") for qw(lookup connection query);
for my $arguments ('', 'alone', 'nonsense 100', 'alone abc', 'alone 100x', 'alone 0', 'captured -100', 'alone 31', 'captured 99999999999', 'alone 100 2') {
    ($status, $said) = run("$build/t/bench/bench_handed", $arguments);
    is($status, 2, "bench_handed $arguments: status 2");
    like($said, qr/^usage: bench_handed /, '... and how it is used');
}
is((run("$build/t/bench/bench_handed", $_, 100))[0], 0, "bench_handed $_ 100 is right") for qw(alone captured);
fails('a part that isn\'t there', qr/'nonsense'.*: packets http /, "$root/t/bench/run", 'nonsense');
fails('... beside one that is', qr/'nonsense'/, "$root/t/bench/run", 'hostile', 'nonsense');
fails('--counts with a part', qr/'--counts'/, "$root/t/bench/run", '--counts', 'hostile');

# ---- bad input ----------------------------------------------------------------------------------

# Its bounds hold, and each input that has one is measured.
($status, $said) = run("$build/t/bench/bench_hostile");
is($status, 0, 'bench_hostile: what many signatures, and addresses of one bucket, cost is bearable') or diag $said;
for my $what ('the same with 10000 signatures', 'of it the search', 'the search among 10000 that differ in the MSS alone',
    'the search among 10000 that the index can\'t tell apart', 'the same, all in one bucket') {
    like($said, qr/^ +\Q$what\E:? +[1-9]\d* ns/m, "... with a number of '$what'");
}

# ---- instructions -------------------------------------------------------------------------------

if (system('valgrind --version >/dev/null 2>&1') != 0) {
    SKIP: { skip 'valgrind is missing (package valgrind)', 1 }
    done_testing;
    exit;
}

my @names;
($status, $said) = run("$root/t/bench/counts", reference(sub { push @names, $_[0]; return 0.8 * $_[1] }));
my %is = lines($said);
is($status, 1, 'more instructions than the reference has: status 1') or diag $said;
is_deeply([sort keys %is], [sort @names], 'everything in the reference is counted');
is(join(', ', grep { abs(abs($is{$_}[1]) - 3) > 0.05 && (abs $is{$_}[1] > 3) != ($is{$_}[2] ne '') } sort keys %is), '',
    'what differs by more than 3 % is marked, nothing else');
ok(scalar(grep { $_->[1] > 3 && $_->[2] } values %is), 'some of it has grown');

# A valgrind that counts 1000 instructions for each operation, or FAKE, whatever the program does.
mkdir "$temp/bin";
open my $fake, '>', "$temp/bin/valgrind" or die "fake: $!";
print $fake "#!/bin/sh\necho \"Collected : \$((\${*##*[!0-9]} * \${FAKE:-1000}))\" >&2\nexit \${FAILS:-0}\n";
close $fake;
chmod 0755, "$temp/bin/valgrind";
my @faked = ('env', "PATH='$temp/bin':\$PATH");

sub counted { my ($change) = @_; return run(@faked, "$root/t/bench/counts", reference($change)) }

for ([1000, 0, ''], [975, 0, ''], [965, 1, '<--'], [1900, 0, '<--'], [2100, 1, '<--']) {
    my ($number, $wanted, $mark) = @$_;
    ($status, $said) = counted(sub { return $_[0] eq 'query' ? $number : 1000 });
    is($status, $wanted, "1000 where the reference has $number: status $wanted") or diag $said;
    is({ lines($said) }->{query}[2], $mark, '... and the mark');
}
($status, $said) = counted(sub { return $_[0] eq 'query' ? undef : 1000 });
is($status, 1, 'a count that the reference lacks: status 1');
like($said, qr/^ {4}query +1000  no reference$/m, '... and that is said');
fails('nothing counted', qr/: 0 instructions/, @faked, 'FAKE=0', "$root/t/bench/counts");
fails('a program that fails', qr/ fails: /, @faked, 'FAILS=1', "$root/t/bench/counts");

fails('no reference', qr/nowhere: No such file/, "$root/t/bench/counts", "$temp/nowhere");
fails('an option that isn\'t there', qr/^usage: /, "$root/t/bench/counts", '--nonsense');
make_path("$temp/t/bench");
cp("$root/t/bench/$_", "$temp/t/bench/$_") for qw(counts counts.ref gen-http);
fails('no p0f.fp', qr{tools/p0f .* fails: .*p0f\.fp}s, "$temp/t/bench/counts");

done_testing;
