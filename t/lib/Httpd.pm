# SPDX-License-Identifier: Apache-2.0
#
# A private httpd for live tests: the system's httpd program and modules with a server root,
# configuration, logs and port of its own. As root it runs in a process namespace of its own, so
# that nothing of it outlives the test, and in a network namespace when the test names one.
#
#     my $httpd = Httpd->new(mpm => 'event', netns => $server, config => "P0fEngine On\n");
#     $httpd->start or die $httpd->console;
#     my $got = $httpd->request(from => $client);       # {status, env, log, body, port}
#     is($got->{log}{genre}, 'Linux');
#     is($httpd->faults, '', 'no crash, same parent');
package Httpd;

use strict;
use warnings;
use Carp;
use File::Basename qw(basename dirname);
use File::Copy qw(copy);
use File::Temp;
use IO::Socket::IP;
use POSIX ();
use Scalar::Util qw(weaken);
use Time::HiRes qw(sleep time);
use Netns;

my $lib = dirname(__FILE__);
my $root = "$lib/../..";
my (%running, %asked, %given, @unjudged);
my $test = $$;

# What the access log shows of each request besides address, status and path.
our @VARIABLES = qw(type genre details distance link tos uptime score mflags fw nat err real class
    quality params sig mtu mss ttl uptime_min up_mod_days first_seen last_seen total_conn age source
    via host_genre host_details host_age);

# ---- what is on this machine ------------------------------------------------------------------

sub _apxs {
    my ($name) = @_;
    my $apxs = $ENV{APXS} || 'apxs';
    $asked{$name} //= `$apxs -q $name 2>/dev/null` || '';
    chomp $asked{$name};
    return $asked{$name};
}

sub program {
    return $ENV{HTTPD} || (_apxs('sbindir') || '/usr/sbin') . '/' . (_apxs('progname') || 'apache2');
}

# The modules' directory of the system's httpd.
sub libexecdir { return _apxs('libexecdir') || '/usr/lib/apache2/modules' }

# The module under test; undef if it isn't built.
sub module {
    return $ENV{P0F_MODULE} if $ENV{P0F_MODULE};
    my ($file) = grep { -f } map { "$root/$_" } qw(build/mod_p0f.so build/.libs/mod_p0f.so .libs/mod_p0f.so);
    return $file;
}

# Why a server with the module can't run here; undef if it can.
sub missing {
    my (%o) = @_;
    return 'no httpd program' if !-x program();
    return 'the module is not built' if !$o{without_module} && !module();
    return Netns::missing() if $o{netns};
    return;
}

sub mpms { return grep { -f libexecdir() . "/mod_mpm_$_.so" } qw(prefork worker event) }

# ---- making a server --------------------------------------------------------------------------

# mpm       prefork, worker or event (event)
# netns     a Netns; without one the server listens on 127.0.0.1 of the current one
# config    text after the base configuration
# modules   further modules of the system's httpd, without mod_ and .so
# p0f       0: the module under test isn't loaded
# database  fingerprint file for P0fDatabase (p0f.fp of the tree); '' for no such line
# user      ordinary user to start it as
# cgi       0: without mod_cgi or mod_cgid
# daemon    1: started with -k start, so that it detaches
# args      further arguments of the program
# env       hash of environment variables
# wrap      command line to put before the program's, such as strace
sub new {
    my ($class, %o) = @_;
    my $self = bless {
        mpm => 'event', p0f => 1, cgi => 1, database => "$root/p0f.fp", config => '', modules => [], args => [],
        env => {}, wrap => [], %o, files => File::Temp->newdir('p0ft-httpd-XXXXXX', TMPDIR => 1),
        owner => $$,
    }, $class;
    $self->{dir} = $self->{files}->dirname;
    $self->{port} = $self->{netns} ? 8080 : _free_port();
    chmod 0755, $self->{dir};
    mkdir "$self->{dir}/$_" for qw(run logs htdocs cgi-bin core modules);
    chmod 01777, "$self->{dir}/$_" for qw(run logs core);
    $self->_copy("$lib/env.cgi", 'cgi-bin/env', 0755);
    $self->_copy(module(), 'modules/mod_p0f.so', 0644) if $self->{p0f};
    $self->_copy($self->{database}, 'p0f.fp', 0644) if $self->{p0f} && $self->{database};
    $self->write('htdocs/index.html', "home\n");
    $self->configure($self->{config});
    $running{ 0 + $self } = $self;
    weaken $running{ 0 + $self };
    return $self;
}

# Below those that the kernel gives to who connects: one of those may be taken by the time httpd listens.
sub _free_port {
    for (1 .. 500) {
        my $port = 10000 + int rand 20000;
        return $port if !$given{$port}++ && IO::Socket::IP->new(LocalHost => '127.0.0.1', LocalPort => $port, Listen => 1);
    }
    croak "no port: $@";
}

sub _copy {
    my ($self, $from, $to, $mode) = @_;
    copy($from, "$self->{dir}/$to") or croak "cannot copy $from: $!";
    chmod $mode, "$self->{dir}/$to";
}

sub dir { $_[0]{dir} }
sub port { $_[0]{port} }

# Writes a file below the server root and gives its path.
sub write {
    my ($self, $name, $text) = @_;
    my $path = "$self->{dir}/$name";
    open my $file, '>', $path or croak "cannot write $path: $!";
    print $file $text;
    close $file;
    return $path;
}

sub read {
    my ($self, $name) = @_;
    open my $file, '<', "$self->{dir}/$name" or return '';
    local $/;
    return scalar <$file> // '';
}

sub _load {
    my ($name) = @_;
    my $file = libexecdir() . "/mod_$name.so";
    return -f $file ? "<IfModule !${name}_module>\nLoadModule ${name}_module $file\n</IfModule>\n" : '';
}

# Writes the configuration anew, for the next start or restart.
sub configure {
    my ($self, $text) = @_;
    my $dir = $self->{dir};
    my $mpm = libexecdir() . "/mod_mpm_$self->{mpm}.so";
    my $listen = $self->{netns} ? $self->{port} : "127.0.0.1:$self->{port}";
    my $base = "ServerRoot $dir\nServerName localhost\nListen $listen\n";
    $base .= "LoadModule mpm_$self->{mpm}_module $mpm\n" if -f $mpm;
    $base .= _load($_) for qw(unixd log_config authz_core env mime dir alias),
        $self->{cgi} ? $self->{mpm} eq 'prefork' ? 'cgi' : 'cgid' : (), @{ $self->{modules} };
    $base .= "LoadModule p0f_module modules/mod_p0f.so\n" if $self->{p0f};
    $base .= "P0fDatabase $dir/p0f.fp\n" if $self->{p0f} && $self->{database};
    $base .= "User www-data\nGroup www-data\n" if $> == 0 && !$self->{user};
    my $format = join '\t', '%a', '%>s', '%U%q', map { "%{pof_$_}e" } @VARIABLES;
    $base .= <<"EOC";
DefaultRuntimeDir $dir/run
PidFile $dir/run/httpd.pid
Mutex file:$dir/run default
CoreDumpDirectory $dir/core
ErrorLog $dir/logs/error_log
LogLevel notice
LogFormat "$format" p0f
CustomLog $dir/logs/access_log p0f
DocumentRoot $dir/htdocs
TypesConfig /dev/null
ScriptAlias /env $dir/cgi-bin/env
<IfModule cgid_module>
ScriptSock $dir/run/cgid
</IfModule>
KeepAliveTimeout 2
EOC
    $text =~ s/\@DIR\@/$dir/g;
    $self->write('httpd.conf', $base . $text);
}

# ---- life -------------------------------------------------------------------------------------

# The first process of the namespace: starts the server, reaps, ends when nothing is left to wait
# for, or with the server where that stays in the foreground.
my $init = <<'EOI';
my ($stay, @command) = @ARGV;
defined(my $pid = fork) or die "fork: $!";
if (!$pid) { setpgrp; exec @command or die "cannot run $command[0]: $!" }
my $status = 0;
while ((my $ended = wait) > 0) { next if $ended != $pid; $status = $?; last if !$stay || $status }
if ($stay) { 1 while wait > 0 }
exit($status >> 8 || ($status & 127 ? 128 + ($status & 127) : 0));
EOI

# True for a module that was built with sanitizers.
sub sanitized { return _sanitizer(1) ? 1 : 0 }

# So many seconds, and more with sanitizers. In children of a process that had threads when it forked,
# ThreadSanitizer intercepts nothing any more, and the handlers of signals that it has put off are never run:
# prefork's workers go on until httpd kills them, after ten seconds.
sub within {
    my ($seconds) = @_;
    return $seconds + (!sanitized() ? 0 : $asked{libraries} =~ /libtsan/ ? 45 : 15);
}

# Seconds for a start, restart or stop.
sub PATIENCE { return within(15) }

# Settings for a module that was built with sanitizers: httpd itself wasn't, so their libraries are
# loaded first; what they find goes to the error log. (prefork ends from within its signal handler.)
sub _sanitizer {
    my ($with_module) = @_;
    return if !$with_module;
    my @libraries = ($asked{libraries} //= join '', `ldd '@{[module()]}'`) =~ /=> (\S*lib(?:asan|ubsan|tsan)\S*)/g or return;
    return ('LD_PRELOAD=' . join(':', @libraries), map { "$$_[0]=" . ($ENV{ $$_[0] } || $$_[1]) }
        ['ASAN_OPTIONS', 'detect_leaks=0'], ['TSAN_OPTIONS', 'die_after_fork=0 report_signal_unsafe=0']);
}

sub _command {
    my ($self, @args) = @_;
    my @command = (program(), '-d', $self->{dir}, '-f', "$self->{dir}/httpd.conf", @{ $self->{args} }, @args);
    unshift @command, 'env', _sanitizer($self->{p0f});
    unshift @command, 'setpriv', '--reuid', $self->{user}, '--regid', 'nogroup', '--clear-groups',
        ($self->{caps} ? ('--inh-caps', "+$self->{caps}", '--ambient-caps', "+$self->{caps}") : ()), '--'
        if $self->{user};
    return (@{ $self->{wrap} }, @command);
}

sub _in_netns {
    my ($self, @command) = @_;
    return $self->{netns} ? $self->{netns}->command(@command) : @command;
}

# Starts the server and waits until it serves; false when it ended instead.
sub start {
    my ($self) = @_;
    croak 'runs already' if $self->{launcher};
    my @command = $self->_command($self->{daemon} ? ('-k', 'start') : '-DFOREGROUND');
    if ($> == 0) {
        @command = ('setpriv', '--pdeathsig', 'KILL', 'prlimit', '--core=unlimited',
            $self->_in_netns('unshare', '--pid', '--mount', '--mount-proc', '--kill-child', '--fork', '--',
                             $^X, '-e', $init, $self->{daemon} ? 1 : 0, @command));
    }
    my $seen = $self->_generations;
    $self->{unjudged} = (caller)[2];
    unlink "$self->{dir}/run/httpd.pid";
    defined($self->{launcher} = fork) or croak "fork: $!";
    if (!$self->{launcher}) {
        POSIX::setsid();
        chdir "$self->{dir}/core";
        @ENV{ keys %{ $self->{env} } } = values %{ $self->{env} };
        delete $SIG{$_} for qw(INT TERM HUP);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/logs/console";
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }
    my $detaches = $self->{daemon} && $> != 0; # then its launcher ends and it stays
    $self->_wait(sub {
        return $self->{parent} = $self->_find_parent if $self->_generations > $seen;
        return $self->_ended && !($detaches && $self->exit_status == 0);
    }) or croak 'the server does not start: ' . $self->error_log;
    $self->_note_burden;
    $self->{unjudged} = 0 if !$self->{parent}; # a start that was to fail
    return $self->{parent} ? 1 : 0;
}

# What the parent holds: descriptors, and KiB of memory of its own. Noted when a configuration is
# in use for the first and the second time; later, with the same one, it may not hold more.
sub burden {
    my ($self) = @_;
    my @fds = glob "/proc/$self->{parent}/fd/*";
    my ($memory) = _slurp("/proc/$self->{parent}/status") =~ /^RssAnon:\s+(\d+)/m;
    return (scalar @fds, $memory // 0);
}

sub _note_burden {
    my ($self) = @_;
    return if !$self->{parent} || $> != 0;
    my $noted = $self->{burden}{ $self->read('httpd.conf') } //= [0, 0, 0];
    return if $$noted[2]++ >= 2;
    my ($fds, $memory) = $self->burden;
    $$noted[0] ||= $fds;
    $$noted[1] = $memory if $memory > $$noted[1];
}

# What the parent holds too much now: '' or a sentence. What is on its way out has a moment.
sub _too_much {
    my ($self) = @_;
    my $noted = $self->{burden}{ $self->read('httpd.conf') } or return ();
    my ($fds, $memory);
    $self->_wait(sub { ($fds, $memory) = $self->burden; $fds <= $$noted[0] }, 5);
    my @faults;
    push @faults, "the parent held $$noted[0] descriptors and holds $fds: "
        . join(' ', map { readlink($_) // '' } glob "/proc/$self->{parent}/fd/*") if $fds > $$noted[0];
    push @faults, "the parent's memory grew from $$noted[1] to $memory KiB"
        if $memory > $$noted[1] + 8192 && !sanitized();
    return @faults;
}

# True when the launched process is gone; its status is kept.
sub _ended {
    my ($self) = @_;
    return 1 if !$self->{launcher};
    return 0 if waitpid($self->{launcher}, POSIX::WNOHANG()) == 0;
    ($self->{exit}, $self->{launcher}) = ({ status => $? }, undef);
    return 1;
}

sub exit_status { my ($self) = @_; return $self->{exit} ? $self->{exit}{status} >> 8 : undef }

# Calls $done until it is true or time is up; gives its value.
sub _wait {
    my ($self, $done, $seconds) = @_;
    my $end = time + ($seconds || PATIENCE());
    while (1) {
        my $value = $done->();
        return $value if $value || time > $end;
        sleep 0.02;
    }
}

# How often the server said that it is ready.
sub _generations { my ($self) = @_; return scalar(() = $self->read('logs/error_log') =~ /resuming normal operations/g) }

# The parent's process id as seen from here, by its own note in the PidFile.
sub _find_parent {
    my ($self) = @_;
    my ($own) = $self->read('run/httpd.pid') =~ /(\d+)/ or return;
    return $own if $> != 0;
    for my $pid (_descendants($self->{launcher})) {
        my ($inner) = _slurp("/proc/$pid/status") =~ /^NSpid:.*\t(\d+)$/m or next;
        return $pid if $inner == $own;
    }
    return;
}

sub _slurp {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/;
    return scalar <$file> // '';
}

sub _parents {
    return map { my ($pid, $ppid) = _slurp($_) =~ /^(\d+) \(.*\) \S (\d+)/s; $pid ? ($pid => $ppid) : () } glob '/proc/[0-9]*/stat';
}

sub _descendants {
    my ($top) = @_;
    my %parent = _parents();
    my (@found, @next) = ();
    @next = ($top);
    while (defined(my $pid = shift @next)) {
        my @children = grep { $parent{$_} == $pid } keys %parent;
        push @found, @children;
        push @next, @children;
    }
    return sort { $a <=> $b } @found;
}

sub pid { $_[0]{parent} }

# Process ids of the parent's children: workers, and mod_cgid's daemon where there is one.
sub children {
    my ($self) = @_;
    my %parent = _parents();
    return sort { $a <=> $b } grep { $parent{$_} == $self->{parent} } keys %parent;
}

# Of these, the processes that P0fIsolation makes.
sub helpers {
    my ($self) = @_;
    return grep { _slurp("/proc/$_/comm") eq "p0f\n" } $self->children;
}

# The folders in /proc of the threads with this name in the processes @pids; "p0f": of the sniffer.
sub threads {
    my ($name, @pids) = @_;
    return grep { _slurp("$_/comm") eq "$name\n" } map { glob "/proc/$_/task/*" } @pids;
}

# Inodes of the packet sockets that a process holds.
sub packet_sockets {
    my ($self, $pid) = @_;
    my %packet = map { (split)[8] => 1 } grep { !/^sk/ } split /\n/, _slurp("/proc/$pid/net/packet");
    return sort grep { $packet{$_} } map { (readlink($_) // '') =~ /^socket:\[(\d+)\]/ ? $1 : () } glob "/proc/$pid/fd/*";
}

# Signals the parent and waits until the server says that it is ready again: the seconds that took, 0 if it
# doesn't.
sub _again {
    my ($self, $signal) = @_;
    my $log = "$self->{dir}/logs/error_log";
    my ($seen, $size, $begun) = ($self->_generations, -s $log, time);
    kill $signal => $self->{parent};
    until (-s $log > $size && $self->_generations > $seen) {
        return 0 if time - $begun > PATIENCE();
        sleep 0.001;
    }
    my $took = time - $begun;
    $self->_note_burden;
    return $took;
}

sub graceful { $_[0]->_again('USR1') }
sub restart { $_[0]->_again('HUP') }

# Stops the server (by $signal: TERM, WINCH) and waits for its end; false when it had to be killed.
sub stop {
    my ($self, $signal) = @_;
    return 1 if !$self->{launcher} && !$self->{parent};
    my @ours = grep { $_ } $self->{launcher}, $self->{parent} ? ($self->{parent}, $self->children) : ();
    my $clean = kill($signal || 'TERM', $self->{parent} || $self->{launcher})
        && $self->_wait(sub { $self->_ended && !($self->{parent} && kill 0, $self->{parent}) });
    if (!$clean) {
        kill KILL => @ours;
        $self->_wait(sub { $self->_ended });
    }
    delete @$self{qw(parent launcher)};
    return $clean ? 1 : 0;
}

# Runs the program with further arguments (-t, -S, -k ...): exit status and everything it printed.
sub invoke {
    my ($self, @args) = @_;
    local %ENV = (%ENV, %{ $self->{env} });
    open my $saved, '>&', \*STDERR;
    open STDERR, '>', "$self->{dir}/logs/invoked";
    open my $out, '-|', $self->_in_netns($self->_command(@args)) or croak "cannot run: $!";
    my $text = join '', <$out>;
    close $out;
    my $status = $? >> 8;
    open STDERR, '>&', $saved;
    return ($status, $text . $self->read('logs/invoked'));
}

# ---- requests ---------------------------------------------------------------------------------

my $number = 0;

# One request by curl on a connection of its own.
#   from   a Netns (the server's own one, over loopback)
#   to     address (Netns::SERVER4 from another namespace, else 127.0.0.1); port
#   path   (/env, which answers with the CGI environment)
#   curl   further arguments of curl
# Gives status, body, headers (text), port (the client's), log (access log line as a hash), env (of /env).
sub request {
    my ($self, %o) = @_;
    my $tag = 'n=' . ++$number . ".$$";
    my $from = $o{from} || $self->{netns};
    my $to = $o{to} || ($o{from} ? Netns::SERVER4 : '127.0.0.1');
    $to = "[$to]" if $to =~ /:/;
    my $path = $o{path} || '/env';
    my @curl = ('curl', '-s', '-g', '-i', '-m', 20, '--noproxy', '*', '-w', '\n%{http_code} %{local_port}',
                @{ $o{curl} || [] }, "http://$to:" . ($o{port} || $self->{port}) . "$path?$tag");
    open my $out, '-|', $from ? $from->command(@curl) : @curl or croak "cannot run curl: $!";
    my $text = do { local $/; <$out> } // '';
    close $out;
    my %got = (status => 0, body => '', headers => '');
    @got{qw(status port)} = ($1 + 0, $2) if $text =~ s/\n(\d+) (\d*)\z//;
    1 while $text =~ s/\AHTTP\S+ 1\d\d.*?\r\n\r\n//s;
    @got{qw(headers body)} = split /\r\n\r\n/, $text, 2 if $got{status};
    $got{env} = { map { split /=/, $_, 2 } split /\0/, $got{body} } if $path eq '/env' && $got{status} == 200;
    $got{log} = $self->_wait(sub { $self->logged(qr/\Q$tag\E/) }, 3) if $got{status} && !$o{no_log};
    return \%got;
}

# The log line of a request that is sent a moment after its connection was made: by then the capture
# has taken the SYN into the host's history. from, to as above; interface: the client's address.
sub settled {
    my ($self, %o) = @_;
    my $tag = 'settled=' . ++$number . ".$$";
    my $client = 'use IO::Socket::IP; my ($to, $port, $path, $from) = @ARGV;'
        . ' my $s = IO::Socket::IP->new(PeerHost => $to, PeerPort => $port, $from ? (LocalHost => $from) : ()) or die $@;'
        . ' select undef, undef, undef, 0.1;'
        . ' print $s "GET $path HTTP/1.0\r\n\r\n"; 1 while <$s>;';
    my $from = $o{from} || $self->{netns};
    my @command = ($^X, '-e', $client, $o{to} || ($o{from} ? Netns::SERVER4 : '127.0.0.1'), $self->{port},
                   "/index.html?$tag", $o{interface} || ());
    system($from ? $from->command(@command) : @command);
    return $self->_wait(sub { $self->logged(qr/\Q$tag\E/) }, 3);
}

# The last access log line whose path matches, as a hash of address, status, path and variables.
sub logged {
    my ($self, $path) = @_;
    for (reverse $self->_whole_lines) {
        my $line = _line($_);
        return $line if $line->{path} =~ $path;
    }
    return;
}

# All of them, the oldest first.
sub all_logged {
    my ($self, $path) = @_;
    return grep { $_->{path} =~ $path } map { _line($_) } $self->_whole_lines;
}

# Of the access log. What httpd writes at once may be seen in two parts, where it begins another page of the file.
sub _whole_lines { my ($self) = @_; return $self->read('logs/access_log') =~ /(.*)\n/g }

sub _line {
    my ($address, $status, $path, @values) = split /\t/, $_[0], -1;
    my %line = (address => $address, status => $status, path => $path // '');
    @line{@VARIABLES} = @values;
    return \%line;
}

sub error_log { my ($self) = @_; return $self->read('logs/error_log') }

# What it printed before it had a log.
sub console { my ($self) = @_; return $self->read('logs/console') . $self->read('logs/error_log') }

# Waits for a line in the error log.
sub says {
    my ($self, $pattern, $seconds) = @_;
    return $self->_wait(sub { $self->error_log =~ $pattern }, $seconds);
}

# What the module has counted so far, by name: a graceful restart makes it say so (LogLevel p0f:info).
sub counters {
    my ($self) = @_;
    $self->graceful;
    my ($said) = $self->error_log =~ /.*mod_p0f: counted so far: (.*)/s or return {};
    return { map { / *(\S+) (\d+)/ ? ($1 => $2) : () } split /,/, (split /\n/, $said)[0] };
}

# ---- verdict ----------------------------------------------------------------------------------

# A report that isn't about the module: it isn't in it, or was only interrupted by a handler of httpd's.
sub _foreign {
    my ($report) = @_;
    return $report !~ /mod_p0f/ || $report =~ /\A[^\n]*spoils errno[^\n]*\n\s*#0 (?![^\n]*mod_p0f)/;
}

# ThreadSanitizer finds races of httpd's own, event's among its listeners, when workers end early.
sub _without_foreign_races {
    my ($said) = @_;
    $said =~ s{^={18}\n(WARNING: ThreadSanitizer.*?)^={18}\n}{my ($all, $one) = ($&, $1); _foreign($one) ? '' : $all}gmse;
    $said =~ s{^ThreadSanitizer: reported \d+ warnings\n}{}gm;
    return $said;
}

# Everything that must never be: '' or a sentence each. Asked while the server runs or after its stop;
# a test in which a server isn't asked since its last start fails.
sub faults {
    my ($self) = @_;
    $self->{unjudged} = 0;
    my $said = _without_foreign_races($self->console);
    my @faults = $said =~ /^(.*AH000(?:51|52|60):.*)$/mg;
    push @faults, $1 if $said =~ /^([^\n]*(?:(?:Address|Thread)Sanitizer|runtime error:).*)/ms; # with all that follows
    push @faults, map { "core file $_" } glob "$self->{dir}/core/*";
    if ($self->{parent}) {
        my $now = $self->_find_parent || 'none';
        push @faults, "parent was $self->{parent} and is $now" if $now ne $self->{parent};
        push @faults, $self->_too_much if $now eq $self->{parent} && $> == 0;
    }
    return join "\n", @faults;
}

# For a server that was made to crash.
sub crashed { $_[0]{unjudged} = 0 }

sub DESTROY {
    my ($self) = @_;
    local ($?, $@);
    return if $$ != $self->{owner};
    push @unjudged, $self->{unjudged} if $self->{unjudged};
    $self->stop;
    delete $running{ 0 + $self };
}

END {
    my $status = $?;
    for (grep { $_ && $_->{owner} == $$ } values %running) {
        push @unjudged, $_->{unjudged} if $_->{unjudged};
        $_->stop;
    }
    @unjudged = () if $$ != $test;
    print STDERR "# nobody asked for the faults of the servers started in the lines @unjudged\n" if @unjudged;
    $? = $status || (@unjudged ? 1 : 0);
}

1;
