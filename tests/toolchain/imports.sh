# shellcheck shell=bash disable=SC2154  # here, root and build come from part.sh
# imports.sh - what the product's binaries import: only what Windows 7 has. Sourced by run.sh.

. "$here/windows7.sh"

known_dlls() {
    ! grep -vE "^(#|$|($system_dlls)\.dll )" "$here/windows7-imports.txt"
}

for file in "$build"/bin/*.{dll,exe} "$build"/bin/x86/*.dll; do
    rule "toolchain: ${file#"$build/bin/"} imports nothing that Windows 7 lacks" only_known "$file"
done
rule "toolchain: all that is imported is of DLLs in System32" known_dlls
rule "toolchain: mingw-w64's headers declare every import for Windows 7" declared_for_windows_7 "${mingw_headers[@]}"
