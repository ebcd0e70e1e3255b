# SPDX-License-Identifier: Apache-2.0
#
# Wrong configurations: one clear sentence each, from -t and from a start, and nothing runs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

my $good = "s:unix:Linux:test\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n";

# name, configuration, what the sentence must hold, and texts of files below the server root
my @wrong = (
    ['P0fEngine with another word', 'P0fEngine Maybe', qr/P0fEngine.*On or Off/i],
    ['P0fCapture with another word', 'P0fCapture Maybe', qr/P0fCapture.*On.*Off.*Auto/i],
    ['P0fSavedSyn with another word', 'P0fSavedSyn Maybe', qr/P0fSavedSyn.*On.*Off.*Auto/i],
    ['P0fRequired with another word', 'P0fRequired Maybe', qr/P0fRequired.*On or Off/i],
    ['P0fExport with an unknown name', 'P0fExport genre flavour', qr/P0fExport.*flavour/],
    ['P0fExport without a name', 'P0fExport', qr/P0fExport/],
    ['P0fEnvPrefix that is no name', 'P0fEnvPrefix "a b="', qr/P0fEnvPrefix/],
    ['P0fWait without a number', 'P0fWait soon', qr/P0fWait.*soon|P0fWait.*time/i],
    ['P0fWait above its limit', 'P0fWait 200ms', qr/P0fWait.*100/],
    ['P0fMaxHosts of nothing', 'P0fMaxHosts 0', qr/P0fMaxHosts/],
    ['P0fMaxHosts that is no number', 'P0fMaxHosts many', qr/P0fMaxHosts/],
    ['P0fMaxConnections below zero', 'P0fMaxConnections -5', qr/P0fMaxConnections/],
    ['P0fHostIdleLimit without a number', 'P0fHostIdleLimit never', qr/P0fHostIdleLimit/],
    ['P0fConnMaxAge without a number', 'P0fConnMaxAge old', qr/P0fConnMaxAge/],
    ['P0fInterface without a name', 'P0fInterface', qr/P0fInterface/],
    ['a directive that does not exist', 'P0fNonsense On', qr/P0fNonsense/],
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
for my $directive ('P0fCapture On', 'P0fInterface lo', 'P0fFilter auto', 'P0fReadFile x', 'P0fSavedSyn On',
                   'P0fDatabase @DIR@/p0f.fp', 'P0fMaxHosts 100', 'P0fMaxConnections 100',
                   'P0fHostIdleLimit 10min', 'P0fConnMaxAge 10s', 'P0fRequired On') {
    my ($name) = split ' ', $directive;
    push @wrong, ["$name in a virtual host", "<VirtualHost *:1>\n$directive\n</VirtualHost>",
                  qr/$name.*(?:virtual host|VirtualHost|server)/i];
    push @wrong, ["$name in a section", "<Location />\n$directive\n</Location>", qr/$name/];
}

my $httpd = Httpd->new;
for (@wrong) {
    my ($name, $config, $sentence, $files) = @$_;
    $httpd->write($_, $files->{$_}) for keys %{ $files || {} };
    $httpd->configure("$config\n");
    my ($status, $text) = $httpd->invoke('-t');
    isnt($status, 0, "$name: -t refuses it");
    like($text, $sentence, "$name: the sentence");
    my @sentences = grep { /\S/ && !/^AH00526|^Syntax error on line|^Configuration Failed|^AH00016/ } split /\n/, $text;
    cmp_ok(@sentences, '<=', 2, "$name: one sentence") or diag $text;
}

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
