# session.ps1 - a session from PowerShell: under Wine by version 7's engine (scripts/powershell.sh), on Windows by Windows'
# own (scripts\test.cmd).
# The last line and the exit code 7 tell that it got to its end, as with the other scripts.

$ErrorActionPreference = 'Stop'
$script:verdicts = 0
# From here or, copied, from build\tests\clients.
$fixture = '..\programs\fixture.exe', '..\..\build\tests\programs\fixture.exe' | ForEach-Object { Join-Path $PSScriptRoot $_ } |
    Where-Object { Test-Path -LiteralPath $_ } | Select-Object -First 1 | Resolve-Path | ForEach-Object ProviderPath
$folder = Join-Path ([IO.Path]::GetTempPath()) ("sbx-" + [Guid]::NewGuid().ToString('N'))
$null = New-Item -ItemType Directory $folder

function Verdict($word, $name, $why) {
    $script:verdicts++
    $line = "$word powershell/$name"
    if ($why) { $line += ': ' + ($why -replace '[\r\n]+', ' ') }
    Write-Output $line
}

function Check($name, $holds, $seen) {
    if ($holds) { Verdict PASS $name } else { Verdict FAIL $name "seen: $seen" }
}

# A COMException with that code, whose text starts with the word and holds $says.
function Raises($name, $word, $code, $says, [scriptblock] $action) {
    $failure = $null
    try { $null = & $action } catch { $failure = $_.Exception }
    while ($failure -and $failure -isnot [Runtime.InteropServices.COMException] -and $failure.InnerException) {
        $failure = $failure.InnerException
    }
    if (-not $failure) { Verdict FAIL $name 'no error' }
    elseif ($failure.HResult -ne $code) { Verdict FAIL $name ('{0:X8} instead of {1}: {2}' -f $failure.HResult, $word, $failure.Message) }
    elseif (-not $failure.Message.StartsWith("${word}: ") -or $failure.Message -notlike "*$says*") { Verdict FAIL $name $failure.Message }
    else { Verdict PASS $name }
}

function New-Workspace($name) { (New-Item -ItemType Directory (Join-Path $folder $name)).FullName }

# The requirements that this host meets: printed by the refusal of the strict default.
function Get-Requirement {
    if (-not $script:requirement) {
        $script:requirement = '"require": {}'
        $s = New-Object -ComObject Sbx.Session
        $s.Workspace = New-Workspace 'requirement'
        try { $null = $s.Provision() } catch {
            $text = $_.Exception.Message
            $script:requirement = '"require": ' + $text.Substring($text.LastIndexOf('{'), $text.LastIndexOf('}') - $text.LastIndexOf('{') + 1)
        }
        $s.Close()
    }
    $script:requirement
}

function Open-Session($name, $more) {
    $s = New-Object -ComObject Sbx.Session
    $s.Workspace = New-Workspace $name
    $s.Policy = '{ "version": 1, ' + (Get-Requirement) + $(if ($more) { ", $more" }) + ' }'
    $null = $s.Provision()
    $s
}

function Test($name, [scriptblock] $body) {
    try { . $body } catch { Verdict FAIL "$name runs to its end" "$($_.Exception.Message) $($_.InvocationInfo.PositionMessage)" }
}

Test 'basics' {
    $s = Open-Session 'basics'
    Check 'a function returns the session, not its parts' ($s.StateText -eq 'provisioned') $s.StateText
    $r = $s.Run("cmd /c echo hello")
    Check 'a command''s output arrives' ($r.StdOut -ceq "hello`r`n") $r.StdOut
    Check 'its exit code is a number' ($r.ExitCode -eq 0) $r.ExitCode
    Check 'enums come as numbers' ($s.State -eq 1) $s.State
    $domains = $s.Report().Findings | ForEach-Object { $_.Domain }
    Check 'the pipeline goes over the findings' (($domains -join ' ') -eq 'fileWrite fileDelete fileRead network process desktop resources lifetime handles') "$domains"
    Check 'a collection is indexed by key' ($s.Report().Findings['network'].Domain -eq 'network') ''
    Check 'Item takes a [long]' ($s.Report().Findings.Item([long]0).Domain -eq 'fileWrite') ''
    $count = 0
    foreach ($p in $s.Processes()) { $count++ }
    Check 'foreach goes over the processes' ($count -eq 1) $count
    Check 'topics are an Object[]' (@($s.Query('topics')) -contains 'enforcement') "$($s.Query('topics'))"
    $s.Close()
    Check 'a closed session says so' ($s.StateText -eq 'closed') $s.StateText
}

Test 'arguments' {
    $s = Open-Session 'arguments'
    $hard = 'two words', '', 'quote " inside', 'back\slash\', 'a&b|c', '%PATH%', "umlaut $([char]0xfc)"
    Check 'an array''s elements arrive unchanged' ($s.Run(@($fixture, 'args') + $hard).StdOut -ceq (($hard -join "`n") + "`n")) ''
    Check 'so do those of a [string[]]' ($s.Run([string[]](@($fixture, 'args') + $hard)).StdOut -ceq (($hard -join "`n") + "`n")) ''
    Check 'numbers become their text' ($s.Run(@($fixture, 'args', 1, [long]2)).StdOut -ceq "1`n2`n") ''
    Check 'a [long] is a time-out' ($s.Run(@($fixture, 'sleep', '60000'), [long]100).ExitReason -eq 1) ''
    Check '$null is absent' ($s.Run(@($fixture, 'echo'), $null, 'in').StdOut -ceq 'in') ''
    [byte[]] $bytes = 0, 255, 13, 10, 128
    Check 'bytes go in' ($s.Run(@($fixture, 'read'), $null, $bytes).StdOut -like '5 *') ''
    $out = $s.Run(@($fixture, 'emit', 'out', 'hex', '00ff0d0a80')).StdOutBytes()
    Check 'bytes come out' ((@($out) -join ' ') -eq '0 255 13 10 128') "$out"
    $s.Close()
}

Test 'errors' {
    $s = New-Object -ComObject Sbx.Session
    Raises 'Run before Provision' E_NOT_PROVISIONED 0x80040A06 'Provision' { $s.Run('cmd /c ver') }
    $s = Open-Session 'errors'
    Raises 'a command that does not exist' E_COMMAND_NOT_FOUND 0x80040A12 'no-such' { $s.Run('no-such-command') }
    Raises 'a time-out that is no number' E_ARGUMENT 0x80040A1B 'timeoutMs' { $s.Run('cmd /c ver', 'soon') }
    Raises 'an unknown topic' E_ARGUMENT 0x80040A1B 'topics' { $s.Query('weather') }
    Raises 'AllowNetwork is not built' E_NOT_BUILT 0x80040A1D 'AllowNetwork' { $s.AllowNetwork('example.com') }
    Raises 'a wrong level' E_ARGUMENT 0x80040A1B 'restricted' { $s.Level = 'nonsense' }
    $p = $s.Spawn(@($fixture, 'sleep', '60000'))
    Check 'the exit code of a running process is $null at the prompt' ($null -eq $p.ExitCode) ''
    $p.Terminate(5)
    Check 'Wait answers a Boolean' ($p.Wait() -eq $true) ''
    Check 'and then there is one' ($p.ExitCode -eq 5) $p.ExitCode
    $s.Close()
    Raises 'Run after Close' E_CLOSED 0x80040A18 'closed' { $s.Run('cmd /c ver') }
}

Remove-Item -Recurse -Force $folder -ErrorAction SilentlyContinue
Write-Output "DONE $script:verdicts"
exit 7
