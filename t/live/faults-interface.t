# SPDX-License-Identifier: Apache-2.0
#
# Faults of interfaces: down, deleted and made anew, renamed, missing at the start. The server serves
# on, the log names the interface, and the capture is back within 5 seconds without a restart.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\nP0fSavedSyn Off\nP0fCapture On\nP0fWait 100ms\n";
my $port = 20000;

sub veth {
    my ($name) = @_;
    $client->veth($server, name => $name);
    $client->address($name, '198.51.100.1/24');
    $server->address($name, '198.51.100.2/24');
}

# What a fresh connection to the interface's address is told: where its SYN was seen.
sub source {
    my ($httpd, %o) = @_;
    my $got = $httpd->request(from => $client, to => '198.51.100.2', path => '/index.html',
        curl => ['--local-port', ++$port], %o);
    return $got->{log} ? $got->{log}{source} : "status $got->{status}";
}

# Seconds until it captures; more than 5 are too many.
sub recaptured {
    my ($httpd) = @_;
    my $begun = time;
    sleep 0.1 until source($httpd) eq 'capture' || time - $begun > 10;
    return time - $begun;
}

sub said { my ($httpd, $pattern) = @_; return scalar(() = $httpd->error_log =~ /mod_p0f: .*$pattern/g) }

my $server_with = sub {
    my ($interfaces) = @_;
    my $httpd = Httpd->new(netns => $server, config => "${config}P0fInterface $interfaces\n");
    ok($httpd->start, "P0fInterface $interfaces: the server starts") or diag $httpd->console;
    return $httpd;
};

sub ends {
    my ($httpd, $name) = @_;
    is($httpd->request(from => $client, path => '/index.html')->{status}, 200, "$name: the server serves");
    is($httpd->faults, '', "$name: no crash, same parent");
    ok($httpd->stop, "$name: the server stops");
    is_deeply([$server->output('tail', '-n', '+2', '/proc/net/packet')], [], "$name: no packet socket is left");
}

# ---- fault 8: down and up ----------------------------------------------------------------------

veth('p0ft0');
my $httpd = $server_with->('p0ft0');
my @sockets = $httpd->packet_sockets($httpd->pid);
is(source($httpd), 'capture', 'captures');
$server->ip('link', 'set', 'p0ft0', 'down');
is($httpd->request(from => $client, path => '/index.html')->{status}, 200, 'down: served on another interface');
sleep 1.5;
$server->ip('link', 'set', 'p0ft0', 'up');
cmp_ok(recaptured($httpd), '<', 5, 'down and up: captures again within 5 seconds');

# ---- deleted and made anew ---------------------------------------------------------------------

$server->ip('link', 'del', 'p0ft0');
ok($httpd->says(qr/mod_p0f: the capture has ended: p0ft0 /, 15), 'deleted: the log names the interface');
is($httpd->request(from => $client, path => '/index.html', curl => ['--local-port', ++$port])->{log}{err}, 'no_capture',
   'deleted: pof_err says no_capture');
veth('p0ft0');
cmp_ok(recaptured($httpd), '<', 5, 'made anew: captures again within 5 seconds');
ok($httpd->says(qr/mod_p0f: the capture works again/, 15), 'made anew: the log says so');
is_deeply([$httpd->packet_sockets($httpd->pid)], \@sockets, 'made anew: through the same socket');

# ---- renamed -----------------------------------------------------------------------------------

$server->ip('link', 'set', 'p0ft0', 'down');
$server->ip('link', 'set', 'p0ft0', 'name', 'p0ft1');
$server->ip('link', 'set', 'p0ft1', 'up');
sleep 2;
isnt(source($httpd), 'capture', 'renamed: what now has another name is not captured on');
$server->ip('link', 'set', 'p0ft1', 'down');
$server->ip('link', 'set', 'p0ft1', 'name', 'p0ft0');
$server->ip('link', 'set', 'p0ft0', 'up');
cmp_ok(recaptured($httpd), '<', 5, 'renamed back: captures again within 5 seconds');

# ---- often, in a short time --------------------------------------------------------------------

my $lines = () = $httpd->error_log =~ /mod_p0f:/g;
for (1 .. 4) {
    $server->ip('link', 'del', 'p0ft0');
    sleep 1.2;
    veth('p0ft0');
    sleep 1.2;
    source($httpd);
}
cmp_ok(recaptured($httpd), '<', 5, 'gone and back four times: captures again within 5 seconds');
cmp_ok(scalar(() = $httpd->error_log =~ /mod_p0f:/g) - $lines, '<=', 2, '... with at most one line of a cause');
ok($httpd->graceful, '... and a graceful restart after it');
is(source($httpd), 'capture', '... which captures');
ends($httpd, 'comes and goes');

# ---- one of two --------------------------------------------------------------------------------

$httpd = $server_with->('p0ft0 eth0');
$server->ip('link', 'del', 'p0ft0');
ok($httpd->says(qr/mod_p0f: the capture goes on without p0ft0/, 15), 'one of two deleted: the log names it');
is($httpd->request(from => $client, path => '/index.html', curl => ['--local-port', ++$port])->{log}{source}, 'capture',
   'one of two deleted: the other one captures');
ends($httpd, 'one of two');

# ---- missing or down at the start --------------------------------------------------------------

$httpd = $server_with->('p0ft0');
is(said($httpd, qr/interface "p0ft0" doesn't exist/), 1, 'missing at the start: one line says so');
is($httpd->request(from => $client, path => '/index.html')->{log}{err}, 'no_capture', 'missing at the start: pof_err');
is($httpd->request(from => $server, path => '/index.html')->{log}{source}, '', 'missing at the start: nothing else is captured in its place');
veth('p0ft0');
cmp_ok(recaptured($httpd), '<', 5, 'missing at the start: captures within 5 seconds of its coming');
ends($httpd, 'missing at the start');

$server->ip('link', 'set', 'p0ft0', 'down');
$httpd = $server_with->('p0ft0');
is(said($httpd, qr/interface "p0ft0" is down/), 1, 'down at the start: one line says so');
$server->ip('link', 'set', 'p0ft0', 'up');
cmp_ok(recaptured($httpd), '<', 5, 'down at the start: captures within 5 seconds of its coming');
ends($httpd, 'down at the start');
done_testing;
