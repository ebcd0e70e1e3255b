# SPDX-License-Identifier: Apache-2.0
#
# Fingerprint files that are wrong or can't be read: one sentence with file and line from -t and at
# a start, which they stop; at a restart the old database stays. (Other directives: directives.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use POSIX qw(mkfifo);
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

# name, configuration, what the sentence must hold, and texts of files below the server root
my @wrong = (
    ['a fingerprint file that is not there', 'P0fDatabase @DIR@/none.fp', qr/none\.fp.*(?:No such file|cannot|can't)/i],
    ['a fingerprint file that is a folder', 'P0fDatabase @DIR@/logs', qr/logs.*(?:directory|cannot|can't|not a)/i],
    ['a pipe for a fingerprint file', 'P0fDatabase @DIR@/fifo', qr/fifo: not a regular file/],
    ['a device for a fingerprint file', 'P0fDatabase /dev/null', qr{/dev/null: not a regular file}],
    ['a fingerprint file with a wrong signature', 'P0fDatabase @DIR@/bad.fp', qr/bad\.fp:4:/,
        { 'bad.fp' => "classes = unix\n[tcp:request]\nlabel = s:unix:Linux:test\nsig = *:64:0:*:mss*9999,0:mss::0\n" }],
    ['a fingerprint file with an unknown section', 'P0fDatabase @DIR@/bad.fp', qr/bad\.fp:2:/,
        { 'bad.fp' => "; nothing\n[tcp:nonsense]\n" }],
    ['a signature before any label', 'P0fDatabase @DIR@/bad.fp', qr/bad\.fp:3:/,
        { 'bad.fp' => "classes = unix\n[tcp:request]\nsig = *:64:0:*:*,*:mss::0\n" }],
    ['the second of two files wrong', "P0fDatabase \@DIR\@/bad.fp", qr/bad\.fp:1:/, { 'bad.fp' => "nonsense\n" }],
);
my $httpd = Httpd->new(wrap => ['timeout', 20]);
mkfifo($httpd->dir . '/fifo', 0644) or die "mkfifo: $!";
for (@wrong) {
    my ($name, $config, $sentence, $files) = @$_;
    $httpd->write($_, $files->{$_}) for keys %{ $files || {} };
    $httpd->configure("$config\n");
    my ($status, $text) = $httpd->invoke('-t');
    isnt($status, 0, "$name: -t refuses it");
    like($text, $sentence, "$name: the sentence");
    my @sentences = grep { /\S/ && !/^AH00014/ } split /\n/, $text;
    is(scalar @sentences, 1, "$name: one sentence") or diag $text;
}

$httpd->{wrap} = [];

# What is merely of no use is a remark of -t.
$httpd->write('odd.fp', "classes = unix\n[tcp:request]\nlabel = s:unix:A:\nlabel = s:unix:B:\n"
    . "sig = *:64:0:*:*,*:mss::0\n");
$httpd->configure("P0fDatabase \@DIR\@/odd.fp\n");
my ($status, $text) = $httpd->invoke('-t');
is($status, 0, 'a label without signatures: -t accepts the file');
like($text, qr/odd\.fp:3: no signature follows this label/, '... and remarks on it, with file and line');
unlike($text, qr/p0f\.fp:/, '... and not on our own file');

my $any = 'sig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0';
$httpd->write('odd.fp', "classes = unix,win\n[tcp:request]\nlabel = s:unix:A:\n$any\n$any\n$any:0\nlabel = s:mac:B:\n"
    . "label = s:unix:C:\nsig = 4:64:0:*:512,*:mss,sok,ts,nop,ws:df,id+:0\n");
$httpd->configure("P0fDatabase \@DIR\@/odd.fp\n");
($status, $text) = $httpd->invoke('-t');
isnt($status, 0, 'mistakes and what is merely of no use: -t refuses the file');
like($text, qr/odd\.fp:6: /, '... for the first mistake');
$httpd->write('odd.fp', "classes = unix,win\n[tcp:request]\nlabel = s:unix:A:\n$any\n$any\n"
    . "sig = 4:64:0:*:7,*:mss::0\nsig = 6:64:0:*:7,*:mss::0\nsig = *:64:0:*:7,*:mss::0\nlabel = s:unix:D:\n[mtu]\nlabel = E\nsig = 99\nsig = 99\n");
($status, $text) = $httpd->invoke('-t');
is($status, 0, 'signatures and labels of no use: -t accepts the file');
my %remark = $text =~ /odd\.fp:(\d+): (.*)/g;
is_deeply([sort { $a <=> $b } keys %remark], [1, 5, 8, 9, 13],
    '... and remarks on a class that nothing uses, a repeated signature, one that two others make unreachable, an empty label, an MTU given twice') or diag $text;

# Several labels that fit equally.
$httpd->write('tie.fp', "classes = unix\n[tcp:request]\nlabel = s:unix:System:Server 2016\n$any\nlabel = s:unix:System:Server 2019\n$any\n");
$httpd->configure("P0fEngine On\nP0fExport all\nP0fCapture Off\nP0fDatabase \@DIR\@/tie.fp\n");
($status, $text) = $httpd->invoke('-t');
like($text, qr/tie\.fp:6: /, 'two labels of one signature: -t tells that they are a tie');
ok($httpd->start, '... and the server starts') or diag $httpd->console;
is_deeply([@{ $httpd->request->{log} }{qw(genre details params)}], ['System', 'Server', 'tie'], '... the answer is what they share, and says so');
ok($httpd->stop, 'the server stops');

$httpd->write('bad.fp', "nonsense\n");
$httpd->configure("P0fEngine On\nP0fDatabase \@DIR\@/bad.fp\n");
ok(!$httpd->start, 'a wrong fingerprint file stops a start');
like($httpd->console, qr/bad\.fp:1:/, '... with file and line');

# At a restart the old database stays.
$httpd = Httpd->new(config => "P0fEngine On\nP0fExport all\nP0fCapture Off\nP0fDatabase \@DIR\@/own.fp\n");
my $own = "classes = unix\n[tcp:request]\nlabel = s:unix:Own:name\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n";
$httpd->write('own.fp', $own);
ok($httpd->start, 'a file of one\'s own: the server starts') or diag $httpd->console;
is($httpd->request->{log}{genre}, 'Own', 'a later file is searched first');
$httpd->write('own.fp', "nonsense\n");
ok($httpd->graceful, 'a file gone wrong does not stop a restart');
is($httpd->request->{log}{genre}, 'Own', '... and the old database stays');
my @lines = $httpd->error_log =~ /own\.fp:1:/g;
is(scalar @lines, 1, '... with one line in the log');
unlink $httpd->dir . '/own.fp';
mkfifo($httpd->dir . '/own.fp', 0644) or die "mkfifo: $!";
ok($httpd->graceful, 'nor does a pipe in its place');
like($httpd->error_log, qr/own\.fp: not a regular file/, '... which is told');
is($httpd->request->{log}{genre}, 'Own', '... and the old database stays');
unlink $httpd->dir . '/own.fp';
$httpd->write('own.fp', $own =~ s/Own:name/Newer:name/r);
ok($httpd->graceful, 'mended, it restarts');
is($httpd->request->{log}{genre}, 'Newer', '... with the new database');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
