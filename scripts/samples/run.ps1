# run.ps1 WORKSPACE POLICY-FILE COMMAND... - runs a command, shows what holds and what it wrote; exits with its code.
param([string] $Workspace, [string] $PolicyFile, [Parameter(ValueFromRemainingArguments)] [string[]] $Command)
$session = New-Object -ComObject Sbx.Session
try {
    $session.Workspace = $Workspace
    $session.Policy = $PolicyFile
    $session.Provision().Text
    $result = $session.Run($Command)
    $result.StdOut
    if (-not $result.Succeeded) { Write-Warning "exit code $($result.ExitCode), $($result.ExitReasonText): $($result.StdErr)" }
    exit $result.ExitCode
} catch {
    Write-Warning $_.Exception.Message    # begins with the code's word: E_COMMAND_NOT_FOUND: ...
    exit 77
} finally {
    $session.Close()
}
