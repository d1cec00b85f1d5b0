#!/bin/bash
# The bench still measures every row. The figures themselves decide nothing here: they depend on what else the machine does.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

every_row() {
    local table row
    table=$(timeout -k 5 250 "$root/scripts/wine.sh" "$build/tests/bench.exe" 3 2>&1 < /dev/null | tr -d '\r') ||
        { echo "$table"; return 1; }
    for row in 'property get \(number\), vtable' 'property get \(number\), IDispatch' 'property get \(text\), IDispatch' \
        'Run of a trivial program' 'output streaming in pieces of 64 KiB' 'output streaming in pieces of 256 KiB' 'output collected' 'session start'; do
        grep -qE "^$row.*( +[0-9]+\.[0-9]+){6}" <<< "$table" || { echo "no row '$row' with six figures in:"; echo "$table"; return 1; }
    done
}
rule "bench: every row is measured" every_row
