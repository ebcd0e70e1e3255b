# SPDX-License-Identifier: Apache-2.0
#
# What the request's own headers say, beside the SYN: software, language, claimed system; over HTTP,
# HTTPS and HTTP/2, as they arrived, whatever httpd's modules make of them; and in the history of
# the address.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::IP;
use Test::More;
use Httpd;
use Synmask;

my $why = Synmask::missing() || Httpd::missing(netns => 1) || (system('openssl version >/dev/null 2>&1') ? 'no openssl' : undef);
plan skip_all => $why if $why;

my $wire = Synmask->new;
my $httpd = Httpd->new(netns => $wire->server, modules => [qw(socache_shmcb ssl http2 remoteip headers)], config => <<'EOC');
P0fEngine On
P0fExport all
P0fSavedSyn On
P0fLog htdocs/changes.log only=change
Protocols h2 h2c http/1.1
ScriptAlias /early @DIR@/cgi-bin/env
RequestHeader unset User-Agent early
RequestHeader set Accept-Language xx early
Header always set X-Name "%{pof_http_name}e"
Listen 8443
<VirtualHost *:8443>
SSLEngine On
SSLCertificateFile @DIR@/cert.pem
SSLCertificateKeyFile @DIR@/key.pem
</VirtualHost>
Listen 8081
<VirtualHost *:8081>
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 192.0.2.1
</VirtualHost>
EOC
my $dir = $httpd->dir;
system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout $dir/key.pem -out $dir/cert.pem 2>/dev/null");
ok($httpd->start, 'the server starts') or diag $httpd->console;

# The environment of a request with these headers, in this order.
sub ask {
    my ($how, $headers, %o) = @_;
    my @headers = map { /^User-Agent: (.*)/ ? ('-A', $1) : ('-H', $_) } @$headers; # -A keeps curl's order
    my ($scheme, $port) = $how =~ /https|h2$/ ? ('https', 8443) : ('http', $o{port} || 8080);
    my @version = $how eq 'h2' ? '--http2' : $how eq 'h2c' ? '--http2-prior-knowledge' : $how eq 'http1.0' ? '--http1.0' : '--http1.1';
    my $text = join '', $wire->client->output('curl', '-s', '-k', '-m', 20, '--noproxy', '*', @version, @headers, @{ $o{curl} || [] },
                                              "$scheme://192.0.2.2:$port/env");
    return { map { split /=/, $_, 2 } split /\0/, $text };
}

my $chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
my %agent = (
    Windows => "Mozilla/5.0 (Windows NT 10.0; Win64; x64) $chrome",
    macOS   => "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) $chrome",
    iOS     => 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    Android => "Mozilla/5.0 (Linux; Android 10; K) $chrome",
    Linux   => "Mozilla/5.0 (X11; Linux x86_64) $chrome",
    ChromeOS => "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) $chrome",
    FreeBSD => 'Mozilla/5.0 (X11; FreeBSD amd64; rv:128.0) Gecko/20100101 Firefox/128.0',
    curl    => 'curl/7.88.1',
);
my %family = (Windows => 'W', 'Windows 10' => 'W', macOS => 'A', iOS => 'A', Android => 'L', Linux => 'L', ChromeOS => 'L', FreeBSD => 'B');

# ---- the claim against the SYN ----------------------------------------------------------------

for my $system ('Windows 10', 'macOS', 'FreeBSD', 'Android', 'Linux') {
    $wire->mask($system eq 'Linux' ? '' : Synmask::system($system));
    for my $claim (sort keys %agent) {
        for my $how (qw(http https h2)) {
            my $env = ask($how, ["User-Agent: $agent{$claim}"]);
            my $right = $claim eq 'curl' ? '' : $family{$claim} eq $family{$system} ? 0 : 1;
            is_deeply([@$env{qw(pof_ua_os pof_os_mismatch)}], [$claim eq 'curl' ? '' : $claim, $right], "a $system, $how, says $claim")
                or diag explain $env;
        }
    }
}
$wire->mask('');
my $env = ask('https', ["User-Agent: $agent{Windows}", 'Sec-CH-UA-Platform: "Linux"']);
is_deeply([@$env{qw(pof_ua_os pof_os_mismatch)}], ['Linux', 0], 'the client hint counts before the User-Agent');
$env = ask('http', ["User-Agent: $agent{Windows}", 'X-Forwarded-For: 203.0.113.7']);
is_deeply([@$env{qw(pof_ua_os pof_os_mismatch pof_via)}], ['Windows', '', 0], 'a request that came through a proxy: can\'t tell');
$env = ask('http', ["User-Agent: $agent{Windows}", 'Forwarded: for=203.0.113.7']);
is($env->{pof_os_mismatch}, '', '... the same by Forwarded');
$env = ask('http', ["User-Agent: $agent{Windows}", 'X-Forwarded-For: 203.0.113.7'], port => 8081);
is_deeply([@$env{qw(pof_os_mismatch pof_via HTTP_X_FORWARDED_FOR)}], ['', 1, undef], '... the same where mod_remoteip has taken the header');
$wire->mask('ttl=200 win=4711 opt=M1460,N,N,?250:00,N,W3 df=0 id=+');
$env = ask('http', ["User-Agent: $agent{Windows}"]);
is_deeply([@$env{qw(pof_genre pof_ua_os pof_os_mismatch)}], ['', 'Windows', ''], 'a system that nobody knows: can\'t tell');
$wire->mask('');

# ---- software, language -----------------------------------------------------------------------

# As ask; the address's history knows of the request before the next one comes.
sub told {
    my $got = ask(@_);
    select undef, undef, undef, 0.1;
    return $got;
}

for my $how (qw(http https)) {
    told($how, ['User-Agent: curl/7.88 Linux']);  # what was told of the address before is put right
    $env = told($how, []);
    is_deeply([@$env{qw(pof_http_name pof_language pof_bad_sw)}], ['curl', '', 0], "$how: curl");
    is(told($how, ['Accept-Language: de-AT,de;q=0.9'])->{pof_language}, 'German', "$how: a client that wants German");
    $env = told($how, ['User-Agent: Firefox/3.0']);
    is_deeply([@$env{qw(pof_http_name pof_bad_sw)}], ['curl', 2], "$how: curl that says Firefox is dishonest");
    $env = told($how, ['User-Agent: curl/7.88 Windows']);
    is_deeply([@$env{qw(pof_http_name pof_bad_sw)}], ['curl', 2], "$how: 2 stays while nobody says the right system");
    $env = told($how, ['User-Agent: curl/7.88 Linux']);
    is_deeply([@$env{qw(pof_http_name pof_bad_sw)}], ['curl', 0], "$how: the right system puts it right");
    $env = told($how, ['User-Agent: curl/7.88 Windows']);
    is_deeply([@$env{qw(pof_http_name pof_bad_sw)}], ['curl', 1], "$how: another system");
    $env = told($how, ['User-Agent: curl/7.88 Linux']);
    is($env->{pof_bad_sw}, 0, "$how: and right again");
}
is(ask('http', ['Accept-Language: EN'])->{pof_language}, '', 'a language that p0f 3 doesn\'t know');
# Not to a program: one that doesn't read the body may end before the server has passed it on.
sub post {
    my ($agent) = @_;
    my $headers = join '', $wire->client->output('curl', '-s', '-m', 20, '--noproxy', '*', '-i', '-A', $agent, '-d', 'x=1', 'http://192.0.2.2:8080/index.html');
    return $headers =~ /^X-Name: (\w*)/mi ? $1 : undef;
}
is(post('Firefox/3.0'), '', 'the header order of a POST proves nothing against the User-Agent');
is(post('curl/7.88'), 'curl', '... and counts with it');
$env = ask('h2', ['User-Agent: Firefox/3.0', 'Accept-Language: fr']);
is_deeply([@$env{qw(pof_http_name pof_language pof_bad_sw)}], ['', 'French', 0], 'nor does that of HTTP/2; the language is read');
is(ask('h2c', ['Accept-Language: it'])->{pof_language}, 'Italian', 'HTTP/2 without TLS');
$env = ask('http', ['Cookie: ' . 'x' x 3000]);
is($env->{pof_http_name}, 'curl', 'a long cookie is in nobody\'s way');
$env = ask('http', [(map { "X-$_: y" } 1 .. 40), 'Accept-Language: sv']);
is_deeply([@$env{qw(pof_http_name pof_language)}], ['', 'Swedish'], 'more headers than p0f 3 reads: no software, the rest is read');

# ---- history ----------------------------------------------------------------------------------

# When something last happened at the address: a change, or too many of them (sharing).
sub last_event {
    my $e = told('http', ['User-Agent: curl/7.88 Linux']);
    return (sort { $a <=> $b } map { $_ || 0 } @$e{qw(pof_last_chg pof_last_nat)})[1];
}
my $before = last_event();
sleep 1;
ask('http', ['User-Agent: curl/7.88 Linux', 'Via: 1.1 somewhere']);
ok($httpd->_wait(sub { last_event() > $before }, 5), 'a request through a proxy is told in the address\'s history');

# A connection counts once, as p0f 3 has it: its first request. Ports and clocks of connections have their
# own events, so only those are counted that a User-Agent is a reason of.
sub agents_told {
    last_event();                # all before it is read
    return scalar(() = $httpd->read('htdocs/changes.log') =~ /\|reason=[^|\n]*(?:app|ua)_vs_os/g);
}
my ($count, %ports);
for (1 .. 5) {
    $count = agents_told();
    my $text = join '', $wire->client->output('curl', '-s', '-m', 20, '--noproxy', '*', '-A', 'curl/7 Linux', 'http://192.0.2.2:8080/env',
                                              '--next', '-s', '-A', 'curl/7 Windows', 'http://192.0.2.2:8080/env');
    %ports = map { $_ => 1 } $text =~ /REMOTE_PORT=(\d+)/g;
    select undef, undef, undef, 0.2;
    last if keys %ports == 1;
}
is(scalar keys %ports, 1, 'two requests on one connection');
is(agents_told(), $count, '... the second is not counted') or diag $httpd->read('htdocs/changes.log');
ask('http', ['User-Agent: curl/7 Windows']);
ok($httpd->_wait(sub { agents_told() > $count }, 5), '... as it is as the first one of another') or diag $httpd->read('htdocs/changes.log');

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
$wire->stop;
done_testing;
