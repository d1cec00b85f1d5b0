#!/bin/bash
# sbx.exe as somebody at a shell has it: streams, exit codes, errors, and what is left when it goes away.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

wine=$root/scripts/wine.sh
sbx=$build/bin/sbx.exe
fixture=$build/tests/programs/fixture.exe
work=$build/tests/sbx                          # ours, as Unix sees it
drive=$build/wine/prefix/drive_c/sbx-tests     # the commands', as they see it: C:\sbx-tests
folder='C:\sbx-tests\workspace'
policy='C:\sbx-tests\policy.json'

alone=(timeout -k 5 60 "$wine" "$sbx")
run=("${alone[@]}" run --workspace "$folder" --policy "$policy" --)
fx=("${run[@]}" "$fixture")
in_drive() { env -C "$drive" "${as_wine_user[@]}" "$@"; }
put() { in_drive tee "$1" > /dev/null; }       # put NAME: standard input into a file of the commands' drive

# capture COMMAND...: its exit code, standard output and error in $code, $out and $err (and files of these names).
capture() {
    code=0
    "$@" > "$work/out" 2> "$work/err" < "${input:-/dev/null}" || code=$?
    out=$(tr -d '\r' < "$work/out" | tr '\0' '?')
    err=$(tr -d '\r' < "$work/err" | tr '\0' '?')
}

is() {    # is WHAT SEEN EXPECTED
    [ "$2" = "$3" ] || { echo "$1 is '$2' instead of '$3'"; echo "standard error: $err"; return 1; }
}
says() {    # says TEXT PART
    [[ $1 == *"$2"* ]] || { echo "'$2' is not in: $1"; return 1; }
}

# own_failure EXIT-CODE WORD ARGUMENT...: sbx itself fails so, with one line on standard error that says it.
own_failure() {
    local expected=$1 word=$2
    shift 2
    capture "${alone[@]}" "$@"
    is "the exit code" "$code" "$expected" && is "standard output" "$out" "" || return
    [[ $err == "sbx: $word: "* ]] || { echo "standard error is: $err"; return 1; }
    [ "$(grep -c '^sbx: ' <<< "$err")" = 1 ] || { echo "not one line: $err"; return 1; }
}

# Unix's view of the commands with that mark, "sleep NUMBER", in their command lines; sbx.exe itself does not count.
marked() { pgrep -f "^[^ ]*fixture\.exe.* sleep $1\$" || true; }
gone_soon() {
    for _ in {1..50}; do
        [ -n "$(marked "$1")" ] || return 0
        sleep 0.1
    done
    echo "still there after five seconds: $(marked "$1")"
    return 1
}
appears() {    # appears FILE LINES: the file gets so many lines within 20 seconds
    for _ in {1..200}; do
        [ "$(wc -l < "$1")" -lt "$2" ] || return 0
        sleep 0.1
    done
    echo "in $1 after twenty seconds: $(cat "$1")"
    return 1
}
# The process of Windows program NAME among the descendants of a process of this script.
descendant() {
    local id
    for id in $(pgrep -P "$1"); do
        if [[ $(tr '\0' ' ' < "/proc/$id/cmdline") == *"$2 "* ]] && [ -z "$(pgrep -P "$id")" ]; then
            echo "$id"
        else
            descendant "$id" "$2"
        fi
    done
}

# ---- the tests

help_and_version() {
    capture "${alone[@]}" --help
    is "the exit code" "$code" 0 && says "$out" "sbx run" && says "$out" "sbx status" && says "$out" "sbx plan" && says "$out" "sbx explain" &&
        says "$out" "sbx deprovision" && is "standard error" "$err" "" || return
    capture "${alone[@]}" --version
    is "the exit code" "$code" 0 && [[ $out =~ ^[0-9]+\.[0-9]+ ]]
}

strict_default_is_refused() {
    in_drive rm -f workspace/ran
    capture "${alone[@]}" run --workspace "$folder" -- "$fixture" write 'C:\sbx-tests\workspace\ran' x
    is "the exit code" "$code" 77 && is "standard output" "$out" "" || return
    [[ $err == "sbx: E_BELOW_REQUIREMENT: "* ]] || { echo "standard error is: $err"; return 1; }
    [ ! -e "$drive/workspace/ran" ] || { echo "the command ran"; return 1; }
    # (control) the same command does that where it runs
    put policy.json <<< "{ \"require\": $(sed -n '$s/^"require": //p' <<< "$err") }"
    "${fx[@]}" write 'C:\sbx-tests\workspace\ran' x > /dev/null && [ -e "$drive/workspace/ran" ]
}

options_with_equals() {
    capture "${alone[@]}" run "--workspace=$folder" "--policy=$policy" -- "$fixture" cwd
    is "the exit code" "$code" 0 && is "the directory" "${out,,}" "$(tr '[:upper:]' '[:lower:]' <<< "$folder")"
}

exit_codes_pass() {
    local wanted
    for wanted in 0 1 64 77 255; do
        capture "${fx[@]}" exit "$wanted"
        is "the exit code" "$code" "$wanted" && is "standard error" "$err" "" || return
    done
}

exit_code_is_whole() {
    # A shell of Unix sees eight bits of it, cmd sees all.
    put code.cmd <<< "@\"Z:${sbx//\//\\}\" run --workspace $folder --policy $policy -- \"Z:${fixture//\//\\}\" exit 0xC0000005
@echo %errorlevel%"
    capture timeout 60 "$wine" cmd /c 'C:\sbx-tests\code.cmd'
    is "the exit code" "$out" -1073741819
}

bytes_pass_unchanged() {
    capture "${fx[@]}" emit out hex 00ff0d0a800a0d41
    is "the bytes" "$(od -An -tx1 "$work/out" | tr -d ' \n')" 00ff0d0a800a0d41 && is "standard error" "$err" "" || return
    capture "${fx[@]}" emit err hex 4100ff0d
    is "the bytes" "$(od -An -tx1 "$work/err" | tr -d ' \n')" 4100ff0d && is "standard output" "$out" ""
}

both_streams_pass_in_full() {
    capture "${fx[@]}" emit both kb 3000
    is "the size of standard output" "$(stat -c %s "$work/out")" 3072000 &&
        is "the size of standard error" "$(stat -c %s "$work/err")" 3072000
}

# stream_comes NUMBER COMMAND...: of the command's three lines, one every half second, the first is there at least 0.7 s before
# the end.
stream_comes() {
    local first last
    { "${run[@]}" "$@" < /dev/null; echo; } 2>&1 | {
        read -r _
        first=$(date +%s%N)
        cat > /dev/null
        last=$(date +%s%N)
        [ $((last - first)) -ge 700000000 ] ||
            { echo "the first line came $(((last - first) / 1000000)) ms before the end"; exit 1; }
    }
}
output_comes_at_once() { stream_comes "$fixture" lines 3 500; }
errors_come_at_once() {
    put slow.cmd <<< "@echo first 1>&2
@\"Z:${fixture//\//\\}\" lines 3 500 1>&2"
    stream_comes 'C:\sbx-tests\slow.cmd'
}

input_passes() {
    head -c 3000000 /dev/urandom > "$work/random"
    input=$work/random capture "${fx[@]}" echo
    is "the exit code" "$code" 0 && cmp "$work/random" "$work/out"
}

input_passes_while_it_runs() {
    coproc talk { "${fx[@]}" echo 2> /dev/null; }
    local answer second id=$! in=${talk[1]} from=${talk[0]}
    echo one >&"$in"
    read -r -t 20 answer <&"$from" || true
    echo two >&"$in"
    read -r -t 20 second <&"$from" || true
    exec {in}>&-
    wait "$id" || true
    is "the answer" "$answer $second" "one two"
}

arguments_pass_unchanged() {
    capture "${fx[@]}" args 'two words' 'quote " inside' 'back\slash\' '' '100%' 'a&b|c' -- --help --policy
    is "what arrived" "$out" "two words
quote \" inside
back\\slash\\

100%
a&b|c
--
--help
--policy"
}

current_directory_is_the_workspace() {
    capture env -C "$drive/workspace" "${alone[@]}" run --policy ../policy.json -- "$fixture" cwd
    is "the exit code" "$code" 0 && is "the directory" "${out,,}" "$(tr '[:upper:]' '[:lower:]' <<< "$folder")"
}

time_limit_is_said() {
    put limit.json <<< "{ $(sed 's/^{//; s/}$//' "$drive/policy.json"), \"limits\": { \"seconds\": 1, \"outputMB\": 1 } }"
    capture "${alone[@]}" run --workspace "$folder" --policy 'C:\sbx-tests\limit.json' -- "$fixture" sleep 60000
    is "the exit code" "$code" 124 && says "$err" "sbx: E_TIMEOUT: " && is "standard output" "$out" ready
}

not_sandboxed_by_a_stranger() {
    # The DLL beside it and no other: a registered one would have answered.
    in_drive mkdir -p alone && cp "$sbx" "$drive/alone/" || return
    capture timeout 60 "$wine" "$drive/alone/sbx.exe" status
    is "the exit code" "$code" 70 && says "$err" "sbx: E_SYSTEM: "
}

wrong_runner() {
    in_drive mkdir -p wrong && cp "$sbx" "$build/bin/sbxcom.dll" "$drive/wrong/" && cp "$fixture" "$drive/wrong/sbxrun.exe" || return
    capture timeout 60 "$wine" "$drive/wrong/sbx.exe" run --workspace "$folder" --policy "$policy" -- "$fixture" exit 0
    is "the exit code" "$code" 70 && [[ $err == "sbx: E_RUNNER_"* ]] || { echo "standard error is: $err"; return 1; }
}

lost_runner() {
    local mark=61$$ runner=${build//\//\\}\\bin\\sbxrun.exe
    runner=Z:${runner//[^A-Za-z0-9]/.}
    : > "$work/out"
    "${fx[@]}" sleep "$mark" > "$work/out" 2> "$work/err" < /dev/null &
    appears "$work/out" 1 || return
    kill -9 "$(pgrep -n -f "^\"?$runner\"?\$")"
    code=0
    wait $! || code=$?
    err=$(tr -d '\r' < "$work/err")
    is "the exit code" "$code" 70 && says "$err" "sbx: E_RUNNER_LOST: " && gone_soon "$mark"
}

status_table() {
    local domain
    capture "${alone[@]}" status --workspace "$folder" --policy "$policy"
    is "the exit code" "$code" 0 && is "standard error" "$err" "" || return
    for domain in fileWrite fileDelete fileRead network process desktop resources lifetime handles; do
        says "$out" "$domain" || return
    done
}

status_of_a_refused_policy() {
    capture "${alone[@]}" status --workspace "$folder"
    is "the exit code" "$code" 77 && says "$err" "sbx: E_BELOW_REQUIREMENT: " && says "$out" "lifetime" || return
    [[ $out != *E_BELOW_REQUIREMENT* ]] || { echo "the refusal is on standard output: $out"; return 1; }
    [[ $err != *"By what, and what was seen"* ]] || { echo "the table is on standard error: $err"; return 1; }
    capture "${alone[@]}" status --workspace "$folder" --json
    is "the exit code" "$code" 77 && says "$err" "sbx: E_BELOW_REQUIREMENT: " && python3 -c 'import json, sys; json.load(sys.stdin)' <<< "$out"
}
# Both streams in one file, as at a terminal.
refusal_behind_the_table() {
    local all last
    "${alone[@]}" status --workspace "$folder" > "$work/both" 2>&1 < /dev/null || true
    all=$(tr -d '\r' < "$work/both")
    last=$(tail -n 1 <<< "$all")
    [[ $all == *"By what, and what was seen"*"sbx: E_BELOW_REQUIREMENT: "* ]] && says "$last" '"require": {' || { echo "in another order: $all"; return 1; }
}

plan_table() {
    capture "${alone[@]}" plan --workspace "$folder"
    is "the exit code" "$code" 0 && is "standard error" "$err" "" && says "$out" "access control list"
}
plan_as_json() {
    capture "${alone[@]}" plan --workspace "$folder" --policy "$policy" --json
    is "the exit code" "$code" 0 && python3 -c 'import json, sys; plan = json.load(sys.stdin); plan["steps"]; plan["remarks"]' <<< "$out"
}
explain_answers() {
    put workspace/explained.txt <<< x
    capture "${alone[@]}" explain --workspace "$folder" --policy "$policy" "$folder\explained.txt" read,write
    is "standard error" "$err" "" && is "the exit code" "$code" 0 && says "$out" "Allowed. " && says "$out" explained.txt
}
explain_relative() {
    capture env -C "$drive" "${alone[@]}" explain --workspace "$folder" --policy "$policy" 'workspace\explained.txt' read
    is "standard error" "$err" "" && says "$out" 'C:\sbx-tests\workspace\explained.txt'
}
deprovision_twice() {
    capture "${alone[@]}" deprovision --workspace "$folder"
    is "the exit code" "$code" 0 && is "both outputs" "$out$err" "" || return
    capture "${alone[@]}" deprovision --workspace "$folder"
    is "the exit code" "$code" 0
}
status_as_json() {
    capture "${alone[@]}" status --workspace "$folder" --policy "$policy" --json
    is "the exit code" "$code" 0 || return
    perl -MJSON::PP -e 'local $/; my $report = decode_json(<STDIN>); my $all = ref $report eq "HASH" ? $report->{findings} : $report;
        my %seen = map { $_->{domain} => $_->{assurance} } @$all; exit !(keys %seen == 9 && $seen{handles})' < "$work/out"
}

killed_with_its_tree() {
    local mark=62$$ id
    : > "$work/out"
    "${fx[@]}" spawn --wait 2 sleep "$mark" > "$work/out" 2> /dev/null < /dev/null &
    appears "$work/out" 4 || return    # two process ids, two "ready"
    is "(control) the number of commands" "$(marked "$mark" | wc -l)" 3 || return
    id=$(descendant $! sbx.exe)
    kill -9 "$id"
    wait $! 2> /dev/null || true
    gone_soon "$mark"
}

# Wine hands SIGINT to the program as the Ctrl-C of a console.
interrupted() {
    local mark=63$$
    : > "$work/out"
    "${fx[@]}" spawn --wait 2 sleep "$mark" > "$work/out" 2> "$work/err" < /dev/null &
    appears "$work/out" 4 || return
    kill -INT "$(descendant $! sbx.exe)"
    code=0
    wait $! || code=$?
    err=$(cat "$work/err")
    is "the exit code (the lowest byte of 0xC000013A)" "$code" 58 && is "standard error" "$err" "" && gone_soon "$mark"
}

what_cannot_be_written_is_a_failure() {
    local verb
    for verb in --version "status --workspace $folder --policy $policy" "plan --workspace $folder --json" "explain --workspace $folder --policy $policy $folder"; do
        code=0
        # shellcheck disable=SC2086 # words
        "${alone[@]}" $verb > /dev/full 2> "$work/err" < /dev/null || code=$?
        err=$(tr -d '\r' < "$work/err")
        is "the exit code of $verb" "$code" 70 && says "$err" "sbx: E_SYSTEM: Standard output" || return
    done
}

nobody_reads() {
    local start=$SECONDS
    "${fx[@]}" emit out kb 200000 < /dev/null 2> /dev/null | head -c 10 > /dev/null
    [ $((SECONDS - start)) -lt 30 ] || { echo "it went on for $((SECONDS - start)) s"; return 1; }
}

"$wine" cmd /c exit    # makes the prefix, should it not be there
rm -rf "$drive" "$work"
mkdir -p "$drive/workspace" "$work"
[ ${#as_wine_user[@]} = 0 ] || chown -R "$wine_uid:$wine_uid" "$drive"

rule "sbx: --help and --version answer" help_and_version
rule "sbx: the strict default is refused with 77, nothing is run, and the require object in its text is accepted" strict_default_is_refused
rule "sbx: a verb is asked for" own_failure 64 E_ARGUMENT
rule "sbx: an unknown verb is wrong usage" own_failure 64 E_ARGUMENT fly
rule "sbx: run wants -- before the command" own_failure 64 E_ARGUMENT run cmd
rule "sbx: run wants a command" own_failure 64 E_ARGUMENT run --
rule "sbx: an option wants its value" own_failure 64 E_ARGUMENT run --policy
rule "sbx: an empty value is none" own_failure 64 E_ARGUMENT run --workspace '' -- cmd
rule "sbx: an option with = wants its value, too" own_failure 64 E_ARGUMENT run --policy= -- cmd
rule "sbx: an option that only begins like one is none" own_failure 64 E_ARGUMENT run --policyfile=x -- cmd
rule "sbx: an option without a value takes none" own_failure 64 E_ARGUMENT status --json=yes
rule "sbx: --help stands alone" own_failure 64 E_ARGUMENT --help extra
rule "sbx: --version stands alone" own_failure 64 E_ARGUMENT --version extra
rule "sbx: options may be written with =" options_with_equals
rule "sbx: a folder as policy is refused" own_failure 77 E_ARGUMENT run --workspace "$folder" --policy "$folder" -- cmd
rule "sbx: status takes no command" own_failure 64 E_ARGUMENT status -- cmd
rule "sbx: a workspace that is not there is refused" own_failure 77 E_PATH_NOT_FOUND run --workspace 'C:\sbx-tests\none' --policy "$policy" -- cmd
rule "sbx: a workspace that may not be one is refused" own_failure 77 E_WORKSPACE_REFUSED run --workspace 'C:\' --policy "$policy" -- cmd
rule "sbx: a policy file that is not there is refused" own_failure 77 E_PATH_NOT_FOUND run --workspace "$folder" --policy 'C:\sbx-tests\none.json' -- cmd
put bad.json <<< '{ "limits": { "second": 5 } }'
rule "sbx: a policy with a mistake is refused" own_failure 77 E_POLICY_VALUE run --workspace "$folder" --policy 'C:\sbx-tests\bad.json' -- cmd
rule "sbx: a command that is not there is refused" own_failure 77 E_COMMAND_NOT_FOUND run --workspace "$folder" --policy "$policy" -- no-such-command
put greet.cmd <<< '@echo [%~1]'
rule "sbx: an unsafe argument of a batch file is refused" own_failure 77 E_COMMAND_UNSAFE_ARGUMENT run --workspace "$folder" --policy "$policy" -- 'C:\sbx-tests\greet.cmd' 'x" & echo owned'
rule "sbx: a missing DLL is an internal failure, whatever is registered" not_sandboxed_by_a_stranger
rule "sbx: a runner that is none of ours is an internal failure" wrong_runner
rule "sbx: the exit code is the command's" exit_codes_pass
rule "sbx: an exit code of 32 bits arrives whole" exit_code_is_whole
rule "sbx: bytes of both outputs pass unchanged" bytes_pass_unchanged
rule "sbx: both outputs pass in full at the same time" both_streams_pass_in_full
rule "sbx: the first line of output is there before the command ends" output_comes_at_once
rule "sbx: the first line of errors is there before the command ends" errors_come_at_once
rule "sbx: input passes unchanged, and its end" input_passes
rule "sbx: input passes while the command runs" input_passes_while_it_runs
rule "sbx: arguments pass unchanged" arguments_pass_unchanged
rule "sbx: the current directory is the workspace, and a policy file is named from there" current_directory_is_the_workspace
rule "sbx: a command at the policy's time limit ends with 124 and a line that says so" time_limit_is_said
rule "sbx: status prints every domain" status_table
rule "sbx: status of a refused policy prints what was measured and exits with 77" status_of_a_refused_policy
rule "sbx: a refusal comes behind the table and ends with what to write into the policy" refusal_behind_the_table
rule "sbx: status --json is JSON with every domain" status_as_json
rule "sbx: plan prints what would be done, also of a policy that this host does not meet" plan_table
rule "sbx: plan --json is JSON" plan_as_json
rule "sbx: explain answers in a sentence and by its exit code" explain_answers
rule "sbx: explain takes a path from the current directory" explain_relative
rule "sbx: explain of an access that is none is refused" own_failure 77 E_ARGUMENT explain --workspace "$folder" --policy "$policy" "$folder" fly
rule "sbx: explain wants a path" own_failure 64 E_ARGUMENT explain --workspace "$folder"
rule "sbx: explain wants a path that is not empty" own_failure 64 E_ARGUMENT explain --workspace "$folder" --policy "$policy" ''
rule "sbx: explain takes one path and one access" own_failure 64 E_ARGUMENT explain a b c
rule "sbx: plan takes no path" own_failure 64 E_ARGUMENT plan somewhere
rule "sbx: plan of a workspace that is not there" own_failure 77 E_PATH_NOT_FOUND plan --workspace 'C:\sbx-tests\nowhere'
rule "sbx: deprovision takes back, again and again" deprovision_twice
rule "sbx: deprovision takes no policy" own_failure 64 E_ARGUMENT deprovision --policy "$policy"
rule "sbx: what cannot be written is a failure that is told" what_cannot_be_written_is_a_failure
rule "sbx: when nobody reads its output the command is ended" nobody_reads
rule "sbx: a runner that dies is an internal failure, and the command dies with it" lost_runner
rule "sbx: killing sbx.exe ends the whole tree" killed_with_its_tree
rule "sbx: Ctrl-C ends the whole tree" interrupted
