# verifier.ps1 - runs the programs that load the DLL with a page of its own for each allocation, and where Application
# Verifier is installed with its checks of handles and locks, too. Wants an elevated shell and a finished test.cmd.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$options = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options'
$programs = 'com_tests.exe', 'clients.exe'
$appverif = Join-Path $env:SystemRoot 'System32\appverif.exe'
$haveVerifier = Test-Path -LiteralPath $appverif
if (-not $haveVerifier) {
    Write-Output '::warning::Application Verifier is not installed on this runner: page heap alone'
}
$null = New-Item -ItemType Directory -Force build\verifier
& "$env:SystemRoot\System32\regsvr32.exe" /s build\bin\sbxcom.dll

$failed = @()
foreach ($program in $programs) {
    if ($haveVerifier) {
        & $appverif -enable Heaps Handles Locks Exceptions -for $program | Out-Null
    } else {
        # FLG_HEAP_PAGE_ALLOCS, for every allocation: what gflags /p /enable PROGRAM /full writes.
        $null = New-Item -Path $options -Name $program -Force
        Set-ItemProperty -Path "$options\$program" -Name GlobalFlag -Value '0x02000000'
        Set-ItemProperty -Path "$options\$program" -Name PageHeapFlags -Value '0x3'
    }
    $log = "build\verifier\$program.log"
    & "build\tests\$program" *> $log
    $code = $LASTEXITCODE
    Get-Content $log | Where-Object { $_ -match '^(FAIL|SKIP) ' }
    $lines = @(Get-Content $log | Where-Object { $_ -match '^(PASS|FAIL|SKIP) ' })
    Write-Output "${program}: $($lines.Count) verdicts, exit code $code"
    if ($code -ne 0 -or $lines.Count -eq 0) { $failed += $program }
    if ($haveVerifier) {
        & $appverif -export log -for $program -with "To=$PWD\build\verifier\$program.xml" | Out-Null
        & $appverif -delete settings -for $program | Out-Null
    } else {
        Remove-Item -Path "$options\$program" -Recurse
    }
}
& "$env:SystemRoot\System32\regsvr32.exe" /s /u build\bin\sbxcom.dll
if ($failed.Count -gt 0) { throw "failed with every allocation on its own page: $($failed -join ', ')" }
