#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# p0f and whoever wants to harm it: malformed HTTP beside a good connection, segments out of order,
# connections half-open, a million hosts; memory stays bounded, the good connection is told.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);
use FindBin;
use Time::HiRes qw(sleep time);
use lib "$FindBin::Bin/../lib";
use Frame;
use Tool;

my $build = $ENV{P0F_BUILD} || "$FindBin::Bin/../../build";
my $tool = $ENV{P0F_TOOL} || "$build/tools/p0f";
my $fp = "$FindBin::Bin/../../p0f.fp";
my $dir = tempdir(CLEANUP => 1);
my ($server, $port) = ('192.0.2.80', 1024);

# ---- captures -------------------------------------------------------------------------------------

sub capture {
    my ($name, @frames) = @_;
    my $time = 0;
    Tool::write_file("$dir/$name.pcap", join '', pack('VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1),
        map { $time += 100; pack('VVVV', 1_700_000_000 + int $time / 1e6, $time % 1e6, length, length) . $_ } @frames);
    return "$dir/$name.pcap";
}

# Reads FILE; its log, and the most memory it had, in kB.
sub run {
    my ($file, @args) = @_;
    unlink "$dir/log";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDOUT, '>', "$dir/counts";
        exec $tool, '-f', $fp, '-r', $file, '-o', "$dir/log", '--quiet', @args or die $!;
    }
    my $most = 0;
    for (;;) {
        my $status = Tool::read_file("/proc/$pid/status") // '';
        $most = $1 if $status =~ /^VmHWM:\s+(\d+)/m && $1 > $most;
        last if waitpid($pid, 1) == $pid;
        sleep 0.002;
    }
    is($?, 0, "$file: ends well");
    return (Tool::read_file("$dir/log"), $most);
}

# The frames of a connection whose client sends these segments: text, or [offset, text].
sub connection {
    my ($src, @segments) = @_;
    my %f = (src => $src, dst => $server, sport => $port++, dport => 80);
    my %back = (src => $server, dst => $src, sport => 80, dport => $f{sport});
    my ($at, @frames) = (0, Frame::build(%f, seq => 1000), Frame::build(%back, flags => 'SA', seq => 7000, ack => 1001),
                         Frame::build(%f, flags => 'A', seq => 1001, ack => 7001, options => ''));
    for (@segments) {
        my ($offset, $text) = ref $_ ? @$_ : ($at, $_);
        push @frames, Frame::build(%f, flags => 'PA', seq => 1001 + $offset, ack => 7001, options => '', payload => $text);
        $at = $offset + length $text;
    }
    return @frames;
}

# How many connections of the last run began as HTTP and then were none.
sub bad_ones { return Tool::read_file("$dir/counts") =~ /^http_bad\s+(\d+)$/m ? $1 : 0 }

sub request_lines { return [grep { /mod=http request\|cli=$_[1]\// } split /^/, $_[0]] }

# ---- malformed, each interleaved with a good one ------------------------------------------------

my $good = "GET / HTTP/1.1\r\nUser-Agent: curl/8.5.0\r\nHost: a\r\nAccept: */*\r\n\r\n";
my $get = "GET / HTTP/1.1\r\n";
my @bad = (
    ['no line end', 'GET /' . 'a' x 1400, ('a' x 1400) x 8],
    ['no end of a header', "${get}User-Agent: ", ('b' x 1400) x 8],
    ['no end of the headers', $get, ("A: b\r\n") x 20],
    ['NUL in the first line', "GET /\0 HTTP/1.1\r\n\r\n"],
    ['NUL in a name', "${get}Ho\0st: a\r\n\r\n"],
    ['a header of 1 MB', "${get}Cookie: ", ('c' x 1400) x 750],
    ['33 headers', $get . "A: b\r\n" x 33 . "\r\n"],
    ['a thousand headers', $get, map({ "A$_: b\r\n" } 1 .. 1000), "\r\n"],
    ['the second segment first', [20, substr $good, 20], [0, substr $good, 0, 20]],
    ['a gap', [0, substr $good, 0, 20], [24, substr $good, 24]],
    ['overlapping', [0, substr $good, 0, 30], [10, substr $good, 10]],
    ['another text for bytes that came', [0, substr $good, 0, 30], [0, "GET /evil HTTP/1.1\r\nUser-Agent: x\r\n\r\n"]],
    ['noise', join '', map { chr($_ * 37 % 256) } 1 .. 1400],
);
# What isn't wrong yet, or isn't HTTP at all.
my %unfinished = map { $_ => 1 } 'no end of the headers', 'the second segment first', 'a gap', 'overlapping', 'another text for bytes that came', 'noise';
for my $i (0 .. $#bad) {
    my ($name, @segments) = @{ $bad[$i] };
    my @frames = connection('192.0.2.9', $good =~ /^(.{25})(.*)$/s);
    my @more = connection("192.0.2.1$i", @segments);
    my ($log) = run(capture('bad', @frames[0 .. 3], @more, $frames[4]));
    is_deeply(request_lines($log, "192.0.2.1$i"), [], "$name: tells nothing");
    is(bad_ones(), $unfinished{$name} ? 0 : 1, $unfinished{$name} ? '... and may go on' : '... and is counted');
    my $lines = request_lines($log, '192.0.2.9');
    is(scalar @$lines, 1, '... and the good one beside it is told');
    like($lines->[0], qr/\|app=curl\|/, '... as what it is');
}

# A header with a NUL in its value is cut there, and one with 32 headers is taken.
my ($log) = run(capture('edge', connection('192.0.2.20', "${get}User-Agent: cu\0rl\r\n\r\n"),
    connection('192.0.2.21', $get . "A: b\r\n" x 32 . "\r\n")));
like(join('', @{ request_lines($log, '192.0.2.20') }), qr/raw_sig=1:User-Agent:.*:cu$/, 'a NUL ends a value');
is(scalar @{ request_lines($log, '192.0.2.21') }, 1, '32 headers are taken');

# ---- many -----------------------------------------------------------------------------------------

# A Linux's SYN of host N, as Frame would make it, but a million of them in a moment.
my $syn = Frame::build(src => '10.0.0.0', dst => $server, sport => 5555, dport => 80, seq => 77);
sub flood {
    my ($name, $hosts, @tail) = @_;
    open my $out, '>:raw', "$dir/$name.pcap" or die $!;
    print $out pack 'VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1;
    my $frame = $syn;
    for my $n (0 .. $hosts - 1) {
        substr $frame, 26, 4, pack 'N', 0x0a000000 + $n;
        print $out pack('VVVV', 1_700_000_000 + $n / 50_000, $n % 50_000, length $frame, length $frame), $frame;
    }
    my $late = 1_700_000_000 + $hosts / 50_000 + 1;
    print $out pack('VVVV', $late, 0, length, length), $_ for @tail;
    close $out;
    return "$dir/$name.pcap";
}

# Half-open all of them: nobody answers the SYNs. Both are more than the limits of 10,000 hosts and
# 1000 connections; the first lets what waits to be written fill up, the second file has five times as many.
my (undef, $some) = run(flood('some', 200_000));
($log, my $all) = run(flood('million', 1_000_000, connection('192.0.2.9', $good)));
is(($log =~ tr/\n//) > 1_000_000, 1, 'a million hosts are told');
my $own = `ldd '$tool'` =~ /lib(?:asan|tsan)/ ? 16384 : 4096;   # a sanitizer's own
cmp_ok($all, '<', $some + $own, "memory stays where it was ($some kB, then $all kB)");
is(scalar @{ request_lines($log, '192.0.2.9') }, 1, 'and a connection after them is followed');

done_testing;
