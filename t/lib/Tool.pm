# SPDX-License-Identifier: Apache-2.0
#
# Runs the tools for tests: started with files for their output, waited for, ended by pid; and
# asks p0f 3's socket.
#
#     my $p0f = Tool->start([$ns->command($tool, '-i', 'lo', '-s', $path)], $dir, 'name');
#     $p0f->wait_for(qr/listening/);
#     my $reply = Tool::ask(Tool::connect_to($path), '192.0.2.1');
#     is($p0f->end('INT'), 0);
package Tool;

use strict;
use warnings;
use Carp;
use IO::Socket::UNIX;
use POSIX qw(WNOHANG);
use Socket qw(AF_INET AF_INET6 inet_pton);
use Time::HiRes qw(sleep time);

my $owner = $$;
my %running;

sub read_file {
    open my $from, '<:raw', $_[0] or return '';
    local $/;
    return <$from> // '';
}

sub write_file {
    my ($name, $bytes) = @_;
    open my $to, '>:raw', $name or croak "$name: $!";
    print $to $bytes;
    close $to or croak "$name: $!";
    return $name;
}

# A small fingerprint file in $dir: Linux, with and without IP options, and Windows.
sub fingerprints {
    my ($dir) = @_;
    return write_file("$dir/test.fp", <<'END');
classes = unix,win
[mtu]
label = Ethernet
sig = 1500
[tcp:request]
label = s:unix:Linux:5
sig = *:64:0:*:64240,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:8:*:mss*44,*:mss,sok,ts,nop,ws:df,id+:0
label = s:win:Windows:10
sig = 4:128:0:*:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0
END
}

# Exit status, standard output and standard error of a program that ends by itself.
sub output {
    my ($dir, @command) = @_;
    my $out = qx(@{[join ' ', map { "'$_'" } @command]} 2>'$dir/err');
    my $status = $? >> 8;
    return ($status, $out, read_file("$dir/err"));
}

# Starts a program; standard output to $dir/$name.out unless a handle is given.
sub start {
    my ($class, $command, $dir, $name, %o) = @_;
    my $self = bless { out => "$dir/$name.out", err => "$dir/$name.err" }, $class;
    unlink @$self{qw(out err)};
    $self->{pid} = fork // croak "fork: $!";
    if (!$self->{pid}) {
        if ($o{stdout}) {
            open STDOUT, '>&', $o{stdout} or die;
        } else {
            open STDOUT, '>', $self->{out} or die;
        }
        open STDIN, '<', '/dev/null' or die;
        open STDERR, '>', $self->{err} or die;
        delete @ENV{ @{ $o{unset} } } if $o{unset};
        exec @$command or POSIX::_exit(127);
    }
    $running{ $self->{pid} } = 1;
    return $self;
}

sub pid { $_[0]{pid} }
sub out { read_file($_[0]{out}) }
sub err { read_file($_[0]{err}) }

# Waits up to 10 seconds until $test says so.
sub until_true {
    my ($test) = @_;
    my $until = time + 10;
    while (time < $until) {
        return 1 if $test->();
        sleep 0.02;
    }
    return 0;
}

# Waits until the program has said something on standard error; false if it ends before.
sub wait_for {
    my ($self, $what) = @_;
    until_true(sub { $self->err =~ $what || defined $self->{status} || $self->ended });
    return $self->err =~ $what;
}

sub ended {
    my ($self) = @_;
    return 1 if defined $self->{status};
    return 0 if waitpid($self->{pid}, WNOHANG) <= 0;
    $self->{status} = $?;
    delete $running{ $self->{pid} };
    return 1;
}

# The exit status once it has ended, 'signal N' if one ended it, 'runs' after 10 seconds.
sub status {
    my ($self) = @_;
    until_true(sub { $self->ended }) or return 'runs';
    return $self->{status} & 127 ? 'signal ' . ($self->{status} & 127) : $self->{status} >> 8;
}

sub end {
    my ($self, $signal) = @_;
    kill $signal => $self->{pid} if !$self->ended;
    return $self->status;
}

# Seconds of processor time used so far.
sub cpu {
    my ($self) = @_;
    my @fields = split ' ', read_file("/proc/$self->{pid}/stat") =~ s/.*\)//sr;
    return ($fields[11] + $fields[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# ---- the socket ---------------------------------------------------------------------------------

sub connect_to {
    my ($path) = @_;
    return IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path);
}

sub query {
    my ($address) = @_;
    return $address =~ /:/ ? pack('LCa16', 0x50304601, 6, inet_pton(AF_INET6, $address))
        : pack('LCa16', 0x50304601, 4, inet_pton(AF_INET, $address));
}

# Reads $count replies (1) of 232 bytes; fewer if none comes for 5 seconds or the other side ends.
sub replies {
    my ($socket, $count) = @_;
    my $bytes = '';
    while (length $bytes < 232 * ($count // 1)) {
        my $ready = '';
        vec($ready, fileno $socket, 1) = 1;
        last if select($ready, undef, undef, 5) <= 0;
        last if !sysread $socket, $bytes, 232 * ($count // 1) - length $bytes, length $bytes;
    }
    return $bytes;
}

my @fields = qw(magic status first_seen last_seen total_conn uptime_min up_mod_days last_nat last_chg
    distance bad_sw os_match_q os_name os_flavor http_name http_flavor link_type language);

sub decode {
    my ($reply) = @_;
    my %r;
    @r{@fields} = unpack 'L9sC2(Z32)6', $reply;
    return \%r;
}

# The decoded answer about an address, undef without one.
sub ask {
    my ($socket, $address) = @_;
    syswrite $socket, query($address) or return;
    my $reply = replies($socket);
    return length $reply == 232 ? decode($reply) : undef;
}

END {
    if ($$ == $owner) {
        local $?;
        kill KILL => keys %running;
        waitpid $_, 0 for keys %running;
    }
}

1;
