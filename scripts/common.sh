# shellcheck shell=bash
# common.sh - what the other scripts share; sourced, not run.
#
#   SBX_BUILD   the build folder (default: build in the checkout). Everything that is made lies below it.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${SBX_BUILD:-$root/build}
umask 022    # what is built must be readable for the user who runs it (see below)
case $build in /*) ;; *) build=$PWD/$build ;; esac

# Debian's names. libwine-dev has the IDL files that mingw-w64 lacks, libwine has stdole2.tlb, dpkg-dev unpacks sources.
build_packages=(cmake ninja-build gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32 mingw-w64-tools
                libwine libwine-dev dpkg-dev)
wine_packages=(wine wine64 libwine libgnutls30)
native_packages=(cmake ninja-build gcc libc6-dev libjansson-dev libcunit1-dev)

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# Installs what is missing of the named packages; asks nothing and downloads nothing where all are there.
install_packages() {
    local missing=() package as_root=()
    command -v dpkg-query > /dev/null ||
        die "this script needs Debian or a descendant; it would install: $*"
    for package in $(printf '%s\n' "$@" | sort -u); do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2> /dev/null || die "please install these packages first: ${missing[*]}"
        as_root=(sudo -n)
    fi
    mkdir -p "$build"
    (flock 7; step "Installing ${missing[*]}" install_now 7>&-) 7> "$build/packages.lock"
}

install_now() {
    local environment=(env DEBIAN_FRONTEND=noninteractive)
    # An unreachable list of some other repository is no reason to stop: the installation itself will tell.
    without_hosts "${as_root[@]}" "${environment[@]}" apt-get update || true
    without_hosts "${as_root[@]}" "${environment[@]}" apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}"
}

# without_hosts COMMAND...: its output without the names of package sources, which are the machine's own business.
without_hosts() {
    "$@" 2>&1 | sed -uE "s#(https?|ftp)://[^/ ']+#(source)#g; s#source\(s\): .*#source(s): (source)#"
    return "${PIPESTATUS[0]}"
}

# step TEXT COMMAND...: one line on the screen, all output in build/build.log, its end shown on failure.
# COMMAND runs where bash ignores errexit, so a function given here chains its commands with &&.
step() {
    local text=$1 log=$build/build.log start=$SECONDS from
    shift
    mkdir -p "$build"
    printf '%s ... ' "$text"
    echo "=== $text: $*" >> "$log"
    from=$(wc -l < "$log")
    if "$@" >> "$log" 2>&1 < /dev/null; then
        echo "done ($((SECONDS - start)) s)"
    else
        echo "FAILED"
        # The compiler's own messages, if there are any, else the end of the log.
        tail -n +"$((from + 1))" "$log" | grep -A 3 -E '[Ee]rror: |undefined reference|Error at' | head -n 60 ||
            tail -n 30 "$log"
        echo "The whole log: $log"
        return 1
    fi
}

# Windows programs run under Wine as an ordinary user: nothing is ever refused to root, so as root their file tests
# would mean nothing. Root drops to this user, who owns the Wine prefix.
wine_uid=65534
as_wine_user=()
[ "$(id -u)" != 0 ] ||
    as_wine_user=(setpriv "--reuid=$wine_uid" "--regid=$wine_uid" --clear-groups --no-new-privs)

# A checkout in a private folder (root's home, a mktemp folder) is out of that user's reach. Then the calling script
# goes on in a copy outside; arguments that name the checkout are made to name the copy.
#   go_on_where_reachable "$@"
go_on_where_reachable() {
    local copy
    if "${as_wine_user[@]}" test -r "$root/scripts/common.sh"; then
        mkdir -p "$build"
        "${as_wine_user[@]}" test -x "$build" || die "user $wine_uid, who runs the Windows programs, cannot reach $build"
        return 0
    fi
    copy=/var/tmp/sbxcom-$(printf '%s' "$root" | cksum | cut -d ' ' -f 1)
    echo "Windows programs run as user $wine_uid, who cannot reach $root: going on in the copy $copy" >&2
    mkdir -p "$copy"
    [ "$(stat -c %u "$copy")" = "$(id -u)" ] || die "$copy belongs to somebody else"
    find "$copy" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    tar -C "$root" --exclude=./build --exclude=./.git -cf - . | tar -C "$copy" -xf -
    if [ -d "$build/deps" ]; then
        mkdir -p "$copy/build"
        (cd "$build" && find bin tests deps -maxdepth 0 -print0 2> /dev/null | tar --null -T - -cf -) |
            tar -C "$copy/build" -xf -
    fi
    find "$copy" -path "$copy/build/wine" -prune -o ! -type l -exec chmod a+rX {} +
    # The copy has no history, and the MSI and the release take their times from the commit.
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" -c safe.directory='*' log -1 --format=%ct 2> /dev/null || true)}
    export SOURCE_DATE_EPOCH
    cd "$copy/${PWD#"$root"}" 2> /dev/null || cd "$copy" || exit
    SBX_BUILD=$copy/build exec "$copy/scripts/${0##*/}" "${@//"$root"/"$copy"}"
}
