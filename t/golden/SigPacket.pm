# SPDX-License-Identifier: Apache-2.0
#
# SigPacket - the packet that a p0f 3 signature text describes, and captures made of them.
#
# A signature here is what a line of the log shows, with the TTL as it stands in the packet:
# "4:57:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+:0". The window may be written mss*N or mtu*N.
package SigPacket;
use strict;
use warnings;
use Exporter 'import';
use Socket qw(AF_INET6 inet_aton inet_pton);
our @EXPORT_OK = qw(packet_of segment write_pcap);

# Lengths of options that p0f has no word for; others are as long as fills up the word.
my %LENGTH = (19 => 18, 30 => 4, 34 => 2, 254 => 4);

# The frame (Ethernet) of SIG. OPT: src, dst, sport, dport, seq, ack, synack (1: SYN+ACK), ae (the bit
# of Accurate ECN in the TCP header), ect (the ECN bits of the IP header).
sub packet_of {
    my ($sig, %opt) = @_;
    my ($ver, $ttl, $olen, $mss, $win, $layout, $quirks, $class) = split /:/, $sig, -1;
    die "SigPacket: '$sig' has not eight fields\n" if !defined $class;
    my ($window, $scale) = split /,/, $win;
    my %quirk = map { $_ => 1 } split /,/, $quirks;
    my $header = $ver == 6 ? 40 : 20;
    $window = $1 * $mss if $window =~ /^mss\*(\d+)$/;
    $window = $1 * ($mss + 20 + $header) if $window =~ /^mtu\*(\d+)$/;
    die "SigPacket: '$sig': window above 65535\n" if $window > 65535;
    my %field = (%opt, ttl => $ttl, window => $window, quirk => \%quirk, olen => $olen, ver => $ver);
    $field{options} = options_of($sig, $layout, $mss, $scale, \%quirk, $opt{synack});
    $field{data} = $class eq '+' ? 'data' : '';
    $field{flags} = 0x02 | ($opt{synack} ? 0x10 : 0);
    $field{ack} = $opt{synack} && !$quirk{'ack-'} ? ($opt{ack} // 1) : 0;
    return segment(%field);
}

sub options_of {
    my ($sig, $layout, $mss, $scale, $quirk, $synack) = @_;
    my ($out, $stretch) = ('', undef);
    for my $word (split /,/, $layout) {
        if    ($word eq 'mss') { $out .= pack 'CCn', 2, 4, $mss }
        elsif ($word eq 'nop') { $out .= chr 1 }
        elsif ($word eq 'ws')  { $out .= pack 'CCC', 3, 3, $scale }
        elsif ($word eq 'sok') { $out .= pack 'CC', 4, 2 }
        elsif ($word eq 'ts')  {
            $out .= pack 'CCNN', 8, 10, $quirk->{'ts1-'} ? 0 : 123456, $synack || $quirk->{'ts2+'} ? 99 : 0;
        }
        elsif ($word =~ /^eol\+(\d+)$/) { $out .= "\0" x (1 + $1) }
        elsif ($word =~ /^\?(\d+)$/) {
            my $length = $LENGTH{$1} // 2 + (2 - length $out) % 4;
            $out .= pack('CC', $1, $length) . "\x10" x ($length - 2);
        }
        else { die "SigPacket: '$sig': option '$word'\n" }
    }
    die "SigPacket: '$sig': options take " . length($out) . " bytes\n"
        if length($out) % 4 || length $out > 40;
    return $out;
}

# The frame of one TCP segment. OPT as above and: flags, window, ttl, options, data, olen,
# ver, quirk (a set of p0f's words).
sub segment {
    my %o = (seq => 1000, ack => 0, quirk => {}, olen => 0, options => '', data => '', ttl => 64,
             window => 65535, ver => 4, @_);
    my $q = $o{quirk};
    my $flags = $o{flags} | ($q->{ecn} ? 0xc0 : 0) | ($q->{'urgf+'} ? 0x20 : 0)
        | ($q->{'pushf+'} ? 0x08 : 0);
    my $tcp = pack('nnNNCCnnn', $o{sport}, $o{dport}, $q->{'seq-'} ? 0 : $o{seq},
        $q->{'ack+'} ? 0x01000000 : $o{ack}, (5 + length($o{options}) / 4) << 4 | ($o{ae} ? 1 : 0), $flags,
        $o{window}, 0, $q->{'uptr+'} ? 1 : 0) . $o{options} . $o{data};
    my $ip = $o{ver} == 6 ? ipv6_header(\%o, length $tcp) : ipv4_header(\%o, length $tcp);
    my $pseudo = $o{ver} == 6
        ? substr($ip, 8, 32) . pack('NN', length $tcp, 6)
        : substr($ip, 12, 8) . pack('nn', 6, length $tcp);
    substr($tcp, 16, 2) = pack 'n', checksum($pseudo . $tcp);
    return pack('H12H12n', '020000000001', '020000000002', $o{ver} == 6 ? 0x86dd : 0x0800)
        . $ip . $tcp;
}

sub ipv4_header {
    my ($o, $length) = @_;
    my $q = $o->{quirk};
    my $id = $q->{'id+'} || (!$q->{df} && !$q->{'id-'}) ? 0x1234 : 0;
    my $ip = pack('CCnnnCCna4a4', 0x45 + $o->{olen} / 4, $o->{ect} || 0, 20 + $o->{olen} + $length, $id,
        ($q->{df} ? 0x4000 : 0) | ($q->{'0+'} ? 0x8000 : 0), $o->{ttl}, 6, 0,
        inet_aton($o->{src}), inet_aton($o->{dst})) . "\1" x $o->{olen};
    substr($ip, 10, 2) = pack 'n', checksum($ip);
    return $ip;
}

sub ipv6_header {
    my ($o, $length) = @_;
    return pack('NnCCa16a16', 0x60000000 | ($o->{ect} || 0) << 20 | ($o->{quirk}{flow} ? 0x54321 : 0), $length, 6, $o->{ttl},
        inet_pton(AF_INET6, $o->{src}), inet_pton(AF_INET6, $o->{dst}));
}

# RFC 1071.
sub checksum {
    my ($bytes) = @_;
    my $sum = 0;
    $sum += $_ for unpack 'n*', length($bytes) % 2 ? "$bytes\0" : $bytes;
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    return ~$sum & 0xffff;
}

# Writes FRAMES, one every 10 ms from 2026-11-21 00:00 UTC on, to PATH.
sub write_pcap {
    my ($path, @frames) = @_;
    open my $out, '>:raw', $path or die "SigPacket: $path: $!\n";
    print {$out} pack 'LSSlLLL', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1;
    my $at = 0;
    for my $frame (@frames) {
        print {$out} pack('LLLL', 1795219200 + int($at / 100), $at % 100 * 10000, (length $frame) x 2),
            $frame;
        $at++;
    }
    close $out or die "SigPacket: $path: $!\n";
}

1;
