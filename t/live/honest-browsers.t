# SPDX-License-Identifier: Apache-2.0
#
# Browsers as they are, on the systems that they name: nobody who is honest gets a pof_bad_sw or a
# pof_os_mismatch, whichever of its system's SYNs it sends. (The same without a server: t/golden.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;
use Synmask;

my $why = Synmask::missing() || Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my $wire = Synmask->new;
my $httpd = Httpd->new(netns => $wire->server, config => <<'EOC');
P0fEngine On
P0fExport all
P0fSavedSyn On
EOC
ok($httpd->start, 'the server starts') or diag $httpd->console;

# A request of these lines, in their order, as browsers of the golden set write them.
sub say {
    my ($text) = @_;
    my $program = 'use IO::Socket::IP; my $s = IO::Socket::IP->new(PeerHost => "192.0.2.2", PeerPort => 8080) or die $@; my $got = "";'
        . 'alarm 20; print $s $ARGV[0]; $s->flush; 1 while $got !~ /\r\n0\r\n\r\n\z/ && !($got =~ /^Content-Length: (\d+)\r.*?\r\n\r\n/ims && length $got >= $+[0] + $1)'
        . ' && sysread $s, $got, 65536, length $got; print $got';
    my $answer = join '', $wire->client->output('perl', '-e', $program, $text =~ s/^GET \S+/GET \/env/r);
    my ($head, $rest) = split /\r\n\r\n/, $answer, 2;
    my $body = $head =~ /^Content-Length:/im ? $rest : '';
    $body .= substr $rest, 0, hex $1, '' while $head =~ /^Transfer-Encoding:/im && $rest =~ s/^(?:\r\n)?([0-9a-f]+)\r\n//i && hex $1;
    return { map { split /=/, $_, 2 } split /\0/, $body };
}
my $golden = "$FindBin::RealBin/../golden";
my (%browsers, $judged);
for (do { open my $in, '<', "$golden/http.tsv" or die $!; grep { /^http request\t/ } <$in> }) {
    chomp;
    my (undef, $label, $stack, undef, $text) = split /\t/;
    push @{ $browsers{$stack} }, [$label, join '', map { "$_\r\n" } split(/\|/, $text), ''] if $text =~ /User-Agent: Mozilla.*(?:Chrome\/131|Firefox\/1\d\d|Version\/1[78])/;
}
my %mask = (Windows => 'Windows 10', Apple => 'macOS', iPhone => 'iOS', Android => 'Android', Linux => '');
for my $stack (sort keys %mask) {
    $wire->mask($mask{$stack} ? Synmask::system($mask{$stack}) : '');
    for (@{ $browsers{$stack} }) {
        my ($label, $text) = @$_;
        my ($agent) = $text =~ /User-Agent: (.*?)\r/;
        my $env = say($text);
        $judged++;
        is_deeply([@$env{qw(pof_http_name pof_bad_sw pof_os_mismatch)}], [$label =~ /^(\S+)/, 0, 0], "an honest $stack: $agent")
            or diag explain $env;
    }
}
cmp_ok($judged, '>=', 15, "$judged browsers on their own systems");
$wire->mask(Synmask::system('Windows 10'));
my ($iphone) = grep { $_->[1] =~ /iPhone/ } @{ $browsers{iPhone} };
is_deeply([@{ say($iphone->[1]) }{qw(pof_bad_sw pof_os_mismatch)}], [1, 1], 'a Windows that plays an iPhone is told');

is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
$wire->stop;
done_testing;
