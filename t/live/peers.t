# SPDX-License-Identifier: Apache-2.0
#
# P0fApiSocket with user= and group=: who asks is known by the kernel's word, and everybody else is cut
# off before he can; in the thread and in the helper process, where a system call that isn't allowed is
# the end.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1) || ($> ? 'not root' : undef);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;

# Asks for 192.0.2.1 as a user with groups: the reply's length.
my $ask = 'use IO::Socket::UNIX; alarm 5; $SIG{PIPE} = "IGNORE"; my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 9;'
    . ' syswrite $s, pack "L C a16", 0x50304601, 4, "\xc0\0\2\1"; my $data = "";'
    . ' 1 while length $data < 232 && sysread $s, $data, 232, length $data; exit(length $data == 232 ? 0 : 1)';

sub answered {
    my ($path, $user, $group, @more) = @_;
    my @groups = @more ? ('--groups', join ',', map { scalar getgrnam $_ } @more) : '--clear-groups';
    return system('setpriv', '--reuid', $user, '--regid', $group, @groups, '--', $^X, '-e', $ask, $path) == 0 ? 'yes' : 'no';
}

for my $isolation ('thread', 'process') {
    my $httpd = Httpd->new(netns => $server, args => ['-D', 'P0F_SECCOMP_KILL'], config => <<"EOC");
P0fEngine On
P0fIsolation $isolation
P0fUser nobody
P0fApiSocket p0f.sock mode=0666 user=games,@{[scalar getpwnam 'daemon']} group=mail
EOC
    chmod 0755, $httpd->dir . '/run';
    ok($httpd->start, "$isolation: the server starts") or diag $httpd->console;
    my $path = $httpd->dir . '/run/p0f.sock';
    is(answered($path, 'root', 'root'), 'yes', "$isolation: root may ask");
    is(answered($path, 'games', 'games'), 'yes', "$isolation: a listed user may");
    is(answered($path, 'daemon', 'nogroup'), 'yes', "$isolation: ... also one listed by number");
    is(answered($path, 'nobody', 'mail'), 'yes', "$isolation: somebody of a listed group may");
    is(answered($path, 'nobody', 'nogroup', 'games', 'mail'), 'yes', "$isolation: ... also where it isn't his first one");
    is(answered($path, 'nobody', 'games'), 'no', "$isolation: a group of a user's name is no user");
    is(answered($path, 'nobody', 'nogroup', 'games'), 'no', "$isolation: nobody else may");
    is(join(' ', map { answered($path, 'nobody', 'nogroup') } 1 .. 30), join(' ', ('no') x 30), "$isolation: ... however often he tries");
    is(answered($path, 'games', 'games'), 'yes', "$isolation: meanwhile those who may are answered");
    my ($serves) = Httpd::threads('p0f-api', $httpd->pid, $httpd->children);
    my ($process) = $serves =~ m{/proc/(\d+)/};
    is($process == $httpd->pid ? 'thread' : 'process', $isolation, "$isolation: that is who serves");
    my %has = Httpd::_slurp("$serves/status") =~ /^(\w+):\s+(.*)/mg;
    like(join('', @has{qw(CapInh CapPrm CapEff CapAmb)}), qr/^0+$/, "$isolation: ... without a capability");
    SKIP: {
        skip 'built without a filter of system calls', 1 if Httpd::sanitized() || `ldd '@{[Httpd::module()]}'` !~ /libseccomp/;
        is($has{Seccomp}, 2, "$isolation: ... its system calls filtered");
    }
    if ($isolation eq 'process') {
        is($has{CapBnd}, '0' x 16, "$isolation: ... nor a way to one");
        is($has{NoNewPrivs}, 1, "$isolation: ... nor to privileges");
        is($has{Uid}, join("\t", (scalar getpwnam 'nobody') x 4), "$isolation: ... as P0fUser");
        sleep 1;
        kill KILL => $process;
        is(answered($path, 'root', 'root'), 'yes', "$isolation: the next helper serves who waited for it");
    }
    $httpd->configure("P0fEngine On\nP0fIsolation $isolation\nP0fUser nobody\nP0fApiSocket p0f.sock mode=0666\n");
    ok($httpd->graceful, "$isolation: a graceful restart without a list");
    is(answered($path, 'nobody', 'nogroup'), 'yes', "$isolation: now everybody may");
    is($httpd->faults, '', "$isolation: no crash, same parent");
    ok($httpd->stop, "$isolation: the server stops");
}

# Who waits for nobody is told so.
my $httpd = Httpd->new(netns => $server, config => "P0fEngine On\nP0fIsolation process\nP0fUser nobody\nP0fChroot \@DIR\@/none9\nP0fApiSocket p0f.sock mode=0666\n");
chmod 0755, $httpd->dir . '/run';
ok($httpd->start, 'a helper that can not be confined: the server starts') or diag $httpd->console;
ok($httpd->says(qr/nobody serves P0fApiSocket/, 5), '... the log says that nobody serves');
my $path = $httpd->dir . '/run/p0f.sock';
is(answered($path, 'root', 'root'), 'no', '... and who asks is refused');
$httpd->configure("P0fEngine On\nP0fApiSocket p0f.sock mode=0666\n");
ok($httpd->graceful, '... a restart with what can be');
is(answered($path, 'root', 'root'), 'yes', '... serves again');
is($httpd->faults, '', '... without a crash');
ok($httpd->stop, '... the server stops');
done_testing;
