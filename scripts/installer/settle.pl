# settle.pl MSI EPOCH - makes an MSI depend on its content alone: both times in its summary become EPOCH, and the package
# code, which wixl draws by lot, a hash of all the rest.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);

my ($path, $epoch) = @ARGV;
open(my $file, '+<:raw', $path) or die "$path: $!\n";
my $data = do { local $/; <$file> };

# [MS-OLEPS]: the format's identifier, the section's offset from the stream's start, then pairs of property and offset.
# The stream is small and written in one go, so it lies in one piece; each property's type says whether that is so.
my $format = pack('H*', 'e0859ff2f94f6810ab9108002b27b3d9');
my $at = index($data, $format);
die "$path: no summary information\n" if $at < 28 or index($data, $format, $at + 1) >= 0;
my $section = $at - 28 + unpack('V', substr($data, $at + 16, 4));
my (undef, $count) = unpack('VV', substr($data, $section, 8));
my %property;
for my $i (0 .. $count - 1) {
    my ($id, $offset) = unpack('VV', substr($data, $section + 8 + 8 * $i, 8));
    $property{$id} = [unpack('V', substr($data, $section + $offset, 4)), $section + $offset + 4];
}

use constant {PACKAGE_CODE => 9, CREATED => 12, SAVED => 13, VT_LPSTR => 30, VT_FILETIME => 64};
my $time = ($epoch + 11644473600) * 10000000;
for my $id (CREATED, SAVED) {
    die "$path: property $id is not a time\n" unless $property{$id} and $property{$id}[0] == VT_FILETIME;
    substr($data, $property{$id}[1], 8) = pack('Q<', $time);
}
my ($type, $code) = @{$property{PACKAGE_CODE()} || [0, 0]};
die "$path: no package code\n" unless $type == VT_LPSTR and substr($data, $code + 4, 38) =~ /^\{[-0-9A-F]{36}\}$/;
substr($data, $code + 4, 38) = '{00000000-0000-0000-0000-000000000000}';
my $hash = uc sha256_hex($data);
$hash =~ /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/;
substr($data, $code + 4, 38) = "{$1-$2-5$3-8$4-$5}";

seek($file, 0, 0);
print $file $data;
close($file) or die "$path: $!\n";
