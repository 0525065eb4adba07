# Hashes, arrays and strings that come and go. Argument: rounds.
use strict;
use warnings;

my $state = 1;

sub below {
    my ($bound) = @_;
    # 31 bits are enough, and stay exact in a double.
    $state = ($state * 1103515245 + 12345) % 2147483648;
    return int($state / 65536) % $bound;
}

my $total = 0;
my @kept;
for my $round (1 .. $ARGV[0]) {
    my %table;
    for my $number (1 .. 20000) {
        my $word = join "", map { chr(97 + below(26)) } 1 .. 2 + below(4);
        push @{ $table{$word} }, { number => $number, text => "$word-$number" };
    }
    my $lines = join "\n", map { $_ . "=" . join(",", map { $_->{text} } @{ $table{$_} }) } sort keys %table;
    for my $line (split /\n/, $lines) {
        my ($name, $rest) = $line =~ /^(\w+)=(.*)$/ or die "unexpected line";
        $total += scalar(split /,/, $rest) + length $name;
        $rest =~ s/-(\d+)/<$1>/g;
        $total += length $rest;
    }
    push @kept, \%table;
    splice @kept, below(scalar @kept), 1 if @kept > 3;
}
print "$total\n";
