#!/bin/bash
# test.sh - builds everything, runs every part of the tests, prints the sum as its last line.
#
#   scripts/test.sh             all parts
#   scripts/test.sh com os      only these: the folders of tests/ that have a run.sh
set -euo pipefail
. "$(dirname "$0")/common.sh"
go_on_where_reachable "$@"

if [ $# -gt 0 ]; then
    parts=("$@")
else
    parts=(static core os com clients dotnet binaries)
    for script in "$root"/tests/*/run.sh; do    # and whatever is not in that list yet
        part=$(basename "$(dirname "$script")")
        [[ " ${parts[*]} " == *" $part "* ]] || parts+=("$part")
    done
fi

mkdir -p "$build"
results=$build/test.log
: > "$results"
beside_id=
# Its own failures are nothing that the tests found: `set -e` would make them the exit code.
clean_up() {
    [ -z "$beside_id" ] || kill "$beside_id" 2> /dev/null || true
    "$root/scripts/wine.sh" --end > /dev/null 2>&1 || true
}
trap clean_up EXIT

sum() {
    local passed failed skipped
    passed=$(grep -c '^PASS ' "$results") || true
    failed=$(grep -c '^FAIL ' "$results") || true
    skipped=$(grep -c '^SKIP ' "$results") || true
    [ "$failed" = 0 ] || { echo; echo "Failed:"; grep '^FAIL ' "$results" | sed 's/^FAIL /    /'; }
    echo
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

install_packages "${build_packages[@]}" "${wine_packages[@]}" "${native_packages[@]}"
if ! "$root/scripts/build.sh"; then
    echo "FAIL build: it does not build" | tee -a "$results"
    parts=(static core)    # what does not need it
else
    "$root/scripts/wine.sh" --hold
fi

# run_part PART: its output, a failure where the part itself fails, how long it took.
run_part() {
    local part=$1 output=$build/test-$1.log start=$SECONDS code=0 count
    bash "$root/tests/$part/run.sh" < /dev/null | tee "$output" || code=$?
    count=$(grep -cE '^(PASS|FAIL|SKIP) ' "$output") || true
    if [ "$code" != 0 ] || [ "$count" = 0 ]; then
        echo "FAIL $part: the part itself failed (exit code $code, $count verdicts)"
    fi
    echo "($((SECONDS - start)) s)"
}

# What needs processors and nothing else goes on beside the parts whose programs wait for each other much of the time, whenever
# a processor is idle, and is told at the end.
quiet=()
for part in core threads analysis; do
    if [[ " ${parts[*]} " == *" $part "* ]]; then quiet+=("$part"); fi
done
[ ${#quiet[@]} -lt ${#parts[@]} ] || quiet=()    # nothing to be beside
beside() {
    chrt --idle --pid 0 "$BASHPID" || renice -n 19 "$BASHPID" > /dev/null || true
    for part in "${quiet[@]}"; do
        run_part "$part" > "$build/test-$part.told" 2>&1
    done
}
if [ ${#quiet[@]} -gt 0 ]; then
    for part in "${quiet[@]}"; do
        : > "$build/test-$part.told"    # of an earlier run
    done
    beside &
    beside_id=$!
fi

for part in "${parts[@]}"; do
    [[ " ${quiet[*]-} " != *" $part "* ]] || continue
    echo
    echo "== $part"
    run_part "$part" | tee -a "$results"
done
wait
beside_id=
for part in ${quiet[@]+"${quiet[@]}"}; do
    echo
    echo "== $part"
    tee -a "$results" < "$build/test-$part.told"
    tail -n 1 "$build/test-$part.told" | grep -q ' s)$' || echo "FAIL $part: it did not end" | tee -a "$results"
done
sum
