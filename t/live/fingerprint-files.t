# SPDX-License-Identifier: Apache-2.0
#
# Fingerprint files that are wrong or can't be read: one sentence with file and line from -t and at
# a start, which they stop; at a restart the old database stays. (Other directives: directives.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

# name, configuration, what the sentence must hold, and texts of files below the server root
my @wrong = (
    ['a fingerprint file that is not there', 'P0fDatabase @DIR@/none.fp', qr/none\.fp.*(?:No such file|cannot|can't)/i],
    ['a fingerprint file that is a folder', 'P0fDatabase @DIR@/logs', qr/logs.*(?:directory|cannot|can't|not a)/i],
    ['a fingerprint file with a wrong signature', 'P0fDatabase @DIR@/bad.fp', qr/bad\.fp:4:/,
        { 'bad.fp' => "classes = unix\n[tcp:request]\nlabel = s:unix:Linux:test\nsig = *:64:0:*:mss*9999,0:mss::0\n" }],
    ['a fingerprint file with an unknown section', 'P0fDatabase @DIR@/bad.fp', qr/bad\.fp:2:/,
        { 'bad.fp' => "; nothing\n[tcp:nonsense]\n" }],
    ['a signature before any label', 'P0fDatabase @DIR@/bad.fp', qr/bad\.fp:3:/,
        { 'bad.fp' => "classes = unix\n[tcp:request]\nsig = *:64:0:*:*,*:mss::0\n" }],
    ['the second of two files wrong', "P0fDatabase \@DIR\@/bad.fp", qr/bad\.fp:1:/, { 'bad.fp' => "nonsense\n" }],
);
my $httpd = Httpd->new;
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

# What is merely of no use is a remark of -t.
$httpd->write('odd.fp', "classes = unix\n[tcp:request]\nlabel = s:unix:A:\nlabel = s:unix:B:\n"
    . "sig = *:64:0:*:*,*:mss::0\n");
$httpd->configure("P0fDatabase \@DIR\@/odd.fp\n");
my ($status, $text) = $httpd->invoke('-t');
is($status, 0, 'a label without signatures: -t accepts the file');
like($text, qr/odd\.fp:3: no signature follows this label/, '... and remarks on it, with file and line');
unlike($text, qr/p0f\.fp:/, '... and not on our own file');

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
$httpd->write('own.fp', $own =~ s/Own:name/Newer:name/r);
ok($httpd->graceful, 'mended, it restarts');
is($httpd->request->{log}{genre}, 'Newer', '... with the new database');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
