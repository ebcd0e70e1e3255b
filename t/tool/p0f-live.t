#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# tools/p0f on live traffic in network namespaces: what it sees and says that it missed, how it ends,
# how it gives up root and goes into the background, and that nobody who reads its output slowly holds
# it up.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);
use FindBin;
use IO::Socket::INET;
use Time::HiRes qw(sleep time);
use lib "$FindBin::Bin/../lib";
use Frame;
use Netns;
use Tool;

my $missing = Netns::missing();
plan skip_all => $missing if $missing;

my $build = $ENV{P0F_BUILD} || "$FindBin::Bin/../../build";
my $tool = $ENV{P0F_TOOL} || "$build/tools/p0f";
my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;
$ENV{TZ} = 'UTC';

my $fp = Tool::fingerprints($dir);

my ($client, $server) = Netns->pair;
my %syn = (src => '192.0.2.1', dst => '192.0.2.2');
my ($count, $port) = (0, 20000);

# Starts the tool in the server's namespace and waits until it listens.
sub start {
    my @args = @_;
    my $p0f = Tool->start([$server->command($tool, '-f', $fp, @args)], $dir, 'p0f' . $count++);
    ok($p0f->wait_for(qr/listening on/), "listens: @args") or diag $p0f->err;
    return $p0f;
}

sub send_syns { Frame::send_through($client, 'eth0', map { Frame::build(%syn, sport => $port++, %$_) } @_) }

# Waits until the file has as many matches.
sub count_in {
    my ($file, $what, $n) = @_;
    Tool::until_true(sub { (() = Tool::read_file($file) =~ /$what/g) >= $n });
    return scalar(() = Tool::read_file($file) =~ /$what/g);
}

subtest 'a real connection over loopback' => sub {
    my $log = "$dir/lo.log";
    my $p0f = start('-i', 'lo', '-o', $log);
    system($server->command($^X, '-MIO::Socket::INET', '-e', <<'END')) == 0 or die;
my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1:8080') or die;
my $c = IO::Socket::INET->new('127.0.0.1:8080') or die;
my $s = $l->accept;
syswrite $c, "GET / HTTP/1.1\r\nHost: x\r\nAccept-Language: el\r\n\r\n";
sysread $s, my $b, 1000;
syswrite $s, "HTTP/1.1 200 OK\r\nServer: Apache\r\n\r\n";
sysread $c, $b, 1000;
END
    is(count_in($log, 'mod=http response', 1), 1, 'is followed to its answer');
    like(Tool::read_file($log), qr/mod=syn\|.*\n(?:.*\n)*.*mod=syn\+ack\|(?:.*\n)*.*mod=http request\|.*lang=Modern Greek/,
         'SYN, SYN+ACK, request');
    is($p0f->end('INT'), 0, 'SIGINT ends it');
    like($p0f->out, qr/^\.-\[ 127\.0\.0\.1\/\d+ -> 127\.0\.0\.1\/8080 \(http response\) \]-$/m, 'shown on the screen');
    like($p0f->out, qr/\n\n\d+ packets\.\n\z/, 'with the number of packets at the end');
};

subtest 'both directions, tags, extension headers' => sub {
    my $log = "$dir/veth.log";
    my $p0f = start('-i', 'eth0', '-o', $log);
    send_syns({}, { tags => [[0x8100, 5]] }, { tags => [[0x88a8, 6], [0x8100, 5]] });
    my $extended = Frame::build(src => '2001:db8::1', dst => '2001:db8::2', win => 63360, options => 'M1440,S,T,N,W7');
    substr($extended, 14 + 4, 2) = pack 'n', length($extended) - 54 + 8;
    substr($extended, 14 + 6, 1) = "\0";
    substr($extended, 54, 0) = pack 'CCC2C4', 6, 0, 1, 4, 0, 0, 0, 0;
    Frame::send_through($client, 'eth0', $extended);
    Frame::send_through($server, 'eth0', Frame::build(src => '192.0.2.2', dst => '192.0.2.1', sport => $port++));
    is(count_in($log, 'mod=syn\|.*os=Linux 5', 5), 5, 'all five are read');
    like(Tool::read_file($log), qr/raw_sig=6:64\+0:8:1440/, 'an extension header counts as options');
    is($p0f->end('TERM'), 0, 'SIGTERM ends it');

    $p0f = start('-i', 'eth0', '-o', "$log.strict", '--strict');
    send_syns({ tags => [[0x8100, 5]] }, {});
    is(count_in("$log.strict", 'mod=syn\|', 1), 1, 'strict: untagged frames only');
    is($p0f->end('HUP'), 0, 'SIGHUP ends it');
};

subtest 'a filter' => sub {
    my $log = "$dir/filter.log";
    my $p0f = start('-i', 'eth0', '-o', $log, 'dst port 81');
    send_syns({}, { dport => 81 }, { dport => 81, tags => [[0x8100, 5]] }, { dport => 82 });
    is(count_in($log, 'mod=syn\|.*/81\|', 2), 2, 'passes what it says, tagged or not');
    unlike(Tool::read_file($log), qr{srv=192\.0\.2\.2/8[02]}, 'and nothing else');
    is($p0f->end('INT'), 0, 'ends well');
    my $wrong = Tool->start([$server->command($tool, '-f', $fp, '-i', 'eth0', 'nonsense here')], $dir, 'wrong');
    is($wrong->status, 1, 'a wrong one is an error');
    like($wrong->err, qr/^p0f: capture filter "nonsense here" on interface "eth0": /, 'with a sentence');
};

subtest 'promiscuous' => sub {
    for my $row (['-p', 1], ['-j', 0]) {
        my $p0f = start('-i', 'eth0', $row->[0]);
        my ($n) = $server->output('ip', '-d', 'link', 'show', 'eth0') =~ /promiscuity (\d+)/;
        is($n, $row->[1], "$row->[0]: $row->[1]");
        $p0f->end('INT');
    }
};

subtest 'the default interface, and -L' => sub {
    my $p0f = Tool->start([$server->command($tool, '-L')], $dir, 'list');
    is($p0f->status, 0, '-L ends well');
    my ($first) = $p0f->out =~ /^(\S+)/;
    like($p0f->out, qr/^eth0\b/m, 'lists eth0');
    $p0f = start();
    like($p0f->err, qr/listening on \Q$first\E$/m, 'the first one is taken');
    $p0f->end('INT');
};

subtest 'no right to capture' => sub {
    my $p0f = Tool->start([$server->command('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups',
        $tool, '-f', $fp, '-i', 'eth0')], $dir, 'right');
    is($p0f->status, 1, 'is an error');
    like($p0f->err, qr/^p0f: no permission to capture on interface "eth0"/, 'with a sentence');
};

subtest 'an interface that goes away' => sub {
    my ($one, $two) = (Netns->new('a'), Netns->new('b'));
    $one->veth($two);
    my $p0f = Tool->start([$two->command($tool, '-f', $fp, '-i', 'eth0')], $dir, 'gone');
    ok($p0f->wait_for(qr/listening/), 'listens');
    $one->ip('link', 'del', 'eth0');
    is($p0f->status, 1, 'ends it');
    like($p0f->err, qr/^p0f: eth0: ./m, 'with a sentence');
};

# Sends SYNs of hosts number $from to $to.
sub flood {
    my ($from, $to) = @_;
    Frame::send_through($client, 'eth0',
        map { Frame::build(src => join('.', 10, $_ >> 16, $_ >> 8 & 255, $_ & 255), dst => '192.0.2.2', sport => 1024 + $_ % 60000) } $from .. $to);
}

subtest 'nobody reads the screen' => sub {
    pipe my $from, my $to or die;
    my ($log, $socket) = ("$dir/unread.log", "$dir/unread");
    my $p0f = Tool->start([$server->command($tool, '-f', $fp, '-i', 'eth0', '-o', $log, '-s', $socket, '-m', '1000,20000')],
                          $dir, 'unread', stdout => $to);
    close $to;
    ok($p0f->wait_for(qr/listening/), 'listens');
    my $logged = 0;
    for my $thousand (1 .. 15) {
        flood(1000 * $thousand - 999, 1000 * $thousand);
        $logged = count_in($log, 'mod=syn\|', 1000 * $thousand);
    }
    is($logged, 15000, 'the log has everything');
    my $begun = time;
    my $answer = Tool::ask(Tool::connect_to($socket), '10.0.58.152');
    is($answer && $answer->{os_name}, 'Linux', 'the socket answers');
    cmp_ok(time - $begun, '<', 0.5, 'at once');
    is($p0f->end('INT'), 1, 'it ends all the same, and says that something is missing');
    like($p0f->err, qr/observations didn't reach the standard output/, 'what');
    close $from;
};

subtest 'a second signal ends it at once' => sub {
    pipe my $from, my $to or die;
    my $p0f = Tool->start([$server->command($tool, '-f', $fp, '-i', 'eth0')], $dir, 'second', stdout => $to);
    close $to;
    ok($p0f->wait_for(qr/listening/), 'listens');
    flood(1, 2000);
    sleep 0.3;
    my $begun = time;
    kill INT => $p0f->pid;
    sleep 0.2;
    ok(!$p0f->ended, 'it waits a little for who reads the screen');
    is($p0f->end('INT'), 1, 'not after the second signal');
    cmp_ok(time - $begun, '<', 1.5, 'at once');
    close $from;
};

subtest 'the screen goes away' => sub {
    pipe my $from, my $to or die;
    my $p0f = Tool->start([$server->command($tool, '-f', $fp, '-i', 'eth0')], $dir, 'away', stdout => $to);
    close $_ for $from, $to;
    ok($p0f->wait_for(qr/listening/), 'listens');
    send_syns({});
    sleep 0.2;
    send_syns({});
    is($p0f->status, 1, 'ends it, as nothing is left to do');
};

# While it is stopped, the kernel's buffer of 16 MB overflows; each SYN is read or lost, or never came so far.
subtest 'packets that come too fast' => sub {
    for my $stopped (0, 1) {
        my ($name, $socket, $sent) = ($stopped ? 'fast' : 'slow', "$dir/fast$stopped", 0);
        my $p0f = Tool->start([$server->command($tool, '--quiet', '-f', $fp, '-i', 'eth0', '-s', $socket, 'dst port 8080')], $dir, $name);
        ok(Tool::until_true(sub { Tool::connect_to($socket) }), "$name: listens") or diag $p0f->err;
        if ($stopped) {
            kill STOP => $p0f->pid;
            for (1 .. 30) {
                last if $sent > 400_000;
                $sent += $client->output("$build/t/tools/flood", 'eth0', $server->mac('eth0'), '192.0.2.2', 8080, 0, 1);
            }
            cmp_ok($sent, '>', 400_000, "$name: far more than the buffer holds is sent");
            kill CONT => $p0f->pid;
        }
        ok(Tool::until_true(sub {
            $sent++;
            send_syns({ dport => 8080 });
            my $answer = Tool::ask(Tool::connect_to($socket), '192.0.2.1');
            return $answer && $answer->{os_name} eq 'Linux';
        }), "$name: what comes afterwards is read");
        is($p0f->end('TERM'), 0, "$name: SIGTERM ends it");
        my ($read, $lost) = map { $p0f->out =~ /^$_ +(\d+)$/m ? $1 : 0 } 'packets', 'kernel_drops';
        cmp_ok($read, '>', 0, "$name: packets are read");
        if ($stopped) {
            cmp_ok($lost, '>', 0, "$name: ... and those that the kernel lost are counted");
            cmp_ok($read + $lost, '<=', $sent, "$name: ... once");
            like($p0f->err, qr/^p0f: $lost packets came too fast and are missing$/m, "$name: ... with a sentence");
            diag "$sent SYNs while it was stopped: $read read, $lost lost by the kernel";
        } else {
            is($lost, 0, "$name: none is lost");
            is($p0f->err, '', "$name: ... and nothing said");
        }
    }
};

subtest 'in the background' => sub {
    my $log = "$dir/daemon.log";
    my $p0f = Tool->start([$server->command($tool, '-f', $fp, '-i', 'eth0', '-d', '-o', $log)], $dir, 'daemon');
    is($p0f->status, 0, 'it returns');
    my ($pid) = $p0f->out =~ /^(\d+)\n\z/;
    ok($pid && -d "/proc/$pid", 'and prints the number of a process') or return;
    is(readlink "/proc/$pid/cwd", '/', 'in the root directory');
    is(readlink "/proc/$pid/fd/0", '/dev/null', 'standard input is /dev/null');
    is(readlink "/proc/$pid/fd/1", "$dir/daemon.err", 'standard output is standard error');
    my ($session) = Tool::read_file("/proc/$pid/stat") =~ /\) \S+ \S+ \S+ (\d+)/;
    is($session, $pid, 'in a session of its own');
    send_syns({});
    is(count_in($log, 'mod=syn\|', 1), 1, 'and works');
    kill HUP => $pid;
    sleep 0.3;
    ok(-d "/proc/$pid", 'SIGHUP is ignored');
    kill TERM => $pid;
    ok(Tool::until_true(sub { !-d "/proc/$pid" || Tool::read_file("/proc/$pid/stat") =~ /\) Z/ }), 'SIGTERM ends it');
    is(Tool::read_file("$dir/daemon.err") =~ s/.*listening.*\n//r, '', 'with nothing to say');
};

# ---- privileges ---------------------------------------------------------------------------------

# Users of our own, seen by one process and its children only.
mkdir "$dir/$_" for qw(home jail jail/proc);
chmod 0755, "$dir/home", "$dir/jail";
Tool::write_file("$dir/passwd", Tool::read_file('/etc/passwd') . <<"END");
p0ft-good:x:54321:54322::$dir/home:/bin/false
p0ft-root:x:0:54322::$dir/home:/bin/false
p0ft-wheel:x:54323:0::$dir/home:/bin/false
p0ft-homeless:x:54324:54322::/:/bin/false
p0ft-lost:x:54325:54322::$dir/absent:/bin/false
p0ft-jail:x:54326:54322::$dir/jail:/bin/false
END
Tool::write_file("$dir/group", Tool::read_file('/etc/group') . "p0ft-more:x:54399:p0ft-good\n");

sub with_users {
    return ('unshare', '-m', '--propagation', 'private', 'sh', '-c',
        "mount --bind $dir/passwd /etc/passwd && mount --bind $dir/group /etc/group && exec \"\$@\"", 'sh', @_);
}

subtest 'root is given up' => sub {
    my ($log, $socket) = ("$dir/user.log", "$dir/user");
    my $p0f = Tool->start([$server->command(with_users($tool, '-f', $fp, '-i', 'eth0', '-u', 'p0ft-good',
        '-o', $log, '-s', $socket))], $dir, 'user');
    ok($p0f->wait_for(qr/listening/), 'it listens') or diag $p0f->err;
    my $status = Tool::read_file('/proc/' . $p0f->pid . '/status');
    like($status, qr/^Uid:\t54321\t54321\t54321\t54321$/m, 'user');
    like($status, qr/^Gid:\t54322\t54322\t54322\t54322$/m, 'group');
    like($status, qr/^Groups:\t54322 54399 $/m, 'supplementary groups');
    like($status, qr/^CapEff:\t0+$/m, 'no capabilities');
    is(readlink '/proc/' . $p0f->pid . '/root', "$dir/home", 'its home is its root directory');
    send_syns({});
    is(count_in($log, 'mod=syn\|', 1), 1, 'it captures and writes');
    is(Tool::ask(Tool::connect_to($socket), '192.0.2.1')->{os_name}, 'Linux', 'and answers');
    is($p0f->end('INT'), 0, 'ends well');
};

subtest 'the time zone is known before' => sub {
    plan skip_all => 'no zone files' if !-e '/usr/share/zoneinfo/Asia/Kolkata';
    local $ENV{TZ} = 'Asia/Kolkata';
    my $frame = Frame::build(%syn);
    Tool::write_file("$dir/zone.pcap", pack('VvvVVVVVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1, 1700000000, 0, (length $frame) x 2) . $frame);
    my $p0f = Tool->start([with_users($tool, '-f', $fp, '-r', "$dir/zone.pcap", '-u', 'p0ft-good', '-o', "$dir/zone.log")], $dir, 'zone');
    is($p0f->status, 0, 'a file is read under another user too') or diag $p0f->err;
    like(Tool::read_file("$dir/zone.log"), qr/^\[2023\/11\/15 03:43:20\] mod=syn/, 'local time after chroot');
};

subtest 'users that are refused' => sub {
    for my $row (
        ['p0ft-absent', qr/there is no user p0ft-absent/], ['p0ft-root', qr/p0ft-root is root or has its group/],
        ['p0ft-wheel', qr/p0ft-wheel is root or has its group/], ['p0ft-homeless', qr/p0ft-homeless has no home directory of its own/],
        ['p0ft-lost', qr/cannot make \S+absent the root directory: No such file/], ['p0ft-jail', qr/the home directory \S+jail holds \/proc or \/sys/]) {
        my $p0f = Tool->start([$server->command(with_users($tool, '-f', $fp, '-i', 'eth0', '-u', $row->[0]))], $dir, 'refused');
        is($p0f->status, 1, $row->[0]);
        like($p0f->err, qr/^p0f: -u: $row->[1]/, 'a sentence');
    }
    my $p0f = Tool->start([with_users('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups',
        $tool, '-f', $fp, '-r', "$dir/zone.pcap", '-u', 'p0ft-good')], $dir, 'refused');
    is($p0f->status, 1, 'somebody else than root');
    like($p0f->err, qr/^p0f: -u: only root can become another user/, 'a sentence');
};

# ---- a terminal ---------------------------------------------------------------------------------

subtest 'progress on a terminal' => sub {
    plan skip_all => 'no script(1)' if system('script -V >/dev/null 2>&1') != 0;
    my $frame = Frame::build(%syn);
    my $record = pack('VVVV', 1700000000, 0, (length $frame) x 2) . $frame;
    system('mkfifo', "$dir/slow") == 0 or die;
    my $feeder = fork // die;
    if (!$feeder) {
        open my $to, '>', "$dir/slow" or die;
        syswrite $to, pack 'VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1;
        for (1 .. 3) {
            print $to $record x 10000;
            sleep 0.7;
        }
        close $to;
        POSIX::_exit(0);
    }
    my $said = `script -qec "$tool -f $fp -r $dir/slow -o $dir/slow.log --quiet" /dev/null </dev/null`;
    waitpid $feeder, 0;
    like($said, qr/\rp0f: \d+ packets of \S+slow/, 'while it takes long');
    like($said, qr/\r\e\[K/, 'wiped at the end');
    my $p0f = Tool->start([$tool, '-f', $fp, '-r', "$dir/zone.pcap"], $dir, 'quick');
    $p0f->status;
    is($p0f->err, '', 'none without a terminal');
};

done_testing;
