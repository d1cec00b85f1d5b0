#!/bin/bash
# The portable part on the simulated Windows, with this machine's compilers and their sanitizers.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

install_packages "${native_packages[@]}" >&2

# sanitizers_link COMPILER: clang's run-time library is a package of its own.
sanitizers_link() {
    echo 'int main(void) { return 0; }' | "$1" -x c -fsanitize=address,undefined -o /dev/null - 2> /dev/null
}

run_core() {
    local compiler=$1 label=$2 folder=$build/native-$1 sanitize=$3
    if step "Building with $label" compile >&2; then
        UBSAN_OPTIONS=print_stacktrace=1 run_tests "core, $label" "$folder/core_tests"
    else
        echo "FAIL core, $label: it does not build"
    fi
}

compile() {
    cmake -G Ninja -S "$root/src" -B "$folder" -DCMAKE_C_COMPILER="$compiler" -DSBX_SANITIZE="$sanitize" &&
        cmake --build "$folder" -- -k 0
}

run_core gcc "gcc with sanitizers" ON
clang=$(compgen -c clang | grep -xE 'clang(-[0-9]+)?' | sort -V | head -n 1) || true
if [ -z "$clang" ]; then
    echo "SKIP core, clang: there is no clang"
elif sanitizers_link "$clang"; then
    run_core "$clang" "clang with sanitizers" ON
else
    echo "SKIP core, clang with sanitizers: clang's sanitizer library is not installed; without it instead"
    run_core "$clang" clang OFF
fi
