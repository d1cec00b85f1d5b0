#!/usr/bin/perl
# undated.pl - takes the date of its making out of a type library that widl made: two builds of one commit are the same,
# byte for byte. widl writes it twice, as text and as a number. The date is the one that Microsoft's compiler writes always.
use strict;
use warnings;

my ($file) = @ARGV;
open(my $in, '<:raw', $file) or die "$file: $!\n";
my $library = do { local $/; <$in> };
$library =~ s/(Created by WIDL version \S+ at ).{24}(\nW{0,3}\x13\x00).{4}/$1Tue Jan 19 03:14:07 2038$2\xff\xff\xff\x7f/s
    or die "$file: the date was not found\n";
open(my $out, '>:raw', $file) or die "$file: $!\n";
print $out $library;
close($out) or die "$file: $!\n";
