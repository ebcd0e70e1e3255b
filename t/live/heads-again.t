# SPDX-License-Identifier: Apache-2.0
#
# Heads of requests that a worker has read before: what they say enters history each time, from
# whoever it comes, whatever cookies it has, and by the database of now.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::IP;
use Test::More;
use Time::HiRes qw(time);
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

# One worker, so that it is the same one that reads; no variable and no log that takes the whole head.
my $config = <<'EOC';
P0fEngine On
P0fExport genre
P0fCapture Off
P0fSavedSyn On
P0fApiSocket p0f.sock
StartServers 1
ServerLimit 1
MaxRequestWorkers 1
MaxConnectionsPerChild 0
EOC
my ($mpm) = grep { $_ eq 'prefork' } Httpd::mpms();
$config .= "ThreadsPerChild 1\n" if !$mpm;
my $p0fq = ($ENV{P0F_BUILD} || "$FindBin::RealBin/../../build") . '/tools/p0fq';

sub server {
    my ($more, $database) = @_;
    my $httpd = Httpd->new(mpm => $mpm || 'event', cgi => 0, config => $config . $more);
    chmod 0755, $httpd->dir . '/run';
    $httpd->write('own.fp', $database) if $database;
    ok($httpd->start, 'the server starts') or diag $httpd->console;
    return $httpd;
}

# What the history of this address says after a request with these lines.
sub hear {
    my ($httpd, $want, @lines) = @_;
    my $socket = IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $httpd->port) or die "connect: $@";
    print $socket join("\r\n", 'GET / HTTP/1.1', @lines, '', '');
    while (defined(my $line = <$socket>)) { last if $line eq "home\n" }
    close $socket;
    my ($key, $value) = @$want;
    my $said = '';
    $httpd->_wait(sub { $said = join '', `$p0fq -s @{[$httpd->dir]}/run/p0f.sock --json 127.0.0.1`; $said =~ /"$key":"?\Q$value\E["|,]/ }, 5)
        or diag $said;
    return $said =~ /"$key":"?([^",]*)/ ? $1 : undef;
}

my $httpd = server('');
for my $turn (1 .. 3) {
    for (['Wget/1.21', 'wget', 'German'], ['curl/7.88.1', 'curl', 'French']) {
        my ($agent, $name, $language) = @$_;
        my @lines = $name eq 'curl' ? ('Host: x', "User-Agent: $agent", 'Accept: */*')
            : ("User-Agent: $agent", 'Accept: */*', 'Accept-Encoding: identity', 'Host: x', 'Connection: Keep-Alive');
        my $more = $name eq 'curl' ? 'Accept-Language: fr' : 'Accept-Language: de';
        is(hear($httpd, [language => $language], @lines, $more, "Cookie: $turn"), $language, "$name, round $turn: its language");
    }
}
is(hear($httpd, [bad_sw => 1], 'Host: x', 'User-Agent: curl/7 Windows', 'Accept: */*', 'Cookie: 1'), 1, 'another User-Agent is another head');
is(hear($httpd, [bad_sw => 0], 'Host: x', 'User-Agent: curl/7 Linux', 'Accept: */*', 'Cookie: 1'), 0, '... and the next one another again');
is(hear($httpd, [bad_sw => 1], 'Host: x', 'User-Agent: curl/7 Windows', 'Accept: */*', 'Cookie: 2'), 1, '... each as often as it comes');
for ('French', 'German') {
    my @lines = ('Host: x', 'User-Agent: curl/7', 'X-Long: ' . 'x' x 2000, 'Accept-Language: ' . ($_ eq 'French' ? 'fr' : 'de'));
    is(hear($httpd, [language => $_], @lines), $_, "a head too long to be remembered: $_");
}
is($httpd->faults, '', 'no crash');
ok($httpd->stop, 'the server stops');

my $database = <<'EOD';
classes = unix
[http:request]
ua_os = Linux,Windows
label = s:!:ONE:
sys   = @unix
sig   = *:Host,Cookie=[one]::
label = s:!:TWO:
sys   = @unix
sig   = *:Host,Cookie=[two]::
EOD
$httpd = server("P0fDatabase \@DIR\@/own.fp\n", $database);
for (1, 2) {
    is(hear($httpd, [http_name => 'ONE'], 'Host: x', 'Cookie: one'), 'ONE', 'a database that looks at cookies');
    is(hear($httpd, [http_name => 'TWO'], 'Host: x', 'Cookie: two'), 'TWO', '... sees that they differ');
}
is($httpd->faults, '', 'no crash');
ok($httpd->stop, 'the server stops');

$database =~ s/Cookie/X-Kind/g;
(my $swapped = $database) =~ s/(label = s:!:ONE:\n.*?::\n)(.*)/$2$1/s;   # another number for the same name
$httpd = server("P0fDatabase \@DIR\@/own.fp\nP0fDatabaseReload 1s\n", $database);
is(hear($httpd, [http_name => 'ONE'], 'Host: x', 'X-Kind: one'), 'ONE', 'a head that is read before a database is loaded') for 1, 2;
my $path = $httpd->write('own.fp', $swapped =~ s/ONE/NEW/r);
utime time - 5, time - 5, $path;
my $name = '';
$httpd->_wait(sub { ($name = hear($httpd, [http_name => 'NEW'], 'Host: x', 'X-Kind: one')) eq 'NEW' }, 30);
is($name, 'NEW', '... is read anew after it');
is($httpd->faults, '', 'no crash');
ok($httpd->stop, 'the server stops');
done_testing;
