#!/usr/bin/env bash
# Perl: hashes, strings, sorting, regular expressions, references, threads with cloned interpreters, and fork.
source "$(dirname "$0")/support/common.bash"
need perl

cat >"$work/program.pl" <<'END'
use strict;
use warnings;
use Config;
use Digest::SHA qw(sha256_hex);
use Storable qw(freeze thaw dclone);

open my $maps, '<', '/proc/self/maps' or die;
die "the library is not loaded\n" if $ENV{library_name} && !grep { index($_, "/$ENV{library_name}") >= 0 } <$maps>;

my %count;
$count{"key" . ($_ * 7919 % 100003)} += $_ for 1 .. 200000;
my $sum = 0;
$sum += $_ for values %count;
print "hash ", scalar(keys %count), " $sum\n";
delete @count{grep { /7$/ } keys %count};
print "left ", scalar(keys %count), "\n";

my $text = join ' ', map { "word$_ " . 'x' x ($_ % 50) } 1 .. 50000;
print "text ", length $text, ' ', substr(sha256_hex($text), 0, 16), "\n";
(my $changed = $text) =~ s/word(\d+)/$1 * 2/ge;
print "changed ", substr(sha256_hex($changed), 0, 16), "\n";
my @sorted = sort { $a->[1] cmp $b->[1] || $a->[0] <=> $b->[0] } map { [$_, $_ % 1000] } 1 .. 50000;
print "sorted $sorted[0][0] $sorted[-1][0]\n";
my $tree = { map { $_ => [map { { name => "n$_", list => [1 .. $_ % 19] } } 1 .. 20] } 1 .. 300 };
my $copy = thaw(freeze(dclone($tree)));
print "tree ", join(' ', map { scalar @{ $copy->{$_}[19]{list} } } (1, 150, 300)), "\n";
my $grown = '';
$grown .= chr(65 + $_ % 26) for 1 .. 500000;
print "grown ", substr(sha256_hex($grown), 0, 16), "\n";
print "packed ", unpack('%32C*', pack('N*', 1 .. 100000)), "\n";

for my $round (1 .. 30) {
  my $child = fork // die;
  if ($child == 0) {
    my %own = map { $_ => [$_] } 1 .. 2000;
    exit(keys(%own) == 2000 ? 9 : 1);
  }
  waitpid $child, 0;
  die "child: $?" if $? >> 8 != 9;
}
print "forks\n";

if ($Config{useithreads}) {
  require threads;
  my @threads = map {
    my $seed = $_;
    threads->create(sub {
      my %own;
      $own{$_ * $seed % 5003} = 'v' x ($_ * $seed % 301) for 1 .. 30000;
      my $length = 0;
      $length += length for values %own;
      return scalar(keys %own) . ":$length";
    });
  } 1 .. 4;
  print "threads ", join(' ', map { $_->join } @threads), "\n";
}
END
env -u library_name perl "$work/program.pl" >"$work/expected"
"${preload[@]}" perl "$work/program.pl" >"$work/actual"
diff "$work/expected" "$work/actual" >&2 || fail "other output"
assert_contains "$work/actual" '^hash 100003 20000100000$' '^forks$' '^packed '
