# shellcheck shell=bash disable=SC2154  # here, root and build come from part.sh
# typelib.sh - the type libraries: the committed one, Microsoft's, widl's of both sizes, the DLL's own. Sourced by run.sh.

dump() {
    "$root/scripts/wine.sh" "$build/tests/programs/typelib_dump.exe" "$1" | tr -d '\r'
}

# same_members ONE OTHER [SED]: all that two type libraries say, but for what SED takes away.
same_members() {
    local work
    work=$(mktemp -d)
    dump "$1" > "$work/one" && dump "$2" > "$work/other" || { tail -n 1 "$work"/*; return 1; }
    [ "$(wc -l < "$work/one")" -gt 1000 ] || { echo "too little was read of $1"; return 1; }
    sed -E "${3:-/^$/d}" "$work/one" > "$work/one.text"
    sed -E "${3:-/^$/d}" "$work/other" > "$work/other.text"
    diff "$work/one.text" "$work/other.text" || return
    rm -r "$work"
}

# Of different sizes: the system's kind, and where in a vtable a member is.
other_size='s/ (system|vtable|offset) [0-9]+//g'

no_warning() {
    grep -q '^64 bit Processing .*sbxcom.idl' "$1" || { echo "MIDL left no word in $1"; return 1; }
    ! grep -iE 'sbxcom\.idl.*(warning|error)' "$1"
}

committed=$root/typelib/sbxcom.tlb
rule "toolchain: the committed type library has what the IDL says, member by member (scripts/typelib.sh renews it)" \
    same_members "$committed" "$build/x64/generated/sbxcom.tlb"
rule "toolchain: the DLL carries those members" same_members "$committed" "$build/bin/sbxcom.dll"
rule "toolchain: the 32-bit DLL carries the same members" same_members "$committed" "$build/x86/generated/sbxcom.tlb" "$other_size"

code=0
"$root/scripts/typelib.sh" --check >&2 || code=$?
if [ "$code" = 3 ]; then
    echo "SKIP toolchain: Microsoft's MIDL makes the committed type library: this machine cannot have Microsoft's SDK"
elif [ ! -e "$build/sdk/midl/made" ]; then
    echo "FAIL toolchain: Microsoft's MIDL compiles the IDL"
else
    rule "toolchain: Microsoft's MIDL makes the committed type library, byte for byte" "$root/scripts/typelib.sh" --check
    rule "toolchain: MIDL, with all its warnings on, has none about the IDL" no_warning "$build/sdk/midl/64/log"
    echo "SKIP toolchain: MIDL's 32-bit type library: Wine, which writes it for MIDL, steps through 32-bit vtables by 8 bytes and cannot read it again; the 32-bit DLL's was compared above"
fi
