#!/bin/bash
# The automation objects as their clients use them: C over the vtables, then each script of this folder.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

run_tests com "$root/scripts/wine.sh" "$build/tests/com_tests.exe"
for script in "$here"/*.vbs "$here"/*.js; do
    [ ! -e "$script" ] || run_script "com, ${script##*/}" "$script"
done
