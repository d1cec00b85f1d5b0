' The set-up from VBScript: Status and Doctor need nobody's elevation; what does is refused where the caller cannot be told.
' The server itself, which run.sh has registered, is no object for scripts.
Option Explicit
Dim verdicts, host
verdicts = 0

Sub Check(name, holds, seen)
    verdicts = verdicts + 1
    If holds Then
        WScript.Echo "PASS host/" & name
    Else
        WScript.Echo "FAIL host/" & name & ": seen: " & Replace(Replace(seen, vbCr, " "), vbLf, " ")
    End If
End Sub

Sub Reports
    Dim status, doctor, finding, missing
    Set status = host.Status()
    Check "Status says that nothing is set up", status.Findings.Item("setUp").Assurance = 0, status.Text
    Check "nothing set up is nothing missing", status.Meets, status.Text
    Set doctor = host.Doctor()
    Check "Doctor tells at least 25 facts", doctor.Findings.Count >= 25, doctor.Findings.Count
    missing = ""
    For Each finding In doctor.Findings
        If finding.Assurance = 0 And finding.Fix = "" Then missing = missing & " " & finding.Domain
        If finding.Detail = "" Then missing = missing & " " & finding.Domain
    Next
    Check "each fact says what was seen, and what would help", missing = "", missing
    Check "what Wine only pretends is absent", doctor.Findings.Item("filters").Assurance = 0 And doctor.Findings.Item("firewall").Assurance = 0 And doctor.Findings.Item("dpapi").Assurance = 0 And doctor.Findings.Item("passwordLogon").Assurance = 0 And doctor.Findings.Item("writablePlaces").Assurance = 0 And doctor.Findings.Item("restrictedToken").Assurance = 0, doctor.Text
    Check "the registered server is a fact", doctor.Findings.Item("setupServer").Assurance = 2, doctor.Text
End Sub

Sub Refused(name)
    Check name & " is refused: E_SETUP_CALLER", Err.Number = &H80040A0B And Left(Err.Description, 15) = "E_SETUP_CALLER:", Hex(Err.Number) & " " & Err.Description
    Err.Clear
End Sub

Sub Verbs
    Dim seen
    On Error Resume Next
    Set seen = host.Provision()
    Refused "Provision"
    Set seen = host.Repair()
    Refused "Repair"
    host.Deprovision
    Refused "Deprovision"
    host.Deprovision True
    Refused "Deprovision for all"
    host.Deprovision "perhaps"
    Check "a word that is no Boolean is E_ARGUMENT", Err.Number = &H80040A1B, Hex(Err.Number) & " " & Err.Description
    Err.Clear
    Set seen = GetObject("new:{d379d699-4818-4d1e-ae56-e2280b084ab9}")
    Check "the server is no object for scripts", Err.Number <> 0, "an object"
    Err.Clear
End Sub

Set host = CreateObject("Sbx.Host")
Reports
Verbs
WScript.Echo "DONE " & verdicts
WScript.Quit 7
