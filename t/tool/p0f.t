#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# tools/p0f on capture files made here: its lines, where it is right and --strict is not, its log
# file, screen and JSON, and what it says about options and files that are wrong.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);
use FindBin;
use JSON::PP;
use Time::HiRes qw(sleep);
use lib "$FindBin::Bin/../lib";
use Frame;
use Tool;

my $tool = $ENV{P0F_TOOL} || "$FindBin::Bin/../../build/tools/p0f";
my $dir = tempdir(CLEANUP => 1);
$ENV{TZ} = 'UTC';

my $fp = Tool::fingerprints($dir);

# A capture file of link type $dlt; frames a second apart from 2023-11-14 22:13:20 on.
sub capture {
    my ($dlt, @frames) = @_;
    my $time = 1700000000;
    my $bytes = pack 'VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 262144, $dlt;
    $bytes .= pack('VVVV', $time++, 0, length, length) . $_ for @frames;
    Tool::write_file("$dir/capture.pcap", $bytes);
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
    return ($? & 127 ? "signal $?" : $? >> 8, Tool::read_file("$dir/out"), Tool::read_file("$dir/err"));
}

# The log's lines for a capture, with the usual fingerprint file.
sub lines {
    my ($capture, @more) = @_;
    unlink "$dir/lines";
    my ($status, $out, $err) = run('-f', $fp, '-r', $capture, '-o', "$dir/lines", @more);
    is($status, 0, 'ends well') or diag $err;
    return Tool::read_file("$dir/lines");
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

subtest 'a link type that nobody knows' => sub {
    my $ip = substr $linux, 14;
    like(lines(capture(147, "\0" x 6 . $ip)), qr/os=Linux 5/, 'IP is searched for');
    my ($status, $out, $err) = run('-f', $fp, '-r', capture(187, "\1\2\3" x 30, 'x' x 10));
    is($status, 1, 'nothing found: exit status 1');
    like($err, qr/^p0f: \S+capture\.pcap: no packet in it can be read: its link type, BLUETOOTH_HCI_H4 \(187\), is none that p0f knows$/, 'file and type');
    ($status, $out, $err) = run('-f', $fp, '-r', capture(1, "\2" x 12 . "\x08\x06" . "\0" x 46));
    is($status, 0, 'no IP in a capture of a known type is no error');
    is($err, '', 'nor a remark');
    ($status, $out, $err) = run('-f', $fp, '-r', capture(187, 'x' x 60), 'dst port 80');
    is($status, 1, 'a filter that libpcap does not have for the type');
    like($err, qr/^p0f: capture filter "dst port 80" on \S+capture\.pcap: \S/, 'file and type');
};

subtest 'the log file' => sub {
    my $capture = capture(1, $linux);
    my $log = "$dir/log";
    for (1, 2) {
        is((run('-f', $fp, '-r', $capture, '-o', $log))[0], 0, 'written');
    }
    is(() = Tool::read_file($log) =~ /mod=syn/g, 2, 'appended to');
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

subtest 'the screen' => sub {
    my ($status, $out) = run('-f', $fp, '-r', capture(1, $linux), '-o', "$dir/log");
    is($out, <<'END', 'a block an observation, with and without a log');
.-[ 192.0.2.1/40000 -> 198.51.100.2/80 (syn) ]-
|
| client   = 192.0.2.1/40000
| os       = Linux 5
| dist     = 0
| params   = none
| raw_sig  = 4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0
|
`----

.-[ 192.0.2.1/40000 -> 198.51.100.2/80 (mtu) ]-
|
| client   = 192.0.2.1/40000
| link     = Ethernet
| raw_mtu  = 1500
|
`----


1 packets.
END
    my $answer = Frame::build(src => '198.51.100.2', dst => '192.0.2.1', sport => 80, dport => 40000,
                              flags => 'SA', ack => 0x1001, options => 'M1400');
    ($status, $out) = run('-f', $fp, '-r', capture(1, $linux, $answer));
    like($out, qr/ \(syn\+ack\) \]-\n\|\n\| server   = 198\.51\.100\.2\/80\n\| os       = \?\?\?\n/, 'a server');
};

subtest '-j' => sub {
    Tool::write_file("$dir/odd.fp", Tool::read_file($fp) =~ s/Linux:5/Linux:5 "\\\\" \xc3\xbc\t\xfc/r);
    my $capture = capture(1, $linux, Frame::build(src => '192.0.2.9', dst => '198.51.100.2', options => 'M1400', win => 3, ttl => 250));
    my ($status, $out, $err) = run('-f', "$dir/odd.fp", '-r', $capture, '-j', '-o', "$dir/json");
    is($status, 0, 'ends well');
    my @objects = map { eval { JSON::PP->new->utf8->decode($_) } || $@ } split /^/, $out;
    is(scalar @objects, 4, 'one object a line');
    is_deeply($objects[0], {
        time => '2023-11-14T22:13:20.000000Z', mod => 'syn', cli => '192.0.2.1', cli_port => 40000,
        srv => '198.51.100.2', srv_port => 80, subj => 'cli', os => "Linux 5 \"\\\\\" \xfc\t\xfc", dist => 0,
        params => [], raw_sig => '4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0'
    }, 'escaped where needed, bytes that are no UTF-8 as characters');
    like($out, qr/"dist":5,/, 'numbers are numbers');
    is_deeply([@{ $objects[3] }{qw(link raw_mtu)}], [undef, 1440], 'what is unknown is null');
    is(Tool::read_file("$dir/json"), $out, 'the log holds the same');
};

subtest '--quiet prints counts' => sub {
    my ($status, $out) = run('-f', $fp, '-r', capture(1, $linux, $linux, 'x' x 60), '--quiet');
    is($status, 0, 'ends well');
    like($out, qr/^packets +3$/m, 'packets');
    unlike($out, qr/\(syn\)|mod=/, 'no observations');
};

subtest 'a filter' => sub {
    my @frames = map { Frame::build(%linux, sport => 40000 + $_, tags => $_ > 1 ? [([0x8100, 42]) x ($_ - 1)] : []) } 1 .. 3;
    push @frames, Frame::build(%linux, sport => 40009, dport => 81);
    my $capture = capture(1, @frames);
    my @ports = lines($capture, 'dst port 80') =~ /mod=syn\|cli=[^\/]*\/(\d+)/g;
    is("@ports", '40001 40002 40003', 'applies behind tags too');
    @ports = lines($capture, '--strict', 'dst port 80') =~ /mod=syn\|cli=[^\/]*\/(\d+)/g;
    is("@ports", 40001, 'strict: tagged frames are not read');
    @ports = lines(capture(101, map { substr $_, 14 } @frames[0, 3]), 'dst port 81') =~ /mod=syn\|cli=[^\/]*\/(\d+)/g;
    is("@ports", 40009, 'a link type without tags');
    for my $empty ('', ' ') {
        for my $strict ([], ['--strict']) {
            my $some = lines($capture, @$strict, $empty);
            is($some, lines($capture, @$strict), "'$empty' is none: @$strict");
        }
    }
};

subtest 'the manual page' => sub {
    my ($status, $help) = run('--help');
    my $page = Tool::read_file("$FindBin::Bin/../../docs/p0f.1");
    my %told = map { $_ => 1 } $help =~ /^  -(\w|-[\w-]+)/mg;
    my %documented = map { $_ => 1 } $page =~ /^\.It Fl (\S+)/mg;
    delete $documented{'-help'};
    is(join(' ', sort keys %documented), join(' ', sort keys %told), 'has the options that --help tells');
    is(`groff -ww -mandoc -Tutf8 $FindBin::Bin/../../docs/$_ 2>&1 >/dev/null`, '', "$_ is well-formed")
        for system('groff --version >/dev/null 2>&1') == 0 ? qw(p0f.1 p0fq.1) : ();
};

subtest 'wrong options' => sub {
    my $capture = capture(1, $linux);
    my @rows = (
        ['there is no option --nonsense', '--nonsense'],
        ['there is no option -h', '-h'],
        ['there is no option -x', '-px'],
        ['-r takes a value', '-r'],
        ['-i is given twice', '-i', 'lo', '-i', 'lo'],
        ['-r is given twice', '-r', 'a', '-r', 'b'],
        ['-f is given twice', '-f', 'a', '-f', 'b'],
        ['-o is given twice', '-o', 'a', '-o', 'b'],
        ['-s is given twice', '-s', 'a', '-s', 'b'],
        ['-u is given twice', '-u', 'a', '-u', 'b'],
        ['-p is given twice', '-pp'],
        ['-d is given twice', '-dd'],
        ['-S is given twice', '-S', '20', '-S', '20'],
        ['-m is given twice', '-m', '1,1', '-m', '1,1'],
        ['-t is given twice', '-t', '1,1', '-t', '1,1'],
        ['-i is for listening', '-i', 'lo', '-r', $capture],
        ['-p is for listening', '-p', '-r', $capture],
        ['-s is for listening', '-s', "$dir/socket", '-r', $capture],
        ['-d is for listening', '-d', '-o', "$dir/log", '-r', $capture],
        ['-d takes -o or -s', '-d'],
        ['-S is about the socket: it takes -s', '-S', '20'],
        ['the filter is one argument', '-r', $capture, 'tcp', 'port', '80'],
        ['options come before it', '-r', $capture, 'tcp', '--strict'],
        ['-r takes the name of a capture file', '-r', '-'],
        ['there is no user p0f-nobody-here', '-u', 'p0f-nobody-here', '-f', $fp, '-r', $capture],
        (map { ["-S takes a number from 1 to 100, not \"$_\"", '-s', 'x', '-S', $_] } '0', '101', '2x', '-1', ''),
        (map { ["-m takes two numbers, N,M: 1 to 100000, 1 to 500000; not \"$_\"", '-m', $_] }
            '1', '1,', ',1', '0,1', '1,0', '100001,1', '1,500001', '1,2x', '1,2,3', '99999999999999999999,1', '+1,1'),
        (map { ["-t takes two numbers, N,M: 1 to 1000000, 1 to 1000000; not \"$_\"", '-t', $_] }
            '1', '0,1', '1000001,1', '1,1000001', '30;120'),
    );
    for my $row (@rows) {
        my ($sentence, @args) = @$row;
        my ($status, $out, $err) = run(@args);
        is($status, 1, "exit status 1: @args");
        like($err, qr/^p0f: .*\Q$sentence\E/, $sentence);
        is($out, '', 'nothing on standard output');
    }
    my ($status, $out, $err) = run('--help');
    is($status, 0, '--help');
    like($out, qr/^usage: p0f/, 'on standard output');
    ok(!-e "$dir/socket", 'no socket was made');
};

subtest 'wrong files' => sub {
    my @rows = (
        [['-f', $fp, '-r', "$dir/absent"], qr/^p0f: .*absent/],
        [['-f', "$dir/absent.fp", '-r', capture(1, $linux)], qr/^p0f: .*absent\.fp/],
        [['-f', $fp, '-r', capture(1, $linux), 'tcp and'], qr/^p0f: capture filter "tcp and"/],
        [['-f', $fp, '-r', capture(1, $linux), '--strict', 'tcp and'], qr/^p0f: capture filter "tcp and"/],
        [['-f', $fp, '-i', 'p0ft-absent'], qr/^p0f: .*p0ft-absent/],
    );
    for my $row (@rows) {
        my ($status, $out, $err) = run(@{ $row->[0] });
        is($status, 1, "exit status 1: @{ $row->[0] }");
        like($err, $row->[1], 'a sentence');
    }
    Tool::write_file("$dir/bad.fp", "classes = unix\n[tcp:request]\nlabel = s:unix:X:\nsig = 4:64:0:*:x,0:mss::0\n");
    my ($status, $out, $err) = run('-f', "$dir/bad.fp", '-r', capture(1, $linux));
    is($status, 1, 'a wrong fingerprint file');
    like($err, qr/bad\.fp:4: /, 'file and line');
    Tool::write_file("$dir/noise.pcap", 'noise' x 100);
    ($status, $out, $err) = run('-f', $fp, '-r', "$dir/noise.pcap");
    is($status, 1, 'noise is no capture file');
    like($err, qr/noise\.pcap/, 'named');
};

subtest 'a capture cut off in the middle' => sub {
    my $bytes = Tool::read_file(capture(1, $linux, Frame::build(%linux, sport => 40001)));
    Tool::write_file("$dir/cut.pcap", substr $bytes, 0, -20);
    my ($status, $out, $err) = run('-f', $fp, '-r', "$dir/cut.pcap");
    is($status, 0, 'ends well');
    is(() = $out =~ /\(syn\)/g, 1, 'the whole frames are read');
    like($err, qr/\S/, 'and there is a remark');
};

subtest 'who reads the screen goes away' => sub {
    my $capture = capture(1, map { Frame::build(%linux, sport => $_) } 1 .. 2000);
    pipe my $from, my $to or die;
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>&', $to or die;
        close $_ for $from, $to;
        exec $tool, '-f', $fp, '-r', $capture or die;
    }
    close $to;
    sysread $from, my $some, 100;
    close $from;
    waitpid $pid, 0;
    is($? & 127, 0, 'no signal ends it');
    is($? >> 8, 1, 'exit status 1');
};

# Several times what the rings between capture and writer hold, so that lines lie across their ends.
subtest 'a capture of many connections' => sub {
    my $capture = capture(1);
    my $frame = Frame::build(%linux);
    open my $to, '>>:raw', $capture or die;
    for my $n (0 .. 19_999) {
        substr $frame, 34, 2, pack 'n', 20_000 + $n;             # source port
        print $to pack('VVVV', 1_700_000_000 + $n, 0, length $frame, length $frame), $frame;
    }
    close $to;
    my @lines = split /^/, lines($capture);
    my $right = grep {
        my $n = 20_000 + int $_ / 2;
        my ($min, $s) = (13 + int(($n - 19_980) / 60), ($n - 19_980) % 60);
        my $time = sprintf '2023/11/%02d %02d:%02d:%02d', 14 + int((22 * 60 + $min) / 1440), (22 + int($min / 60)) % 24, $min % 60, $s;
        $lines[$_] eq "[$time] mod=" . ($_ % 2 ? 'mtu' : 'syn') . "|cli=192.0.2.1/$n|srv=198.51.100.2/80|subj=cli|"
            . ($_ % 2 ? "link=Ethernet|raw_mtu=1500\n" : "os=Linux 5|dist=0|params=none|raw_sig=4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0\n");
    } 0 .. $#lines;
    is($right, 40_000, 'two right lines of each');
    my ($object, @objects) = (0, split /^/, lines($capture, '-j'));
    is(scalar(grep { /^\{.*"cli_port":(\d+),.*\}$/ && $1 == 20_000 + int $object++ / 2 } @objects), 40_000, 'and two objects');
};

subtest 'a capture that comes through a pipe' => sub {
    my $bytes = Tool::read_file(capture(1, map { Frame::build(%linux, sport => $_) } 1 .. 200));
    for my $args ([], ['--strict'], ['src port 1 or src portrange 101-200']) {
        my $name = "@$args" || 'no filter';
        unlink "$dir/lines";
        pipe my $from, my $to or die;
        my $pid = fork // die;
        if (!$pid) {
            open STDIN, '<&', $from or die;
            close $_ for $from, $to;
            exec $tool, '--quiet', '-f', $fp, '-r', '/dev/stdin', '-o', "$dir/lines", @$args or die;
        }
        close $from;
        syswrite $to, $bytes;
        my $tries = 400;
        sleep 0.05 until Tool::read_file("$dir/lines") || !--$tries;
        like(Tool::read_file("$dir/lines"), qr/cli=192\.0\.2\.1\/1\|/, "$name: the first lines are written while it is silent");
        close $to;
        waitpid $pid, 0;
        is(() = Tool::read_file("$dir/lines") =~ /mod=syn\|/g, $name =~ /src/ ? 101 : 200, "$name: the last ones at its end");
    }
};

# As a shell makes a pipe of <(...).
subtest 'files that are inherited pipes' => sub {
    local $^F = 1000;                                            # they are
    my $capture = capture(1, $linux);
    unlink "$dir/lines";
    open my $a, '-|', 'cat', $fp or die;
    open my $b, '-|', 'cat', $capture or die;
    my ($status, $out, $err) = run('-f', '/dev/fd/' . fileno $a, '-r', '/dev/fd/' . fileno $b, '-o', "$dir/lines", 'tcp');
    is($status, 0, 'ends well') or diag $err;
    like(Tool::read_file("$dir/lines"), qr/os=Linux 5/, 'both are read');
    open my $list, '-|', 'echo', 'nonsense' or die;
    ($status, $out, $err) = run('--check-database', '/proc/self/fd/' . fileno $list);
    is($out, '/proc/self/fd/' . fileno($list) . qq(:1: "nonsense" is neither a section nor key = value\n), 'a third') or diag $err;
    pipe my $in, my $feed or die;
    pipe my $end, my $held or die;
    my $pid = fork // die;
    if (!$pid) {
        open STDIN, '<&', $in or die;
        exec $tool, '--quiet', '-f', $fp, '-r', '/dev/stdin' or die;
    }
    close $_ for $held, $in;
    vec(my $ready = '', fileno $end, 1) = 1;
    is(select($ready, undef, undef, 10), 1, 'one that nothing names is closed');
    kill KILL => $pid;
    waitpid $pid, 0;
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
    my $theirs = join '', grep { /mod=(?:syn|mtu)\|/ } split /^/, Tool::read_file("$dir/theirs");
    my $ours = join '', grep { /mod=(?:syn|mtu)\|/ } split /^/, Tool::read_file("$dir/ours");
    ok($theirs ne '' && $ours eq $theirs, 'strict: line for line what p0f 3.09b writes')
        or diag "ours:\n", substr($ours, 0, 2000), "theirs:\n", substr($theirs, 0, 2000);
}

done_testing;
