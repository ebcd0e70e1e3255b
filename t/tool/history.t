#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# tools/p0f on whole conversations made here: uptime, host change, IP sharing, HTTP. The expected
# lines are what p0f 3.09b writes for the same packets with the same fingerprint file; where it is
# installed, it is asked as well.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Frame;
use Tool;

my $tool = $ENV{P0F_TOOL} || "$FindBin::Bin/../../build/tools/p0f";
my $reference = '/usr/sbin/p0f';
my $dir = tempdir(CLEANUP => 1);
$ENV{TZ} = 'UTC';

my $fp = "$dir/test.fp";
Tool::write_file($fp, <<'END');
classes = win,unix,other
[mtu]
label = Ethernet or modem
sig = 1500
[tcp:request]
label = s:unix:Linux:3.11 and newer
sig = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0
label = s:unix:Linux:3.1-3.10
sig = *:64:0:*:mss*10,7:mss,sok,ts,nop,ws:df,id+:0
label = s:win:Windows:7 or 8
sig = *:128:0:*:8192,0:mss,nop,nop,sok:df,id+:0
sig = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0
label = s:other:Blackberry:
sig = 4:128:0:1452:65535,0:mss,nop,nop,sok,nop,nop,ts::0
label = s:!:NMap:SYN scan
sys = @unix,@win
sig = *:64-:0:1460:1024,0:mss::0
[tcp:response]
label = s:unix:Linux:3.x
sig = *:64:0:*:mss*10,7:mss,sok,ts,nop,ws:df:0
label = s:win:Windows:7 or 8
sig = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0
[http:request]
ua_os = Linux,Windows,Mac OS X=[Mac OS]
label = s:!:curl:
sys = @unix,@win
sig = *:User-Agent,Host,Accept=[*/*]:Connection:curl
label = s:!:MSIE:6
sys = @win
sig = 0:Accept=[*/*],User-Agent,Host:Keep-Alive:MSIE
label = g:!:anything:
sys = @unix,@win,@other
sig = *:Host,X-Generic=[yes],?Cookie:Accept:
[http:response]
label = s:!:Apache:2.x
sys = @unix,@win
sig = *:Date,Server,?Content-Length,Connection=[Keep-Alive],Keep-Alive=[timeout]::Apache
label = s:!:nginx:1.x
sys = @unix,@win
sig = *:Server,Date,Content-Type,Connection::nginx
END

my ($client, $server) = ('10.0.0.1', '10.0.0.2');
my %linux = (win => 29200, options => 'M1460,S,T,N,W7', tsval => 1);
my %windows = (ttl => 128, win => 8192, options => 'M1460,N,W8,N,N,S');
my %answer = (src => $server, dst => $client, sport => 80, flags => 'SA', seq => 77, ack => 6, id => 0,
              win => 14480, options => 'M1460,S,T,N,W7', tsval => 1);

# [milliseconds, frame]; what isn't said is the base packet.
sub at {
    my ($ms, %f) = @_;
    return [$ms, Frame::build(src => $client, dst => $server, sport => 1000, dport => 80, seq => 5,
                              %linux, %f)];
}

# The lines for packets, without their first fields; from both programs if there are two.
sub lines {
    my ($name, @packets) = @_;
    my $bytes = pack 'VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1;
    for my $packet (@packets) {
        my ($ms, $frame) = @$packet;
        $bytes .= pack('VVVV', 1300000000 + int $ms / 1000, $ms % 1000 * 1000, length $frame,
                       length $frame) . $frame;
    }
    Tool::write_file("$dir/capture.pcap", $bytes);
    unlink "$dir/ours", "$dir/theirs";
    is(system($tool, '-f', $fp, '-r', "$dir/capture.pcap", '-o', "$dir/ours", '--strict', '--quiet'), 0,
       "$name: ends well");
    my $ours = Tool::read_file("$dir/ours");
    if (-x $reference) {
        system("$reference -f $fp -r $dir/capture.pcap -o $dir/theirs >/dev/null 2>&1");
        my $theirs = Tool::read_file("$dir/theirs");
        $_ = join '', grep { !/reason=[^|]*date/ } split /^/ for my ($a, $b) = ($ours, $theirs);
        is($a, $b, "$name: as p0f 3.09b") unless $name =~ /date/;
    }
    return map { s/^.*?mod=//r =~ s/\|cli=[^|]*\|srv=[^|]*\|subj=/ /r } split /\n/, $ours;
}

subtest 'uptime' => sub {
    my @rows = (
        [24, 1000, 24, undef],
        [25, 1000, 25, '0 days 0 hrs 0 min (modulo 49 days)|raw_freq=1000.00 Hz'],
        [25, 1000, 4, undef],
        [25, 1000, 5, '0 days 0 hrs 0 min (modulo 248 days)|raw_freq=200.00 Hz'],
        [1000, 100000000, 1, undef],
        [1000, 100000000, 10, '115 days 17 hrs 46 min (modulo 4971 days)|raw_freq=10.00 Hz'],
        [1000, 100000000, 96, '11 days 13 hrs 46 min (modulo 497 days)|raw_freq=96.00 Hz'],
        [1000, 100000000, 1500, '0 days 18 hrs 31 min (modulo 33 days)|raw_freq=1500.00 Hz'],
        [1000, 100000000, 1501, undef],
        [10000, 100000000, 7, '1157 days 9 hrs 46 min (modulo 49710 days)|raw_freq=0.70 Hz'],
        [10000, 100000000, 6, undef],
        [600000, 100000000, 600000, '1 days 3 hrs 56 min (modulo 49 days)|raw_freq=1000.00 Hz'],
        [600001, 100000000, 600001, undef],
        [50, 100000000, -100, undef],
        [1000, 4294967290, 1000, '0 days 0 hrs 0 min (modulo 49 days)|raw_freq=1000.00 Hz'],
    );
    for my $row (@rows) {
        my ($ms, $ts, $ticks, $want) = @$row;
        my ($got) = grep { s/^uptime cli\|uptime=// } lines("$ms ms, $ticks ticks",
            at(0, tsval => $ts), at(1, %answer, dport => 1000),
            at($ms, flags => 'A', seq => 6, ack => 78, options => 'N,N,T',
               tsval => ($ts + $ticks) & 0xffffffff));
        is($got, $want, "$ms ms, $ticks ticks");
    }
    my ($got) = grep { s/^uptime cli\|uptime=// } lines('two SYNs', at(0, tsval => 1000),
                                                   at(2000, sport => 1001, tsval => 3000));
    is($got, '0 days 0 hrs 0 min (modulo 49 days)|raw_freq=1000.00 Hz', 'from two SYNs');
};

# SYNs a second apart from ports 1000, 1001 ..., each a list of what differs from Linux's.
sub syns {
    my ($ms, $port) = (0, 1000);
    return map {
        my %f = @$_;
        my $time = $ms + (delete $f{later} // 0);
        $ms += delete $f{gap} // 1000;
        at($time, sport => $port++, %f);
    } @_;
}

sub mss { my ($mss, %f) = @_; return (%f, options => $f{options} =~ s/M\d+/M$mss/r) }

my %odd = (win => 5, options => 'N,N,M1460');
my @nat = (
    ['another system', [[], [%windows]], 'host change cli|reason=os_diff|raw_hits=1,1,1,1'],
    ['two by turns', [[tsval => 1], [%windows], [tsval => 2001], [%windows]],
     'host change cli|reason=os_diff|raw_hits=1,1,1,1', 'host change cli|reason=os_diff|raw_hits=2,2,2,2',
     'ip sharing cli|reason=os_diff|raw_hits=3,3,3,3'],
    ['another version, clock goes on', [[tsval => 1000], [win => 14600, tsval => 2000]]],
    ['another version, clock jumps', [[tsval => 1000], [win => 14600, tsval => 900000]],
     'host change cli|reason=os_diff tstamp|raw_hits=1,1,1,1'],
    ['another line of the same label', [[%windows], [%windows, options => 'M1460,N,N,S']]],
    ['another line and MTU', [[%windows], [%windows, options => 'M1400,N,N,S']],
     'host change cli|reason=os_diff mtu|raw_hits=0,0,1,1'],
    ['fuzzy and MTU', [[%windows], [mss(1400, %windows), id => 0]],
     'host change cli|reason=mtu fuzzy|raw_hits=0,0,1,1'],
    ['TTL', [[%windows], [%windows, ttl => 127]], 'host change cli|reason=ttl|raw_hits=0,1,1,1'],
    ['TTL by one, far', [[%windows, ttl => 122], [%windows, ttl => 121]]],
    ['TTL by three, far', [[%windows, ttl => 122], [%windows, ttl => 119]],
     'host change cli|reason=ttl|raw_hits=0,1,1,1'],
    ['TTL falls, farther', [[%windows, ttl => 118], [%windows, ttl => 108]]],
    ['TTL rises, farther', [[%windows, ttl => 108], [%windows, ttl => 118]],
     'host change cli|reason=ttl|raw_hits=0,1,1,1'],
    ['TTL rises by two, farther', [[%windows, ttl => 108], [%windows, ttl => 110]]],
    ['port falls', [[%windows, sport => 1064], [mss(1400, %windows), sport => 1000]],
     'host change cli|reason=port mtu|raw_hits=0,0,1,1'],
    ['port falls by less', [[%windows, sport => 1063], [mss(1400, %windows), sport => 1000]]],
    ['port falls, clock goes on', [[sport => 2000, tsval => 1000], [sport => 1000, tsval => 2000]]],
    ['port falls, clock too', [[sport => 2000, tsval => 10000000], [sport => 1000, tsval => 1]],
     'host change cli|reason=tstamp port|raw_hits=0,1,1,1'],
    ['clock back within grace', [[sport => 2000, tsval => 10000, gap => 50], [sport => 1000, tsval => 9900]]],
    ['clock ahead within grace', [[sport => 2000, tsval => 10000, gap => 50], [sport => 1000, tsval => 10150]]],
    ['clock ahead beyond it', [[sport => 2000, tsval => 10000, gap => 50], [sport => 1000, tsval => 10151]],
     'host change cli|reason=tstamp port|raw_hits=0,1,1,1'],
    ['unknown, other layout', [[%odd], [%odd, options => 'N,N,N,N,M1460']]],
    ['unknown, other layout and MTU', [[%odd], [%odd, options => 'N,N,N,N,M1400']],
     'host change cli|reason=sig_diff mtu|raw_hits=0,0,1,1'],
    ['unknown, other quirk', [[%odd], [%odd, flags => 'SP']],
     'host change cli|reason=sig_diff|raw_hits=0,0,1,1'],
    ['unknown, DF cleared', [[%odd], [%odd, df => 0]]],
    ['known, then unknown', [[%windows], [%odd, ttl => 128]],
     'host change cli|reason=sig_diff x_known|raw_hits=0,0,1,1'],
    ['a program not for this system', [[win => 65535, ttl => 128, df => 0, tsval => 1,
                                        options => 'M1452,N,N,S,N,N,T'],
                                       [win => 1024, df => 0, ttl => 50, options => 'M1460']],
     'host change cli|reason=app_vs_os|raw_hits=0,1,1,1'],
);

subtest 'host change and IP sharing' => sub {
    for my $row (@nat) {
        my ($name, $syns, @want) = @$row;
        my @got = grep { /^host change|^ip sharing/ } lines($name, syns(@$syns));
        is_deeply(\@got, \@want, $name);
    }
    my @got = grep { /^host change|^ip sharing/ } lines('many small ones',
        syns(map { [mss(1460 - $_, %windows)] } 0 .. 10));
    is_deeply(\@got, ['ip sharing cli|reason=mtu|raw_hits=0,0,0,9'], 'many small ones add up');
};

# A connection in which the client sends $request and the server each of @answers.
sub http {
    my ($start, $port, $request, @answers) = @_;
    my @packets = (at($start, sport => $port), at($start + 10, %answer, dport => $port),
                   at($start + 20, sport => $port, flags => 'A', seq => 6, ack => 78, options => '',
                      payload => $request));
    my $seq = 78;
    for my $text (@answers) {
        push @packets, at($start + 30 + $seq, %answer, dport => $port, flags => 'A', seq => $seq,
                          options => '', payload => $text);
        $seq += length $text;
    }
    return @packets;
}

sub message { return join '', map { "$_\r\n" } @_, '' }

my $get = 'GET / HTTP/1.1';
my @common = qw(Host User-Agent Connection Accept Accept-Encoding Accept-Language Accept-Charset Keep-Alive);

# raw_sig of a request: headers as shown, which of the common ones it has, software.
sub raw {
    my ($version, $headers, $has, $sw) = @_;
    my %has = map { $_ => 1 } split / /, $has;
    return "raw_sig=$version:$headers:" . join(',', grep { !$has{$_} } @common) . ":$sw";
}

my @requests = (
    ['curl', message($get, 'User-Agent: curl/7.1', 'Host: a', 'Accept: */*'),
     'app=curl|lang=none|params=none|' . raw(1, 'User-Agent,Host,Accept=[*/*]', 'User-Agent Host Accept', 'curl/7.1')],
    ['dishonest', message($get, 'User-Agent: foo', 'Host: a', 'Accept: */*'),
     'app=curl|lang=none|params=dishonest|' . raw(1, 'User-Agent,Host,Accept=[*/*]', 'User-Agent Host Accept', 'foo')],
    ['empty User-Agent', message($get, 'User-Agent:', 'Host: a', 'Accept: */*'),
     'app=curl|lang=none|params=anonymous|' . raw(1, 'User-Agent,Host,Accept=[*/*]', 'User-Agent Host Accept', '')],
    ['no headers', message($get), 'app=???|lang=none|params=anonymous|' . raw(1, '', '', '')],
    ['1.0', message('GET / HTTP/1.0', 'Host: x'), 'app=???|lang=none|params=anonymous|' . raw(0, 'Host', 'Host', '')],
    ['1.7', message('GET / HTTP/1.7', 'Host: x'), 'app=???|lang=none|params=anonymous|' . raw(0, 'Host', 'Host', '')],
    ['POST', message('POST / HTTP/1.1', 'Host: x'), undef],
    ['absolute target', message('GET http://x/ HTTP/1.1', 'Host: x'), undef],
    ['bare line feeds', "$get\nHost:x\n\n", 'app=???|lang=none|params=anonymous|' . raw(1, 'Host', 'Host', '')],
    ['lower case', message($get, 'host: x', 'user-agent: q'),
     'app=???|lang=none|params=anonymous|' . raw(1, 'host=[x],user-agent=[q]', '', '')],
    ['values cut', message($get, 'Accept: a|b]c', 'X-Foo: a|b]c', "Connection: k\x80z", 'User-Agent: u|v]w'),
     'app=???|lang=none|params=none|' . raw(1, 'Accept=[a],X-Foo=[a|b],Connection=[k],User-Agent', 'Accept Connection User-Agent', 'u|v')],
    ['optional ones', message($get, 'Cookie: a=b', 'Referer: x', 'Host: h', 'Cache-Control: no-cache'),
     'app=???|lang=none|params=anonymous|' . raw(1, '?Cookie,?Referer,Host,?Cache-Control', 'Host', '')],
    ['generic', message($get, 'Host: h', 'X-Generic: yes'),
     'app=anything|lang=none|params=anonymous generic|' . raw(1, 'Host,X-Generic=[yes]', 'Host', '')],
    ['language', message($get, 'Accept-Language: en-US,en;q=0.5'),
     'app=???|lang=English|params=anonymous|' . raw(1, 'Accept-Language=[en-US,en;q=0.5]', 'Accept-Language', '')],
    ['language in capitals', message($get, 'Accept-Language: EN'),
     'app=???|lang=???|params=anonymous|' . raw(1, 'Accept-Language=[EN]', 'Accept-Language', '')],
    ['language of three letters', message($get, 'Accept-Language: eng'),
     'app=???|lang=none|params=anonymous|' . raw(1, 'Accept-Language=[eng]', 'Accept-Language', '')],
    ['unknown language', message($get, 'Accept-Language: xx'),
     'app=???|lang=???|params=anonymous|' . raw(1, 'Accept-Language=[xx]', 'Accept-Language', '')],
    ['two blanks', message($get, 'Accept-Language:  en'),
     'app=???|lang=none|params=anonymous|' . raw(1, 'Accept-Language=[ en]', 'Accept-Language', '')],
    ['32 headers', message($get, ('A: v') x 32),
     'app=???|lang=none|params=anonymous|' . raw(1, join(',', ('A=[v]') x 32), '', '')],
    ['33 headers', message($get, ('A: v') x 33), undef],
    ['a name of 32', message($get, 'N' x 32 . ': v'),
     'app=???|lang=none|params=anonymous|' . raw(1, 'N' x 32 . '=[v]', '', '')],
    ['a name of 33', message($get, 'N' x 33 . ': v'), undef],
    ['a value of 1023', message($get, 'X: ' . 'v' x 1023),
     'app=???|lang=none|params=anonymous|' . raw(1, 'X=[' . 'v' x 200 . ']', '', '')],
    ['a value of 1024', message($get, 'X: ' . 'v' x 1024), undef],
    ['NUL in a value', message($get, "Host: a", "X: b\0c"),
     'app=???|lang=none|params=anonymous|' . raw(1, 'Host,X=[b]', 'Host', '')],
    ['folded line', message($get, 'Host: a', ' b'), undef],
    ['8-bit in the first line', message("GET /\xe4 HTTP/1.1", 'Host: a'), undef],
    ['a first line of 1 KB', message('GET /' . 'x' x 1020 . ' HTTP/1.1', 'Host: a'), undef],
);

subtest 'HTTP requests' => sub {
    for my $row (@requests) {
        my ($name, $request, $want) = @$row;
        my ($got) = grep { s/^http request cli\|// } lines($name, http(0, 1000, $request));
        is($got, $want, $name);
    }
    my $whole = message($get, 'User-Agent: curl/7.1', 'Host: a', 'Accept: */*');
    my @packets = http(0, 1000, substr $whole, 0, 1);
    for my $i (1 .. length($whole) - 1) {
        push @packets, at(20 + $i, flags => 'A', seq => 6 + $i, ack => 78, options => '',
                          payload => substr $whole, $i, 1);
    }
    is(scalar(grep { /^http request cli\|app=curl/ } lines('byte by byte', @packets)), 1, 'byte by byte');
    my @gap = http(0, 1000, substr $whole, 0, 20);
    push @gap, at(40, flags => 'A', seq => 30, ack => 78, options => '', payload => substr $whole, 24);
    is(scalar(grep { /^http/ } lines('a gap', @gap)), 0, 'a gap is not filled');
};

sub events { my $name = shift; return [grep { s/^(?:host change|ip sharing) // } lines($name, @_)] }

subtest 'HTTP against the system' => sub {
    is_deeply(events('via', http(0, 1000, message($get, 'Host: a', 'X-Forwarded-For: 1.2.3.4'))),
              ['cli|reason=via|raw_hits=1,1,1,1'], 'a proxy');
    is_deeply(events('MSIE on Linux', http(0, 1000, message('GET / HTTP/1.0', 'Accept: */*',
        'User-Agent: Mozilla/4.0 (compatible; MSIE 6.0)', 'Host: a'))),
        ['cli|reason=app_vs_os|raw_hits=0,1,1,1'], 'a program not for this system');
    is_deeply(events('claims Windows', http(0, 1000, message($get, 'User-Agent: curl/7.1 Windows', 'Host: a',
        'Accept: */*'))), ['cli|reason=ua_vs_os|raw_hits=0,1,1,1'], 'a User-Agent that lies');
    is_deeply(events('claims Linux', http(0, 1000, message($get, 'User-Agent: curl/7.1 Linux', 'Host: a',
        'Accept: */*'))), [], 'and one that does not');
};

my $request = message($get, 'Host: x');

# The response lines for a server that answers in these segments.
sub responses {
    my ($name, @answers) = @_;
    return grep { s/^http response srv\|// } lines($name, http(0, 1000, $request, @answers));
}

subtest 'HTTP responses' => sub {
    my @apache = ('HTTP/1.1 200 OK', 'Date: Sun, 13 Mar 2011 07:06:40 GMT', 'Server: Apache/2.2',
                  'Connection: Keep-Alive', 'Keep-Alive: timeout=15');
    is_deeply([responses('Apache', message(@apache))],
              ['app=Apache 2.x|lang=none|params=none|raw_sig=1:Date,Server,Connection=[Keep-Alive],'
               . 'Keep-Alive=[timeout=15]:Content-Type,Accept-Ranges:Apache/2.2'], 'Apache');
    my $missing = ':Content-Type,Connection,Keep-Alive,Accept-Ranges,Date:';
    is_deeply([responses('a line in two segments', "HTTP/1.1 200 OK\r\nServer: Apa", "che\r\nX-A: 1\r\n\r\n")],
              ["app=???|lang=none|params=anonymous|raw_sig=1:X-A=[1]$missing"], 'a segment swallows a line');
    is_deeply([responses('lines in two segments', "HTTP/1.1 200 OK\r\nServer: Apache\r\n",
                         "X-A: 1\r\nX-B: 2\r\n\r\n")],
              ["app=???|lang=none|params=none|raw_sig=1:Server,X-B=[2]${missing}Apache"], 'so does this one');
    is_deeply([responses('too short', "HTTP/1.1 200\n\n")], [], 'a status line too short');
    is_deeply([responses('just long enough', "HTTP/1.1 200\r\n\r\n")],
              ["app=???|lang=none|params=anonymous|raw_sig=1:$missing"], 'and one long enough');
    my @early = http(0, 1000, $request);
    splice @early, 2, 0, at(15, %answer, dport => 1000, flags => 'A', seq => 78, options => '',
                            payload => "220 ready\r\n");
    is(scalar(grep { /^http/ } lines('the server first', @early)), 0, 'a server that speaks first');
    my @nginx = ('HTTP/1.1 200 OK', 'Server: nginx/1', 'Date: x', 'Content-Type: t', 'Connection: close');
    my @first = http(0, 1000, $request, message(@nginx));
    is_deeply(events('another server', @first, http(10000, 1001, $request,
        message('HTTP/1.1 200 OK', 'Date: x', 'Server: Apache/2', 'Connection: Keep-Alive', 'Keep-Alive: timeout=1'))),
        ['srv|reason=srv_sig_lb|raw_hits=1,1,1,1'], 'a load balancer shows');
    is_deeply(events('an unknown server', @first, http(10000, 1001, $request,
        message('HTTP/1.1 200 OK', 'Server: zz'))), ['srv|reason=x_known|raw_hits=0,1,1,1'],
        'known, then unknown');
};

# p0f 3.09b takes the wall clock for these, so it is not asked.
subtest 'a date that jumps' => sub {
    my %rows = ('07:06:30' => 0, '07:06:29' => 1, '07:07:00' => 0, '07:07:01' => 1);
    for my $time (sort keys %rows) {
        my @first = http(0, 1000, $request, message('HTTP/1.1 200 OK', 'Date: Sun, 13 Mar 2011 07:06:40 GMT'));
        my @second = http(10000, 1001, $request, message('HTTP/1.1 200 OK', "Date: Sun, 13 Mar 2011 $time GMT"));
        is_deeply(events("date $time", @first, @second),
                  $rows{$time} ? ['srv|reason=date|raw_hits=0,1,1,1'] : [], $time);
    }
};

# Where the tool is right and --strict is not.
sub lines_not_strict {
    my (@packets) = @_;
    lines('date: capture only', @packets);
    unlink "$dir/right";
    system($tool, '-f', $fp, '-r', "$dir/capture.pcap", '-o', "$dir/right", '--quiet');
    return map { s/^.*?mod=//r =~ s/\|cli=[^|]*\|srv=[^|]*\|subj=/ /r } split /\n/, Tool::read_file("$dir/right");
}

subtest 'not strict' => sub {
    my ($got) = grep { /^http response/ } lines_not_strict(http(0, 1000, $request,
        "HTTP/1.1 200 OK\r\nServer: Apa", "che\r\nX-A: 1\r\n\r\n"));
    like($got, qr/raw_sig=1:Server,X-A=\[1\]:.*:Apache$/, 'a response in several segments is read whole');
    ($got) = grep { /^http request/ } lines_not_strict(http(0, 1000, message($get, 'X-Foo: a|b', 'User-Agent: u|v')));
    like($got, qr/X-Foo=\[a\],User-Agent:.*:u$/, 'no bar in a value');
    my @fin = http(0, 1000, $request);
    push @fin, at(50, %answer, dport => 1000, flags => 'FA', seq => 78, options => '',
                  payload => message('HTTP/1.1 200 OK', 'Server: x'));
    ($got) = grep { /^http response/ } lines_not_strict(@fin);
    like($got, qr/raw_sig=1:Server:/, 'data that comes with a FIN');
};

subtest "the server's own ports" => sub {
    my @packets = (
        at(0, src => $server, dst => $client, sport => 2000, %windows),
        at(1000, sport => 50000), at(1010, %answer, dport => 50000, ttl => 128, win => 8192, id => 9,
                                     options => 'M1460,N,W8,N,N,S'),
        at(2000, src => $server, dst => $client, sport => 2001, mss(1400, %windows)));
    is_deeply([grep { /^host change/ } lines("the server's own ports", @packets)],
              ['host change cli|reason=port mtu|raw_hits=0,0,1,1'], "strict: a client's port counts as its own");
    is_deeply([grep { /^host change/ } lines_not_strict(@packets)], [], 'else only the ones it connected from');
};

subtest 'a system by HTTP' => sub {
    my $stock = Tool::read_file($fp);
    $fp = "$dir/systems.fp";
    Tool::write_file($fp, $stock =~ s/^(?=label = g:!:anything)/label = s:unix:Linux:web\nsig = *:Host,X-System=[yes]::\n/mr);
    my $said = message($get, 'Host: x', 'X-System: yes');
    my @got = lines_not_strict(http(0, 1000, $said), http(1000, 1001, $said));
    is(scalar(grep { /^http request cli\|os=Linux web\|/ } @got), 2, 'is known twice');
    is_deeply([grep { /^host change/ } @got], [], 'and did not change');
};

done_testing;
