' prelude.vbs - run.sh puts this in front of every VBScript test; the result lies beside fixture.exe's folder.
'
' A test is a Sub without "On Error Resume Next": the first error that nobody expects ends it, and Done makes a FAIL of it.
' At its end a test script calls Finish: its last line and its exit code tell that it got there, since cscript under
' Wine exits with 0, silently, at any error. What Wine's VBScript lacks (Join, ChrW, GetRef, Execute, assignments through two
' calls in a row) is avoided.
Option Explicit

Const sbxExitExited = 0
Const sbxExitTimedOut = 1
Const sbxExitTerminated = 2
Const sbxExitTimeLimit = 5
Const sbxExitOutputLimit = 6
Const sbxExitSessionClosed = 7
Const sbxAssuranceAdvisory = 1
Const sbxErrorPolicyValue = &H80040A02
Const sbxSpawnTerminal = 1
Const sbxSpawnNoInput = 2
Const sbxSpawnCollect = 8

Dim suite, verdicts, files, shell, fixture, folder, requirement
verdicts = 0
Set files = CreateObject("Scripting.FileSystemObject")
Set shell = CreateObject("WScript.Shell")
fixture = files.GetParentFolderName(files.GetParentFolderName(WScript.ScriptFullName)) & "\programs\fixture.exe"
suite = files.GetBaseName(WScript.ScriptFullName)
folder = Variable("TEMP") & "\sbx-" & files.GetBaseName(files.GetTempName())
files.CreateFolder folder

' One of the caller's environment variables; the text that Wine gives has a NUL at its end.
Function Variable(name)
    Variable = shell.ExpandEnvironmentStrings("%" & name & "%")
    If InStr(Variable, Chr(0)) > 0 Then Variable = Left(Variable, InStr(Variable, Chr(0)) - 1)
End Function

Sub Verdict(word, name, why)
    Dim line
    verdicts = verdicts + 1
    line = word & " " & suite & "/" & name
    If why <> "" Then line = line & ": " & Replace(Replace(why, vbCr, " "), vbLf, " ")
    WScript.Echo line
End Sub

Sub Skip(name, reason)
    Verdict "SKIP", name, reason
End Sub

' The property in `name` holds, or else `seen` says what was there instead.
Sub Check(name, holds, seen)
    If holds Then
        Verdict "PASS", name, ""
    Else
        Verdict "FAIL", name, "seen: " & seen
    End If
End Sub

' The same value of the same kind; a number's size is no part of its kind.
Sub Equal(name, seen, expected)
    If IsObject(seen) Or IsArray(seen) Or IsNull(seen) Then
        Verdict "FAIL", name, "seen a value of type " & VarType(seen) & ", expected " & expected
    ElseIf Kind(seen) = Kind(expected) And seen = expected Then
        Verdict "PASS", name, ""
    Else
        Verdict "FAIL", name, "seen " & seen & " (type " & VarType(seen) & "), expected " & expected & " (type " & VarType(expected) & ")"
    End If
End Sub

Function Kind(value)
    Kind = VarType(value)
    If Kind = vbLong Or Kind = vbDouble Then Kind = vbInteger
End Function

' The number of an error code, E_POLICY_SYNTAX being the first.
Function CodeOf(word)
    Dim words, i
    words = Split("E_POLICY_SYNTAX,E_POLICY_VALUE,E_POLICY_CONFLICT,E_WORKSPACE_REFUSED,E_PATH_NOT_FOUND," & _
        "E_NOT_PROVISIONED,E_BELOW_REQUIREMENT,E_NOT_ENFORCED,E_SETUP_DECLINED,E_SETUP_FAILED,E_SETUP_CALLER," & _
        "E_ACCOUNT_DRIFT,E_CREDENTIAL,E_LOGON_DENIED,E_FIREWALL_INEFFECTIVE,E_RUNNER_LOST,E_RUNNER_PROTOCOL," & _
        "E_COMMAND_NOT_FOUND,E_COMMAND_UNSAFE_ARGUMENT,E_LIMIT,E_TIMEOUT,E_CANCELLED,E_STATE,E_CLOSED,E_JOURNAL," & _
        "E_UNSUPPORTED_HOST,E_ARGUMENT,E_SYSTEM,E_NOT_BUILT", ",")
    CodeOf = 0
    For i = 0 To UBound(words)
        If words(i) = word Then CodeOf = &H80040A01 + i
    Next
End Function

' Call it right after the statement that must fail, where errors are resumed: takes Err and clears it. The text must
' start with the code's word, say more than the word, and hold `says` ("" is anything).
Sub Raised(name, word, says)
    Dim number, text, source, complaint
    number = Err.Number
    text = Err.Description
    source = Err.Source
    Err.Clear
    complaint = ""
    If number = 0 Then
        complaint = "no error"
    ElseIf number <> CodeOf(word) Then
        complaint = "error " & Hex(number) & " instead of " & word & " (" & Hex(CodeOf(word)) & "): " & text
    ElseIf Left(text, Len(word) + 2) <> word & ": " Or Len(text) < Len(word) + 12 Then
        complaint = "the text is: " & text
    ElseIf Left(source, 4) <> "Sbx." Then
        complaint = "the source is: " & source
    ElseIf InStr(1, text, says, 1) = 0 Then
        complaint = "the text does not say '" & says & "': " & text
    End If
    If complaint = "" Then
        Verdict "PASS", name, ""
    Else
        Verdict "FAIL", name, complaint
    End If
End Sub

' After a test: an error that ended it is a failure.
Sub Done(test)
    If Err.Number <> 0 Then
        Verdict "FAIL", test & " runs to its end", "error " & Hex(Err.Number) & ": " & Err.Description
        Err.Clear
    End If
End Sub

Sub Finish
    On Error Resume Next
    files.DeleteFolder folder, True
    WScript.Echo "DONE " & verdicts
    WScript.Quit 7
End Sub

' An empty folder of its own.
Function NewWorkspace(name)
    NewWorkspace = folder & "\" & name
    files.CreateFolder NewWorkspace
End Function

Sub WriteFile(path, text)
    Dim file
    Set file = files.CreateTextFile(path, True)
    file.Write text
    file.Close
End Sub

' The requirements that this host meets, as `"require": {...}`: printed by the refusal of the strict default.
Function HostRequirement()
    Dim session, text
    If IsEmpty(requirement) Then
        requirement = """require"": {}"
        Set session = CreateObject("Sbx.Session")
        session.Workspace = NewWorkspace("requirement")
        text = Refusal(session)
        If text <> "" Then requirement = """require"": " & Mid(text, InStrRev(text, "{"), InStrRev(text, "}") - InStrRev(text, "{") + 1)
        session.Close
    End If
    HostRequirement = requirement
End Function

' What Provision says where it refuses, or "".
Function Refusal(session)
    On Error Resume Next
    session.Provision
    Refusal = ""
    If Err.Number = CodeOf("E_BELOW_REQUIREMENT") Then Refusal = Err.Description
    Err.Clear
End Function

' A policy text with the host's requirements and `more` members ("" or beginning with a key).
Function PolicyText(more)
    PolicyText = "{ ""version"": 1, " & HostRequirement()
    If more <> "" Then PolicyText = PolicyText & ", " & Replace(more, "'", """")
    PolicyText = PolicyText & " }"
End Function

Function OpenSessionWith(name, more)
    Set OpenSessionWith = CreateObject("Sbx.Session")
    OpenSessionWith.Workspace = NewWorkspace(name)
    OpenSessionWith.Policy = PolicyText(more)
    OpenSessionWith.Provision
End Function

Function OpenSession(name)
    Set OpenSession = OpenSessionWith(name, "")
End Function

' fixture.exe's command line.
Function Fx(rest)
    Fx = """" & fixture & """ " & rest
End Function
