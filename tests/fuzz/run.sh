#!/bin/bash
# The fuzzers of this folder, side by side: tests/fuzz/run.sh [SECONDS [NAME...]]; each for SECONDS (5).
#
# NAME_fuzz.c is one program over src/base and src/core; corpus/NAME/ holds its seeds, and every input that once failed.
# What a run finds on the way stays in the build folder; an input that fails is printed and kept there, too.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"
cd "$root"

seconds=${1:-5}
shift || true
out=$build/fuzz
# shellcheck disable=SC2054 # the commas belong to one option
flags=(-std=c11 -g -O1 -Isrc -Itests -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all)

# has_libfuzzer CLANG: it is part of clang's run-time library, which is a package of its own.
has_libfuzzer() {
    echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long s) { return d && s ? 0 : 0; }' |
        "$1" -x c -fsanitize=fuzzer,address -o /dev/null - 2> /dev/null
}

find_clang() {
    local candidate
    for candidate in $(compgen -c clang | grep -xE 'clang(-[0-9]+)?' | sort -ruV); do
        ! has_libfuzzer "$candidate" || { echo "$candidate"; return; }
    done
}

# The distribution's own clang, in whatever version.
install_fuzzer() {
    local version
    install_packages clang "${native_packages[@]}"
    version=$(clang -dumpversion | cut -d . -f 1)
    install_packages "libclang-rt-$version-dev"
}

clang=$(find_clang)
if [ -z "$clang" ]; then
    (install_fuzzer) >&2 || true
    hash -r
    clang=$(find_clang)
fi
if [ -z "$clang" ]; then
    echo "SKIP fuzz: no clang with libFuzzer (Debian: clang and libclang-rt-14-dev), and it cannot be installed here"
    exit 0
fi

# One archive of everything portable: a fuzzer links what it needs of it, and nothing it does not can stop it.
mkdir -p "$out/objects"
rm -f "$out/objects"/*.o "$out/portable.a"
# shellcheck disable=SC2016 # the inner bash expands it
find src/base src/core -name '*.c' -not -name '*_windows.c' -print0 |
    xargs -0 -P "$(nproc)" -I {} bash -c 'name=${1#src/}; "$0" "${@:2}" -fsanitize=fuzzer-no-link -c "$1" -o "'"$out"'/objects/${name//\//_}.o"' \
        "$clang" {} "${flags[@]}" 2> "$out/objects.log" || true
ar rcs "$out/portable.a" "$out/objects"/*.o

# fuzz SOURCE: builds one and runs it.
fuzz() {
    local name=$1 log=$out/$1.log
    if ! "$clang" "${flags[@]}" -fsanitize=fuzzer "tests/fuzz/${name}_fuzz.c" "$out/portable.a" -ljansson -o "$out/$name" 2> "$log"; then
        echo "FAIL fuzz/$name: it does not build"
        tail -n 5 "$log" | sed 's/^/    /'
        return
    fi
    mkdir -p "$out/corpus/$name"
    if "$out/$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$out/$name-" "$out/corpus/$name" "tests/fuzz/corpus/$name" > "$log" 2>&1 < /dev/null; then
        echo "PASS fuzz/$name: nothing found ($(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s)"
    else
        echo "FAIL fuzz/$name: $(grep -m 1 -E '^SUMMARY|ERROR' "$log" || tail -n 1 "$log")"
        grep -E '^artifact_prefix|Base64' "$log" | sed 's/^/    /' || true
    fi
}

names=()
for source in tests/fuzz/*_fuzz.c; do
    name=$(basename "$source" _fuzz.c)
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    names+=("$name")
done
export -f fuzz
export clang out seconds
export flags_text="${flags[*]}"
# shellcheck disable=SC2016 # the inner bash expands it, too
printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I {} bash -c 'read -ra flags <<< "$flags_text"; fuzz {}'
