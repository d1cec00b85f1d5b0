#!/bin/bash
# bench.sh - builds, then prints one table of what the sandbox costs, each line a ratio to the plain baseline of the
# same run (tests/bench). Takes about a minute after the build; it wants a machine that does nothing else.
#
#   scripts/bench.sh             all rounds
#   scripts/bench.sh 10          a tenth of the rounds, for a look
#   scripts/bench.sh core        instead what src/core takes by itself, natively: access checks, plans, journal records
set -euo pipefail
. "$(dirname "$0")/common.sh"

# Each a program of its own; the linker leaves out what it does not use, and with it what only a system could answer.
bench_core() {
    local name folder=$build/bench
    install_packages "${native_packages[@]}"
    mkdir -p "$folder"
    cd "$root"
    for name in access_check plan journal; do
        gcc -std=c11 -O2 -ffunction-sections -Wl,--gc-sections -DSBX_BENCH_ALONE -Isrc -Itests "tests/bench/${name}_bench.c" \
            src/base/?*.c src/core/{access_check,acl,descriptor,environment,excerpt,findings,json*,path,plan,plan_index,policy*,sddl,sid,step*,journal*}.c \
            -ljansson -o "$folder/${name}_bench"
        "$folder/${name}_bench" "$folder"
    done
}
if [ "${1:-}" = core ]; then
    bench_core
    exit
fi

go_on_where_reachable "$@"
install_packages "${build_packages[@]}" "${wine_packages[@]}"
"$root/scripts/build.sh" >&2
export SBX_WINE_PROCESSORS=${SBX_WINE_PROCESSORS:-all}    # caller, runner and command side by side, as users have them
# Before other work on this machine, where we may: a median of a busy machine says little.
priority=()
[ "$(id -u)" != 0 ] || priority=(nice -n -10)
"${priority[@]}" "$root/scripts/wine.sh" "$build/tests/bench.exe" "$@" | tr -d '\r'
