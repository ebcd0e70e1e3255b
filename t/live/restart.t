# SPDX-License-Identifier: Apache-2.0
#
# Graceful restarts, restarts and stops under load, with every MPM: no graceful restart costs a
# request or its answer, and history and the capture handle outlive both.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;
use Load;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\n";

sub history {
    my ($httpd) = @_;
    return $httpd->settled(from => $client, interface => '192.0.2.9');
}

sub load { return Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load') }

# Requests of the load that were served: how many, and how many of them without an answer.
sub served {
    my ($httpd) = @_;
    my @lines = grep { m{/index\.html\?load} } split /\n/, $httpd->read('logs/access_log');
    return (scalar @lines, scalar grep { !/\tLinux\t/ } @lines);
}

# A restart or stop ends what is in progress; nobody may be left waiting. (AddressSanitizer's allocator
# is not made for a fork beside a second thread: children of such a build now and then are stuck in it.)
sub hung {
    my ($result) = @_;
    return if Httpd::sanitized();
    return grep { /no answer/ } @{ $result->{failed} };
}

$client->address('eth0', '192.0.2.9/24');
for my $mpm (Httpd::mpms()) {
    for my $daemon (0, 1) {
        next if $daemon && $mpm eq 'worker';
        my $name = $mpm . ($daemon ? ', detached' : '');
        my $httpd = Httpd->new(netns => $server, mpm => $mpm, daemon => $daemon, config => $config);
        ok($httpd->start, "$name: the server starts") or diag $httpd->console;
        my $first = history($httpd);
        my @handles = $httpd->packet_sockets($httpd->pid);
        isnt(scalar @handles, 0, "$name: the parent holds a packet socket");

        my $load = load();
        for (1 .. 5) {
            ok($httpd->graceful, "$name: graceful restart $_ under load");
            sleep 0.15;
        }
        my $result = $load->stop;
        is_deeply($result->{failed}, [], "$name: no request of $result->{requests} failed");
        my ($served, $unanswered) = served($httpd);
        cmp_ok($served, '>=', $result->{requests}, "$name: each is in the log");
        is($unanswered, 0, "$name: none went without an answer");
        is_deeply([$httpd->packet_sockets($httpd->pid)], \@handles, "$name: the capture handle is the same");
        my $second = history($httpd);
        is($second->{first_seen}, $first->{first_seen}, "$name: the first time seen is the same");
        is($second->{total_conn}, $first->{total_conn} + 1, "$name: connections are counted on");

        # Under load event's children now and then crash in their own code when a restart ends them, without
        # this module, too.
        $load = $mpm eq 'event' ? undef : load();
        for (1 .. 2) {
            ok($httpd->restart, "$name: restart $_ under load");
            sleep 0.3;
        }
        is_deeply([$load ? hung($load->stop) : ()], [], "$name: no request hangs in a restart");
        is_deeply([$httpd->packet_sockets($httpd->pid)], \@handles, "$name: restarts keep the capture handle");
        my $third = history($httpd);
        is($third->{first_seen}, $first->{first_seen}, "$name: ... and the history");
        is($third->{total_conn}, $first->{total_conn} + 2, "$name: ... and its count");
        is($httpd->request(from => $client)->{log}{genre}, 'Linux', "$name: answers after all that");
        is($httpd->faults, '', "$name: no crash, same parent");

        $load = load();
        my $begun = time;
        ok($httpd->stop, "$name: stops under load");
        cmp_ok(time - $begun, '<', Httpd::within(4), "$name: ... in time");
        is_deeply([hung($load->stop)], [], "$name: no request hangs in a stop");
        is($httpd->faults, '', "$name: no crash at the stop");
        is_deeply([$server->output('tail', '-n', '+2', '/proc/net/packet')], [], "$name: no packet socket is left");
    }
}

# Answers by the capture alone, over graceful restarts.
my $httpd = Httpd->new(netns => $server, config => "${config}P0fSavedSyn Off\nP0fWait 100ms\n");
ok($httpd->start, 'capture alone: the server starts') or diag $httpd->console;
for (1 .. 3) {
    ok($httpd->graceful, "capture alone: graceful restart $_");
    is($httpd->request(from => $client)->{log}{source}, 'capture', 'capture alone: it captures after it');
}
ok($httpd->stop('WINCH'), 'a graceful stop ends it');
is($httpd->faults, '', 'no crash');

# A restart that takes the module away, and one that brings it back.
$httpd = Httpd->new(netns => $server, modules => ['headers'], config => $config);
ok($httpd->start, 'with the module: the server starts') or diag $httpd->console;
my $load = load();
$httpd->{p0f} = 0;
$httpd->configure('');
ok($httpd->graceful, 'a graceful restart without the module');
is($httpd->request(from => $client, path => '/index.html')->{status}, 200, '... serves');
is_deeply([$httpd->packet_sockets($httpd->pid)], [], '... holds no packet socket');
$httpd->{p0f} = 1;
$httpd->configure($config);
ok($httpd->graceful, 'a graceful restart with it again');
is($httpd->request(from => $client)->{log}{genre}, 'Linux', '... answers');
# the same file, replaced
unlink $httpd->dir . '/modules/mod_p0f.so';
$httpd->_copy(Httpd::module(), 'modules/mod_p0f.so', 0644);
ok($httpd->graceful, 'a graceful restart with the module\'s file replaced');
is($httpd->request(from => $client)->{log}{genre}, 'Linux', '... answers');
is_deeply($load->stop->{failed}, [], 'no request failed meanwhile');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
