' policy.vbs WORKSPACE - prints a policy whose requirements this host meets: the strict default where it does, else the one
' that the refusal's text ends with. Read what it gives up before you use it:  cscript //nologo policy.vbs C:\src\app > app.json
Option Explicit
Dim session, text
Set session = CreateObject("Sbx.Session")
On Error Resume Next
session.Workspace = WScript.Arguments(0)
session.Provision
If Err.Number = 0 Then
    WScript.Echo "{ ""version"": 1 }"
    WScript.Quit 0
End If
text = Err.Description
If Left(text, 21) <> "E_BELOW_REQUIREMENT: " Then
    WScript.Echo text
    WScript.Quit 1
End If
WScript.Echo "{ ""version"": 1, ""require"": " & Mid(text, InStrRev(text, "{")) & " }"
