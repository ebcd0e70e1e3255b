# SPDX-License-Identifier: Apache-2.0
#
# HTTPS and HTTP/2: streams are answered by several threads at once and have no socket of their own;
# all of them have the answer of their connection, whichever source gave it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1) || (system('openssl version >/dev/null 2>&1') ? 'no openssl' : undef);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $streams = 40;

# The standard group is kept for later requests of a connection, but for streams of one.
for my $sources ([capture => 'all', "P0fCapture On\nP0fSavedSyn Off\nP0fWait 100ms"], [saved_syn => 'all', "P0fCapture Off\nP0fSavedSyn On"],
                 ['-' => 'std', "P0fCapture Off\nP0fSavedSyn On"]) {
    my ($source, $export, $config) = @$sources;
    my $httpd = Httpd->new(netns => $server, modules => [qw(socache_shmcb ssl http2)], config => <<"EOC");
$config
P0fEngine On
P0fExport $export
LogLevel p0f:info
Listen 8443
Protocols h2 http/1.1
<VirtualHost *:8443>
SSLEngine On
SSLCertificateFile \@DIR\@/cert.pem
SSLCertificateKeyFile \@DIR\@/key.pem
</VirtualHost>
EOC
    my $dir = $httpd->dir;
    system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout $dir/key.pem -out $dir/cert.pem 2>/dev/null");
    ok($httpd->start, "$source: the server starts") or diag $httpd->console;
    $httpd->settled(from => $client) for 1 .. 2; # the client is known

    my @urls = map { 'https://' . Netns::SERVER4 . ":8443/index.html?stream=$_" } 1 .. $streams;
    my @seen = $client->output('curl', '-s', '-k', '-m', 20, '--http2', '--parallel', '--no-progress-meter', '-w', '%{http_version} %{local_port}\n',
                                 map { ('-o', '/dev/null', $_) } @urls);
    my %ports = map { $_ => 1 } map { split /\n/ } @seen;
    is(scalar keys %ports, 1, "$source: one connection") or diag @seen;
    like($seen[0] // q(), qr/^2 /, "$source: HTTP/2");
    my %shown;
    for my $n (1 .. $streams) {
        my $line = $httpd->_wait(sub { $httpd->logged(qr/stream=$n$/) }, 3) || {};
        $shown{ join ' ', map { $_ // 'nothing' } @$line{qw(status type genre link source)} }++;
    }
    is_deeply(\%shown, { "200 0 Linux Ethernet or modem $source" => $streams }, "$source: each stream has its connection's answer");
    is($httpd->counters->{no_saved_syn} || 0, 0, "$source: nobody looks for a stream's SYN");
    is($httpd->faults, '', "$source: no crash, same parent");
    ok($httpd->stop, "$source: the server stops");
}
done_testing;
