# SPDX-License-Identifier: Apache-2.0
#
# The machine's own set-up that tests must leave alone: the files of its web server and PHP,
# installed packages, servers that run.
package Machine;

use strict;
use warnings;
use Digest::SHA;
use File::Find;

use constant WATCHED => qw(/etc/apache2 /etc/php /etc/init.d /etc/systemd /etc/logrotate.d /etc/cron.d
    /var/www /var/log/apache2 /var/lib/apache2 /var/lib/php /run/apache2 /run/php);

# A hash of everything watched, to compare with a later one.
sub state {
    my %state;
    for my $top (grep { -e } WATCHED) {
        find({ no_chdir => 1, wanted => sub { $state{$_} = _describe($_) } }, $top);
    }
    $state{packages} = Digest::SHA::sha1_hex(`dpkg-query -W -f '\${Package} \${Version} \${Status}\n' 2>/dev/null`);
    $state{$_} = 'runs' for _servers();
    return \%state;
}

sub _describe {
    my ($path) = @_;
    my @stat = lstat $path or return 'gone';
    return join ' ', @stat[2, 4, 5, 7, 9], -l _ ? readlink $path : -f _ ? Digest::SHA->new(1)->addfile($path)->hexdigest : '';
}

# Servers that run from the machine's own configuration, by process id.
sub _servers {
    my @found;
    for my $dir (glob '/proc/[0-9]*') {
        open my $file, '<', "$dir/cmdline" or next;
        my ($program, @args) = split /\0/, do { local $/; <$file> } // '';
        next if !defined $program;
        push @found, "$dir $program"
            if $program =~ m{(?:^|/)(?:apache2|httpd)$} && !grep({ /^-[fd]/ } @args)
            || $program =~ m{^php-fpm: master process \(/etc/};
    }
    return @found;
}

1;
