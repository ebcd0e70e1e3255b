# SPDX-License-Identifier: Apache-2.0
#
# Clients whose SYNs are other systems' hold whole conversations with the server; log and CGI name
# the system.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;
use Synmask;

my $why = Synmask::missing() || Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my $wire = Synmask->new;
my $httpd = Httpd->new(netns => $wire->server, config => "P0fEngine On\nP0fExport all\n");
ok($httpd->start, 'the server starts') or diag $httpd->console;

my %named = (
    'Windows 10' => ['Windows', qr/10 or 11/],
    'Windows 7'  => ['Windows', qr/^7, 8/],
    'macOS'      => ['Apple', qr/macOS 10\.14\+/],
    'iOS'        => ['Apple', qr/^iOS 12 or newer/],
    'FreeBSD'    => ['FreeBSD', qr/9\.x or newer/],
    'Android'    => ['Linux', qr/^Android 5 or newer/],
);
for my $system (Synmask::systems()) {
    my ($genre, $details) = @{ $named{$system} };
    for my $to (Netns::SERVER4, Netns::SERVER6) {
        $wire->mask(Synmask::system($system));
        my $got = $httpd->request(from => $wire->client, to => $to);
        is($got->{status}, 200, "$system to $to: served");
        is($got->{log}{genre}, $genre, "$system to $to: genre") or diag $got->{log}{sig};
        like($got->{log}{details}, $details, "$system to $to: details") or diag $got->{log}{sig};
        is($got->{log}{distance}, 0, "$system to $to: distance");
        is($got->{log}{link}, 'Ethernet or modem', "$system to $to: link");
        is($got->{log}{type}, 0, "$system to $to: the type says found");
        is_deeply([map { $got->{env}{"pof_$_"} } qw(genre details sig)], [@{ $got->{log} }{qw(genre details sig)}],
                  "$system to $to: a CGI program is told the same");
    }
}

$wire->mask(Synmask::system('Windows 10') =~ s/ttl=128/ttl=117/r);
is($httpd->request(from => $wire->client)->{log}{distance}, 11, 'a Windows eleven hops away');

$wire->mask('ttl=200 win=4711 opt=M1460,N,N,?250:00,N,W3 df=0 id=+');
my $got = $httpd->request(from => $wire->client);
is($got->{status}, 200, 'a system that nobody knows is served');
is($got->{log}{type}, 0, '... its type says that its SYN was found');
is($got->{log}{genre}, '', '... without a genre');
like($got->{log}{sig}, qr/^4:200\+\?:0:1460:4711,3:mss,nop,nop,\?250,nop,ws/, '... with its signature');

# Two systems behind one address: the connection's own answer counts.
for my $system ('Windows 10', 'FreeBSD', 'Windows 10') {
    $wire->mask(Synmask::system($system));
    is($httpd->request(from => $wire->client)->{log}{genre}, $named{$system}[0], "after another system at the address: $system");
}

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');

# SYNs that are alike but for what is 0 in one of them, to one process, which remembers each kind that it has read.
$httpd = Httpd->new(netns => $wire->server, config => <<'EOC');
P0fEngine On
P0fExport all
P0fCapture Off
StartServers 1
ServerLimit 1
EOC
ok($httpd->start, 'one process: the server starts') or diag $httpd->console;
my $alike = 'ttl=64 win=65535 df=1 opt=M*,S,T,N,W8';
my @kinds = (
    ['a timestamp', "$alike id=+", Netns::SERVER4, 'df,id+'],
    ['... that is 0', "$alike id=+" =~ s/T,/T0,/r, Netns::SERVER4, 'df,id+,ts1-'],
    ['an ID', "$alike id=+", Netns::SERVER4, 'df,id+'],
    ['... that is 0', "$alike id=0", Netns::SERVER4, 'df'],
    ['a flow label', "$alike flow=1", Netns::SERVER6, 'flow'],
    ['... that is 0', "$alike flow=0", Netns::SERVER6, ''],
);
for my $round (1 .. 3) {
    for (@kinds) {
        my ($name, $mask, $to, $quirks) = @$_;
        $wire->mask($mask);
        my ($has) = $httpd->request(from => $wire->client, to => $to)->{log}{sig} =~ /:mss,sok,ts,nop,ws:(.*):0$/;
        is($has, $quirks, "$name, round $round: its signature");
    }
}
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
$wire->stop;
done_testing;
