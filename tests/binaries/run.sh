#!/bin/bash
# What can be said of the built files without running them; for the 32-bit DLL that is all, since Debian's Wine
# runs 64-bit programs only.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

dump() { x86_64-w64-mingw32-objdump -p "$1"; }    # reads 32-bit files too

# Windows keeps these known: they come from System32 whatever lies beside the program.
allowed='advapi32 kernel32 msvcrt ole32 oleaut32 user32'

imports_are_of_system32() {
    local name bad=0
    for name in $(dump "$1" | sed -n 's/.*DLL Name: *\(.*\)\.[dD][lL][lL]$/\1/p' | tr '[:upper:]' '[:lower:]'); do
        [[ " $allowed " == *" $name "* ]] || { echo "imports $name.dll"; bad=1; }
    done
    return $bad
}

is_hardened() {
    local flag bad=0 headers
    headers=$(dump "$1")
    for flag in NX_COMPAT DYNAMIC_BASE ${2:-}; do
        [[ $headers == *$flag* ]] || { echo "lacks $flag"; bad=1; }
    done
    return $bad
}

# The installer registers no event source, since nobody writes to the event log: it would have to, were that so.
no_event_log() {
    ! x86_64-w64-mingw32-objdump -p "$@" | grep -E '\b(ReportEvent[AW]|RegisterEventSource[AW]|EventWrite\w*)$' || return
    ! grep -lE 'ReportEvent|RegisterEventSource|EventWrite' "$root"/src/*/*.c "$root/idl/sbxcom.idl"
}

exports_as_declared() {
    diff <(sed '1,/EXPORTS/d; s/;.*//' "$root/src/sbxcom/sbxcom.def" | awk 'NF { print $1 }' | LC_ALL=C sort) \
        <(dump "$1" | sed -n '/Ordinal\/Name Pointer/,/^$/s/^\t\[ *[0-9]*\] *\(+base\[ *[0-9]*\] *[0-9a-f]* *\)\?//p' | LC_ALL=C sort)
}

# The resource of type TYPELIB is the compiled type library, byte for byte, of this file's own system kind.
carries_type_library() {
    local dll=$1 library=$2 kind=$3 offset section
    section=$(mktemp)
    x86_64-w64-mingw32-objcopy -O binary --only-section=.rsrc "$dll" "$section"
    offset=$(LC_ALL=C grep -obUaP 'MSFT\x02\x00\x01\x00' "$section" | head -n 1 | cut -d : -f 1)
    [ -n "$offset" ] || { echo "no type library in the resources"; return 1; }
    tail -c +$((offset + 1)) "$section" | head -c "$(stat -c %s "$library")" | cmp - "$library" || return 1
    [ "$(od -An -tu1 -j 20 -N 1 "$library" | awk '{ print $1 % 16 }')" = "$kind" ] || { echo "wrong system kind"; return 1; }
    rm "$section"
}

for path in "$build"/bin/*.dll "$build"/bin/*.exe "$build"/bin/x86/*.dll; do
    file=${path#"$build/bin/"}
    rule "binaries: $file imports only DLLs that cannot be planted" imports_are_of_system32 "$path"
    entropy=HIGH_ENTROPY_VA
    [ "${file%/*}" != x86 ] || entropy=
    rule "binaries: $file has its addresses randomized and its data not executable" is_hardened "$path" $entropy
done
rule "binaries: nothing writes to the event log, so the installer registers no source" no_event_log "$build"/bin/*.dll "$build"/bin/*.exe
rule "binaries: sbxcom.dll exports what sbxcom.def names" exports_as_declared "$build/bin/sbxcom.dll"
rule "binaries: x86/sbxcom.dll exports what sbxcom.def names, undecorated" exports_as_declared "$build/bin/x86/sbxcom.dll"
rule "binaries: sbxcom.dll carries the 64-bit type library" \
    carries_type_library "$build/bin/sbxcom.dll" "$build/x64/generated/sbxcom.tlb" 3
rule "binaries: x86/sbxcom.dll carries the 32-bit type library" \
    carries_type_library "$build/bin/x86/sbxcom.dll" "$build/x86/generated/sbxcom.tlb" 1
echo "SKIP binaries: x86/sbxcom.dll answers a 32-bit client: Wine here runs 64-bit programs only"
