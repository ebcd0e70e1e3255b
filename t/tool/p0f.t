#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# tools/p0f on capture files made here: its lines, where it is right and --strict is not, its log
# file, and what it says about files that are wrong.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Frame;

my $tool = $ENV{P0F_TOOL} || "$FindBin::Bin/../../build/tools/p0f";
my $dir = tempdir(CLEANUP => 1);
$ENV{TZ} = 'UTC';

my $fp = "$dir/test.fp";
write_file($fp, <<'END');
classes = unix,win
[mtu]
label = Ethernet
sig = 1500
[tcp:request]
label = s:unix:Linux:5
sig = *:64:0:*:64240,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+:0
label = s:win:Windows:10
sig = 4:128:0:*:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0
END

sub write_file {
    my ($name, $bytes) = @_;
    open my $to, '>:raw', $name or die "$name: $!";
    print $to $bytes;
    close $to or die "$name: $!";
}

sub read_file {
    open my $from, '<:raw', $_[0] or return '';
    local $/;
    return <$from> // '';
}

# A capture file of link type $dlt; frames a second apart from 2023-11-14 22:13:20 on.
sub capture {
    my ($dlt, @frames) = @_;
    my $time = 1700000000;
    my $bytes = pack 'VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 262144, $dlt;
    $bytes .= pack('VVVV', $time++, 0, length, length) . $_ for @frames;
    write_file("$dir/capture.pcap", $bytes);
    return "$dir/capture.pcap";
}

# Runs the tool; exit status, standard output, standard error.
sub run {
    my @args = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDOUT, '>', "$dir/out" or die;
        open STDERR, '>', "$dir/err" or die;
        exec $tool, @args or die "$tool: $!";
    }
    waitpid $pid, 0;
    return ($? & 127 ? "signal $?" : $? >> 8, read_file("$dir/out"), read_file("$dir/err"));
}

# The lines for a capture, with the usual fingerprint file.
sub lines {
    my ($status, $out, $err) = run('-f', $fp, '-r', @_);
    is($status, 0, 'ends well') or diag $err;
    return $out;
}

my %linux = (src => '192.0.2.1', dst => '198.51.100.2');
my $linux = Frame::build(%linux);

subtest 'a SYN of Linux' => sub {
    is(lines(capture(1, $linux)),
       "[2023/11/14 22:13:20] mod=syn|cli=192.0.2.1/40000|srv=198.51.100.2/80|subj=cli|os=Linux 5|"
       . "dist=0|params=none|raw_sig=4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0\n"
       . "[2023/11/14 22:13:20] mod=mtu|cli=192.0.2.1/40000|srv=198.51.100.2/80|subj=cli|"
       . "link=Ethernet|raw_mtu=1500\n", 'two lines, as p0f 3 writes them');
};

subtest 'IPv6, hops away, unknown' => sub {
    my $out = lines(capture(1,
        Frame::build(src => '2001:db8::1', dst => '2001:db8::2', ttl => 57, options => 'M1440,S,T,N,W7',
                     win => 63360),
        Frame::build(%linux, options => 'M1400', win => 3, ttl => 250)));
    like($out, qr/cli=2001:db8:0:0:0:0:0:1\/40000.*os=Linux 5\|dist=7\|.*raw_sig=6:57\+7:0:1440:mss\*44,7/,
         'IPv6');
    like($out, qr/os=\?\?\?\|dist=5\|params=none\|raw_sig=4:250\+5:0:1400:3,0:mss:df,id\+:0/, 'unknown');
    like($out, qr/link=\?\?\?\|raw_mtu=1440/, 'unknown link');
};

subtest 'one connection is told once, the next one anew' => sub {
    my $out = lines(capture(1, $linux, $linux, Frame::build(%linux, seq => 7)));
    is(() = $out =~ /mod=syn\|/g, 2, 'two SYNs');
};

subtest 'tagged frames: read, and dropped by --strict' => sub {
    my @frames = (Frame::build(%linux, tags => [[0x8100, 42]]),
                  Frame::build(%linux, sport => 40001, tags => [[0x88a8, 7], [0x8100, 42]]));
    my $out = lines(capture(1, @frames));
    is(() = $out =~ /mod=syn\|.*os=Linux 5/g, 2, '802.1Q and QinQ');
    is(lines(capture(1, @frames), '--strict'), '', 'strict: nothing');
};

subtest 'IPv6 extension headers: read, and dropped by --strict' => sub {
    my $frame = Frame::build(src => '2001:db8::1', dst => '2001:db8::2', options => 'M1440');
    my $hop = pack 'CCC2C4', 6, 0, 1, 4, 0, 0, 0, 0;
    substr($frame, 14 + 4, 2) = pack 'n', length($frame) - 54 + 8;
    substr($frame, 14 + 6, 1) = "\0";
    substr($frame, 54, 0) = $hop;
    like(lines(capture(1, $frame)), qr/raw_sig=6:64\+0:8:1440:/, 'their length is the olen');
    is(lines(capture(1, $frame), '--strict'), '', 'strict: nothing');
};

subtest 'the ACK number of a SYN: any value, one bit with --strict' => sub {
    my $capture = capture(1, Frame::build(%linux, ack => 2));
    like(lines($capture), qr/:df,id\+,ack\+:0/, 'any value');
    like(lines($capture, '--strict'), qr/os=Linux 5.*:df,id\+:0/, 'strict: not seen');
};

subtest 'other link layers' => sub {
    my $ip = substr $linux, 14;
    my %link = (
        'raw' => [101, ''], 'cooked' => [113, pack 'nnnH16n', 0, 1, 6, '020000000001', 0x0800],
        'cooked v2' => [276, pack 'nnNnCCH16', 0x0800, 0, 2, 1, 0, 6, '020000000001'],
        'loopback' => [0, pack 'V', 2], 'OpenBSD loopback' => [108, pack 'N', 2]);
    for my $name (sort keys %link) {
        my ($dlt, $header) = @{ $link{$name} };
        like(lines(capture($dlt, $header . $ip)), qr/os=Linux 5/, $name);
    }
};

subtest 'the log file' => sub {
    my $capture = capture(1, $linux);
    my $log = "$dir/log";
    for (1, 2) {
        is((run('-f', $fp, '-r', $capture, '-o', $log))[0], 0, 'written');
    }
    is(() = read_file($log) =~ /mod=syn/g, 2, 'appended to');
    is((stat $log)[2] & 0777, 0600, 'readable by its owner alone');
    symlink $log, "$dir/link" or die;
    my ($status, $out, $err) = run('-f', $fp, '-r', $capture, '-o', "$dir/link");
    is($status, 1, 'a symbolic link is refused');
    like($err, qr/cannot open the log \Q$dir\E\/link/, 'with a sentence');
    ($status, $out, $err) = run('-f', $fp, '-r', $capture, '-o', '/dev/null');
    is($status, 1, 'a device is refused');
    like($err, qr/not a regular file/, 'with a sentence');
    open my $held, '>>', $log or die;
    flock $held, 2 or die;
    ($status, $out, $err) = run('-f', $fp, '-r', $capture, '-o', $log);
    is($status, 1, 'a log in use is refused');
    like($err, qr/in use by another program/, 'with a sentence');
};

subtest '--quiet prints counts' => sub {
    my ($status, $out) = run('-f', $fp, '-r', capture(1, $linux, $linux, 'x' x 60), '--quiet');
    is($status, 0, 'ends well');
    like($out, qr/^packets +3$/m, 'packets');
    unlike($out, qr/mod=/, 'no lines');
};

subtest 'wrong arguments and files' => sub {
    my @rows = (
        [[], qr/^usage: p0f/],
        [['-r', 'x', 'more'], qr/^usage: p0f/],
        [['--nonsense'], qr/^usage: p0f/m],
        [['-f', $fp, '-r', "$dir/absent"], qr/absent/],
        [['-f', $fp, '-r', '-'], qr/name of a capture file/],
        [['-f', "$dir/absent.fp", '-r', capture(1, $linux)], qr/absent\.fp/],
    );
    for my $row (@rows) {
        my ($status, $out, $err) = run(@{ $row->[0] });
        is($status, 1, "exit status 1: @{ $row->[0] }");
        like($err, $row->[1], 'a sentence');
    }
    write_file("$dir/bad.fp", "classes = unix\n[tcp:request]\nlabel = s:unix:X:\nsig = 4:64:0:*:x,0:mss::0\n");
    my ($status, $out, $err) = run('-f', "$dir/bad.fp", '-r', capture(1, $linux));
    is($status, 1, 'a wrong fingerprint file');
    like($err, qr/bad\.fp:4: /, 'file and line');
    write_file("$dir/noise.pcap", 'noise' x 100);
    ($status, $out, $err) = run('-f', $fp, '-r', "$dir/noise.pcap");
    is($status, 1, 'noise is no capture file');
    like($err, qr/noise\.pcap/, 'named');
};

subtest 'a capture cut off in the middle' => sub {
    my $bytes = read_file(capture(1, $linux, Frame::build(%linux, sport => 40001)));
    write_file("$dir/cut.pcap", substr $bytes, 0, -20);
    my ($status, $out, $err) = run('-f', $fp, '-r', "$dir/cut.pcap");
    is($status, 0, 'ends well');
    is(() = $out =~ /mod=syn/g, 1, 'the whole frames are read');
    like($err, qr/\S/, 'and there is a remark');
};

# Debian's p0f, where it is installed, over the same file.
SKIP: {
    my $reference = '/usr/sbin/p0f';
    skip 'p0f is not installed', 1 unless -x $reference;
    my @frames;
    for my $n (0 .. 255) {
        push @frames, Frame::build(%linux, sport => 20000 + $n, ttl => $n, win => $n * 257, seq => $n % 3,
            id => $n % 2, df => $n % 5 > 0, tos => $n, tsval => $n % 4, urgent => $n % 7 == 0,
            flags => $n % 11 ? 'S' : 'SPU', ack => $n << 22 & 0xffffffff,
            options => ('M1460,S,T,N,W7', 'M1460,N,W8,N,N,S', 'M1360,N,N,S,E', 'T0,?30:abcd', '')[$n % 5]);
    }
    my $capture = capture(1, @frames);
    unlink "$dir/theirs", "$dir/ours";
    system("$reference -f $fp -r $capture -o $dir/theirs >/dev/null 2>&1");
    run('-f', $fp, '-r', $capture, '-o', "$dir/ours", '--strict');
    my $theirs = join '', grep { /mod=(?:syn|mtu)\|/ } split /^/, read_file("$dir/theirs");
    my $ours = join '', grep { /mod=(?:syn|mtu)\|/ } split /^/, read_file("$dir/ours");
    ok($theirs ne '' && $ours eq $theirs, 'strict: line for line what p0f 3.09b writes')
        or diag "ours:\n", substr($ours, 0, 2000), "theirs:\n", substr($theirs, 0, 2000);
}

done_testing;
