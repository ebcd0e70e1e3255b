# SPDX-License-Identifier: Apache-2.0
#
# PHP for the tests, without the module: it shows httpd's variables in $_SERVER as a module of
# httpd and through php-fpm, and fetching it changes nothing of the machine's own set-up.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp;
use JSON::PP;
use Test::More;
use Httpd;
use Php;

# Files and servers of the machine's own, and its packages.
sub machine { return [`$FindBin::RealBin/../tools/machine`, `dpkg-query -W`] }

my $before = machine();
my $why = Httpd::missing(without_module => 1) || Php::missing();
plan skip_all => $why if $why;

sub server_of {
    my ($httpd, $name) = @_;
    $httpd->write('htdocs/env.php', Php::script());
    ok($httpd->start, "$name: the server starts") or diag $httpd->console;
    my $got = $httpd->request(path => '/env.php');
    is($got->{status}, 200, "$name answers");
    is($httpd->faults, '', "$name: no crash, same parent");
    $httpd->stop;
    return eval { decode_json($got->{body}) } || {};
}

my $httpd = Httpd->new(p0f => 0, mpm => 'prefork', env => Php::env(), config => "SetEnv planted seed\n" . Php::module_config());
is(server_of($httpd, 'PHP as a module')->{planted}, 'seed', 'PHP as a module shows an ordinary variable');

$httpd = Httpd->new(p0f => 0, modules => ['proxy', 'proxy_fcgi'], config => "SetEnv planted seed\n" . Php::fpm_config());
my $fpm = Php->start_fpm($httpd->dir);
is(server_of($httpd, 'php-fpm')->{planted}, 'seed', 'php-fpm shows an ordinary variable');
undef $fpm;

SKIP: {
    skip 'downloads again only as root', 2 if $> != 0;
    my $fresh = File::Temp->newdir('p0ft-php-XXXXXX', TMPDIR => 1);
    is(system("$FindBin::RealBin/../tools/fetch-php", $fresh->dirname), 0, 'PHP is fetched into an empty folder');
    ok(glob($fresh->dirname . '/usr/sbin/php-fpm*'), 'php-fpm is there');
}
is_deeply(machine(), $before, 'the machine\'s web server, PHP, services and packages are as before');

done_testing;
