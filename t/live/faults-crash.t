# SPDX-License-Identifier: Apache-2.0
#
# Faults of processes: a worker killed, stopped or hostile; the parent killed; a fault in the capture
# thread. Who reads the cache is never harmed, and what can be reported is in the log.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;
use Load;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\nP0fWait 100ms\n";

sub answer {
    my ($httpd) = @_;
    return ($httpd->request(from => $client, path => '/index.html')->{log} || {})->{genre};
}

sub status_of {
    my ($task, $name) = @_;
    open my $file, '<', "$task/status" or return '';
    return join '', map { /^\Q$name\E:\s*(\S+)/ ? $1 : () } <$file>;
}

# Lines of a mapping in smaps, by a pattern on its first one.
sub mapping {
    my ($pid, $pattern) = @_;
    open my $file, '<', "/proc/$pid/smaps" or return;
    my ($in, @flags);
    while (<$file>) {
        $in = /$pattern/ if /^[0-9a-f]+-[0-9a-f]+ /;
        push @flags, $1 if $in && /^VmFlags: (.*)/;
    }
    return @flags;
}

for my $mpm (Httpd::mpms()) {
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => "${config}P0fLog \@DIR\@/p0f.log\nP0fApiSocket p0f.sock\n");
    chmod 0755, $httpd->dir . '/run';   # as a system's own folder is
    ok($httpd->start, "$mpm: the server starts") or diag $httpd->console;
    is(answer($httpd), 'Linux', "$mpm: answers");

    # what the threads have given up
    my ($thread) = Httpd::threads('p0f', $httpd->pid);
    for my $name ('p0f', 'p0f-log', 'p0f-api') {
        my ($task) = Httpd::threads($name, $httpd->pid);
        like(status_of($task, 'CapEff') . status_of($task, 'CapPrm'), qr/^0+$/, "$mpm: the thread $name has no capability");
        SKIP: {
            skip 'built without libseccomp, or with a sanitizer', 1 if Httpd::sanitized() || `ldd '@{[Httpd::module()]}'` !~ /libseccomp/;
            is(status_of($task, 'Seccomp'), 2, "$mpm: the system calls of the thread $name are filtered");
        }
    }
    like(status_of('/proc/' . $httpd->pid, 'CapEff'), qr/[1-9a-f]/, "$mpm: ... the parent keeps its own");
    # (a sanitizer has a thread of its own)
    Httpd::sanitized() || is(scalar(grep { !/\/@{[$httpd->pid]}$/ && status_of($_, 'CapEff') !~ /^0+$/ } glob '/proc/' . $httpd->pid . '/task/*'), 0,
        "$mpm: no other thread of the parent has one");

    # fault 13: a hostile worker
    my @kids = $httpd->children;
    my @cache = map { mapping($_, qr{r--s .*memfd:p0f}) } @kids;
    isnt(scalar @cache, 0, "$mpm: workers have the cache mapped");
    is_deeply([grep { /\bmw\b/ } @cache], [], "$mpm: hostile worker: the kernel will never make it writable");
    for my $what ('mem', 'fd/3', 'task/' . ($thread =~ s{.*/}{}r) . '/mem') {
        is(system('setpriv', '--reuid', 33, '--regid', 33, '--clear-groups', $^X, '-e', 'exit(open(my $f, "+<", $ARGV[0]) ? 1 : 0)',
            '/proc/' . $httpd->pid . "/$what"), 0, "$mpm: hostile worker: its user can't open $what of the parent");
    }

    # workers killed, under load
    my $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load');
    kill KILL => $_ for grep { $_ } (grep { mapping($_, qr{memfd:p0f}) } $httpd->children)[0, 1];
    sleep 0.5;
    my ($stopped) = grep { my $pid = $_; mapping($pid, qr{memfd:p0f}) } reverse $httpd->children;
    kill STOP => $stopped if $stopped;
    sleep 0.3;
    ok($httpd->_wait(sub { (answer($httpd) // '') eq 'Linux' }, 30), "$mpm: a worker killed or stopped: others answer");
    kill CONT => $stopped if $stopped;
    $load->stop;
    is(answer($httpd), 'Linux', "$mpm: workers killed and stopped: answers");
    is($httpd->faults, '', "$mpm: no crash, same parent");

    # fault 21: the writer stopped in the middle of whatever it does, and killed
    $load = Load->start($client, host => Netns::SERVER4, port => 8080, path => '/index.html?load');
    sleep 0.2;
    kill STOP => $httpd->pid;
    my $result = $load->stop;
    is_deeply([grep { /no answer/ } @{ $result->{failed} }], [], "$mpm: the parent stopped under load: no request hangs");
    my $begun = time;
    is($httpd->request(from => $client, path => '/index.html')->{status}, 200, "$mpm: ... and one more is served");
    cmp_ok(time - $begun, '<', 3, "$mpm: ... without waiting for the dead");
    kill CONT => $httpd->pid;
    sleep 0.1;
    is(answer($httpd), 'Linux', "$mpm: ... and it goes on");
    is($httpd->faults, '', "$mpm: no crash, same parent");
    $httpd->stop;

    # fault 5: the parent killed; what it leaves doesn't keep the next one from starting
    $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config, daemon => 1);
    $httpd->start;
    answer($httpd);
    my @orphans = $httpd->children;
    kill KILL => $httpd->pid;
    sleep 0.3;
    is($httpd->request(from => $client, path => '/index.html', no_log => 1)->{status}, 200, "$mpm: the parent killed: its workers serve");
    is_deeply([$server->output('tail', '-n', '+2', '/proc/net/packet')], [], "$mpm: ... and no packet socket is left");
    kill KILL => @orphans;
    $httpd->crashed;
    $httpd->stop;
    ok($httpd->start, "$mpm: ... and a new server starts") or diag $httpd->console;
    is(answer($httpd), 'Linux', "$mpm: ... and answers");
    is($httpd->faults, '', "$mpm: ... no crash");
    ok($httpd->stop, "$mpm: the server stops");

    # fault 1 of the thread, which is the parent's: the price of this mode, and the log says it
    $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config);
    $httpd->start;
    my ($tid) = (Httpd::threads('p0f', $httpd->pid))[0] =~ /(\d+)$/;
    @orphans = $httpd->children;
    syscall 234, $httpd->pid, $tid + 0, POSIX::SIGSEGV(); # tgkill
    ok($httpd->says(qr/AH00060/), "$mpm: a fault in the thread is in the log, by httpd's own handler");
    $httpd->crashed;
    kill KILL => @orphans;
    $httpd->stop;
}
done_testing;
