# SPDX-License-Identifier: Apache-2.0
#
# A system without memfd and saved SYNs: the engine builds there and passes its own tests.
use strict;
use warnings;
use FindBin;
use File::Temp;
use Test::More;

chdir "$FindBin::RealBin/../.." or die $!;
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
my $dir = File::Temp->newdir('p0ft-without-XXXXXX', TMPDIR => 1);
my $make = "make -f Makefile.apxs B='$dir' NO_MEMFD=1 NO_SAVED_SYN=1 NO_SECCOMP=1 NO_LTO=1 CFLAGS='-O1 -g' WERROR=1";

my $said = `$make tests tools 2>&1`;
is($?, 0, 'it builds without warnings') or diag $said;
open my $flags, '<', "$dir/flags" or die $!;
unlike(join('', <$flags>), qr/P0F_HAVE_/, 'nothing that is missing is used');

my @units = glob "$dir/t/unit/*_t";
cmp_ok(scalar @units, '>', 0, 'there are unit tests');
for my $unit (@units) {
    my $tap = `$unit 2>&1`;
    is($?, 0, $unit =~ s{.*/}{}r . ' passes') or diag $tap;
}

my @calls = map { `nm -u '$_'` } glob "$dir/p0f_engine/*.o";
is(join('', grep { /memfd_create/ } @calls), '', 'memfd_create is not called');

done_testing;
