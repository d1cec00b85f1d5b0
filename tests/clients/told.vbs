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
    Dim session, place, list, all
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
    WriteFile place & "\users.txt", "by nobody"
    Pause 0.3
    Equal "what no command did is nobody's", session.Changes().Item(session.Workspace & "\users.txt").Process, 0
    session.Close
    Equal "after Close the list is still there", session.Changes().Count, 6
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

On Error Resume Next
Changes : Done "Changes"
Unprovisioned : Done "Unprovisioned"
Violations : Done "Violations"
Finish
