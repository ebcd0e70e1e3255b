# SPDX-License-Identifier: Apache-2.0
#
# An httpd that an ordinary user starts, with the capability to capture: its workers and the programs
# that it starts don't have that.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1) || ($> ? 'not root' : undef);
plan skip_all => $why if $why;

use constant NET_RAW => 1 << 13;
my ($client, $server) = Netns->pair;

# Which of its sets of capabilities a process has the one to capture in.
sub may_capture {
    my ($pid) = @_;
    my $status = Httpd::_slurp("/proc/$pid/status");
    return join ' ', grep { $status =~ /^Cap$_:\s+([0-9a-f]+)$/m && hex($1) & NET_RAW } qw(Inh Prm Eff Amb);
}

for ((map { [$_, 'thread'] } Httpd::mpms()), [(Httpd::mpms())[-1], 'process']) {
    my ($mpm, $isolation) = @$_;
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, user => 'nobody', caps => 'net_raw', config => <<"EOC");
P0fIsolation $isolation
P0fEngine On
P0fExport source
P0fSavedSyn Off
P0fWait 100ms
CustomLog "|/bin/cat >>\@DIR\@/logs/piped" %h
EOC
    $mpm .= ", $isolation";
    ok($httpd->start, "$mpm: the server starts") or diag $httpd->console;
    for my $turn ('first', 'after a restart') {
        is($httpd->request(from => $client)->{log}{source}, 'capture', "$mpm, $turn: the capture answers");
        is(may_capture($httpd->pid), 'Inh Prm Eff', '... the parent may open another, what it starts may not');
        my @others = $httpd->children;
        cmp_ok(scalar @others, '>', 1, '... there are workers and a program');
        my @programs = grep { Httpd::_slurp("/proc/$_/comm") =~ /^cat|^sh/ } @others;
        is(join(' ', grep { /Prm|Eff|Amb/ } map { may_capture($_) } @programs), '', '... the program may not');
        is(join(' ', grep { $_ } map { my $pid = $_; (grep { $_ == $pid } @programs) ? () : may_capture($pid) } @others), '', '... nor a worker, nor the daemon for CGI');
        cmp_ok(scalar @programs, '>', 0, '... of which there is one');
        last if $turn ne 'first';
        ok($httpd->graceful, "$mpm: a graceful restart");
    }
    is($httpd->faults, '', "$mpm: no crash");
    ok($httpd->stop, "$mpm: the server stops");
}
done_testing;
