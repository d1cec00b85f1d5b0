# common.ps1 - what install.ps1 and uninstall.ps1 share; dot-sourced, so that -WhatIf reaches it. Windows PowerShell 5.1
# reads a script without a mark as ANSI: these files are ASCII.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$RecordName = 'installed.json'    # in the folder of the installation: what is removed is what stands there

# Where an installation lies, and what differs between one for the machine and one for a user.
function Get-InstallScope {
    param([bool] $ForUser)
    if ($ForUser) {
        return @{
            Name = 'user'
            Folder = Join-Path $env:LOCALAPPDATA 'Programs\sbxcom'
            RegisterArguments = @('/s', '/n', '/i:user')
            Hive = [Microsoft.Win32.Registry]::CurrentUser
            EnvironmentKey = 'Environment'
        }
    }
    return @{
        Name = 'machine'
        Folder = Join-Path $env:ProgramFiles 'sbxcom'
        RegisterArguments = @('/s')
        Hive = [Microsoft.Win32.Registry]::LocalMachine
        EnvironmentKey = 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
    }
}

# Stops with a sentence where this PowerShell cannot do the work.
function Assert-Host {
    param([bool] $ForUser)
    if (-not [Environment]::Is64BitOperatingSystem) {
        throw 'sbxcom needs 64-bit Windows: its command runner is a 64-bit program.'
    }
    if (-not [Environment]::Is64BitProcess) {
        throw 'This is the 32-bit PowerShell, for which Windows puts other folders and keys in the place of the real ones. Start the 64-bit one.'
    }
    if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64') {
        throw 'These files are for x64 and x86; the regsvr32 of Windows on ARM does not load them.'
    }
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    $elevated = ([Security.Principal.WindowsPrincipal] $identity).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
    if (-not $ForUser -and -not $elevated -and -not $WhatIfPreference) {
        throw 'Everything for all users is written by administrators: start PowerShell as administrator, or install for yourself with -User.'
    }
    if ($ForUser -and $elevated) {
        Write-Warning "This is $($identity.Name), elevated. Elevated programs do not see what is installed with -User."
    }
}

# ---- PATH ------------------------------------------------------------------------------------------------------------

# Both take and give PATH as it is stored, variables unexpanded; adding and then removing gives back the same text.
function Add-PathEntry {
    param([string] $Text, [string] $Folder)
    if (Test-PathEntry $Text $Folder) { return $Text }
    if ($Text -eq '') { return $Folder }
    if ($Text.EndsWith(';')) { return "$Text$Folder;" }
    return "$Text;$Folder"
}

function Remove-PathEntry {
    param([string] $Text, [string] $Folder)
    $kept = @($Text.Split(';') | Where-Object { $_.TrimEnd('\') -ne $Folder })
    return $kept -join ';'
}

function Test-PathEntry {
    param([string] $Text, [string] $Folder)
    return @($Text.Split(';') | Where-Object { $_.TrimEnd('\') -eq $Folder }).Count -gt 0
}

function Get-PathText {
    param([hashtable] $Scope)
    $key = $Scope.Hive.OpenSubKey($Scope.EnvironmentKey)
    if ($null -eq $key) { return '' }
    try {
        return [string] $key.GetValue('Path', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
    } finally {
        $key.Close()
    }
}

function Set-PathText {
    param([hashtable] $Scope, [string] $Text)
    $key = $Scope.Hive.CreateSubKey($Scope.EnvironmentKey)
    try {
        if ($Text -eq '') {
            $key.DeleteValue('Path', $false)
        } else {
            $kind = [Microsoft.Win32.RegistryValueKind]::ExpandString
            if ($key.GetValueNames() -contains 'Path') { $kind = $key.GetValueKind('Path') }
            $key.SetValue('Path', $Text, $kind)
        }
    } finally {
        $key.Close()
    }
    # Removing a variable that does not exist changes nothing, and tells all programs that the environment has changed.
    # PowerShell would make '' of $null, and .NET 9 and later an empty variable of that.
    [Environment]::SetEnvironmentVariable('SBXCOM_NO_SUCH_VARIABLE', [NullString]::Value, 'User')
}

# ---- files -----------------------------------------------------------------------------------------------------------

# Which of the files cannot be replaced or deleted, and who has them open. A 32-bit program's modules are seen by the 32-bit
# tasklist alone.
function Assert-NotInUse {
    param([string[]] $Path)
    foreach ($file in @($Path | Where-Object { Test-Path -LiteralPath $_ -PathType Leaf })) {
        try {
            [IO.File]::Open($file, 'Open', 'ReadWrite', 'None').Close()
        } catch [UnauthorizedAccessException] {
            if (-not $WhatIfPreference) { throw "$file may not be replaced by this user. Nothing has been changed." }
        } catch [IO.IOException] {
            $name = Split-Path $file -Leaf
            $lists = 'System32', 'SysWOW64' | ForEach-Object { Join-Path $env:SystemRoot "$_\tasklist.exe" }
            $holders = foreach ($list in @($lists | Where-Object { Test-Path -LiteralPath $_ })) {
                & $list /m $name /fo csv /nh |
                    Where-Object { $_ -match '^"([^"]+)","(\d+)"' } | ForEach-Object { "$($Matches[1]) (process $($Matches[2]))" }
            }
            $holders = @($holders | Sort-Object -Unique)
            if ($holders.Count -eq 0) { $holders = @('a program that this user cannot see') }
            throw "$file is in use by $($holders -join ', '). End it and try again; nothing has been changed."
        }
    }
}

# The regsvr32 of the DLL's own bitness. A Windows Server may be without the part that runs 32-bit programs.
function Get-RegSvr32 {
    param([string] $Dll)
    $folder = 'System32'
    if ((Split-Path (Split-Path $Dll) -Leaf) -eq 'x86') { $folder = 'SysWOW64' }
    return Join-Path $env:SystemRoot "$folder\regsvr32.exe"
}

function Invoke-RegSvr32 {
    param([string] $Dll, [string[]] $Arguments)
    $program = Get-RegSvr32 $Dll
    $process = Start-Process -FilePath $program -ArgumentList ($Arguments + "`"$Dll`"") -Wait -PassThru -WindowStyle Hidden
    switch ($process.ExitCode) {
        0 { return }
        3 { throw "$program could not load $Dll." }
        5 { throw "$Dll could not write or remove its registry keys." }
        default { throw "$program failed for $Dll with code $($process.ExitCode)." }
    }
}

# The elevated server, which the elevation moniker looks for below HKEY_LOCAL_MACHINE alone. It refuses a folder that others than
# administrators may write, and says so on its standard error.
function Invoke-SetupRegistration {
    param([string] $Program, [string] $Switch)
    $start = New-Object Diagnostics.ProcessStartInfo $Program, $Switch
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $said = $process.StandardError.ReadToEnd().Trim()
    $process.WaitForExit()
    if ($process.ExitCode -ne 0) { throw "$Program $Switch failed with code $($process.ExitCode). $said" }
}

# For whom the elevated level is set up: the values of this key, which the elevated server writes.
function Get-SetupUser {
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
    try {
        $key = $base.OpenSubKey('SOFTWARE\sbxcom\users')
        if ($null -eq $key) { return }
        $key.GetValueNames()
        $key.Close()
    } finally {
        $base.Close()
    }
}

# ---- the record of an installation -----------------------------------------------------------------------------------

# $null where there is none.
function Read-Record {
    param([string] $Folder)
    $path = Join-Path $Folder $RecordName
    if (-not (Test-Path -LiteralPath $path)) { return $null }
    $record = [IO.File]::ReadAllText($path) | ConvertFrom-Json
    # What is about to be deleted must lie in the folder, whatever the record says.
    foreach ($file in @($record.files)) {
        if ($file.path -match '(^|[\\/])\.\.([\\/]|$)|:|^[\\/]') { throw "$path names $($file.path), which is no file of an installation." }
    }
    return $record
}

function Write-Record {
    param([string] $Folder, [string] $Scope, [object[]] $Files, [bool] $Path, [bool] $Parent)
    $record = [ordered] @{ scope = $Scope; path = $Path; parent = $Parent; files = $Files }
    [IO.File]::WriteAllText((Join-Path $Folder $RecordName), (ConvertTo-Json $record -Depth 3))
}
