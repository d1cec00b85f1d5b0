<#
.SYNOPSIS
    Installs sbxcom: for this machine, or with -User for the current user alone.
.DESCRIPTION
    Copies the files into Program Files\sbxcom, registers the 64-bit and the 32-bit DLL and the elevated server, and adds the
    folder to PATH. Run it again to bring an installation up to date. uninstall.ps1 takes away what this script has brought, and nothing else.

    With -User everything goes to LOCALAPPDATA\Programs\sbxcom and HKEY_CURRENT_USER, without an administrator. Elevated
    programs ignore classes registered for a user, so only programs that are not elevated see it, and the elevated level,
    which needs an installation for the machine, will not be available.

    No event source is registered: nothing in sbxcom writes to the event log.
.PARAMETER User
    For the current user alone.
.PARAMETER Bin
    The folder with the built files: build\bin of the checkout, or bin of an unpacked release.
.EXAMPLE
    .\install.ps1 -WhatIf
    Says what would be done, step by step.
#>
#Requires -Version 5.1
[CmdletBinding(SupportsShouldProcess)]
param([switch] $User, [string] $Bin)

. (Join-Path $PSScriptRoot 'installer\common.ps1')

# The files of files.txt: where they come from, and where they go.
function Get-FileList {
    param([string] $Root, [string] $BinFolder, [string] $Target)
    foreach ($line in [IO.File]::ReadAllLines((Join-Path $PSScriptRoot 'installer\files.txt'))) {
        if ($line -notmatch '^(?<path>[^#\s]\S*)\s+(?<from>\S+)$') { continue }
        $path = $Matches['path'].Replace('/', '\')
        $folder = $BinFolder
        if ($Matches['from'] -ne 'bin') { $folder = Join-Path $Root $Matches['from'].Replace('/', '\') }
        [pscustomobject] @{ Path = $path; Source = Join-Path $folder $path; Target = Join-Path $Target $path }
    }
}

function Get-BinFolder {
    param([string] $Root)
    foreach ($folder in 'bin', 'build\bin') {
        if (Test-Path -LiteralPath (Join-Path $Root "$folder\sbxcom.dll")) { return Join-Path $Root $folder }
    }
    throw "There is no sbxcom.dll in $Root\bin or $Root\build\bin. Build it first (scripts\build.cmd), or name its folder with -Bin."
}

Assert-Host $User
$scope = Get-InstallScope $User
$target = $scope.Folder
$root = Split-Path $PSScriptRoot
if ($Bin -eq '') { $Bin = Get-BinFolder $root }
$files = @(Get-FileList $root (Resolve-Path -LiteralPath $Bin).ProviderPath $target)
$missing = @($files | Where-Object { -not (Test-Path -LiteralPath $_.Source -PathType Leaf) })
if ($missing.Count -gt 0) { throw "To be installed, but missing: $($missing.Source -join ', ')." }

# An older installation of ours is brought up to date; anything else in that folder is somebody else's.
$record = Read-Record $target
if ($null -eq $record -and (Test-Path -LiteralPath $target) -and @(Get-ChildItem -LiteralPath $target -Force).Count -gt 0) {
    throw "$target is not empty, and this script did not fill it. If sbxcom was installed there by its MSI, remove that first."
}
$outdated = @()
if ($null -ne $record) {
    $outdated = @($record.files | Where-Object { $files.Path -notcontains $_.path } | ForEach-Object { Join-Path $target $_.path })
}
Assert-NotInUse (@($files.Target) + $outdated)

# The record comes first: what a failure leaves behind can be removed by it.
$pathText = Get-PathText $scope
$pathIsOurs = -not (Test-PathEntry $pathText $target) -or ($null -ne $record -and $record.path)
$parentIsOurs = -not (Test-Path -LiteralPath (Split-Path $target)) -or ($null -ne $record -and $record.parent)    # LOCALAPPDATA\Programs
if ($PSCmdlet.ShouldProcess($target, 'create the folder and the record of what is installed')) {
    $null = New-Item -ItemType Directory -Force -Path $target
    $hashes = foreach ($file in $files) {
        [ordered] @{ path = $file.Path; sha256 = (Get-FileHash -LiteralPath $file.Source -Algorithm SHA256).Hash }
    }
    Write-Record $target $scope.Name @($hashes) $pathIsOurs $parentIsOurs
}
foreach ($file in $files) {
    if ($PSCmdlet.ShouldProcess($file.Target, 'copy')) {
        $null = New-Item -ItemType Directory -Force -Path (Split-Path $file.Target)
        Copy-Item -LiteralPath $file.Source -Destination $file.Target -Force
    }
}
foreach ($file in $outdated) {
    if ((Test-Path -LiteralPath $file) -and $PSCmdlet.ShouldProcess($file, 'delete, no longer part of sbxcom')) {
        Remove-Item -LiteralPath $file -Force
    }
}
# The 32-bit one first: both write the help folder of the type library, and the last one wins.
foreach ($dll in 'x86\sbxcom.dll', 'sbxcom.dll') {
    if (-not (Test-Path -LiteralPath (Get-RegSvr32 (Join-Path $target $dll)))) {
        Write-Warning "$dll is not registered: this Windows runs 64-bit programs only."
    } elseif ($PSCmdlet.ShouldProcess((Join-Path $target $dll), "register for the $($scope.Name)")) {
        Invoke-RegSvr32 (Join-Path $target $dll) $scope.RegisterArguments
    }
}
$setup = Join-Path $target 'sbxsetup.exe'
if (-not $User -and $PSCmdlet.ShouldProcess($setup, 'register the elevated server')) { Invoke-SetupRegistration $setup '/RegServer' }
if (-not (Test-PathEntry $pathText $target) -and $PSCmdlet.ShouldProcess("PATH of the $($scope.Name)", "add $target")) {
    Set-PathText $scope (Add-PathEntry $pathText $target)
}
if (-not $WhatIfPreference) {
    Write-Output "sbxcom is installed in $target. In a new window: sbx status"
}
