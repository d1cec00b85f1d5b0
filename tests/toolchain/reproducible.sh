# shellcheck shell=bash disable=SC2154  # here, root and build come from part.sh
# reproducible.sh - the same sources built in another folder are the same files. Sourced by run.sh.

# A copy whose path is longer and whose build folder is elsewhere, at another time.
copy=$build/again/in-a-folder-with-a-longer-name
other=$copy/elsewhere

copied() {
    rm -rf "$build/again" && mkdir -p "$copy" "$other/deps" || return
    tar -C "$root" --exclude='./build*' -cf - ./src ./idl ./scripts ./tests ./typelib ./sbxcom.sln | tar -C "$copy" -xf - || return
    # The sources of jansson and CUnit, and Microsoft's files, are inputs; what was made of them is made again.
    cp -r "$build/deps/source" "$other/deps/source" && touch "$other/deps/source/complete"
}

again() {
    SBX_BUILD=$other "$copy/scripts/$1" "${@:2}" > "$build/again/log" 2>&1 || { tail -n 30 "$build/again/log"; return 1; }
}

# same_files FOLDER FOLDER: all the files in the second are in the first, as they are.
same_files() {
    local file wrong=0 count=0
    while read -r file; do
        cmp "$1/$file" "$2/$file" || wrong=1
        count=$((count + 1))
    done < <(cd "$2" && find . -type f | LC_ALL=C sort)
    [ $count -ge 5 ] || { echo "only $count files were made"; return 1; }
    return $wrong
}

mingw_again() {
    again build.sh product && same_files "$build/bin" "$other/bin"
}

sdk_again() {
    mkdir -p "$other/sdk" && ln -sfn "$build/sdk/packages" "$other/sdk/packages" && again sdk.sh x64 product &&
        same_files "$build/sdk/bin" "$other/sdk/bin"
}

rule "toolchain: (control) the sources are copied" copied
rule "toolchain: mingw-w64 makes the same files in another folder, byte for byte" mingw_again
if [ -z "${SBX_LONG:-}" ]; then
    echo "SKIP toolchain: clang and Microsoft's SDK make the same files in another folder: takes long (SBX_LONG=1 runs it)"
elif [ -e "$build/sdk/bin/sbxcom.dll" ]; then
    rule "toolchain: clang and Microsoft's SDK make the same files in another folder, byte for byte" sdk_again
else
    echo "SKIP toolchain: clang and Microsoft's SDK make the same files in another folder: there is no such build"
fi
rm -rf "$build/again"
