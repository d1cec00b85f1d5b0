#!/bin/bash
# coverage.sh - how much of src/core the core tests run, by line and by branch; the table is build/coverage.txt.
#
#   scripts/coverage.sh             fails below 95 % of lines or 90 % of branches
#   scripts/coverage.sh policy      only the tests whose name holds this; nothing fails
set -euo pipefail
. "$(dirname "$0")/common.sh"

least_lines=95 least_branches=90
folder=$build/coverage
install_packages "${native_packages[@]}" gcovr

compile() {
    cmake -G Ninja -S "$root/src" -B "$folder" -DCMAKE_C_COMPILER=gcc -DSBX_SANITIZE=OFF -DSBX_COVERAGE=ON &&
        cmake --build "$folder" -- -k 0
}
step "Building the core tests to be counted" compile

# Counts of an earlier run would be added to.
find "$folder" -name '*.gcda' -delete
step "Running them" "$folder/core_tests" "$@" || [ $# -gt 0 ]

cd "$root"
limits=(--fail-under-line "$least_lines" --fail-under-branch "$least_branches")
[ $# = 0 ] || limits=()
gcovr --root . --filter 'src/core/' --gcov-executable gcov "$folder/CMakeFiles/core.dir" --txt "$build/coverage.txt" \
    --print-summary "${limits[@]}" | grep -E '^(lines|branches)'
