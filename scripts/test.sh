#!/bin/bash
# test.sh - builds everything, runs every part of the tests, prints the sum as its last line.
#
#   scripts/test.sh             all parts, in this order
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
trap '"$root/scripts/wine.sh" --end > /dev/null 2>&1' EXIT

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

for part in "${parts[@]}"; do
    echo
    echo "== $part"
    start=$SECONDS
    before=$(grep -cE '^(PASS|FAIL|SKIP) ' "$results") || true
    code=0
    bash "$root/tests/$part/run.sh" < /dev/null | tee -a "$results" || code=$?
    after=$(grep -cE '^(PASS|FAIL|SKIP) ' "$results") || true
    if [ "$code" != 0 ] || [ "$after" = "$before" ]; then
        echo "FAIL $part: the part itself failed (exit code $code, $((after - before)) verdicts)" | tee -a "$results"
    fi
    echo "($((SECONDS - start)) s)"
done
sum
