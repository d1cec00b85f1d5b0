#!/bin/bash
# demo.sh - builds, then shows a session at work on a small git repository, under Wine, step by step. Whatever it
# shows it checks: the exit code is 0 only where everything is as it says.
set -euo pipefail
. "$(dirname "$0")/common.sh"
go_on_where_reachable "$@"

cat << END
This demo opens sandbox sessions through COM and runs commands in them, under Wine. Wine enforces only part of what
Windows does, so the strict default policy is refused here. You will see that refusal first; the demo then goes on
with a policy whose "require" is lowered to exactly what the text of that error offers. It is no way around the
sandbox: what holds is in the report, what does not is named there.

END

install_packages "${build_packages[@]}" "${wine_packages[@]}" git
"$root/scripts/build.sh" product

# A folder that Windows programs see as C:\sbx-demo, of the user who runs them.
demo=$build/wine/prefix/drive_c/sbx-demo
workspace='C:\sbx-demo\app'
policy='C:\sbx-demo\policy.json'
as_user() { env -C "$demo/app" HOME="$build/wine/home" PATH="$PATH" "${as_wine_user[@]}" "$@"; }
git_outside() { as_user git -c user.name=Demo -c user.email=demo@example.com "$@"; }

make_repository() {
    rm -rf "$demo" && mkdir -p "$demo/app" || return
    [ ${#as_wine_user[@]} = 0 ] || chown -R "$wine_uid:$wine_uid" "$demo" || return
    as_user cp "$root/scripts/samples/worker.c" . &&
        as_user tee greet.cmd <<< '@echo Hello %1' &&
        as_user tee .gitignore <<< '*.exe' &&
        git_outside init -q -b main &&
        git_outside add . &&
        git_outside commit -q -m 'A program and a batch file' &&
        as_user x86_64-w64-mingw32-gcc -std=c11 -O2 -o worker.exe worker.c
}
step "Making a git repository and compiling its program (git and the compiler run outside; Wine has none)" make_repository

wrong=0
show() { tr -d '\r' | sed 's/^/   | /'; }
check() {    # check TEXT TEST-ARGUMENT...
    local text=$1
    shift
    if [ "$@" ]; then
        echo "   ok: $text"
    else
        echo "   NOT SO: $text"
        wrong=1
    fi
}
sbx() { "$root/scripts/wine.sh" "$build/bin/sbx.exe" "$@"; }

export SBX_DEMO_SECRET=hunter2
code=0
"$root/scripts/wine.sh" cscript //nologo "Z:${root//\//\\}\\scripts\\samples\\demo.vbs" "$workspace" "$policy" < /dev/null |
    tr -d '\r' || code=${PIPESTATUS[0]}
[ "$code" = 7 ] || { wrong=1; echo "   NOT SO: the script got to its end (exit code $code)"; }

echo
echo "== 7. The same from a shell: sbx run"
echo "   printf 'a\nb\n' | sbx run --workspace $workspace --policy $policy -- .\\worker.exe count"
output=$(printf 'a\nb\n' | sbx run --workspace "$workspace" --policy "$policy" -- '.\worker.exe' count | tr -d '\r')
show <<< "$output"
check "it read our input" "$output" = "2 lines, 4 bytes"
echo "   sbx run … -- .\\worker.exe fail 42"
code=0
sbx run --workspace "$workspace" --policy "$policy" -- '.\worker.exe' fail 42 < /dev/null 2>&1 | show || code=${PIPESTATUS[0]}
check "its exit code is the command's: $code" "$code" = 42
echo "   sbx run --workspace $workspace -- .\\worker.exe args    (without a policy: the strict default)"
code=0
output=$(sbx run --workspace "$workspace" -- '.\worker.exe' args < /dev/null 2>&1) || code=$?
head -n 2 <<< "$output" | cut -c 1-110 | show
check "refused, nothing was run: exit code $code" "$code" = 77

echo
echo "== 8. What the commands left in the repository, seen by git from outside"
output=$(git_outside status --short)
show <<< "$output"
check "one new file, written by a command inside" "$output" = "?? note.txt"

echo
if [ $wrong != 0 ]; then
    echo "Not everything was as it says; see the lines NOT SO."
    exit 1
fi
echo "All of it was as it says. Next: scripts/test.sh, or a script of your own: scripts/wine.sh cscript //nologo my.vbs"
