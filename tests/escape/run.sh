#!/bin/bash
# The escape battery: what a command of a real session could do that it should not, row by row. Row numbers as arguments run
# those alone.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

run_tests escape "$root/scripts/wine.sh" "$build/tests/escape_tests.exe" "$@"
