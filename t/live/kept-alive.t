# SPDX-License-Identifier: Apache-2.0
#
# Whatever came before on its connection, a request gets the variables that it would get on a fresh one:
# of its own virtual host, section, headers and subject. Random requests in random order; KEPT_SEED draws
# others.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::IP;
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;

my $seed = $ENV{KEPT_SEED} || int rand 1e6;
srand $seed;
my %hosts = (
    plain => '',
    all => "P0fExport all\nP0fEnvPrefix z_\n",
    off => "P0fEngine Off\n",
    few => "P0fExport genre ua_os http_name os_mismatch\n",
    client => "P0fExport all\nP0fSubject client\n",
    forwarded => "P0fSubject client\n",
    ext => "P0fExport ext\n<Location /env/x>\nP0fExport +genre -sig\n</Location>\n"
        . "<If \"%{HTTP_USER_AGENT} =~ /Windows/\">\nP0fEnvPrefix w_\n</If>\n",
    mismatch => "P0fExport all\n<If \"reqenv('pof_os_mismatch') == '1'\">\nP0fEngine Off\n</If>\n",
);
my @agents = ('curl/8.5.0', 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', '',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36');

# What may differ: times, counts, what the last request has left behind; and what the kernel varies from SYN to
# SYN, such as an echoed timestamp where it takes the port of a connection that has just ended.
my %moves = map { $_ => 1 } qw(age host_age first_seen last_seen last_chg last_nat total_conn source bad_sw
    sig details host_details params quality);

my ($httpd, @seen);

# The fresh ones come from another address: each changes what is known of its own, and what is kept ends with that.
sub connection {
    my ($from) = @_;
    return IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $httpd->port, LocalHost => $from) || die $@;
}

# The variables that a request on the connection gets, by name.
sub asked {
    my ($connection, $host, $agent, $forwarded, $path) = @_;
    print $connection "GET $path HTTP/1.1\r\nHost: $host.test\r\n", $agent ? "User-Agent: $agent\r\n" : '',
        $forwarded ? "X-Forwarded-For: $forwarded\r\n" : '', "\r\n";
    my ($body, $chunk, $length) = '';
    while (defined(my $line = <$connection>)) {
        last if $line eq "\r\n";
        $length = $1 if $line =~ /^Content-Length: (\d+)/i;
    }
    read $connection, $body, $length if $length;
    while (!$length) {
        my ($size) = (<$connection> // '') =~ /^([0-9a-f]+)\r/i or die 'neither length nor chunk';
        read $connection, $chunk, hex $size;
        $body .= $chunk;
        <$connection>;
        last if hex $size == 0;
    }
    return { map { /^((?:pof|z|w)_\w+)=(.*)/s ? ($1 => $2) : () } split /\0/, $body };
}

# What two answers don't agree about.
sub differ {
    my ($kept, $fresh) = @_;
    my %names = (%$kept, %$fresh);
    return map { "$_: " . ($kept->{$_} // 'missing') . ', fresh ' . ($fresh->{$_} // 'missing') }
        grep { !exists $kept->{$_} || !exists $fresh->{$_} || !$moves{s/^[a-z]+_//r} && $kept->{$_} ne $fresh->{$_} }
        sort keys %names;
}

sub one_connection {
    my $connection = connection('127.0.0.1');
    my (@request, @wrong);
    for my $number (1 .. 4 + int rand 9) {
        @request = (rand() < 0.4 ? 'plain' : (sort keys %hosts)[rand keys %hosts], $agents[rand @agents],
                    rand() < 0.3 ? '198.51.100.9' : '', rand() < 0.3 ? '/env/x' : '/env') if $number == 1 || rand() < 0.5;
        my $kept = asked($connection, @request);
        push @wrong, map { "request $number (@request): $_" } differ($kept, asked(connection('127.0.0.2'), @request));
        push @seen, scalar keys %$kept;
    }
    return @wrong;
}

for (['event', "P0fCapture Off\n", 'the saved SYN'], ['prefork', '', 'both sources']) {
    my ($mpm, $sources, $name) = @$_;
    $httpd = Httpd->new(mpm => $mpm, modules => ['remoteip'], config => "P0fEngine On\n${sources}MaxKeepAliveRequests 0\n"
        . "RemoteIPHeader X-Forwarded-For\n"
        . join '', map { "<VirtualHost *>\nServerName $_.test\n$hosts{$_}</VirtualHost>\n" } sort keys %hosts);
    ok($httpd->start, "$mpm, $name: starts") or diag $httpd->console;
    $httpd->settled(interface => $_) for '127.0.0.1', '127.0.0.2';
    @seen = ();
    my @wrong = map { one_connection() } 1 .. 15;
    is(join("\n", @wrong), '', 'each request gets what it would get on a fresh connection') or diag "KEPT_SEED=$seed";
    ok((grep { $_ > 0 } @seen) > 20, 'most get variables');
    is($httpd->faults, '', 'no crash, same parent');
    $httpd->stop;
}
done_testing;
