# SPDX-License-Identifier: Apache-2.0
#
# What workers, CGI programs and piped loggers hold of the capture and the shared memory: no packet
# socket, no ring of its, no writable mapping of the cache.
use strict;
use warnings;
use FindBin;
use POSIX ();
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Httpd;

my $why = Httpd::missing(netns => 1);
plan skip_all => $why if $why;

my ($client, $server) = Netns->pair;
my $config = "P0fEngine On\nP0fExport all\nCustomLog \"|/bin/cat\" p0f\nScriptAlias /held \@DIR\@/cgi-bin/held\n";

# A CGI program that shows what it holds.
my $held = <<'EOC';
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
for fd in /proc/$$/fd/*; do echo "fd $(readlink "$fd")"; done
cat /proc/$$/maps
EOC

sub mappings {
    my ($pid, $pattern) = @_;
    open my $maps, '<', "/proc/$pid/maps" or return;
    return grep { /$pattern/ } <$maps>;
}

# True for a line of a mapping of one page.
sub is_page {
    my ($from, $to) = $_[0] =~ /^([0-9a-f]+)-([0-9a-f]+)/ or return;
    no warnings 'portable';      # 64 bits
    return hex($to) - hex($from) == POSIX::sysconf(&POSIX::_SC_PAGESIZE);
}

# What $look finds; a child that was forked this very moment has a moment to let go of it.
sub lasting {
    my ($look) = @_;
    my @found;
    for (1 .. 20) {
        @found = $look->() or last;
        select undef, undef, undef, 0.05;
    }
    return \@found;
}

# What that program answers; after a restart mod_cgid may need a moment.
sub shown {
    my ($httpd) = @_;
    for (1 .. 50) {
        my $got = $httpd->request(from => $client, path => '/held');
        return $got->{body} if $got->{status} == 200;
        select undef, undef, undef, 0.1;
    }
    return '';
}

for my $mpm (Httpd::mpms()) {
    my $httpd = Httpd->new(netns => $server, mpm => $mpm, config => $config);
    $httpd->write('cgi-bin/held', $held);
    chmod 0755, $httpd->dir . '/cgi-bin/held';
    ok($httpd->start, "$mpm: the server starts") or diag $httpd->console;
    is($httpd->request(from => $client)->{log}{genre}, 'Linux', "$mpm: answers");
    # One would lie in the highest hole of a page, where httpd maps each small file that it sends.
    is_deeply([grep { is_page($_) } mappings($httpd->pid, qr/rw-s .*zero/)], [], "$mpm: no shared mapping of a single page");
    for my $round ('at first', 'after a graceful restart') {
        $httpd->_wait(sub { my @there = $httpd->children; @there > 1 });   # prefork's may still be on their way
        my @children = $httpd->children;
        my @packet = $httpd->packet_sockets($httpd->pid);
        isnt(scalar @packet, 0, "$mpm $round: the parent holds a packet socket");
        cmp_ok(@children, '>', 1, "$mpm $round: it has children");
        is_deeply(lasting(sub { map { $httpd->packet_sockets($_) } $httpd->children }), [], "$mpm $round: no child holds a packet socket");
        is_deeply(lasting(sub { map { mappings($_, qr/socket:/) } $httpd->children }), [], "$mpm $round: no child has a packet socket's ring mapped");
        # the parent maps the cache read-only as well; the ring, which workers write, only writable
        my %cache = map { (split)[4] => 1 } grep { /^\S+ r--s/ } mappings($httpd->pid, qr/memfd:p0f/);
        is(scalar keys %cache, 1, "$mpm $round: the parent has the cache mapped");
        my @caches;
        for (1 .. 40) {                  # new children need a moment after a restart
            @caches = grep { $cache{ (split)[4] } } map { mappings($_, qr/memfd:p0f/) } $httpd->children and last;
            select undef, undef, undef, 0.05;
        }
        is_deeply(lasting(sub { grep { $cache{ (split)[4] } && /^\S+ .w/ } map { mappings($_, qr/memfd:p0f/) } $httpd->children }), [], "$mpm $round: no child has a writable mapping of the cache");
        isnt(scalar @caches, 0, "$mpm $round: workers have the cache mapped");
        my $got = shown($httpd);
        like($got, qr/^fd /m, "$mpm $round: a CGI program shows what it holds");
        my %inode = map { $_ => 1 } @packet;
        is_deeply([grep { $inode{$_} } $got =~ /^fd socket:\[(\d+)\]/mg], [], "$mpm $round: it holds no packet socket");
        is_deeply([grep { /memfd/ } split /\n/, $got], [], "$mpm $round: it has nothing of the shared memory");
        ok($httpd->graceful, "$mpm $round: restarts gracefully");
    }
    is($httpd->faults, '', "$mpm: no crash, same parent");
    ok($httpd->stop, "$mpm: the server stops");
}
done_testing;
