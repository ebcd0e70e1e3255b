# SPDX-License-Identifier: Apache-2.0
#
# The manual's recipes do what it says of them, and a request header that is called like a variable
# opens nothing.
use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

my $root = "$FindBin::RealBin/../..";
open my $manual, '<', "$root/docs/mod_p0f.md" or die $!;
my ($section) = do { local $/; <$manual> } =~ /^## Recipes\n(.*?)^## /ms;
my @blocks = $section =~ /^((?: {4}.*\n)+)/mg;
is(scalar @blocks, 5, 'the manual has five recipes');
s/^ {4}//mg for @blocks;
my ($office, $logs, $page, $proxy, $subject) = @blocks;
my $windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';

# The saved SYN is there at once; the client is the Linux that the tests run on.
my $base = "P0fCapture Off\nP0fSavedSyn On\nP0fEngine On\nP0fExport std ext\n";
my @modules = qw(headers rewrite proxy proxy_http remoteip setenvif);

# A server with a recipe, in which Windows stands for the client's own system if $mine.
sub server {
    my ($recipe, $mine, $database) = @_;
    my $back = Httpd::_free_port();
    $recipe =~ s/Windows/Linux/g if $mine;
    $recipe =~ s{127\.0\.0\.1:8080/app}{127.0.0.1:$back/env};
    $recipe =~ s/192\.0\.2\.10/127.0.0.1/;
    $recipe =~ s{logs/(?=unknown_systems)}{\@DIR\@/logs/};
    my $httpd = Httpd->new(modules => \@modules, $database ? (database => $database) : ());
    $httpd->write("htdocs/$_", "$_\n") for qw(office download);
    $httpd->configure("$base<VirtualHost *:@{[$httpd->port]}>\n$recipe</VirtualHost>\n"
        . "Listen 127.0.0.1:$back\n<VirtualHost *:$back>\nP0fEngine Off\n</VirtualHost>\n");
    ok($httpd->start, 'the server starts') or diag $httpd->console;
    return $httpd;
}

sub end_of {
    my ($httpd) = @_;
    is($httpd->faults, '', 'no crash, same parent');
    $httpd->stop;
}

# ---- who may enter ----------------------------------------------------------------------------

my @forged = map { ('-H', "$_: Windows") } qw(pof_genre POF_GENRE pof-genre Pof_Genre);
my $httpd = server($office);
is($httpd->request(path => '/office')->{status}, 403, 'another system isn\'t let in');
is($httpd->request(path => '/office', curl => \@forged)->{status}, 403, '... nor with a request header of the variable\'s name');
end_of($httpd);
$httpd = server($office, 1);
is($httpd->request(path => '/office')->{status}, 200, 'the right one is');
is($httpd->request(path => '/office', curl => ['-A', $windows])->{status}, 403, '... but not if it says that it is another');
end_of($httpd);

# ---- logs -------------------------------------------------------------------------------------

my ($format) = map { /^(LogFormat .*)/m } do { local $/; open my $file, '<', "$root/conf/p0f.conf" or die $!; <$file> };
$httpd = server("$format\n$logs<Location /office>\nRequire all denied\n</Location>\n");
$httpd->request(path => '/office');
is($httpd->read('logs/unknown_systems'), '', 'who is recognised isn\'t in the log of unknown systems');
like($httpd->error_log, qr/\[client 127\.0\.0\.1:\d+ Linux\] .*denied/, 'the error log says the system');
end_of($httpd);
my $empty = File::Temp->new;
print $empty "classes = other\n";
$empty->flush;
$httpd = server("$format\n$logs<Location /office>\nRequire all denied\n</Location>\n", 0, $empty->filename);
is($httpd->request(path => '/office')->{status}, 403, 'somebody comes of whom nothing is known');
like($httpd->read('logs/unknown_systems'), qr{"GET /office.* os=" "}, '... and is in it');
end_of($httpd);

# ---- another page -----------------------------------------------------------------------------

$httpd = server($page);
is($httpd->request(path => '/download', curl => \@forged)->{status}, 200, 'another system gets the page itself');
unlike($httpd->request(path => '/download')->{headers}, qr/^Cache-Control/m, '... for caches, too');
end_of($httpd);
$httpd = server($page, 1);
my $got = $httpd->request(path => '/download');
is($got->{status}, 302, 'the right one is sent elsewhere');
like($got->{headers}, qr{^Location: \S+/download/windows\b}m, '... where it is told');
like($httpd->request(path => '/office')->{headers}, qr/^Cache-Control: private\r?$/m, '... and its answers are for nobody else');
end_of($httpd);

# ---- a server behind --------------------------------------------------------------------------

$httpd = server($proxy);
$got = $httpd->request(path => '/app', curl => ['-H', 'X-Client-System: forged']);
like($got->{body}, qr/(?:\A|\0)HTTP_X_CLIENT_SYSTEM=Linux \S/, 'the server behind is told the system, whatever the client says');
is($httpd->request(curl => ['-H', 'X-Client-System: forged'])->{env}{HTTP_X_CLIENT_SYSTEM}, undef, '... and elsewhere nothing');
end_of($httpd);

# ---- behind a balancer ------------------------------------------------------------------------

$httpd = server($subject);
my $env = $httpd->request(curl => ['-H', 'X-Forwarded-For: 198.51.100.7'])->{env};
is("$env->{pof_via} $env->{pof_type} $env->{pof_err}", '1 2 via', 'of a client behind a balancer nothing is known');
end_of($httpd);

done_testing;
