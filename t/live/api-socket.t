# SPDX-License-Identifier: Apache-2.0
#
# P0fApiSocket: p0f 3's clients ask the module; who may, what they are told, and that neither a
# restart nor a bad client is in anybody's way.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::UNIX;
use Socket qw(SOCK_STREAM inet_aton inet_pton AF_INET6);
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;
use Synmask;

my $why = Synmask::missing() || Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my $wire = Synmask->new;
my $client = $wire->client;
my $httpd = Httpd->new(netns => $wire->server, config => <<'EOC');
P0fEngine On
P0fExport all
P0fPorts 2525
P0fApiSocket p0f.sock
EOC
my $path = $httpd->dir . '/run/p0f.sock';
chmod 0755, $httpd->dir . '/run';   # as a system's own folder is
ok($httpd->start, 'the server starts') or diag $httpd->console;

sub dial { return IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path) }

sub query {
    my ($address) = @_;
    my $v6 = $address =~ /:/;
    return pack('L C a16', 0x50304601, $v6 ? 6 : 4, $v6 ? inet_pton(AF_INET6, $address) : inet_aton($address));
}

my @fields = qw(magic status first_seen last_seen total_conn uptime_min up_mod_days last_nat last_chg distance bad_sw os_match_q
    os_name os_flavor http_name http_flavor link_type language);

# Reads one reply: a hash, or undef if there is none within 3 seconds.
sub reply {
    my ($socket) = @_;
    my $data = '';
    local $SIG{ALRM} = sub { die "late\n" };
    eval { alarm 3; 1 while length $data < 232 && sysread $socket, $data, 232 - length $data, length $data; alarm 0; 1 } or alarm 0;
    return if length $data < 232;
    my %reply;
    @reply{@fields} = unpack 'L9 s C C (Z32)6', $data;
    return \%reply;
}

sub ask {
    my ($address) = @_;
    my $socket = dial() or return;
    print $socket query($address);
    $socket->flush;
    return reply($socket);
}

# ---- answers ----------------------------------------------------------------------------------

my ($mode, $gid) = (stat $path)[2, 5];
is($mode & 07777, 0660, 'the socket has its rights');
is($gid, scalar getgrnam('www-data'), '... and httpd\'s group') if $> == 0;
is(ask('192.0.2.1')->{status}, 0x20, 'nobody has connected: not found');
for my $to (Netns::SERVER4, Netns::SERVER6) {
    my $from = $to =~ /:/ ? Netns::CLIENT6 : Netns::CLIENT4;
    my $got = $httpd->request(from => $client, to => $to, curl => ['-A', 'curl/7.88 Linux']);
    my $reply = $httpd->_wait(sub { my $r = ask($from); $r && $r->{http_name} ? $r : undef }, 3);
    is_deeply([@$reply{qw(magic status total_conn os_name http_name bad_sw link_type distance)}],
              [0x50304602, 0x10, 1, 'Linux', 'curl', 0, 'Ethernet or modem', 0], "$from is a Linux with curl");
    is($reply->{os_flavor}, substr($got->{log}{details}, 0, 31), '... of the same version as the variable says');
    cmp_ok(abs($reply->{first_seen} - time), '<', 5, '... seen now');
}
$httpd->request(from => $client, curl => ['-A', 'curl/7.88 Linux', '-H', 'Accept-Language: pt-BR']);
ok($httpd->_wait(sub { ask(Netns::CLIENT4)->{language} eq 'Portuguese' }, 3), 'the language that it asked for');
$httpd->request(from => $client, curl => ['-A', 'Firefox/3.0']);
ok($httpd->_wait(sub { ask(Netns::CLIENT4)->{bad_sw} == 2 }, 3), 'software that isn\'t what it says');

# A client of another service, which only P0fPorts lets us see.
$wire->mask(Synmask::system('FreeBSD'));
system($client->command($^X, '-e', "use IO::Socket::IP; IO::Socket::IP->new(PeerHost => '192.0.2.2', PeerPort => 2525, Timeout => 2); 1"));
ok($httpd->_wait(sub { ask(Netns::CLIENT4)->{os_name} eq 'FreeBSD' }, 3), 'a client of another service on the machine');
cmp_ok(ask(Netns::CLIENT4)->{last_chg}, '>', 0, '... is a change at that address');
$wire->mask('');

my $tool = ($ENV{P0F_BUILD} || "$FindBin::RealBin/../../build") . '/tools/p0fq';
like(scalar `$tool -s $path 192.0.2.1`, qr/FreeBSD/, 'p0fq asks it');

# ---- at once ----------------------------------------------------------------------------------

# Strangers connect, and who serves them asks before the capture has looked: it rests a few
# milliseconds between two looks. Their packets are on the wire, so they are found. How many were not.
sub strangers_missed {
    my (@hosts) = @_;
    $client->address('tap0', map { "192.0.2.$_/24" } @hosts);
    return qx(@{[join ' ', map { "'$_'" } $client->command($^X, '-MSocket', '-e', <<'EOS', $path, @hosts)]});
my ($path, @hosts) = @ARGV;
my $missed = 0;
for my $n (@hosts) {
    socket my $c, PF_INET, SOCK_STREAM, 0;
    bind $c, pack_sockaddr_in(0, inet_aton("192.0.2.$n")) or die $!;
    connect $c, pack_sockaddr_in(2525, inet_aton("192.0.2.2"));
    socket my $s, PF_UNIX, SOCK_STREAM, 0;
    connect $s, pack_sockaddr_un($path) or die $!;
    syswrite $s, pack("L C a16", 0x50304601, 4, inet_aton("192.0.2.$n"));
    sysread $s, my $reply, 232;
    $missed++ if unpack("x4 L", $reply) != 0x10;
    select undef, undef, undef, 0.003 * ($n % 3);
}
print $missed;
EOS
}
is(strangers_missed(100 .. 139), 0, 'who has just connected is found at once');

# ---- bad clients ------------------------------------------------------------------------------

my @silent = map { dial() } 1 .. 30;
my $half = dial();
print $half substr query('192.0.2.1'), 0, 10;
$half->flush;
for (1 .. 50) { my $s = dial(); print $s query('192.0.2.1'); $s->flush; close $s }
my $start = time;
my $reply = $httpd->_wait(sub { ask('192.0.2.1') }, 10);
is($reply && $reply->{os_name}, 'FreeBSD', 'silent, half and vanishing clients leave room for another') or diag time - $start;
my $bad = dial();
print $bad "\0" x 21 . query('192.0.2.1');
$bad->flush;
is_deeply([map { reply($bad)->{status} } 1, 2], [0, 0x10], 'a bad query is said to be one, the next is answered');
is($httpd->request(from => $client)->{log}{genre}, 'Linux', 'requests are answered meanwhile');
close $_ for @silent, $half, $bad;

# ---- restarts ---------------------------------------------------------------------------------

my $inode = (stat $path)[1];

# Asks all the time on one connection, and leaves half a query there in between; the number of
# failures.
sub ask_on_one_connection {
    my ($seconds) = @_;
    my ($socket, $failed, $end) = (dial(), 0, time + $seconds);
    while (time < $end && !$failed) {
        print $socket query(Netns::CLIENT4), substr query(Netns::CLIENT4), 0, 10;
        $socket->flush;
        my $first = reply($socket);
        sleep 0.01;
        print $socket substr query(Netns::CLIENT4), 10;
        $socket->flush;
        my $second = reply($socket);
        $failed++ if grep { !$_ || $_->{status} != 0x10 } $first, $second;
    }
    return $failed;
}
for my $how (qw(graceful graceful restart)) {
    require POSIX;
    my $keeps = fork;
    POSIX::_exit(ask_on_one_connection(1.5)) if !$keeps;
    my $pid = fork;
    if (!$pid) {   # asks all the time; the status is the number of refusals
        my ($refused, $end) = (0, time + 1.5);
        while (time < $end) {
            my $r = ask(Netns::CLIENT4);
            $refused++ unless $r && $r->{status} == 0x10;
        }
        POSIX::_exit($refused > 100 ? 100 : $refused);
    }
    sleep 0.2;
    ok($httpd->$how, "$how");
    waitpid $pid, 0;
    is($? >> 8, 0, '... no client is refused');
    waitpid $keeps, 0;
    is($? >> 8, 0, '... nor one disconnected');
    is((stat $path)[1], $inode, '... and the socket is the same');
}
$httpd->configure("P0fEngine On\nP0fExport all\nP0fApiSocket other.sock mode=0600 max=1\n");
ok($httpd->graceful, 'a restart with another path');
ok(!-e $path, '... removes the old socket');
$path = $httpd->dir . '/run/other.sock';
is((stat $path)[2] & 07777, 0600, '... and makes the new one, with its rights');
is(ask(Netns::CLIENT4)->{status}, 0x10, '... which answers');
my @opened = map { dial() } 1, 2;
print { $opened[1] } query(Netns::CLIENT4);
$opened[1]->flush;
is((reply($opened[1]) || {})->{status}, 0x10, 'max=1: a silent client gives way after a while');
close $_ for @opened;

$httpd->configure("P0fEngine On\nP0fExport all\nP0fPorts 2525\nP0fIsolation process\nP0fUser nobody\nP0fApiSocket other.sock\n");
ok($httpd->graceful, 'a restart to a helper process');
ok($httpd->_wait(sub { (ask(Netns::CLIENT4) || {})->{status} == 0x10 }, 5), '... which answers');
is(strangers_missed(140 .. 169), 0, '... and waits for its capture, too');

$httpd->configure("P0fEngine On\nP0fExport all\n");
ok($httpd->graceful, 'a restart without');
ok(!-e $path, '... removes it');
$httpd->configure("P0fEngine On\nP0fExport all\nP0fApiSocket other.sock mode=0600\n");
ok($httpd->graceful, 'and with it again');
is(ask(Netns::CLIENT4)->{status}, 0x10, '... it answers');
is($httpd->faults, '', 'no crash, same parent');
my $open = dial();
print $open query(Netns::CLIENT4);
$open->flush;
is((reply($open) || {})->{status}, 0x10, 'a connection');
ok($httpd->stop, 'the server stops');
is(reply($open), undef, '... and ends it');
ok(!-e $path, 'after the stop there is no socket');

# ---- what a killed server leaves --------------------------------------------------------------

ok($httpd->start, 'a server again');
kill 'KILL', $httpd->pid, $httpd->children;
ok(-S $path, 'its socket is left when it is killed');
$httpd->stop;
ok($httpd->start, 'the next one starts over it') or diag $httpd->console;
is(ask('192.0.2.1')->{status}, 0x20, '... and answers, without history');
ok($httpd->stop, 'stop');
$httpd->write('run/other.sock', 'a file of somebody');
ok(!$httpd->start, 'a file that is no socket isn\'t removed: the server doesn\'t start');
like($httpd->console, qr/P0fApiSocket: [^\n]*other\.sock/, '... and says why');
is($httpd->read('run/other.sock'), 'a file of somebody', '... and it is still there');
$wire->stop;
done_testing;
