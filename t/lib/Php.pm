# SPDX-License-Identifier: Apache-2.0
#
# PHP for a private httpd, from packages that t/tools/fetch-php unpacked into build/php: as a module
# of httpd (prefork), or a private php-fpm behind mod_proxy_fcgi.
package Php;

use strict;
use warnings;
use Carp;
use File::Basename qw(dirname);
use POSIX ();
use Time::HiRes qw(sleep);

my $lib = dirname(__FILE__);
my $php = $ENV{P0F_PHP} || "$lib/../../build/php";

sub _file {
    my ($pattern) = @_;
    my ($file) = glob "$php/$pattern";
    return $file || croak "no $pattern in $php";
}

# Fetches PHP where it isn't there; why it can't be had, undef if it can.
sub missing {
    my $said = `'$lib/../tools/fetch-php' '$php' 2>&1`;
    return $? == 0 ? undef : $said =~ s/\n.*//sr || 'fetch-php failed';
}

# Environment that httpd and php-fpm need to find the unpacked libraries.
sub env {
    open my $file, '<', "$php/library-path" or croak "no $php/library-path";
    chomp(my $path = <$file> // '');
    return { LD_LIBRARY_PATH => join ':', grep { length } $path, $ENV{LD_LIBRARY_PATH} // '' };
}

# Shows $_SERVER; the path of the script is /env.php.
sub script { return "<?php header('Content-Type: application/json'); echo json_encode(\$_SERVER);\n" }

# Configuration for PHP as a module; \@DIR\@ is the server root.
sub module_config {
    my $module = _file('usr/lib/apache2/modules/libphp*.so');
    return "LoadModule php_module $module\nPHPIniDir \@DIR\@\n"
        . "<FilesMatch \\.php\$>\nSetHandler application/x-httpd-php\n</FilesMatch>\n";
}

# Configuration for php-fpm; needs the modules proxy and proxy_fcgi.
sub fpm_config {
    return "<FilesMatch \\.php\$>\nSetHandler \"proxy:unix:\@DIR\@/run/fpm.sock|fcgi://localhost/\"\n</FilesMatch>\n";
}

# Starts php-fpm for the server in $dir; it ends with the object.
sub start_fpm {
    my ($class, $dir) = @_;
    my $self = bless { owner => $$ }, $class;
    my $socket = "$dir/run/fpm.sock";
    open my $file, '>', "$dir/fpm.conf" or croak "cannot write: $!";
    print $file "[global]\nerror_log = $dir/logs/fpm_log\ndaemonize = no\n[www]\nlisten = $socket\n",
        "listen.mode = 0666\npm = static\npm.max_children = 2\nclear_env = no\n",
        $> == 0 ? "user = www-data\ngroup = www-data\n" : '';
    close $file;
    my $program = _file('usr/sbin/php-fpm*');
    defined($self->{pid} = fork) or croak "fork: $!";
    if (!$self->{pid}) {
        @ENV{ keys %{ env() } } = values %{ env() };
        open STDERR, '>', "$dir/logs/fpm_console";
        exec 'setpriv', '--pdeathsig', 'TERM', $program, '-n', '-F', '-p', $dir, '-y', "$dir/fpm.conf"
            or POSIX::_exit(127);
    }
    for (1 .. 250) {
        return $self if -S $socket;
        sleep 0.02;
    }
    croak 'php-fpm does not start';
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner} || !$self->{pid};
    local $?;
    kill TERM => $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
