# SPDX-License-Identifier: Apache-2.0
#
# What is installed is enough: httpd takes the module, a program is built on the engine from the
# installed files alone, and an edited fingerprint file is kept.
use strict;
use warnings;
use FindBin;
use File::Temp;
use Test::More;

chdir "$FindBin::RealBin/../.." or die $!;
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
my $apxs = $ENV{APXS} || 'apxs';
my $cc = $ENV{CC} || 'gcc';
my $build = $ENV{P0F_BUILD} || 'build';
chomp(my ($libexec, $sysconf) = map { scalar `$apxs -q $_` } qw(exp_libexecdir exp_sysconfdir));
my $temp = File::Temp->newdir('p0ft-install-XXXXXX', TMPDIR => 1);
my $dest = "$temp/root";
my $at = "$dest/usr/local";

sub install { return scalar `make -f Makefile.apxs install DESTDIR='$dest' 2>&1` }

sub slurp { open my $file, '<', $_[0] or return ''; local $/; return scalar <$file> }

my $said = install();
is($?, 0, 'it installs below DESTDIR') or diag $said;
ok(-s "$dest$_", "$_ is there") for "$libexec/mod_p0f.so", "$sysconf/p0f.fp", map { "/usr/local/$_" }
    qw(bin/p0f lib/libp0f_engine.a lib/pkgconfig/p0f_engine.pc include/p0f_engine/engine.h share/mod_p0f/p0f.conf);

# ---- a program on the engine --------------------------------------------------------------------

my $example = "$temp/example";
my $config = "PKG_CONFIG_PATH='$at/lib/pkgconfig' pkg-config --define-variable=prefix='$at'";
system "cp t/build/example.c '$temp/' && cd '$temp' && $cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror"
    . " `$config --cflags p0f_engine` -o example example.c `$config --libs p0f_engine`";
is($?, 0, 'a program is built from the installed files alone');
for my $header (glob "$at/include/p0f_engine/*.h") {
    my $text = `echo '#include "$header"' | $cc -std=c11 -Wall -Werror \`$config --cflags p0f_engine\` -x c -fsyntax-only - 2>&1`;
    is($text, '', 'the installed ' . $header =~ s{.*/}{}r . ' compiles alone');
}
is(scalar `$build/t/tools/gensyn 8 > '$temp/eight.pcap'`, '', 'a capture is made');
my @lines = `cd '$temp' && ./example '$dest$sysconf/p0f.fp' eight.pcap`;
is($?, 0, 'it runs');
is(scalar(grep { /mod=syn/ && /\|(?:os|app)=(?!\?)/ } @lines), 8, 'it recognises the eight systems of the capture');
like($lines[0], qr/cli=10\.0\.0\.1\/1024\|.*os=Linux/, 'the first is Linux');
is(`cd '$temp' && ./example nowhere.fp eight.pcap 2>&1` =~ /nowhere\.fp/ ? 'told' : 'not told', 'told', 'an error is a sentence');
is(scalar(() = slurp('t/build/example.c') =~ /;\s*$/mg) <= 40, 1, 'the program is short');

# ---- what to remove again ------------------------------------------------------------------------

my ($removing) = slurp('README') =~ /^Removing it\n-+\n(.*?)^For developers/ms;
my %listed = map { $_ => 1 } $removing =~ m{((?:bin|lib|share|include)/\S+|\S+\.(?:so|fp)\b)}g;
my @files = split /\n/, `cd '$dest' && find . -type f`;
my @forgotten = grep {
    my $file = s{^\.(?:/usr/local/|\Q$libexec\E/|\Q$sysconf\E/)}{}r;
    !$listed{$file} && !grep { index($file, "$_/") == 0 } keys %listed;
} @files;
is("@forgotten", '', 'the README names all that is installed where it says how to remove it');

# ---- edited files are kept ----------------------------------------------------------------------

my $fp = "$dest$sysconf/p0f.fp";
open my $out, '>>', $fp or die $!;
print $out "; mine\n";
close $out;
like(install(), qr/was edited and is kept/, 'an edited fingerprint file is kept, and that is said');
like(slurp($fp), qr/; mine\n\z/, 'it is as it was');
for my $file ($fp, "$at/share/mod_p0f/p0f.fp") {
    open my $old, '>', $file or die $!;
    print $old "; of the version before\n";
}
install();
is(slurp($fp), slurp('p0f.fp'), 'an untouched one of an older version is replaced');

done_testing;
