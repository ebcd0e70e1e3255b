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
    'P0fWait 0', 'P0fWait 100ms', 'P0fWait 0s',
    'P0fCapture on', 'P0fCapture Off', 'P0fCapture AUTO',
    'P0fSavedSyn On', 'P0fSavedSyn Off', 'P0fSavedSyn Auto',
    'P0fInterface any', "P0fInterface lo eth0\nP0fInterface eth1", 'P0fInterface ' . join(' ', map { "e$_" } 1 .. 16),
    'P0fFilter auto', 'P0fFilter "net 192.0.2.0/24"',
    'P0fPromiscuous On', 'P0fRequired Off',
    'P0fCaptureBuffer 65536', 'P0fCaptureBuffer 64k', 'P0fCaptureBuffer 8M', 'P0fCaptureBuffer 1G',
    'P0fReadFile some.pcap',
    'P0fDatabaseReload Off', 'P0fDatabaseReload 1s', 'P0fDatabaseReload 5min', 'P0fUnknownLog logs/unknown',
    'P0fMaxHosts 64', 'P0fMaxHosts 67108864', 'P0fMaxConnections 64', 'P0fMaxConnections 67108864',
    'P0fHostIdleLimit 1', 'P0fHostIdleLimit 120min', 'P0fHostIdleLimit 8760h',
    'P0fConnMaxAge 1000ms', 'P0fConnMaxAge 24h',
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
    [P0fCapture => 'maybe', $choice], [P0fSavedSyn => '0', $choice],
    [P0fEnvPrefix => '9x', $name], [P0fEnvPrefix => 'a b', $name], [P0fEnvPrefix => 'a-b', $name],
    [P0fEnvPrefix => 'x' x 33, $name], [P0fEnvPrefix => 'HTTP_', $http], [P0fEnvPrefix => 'http_os_', $http],
    map({ [P0fWait => $_, $wait] } '10', '101ms', '-1', '10 ms', '10msec', 'ms', '1e1ms', '99999999999999999999'),
    map({ [P0fHostIdleLimit => $_, $idle] } '0', '999ms', '8761h', '120m', '2d', 'never'),
    map({ [P0fConnMaxAge => $_, $age] } '0', '25h', '30sec', '-30s'),
    map({ my $d = $_; map { [$d => $_, $entries] } '0', '63', '67108865', '-5', '1e6', '65536 ', '64K', '18446744073709551680' }
        'P0fMaxHosts', 'P0fMaxConnections'),
    map({ [P0fCaptureBuffer => $_, $bytes] } '65535', '63k', '2G', '8MB', 'M', '9999999999999G', '-8M'),
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
like(sentence('P0fExport'), qr/^P0fExport takes names of variables or groups$/, 'P0fExport: no name');

my $names = sentence('P0fExport +genres');
like($names, qr/^P0fExport "\+genres": must be std, ext, all, none or one of type genre [a-z_ ]+$/, 'P0fExport: an unknown name');

# ---- places -----------------------------------------------------------------------------------

for my $directive ('P0fPromiscuous On', 'P0fCaptureBuffer 8M', 'P0fCapture On', 'P0fMaxHosts 64', 'P0fDatabase x', 'P0fInterface lo') {
    my ($name) = split ' ', $directive;
    is(sentence("<VirtualHost *:1>\n$directive\n</VirtualHost>"),
       "$name cannot occur within <VirtualHost> section: it is set once, for the whole server", "$name in a virtual host");
    is(sentence("<$_->[0]>\n$directive\n</$_->[1]>"),
       "$name cannot occur within directory context: it is set once, for the whole server", "$name in <$_->[0]>")
        for ['Directory /x', 'Directory'], ['Location /x', 'Location'], ['If "true"', 'If'];
}
is(sentence("<VirtualHost *:1>\nP0fEngine On\nP0fExport +sig\nP0fWait 5ms\n<Directory /x>\nP0fEngine Off\nP0fEnvPrefix x_\nP0fWait 1ms\n</Directory>\n</VirtualHost>"),
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
