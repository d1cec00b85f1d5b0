# shellcheck shell=bash disable=SC2154  # here, root and build come from part.sh
# windows7.sh - what a binary may import: windows7-imports.txt, and whether that list is right. Sourced by the checks.

windows_headers=(windows.h ole2.h oleauto.h psapi.h sddl.h aclapi.h tlhelp32.h wincrypt.h bcrypt.h userenv.h lm.h
    ntsecapi.h wtsapi32.h fwpmu.h)

# line_for DLL FUNCTION: what the list would say of it, as mingw-w64's headers have it; its page must agree.
line_for() {
    local version since=([0x0501]=XP [0x0600]=Vista [0x0601]=7)
    [ "$1" != msvcrt.dll ] || { echo "$1 $2 msvcrt"; return; }
    for version in 0x0501 0x0600 0x0601; do
        { printf '#include <%s>\n' "${windows_headers[@]}"; echo "void *p = (void *)$2;"; } |
            x86_64-w64-mingw32-gcc-win32 -w "-D_WIN32_WINNT=$version" "-DWINVER=$version" -DPSAPI_VERSION=2 -fsyntax-only -x c - 2> /dev/null &&
            { echo "$1 $2 ${since[version]}"; return; }
    done
    echo "$1 $2: no Windows up to 7 declares it; look it up at run time"
}

# only_known FILE...: each import is in the list, with that DLL. The list's head says how a function gets there.
only_known() {
    local dll function wrong=0
    while read -r dll function; do
        grep -qE "^$dll $function " "$here/windows7-imports.txt" || { echo "not in windows7-imports.txt: $(line_for "$dll" "$function")"; wrong=1; }
    done < <("$here/pe.pl" imports "$@" | LC_ALL=C sort -u)
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
