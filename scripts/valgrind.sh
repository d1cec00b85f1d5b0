#!/bin/bash
# valgrind.sh - the core tests under valgrind's memcheck: what the sanitizers cannot see (reads of what was never
# written). It takes an hour (each fault point of each act), so scripts/test.sh leaves it out.
#
#   scripts/valgrind.sh             all
#   scripts/valgrind.sh policy      only the tests whose name holds this
set -euo pipefail
. "$(dirname "$0")/common.sh"

folder=$build/valgrind
install_packages "${native_packages[@]}" valgrind

compile() {
    cmake -G Ninja -S "$root/src" -B "$folder" -DCMAKE_C_COMPILER=gcc -DSBX_SANITIZE=OFF &&
        cmake --build "$folder" -- -k 0
}
step "Building the core tests without sanitizers" compile
export SBX_WORLDS=${SBX_WORLDS:-50} SBX_CASES=${SBX_CASES:-2000}    # of what is random, a share
step "Running them under valgrind" valgrind --quiet --error-exitcode=9 --leak-check=full "$folder/core_tests" "$@"
