#!/bin/bash
# build.sh - builds everything for Windows into build/bin, laid out as it will be installed, and the tests' programs
# into build/tests. The whole log is build/build.log.
#
#   scripts/build.sh            all of it
#   scripts/build.sh product    only what is installed
set -euo pipefail
. "$(dirname "$0")/common.sh"

target=${1:-all}
install_packages "${build_packages[@]}"
mkdir -p "$build"
exec 9> "$build/lock"
flock 9    # two builds in one folder would spoil each other
: > "$build/build.log"
"$root/scripts/dependencies.sh"

# compile NAME CPU: -k 0 shows what else is broken, not only the first file.
compile() {
    cmake -G Ninja -S "$root/src" -B "$build/$1" -DCMAKE_TOOLCHAIN_FILE="$root/src/mingw-w64-$2.cmake" \
        -DSBX_DEPS="$build/deps/$2" -DSBX_OUT="$build" &&
        cmake --build "$build/$1" --target "$target" -- -k 0
}

status=0
step "Building for 64-bit Windows" compile x64 x86_64 || status=1
step "Building for 32-bit Windows" compile x86 i686 || status=1
exit $status
