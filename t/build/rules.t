# SPDX-License-Identifier: Apache-2.0
#
# The rules of the house: who includes whom (the rows stand in Makefile.apxs), what the engine must
# not do, what the module exports.
use strict;
use warnings;
use FindBin;
use Test::More;

chdir "$FindBin::RealBin/../.." or die $!;
my $build = $ENV{P0F_BUILD} || 'build';
my $cc = $ENV{CC} || 'gcc';
my $apxs = $ENV{APXS} || 'apxs';

# The engine's files from the lowest to the highest: name => [row, place].
my (%place, %row);
open my $makefile, '<', 'Makefile.apxs' or die $!;
while (<$makefile>) {
    my ($row, $names) = /^ROW(\d) *= *(.*)/ or next;
    ($place{$_}, $row{$_}) = (scalar keys %place, $row) for split ' ', $names;
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!";
    local $/;
    return scalar <$in>;
}

sub includes { my ($file) = @_; return slurp($file) =~ /^\s*#\s*include\s*[<"]([^>"]+)[>"]/mg }

sub name_of { my ($file) = @_; return $file =~ s{.*/}{}r =~ s/\.[ch]$//r }

my @engine = glob 'p0f_engine/*.[ch]';
my @httpd = ('mod_p0f.c', glob 'httpd/*.[ch]');
my @tools = grep { !-l } glob 'tools/*.[ch]';
my $of_httpd = qr{(?:^|/)(?:httpd|http_\w+|ap_\w+|mod_\w+|mpm_common|scoreboard|util_\w+|unixd)\.h$};

# ---- who includes whom --------------------------------------------------------------------------

is(join(' ', grep { !exists $place{ name_of($_) } } @engine), '', 'every file of the engine stands in a row');
is(join(' ', grep { my $n = $_; !grep { name_of($_) eq $n } @engine } sort keys %place), '', 'every name in a row is a file');

# A header follows the order within its row too; a .c file may use its whole row.
for my $file (@engine) {
    my $self = name_of($file);
    my @wrong = grep {
        my $other = name_of($_);
        -f "p0f_engine/$_" && $other ne $self
            && ($file =~ /\.h$/ ? ($place{$other} // 99) >= ($place{$self} // 99) : ($row{$other} // 9) > ($row{$self} // 9))
    } includes($file);
    is("@wrong", '', "$file (row " . ($row{$self} // '?') . ') includes no file of a higher row');
}
for my $file (@engine) {
    is(join(' ', grep { /$of_httpd/ || m{/} && !m{^(?:sys|netinet|net|arpa|linux|pcap)/} } includes($file)), '',
        "$file knows nothing of httpd or of the rest of the project");
}
is(join(' ', grep { my $f = $_; grep { m{^pcap} } includes($f) } @engine), 'p0f_engine/capture.c',
    'libpcap is known in capture.c only');
for my $file (@tools) {
    is(join(' ', grep { /$of_httpd/ || m{/} && !m{^(?:sys|netinet|net|arpa|linux)/} && !m{^(?:\.\./)?p0f_engine/} } includes($file)), '',
        "$file is built on the engine alone");
}
for my $file (@httpd) {
    is(join(' ', grep { m{tools/} || /^pcap/ } includes($file)), '', "$file uses neither a tool nor libpcap");
}

# ---- headers ------------------------------------------------------------------------------------

my $apr = join ' ', map { s/^-I/-isystem /r } split ' ', `\$($apxs -q APR_CONFIG) --includes --cppflags` . ' '
    . `\$($apxs -q APU_CONFIG) --includes`;
my $system = join ' ', $apr =~ s{-isystem /usr/include(?= |$)}{}r, map { chomp; "-isystem $_" } `$apxs -q exp_includedir`;
for my $header (grep { /\.h$/ } @engine, @httpd) {
    my $said = `echo '#include "$header"' | $cc -std=c11 -Wall -Wextra -Werror $system -I. -x c -fsyntax-only - 2>&1`;
    is($said, '', "$header compiles alone");
}

# ---- what is compiled ---------------------------------------------------------------------------

# Symbols of an object: [name, class, section].
sub symbols {
    my ($object) = @_;
    return map { [map { s/^\s+|\s+$//gr } (split /\|/)[0, 2, 6]] } grep { /\|/ } `nm -f sysv '$object'`;
}

# What the engine must never call: it doesn't end the process, print, log or ask for local time.
my $forbidden = qr/^(?:
    exit | _exit | _Exit | quick_exit | abort | __assert_fail | raise | kill |
    (?:__)?v?[fd]?printf(?:_chk)? | puts | fputs | putchar | fputc | putc | fwrite | perror | stdout | stderr |
    (?:v?warnx?|v?errx?|error) | (?:v?sys|open|close)log(?:_chk)? | (?:__)?(?:v?syslog)_chk |
    (?:localtime|ctime|asctime|gmtime)(?:_r)? | strftime | mktime | tzset | setlocale | strtok |
    (?:__)?(?:sprintf|vsprintf|strcpy|strcat|gets|sscanf|strncpy|strncat)(?:_chk)? | alloca | rand | srand | random |
    ap_\w+
)$/x;

# What a packet and a lookup pass through.
my $per_packet = qr/^(?:addr|link|packet|tcpopt|sig|match_v3|http|tos|lang|host|nat|uptime|table|cache|conversation|report|report_v3)\.o$/;

my @objects = map { s{\.c$}{.o}r } map { "$build/$_" } grep { /\.c$/ } @engine;
for my $object (@objects) {
    my $name = $object =~ s{.*/}{}r;
    my @symbols = symbols($object);
    cmp_ok(scalar @symbols, '>', 0, "$name is looked at");
    my @state = grep { $_->[2] =~ /^(?:\.t?data|\.t?bss|\*COM\*|COMMON)/ && $_->[2] !~ /^\.data\.rel\.ro/ && $_->[1] ne 't' } @symbols;
    is(join(' ', map { $_->[0] } @state), '', "$name has no state of its own");
    my @undefined = map { $_->[0] } grep { $_->[1] eq 'U' } @symbols;
    is(join(' ', grep { $_ =~ $forbidden } @undefined), '', "$name never ends the process, prints or asks for local time");
    is(join(' ', grep { /^(?:malloc|calloc|realloc|free|apr_p?\w*alloc|pthread_\w+|sem_\w+|mtx_\w+|syscall|open|read|write|poll)$/ } @undefined), '',
        "$name allocates nothing, takes no lock and makes no system call") if $name =~ $per_packet;
    is(join(' ', grep { /^pcap_/ } @undefined), '', "$name doesn't call libpcap") if $name ne 'capture.o';
    my @public = map { $_->[0] } grep { $_->[1] =~ /^[TRDBC]$/ } @symbols;
    is(join(' ', grep { !/^p0f_/ } @public), '', "the names in $name begin with p0f_");
}

my @exports = map { (split)[2] } grep { / [A-TV-Z] / } `nm -D --defined-only $build/mod_p0f.so`;
is("@exports", 'p0f_module', 'the module exports one symbol');
my @headers = `readelf -lWd $build/mod_p0f.so`;
ok((grep { /GNU_RELRO/ } @headers), 'relocations of the module are read-only');
ok((grep { /BIND_NOW|FLAGS.*NOW/ } @headers), '... and done at once');
ok(!(grep { /GNU_STACK.*E/ && !/RW / } @headers), 'its stack is not executable');
ok((grep { /__stack_chk_fail/ } `nm -D --undefined-only $build/mod_p0f.so`), 'it guards its stack');

is(join(' ', map { (split)[-1] } grep { / p0f_/ } `nm -D --undefined-only $build/mod_p0f.so`), '', 'nothing of its own is missing in the module');

# ---- what the documents claim -------------------------------------------------------------------

# Tests that the threat model names: `file` or `file` "part of a name", ... .
my $model = slurp('docs/threat-model.md');
my ($faults) = $model =~ /^(## Faults that must be survived.*)/ms;
my %tests;
while ($faults =~ /`([^`]+)`((?:,? "[^"]+")*)/g) {
    my ($name, $parts) = ($1, $2);
    my ($file) = grep { -f } $name, "t/live/$name", "t/unit/$name" or next;
    push @{ $tests{$file} }, $parts =~ /"([^"]+)"/g;
}
for my $file (sort keys %tests) {
    my $text = slurp($file);
    is(join(', ', grep { index($text, $_) < 0 } @{ $tests{$file} }), '', "$file has the tests that the threat model names");
}
my @numbers = map { /^\| (\d+|L\d+) \|[^|]+\|.*`/ ? $1 : () } split /\n/, $faults;
is("@numbers", join(' ', 1 .. 31, map { "L$_" } 1 .. 15), 'every fault and every rule of the life cycle has one');
is(join(' ', grep { !-f "t/$_" && !-f "t/fuzz/$_.c" && !-f "t/unit/$_.c" } grep { m{^live/|_t$|^fuzz_} } $model =~ /`([^` ]+)`/g), '', 'other tests that it names exist');

# Every live test that starts a server asks for its faults.
is(join(' ', grep { my $t = slurp($_); $t =~ /->start\b/ && $t =~ /Httpd->new/ && $t !~ /->faults\b/ } glob 't/live/*.t'), '',
   'every live test asserts that nothing crashed or leaked');

# ---- every file ---------------------------------------------------------------------------------

my @sources = (@engine, @httpd, @tools, glob('include/*.h t/unit/*.[ch] t/tools/*.c t/bench/*.c t/build/*.[ct] t/live/*.t t/lib/*.pm'));
is(join(' ', grep { slurp($_) !~ /\A(?:#!.*\n)?.{0,8}SPDX-License-Identifier: Apache-2\.0/ } @sources), '', 'every source file names its licence');

done_testing;
