#!/usr/bin/perl
# pe.pl - what a Windows binary's headers say, for every processor.
#
#   pe.pl imports FILE...    one line "DLL FUNCTION" an import, the DLL in small letters, an ordinal as #7; delayed ones too
#   pe.pl flags FILE         one line a fact: machine, subsystem, aslr, dep, high-entropy, cfg, cet, load-from, ...
use strict;
use warnings;

my ($data, $wide, @directories, @sections, %headers);

sub at { my ($format, $offset, $size) = @_; return unpack($format, substr($data, $offset, $size)); }
sub text { my ($offset) = @_; return unpack('Z*', substr($data, $offset, 512)); }

# The place in the file of an address relative to the image.
sub place {
    my ($address) = @_;
    for my $section (@sections) {
        my ($size, $start, $raw_size, $raw) = @$section;
        return $raw + $address - $start if $address >= $start && $address < $start + ($size > $raw_size ? $size : $raw_size);
    }
    die "no section has the address $address\n";
}

sub load {
    my ($file) = @_;
    open(my $handle, '<:raw', $file) or die "$file: $!\n";
    local $/;
    $data = <$handle>;
    my $pe = at('V', 60, 4);
    die "$file is no Windows binary\n" unless substr($data, 0, 2) eq 'MZ' && substr($data, $pe, 4) eq "PE\0\0";
    my ($machine, $count, $time, undef, undef, $optional_size, $characteristics) = unpack('vvVVVvv', substr($data, $pe + 4, 20));
    my $optional = $pe + 24;
    $wide = at('v', $optional, 2) == 0x20b;
    my $directories = $optional + ($wide ? 112 : 96);
    @directories = map { [unpack('VV', substr($data, $directories + 8 * $_, 8))] } 0 .. at('V', $directories - 4, 4) - 1;
    @sections = map { [unpack('VVVV', substr($data, $optional + $optional_size + 40 * $_ + 8, 16))] } 0 .. $count - 1;
    %headers = (machine => $machine, time => $time, subsystem => at('v', $optional + 68, 2),
        'os-version' => join('.', at('vv', $optional + 48, 4)), flags => at('v', $optional + 70, 2));
}

sub functions {
    my ($dll, $table) = @_;
    for (my $offset = place($table);; $offset += $wide ? 8 : 4) {
        my $entry = $wide ? at('Q<', $offset, 8) : at('V', $offset, 4);
        last unless $entry;
        my $ordinal = $wide ? $entry >> 63 : $entry >> 31;
        print "\L$dll\E ", $ordinal ? '#' . ($entry & 0xffff) : text(place($entry & 0x7fffffff) + 2), "\n";
    }
}

sub imports {
    if ($directories[1][0]) {
        for (my $offset = place($directories[1][0]); at('V', $offset + 12, 4); $offset += 20) {
            functions(text(place(at('V', $offset + 12, 4))), at('V', $offset, 4) || at('V', $offset + 16, 4));
        }
    }
    if (@directories > 13 && $directories[13][0]) {
        for (my $offset = place($directories[13][0]); at('V', $offset + 4, 4); $offset += 32) {
            functions(text(place(at('V', $offset + 4, 4))), at('V', $offset + 16, 4));
        }
    }
}

sub flags {
    my $flags = $headers{flags};
    printf "machine 0x%x\nsubsystem %d for %s\n", @headers{qw(machine subsystem os-version)};
    printf "aslr %d\nhigh-entropy %d\ndep %d\n", ($flags & 0x40) != 0, ($flags & 0x20) != 0, ($flags & 0x100) != 0;
    # The load configuration: its own size, then at fixed places what the linker and the compiler filled in.
    my ($size, $load_flags, $guard) = (0, 0, 0);
    if ($directories[10][0]) {
        my $offset = place($directories[10][0]);
        $size = at('V', $offset, 4);
        $load_flags = at('v', $offset + ($wide ? 78 : 54), 2) if $size >= ($wide ? 80 : 56);
        $guard = at('V', $offset + ($wide ? 144 : 88), 4) if $size >= ($wide ? 148 : 92);
    }
    printf "load-from 0x%x\ncfg %d\n", $load_flags, ($flags & 0x4000) != 0 && ($guard & 0x500) == 0x500;
    # Extended characteristics are an entry of the debug directory, type 20.
    my $cet = 0;
    for (my $i = 0; $directories[6][0] && $i < $directories[6][1]; $i += 28) {
        my $offset = place($directories[6][0]) + $i;
        $cet = at('V', at('V', $offset + 24, 4), 4) & 1 if at('V', $offset + 12, 4) == 20;
    }
    print "cet $cet\n";
}

my ($verb, @files) = @ARGV;
die "usage: pe.pl imports|flags FILE...\n" unless @files && $verb =~ /^(imports|flags)$/;
for my $file (@files) {
    load($file);
    $verb eq 'imports' ? imports() : flags();
}
