# SPDX-License-Identifier: Apache-2.0
#
# -t, -S, -M and -k: they check the databases and open nothing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1) || (system('strace -V >/dev/null 2>&1') ? 'no strace' : undef);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fCapture On\nP0fSavedSyn On\nP0fInterface eth0\n";

# The calls that make something: sockets, shared memory, threads, processes.
sub made {
    my ($httpd) = @_;
    return grep { /\b(?:socket\(AF_PACKET|bind\(|listen\(|memfd_create\(|eventfd2?\(|clone3?\(|fork\()|shm_open|SAVE_SYN/ && !/AF_NETLINK/ } split /\n/, $httpd->read('trace');
}

for my $mpm (Httpd::mpms()) {
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config);
    $httpd->{wrap} = ['strace', '-f', '-qq', '-e', 'trace=network,process,memfd_create,eventfd,eventfd2', '-o', $httpd->dir . '/trace'];
    for my $option ('-t', '-S', '-M', '-L') {
        $httpd->write('trace', '');
        my ($status, $text) = $httpd->invoke($option);
        is($status, 0, "$mpm $option: the configuration is right") or diag $text;
        isnt($httpd->read('trace'), '', "$mpm $option: was watched");
        is_deeply([made($httpd)], [], "$mpm $option: opens nothing and starts nothing");
    }
    is_deeply([$server->output('tail', '-n', '+2', '/proc/net/packet')], [], "$mpm: no packet socket is left");
    next if $mpm ne 'event'; # slow under strace
    $httpd->write('trace', '');
    ok($httpd->start && $httpd->stop, "$mpm: starts and stops under the same watch");
    my $seen = join "\n", made($httpd);
    like($seen, qr/$_/, "$mpm: the watch sees $_") for qw(AF_PACKET memfd_create SAVE_SYN clone);
    is($httpd->faults, '', "$mpm: no crash");
}

# Where a server runs, -t beside it and -k graceful leave its capture alone.
my $httpd = Httpd->new(netns => $server, config => "${config}P0fExport all\nP0fWait 100ms\n");
ok($httpd->start, 'a server runs') or diag $httpd->console;
my @before = $server->output('tail', '-n', '+2', '/proc/net/packet');
is((($httpd->invoke('-t'))[0]), 0, '-t beside it');
my @after = $server->output('tail', '-n', '+2', '/proc/net/packet');
is(scalar @after, scalar @before, '... opens no further packet socket');
is($httpd->request(from => $client)->{log}{genre}, 'Linux', '... and the server answers');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
is_deeply([$server->output('tail', '-n', '+2', '/proc/net/packet')], [], 'after the stop no packet socket is left');
done_testing;
