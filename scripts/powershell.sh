#!/bin/bash
# powershell.sh - runs a PowerShell script under Wine, by PowerShell 7's own engine, with the DLL as it was built last
# registered; passes the exit code on. The engine is a NuGet package, fetched once into build/powershell;
# powershell/host.cs is the program around it.
#
#   scripts/powershell.sh SCRIPT [ARGUMENT...]    an argument that begins with - is a parameter's name
#   scripts/powershell.sh --build                 only makes build/powershell/bin/sbx-powershell.exe
#
#   SBX_POWERSHELL   where the engine is, if not in this build: for scripts that run in another Wine prefix
#
# The exit code is 3 where this machine cannot: no .NET 10 SDK, no package.
set -euo pipefail
. "$(dirname "$0")/common.sh"

work=${SBX_POWERSHELL:-$build/powershell}
here=$root/scripts/powershell
cannot() {
    echo "powershell.sh: $*" >&2
    exit 3
}

# NuGet wants a home; all it writes belongs to the build. Wine maps no program that its user may not execute. No server of
# MSBuild's may outlive the step: it would keep the pipe open that without_hosts reads.
publish() {
    without_hosts env MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false HOME="$work/home" DOTNET_CLI_HOME="$work/home" NUGET_PACKAGES="$work/packages" DOTNET_NOLOGO=1 \
        DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet "$1" "$here/powershell.csproj" -r win-x64 "-p:BaseIntermediateOutputPath=$work/obj/" \
        "-p:MSBuildProjectExtensionsPath=$work/obj/" "-p:BaseOutputPath=$work/output/" "${@:2}"
}
make_host() {
    publish publish -c Release --self-contained --no-restore -o "$work/bin" && chmod -R a+rX "$work/bin"
}

go_on_where_reachable "$@"
[ $# -gt 0 ] || die "usage: powershell.sh SCRIPT [ARGUMENT...]"
dotnet --list-sdks 2> /dev/null | grep '^10\.' > /dev/null || cannot "there is no .NET 10 SDK to fetch the engine with"
mkdir -p "$work/home"
exec 5> "$work/lock"
flock 5
if [ ! -e "$work/made" ] || [ "$here/host.cs" -nt "$work/made" ] || [ "$here/powershell.csproj" -nt "$work/made" ]; then
    step "Fetching PowerShell's engine" publish restore >&2 5>&- || cannot "its package could not be had"
    step "Building its host" make_host >&2 5>&- || exit 1
    touch "$work/made"
fi
exec 5>&-
[ "$1" != --build ] || exit 0
# Half a GiB before the first collection, which a script never needs: .NET's collector under Wine 8.0 now and then ends the
# program ("Internal CLR error 0x80131506", in a finalizer of a dynamic method).
export DOTNET_GCgen0size=20000000 DOTNET_gcConcurrent=0
exec "$root/scripts/wine.sh" "$work/bin/sbx-powershell.exe" "$@"
