# SPDX-License-Identifier: Apache-2.0
#
# Requests that could not be read (400, 408, 414) and pages of one's own for them: a text, a document, a
# page with server-side includes, a CGI program where httpd runs one (it doesn't once it has given up
# reading the client): headers, page and log say the same. And requests that belong together share one
# answer.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::IP;
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

# Name => the page for a request that is none.
my %pages = (cgi => '/env', document => '/sorry.html', includes => '/sorry.shtml', text => '"sorry"', section => '/env/section');
my %ports = map { $_ => Httpd::_free_port() } sort keys %pages;
my $hosts = join '', map { <<"EOC" } sort keys %pages;
Listen 127.0.0.1:$ports{$_}
<VirtualHost *:$ports{$_}>
P0fEngine On
P0fExport all
ErrorDocument 400 $pages{$_}
ErrorDocument 408 $pages{$_}
ErrorDocument 414 $pages{$_}
Header always set X-Sig "%{pof_sig}e"
SetEnvIf pof_genre (.+) by_setenvif=\$1
</VirtualHost>
EOC
# Pages that take their time: a program; one whose parts alone have the engine.
my %slow = map { $_ => Httpd::_free_port() } qw(program parts);
$hosts .= <<"EOC";
Listen 127.0.0.1:$slow{program}
<VirtualHost *:$slow{program}>
ErrorDocument 400 /late/sleep.cgi
LogFormat "%<{pof_age}e %{pof_age}e" ages
CustomLog \@DIR\@/logs/ages ages
</VirtualHost>
Listen 127.0.0.1:$slow{parts}
<VirtualHost *:$slow{parts}>
P0fEngine Off
ErrorDocument 400 /plain/two.shtml
<Location /env>
P0fEngine On
</Location>
</VirtualHost>
EOC
my $tls = Httpd::_free_port();
my $httpd = Httpd->new(modules => [qw(headers include reqtimeout setenvif socache_shmcb ssl)], config => <<'EOC' . $hosts . <<"EOT");
P0fCapture Off
P0fSavedSyn On
Timeout 2
AcceptFilter http none
RequestReadTimeout header=1
LimitRequestLine 500
LimitRequestFieldSize 500
<Directory @DIR@/htdocs>
Options +Includes
AddOutputFilter INCLUDES .shtml
</Directory>
<Location /env/section>
P0fExport genre age
P0fEnvPrefix own_
</Location>
<Location /plain>
P0fEngine Off
</Location>
P0fEngine On
P0fExport all
EOC
<IfModule ssl_module>
Listen 127.0.0.1:$tls
<VirtualHost *:$tls>
SSLEngine On
SSLCertificateFile \@DIR\@/cert.pem
SSLCertificateKeyFile \@DIR\@/key.pem
ErrorDocument 400 /sorry.shtml
Header always set X-Sig "%{pof_sig}e"
</VirtualHost>
</IfModule>
EOT
my $cert = '-days 2 -subj /CN=localhost -keyout ' . $httpd->dir . '/key.pem -out ' . $httpd->dir . '/cert.pem';
system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes $cert 2>/dev/null") == 0 or plan skip_all => 'no openssl';
$httpd->write('htdocs/sorry.html', "a document\n");
$httpd->write('htdocs/sorry.shtml', '<!--#echo var="pof_genre" -->|<!--#echo var="pof_sig" -->' . "\n");
mkdir $httpd->dir . '/htdocs/plain';
my $late = $httpd->dir . '/htdocs/late';
$httpd->write('htdocs/plain/two.shtml', '<!--#include virtual="/env" --><!--#include virtual="/late/sleep.cgi" --><!--#include virtual="/env" -->');
mkdir $late;
$httpd->write('htdocs/late/sleep.cgi', "#!/bin/sh\nsleep 0.1\nprintf 'Content-Type: text/plain\\n\\n'\n");
chmod 0755, "$late/sleep.cgi";
$httpd->configure($httpd->{config} . "ScriptAlias /late \@DIR\@/htdocs/late\n");
ok($httpd->start, 'the server starts') or diag $httpd->console;

my $good = $httpd->request->{env};
if (!$good->{pof_source}) {
    diag 'the kernel saves no SYN, nothing to compare';
    ok($httpd->stop, 'the server stops');
    done_testing;
    exit;
}

sub raw {
    my ($port, $text, $no_more) = @_;
    my $socket = IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $port, GetAddrInfoFlags => 0) or die "connect: $@";
    print $socket $text;
    shutdown $socket, 1 if $no_more;
    local $/;
    return scalar(<$socket>) // '';
}

my %broken = (
    'a request that is none' => [400, "NONSENSE\r\n\r\n"],
    'a request without an end' => [408, "GET /env HTTP/1.1\r\nHost: x"],
    'a line that is too long' => [414, 'GET /' . 'x' x 600 . " HTTP/1.1\r\nHost: x\r\n\r\n"],
    'a header that is too long' => [400, "GET /env HTTP/1.1\r\nHost: x\r\nX-Long: " . 'x' x 600 . "\r\n\r\n"],
    'a host that is none' => [400, "GET /env HTTP/1.1\r\nHost: a b\r\n\r\n"],
    'a header line that is none' => [400, "GET /env HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"],
);
for my $name (sort keys %broken) {
    my ($status, $text) = @{ $broken{$name} };
    my $is_read = $name eq 'a host that is none';
    for my $page (grep { $is_read || !/cgi|section/ } $status == 408 ? 'includes' : sort keys %pages) {
        my ($head, $body) = split /\r\n\r\n/, raw($ports{$page}, $text), 2;
        my $what = "$name, $page";
        like($head, qr{^HTTP/1.\d $status }, "$what: refused");
        my %env = map { split /=/, $_, 2 } grep { /=/ } split /\0/, $body;
        if ($page eq 'section') {
            is_deeply([sort map { /^own_(.*)/ ? $1 : () } keys %env], [qw(age genre)], "$what: the page has the variables of its own place");
            is(scalar grep({ /^pof_/ } keys %env), 0, "$what: ... and no others under their own names");
            next;
        }
        like($head, qr/^X-Sig: \Q$good->{pof_sig}\E\r?$/m, "$what: the headers of the answer");
        my $line = $httpd->_wait(sub { my $last = $httpd->logged(qr/.*/); $last && $last->{status} eq $status ? $last : undef }) || {};
        is_deeply([@$line{qw(genre sig source via)}], [@$good{map { "pof_$_" } qw(genre sig source via)}], "$what: the log");
        if ($page eq 'cgi') {
            is_deeply([@env{map { "pof_$_" } qw(genre sig source via)}], [@$good{map { "pof_$_" } qw(genre sig source via)}], "$what: the program");
            is($env{by_setenvif}, 'Linux', "$what: ... in time for SetEnvIf");
            is($env{pof_ua_os}, '', "$what: ... which knows nothing of the headers of a request that was refused");
            is($line->{age}, $env{pof_age}, "$what: ... the answer that the log has");
        }
        is($body, "Linux|$good->{pof_sig}\n", "$what: the page") if $page eq 'includes';
        is($body, "a document\n", "$what: the page") if $page eq 'document';
    }
}

my $no_host = $broken{'a host that is none'}[1];
raw($slow{program}, $no_host);
my ($first, $last) = split ' ', $httpd->_wait(sub { $httpd->read('logs/ages') =~ /(.*)\n/ && $1 }, 3) || '';
like($last, qr/^\d+$/, 'a program that takes its time: it has an answer');
is($first, $last, '... and the request that could not be read has no other, although that is logged later');
my @parts = raw($slow{parts}, $no_host) =~ /pof_age=(\d+)/g;
is(scalar @parts, 2, 'a page without the engine with two parts with it, for a request that could not be read');
is($parts[0], $parts[1], '... which say the same, although one is made later');

SKIP: {
    skip 'no mod_ssl', 4 if !-f Httpd::libexecdir() . '/mod_ssl.so';
    my ($head, $body) = split /\r\n\r\n/, raw($tls, "GET /env HTTP/1.1\r\nHost: x\r\n\r\n"), 2;
    like($head, qr{^HTTP/1.\d 400 }, 'HTTP where TLS is spoken: refused');
    like($head, qr/^X-Sig: \Q$good->{pof_sig}\E\r?$/m, '... with the headers of the answer');
    is($body, "Linux|$good->{pof_sig}\n", '... and the page');
    raw($tls, "\x16\x03\x01\x00\x05nonse", 1);
    is(raw($tls, '', 1), '', 'a TLS handshake that fails and one that doesn\'t begin');
}

my $before = $httpd->all_logged(qr/^/);
raw($httpd->port, '');
my @silent = @{ $httpd->_wait(sub { my @all = $httpd->all_logged(qr/^/); @all > $before && [@all[$before .. $#all]] }) || [] };
is(join(' ', map { @$_{qw(status genre)} } @silent), '408 Linux', 'a client that says nothing: the log');

my $shared = $httpd->request(path => '/plain/two.shtml');
my @ages = $shared->{body} =~ /pof_age=(\d+)/g;
is(scalar @ages, 2, 'a page without the engine with two parts with it');
is($ages[0], $ages[1], '... which say the same, although one is made later') or diag "@ages";

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
