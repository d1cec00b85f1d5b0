#!/bin/bash
# A .NET client, late and early bound: a self-contained Windows program, built here and run under Wine.
set -euo pipefail
. "$(dirname "$0")/../support/part.sh"

projects=("$here"/*.csproj)
work=$build/dotnet
# .NET wants a home to write to; an empty environment has none, and what it downloads belongs to the build.
export DOTNET_CLI_HOME=$work/home HOME=${HOME:-$work/home} NUGET_PACKAGES=$work/packages
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

folders=("-p:BaseIntermediateOutputPath=$work/obj/" "-p:BaseOutputPath=$work/build/")
restore() { without_hosts dotnet restore -r win-x64 "${projects[0]}" "${folders[@]}"; }
publish() {
    # NuGet unpacks its files executable for root alone, and Wine maps no program that is not executable.
    dotnet publish --no-restore -c Release -r win-x64 --self-contained "${projects[0]}" "${folders[@]}" -o "$work/bin" &&
        chmod -R a+rX "$work/bin"
}

if [ ! -e "${projects[0]}" ]; then
    echo "SKIP dotnet: there is no client in tests/dotnet"
elif ! dotnet --list-sdks 2> /dev/null | grep '^10\.' > /dev/null; then
    echo "SKIP dotnet: there is no .NET 10 SDK"
elif ! step "Restoring the .NET client" restore >&2; then
    echo "SKIP dotnet: the packages for a Windows program could not be had"
elif ! step "Building the .NET client" publish >&2; then
    echo "FAIL dotnet: it does not build"
else
    name=$(basename "${projects[0]}" .csproj)
    run_tests dotnet "$root/scripts/wine.sh" "$work/bin/$name.exe"
fi
