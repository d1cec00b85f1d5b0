# build.ps1 - one build of sbxcom.sln with Visual Studio, as the workflows need it.
param(
    [string] $Platform = 'x64',
    [string] $Configuration = 'Release',
    [string] $Toolset = 'v143',
    [switch] $PrepareOnly
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# vcpkg's versions are those of a commit, which must be in its clone.
$env:VCPKG_ROOT = $env:VCPKG_INSTALLATION_ROOT
$git = (Get-Command git.exe).Source
$baseline = (Get-Content -Raw src/vcpkg.json | ConvertFrom-Json).'builtin-baseline'
& $git -C $env:VCPKG_ROOT cat-file -e "$baseline^{commit}" 2> $null
if ($LASTEXITCODE -ne 0) {
    $depth = @()
    if ((& $git -C $env:VCPKG_ROOT rev-parse --is-shallow-repository) -eq 'true') { $depth = @('--unshallow') }
    & $git -C $env:VCPKG_ROOT fetch --quiet @depth origin
    if ($LASTEXITCODE -ne 0) { throw "git fetch: exit code $LASTEXITCODE" }
}
if ($PrepareOnly) { return }

$vswhere = Join-Path ${env:ProgramFiles(x86)} 'Microsoft Visual Studio\Installer\vswhere.exe'
$msbuild = & $vswhere -latest -products * -requires Microsoft.Component.MSBuild -find 'MSBuild\**\Bin\MSBuild.exe' | Select-Object -First 1
& $msbuild sbxcom.sln -m -nologo -verbosity:minimal "-p:Configuration=$Configuration" "-p:Platform=$Platform" "-p:PlatformToolset=$Toolset"
if ($LASTEXITCODE -ne 0) { throw "MSBuild: exit code $LASTEXITCODE" }
