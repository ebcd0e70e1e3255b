#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# p0f --check-database: findings with file and line, exit status for continuous integration.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Tool;

my $top = "$FindBin::Bin/../..";
my $tool = $ENV{P0F_TOOL} || "$top/build/tools/p0f";
my $dir = tempdir(CLEANUP => 1);

sub write_file { my ($name, $text) = @_; return Tool::write_file("$dir/$name", $text) }

sub run { return Tool::output($dir, $tool, @_) }

my ($status, $out, $err) = run('--check-database', "$top/p0f.fp");
is($status, 0, 'our own file: exit status 0');
is($out . $err, '', '... and nothing to say');

my $good = write_file('good.fp', "classes = unix\n[tcp:request]\nlabel = s:unix:A:\nsig = *:64:0:*:*,*:mss::0\n");
my $bad = write_file('bad.fp', "classes = unix,win\n[tcp:request]\nlabel = s:unix:A:\nsig = *:64:0:*:*,*:mss::0\n"
    . "sig = 4:64:0:*:512,*:mss::0\nlabel = s:mac:B:\nlabel = s:unix:C:\n");
($status, $out, $err) = run('--check-database', $good, $bad);
is($status, 1, 'two files, the second with findings: exit status 1');
is($out, join('', map { "$bad:$_\n" } '1: nothing in the file uses the class "win"',
    '5: this signature is of no use: the one of line 4 matches all that it would',
    '6: the class "mac" isn\'t in the list of classes', '7: no signature follows this label'),
    '... each with file, line and a sentence, by line');
is($err, '', '... on standard output');

# Everything that is looked for, once.
my $odd = write_file('odd.fp', "classes = unix,win\n[tcp:request]\nlabel = s:unix:A:one\nsig = *:64:0:*:5,*:mss::0\nsig = *:64:0:*:5,*:mss::0\n"
    . "label = s:unix:A:two\nsig = 4:64:0:*:7,*:mss,nop,ws::0\nsig = 6:64:0:*:7,*:mss,nop,ws::0\nlabel = s:unix:A:three\n"
    . "sig = *:64:0:*:7,*:mss,nop,ws::0\nlabel = s:unix:A:four\n[http:request]\nlabel = s:mac:B:\nlabel = s:!:C:\nsys = \@unix\nsig = 1:Host::\nsig = 1:Host,User-Agent::\n");
($status, $out, $err) = run('--check-database', $odd);
my %told = $out =~ /^\Q$odd\E:(\d+): (.*)$/mg;
is($status, 1, 'a file with one of each: exit status 1');
like($told{5}, qr/matches all that it would|repeated|again/, '... a repeated signature');
like($told{10}, qr/line.*7.*8/, '... one that two others make unreachable');
like($told{11}, qr/no signature follows this label/, '... a label without signatures');
like($told{13}, qr/class "mac" isn't in the list/, '... a class that is not declared');
like($told{1}, qr/nothing in the file uses the class "win"/, '... a class without use');
like($told{17}, qr/matches all that it would|of no use/, '... a shadowed HTTP signature');
is(scalar keys %told, 6, '... and nothing else') or diag $out;

($status, $out, $err) = run('--check-database', "$dir/none.fp");
is($status, 1, 'a file that is not there: exit status 1');
like($err, qr/^p0f: \Q$dir\E\/none\.fp: No such file or directory$/, '... and a sentence');
($status, $out, $err) = run('--check-database');
is($status, 1, 'no file at all: exit status 1');
like($err, qr/^p0f: --check-database takes names of fingerprint files$/, '... and a sentence');
done_testing;
