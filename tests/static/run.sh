#!/bin/bash
# The rules of the house that a text search can hold. They need no build.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"
cd "$root"
install_packages gcc >&2    # its preprocessor takes the comments out

c_headers='assert|ctype|errno|float|inttypes|limits|locale|math|setjmp|signal|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|time|uchar|wchar'

# includes_only PATTERN FILE...: each #include of the files names what PATTERN, or C itself, allows.
includes_only() {
    local pattern=$1
    shift
    ! grep -nE '^[[:space:]]*#[[:space:]]*include' "$@" /dev/null |
        grep -vE "include[[:space:]]+(<($c_headers)\.h>|$pattern)"
}

# A header of os that includes Windows' own is private: nothing but src/os and its tests includes it. What all others
# can include is therefore free of them.
windows_headers_stay_inside_os() {
    local header name private=() more=1
    while [ $more = 1 ]; do
        more=0
        for header in src/os/*.h; do
            name=${header##*/}
            [[ " ${private[*]} " != *" $name "* ]] || continue
            if ! includes_only '"(base|os)/' "$header" > /dev/null ||
                grep -qE "include \"os/($(IFS='|'; echo "${private[*]:-none}"))\"" "$header"; then
                private+=("$name")
                more=1
            fi
        done
    done
    [ ${#private[@]} = 0 ] ||
        ! grep -nE "include \"os/($(IFS='|'; echo "${private[*]}"))\"" "${code[@]}" | grep -vE '^(src|tests)/os/'
}

# calls_none_of PATTERN FILE...: no call of a function of that name; comments do not count.
calls_none_of() {
    local pattern=$1 file found=0
    shift
    for file in "$@"; do
        gcc -fpreprocessed -dD -E -w "$file" 2> /dev/null | grep -nE "(^|[^A-Za-z0-9_])($pattern)[[:space:]]*\(" |
            sed "s#^[0-9]*#$file#" && found=1
    done
    return $found
}

not_formatted() {
    local file found=0
    for file in "$@"; do
        clang-format --dry-run -Werror "$file" 2> /dev/null || { echo "$file (clang-format -i puts it right)"; found=1; }
    done
    return $found
}

# A README names each file of its folder, or what stands before a _ of it: `engine` is engine_open.c, too.
readmes_name_all() {
    local folder stem name found=0
    for folder in src/*/; do
        for stem in "$folder"*.[ch]; do
            stem=$(basename "${stem%.*}")
            name=$stem
            until grep -qE "\`$name(\*|\.[ch])?\`" "$folder/README.md"; do
                [[ $name == *_* ]] || { echo "${folder}README.md does not name $stem"; found=1; break; }
                name=${name%_*}
            done
        done
    done
    return $found
}

shopt -s nullglob globstar
code=(src/**/*.[ch] tests/**/*.[ch])
product=(src/**/*.[ch])
portable_base=()
for file in src/base/*.[ch]; do
    [[ $file == *_windows.c ]] || portable_base+=("$file")
done
no_process=()
for file in "${product[@]}"; do
    [ "$file" = src/os/process.c ] || no_process+=("$file")
done

# test_exists "PART: SUITE/NAME", as a C test program names its tests, or "PART: NAME", a rule or a check of a script: whole names,
# as they stand in the folder of that part.
test_exists() {
    local folder=tests/${1%%[:,]*} name=${1#*: } suite
    [ -d "$folder" ] || { echo "there is no $folder"; return 1; }
    if [[ $name == */* ]]; then
        suite=${name%%/*} name=${name#*/}
        grep -qF "{\"$name\"," "$folder"/*.c && grep -qxF "    \"$suite\"," "$folder"/*.c
    else
        grep -qF -e " $name\"" -e "'$name'" "$folder"/*.sh "$folder"/*.ps1
    fi
}

# Each row of the elevated server's threats names a test, and each test that it names is there.
threats_are_tested() {
    local row name found=0 rows=0 names
    while IFS= read -r row; do
        rows=$((rows + 1)) names=0
        while IFS= read -r name; do
            names=$((names + 1))
            test_exists "$name" || { echo "no such test: $name"; found=1; }
        done < <(grep -oE '`[a-z]+(, C)?: [^`]+`' <<< "${row##*| }" | tr -d '`')
        [ $names -gt 0 ] || { echo "no test: $row"; found=1; }
    done < <(sed 's/ |$//' "$1" | awk '/^\| Threat /{ on = 1; getline; next } !/^\|/{ on = 0 } on')
    [ $rows -ge 20 ] || { echo "$rows rows"; found=1; }
    return $found
}

# From the impersonation to the return to itself there are these calls, and the second is in the same function: an act in the
# caller's name, or a way out without the way back, would be one more.
acts_in_callers_name() {
    local file=$1 expected='CoImpersonateClient OpenThreadToken GetCurrentThread GetLastError CoRevertToSelf'
    local calls
    calls=$(gcc -fpreprocessed -dD -E -w "$file" 2> /dev/null | awk '/CoImpersonateClient/{ on = 1 } on; /CoRevertToSelf/{ exit }' |
        grep -oE '[A-Za-z_]+ ?\(' | grep -vE '^(if|FAILED|SUCCEEDED) ?\(' | tr -d '( ' | tr '\n' ' ')
    [ "${calls% }" = "$expected" ] || { echo "$file: $calls"; return 1; }
    grep -A2 'FAILED(CoRevertToSelf' "$file" | grep -q TerminateProcess || { echo "$file goes on where it cannot revert"; return 1; }
    # (os/process.c takes a token of its own making to start a command with, and is not asked to by the server.)
    ! grep -lE 'CoImpersonateClient|ImpersonateLoggedOnUser|RpcImpersonateClient|ImpersonateNamedPipeClient|SetThreadToken|ImpersonateSelf' \
        src/*/*.c | grep -vxF -e "$file" -e src/os/process.c
}

rule "static: every .c file is in exactly one project, and every listed file is there" scripts/projects.sh --check
rule "static: each folder's README names what is in it" readmes_name_all
rule "static: base includes C and itself only" includes_only '"base/' "${portable_base[@]}"
rule "static: what others include of os is free of Windows' headers" windows_headers_stay_inside_os
rule "static: os does not know core or a binary" includes_only '<|"(base|os)/' src/os/*.c
rule "static: core includes C, base, headers of os, itself and jansson only" \
    includes_only '"(base|os|core)/|<jansson\.h>' src/core/*.[ch]
for binary in sbxcom sbxrun sbx sbxsetup sbxproxy; do
    files=(src/"$binary"/*.[ch])
    [ ${#files[@]} = 0 ] || rule "static: $binary includes no other binary" \
        includes_only "<|\"(base|os|core|$binary)/|\"[^/\"]+\"" "${files[@]}"
done
rule "static: a process is created in src/os/process.c alone" \
    calls_none_of 'CreateProcess(AsUser|WithLogon|WithToken)?[AW]?|WinExec|ShellExecute(Ex)?[AW]?|_?w?system|_w?(spawn|exec)[lv]p?e?|_w?popen' \
    "${no_process[@]}"
# Of the two ways to CreateProcess one starts a session's runner and one, core/launch, all commands; a terminal's second
# stage, which is inside, goes through core/launch too. What probes try is started by the probe.
no_command=()
for file in "${product[@]}"; do
    case $file in
        src/os/process.[ch] | src/core/launch.c | src/sbxcom/engine_open.c | src/sbxrun/inside*.c) ;;
        *) no_command+=("$file") ;;
    esac
done
rule "static: commands are started from core/launch alone" \
    calls_none_of 'process_(probe_)?start' "${no_command[@]}"
rule "static: each threat to the elevated server names its tests, and they are there" threats_are_tested src/sbxsetup/README.md
rule "static: the elevated server acts in its caller's name for one call alone" acts_in_callers_name src/sbxsetup/caller.c
rule "static: no function that writes without knowing the room, and none that ends a thread from outside" \
    calls_none_of '(str|wcs|lstr)(cpy|cat)[AW]?|_?v?sprintf|wv?sprintf[AW]|gets|_?alloca|TerminateThread' "${code[@]}"

if ! clang-format --version 2> /dev/null | grep -q ' 14\.'; then
    echo "SKIP static: the code is formatted as .clang-format says: clang-format 14 is not installed"
else
    rule "static: the code is formatted as .clang-format says" not_formatted "${code[@]}"
fi
if ! command -v shellcheck > /dev/null; then
    echo "SKIP static: shellcheck finds nothing in the scripts: shellcheck is not installed"
else
    rule "static: shellcheck finds nothing in the scripts" shellcheck -x -S warning scripts/*.sh tests/*/*.sh .ci/run
fi
