#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# p0f --unknown lists signatures that nothing knows; p0f --suggest makes candidates of such lists.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/../golden", "$FindBin::Bin/../lib";
use SigPacket qw(packet_of write_pcap);
use Tool;

my $tool = $ENV{P0F_TOOL} || "$FindBin::Bin/../../build/tools/p0f";
my $dir = tempdir(CLEANUP => 1);

sub write_file { my ($name, $text) = @_; return Tool::write_file("$dir/$name", $text) }

sub run { return Tool::output($dir, $tool, @_) }

my $fp = write_file('test.fp', "classes = win\n[tcp:request]\nlabel = s:win:Windows:\n"
    . "sig = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+:0\n");
my $linux = 'mss,sok,ts,nop,ws:df,id+:0';
my $port = 1024;
sub syn {
    my ($sig) = @_;
    my ($src, $dst) = $sig =~ /^6/ ? ('fd00::1', 'fd00::2') : ('10.0.0.1', '10.0.0.2');
    return packet_of($sig, src => $src, dst => $dst, sport => $port++, dport => 80);
}
write_pcap("$dir/syn.pcap", map { syn($_) } ("4:57:0:1460:64240,7:$linux") x 3, "4:50:0:1400:64400,7:$linux",
    '6:60:0:1440:64800,7:mss,sok,ts,nop,ws:flow:0', '4:120:0:1460:64240,8:mss,nop,ws,nop,nop,sok:df,id+:0');
my ($status, $out, $err) = run('-f', $fp, '-r', "$dir/syn.pcap", '--unknown');
is($status, 0, '--unknown: exit status 0');
is($out, "3\tsyn\t4:57+7:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0\t-\n"
    . "1\tsyn\t4:50+14:0:1400:mss*46,7:mss,sok,ts,nop,ws:df,id+:0\t-\n"
    . "1\tsyn\t6:60+4:0:1440:mss*45,7:mss,sok,ts,nop,ws:flow:0\t-\n",
    '... a line for each signature that nothing knows, the most frequent first, and nothing else');

my $list = write_file('list', $out);
($status, $out, $err) = run('--suggest', $list);
is($status, 0, '--suggest: exit status 0');
is($out, "; SYN, seen 5 times in 3 forms, MSS 1400 to 1460, 3 windows, 1 scale\n; User-Agents claim: nothing 5 (100 %)\n"
    . "sig   = 4:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0\nsig   = 6:64:0:*:mss*45,7:mss,sok,ts,nop,ws:flow:0\n"
    . "sig   = 4:64:0:*:mss*46,7:mss,sok,ts,nop,ws:df,id+:0\n\n",
    '... initial TTL, any MSS, the rule of the window');

# The candidates are lines that a file takes.
my $learned = write_file('learned.fp', "classes = unix\n[tcp:request]\nlabel = s:unix:Learned:\n" . $out =~ s/^;.*\n//mgr);
($status, $out, $err) = run('-f', $learned, '-r', "$dir/syn.pcap", '--unknown');
is($out, "1\tsyn\t4:120+8:0:1460:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0\t-\n", '... which make the unknown known');

# What varies is free; both IP versions become one line; claims are counted.
my @rows = map { "2\tsyn\t4:60+4:0:1460:mss*$_,7:mss,sok,ts,nop,ws:df,id+:0\tAndroid 14\n" } 3, 5, 11, 13;
push @rows, "1\tsyn\t6:55+9:0:1440:1234,7:mss,sok,ts,nop,ws:flow:0\tcurl/8.5.0\n";
($status, $out, $err) = run('--suggest', write_file('many', join '', @rows), write_file('more', $rows[0]));
is($out, "; SYN, seen 11 times in 6 forms, MSS 1440 to 1460, 5 windows, 1 scale\n"
    . "; User-Agents claim: Android 14 10 (90 %), curl/8.5.0 1 (9 %)\n"
    . "sig   = *:64:0:*:*,7:mss,sok,ts,nop,ws:df,id+,flow:0\n\n",
    'lists are added up; four windows or more become a wildcard, both versions one line');

# Input that is none.
my $odd = "nonsense\n\e[2J\n1\tsyn\t4:60\t-\n1\tsyn\t9:64+0:0:1:1,0:mss::0\t-\n";
($status, $out, $err) = run('--suggest', write_file('some', $odd . $rows[0]));
is($status, 0, 'lines that are none are left out');
like($out, qr/^sig   = 4:64:0:\*:mss\*3,7:/m, '... the others are taken');
like($err, qr/^p0f: \S+some:1: not a line of p0f --unknown or P0fUnknownLog, nor are others$/, '... with a remark');
for ([$odd, ', nor is any other'], ["one line\n", '']) {
    ($status, $out, $err) = run('--suggest', write_file('odd', $$_[0]));
    is($status, 1, 'a file of something else: exit status 1');
    is($out, '', '... without a candidate');
    like($err, qr/^p0f: \S+odd:1: not a line of p0f --unknown or P0fUnknownLog$$_[1]$/, '... and a sentence');
}
($status, $out, $err) = run('--suggest', $dir);
is($status, 1, 'a folder: exit status 1');
like($err, qr/^p0f: \Q$dir\E: Is a directory$/, '... and a sentence');
is((run('--suggest', write_file('empty', '')))[0], 0, 'a list of nothing is right');
($status, $out, $err) = run('--suggest', "$dir/none");
is($status, 1, 'a list that is not there: exit status 1');
like($err, qr/^p0f: \S+none: No such file or directory$/, '... and a sentence');
($status, $out, $err) = run('--suggest');
is($status, 1, 'no list: exit status 1');
done_testing;
