#!/bin/bash
# src/os against Wine: what it really does on a system that claims more than it keeps.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

run_tests os "$root/scripts/wine.sh" "$build/tests/os_tests.exe"
