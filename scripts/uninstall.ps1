<#
.SYNOPSIS
    Takes away what install.ps1 has brought, and nothing else.
.DESCRIPTION
    Removes the registration of both DLLs and of the elevated server, the folder from PATH, and the files that install.ps1 recorded. A file that has
    changed since, and whatever else lies in the folder, stays and is named. Transcripts of sessions
    (LOCALAPPDATA\sbxcom) are the users' and stay. Where the elevated level is set up for anybody it is refused: nothing that is
    left could take the accounts down.
.PARAMETER User
    The installation for the current user.
.EXAMPLE
    .\uninstall.ps1 -WhatIf
    Says what would be done, step by step.
#>
#Requires -Version 5.1
[CmdletBinding(SupportsShouldProcess)]
param([switch] $User)

. (Join-Path $PSScriptRoot 'installer\common.ps1')

Assert-Host $User
$scope = Get-InstallScope $User
$target = $scope.Folder
$record = Read-Record $target
if ($null -eq $record) {
    if (Test-Path -LiteralPath (Join-Path $target 'sbxcom.dll')) {
        throw "The sbxcom in $target was not installed by install.ps1. An MSI is removed in Settings, Apps."
    }
    Write-Output "sbxcom is not installed for the $($scope.Name)."
    return
}

$files = @($record.files | ForEach-Object { [pscustomobject] @{ Path = Join-Path $target $_.path; Hash = $_.sha256 } })
Assert-NotInUse @($files.Path)

# Accounts, rules and filters are taken down by the program that is about to go.
$setup = Join-Path $target 'sbxsetup.exe'
if (-not $User) {
    $users = @(Get-SetupUser)
    if ($users.Count -gt 0) {
        $words = "The elevated level is set up for $($users -join ', '). Take it down first: & '$setup' deprovision --all"
        if (-not $WhatIfPreference) { throw "$words. Nothing has been changed." }
        Write-Warning $words
    }
    if (-not (Test-Path -LiteralPath $setup)) {
        Write-Warning "$setup is gone, and with it whatever knows the keys of the elevated server. Install again, then uninstall, to remove them."
    } elseif ($PSCmdlet.ShouldProcess($setup, 'remove the registration of the elevated server')) {
        Invoke-SetupRegistration $setup '/UnregServer'
    }
}

foreach ($dll in 'sbxcom.dll', 'x86\sbxcom.dll') {
    $path = Join-Path $target $dll
    if (-not (Test-Path -LiteralPath (Get-RegSvr32 $path))) { continue }    # nor did install.ps1 register it
    if (-not (Test-Path -LiteralPath $path)) {
        Write-Warning "$path is gone, so nobody knows its registry keys any more. Install again, then uninstall, to remove them."
    } elseif ($PSCmdlet.ShouldProcess($path, "remove the registration for the $($scope.Name)")) {
        Invoke-RegSvr32 $path (@('/u') + $scope.RegisterArguments)
    }
}

$pathText = Get-PathText $scope
if ($record.path -and (Test-PathEntry $pathText $target) -and $PSCmdlet.ShouldProcess("PATH of the $($scope.Name)", "take out $target")) {
    Set-PathText $scope (Remove-PathEntry $pathText $target)
}

foreach ($file in @($files | Where-Object { Test-Path -LiteralPath $_.Path })) {
    if ((Get-FileHash -LiteralPath $file.Path -Algorithm SHA256).Hash -ne $file.Hash) {
        Write-Warning "$($file.Path) is not the file that was installed, and stays."
    } elseif ($PSCmdlet.ShouldProcess($file.Path, 'delete')) {
        Remove-Item -LiteralPath $file.Path -Force
    }
}
if ($PSCmdlet.ShouldProcess((Join-Path $target $RecordName), 'delete')) {
    Remove-Item -LiteralPath (Join-Path $target $RecordName) -Force
}

# The folders, from the inside out, where nothing is left in them.
$folders = @($files | ForEach-Object { Split-Path $_.Path } | Sort-Object -Unique -Descending)
foreach ($folder in @($folders | Where-Object { Test-Path -LiteralPath $_ })) {
    if (-not $PSCmdlet.ShouldProcess($folder, 'delete if it is empty')) { continue }
    if (@(Get-ChildItem -LiteralPath $folder -Force).Count -eq 0) {
        Remove-Item -LiteralPath $folder -Force
    } else {
        Write-Warning "$folder has files that were not installed with sbxcom, and stays."
    }
}
$parent = Split-Path $target
if ($record.parent -and @(Get-ChildItem -LiteralPath $parent -Force).Count -eq 0 -and $PSCmdlet.ShouldProcess($parent, 'delete, install.ps1 made it')) {
    Remove-Item -LiteralPath $parent -Force
}
if (-not $WhatIfPreference) {
    Write-Output "sbxcom is no longer installed for the $($scope.Name)."
}
