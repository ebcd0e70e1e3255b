#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# p0f -s and p0fq: p0f 3's socket with many clients and with bad ones, its replies beside those of
# Debian's p0f on the same traffic, and the tool that asks.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);
use FindBin;
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP;
use Time::HiRes qw(sleep time);
use lib "$FindBin::Bin/../lib";
use Frame;
use Netns;
use Tool;

my $missing = Netns::missing();
plan skip_all => $missing if $missing;

my $build = $ENV{P0F_BUILD} || "$FindBin::Bin/../../build";
my $tool = $ENV{P0F_TOOL} || "$build/tools/p0f";
my $p0fq = "$build/tools/p0fq";
my $reference = '/usr/sbin/p0f';
my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;
$ENV{TZ} = 'UTC';
$SIG{PIPE} = 'IGNORE';

my $fp = "$dir/test.fp";
Tool::write_file($fp, <<'END');
classes = unix,win
[mtu]
label = Ethernet or modem
sig = 1500
[tcp:request]
label = s:unix:Linux:a flavor of more than 31 characters
sig = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+:0
label = g:win:Windows:
sig = 4:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+:0
label = s:unix:Random:
sig = 4:255-:0:*:1024,0:mss:df,id+:0
label = s:!:Scanner:x
sys = @win
sig = 4:64:0:*:1025,0:mss:df,id+:0
[tcp:response]
label = s:unix:Linux:server
sig = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+:0
[http:request]
ua_os = Linux,Windows
label = s:!:curl:
sys = @unix,@win
sig = *:User-Agent,Host,Accept=[*/*]:Connection:curl
[http:response]
label = s:!:Apache:2.x
sys = @unix,@win
sig = *:Date,Server:Keep-Alive:Apache
END

my ($client, $server) = Netns->pair;
my $count = 0;

sub start {
    my ($name, @args) = @_;
    my $p0f = Tool->start([$server->command($tool, '-f', $fp, '-i', 'eth0', '-s', "$dir/$name", @args)], $dir, $name);
    ok($p0f->wait_for(qr/listening/), "listens: $name @args") or diag $p0f->err;
    return $p0f;
}

sub send_frames { Frame::send_through($client, 'eth0', @_) }

# A connection with a request and an answer; %f is for its SYN.
sub conversation {
    my (%f) = (src => '192.0.2.50', dst => '192.0.2.60', sport => 3000, dport => 80, @_);
    my $agent = delete $f{agent} // 'curl/7';
    my %back = (src => $f{dst}, dst => $f{src}, sport => $f{dport}, dport => $f{sport}, tsval => 5000);
    my $request = "GET / HTTP/1.1\r\nUser-Agent: $agent\r\nHost: x\r\nAccept: */*\r\nAccept-Language: el\r\n\r\n";
    my $answer = "HTTP/1.1 200 OK\r\nDate: Sun, 13 Mar 2011 07:06:40 GMT\r\nServer: Apache/2\r\n\r\n";
    return (
        Frame::build(%f, seq => 1000),
        Frame::build(%back, flags => 'SA', seq => 7000, ack => 1001),
        Frame::build(%f, flags => 'A', seq => 1001, ack => 7001, options => ''),
        Frame::build(%f, flags => 'PA', seq => 1001, ack => 7001, options => '', payload => $request),
        Frame::build(%back, flags => 'PA', seq => 7001, ack => 1001 + length $request, options => '', payload => $answer));
}

my $p0f = start('api', '-S', '10');
is((stat "$dir/api")[2] & 07777, 0666, 'anybody may connect');

subtest 'an answer' => sub {
    send_frames(Frame::build(src => '192.0.2.1', dst => '192.0.2.2', ttl => 60));
    my $socket = Tool::connect_to("$dir/api");
    ok(Tool::until_true(sub { my $r = Tool::ask($socket, '192.0.2.1'); $r && $r->{status} == 0x10 }), 'found');
    my $r = Tool::ask($socket, '192.0.2.1');
    is($r->{os_name}, 'Linux', 'the system');
    is($r->{os_flavor}, 'a flavor of more than 31 charac', 'cut at 31 characters');
    is($r->{link_type}, 'Ethernet or modem', 'the link');
    is($r->{distance}, 4, 'the distance');
    cmp_ok(abs($r->{first_seen} - time), '<', 10, 'when');
    is(Tool::ask($socket, '192.0.2.2')->{distance}, -1, 'an unknown distance is -1');
    is(Tool::ask($socket, '192.0.2.3')->{status}, 0x20, 'an unknown host');
    is(Tool::ask($socket, '2001:db8::77')->{status}, 0x20, 'an unknown IPv6 host');
};

# The kernel hands frames over in blocks, milliseconds late: the query waits for them.
subtest 'who asks at once is answered' => sub {
    $client->address('eth0', map { "192.0.2.$_/24" } 100 .. 119);
    my $found = qx(@{[join ' ', map { "'$_'" } $client->command($^X, '-MSocket', '-e', <<'EOS', "$dir/api")]});
for my $n (100 .. 119) {
    socket my $s, PF_UNIX, SOCK_STREAM, 0;
    connect $s, pack_sockaddr_un($ARGV[0]) or die $!;
    socket my $c, PF_INET, SOCK_STREAM, 0;
    bind $c, pack_sockaddr_in(0, inet_aton("192.0.2.$n")) or die $!;
    connect $c, pack_sockaddr_in(9, inet_aton("192.0.2.2"));
    syswrite $s, pack("L C a16", 0x50304601, 4, inet_aton("192.0.2.$n"));
    sysread $s, my $reply, 232;
    $found++ if unpack("x4 L", $reply) == 0x10;
}
print $found + 0;
EOS
    # (with a sanitizer the capture takes longer than a query waits)
    my $sanitized = `ldd '$tool'` =~ /lib[at]san/;
    cmp_ok($found, '>=', $sanitized ? 0 : 15, 'most of those asked about as soon as their packet was sent are found');
    my ($socket, $begun) = (Tool::connect_to("$dir/api"), time);
    is(scalar(grep { Tool::ask($socket, '192.0.2.3')->{status} != 0x20 } 1 .. 500), 0, 'a stranger is one in the end');
    cmp_ok(time - $begun, '<', 15, '... and waits once a second');
};

subtest 'a bad query leaves the connection open' => sub {
    my $socket = Tool::connect_to("$dir/api");
    for my $query ('x' x 21, pack('LCx16', 0x50304601, 5), pack('NCx16', 0x50304601, 4)) {
        syswrite $socket, $query;
        is(Tool::replies($socket), pack('LLx224', 0x50304602, 0), 'status 0, the rest 0');
    }
    is(Tool::ask($socket, '192.0.2.1')->{os_name}, 'Linux', 'the next one is answered');
};

subtest 'queries in pieces and many at once' => sub {
    my $socket = Tool::connect_to("$dir/api");
    for my $byte (split //, Tool::query('192.0.2.1')) {
        syswrite $socket, $byte;
        sleep 0.005;
    }
    is(Tool::decode(Tool::replies($socket))->{os_name}, 'Linux', 'byte by byte');
    my @addresses = map { ('192.0.2.1', '192.0.2.2', '192.0.2.3')[$_ % 3] } 0 .. 499;
    syswrite $socket, join '', map { Tool::query($_) } @addresses;
    my @statuses = map { Tool::decode($_) } unpack '(a232)*', Tool::replies($socket, 500);
    is(join(',', map { "$_->{status}$_->{os_name}" } @statuses), join(',', ('16Linux', '16', '32')[0 .. 2], map { ('16Linux', '16', '32')[$_ % 3] } 3 .. 499),
        '500, answered in order');
};

subtest 'many clients' => sub {
    my @sockets = map { Tool::connect_to("$dir/api") } 1 .. 9;
    for my $round (1 .. 100) {
        syswrite $_, Tool::query('192.0.2.1') for @sockets;
        my @wrong = grep { Tool::decode(Tool::replies($_))->{os_name} ne 'Linux' } @sockets;
        is(scalar @wrong, 0, 'all are answered') if $round == 100 || @wrong;
    }
};

subtest 'bad clients disturb nobody' => sub {
    my $good = Tool::connect_to("$dir/api");
    my ($slow, $deaf, $half, $silent) = map { Tool::connect_to("$dir/api") } 1 .. 4;
    my $before = $p0f->cpu;
    shutdown $half, 1;
    $deaf->blocking(0);
    my $queries = Tool::query('192.0.2.1') x 200;
    my $sent = 0;
    while (my $n = syswrite $deaf, $queries) { $sent += $n }
    cmp_ok($sent, '<', 10e6, 'the deaf one is stopped');
    my ($longest, $cut) = (0, 0);
    my $begun = time;
    while (time - $begun < 3) {
        $cut = 1 if !$cut && !defined syswrite $slow, substr Tool::query('192.0.2.1'), 0, 1;
        my $asked = time;
        is(Tool::ask($good, '192.0.2.1')->{os_name}, 'Linux', 'the good one is answered');
        my $took = time - $asked;
        $longest = $took if $took > $longest;
        sleep 0.25;
    }
    cmp_ok($longest, '<', 0.3, 'quickly');
    ok($cut, 'a byte now and then: cut off');
    cmp_ok($p0f->cpu - $before, '<', 0.5, 'and the program rests meanwhile');
    is(Tool::ask($silent, '192.0.2.1')->{os_name}, 'Linux', 'a silent one is welcome');
};

subtest 'gone in the middle, a thousand times' => sub {
    my $descriptors = () = glob '/proc/' . $p0f->pid . '/fd/*';
    for my $n (1 .. 1000) {
        my $socket = Tool::connect_to("$dir/api") or next;
        syswrite $socket, Tool::query('192.0.2.1') x ($n % 3) . 'x' x ($n % 2);
        close $socket;
    }
    my $good = Tool::connect_to("$dir/api");
    is(Tool::ask($good, '192.0.2.1')->{os_name}, 'Linux', 'the next one is answered');
    close $good;
    ok(Tool::until_true(sub { $descriptors >= (() = glob '/proc/' . $p0f->pid . '/fd/*') }), 'no descriptor is left open');
    is($p0f->err =~ s/.*listening.*\n//r, '', 'and it has nothing to say about all that');
};

subtest 'when all places are taken' => sub {
    my @sockets = map { Tool::connect_to("$dir/api") } 1 .. 10;
    Tool::ask($_, '192.0.2.1') for @sockets;
    my $before = $p0f->cpu;
    my $next = Tool::connect_to("$dir/api");
    syswrite $next, Tool::query('192.0.2.1');
    ok(!IO::Select->new($next)->can_read(1), 'the next one waits');
    cmp_ok($p0f->cpu - $before, '<', 0.2, 'which costs nothing');
    close $sockets[4];
    is(length Tool::replies($next), 232, 'until one leaves');
};

subtest 'p0fq' => sub {
    my @ask = ($p0fq, '-s', "$dir/api");
    my $run = Tool->start([@ask, '192.0.2.1'], $dir, 'ask');
    is($run->status, 0, 'a known host');
    like($run->out, qr/^os          = Linux a flavor of more than 31 charac\nmatch       = exact\nlink        = Ethernet or modem\ndistance    = 4\nconnections = 1\nfirst seen  = \d{4}-/, 'as text');
    $run = Tool->start([@ask, '--json', '192.0.2.1'], $dir, 'ask');
    is($run->status, 0, 'a known host');
    my $json = JSON::PP->new->decode($run->out);
    is_deeply([@$json{qw(address found os_name distance http_name uptime_min)}], ['192.0.2.1', JSON::PP::true, 'Linux', 4, undef, undef], 'as JSON');
    $run = Tool->start([@ask, '192.0.2.2', '--json'], $dir, 'ask');
    is($run->status, 0, 'a host without a system');
    is_deeply([@{ JSON::PP->new->decode($run->out) }{qw(os_name distance)}], [undef, undef], 'null');
    $run = Tool->start([@ask, '2001:db8::1'], $dir, 'ask');
    is($run->status, 1, 'an unknown host: 1');
    is($run->out, "nothing is known of 2001:db8::1\n", 'a sentence');
    $run = Tool->start([@ask, '--json', '192.0.2.3'], $dir, 'ask');
    is($run->status, 1, 'as JSON too');
    is($run->out, "{\"address\":\"192.0.2.3\",\"found\":false}\n", 'found: false');
    for my $row ([[], qr/^usage: p0fq/], [['192.0.2.1'], qr/^usage/], [['-s', "$dir/api"], qr/^usage/],
        [['-s', "$dir/api", '192.0.2.1', '192.0.2.2'], qr/^usage/], [['--nonsense'], qr/usage/],
        [['-s', "$dir/api", '192.0.2.256'], qr/^p0fq: 192\.0\.2\.256 is no IPv4 or IPv6 address/]) {
        $run = Tool->start([$p0fq, @{ $row->[0] }], $dir, 'ask');
        is($run->status, 2, "wrong use: 2: @{ $row->[0] }");
        like($run->err, $row->[1], 'a sentence');
    }
    for my $row (["$dir/absent", qr/cannot connect to \S+absent: No such file/], ["$dir/test.fp", qr/cannot connect.*refused/i],
        ['x' x 200, qr/the name is too long/]) {
        $run = Tool->start([$p0fq, '-s', $row->[0], '192.0.2.1'], $dir, 'ask');
        is($run->status, 3, 'no socket: 3');
        like($run->err, $row->[1], 'a sentence');
    }
};

subtest 'p0fq and servers that are none' => sub {
    for my $row (['it hung up', sub { }], ["doesn't speak p0f 3's language", sub { syswrite $_[0], 'x' x 232 }],
        ['no answer: it takes too long', sub { sleep 3 }]) {
        unlink "$dir/odd";
        my $listener = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => "$dir/odd", Listen => 1) or die;
        my $run = Tool->start([$p0fq, '-s', "$dir/odd", '192.0.2.1'], $dir, 'odd');
        my $peer = $listener->accept;
        sysread $peer, my $query, 21;
        $row->[1]->($peer);
        close $peer;
        is($run->status, 3, 'no answer: 3');
        like($run->err, qr/\Q$row->[0]\E/, 'a sentence');
    }
};

is($p0f->end('INT'), 0, 'ends well');

subtest 'the socket file' => sub {
    ok(-S "$dir/api", 'stays after the end');
    my $again = start('api');
    my $second = Tool->start([$server->command($tool, '-f', $fp, '-i', 'eth0', '-s', "$dir/api")], $dir, 'second');
    is($second->status, 1, 'a second program is refused');
    like($second->err, qr/^p0f: socket \S+api: another program listens on it/, 'with a sentence');
    $again->end('INT');
    my $wrong = Tool->start([$server->command($tool, '-f', $fp, '-i', 'eth0', '-s', $fp)], $dir, 'wrong');
    is($wrong->status, 1, 'another file is left alone');
    like($wrong->err, qr/^p0f: socket \S+test.fp: something that is no socket has this name/, 'with a sentence');
};

# The same traffic for both, and all replies compared. 3.09b leaves no NUL in texts of 32 characters.
subtest 'the same replies as p0f 3.09b' => sub {
    plan skip_all => 'p0f is not installed' if !-x $reference;
    my $ours = start('ours', '--strict');
    my $theirs = Tool->start([$server->command($reference, '-f', $fp, '-i', 'eth0', '-s', "$dir/theirs")], $dir, 'theirs');
    ok(Tool::until_true(sub { -S "$dir/theirs" && Tool::connect_to("$dir/theirs") }), 'the reference listens');
    my (%hosts, @frames);
    my $port = 3000;
    my $add = sub { $hosts{$_} = 1 for @{ {@_} }{qw(src dst)}; push @frames, Frame::build(sport => $port++, @_) };
    for my $n (1 .. 200) {
        $add->(src => "192.0.2.$n", dst => '198.51.100.' . $n % 10, ttl => 255 - $n, win => ($n % 3 ? 64240 : 1023 + $n % 4),
            options => ('M1460,S,T,N,W7', 'M1460,N,W8,N,N,S', 'M1400', 'M1460')[$n % 4], tsval => $n * 1000) for 1 .. 1 + $n % 3;
    }
    $add->(src => "2001:db8::$_", dst => '2001:db8::ff', options => 'M1440,S,T,N,W7', win => 63360) for 1 .. 20;
    $hosts{$_} = 1 for '192.0.2.50', '192.0.2.60', '192.0.2.51', '192.0.2.52';
    push @frames, conversation(), conversation(src => '192.0.2.51', agent => 'Mozilla'), conversation(src => '192.0.2.52', agent => 'curl Windows');
    # Another system at the same address, again and again.
    $add->(src => '192.0.2.53', dst => '198.51.100.1', ttl => $_ % 2 ? 64 : 128,
        options => $_ % 2 ? 'M1460,S,T,N,W7' : 'M1460,N,W8,N,N,S', tsval => $_ * 100) for 1 .. 8;
    while (my @part = splice @frames, 0, 50) {
        send_frames(@part);
        sleep 0.05;
    }
    # Clocks that tick: 300 ms, 300 ticks.
    send_frames(Frame::build(src => '192.0.2.54', dst => '198.51.100.1', sport => 1, tsval => 100000));
    sleep 0.3;
    send_frames(Frame::build(src => '192.0.2.54', dst => '198.51.100.1', sport => 2, tsval => 100300));
    $hosts{'192.0.2.54'} = 1;
    sleep 0.5;

    my ($one, $two) = map { Tool::connect_to("$dir/$_") } 'ours', 'theirs';
    my ($equal, %seen) = (0);
    for my $host (sort(keys %hosts), '203.0.113.1', '2001:db8::77') {
        my ($our, $their) = map { syswrite $_, Tool::query($host); Tool::replies($_) } $one, $two;
        substr($their, 40 + 32 * $_ + 31, 1) = "\0" for 0 .. 5;
        if ($our eq $their) {
            $equal++;
        } else {
            my ($a, $b) = (Tool::decode($our), Tool::decode($their));
            is_deeply($a, $b, $host);
        }
        my $r = Tool::decode($our);
        $r->{$_} && $seen{$_}++ for keys %$r;
    }
    is($equal, 2 + keys %hosts, $equal . ' hosts, byte for byte');
    is(join(' ', grep { !$seen{$_} } qw(status first_seen last_seen total_conn uptime_min up_mod_days last_nat last_chg distance bad_sw
        os_match_q os_name os_flavor http_name http_flavor link_type language)), '', 'every field had something in it');
    $ours->end('INT');
    $theirs->end('INT');
};

done_testing;
