# Regular expressions, sorting with a block, hashes and recursion, until it is ended.
use strict;
use warnings;

sub fibonacci { my $n = shift; return $n < 2 ? $n : fibonacci($n - 1) + fibonacci($n - 2) }

my $text = join ' ', map { "word$_=" . ($_ * 7919 % 10007) } 1 .. 5000;
while (1) {
	my %seen;
	$seen{$1} += $2 while $text =~ /(\w+?)\d*=(\d+)/g;
	(my $changed = $text) =~ s/(\d+)=(\d+)/$2 . '-' . $1/ge;
	my @sorted = sort { length $a <=> length $b || $a cmp $b } split / /, $changed;
	my ($nested) = ('(' x 200 . ')' x 200) =~ /(\((?:[^()]++|(?1))*\))/;
	my @numbers = sort { $a <=> $b } map { hex(substr(unpack('H*', $_), 0, 6)) } @sorted;
	fibonacci(16);
}
