#!/bin/bash
# The clients that people use, against the registered DLL: VBScript, JScript, PowerShell, and C in each of the ways that
# a COM object can be called.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

# Windows Script Host cannot include a file, so each script runs as a copy with its prelude in front, from a folder
# where it finds fixture.exe. Commands must not see the two variables unless the policy says so.
scripts=$build/tests/clients
mkdir -p "$scripts"
export SBX_TEST_SECONDS=${SBX_TEST_SECONDS:-1800}    # a thousand commands, on a busy machine too
export SBX_TEST_SECRET=hunter2 SBX_TEST_PLAIN=visible
for script in "$here"/*.vbs "$here"/*.js; do
    name=${script##*/}
    kind=${name##*.}
    [ "${name%.*}" != prelude ] || continue
    [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
    cat "$here/prelude.$kind" "$script" > "$scripts/$name"
    label=VBScript
    [ "$kind" = vbs ] || label=JScript
    run_script "$label" "$scripts/$name"
done

if [ $# = 0 ] || [[ " $* " == *" clients "* ]]; then
    run_tests C "$root/scripts/wine.sh" "$build/tests/clients.exe"
    cp "$here/session.ps1" "$scripts"
    run_script PowerShell "$scripts/session.ps1"
fi
