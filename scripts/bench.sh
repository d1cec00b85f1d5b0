#!/bin/bash
# bench.sh - builds, then prints one table of what the sandbox costs, each line a ratio to the plain baseline of the
# same run (tests/bench). Takes about a minute after the build; it wants a machine that does nothing else.
#
#   scripts/bench.sh             all rounds
#   scripts/bench.sh 10          a tenth of the rounds, for a look
set -euo pipefail
. "$(dirname "$0")/common.sh"

go_on_where_reachable "$@"
install_packages "${build_packages[@]}" "${wine_packages[@]}"
"$root/scripts/build.sh" >&2
# Before other work on this machine, where we may: a median of a busy machine says little.
priority=()
[ "$(id -u)" != 0 ] || priority=(nice -n -10)
"${priority[@]}" "$root/scripts/wine.sh" "$build/tests/bench.exe" "$@" | tr -d '\r'
