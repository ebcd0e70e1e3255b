# SPDX-License-Identifier: Apache-2.0
#
# Clients of the first moment: httpd listens before it reads its configuration for the second time, and
# serves who came meanwhile once it is up. They have an answer like everybody else.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

use constant HOSTS => 3000;   # they take a tenth of a second and more to read

# Connects as soon as the port is listened on and the module may have said what it needs, and a few times
# more.
my $client = <<'EOP';
use IO::Socket::IP;
use Time::HiRes qw(sleep time);
my $end = time + 20;
$| = 1;
print "ready\n";
my $listens = sub { local (@ARGV, $/) = glob '/proc/net/tcp*'; return grep { /:1F90 0+:0000 0A/ } <> };
sleep 0.0005 while !$listens->() && time < $end;
my @sockets = map { sleep $_; IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => 8080) || die $@ } $ARGV[1], (0.003) x 4;
print "connected\n" if !-e $ARGV[0];
syswrite $_, "GET /index.html?first HTTP/1.0\r\n\r\n" for @sockets;
local $/;
print scalar(readline $_) =~ /home\n\z/ ? "served\n" : "failed\n" for @sockets;
EOP

my $server = Netns->new('server');
for my $mpm (Httpd::mpms()) {
    my $hosts = join '', map { "<VirtualHost *>\nServerName h$_.example\n<Directory /x$_>\nRequire all granted\n</Directory>\n</VirtualHost>\n" } 1 .. HOSTS;
    my ($httpd, @said);
    for (1 .. 5) {             # on a busy machine the server may be up before the client gets to connect
        $httpd = Httpd->new(netns => $server, mpm => $mpm, config => "P0fEngine On\nP0fExport all\nP0fSavedSyn On\nP0fWait 0\n$hosts");
        open my $out, '-|', $server->command($^X, '-e', $client, $httpd->dir . '/run/httpd.pid', Httpd::sanitized() ? 0.05 : 0.003) or die $!;
        scalar <$out>;
        $httpd->start or diag $httpd->console;
        @said = <$out>;
        close $out;
        last if $said[0] eq "connected\n";
        $httpd->faults;
        $httpd->stop;
    }
    is_deeply(\@said, ["connected\n", ("served\n") x 5], "$mpm: clients that come before it is up are served");
    my @lines = $httpd->_wait(sub { my @all = grep { /\?first\t/ } split /\n/, $httpd->read('logs/access_log'); @all == 5 ? \@all : undef });
    is(scalar(grep { /\tLinux\t/ } @{ $lines[0] || [] }), 5, "$mpm: ... each with its answer") or diag explain \@lines;
    is($httpd->faults, '', "$mpm: no crash, same parent");
    ok($httpd->stop, "$mpm: the server stops");
}
done_testing;
