# SPDX-License-Identifier: Apache-2.0
#
# The fixture itself, without the module: every MPM starts, restarts, answers from every namespace
# and leaves nothing behind.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(without_module => 1);
plan skip_all => $why if $why;

sub plain { return Httpd->new(p0f => 0, config => "SetEnv planted seed\n", @_) }

sub alive { return grep { kill 0, $_ } @_ }

for my $mpm (Httpd::mpms()) {
    my $httpd = plain(mpm => $mpm);
    ok($httpd->start, "$mpm starts") or diag $httpd->console;
    my $got = $httpd->request;
    is($got->{status}, 200, "$mpm answers");
    is($got->{env}{planted}, 'seed', "$mpm: a CGI program shows its environment");
    is($got->{env}{REMOTE_PORT}, $got->{port}, "$mpm: the client's port is known");
    is($got->{log}{status}, 200, "$mpm: the access log line is found");
    is($got->{log}{genre}, '-', "$mpm: an absent variable is logged as absent");
    ok($httpd->graceful, "$mpm restarts gracefully");
    ok($httpd->restart, "$mpm restarts");
    # not a CGI program: mod_cgid's daemon may still be starting
    is($httpd->request(path => '/index.html')->{status}, 200, "$mpm answers after the restarts");
    is($httpd->faults, '', "$mpm: same parent, no crash");
    my @ours = ($httpd->pid, $httpd->children);
    cmp_ok(@ours, '>', 1, "$mpm has children");
    ok($httpd->stop, "$mpm stops");
    is_deeply([alive(@ours)], [], "$mpm leaves no process behind");
}

my $httpd = plain(daemon => 1);
ok($httpd->start, 'a server that detaches starts') or diag $httpd->console;
is($httpd->request->{status}, 200, 'a server that detaches answers');
is($httpd->faults, '', 'a server that detaches: no crash, same parent');
ok($httpd->stop, 'a server that detaches stops');

SKIP: {
    skip 'without root orphans would stay', 4 if $> != 0;
    $httpd = plain(mpm => 'prefork');
    $httpd->start;
    kill SEGV => ($httpd->children)[0];
    ok($httpd->says(qr/AH0005[12]/), 'a crash of a worker is in the log');
    like($httpd->faults, qr/AH0005[12].*core file/s, 'a crash of a worker is a fault, with its core file');
    $httpd->stop;

    $httpd = plain(daemon => 1);
    $httpd->start;
    kill SEGV => $httpd->pid;
    ok($httpd->says(qr/AH00060/), 'a crash of the parent is in the log');
    isnt($httpd->faults, '', 'a crash of the parent is a fault');
    $httpd->stop;
}

$httpd = plain(config => "Nonsense On\n");
ok(!$httpd->start, 'a wrong configuration: the start fails');
like($httpd->console, qr/Invalid command 'Nonsense'/, 'the sentence is on the console');
my ($status, $text) = $httpd->invoke('-t');
isnt($status, 0, '-t fails');
like($text, qr/Invalid command 'Nonsense'/, '-t shows the sentence');

SKIP: {
    my $no = Netns::missing();
    skip $no, 8 if $no;
    my ($client, $server) = Netns->pair;
    $httpd = plain(netns => $server);
    ok($httpd->start, 'a server in a network namespace starts') or diag $httpd->console;
    is($httpd->request->{env}{REMOTE_ADDR}, '127.0.0.1', 'it answers over its own loopback');
    is($httpd->request(to => '::1')->{env}{REMOTE_ADDR}, '::1', '... and IPv6 loopback');
    is($httpd->request(from => $client)->{env}{REMOTE_ADDR}, Netns::CLIENT4, 'a client over veth is served');
    is($httpd->request(from => $client, to => Netns::SERVER6)->{log}{address}, Netns::CLIENT6, '... over IPv6');
    is($httpd->request(from => $client, curl => ['--local-port', 4711])->{env}{REMOTE_PORT}, 4711, '... from a chosen port');
    is($httpd->faults, '', '... without a crash');
    $httpd->stop;

    $httpd = plain(user => 'nobody', netns => $server);
    ok($httpd->start, 'an ordinary user starts a server') or diag $httpd->console;
    is((stat '/proc/' . $httpd->pid)[4], (getpwnam 'nobody')[2], 'its parent is that user\'s');
    is($httpd->request(from => $client)->{status}, 200, 'it answers');
    is($httpd->faults, '', 'no crash');
    $httpd->stop;
}

done_testing;
