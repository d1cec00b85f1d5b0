' demo.vbs WORKSPACE POLICY-FILE - the session that scripts/demo.sh and scripts\demo.cmd show.
' WORKSPACE holds worker.exe and greet.cmd; POLICY-FILE is written. Every line "ok" was checked; at the end the exit
' code is 7 where all of them held (a script that stops by an error exits with 0 under Wine).
Option Explicit
Dim files, shell, workspace, policyFile, worker, session, wrong, checks
Set files = CreateObject("Scripting.FileSystemObject")
Set shell = CreateObject("WScript.Shell")
workspace = WScript.Arguments(0)
policyFile = WScript.Arguments(1)
worker = workspace & "\worker.exe"
wrong = 0
checks = 0

' A value of an environment variable. (Wine's ExpandEnvironmentStrings puts a NUL character behind it.)
Function Variable(name)
    Variable = Replace(shell.ExpandEnvironmentStrings("%" & name & "%"), Chr(0), "")
End Function

' ---- printing and checking

Sub Title(text)
    WScript.Echo vbCrLf & "== " & text
End Sub

Sub Say(text)
    WScript.Echo Wrapped(text, "   ")
End Sub

' What a command or an error says, each line marked.
Sub Show(text)
    Dim line, plain
    plain = Replace(text, vbCr, "")
    If Right(plain, 1) = vbLf Then plain = Left(plain, Len(plain) - 1)
    For Each line In Split(plain, vbLf)
        WScript.Echo Wrapped(line, "   | ")
    Next
End Sub

' Lines of about 110 characters, broken at blanks; what is indented already stays as it is.
Function Wrapped(text, margin)
    Dim rest, cut
    rest = text
    Do While Len(rest) > 106 And Left(rest, 1) <> " "
        cut = InStrRev(rest, " ", 106)
        If cut < 2 Then Exit Do
        Wrapped = Wrapped & margin & Left(rest, cut - 1) & vbCrLf
        rest = Mid(rest, cut + 1)
    Loop
    Wrapped = Wrapped & margin & rest
End Function

' The beginning of each line.
Sub ShowBeginnings(text)
    Dim line
    For Each line In Split(Replace(text, vbCr, ""), vbLf)
        If Len(line) > 106 Then line = RTrim(Left(line, 102)) & " ..."
        WScript.Echo "   | " & line
    Next
End Sub

Sub Check(text, holds)
    checks = checks + 1
    If holds Then
        WScript.Echo "   ok: " & text
    Else
        wrong = wrong + 1
        WScript.Echo "   NOT SO: " & text
    End If
End Sub

' The text of an error must begin with its code's word.
Sub CheckRefusal(what, word, text)
    WScript.Echo "   " & what
    Show text
    Check "refused with " & word, Left(text, Len(word) + 2) = word & ": "
End Sub

' Runs a program of ours outside the sandbox and returns its exit code: the control of what is seen inside.
Function Outside(arguments)
    Outside = shell.Run("""" & worker & """ " & arguments, 0, True)
End Function

' ---- the steps

' What Provision says where it refuses, "" where it does not.
Function Refusal(candidate)
    On Error Resume Next
    candidate.Provision
    Refusal = ""
    If Err.Number <> 0 Then Refusal = Err.Description
    Err.Clear
End Function

Sub StrictDefault
    Dim strict, text, policy, file
    Title "1. The strict default policy"
    Set strict = CreateObject("Sbx.Session")
    strict.Workspace = workspace
    text = Refusal(strict)
    strict.Close
    policy = "{ ""version"": 1 }"
    If text = "" Then
        Say "This host meets all of it, so the demo uses it as it is."
    ElseIf Left(text, 21) <> "E_BELOW_REQUIREMENT: " Then
        Show text
        Check "refused with E_BELOW_REQUIREMENT", False
    Else
        Say "Refused. The error says what is missing on this host, why, and what to do (its lines are cut here):"
        ShowBeginnings Left(text, InStrRev(text, "{") - 1)
        Show Mid(text, InStrRev(text, "{"))
        Check "refused with E_BELOW_REQUIREMENT", True
        policy = "{ ""version"": 1," & vbCrLf & "  ""require"": " & Mid(text, InStrRev(text, "{")) & " }"
        Say "That is what this host meets. The demo accepts it, knowingly: it is now the policy, " & policyFile
    End If
    Set file = files.CreateTextFile(policyFile, True)
    file.Write policy & vbCrLf
    file.Close
End Sub

Sub OpenTheSession
    Dim report
    Title "2. A session with that policy: what holds on this very host, measured just now"
    Set session = CreateObject("Sbx.Session")
    session.Workspace = workspace
    session.Policy = policyFile
    Set report = session.Provision()
    Say "(report.Text is the same as a table, sbx status prints it)"
    ShowFindings report
    Check "nothing is below what the policy requires", report.Meets
    Check "every finding that is not enforced says why", Explained(report)
End Sub

Sub ShowFindings(report)
    Dim finding, text
    For Each finding In report.Findings
        text = UCase(finding.AssuranceText)
        If finding.Required > 0 Then text = text & " (required: " & finding.RequiredText & ")"
        text = finding.Domain & " " & text & ". " & finding.Mechanism & " " & finding.Detail
        If finding.Fix <> "" Then text = text & " To raise it: " & finding.Fix
        WScript.Echo Replace(Wrapped(text, "   |   "), "   |   ", "   | ", 1, 1)
    Next
End Sub

Function Explained(report)
    Dim finding
    Explained = True
    For Each finding In report.Findings
        If finding.Assurance < 2 And finding.Detail = "" Then Explained = False
    Next
End Function

Sub RunCommands
    Dim result
    Title "3. Commands"
    Say "A built-in of cmd, by cmd:  session.Run(""cmd /c dir /b"")"
    Set result = session.Run("cmd /c dir /b")
    Show result.StdOut
    Check "it ran in the workspace", InStr(result.StdOut, "worker.exe") > 0

    Say "The program compiled a moment ago, arguments as an array:  session.Run(Array(worker, ""args"", ""two words"", ""100%""))"
    Set result = session.Run(Array(worker, "args", "two words", "100%"))
    Show result.StdOut
    Check "the arguments arrived unchanged", Replace(result.StdOut, vbCr, "") = "two words" & vbLf & "100%" & vbLf

    Say "One that fails: a result, not an error"
    Set result = session.Run(Array(worker, "fail", 3))
    Show result.StdErr
    Check "exit code 3, not succeeded", result.ExitCode = 3 And Not result.Succeeded

    Say "One that floods: 10 MB"
    Set result = session.Run(Array(worker, "flood", 10))
    Check Len(result.StdOut) & " characters arrived in " & Round(result.DurationMs) & " ms, nothing cut off", Len(result.StdOut) = 10485760 And Not result.Truncated

    Say "One that reads its input"
    Set result = session.Run(Array(worker, "count"), , "one" & vbLf & "two" & vbLf & "three" & vbLf)
    Show result.StdOut
    Check "it read what it was given", Left(result.StdOut, 17) = "3 lines, 14 bytes"

    Say "One that takes too long: session.Run(command, 500)"
    Set result = session.Run(Array(worker, "sleep", 60), 500)
    Check "ended after " & Round(result.DurationMs) & " ms, reason " & result.ExitReasonText, result.ExitReasonText = "timedOut" And result.DurationMs < 20000
End Sub

Sub Family
    Dim process, child, grandchild, started
    Title "4. Grandchildren"
    Say "A command starts a child, the child starts a grandchild, the command ends and leaves both behind."
    Set process = session.Spawn(Array(worker, "family"))
    child = process.ReadLine(20000)
    grandchild = process.ReadLine(20000)
    Show child & vbLf & grandchild
    started = Outside("alive " & Mid(child, InStr(child, " "))) + Outside("alive " & Mid(grandchild, InStr(grandchild, " ")))
    Check "seen from outside, both run", started = 0
    process.CloseInput
    process.Wait 20000
    Check "the command ended by itself, exit code " & process.ExitCode, process.ExitCode = 0 And process.ExitReasonText = "exited"
    started = Outside("alive " & Mid(child, InStr(child, " "))) + Outside("alive " & Mid(grandchild, InStr(grandchild, " ")))
    Check "seen from outside, both are gone with it", started = 2
End Sub

Sub Refusals
    Dim inside
    Title "5. What is refused"
    RefuseWorkspace "C:\"
    RefuseWorkspace Variable("SystemRoot")
    RefuseRun "A built-in of cmd as if it were a program: Run(""dir"")", "dir", "E_COMMAND_NOT_FOUND"
    RefuseRun "An argument from which a batch file would make a second command: Run(Array(""greet.cmd"", ""x"""" & echo owned""))", _
        Array(workspace & "\greet.cmd", "x"" & echo owned"), "E_COMMAND_UNSAFE_ARGUMENT"
    RefusePolicy "{ ""limits"": { ""second"": 5 } }"
    inside = session.Run(Array(worker, "has", "SBX_DEMO_SECRET")).ExitCode
    Say "An environment variable of the caller that no policy names, SBX_DEMO_SECRET"
    Check "outside the program sees it, inside it does not", Outside("has SBX_DEMO_SECRET") = 0 And inside = 1
End Sub

Sub RefuseWorkspace(path)
    Dim candidate, text
    Set candidate = CreateObject("Sbx.Session")
    text = PutWorkspace(candidate, path)
    If text = "" Then text = Refusal(candidate)
    CheckRefusal "Workspace " & path, "E_WORKSPACE_REFUSED", text
End Sub

Function PutWorkspace(candidate, path)
    On Error Resume Next
    candidate.Workspace = path
    PutWorkspace = Err.Description
    Err.Clear
End Function

Sub RefuseRun(what, command, word)
    Dim result, text
    On Error Resume Next
    Set result = session.Run(command)
    text = Err.Description
    Err.Clear
    CheckRefusal what, word, text
End Sub

Sub RefusePolicy(text)
    Dim candidate, says
    Set candidate = CreateObject("Sbx.Session")
    On Error Resume Next
    candidate.Policy = text
    says = Err.Description
    Err.Clear
    CheckRefusal "A policy with a word misspelt: " & text, "E_POLICY_VALUE", says
End Sub

Sub TheEnd
    Dim id, path, file, line, lines
    Title "6. Afterwards"
    id = session.Id
    session.Run "cmd /c echo written by a command> note.txt"
    Say session.Processes().Count & " commands ran. What they did is in the session's transcript; its last two lines:"
    session.Close
    path = Variable("LOCALAPPDATA") & "\sbxcom\sessions\" & id & "\transcript.jsonl"
    Set file = files.OpenTextFile(path)
    lines = Split(Replace(file.ReadAll, vbCr, ""), vbLf)
    file.Close
    Show lines(UBound(lines) - 2) & vbLf & lines(UBound(lines) - 1)
    Check "the session is closed", session.StateText = "closed"
End Sub

Sub Demo
    StrictDefault
    OpenTheSession
    RunCommands
    Family
    Refusals
    TheEnd
End Sub

On Error Resume Next
Demo
If Err.Number <> 0 Then
    WScript.Echo "   NOT SO: the demo stopped: " & Hex(Err.Number) & " " & Err.Description
    wrong = wrong + 1
End If
If wrong = 0 And checks > 0 Then WScript.Quit 7
WScript.Quit 1
