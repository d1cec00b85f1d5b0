' Sbx.Policy as a script has it: read, edited, validated, saved, and given to a session.

Sub Whole
    Dim policy, again
    Set policy = CreateObject("Sbx.Policy")
    Check "a new policy is the strict default", InStr(policy.Json, """mode"": ""none""") > 0, policy.Json
    Equal "Json is the default property", Mid(policy, 1, 17), "{" & vbLf & "  ""version"": 1,"
    Set again = CreateObject("Sbx.Policy")
    again.Parse policy.Json
    Equal "the canonical text is a policy, and its own canonical text", again.Json, policy.Json
    policy.Parse "{ ""level"": ""restricted"" }"
    Equal "Parse takes another one", policy.Item("/level"), "restricted"
    TryWhole policy
    Equal "after a failure the policy is as before", policy.Item("/level"), "restricted"
End Sub

Sub TryWhole(policy)
    On Error Resume Next
    policy.Parse "{ ""level"": ""elevatd"" }"
    Raised "Parse of a mistake names the nearest word", "E_POLICY_VALUE", "Did you mean ""elevated""?"
    policy.Parse "{ ""level"": "
    Raised "Parse of half a text names the line", "E_POLICY_SYNTAX", "Line 1"
    policy.Parse ""
    Raised "Parse of nothing", "E_POLICY_SYNTAX", "empty"
    policy.Load folder & "\none.json"
    Raised "Load of a file that is not there", "E_PATH_NOT_FOUND", "none.json"
    policy.Load folder
    Raised "Load of a folder", "E_ARGUMENT", "is a folder"
    policy.Load "policy.json"
    Raised "Load of a relative path", "E_ARGUMENT", "absolute"
    policy.Save folder
    Raised "Save to a folder", "E_ARGUMENT", "is a folder"
    policy.Save folder & "\none\policy.json"
    Raised "Save into a folder that is not there", "E_PATH_NOT_FOUND", "none"
    policy.Save folder & "\" & String(300, "n")
    Raised "Save under a name that is too long says so", "E_ARGUMENT", "too long"
    policy.Save folder & "\none\policy.json"
    Raised "Save into a folder that is not there says what to do", "E_PATH_NOT_FOUND", "create"
    policy.Save "policy.json"
    Raised "Save to a relative path says how one begins", "E_ARGUMENT", "with a drive"
End Sub

Sub LoadAndSave
    Dim policy, again, path, before, file, count
    path = folder & "\saved.json"
    Set policy = CreateObject("Sbx.Policy")
    policy.SetJson "/environment/set/GREETING", """gr\u00fcn \ud83d\ude00"""
    policy.Save path
    Set again = CreateObject("Sbx.Policy")
    again.Load path
    Equal "what was saved is loaded, letter for letter", again.Json, policy.Json
    policy.Limit "seconds", 7
    policy.Save path
    again.Load path
    Equal "saving again replaces the file", again.Item("/limits/seconds"), 7
    count = 0
    For Each file In files.GetFolder(folder).Files
        If InStr(file.Name, "saved.json") > 0 Then count = count + 1
    Next
    Equal "nothing else is left beside it", count, 1
    path = folder & "\" & String(255, "n")
    policy.Save path
    again.Load path
    Equal "the longest of names can be saved under", again.Json, policy.Json
End Sub

Sub Values
    Dim policy
    Set policy = CreateObject("Sbx.Policy")
    Equal "a limit is a number", policy.Item("/limits/seconds"), 600
    Equal "and a Long", TypeName(policy.Item("/limits/seconds")), "Long"
    policy.Item("/limits/seconds") = 5
    Equal "a value is set", policy.Item("/limits/seconds"), 5
    policy.Item("/limits/seconds") = "6"
    Equal "by its text, too", policy.Item("/limits/seconds"), 6
    policy.Item("/environment/set/CI") = 1
    Equal "a variable's value is text", policy.Item("/environment/set/CI"), "1"
    policy.Limit "memoryMB", 512
    Equal "Limit sets a limit", policy.Item("/limits/memoryMB"), 512
    policy.Network = "grants"
    Equal "Network is the mode", policy.Network & " " & policy.Item("/network/mode"), "grants grants"
    policy.SetJson "/network/allow/-", "{ ""host"": ""a.example"", ""minutes"": 0.5 }"
    Equal "SetJson appends", policy.Item("/network/allow/0/port"), 443
    Equal "a part of a minute is a Double", TypeName(policy.Item("/network/allow/0/minutes")), "Double"
    Equal "GetJson is JSON", policy.GetJson("/environment/set"), "{" & vbLf & "  ""CI"": ""1""" & vbLf & "}"
    policy.Remove "/limits/memoryMB"
    Equal "what was removed has its default again", policy.Item("/limits/memoryMB"), 4096
    policy.Remove "/network/allow/0"
    Equal "an entry of a list is gone", policy.GetJson("/network/allow"), "[]"
    TryValues policy
    Equal "after all failures nothing has changed", policy.Item("/limits/seconds") & policy.Network, "6grants"
End Sub

Sub TryValues(policy)
    Dim seen
    On Error Resume Next
    seen = policy.Item("/limits/second")
    Raised "a value that is not there", "E_POLICY_VALUE", "Did you mean ""seconds""?"
    seen = policy.Item("/files/write")
    Raised "a list is no single value", "E_ARGUMENT", "GetJson"
    seen = policy.Item("limits")
    Raised "a pointer that is none", "E_ARGUMENT", "/limits/seconds"
    policy.Item("/limits/seconds") = 0
    Raised "a number out of range", "E_POLICY_VALUE", "1 to 604800"
    policy.Item("/limits/seconds") = True
    Raised "a Boolean", "E_POLICY_VALUE", "/limits/seconds: this is true"
    policy.Item("/limits/seconds") = Null
    Raised "Null", "E_ARGUMENT", "Remove"
    policy.Item("/limits/seconds") = Array(1)
    Raised "an array", "E_ARGUMENT", "SetJson"
    policy.Limit "second", 5
    Raised "a limit of another name", "E_POLICY_VALUE", "Did you mean ""seconds""?"
    policy.Limit "a/b", 5
    Raised "a limit with a slash", "E_POLICY_VALUE", "/limits/a~1b"
    policy.Network = "all"
    Raised "a mode that is none", "E_POLICY_VALUE", """grants"""
    policy.SetJson "/limits/seconds", "5, ""outputMB"": 7"
    Raised "more than one value", "E_POLICY_SYNTAX", "Line 1"
    policy.Remove "/nothing"
    Raised "removing what is not there", "E_POLICY_VALUE", "/nothing"
End Sub

Sub Lists
    Dim policy, before
    Set policy = CreateObject("Sbx.Policy")
    policy.AddWrite "C:\a"
    policy.AddWrite Array("C:\b", "c:/A/")
    Equal "AddWrite adds one or many, and none twice", Flat(policy.GetJson("/files/write")), "[""${workspace}"",""${temp}"",""C:\\a"",""C:\\b""]"
    policy.AddRead "D:\data"
    policy.Deny Array("${workspace}/.env", "${home}/.ssh")
    policy.Protect "build/keys"
    Equal "AddRead adds", policy.Item("/files/read/1"), "D:\data"
    Equal "Deny adds", policy.Item("/files/deny/1"), "${home}/.ssh"
    Equal "Protect adds", policy.Item("/files/protect/3"), "build/keys"
    policy.Require "network", sbxAssuranceAdvisory
    policy.Require Array("process", "fileDelete"), "absent"
    Equal "Require takes numbers and words, one domain or many", policy.Item("/require/network") & policy.Item("/require/process") & policy.Item("/require/fileDelete"), "advisoryabsentabsent"
    before = policy.Json
    TryLists policy
    Equal "after all failures nothing has changed", policy.Json, before
End Sub

Sub TryLists(policy)
    On Error Resume Next
    policy.AddWrite Array("C:\good", "bad")
    Raised "one bad path of several", "E_POLICY_VALUE", "/files/write/5"
    policy.Deny "C:/a"
    Raised "denying what is granted", "E_POLICY_CONFLICT", "/files/write/2"
    policy.AddRead Empty
    Raised "no path", "E_ARGUMENT", "path"
    policy.Protect "C:\x"
    Raised "a protected name that is absolute", "E_POLICY_VALUE", "/files/protect/4"
    policy.Require Array("process", "wether"), "absent"
    Raised "a domain that does not exist", "E_POLICY_VALUE", "/require/wether"
    policy.Require "process", "enforce"
    Raised "an assurance that does not exist", "E_POLICY_VALUE", "Did you mean ""enforced""?"
    policy.Require "process", 4
    Raised "an assurance's number out of range", "E_ARGUMENT", "assurance"
End Sub

' JSON without line ends and blanks.
Function Flat(text)
    Flat = Replace(Replace(text, vbLf, ""), " ", "")
End Function

Sub Validation
    Dim policy, problems, problem, seen, text
    Set policy = CreateObject("Sbx.Policy")
    text = "{" & vbLf & "  ""levle"": 1," & vbLf & "  ""limits"": { ""seconds"": 0, ""seconds"": 0 }," & vbLf & "  ""files"": { ""deny"": [""${temp}""] }" & vbLf & "}"
    Set problems = policy.Validate(text)
    Equal "every problem is there", problems.Count, 4
    seen = ""
    For Each problem In problems
        seen = seen & problem.CodeText & " " & problem.Pointer & " " & problem.Line & ":" & problem.Column & "; "
    Next
    Equal "each with its code and place, in order", seen, "E_POLICY_VALUE /levle 2:3; E_POLICY_SYNTAX /limits/seconds 3:29; E_POLICY_VALUE /limits/seconds 3:40; E_POLICY_CONFLICT /files/deny/0 4:23; "
    Set problem = problems(0)
    Equal "the code is the error's number", problem.Code, sbxErrorPolicyValue
    Equal "the text is what is wrong", problem.Text, """levle"" is not a key."
    Check "the fix is what to do", InStr(problem.Fix, "Did you mean ""level""?") = 1, problem.Fix
    Set problems = policy.Validate("{}")
    Equal "a good policy has no problem", problems.Count, 0
    Set problems = Nothing
    Equal "a problem outlives its collection", problem.Pointer, "/levle"
    Set problems = policy.Validate("{ ""level"": ")
    Equal "half a text has one", problems.Count & problems(0).CodeText & problems(0).Line, "1E_POLICY_SYNTAX1"
    Equal "Validate changes nothing", policy.Item("/limits/seconds"), 600
    TryValidation policy
End Sub

Sub TryValidation(policy)
    Dim problem, problems
    On Error Resume Next
    Set problems = policy.Validate("{}")
    Set problem = problems.Item(0)
    Raised "a problem that is not there", "E_ARGUMENT", "empty"
End Sub

Sub InASession
    Dim session, policy, other, held
    Set session = CreateObject("Sbx.Session")
    session.Workspace = NewWorkspace("object")
    Equal "a new session has the strict default", session.Policy.Json, CreateObject("Sbx.Policy").Json
    Equal "Query tells it before Provision", session.Query("policy"), session.Policy.Json
    Set policy = CreateObject("Sbx.Policy")
    policy.Parse PolicyText("'limits': { 'seconds': 600 }")
    Set session.Policy = policy
    policy.Item("/environment/set/FIRST") = "1"
    session.Provision
    Equal "what was edited until Provision counts", session.Run(Fx("env FIRST")).ExitCode, 0
    Set held = session.Policy
    held.Item("/environment/set/SECOND") = "2"
    Equal "the session's policy is the object that was put", policy.Item("/environment/set/SECOND"), "2"
    Check "a later edit does not count yet", InStr(session.Query("policy"), "SECOND") = 0, session.Query("policy")
    session.Provision
    Check "it counts at the next Provision", InStr(session.Query("policy"), """SECOND"": ""2""") > 0, session.Query("policy")
    Check "and commands see it", InStr(session.Run(Fx("env")).StdOut, "SECOND=2") > 0, session.Run(Fx("env")).StdOut
    Set other = CreateObject("Sbx.Policy")
    other.Parse policy.Json
    other.Limit "seconds", 1
    session.SetPolicy other
    session.Provision
    Equal "SetPolicy takes another one", session.Run(Fx("sleep 60000")).ExitReason, sbxExitTimeLimit
    TryInASession session
    Equal "a session keeps its policy after failures", session.Policy.Item("/limits/seconds"), 1
    session.Close
End Sub

Sub TryInASession(session)
    On Error Resume Next
    session.Policy = folder
    Raised "a folder as policy", "E_ARGUMENT", "is a folder"
    session.Policy = "[]"
    Raised "a list as policy", "E_ARGUMENT", "begins with a brace"
    session.Policy = "policy.json"
    Raised "a relative path as policy", "E_ARGUMENT", "C:\folder"
    session.Policy = folder & "\none.json"
    Raised "a policy file that is not there", "E_PATH_NOT_FOUND", "none.json"
    session.Policy = Array("{", "}")
    Raised "lines as policy, which are to be one text", "E_ARGUMENT", "one text"
    session.Policy = "C:\NUL"
    Raised "a device as policy", "E_ARGUMENT", "device"
    session.Policy = "\\.\NUL"
    Raised "a device by its own name", "E_ARGUMENT", "device"
    session.Policy = folder & "\*.json"
    Raised "a pattern as policy", "E_ARGUMENT", "character"
    Set session.Policy = files
    Raised "an object from elsewhere, and that a text would do", "E_ARGUMENT", "JSON text"
    session.SetPolicy files
    Raised "SetPolicy of an object from elsewhere", "E_ARGUMENT", ""
End Sub

On Error Resume Next
Whole : Done "Whole"
LoadAndSave : Done "LoadAndSave"
Values : Done "Values"
Lists : Done "Lists"
Validation : Done "Validation"
InASession : Done "InASession"
Finish
