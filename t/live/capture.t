# SPDX-License-Identifier: Apache-2.0
#
# The capture as the only source: with a bounded wait the first request of each connection is
# answered, also under SYN cookies, and other ports' clients are nobody's.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;
use Kept;
use Load;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\nP0fSavedSyn Off\nP0fWait 100ms\n";

for my $mpm (Httpd::mpms()) {
    for my $interface ('any', 'eth0 lo') {
        my $name = "$mpm on $interface";
        my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config . "P0fInterface $interface\n");
        ok($httpd->start, "$name: the server starts") or diag $httpd->console;
        for my $to (Netns::SERVER4, Netns::SERVER6) {
            my $got = $httpd->request(from => $client, to => $to);
            is($got->{log}{source}, 'capture', "$name to $to: from the capture");
            is($got->{log}{genre}, 'Linux', "$name to $to: genre");
            is($got->{log}{link}, 'Ethernet or modem', "$name to $to: link");
        }
        is($httpd->request->{log}{link}, 'loopback', "$name: loopback too");
        is($httpd->request(to => '::1')->{log}{link}, 'loopback', "$name: loopback over IPv6");
        is($httpd->faults, '', "$name: no crash, same parent");
        ok($httpd->stop, "$name: the server stops");
    }
}

my $httpd = Httpd->new(netns => $server, config => $config . "Listen 8081\n");
ok($httpd->start, 'with two ports: the server starts') or diag $httpd->console;
is($httpd->request(from => $client, port => 8081)->{log}{source}, 'capture', 'a client of the second port');

my $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load');
sleep 2;
my $result = $load->stop;
is_deeply($result->{failed}, [], 'under load no request fails');
my @lines = grep { m{/index\.html\?load} } split /\n/, $httpd->read('logs/access_log');
my @unknown = grep { !/\tLinux\t/ } @lines;
cmp_ok(@lines, '>', 100, 'under load there are requests');
is(scalar @unknown, 0, 'under load every first request is answered');

$server->sysctl('net.ipv4.tcp_syncookies', 2);
is($httpd->request(from => $client)->{log}{source}, 'capture', 'under SYN cookies the capture still saw the SYN');
$server->sysctl('net.ipv4.tcp_syncookies', 1);

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');

# A filter narrows what is taken.
$httpd = Httpd->new(netns => $server, config => qq{${config}P0fFilter "src net 192.0.2.0/24"\n});
ok($httpd->start, 'with a filter: the server starts') or diag $httpd->console;
is($httpd->request(from => $client)->{log}{source}, 'capture', 'a filter takes what it names');
my $other = $httpd->request(from => $client, to => Netns::SERVER6)->{log};
is($other->{err}, 'miss', '... and nothing else');
is($other->{type}, 2, '... whose type says that nothing was found');
is($other->{genre}, '', '... and whose genre is empty');
is($httpd->faults, '', 'with a filter: no crash, same parent');
ok($httpd->stop, 'the server stops');

# A client who is silent at first is accepted when he speaks: by then his SYN is too old to be taken for his.
$httpd = Httpd->new(netns => $server, config => "${config}P0fConnMaxAge 1s\nP0fHostIdleLimit 1s\nAcceptFilter http data\n");
ok($httpd->start, 'SYNs count for a second: the server starts') or diag $httpd->console;
my $silent = Kept->new($httpd, from => $client);
is($httpd->request(from => $client)->{log}{source}, 'capture', 'who speaks at once has an answer');
sleep 4; # each is counted in whole seconds
my $late = $silent->request;
is("$late->{type} $late->{source} $late->{err}", '2  expired', '... who speaks later has none, and is told why');
is($httpd->faults, '', '... no crash, same parent');
ok($httpd->stop, '... the server stops');

# The capture's answer is the connection's, also when its entry has given way to others. One connection has it when it
# is accepted, the other one only by a later request, as the capture stands still when it begins.
for my $when ('when accepted', 'later') {
    $httpd = Httpd->new(netns => $server, config => <<"EOC");
${config}P0fIsolation process
P0fUser nobody
P0fMaxConnections 64
P0fConnMaxAge 3s
P0fPorts 9
AcceptFilter http @{[$when eq 'later' ? 'none' : 'data']}
KeepAliveTimeout 60
EOC
    ok($httpd->start, "known $when: the server starts") or diag $httpd->console;
    is($httpd->request(from => $client)->{log}{source}, 'capture', "known $when: the capture answers");
    my $kept;
    if ($when eq 'later') {
        my $helper = $httpd->_wait(sub { ($httpd->helpers)[0] });
        kill STOP => $helper;
        $httpd->_wait(sub { Httpd::_slurp("/proc/$helper/stat") =~ /\) T / });
        $kept = Kept->new($httpd, from => $client);
        is($kept->request->{source}, 'host', "known $when: not by the first request");
        kill CONT => $helper;
        is($kept->request_until(source => 'capture')->{source}, 'capture', "known $when: but by another one");
    } else {
        $kept = Kept->new($httpd, from => $client);
        is($httpd->request(from => $client)->{log}{source}, 'capture', "known $when: who has read a later SYN knows of this one");
        $kept->be_accepted;
    }
    sleep 5; # more than P0fConnMaxAge: others may have its place now; of a port where nobody listens, as a crowd of
             # clients makes httpd close what is kept alive
    $client->run($^X, '-MIO::Socket::IP', '-e', 'IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 9) for 1 .. 400', Netns::SERVER4);
    $httpd->settled(from => $client);
    is($kept->request->{source}, 'capture', "known $when: and when its place was given to others");
    is($httpd->faults, '', "known $when: no crash, same parent");
    ok($httpd->stop, "known $when: the server stops");
}
done_testing;
