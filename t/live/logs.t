# SPDX-License-Identifier: Apache-2.0
#
# P0fLog, P0fDumpFile and P0fPorts: what is observed, as p0f 3's lines, as JSON, through a program,
# as a capture file; after a restart; and when nobody reads or the disk is full.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IO::Socket::IP;
use JSON::PP;
use Test::More;
use Httpd;
use Synmask;

my $why = Synmask::missing() || Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my $wire = Synmask->new;
my $client = $wire->client;
# A system call that a thread isn't allowed ends the server.
my $httpd = Httpd->new(netns => $wire->server, args => ['-D', 'P0F_SECCOMP_KILL']);
my $dir = $httpd->dir;
mkdir "$dir/obs", 0755;
my $config = <<'EOC';
P0fEngine On
P0fExport all
P0fLog obs/all.log
P0fLog obs/all.json json
P0fLog obs/change.log only=change,mismatch
P0fLog "|/usr/bin/tee -a @DIR@/obs/piped.log" v3 only=known
P0fDumpFile obs/unknown.pcap only=unknown,mismatch max=64K
P0fPorts 2525
EOC
$httpd->configure($config);
ok($httpd->start, 'the server starts') or diag $httpd->console;

# Waits for a line in a file.
sub wait_for {
    my ($file, $what, $count) = @_;
    return $httpd->_wait(sub { (() = $httpd->read($file) =~ /$what/g) >= ($count || 1) }, 5);
}

# ---- lines ------------------------------------------------------------------------------------

my $stamp = qr{\[\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\]};
my $got = $httpd->request(from => $client, curl => ['-H', 'Accept-Language: fr']);
my $ends = "cli=192\\.0\\.2\\.1/$got->{port}\\|srv=192\\.0\\.2\\.2/8080\\|subj=cli";
ok(wait_for('obs/all.log', qr/^$stamp mod=syn\|$ends\|os=Linux [^|]+\|dist=0\|params=\S+\|raw_sig=4:64\+0:\S+$/m), 'a SYN is a line as p0f 3 writes it')
    or diag $httpd->read('obs/all.log');
ok(wait_for('obs/all.log', qr/^$stamp mod=mtu\|$ends\|link=Ethernet or modem\|raw_mtu=1500$/m), '... its link another');
ok(wait_for('obs/all.log', qr/^$stamp mod=http request\|$ends\|app=\?\?\?\|lang=French\|params=none\|raw_sig=1:Host,User-Agent,Accept=\[\*\/\*\],Accept-Language=\[fr\]:Connection,Accept-Encoding,Accept-Charset,Keep-Alive:curl\/\S+$/m),
   '... the request a third');
ok(wait_for('obs/piped.log', qr/mod=syn\|$ends\|os=Linux/), 'a program reads lines');
my @offset = localtime;
like($httpd->read('obs/all.log'), qr{^\[\Q@{[ sprintf '%04d/%02d/%02d', $offset[5] + 1900, $offset[4] + 1, $offset[3] ]}\E }, 'in local time');

ok(wait_for('obs/all.json', qr/"mod":"http request"/), 'JSON lines come');
my @objects = map { eval { decode_json($_) } || fail("no JSON: $_") } split /\n/, $httpd->read('obs/all.json');
my ($syn) = grep { $_->{mod} eq 'syn' } @objects;
is($syn->{os}, $got->{log}{genre} . ' ' . $got->{log}{details}, 'JSON names the system') or diag explain $syn;
is(scalar @objects, scalar(split /\n/, $httpd->read('obs/all.log')), 'each observation is in both');

# ---- choice -----------------------------------------------------------------------------------

is($httpd->read('obs/change.log'), '', 'no change, no mismatch so far');
is(-s "$dir/obs/unknown.pcap", 24, 'the capture file has a head');
$wire->mask(Synmask::system('Windows 10'));
my $windows = $httpd->request(from => $client);
ok(wait_for('obs/change.log', qr/mod=host change\|cli=192\.0\.2\.1\/$windows->{port}\|\S+\|reason=os_diff/), 'another system at the address is a change');
$httpd->request(from => $client, curl => ['-A', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)']);
$wire->mask('');
my $liar = $httpd->request(from => $client, curl => ['-A', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)']);
ok(wait_for('obs/change.log', qr/mod=http request\|cli=192\.0\.2\.1\/$liar->{port}\|/), 'a Linux that says Windows is a mismatch');
is(scalar(() = $httpd->read('obs/change.log') =~ /mod=http request/g), 1, '... and an honest one is none');
$wire->mask('ttl=200 win=4711 opt=M1460,N,N,?250:00,N,W3 df=0 id=+');
my $alien = $httpd->request(from => $client);
ok(wait_for('obs/all.log', qr/mod=syn\|cli=192\.0\.2\.1\/$alien->{port}\|\S+\|os=\?\?\?/), 'a system that nobody knows');
unlike($httpd->read('obs/piped.log'), qr/\?\?\?|mod=host change|mod=uptime/, 'only=known leaves out what isn\'t known');
$wire->mask('');

# ---- evidence ---------------------------------------------------------------------------------

my $tool = ($ENV{P0F_BUILD} || "$FindBin::RealBin/../../build") . '/tools/p0f';
my $read = sub { [map { /cli=\S+?\/(\d+).*raw_sig=(\S+)/ ? "$1 $2" : () } grep { /mod=syn\|/ } split /\n/, $httpd->read('obs/replayed.log')] };
ok($httpd->_wait(sub { -s "$dir/obs/unknown.pcap" > 24 + 2 * 60 }, 5), 'SYNs are kept in the capture file');
unlink "$dir/obs/replayed.log";
system("$tool -f $dir/p0f.fp -r $dir/obs/unknown.pcap -o $dir/obs/replayed.log >/dev/null 2>&1");
is_deeply([sort @{ $read->() }], [sort "$liar->{port} $liar->{log}{sig}", "$alien->{port} $alien->{log}{sig}"],
          'they are those that were asked for, and the same facts are read from them') or diag $httpd->read('obs/replayed.log');

# ---- other ports ------------------------------------------------------------------------------

sub connect_to {
    my ($port) = @_;
    my $script = "use IO::Socket::IP; IO::Socket::IP->new(PeerHost => '192.0.2.2', PeerPort => $port, Timeout => 2); 1";
    system($client->command($^X, '-e', $script));
}
connect_to(2525);
connect_to(2526);
ok(wait_for('obs/all.log', qr{mod=syn\|cli=\S+\|srv=192\.0\.2\.2/2525\|}), 'P0fPorts: a SYN to a port that httpd doesn\'t listen on');
unlike($httpd->read('obs/all.log'), qr{/2526\|}, '... and to no other');

# ---- restart ----------------------------------------------------------------------------------

rename "$dir/obs/all.log", "$dir/obs/all.log.1";
my $size = -s "$dir/obs/unknown.pcap";
ok($httpd->graceful, 'a graceful restart');
$got = $httpd->request(from => $client);
ok(wait_for('obs/all.log', qr{mod=syn\|cli=192\.0\.2\.1/$got->{port}\|}), '... opens the log anew');
ok(wait_for('obs/piped.log', qr{mod=syn\|cli=192\.0\.2\.1/$got->{port}\|}), '... and the program');
unlike($httpd->read('obs/all.log.1'), qr{/$got->{port}\|}, '... nothing more goes to the old file');
is(-s "$dir/obs/unknown.pcap", $size, '... the capture file is gone on with');

$httpd->configure($config =~ s/^P0fPorts.*\n//mr =~ s{obs/all\.log}{/nowhere/all.log}r);
ok($httpd->graceful, 'a restart with a file that can\'t be opened');
like($httpd->error_log, qr{P0fLog "/nowhere/all\.log": /nowhere: No such file}, '... says so');
$got = $httpd->request(from => $client);
ok(wait_for('obs/all.json', qr/"client_port":$got->{port}|"cli(?:ent)?":.*$got->{port}/), '... and serves and logs on elsewhere');
$httpd->configure($config =~ s/^P0fPorts.*\n//mr =~ s{^P0fDumpFile \S+}{P0fDumpFile obs/all.log}mr . "P0fUnknownLog obs/all.json\n");
ok($httpd->graceful, 'a restart with one file for two uses');
like($httpd->error_log, qr{P0fDumpFile "\S*/obs/all\.log": it is the file of P0fLog, too}, '... says so');
like($httpd->error_log, qr{P0fUnknownLog \S*/obs/all\.json: it is the file of P0fLog, too; unknown signatures are not logged}, '... of each');
$got = $httpd->request(from => $client);
ok(wait_for('obs/all.log', qr{mod=syn\|cli=192\.0\.2\.1/$got->{port}\|}), '... and logs on');
my $json = $httpd->read('obs/all.json');
connect_to(2525);
$httpd->request(from => $client);
unlike(substr($httpd->read('obs/all.json'), length $json), qr/2525/, 'without P0fPorts nobody looks there');
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');

# ---- nobody reads, no room --------------------------------------------------------------------

$httpd->configure(<<"EOC");
P0fEngine On
P0fExport all
P0fSavedSyn Off
P0fWait 100ms
P0fLog "|/bin/sleep 1000" json
P0fLog /dev/full
P0fDumpFile obs/small.pcap max=4K
EOC
ok($httpd->start, 'a server whose logger never reads and whose disk is full') or diag $httpd->console;
my @genres = map { $httpd->request(from => $client, no_log => 1, curl => ['-H', "X-A: $_" x 10, '-H', 'X-B: ' . 'b' x 1000])->{env}{pof_genre} } 1 .. 200;
is_deeply([grep { ($_ // '') ne 'Linux' } @genres], [], 'every client is known, by the capture');
cmp_ok(-s "$dir/obs/small.pcap", '<=', 4096, 'the capture file keeps its limit');
cmp_ok(-s "$dir/obs/small.pcap", '>', 3900, '... and fills it');
ok($httpd->_wait(sub { $httpd->error_log =~ m{"/dev/full": \d+ observations could not be written} }, 25), 'the error log says how much was lost') or diag $httpd->error_log;
my $started = time;
ok($httpd->stop, 'it stops');
cmp_ok(time - $started, '<', 5, '... at once');
is($httpd->faults, '', 'no crash');
$wire->stop;
done_testing;
