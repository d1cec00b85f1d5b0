#!/bin/bash
# The portable part on the simulated Windows, with this machine's compilers and their sanitizers.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

install_packages "${native_packages[@]}" >&2

# sanitizers_link COMPILER: clang's run-time library is a package of its own.
sanitizers_link() {
    echo 'int main(void) { return 0; }' | "$1" -x c -fsanitize=address,undefined -o /dev/null - 2> /dev/null
}

compile() {
    cmake -G Ninja -S "$root/src" -B "$folder" -DCMAKE_C_COMPILER="$compiler" -DSBX_SANITIZE="$sanitize" &&
        cmake --build "$folder" -- -k 0
}

# Built one after the other, each with all processors; run side by side, each with one.
labels=() programs=()
add() {
    local compiler=$1 label=$2 sanitize=$3 folder=$build/native-$1
    if step "Building with $label" compile >&2; then
        labels+=("core, $label") programs+=("$folder/core_tests")
    else
        echo "FAIL core, $label: it does not build"
    fi
}

add gcc "gcc with sanitizers" ON
clang=$(compgen -c clang | grep -xE 'clang(-[0-9]+)?' | sort -V | head -n 1) || true
if [ -z "$clang" ]; then
    echo "SKIP core, clang: there is no clang"
elif sanitizers_link "$clang" ||
    { (install_packages "libclang-rt-$("$clang" -dumpversion | cut -d . -f 1)-dev") >&2 && sanitizers_link "$clang"; }; then
    add "$clang" "clang with sanitizers" ON
else
    echo "SKIP core, clang with sanitizers: clang's sanitizer library is not installed; without it instead"
    add "$clang" clang OFF
fi

# Random hosts and policies (claims_test.c): 10,000, each compiler's share from seeds of its own.
verdicts=$(mktemp -d)
trap 'rm -rf "$verdicts"' EXIT
for i in "${!programs[@]}"; do
    SBX_SEED=$((20240229 + i * 1000000)) SBX_WORLDS=$((10000 / ${#programs[@]})) SBX_TEST_SECONDS=${SBX_TEST_SECONDS:-2400} UBSAN_OPTIONS=print_stacktrace=1 \
        run_tests "${labels[i]}" "${programs[i]}" > "$verdicts/$i" &
done
wait
cat "$verdicts"/*
