# SPDX-License-Identifier: Apache-2.0
#
# The parts of httpd that ask for the variables at different times in a request's life: all of them
# see the same values, each for the place that it stands in.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::IP;
use Socket qw(IPPROTO_IP IP_TOS);
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

# The kernel's saved SYN answers at once and without privilege.
my ($balanced, $back) = (Httpd::_free_port(), Httpd::_free_port());
my @modules = qw(setenvif rewrite include authz_host remoteip headers reqtimeout proxy proxy_http negotiation);
my $httpd = Httpd->new(modules => \@modules, config => <<"EOC" . <<'EOC');
Listen 127.0.0.1:$balanced
<VirtualHost *:$balanced>
P0fEngine On
P0fExport all
RemoteIPProxyProtocol On
</VirtualHost>
Listen 127.0.0.1:$back
<VirtualHost *:$back>
P0fEngine On
P0fExport all
P0fEnvPrefix back_
ProxyPass /again http://127.0.0.1:$balanced/env
</VirtualHost>
ProxyPass /back http://127.0.0.1:$back/env
EOC
P0fCapture Off
P0fSavedSyn On
Timeout 1
AddHandler cgi-script .cgi
<VirtualHost *>
ServerName on.example
P0fEngine On
P0fExport all
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
SetEnvIf pof_genre (.+) by_setenvif=$1
RewriteEngine On
RewriteCond %{ENV:pof_genre} =Linux
RewriteRule ^/rewritten$ /env [PT]
ErrorDocument 404 /env
ErrorDocument 403 /env/denied
ErrorDocument 408 "late"
Header set X-Genre "%{pof_genre}e"
Header always set X-Sig "%{pof_sig}e"
<Directory @DIR@/htdocs>
Options +Includes +ExecCGI
AddOutputFilter INCLUDES .shtml
AllowOverride FileInfo
DirectoryIndex index.cgi
</Directory>
<Directory @DIR@/htdocs/off>
P0fEngine Off
</Directory>
<Directory @DIR@/htdocs/moved>
Options +MultiViews +ExecCGI
MultiviewsMatch Handlers
RewriteEngine On
RewriteRule ^from$ /moved/late/to.cgi [L]
<Files choice.cgi>
P0fExport age genre
</Files>
</Directory>
<Directory @DIR@/htdocs/hidden>
DirectoryIndex hidden.cgi
<Files hidden.cgi>
P0fEngine Off
</Files>
</Directory>
<Location /env/denied>
P0fExport genre
</Location>
<Location /refused>
Require expr "env('pof_genre') == 'BeOS'"
</Location>
<If "env('pof_genre') == 'Linux'">
SetEnv by_if yes
</If>
</VirtualHost>
<VirtualHost *>
ServerName off.example
<Directory @DIR@/htdocs/shown>
DirectoryIndex shown.cgi
Options +Includes +ExecCGI
AddOutputFilter INCLUDES .shtml
<Files shown.cgi>
P0fEngine On
</Files>
</Directory>
<Location /env/section>
P0fEngine On
P0fExport genre
SetEnvIf pof_genre (.+) by_setenvif=$1
</Location>
<Location /env/required>
P0fEngine On
Require expr "env('pof_genre') == 'Linux'"
</Location>
<Directory @DIR@/htdocs/own>
Options +ExecCGI
AllowOverride FileInfo
</Directory>
</VirtualHost>
<VirtualHost *>
ServerName merged.example
P0fExport genre link
P0fEnvPrefix one_
<Location /env>
P0fEngine On
P0fExport +sig -link
</Location>
<Location /env/deep>
P0fExport +tos -sig +sig
P0fEnvPrefix two_
</Location>
<Location /env/deep/new>
P0fExport ext -sig
P0fExport -age
</Location>
</VirtualHost>
EOC
sub cgi {
    my ($name) = @_;
    $httpd->write("htdocs/$name", $httpd->read('cgi-bin/env'));
    chmod 0755, $httpd->dir . "/htdocs/$name";
}
mkdir $httpd->dir . "/htdocs/$_" for qw(off hidden shown own moved moved/late);
cgi($_) for qw(index.cgi hidden/hidden.cgi shown/shown.cgi own/env.cgi off/env.cgi moved/choice.cgi moved/late/to.cgi);
$httpd->write('htdocs/page.shtml', '<!--#echo var="pof_genre" -->|<!--#include virtual="/index.cgi" -->');
$httpd->write('htdocs/off/page.shtml', '(<!--#echo var="pof_genre" -->)<!--#include virtual="/index.cgi" -->');
$httpd->write('htdocs/shown/page.shtml', '<!--#include virtual="/env/required" -->');
$httpd->write('htdocs/into.shtml', '<!--#include virtual="/off/env.cgi" -->');
$httpd->write('htdocs/own/.htaccess', "P0fEngine On\nP0fExport genre details\nP0fEnvPrefix my_\n");
$httpd->write('htdocs/late.cgi', "#!/bin/sh\nsleep 0.2\nprintf 'Location: /env\\n\\n'\n");
chmod 0755, $httpd->dir . '/htdocs/late.cgi';
ok($httpd->start, 'the server starts') or diag $httpd->console;

sub get {
    my ($host, $path, @curl) = @_;
    # The log line of an error document has no query to find it by.
    my $got = $httpd->request(path => $path, curl => ['-H', "Host: $host.example", @curl], no_log => scalar($path =~ /nowhere|refused/));
    $got->{all} = { map { split /=/, $_, 2 } split /\0/, $got->{body} };
    return $got;
}

sub names { my ($got, $prefix) = @_; return [sort map { /^\Q$prefix\E(.+)/ ? $1 : () } keys %{ $got->{all} }] }

# ---- one request, many askers -----------------------------------------------------------------

my $got = get(on => '/env');
my $env = $got->{all};
if (!$env->{pof_source}) {
    diag 'the kernel saves no SYN, nothing to compare';
    ok($httpd->stop, 'the server stops');
    done_testing;
    exit;
}
is($env->{pof_source}, 'saved_syn', 'the saved SYN answers');
is($env->{pof_genre}, 'Linux', 'CGI');
is($env->{by_setenvif}, 'Linux', 'SetEnvIf in a virtual host');
is($env->{by_if}, 'yes', '<If> in a virtual host');
like($got->{headers}, qr/^X-Genre: Linux\r?$/m, 'Header');
is($got->{log}{$_}, $env->{"pof_$_"}, "the log says the same of $_") for qw(genre details sig source age distance);
is(get(on => '/rewritten')->{all}{pof_genre}, 'Linux', 'a rule of the virtual host can ask and rewrite');

$got = get(on => '/nowhere');
is($got->{status}, 404, 'a request that is answered by an error document');
is($got->{all}{"REDIRECT_pof_$_"}, $got->{all}{"pof_$_"}, "... which sees the same $_") for qw(genre sig age total_conn first_seen);
is($httpd->_wait(sub { $httpd->logged(qr{^/nowhere}) })->{genre}, 'Linux', '... and so does the log');

$got = get(on => '/late.cgi', '-A', 'Mozilla/5.0 (Windows NT 10.0)');
is($got->{all}{pof_age}, $got->{all}{REDIRECT_pof_age}, 'a redirect within the server a while later doesn\'t ask anew');
is($got->{all}{pof_ua_os}, 'Windows', '... and still knows the headers of its request');

$got = get(on => '/refused');
is($got->{status}, 403, 'a rule in a section refuses');
is($got->{all}{pof_genre}, $got->{all}{REDIRECT_pof_genre}, '... its error document sees the same value');
like($got->{headers}, qr/^X-Genre: Linux\r?$/m, '... and so do the headers of the answer');
is_deeply(names($got, 'pof_'), ['genre'], '... and the error document has the variables of its own place');

# ---- subrequests, files of a directory --------------------------------------------------------

like(get(on => '/page.shtml')->{body}, qr/^Linux\|.*pof_genre=Linux\0/s, 'a subrequest sees what its page sees');
$got = get(on => '/off/page.shtml');
like($got->{body}, qr/^\(\(none\)\)/, 'a page in a directory without the engine sees nothing');
like($got->{body}, qr/pof_genre=Linux\0/, '... but a subrequest out of it does');
is($got->{log}{genre}, '-', '... and the log of the page doesn\'t');
unlike(get(on => '/into.shtml')->{body}, qr/\0pof_/, 'a subrequest into such a directory doesn\'t');

is(get(on => '/hidden/')->{all}{pof_genre}, undef, 'the index file of a directory, with the engine off for that file');
$got = get(off => '/shown/');
is($got->{all}{pof_genre}, 'Linux', '... with the engine on for that file only');
is($got->{log}{genre}, 'Linux', '... and the log');
like(get(off => '/shown/page.shtml')->{body}, qr/pof_genre=Linux\0/, 'a subrequest into a section whose access rule asks');
$got = get(on => '/');
is(scalar(() = $got->{body} =~ /(?:^|\0)pof_genre=/g), 1, 'no variable stands twice');

$got = get(on => '/moved/from', '-A', 'Mozilla/5.0 (Windows NT 10.0)');
is_deeply([@{ $got->{all} }{qw(pof_genre pof_ua_os pof_age)}], ['Linux', 'Windows', $got->{all}{REDIRECT_pof_age}], 'a rule of a directory that redirects within the server');
is(scalar(() = $got->{body} =~ /(?:^|\0)pof_age=/g), 1, '... each variable once');
$got = get(on => '/moved/choice');
is_deeply(names($got, 'pof_'), [qw(age genre)], 'a file that was negotiated has the variables of its own section');
is(scalar(() = $got->{body} =~ /(?:^|\0)pof_age=/g), 1, '... each once');
is($got->{log}{sig}, '-', '... and so has the log');

# ---- sections only ----------------------------------------------------------------------------

is_deeply(names(get(off => '/env'), 'pof_'), [], 'elsewhere there is nothing');
$got = get(off => '/env/section');
is_deeply(names($got, 'pof_'), ['genre'], 'a section with the engine on');
is($got->{all}{by_setenvif}, 'Linux', '... in time for SetEnvIf in it');
is(get(off => '/env/required')->{status}, 200, '... and for Require in it');
is_deeply(names(get(off => '/own/env.cgi'), 'my_'), [qw(details genre)], 'a .htaccess file can ask for the variables');

# ---- merging ----------------------------------------------------------------------------------

is_deeply(names(get(merged => '/env'), 'one_'), [qw(genre sig)], 'a section changes the list of its virtual host and keeps its prefix');
$got = get(merged => '/env/deep');
is_deeply(names($got, 'two_'), [qw(genre sig tos)], 'a deeper section changes the changed one');
is_deeply(names($got, 'one_'), [], '... and has its own prefix');
$got = get(merged => '/env/deep/new');
is_deeply([grep { /^(?:genre|tos|link|sig|age)$/ } @{ names($got, 'two_') }], [], 'a list without signs starts anew, and a further one goes on from it');
is(scalar grep({ $_ eq 'source' } @{ names($got, 'two_') }), 1, '... with what it names');

# ---- the subject ------------------------------------------------------------------------------

is($env->{pof_via}, 0, 'the peer is the client');
$got = get(on => '/env', '-H', 'X-Forwarded-For: 203.0.113.9');
is($got->{all}{REMOTE_ADDR}, '203.0.113.9', 'mod_remoteip gives another client');
is($got->{all}{pof_via}, 1, '... which the variables tell');
is($got->{all}{pof_sig}, $env->{pof_sig}, '... and still speak of the peer');

# Sends TEXT and gives what comes back.
sub raw {
    my ($text, %o) = @_;
    my $socket = IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $o{port} || $httpd->port, GetAddrInfoFlags => 0,
        $o{tos} ? (Sockopts => [[IPPROTO_IP, IP_TOS, pack 'i', $o{tos}]]) : ()) or die "connect: $@";
    print $socket $text;
    local $/;
    return (scalar <$socket>, $socket->sockport);
}

my ($body) = raw("PROXY TCP4 203.0.113.8 192.0.2.1 4711 80\r\nGET /env HTTP/1.0\r\n\r\n", port => $balanced);
like($body, qr/\0REMOTE_ADDR=203\.0\.113\.8\0/, 'the PROXY protocol gives another client');
like($body, qr/\0pof_via=1\0/, '... which the variables tell');
like($body, qr/\0pof_genre=Linux\0/, '... and speak of the peer');

$got = get(on => '/back');
is($got->{all}{back_genre}, 'Linux', 'a server behind this one is told of its own peer, this one');
is($got->{all}{back_source}, 'saved_syn', '... by its own connection');
is($httpd->_wait(sub { $httpd->logged(qr{^/back}) })->{genre}, 'Linux', '... and this one of the client');

# ---- connections of our own -------------------------------------------------------------------

like((raw("NONSENSE\r\n\r\n"))[0], qr/400.*^X-Sig: \Q$env->{pof_sig}\E\r$/ms, 'a request that is none has the variables in the headers of its answer');
$got = $httpd->_wait(sub { $httpd->logged(qr/.*/)->{status} eq '400' && $httpd->logged(qr/.*/) });
is($got->{genre}, 'Linux', '... and in its log line');
like((raw("GET /env HTTP/1.1\r\nHost: on"))[0], qr/408.*^X-Sig: \Q$env->{pof_sig}\E\r$/ms, 'a request that doesn\'t end has them there too');
$got = $httpd->_wait(sub { $httpd->logged(qr/.*/)->{status} eq '408' && $httpd->logged(qr/.*/) });
is($got->{genre}, 'Linux', '... and in its log line');

for ([0 => ''], [16 => 'high throughput'], [184 => 'tos 184']) {
    my ($tos, $name) = @$_;
    my ($shown) = (raw("GET /env HTTP/1.0\r\nHost: on.example\r\n\r\n", tos => $tos))[0] =~ /\0pof_tos=([^\0]*)/;
    is($shown, $name, "TOS $tos");
}

my ($two) = raw("GET /env?1 HTTP/1.1\r\nHost: on.example\r\n\r\nGET /env?2 HTTP/1.1\r\nHost: on.example\r\nConnection: close\r\n\r\n");
is_deeply([$two =~ /\0pof_source=([^\0]*)/g], [('saved_syn') x 2], 'the second request of a connection has the answer of the first');

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');

# ---- what a database may say ------------------------------------------------------------------

$httpd = Httpd->new(config => "P0fEngine On\nP0fCapture Off\nP0fSavedSyn On\nP0fDatabase \@DIR\@/odd.fp\n");
my $long = 'l' x 255;
$httpd->write('odd.fp', "classes = unix\n[tcp:request]\nlabel = s:unix:A\tB\x7f\x01C:$long\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n");
SKIP: {
    skip 'the reader of fingerprint files refuses control bytes', 2 if ($httpd->invoke('-t'))[0];
    $httpd->start or diag $httpd->console;
    my $log = $httpd->request->{env};
    is($log->{pof_genre}, 'A?B??C', 'control bytes of a database don\'t get through');
    is($log->{pof_details}, $long, 'the longest text does');
    ok($httpd->stop, 'the server stops');
}
done_testing;
