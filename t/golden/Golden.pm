# SPDX-License-Identifier: Apache-2.0
#
# Golden - the rows of the golden set and their packets.
#
# A row of http.tsv becomes a conversation of a client with a server; one of both is what it is about.
package Golden;
use strict;
use warnings;
use Exporter 'import';
use FindBin;
use SigPacket qw(packet_of segment write_pcap);
our @EXPORT_OK = qw(systems kinds capture_of linux_rows links messages capture_of_messages observations family_of);

my %CLIENT = (
    4 => ['192.0.2.1', '4:64:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+:0'],
    6 => ['fd99::1', '6:64:0:1440:64800,7:mss,sok,ts,nop,ws:flow:0'],
);

# The rows of systems.tsv: mod (syn, syn+ack), packet, label, family, system, source, address.
sub systems {
    my ($file) = @_;
    my (@rows, %address);
    for (lines($file)) {
        my %row;
        @row{qw(mod packet label family system source)} = split /\t/;
        die "$file: row '$_' lacks a source\n" if !$row{source};
        my $n = @rows + 1;
        $row{version} = substr $row{packet}, 0, 1;
        $row{address} = $row{version} == 6 ? sprintf('fd00::%x', $n)
                                           : sprintf('10.%d.%d.1', $n >> 8, $n & 255);
        push @rows, \%row;
    }
    return @rows;
}

# The rows of kinds.tsv, each several times, with values for what the signature leaves free: mod,
# packet, kind, version, address.
sub kinds {
    my ($file) = @_;
    my (@rows, %seen);
    # What fits a kind and its like ("any") is of the kind; what fits two kinds was never told apart.
    for (sort { ($a =~ / any$/) <=> ($b =~ / any$/) } lines($file)) {
        my ($mod, $sig, $kind) = split /\t/;
        my (undef, $ttl, $olen, $mss, $win, $layout, $quirks) = split /:/, $sig, -1;
        my ($window, $scale) = split /,/, $win;
        $ttl =~ s/-$//;
        # Values that no other signature names.
        for my $free_mss ($mss eq '*' ? (1460, 1400, 1333) : $mss) {
            my $w = $window eq '*' ? 12345 : $window =~ /^%(\d+)/ ? 3 * $1 : $window;
            my $ws = $layout !~ /ws/ ? 0 : $scale eq '*' ? 11 : $scale;
            next if $w =~ /^(mss|mtu)\*(\d+)/ && $2 * ($free_mss + 40) > 65535;
            my $packet = join ':', 4, $ttl - 3, $olen, $free_mss, "$w,$ws", $layout, $quirks, 0;
            next if $seen{"$mod $packet"}++;
            my $n = @rows + 1;
            push @rows, { mod => $mod, kind => $kind, version => 4, packet => $packet,
                address => sprintf('10.%d.%d.1', $n >> 8, $n & 255) };
        }
    }
    return @rows;
}

# SYNs of the stacks that http.tsv names.
my %STACK = (
    Windows   => '4:118:0:1460:64240,8:mss,nop,ws,nop,nop,sok:df,id+:0',
    Xbox      => '4:118:0:1460:65518,8:mss,nop,ws,nop,nop,sok:df,id+:0',
    Apple     => '4:54:0:1460:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0',
    iPhone    => '4:50:0:1386:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0',
    'old Mac' => '4:54:0:1460:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0',
    Linux     => '4:54:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+:0',
    Android   => '4:50:0:1400:65535,9:mss,sok,ts,nop,ws:df,id+:0',
    'Android, small buffers' => '4:50:0:1400:64400,8:mss,sok,ts,nop,ws:df,id+:0',
    FreeBSD   => '4:54:0:1460:65535,6:mss,nop,ws,sok,ts:df:0',
    OpenBSD   => '4:54:0:1460:16384,6:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0',
    Nintendo  => '4:54:0:1460:32768,0:mss,nop,nop,sok:df,id+:0',
);

# The rows of http.tsv: mod, label, stack, source, text (of the message), address.
sub messages {
    my ($file) = @_;
    my @rows;
    for (lines($file)) {
        my %row;
        @row{qw(mod label stack source text)} = split /\t/;
        die "$file: '$row{stack}' is no stack\n" if !$row{stack} || !$STACK{ $row{stack} };
        $row{text} = join '', map { "$_\r\n" } split(/\|/, $row{text}), '';
        my $n = @rows + 1;
        $row{address} = sprintf '10.%d.%d.1', $n >> 8, $n & 255;
        push @rows, \%row;
    }
    return @rows;
}

# Writes their conversations to PATH, one after the other.
sub capture_of_messages {
    my ($path, @rows) = @_;
    write_pcap($path, map { talk($_) } @rows);
}

# What servers answer; the others answer as Linux does.
my %ANSWER = (
    Linux   => '4:60:0:1460:65160,7:mss,sok,ts,nop,ws:df:0',
    Windows => '4:120:0:1460:65535,8:mss,nop,ws,sok,ts:df,id+:0',
);

# The row's host asks a server, or answers a Linux client.
sub talk {
    my ($row) = @_;
    my $asks = $row->{mod} eq 'http request';
    my ($client, $server) = $asks ? ($row->{address}, '192.0.2.1') : ('192.0.2.1', $row->{address});
    my $hello = $asks ? $STACK{ $row->{stack} } : $CLIENT{4}[1];
    my $request = $asks ? $row->{text} : "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    my %out = (src => $client, dst => $server, sport => 40000, dport => 80, flags => 0x10);
    my %back = (src => $server, dst => $client, sport => 80, dport => 40000, flags => 0x10);
    my @frames = (
        packet_of($hello, %out),
        packet_of(($asks ? undef : $ANSWER{ $row->{stack} }) // $ANSWER{Linux}, %back, synack => 1, ack => 1001),
        segment(%out, ver => 4, seq => 1001, ack => 1001),
        segment(%out, ver => 4, seq => 1001, ack => 1001, data => $request),
    );
    push @frames, segment(%back, ver => 4, seq => 1001, ack => 1001 + length $request, data => $row->{text})
        if !$asks;
    return @frames;
}

# The rows of mtu.tsv as SYNs from such links: mod, packet, mtu, label, source, version, address.
sub links {
    my ($file) = @_;
    return map {
        my ($mtu, $label, $source) = split /\t/;
        { mod => 'syn', mtu => $mtu, label => $label, source => $source, version => 4,
          address => sprintf('10.1.%d.%d', $mtu >> 8, $mtu & 255),
          packet => sprintf('4:64:0:%d:64240,7:mss,sok,ts,nop,ws:df,id+:0', $mtu - 40) };
    } lines($file);
}

# The rows of linux.tsv, as measure-linux prints them, one for each packet: port, setting,
# mod, signature, label.
sub linux_rows {
    my ($file) = @_;
    my @rows;
    for (lines($file)) {
        my (%sig, %label);
        my ($port, $setting, @rest) = split /\t/;
        ($sig{syn}, $label{syn}, $sig{'syn+ack'}, $label{'syn+ack'}) = @rest;
        push @rows, map { { port => $port, setting => $setting, mod => $_, sig => $sig{$_},
                            label => $label{$_} } }
            grep { ($sig{$_} // '') =~ /^[46]:/ } 'syn', 'syn+ack';
    }
    return @rows;
}

sub lines {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    chomp(my @lines = grep { !/^#/ } <$in>);
    return @lines;
}

# Writes the packets of ROWS to PATH; SYNs may have ae and ect as well.
sub capture_of {
    my ($path, @rows) = @_;
    write_pcap($path, map { frames($_) } @rows);
}

sub frames {
    my ($row) = @_;
    my ($peer, $hello) = @{ $CLIENT{ $row->{version} } };
    return packet_of($row->{packet}, src => $row->{address}, dst => $peer, sport => 40000, dport => 80,
                     ae => $row->{ae}, ect => $row->{ect})
        if $row->{mod} eq 'syn';
    return (
        packet_of($hello, src => $peer, dst => $row->{address}, sport => 40000, dport => 80),
        packet_of($row->{packet}, src => $row->{address}, dst => $peer, sport => 80,
            dport => 40000, synack => 1, ack => 1001),
    );
}

# What TOOL logs of CAPTURE with database FP: a list of hashes with the log's fields.
sub observations {
    my ($tool, $fp, $capture, $log) = @_;
    system("$tool -f $fp -r $capture -o $log >$log.out 2>&1") == 0
        or die "$tool: " . join('', lines("$log.out")) . "\n";
    return map {
        my %field = map { split /=/, $_, 2 } split /\|/, s/^\[[^\]]*\] //r;
        $field{mod} =~ s/^sendsyn probe$/syn/;
        $field{label} = $field{os} // $field{app};
        \%field;
    } lines($log);
}

# The family that a label tells: what users of the set ask first.
sub family_of {
    my ($label) = @_;
    return 'Windows' if $label =~ /^Windows/;
    return 'Apple' if $label =~ /^(?:Apple|Mac OS classic)/;
    return 'Linux' if $label =~ /^(?:Linux|BaiduSpider)/;
    return 'tool' if $label =~ /^(?:NMap|masscan|zmap|hping|Scapy|NAST|packet tool)/;
    return 'other';
}

1;
