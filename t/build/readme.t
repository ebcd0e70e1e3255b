# SPDX-License-Identifier: Apache-2.0
#
# What the README tells an administrator is so: its configuration works, its table has the
# variables that there are, and conf/p0f.conf can be included.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing();
plan skip_all => $why if $why;
my $root = "$FindBin::RealBin/../..";

sub slurp { open my $file, '<', "$root/$_[0]" or die "$_[0]: $!"; local $/; return scalar <$file> }

my $readme = slurp('README');
my ($lines) = $readme =~ /^Ten lines of configuration\n-+\n\n(.*?)\n\nOnly the first two/ms;
$lines =~ s/^ {4}//mg;
is(scalar(split /\n/, $lines), 10, 'the configuration has ten lines');
$lines =~ s/^LoadModule.*\n//;
$lines =~ s{/var/log/apache2}{\@DIR\@/logs};

# In the README's table and in the code: name => whether it is filled.
my ($table) = $readme =~ /^Variables\n-+\n(.*?)^Where an answer/ms;
my %told = $table =~ /^ {4}(pof_\w+) +(\S.*)$/mg;
$_ = !/not filled yet/ for values %told;
my %is = slurp('httpd/vars.c') =~ /^ {4}\{ "(pof_\w+)", \w+, (\w+)/mg;
$_ = $_ ne 'none' for values %is;
is_deeply([sort keys %told], [sort keys %is], 'the table has every variable');
is_deeply([grep { $told{$_} && !$is{$_} } sort keys %told], [], 'none is promised that isn\'t filled');

my $httpd = Httpd->new(modules => ['setenvif', 'headers'], config => $lines);
$httpd->write('htdocs/private', "secret\n");
ok($httpd->start, 'a server with the README\'s lines starts') or diag $httpd->console;
my $got = $httpd->request;
is($got->{env}{pof_genre}, 'Linux', 'the client over loopback is Linux');
like($got->{headers}, qr/^X-Your-System: Linux\r?$/m, 'the header tells the client');
is($httpd->request(path => '/private')->{status}, 200, 'the rule lets Linux in');
my $told = $httpd->request(curl => ['-H', 'X-Client-System: forged'])->{env};
is($told->{HTTP_X_CLIENT_SYSTEM}, 'Linux', 'who comes after is told the system, whatever the client says');
like($httpd->read('logs/os_log'), qr/os="Linux [^"]*" by=(?:capture|saved_syn)$/m, 'the log line is as shown');
$httpd->configure($lines =~ s/'Linux', //r);
$httpd->graceful;
is($httpd->request(path => '/private', curl => ['-H', 'pof_genre: Windows'])->{status}, 403, 'a header of the variable\'s name opens nothing');
is($httpd->faults, '', 'no crash, same parent');
$httpd->stop;

$httpd = Httpd->new(config => slurp('conf/p0f.conf') . "CustomLog \@DIR\@/logs/os_log os\n");
ok($httpd->start, 'a server that includes conf/p0f.conf starts') or diag $httpd->console;
$httpd->request;
like($httpd->read('logs/os_log'), qr/os="Linux [^"]*" hops=0 link="loopback" by=(?:capture|saved_syn)$/m, 'its log format works');
is($httpd->faults, '', 'no crash, same parent');
$httpd->stop;

# ---- instead of p0f's daemon ------------------------------------------------------------------

($lines) = $readme =~ /^Instead of p0f's daemon\n-+\n\n.*?:\n\n((?: {4}P0f[^\n]*\n)+)/ms;
like($lines, qr/^    P0fApiSocket .*user=_rspamd$/m, 'the lines for a mail server');
$lines =~ s{/run/p0f.sock}{\@DIR\@/run/p0f.sock};
$lines =~ s{/var/log/apache2}{\@DIR\@};
$lines =~ s/_rspamd/nobody/;
$httpd = Httpd->new(config => "${lines}P0fReadFile $root/t/golden/linux.veth.pcap\n");
chmod 0755, $httpd->dir . '/run';
ok($httpd->start, 'a server with them starts') or diag $httpd->console;
my $build = $ENV{P0F_BUILD} || "$root/build";
my ($address) = `$build/tools/p0f -f $root/p0f.fp -r $root/t/golden/linux.veth.pcap` =~ /^\.-\[ (\S+)\//m;
my $ask = "$build/tools/p0fq -s " . $httpd->dir . '/run/p0f.sock';
ok($httpd->_wait(sub { `$ask $address 2>&1` =~ /Linux/ }, 5), 'p0fq is told of a client') or diag scalar `$ask $address 2>&1`;
ok($httpd->_wait(sub { $httpd->read('p0f.log') =~ /mod=syn.*os=Linux/ }, 5), '... and the log has it');
is($httpd->faults, '', 'no crash, same parent');
$httpd->stop;

done_testing;
