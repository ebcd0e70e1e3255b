# SPDX-License-Identifier: Apache-2.0
#
# Golden - the rows of the golden set and their packets.
package Golden;
use strict;
use warnings;
use Exporter 'import';
use FindBin;
use SigPacket qw(packet_of write_pcap);
our @EXPORT_OK = qw(systems capture_of linux_rows observations family_of);

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

# Writes the packets of ROWS to PATH.
sub capture_of {
    my ($path, @rows) = @_;
    write_pcap($path, map { frames($_) } @rows);
}

sub frames {
    my ($row) = @_;
    my ($peer, $hello) = @{ $CLIENT{ $row->{version} } };
    return packet_of($row->{packet}, src => $row->{address}, dst => $peer, sport => 40000, dport => 80)
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
