# SPDX-License-Identifier: Apache-2.0
#
# P0fDatabaseReload: changed fingerprint files are loaded without a restart; wrong ones are not, and
# are told once. (Restarts: fingerprint-files.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::IP;
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

# httpd calls its monitor about every ten seconds.
use constant ROUND => 13;

my $own = "classes = unix\n[tcp:request]\nlabel = s:unix:Own:name\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n";
my $httpd = Httpd->new(config => "P0fEngine On\nP0fExport all\nP0fCapture Off\nP0fDatabase \@DIR\@/own.fp\n"
    . "P0fDatabaseReload 1s\nKeepAliveTimeout 60\n");
my $path = $httpd->write('own.fp', $own);
# Who gives up which rights: root's child that reads the files, as setuid(0) shows, tries to get them back.
my $watched = $> == 0 && system('strace --seccomp-bpf -f -qq -o /dev/null true 2>/dev/null') == 0;
$httpd->{wrap} = ['strace', '--seccomp-bpf', '-f', '-qq', '-e', 'trace=setuid,setgid,setgroups', '-o', $httpd->dir . '/trace'] if $watched;
ok($httpd->start, 'the server starts') or diag $httpd->console;
my @workers = $httpd->children;
is($httpd->request->{log}{genre}, 'Own', 'the file\'s name is told');

# A file that is younger than two seconds may be in the writing: it is taken a moment later.
sub change {
    my ($text) = @_;
    $httpd->write('own.fp', $text);
    utime time - 5, time - 5, $path;
}

# A connection that stays open: its environment, as often as it is asked for.
my $open = IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $httpd->port) or die $@;
sub take {
    my ($n) = @_;
    my $text = '';
    while (length $text < $n) {
        sysread $open, $text, $n - length $text, length $text or die 'the connection ended';
    }
    return $text;
}
sub take_to {
    my ($end) = @_;
    my $text = '';
    $text .= take(1) while $text !~ /$end\z/;
    return $text;
}
sub ask {
    print $open "GET /env HTTP/1.1\r\nHost: localhost\r\n\r\n";
    my $body = '';
    if (take_to("\r\n\r\n") =~ /^Content-Length: (\d+)/mi) {
        $body = take($1);
    }
    else {
        while (my $n = hex(take_to("\r\n") =~ s/\s//gr)) { $body .= take($n); take(2) }
        take(2);
    }
    return { map { split /=/, $_, 2 } split /\0/, $body };
}
is(ask()->{pof_host_genre}, 'Own', '... for the address, too');

change("nonsense\n");
ok($httpd->says(qr/own\.fp:1:/, ROUND), 'a file gone wrong is told, with file and line');
is($httpd->request->{log}{genre}, 'Own', '... and the old database stays in use');
sleep ROUND - 2;
is(scalar(() = $httpd->error_log =~ /own\.fp:1:/g), 1, '... which is told once, although it was looked at again');

chmod 0600, $path if $> == 0;
change($own =~ s/Own:name/Newer:name/r . "; longer\n");
my $said = qr/fingerprint files have changed and are loaded: \d+ signatures/;
my ($until, @told) = (time + ROUND + 10);
while (time < $until && $httpd->error_log !~ $said) {
    push @told, $httpd->request->{log}{genre};
    sleep 0.05;
}
like($httpd->error_log, $said, 'mended it is loaded' . ($> == 0 ? ', also where only root may read it' : ''));
like("@told", qr/^(?:Own ?)+(?:Newer ?)*$/, '... in one step: ' . @told . ' requests meanwhile have the old name or the new one');
is(ask()->{pof_host_genre}, 'Newer', '... and a known address is named anew');
my $got = $httpd->request->{log};
is($got->{genre}, 'Newer', '... and used for new connections');
my %now = map { $_ => 1 } $httpd->children;
is_deeply([grep { !$now{$_} } @workers], [], '... by the same processes: nothing was restarted');
unlike($httpd->error_log, qr/long lost child/, 'httpd knows of the child that read the files');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');

SKIP: {
    skip 'needs root and strace', 2 if !$watched;
    my @calls = map { [/^(\d+) +(\w+\(.*?\)) += (-?\d+)/] } split /\n/, $httpd->read('trace');
    my ($reader) = map { $_->[0] } grep { $_->[1] && $_->[1] eq 'setuid(0)' && $_->[2] == -1 } @calls;
    ok($reader, 'the files are read by a process that can not become root again');
    my @did = map { $_->[1] } grep { $_->[0] && $_->[0] == ($reader || 0) } @calls;
    like("@did", qr/^setgroups\(0, \S+\) setgid\([1-9]\d*\) setuid\([1-9]\d*\) setuid\(0\)$/, '... which gave up groups, group and user before');
}

# Off is the default.
my ($status, $text) = do { $httpd->configure("P0fDatabaseReload never\n"); $httpd->invoke('-t') };
isnt($status, 0, 'a time that is none is refused');
like($text, qr/P0fDatabaseReload "never": must be Off or a time from 1s to 24h/, '... with a sentence');
done_testing;
