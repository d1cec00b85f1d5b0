' The policy as a session takes it, and what a host that cannot hold it says.

' Wine holds neither restricting SIDs nor firewall rules; this version holds less than the strict default asks on any host.
Sub TheStrictDefault
    Dim session, text, report
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("strict")
    text = Refusal(session)
    If text = "" Then
        Skip "the strict default is refused where it cannot be held", "this host holds all of it"
        session.Close
        Exit Sub
    End If
    Check "the strict default is refused where it cannot be held", True, ""
    Equal "the refused session is as new", session.StateText, "new"
    Check "the refusal names a domain and what to do", InStr(text, "fileWrite") > 0 And InStr(text, """require"": {") + InStr(text, "{") > 0, text
    TryUnheld session
    session.Policy = "{ " & HostRequirement() & " }"
    Set report = session.Provision()
    Equal "the require object of the refusal, pasted, makes Provision succeed", session.StateText, "provisioned"
    Check "and the report meets it", report.Meets, report.Text
    Check "the report still says what does not hold", InStr(report.Text, "absent") > 0, report.Text
    Equal "and commands run", session.Run(Fx("exit 7")).ExitCode, 7
    session.Close
End Sub

Sub TryUnheld(session)
    Dim result
    On Error Resume Next
    Set result = session.Run(Fx("exit 0"))
    Raised "nothing runs in a session that was refused", "E_NOT_PROVISIONED", "Provision"
End Sub

Sub RaisingTheRequirement
    Dim session
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("raised")
    session.Policy = "{ ""require"": { ""fileWrite"": ""verified"", ""network"": ""verified"" } }"
    TryRefused session
End Sub

Sub TryRefused(session)
    On Error Resume Next
    session.Provision
    Raised "a requirement that the host does not meet is refused", "E_BELOW_REQUIREMENT", "network"
End Sub

Sub TextAndFile
    Dim session
    WriteFile folder & "\policy.json", PolicyText("'limits': { 'seconds': 1 }")
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("file")
    session.Policy = folder & "\policy.json"
    session.Provision
    Equal "a policy from a file counts", session.Run(Fx("sleep 60000")).ExitReason, sbxExitTimeLimit
    session.Close
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("blank")
    session.Policy = vbCrLf & "  " & vbTab & PolicyText("")
    session.Provision
    Equal "blanks before the brace are no path", session.Run(Fx("exit 1")).ExitCode, 1
    session.Close
End Sub

Sub BadPolicies
    Dim session
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("bad")
    TryPolicy session, "an unknown key", "{ ""files"": { ""wirte"": [] } }", "E_POLICY_VALUE", "/files/wirte"
    TryPolicy session, "an unknown key names the nearest known one", "{ ""files"": { ""wirte"": [] } }", "E_POLICY_VALUE", "write"
    TryPolicy session, "a wrong type", "{ ""limits"": { ""seconds"": ""ten"" } }", "E_POLICY_VALUE", "/limits/seconds"
    TryPolicy session, "a negative limit", "{ ""limits"": { ""seconds"": -1 } }", "E_POLICY_VALUE", "/limits/seconds"
    TryPolicy session, "a relative path", "{ ""files"": { ""write"": [""src""] } }", "E_POLICY_VALUE", "/files/write/0"
    TryPolicy session, "a repeated key", "{ ""level"": ""auto"", ""level"": ""auto"" }", "E_POLICY_SYNTAX", "level"
    TryPolicy session, "another version", "{ ""version"": 2 }", "E_POLICY_VALUE", "/version"
    TryPolicy session, "an unknown domain", "{ ""require"": { ""weather"": ""enforced"" } }", "E_POLICY_VALUE", "/require/weather"
    TryPolicy session, "an unknown assurance", "{ ""require"": { ""network"": ""maybe"" } }", "E_POLICY_VALUE", "advisory"
    TryPolicy session, "text after the end", "{} {}", "E_POLICY_SYNTAX", "line 1"
    TryPolicy session, "a text that ends early", "{" & vbLf & " ""level"":", "E_POLICY_SYNTAX", "line 2"
    session.Policy = PolicyText("")
    session.Provision
    Equal "after bad policies a good one is taken", session.Run(Fx("exit 4")).ExitCode, 4
    session.Close
End Sub

Sub TryPolicy(session, name, text, word, says)
    On Error Resume Next
    session.Policy = text
    If Err.Number = 0 Then session.Provision
    Raised "a policy with " & name, word, says
End Sub

' Refused where it cannot be (Wine has no secondary logon) or is not set up; never another level instead.
Sub TryElevated(session)
    Dim word, unsupported
    unsupported = CodeOf("E_UNSUPPORTED_HOST")
    On Error Resume Next
    session.Policy = PolicyText("'level': 'elevated'")
    If Err.Number = 0 Then session.Provision
    word = "E_NOT_PROVISIONED"
    If Err.Number = unsupported Then word = "E_UNSUPPORTED_HOST"
    Raised "a policy with level elevated", word, "restricted level"
    Equal "and the session is not provisioned", session.StateText, "new"
End Sub

' What this version reads but cannot keep is refused: nothing in a policy is ignored.
Sub NotYetKept
    Dim session
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("unkept")
    TryPolicy session, "network.mode any", PolicyText("'network': { 'mode': 'any' }"), "E_POLICY_CONFLICT", "/network/mode"
    TryPolicy session, "network.localhost ephemeral", PolicyText("'network': { 'localhost': 'ephemeral' }"), "E_POLICY_CONFLICT", "/network/localhost"
    TryPolicy session, "token filtered", PolicyText("'token': 'filtered'"), "E_POLICY_CONFLICT", "/token"
    TryPolicy session, "network.allow", PolicyText("'network': { 'mode': 'grants', 'allow': [ { 'host': 'example.com' } ] }"), "E_NOT_BUILT", "/network"
    TryElevated session
    TryPolicy session, "a write root that is not there", PolicyText("'files': { 'write': ['${workspace}', 'C:\\other'] }"), "E_PATH_NOT_FOUND", "/files/write/1"
    session.Policy = PolicyText("")
    session.Provision
    Equal "and the session takes another policy", session.Run(Fx("exit 4")).ExitCode, 4
    session.Close
End Sub

Sub LaterEdits
    Dim session
    Set session = OpenSession("edits")
    session.Policy = PolicyText("'limits': { 'seconds': 1 }")
    Equal "a policy put after Provision does not change the running session", session.Run(Fx("sleep 1500")).ExitReason, sbxExitExited
    session.Close
End Sub

On Error Resume Next
TheStrictDefault : Done "TheStrictDefault"
RaisingTheRequirement : Done "RaisingTheRequirement"
TextAndFile : Done "TextAndFile"
BadPolicies : Done "BadPolicies"
NotYetKept : Done "NotYetKept"
LaterEdits : Done "LaterEdits"
Finish
