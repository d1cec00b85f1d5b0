# installer.ps1 - install.ps1 and uninstall.ps1 at work: comes and goes, for the user and for the machine, and the MSI beside
# them. Run it on Windows, elevated for all of it, with sbxcom not installed. Verdict lines as tests/README.md says.
param([string] $Bin = '', [string] $Msi = '')

. (Join-Path $PSScriptRoot '../../scripts/installer/common.ps1')
$scripts = (Resolve-Path (Join-Path $PSScriptRoot '../../scripts')).ProviderPath
$script:failed = 0

function Verdict {
    param([string] $Name, [bool] $Holds, [object] $Seen)
    if ($Holds) { Write-Output "PASS installer.ps1/$Name"; return }
    $script:failed++
    Write-Output "FAIL installer.ps1/${Name}: $Seen"
}

# ---- PATH, anywhere --------------------------------------------------------------------------------------------------

foreach ($text in '', 'C:\a', 'C:\a;C:\b', 'C:\a;', '%SystemRoot%;;C:\b') {
    $added = Add-PathEntry $text 'C:\sbx'
    Verdict "PATH '$text' gets the entry" (Test-PathEntry $added 'C:\sbx') $added
    Verdict "PATH '$text' gets it once" ((Add-PathEntry $added 'C:\sbx') -eq $added) (Add-PathEntry $added 'C:\sbx')
    Verdict "PATH '$text' is itself again without it" ((Remove-PathEntry $added 'C:\sbx') -ceq $text) (Remove-PathEntry $added 'C:\sbx')
}
Verdict 'an entry is the same with a backslash at its end, in any case' (Test-PathEntry 'C:\a;c:\SBX\' 'C:\sbx') 'not found'
Verdict 'a longer entry is another one' (-not (Test-PathEntry 'C:\sbx\bin' 'C:\sbx')) 'found'

if ([Environment]::OSVersion.Platform -ne 'Win32NT') {
    Write-Output 'SKIP installer.ps1/installing: this is not Windows'
    exit [int] ($script:failed -gt 0)
}

# ---- installing ------------------------------------------------------------------------------------------------------

$libraryId = [regex]::Match([IO.File]::ReadAllText((Join-Path $PSScriptRoot '../../src/sbxcom/sbxcom.sxs.manifest')), 'tlbid="([^"]+)"').Groups[1].Value

# The keys that name us, below Classes of one hive; without the backslash that an MSI puts after a folder.
function Get-OurKey {
    param([string] $Hive)
    $lines = foreach ($text in 'sbx', $libraryId) {
        & "$env:SystemRoot\System32\reg.exe" query "$Hive\SOFTWARE\Classes" /s /f $text
    }
    $lines | Where-Object { $_ -match '^(HKEY|    )' } | ForEach-Object { $_.TrimEnd('\') } | Sort-Object -Unique
}

function Invoke-Client {
    param([string] $Folder)
    $script = Join-Path $env:TEMP 'sbx-installed.vbs'
    [IO.File]::WriteAllText($script, 'WScript.Echo CreateObject("Sbx.Host").Version')
    & "$env:SystemRoot\$Folder\cscript.exe" //nologo $script
}

function Test-Cycle {
    param([string] $Name, [hashtable] $Scope, [scriptblock] $Install, [scriptblock] $Uninstall, [string] $Hive)
    $path = Get-PathText $Scope
    $others = @(Get-OurKey $Hive)    # somebody else's, in which the letters happen to stand
    & $Install | Out-Null
    $keys = @(Get-OurKey $Hive | Where-Object { $others -notcontains $_ })
    Verdict "${Name}: the keys are there" ($keys.Count -gt 100) "$($keys.Count) lines"
    Verdict "${Name}: PATH has the folder" (Test-PathEntry (Get-PathText $Scope) $Scope.Folder) (Get-PathText $Scope)
    Verdict "${Name}: a program of the installation runs" ((& (Join-Path $Scope.Folder 'sbx.exe') --help) -match '^sbx ') 'nothing'
    foreach ($folder in 'System32', 'SysWOW64') {
        $version = Invoke-Client $folder
        Verdict "${Name}: a script host of $folder creates Sbx.Host" ("$version" -match '^\d+\.') $version
    }
    & $Install | Out-Null
    $again = @(Get-OurKey $Hive | Where-Object { $others -notcontains $_ })
    Verdict "${Name}: twice is once" (($again -join "`n") -eq ($keys -join "`n")) "$($again.Count) lines"
    & $Uninstall | Out-Null
    $left = @(Get-OurKey $Hive)
    Verdict "${Name}: no key is left" (($left -join "`n") -eq ($others -join "`n")) ($left -join ' ')
    Verdict "${Name}: PATH is what it was" ((Get-PathText $Scope) -ceq $path) (Get-PathText $Scope)
    Verdict "${Name}: the folder is gone" (-not (Test-Path -LiteralPath $Scope.Folder)) $Scope.Folder
    $script:keysOfCycle = $keys
}

$arguments = @{}
if ($Bin -ne '') { $arguments['Bin'] = $Bin }
$plan = & (Join-Path $scripts 'install.ps1') @arguments -User -WhatIf *>&1 | Out-String
Verdict '-WhatIf changes nothing' (-not (Test-Path -LiteralPath (Get-InstallScope $true).Folder)) $plan

# Elevated script hosts do not see what is registered for the user: only keys and files are looked at there.
$identity = [Security.Principal.WindowsIdentity]::GetCurrent()
$elevated = ([Security.Principal.WindowsPrincipal] $identity).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
if ($elevated) {
    Write-Output 'SKIP installer.ps1/for the user: an elevated process does not see it'
    $machine = Get-InstallScope $false
    Test-Cycle 'for the machine' $machine { & (Join-Path $scripts 'install.ps1') @arguments } { & (Join-Path $scripts 'uninstall.ps1') } 'HKLM'
    $byScript = $script:keysOfCycle


    # A program that has the DLL loaded is named, and nothing is touched.
    & (Join-Path $scripts 'install.ps1') @arguments | Out-Null
    $holding = Join-Path $env:TEMP 'sbx-holding.vbs'
    [IO.File]::WriteAllText($holding, 'Set host = CreateObject("Sbx.Host") : WScript.Sleep 60000')
    $holder = Start-Process -FilePath "$env:SystemRoot\System32\cscript.exe" -ArgumentList '//nologo', "`"$holding`"" -PassThru -WindowStyle Hidden
    Start-Sleep -Seconds 3
    $complaint = ''
    try { & (Join-Path $scripts 'uninstall.ps1') | Out-Null } catch { $complaint = $_.Exception.Message }
    Verdict 'who has the DLL loaded is named' ($complaint -match "cscript.exe \(process $($holder.Id)\)") $complaint
    $held = @(Get-OurKey 'HKLM')
    Verdict 'and nothing is touched' (@($byScript | Where-Object { $held -notcontains $_ }).Count -eq 0) 'keys are gone'
    $holder.Kill()
    $holder.WaitForExit()
    & (Join-Path $scripts 'uninstall.ps1') | Out-Null
    Verdict 'without it the removal goes on' (-not (Test-Path -LiteralPath $machine.Folder)) $machine.Folder

    if ($Msi -eq '') {
        Write-Output 'SKIP installer.ps1/the MSI: none was named'
    } else {
        $installer = "$env:SystemRoot\System32\msiexec.exe"
        Test-Cycle 'the MSI' $machine { Start-Process -Wait $installer "/i `"$Msi`" /qn" } { Start-Process -Wait $installer "/x `"$Msi`" /qn" } 'HKLM'
        Verdict 'the MSI writes the keys that the scripts write' (($script:keysOfCycle -join "`n") -eq ($byScript -join "`n")) ($script:keysOfCycle -join "`n")
    }
} else {
    Write-Output 'SKIP installer.ps1/for the machine: this is not an elevated PowerShell'
    Test-Cycle 'for the user' (Get-InstallScope $true) { & (Join-Path $scripts 'install.ps1') @arguments -User } { & (Join-Path $scripts 'uninstall.ps1') -User } 'HKCU'
}
exit [int] ($script:failed -gt 0)
