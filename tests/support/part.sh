# shellcheck shell=bash
# part.sh - what the parts' run.sh share; sourced. A part prints verdict lines, "PASS name", "FAIL name: why" and
# "SKIP name: why", and any others between them; scripts/test.sh counts them.

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../scripts/common.sh"
verdict='^(PASS|FAIL|SKIP) '

# rule NAME COMMAND...: one check; what the command prints is why it failed.
rule() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "PASS $name"
    else
        echo "FAIL $name"
        sed 's/^/    /; 40q' <<< "$output"
    fi
}

# run_tests LABEL COMMAND...: runs a test program. Its verdict lines get the label; a program that dies, hangs or says
# nothing is a failure too, whatever it has printed before.
run_tests() {
    local label=$1 code=0 output seconds=${SBX_TEST_SECONDS:-900}
    shift
    output=$(mktemp)
    timeout -k 10 "$seconds" "$@" < /dev/null 2> "$output.errors" | sed -uE "s/\\r//g; s/$verdict/&$label: /" |
        tee "$output" || code=${PIPESTATUS[0]}
    if [ "$code" = 124 ]; then
        echo "FAIL $label: not finished after $seconds s"
    elif ! grep -qE "$verdict" "$output"; then
        echo "FAIL $label: no test was run (exit code $code)"
    elif [ "$code" != 0 ] && ! grep -q '^FAIL ' "$output"; then
        echo "FAIL $label: all lines passed, but the exit code is $code"
    elif [ "$code" = 0 ] && grep -q '^FAIL ' "$output"; then
        echo "FAIL $label: a line failed, but the exit code is 0"
    fi
    [ "$code" = 0 ] || tail -n 40 "$output.errors" | sed 's/^/    /'
    rm -f "$output" "$output.errors"
}

# run_script LABEL FILE: runs a VBScript, JScript or PowerShell test. cscript under Wine prints nothing and exits with 0 on
# an error, so a script that did its work says so: its last line is "DONE n" for n verdicts, its exit code 7.
run_script() {
    local label=$1 code=0 lines output finished host=("$root/scripts/wine.sh" cscript //nologo)
    [[ $2 != *.ps1 ]] || host=("$root/scripts/powershell.sh")
    output=$(mktemp)    # a pipe would stay open as long as any program that Wine started meanwhile
    # A path that begins with / would be an option to cscript.
    timeout -k 10 "${SBX_TEST_SECONDS:-900}" "${host[@]}" "Z:${2//\//\\}" > "$output" 2>&1 < /dev/null || code=$?
    lines=$(tr -d '\0' < "$output")
    rm -f "$output"
    if [ "$code" = 3 ] && [[ $2 == *.ps1 ]]; then
        echo "SKIP $label: $(tail -n 1 <<< "$lines")"
        return 0
    fi
    # A program that was ended while it spoke with Wine's server says so on the standard error that it inherited.
    lines=$(tr -d '\r' <<< "$lines" | sed '/^wine client error:/d')
    finished=$(sed -n '$s/^DONE //p' <<< "$lines")
    sed -E "/^DONE [0-9]+$/d; /^$/d; s/$verdict/&$label: /" <<< "$lines"
    if [ "$finished" != "$(grep -cE "$verdict" <<< "$lines")" ] || [ "$code" != 7 ]; then
        echo "FAIL $label: it did not get to its end (exit code $code, last line: $(tail -n 1 <<< "$lines"))"
    fi
}
