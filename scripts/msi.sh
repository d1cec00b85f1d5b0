#!/bin/bash
# msi.sh - packs build/bin, as build.sh left it, into build/sbxcom-VERSION-x64.msi: what install.ps1 does per machine, for
# those who roll out packages. One version of the sources gives one MSI, byte for byte.
#
#   scripts/msi.sh [BIN]    packs another folder with the same content, such as Visual Studio's
#
# The registry entries are those that the DLL itself writes (installer/keys.sh). The 32-bit DLL has the same ones, with
# win32 for win64. Those of the elevated server sbxsetup.exe writes, when its file is there.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/installer/keys.sh"
go_on_where_reachable "$@"
bin=$(realpath "${1:-$build/bin}")
work=$build/msi
stage=$work/stage
list=$root/scripts/installer/files.txt
version=$(sed -n 's/^#define SBX_VERSION  *"\(.*\)"/\1/p' "$root/src/core/version.h")
output=$build/sbxcom-$version-x64.msi

# The files get the time of the commit; without git, one that never changes.
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$root" -c safe.directory='*' log -1 --format=%ct 2> /dev/null || echo 1577836800)}

# The files as they will be installed.
stage_files() {
    local path from source
    rm -rf "$stage" && mkdir -p "$stage"
    while read -r path from; do
        source=$bin/$path
        [ "$from" = bin ] || source=$root/$from/$path
        [ -e "$source" ] || { echo "$source is missing"; return 1; }
        install -D -m 644 "$source" "$stage/$path"
        touch -d "@$epoch" "$stage/$path"
    done < <(sed '/^#/d' "$list")
}

# registry_of X86: the keys as elements; for the 32-bit DLL (X86 is 1) only those that the two do not share.
registry_of() {
    list_values "$work/keys.reg" | awk -F '\t' -v x86="$1" -v folder="Z:${bin//\//\\\\}" '
        {
            key = $1; value = $3
            shared = key !~ /^(CLSID|Interface)\\/
            if (value == folder "\\sbxcom.dll")
                value = x86 ? "[#x86_sbxcom.dll]" : "[#sbxcom.dll]"
            else if (value == folder)
                value = "[INSTALLDIR]"
            gsub(/&/, "\\&amp;", value); gsub(/</, "\\&lt;", value); gsub(/"/, "\\&quot;", value)
            format = "        <RegistryValue Root=\"HKLM\" Key=\"Software\\Classes\\%s\"%s Type=\"string\" Value=\"%s\"/>\n"
            if (!x86 || !shared)
                printf format, key, $2 == "" ? "" : " Name=\"" $2 "\"", value
            if (!x86 && sub(/\\win64$/, "\\win32", key))
                printf format, key, "", "[#x86_sbxcom.dll]"
        }'
}

# One component for each file, so that each has an identifier of its own; the DLLs' hold the registry, too. A component
# that is not marked Win64 writes into the registry that 32-bit programs see.
write_components() {
    local path id directory ids=()
    echo '<?xml version="1.0" encoding="utf-8"?>'
    echo '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">'
    echo '  <Fragment>'
    while read -r path _; do
        id=${path//\//_}
        ids+=("$id")
        directory=INSTALLDIR
        [[ $path != x86/* ]] || directory=X86DIR
        echo "    <DirectoryRef Id=\"$directory\">"
        echo "      <Component Id=\"$id\" Guid=\"*\" Win64=\"$([ $directory = X86DIR ] && echo no || echo yes)\">"
        echo "        <File Id=\"$id\" Name=\"${path##*/}\" Source=\"stage/$path\" KeyPath=\"yes\"/>"
        case $path in
        sbxcom.dll) registry_of 0 ;;
        x86/sbxcom.dll) registry_of 1 ;;
        esac
        echo '      </Component>'
        echo '    </DirectoryRef>'
    done < <(sed '/^#/d' "$list")
    echo '    <ComponentGroup Id="components">'
    printf '      <ComponentRef Id="%s"/>\n' "${ids[@]}"
    echo '    </ComponentGroup>'
    echo '  </Fragment>'
    echo '</Wix>'
}

# A UUID out of what is read: the same content, the same identifier.
uuid() {
    sha256sum | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\U\1-\2-5\3-8\4-\5/'
}

# PATH: * the machine's, = set on installation, - and taken out on removal; [~] is what was there.
add_path() {
    printf '%s\r\n' $'Environment\tName\tValue\tComponent_' $'s72\tl255\tL255\ts72' $'Environment\tEnvironment' \
        $'path\t=-*PATH\t[~];[INSTALLDIR]\tsbx.exe' > "$work/Environment.idt" &&
        msibuild "$1" -i "$work/Environment.idt" &&
        msibuild "$1" -q "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('RemoveEnvironmentStrings', 3300)" &&
        msibuild "$1" -q "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('WriteEnvironmentStrings', 5200)"
}

# The elevated server is registered by itself, as LocalSystem: it refuses a folder that others may write, and then nothing is
# installed. 3090: an installed program (18), deferred (1024), not as the user (2048); + 256: on rollback; + 64: whatever it says.
add_server() {
    local action sequence condition
    printf '%s\r\n' $'Action\tType\tSource\tTarget' $'s72\ti2\tS72\tS255' $'CustomAction\tAction' \
        $'RollBackServer\t3410\tsbxsetup.exe\t/UnregServer' $'RegisterServer\t3090\tsbxsetup.exe\t/RegServer' \
        $'UnregisterServer\t3154\tsbxsetup.exe\t/UnregServer' > "$work/CustomAction.idt" &&
        msibuild "$1" -i "$work/CustomAction.idt" || return
    while read -r action sequence condition; do
        msibuild "$1" -q "INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('$action', '$condition', $sequence)" || return
    done <<< 'UnregisterServer 1900 REMOVE="ALL"
RollBackServer 5300 NOT REMOVE
RegisterServer 5310 NOT REMOVE'
}

# wixl loses IncludeMaximum: 512 of Attributes.
replace_same_version() {
    local code
    code=$(msiinfo export "$1" Property | sed -n 's/^UpgradeCode\t\(.*}\).*/\1/p')
    msibuild "$1" -q "DELETE FROM Upgrade WHERE ActionProperty = 'SBX_OLDER'" &&
        msibuild "$1" -q "INSERT INTO Upgrade (UpgradeCode, VersionMin, VersionMax, Attributes, ActionProperty)
            VALUES ('$code', '0.0.0', '$version', 768, 'SBX_OLDER')"
}

pack() {
    local product draft=$work/draft.msi
    rm -f "$draft"
    # wixl wants relative paths, and the cabinet keeps local times.
    cd "$work" || return
    product=$(find stage -type f -print0 | LC_ALL=C sort -z |
        xargs -0 cat components.wxs "$root/scripts/installer/sbxcom.wxs" | uuid)
    TZ=UTC wixl -a x64 -D ProductCode="$product" -D Version="$version" -o "$draft" \
        "$root/scripts/installer/sbxcom.wxs" components.wxs &&
        replace_same_version "$draft" && add_path "$draft" && add_server "$draft" &&
        perl "$root/scripts/installer/settle.pl" "$draft" "$epoch" &&
        mv "$draft" "$output"
}

install_packages wixl msitools perl "${wine_packages[@]}"
mkdir -p "$work"
exec 6> "$work/lock"
flock 6
step "Collecting the files" stage_files
step "Reading the keys that the DLL registers" read_keys "$bin/sbxcom.dll" "$work/keys.reg"
write_components > "$work/components.wxs"
step "Packing ${output##*/}" pack
