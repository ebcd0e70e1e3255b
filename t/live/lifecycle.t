# SPDX-License-Identifier: Apache-2.0
#
# What a graceful restart keeps and what it makes anew, by what changed in the configuration; the
# thread in the parent; one process without workers.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\n";
my $capture_only = "${config}P0fSavedSyn Off\nP0fWait 100ms\n";

sub handles { my ($httpd) = @_; return join ' ', $httpd->packet_sockets($httpd->pid) }

sub log_of {
    my ($httpd, %o) = @_;
    return $httpd->request(from => $client, path => '/index.html', %o)->{log} || {};
}

# Where an answer comes from. Workers with a sanitizer take longer to leave: one of before answers, too.
sub source_of {
    my ($httpd, $expected, %o) = @_;
    my $source;
    for (1 .. (Httpd::sanitized() ? 30 : 1)) {
        $source = log_of($httpd, %o)->{source};
        last if $source eq $expected;
        sleep 0.1;
    }
    return $source;
}

# A graceful restart, and time for workers of before it to end: until then they answer, too, and
# mod_cgid can't start its daemon anew while the last one isn't up.
sub reconfigured {
    my ($httpd, $text, $name) = @_;
    $httpd->configure($text);
    ok($httpd->graceful, "$name: a graceful restart");
    sleep 0.25;
}

# Lines of the error log about the module, by a pattern.
sub said { my ($httpd, $pattern) = @_; return scalar grep { /p0f/ && /$pattern/ } split /\n/, $httpd->error_log }

# ---- which handle is kept ----------------------------------------------------------------------

for my $mpm (Httpd::mpms()) {
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $capture_only);
    ok($httpd->start, "$mpm: the server starts") or diag $httpd->console;
    my $before = handles($httpd);
    like($before, qr/^\d+$/, "$mpm: one handle");
    reconfigured($httpd, "${capture_only}P0fHostIdleLimit 60min\n", "$mpm, another setting");
    is(handles($httpd), $before, "$mpm: it is kept where nothing about it changed");
    is(source_of($httpd, 'capture'), 'capture', "$mpm: ... and captures");

    my %change = ('the filter' => 'P0fFilter "not host 203.0.113.1"', 'the buffer' => 'P0fCaptureBuffer 4194304',
                  'the interface' => 'P0fInterface eth0', 'a Listen' => 'Listen 8081', 'the mode' => 'P0fPromiscuous On');
    for my $what (sort keys %change) {
        reconfigured($httpd, "$capture_only$change{$what}\n", "$mpm, $what changes");
        like(handles($httpd), qr/^\d+$/, "$mpm, $what changes: one handle");
        isnt(handles($httpd), $before, "$mpm, $what changes: a new one");
        is(source_of($httpd, 'capture', port => $what eq 'a Listen' ? 8081 : 8080), 'capture', "$mpm, $what changes: captures");
        $before = handles($httpd);
    }
    reconfigured($httpd, "${capture_only}P0fInterface eth0 lo\n", "$mpm, two interfaces");
    like(handles($httpd), qr/^\d+ \d+$/, "$mpm: a handle for each interface");
    is(source_of($httpd, 'capture'), 'capture', "$mpm: captures on the first");
    is(source_of($httpd, 'capture', from => $server), 'capture', "$mpm: captures on the second");

    reconfigured($httpd, '', "$mpm, no P0fEngine any more");
    is(handles($httpd), '', "$mpm: nothing is captured for nobody");
    reconfigured($httpd, $capture_only, "$mpm, P0fEngine again");
    is(source_of($httpd, 'capture'), 'capture', "$mpm: captures again");
    reconfigured($httpd, "${config}P0fCapture Off\n", "$mpm, P0fCapture Off");
    is(handles($httpd), '', "$mpm: no handle with P0fCapture Off");
    is(source_of($httpd, 'saved_syn'), 'saved_syn', "$mpm: the saved SYN answers");
    is($httpd->faults, '', "$mpm: no crash, same parent");
    ok($httpd->stop, "$mpm: the server stops");
}

# ---- what becomes of the tables ----------------------------------------------------------------

my $httpd = Httpd->new(netns => $server, config => $capture_only);
$httpd->start;
is($httpd->settled(from => $client)->{total_conn}, 1, 'the first connection of a host is counted');
reconfigured($httpd, "${capture_only}P0fHostIdleLimit 30min\n", 'another limit');
is($httpd->settled(from => $client)->{total_conn}, 2, 'another limit keeps the tables');
reconfigured($httpd, "${capture_only}P0fMaxHosts 1000\nP0fMaxConnections 2000\n", 'another size');
is($httpd->settled(from => $client)->{total_conn}, 1, 'another size takes new tables');
reconfigured($httpd, "${capture_only}P0fMaxHosts 1000\nP0fMaxConnections 2000\n", 'the same size');
is($httpd->settled(from => $client)->{total_conn}, 2, 'the same size keeps them');

# A keep-alive connection to a worker of before the change is served to its end.
my $url = 'http://' . Netns::SERVER4 . ':8080';
$httpd->write('cgi-bin/slow', "#!/bin/sh\nsleep 1\nprintf 'Content-Type: text/plain\\r\\n\\r\\n%s\\n' \"\$pof_genre\"\n");
chmod 0755, $httpd->dir . '/cgi-bin/slow';
my $slow = "${capture_only}ScriptAlias /slow \@DIR\@/cgi-bin/slow\n";
reconfigured($httpd, $slow, 'a slow program');
defined(my $pid = open my $out, '-|') or die "fork: $!";
if (!$pid) { exec $client->command('curl', '-s', '-m', 20, "$url/slow?old", "$url/index.html?after") or POSIX::_exit(127) }
sleep 0.3;
reconfigured($httpd, "${slow}P0fMaxHosts 3000\n", 'new tables while a request runs');
my $body = do { local $/; <$out> };
close $out;
is($body, "Linux\nhome\n", 'a request that began before is served, and the next one');
is($httpd->logged(qr/slow\?old/)->{genre}, 'Linux', '... with its answer');
is($httpd->faults, '', 'no crash, same parent');

# ---- a wrong database at a restart -------------------------------------------------------------

my $good = $httpd->read('p0f.fp');
$httpd->write('p0f.fp', "classes = win\n[tcp:request]\nlabel = s:win:Windows:10\nsig = nonsense\n");
ok($httpd->graceful, 'a graceful restart with a fingerprint file that became wrong');
sleep 0.25;
is(log_of($httpd)->{genre}, 'Linux', 'the database of before answers on');
is(said($httpd, qr/stays in use.*p0f\.fp:4: /), 1, 'one line in the log says so, with file and line');
my ($status, $text) = $httpd->invoke('-t');
isnt($status, 0, '-t fails');
like($text, qr/p0f\.fp:4: \S/, '... and says where');
$httpd->write('p0f.fp', $good =~ s/^(label\s*=\s*s:[^:]+:)Linux:/$1Other:/mgr);
ok($httpd->graceful, 'a graceful restart with another database');
sleep 0.25;
is(log_of($httpd)->{genre}, 'Other', '... which answers');
$httpd->write('p0f.fp', $good);
ok($httpd->stop, 'the server stops');
$httpd->write('p0f.fp', "nonsense\n");
ok(!$httpd->start, 'with a wrong file the server does not start');
like($httpd->console, qr/p0f\.fp:1: \S/, '... and says where');

# ---- the option on the listeners ---------------------------------------------------------------

# TCP_SAVE_SYN of every listening socket of a process, through copies of its descriptors.
sub saving {
    my ($pid) = @_;
    my $pidfd = syscall(434, $pid, 0);
    return if $pidfd < 0;
    my @saving;
    for (map { m{/(\d+)$} } glob "/proc/$pid/fd/*") {
        my $fd = syscall(438, $pidfd, $_ + 0, 0);
        next if $fd < 0;
        open my $copy, '<&=', $fd or next;
        my $listens = getsockopt($copy, 1, 30) or next;     # SOL_SOCKET, SO_ACCEPTCONN
        my $save = getsockopt($copy, 6, 27) or next;        # IPPROTO_TCP, TCP_SAVE_SYN
        push @saving, unpack 'i', $save if unpack 'i', $listens;
    }
    POSIX::close($pidfd);
    return @saving;
}

for my $listens ("Listen 8082\n", "ListenCoresBucketsRatio 1\n") {
    $httpd = Httpd->new(netns => $server, config => $config . $listens);
    ok($httpd->start, "$listens: the server starts") or diag $httpd->console;
    my @saving = saving($httpd->pid);
    cmp_ok(scalar @saving, '>=', 1, 'it listens');
    is_deeply([grep { $_ != 1 } @saving], [], 'every listener saves SYNs');
    reconfigured($httpd, "${config}P0fSavedSyn Off\n$listens", 'P0fSavedSyn Off');
    is_deeply([grep { $_ } saving($httpd->pid)], [], 'no listener saves SYNs any more');
    reconfigured($httpd, $config . $listens, 'P0fSavedSyn Auto');
    is_deeply([grep { $_ != 1 } saving($httpd->pid)], [], 'they save again');
    is($httpd->faults, '', 'no crash, same parent');
    ok($httpd->stop, 'the server stops');
}

# ---- an interface that comes back --------------------------------------------------------------

sub veth {
    $client->veth($server, name => 'away0');
    $client->address('away0', '198.51.100.1/24');
    $server->address('away0', '198.51.100.2/24');
}

veth();
$httpd = Httpd->new(netns => $server, config => "${capture_only}P0fInterface away0\n");
ok($httpd->start, 'on an interface that will go away: the server starts') or diag $httpd->console;
is(log_of($httpd, to => '198.51.100.2')->{source}, 'capture', 'captures');
$server->ip('link', 'del', 'away0');
is(log_of($httpd)->{status}, 200, 'serves when it is gone');
ok($httpd->says(qr/p0f.*capture has ended/, 15), 'the log says that the capture ended');
is(log_of($httpd, curl => ['--local-port', 5150])->{err}, 'no_capture', 'pof_err says so, too');
veth();
ok($httpd->graceful, 'a graceful restart when it is back');
sleep 0.25;
is(log_of($httpd, to => '198.51.100.2')->{source}, 'capture', 'captures again');
is(said($httpd, qr/capture has ended/), 1, 'one line for the end');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');

# ---- the thread --------------------------------------------------------------------------------

# The signals that a thread blocks: a mask by number.
sub blocked {
    my ($task) = @_;
    open my $file, '<', "$task/status" or return 0;
    my ($mask) = map { /^SigBlk:\s*([0-9a-f]+)/ ? $1 : () } <$file>;
    return sub { my ($signal) = @_; return hex(substr $mask, -8) >> ($signal - 1) & 1 };
}

sub threads { return Httpd::threads('p0f', @_) }

for my $mpm (Httpd::mpms()) {
    $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config);
    $httpd->start;
    my @threads = threads($httpd->pid);
    is(scalar @threads, 1, "$mpm: the parent has one thread for it");
    my $blocks = blocked($threads[0]);
    my @names = qw(HUP INT QUIT USR1 USR2 TERM CHLD WINCH PIPE ALRM);
    my @open = grep { !$blocks->(POSIX->can("SIG$_") ? POSIX->can("SIG$_")->() : 28) } @names;
    is_deeply(\@open, [], "$mpm: which leaves httpd's signals to httpd");
    my @shut = grep { $blocks->(POSIX->can("SIG$_")->()) } qw(SEGV BUS FPE ILL ABRT);
    is_deeply(\@shut, [], "$mpm: and takes those that tell of faults");
    is_deeply([threads($httpd->children)], [], "$mpm: no child has it");
    $httpd->graceful;
    is(scalar(threads($httpd->pid)), 1, "$mpm: one thread after a restart as well");
    reconfigured($httpd, '', "$mpm, no P0fEngine");
    is(scalar(threads($httpd->pid)), 0, "$mpm: none without P0fEngine");
    is($httpd->faults, '', "$mpm: no crash, same parent");
    $httpd->stop;
}

# ---- one process -------------------------------------------------------------------------------

for my $mpm (Httpd::mpms()) {
    $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $capture_only);
    my @command = $httpd->_in_netns('setpriv', '--pdeathsig', 'KILL', $httpd->_command('-X'));
    defined($pid = fork) or die "fork: $!";
    if (!$pid) {
        POSIX::setsid();
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $httpd->dir . '/logs/console';
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }
    my ($end, $got) = time + Httpd::PATIENCE;
    do { sleep 0.05; $got = $httpd->request(from => $client, no_log => 1) } until $got->{status} || time > $end;
    $got = log_of($httpd);
    is($got->{status}, 200, "$mpm -X: serves");
    is($got->{source}, 'capture', "$mpm -X: captures");
    is(source_of($httpd, 'capture'), 'capture', "$mpm -X: ... and goes on");
    is(said($httpd, qr/one process/), 1, "$mpm -X: the log says what it lacks");
    kill TERM => $pid;
    my $ended;
    for (1 .. 100) { last if $ended = waitpid $pid, POSIX::WNOHANG(); sleep 0.05 }
    is($ended, $pid, "$mpm -X: ends when told to");
    kill KILL => $pid if !$ended;
    is($? & 127, 0, "$mpm -X: ... by itself");
    is($httpd->faults, '', "$mpm -X: no crash");
    is_deeply([$server->output('tail', '-n', '+2', '/proc/net/packet')], [], "$mpm -X: no packet socket is left");
}
done_testing;
