' What a session puts on files: Plan, Explain, Deprovision, StartProvision, Host.Workspaces, Host.Recover. Where the host keeps
' no access control lists (Wine) nothing is put anywhere, and each of them says so.

Const sbxAccessWrite = 2
Const sbxStepPlanned = 0
Const sbxStepDone = 1

Function KeepsLists(plan)
    KeepsLists = plan.Steps.Count > 0
End Function

Sub Plans
    Dim session, plan, after, step, path
    path = NewWorkspace("plans")
    WriteFile path & "\.git-is-not-there", ""
    Set session = CreateObject("Sbx.Session")
    session.Workspace = path
    session.Policy = PolicyText("")
    Set plan = session.Plan()
    Equal "a plan is made without provisioning", session.StateText, "new"
    Check "its text is a table", Len(plan.Text) > 0, plan.Text
    Check "its JSON has steps and remarks", InStr(plan.Json, """steps""") > 0 And InStr(plan.Json, """remarks""") > 0, plan.Json
    If KeepsLists(plan) Then
        For Each step In plan.Steps
            Equal "a step is planned before Provision: " & step.Kind & " " & step.Target, step.State, sbxStepPlanned
            Check "and says what undoes it", step.Undo <> "" And step.Detail <> "" And Not step.Elevated, step.Undo
        Next
    Else
        Check "a host that keeps no lists has no steps, and the plan says why", InStr(1, plan.Text, "access control list", 1) > 0, plan.Text
    End If
    session.Provision
    Set after = session.Plan()
    Equal "the plan after Provision has the same steps", after.Steps.Count, plan.Steps.Count
    For Each step In after.Steps
        Equal "done: " & step.Kind & " " & step.Target, step.StateText, "done"
    Next
    BadPlans session, plan
    session.Close
    ClosedPlan session
End Sub

Sub BadPlans(session, plan)
    Dim seen, other
    On Error Resume Next
    Set seen = plan.Steps.Item(1000)
    Raised "a step that is not there", "E_ARGUMENT", "step"
    Set other = CreateObject("Sbx.Session")
    Set seen = other.Plan()
    Raised "a plan without a workspace", "E_STATE", "Workspace"
    other.Workspace = folder & "\nowhere"
    Set seen = other.Plan()
    Raised "a plan of a workspace that is not there", "E_PATH_NOT_FOUND", "nowhere"
    other.Workspace = folder
    other.Policy = "{""network"": {""mode"": ""grants""}}"
    Set seen = other.Plan()
    Raised "a plan of what is not built", "E_NOT_BUILT", "/network/mode"
End Sub

Sub ClosedPlan(session)
    Dim seen
    On Error Resume Next
    Set seen = session.Plan()
    Raised "a plan of a closed session", "E_CLOSED", ""
End Sub

Sub Explanations
    Dim session, path, seen, words
    path = NewWorkspace("explain")
    WriteFile path & "\file.txt", "x"
    Set session = CreateObject("Sbx.Session")
    session.Workspace = path
    NotYet session, path
    session.Policy = PolicyText("")
    session.Provision
    Set seen = session.Explain(path & "\FILE.txt", "read")
    Check "a file of the workspace may be read", seen.Allowed, seen.Text
    Check "the path is the final one", Right(seen.Path, 9) = "\file.txt", seen.Path
    Equal "the access is told as a number", seen.Access, 1
    Equal "and in words", seen.AccessText, "read"
    Check "with the entry that decides, the rule and a sentence", seen.DecidedBy <> "" And seen.Rule <> "" And seen.Text <> "", seen.Text
    Set seen = session.Explain(path & "\file.txt", "read, write delete")
    Equal "several words are a sum", seen.Access, 7
    Equal "which are told in words", seen.AccessText, "read, write, delete"
    Equal "a number is as good", session.Explain(path & "\file.txt", sbxAccessWrite).Access, 2
    Equal "an array of words, too", session.Explain(path & "\file.txt", Array("read", "execute")).Access, 9
    Check "writing what is not there is making it", session.Explain(path & "\new.txt", "write").Path <> "", ""
    BadExplanations session, path
    session.Close
    AfterClose session, path
End Sub

Sub NotYet(session, path)
    Dim seen
    On Error Resume Next
    Set seen = session.Explain(path, "read")
    Raised "Explain before Provision", "E_NOT_PROVISIONED", "Provision"
End Sub

Sub BadExplanations(session, path)
    Dim seen
    On Error Resume Next
    Set seen = session.Explain("file.txt", "read")
    Raised "a relative path", "E_ARGUMENT", "absolute"
    Set seen = session.Explain("", "read")
    Raised "no path", "E_ARGUMENT", ""
    Set seen = session.Explain(path & "\nothing.txt", "read")
    Raised "reading what is not there", "E_PATH_NOT_FOUND", "nothing.txt"
    Set seen = session.Explain(path, "fly")
    Raised "a word that is none", "E_ARGUMENT", "execute"
    Set seen = session.Explain(path, 0)
    Raised "nothing", "E_ARGUMENT", "read"
    Set seen = session.Explain(path, 16)
    Raised "a bit that is none", "E_ARGUMENT", ""
    Set seen = session.Explain(path, Empty)
    Raised "a missing access", "E_ARGUMENT", "access"
End Sub

Sub AfterClose(session, path)
    Dim seen
    On Error Resume Next
    Set seen = session.Explain(path, "read")
    Raised "Explain after Close", "E_CLOSED", ""
End Sub

Sub Operations
    Dim session, operation, report, again
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("operation")
    session.Policy = PolicyText("")
    Set operation = session.StartProvision()
    TooEarly session
    Check "the phase is told at once", operation.Phase <> "", operation.Phase
    Check "how much is done, and of how much", operation.Done >= 0 And operation.Total >= 0, operation.Done & " of " & operation.Total
    While Not operation.Wait(50)
    Wend
    Check "Wait says when it has ended", operation.Finished, operation.Phase
    Equal "and the phase, too", operation.Phase, "done"
    Set report = operation.GetReport()
    Check "the report is Provision's", report.Text = session.Report().Text, report.Text
    Equal "the session is provisioned", session.StateText, "provisioned"
    Equal "and runs commands", session.Run(Fx("exit 3")).ExitCode, 3
    Set again = session.StartProvision()
    Check "doing it twice does nothing more", again.Finished And again.Wait(0), again.Phase
    Check "with the same report", again.GetReport().Text = report.Text, ""
    session.Close
    Cancelled
    Refused
End Sub

Sub TooEarly(session)
    Dim seen
    On Error Resume Next
    Set seen = session.Run(Fx("exit 0"))
    Raised "a command while Provision is in progress is told to wait", "E_NOT_PROVISIONED", "in progress"
    session.Workspace = folder
    Raised "and so is another workspace", "E_STATE", "in progress"
    Set seen = session.Provision()
    Raised "and so is another Provision", "E_STATE", "in progress"
End Sub

Sub Cancelled
    Dim session, operation, report
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("cancelled")
    session.Policy = PolicyText("")
    Set operation = session.StartProvision()
    operation.Cancel
    Check "a cancelled one ends", operation.Wait(20000), operation.Phase
    On Error Resume Next
    Set report = operation.GetReport()
    Raised "and raises what Provision would have raised", "E_CANCELLED", "Provision"
    On Error GoTo 0
    Equal "its phase says so", operation.Phase, "cancelled"
    Equal "its session is as it was", session.StateText, "new"
    session.Provision
    Equal "and can be provisioned", session.StateText, "provisioned"
    session.Close
End Sub

Sub Refused
    Dim session, operation, report
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("refused")
    session.Policy = "{""require"": {""network"": ""verified""}}"
    Set operation = session.StartProvision()
    On Error Resume Next
    Set report = operation.GetReport()
    Raised "a refused one raises what Provision raises", "E_BELOW_REQUIREMENT", "network"
    Set operation = CreateObject("Sbx.Session").StartProvision()
    Raised "one without a workspace does not start", "E_STATE", "Workspace"
End Sub

Sub TakingBack
    Dim session, path, host, other
    path = NewWorkspace("deprovision")
    Set session = CreateObject("Sbx.Session")
    session.Workspace = path
    session.Policy = PolicyText("")
    session.Provision
    session.Deprovision
    Equal "Deprovision closes", session.StateText, "closed"
    session.Deprovision
    Equal "twice is fine", session.StateText, "closed"
    Set other = CreateObject("Sbx.Session")
    other.Workspace = path
    other.Deprovision
    Equal "a session that was never provisioned can do it, too", other.StateText, "closed"
    Set host = CreateObject("Sbx.Host")
    Check "nothing is listed for it any more", Not Lists(host.Workspaces(), path), ""
    BadTakingBack
End Sub

Function Lists(workspaces, path)
    Dim workspace
    Lists = False
    For Each workspace In workspaces
        If LCase(workspace.Path) = LCase(path) Then Lists = True
    Next
End Function

Sub BadTakingBack
    Dim session
    On Error Resume Next
    Set session = CreateObject("Sbx.Session")
    session.Deprovision
    Raised "Deprovision without a workspace", "E_STATE", "Workspace"
    session.Workspace = "relative"
    session.Deprovision
    Raised "Deprovision of a relative path", "E_ARGUMENT", ""
End Sub

Sub Recovering
    Dim host, report, left, session
    Set host = CreateObject("Sbx.Host")
    Check "Workspaces is a collection", host.Workspaces().Count >= 0, ""
    Set session = OpenSession("recover")
    left = Variable("LOCALAPPDATA") & "\sbxcom\sessions\" & session.Id & "\0123abcd"
    files.CreateFolder left
    WriteFile left & "\file.txt", "left by a session that died"
    Set report = host.Recover()
    Check "Recover removes the folder of a session that died", Not files.FolderExists(left), left
    Check "and tells it", InStr(report.Text, "0123abcd") > 0, report.Text
    Check "all of it went well", report.Meets, report.Text
    Equal "the session that lives goes on", session.Run(Fx("exit 4")).ExitCode, 4
    Check "with its own temporary folder", session.Run("cmd /c if exist ""%TEMP%"" exit 5").ExitCode = 5, ""
    session.Close
    Set report = host.Recover()
    Check "a second time there is nothing to do", InStr(report.Text, session.Id) = 0, report.Text
End Sub

' A folder beside the workspace, writable for a while; a host that keeps no lists says so and grants nothing.
Sub ForAWhile
    Dim session, extra, grant
    extra = NewWorkspace("for a while extra")
    Set session = CreateObject("Sbx.Session")
    TryAllow session, "before Provision", extra, 1, "E_NOT_PROVISIONED", ""
    Set session = OpenSession("for a while")
    Equal "no grant was made yet", session.Grants().Count, 0
    TryAllow session, "no minutes at all", extra, 0, "E_ARGUMENT", "minutes"
    TryAllow session, "fewer than none", extra, -1, "E_ARGUMENT", "minutes"
    TryAllow session, "more than a week", extra, 10081, "E_ARGUMENT", "minutes"
    TryAllow session, "minutes in words", extra, "ten", "E_ARGUMENT", "minutes"
    If KeepsLists(session.Plan()) Then
        Set grant = session.AllowWrite(extra, "0.5")
        Equal "its kind", grant.Kind, "write"
        Equal "its target", LCase(grant.Target), LCase(extra)
        Check "it is in force", grant.Active And grant.SecondsLeft > 0 And grant.SecondsLeft <= 31, grant.SecondsLeft
        Check "it ends after now", grant.Expires > Now, grant.Expires
        Equal "it is listed by its target", session.Grants().Item(extra).ExpiresUtc, grant.ExpiresUtc
        grant.Revoke
        Equal "revoked it is over", grant.Active, False
        Equal "and has no time left", grant.SecondsLeft, 0
        Equal "it stays listed", session.Query("grants").Count, 1
    Else
        TryAllow session, "a host that keeps no lists", extra, "5", "E_UNSUPPORTED_HOST", "nothing was granted"
        TryAllow session, "the same without minutes", extra, Empty, "E_UNSUPPORTED_HOST", "nothing was granted"
        Equal "there is no inactive grant instead", session.Query("grants").Count, 0
    End If
    session.Close
    TryAllow session, "after Close", extra, 1, "E_CLOSED", ""
    Equal "what is listed can still be read", session.Grants().Count, session.Query("grants").Count
End Sub

Sub TryAllow(session, name, path, minutes, word, says)
    Dim grant
    On Error Resume Next
    Set grant = session.AllowWrite(path, minutes)
    Raised "AllowWrite, " & name, word, says
End Sub

On Error Resume Next
Plans : Done "Plans"
Explanations : Done "Explanations"
Operations : Done "Operations"
TakingBack : Done "TakingBack"
Recovering : Done "Recovering"
ForAWhile : Done "ForAWhile"
Finish
