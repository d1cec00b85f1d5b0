#!/bin/bash
# analyze.sh - static analysis of all sources of the product and of the simulation. What was clean stays clean until the
# file, anything it includes, the tool or its rules change: the marks lie in build/analysis. Wants a build (generated header).
#
#   scripts/analyze.sh                 all three tools
#   scripts/analyze.sh TOOL [FILE...]  gcc (-fanalyzer), clang-tidy or cppcheck; without a file, all of them
#
# With SBX_LONG=1 clang-tidy runs clang's analyzer, too, which takes two thirds of all the time; gcc's runs always.
#
# analysis/clang-tidy.yaml says what clang-tidy looks for, analysis/suppressions.txt what is known to be wrong.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

rules=$root/scripts/analysis
work=$build/analysis
header=$build/x64/generated/sbxcom.h
mapfile -t definitions < <(sed -n 's#.*<PreprocessorDefinitions>\(.*\);%.*#\1#p' src/sbxcom.props | tr ';' '\n' | sed 's/^/-D/')
common=(-std=c11 -Isrc -Itests)
windows=("${common[@]}" "${definitions[@]}" -D__USE_MINGW_ANSI_STDIO=1 "-I${header%/*}" "-I$build/deps/x86_64/include")

# Base, core and the simulation are portable: analyzed for this system, the rest for Windows.
is_portable() { [[ $1 == src/base/* || $1 == src/core/* || $1 == tests/sim/* ]] && [[ $1 != *_windows.c ]]; }

all_files() { find src tests/sim -name '*.c' | LC_ALL=C sort; }

# The promises of assume.h are about functions of these two files, whose definitions its macros would spoil.
assumed() {
    [ "$1" != src/base/status.c ] || return 0
    [[ $1 != src/os/* || $1 == src/os/native.c ]] || echo -DANALYZE_OS
    printf '%s\n' -include "$rules/assume.h"
}

tool_command() {
    local tool=$1 file=$2 flags compiler=gcc assume
    mapfile -t assume < <(assumed "$file")
    if is_portable "$file"; then
        flags=("${common[@]}" "${assume[@]}")
    else
        flags=("${windows[@]}" "${assume[@]}")
        compiler=x86_64-w64-mingw32-gcc
    fi
    case $tool in
    gcc) command=("$compiler" "${flags[@]}" -O2 -Wall -Wextra -fanalyzer -fdiagnostics-plain-output -c -o /dev/null "$file") ;;
    clang-tidy)
        is_portable "$file" || flags+=(--target=x86_64-w64-mingw32)
        command=(clang-tidy --quiet "--config-file=$rules/clang-tidy.yaml")
        [ -n "${SBX_LONG:-}" ] || command+=("--checks=-clang-analyzer-*")    # comes after the file's list
        command+=("$file" -- "${flags[@]}") ;;
    cppcheck)    # warnings and worse: its remarks of style are not the house's
        command=(cppcheck --quiet "--enable=warning,performance,portability" --std=c11 -Isrc -Itests
            "--template={file}:{line}: warning: {message} [{id}]")
        is_portable "$file" || command+=(--platform=win64 --library=windows -D_WIN32 -D_WIN64 -DUNICODE -DCOBJMACROS)
        command+=("$file") ;;
    *) die "no such tool: $tool" ;;
    esac
    preprocess=("$compiler" "${flags[@]}" -E -C -w "$file")
    [ "$tool" != clang-tidy ] || ! [[ " ${flags[*]} " == *" --target"* ]] || preprocess=("$compiler" "${flags[@]:0:${#flags[@]}-1}" -E -C -w "$file")
}

is_known() { grep -qE "^$1 +$2 +" "$rules/suppressions.txt"; }

# A mark says which suppressions its file needed; it is worth something as long as they stand.
all_known() {
    local check file
    while read -r _ check file; do
        is_known "$check" "$file" || return 1
    done < "$1"
}

# One file by one tool: complaints that no line of suppressions.txt names, one a line.
analyze_one() {
    local tool=$1 file=$2 mark output complaint check status=0
    local command preprocess
    tool_command "$tool" "$file"
    mark=$work/$tool-$({ "${command[0]}" --version; echo "${command[*]}"; cat "$rules/assume.h" "$rules/clang-tidy.yaml" "$0"; "${preprocess[@]}"; } 2>&1 |
        sha256sum | cut -c 1-40)
    if [ -e "$mark" ] && all_known "$mark"; then
        cat "$mark"
        return 0
    fi
    output=$work/logs/$tool-${file//\//_}
    "${command[@]}" > "$output" 2>&1 || status=$?
    : > "$output.used"
    while IFS= read -r complaint; do
        check=${complaint##*[}
        check=${check%]}
        check=${check%%,*}
        if is_known "$check" "$file"; then
            echo "used $check $file" >> "$output.used"
        else
            echo "$complaint" | sed "s#^$root/##"
            status=1
        fi
    done < <(grep -E ': (warning|error|fatal error): ' "$output" | sort -u)
    if [ "$status" != 0 ] && ! grep -qE ': (warning|error|fatal error): ' "$output"; then
        echo "$file: $tool failed ($status): $(tail -n 1 "$output")"
    fi
    # clang-tidy fails for the headers' own oddities, too, which it does not print.
    [ "$status" = 0 ] || return 1
    cp "$output.used" "$mark"
    cat "$mark"
}

case ${1:-} in
--one)    # xargs calls us so, once for each file
    analyze_one "$2" "$3"
    exit ;;
gcc | clang-tidy | cppcheck) tools=("$1"); shift ;;
'') tools=(gcc clang-tidy cppcheck) ;;
*) die "usage: analyze.sh [gcc|clang-tidy|cppcheck [FILE...]]" ;;
esac
[ -e "$header" ] || die "no $header: build first"
mkdir -p "$work/logs"

bad=0
for tool in "${tools[@]}"; do
    command -v "$tool" > /dev/null || die "$tool is not installed"
    result=$work/$tool.result
    if [ $# -gt 0 ]; then printf '%s\n' "$@"; else all_files; fi |
        xargs -d '\n' -P "$(nproc)" -I FILE bash "$0" --one "$tool" FILE > "$result" || bad=1
    grep -v '^used ' "$result" && bad=1
    # A suppression that is not needed any more would hide the next mistake.
    if [ $# = 0 ]; then
        while read -r check file _; do
            case $check in -W*) owner=gcc ;; *-*) owner=clang-tidy ;; *) owner=cppcheck ;; esac
            [[ $check != clang-analyzer-* || -n ${SBX_LONG:-} ]] || continue
            [ $owner != "$tool" ] || grep -qxF "used $check $file" "$result" ||
                { echo "suppressions.txt: nothing says $check of $file any more"; bad=1; }
        done < <(grep -v '^#' "$rules/suppressions.txt")
    fi
done
exit $bad
