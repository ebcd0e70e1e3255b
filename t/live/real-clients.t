# SPDX-License-Identifier: Apache-2.0
#
# Clients that others wrote for p0f 3 ask the module and the tool, and are told the same: Debian's
# rspamd with its p0f module, Haraka's p0f plugin.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use Httpd;
use Synmask;

my $why = Synmask::missing() || Httpd::missing(netns => 1);
plan skip_all => $why if $why;
my $root = "$FindBin::RealBin/../..";
my $build = $ENV{P0F_BUILD} || "$root/build";
my $clients = "$build/clients";
my $message = `$root/t/tools/fetch-clients $clients 2>&1`;
plan skip_all => "no clients: $message" if $?;

my $wire = Synmask->new;
my $httpd = Httpd->new(netns => $wire->server, config => "P0fEngine On\nP0fExport all\nP0fApiSocket \@DIR\@/run/p0f.sock\n");
my $dir = $httpd->dir;
chmod 0755, "$dir/run";
mkdir "$dir/rspamd", 0755;
ok($httpd->start, 'the server starts') or diag $httpd->console;

sub wait_until {
    my ($test, $patience) = @_;
    my $end = time + $patience;
    while (time < $end) {
        my $value = $test->();
        return $value if $value;
        sleep 0.1;
    }
    return;
}

my %running;   # name => pid
sub launch {
    my ($name, @command) = @_;
    my $pid = fork // die;
    if (!$pid) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$dir/$name.log";
        open STDERR, '>&', \*STDOUT;
        exec @command;
        die;
    }
    return $running{$name} = $pid;
}

sub end {
    my ($name) = @_;
    my $pid = delete $running{$name} or return;
    kill 'TERM', $pid;
    waitpid $pid, 0;
}
END { local $?; end($_) for keys %running }

# The tool beside the server, on the same wire.
launch('p0f', $wire->server->command("$build/tools/p0f", '-f', "$dir/p0f.fp", '-i', 'tap0', '-s', "$dir/run/tool.sock"));
ok(wait_until(sub { -S "$dir/run/tool.sock" }, 5), 'the tool listens') or diag $httpd->read('p0f.log');

# ---- Haraka -----------------------------------------------------------------------------------

$httpd->write('haraka.js', <<'EOC');
const { P0FClient } = require('haraka-plugin-p0f');
const client = new P0FClient(process.argv[2]);
const answers = [];
for (const ip of process.argv.slice(3))
  client.query(ip, (err, result) => {
    answers.push(err ? { error: err.message } : result);
    if (answers.length == process.argv.length - 3) {
      console.log(JSON.stringify(answers));
      process.exit(0);
    }
  });
EOC
sub haraka {
    my ($socket, @addresses) = @_;
    local $ENV{NODE_PATH} = "$clients/node_modules";
    my $text = `timeout 10 node $dir/haraka.js $dir/run/$socket @addresses`;
    return eval { decode_json($text) } || [];
}

# ---- rspamd -----------------------------------------------------------------------------------

my $share = "$clients/usr/share/rspamd";
sub start_rspamd {
    my ($name, $socket) = @_;
    my $own = "$dir/rspamd/$name";
    mkdir $own, 0755;
    $httpd->write("rspamd/$name/tld", "com\norg\nexample\n");
    $httpd->write("rspamd/$name/empty.lua", "\n");
    my $conf = $httpd->write("rspamd/$name/rspamd.conf", <<"EOC");
lua = "$own/empty.lua";
options { pidfile = "$own/pid"; tempdir = "$own"; cache_file = "$own/cache"; hs_cache_dir = "$own"; url_tld = "$own/tld";
          dns { nameserver = ["127.0.0.1:1:1"]; } filters = ""; local_addrs = []; control_socket = "$own/control mode=0600"; }
logging { type = "console"; level = "info"; }
worker "normal" { bind_socket = "$own/normal mode=0666"; count = 1; }
modules { path = "$share/plugins/p0f.lua"; }
p0f { enabled = true; socket = "$dir/run/$socket"; symbol = "P0F"; timeout = 5s;
      patterns { LINUX = "^Linux.*"; WINDOWS = "^Windows.*"; } }
EOC
    my %paths = (DBDIR => $own, RUNDIR => $own, LUALIBDIR => "$share/lualib", PLUGINSDIR => "$share/plugins", SHAREDIR => $share,
                 RULESDIR => "$share/rules", CONFDIR => "$clients/etc/rspamd", LOCAL_CONFDIR => $own);
    my $libraries = do { local (@ARGV, $/) = "$clients/library-path"; <> };
    chomp $libraries;
    launch("rspamd-$name", 'env', "LD_LIBRARY_PATH=$libraries", "$clients/usr/bin/rspamd", '-f', $> == 0 ? '-i' : (), '-c', $conf,
           map { "--var=$_=$paths{$_}" } sort keys %paths);
    return wait_until(sub { -S "$own/normal" }, 30);
}

# The symbols with their options that a message from an address gets.
sub scan {
    my ($name, $address) = @_;
    my $mail = $httpd->write('mail', "From: a\@b.example\r\nTo: c\@d.example\r\nSubject: x\r\nMessage-ID: <1\@b.example>\r\n\r\nhello\r\n");
    my $text = `curl -s -m 10 --unix-socket $dir/rspamd/$name/normal -H 'Ip: $address' --data-binary \@$mail http://localhost/checkv2`;
    my $symbols = (eval { decode_json($text) } || {})->{symbols} || {};
    return { map { $_ => join ' ', @{ $symbols->{$_}{options} || [] } } keys %$symbols };
}

# ---- what they are told -----------------------------------------------------------------------

my %sockets = (module => 'p0f.sock', tool => 'tool.sock');
for my $name (sort keys %sockets) {
    ok(start_rspamd($name, $sockets{$name}), "rspamd for the $name starts") or diag $httpd->read("rspamd-$name.log");
}
for (['Windows 10', Netns::CLIENT4, Netns::SERVER4], ['Linux', Netns::CLIENT6, Netns::SERVER6]) {
    my ($system, $from, $to) = @$_;
    my ($genre) = split ' ', $system;
    $wire->mask($system eq 'Linux' ? '' : Synmask::system($system));
    my $got = $httpd->request(from => $wire->client, to => $to, curl => ['-A', 'curl/7 Linux', '-H', 'Accept-Language: da']);
    is($got->{log}{genre}, $genre, "a client that is a $system");
    for my $name (sort keys %sockets) {
        my ($told, $none);
        wait_until(sub { ($told, $none) = @{ haraka($sockets{$name}, $from, '198.51.100.9') }; $told && $told->{language} }, 30);
        is_deeply([@{ $told || {} }{qw(os_name os_flavor distance link_type language total_conn)}],
                  [$genre, substr($got->{log}{details}, 0, 31), 0, 'Ethernet or modem', 'Danish', 1], "Haraka asks the $name about it")
            or diag explain $told;
        is($none, undef, '... and about somebody whom it doesn\'t know');
        my $symbols = scan($name, $from);
        ok(exists $symbols->{uc $genre}, "rspamd asks the $name and finds \U$genre") or diag explain [$symbols, $httpd->read("rspamd-$name.log")];
        is($symbols->{P0F}, 'link=Ethernet or modem distance=0', '... its link and distance');
    }
}
is_deeply(scan('module', '198.51.100.9'), {}, 'rspamd has no symbol for somebody unknown');
ok($httpd->graceful, 'after a graceful restart');
is((haraka('p0f.sock', Netns::CLIENT4)->[0] || {})->{os_name}, 'Windows', '... Haraka is answered from the same history');
ok(exists scan('module', Netns::CLIENT6)->{LINUX}, '... and rspamd');

end($_) for keys %running;
is($httpd->faults, '', 'no crash, same parent');
ok($httpd->stop, 'the server stops');
$wire->stop;
done_testing;
