# SPDX-License-Identifier: Apache-2.0
#
# Capture that can't start: one sentence in the log, the server serves on and says why in pof_err;
# only P0fRequired On makes it a reason not to start.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $alone = "P0fEngine On\nP0fExport all\nP0fSavedSyn Off\nP0fCapture On\n";

# name, configuration, pof_err, what the sentence must hold, how the server is started
my @troubles = (
    ['an interface that does not exist', 'P0fInterface none9', 'no_capture', qr/none9/, {}],
    ['one interface of two that does not exist', 'P0fInterface none9 none8', 'no_capture', qr/none[98]/, {}],
    ['a filter that does not compile', 'P0fFilter "nonsense and"', 'no_capture', qr/filter/i, {}],
    ['no permission to capture', '', 'no_permission', qr/permission|permitted|privilege/i, { user => 'nobody' }],
    ['no permission by capability', '', 'no_permission', qr/permission|permitted|privilege/i,
        { wrap => ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw', '--'] }],
    ['a capture file that is not there', 'P0fReadFile @DIR@/none.pcap', 'no_capture', qr/none\.pcap/, {}],
);

sub sentences {
    my ($httpd, $pattern) = @_;
    return grep { /p0f/i && /$pattern/ } split /\n/, $httpd->error_log;
}

for (@troubles) {
    my ($name, $config, $err, $sentence, $how) = @$_;
    my $httpd = Httpd->new(netns => $server, config => "$alone$config\n", %$how);
    ok($httpd->start, "$name: the server starts") or diag $httpd->console;
    my $got = $httpd->request(from => $client);
    is($got->{status}, 200, "$name: served");
    is($got->{log}{err}, $err, "$name: pof_err says why");
    is($got->{log}{genre}, '', "$name: no genre is made up");
    $httpd->request(from => $client) for 1 .. 5;
    my @said = sentences($httpd, $sentence);
    is(scalar @said, 1, "$name: one sentence in the log") or diag $httpd->error_log;
    ok($httpd->graceful, "$name: a graceful restart");
    is($httpd->request(from => $client)->{log}{err}, $err, "$name: the same after it");
    is($httpd->faults, '', "$name: no crash, same parent");
    ok($httpd->stop, "$name: the server stops");

    # with the saved SYN beside it, requests are answered
    $httpd = Httpd->new(netns => $server, config => ($alone =~ s/SavedSyn Off/SavedSyn On/r) . "$config\n", %$how);
    $httpd->start;
    is($httpd->request(from => $client)->{log}{genre}, 'Linux', "$name: the saved SYN answers all the same");
    is($httpd->faults, '', "$name: ... without a crash");
    $httpd->stop;

    $httpd = Httpd->new(netns => $server, config => "$alone$config\nP0fRequired On\n", %$how);
    ok(!$httpd->start, "$name: with P0fRequired On the server does not start");
    isnt($httpd->exit_status, 0, "$name: ... and says so by its status");
    like($httpd->console, $sentence, "$name: ... and why");
    $httpd->stop;
}

# Required, but only at the first start.
my $httpd = Httpd->new(netns => $server, config => "${alone}P0fRequired On\nP0fInterface eth0\n");
ok($httpd->start, 'P0fRequired On with a good interface: the server starts') or diag $httpd->console;
$httpd->configure("${alone}P0fRequired On\nP0fInterface none9\n");
ok($httpd->graceful, 'a restart onto an interface that does not exist is not fatal');
my $got = $httpd->request(from => $client, path => '/index.html');
is($got->{status}, 200, '... the server serves');
$httpd->configure("${alone}P0fRequired On\nP0fInterface eth0\nP0fWait 100ms\n");
ok($httpd->graceful, 'a restart onto the good one');
is($httpd->request(from => $client, curl => ['--local-port', 5151])->{log}{source}, 'capture', '... captures again');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');

# No database at all.
$httpd = Httpd->new(netns => $server, database => '', config => $alone);
SKIP: {
    my $text = ($httpd->invoke('-t'))[1];
    ok($httpd->start, 'without a database: the server starts') or diag $httpd->console;
    skip 'the default database is installed here', 2 if -e '/etc/apache2/p0f.fp' || $text =~ /installed/;
    $got = $httpd->request(from => $client);
    is($got->{log}{err}, 'no_database', 'without a database: pof_err says so');
    is($got->{log}{genre}, '', '... without a genre');
}
is($httpd->faults, '', 'without a database: no crash');
ok($httpd->stop, 'the server stops');

# An interface that goes away while the server runs.
$client->veth($server, name => 'gone0');
$client->address('gone0', '198.51.100.1/24');
$server->address('gone0', '198.51.100.2/24');
$httpd = Httpd->new(netns => $server, config => "${alone}P0fInterface gone0\nP0fWait 100ms\n");
ok($httpd->start, 'on an interface that will go away: the server starts') or diag $httpd->console;
is($httpd->request(from => $client, to => '198.51.100.2')->{log}{source}, 'capture', '... captures');
$server->ip('link', 'del', 'gone0');
$got = $httpd->request(from => $client);
is($got->{status}, 200, '... and serves when it is gone');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->graceful, '... restarts gracefully');
ok($httpd->stop, '... and stops');
done_testing;
