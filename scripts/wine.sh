#!/bin/bash
# wine.sh - runs a Windows program in this build's own Wine prefix and passes its exit code on.
#
#   scripts/wine.sh PROGRAM [ARGUMENT...]   a path, relative to where you are, or a name such as cscript
#   scripts/wine.sh --hold                  keeps the prefix's server running until --end: a cold start costs half a second
#   scripts/wine.sh --end                   ends the server and every program in the prefix
#
# The prefix is made at the first use (10 s, build/wine), and build/bin/sbxcom.dll is registered in it whenever it
# has changed. See common.sh for the user who runs it.
#
#   SBX_WINE_PROCESSORS   those that Windows programs run on, as for taskset, or `all` (default: the last one)
set -euo pipefail
. "$(dirname "$0")/common.sh"

# Wine's server and its programs wait for each other at every call. On one processor that is a switch; on two it wakes the
# other each time, which on a virtual machine is dear: com's tests of grants take 56 s on two, 21 s on one.
processors=${SBX_WINE_PROCESSORS:-$(taskset -cp $$ | sed 's/.*[^0-9]//')}
on_processors=()
[ "$processors" = all ] || on_processors=(taskset -c "$processors")

wine=$build/wine
dll=$build/bin/sbxcom.dll

# No display, no menus for the desktop, none of Wine's chatter, and a home of its own.
in_prefix() {
    "${on_processors[@]}" env -u DISPLAY -u WAYLAND_DISPLAY -u XDG_RUNTIME_DIR HOME="$wine/home" LC_ALL=C.UTF-8 \
        WINEPREFIX="$wine/prefix" WINEARCH=win64 WINEDEBUG=-all \
        WINEDLLOVERRIDES="winemenubuilder.exe=d;${overrides:-}" "${as_wine_user[@]}" "$@"
}

# One of Wine's own programs, which says nothing when it fails.
named() { in_prefix wine "$@" || { echo "$1: exit code $?"; return 1; }; }

# Wine's default is Windows 7. A debugger that does nothing keeps a crash short: Wine's own takes seconds.
fill_prefix() {
    [ ! -d "$wine/prefix" ] || in_prefix wineserver -k || true    # of an earlier try
    rm -rf "$wine" && mkdir -p "$wine/home" "$wine/prefix" || return
    [ ${#as_wine_user[@]} = 0 ] || chown -R "$wine_uid:$wine_uid" "$wine" || return
    # Without these two, wineboot offers to download engines for web pages and .NET. Only here: .NET's own needs mscoree.
    overrides='mscoree,mshtml=' named wineboot -i &&
        named winecfg /v win10 &&
        named reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' \
            /v Debugger /d 'C:\windows\system32\cmd.exe /c exit' /f &&
        touch "$wine/made"
}

# Wine's own programs have failed here once, on a busy machine, without a word: a second try is worth its ten seconds.
make_prefix() {
    fill_prefix || { echo "Once more."; fill_prefix; }
}

# The prefix, and in it the DLL as it is now. The lock is for two programs started at once; Wine's server, which
# outlives this script, must not inherit it.
prepare() {
    exec 8> "$build/wine.lock"
    flock 8
    [ -e "$wine/made" ] || step "Making the Wine prefix" make_prefix >&2 8>&-
    if [ -e "$dll" ] && { [ ! -e "$wine/registered" ] || [ "$dll" -nt "$wine/registered" ]; }; then
        touch -r "$dll" "$wine/registered"
        in_prefix wine regsvr32 /s "$dll" 8>&- || { echo "wine.sh: regsvr32 failed ($?)" >&2; rm "$wine/registered"; }
    fi
    exec 8>&-
}

go_on_where_reachable "$@"
install_packages "${wine_packages[@]}" >&2
mkdir -p "$build"
case ${1:?usage: wine.sh PROGRAM [ARGUMENT...]} in
--hold)    # a server that still lingers would not take the order to stay
    prepare
    in_prefix wineserver -k || true
    in_prefix wineserver -p > /dev/null 2>&1    # which tells what it still holds when it ends
    # The first program starts Wine's services, which keep its standard error until --end: no pipe that somebody reads.
    in_prefix wine cmd /c exit < /dev/null > /dev/null 2>&1 ;;
--end)
    [ ! -d "$wine/prefix" ] || in_prefix wineserver -k || true ;;
*)
    prepare
    # A Windows program takes a leading slash for an option of its own.
    arguments=()
    for argument; do
        if [[ $argument == /* && -e $argument ]]; then
            argument=Z:${argument//\//\\}
        fi
        arguments+=("$argument")
    done
    in_prefix wine "${arguments[@]}" ;;
esac
