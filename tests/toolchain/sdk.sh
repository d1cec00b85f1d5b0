# shellcheck shell=bash disable=SC2154  # here, root and build come from part.sh
# sdk.sh - the build against Microsoft's own SDK: that there is one, what its binaries are, and that the x64 ones pass the
# tests under Wine. Sourced by run.sh.

. "$here/windows7.sh"
sdk=$build/sdk

# flags_are FILE FACT...: the headers of a binary say that.
flags_are() {
    local file=$1 fact flags wrong=0
    shift
    flags=$("$here/pe.pl" flags "$file") || return
    for fact; do
        grep -qxF -e "$fact" <<< "$flags" || { echo "not '$fact', but: $flags"; wrong=1; }
    done
    return $wrong
}

# passes PART [ARGUMENT...]: a part of the tests with these binaries, in a Wine prefix where this DLL is the registered one.
# Into a file: a program that is left over would keep a pipe open.
passes() {
    local part=$1 output=$build/toolchain/$1.log
    shift
    SBX_BUILD=$sdk bash "$root/tests/$part/run.sh" "$@" < /dev/null > "$output" 2>&1 || { tail -n 20 "$output"; return 1; }
    grep -q '^PASS ' "$output" || { echo "no test was run:"; tail -n 20 "$output"; return 1; }
    ! grep -A 5 '^FAIL ' "$output"
}

# The C clients but for those that take minutes: how long the product endures does not depend on the compiler.
clients_pass() {
    local output=$build/toolchain/clients.log
    SBX_BUILD=$sdk run_tests C "$root/scripts/wine.sh" "$sdk/tests/clients.exe" vtable/ dispatch/ PowerShell/ bytes/ > "$output"
    grep -q '^PASS ' "$output" || { echo "no test was run:"; tail -n 20 "$output"; return 1; }
    ! grep -A 5 '^FAIL ' "$output"
}

# The type library that is in a binary, as a resource, is that file.
carries() {
    perl -e 'local $/; my ($binary, $library) = map { open(my $f, "<:raw", $_) or die "$_: $!\n"; <$f> } @ARGV;
        exit(index($binary, $library) < 0)' "$@" || { echo "$1 does not have the bytes of $2"; return 1; }
}

# Without SBX_LONG: every source of the product for each processor, and the parts of the tests that run below and through
# its DLL, less the clients that take minutes.
mkdir -p "$build/toolchain"
targets=(product)
x64_targets=(product os_tests com_tests clients fixture)
parts=(os com sbx)
scripts=(session.vbs errors.vbs session.js)
if [ -n "${SBX_LONG:-}" ]; then
    targets=(all)
    x64_targets=(all)
    scripts=()
    for script in "$root"/tests/clients/*.vbs "$root"/tests/clients/*.js; do
        scripts+=("${script##*/}")
    done
fi

declare -A machines=([x64]=0x8664 [arm64]=0xaa64)
cannot=
for architecture in x64 arm64 x86; do
    code=0
    these=("${targets[@]}")
    [ "$architecture" != x64 ] || these=("${x64_targets[@]}")
    [ -n "$cannot" ] || "$root/scripts/sdk.sh" "$architecture" "${these[@]}" >&2 || code=$?
    if [ -n "$cannot" ] || [ "$code" = 3 ]; then
        cannot=yes
        echo "SKIP toolchain: every source of the product compiles against Microsoft's SDK for $architecture: this machine cannot have it"
        continue
    elif [ "$code" != 0 ]; then
        [ "$architecture" != x64 ] || rm -f "$sdk/bin/sbxcom.dll"    # an older one is not to be tested
        echo "FAIL toolchain: every source of the product compiles against Microsoft's SDK for $architecture, without a warning, and is linked"
        continue
    fi
    echo "PASS toolchain: every source of the product compiles against Microsoft's SDK for $architecture, without a warning, and is linked"
    if [ "$architecture" = x86 ]; then
        [ -d "$sdk/packages/microsoft.windows.sdk.cpp.x86" ] ||
            echo "SKIP toolchain: x86 is linked with Microsoft's libraries for it: Microsoft.Windows.SDK.CPP.x86 is not to be had; the functions were looked up in the 64-bit ones"
        continue
    fi
    folder=$sdk/bin
    [ "$architecture" = x64 ] || folder+=/$architecture
    for file in "$folder"/*.dll "$folder"/*.exe; do
        file=${file##*/}
        rule "toolchain: $file for $architecture by the SDK imports nothing that Windows 7 lacks" only_known "$folder/$file"
        rule "toolchain: $file for $architecture by the SDK is hardened" flags_are "$folder/$file" \
            "machine ${machines[$architecture]}" 'aslr 1' 'high-entropy 1' 'dep 1' 'cfg 1' 'load-from 0x800'
    done
done

if [ -n "$cannot" ]; then
    echo "SKIP toolchain: the binaries by the SDK pass the tests: there are none"
elif [ ! -e "$sdk/bin/sbxcom.dll" ]; then
    echo "FAIL toolchain: the binaries by the SDK pass the tests: they were not built"
else
    rule "toolchain: Microsoft's headers declare every import for Windows 7" declared_for_windows_7 "${sdk_headers[@]}"
    SBX_BUILD=$sdk "$root/scripts/wine.sh" --hold > /dev/null
    rule "toolchain: the DLL by the SDK carries the committed type library" carries "$sdk/bin/sbxcom.dll" "$root/typelib/sbxcom.tlb"
    for part in "${parts[@]}"; do
        rule "toolchain: the part $part passes with the x64 binaries by the SDK" passes "$part"
    done
    rule "toolchain: scripts of the part clients pass with them (${#scripts[@]})" passes clients "${scripts[@]}"
    rule "toolchain: the C clients pass with them" clients_pass
    SBX_BUILD=$sdk "$root/scripts/wine.sh" --end > /dev/null 2>&1
fi
