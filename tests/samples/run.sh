#!/bin/bash
# What a newcomer runs first does what it says: the README's script, the samples, the demo.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

wine=$root/scripts/wine.sh
work=$build/tests/samples
drive=$build/wine/prefix/drive_c/sbx-samples

# script FILE ARGUMENT...: its output in $out and exit code in $code; a path that begins with / is an option to cscript.
script() {
    local file=Z:${1//\//\\}
    shift
    code=0
    out=$(timeout -k 5 60 "$wine" cscript //nologo "$file" "$@" 2>&1 < /dev/null) || code=$?
    out=$(tr -d '\r' <<< "$out")
}
has() {
    [[ $out == *"$1"* ]] || { echo "'$1' is not in: $out"; return 1; }
}

# The first indented block of README.md that creates an object as VBScript does.
readme_script() {
    awk '/^    Set .* = CreateObject/ { inside = 1 } inside && !/^    / { exit } inside { print substr($0, 5) }' \
        "$root/README.md" > "$work/first.vbs"
    [ "$(wc -l < "$work/first.vbs")" -ge 4 ] || { echo "no script was found"; return 1; }
    script "$work/first.vbs"
    has "Nothing is below what is required." && has "lifetime" && has "Microsoft Windows" # cmd's answer to ver
}

readme_requires_what_the_error_offers() {
    script "$root/scripts/samples/policy.vbs" 'C:\Users\Public\Documents'
    local offered=${out#*\"require\": }
    offered=${offered%% \}}
    tr -d '\n"_&' < "$work/first.vbs" | tr -d ' ' | grep -qF "$(tr -d ' "' <<< "$offered")" ||
        { echo "this host offers $offered"; return 1; }
}

# The last column of the README's table of domains begins with the word that this host's report has.
readme_table_is_this_hosts() {
    local report domain claimed seen count=0
    report=$(timeout -k 5 60 "$wine" "$build/bin/sbx.exe" status --workspace 'C:\sbx-samples' --json 2> /dev/null < /dev/null) || true
    while IFS='|' read -r domain claimed; do
        seen=$(perl -MJSON::PP -e 'my ($json, $domain) = @ARGV; print map { $_->{assurance} } grep { $_->{domain} eq $domain } @{decode_json($json)}' \
            "$report" "$domain")
        [ "$seen" = "$claimed" ] || { echo "$domain is $seen here, the README says $claimed"; return 1; }
        count=$((count + 1))
    done < <(sed -nE 's/^\| `([a-zA-Z]+)` \|.*\| ([a-z]+)[^|]*\|$/\1|\2/p' "$root/README.md")
    [ "$count" = 9 ] || { echo "$count rows instead of 9"; return 1; }
}

policy_sample() {
    script "$root/scripts/samples/policy.vbs" 'C:\sbx-samples'
    [ "$code" = 0 ] && has '"require": {' && tee "$work/policy.json" <<< "$out" > /dev/null &&
        cp "$work/policy.json" "$drive/policy.json"
}

policy_sample_refused() {
    script "$root/scripts/samples/policy.vbs" 'C:\'
    [ "$code" = 1 ] && has "E_WORKSPACE_REFUSED: "
}

watch_sample() {
    local fixture=Z:${build//\//\\}\\tests\\programs\\fixture.exe
    script "$root/scripts/samples/watch.js" 'C:\sbx-samples' 'C:\sbx-samples\policy.json' "$fixture" lines 3 300
    has " ms: line 1" && has " ms: line 3" && [ "$code" = 0 ] || return
    # The lines came one after the other, not all at the end.
    [ $((10#$(sed -n 's/ ms: line 3//p' <<< "$out") - 10#$(sed -n 's/ ms: line 1//p' <<< "$out"))) -ge 300 ] ||
        { echo "all at once: $out"; return 1; }
    script "$root/scripts/samples/watch.js" 'C:\sbx-samples' 'C:\sbx-samples\policy.json' "$fixture" exit 5
    [ "$code" = 5 ] || { echo "exit code $code instead of 5: $out"; return 1; }
    script "$root/scripts/samples/watch.js" 'C:\sbx-samples' 'C:\sbx-samples\policy.json' no-such-command
    [ "$code" = 77 ] && has "E_COMMAND_NOT_FOUND: "
}

powershell_sample() {
    local fixture=Z:${build//\//\\}\\tests\\programs\\fixture.exe
    out=$("$root/scripts/powershell.sh" "$root/scripts/samples/run.ps1" 'C:\sbx-samples' 'C:\sbx-samples\policy.json' \
        "$fixture" args 'two words' 2> /dev/null < /dev/null) || return
    has "lifetime" && has "two words" || return
    code=0
    out=$("$root/scripts/powershell.sh" "$root/scripts/samples/run.ps1" 'C:\sbx-samples' 'C:\sbx-samples\policy.json' \
        "$fixture" exit 5 2> /dev/null < /dev/null) || code=$?
    [ "$code" = 5 ] && has "WARNING: exit code 5" || { echo "exit code $code: $out"; return 1; }
}

demo() {
    "$root/scripts/demo.sh" > "$work/demo.out" 2>&1 || { tail -n 40 "$work/demo.out"; return 1; }
    ! grep 'NOT SO' "$work/demo.out" || return
    head -n 3 "$work/demo.out" | grep -q 'require' || { echo "its first lines do not tell of the lowered policy"; return 1; }
    [ "$(grep -c '   ok: ' "$work/demo.out")" -ge 20 ] || { echo "few checks:"; cat "$work/demo.out"; return 1; }
    [ "$(wc -l < "$work/demo.out")" -le 160 ] || { echo "$(wc -l < "$work/demo.out") lines are too long a show"; return 1; }
}

"$wine" cmd /c exit    # makes the prefix, should it not be there
rm -rf "$work" "$drive"
mkdir -p "$work" "$drive"
[ ${#as_wine_user[@]} = 0 ] || chown "$wine_uid:$wine_uid" "$drive"

rule "samples: the README's first script runs as it stands" readme_script
rule "samples: its policy is the one that the refusal's text offers" readme_requires_what_the_error_offers
rule "samples: its table of what holds under Wine is what is measured here" readme_table_is_this_hosts
rule "samples: policy.vbs prints a policy that the host meets" policy_sample
rule "samples: policy.vbs says why it has none" policy_sample_refused
rule "samples: watch.js shows lines as they come, exit codes and errors" watch_sample
code=0
"$root/scripts/powershell.sh" --build >&2 || code=$?
if [ "$code" = 3 ]; then
    echo "SKIP samples: run.ps1 shows a report and a result: PowerShell's engine is not to be had here"
else
    rule "samples: run.ps1 shows a report and a result, and passes the exit code on" powershell_sample
fi
rule "samples: the demo shows what it says" demo
