# SPDX-License-Identifier: Apache-2.0
#
# P0fIsolation process: what the helper process is and holds, that it comes back when it dies, that it
# hinders no restart and no stop when it hangs, and that it ends with the server.
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
$client->address('eth0', '192.0.2.9/24');
my $config = "P0fEngine On\nP0fExport all\nP0fIsolation process\nP0fUser nobody\nP0fWait 100ms\n";
my $alone = "${config}P0fSavedSyn Off\n";
my @strict = ('-D', 'P0F_SECCOMP_KILL'); # a system call that isn't allowed ends the helper

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/;
    return scalar <$file> // '';
}

# A helper other than $old that has begun to read; undef if there is none in time.
sub helper {
    my ($httpd, $old, $seconds) = @_;
    my $end = time + ($seconds || 5);
    while (time < $end) {
        my ($pid) = grep { $_ != ($old || 0) } $httpd->helpers;
        return $pid if $pid && slurp("/proc/$pid/syscall") && slurp("/proc/$pid/status") =~ /^NoNewPrivs:\t1/m;
        sleep 0.02;
    }
    return;
}

sub gone {
    my ($pid, $seconds) = @_;
    my $end = time + $seconds;
    while (-d "/proc/$pid" && slurp("/proc/$pid/stat") !~ /\) Z /) {
        return 0 if time > $end;
        sleep 0.02;
    }
    return 1;
}

# Where an answer comes from. Right after a restart a worker of before it may still serve.
sub source {
    my ($httpd) = @_;
    my $source;
    for (1 .. 20) {
        my $answer = $httpd->request(from => $client);
        $source = $answer->{log}{source} // "no line in the log, status $answer->{status}";
        last if $source ne '-';
        sleep 0.1;
    }
    return $source;
}

# httpd names a crashed child of any kind in its log; here the test made it crash.
sub faults {
    my ($httpd) = @_;
    return join "\n", grep { !/AH00052: child pid \d+ exit signal Segmentation fault/ } split /\n/, $httpd->faults;
}

sub lines { my ($httpd, $pattern) = @_; return scalar(() = $httpd->error_log =~ /$pattern/g) }

# ---- what it is, and that it comes back ---------------------------------------------------------

for my $mpm (Httpd::mpms()) {
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $alone, args => \@strict, wrap => ['setpriv', '--groups', '4,24', '--']);
    ok($httpd->start, "$mpm: the server starts") or diag $httpd->console;
    my $pid = helper($httpd);
    like(slurp('/proc/' . $httpd->pid . '/status'), qr/^Groups:\s+4 24 *$/m, "$mpm: the parent has groups beside its first one");
    is(scalar($httpd->helpers), 1, "$mpm: there is one helper");
    is(source($httpd), 'capture', "$mpm: it captures");
    my $status = slurp("/proc/$pid/status");
    my ($uid, $gid) = (getpwnam 'nobody')[2, 3];
    is(join(' ', $status =~ /^Uid:\s+(.*)/m), join("\t", ($uid) x 4), "$mpm: it runs as P0fUser");
    is(join(' ', $status =~ /^Gid:\s+(.*)/m), join("\t", ($gid) x 4), "$mpm: ... and that user's group");
    is(($status =~ /^Groups:[ \t]*(.*?) *$/m)[0], '', "$mpm: ... and no other");
    is(join(' ', $status =~ /^Cap\w+:\s+(\w+)/mg), join(' ', ('0' x 16) x 5), "$mpm: it has no capability, nor a way to one");
    is(($status =~ /^NoNewPrivs:\s+(\d)/m)[0], 1, "$mpm: it can gain no privileges");
    is(system('setpriv', '--reuid', $uid, '--regid', $gid, '--clear-groups', $^X, '-e', 'exit(open(my $f, "<", $ARGV[0]) ? 1 : 0)',
        "/proc/$pid/mem"), 0, "$mpm: its own user can't look into it");
    SKIP: {
        skip 'built without a filter of system calls', 1 if $httpd->error_log =~ /may use all system calls/;
        is(($status =~ /^Seccomp:\s+(\d)/m)[0], 2, "$mpm: its system calls are filtered");
    }
    my %fds = map { (m{(\d+)$})[0] => readlink($_) // '' } glob "/proc/$pid/fd/*";
    my @packet = map { "socket:[$_]" } $httpd->packet_sockets($pid);
    is(scalar @packet, 1, "$mpm: it holds the packet socket");
    my %known = map { $_ => 1 } @packet, '/dev/null', 'anon_inode:[eventfd]';
    is_deeply([grep { !$known{$_} && !(Httpd::sanitized() && /error_log/) } values %fds], [],
        "$mpm: it holds no listener and no other foreign descriptor");
    is_deeply([$httpd->packet_sockets($httpd->pid)], [], "$mpm: the parent holds no packet socket");
    is_deeply([map { $httpd->packet_sockets($_) } grep { $_ != $pid } $httpd->children], [], "$mpm: nor does a worker");
    my @writable = grep { slurp("/proc/$_/maps") =~ /^\S+ rw-s.*memfd:p0f/m } $httpd->pid, $httpd->children;
    my %cache = map { $_ => 1 } slurp('/proc/' . $httpd->pid . '/maps') =~ /^\S+ r--s \S+ \S+ (\d+) +\S*memfd:p0f/mg;
    my @writers = grep { my $p = $_; grep { $cache{$_} } slurp("/proc/$p/maps") =~ /^\S+ rw-s \S+ \S+ (\d+) +\S*memfd:p0f/mg } @writable;
    is_deeply([sort { $a <=> $b } @writers], [sort { $a <=> $b } $httpd->pid, $pid], "$mpm: only parent and helper can write the cache");

    my $first = $httpd->settled(from => $client, interface => '192.0.2.9');
    sleep 1; # a helper that dies sooner makes the next one wait
    my @signals = $mpm eq 'event' ? qw(SEGV KILL) : 'SEGV';
    for my $signal (@signals) {
        my $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => "/index.html?$signal");
        my $begun = time;
        kill $signal => $pid;
        my $next = helper($httpd, $pid, 2);
        ok($next, sprintf '%s: after SIG%s another helper is there within 2 s (%.1f)', $mpm, $signal, time - $begun);
        sleep $signal eq $signals[-1] ? 0.3 : 2.1; # as above, and twice as long
        my $result = $load->stop;
        is_deeply($result->{failed}, [], "$mpm: no request of $result->{requests} failed meanwhile");
        is(source($httpd), 'capture', "$mpm: it captures");
        $pid = $next || 0;
    }
    my $second = $httpd->settled(from => $client, interface => '192.0.2.9');
    is($second->{first_seen}, $first->{first_seen}, "$mpm: the cache survived");
    cmp_ok(lines($httpd, qr/helper process \d+ was ended by signal/), '==', @signals, "$mpm: the log names each death");
    is(faults($httpd), '', "$mpm: no other crash, same parent");

    # hangs
    kill STOP => $pid;
    my $begun = time;
    ok($httpd->graceful, "$mpm: with a helper that hangs, a graceful restart");
    cmp_ok(time - $begun, '<', 4, "$mpm: ... in time");
    my $next = helper($httpd, $pid);
    ok($next && gone($pid, 1), "$mpm: ... replaces it");
    is(source($httpd), 'capture', "$mpm: ... and captures");
    kill STOP => $next;
    $begun = time;
    ok($httpd->restart, "$mpm: a restart");
    cmp_ok(time - $begun, '<', 4, "$mpm: ... in time");
    $pid = helper($httpd, $next);
    kill STOP => $pid;
    $begun = time;
    ok($httpd->stop, "$mpm: a stop");
    cmp_ok(time - $begun, '<', 4, "$mpm: ... in time");
    ok(gone($pid, 0.5), "$mpm: ... leaves no helper");
    is(faults($httpd), '', "$mpm: no other crash");
}

# ---- restarts -----------------------------------------------------------------------------------

# Without the saved SYN, so that each answer is the helper's.
my $pid;
my $httpd = Httpd->new(netns => $server, config => $alone, args => \@strict);
ok($httpd->start, 'graceful restarts under load: the server starts') or diag $httpd->console;
helper($httpd);
my ($gracefuls, $done, $requests, $bad, @failed) = ($ENV{P0F_LONG} ? 1000 : 4, 0, 0, 0);
while ($done < $gracefuls && !$bad) {
    my $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load');
    for (1 .. 50) {
        last if $done >= $gracefuls || $bad;
        $done++;
        $httpd->graceful or $bad++;
        sleep 0.3;
    }
    my $result = $load->stop;
    $requests += $result->{requests};
    push @failed, @{ $result->{failed} };
}
is($bad, 0, "$done graceful restarts under load");
is_deeply(\@failed, [], "... no request of $requests failed");
my @served = grep { m{/index\.html\?load} } split /\n/, $httpd->read('logs/access_log');
is(scalar(grep { !/\tLinux\t/ } @served), 0, 'none of ' . @served . ' served connections went without an answer');
is(scalar($httpd->helpers), 1, 'one helper is left');

# Signals: those that httpd's process group gets are not for it, SIGTERM is.
$pid = helper($httpd);
kill $_ => $pid for qw(HUP USR1 WINCH INT);
sleep 0.2;
is_deeply([$httpd->helpers], [$pid], 'SIGHUP, SIGUSR1, SIGWINCH and SIGINT leave the helper alone');
kill TERM => $pid;
ok(gone($pid, 0.5), 'SIGTERM ends it');
ok(helper($httpd, $pid, 3), '... and another one takes its place');

# The module is taken away, from a helper that hangs as well.
for my $hangs (0, 1) {
    $pid = helper($httpd);
    kill STOP => $pid if $hangs;
    $httpd->{p0f} = 0;
    $httpd->configure('');
    my $begun = time;
    ok($httpd->graceful, 'a graceful restart without the module' . ($hangs ? ', its helper hanging' : ''));
    cmp_ok(time - $begun, '<', 4, '... in time');
    ok(gone($pid, 1), '... the helper is gone');
    $httpd->{p0f} = 1;
    $httpd->configure($alone);
    ok($httpd->graceful, 'a graceful restart with it again');
    ok(helper($httpd), '... and a helper');
    is(source($httpd), 'capture', '... that captures');
}

# From one mode to the other.
$httpd->configure($alone =~ s/process/thread/r);
$pid = helper($httpd);
ok($httpd->graceful && gone($pid, 1), 'at P0fIsolation thread the helper goes');
is(source($httpd), 'capture', '... and the thread captures');
$httpd->configure($alone);
ok($httpd->graceful && helper($httpd), 'at P0fIsolation process it is back');
is(source($httpd), 'capture', '... and captures');
is_deeply([$httpd->packet_sockets($httpd->pid)], [], '... and the parent has no packet socket any more');

# ---- a helper that keeps dying ------------------------------------------------------------------

$httpd->request(from => $client);
my $dead = 0;
for (1 .. 5) {                     # how young is young doubles each time
    $dead = helper($httpd, $dead, 3);
    kill KILL => $dead;
    last if $httpd->says(qr/takes its place in \d+ s/, 2);
}
ok($httpd->says(qr/takes its place in \d+ s/, 4), 'a helper that dies young makes the next one wait');
is($httpd->request(from => $client)->{status}, 200, '... meanwhile the server serves');
is(faults($httpd), '', 'no crash, same parent');

# ---- a helper that hangs for long ----------------------------------------------------------------

SKIP: {
    skip 'takes 40 s; LONG=1 runs it', 2 if !$ENV{P0F_LONG};
    my $hung = helper($httpd, $dead, 3);
    kill STOP => $hung;
    ok($httpd->says(qr/shows no life/, 60), 'a helper that hangs is noticed');
    ok(helper($httpd, $hung, 5), '... and replaced');
}

# ---- the parent dies ----------------------------------------------------------------------------

# Detached: what it leaves lives on.
ok($httpd->stop, 'the server stops');
$httpd = Httpd->new(netns => $server, config => $alone, args => \@strict, daemon => 1);
ok($httpd->start, 'a detached server starts') or diag $httpd->console;
$pid = helper($httpd);
my @orphans = grep { $_ != $pid } $httpd->children;
kill KILL => $httpd->pid;
ok(gone($pid, 1), 'when the parent is killed the helper is gone within a second');
is($httpd->request(from => $client, path => '/index.html', no_log => 1)->{status}, 200, '... while the workers serve');
$httpd->crashed;
kill KILL => @orphans;
$httpd->stop;

# ---- logs ----------------------------------------------------------------------------------------

$httpd = Httpd->new(netns => $server, args => \@strict, config => "${alone}P0fLog \@DIR\@/p0f.log\nP0fLog \@DIR\@/p0f.json json\nP0fDumpFile \@DIR\@/p0f.pcap\n");
ok($httpd->start, 'with P0fLog: the server starts') or diag $httpd->console;
$pid = helper($httpd);
is(source($httpd), 'capture', '... captures');
ok($httpd->_wait(sub { $httpd->read('p0f.log') =~ /mod=syn.*os=Linux/ && $httpd->read('p0f.json') =~ /Linux/ }, 3), '... what the helper sees is logged');
ok($httpd->_wait(sub { length $httpd->read('p0f.pcap') > 24 }, 3), '... and dumped');
is_deeply([grep { /p0f\.(?:log|json|pcap)/ } map { readlink($_) // '' } glob "/proc/$pid/fd/*"], [], '... the helper itself has none of the files open');
ok($httpd->graceful, '... after a graceful restart');
my $lines = () = $httpd->read('p0f.log') =~ /mod=syn/g;
helper($httpd, $pid);
is(source($httpd), 'capture', '... it captures');
ok($httpd->_wait(sub { (() = $httpd->read('p0f.log') =~ /mod=syn/g) > $lines }, 3), '... and logs');
is($httpd->faults, '', '... without a crash');
ok($httpd->stop, '... the server stops');

# ---- chroot -------------------------------------------------------------------------------------

$httpd = Httpd->new(netns => $server, args => \@strict, config => "${alone}P0fChroot \@DIR\@/htdocs\n");
ok($httpd->start, 'P0fChroot: the server starts') or diag $httpd->console;
$pid = helper($httpd);
is(readlink("/proc/$pid/root"), $httpd->dir . '/htdocs', '... the helper is in it');
is(source($httpd), 'capture', '... and captures');
is($httpd->faults, '', '... without a crash');
ok($httpd->stop, '... the server stops');

# ---- an interface that goes and comes back -------------------------------------------------------

$client->veth($server, name => 'come0');
my $addressed = sub { $client->address('come0', '198.51.100.1/24'); $server->address('come0', '198.51.100.2/24') };
$addressed->();
$httpd = Httpd->new(netns => $server, args => \@strict, config => "${alone}P0fInterface come0\n");
ok($httpd->start, 'an interface that comes back: the server starts') or diag $httpd->console;
$pid = helper($httpd);
is($httpd->request(from => $client, to => '198.51.100.2')->{log}{source}, 'capture', '... captures');
$server->ip('link', 'del', 'come0');
sleep 1.2;
$client->veth($server, name => 'come0');
$addressed->();
sleep 2.2;
is($httpd->request(from => $client, to => '198.51.100.2', curl => ['--local-port', 5353])->{log}{source}, 'capture', '... captures again');
is_deeply([$httpd->helpers], [$pid], '... by the same helper');
is($httpd->faults, '', '... without a crash');
ok($httpd->stop, '... the server stops');

# ---- what can't be ------------------------------------------------------------------------------

my @troubles = (
    ['a user that does not exist', "P0fUser none9\n", qr/there is no user none9/],
    ['a directory that does not exist', "P0fChroot \@DIR\@/none9\n", qr{P0fChroot \S+/none9: No such file or directory; the capture doesn't run}],
    ['an interface that does not exist', "P0fInterface none9\n", qr/none9.*doesn't exist/],
    ['no permission to capture', '', qr/permission|permitted|privilege/i,
        wrap => ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw', '--']]);
for (@troubles) {
    my ($name, $more, $sentence, @how) = @$_;
    $httpd = Httpd->new(netns => $server, config => "$config$more", @how);
    ok($httpd->start, "$name: the server starts") or diag $httpd->console;
    ok($httpd->says($sentence, 3), "$name: the log says it");
    is(source($httpd), 'saved_syn', "$name: the saved SYN answers");
    sleep 1.2;
    is(lines($httpd, qr/p0f:warn/), 1, "$name: one warning") or diag $httpd->error_log;
    is(faults($httpd), '', "$name: no crash, same parent");
    ok($httpd->stop, "$name: the server stops");
}
for (['a user that does not exist', 'P0fUser none9', qr/there is no user none9/],
     ['a root directory that does not exist', 'P0fChroot @DIR@/none9', qr{none9: No such file or directory}],
     ['a root directory that is none', 'P0fChroot @DIR@/httpd.conf', qr{httpd\.conf: Not a directory}]) {
    my ($name, $more, $sentence) = @$_;
    $httpd = Httpd->new(netns => $server, config => "${alone}$more\nP0fRequired On\n");
    ok(!$httpd->start, "with P0fRequired On $name is a reason not to start");
    like($httpd->console . $httpd->error_log, $sentence, '... which is said');
    like($httpd->console . $httpd->error_log, qr/P0fRequired is On, and there is no capture/, '... with what it means');
    $httpd->stop;
    $httpd = Httpd->new(netns => $server, config => "${config}$more\nP0fCapture Off\nP0fRequired On\n");
    ok($httpd->start, '... with P0fCapture Off nothing is required') or diag $httpd->console;
    is(faults($httpd), '', '... no crash, same parent');
    ok($httpd->stop, '... the server stops');
}

# ---- fault 25: no process can be forked ---------------------------------------------------------

# Without mod_cgid the first fork of a start and of a graceful restart is the helper's.
SKIP: {
    my @inject = ('strace', '-qq', '-o', '/dev/null', '-e', 'trace=clone,fork', '-e', 'inject=clone,fork:error=EAGAIN:when=1');
    skip 'no strace', 12 if system('strace -V >/dev/null 2>&1');
    for my $when ('at the start', 'at a restart') {
        my $name = "no helper can be forked $when";
        my $start = $when eq 'at the start';
        $httpd = Httpd->new(netns => $server, config => $config, cgi => 0, $start ? (wrap => \@inject) : ());
        ok($httpd->start, "$name: the server starts") or diag $httpd->console;
        my $tracer = $start ? 0 : fork // die "fork: $!";
        if (!$start && !$tracer) { exec @inject, '-p', $httpd->pid or POSIX::_exit(127) }
        if ($tracer) {
            $httpd->_wait(sub { slurp('/proc/' . $httpd->pid . '/status') =~ /^TracerPid:\t[1-9]/m }, 5);
            ok($httpd->graceful, "$name: it restarts");
        }
        ok($httpd->says(qr/the helper process can't be forked; this is tried again/, 3), "$name: the log says it");
        is($httpd->request(from => $client, path => '/index.html')->{log}{source}, 'saved_syn', "$name: the saved SYN answers");
        ok(helper($httpd, 0, 30), "$name: a helper comes later");
        is($httpd->faults, '', "$name: no crash, same parent");
        ok($httpd->stop, "$name: the server stops");
        kill(TERM => $tracer), waitpid $tracer, 0 if $tracer;
    }
}

# ---- one process --------------------------------------------------------------------------------

# It prints no line to wait for.
$httpd = Httpd->new(netns => $server, config => $alone);
my @command = $server->command('setpriv', '--pdeathsig', 'KILL', $httpd->_command('-X'));
defined($pid = fork) or die "fork: $!";
if (!$pid) {
    POSIX::setsid();
    open STDOUT, '>>', $httpd->dir . '/logs/console';
    open STDERR, '>&', \*STDOUT;
    exec @command or POSIX::_exit(127);
}
my ($end, $got) = time + Httpd::PATIENCE;
do { sleep 0.05; $got = $httpd->request(from => $client) } until $got->{status} || time > $end;
is(source($httpd), 'capture', '-X: it captures');
is(scalar(grep { slurp("/proc/$_/comm") eq "p0f\n" } Httpd::_descendants($pid)), 0, '-X: without a helper');
like($httpd->error_log, qr/P0fIsolation process is not in force/, '-X: and the log says so');
kill TERM => $pid;
waitpid $pid, 0;
is($httpd->faults, '', '-X: no crash');
done_testing;
