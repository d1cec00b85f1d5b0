#!/bin/bash
# dependencies.sh - builds jansson and CUnit for Windows from the distribution's own source packages.
#
# Result: build/deps/x86_64 and build/deps/i686, each with include/ and lib/. Nothing is done where they are complete.
set -euo pipefail
. "$(dirname "$0")/common.sh"

sources=$build/deps/source

# Source packages are not among an ordinary machine's package lists. A private apt folder with the machine's own
# repositories turned into source repositories leaves the system as it is and knows no other host than the system does.
fetch() {
    local apt=$build/deps/apt file
    mkdir -p "$apt/parts" "$apt/lists" "$apt/cache" "$sources"
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2> /dev/null |
        sed -n 's/^deb[[:space:]]/deb-src /p' > "$apt/sources.list" || true
    for file in /etc/apt/sources.list.d/*.sources; do
        [ ! -e "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" > "$apt/parts/${file##*/}"
    done
    local options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/parts"
                   -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache")
    # Root's apt would drop to its own user, who may not reach the build folder.
    [ "$(id -u)" != 0 ] || options+=(-o APT::Sandbox::User=root)
    without_hosts apt-get "${options[@]}" update || true    # a repository without sources is no error
    cd "$sources" && without_hosts apt-get "${options[@]}" source jansson cunit && touch "$sources/complete"
}

build_jansson() {
    local cpu=$1 to=$2
    cmake -G Ninja -S "$sources"/jansson-*/ -B "$build/deps/jansson-$cpu" \
        -DCMAKE_TOOLCHAIN_FILE="$root/src/mingw-w64-$cpu.cmake" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$to" \
        -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DCMAKE_C_FLAGS="-fstack-protector-strong \"-ffile-prefix-map=$build/=\"" \
        -DJANSSON_BUILD_DOCS=OFF -DJANSSON_EXAMPLES=OFF -DJANSSON_WITHOUT_TESTS=ON &&
        cmake --build "$build/deps/jansson-$cpu" --target install
}

# CUnit's own configure wants autotools and builds user interfaces that we do not use; the framework is five files.
build_cunit() {
    local cpu=$1 to=$2 from objects=$build/deps/cunit-$1 file
    from=$(echo "$sources"/cunit-*/CUnit)
    mkdir -p "$objects" "$to/include/CUnit" "$to/lib"
    cp "$from"/Headers/*.h "$to/include/CUnit/"
    for file in "$from"/Sources/Framework/*.c; do
        "$cpu-w64-mingw32-gcc-win32" -O2 -fstack-protector-strong -ffile-prefix-map="$build/=" -DVERSION='"2.1-3"' \
            -I "$from/Headers" -I "$to/include" -c "$file" -o "$objects/$(basename "$file" .c).o" || return 1
    done
    "$cpu-w64-mingw32-ar" rcs "$to/lib/libcunit.a" "$objects"/*.o
}

[ ! -e "$build/deps/complete" ] || exit 0
install_packages "${build_packages[@]}"
if [ ! -e "$sources/complete" ]; then
    rm -rf "$build/deps"
    step "Fetching the sources of jansson and CUnit" fetch
fi
for cpu in x86_64 i686; do
    step "Building jansson for $cpu" build_jansson "$cpu" "$build/deps/$cpu"
done
step "Building CUnit for x86_64" build_cunit x86_64 "$build/deps/x86_64"
touch "$build/deps/complete"
