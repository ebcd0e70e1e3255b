# SPDX-License-Identifier: Apache-2.0
#
# What is exported where: virtual hosts with and without the engine, sections, names and prefixes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $httpd = Httpd->new(netns => $server, modules => ['setenvif'], config => <<'EOC');
<VirtualHost *:8080>
ServerName without.example
<Location /env/on>
P0fEngine On
</Location>
<Location /env/if>
<If "%{HTTP_USER_AGENT} == 'asks'">
P0fEngine On
P0fExport genre
</If>
</Location>
</VirtualHost>
<VirtualHost *:8080>
ServerName with.example
P0fEngine On
SetEnvIf pof_genre Linux seen_by_setenvif=yes
<Location /env/off>
P0fEngine Off
</Location>
<Location /env/two>
P0fExport genre link
</Location>
<Location /env/more>
P0fExport +sig
</Location>
<Location /env/less>
P0fExport -tos -genre
</Location>
<Location /env/none>
P0fExport none
</Location>
<Location /env/prefix>
P0fEnvPrefix os_
</Location>
</VirtualHost>
EOC
ok($httpd->start, 'the server starts') or diag $httpd->console;

my @std = sort qw(type genre details distance link tos uptime score mflags fw nat err);

# Names of exported variables, without the prefix, and the whole answer.
sub exported {
    my ($host, $path, %o) = @_;
    my $prefix = $o{prefix} || 'pof_';
    my $got = $httpd->request(from => $client, path => $path, curl => ['-H', "Host: $host", @{ $o{curl} || [] }]);
    my %env = map { split /=/, $_, 2 } split /\0/, $got->{body};
    return ([sort map { /^\Q$prefix\E(.+)/ ? $1 : () } keys %env], $got, \%env);
}

my ($names, $got) = exported('without.example', '/env');
is($got->{status}, 200, 'a virtual host without the engine serves');
is_deeply($names, [], '... and shows no variable to CGI');
is($got->{log}{genre}, '-', '... nor to the log');

($names, $got, my $env) = exported('with.example', '/env');
is_deeply($names, \@std, 'a virtual host with the engine shows the standard group, also empty ones');
is($env->{pof_genre}, 'Linux', '... with values');
is($env->{seen_by_setenvif}, 'yes', '... in time for SetEnvIf');

is_deeply((exported('without.example', '/env/on'))[0], \@std, 'a section switches the engine on');
is_deeply((exported('with.example', '/env/off'))[0], [], 'a section switches it off');
is_deeply((exported('without.example', '/env/if'))[0], [], 'an <If> that does not hold changes nothing');
is_deeply((exported('without.example', '/env/if', curl => ['-A', 'asks']))[0], ['genre'], 'an <If> that holds does');
is_deeply((exported('with.example', '/env/two'))[0], [qw(genre link)], 'names alone replace the outer list');
is_deeply((exported('with.example', '/env/more'))[0], [sort @std, 'sig'], '+NAME adds to it');
is_deeply((exported('with.example', '/env/less'))[0], [grep { !/^(?:tos|genre)$/ } @std], '-NAME takes from it');
is_deeply((exported('with.example', '/env/none'))[0], [], 'the group none exports nothing');
is_deeply((exported('with.example', '/env/prefix', prefix => 'os_'))[0], \@std, 'another prefix');
is_deeply((exported('with.example', '/env/prefix'))[0], [], '... instead of the usual one');

($names, $got, $env) = exported('with.example', '/env', curl => ['-H', 'pof_genre: BeOS', '-H', 'Pof-Genre: BeOS']);
is($env->{pof_genre}, 'Linux', 'a client\'s own header does not reach the variable');

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
done_testing;
