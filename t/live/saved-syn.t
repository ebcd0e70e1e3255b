# SPDX-License-Identifier: Apache-2.0
#
# The kernel's saved SYN as the only source: no privilege, no packet socket, every request answered.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\nP0fCapture Off\n";

# Packet sockets in the server's network namespace.
sub packet_sockets { return $server->output('tail', '-n', '+2', '/proc/net/packet') }

for (['root', {}], ['an ordinary user', { user => 'nobody' }]) {
    my ($who, $how) = @$_;
    for my $mpm (Httpd::mpms()) {
        my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config, %$how);
        my $name = "$mpm as $who";
        ok($httpd->start, "$name: the server starts") or diag $httpd->console;
        is_deeply([packet_sockets()], [], "$name: no packet socket");
        for my $to (Netns::SERVER4, Netns::SERVER6) {
            my $got = $httpd->request(from => $client, to => $to);
            is($got->{log}{source}, 'saved_syn', "$name to $to: from the saved SYN");
            is($got->{log}{genre}, 'Linux', "$name to $to: genre");
            is($got->{log}{link}, 'Ethernet or modem', "$name to $to: link");
            is($got->{env}{pof_sig}, $got->{log}{sig}, "$name to $to: a CGI program is told the same");
        }
        is($httpd->request->{log}{link}, 'loopback', "$name: loopback too");
        ok($httpd->graceful, "$name: restarts gracefully");
        is($httpd->request(from => $client)->{log}{source}, 'saved_syn', "$name: also after a graceful restart");
        is($httpd->faults, '', "$name: no crash, same parent");
        ok($httpd->stop, "$name: the server stops");
    }
}

# The sniffer is told of a connection with its first request, also of one that says nothing of its
# client; of one that has none when it ends, whether the client says a part of one or nothing.
my @said = ('GE', '', "NONSENSE\r\n\r\n", "OPTIONS * HTTP/1.0\r\n\r\n", "POST /env HTTP/1.0\r\nContent-Length: 1\r\n\r\nx",
    "GET /index.html HTTP/1.0\r\n" . join('', map { "X-$_: 1\r\n" } 1 .. 40) . "\r\n");
for my $mpm (Httpd::mpms()) {
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => "${config}LogLevel p0f:info\n");
    $httpd->start;
    my $before = $httpd->request(from => $client) && $httpd->settled(from => $client)->{total_conn};
    for my $said (@said) {
        $client->run($^X, '-MIO::Socket::IP', '-e', 'my $s = IO::Socket::IP->new(PeerHost => shift, PeerPort => 8080) or die $@; print $s shift',
            Netns::SERVER4, $said);
        ok($httpd->_wait(sub { $httpd->settled(from => $client)->{total_conn} - ++$before > 0 }, 3),
            sprintf "$mpm: a connection with '%s' for a request is counted, too", $said =~ /^(\w*)/);
        $before++;
    }
    $httpd->request(from => $client, to => Netns::SERVER6) for 1 .. 3;
    ok($httpd->_wait(sub { ($httpd->settled(from => $client, to => Netns::SERVER6)->{total_conn} || 0) >= 3 }, 3),
        "$mpm: connections of IPv6 are counted");
    is($httpd->counters->{ring_bad} || 0, 0, "$mpm: the sniffer could read all that it was told");
    is($httpd->faults, '', "$mpm: no crash, same parent");
    $httpd->stop;
}

# Several listening sockets for one port, which httpd keeps in no list.
my $httpd = Httpd->new(netns => $server, config => "$config\nListenCoresBucketsRatio 1\n");
ok($httpd->start, 'with listener buckets: the server starts') or diag $httpd->console;
my @sources = map { $httpd->request(from => $client)->{log}{source} } 1 .. 12;
is_deeply(\@sources, [('saved_syn') x 12], '... and answers on each of its sockets');
is($httpd->faults, '', '... without a crash');
ok($httpd->stop, '... and stops');

# One keep-alive connection: the answer stays with the connection.
$httpd = Httpd->new(netns => $server, config => $config);
$httpd->start;
my $url = 'http://' . Netns::SERVER4 . ':8080/index.html?request';
my $answers = $client->output('curl', '-s', "$url=1", "$url=2", '-w', ' %{num_connects}');
is($answers =~ s/home\n//gr, ' 1 0', 'two requests on one connection');
for my $n (1, 2) {
    my $line = $httpd->_wait(sub { $httpd->logged(qr{request=$n}) }) || {};
    is($line->{source}, 'saved_syn', "request $n is answered");
}

# Under SYN cookies the kernel has nothing saved.
$server->sysctl('net.ipv4.tcp_syncookies', 2);
my $got = $httpd->request(from => $client);
is($got->{status}, 200, 'under SYN cookies: served');
is($got->{log}{source} eq 'saved_syn' ? 'saved_syn' : 'other', 'other', 'under SYN cookies: no saved SYN is claimed');
$server->sysctl('net.ipv4.tcp_syncookies', 1);
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
