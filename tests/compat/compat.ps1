# compat.ps1 - which tools of a developer work in a session, for each token recipe. Each line below is run outside first (what is not
# installed, or fails there, says nothing) and then inside; what broke is told with its code.
#
#   powershell -File tests\compat\compat.ps1 [-Only git*]       on Windows, with the DLL registered
#   tests/compat/run.sh                                         under Wine
#
# PASS: it works inside. FAIL: it broke. SKIP: not installed, fails outside, too, or broke as it is known to (with the reason).
# The last line and the exit code 7 tell that it got to its end.
param([string] $Only = '*')

$ErrorActionPreference = 'Stop'
$script:verdicts = 0
$recipes = 'write-restricted', 'fully-restricted'
$seconds = 180
$folder = Join-Path ([IO.Path]::GetTempPath()) ('sbx-compat-' + [Guid]::NewGuid().ToString('N'))
$null = New-Item -ItemType Directory $folder

# Name, program, arguments, what its output holds, whether it changes the workspace, and for a recipe why it is known to break.
$tools = @(
    @('cmd', 'cmd.exe', '/d /c echo compat', 'compat'),
    @('cmd writes', 'cmd.exe', '/d /c echo compat> made.txt', '', 'writes'),
    @('cmd pipes', 'cmd.exe', '/d /c type hello.txt | findstr compat', 'compat'),
    @('cscript', 'cscript.exe', '//nologo hello.vbs', ''),
    @('reg', 'reg.exe', 'query HKCU\Software', ''),
    @('whoami', 'whoami.exe', '', ''),
    @('Windows PowerShell', 'powershell.exe', '-NoProfile -Command "1+1; Get-Content hello.txt"', 'compat'),
    @('Windows PowerShell writes', 'powershell.exe', '-NoProfile -Command "Set-Content made-by-5.txt compat; Get-Content made-by-5.txt"', 'compat', 'writes'),
    @('PowerShell 7', 'pwsh.exe', '-NoProfile -Command "1+1; Get-Content hello.txt"', 'compat'),
    @('git', 'git.exe', '--version', 'git version'),
    @('git init', 'git.exe', 'init --quiet repository', '', 'writes'),
    @('git commits', 'git.exe', '-C repository -c user.name=a -c user.email=a@example.com commit --quiet --allow-empty -m compat', '', 'writes'),
    @('git log', 'git.exe', '-C repository log --oneline', 'compat'),
    @('Git Bash', 'bash.exe', '-c "echo compat | cat"', 'compat'),
    @('Git Bash forks', 'bash.exe', '-c "for i in 1 2 3; do (echo $i); done | sort | tail -n 1"', '3'),
    @('node', 'node.exe', 'hello.js', 'compat'),
    @('node starts a child', 'node.exe', 'child.js', 'compat', '', @{ 'write-restricted' = 'the default descriptor of its pipes admits no restricted client'; 'fully-restricted' = 'the same' }),
    @('npm', 'npm.cmd', '--version', '.'),
    @('python', 'python.exe', 'hello.py', 'compat'),
    @('python asyncio', 'python.exe', 'asyncio_pair.py', 'compat'),
    @('python venv', 'python.exe', '-m venv --without-pip environment', '', 'writes'),
    @('pip', 'python.exe', '-m pip --version', 'pip'),
    @('cmake', 'cmake.exe', '--version', 'cmake version'),
    @('cmake configures', 'cmake.exe', '-S cmake -B cmake-build', '', 'writes'),
    @('cl', 'cl.exe', '/nologo hello.c /Fe:hello-cl.exe', '', 'writes'),
    @('cargo', 'cargo.exe', '--version', 'cargo'),
    @('cargo builds', 'cargo.exe', 'build --offline --manifest-path cargo\Cargo.toml', '', 'writes'),
    @('dotnet', 'dotnet.exe', '--version', '.'),
    @('rg', 'rg.exe', 'compat hello.txt', 'compat'),
    @('curl', 'curl.exe', '--version', 'curl')
)

function Verdict($word, $name, $why) {
    $script:verdicts++
    $line = "$word compat/$name"
    if ($why) { $line += ': ' + ("$why" -replace '[\r\n]+', ' ') }
    Write-Output $line
}

function New-Files($path) {
    $null = New-Item -ItemType Directory (Join-Path $path 'cmake'), (Join-Path $path 'cargo\src')
    $files = @{
        'hello.txt' = 'compat'; 'hello.vbs' = 'WScript.Echo "compat"'; 'hello.js' = 'console.log("compat")'
        'child.js' = 'console.log(require("child_process").execFileSync(process.execPath, ["hello.js"]).toString())'
        'hello.py' = 'print("compat")'; 'asyncio_pair.py' = "import asyncio`nasyncio.run(asyncio.sleep(0))`nprint('compat')"
        'hello.c' = 'int main(void) { return 0; }'; 'cmake\CMakeLists.txt' = "cmake_minimum_required(VERSION 3.10)`nproject(compat NONE)"
        'cargo\Cargo.toml' = "[package]`nname = `"compat`"`nversion = `"0.1.0`"`nedition = `"2021`""; 'cargo\src\main.rs' = 'fn main() {}'
    }
    foreach ($name in $files.Keys) { [IO.File]::WriteAllText((Join-Path $path $name), $files[$name]) }
}

# As the runner looks a program up: in PATH, never in the working directory.
function Find-Program($name) {
    foreach ($place in $env:PATH -split ';') {
        if ($place -and (Test-Path -LiteralPath (Join-Path $place $name) -PathType Leaf)) { return (Join-Path $place $name) }
    }
}

function Invoke-Outside($program, $arguments, $where) {
    $start = New-Object Diagnostics.ProcessStartInfo $program, $arguments
    if ($program -match '\.(cmd|bat)$') { $start = New-Object Diagnostics.ProcessStartInfo $env:ComSpec, "/d /c `"`"$program`" $arguments`"" }
    $start.WorkingDirectory = $where
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $errors = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEndAsync()
    if (-not $process.WaitForExit($seconds * 1000)) { $process.Kill(); return @{ Code = 'timeout'; Output = '' } }
    @{ Code = $process.ExitCode; Output = $output.Result; Errors = $errors.Result }
}

# The requirements that this host meets: printed by the refusal of the strict default.
function Open-Session($recipe, $workspace) {
    $s = New-Object -ComObject Sbx.Session
    $s.Workspace = $workspace
    $policy = '{{ "version": 1, "token": "{0}", {1} }}'
    $s.Policy = $policy -f $recipe, '"require": {}'
    try { $null = $s.Provision() } catch {
        $text = $_.Exception.Message
        $s.Policy = $policy -f $recipe, ('"require": ' + $text.Substring($text.LastIndexOf('{'), $text.LastIndexOf('}') - $text.LastIndexOf('{') + 1))
        $null = $s.Provision()
    }
    $s
}

function First-Line($text) { ("$text" -split "`n" | Where-Object { $_.Trim() } | Select-Object -First 1) }

function Test-Tool($session, $recipe, $tool, $inside, $outside) {
    $name, $file, $arguments, $wanted, $writes, $known = $tool
    $label = "${recipe}: $name"
    $program = Find-Program $file
    if (-not $program) { return Verdict SKIP $label 'not installed here' }
    $control = Invoke-Outside $program $arguments $outside
    if ($control.Code -ne 0 -or ($wanted -and -not $control.Output.Contains($wanted))) {
        return Verdict SKIP $label "invalid, outside it ends with $($control.Code), too: $(First-Line $control.Output) $(First-Line $control.Errors)"
    }
    try { $result = $session.Run("`"$program`" $arguments", $seconds * 1000) } catch { return Verdict FAIL $label $_.Exception.Message }
    $code = '0x{0:X8}' -f $result.ExitCode
    if ($result.ExitCode -eq 0 -and (-not $wanted -or $result.StdOut.Contains($wanted))) { return Verdict PASS $label }
    $why = "$code, reason $($result.ExitReason): $(First-Line $result.StdErr) $(First-Line $result.StdOut)"
    if ($writes -and $session.Report().Text -notmatch 'Commands can write the workspace:\s+yes') {
        Verdict SKIP $label "the report says that commands can not write the workspace here (measured); $why"
    } elseif ($known -and $known[$recipe]) { Verdict SKIP $label "known, $($known[$recipe]); $why" }
    else { Verdict FAIL $label $why }
}

foreach ($recipe in $recipes) {
    $inside = Join-Path $folder "$recipe-inside"
    $outside = Join-Path $folder "$recipe-outside"
    New-Files $inside
    New-Files $outside
    try {
        $session = Open-Session $recipe $inside
        foreach ($tool in $tools | Where-Object { $_[0] -like $Only }) { Test-Tool $session $recipe $tool $inside $outside }
        $session.Close()
    } catch { Verdict FAIL "${recipe}: it gets to its end" "$($_.Exception.Message) $($_.InvocationInfo.PositionMessage)" }
}

Remove-Item -Recurse -Force $folder -ErrorAction SilentlyContinue
Write-Output "DONE $script:verdicts"
exit 7
