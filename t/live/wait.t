# SPDX-License-Identifier: Apache-2.0
#
# P0fWait, with the capture alone: a capture that is held up is waited for, beyond the wait that was
# asked for if it doesn't get to run at all, and never for long; without a wait nobody waits.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;

my $why = Httpd::missing(netns => 1) || ($> ? 'not root' : undef);
plan skip_all => $why if $why;

use constant HELD => 0.08;     # seconds
my ($client, $server) = Netns->pair;

# A process of its own, which can be stopped.
my $httpd = Httpd->new(netns => $server, config => <<'EOC');
P0fEngine On
P0fExport age source
P0fIsolation process
P0fUser nobody
P0fSavedSyn Off
Listen 8081
<VirtualHost *:8081>
P0fWait 0
</VirtualHost>
EOC
ok($httpd->start, 'the server starts') or diag $httpd->console;
my $helper = $httpd->_wait(sub { (grep { Httpd::_slurp("/proc/$_/comm") eq "p0f\n" } $httpd->children)[0] });
is($httpd->request(from => $client)->{log}{source}, 'capture', 'the capture answers');

# Requests while the helper is stopped, for so long that each of them has to wait. On a busy machine it is
# mostly not just so: several attempts.
my $late;
for (1 .. 20) {
    kill STOP => $helper;
    my $waker = fork // die "fork: $!";
    if (!$waker) {
        sleep HELD;
        kill CONT => $helper;
        POSIX::_exit(0);
    }
    my $line = $httpd->request(from => $client)->{log};
    waitpid $waker, 0;
    $late = $line if $line->{source} eq 'capture' && $line->{age} >= 60;
    last if $late;
}
ok($late, 'a capture that is held up for longer than P0fWait is waited for') and note "$late->{age} ms";

kill STOP => $helper;
my ($begun, @lines) = time;
push @lines, $httpd->request(from => $client)->{log} for 1 .. 3;
my $seconds = (time - $begun) / 3;
$begun = time;
push @lines, $httpd->request(from => $client, port => 8081)->{log} for 1 .. 3;
kill CONT => $helper;
is_deeply([map { $_->{status} } @lines], [(200) x 6], 'requests are served while it is stopped');
is(scalar(grep { $_->{source} eq 'capture' } @lines), 0, '... without an answer of the capture');
cmp_ok($seconds, '<', 2, sprintf '... and not for long (%.3f s each)', $seconds);
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
