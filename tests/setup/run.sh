#!/bin/bash
# The set-up server and its command line under Wine: registered, activated from C, VBScript and .NET, refusing whom it
# cannot tell, gone when idle, unregistered without a trace. What only Windows can show is in tests/windows.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

wine=$root/scripts/wine.sh
setup=$build/bin/sbxsetup.exe
class='{d379d699-4818-4d1e-ae56-e2280b084ab9}'
classes='HKLM\Software\Classes'

# run CODE WORD ARGUMENT...: sbxsetup ends with that code, and on standard error stands that word.
run() {
    local wanted=$1 word=$2 code=0 errors
    shift 2
    errors=$(timeout 60 "$wine" "$setup" "$@" 2>&1 > /dev/null < /dev/null) || code=$?
    [ "$code" = "$wanted" ] || { echo "exit code $code, not $wanted: $errors"; return 1; }
    [ -z "$word" ] || [[ $errors == *"sbxsetup: $word: "* ]] || { echo "standard error: $errors"; return 1; }
}

output() { timeout 60 "$wine" "$setup" "$@" 2> /dev/null < /dev/null | tr -d '\r'; }
keys() { timeout 120 "$wine" reg query "$classes" /s 2> /dev/null < /dev/null | tr -d '\r'; }

# shellcheck disable=SC2154    # its caller sets `check` for it
as_json() { { output "$@" || true; } | python3 -c "import json, sys; value = json.load(sys.stdin); $check"; }

status_is_json() {
    check='assert value["provisioned"] is False and value["user"].startswith("S-1-5-21-") and value["findings"]' as_json status --json
}

dry_run_tells_the_steps() {
    check='assert len(value["steps"]) > 40 and all(step["state"] == "planned" for step in value["steps"])' as_json provision --dry-run --json
}

# What is closed is the administrator's list, or the usual one, or nothing.
closed_folders_are_the_list() {
    local count='sum(step["kind"] == "closed" for step in value["steps"])'
    check="assert $count == 3" as_json provision --dry-run --json &&
        check="assert $count == 1 and any(step['target'].lower() == 'c:\\\\windows\\\\temp' for step in value['steps'])" \
            as_json provision --dry-run --json --close 'C:\windows\temp' --close 'c:\WINDOWS\Temp' &&
        check="assert $count == 0" as_json provision --dry-run --json --close-none
}

dry_run_changes_nothing() {
    output provision --dry-run > /dev/null
    ! timeout 60 "$wine" reg query 'HKLM\Software\sbxcom' > /dev/null 2>&1 < /dev/null
}

registers_all() {
    local all key
    run 0 '' /RegServer || return
    all=$(keys)
    for key in "LocalServer32" "ServerExecutable" "LocalizedString    REG_SZ    @.*sbxsetup.exe,-101" "Enabled    REG_DWORD    0x1" \
        "IconReference    REG_SZ    @.*sbxsetup.exe,-201" "LaunchPermission    REG_BINARY" "AccessPermission    REG_BINARY" \
        "AppID    REG_SZ    $class"; do
        grep -q "$key" <<< "$all" || { echo "not there: $key"; return 1; }
    done
}

# The descriptor admits INTERACTIVE (01010000 00000005 04000000) and has no mandatory label (S-1-16-...: 01010000 00000010).
permissions_admit_interactive_and_no_low_label() {
    local value hex
    for value in LaunchPermission AccessPermission; do
        hex=$(timeout 60 "$wine" reg query "$classes\\AppID\\$class" /v $value < /dev/null | tr -d '\r' | sed -n 's/.*REG_BINARY *//p')
        [[ ${hex^^} == *010100000000000504000000* ]] || { echo "$value does not admit INTERACTIVE: $hex"; return 1; }
        [[ ${hex^^} != *0101000000000010* ]] || { echo "$value has a label: $hex"; return 1; }
    done
}

another_folders_registration_stays() {
    local other=$build/tests/setup-other code=0
    mkdir -p "$other" && cp "$setup" "$other/" || return
    timeout 60 "$wine" "$other/sbxsetup.exe" /UnregServer 2> /dev/null < /dev/null || code=$?
    rm -rf "$other"
    [ "$code" = 77 ] || { echo "exit code $code"; return 1; }
    grep -q "bin.sbxsetup.exe,-101" <<< "$(keys)"
}

leaves_when_nobody_comes() {
    local start=$SECONDS code=0
    timeout 60 "$wine" "$setup" -Embedding < /dev/null > /dev/null 2>&1 || code=$?
    [ "$code" = 0 ] || { echo "exit code $code"; return 1; }
    [ $((SECONDS - start)) -ge 8 ] && [ $((SECONDS - start)) -le 40 ] || { echo "after $((SECONDS - start)) s"; return 1; }
}

# Programs in the current directory are not looked at: a planted DLL of a name that the server looks up at run time.
loads_nothing_from_the_current_directory() {
    local folder=$build/tests/setup-planted
    mkdir -p "$folder" && for dll in netapi32 userenv fwpuclnt crypt32 firewallapi version; do echo planted > "$folder/$dll.dll"; done
    (cd "$folder" && run 2 '' status)
    local code=$?
    rm -rf "$folder"
    return $code
}

environment_names_no_folder_of_ours() {
    local seen
    seen=$(env ProgramFiles='C:\evil' LOCALAPPDATA='C:\evil' ProgramData='C:\evil' TEMP='C:\evil' timeout 60 "$wine" "$setup" provision --dry-run --json 2>&1 < /dev/null)
    [[ $seen != *evil* ]]
}

unregisters_without_a_trace() {
    run 0 '' /UnregServer || return
    diff <(cat "$work/before") <(keys)
}

"$wine" cmd /c exit < /dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
run 0 '' /UnregServer > /dev/null || true
chmod 755 "$work"
echo 'WScript.Quit 0' > "$work/once.vbs"
"$wine" cscript //nologo "$work/once.vbs" < /dev/null    # Wine's own registers things at its first use
keys > "$work/before"

rule "setup: --help and --version answer" run 0 '' --version
rule "setup: a verb is asked for" run 64 E_ARGUMENT
rule "setup: an unknown verb is wrong usage" run 64 E_ARGUMENT fly
rule "setup: an option that the verb does not take is wrong usage" run 64 E_ARGUMENT status --force
rule "setup: an option wants its value" run 64 E_ARGUMENT provision --for
rule "setup: too many accounts are wrong usage" run 64 E_ARGUMENT provision --accounts 17
rule "setup: --all and --for exclude each other" run 64 E_ARGUMENT deprovision --all --for S-1-5-21-1-2-3-1001
rule "setup: a user that is none is refused" run 77 E_ARGUMENT status --for no-such-user
rule "setup: a service's account is refused" run 77 E_ARGUMENT status --for S-1-5-18
rule "setup: status of nothing is 2" run 2 '' status
rule "setup: status --json is JSON" status_is_json
rule "setup: repair of nothing is 2" run 2 E_NOT_PROVISIONED repair
rule "setup: a host whose firewall cannot be asked is refused before anything is changed" run 77 E_FIREWALL_INEFFECTIVE provision
rule "setup: deprovision of nothing is done" run 0 '' deprovision --all
rule "setup: --dry-run tells every step" dry_run_tells_the_steps
rule "setup: --close names the folders that are closed, each once, and without it there are usual ones" closed_folders_are_the_list
rule "setup: a folder to be closed is named by its whole path" run 77 E_ARGUMENT provision --dry-run --close tools
rule "setup: a folder to be closed must be there" run 77 E_PATH_NOT_FOUND provision --dry-run --close 'C:\no such folder'
rule "setup: users' folders cannot be closed" run 77 E_ARGUMENT provision --dry-run --close 'C:\users'
rule "setup: --dry-run changes nothing" dry_run_changes_nothing
rule "setup: no folder comes from the environment" environment_names_no_folder_of_ours
rule "setup: nothing is loaded from the current directory" loads_nothing_from_the_current_directory
rule "setup: /RegServer writes all that the moniker looks for" registers_all
rule "setup: its permissions admit INTERACTIVE and have no label for low integrity" permissions_admit_interactive_and_no_low_label
rule "setup: what is registered from another folder stays" another_folders_registration_stays
run_tests "setup, C" "$wine" "$build/tests/setup_tests.exe"
run_script "setup, VBScript" "$here/host.vbs"
if [ -e "$build/dotnet/bin/client.exe" ]; then
    SBX_TEST_SETUP_SERVER=1 run_tests "setup, .NET" "$wine" "$build/dotnet/bin/client.exe" host
else
    echo "SKIP setup, .NET: tests/dotnet has not been built; it activates the server as well"
fi
rule "setup: a server that nobody calls leaves" leaves_when_nobody_comes
rule "setup: /UnregServer leaves no trace" unregisters_without_a_trace
