' A session from its first line to its last, as the README shows it.

Sub TheFirstScript
    Dim session, report, result, finding, domains, count
    Set session = CreateObject("Sbx.Session")
    Equal "a new session says so", session.StateText, "new"
    Equal "State is a number", session.State, 0
    session.Workspace = NewWorkspace("first")
    Equal "Workspace reads back as it was put", session.Workspace, folder & "\first"
    session.Policy = PolicyText("")
    Set report = session.Provision()
    Equal "a provisioned session says so", session.StateText, "provisioned"
    Check "Provision's report meets what the policy requires", report.Meets, report.Text
    Check "the report's Text is a table with a line for each domain", InStr(report.Text, "fileWrite") > 0 And InStr(report.Text, "handles") > 0, report.Text
    Check "the report's Json is JSON", Left(report.Json, 1) = "[" Or Left(report.Json, 1) = "{", report.Json
    count = 0
    For Each finding In report.Findings
        domains = domains & finding.Domain & " "
        count = count + 1
    Next
    Equal "For Each over Findings gives each of them", count, report.Findings.Count
    Check "there is a finding for every domain", InStr(domains, "fileWrite fileDelete fileRead network process desktop resources lifetime handles") > 0, domains
    Equal "a finding is found by its domain", report.Findings("lifetime").Domain, "lifetime"
    Equal "Item finds by domain, too", report.Findings.Item("network").Domain, "network"
    Equal "a finding is found by its number", report.Findings(0).Domain, "fileWrite"
    Check "Assurance is a number and a word", report.Findings("lifetime").Assurance >= 0 And report.Findings("lifetime").AssuranceText <> "", report.Findings("lifetime").AssuranceText

    Set result = session.Run("cmd /c echo hello")
    Equal "a command's output arrives", result.StdOut, "hello" & vbCrLf
    Equal "its exit code is 0", result.ExitCode, 0
    Equal "it succeeded", result.Succeeded, True
    Equal "it exited by itself", result.ExitReason, sbxExitExited
    Equal "ExitReasonText is the word", result.ExitReasonText, "exited"
    Equal "nothing was written to standard error", result.StdErr, ""
    Equal "nothing was cut off", result.Truncated, False
    Check "the duration is a number of milliseconds", VarType(result.DurationMs) = 5 And result.DurationMs >= 0 And result.DurationMs < 60000, result.DurationMs
    session.Close
    Equal "a closed session says so", session.StateText, "closed"
    Equal "a result answers after Close", result.StdOut, "hello" & vbCrLf
    session.Close
    Check "Close twice does no harm", True, ""
End Sub

Sub ProvisionTwice
    Dim session
    Set session = OpenSession("twice")
    session.Provision
    Equal "Provision twice does nothing more", session.StateText, "provisioned"
    Equal "and commands run", session.Run(Fx("exit 3")).ExitCode, 3
    session.Close
End Sub

Sub TwoSessions
    Dim one, two
    Set one = OpenSession("one")
    Set two = OpenSession("two")
    Check "two sessions have two Ids", one.Id <> two.Id And one.Id <> "", one.Id & ", " & two.Id
    one.Close
    Equal "closing one leaves the other", two.Run(Fx("exit 4")).ExitCode, 4
    two.Close
End Sub

Sub ReopenAfterClose
    Dim session
    Set session = OpenSession("again")
    session.Close
    Dim fresh
    Set fresh = CreateObject("Sbx.Session")
    fresh.Workspace = folder & "\again"
    fresh.Policy = PolicyText("")
    fresh.Provision
    Equal "a workspace is used again by the next session", fresh.Run(Fx("exit 5")).ExitCode, 5
    fresh.Close
End Sub

Sub Levels
    Dim session
    Set session = CreateObject("Sbx.Session")
    Equal "the level is auto until something else is asked for", session.LevelText, "auto"
    session.Level = "restricted"
    Equal "a level is put by its word", session.Level, 1
    session.Level = 0
    Equal "and by its number", session.LevelText, "auto"
    session.Workspace = NewWorkspace("level")
    session.Policy = PolicyText("")
    session.Provision
    Equal "after Provision the level is the one in use", session.LevelText, "restricted"
    session.Close
End Sub

Sub Reports
    Dim session, report, finding, host, text
    Set session = OpenSession("reports")
    Set report = session.Report()
    Equal "Report gives a finding for every domain", report.Findings.Count, 9
    Set report = session.Query("enforcement")
    Equal "Query(enforcement) gives the same", report.Findings.Count, 9
    Set host = session.Query("host")
    Check "Query(host) gives facts about the host", host.Findings.Count > 0 And host.Text <> "", host.Findings.Count
    Equal "Query(processes) gives the collection", session.Query("processes").Count, 0
    text = ""
    For Each finding In session.Query("topics")
        text = text & " " & finding
    Next
    Check "Query(topics) lists them", InStr(text, "enforcement") > 0 And InStr(text, "host") > 0 And InStr(text, "processes") > 0 And InStr(text, "topics") > 0, text
    Equal "topics are the text of a VARIANT array", VarType(session.Query("topics")), 8204
    For Each finding In report.Findings
        If finding.Assurance < 2 And finding.Fix = "" And finding.Detail = "" Then text = "! " & finding.Domain
    Next
    Check "whatever is not enforced says why", Left(text, 1) <> "!", text
    Check "the report says whether commands can write the workspace", InStr(1, report.Text & host.Text, "workspace", 1) > 0, report.Text & host.Text
    session.Close
End Sub

Sub EffectiveReport
    Dim session, result, process
    Set session = OpenSession("effective")
    Set result = session.Run(Fx("exit 0"))
    Check "a result says what was measured of its process", result.Effective().Findings.Count > 0, result.Effective().Text
    Set process = session.Spawn(Fx("exit 0"))
    Check "a process says what was measured of it", process.Effective().Findings.Count > 0, process.Effective().Text
    session.Close
End Sub

Sub SelfTests
    Dim session, report
    Set session = OpenSession("selftest")
    Set report = session.SelfTest()
    Equal "SelfTest gives a finding for every domain", report.Findings.Count, 9
    Equal "what was refused inside and done outside is verified", report.Findings("handles").AssuranceText, "verified"
    Check "and its words say what was tried", InStr(report.Text, "127.0.0.1") > 0, report.Text
    Equal "the session's own report stays as Provision made it", session.Report().Findings("handles").AssuranceText, "enforced"
    session.Close
    TrySelfTestOfAClosedSession session
End Sub

Sub TrySelfTestOfAClosedSession(session)
    Dim seen
    On Error Resume Next
    Set seen = session.SelfTest()
    Raised "a closed session has no SelfTest", "E_CLOSED", ""
End Sub

On Error Resume Next
TheFirstScript : Done "TheFirstScript"
ProvisionTwice : Done "ProvisionTwice"
TwoSessions : Done "TwoSessions"
ReopenAfterClose : Done "ReopenAfterClose"
Levels : Done "Levels"
Reports : Done "Reports"
EffectiveReport : Done "EffectiveReport"
SelfTests : Done "SelfTests"
Finish
