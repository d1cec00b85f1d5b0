# live.ps1 - the elevated level on a real Windows, from nothing to nothing. On a throw-away machine only.
[CmdletBinding()]
param([switch] $ThrowAway, [string] $Bin = (Join-Path $PSScriptRoot '..\..\build\bin'))
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2

$script:failed = 0
function Verdict($word, $name, $why) {
    if ($word -eq 'FAIL') { $script:failed++ }
    $line = "$word windows: $name"
    if ($why) { $line += ': ' + ($why -replace '\s+', ' ') }
    Write-Output $line
}
function Check($name, $holds, $seen) { if ($holds) { Verdict PASS $name } else { Verdict FAIL $name "seen: $seen" } }

if (-not $ThrowAway) { throw 'This changes accounts, firewall and filters. Say -ThrowAway on a machine that may be thrown away.' }
$identity = [Security.Principal.WindowsIdentity]::GetCurrent()
if (-not ([Security.Principal.WindowsPrincipal] $identity).IsInRole('Administrators')) { throw 'Run this elevated.' }
$Bin = (Resolve-Path $Bin).Path
$setup = Join-Path $Bin 'sbxsetup.exe'

# Runs sbxsetup; $script:out, $script:err, $script:code.
function Setup {
    $errors = [IO.Path]::GetTempFileName()
    $script:out = & $setup @args 2> $errors | Out-String
    $script:code = $LASTEXITCODE
    $script:err = [string] (Get-Content -Raw $errors)
    Remove-Item $errors
}

# Everything that set-up may leave: one line each, sorted.
function Inventory {
    $lines = New-Object Collections.ArrayList
    Get-CimInstance Win32_UserAccount -Filter 'LocalAccount=True' | ForEach-Object { [void] $lines.Add("account $($_.Name) $($_.SID) $($_.Disabled)") }
    Get-CimInstance Win32_Group -Filter 'LocalAccount=True' | ForEach-Object { [void] $lines.Add("group $($_.Name) $($_.SID)") }
    Get-CimInstance Win32_UserProfile | ForEach-Object { [void] $lines.Add("profile $($_.SID) $($_.LocalPath)") }
    Get-ChildItem "$env:SystemDrive\Users" -Force | ForEach-Object { [void] $lines.Add("folder $($_.Name)") }
    Get-NetFirewallRule -ErrorAction SilentlyContinue | Where-Object { $_.DisplayName -like 'sbxcom*' -or $_.Group -like 'sbxcom*' } |
        ForEach-Object { [void] $lines.Add("rule $($_.DisplayName)") }
    $rights = [IO.Path]::GetTempFileName()
    & "$env:SystemRoot\System32\secedit.exe" /export /areas USER_RIGHTS /cfg $rights | Out-Null
    Get-Content $rights | Where-Object { $_ -like 'Se*' } | ForEach-Object { [void] $lines.Add("right $_") }
    Remove-Item $rights
    $filters = Join-Path $env:TEMP 'sbx-filters.xml'
    & "$env:SystemRoot\System32\netsh.exe" wfp show filters file=$filters | Out-Null
    [void] $lines.Add("filters $(@(Select-String -Path $filters -Pattern 'sbxcom').Count)")
    Remove-Item $filters
    foreach ($key in 'HKLM:\SOFTWARE\sbxcom', 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\SpecialAccounts\UserList',
        'HKLM:\SOFTWARE\Classes\CLSID\{d379d699-4818-4d1e-ae56-e2280b084ab9}', 'HKLM:\SOFTWARE\Classes\AppID\{d379d699-4818-4d1e-ae56-e2280b084ab9}') {
        [void] $lines.Add("key $key $(Test-Path $key)")
    }
    [void] $lines.Add("state $(Test-Path "$env:ProgramFiles\sbxcom\state")")
    foreach ($folder in "$env:SystemDrive\", $env:ProgramData, "$env:ProgramData\Microsoft", "$env:SystemRoot\Temp") {
        [void] $lines.Add("list $folder $((Get-Acl -LiteralPath $folder).Sddl)")
    }
    $lines | Sort-Object -Unique
}

function Accounts { @(Get-CimInstance Win32_UserAccount -Filter "LocalAccount=True AND Name LIKE 'Sbx-%'") }

$before = Inventory

# Registration.
$open = Join-Path $env:SystemDrive 'sbx-open'
New-Item -ItemType Directory -Force $open | Out-Null
& "$env:SystemRoot\System32\icacls.exe" $open /grant '*S-1-1-0:(OI)(CI)M' | Out-Null
Copy-Item $setup $open
& (Join-Path $open 'sbxsetup.exe') /RegServer 2>&1 | Out-Null
Check 'registration from a folder that everybody may write is refused' ($LASTEXITCODE -eq 77) $LASTEXITCODE
Remove-Item -Recurse -Force $open
$installed = Join-Path $env:ProgramFiles 'sbxcom'
$was = Test-Path $installed
New-Item -ItemType Directory -Force $installed | Out-Null
Copy-Item (Join-Path $Bin '*') $installed -Recurse -Force
$setup = Join-Path $installed 'sbxsetup.exe'
& "$env:SystemRoot\System32\regsvr32.exe" /s (Join-Path $installed 'sbxcom.dll')
Start-Sleep 2
Setup /RegServer
Check 'registration from Program Files is done' ($code -eq 0) "$code $err"

# Set-up, by the command line.
Setup provision --dry-run --json
Check 'a dry run tells the steps' ($code -eq 0 -and ($out | ConvertFrom-Json).steps.Count -gt 40) "$code $err"
Check 'a dry run changes nothing' ((Accounts).Count -eq 0) (Accounts).Count
Setup provision
Check 'provision' ($code -eq 0) "$code $err $out"
if ($code -eq 0) {
    Check 'six accounts are there' ((Accounts).Count -eq 6) (Accounts).Count
    Setup status --json
    $status = $out | ConvertFrom-Json
    Check 'status: all is as it was left' ($code -eq 0 -and @($status.accounts | Where-Object { $_.state -ne 'ok' }).Count -eq 0) $out
    foreach ($fact in 'groups', 'logonRights', 'firewallRules', 'filters', 'closedFolders', 'members', 'values', 'accounts', 'firewall') {
        $finding = $status.findings | Where-Object { $_.domain -eq $fact }
        Check "status: $fact reads back" ($finding.assurance -eq 'enforced') ($finding | ConvertTo-Json -Compress)
    }

    # The COM way, elevated already: the moniker asks nobody.
    $sbx = New-Object -ComObject Sbx.Host
    Check 'Host.Status meets what is required' ($sbx.Status().Meets) ($sbx.Status().Text)
    try { $null = $sbx.Repair(); Verdict PASS 'Host.Repair through the elevation moniker' }
    catch { Verdict FAIL 'Host.Repair through the elevation moniker' $_.Exception.Message }
    Check 'Host.Doctor tells at least 25 facts' ($sbx.Doctor().Findings.Count -ge 25) ($sbx.Doctor().Text)

    # Drift, and its repair.
    $first = (Accounts)[0].Name
    & "$env:SystemRoot\System32\net.exe" user $first /active:no | Out-Null
    Setup status
    Check 'a disabled account is seen' ($code -eq 1) "$code $out"
    Setup repair
    Check 'repair puts it right' ($code -eq 0) "$code $err $out"
    Rename-LocalUser -Name $first -NewName 'sbx-renamed'
    Setup repair
    Check 'a renamed account gets its name back' ($code -eq 0 -and @(Accounts | Where-Object Name -eq $first).Count -eq 1) "$code $err"

    # Network rows: an account with a password that is known here for a moment, Repair gives it another afterwards.
    foreach ($row in @(@('off1', $true), @('on1', $false))) {
        $account = Accounts | Where-Object { $_.Name -like "*-$($row[0])" }
        $plain = 'Aa1!' + [Guid]::NewGuid().ToString('N')
        & "$env:SystemRoot\System32\net.exe" user $account.Name $plain | Out-Null
        $credential = New-Object Management.Automation.PSCredential (".\$($account.Name)", (ConvertTo-SecureString $plain -AsPlainText -Force))
        $probe = 'try { $c = New-Object Net.Sockets.TcpClient; $c.Connect("1.1.1.1", 443); exit 7 } catch { exit 9 }'
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($probe))
        try {
            $process = Start-Process powershell -ArgumentList '-NoProfile', '-EncodedCommand', $encoded -Credential $credential -WorkingDirectory $env:SystemRoot -PassThru -WindowStyle Hidden
            $process.WaitForExit(60000) | Out-Null
            $blocked = $process.ExitCode -eq 9
            if (-not $row[1] -and $blocked) { Verdict SKIP "$($row[0]) reaches the network (the control)" 'this machine has no way out' }
            else { Check "$($row[0]): the network is $(if ($row[1]) { 'closed' } else { 'open (the control)' })" ($blocked -eq $row[1]) $process.ExitCode }
        } catch { Verdict FAIL "a logon of $($row[0])" $_.Exception.Message }
    }
    Setup repair
    Check 'repair gives new passwords' ($code -eq 0) "$code $err"

    # A session at the elevated level: Host.Repair keeps the passwords for this user, the command line's repair did not.
    $workspace = Join-Path $env:SystemDrive 'sbx-live'
    New-Item -ItemType Directory -Force $workspace | Out-Null
    $outside = Join-Path $env:USERPROFILE 'sbx-live-outside.txt'
    Set-Content $outside 'mine'
    try { $null = $sbx.Repair() } catch { Verdict FAIL 'Host.Repair for this user' $_.Exception.Message }
    $sid = $null
    $session = New-Object -ComObject Sbx.Session
    $session.Workspace = $workspace
    $session.Level = 'elevated'
    try {
        $report = $session.Provision()
        Check 'a session at the elevated level' ($session.LevelText -eq 'elevated') $session.LevelText
        foreach ($domain in 'fileWrite', 'fileDelete', 'fileRead', 'network', 'process', 'desktop', 'resources', 'lifetime', 'handles') {
            $finding = $report.Findings | Where-Object { $_.Domain -eq $domain }
            Check "elevated: $domain is enforced" ($finding.AssuranceText -in 'enforced', 'verified') "$($finding.AssuranceText): $($finding.Detail)"
        }
        $who = $session.Run('whoami')
        Check 'elevated: whoami is the account' ($who.StdOut -match '\\sbx-[0-9a-f]{8}-off\d') "$($who.ExitCode) $($who.StdOut) $($who.StdErr)"
        $sid = ([string] $session.Run('whoami /user /fo csv /nh').StdOut -split '"')[3]
        Check 'elevated: the profile of the account is loaded' ($sid -match '^S-1-5-21-' -and (Test-Path "Registry::HKEY_USERS\$sid")) $sid
        $write = $session.Run('cmd /c "echo yes>inside.txt"')
        Check 'elevated: a write inside is done' ($write.ExitCode -eq 0 -and (Get-Content (Join-Path $workspace 'inside.txt')) -eq 'yes') "$($write.ExitCode) $($write.StdErr)"
        $null = $session.Run("cmd /c `"echo no>`"`"$outside`"`"`"")
        Check 'elevated: a write outside is refused' ((Get-Content $outside) -eq 'mine') (Get-Content $outside)
        $open = Join-Path $env:ProgramData 'sbx-live.txt'
        $null = $session.Run("cmd /c `"echo no>`"`"$open`"`"`"")
        Check 'elevated: ProgramData, which every user may write, is closed' (-not (Test-Path $open)) "$open is there"
        $write = $report.Findings | Where-Object { $_.Domain -eq 'fileWrite' }
        Check 'elevated: fileWrite says what it found beside' ($write.Detail -match 'files and folders were looked at') $write.Detail
        $read = $session.Run("cmd /c type `"$outside`"")
        Check 'elevated: a read of the profile is refused' ($read.ExitCode -ne 0 -and $read.StdOut -notmatch 'mine') $read.StdOut
        $probe = 'try { $c = New-Object Net.Sockets.TcpClient; $c.Connect("1.1.1.1", 443); exit 7 } catch { exit 9 }'
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($probe))
        $network = $session.Run("powershell -NoProfile -EncodedCommand $encoded")
        Check 'elevated: the network is refused' ($network.ExitCode -eq 9) "$($network.ExitCode) $($network.StdErr)"
        $home_ = $session.Run('cmd /c echo %USERPROFILE%')
        Check 'elevated: the home is the account''s' ($home_.StdOut -notmatch [regex]::Escape($env:USERPROFILE) -and $home_.StdOut -match 'Sbx-') $home_.StdOut
        $self = $session.SelfTest()
        Check 'elevated: the self-test meets what is required' $self.Meets $self.Text
        $second = New-Object -ComObject Sbx.Session
        $second.Workspace = $workspace
        $second.Level = 'elevated'
        try { $null = $second.Provision(); Verdict FAIL 'elevated: a second session in the workspace is refused' 'it was provisioned' }
        catch { Check 'elevated: a second session in the workspace is refused' ($_.Exception.Message -match 'E_STATE') $_.Exception.Message }
        $second.Close()
    } catch { Verdict FAIL 'a session at the elevated level' $_.Exception.Message }
    try { $session.Deprovision() } catch { Verdict FAIL 'elevated: Session.Deprovision' $_.Exception.Message }
    $session.Close()
    try {
        for ($seconds = 0; $seconds -lt 30 -and (Test-Path "Registry::HKEY_USERS\$sid"); $seconds++) { Start-Sleep 1 }
        Check 'elevated: the session ends, the profile is unloaded' ($sid -match '^S-1-5-21-' -and -not (Test-Path "Registry::HKEY_USERS\$sid")) "'$sid' after $seconds s"
        $owner = (Get-Acl (Join-Path $workspace 'inside.txt')).GetOwner([Security.Principal.SecurityIdentifier]).Value
        $mine = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
        Check 'elevated: what the command made is the user''s afterwards' ($owner -eq $mine) $owner
    } catch { Verdict FAIL 'elevated: what the command made is the user''s afterwards' $_.Exception.Message }
    $auto = New-Object -ComObject Sbx.Session
    $auto.Workspace = $workspace
    try { $null = $auto.Provision(); Check 'auto is the elevated level where it is set up' ($auto.LevelText -eq 'elevated') $auto.LevelText }
    catch { Verdict FAIL 'auto is the elevated level where it is set up' $_.Exception.Message }
    try { $auto.Deprovision() } catch { Verdict FAIL 'auto: Session.Deprovision' $_.Exception.Message }
    $auto.Close()
    Remove-Item -Recurse -Force $workspace
    Remove-Item -Force $outside

    # The battery, at each level. It says at which it was run: one that took no notice of the option proves nothing of the other.
    $battery = Join-Path $PSScriptRoot '..\..\build\tests\escape_tests.exe'
    foreach ($level in 'restricted', 'elevated') {
        $name = "the escape battery at the $level level"
        if (-not (Test-Path $battery)) {
            Verdict SKIP $name 'build\tests has none'
            continue
        }
        $lines = @(& $battery --level $level)
        $ended = $LASTEXITCODE
        $lines | Where-Object { $_ -match '^(PASS|FAIL|SKIP|escape:) ' } | ForEach-Object { Write-Output "    $_" }
        Check $name ($ended -eq 0 -and $lines -contains "level $level") "exit code $ended, $(@($lines | Where-Object { $_ -like 'level *' }) -join ', ')"
    }
}

# And away.
Setup deprovision --all
Check 'deprovision' ($code -eq 0) "$code $err"
Setup /UnregServer
& "$env:SystemRoot\System32\regsvr32.exe" /s /u (Join-Path $installed 'sbxcom.dll')
Start-Sleep 2
if (-not $was) { Remove-Item -Recurse -Force $installed }
$difference = Compare-Object $before (Inventory) | ForEach-Object { "$($_.SideIndicator) $($_.InputObject)" }
Check 'nothing is left: the inventory is what it was' (-not $difference) ($difference -join '; ')
exit [int] ($script:failed -gt 0)
