#!/bin/bash
# The fuzzers of this folder, each for SECONDS (10): tests/fuzz/run.sh [SECONDS [NAME...]]
#
# NAME_fuzz.c is one program over src/base and src/core; corpus/NAME/ holds its seeds, and every input that once failed.
# What a run finds on the way stays in the build folder; an input that fails is printed and kept there, too.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

seconds=${1:-10}
shift || true
out=${SBX_BUILD:-build}/fuzz
# shellcheck disable=SC2054 # the commas belong to one option
flags=(-std=c11 -g -O1 -Isrc -Itests -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all)

clang=
for candidate in $(compgen -c clang | grep -xE 'clang(-[0-9]+)?' | sort -uV); do
    if echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long s) { return d && s ? 0 : 0; }' |
        "$candidate" -x c -fsanitize=fuzzer,address -o /dev/null - 2> /dev/null; then
        clang=$candidate
    fi
done
if [ -z "$clang" ]; then
    echo "SKIP fuzz: no clang with libFuzzer"
    exit 0
fi

# One archive of everything portable: a fuzzer links what it needs of it, and nothing it does not can stop it.
mkdir -p "$out/objects"
rm -f "$out/objects"/*.o "$out/portable.a"
find src/base src/core -name '*.c' -not -name '*_windows.c' -print0 |
    xargs -0 -P "$(nproc)" -I {} bash -c 'name=${1#src/}; "$0" "${@:2}" -fsanitize=fuzzer-no-link -c "$1" -o "'"$out"'/objects/${name//\//_}.o"' \
        "$clang" {} "${flags[@]}" 2> "$out/objects.log"
ar rcs "$out/portable.a" "$out/objects"/*.o

status=0
for source in tests/fuzz/*_fuzz.c; do
    name=$(basename "$source" _fuzz.c)
    if [ $# -gt 0 ] && ! [[ " $* " == *" $name "* ]]; then
        continue
    fi
    if ! "$clang" "${flags[@]}" -fsanitize=fuzzer "$source" "$out/portable.a" -ljansson -o "$out/$name" \
        2> "$out/$name.log"; then
        echo "FAIL fuzz/$name: it does not build"
        tail -n 5 "$out/$name.log" | sed 's/^/    /'
        status=1
        continue
    fi
    mkdir -p "$out/corpus/$name" "tests/fuzz/corpus/$name"
    if "$out/$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$out/$name-" "$out/corpus/$name" "tests/fuzz/corpus/$name" > "$out/$name.log" 2>&1; then
        echo "PASS fuzz/$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$name.log") inputs in $seconds s"
    else
        echo "FAIL fuzz/$name: $(grep -m 1 -E '^SUMMARY|ERROR' "$out/$name.log")"
        grep -E '^artifact_prefix|Base64' "$out/$name.log" | sed 's/^/    /'
        status=1
    fi
done
exit $status
