# SPDX-License-Identifier: Apache-2.0
#
# PHP shows the variables in $_SERVER, as a module of httpd and through php-fpm.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP;
use Test::More;
use Httpd;
use Php;

my $why = Httpd::missing(netns => 1) || Php::missing();
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my @ways = (
    ['PHP as a module', { mpm => 'prefork', env => Php::env(), config => Php::module_config() }],
    ['php-fpm with event', { mpm => 'event', modules => ['proxy', 'proxy_fcgi'], config => Php::fpm_config() }],
    ['php-fpm with worker', { mpm => 'worker', modules => ['proxy', 'proxy_fcgi'], config => Php::fpm_config() }],
);
for (@ways) {
    my ($name, $how) = @$_;
    my $httpd = Httpd->new(netns => $server, %$how, config => "P0fEngine On\nP0fExport all\n$how->{config}");
    my $fpm = $name =~ /fpm/ ? Php->start_fpm($httpd->dir) : undef;
    $httpd->write('htdocs/env.php', Php::script());
    ok($httpd->start, "$name: the server starts") or diag $httpd->console;
    for my $to (Netns::SERVER4, Netns::SERVER6) {
        my $got = $httpd->request(from => $client, to => $to, path => '/env.php');
        is($got->{status}, 200, "$name to $to: served");
        my $shown = eval { decode_json($got->{body}) } || {};
        is($shown->{pof_genre}, 'Linux', "$name to $to: genre in \$_SERVER");
        like($shown->{pof_details}, qr/./, "$name to $to: details in \$_SERVER");
        is($shown->{pof_link}, 'Ethernet or modem', "$name to $to: link in \$_SERVER");
        is($shown->{pof_distance}, 0, "$name to $to: distance in \$_SERVER");
        is($shown->{pof_sig}, $got->{log}{sig}, "$name to $to: the signature as in the log");
    }
    is($httpd->faults, '', "$name: no crash, same parent");
    ok($httpd->stop, "$name: the server stops");
}
done_testing;
