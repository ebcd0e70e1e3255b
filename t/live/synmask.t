# SPDX-License-Identifier: Apache-2.0
#
# The relay t/tools/synmask: the server's side sees another system's SYN, and the two kernels hold
# a whole conversation all the same.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Digest::SHA qw(sha1_hex);
use Test::More;
use Frame;
use Synmask;

plan skip_all => Synmask::missing() if Synmask::missing();

use constant SIZE => 1 << 20;

# One program at both ends: the client uploads SIZE bytes and half-closes, the server answers with
# the digest of what came and SIZE bytes of its own.
my $program = <<'EOP';
use strict; use warnings; use IO::Socket::IP; use Digest::SHA 'sha1_hex';
my ($role, $host, $slow) = @ARGV;
my ($up, $down) = map { my $x = $_; pack 'N*', map { $_ * $x } 1 .. 1 << 18 } 3, 7;
sub all { my ($s) = @_; my $all = ''; while (sysread $s, my $part, 65536) { $all .= $part; select undef, undef, undef, $slow if $slow } $all }
sub put { my ($s, $data) = @_; while (length $data) { my $n = syswrite($s, $data) or die "write: $!"; substr $data, 0, $n, '' } }
alarm($role eq 'server' ? 600 : 60);
if ($role eq 'server') {
    my $l = IO::Socket::IP->new(LocalHost => '::', LocalPort => 8080, Listen => 8, V6Only => 0, ReuseAddr => 1) or die "listen: $@";
    $| = 1; print "ready\n";
    while (my $s = $l->accept) { put($s, sha1_hex(all($s)) . $down); close $s }
} else {
    my $s = IO::Socket::IP->new(PeerHost => $host, PeerPort => 8080, Timeout => 5) or die "connect: $@";
    put($s, $up); shutdown $s, 1;
    my $got = all($s);
    print join(' ', substr($got, 0, 40) eq sha1_hex($up) ? 'uploaded' : 'upload-wrong', substr($got, 40) eq $down ? 'downloaded' : 'download-wrong'), "\n";
}
EOP

my $wire = Synmask->new;
my $server = open my $listening, '-|', $wire->server->command($^X, '-e', $program, 'server') or die $!;
readline $listening;

# Runs one conversation under a mask; returns the SYN on the server's side and what became of the data.
sub converse {
    my ($mask, $host, %o) = @_;
    $wire->mask($mask);
    my $watch = Frame::watch($wire->server, 'tap0');
    my $result = $wire->client->output($^X, '-e', $program, 'client', $host, $o{slow} || 0);
    my ($syn) = grep { $_->{flags} =~ /S/ && $_->{flags} !~ /A/ } Frame::watched($watch);
    chomp $result;
    return ($syn, $result);
}

# The fields of a mask as Frame::parse names them.
sub expected {
    my ($mask, $v6) = @_;
    my %f = map { split /=/, $_, 2 } split ' ', $mask;
    my $mss = $v6 ? 1440 : 1460;
    my %e = (ttl => $f{ttl}, win => $f{win}, options => $f{opt} =~ s/M\*/M$mss/r);
    @e{qw(df id)} = ($f{df}, $f{id} eq '+' ? 'not 0' : 0) if !$v6;
    $e{ecn} = $f{ecn} || 0;
    return \%e;
}

sub seen {
    my ($syn, $v6) = @_;
    my %s = map { $_ => $syn->{$_} } qw(ttl win options);
    @s{qw(df id)} = ($syn->{df}, $syn->{id} ? 'not 0' : 0) if !$v6;
    $s{ecn} = $syn->{flags} =~ /EC/ ? 1 : 0;
    return \%s;
}

for my $host (Netns::SERVER4, Netns::SERVER6) {
    my $v6 = $host =~ /:/ ? 1 : 0;
    for my $name (Synmask::systems()) {
        my $mask = Synmask::system($name);
        my ($syn, $result) = converse($mask, $host);
        is_deeply(seen($syn, $v6), expected($mask, $v6), "$name to $host: the server's side sees its SYN");
        ok($syn->{ip_ok} && $syn->{tcp_ok}, "$name to $host: its checksums are right");
        is($result, 'uploaded downloaded', "$name to $host: a megabyte each way is intact");
    }
}

my ($own) = converse('', Netns::SERVER4);
like($own->{options}, qr/^M1460,S,T,N,W\d+$/, 'an empty mask passes the client\'s own SYN');

my ($flow) = converse('flow=0x12345 tos=0x20', Netns::SERVER6);
is($flow->{flow}, 0x12345, 'the IPv6 flow label is set');
is($flow->{tos}, 0x20, 'the traffic class is set');

# What the kernels didn't agree on is mended: each pair of masks differs from the client's own offer.
my @mended = (
    ['no options at all', 'opt=.'],
    ['no window scale', 'opt=M*,S,T'],
    ['window scale 0', 'opt=M*,N,W0'],
    ['window scale 14', 'opt=M*,N,W14,S,T'],
    ['a time stamp of 0', 'opt=M*,S,T0,N,W7'],
    ['an unknown option', 'opt=M*,?76:0102,N,W5'],
    ['a small MSS', 'opt=M536,N,W8,N,N,S'],
);
for (@mended) {
    my ($name, $mask) = @$_;
    my ($syn, $result) = converse($mask, Netns::SERVER4);
    is($result, 'uploaded downloaded', "$name: a megabyte each way is intact");
}
is((converse('opt=M*,N,W12,S,T', Netns::SERVER4, slow => 0.005))[1], 'uploaded downloaded',
   'a reader that closes its window again and again gets everything');

for (['net.ipv4.tcp_window_scaling', 'window scale'], ['net.ipv4.tcp_timestamps', 'time stamps'],
     ['net.ipv4.tcp_sack', 'SACK']) {
    my ($key, $name) = @$_;
    $wire->client->sysctl($key, 0);
    my ($syn, $result) = converse('opt=M*,S,T,N,W7 ecn=1', Netns::SERVER4);
    is($syn->{options} =~ s/T0/T/r, 'M1460,S,T,N,W7', "$name added to the SYN of a client without: the server sees it");
    is($result, 'uploaded downloaded', "$name added: a megabyte each way is intact");
    $wire->client->sysctl($key, 1);
}

for (['a priority tag', 'tag=8100:0000'], ['a priority tag with a priority', 'tag=8100:e000'],
     ['QinQ priority tags', 'tag=88a8:0000 tag=8100:0000']) {
    my ($name, $mask) = @$_;
    is((converse($mask, Netns::SERVER4))[1], 'uploaded downloaded', "$name on every frame: a megabyte each way is intact");
    is((converse($mask, Netns::SERVER6))[1], 'uploaded downloaded', "$name over IPv6: a megabyte each way is intact");
}

ok(!eval { $wire->mask('ttl=300'); 1 }, 'a value out of range is refused');
like($@, qr/cannot understand the field ttl/, 'the refusal names the field');
ok(!eval { $wire->mask('opt=M1460,X'); 1 }, 'an unknown option letter is refused');

my $watch = Frame::watch($wire->server, 'tap0');
Frame::send_through($wire->client, 'tap0',
    Frame::build(src => Netns::CLIENT4, dst => Netns::SERVER4, dport => 9, options => 'M1200,N,W3', ttl => 33));
my ($sent) = grep { $_->{dport} == 9 } Frame::watched($watch);
is_deeply([@$sent{qw(options ttl tcp_ok)}], ['M1200,N,W3', 33, 1], 'a frame built by hand arrives as described');

$watch = Frame::watch($wire->server, 'tap0');
is($wire->client->run($^X, "$FindBin::RealBin/../tools/sendframe", 'tap0', 'src=2001:db8::1', 'dst=2001:db8::2',
    'dport=9', 'flags=SEC', 'flow=7', 'options=M1300,S,T0', 'payload=4142'), 0, 'sendframe sends a frame by its fields');
($sent) = grep { $_->{dport} == 9 } Frame::watched($watch);
is_deeply([@$sent{qw(flags flow options payload tcp_ok)}], ['SEC', 7, 'M1300,S,T0', 'AB', 1], '... as described');

kill TERM => $server;
close $listening;
$wire->stop;
done_testing;
