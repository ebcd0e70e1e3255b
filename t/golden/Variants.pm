# SPDX-License-Identifier: Apache-2.0
#
# Variants - SYNs that systems in use can send, made by the rules of their stacks and of what
# happens to a SYN on its way, each with the family it comes from. variants draws them, the same
# for a seed; perturbed goes through them: one field after the other takes each value it can have.
# None of the values is taken from p0f.fp.
#
# Rules of the stacks: RFC 9293, 7323, 2018, 3168, 6691, 6864, 6928; for Linux the documentation of
# tcp_rmem and what t/tools/measure-linux saw; for Windows the auto-tuning levels and SACK and
# timestamp settings of Microsoft's documentation; for Apple net.inet.tcp.* as documented.
package Variants;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(variants perturbed);

# A small generator of its own: the same numbers on every machine (Park and Miller).
my $state;
sub draw { my ($n) = @_; $state = $state * 48271 % 2147483647; return $state % $n }
sub one_of { return $_[draw(scalar @_)] }
sub chance { my ($percent) = @_; return draw(100) < $percent }

# N SYNs: a list of hashes with family, system and packet (the signature with its TTL as seen).
sub variants {
    my ($seed, $n) = @_;
    my %maker = (Windows => \&windows, Apple => \&apple, Linux => \&linux);
    my @rows;
    $state = $seed;
    for (1 .. $n) {
        my $family = one_of(qw(Windows Windows Apple Apple Linux Linux Linux Linux));
        my $version = chance(30) ? 6 : 4;
        my $mtu = chance(75) ? 1500 : one_of(1492, 1480, 1476, 1472, 1460, 1454, 1450, 1440, 1430, 1428,
            1420, 1412, 1408, 1400, 1392, 1384, 1380, 1372, 1370, 1358, 1350, 1340, 1330, 1300, 1280, 9000);
        my $mss = $mtu - ($version == 6 ? 60 : 40);
        my %syn = (family => $family, version => $version, mss => $mss, quirks => {});
        $maker{$family}->(\%syn);
        on_the_way(\%syn);
        push @rows, { family => $family, system => $syn{system}, packet => packet(\%syn) };
    }
    return @rows;
}

sub packet {
    my ($syn) = @_;
    my @order = qw(df id+ id- ecn flow ts1-);
    my $quirks = join ',', grep { $syn->{quirks}{$_} } @order;
    my $scale = $syn->{layout} =~ /\bws\b/ ? $syn->{scale} : 0;
    return "$syn->{version}:$syn->{ttl}:0:$syn->{mss}:$syn->{window},$scale:$syn->{layout}:$quirks:0";
}

# DF and the identification in IPv4, the flow label in IPv6.
sub ip_quirks {
    my ($syn, $id) = @_;
    my $q = $syn->{quirks};
    if   ($syn->{version} == 6) { $q->{flow} = 1 if !chance(15) }
    else                        { $q->{df} = 1; $q->{'id+'} = $id }
}

# ---- stacks ------------------------------------------------------------------------------

sub windows {
    my ($syn) = @_;
    my $mss = $syn->{mss};
    my $age = one_of(qw(old new new new new new));
    $syn->{system} = $age eq 'old' ? 'Windows 7 to 10 1607' : 'Windows 10 or 11';
    $syn->{ttl} = 128;
    # 8192 before auto-tuning chose whole segments of 64 KB; the level of auto-tuning is the scale.
    $syn->{window} = $age eq 'old' ? 8192 : chance(70) ? int(65535 / $mss) * $mss : one_of(65535, 64240);
    $syn->{scale} = chance(90) ? 8 : one_of(0, 1, 2, 3, 4, 5, 7, 9, 10, 12, 14);
    $syn->{layout} = chance(92) ? 'mss,nop,ws,nop,nop,sok' : chance(60) ? 'mss,nop,ws,sok,ts' : 'mss,nop,nop,sok';
    $syn->{quirks}{ecn} = 1 if chance(5);
    ip_quirks($syn, 1);
}

sub apple {
    my ($syn) = @_;
    my $old = chance(12);
    $syn->{system} = $old ? 'macOS 10.9 to 10.12 or iOS 7 to 10' : 'macOS 10.13 or newer, iOS 11 or newer';
    $syn->{ttl} = 64;
    $syn->{window} = 65535;
    $syn->{scale} = chance(85) ? one_of(5, 6) : one_of(2, 3, 4, 7, 8, 9);
    $syn->{layout} = 'mss,nop,ws,nop,nop,ts,sok,eol+1';
    # A try that got no answer goes without the options that a box may not like.
    $syn->{layout} = 'mss,sok,eol+1' if chance(2);
    $syn->{quirks}{ecn} = 1 if chance(25);
    ip_quirks($syn, $old);
}

# What is left of the receive buffer: a share of it in whole segments, at most 65535.
sub linux_window {
    my ($buffer, $mss, $segments) = @_;
    my $window = int($buffer / $mss) * $mss;
    $window = $segments * $mss if $segments && $window > $segments * $mss;
    $window = int(65535 / $mss) * $mss if $window > 65535;
    return $window;
}

sub linux {
    my ($syn) = @_;
    my $mss = $syn->{mss};
    my $kind = one_of(qw(new new new quarter twenty ten four android android android android chromeos tuned));
    my %name = (new => 'Linux 4.20 or newer', quarter => 'Linux 6.6 to 6.8', twenty => 'Linux 3.10 to 4.19',
                ten => 'Linux 3.0 to 3.10', four => 'Linux 2.6', android => 'Android', chromeos => 'ChromeOS',
                tuned => 'Linux with buffers of its own');
    my %window = (
        new => sub { linux_window(65536, $mss) }, chromeos => sub { linux_window(65536, $mss) },
        quarter => sub { linux_window(32768, $mss) }, twenty => sub { linux_window(43690, $mss, 20) },
        ten => sub { linux_window(43690, $mss, 10) }, four => sub { 4 * $mss },
        android => sub { chance(80) ? 65535 : linux_window(65536, $mss) },
        tuned => sub { linux_window(one_of(8192, 16384, 21845, 43690, 87380, 131072, 196608, 262144), $mss) },
    );
    $syn->{system} = $name{$kind};
    $syn->{ttl} = 64;
    $syn->{window} = $window{$kind}->() || $mss;
    $syn->{scale} = $kind eq 'android' ? one_of(5 .. 10) : chance(70) ? 7 : draw(15);
    $syn->{layout} = chance(94) ? 'mss,sok,ts,nop,ws' : one_of('mss,nop,nop,sok,nop,ws', 'mss,nop,nop,ts,nop,ws',
        'mss,sok,ts', 'mss,nop,ws', 'mss,nop,nop,sok', 'mss');
    # Fast Open and Multipath TCP put theirs behind.
    $syn->{layout} .= one_of(',?34,nop,nop', ',?30') if $syn->{layout} =~ /,ws$/ && chance(2);
    $syn->{quirks}{ecn} = 1 if chance(4);
    ip_quirks($syn, 1);
}

# ---- the way -----------------------------------------------------------------------------

sub on_the_way {
    my ($syn) = @_;
    my $q = $syn->{quirks};
    # Routers of tunnels, PPPoE and mobile networks lower the MSS.
    my $clamp = 1160 + draw(300);
    $syn->{mss} = $clamp if chance(25) && $clamp < $syn->{mss};
    # Mobile networks, tethering and VPN gateways set a TTL of their own.
    $syn->{ttl} = one_of(64, 65, 128, 254, 255) if chance(4);
    $syn->{ttl} -= 3 + draw(25);
    if ($syn->{version} == 4) {
        # Firewalls clear DF, fill in or blank the identification.
        if (chance(4)) { $q->{'id-'} = 1 if !delete $q->{'id+'}; delete $q->{df} }
        elsif (chance(3)) { $q->{'id+'} = !$q->{'id+'} }
    }
    # ECN bits of the IP header are set or cleared underway.
    $q->{ecn} = !$q->{ecn} if chance(2);
    # Firewalls blank options with NOPs: timestamps, SACK.
    blank($syn, 'ts', 10) if chance(1);
    blank($syn, 'sok', 2) if chance(1);
}

# Replaces the option WORD of LENGTH bytes with as many NOPs.
sub blank {
    my ($syn, $word, $length) = @_;
    my $nops = join ',', ('nop') x $length;
    my $layout = $syn->{layout} =~ s/\b\Q$word\E\b/$nops/r;
    $syn->{layout} = $layout if (() = $layout =~ /,/g) < 24;
}

# ---- one field at a time -----------------------------------------------------------------

# Family, system, TTL, window (S: whole segments of 64 KB), scale, options, IPv4 ID, and whether the
# options alone tell the family: then no other field may change the answer.
my @STACKS = (
    ['Windows', '10 or 11',            128, 'S',     8, 'mss,nop,ws,nop,nop,sok',              1, 1],
    ['Windows', '10 or 11, 65535',     128, 65535,   8, 'mss,nop,ws,nop,nop,sok',              1, 1],
    ['Windows', '7, 8 or early 10',    128, 8192,    8, 'mss,nop,ws,nop,nop,sok',              1, 1],
    ['Windows', 'timestamps on',       128, 'S',     8, 'mss,nop,ws,sok,ts',                   1, 0],
    ['Windows', 'scaling off',         128, 'S',     0, 'mss,nop,nop,sok',                     1, 0],
    ['Windows', 'SACK off',            128, 'S',     8, 'mss,nop,ws',                          1, 0],
    ['Windows', 'Fast Open',           128, 'S',     8, 'mss,nop,ws,nop,nop,sok,?34,nop,nop',  1, 1],
    ['Apple',   'macOS or iOS',         64, 65535,   6, 'mss,nop,ws,nop,nop,ts,sok,eol+1',     0, 1],
    ['Apple',   'older macOS or iOS',   64, 65535,   4, 'mss,nop,ws,nop,nop,ts,sok,eol+1',     1, 1],
    ['Apple',   'Fast Open',            64, 65535,   6, 'mss,nop,ws,nop,nop,ts,sok,?34',       0, 1],
    ['Apple',   'Multipath TCP',        64, 65535,   6, 'mss,nop,ws,?30,nop,nop,ts,sok,eol+1', 0, 1],
    ['Apple',   'a late try',           64, 65535,   0, 'mss,sok,eol+1',                       0, 0],
    ['Linux',   '4.20 or newer',        64, 'S',     7, 'mss,sok,ts,nop,ws',                   1, 1],
    ['Linux',   'Android',              64, 65535,   9, 'mss,sok,ts,nop,ws',                   1, 1],
    ['Linux',   'timestamps off',       64, 'S',     7, 'mss,nop,nop,sok,nop,ws',              1, 1],
    ['Linux',   'SACK off',             64, 'S',     7, 'mss,nop,nop,ts,nop,ws',               1, 1],
    ['Linux',   'scaling off',          64, 'S',     0, 'mss,sok,ts',                          1, 0],
    ['Linux',   'both off',             64, 'S',     0, 'mss,nop,nop,sok',                     1, 0],
    ['Linux',   'Fast Open',            64, 'S',     7, 'mss,sok,ts,nop,ws,?34,nop,nop',       1, 1],
    ['Linux',   'Multipath TCP',        64, 'S',     7, 'mss,sok,ts,nop,ws,?30',               1, 1],
);

# The SYNs of all stacks, in IPv4 and IPv6, with one field changed: a list of hashes with family,
# stack, what (was changed), packet, ae and ect (Golden::capture_of).
sub perturbed {
    my @rows;
    for my $stack (@STACKS) {
        my ($family, $system, $ttl, $window, $scale, $layout, $id, $plain) = @$stack;
        for my $version (4, 6) {
            my %base = (family => $family, version => $version, ttl => $ttl - 9, scale => $scale, layout => $layout,
                window => $window, mss => $version == 4 ? 1460 : 1440,
                quirks => $version == 4 ? { df => 1, 'id+' => $id } : { flow => 1 });
            push @rows, map {
                my ($what, %change) = @$_;
                my %syn = (%base, %change);
                $syn{window} = linux_window(65536, $syn{mss}) if $syn{window} eq 'S';
                { family => $family, stack => "$family, $system, IPv$version", what => $what, packet => packet(\%syn),
                  ae => $syn{ae}, ect => $syn{ect} };
            } changes(\%base, $ttl, $plain);
        }
    }
    return @rows;
}

# What may be else in BASE, which set out with TTL; with PLAIN more, as the options tell enough.
sub changes {
    my ($base, $ttl, $plain) = @_;
    my @changes = (['nothing']);
    push @changes, map { ["$_ hops", ttl => $ttl - $_] } 0 .. 35;
    # Ethernet, PPPoE, tunnels and mobile networks; the window follows the MSS, or keeps the link's.
    for my $mss (536, 1208, 1220, 1240, 1250, 1260, 1300, 1316 .. 1320, 1330, 1340, 1350, 1352, 1358, 1360 .. 1400,
                 1410, 1412, 1414, 1420, 1424, 1430, 1432, 1436, 1440, 1452, 1460, 8940, 8960) {
        push @changes, ["MSS $mss", mss => $mss];
        push @changes, ["MSS clamped to $mss", mss => $mss, window => linux_window(65536, $base->{mss})]
            if $base->{window} eq 'S' && $plain && $mss < $base->{mss};
    }
    push @changes, map { ['header: ' . (join(' ', @$_) || 'nothing'), quirks => { map { $_ => 1 } @$_ }] }
        $base->{version} == 6 ? (['flow'], ['flow', 'ecn'], [], ['ecn'])
        : (['df', 'id+'], ['df', 'id+', 'ecn'], ['df'], ['df', 'ecn'], [], ['id-'], ['ecn'])
        if $plain || $base->{family} ne 'Apple';
    my %ecn = (%{ $base->{quirks} }, ecn => 1);
    push @changes, ['ECN', quirks => \%ecn], ['Accurate ECN', quirks => \%ecn, ae => 1], ['ECT(1) set underway', ect => 1];
    push @changes, ['timestamp 0', quirks => { %{ $base->{quirks} }, 'ts1-' => 1 }] if $base->{layout} =~ /\bts\b/;
    return @changes if !$plain;
    push @changes, map { ["TTL $_", ttl => $_] } 20, 50, 60, 64, 65, 90, 118, 128, 200, 250, 255;
    push @changes, map { ["scale $_", scale => $_] } 0 .. 14 if $base->{layout} =~ /\bws\b/;
    # Receive buffers set by hand or chosen by the memory that there is.
    push @changes, map { ["window $_", window => $_] } 2048, 4096, 5840, 8192, 14600, 16384, 26847, 29200, 32768, 42340,
        62727, 64000, 64240, 64512, 65000, 65535;
    push @changes, map { ["$_ segments", window => $_ * $base->{mss}] } 1 .. int(65535 / $base->{mss});
    return @changes;
}

1;
