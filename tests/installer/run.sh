#!/bin/bash
# What installs sbxcom, in a fresh Wine prefix: the MSI, put on and taken off; the PowerShell scripts, run by PowerShell 7's
# engine and read by the grammar of 5.1; and the DLL used without being installed at all.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"
. "$root/scripts/installer/keys.sh"

work=$build/installer
mkdir -p "$work"
list=$root/scripts/installer/files.txt
installed='drive_c/Program Files/sbxcom'

# A prefix in which nothing of ours was ever registered: wine.sh makes one for a build folder without binaries.
fresh() { SBX_BUILD=$work "$root/scripts/wine.sh" "$@"; }
prefix=$work/wine/prefix

source_of() {
    local path=$1 from=$2
    if [ "$from" = bin ]; then echo "$build/bin/$path"; else echo "$root/$from/$path"; fi
}

# ---- the list --------------------------------------------------------------------------------------------------------

list_is_complete() {
    diff <(sed '/^#/d' "$list" | awk '$2 == "bin" { print $1 }' | LC_ALL=C sort) \
        <(cd "$build/bin" && find . -type f -printf '%P\n' | LC_ALL=C sort)
}

# ---- the MSI ---------------------------------------------------------------------------------------------------------

# msi_of FOLDER OUTPUT: an MSI made from the files in FOLDER.
msi_of() {
    "$root/scripts/msi.sh" "$1" > "$work/msi.log" || { cat "$work/msi.log"; return 1; }
    mv "$build"/sbxcom-*-x64.msi "$2"
}

# Other times on the files, another folder, another day: the same MSI.
msi_is_reproducible() {
    rm -rf "$work/copy" && cp -r "$build/bin" "$work/copy" && msi_of "$work/copy" "$work/second.msi" &&
        cmp "$work/sbxcom.msi" "$work/second.msi"
}

# Keys of Windows Installer's own, which it makes with the first product and keeps; of Wine's display driver and network,
# which it writes when a program first wants them; of the clock.
not_ours='\\Installer(\\(Features|Products|UpgradeCodes|UserData(\\[^\\]*(\\(Components|Products))?)?))?\]$'
not_ours+='|\\Control\\(Class|DeviceClasses|Video)\\|\\Hardware Profiles\\|\\DEVICEMAP\\|\\Temporary System Parameters\\'
not_ours+='|\\NetworkCards\\'

# Registry, one value a line, and files. What sessions leave in the user's folder is the user's, not the installer's.
# After our part of PATH is gone, Wine leaves the semicolon before it.
snapshot() {
    local root_key
    for root_key in HKLM HKCU; do
        fresh reg export $root_key 'C:\windows\temp\export.reg' /y > /dev/null || return
        iconv -f UTF-16 -t UTF-8 "$prefix/drive_c/windows/temp/export.reg" | tr -d '\r'
    done | awk '
        sub(/\\$/, "") { line = line $0; next }
        { $0 = line $0; line = "" }
        /^\[/ { key = $0; print; next }
        NF { gsub(/,  /, ","); print key $0 }' |
        grep -vE "$not_ours" | sed -E '/"PATH"=hex/s/(,3b,00)+,00,00$/,00,00/' || return
    (cd "$prefix/drive_c" && find . \( -path ./windows/Installer -o -path ./windows/temp -o -path '*/Local/sbxcom' \) -prune -o -print) |
        LC_ALL=C sort
}

make_prefix() {
    fresh reg add 'HKCU\Software\Classes' /f    # Windows has it from a user's first logon on
    # Script hosts and the display driver write keys of theirs at their first start. Keys that would be empty without us
    # get a stranger, so that their staying is seen.
    fresh cscript //nologo "Z:${here//\//\\}\\nothing.vbs" &&
        fresh msiexec /x '{00000000-0000-0000-0000-000000000000}' /qn || true
    fresh reg add 'HKLM\Software\Classes\Wow6432Node\CLSID\{00000000-0000-0000-0000-000000000001}' /ve /d stranger /f &&
        snapshot > "$work/before" && [ "$(grep -c '^\[HKEY_' "$work/before")" -gt 1000 ]
}

msi_installs() { fresh msiexec /i "$1" /qn; }
msi_removes() { fresh msiexec /x "$work/sbxcom.msi" /qn; }

files_are_installed() {
    local path from
    while read -r path from; do
        cmp "$(source_of "$path" "$from")" "$prefix/$installed/$path" || return
    done < <(sed '/^#/d' "$list")
    diff <(sed '/^#/d' "$list" | awk '{ print $1 }' | LC_ALL=C sort) \
        <(cd "$prefix/$installed" && find . -type f -printf '%P\n' | LC_ALL=C sort)
}

# The keys below Classes that name us, of one bitness (Wow6432Node for the 32-bit programs' view, or nothing).
our_keys() {
    fresh reg export 'HKLM\Software\Classes' 'C:\windows\temp\classes.reg' /y > /dev/null
    iconv -f UTF-16 -t UTF-8 "$prefix/drive_c/windows/temp/classes.reg" | tr -d '\r' > "$work/classes.reg"
    list_values "$work/classes.reg" | sed -E 's/^Typelib\\/TypeLib\\/; s/(\\HELPDIR\t\t.*[^\\])\\?$/\1/' |
        grep -F -f "$work/identifiers" | LC_ALL=C sort -u
}

# Identifiers and names that the DLL's own keys begin with.
write_identifiers() {
    read_keys "$build/bin/sbxcom.dll" "$work/keys.reg" > /dev/null &&
        list_values "$work/keys.reg" | cut -f 1 | sed -E 's/^((CLSID|Interface|TypeLib)\\)?([^\\]*).*/\3/' | sort -u > "$work/identifiers" &&
        grep -q Sbx.Session "$work/identifiers"
}

# What the MSI had written for 64-bit programs is what regsvr32 writes for the same files in the same place. Called when
# the MSI is gone.
keys_are_those_of_regsvr32() {
    local path='C:\Program Files\sbxcom\sbxcom.dll'
    grep -vE '^Wow6432Node|\\win32' "$work/msi.keys" > "$work/msi.keys64"
    mkdir "$prefix/$installed" && cp "$build/bin/sbxcom.dll" "$prefix/$installed" || return
    fresh regsvr32 /s "$path" || return
    our_keys | grep -v '^Wow6432Node' > "$work/regsvr32.keys"
    fresh regsvr32 /s /u "$path" || return
    rm -r "${prefix:?}/$installed"
    [ "$(wc -l < "$work/regsvr32.keys")" -gt 100 ] && diff "$work/regsvr32.keys" "$work/msi.keys64"
}

# For 32-bit programs: the same classes and interfaces with the other DLL; names and library are shared.
keys_for_x86_are_the_same() {
    diff <(grep '^CLSID\|^Interface' "$work/msi.keys64" | sed 's/\\sbxcom\.dll$/\\x86\\sbxcom.dll/') \
        <(sed -nE 's/^Wow6432Node\\(CLSID|Interface)/\1/p' "$work/msi.keys") &&
        grep -q $'\\\\win32\t\tC:\\\\Program Files\\\\sbxcom\\\\x86\\\\sbxcom.dll$' "$work/msi.keys"
}

# Wine takes our part out of PATH at the end whether or not the table says so (the hyphen); Windows does not.
path_leads_to_sbx() {
    msiinfo export "$work/sbxcom.msi" Environment | grep -F '=-*PATH' > /dev/null || { echo "PATH would keep our folder"; return 1; }
    fresh cmd /c 'sbx --help' | grep '^sbx ' > /dev/null
}

# Whose files others may write it does not register: the MSI fails with it (no 64 in the type), and so it must run after
# the files are there.
server_is_registered() {
    local key='HKLM\Software\Classes\CLSID\{d379d699-4818-4d1e-ae56-e2280b084ab9}'
    msiinfo export "$work/sbxcom.msi" CustomAction | grep -F $'RegisterServer\t3090\tsbxsetup.exe\t/RegServer' > /dev/null || { echo "nothing fails with the registration"; return 1; }
    fresh reg query "$key\\LocalServer32" /ve | grep -F '"C:\Program Files\sbxcom\sbxsetup.exe"' > /dev/null || { echo "no LocalServer32"; return 1; }
    fresh reg query "$key\\Elevation" /v Enabled | grep -F 0x1 > /dev/null || { echo "no Elevation"; return 1; }
    fresh reg query 'HKLM\Software\Classes\AppID\{d379d699-4818-4d1e-ae56-e2280b084ab9}' /v LaunchPermission > /dev/null
}

nothing_is_left() { snapshot > "$work/after" && diff "$work/before" "$work/after"; }

# The same version from other sources, put over the first: the new files, and one product.
msi_replaces_itself() {
    local products
    # 768: both ends count. Wine takes the upper one in anyhow.
    msiinfo export "$work/sbxcom.msi" Upgrade | grep -E $'\t768\t.*SBX_OLDER' > /dev/null || { echo "the same version would stay"; return 1; }
    rm -rf "$work/copy" && cp -r "$build/bin" "$work/copy" && echo '/* other */' >> "$work/copy/sbxcom.h" &&
        msi_of "$work/copy" "$work/second.msi" && msi_installs "$work/sbxcom.msi" && msi_installs "$work/second.msi" || return
    cmp "$work/copy/sbxcom.h" "$prefix/$installed/sbxcom.h" && cmp "$build/bin/sbxcom.dll" "$prefix/$installed/sbxcom.dll" || return
    products=$(installed_products)
    [ "$products" = "$(product_code "$work/second.msi")" ] || { echo "installed: $products"; return 1; }
}

installed_products() { fresh reg query 'HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall' | tr -d '\r' | sed -n 's/.*\\\({.*}\)$/\1/p'; }
product_code() { msiinfo export "$1" Property | tr -d '\r' | sed -n 's/^ProductCode\t//p'; }

# An MSI that says it is older, and is the first one otherwise.
older_msi_is_refused() {
    local before upgrade code='{00000000-0000-4000-8000-000000000002}'
    before=$(installed_products)
    cp "$work/sbxcom.msi" "$work/older.msi" && upgrade=$(msiinfo export "$work/sbxcom.msi" Property | tr -d '\r' | sed -n 's/^UpgradeCode\t//p') &&
        msibuild "$work/older.msi" -q "UPDATE Property SET Value = '0.9.0' WHERE Property = 'ProductVersion'" &&
        msibuild "$work/older.msi" -q "UPDATE Property SET Value = '$code' WHERE Property = 'ProductCode'" &&
        msibuild "$work/older.msi" -q "DELETE FROM Upgrade" &&
        msibuild "$work/older.msi" -q "INSERT INTO Upgrade (UpgradeCode, VersionMin, Attributes, ActionProperty)
            VALUES ('$upgrade', '0.9.0', 2, 'SBX_NEWER')" || return
    ! msi_installs "$work/older.msi" || { echo "it says that it installs"; return 1; }
    [ "$(installed_products)" = "$before" ] && cmp "$work/copy/sbxcom.h" "$prefix/$installed/sbxcom.h"
}

second_msi_is_removed() { fresh msiexec /x "$work/second.msi" /qn && nothing_is_left; }

msi_tests() {
    rm -f "$work/sbxcom.msi"
    rule "installer: the MSI is made" msi_of "$build/bin" "$work/sbxcom.msi"
    [ -e "$work/sbxcom.msi" ] || return 0
    rule "installer: two MSIs of the same files are byte-identical, whatever their folder and times" msi_is_reproducible
    rule "installer: a fresh prefix is made" make_prefix
    rule "installer: the DLL says which keys are its own" write_identifiers
    rule "installer: the MSI installs without a question" msi_installs "$work/sbxcom.msi"
    rule "installer: exactly the listed files are installed, as they were built" files_are_installed
    our_keys > "$work/msi.keys"
    rule "installer: PATH leads to sbx" path_leads_to_sbx
    rule "installer: the elevated server is registered where it was installed" server_is_registered
    cat "$root/tests/clients/prelude.vbs" "$here/client.vbs" > "$work/client.vbs"
    SBX_BUILD=$work run_script "installer, installed by the MSI" "$work/client.vbs"
    rule "installer: the MSI installs a second time" msi_installs "$work/sbxcom.msi"
    rule "installer: and all files are there still" files_are_installed
    rule "installer: the MSI is removed" msi_removes
    rule "installer: nothing is left in registry and files, and nothing of others is gone" nothing_is_left
    rule "installer: the MSI's keys were those that regsvr32 writes" keys_are_those_of_regsvr32
    rule "installer: 32-bit programs got the same keys with the 32-bit DLL" keys_for_x86_are_the_same
    rule "installer: an MSI of the same version from other sources takes the place of the first" msi_replaces_itself
    rule "installer: an MSI of an older version is refused" older_msi_is_refused
    rule "installer: and removed, it leaves nothing, either" second_msi_is_removed
}

# ---- without registration --------------------------------------------------------------------------------------------

regfree_tests() {
    local folder=$work/regfree
    rm -rf "$folder" && mkdir -p "$folder"
    cp "$build/tests/programs/regfree.exe" "$build/bin/sbxcom.dll" "$build/bin/sbxrun.exe" \
        "$root/src/sbxcom/sbxcom.sxs.manifest" "$folder"
    rule "installer: sbxcom.sxs.manifest says what the DLL registers" "$root/scripts/regfree.sh" --check
    rule "installer: nothing is registered where the client without registration runs" not_registered
    run_tests "installer, not registered" env "SBX_BUILD=$work" "$root/scripts/wine.sh" "$folder/regfree.exe"
    rm "$folder/sbxcom.sxs.manifest"
    rule "installer: without sbxcom.sxs.manifest the same client finds nothing" finds_nothing "$folder/regfree.exe"
}

not_registered() { ! fresh reg query 'HKLM\Software\Classes\Sbx.Session' 2> /dev/null; }
finds_nothing() { ! fresh "$1" 2> /dev/null | grep '^PASS'; }

# ---- the PowerShell scripts ------------------------------------------------------------------------------------------

# Windows PowerShell 5.1 is nowhere but on Windows: a grammar of it stands in for its parser (parse.mjs).
grammar_tests() {
    local scripts=("$root"/scripts/*.ps1 "$root"/scripts/*/*.ps1 "$root"/tests/*/*.ps1 "$root"/.github/*.ps1)
    if ! command -v npm > /dev/null; then
        echo "SKIP installer: PowerShell 5.1 understands every script: there is no npm to get a grammar of PowerShell with"
    elif ! without_hosts get_grammar > "$work/npm.log"; then
        echo "SKIP installer: PowerShell 5.1 understands every script: npm did not bring a grammar of PowerShell"
    else
        rule "installer: PowerShell 5.1 understands every script, and no alias is used" \
            env "NODE_FOLDER=$work/npm" node "$here/parse.mjs" "${scripts[@]}"
    fi
}

# The scripts at work. What they leave of themselves is seen by the snapshots as well as by installer.ps1 itself.
powershell_tests() {
    local code=0
    "$root/scripts/powershell.sh" --build >&2 || code=$?
    if [ "$code" = 3 ]; then
        echo "SKIP installer: install.ps1 and uninstall.ps1 at work: PowerShell's engine is not to be had here"
        return 0
    fi
    run_tests installer env "SBX_BUILD=$work" "SBX_POWERSHELL=$build/powershell" "$root/scripts/powershell.sh" "$here/installer.ps1" \
        -Bin "Z:${build//\//\\}\\bin"
    # The engine keeps files of its own for the user.
    rm -rf "$prefix/drive_c/users"/*/AppData/Local/Microsoft/PowerShell "$prefix/drive_c/users"/*/Documents/PowerShell
    rule "installer: after the scripts nothing is left in registry and files, and nothing of others is gone" nothing_is_left
}

get_grammar() {
    [ ! -e "$work/npm/complete" ] || return 0
    rm -rf "$work/npm" && mkdir -p "$work/npm" && echo '{"private": true}' > "$work/npm/package.json" &&
        (cd "$work/npm" && timeout 120 npm install --ignore-scripts --no-audit --no-fund \
            web-tree-sitter@0.27.1 tree-sitter-powershell@0.26.4) && touch "$work/npm/complete"
}

# Not in a rule: the server, which stays, would keep the pipe open that a rule reads.
rm -rf "$work/wine"
fresh --hold > "$work/hold.log" 2>&1 < /dev/null
rule "installer: everything that is built for users is installed" list_is_complete
grammar_tests
if ! (install_packages wixl msitools) > /dev/null 2>&1; then
    echo "SKIP installer: the MSI: wixl and msitools are not installed"
    make_prefix > /dev/null 2>&1 || true
else
    msi_tests
fi
powershell_tests
regfree_tests
fresh --end > /dev/null 2>&1
