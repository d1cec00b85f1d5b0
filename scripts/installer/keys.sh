# shellcheck shell=bash disable=SC2154
# keys.sh - what the DLL registers, asked of the DLL itself; sourced by msi.sh and regfree.sh. It is registered in this
# build's Wine prefix for the user, where nothing else is, and removed again.

# read_keys DLL OUTPUT: as a .reg file, in UTF-8, below HKEY_CURRENT_USER\Software\Classes.
read_keys() {
    local dll=$1 output=$2 home=$build/wine/home status=0
    exec 7> "$build/keys.lock"
    flock 7
    "$root/scripts/wine.sh" regsvr32 /s /n /i:user "$dll" 7>&-
    "$root/scripts/wine.sh" reg export 'HKCU\Software\Classes' "Z:${home//\//\\}\\keys.reg" /y 7>&- || status=1
    "$root/scripts/wine.sh" regsvr32 /s /u /n /i:user "$dll" 7>&- || status=1
    iconv -f UTF-16 -t UTF-8 "$home/keys.reg" | tr -d '\r' > "$output"
    rm -f "$home/keys.reg"
    exec 7>&-
    grep -q InprocServer32 "$output" || status=1
    return $status
}

# The same as lines of KEY, NAME ("" is the key's own value) and VALUE with tabs between them, KEY below Classes.
list_values() {
    awk '
        /^\[/ { key = substr($0, 2, length($0) - 2); sub(/.*\\Software\\Classes\\?/, "", key); next }
        match($0, /^(@|"[^"]*")="/) {
            name = $0 ~ /^@/ ? "" : substr($0, 2, index(substr($0, 2), "\"") - 1)
            value = substr($0, RLENGTH + 1, length($0) - RLENGTH - 1)
            gsub(/\\\\/, "\\", value)
            print key "\t" name "\t" value
        }' "$1"
}
