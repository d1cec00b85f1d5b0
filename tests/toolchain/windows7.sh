# shellcheck shell=bash disable=SC2154  # here, root and build come from part.sh
# windows7.sh - what a binary may import: windows7-imports.txt, and whether that list is right. Sourced by the checks.

windows_headers=(windows.h ole2.h oleauto.h psapi.h sddl.h aclapi.h tlhelp32.h wincrypt.h bcrypt.h userenv.h lm.h
    ntsecapi.h wtsapi32.h fwpmu.h)

# The DLLs that Windows 7 has in System32 and a binary may name, none of them a C runtime of its own.
system_dlls='advapi32|bcrypt|crypt32|fwpuclnt|kernel32|msvcrt|netapi32|ntdll|ole32|oleaut32|rpcrt4|secur32|shell32|user32|userenv|wtsapi32|ws2_32'

mingw_headers=(x86_64-w64-mingw32-gcc-win32)
mapfile -t sdk_headers < <(
    headers=$(echo "$build"/sdk/packages/microsoft.windows.sdk.cpp/*/c/Include/*)
    [ ! -e "$build/sdk/headers.yaml" ] || printf '%s\n' clang-19 --target=x86_64-pc-windows-msvc -fms-compatibility-version=19.40 \
        -isystem "$root/scripts/sdk/include" -isystem "$headers/ucrt" -isystem "$headers/um" -isystem "$headers/shared" \
        -ivfsoverlay "$build/sdk/headers.yaml"
)

# declares FUNCTION VERSION COMPILER...: the headers declare it for that Windows.
declares() {
    { printf '#define PSAPI_VERSION 2\n'; printf '#include <%s>\n' "${windows_headers[@]}"; echo "void *p = (void *)&$1;"; } |
        "${@:3}" -w "-D_WIN32_WINNT=$2" "-DWINVER=$2" -fsyntax-only -x c - 2> /dev/null
}

# line_for DLL FUNCTION: what the list is to say of it, where both kinds of headers declare it for Windows 7.
line_for() {
    local version since=([0x0501]=XP [0x0600]=Vista [0x0601]=7)
    [ "$1" != msvcrt.dll ] || { echo "$1 $2 msvcrt"; return; }
    for version in 0x0501 0x0600 0x0601; do
        declares "$2" $version "${mingw_headers[@]}" && { [ ${#sdk_headers[@]} = 0 ] || declares "$2" $version "${sdk_headers[@]}"; } &&
            { echo "$1 $2 ${since[version]}"; return; }
    done
    echo "$1 $2: no Windows up to 7 declares it; look it up at run time"
    return 1
}

unlisted() {
    local dll function
    while read -r dll function; do
        grep -qE "^$dll $function " "$here/windows7-imports.txt" || echo "$dll $function"
    done < <("$here/pe.pl" imports "$@" | LC_ALL=C sort -u)
}

# only_known FILE...: each import is in the list, with that DLL.
only_known() {
    local dll function wrong=0
    while read -r dll function; do
        echo "not in windows7-imports.txt (tests/toolchain/renew.sh): $(line_for "$dll" "$function")"
        wrong=1
    done < <(unlisted "$@")
    [ "$("$here/pe.pl" imports "$@" | wc -l)" -gt 50 ] || { echo "too few imports were read"; return 1; }
    return $wrong
}

# What was true when an entry was made must stay true: the headers for Windows 7 declare it. A function of Windows 8 is
# refused by the same program, so that the check is one.
declared_for_windows_7() {
    local program=$build/toolchain/declared.c compiler=("$@")
    mkdir -p "$build/toolchain"
    {
        printf '#define PSAPI_VERSION 2\n'
        printf '#include <%s>\n' "${windows_headers[@]}"
        sed -nE 's/^[^# ]+ ([A-Za-z]\w*) (XP|Vista|7)$/\1/p; s/^.* \((\w+)\)$/\1/p' "$here/windows7-imports.txt" | sort -u |
            sed 's/.*/void *p_& = (void *)&;/'
        printf '#ifdef CONTROL\nvoid *control = (void *)CreateFile2;\n#endif\n'
    } > "$program"
    [ "$(grep -c '^void' "$program")" -gt 200 ] || { echo "too few functions"; return 1; }
    "${compiler[@]}" -w -D_WIN32_WINNT=0x0601 -DWINVER=0x0601 -fsyntax-only "$program" || return
    ! "${compiler[@]}" -w -D_WIN32_WINNT=0x0601 -DWINVER=0x0601 -DCONTROL -fsyntax-only "$program" 2> /dev/null ||
        { echo "a function of Windows 8 is declared too"; return 1; }
}
