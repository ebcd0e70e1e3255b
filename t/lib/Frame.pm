# SPDX-License-Identifier: Apache-2.0
#
# Ethernet frames with TCP in them: built from and parsed into named fields, sent and watched
# through AF_PACKET sockets in a network namespace. For tests, so nothing here is checked twice.
#
# Fields: src dst (addresses), sport dport seq ack win urgent, flags (letters of FSRPAUEC), ttl id
# df tos flow, options (p0f 2's notation; T has the time stamp in tsval), tags ([TPID, TCI] each),
# payload, smac dmac.
package Frame;

use strict;
use warnings;
use Carp;
use Socket qw(AF_INET AF_INET6 SOCK_RAW inet_pton inet_ntop);

use constant { AF_PACKET => 17, ETH_P_ALL => 3, ETHER_LEN => 14 };

my @flags = split //, 'FSRPAUEC';

sub _sum {
    my $sum = 0;
    for my $part (@_) {
        $sum += $_ for unpack 'n*', length($part) % 2 ? "$part\0" : $part;
    }
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    return ~$sum & 0xffff;
}

# 'M1460,N,W8,T' to bytes, padded with zero bytes.
sub options_pack {
    my ($notation, $tsval, $tsecr) = @_;
    my $bytes = '';
    for (grep { $_ ne '.' } split /,/, $notation) {
        $bytes .= /^M(\d+)$/ ? pack('CCn', 2, 4, $1)
            : /^W(\d+)$/ ? pack('CCC', 3, 3, $1)
            : $_ eq 'S' ? pack('CC', 4, 2)
            : /^T(0?)$/ ? pack('CCNN', 8, 10, $1 eq '0' ? 0 : $tsval // 1, $tsecr // 0)
            : $_ eq 'N' ? "\1"
            : $_ eq 'E' ? "\0"
            : /^\?(\d+)(?::([0-9a-f]*))?$/ ? pack('CCH*', $1, 2 + length($2 // '') / 2, $2 // '')
            : croak "unknown option $_";
    }
    return $bytes . "\0" x (-length($bytes) % 4);
}

# Bytes to notation and the time stamp's TSval.
sub options_unpack {
    my ($bytes) = @_;
    my (@names, $tsval);
    while (length $bytes) {
        my ($kind, $len) = unpack 'CC', "$bytes\0";
        $len = 1 if $kind < 2;
        last if $kind > 1 && $len < 2;
        my $data = substr $bytes, 0, $len, '';
        $tsval = unpack 'x2N', $data if $kind == 8;
        push @names, $kind == 0 ? 'E' : $kind == 1 ? 'N' : $kind == 4 ? 'S'
            : $kind == 8 ? ($tsval ? 'T' : 'T0')
            : $kind == 2 ? 'M' . unpack('x2n', $data)
            : $kind == 3 ? 'W' . unpack('x2C', $data) : "?$kind";
    }
    return (join(',', @names) || '.', $tsval);
}

# A frame from fields; without more than addresses and ports, a Linux-like SYN.
sub build {
    my %f = (flags => 'S', seq => 0x1000, ack => 0, win => 64240, urgent => 0, ttl => 64, id => 1,
             df => 1, tos => 0, flow => 0, options => 'M1460,S,T,N,W7', payload => '', tags => [],
             sport => 40000, dport => 80, smac => '020000000001', dmac => 'ffffffffffff', @_);
    my $options = options_pack($f{options}, $f{tsval});
    my $bits = 0;
    for my $i (0 .. $#flags) {
        $bits |= 1 << $i if index($f{flags}, $flags[$i]) >= 0;
    }
    my $v6 = $f{src} =~ /:/;
    my ($src, $dst) = map { inet_pton($v6 ? AF_INET6 : AF_INET, $_) } @f{qw(src dst)};
    my $tcp = pack('nnNNCCnnn', @f{qw(sport dport seq ack)}, (20 + length $options) / 4 << 4, $bits,
                   $f{win}, 0, $f{urgent}) . $options . $f{payload};
    my $pseudo = $src . $dst . pack('NN', length $tcp, 6);
    substr($tcp, 16, 2) = pack 'n', _sum($pseudo, $tcp);

    my $ip;
    if ($v6) {
        $ip = pack('NnCC', 6 << 28 | $f{tos} << 20 | $f{flow}, length $tcp, 6, $f{ttl}) . $src . $dst;
    } else {
        $ip = pack('CCnnnCCn', 0x45, $f{tos}, 20 + length $tcp, $f{id}, $f{df} ? 0x4000 : 0,
                   $f{ttl}, 6, 0) . $src . $dst;
        substr($ip, 10, 2) = pack 'n', _sum($ip);
    }
    my $tags = join '', map { pack 'nn', @$_ } @{ $f{tags} };
    return pack('H12H12', @f{qw(dmac smac)}) . $tags . pack('n', $v6 ? 0x86dd : 0x0800) . $ip . $tcp;
}

# Fields of a frame with an unfragmented TCP segment, undef for any other. tcp_ok, ip_ok: the
# checksums are right.
sub parse {
    my ($frame) = @_;
    my (%f, $src, $dst, $tcp);
    my $at = 12;
    while (length $frame >= $at + 4 && unpack("x${at}n", $frame) =~ /^(?:33024|34984)$/) {
        push @{ $f{tags} }, [unpack "x${at}nn", $frame];
        $at += 4;
    }
    my $type = unpack "x${at}n", $frame;
    my $ip = substr $frame, $at + 2;
    if ($type == 0x0800) {
        my ($vhl, $tos, $len, $id, $frag, $ttl, $protocol) = unpack 'CCnnnCC', $ip;
        my $hlen = ($vhl & 15) * 4;
        return if $protocol != 6 || $frag & 0x3fff;
        @f{qw(tos id df ttl)} = ($tos, $id, $frag >> 14 & 1, $ttl);
        $f{ip_ok} = _sum(substr $ip, 0, $hlen) == 0;
        ($src, $dst) = (substr($ip, 12, 4), substr($ip, 16, 4));
        $tcp = substr $ip, $hlen, $len - $hlen;
    } elsif ($type == 0x86dd) {
        my ($word, $len, $next, $ttl) = unpack 'NnCC', $ip;
        return if $next != 6;
        @f{qw(tos flow ttl ip_ok)} = ($word >> 20 & 255, $word & 0xfffff, $ttl, 1);
        ($src, $dst) = (substr($ip, 8, 16), substr($ip, 24, 16));
        $tcp = substr $ip, 40, $len;
    } else {
        return;
    }
    my $bits;
    (@f{qw(sport dport seq ack)}, my $off, $bits, @f{qw(win urgent)}) = unpack 'nnNNCCnx2n', $tcp;
    $off = ($off >> 4) * 4;
    $f{flags} = join '', map { $bits >> $_ & 1 ? $flags[$_] : () } 0 .. 7;
    @f{qw(src dst)} = map { inet_ntop(length == 16 ? AF_INET6 : AF_INET, $_) } $src, $dst;
    @f{qw(options tsval)} = options_unpack(substr $tcp, 20, $off - 20);
    $f{payload} = substr $tcp, $off;
    $f{tcp_ok} = _sum($src . $dst . pack('NN', length $tcp, 6), $tcp) == 0;
    return \%f;
}

# An AF_PACKET socket on an interface of the current network namespace.
sub socket_on {
    my ($if) = @_;
    open my $file, '<', "/sys/class/net/$if/ifindex" or croak "no interface $if";
    chomp(my $index = <$file>);
    socket my $socket, AF_PACKET, SOCK_RAW, unpack('S', pack 'n', ETH_P_ALL)
        or croak "cannot open a packet socket: $!";
    bind $socket, pack('SnlSCCa8', AF_PACKET, ETH_P_ALL, $index, 0, 0, 0, '')
        or croak "cannot bind to $if: $!";
    return $socket;
}

# Sends frames through an interface of a namespace.
sub send_through {
    my ($ns, $if, @frames) = @_;
    my ($tool) = __FILE__ =~ m{^(.*)/} ? "$1/../tools/sendframe" : croak 'no path';
    open my $to, '|-', $ns->command($^X, $tool, $if) or croak "cannot run $tool: $!";
    print $to unpack('H*', $_), "\n" for @frames;
    close $to or croak 'sendframe failed';
}

# Starts watching an interface of a namespace; the return value is for watched().
sub watch {
    my ($ns, $if) = @_;
    my ($lib) = __FILE__ =~ m{^(.*)/};
    my $pid = open my $out, '-|', $ns->command($^X, "-I$lib", '-MFrame', '-e', 'Frame::dump_frames(@ARGV)', $if)
        or croak "cannot watch $if: $!";
    readline $out; # it listens now
    return { pid => $pid, out => $out };
}

# Ends the watch: the parsed TCP segments that went through the interface.
sub watched {
    my ($watch) = @_;
    select undef, undef, undef, 0.05;
    kill TERM => $watch->{pid};
    my @lines = readline $watch->{out};
    close $watch->{out};
    return grep { $_ } map { chomp; parse(pack 'H*', $_) } @lines;
}

# The watching process: frames as hex lines until SIGTERM.
sub dump_frames {
    my ($if) = @_;
    my $socket = socket_on($if);
    my $ended = 0;
    $SIG{TERM} = sub { $ended = 1 };
    $| = 1;
    print "ready\n";
    until ($ended) {
        my $ready = '';
        vec($ready, fileno $socket, 1) = 1;
        next if select($ready, undef, undef, 0.2) <= 0;
        defined recv($socket, my $frame, 65536, 0) or next;
        print unpack('H*', $frame), "\n";
    }
}

1;
