# SPDX-License-Identifier: Apache-2.0
#
# Behind a load balancer: whom the variables describe, the balancer or the client that mod_remoteip
# gives, by header or PROXY protocol, and what they say when nothing is known of the client.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

use constant { BALANCER => '192.0.2.7', STRANGER => '203.0.113.9' };

my ($client, $server) = Netns->pair;
$client->address('eth0', BALANCER . '/24');
my $httpd = Httpd->new(netns => $server, modules => [qw(remoteip include)], config => <<'EOC');
P0fEngine On
P0fExport all
P0fWait 100ms
Listen 8081
<VirtualHost *:8080 *:8081>
P0fSubject client
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 192.0.2.7
<Location /env/peer>
P0fSubject peer
</Location>
ErrorDocument 404 /env/peer
<Directory @DIR@/htdocs>
Options +Includes
AddOutputFilter INCLUDES .shtml
</Directory>
</VirtualHost>
<VirtualHost *:8081>
ServerName proxy.example
</VirtualHost>
Listen 8082
<VirtualHost *:8082>
P0fSubject client
RemoteIPProxyProtocol On
</VirtualHost>
EOC
ok($httpd->start, 'the server starts') or diag $httpd->console;
$httpd->write('htdocs/page.shtml', '<!--#echo var="pof_ttl" -->|<!--#include virtual="/env/peer" -->');

# The balancer's stack is told from the client's by its TTL.
sub from_balancer {
    my ($forwarded, %o) = @_;
    $client->sysctl('net.ipv4.ip_default_ttl', 60);
    my $got = $httpd->request(from => $client, %o, curl => ['--interface', BALANCER, '-H', "X-Forwarded-For: $forwarded", @{ $o{curl} || [] }]);
    $client->sysctl('net.ipv4.ip_default_ttl', 64);
    $got->{env} ||= { map { split /=/, $_, 2 } grep { /=/ } split /\0/, $got->{body} };
    return $got;
}

my $own = $httpd->settled(from => $client, interface => Netns::CLIENT4);
is($own->{via}, 0, 'a client without a balancer: the peer is the client');
is($own->{ttl}, 64, '... and the connection answers');

my $got = from_balancer(Netns::CLIENT4);
is($got->{env}{REMOTE_ADDR}, Netns::CLIENT4, 'behind the balancer: mod_remoteip gives the client');
is($got->{log}{via}, 1, '... the variables say that the peer is not the client');
is($got->{log}{source}, 'host', '... the client\'s history answers');
is($got->{log}{type}, 0, '... found');
is($got->{log}{ttl}, 64, '... of its own stack');
is($got->{log}{genre}, 'Linux', '... genre');
is($got->{log}{host_genre}, 'Linux', '... host genre');
is($got->{log}{total_conn}, $own->{total_conn}, '... and its connections are counted, the balancer\'s are not');
is($got->{log}{err}, '', '... without an error');
cmp_ok($got->{log}{age}, '>=', 100, '... its age is that of the client\'s own SYN');

$got = from_balancer(Netns::CLIENT4, path => '/env/peer');
$got->{env} = { map { split /=/, $_, 2 } split /\0/, $got->{body} };
is($got->{env}{pof_ttl}, 60, 'a section that wants the peer gets the balancer');
is($got->{env}{pof_via}, 1, '... and is told that it is one');
isnt($got->{env}{pof_source}, 'host', '... by its own connection');
is($got->{log}{ttl}, 60, '... and so does its log line');

$got = from_balancer(Netns::CLIENT4, path => '/page.shtml');
like($got->{body}, qr/^64\|.*\0pof_ttl=60\0/s, 'a page and a subrequest out of it, each with its own subject');
is($got->{log}{ttl}, 64, '... the log has the page\'s');

$got = from_balancer(STRANGER);
is($got->{log}{address}, STRANGER, 'a client of which nothing is known');
is($got->{log}{type}, 2, '... no match');
is($got->{log}{err}, 'via', '... because only the balancer was seen');
is($got->{log}{via}, 1, '... which the variables tell');
is($got->{log}{source}, '', '... nobody answers');
is($got->{log}{$_}, '', "... $_ is empty") for qw(genre details distance sig ttl age total_conn host_genre);

$got = from_balancer('2001:db8::99');
is($got->{log}{err}, 'via', 'the same for a client with an IPv6 address behind a balancer with IPv4');

# PROXY protocol.
my $proxied = <<'EOP';
use IO::Socket::IP;
my ($to, $from, $whom, $tag) = @ARGV;
my $s = IO::Socket::IP->new(LocalHost => $from, PeerHost => $to, PeerPort => 8082) or die $@;
print $s "PROXY TCP4 $whom 192.0.2.2 4711 80\r\nGET /index.html?$tag=1 HTTP/1.1\r\nHost: a\r\n\r\nGET /index.html?$tag=2 HTTP/1.0\r\n\r\n";
1 while <$s>;
EOP
for ([known => Netns::CLIENT4, 'Linux', '', 'host'], [strange => STRANGER, '', 'via', '']) {
    my ($tag, $whom, $genre, $err, $source) = @$_;
    $client->run($^X, '-e', $proxied, Netns::SERVER4, BALANCER, $whom, $tag);
    for my $request (1, 2) {
        my $line = $httpd->_wait(sub { $httpd->logged(qr/$tag=$request/) }, 3);
        is_deeply([@$line{qw(address via genre err source)}], [$whom, 1, $genre, $err, $source], "PROXY protocol, a $tag client, request $request");
    }
}

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
