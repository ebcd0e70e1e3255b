# SPDX-License-Identifier: Apache-2.0
#
# P0fUnknownLog: clients that no signature fits, with what they claim and how often.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

my $tool = $ENV{P0F_TOOL} || "$FindBin::RealBin/../../build/tools/p0f";
my $known = "classes = unix\n[tcp:request]\nlabel = s:unix:Other:\nsig = 4:64:0:*:1,0:mss::0\n";
my $httpd = Httpd->new(database => '', config => "P0fEngine On\nP0fExport all\nP0fCapture Off\n"
    . "P0fDatabase \@DIR\@/own.fp\nP0fUnknownLog obs/unknown\n");
mkdir $httpd->dir . "/obs", 0755;
$httpd->write('own.fp', $known);
ok($httpd->start, 'the server starts') or diag $httpd->console;
my $phone = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36';
my $first = $httpd->request(curl => ['-A', $phone]);
is($first->{log}{real}, 0, 'a client that no signature fits');
my $line = $httpd->_wait(sub { $httpd->read('obs/unknown') }, 3);
like($line, qr/^1\tsyn\t4:64\+0:0:65495:\S+:mss,sok,ts,nop,ws:df,id\+:0\tAndroid 14\n$/,
    '... is in the log at once, with its signature and what it claims');
$httpd->request(curl => ['-A', $phone]) for 1 .. 5;
$httpd->request(curl => ["-A", "evil <b> (a\"&b;\tc\\n5)"]);
$httpd->request(curl => ['-H', 'User-Agent:']);
is(((stat $httpd->dir . '/obs/unknown')[2] & 07777) & 007, 0, 'others can not read it');
ok($httpd->stop, 'the server stops');
my @lines = split /\n/, $httpd->read('obs/unknown');
my %count;
for (@lines) {
    like($_, qr/^\d+\tsyn\t[^\t]+\t[A-Za-z0-9 ._\/-]+$/, "a whole line: $_");
    my ($n, undef, undef, $claim) = split /\t/;
    $count{$claim} += $n;
}
is($count{'Android 14'}, 6, 'all connections are counted when the processes have ended');
is($count{'-'}, 1, '... also one without a User-Agent');
is(scalar(grep { $_ ne 'Android 14' && $_ ne '-' } keys %count), 1, '... and one whose User-Agent is nonsense');

my $suggested = `$tool --suggest @{[$httpd->dir]}/obs/unknown`;
like($suggested, qr/^; SYN, seen 8 times in /m, 'the tool makes candidates of it');
like($suggested, qr/^; User-Agents claim: Android 14 6 \(75 %\), /m, '... with what came with them');
like($suggested, qr/^sig   = 4:64:0:\*:\S+:mss,sok,ts,nop,ws:df,id\+:0$/m, '... as lines for a file');
my ($sig) = $suggested =~ /^(sig .*)$/m;
$httpd->write('own.fp', "classes = unix\n[tcp:request]\nlabel = s:unix:Learned:it\n$sig\n");
unlink $httpd->dir . '/obs/unknown';
ok($httpd->start, 'a file with the candidate');
is($httpd->request(curl => ['-A', $phone])->{log}{genre}, 'Learned', '... names the client');
ok($httpd->stop, 'the server stops');
is($httpd->read('obs/unknown'), '', '... and nothing is unknown any more');
is($httpd->faults, '', 'no crash');

# A log that can't be opened.
$httpd->configure("P0fEngine On\nP0fCapture Off\nP0fDatabase \@DIR\@/own.fp\nP0fUnknownLog \@DIR\@/logs\n");
ok($httpd->start, 'a log that is a folder does not stop a start');
like($httpd->error_log, qr{P0fUnknownLog \S*/logs: Is a directory}, '... and is told');
SKIP: {
    skip 'only root has something to lose', 2 if $> != 0;
    mkdir $httpd->dir . '/open';
    chmod 0777, $httpd->dir . '/open';
    $httpd->configure("P0fEngine On\nP0fCapture Off\nP0fDatabase \@DIR\@/own.fp\nP0fUnknownLog \@DIR\@/open/unknown\n");
    ok($httpd->graceful, 'a log in a folder that anybody may write to: a graceful restart');
    like($httpd->error_log, qr{P0fUnknownLog \S*/open/unknown: \S*/open: anybody}, '... it is refused with a sentence');
    ok(!-e $httpd->dir . '/open/unknown', '... and not made');
}
is($httpd->faults, '', 'no crash');
ok($httpd->stop, 'the server stops');
done_testing;
