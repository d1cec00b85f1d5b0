' What a session tells of its commands beside their output: changes in the workspace, violations.

' Wine's WScript has no Sleep.
Sub Pause(seconds)
    Dim start
    start = Timer
    Do While Timer - start < seconds And Timer >= start
    Loop
End Sub

' All changes as "|created a.txt 1|", paths relative to the workspace.
Function Changed(session)
    Dim change
    Changed = "|"
    For Each change In session.Changes()
        Changed = Changed & change.Kind & " " & Mid(change.Path, Len(session.Workspace) + 2) & " " & change.Process & "|"
    Next
End Function

Sub Has(name, list, wanted)
    Check name, InStr(list, "|" & wanted & "|") > 0, list
End Sub

Sub Changes
    Dim session, place, list, all, other
    place = NewWorkspace("changes")
    WriteFile place & "\old.txt", "old"
    WriteFile place & "\gone.txt", "gone"
    WriteFile place & "\here.txt", "here"
    Set session = CreateObject("Sbx.Session")
    session.Workspace = place
    session.Policy = PolicyText("")
    session.Provision
    Equal "nothing has changed yet", session.Changes().Count, 0
    session.Run Fx("write new.txt text")
    Equal "what is made is created, by the command that ran", Changed(session), "|created new.txt 1|"
    Pause 0.3
    session.Run Fx("write old.txt changed")
    Pause 0.3
    session.Run Fx("delete gone.txt")
    Pause 0.3
    session.Run "cmd /c rename here.txt there.txt"
    all = Changed(session)
    Has "what is written to is changed", all, "changed old.txt 2"
    Has "what is deleted is deleted", all, "deleted gone.txt 3"
    Has "what is renamed is gone under its old name", all, "deleted here.txt 4"
    Has "and renamed under its new one", all, "renamed there.txt 4"
    Has "what came first has stayed", all, "created new.txt 1"
    Equal "and that is all", session.Changes().Count, 5
    Pause 0.3
    session.Run "cmd /c ""echo 1>temp.txt& del temp.txt"""
    Equal "what comes and goes is no change", session.Changes().Count, 5
    Set list = session.Changes()
    Equal "a change is found by its path", list.Item(UCase(session.Workspace & "\new.txt")).Kind, "created"
    Equal "Query gives the same", session.Query("changes").Count, 5
    Pause 0.3
    Set other = session.Spawn(Fx("sleep 60000"))
    session.Run Fx("write two.txt text")
    Equal "where two commands ran it is known of neither", session.Changes().Item(session.Workspace & "\two.txt").Process, 0
    other.Terminate
    other.Wait
    Pause 0.3
    WriteFile place & "\users.txt", "by nobody"
    Pause 0.3
    Equal "what no command did is nobody's", session.Changes().Item(session.Workspace & "\users.txt").Process, 0
    session.Close
    Equal "after Close the list is still there", session.Changes().Count, 7
    Equal "and one that was given out before is as it was", list.Count, 5
End Sub

Sub Unprovisioned
    Dim session, seen
    Set session = CreateObject("Sbx.Session")
    Equal "before Provision there is no violation", session.Violations().Count, 0
    On Error Resume Next
    Set seen = session.Changes()
    Raised "and changes are not watched yet", "E_NOT_PROVISIONED", "Provision"
End Sub

Sub Violations
    Dim session, result, violation, clean
    Set session = OpenSession("violations")
    Set clean = session.Run(Fx("write plain.txt text"))
    Equal "an ordinary command violates nothing", clean.Violations.Count, 0
    Set result = session.Run("cmd /c mkdir .git\hooks")
    Check "a planted folder is a violation of the command's result", result.Violations.Count > 0, result.Violations.Count
    Set violation = result.Violations.Item(0)
    Equal "of the kind planted", violation.Kind, "planted"
    Equal "by that command", violation.Process, 2
    Check "with its path", InStr(1, violation.Path, session.Workspace & "\.git", 1) = 1, violation.Path
    Check "the policy's rule", Left(violation.Rule, 15) = "/files/protect/", violation.Rule
    Check "a sentence", Len(violation.Text) > 20, violation.Text
    Check "and what to do", Len(violation.Fix) > 10, violation.Fix
    Check "seen just now", violation.Time > Now - 1 / 1440 And violation.Time < Now + 1 / 1440, violation.Time
    Check "in UTC, too", Mid(violation.TimeUtc, 11, 1) = "T" And Right(violation.TimeUtc, 1) = "Z", violation.TimeUtc
    Equal "the session has it", session.Violations().Count, result.Violations.Count
    Check "it is the very same object", session.Violations().Item(0) Is violation, "another"
    Equal "Query has it", session.Query("violations").Item(0).Kind, "planted"
    Equal "the other result is frozen", clean.Violations.Count, 0
    session.Close
    Equal "after Close it is still there", session.Violations().Item(0).Path, violation.Path
End Sub

' A file's whole text, as this host's ANSI page has it; "" where it is not there.
Function TextOf(path)
    TextOf = ""
    If files.FileExists(path) Then TextOf = files.OpenTextFile(path, 1).ReadAll
End Function

Sub Transcript
    Dim session, place, text, json
    Set session = OpenSession("transcript")
    place = folder & "\export"
    session.Run Fx("lines 2")
    session.Run Fx("write made.txt text")
    session.Run Fx("env SBX_TEST_SECRET")
    TryRefused session
    session.ExportTranscript place & ".md"
    text = TextOf(place & ".md")
    Check "Markdown is the default, and has the session's Id", Left(text, 1) = "#" And InStr(text, session.Id) > 0, Left(text, 200)
    Check "the commands", InStr(text, "lines 2") > 0, text
    Check "what they wrote", InStr(text, "line 2") > 0, text
    Check "how they ended", InStr(text, "exit code 1 after") > 0, text
    Check "what was refused", InStr(text, "E_COMMAND_NOT_FOUND") > 0, text
    Check "what changed", InStr(text, "made.txt") > 0, text
    session.ExportTranscript place & ".jsonl", "jsonl"
    text = TextOf(place & ".jsonl")
    Check "JSONL has a line for each event", InStr(text, """event"":""output""") > 0 And InStr(text, """event"":""change""") > 0, text
    session.ExportTranscript place & ".json", "JSON"
    json = TextOf(place & ".json")
    Check "JSON is an array", Left(json, 1) = "[" And InStr(json, "line 2") > 0, Left(json, 200)
    Check "no variable of the caller's is in it", InStr(text & json, Variable("SBX_TEST_SECRET")) = 0, text
    TryBadExports session, place
    session.Close
    session.ExportTranscript place & "2.md"
    text = TextOf(place & "2.md")
    Check "after Close it has the end, and the changes", InStr(text, "Closed ") > 0 And InStr(text, "made.txt") > 0, text
End Sub

Sub TryRefused(session)
    On Error Resume Next
    session.Run "no-such-program"
End Sub

Sub TryBadExports(session, place)
    Dim other
    On Error Resume Next
    session.ExportTranscript place & ".txt", "text"
    Raised "an unknown format lists the formats", "E_ARGUMENT", "markdown"
    session.ExportTranscript "relative.md"
    Raised "a relative path is refused", "E_ARGUMENT", ""
    session.ExportTranscript folder & "\no such folder\x.md"
    Raised "a folder that is not there", "E_PATH_NOT_FOUND", ""
    Set other = CreateObject("Sbx.Session")
    other.ExportTranscript place & ".md"
    Raised "before Provision there is no transcript", "E_NOT_PROVISIONED", "Provision"
End Sub

Sub NoOutput
    Dim session, text
    Set session = OpenSessionWith("nooutput", "'transcript': {'output': 'none'}")
    Equal "the output is there", session.Run(Fx("lines 1")).StdOut, "line 1" & vbCrLf
    session.ExportTranscript folder & "\none.jsonl", "jsonl"
    text = TextOf(folder & "\none.jsonl")
    Check "and not in the transcript, where the policy says none", InStr(text, """started""") > 0 And InStr(text, "line 1") = 0, text
    Check "its size is", InStr(text, """stdoutSize"":8") > 0, text
    session.Close
End Sub

On Error Resume Next
Changes : Done "Changes"
Unprovisioned : Done "Unprovisioned"
Violations : Done "Violations"
Transcript : Done "Transcript"
NoOutput : Done "NoOutput"
Finish
