# SPDX-License-Identifier: Apache-2.0
#
# The values that each directive takes and refuses, to the limits, with the sentence about a wrong
# one; where directives may stand; what the manual says of them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

my $httpd = Httpd->new(database => '', p0f => 1);

# The sentence of -t about a configuration; '' if it is right.
sub sentence {
    my ($config) = @_;
    $httpd->configure("$config\n");
    my ($status, $text) = $httpd->invoke('-t');
    return '' if $status == 0;
    my @lines = grep { /\S/ && !/^AH00526/ } split /\n/, $text;
    return join ' | ', @lines;
}

# ---- right ones -------------------------------------------------------------------------------

my @right = (
    'P0fEngine On', 'P0fEngine off',
    'P0fExport std', 'P0fExport all -sig', 'P0fExport +sig -tos', 'P0fExport pof_genre LINK', 'P0fExport none',
    'P0fEnvPrefix os_', 'P0fEnvPrefix ' . 'x' x 32,
    'P0fWait 0', 'P0fWait 100ms', 'P0fWait 0s', 'P0fSubject peer', 'P0fSubject CLIENT',
    'P0fCapture on', 'P0fCapture Off', 'P0fCapture AUTO',
    'P0fSavedSyn On', 'P0fSavedSyn Off', 'P0fSavedSyn Auto',
    'P0fInterface any', "P0fInterface lo eth0\nP0fInterface eth1", 'P0fInterface ' . join(' ', map { "e$_" } 1 .. 16),
    'P0fFilter auto', 'P0fFilter "net 192.0.2.0/24"',
    'P0fPromiscuous On', 'P0fRequired Off',
    'P0fIsolation thread', 'P0fIsolation Process', 'P0fUser _p0f', 'P0fChroot run',
    'P0fCaptureBuffer 65536', 'P0fCaptureBuffer 64k', 'P0fCaptureBuffer 8M', 'P0fCaptureBuffer 1G',
    'P0fReadFile some.pcap',
    'P0fDatabaseReload Off', 'P0fDatabaseReload 1s', 'P0fDatabaseReload 5min', 'P0fUnknownLog logs/unknown',
    'P0fMaxHosts 64', 'P0fMaxHosts 67108864', 'P0fMaxConnections 64', 'P0fMaxConnections 67108864',
    'P0fHostIdleLimit 1', 'P0fHostIdleLimit 120min', 'P0fHostIdleLimit 8760h',
    'P0fConnMaxAge 1000ms', 'P0fConnMaxAge 24h',
    'P0fPorts 25 587', "P0fPorts 1\nP0fPorts 65535", 'P0fPorts ' . join(' ', map { 2 * $_ } 1 .. 500), 'P0fPorts 25 25',
    'P0fLog htdocs/p0f.log', 'P0fLog htdocs/p0f.log json only=known,UNKNOWN,mismatch,change', 'P0fLog "|/bin/cat" only=change V3',
    'P0fLog "||/bin/cat"', 'P0fLog "|$cat >x"', 'P0fLog /dev/null', join("\n", map { "P0fLog htdocs/$_" } 1 .. 4),
    'P0fDumpFile htdocs/p0f.pcap', 'P0fDumpFile htdocs/p0f.pcap only=unknown max=4096', 'P0fDumpFile htdocs/p0f.pcap max=10G only=known',
    'P0fApiSocket p0f.sock', 'P0fApiSocket /run/p0f.sock mode=0600 max=1000', 'P0fApiSocket p0f.sock max=1 mode=666', 'P0fApiSocket p0f.sock user=root,33 group=nogroup mode=0666 max=2',
);
is(sentence($_), '', $_) for @right;

# ---- wrong ones -------------------------------------------------------------------------------

my $flag = 'must be On or Off';
my $choice = 'must be On, Off or Auto';
my $name = 'must be 1 to 32 letters, digits and underscores, no digit first';
my $http = 'must be another: names that begin with HTTP_ are those of request headers';
my $wait = 'must be a time from 0 to 100ms, such as 10ms';
my $idle = 'must be a time from 1s to 8760h, such as 120min';
my $age = 'must be a time from 1s to 24h, such as 30s';
my $entries = 'must be a number from 64 to 67108864';
my $bytes = 'must be a number from 65536 to 1073741824, also with K, M or G';

my @wrong = (
    [P0fEngine => 'maybe', $flag], [P0fRequired => '1', $flag], [P0fPromiscuous => 'yes', $flag],
    [P0fSubject => 'both', 'must be peer or client'],
    [P0fCapture => 'maybe', $choice], [P0fSavedSyn => '0', $choice],
    [P0fEnvPrefix => '9x', $name], [P0fEnvPrefix => 'a b', $name], [P0fEnvPrefix => 'a-b', $name],
    [P0fEnvPrefix => 'x' x 33, $name], [P0fEnvPrefix => 'HTTP_', $http], [P0fEnvPrefix => 'http_os_', $http],
    map({ [P0fWait => $_, $wait] } '10', '101ms', '-1', '10 ms', '10msec', 'ms', '1e1ms', '99999999999999999999'),
    map({ [P0fHostIdleLimit => $_, $idle] } '0', '999ms', '8761h', '120m', '2d', 'never'),
    map({ [P0fConnMaxAge => $_, $age] } '0', '25h', '30sec', '-30s'),
    map({ my $d = $_; map { [$d => $_, $entries] } '0', '63', '67108865', '-5', '1e6', '65536 ', '64K', '18446744073709551680' }
        'P0fMaxHosts', 'P0fMaxConnections'),
    map({ [P0fCaptureBuffer => $_, $bytes] } '65535', '63k', '2G', '8MB', 'M', '9999999999999G', '-8M'),
    [P0fIsolation => 'on', 'must be thread or process'],
    [P0fUser => 'root', 'must be the name of an ordinary user'],
    map({ [P0fPorts => $_, 'must be a number from 1 to 65535'] } '0', '65536', 'smtp', '25,587', '-1'),
    [P0fLog => '|', 'must be a program behind the |'],
    [P0fFilter => ' ', 'must be auto or a capture filter in quotes'],
    [P0fDatabase => 'v3', 'must be followed by the name of a file'],
);
for (@wrong) {
    my ($directive, $value, $right) = @$_;
    is(sentence(qq($directive "$value")), qq($directive "$value": $right), "$directive refuses '$value'");
}
is(sentence('P0fDatabase v4 a.fp'), 'P0fDatabase "v4": must be v3 or v2 in front of the file', 'P0fDatabase refuses another dialect');
like(sentence('P0fDatabase v2 a.fp'), qr/^P0fDatabase v2 "a\.fp": fingerprint files of p0f 2 can't be read yet; [^|]*$/, 'P0fDatabase v2: not yet');
like(sentence('P0fInterface ' . join ' ', map { "e$_" } 1 .. 17), qr/^P0fInterface "e17": there can be at most 16 interfaces$/, 'P0fInterface: too many');
like(sentence('P0fFilter tcp port 80'), qr/^P0fFilter takes one argument, auto or a capture filter in quotes$/, 'P0fFilter: forgotten quotes');
is(sentence(qq(P0fApiSocket "")), 'P0fApiSocket takes the name of a socket and at most four options', 'P0fApiSocket: no name');
is(sentence(qq(P0fLog "")), 'P0fLog takes the name of a file and at most two options', 'P0fLog: no name');
is(sentence('P0fLog a xml'), 'P0fLog "xml": must be v3, json or only=KIND,...', 'P0fLog: another format');
is(sentence('P0fLog a v2'), 'P0fLog "v2": lines of p0f 2 can\'t be written yet; must be v3 or json', 'P0fLog v2: not yet');
is(sentence('P0fLog sql:x'), 'P0fLog "sql:x": databases can\'t be written to yet; must be a file or a program behind |', 'P0fLog sql: not yet');
is(sentence("P0fLog a only=$_"), qq(P0fLog only="$_": must be a list of known, unknown, mismatch, change, separated by commas), "P0fLog only=$_")
    for 'some', 'known,some', 'known;change';
is(sentence('P0fLog a json only=known x'), 'P0fLog takes the name of a file and at most two options', 'P0fLog: too much');
is(sentence('P0fDumpFile a json'), 'P0fDumpFile "json": must be only=KIND,... or max=SIZE', 'P0fDumpFile json');
is(sentence("P0fDumpFile a max=$_"), qq(P0fDumpFile max="$_": must be a size from 4096 on, also with K, M or G), "P0fDumpFile max=$_")
    for '4095', '3K', '1T', '-1', '99999999999G', 'x';
is(sentence("P0fApiSocket a mode=$_"), qq(P0fApiSocket "mode=$_": must be mode= and rights to read and write in octal, such as 0660), "P0fApiSocket mode=$_")
    for '0777', '8', 'rw';
is(sentence('P0fApiSocket a max=0'), 'P0fApiSocket "0": must be a number from 1 to 1000', 'P0fApiSocket max=0');
is(sentence('P0fApiSocket a owner=x'), 'P0fApiSocket "owner=x": must be mode=OCTAL, max=NUMBER, user=NAME,... or group=NAME,...', 'P0fApiSocket: an unknown option');
is(sentence("P0fApiSocket a user=$_"), qq(P0fApiSocket user="$_": must be up to 16 names or numbers of users, separated by commas), "P0fApiSocket user=$_")
    for 'none9', '', 'root,none9', '12x', '4294967296', join(',', 1 .. 17);
is(sentence('P0fApiSocket a group=none9'), 'P0fApiSocket group="none9": must be up to 16 names or numbers of groups, separated by commas', 'P0fApiSocket: no such group');
is(sentence(join "\n", map { "P0fLog htdocs/$_" } 1 .. 5), 'P0fLog "htdocs/5": there can be at most 4 logs', 'P0fLog: too many');
my $open = $httpd->dir . '/logs';   # anybody may write there
for my $directive ('P0fLog', 'P0fDumpFile') {
    like(sentence("$directive logs/p0f"), qr{\Q$directive "$open/p0f": $open: anybody can write to that folder, and so put another file in place of this one\E \| AH00014},
         "$directive in a folder that anybody can write to");
    like(sentence("$directive nowhere/p0f"), qr{\Q$directive "@{[ $httpd->dir ]}/nowhere/p0f": @{[ $httpd->dir ]}/nowhere: No such file or directory\E \| AH00014}, "$directive in no folder");
}
# One file, two uses; its names may differ.
mkdir "$open/../obs", 0755;
symlink 'obs', "$open/../link";
for (['P0fLog obs/x', 'P0fDumpFile obs/x', 'P0fDumpFile', 'P0fLog'],
     ['P0fDumpFile obs/x', 'P0fLog @DIR@/link/x json', 'P0fDumpFile', 'P0fLog'],
     ['P0fLog obs/x', 'P0fUnknownLog obs/../obs//x', 'P0fUnknownLog', 'P0fLog'],
     ['P0fDumpFile obs/x', 'P0fUnknownLog link/x', 'P0fUnknownLog', 'P0fDumpFile'],
     ['P0fReadFile obs/x', 'P0fDumpFile obs/x', 'P0fDumpFile', 'P0fReadFile'],
     ["P0fDatabase \@DIR\@/obs/own.fp", 'P0fLog obs/own.fp', 'P0fLog', 'P0fDatabase']) {
    my ($one, $two, $directive, $other) = @$_;
    $httpd->write('obs/own.fp', "[mtu]\nlabel = x\nsig = 1500\n");
    like(sentence("$one\n$two"), qr{^$directive "[^"]+": it is the file of $other, too \| AH00014}, "$one, $two");
}
is(sentence("P0fLog obs/x\nP0fDumpFile obs/y\nP0fUnknownLog obs/z\nP0fLog obs/x json"), '', 'several logs in one file are possible');
is(sentence(qq($_ "|/bin/cat")), qq($_ "|/bin/cat": must be the name of a file, not a program), "$_: a program") for 'P0fDumpFile', 'P0fUnknownLog';

like(sentence('P0fExport'), qr/^P0fExport takes names of variables or groups$/, 'P0fExport: no name');

my $names = sentence('P0fExport +genres');
like($names, qr/^P0fExport "\+genres": must be std, ext, all, none or one of type genre [a-z_ ]+$/, 'P0fExport: an unknown name');

# ---- places -----------------------------------------------------------------------------------

for my $directive ('P0fPromiscuous On', 'P0fIsolation process', 'P0fUser _p0f', 'P0fChroot run',
                   'P0fCaptureBuffer 8M', 'P0fCapture On', 'P0fMaxHosts 64', 'P0fDatabase x', 'P0fInterface lo', 'P0fPorts 25', 'P0fLog htdocs/x', 'P0fDumpFile htdocs/x',
                   'P0fApiSocket x') {
    my ($name) = split ' ', $directive;
    is(sentence("<VirtualHost *:1>\n$directive\n</VirtualHost>"),
       "$name cannot occur within <VirtualHost> section: it is set once, for the whole server", "$name in a virtual host");
    is(sentence("<$_->[0]>\n$directive\n</$_->[1]>"),
       "$name cannot occur within directory context: it is set once, for the whole server", "$name in <$_->[0]>")
        for ['Directory /x', 'Directory'], ['Location /x', 'Location'], ['If "true"', 'If'];
}
is(sentence("<VirtualHost *:1>\nP0fEngine On\nP0fExport +sig\nP0fWait 5ms\nP0fSubject client\n<Directory /x>\nP0fEngine Off\nP0fEnvPrefix x_\nP0fWait 1ms\n</Directory>\n</VirtualHost>"),
   '', 'the others may stand in virtual hosts and sections');

# ---- the manual -------------------------------------------------------------------------------

my ($manual) = grep { -f } map { "$FindBin::RealBin/../../$_" } 'docs/mod_p0f.md';
my $text = do { local (@ARGV, $/) = $manual; <> };
my %known = map { $_ => 1 } $names =~ /one of (.*)$/ ? split(' ', $1) : ();
my %told = map { $_ => 1 } $text =~ /^\| `pof_(\w+)` \|/mg;
is_deeply([sort keys %told], [sort keys %known], 'the manual has every variable and no other');
my %taken = map { $_ => 1 } map { /^(P0f\w+)/g } @right, map { $_->[0] } @wrong;
my %described = map { $_ => 1 } $text =~ /^### `(P0f\w+)/mg;
is_deeply([sort keys %described], [sort keys %taken], 'the manual has every directive and no other');
done_testing;
