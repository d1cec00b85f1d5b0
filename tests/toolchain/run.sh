#!/bin/bash
# The build itself: what Visual Studio would build, what the binaries import, what Microsoft's own SDK and its MIDL make
# of the sources, and that a build can be repeated. Some of it alone: tests/toolchain/run.sh projects imports
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

checks=("$@")
[ $# -gt 0 ] || checks=(projects imports typelib sdk reproducible)
for check in "${checks[@]}"; do
    # shellcheck source=/dev/null
    . "$here/$check.sh"
done
