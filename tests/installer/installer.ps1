# installer.ps1 - install.ps1 and uninstall.ps1 at work: comes and goes, for the user and for the machine, and the MSI beside
# them. Run it where sbxcom is not installed: on Windows, elevated for all of it; under Wine run.sh does. Verdict lines as
# tests/README.md says.
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

# What the DLL registers, as the manifest for use without registration has it (scripts/regfree.sh holds the two together).
$manifest = [IO.File]::ReadAllText((Join-Path $PSScriptRoot '../../src/sbxcom/sbxcom.sxs.manifest'))
$identifiers = @([regex]::Matches($manifest, '(clsid|iid|tlbid)="(\{[^"]+\})"') | ForEach-Object { $_.Groups[2].Value } | Sort-Object -Unique)

$server = '{d379d699-4818-4d1e-ae56-e2280b084ab9}'    # the elevated server's class and AppID: sbxsetup registers them, for the machine alone

# A key with all below it, a value a line; without the backslash that an MSI puts after a folder.
function Get-KeyText {
    param([Microsoft.Win32.RegistryKey] $Parent, [string] $Path)
    $key = $Parent.OpenSubKey($Path)
    if ($null -eq $key) { return }
    try {
        $key.Name
        foreach ($name in $key.GetValueNames()) { "$($key.Name) [$name] $($key.GetValue($name))".TrimEnd('\') }
        foreach ($name in $key.GetSubKeyNames()) { Get-KeyText $key $name }
    } finally {
        $key.Close()
    }
}

# The keys that are ours, below Classes of one hive, as 64-bit and as 32-bit programs see it.
function Get-OurKey {
    param([Microsoft.Win32.RegistryHive] $Hive)
    $lines = foreach ($view in 'Registry64', 'Registry32') {
        $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey($Hive, $view)
        $classes = $base.OpenSubKey('SOFTWARE\Classes')
        if ($null -eq $classes) { continue }
        $paths = @($classes.GetSubKeyNames() | Where-Object { $_ -like 'Sbx.*' })
        $paths += foreach ($identifier in $identifiers) { "CLSID\$identifier", "Interface\$identifier", "TypeLib\$identifier" }
        $paths += "CLSID\$server", "AppID\$server", 'AppID\sbxsetup.exe'
        foreach ($path in $paths) { Get-KeyText $classes $path | ForEach-Object { "${view}: $_" } }
        $classes.Close()
        $base.Close()
    }
    $lines | Sort-Object -Unique
}

function Invoke-Client {
    param([string] $Folder)
    $script = Join-Path $env:TEMP 'sbx-installed.vbs'
    [IO.File]::WriteAllText($script, 'WScript.Echo CreateObject("Sbx.Host").Version')
    # PowerShell would not wait for Wine's cscript, which it takes for a program with windows.
    $start = New-Object Diagnostics.ProcessStartInfo "$env:SystemRoot\$Folder\cscript.exe", "//nologo `"$script`""
    $start.UseShellExecute = $false
    $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardOutput.ReadToEnd().Trim()
    $process.WaitForExit()
    Remove-Item -LiteralPath $script
}

function Test-Cycle {
    param([string] $Name, [hashtable] $Scope, [scriptblock] $Install, [scriptblock] $Uninstall, [Microsoft.Win32.RegistryHive] $Hive, [string[]] $ClientFolders)
    $path = Get-PathText $Scope
    $others = @(Get-OurKey $Hive)
    Verdict "${Name}: nothing of ours is there before" ($others.Count -eq 0) "$($others.Count) lines"
    & $Install | Out-Null
    $keys = @(Get-OurKey $Hive | Where-Object { $others -notcontains $_ })
    Verdict "${Name}: the keys are there" ($keys.Count -gt 100) "$($keys.Count) lines"
    $registered = @($keys | Where-Object { $_ -like "Registry64:*$server\LocalServer32*$(Join-Path $Scope.Folder 'sbxsetup.exe')*" })
    $expected = 0
    if ($Hive -eq 'LocalMachine') { $expected = 2 }    # the command line, and the program alone
    Verdict "${Name}: the elevated server is registered for the machine alone" ($registered.Count -eq $expected) "$($registered.Count) values"
    Verdict "${Name}: PATH has the folder" (Test-PathEntry (Get-PathText $Scope) $Scope.Folder) (Get-PathText $Scope)
    Verdict "${Name}: a program of the installation runs" ((@(& (Join-Path $Scope.Folder 'sbx.exe') --help) -match '^sbx ').Count -gt 0) 'nothing'
    foreach ($folder in $ClientFolders) {
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

# Script hosts of both bitnesses, where there are both: 64-bit Wine has none of 32 bits.
$hosts = @('System32', 'SysWOW64' | Where-Object { Test-Path -LiteralPath "$env:SystemRoot\$_\cscript.exe" })
if ($hosts.Count -lt 2) { Write-Output 'SKIP installer.ps1/a script host of SysWOW64 creates Sbx.Host: this host runs 64-bit programs only' }

# Elevated script hosts do not see what is registered for the user: only keys and files are looked at there.
$identity = [Security.Principal.WindowsIdentity]::GetCurrent()
$elevated = ([Security.Principal.WindowsPrincipal] $identity).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
$userHosts = $hosts
if ($elevated) {
    $userHosts = @()
    Write-Output 'SKIP installer.ps1/for the user: a script host creates Sbx.Host: an elevated process does not see what is registered for the user'
}
Test-Cycle 'for the user' (Get-InstallScope $true) { & (Join-Path $scripts 'install.ps1') @arguments -User *>&1 } { & (Join-Path $scripts 'uninstall.ps1') -User *>&1 } 'CurrentUser' $userHosts

if (-not $elevated) {
    Write-Output 'SKIP installer.ps1/for the machine: this is not an elevated PowerShell'
    exit [int] ($script:failed -gt 0)
}
$machine = Get-InstallScope $false
Test-Cycle 'for the machine' $machine { & (Join-Path $scripts 'install.ps1') @arguments } { & (Join-Path $scripts 'uninstall.ps1') } 'LocalMachine' $hosts
$byScript = $script:keysOfCycle

# While accounts are there the program that can take them down stays.
$record = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
& (Join-Path $scripts 'install.ps1') @arguments | Out-Null
$made = $record.CreateSubKey('SOFTWARE\sbxcom\users')
$made.SetValue('S-1-5-21-1-2-3-1001', 'somebody''s')
$complaint = ''
try { & (Join-Path $scripts 'uninstall.ps1') | Out-Null } catch { $complaint = $_.Exception.Message }
Verdict 'while the elevated level is set up for somebody the removal is refused' ($complaint -match 'S-1-5-21-1-2-3-1001.*deprovision --all') $complaint
$held = @(Get-OurKey 'LocalMachine')
Verdict 'and nothing is touched then' (@($byScript | Where-Object { $held -notcontains $_ }).Count -eq 0) 'keys are gone'
$made.Close()
$record.DeleteSubKeyTree('SOFTWARE\sbxcom')
$record.Close()
& (Join-Path $scripts 'uninstall.ps1') | Out-Null

# What has changed since, and what is somebody else's, stays.
& (Join-Path $scripts 'install.ps1') @arguments | Out-Null
$changed = Join-Path $machine.Folder 'README.md'
$foreign = Join-Path $machine.Folder 'x86\notes.txt'
[IO.File]::AppendAllText($changed, 'mine')
[IO.File]::WriteAllText($foreign, 'mine')
$said = & (Join-Path $scripts 'uninstall.ps1') *>&1 | Out-String -Width 500
$left = @(Get-ChildItem -LiteralPath $machine.Folder -Recurse -Force -File | ForEach-Object { $_.FullName } | Sort-Object)
Verdict 'a changed file and a stranger stay' (($left -join ' ') -eq "$changed $foreign") ($left -join ' ')
Verdict 'and are named' ($said.Contains($changed) -and $said.Contains((Split-Path $foreign))) $said
Verdict 'a second removal says that nothing is installed' ((& (Join-Path $scripts 'uninstall.ps1') *>&1 | Out-String) -match 'not installed') 'something else'
$complaint = ''
try { & (Join-Path $scripts 'install.ps1') @arguments | Out-Null } catch { $complaint = $_.Exception.Message }
Verdict 'a folder that somebody else filled is not installed into' ($complaint -match 'is not empty') $complaint
Remove-Item -LiteralPath $machine.Folder -Recurse -Force

# A program that has the DLL loaded is named, and nothing is touched. Wine lets a loaded file be written, and its tasklist
# knows no modules.
$seen = & "$env:SystemRoot\System32\tasklist.exe" /m ntdll.dll /fo csv /nh 2>&1 | Out-String
if ($seen -notmatch '"\d+"') {
    Write-Output 'SKIP installer.ps1/who has the DLL loaded is named: this host does not tell who has a module loaded'
} else {
    & (Join-Path $scripts 'install.ps1') @arguments | Out-Null
    $holding = Join-Path $env:TEMP 'sbx-holding.vbs'
    [IO.File]::WriteAllText($holding, 'Set host = CreateObject("Sbx.Host") : WScript.Sleep 60000')
    $holder = Start-Process -FilePath "$env:SystemRoot\System32\cscript.exe" -ArgumentList '//nologo', "`"$holding`"" -PassThru -WindowStyle Hidden
    Start-Sleep -Seconds 3
    $complaint = ''
    try { & (Join-Path $scripts 'uninstall.ps1') | Out-Null } catch { $complaint = $_.Exception.Message }
    Verdict 'who has the DLL loaded is named' ($complaint -match "cscript.exe \(process $($holder.Id)\)") $complaint
    $held = @(Get-OurKey 'LocalMachine')
    Verdict 'and nothing is touched' (@($byScript | Where-Object { $held -notcontains $_ }).Count -eq 0) 'keys are gone'
    $holder.Kill()
    $holder.WaitForExit()
    & (Join-Path $scripts 'uninstall.ps1') | Out-Null
    Verdict 'without it the removal goes on' (-not (Test-Path -LiteralPath $machine.Folder)) $machine.Folder
}

if ($Msi -eq '') {
    Write-Output 'SKIP installer.ps1/the MSI: none was named'
} else {
    $installer = "$env:SystemRoot\System32\msiexec.exe"
    Test-Cycle 'the MSI' $machine { Start-Process -Wait $installer "/i `"$Msi`" /qn" } { Start-Process -Wait $installer "/x `"$Msi`" /qn" } 'LocalMachine' $hosts
    $difference = @(Compare-Object $byScript $script:keysOfCycle | ForEach-Object { $_.SideIndicator + ' ' + $_.InputObject })
    Verdict 'the MSI writes the keys that the scripts write' ($difference.Count -eq 0) (($difference | Select-Object -First 5) -join ', ')
}
exit [int] ($script:failed -gt 0)
