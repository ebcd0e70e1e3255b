# SPDX-License-Identifier: Apache-2.0
#
# History by the saved SYN: a server without the right to capture says so once and answers everything,
# the whole standard group, with history that grows by one for each connection; and where both sources
# see a SYN it counts once as well.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;
use Load;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
$client->address('eth0', '192.0.2.9/24');
$client->sysctl('net.ipv4.tcp_timestamps', 2); # one clock for all connections: tells the uptime
my $config = "P0fEngine On\nP0fExport all\n";

# The log line of a second request on a connection, sent when the sniffer has been told of it: a
# connection is accepted, and its SYN handed over, only when its first request has come.
my $number = 0;
sub second_request {
    my ($httpd, $interface) = @_;
    my $tag = 'history' . ++$number;
    my $program = 'use IO::Socket::IP; my ($to, $from, $tag) = @ARGV;'
        . ' my $s = IO::Socket::IP->new(PeerHost => $to, PeerPort => 8080, LocalHost => $from) or die $@;'
        . ' print $s "GET /index.html?$tag-1 HTTP/1.1\r\nHost: a\r\n\r\n"; select undef, undef, undef, 0.4;'
        . ' print $s "GET /index.html?$tag-2 HTTP/1.0\r\n\r\n"; 1 while <$s>;';
    $client->run($^X, '-e', $program, Netns::SERVER4, $interface, $tag);
    return $httpd->_wait(sub { $httpd->logged(qr/$tag-2/) }, 3);
}

for my $mpm (Httpd::mpms()) {
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config, user => 'nobody');
    ok($httpd->start, "$mpm, unprivileged: the server starts") or diag $httpd->console;
    is(scalar(() = $httpd->error_log =~ /p0f: .*(?:permi|privilege)/gi), 1, "$mpm, unprivileged: it says so once");
    my $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load', processes => 2);
    my $first = second_request($httpd, '192.0.2.9');
    my $second = second_request($httpd, '192.0.2.9');
    my $result = $load->stop;
    is_deeply($result->{failed}, [], "$mpm, unprivileged: no request of $result->{requests} failed");
    my @all = $httpd->all_logged(qr/\?/);
    cmp_ok(scalar @all, '>', 10, "$mpm, unprivileged: there was load");
    is(scalar(grep { "$_->{genre} $_->{source} $_->{err}" ne 'Linux saved_syn ' } @all), 0, "$mpm, unprivileged: every request is answered");
    is($first->{total_conn}, 1, "$mpm, unprivileged: history begins");
    is($second->{total_conn}, 2, "$mpm, unprivileged: ... and grows by one");
    is($second->{first_seen}, $first->{first_seen}, "$mpm, unprivileged: ... the first time stays");
    is_deeply({ map { $_ => $second->{$_} } qw(type genre distance link tos fw nat err) },
              { type => 0, genre => 'Linux', distance => 0, link => 'Ethernet or modem', tos => '', fw => 0, nat => 0, err => '' },
              "$mpm, unprivileged: the standard group");
    like($second->{details}, qr/\S/, "$mpm, unprivileged: ... details");
    like($second->{uptime}, qr/^\d+$/, "$mpm, unprivileged: ... uptime, by two SYNs");
    my $count = second_request($httpd, Netns::CLIENT4);
    my @ours = grep { $_->{address} eq Netns::CLIENT4 } $httpd->all_logged(qr/\?/);
    is($count->{total_conn}, @ours - 1, "$mpm, unprivileged: each connection of the load is counted, once");
    is(scalar(() = $httpd->error_log =~ /p0f: .*(?:permi|privilege)/gi), 1, "$mpm, unprivileged: one line in the log after all of them");
    is($httpd->faults, '', "$mpm, unprivileged: no crash, same parent");
    ok($httpd->stop, "$mpm, unprivileged: the server stops");
}

# Both sources, also on two interfaces that see each SYN; either may be first.
for my $interfaces ('any', 'any eth0') {
    my $httpd = Httpd->new(netns => $server, config => "${config}P0fSavedSyn On\nP0fInterface $interfaces\n");
    $httpd->start or diag $httpd->console;
    my $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load');
    select undef, undef, undef, 1;
    is_deeply($load->stop->{failed}, [], "both sources, interface $interfaces: no request failed");
    my $count = second_request($httpd, Netns::CLIENT4);
    my @all = $httpd->all_logged(qr/\?/);
    my %by;
    $by{ $_->{source} }++ for @all;
    note join ' ', map { "$_ $by{$_}" } sort keys %by;
    is($count->{total_conn}, @all - 1, "both sources, interface $interfaces: each connection counts once");
    is(scalar(grep { $_->{genre} ne 'Linux' } @all), 0, "... and is answered");
    is($httpd->faults, '', '... without a crash');
    ok($httpd->stop, '... the server stops');
}

# The capture comes and goes: what was handed over to a sniffer without one, its successor's doesn't count again.
for my $isolation ('thread', 'process') {
    my $common = "${config}P0fSavedSyn On\nP0fIsolation $isolation\nP0fUser nobody\n";
    my $httpd = Httpd->new(netns => $server, config => "${common}P0fCapture Off\n");
    $httpd->start or diag $httpd->console;
    my $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load');
    for my $capture ('On', 'Off', 'On') {
        select undef, undef, undef, 0.3;
        $httpd->configure("${common}P0fCapture $capture\n");
        ok($httpd->graceful, "isolation $isolation: P0fCapture $capture under load");
    }
    is_deeply($load->stop->{failed}, [], "isolation $isolation: no request failed");
    my $count = second_request($httpd, Netns::CLIENT4);
    my @all = $httpd->all_logged(qr/\?/);
    is($count->{total_conn}, @all - 1, "isolation $isolation: each connection counts once");
    is($httpd->faults, '', '... without a crash');
    ok($httpd->stop, '... the server stops');
}

# The standard group alone is kept with a connection for its later requests: till its host's record changes.
my $httpd = Httpd->new(netns => $server, config => "P0fEngine On\nP0fCapture Off\n");
$httpd->start or diag $httpd->console;
my $get = 'use IO::Socket::IP; my ($to, $from, $tag) = @ARGV; my $n = 0;'
    . ' sub to { IO::Socket::IP->new(PeerHost => $to, PeerPort => 8080, LocalHost => $from) or die $@ }'
    . ' sub get { my ($s) = @_; print $s "GET /index.html?$tag-" . ++$n . " HTTP/1.1\r\nHost: a\r\nConnection: @{[$_[1] || q(keep-alive)]}\r\n\r\n";'
    . '   my $head = ""; $head .= <$s> until $head =~ /\r\n\r\n$/; read $s, my $body, $head =~ /Content-Length: (\d+)/i ? $1 : 0 }';
my $program = $get . ' my $s = to(); get($s); select undef, undef, undef, 0.4; get($s) for 2 .. 4;'
    . ' select undef, undef, undef, 0.4; get(to(), "close"); select undef, undef, undef, 0.4; get($s) for 6 .. 8;';
$client->run($^X, '-e', $program, Netns::SERVER4, '192.0.2.9', 'kept');
$httpd->_wait(sub { $httpd->logged(qr/kept-8/) }, 3);
my @kept = map { $httpd->logged(qr/kept-$_\b/) } 1 .. 8;
is(join(' ', map { "$_->{type}$_->{genre}$_->{fw}$_->{err}" } @kept), join(' ', ('0Linux0') x 8), 'kept alive: each request is answered');
is(join(' ', map { $_->{uptime} =~ /^\d/ ? 'some' : 'none' } @kept), 'none none none none none some some some',
   '... and says of the host what is known by then');
is($httpd->faults, '', '... without a crash');
ok($httpd->stop, '... the server stops');

# Beside a connection's own answer stands what history says: of the address's last SYN.
$httpd = Httpd->new(netns => $server, config => "P0fEngine On\nP0fExport all\nP0fCapture Off\n");
$httpd->start or diag $httpd->console;
$program = $get . ' my $s = to(); get($s); select undef, undef, undef, 1.2; get(to()); select undef, undef, undef, 0.4; get($s);';
$client->run($^X, '-e', $program, Netns::SERVER4, '192.0.2.9', 'beside');
my $line = $httpd->_wait(sub { $httpd->logged(qr/beside-3/) }, 3) || {};
cmp_ok($line->{age} || 0, '>', ($line->{host_age} || 0) + 1000, 'host_age is that of a later SYN');
is($line->{host_genre}, 'Linux', '... with its system');
is($httpd->faults, '', '... without a crash');
ok($httpd->stop, '... the server stops');
done_testing;
