#!/bin/bash
# sdk.sh - builds everything with clang and lld against Microsoft's SDK for Windows, without Windows: build/sdk/bin
# (64-bit), bin/x86 and bin/arm64, and the tests' programs in build/sdk/tests. scripts/sdk/README.md tells what that
# shows and what it does not.
#
#   scripts/sdk.sh                      all of it
#   scripts/sdk.sh x64 [TARGET...]      one processor (x64, arm64, x86); the target "product" is without the tests
#   scripts/sdk.sh midl                 only Microsoft's IDL compiler: build/sdk/midl/64 and midl/32
#
# The exit code is 3 where this machine cannot: no .NET SDK, no clang 19, no packages.
#
# The packages (1.5 GB in build/sdk/packages) are fetched once.
set -euo pipefail
. "$(dirname "$0")/common.sh"

sdk=$build/sdk
here=$root/scripts/sdk
sdk_packages=(clang-19 lld-19 llvm-19 cmake ninja-build libwine)
cannot() {
    echo "sdk.sh: $*" >&2
    exit 3
}

# ---- the SDK ----------------------------------------------------------------------------------------------------

# restore 32-BIT: the packages by their ordinary client. It wants a home; all it writes belongs to the build.
restore() {
    without_hosts env MSBUILDDISABLENODEREUSE=1 HOME="$sdk/home" DOTNET_CLI_HOME="$sdk/home" NUGET_PACKAGES="$sdk/packages" DOTNET_NOLOGO=1 \
        DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet restore "$here/packages.csproj" "-p:With32=$1" \
        "-p:BaseIntermediateOutputPath=$sdk/obj/" "-p:MSBuildProjectExtensionsPath=$sdk/obj/"
}

fetch() {
    mkdir -p "$sdk/home" "$sdk/obj"
    restore true || restore false || return
    # NuGet unpacks for its own user, Wine runs as another and maps no program that is not executable.
    chmod -R a+rX "$sdk/packages" && rm -f "$sdk"/packages/*/*/*.nupkg
}

# The headers' names differ in case from how they are included: clang gets a map in which case does not matter.
map_headers() {
    local folder
    echo "{ 'version': 0, 'case-sensitive': 'false', 'roots': ["
    for folder in "$headers"/{ucrt,um,shared}; do
        echo "{ 'type': 'directory', 'name': '$folder', 'contents': ["
        find "$folder" -maxdepth 1 -type f -printf "{ 'type': 'file', 'name': '%f', 'external-contents': '%p' },\n"
        echo ']},'
    done
    echo ']}'
}

# The libraries of one processor under small names, as the projects write them.
link_libraries() {
    local file
    mkdir -p "$sdk/lib/$1"
    for file in "$sdk/packages/microsoft.windows.sdk.cpp.$1"/*/c/{um,ucrt}/"$1"/*; do
        ln -sf "$file" "$sdk/lib/$1/$(basename "${file,,}")"
    done
}

# What the C library's exception handling needs: two objects of Microsoft's that lie in a library for enclaves among
# much that is not for us, and two functions that the SDK's kernel32.lib does not name.
handlers() {
    local library=$sdk/lib/$1/vertdll.lib to=$sdk/lib/$1/handlers name members=()
    mkdir -p "$to" || return
    for name in gshandler gshandlerseh; do
        llvm-ar-19 p "$library" "$(llvm-ar-19 t "$library" | grep "\\\\$name\.obj$")" > "$to/$name.obj" || return
        members+=("$to/$name.obj")
    done
    llvm-lib-19 "/machine:$1" "/def:$here/crt/kernel32.def" "/out:$to/kernel32.lib" &&
        llvm-lib-19 "/out:$to.lib" "${members[@]}" "$to/kernel32.lib"
}

lay_out() {
    map_headers > "$sdk/headers.yaml" && link_libraries x64 && link_libraries arm64 && handlers x64 && handlers arm64 &&
        if [ -d "$sdk/packages/microsoft.windows.sdk.cpp.x86" ]; then link_libraries x86; fi
}

# ---- MIDL -------------------------------------------------------------------------------------------------------

# compile_interface BITS ENVIRONMENT: MIDL runs under Wine but finds no preprocessor there: clang's goes before it, for
# our IDL and each one that it imports. All warnings are on, into the file log.
compile_interface() {
    local to=$sdk/midl/$1 name file
    rm -rf "$to" && mkdir -p "$to" || return
    for name in oaidl.idl ocidl.idl objidl.idl objidlbase.idl oleidl.idl unknwn.idl unknwnbase.idl wtypes.idl \
        wtypesbase.idl servprov.idl urlmon.idl msxml.idl basetsd.h guiddef.h sbxcom.idl; do
        file=$(find "$headers/um" "$headers/shared" "$root/idl" -maxdepth 1 -iname "$name" -print -quit)
        clang-19 -E -P -x c -w -nostdinc -D__midl=801 -D_WIN"$1" -ivfsoverlay "$sdk/headers.yaml" -I "$headers/um" \
            -I "$headers/shared" "$file" -o "$to/$name" || return
    done
    cp /usr/lib/*/wine/x86_64-windows/stdole2.tlb "$to" && chmod -R a+r "$to" || return
    [ ${#as_wine_user[@]} = 0 ] || chown "$wine_uid:$wine_uid" "$to"
    file=$(echo "$sdk"/packages/microsoft.windows.sdk.cpp/*/c/bin/10.*/x64/midl.exe | tr ' ' '\n' | sort -V | tail -n 1)
    (cd "$to" && "$root/scripts/wine.sh" "$file" /nologo /env "$2" /W4 /no_cpp /tlb sbxcom.tlb /h sbxcom.h \
        /iid sbxcom_i.c sbxcom.idl) > "$to/log" || { cat "$to/log"; return 1; }
}

midl() {
    compile_interface 64 x64 && compile_interface 32 win32
}

# ---- the builds -------------------------------------------------------------------------------------------------

# compile ARCHITECTURE CPU: what would come with Visual C++, then the product.
compile() {
    local toolchain=$root/src/msvc-clang-$2.cmake
    cmake -G Ninja -S "$here" -B "$sdk/cmake-$1/runtime" -DCMAKE_TOOLCHAIN_FILE="$toolchain" -DSBX_SDK="$sdk" \
        -DSBX_DEPS="$build/deps" -DCMAKE_BUILD_TYPE=None &&
        cmake --build "$sdk/cmake-$1/runtime" &&
        cmake -G Ninja -S "$root/src" -B "$sdk/cmake-$1/product" -DCMAKE_TOOLCHAIN_FILE="$toolchain" -DSBX_SDK="$sdk" \
            -DSBX_DEPS="$build/deps/x86_64" -DSBX_OUT="$sdk" -DCMAKE_BUILD_TYPE=None &&
        if [ "$1" = x86 ]; then objects && import_libraries; fi &&
        cmake --build "$sdk/cmake-$1/product" --target "${targets[@]}" -- -k 0
}

objects() {
    local folder=$sdk/cmake-x86/product
    ninja -C "$folder" -t targets all | sed -n 's/^\(.*\.obj\): .*/\1/p' | xargs ninja -C "$folder" -k 0
}

# The 32-bit libraries, where the SDK's are not to be had: the DLL of each function that the objects use as Microsoft's
# 64-bit library has it, its decoration with the size of its arguments as Microsoft's headers made it in the objects.
import_libraries() {
    local library dll work=$sdk/cmake-x86/libraries
    mkdir -p "$sdk/lib/x86" &&
        llvm-dlltool-19 -m i386 -d "$here/crt/i686_ntdll.def" -l "$sdk/lib/x86/i686_ntdll.lib" || return
    [ ! -d "$sdk/packages/microsoft.windows.sdk.cpp.x86" ] || return 0
    rm -rf "$work" && mkdir -p "$work" || return
    find "$sdk/cmake-x86" -name '*.obj' -exec llvm-nm-19 --undefined-only {} + |
        sed -n 's/^ *U \(__imp_\)\?_\([A-Za-z_0-9]*\)\(@[0-9]*\)\?$/\2 \2\3/p' | LC_ALL=C sort -u > "$work/used"
    for library in advapi32 kernel32 ole32 oleaut32 user32 ucrt; do
        llvm-nm-19 -A "$sdk/lib/x64/$library.lib" 2> /dev/null |
            sed -n 's/^.*:\([^:]*\.dll\): .* T \([A-Za-z_0-9]*\)$/\2 \1/Ip' | LC_ALL=C sort -u |
            LC_ALL=C join "$work/used" - > "$work/$library"
        for dll in none.dll $(cut -d ' ' -f 3 "$work/$library" | sort -u); do
            awk -v dll="$dll" 'BEGIN { print "LIBRARY " dll "\nEXPORTS" } $3 == dll { print $2 }' "$work/$library" \
                > "$work/$library.def"
            llvm-dlltool-19 -m i386 -k -d "$work/$library.def" -l "$work/$library.$dll.lib" || return
        done
        llvm-lib-19 "/out:$sdk/lib/x86/$library.lib" "$work/$library".*.lib || return
    done
    identifiers
}

# uuid.lib, which has no 32-bit form of Microsoft's without that package: what the objects want and do not have.
identifiers() {
    local work=$sdk/cmake-x86/libraries folder flags=()
    for folder in ucrt um shared; do flags+=(-isystem "$headers/$folder"); done
    find "$sdk/cmake-x86/product" -name '*.obj' -exec llvm-nm-19 --defined-only {} + | sed -n 's/^[0-9a-f]* [A-Z] _\(IID_.*\)$/\1/p' | LC_ALL=C sort -u > "$work/defined"
    {
        cat "$here/crt/i686_guids.cpp"
        cut -d ' ' -f 1 "$work/used" | grep '^IID_' | LC_ALL=C sort -u | LC_ALL=C comm -23 - "$work/defined" |
            sed 's/^IID_\(.*\)$/IDENTIFIER(\1);/'
    } > "$work/guids.cpp"
    clang++-19 --target=i686-pc-windows-msvc -fms-compatibility-version=19.40 -isystem "$here/include" "${flags[@]}" \
        -ivfsoverlay "$sdk/headers.yaml" -c "$work/guids.cpp" -o "$work/guids.o" &&
        llvm-lib-19 "/out:$sdk/lib/x86/uuid.lib" "$work/guids.o"
}

# ---------------------------------------------------------------------------------------------------------------

go_on_where_reachable "$@"
dotnet --list-sdks 2> /dev/null | grep '^10\.' > /dev/null || cannot "there is no .NET 10 SDK to fetch the packages with"
(install_packages "${sdk_packages[@]}") || cannot "these packages could not be installed: ${sdk_packages[*]}"
mkdir -p "$sdk"
exec 7> "$sdk/lock"
flock 7    # Wine's server, which outlives this script, must not inherit it

if [ ! -e "$sdk/packages/complete" ]; then
    step "Fetching Microsoft's SDK" fetch 7>&- || cannot "the packages could not be had"
    touch "$sdk/packages/complete"
fi
headers=$(echo "$sdk"/packages/microsoft.windows.sdk.cpp/*/c/Include/*)
[ -e "$sdk/headers.yaml" ] || step "Laying it out" lay_out
if [ "$sdk/midl/made" -ot "$root/idl/sbxcom.idl" ]; then
    step "Microsoft's IDL compiler" midl 7>&-
    touch "$sdk/midl/made"
fi
[ "${1:-}" != midl ] || exit 0

"$root/scripts/dependencies.sh"
status=0
targets=("${@:2}")
[ $# -gt 1 ] || targets=(all)
declare -A cpus=([x64]=x86_64 [arm64]=aarch64 [x86]=i686)
for architecture in ${1:-x64 arm64 x86}; do
    step "Building with Microsoft's SDK for $architecture" compile "$architecture" "${cpus[$architecture]}" || status=1
done
exit $status
