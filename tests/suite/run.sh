#!/bin/bash
# What scripts/test.sh says is what its parts said: its exit code, its last line, the parts that run beside the others.
# It runs as it stands, over a tree of parts that only speak.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

# /var/tmp: a checkout that the user who runs Windows programs cannot reach would be copied.
tree=$(mktemp -d /var/tmp/sbxcom-suite-XXXXXX)
trap 'rm -rf "$tree"' EXIT

# part NAME LINES [EXIT CODE]: its run.sh prints the lines.
part() {
    mkdir -p "$tree/tests/$1"
    printf 'cat << "LINES"\n%s\nLINES\nexit %s\n' "$2" "${3:-0}" > "$tree/tests/$1/run.sh"
}

# tree_of_parts: every part that test.sh knows by name passes, one that it finds skips.
tree_of_parts() {
    local name
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/scripts"
    chmod -R a+rX "$tree"
    cp "$root/scripts/test.sh" "$root/scripts/common.sh" "$tree/scripts/"
    echo 'install_packages() { :; }' >> "$tree/scripts/common.sh"
    for name in build wine; do
        printf '#!/bin/bash\nexit 0\n' > "$tree/scripts/$name.sh"
        chmod +x "$tree/scripts/$name.sh"
    done
    for name in static core os com clients dotnet binaries threads analysis; do
        part "$name" "PASS $name: it is so"
    done
    part found "SKIP found: it is not to be had"
}

# ends_with CODE LINE [PART...]: how test.sh ends.
ends_with() {
    local code=0 wanted_code=$1 wanted=$2 log=$tree/log last
    shift 2
    env -u SBX_BUILD bash "$tree/scripts/test.sh" "$@" > "$log" 2>&1 || code=$?
    last=$(tail -n 1 "$log")
    [ "$code" = "$wanted_code" ] && [ "$last" = "$wanted" ] && return 0
    echo "exit code $code, not $wanted_code; last line: $last, not: $wanted"
    cat "$log"
    return 1
}

everything_passes() {
    tree_of_parts
    ends_with 0 "9 passed, 0 failed, 1 skipped" &&
        ends_with 0 "2 passed, 0 failed, 0 skipped" core os &&
        ends_with 0 "1 passed, 0 failed, 0 skipped" core
}

a_line_fails() {
    local name
    for name in os core analysis found; do
        tree_of_parts
        part "$name" "FAIL $name: it is not so" 0
        ends_with 1 "$([ "$name" = found ] && echo "9 passed, 1 failed, 0 skipped" || echo "8 passed, 1 failed, 1 skipped")" || return 1
    done
}

a_part_says_nothing() {
    local name
    for name in com threads; do
        tree_of_parts
        part "$name" ""
        ends_with 1 "8 passed, 1 failed, 1 skipped" || return 1
    done
}

a_part_dies() {
    local name
    for name in dotnet core; do
        tree_of_parts
        part "$name" "PASS $name: so far" 3
        ends_with 1 "9 passed, 1 failed, 1 skipped" || return 1
    done
}

nothing_passes() {
    tree_of_parts
    ends_with 1 "0 passed, 0 failed, 1 skipped" found
}

it_does_not_build() {
    tree_of_parts
    printf '#!/bin/bash\nexit 1\n' > "$tree/scripts/build.sh"
    ends_with 1 "2 passed, 1 failed, 0 skipped"
}

# `wine.sh --end` finds nothing to end, or nobody to signal: that is no failure of a test.
cleaning_up_fails() {
    tree_of_parts
    printf '#!/bin/bash\n[ "$1" != --end ]\n' > "$tree/scripts/wine.sh"
    ends_with 0 "9 passed, 0 failed, 1 skipped"
}

rule "suite: where all passes, the exit code is 0" everything_passes
rule "suite: a line that fails is its failure, wherever the part runs" a_line_fails
rule "suite: a part that says nothing is a failure" a_part_says_nothing
rule "suite: a part that dies is a failure, whatever it printed" a_part_dies
rule "suite: where nothing passes, nothing was tested" nothing_passes
rule "suite: what does not build fails, and the rest is told" it_does_not_build
rule "suite: cleaning up does not decide" cleaning_up_fails
