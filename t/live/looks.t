# SPDX-License-Identifier: Apache-2.0
#
# Beside the SYN that the kernel saved a worker looks for the capture's, too: not for most connections
# once looks have been in vain for long, and for all of them again as soon as one succeeds.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::IP;
use Test::More;
use Httpd;

my $why = Httpd::missing() || ($> ? 'not root' : undef);
plan skip_all => $why if $why;
my ($mpm) = grep { $_ eq 'prefork' } Httpd::mpms() or plan skip_all => 'no prefork, of which one process has all connections';

use constant { BATCH => 24, ROUNDS => 8, VAIN => 20, NOT_YET_VAIN => 12, BATCHES => 40, SILENT => 2 };

my $httpd = Httpd->new(mpm => $mpm, cgi => 0, modules => ['headers'], config => <<'EOC');
P0fEngine On
P0fExport source age
P0fSavedSyn On
P0fIsolation process
P0fUser nobody
P0fApiSocket p0f.sock
Header set X-Source "%{pof_source}e"
Header set X-Age "%{pof_age}e"
AcceptFilter http data
StartServers 1
ServerLimit 1
MaxRequestWorkers 1
MaxConnectionsPerChild 0
EOC
chmod 0755, $httpd->dir . '/run';
ok($httpd->start, 'the server starts') or diag $httpd->console;
my $helper = $httpd->_wait(sub { ($httpd->helpers)[0] });
my $p0fq = ($ENV{P0F_BUILD} || "$FindBin::RealBin/../../build") . '/tools/p0fq';

sub open_one { return IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $httpd->port) || die "connect: $@" }

# Who told, of the connection, to which httpd is only now handed, and how old the SYN was.
sub told {
    my ($socket) = @_;
    print $socket "GET / HTTP/1.0\r\n\r\n";
    my $answer = join '', <$socket>;
    close $socket; # which httpd waits for before it takes the next one
    my ($source) = $answer =~ /^X-Source: (\w*)/m;
    my ($age) = $answer =~ /^X-Age: (\d+)/m;
    return ($source // 'no answer', $age);
}

sub source_of { return (told(@_))[0] }

# A question for an address that nobody has is answered only by who has read all that came before.
sub let_it_read { `$p0fq -s @{[$httpd->dir]}/run/p0f.sock 192.0.2.77` }

# The sources of connections of which the capture has seen the SYNs when httpd is handed them.
sub seen {
    my @sockets = map { open_one() } 1 .. BATCH;
    let_it_read();
    return map { source_of($_) } @sockets;
}

# The sources of $count connections of which it hasn't: it stands still.
sub unseen {
    my ($count) = @_;
    kill STOP => $helper;
    $httpd->_wait(sub { Httpd::_slurp("/proc/$helper/stat") =~ /\) T / });
    my @sources = map { source_of(open_one()) } 1 .. $count;
    kill CONT => $helper;
    return @sources;
}

my @seen = seen();
is_deeply(\@seen, [('capture') x BATCH], 'the capture answers where it has seen the SYN');

# The saved SYN is as old as the connection is to httpd, that of the capture as old as it is.
my $silent = open_one();
let_it_read();
sleep SILENT;
my ($source, $age) = told($silent);
is($source, 'capture', '... also of a client who was silent at first');
cmp_ok($age, '>=', 900 * SILENT, '... and when it came');
is_deeply([unseen(NOT_YET_VAIN)], [('saved_syn') x NOT_YET_VAIN], 'the kernel answers where it has not');
@seen = seen();
is_deeply(\@seen, [('capture') x BATCH], '... a few times: the capture is asked as before');

# Several rounds, as each first look is made by chance, one time in sixteen.
my ($unasked, @not_saved, @never, @not_again) = (0);
for my $round (1 .. ROUNDS) {
    push @not_saved, grep { $_ ne 'saved_syn' } unseen(VAIN);
    @seen = ();
    push @seen, seen() while @seen < BATCH * BATCHES && !grep { $_ eq 'capture' } @seen;
    push @seen, seen();
    shift @seen, $unasked++ while @seen && $seen[0] eq 'saved_syn';
    push @never, $round if !@seen;
    push @not_again, "round $round: $_" for grep { $_ ne 'capture' } @seen;
}
is_deeply(\@not_saved, [], 'many times: the kernel answers');
cmp_ok($unasked, '>=', ROUNDS, "... and goes on ($unasked times), though the capture has seen the SYN");
is_deeply(\@never, [], '... until the capture is asked, which is now and then');
is_deeply(\@not_again, [], '... and then always, as it knew the answer');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
