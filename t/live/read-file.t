# SPDX-License-Identifier: Apache-2.0
#
# A capture file instead of an interface: what it holds is the history of the hosts in it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use POSIX qw(mkfifo);
use Test::More;
use Frame;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\nP0fSavedSyn Off\nP0fReadFile \@DIR\@/seen.pcap\n";

# A capture file of Ethernet frames; each with a second of its own, years ago.
sub capture_file {
    my @frames = @_;
    my $time = 1_000_000_000;
    return pack('LSSlLLL', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
        . join '', map { pack('LLLL', $time++, 0, (length) x 2) . $_ } @frames;
}

my %windows = (options => 'M1452,N,W8,N,N,S', win => 64240, ttl => 121, dport => 8080, sport => 1024);
my $file = capture_file(
    Frame::build(%windows, src => Netns::CLIENT4, dst => Netns::SERVER4),
    Frame::build(%windows, src => Netns::CLIENT6, dst => Netns::SERVER6, options => 'M1432,N,W8,N,N,S'),
);

my $httpd = Httpd->new(netns => $server, config => $config);
$httpd->write('seen.pcap', $file);
ok($httpd->start, 'the server starts') or diag $httpd->console;
for my $to (Netns::SERVER4, Netns::SERVER6) {
    my $got = $httpd->request(from => $client, to => $to);
    is($got->{log}{genre}, 'Windows', "$to: the host's system as the file has it");
    is($got->{log}{source}, 'host', "$to: the source says that it is the host's");
    is($got->{log}{distance}, 7, "$to: distance");
    is($got->{log}{link}, 'DSL', "$to: link");
    is($got->{log}{total_conn}, 1, "$to: one connection");
}
cmp_ok($httpd->request(from => $client)->{log}{first_seen}, '>', 1_700_000_000, 'the file counts as received now');
is($httpd->request->{log}{err}, 'miss', 'a host that is not in the file is missed');
ok($httpd->graceful, 'it restarts gracefully');
is($httpd->request(from => $client)->{log}{genre}, 'Windows', 'and knows the same after a graceful restart');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');

# The saved SYN says more about this connection than the file does.
$httpd = Httpd->new(netns => $server, config => $config =~ s/SavedSyn Off/SavedSyn On/r);
$httpd->write('seen.pcap', $file);
$httpd->start;
is($httpd->request(from => $client)->{log}{genre}, 'Linux', 'the connection\'s own answer comes before the host\'s');
is($httpd->faults, '', 'no crash');
ok($httpd->stop, 'the server stops');

for (['that ends in the middle', substr $file, 0, -20], ['of nothing', ''], ['of other bytes', 'x' x 200]) {
    my ($name, $bytes) = @$_;
    $httpd = Httpd->new(netns => $server, config => $config);
    $httpd->write('seen.pcap', $bytes);
    ok($httpd->start, "a file $name: the server starts") or diag $httpd->console;
    is($httpd->request(from => $client)->{status}, 200, "a file $name: served");
    is($httpd->faults, '', "a file $name: no crash");
    ok($httpd->stop, "a file $name: the server stops");
}

# What isn't a file is not waited for.
$httpd = Httpd->new(netns => $server, config => $config);
mkfifo($httpd->dir . '/seen.pcap', 0644) or die "mkfifo: $!";
for (['a pipe', 'seen.pcap'], ['a device', '/dev/zero']) {
    my ($name, $file) = @$_;
    $httpd->configure("P0fEngine On\nP0fReadFile $file\n");
    ok($httpd->start, "$name: the server starts") or diag $httpd->console;
    like($httpd->error_log, qr/capture file \S*$file: not a regular file/, "$name: ... and says what is wrong");
    is($httpd->request(from => $client)->{status}, 200, "$name: ... and serves");
    ok($httpd->stop, "$name: the server stops");
    $httpd->configure("P0fEngine On\nP0fRequired On\nP0fReadFile $file\n");
    ok(!$httpd->start, "$name: with P0fRequired On it does not start");
}
done_testing;
