#!/bin/bash
# Static analysis of the product and the simulation: scripts/analyze.sh tells how. SBX_LONG=1 adds clang's analyzer.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

(install_packages clang-tidy cppcheck) > /dev/null 2>&1 || true
for tool in gcc clang-tidy cppcheck; do
    name="analysis: $tool finds nothing"
    [ $tool != gcc ] || name="analysis: gcc -fanalyzer finds nothing"
    if command -v $tool > /dev/null; then
        rule "$name" "$root/scripts/analyze.sh" $tool
    else
        echo "SKIP $name: $tool is not installed"
    fi
done
[ -n "${SBX_LONG:-}" ] || echo "SKIP analysis: clang's analyzer finds nothing: takes long (SBX_LONG=1 runs it)"
