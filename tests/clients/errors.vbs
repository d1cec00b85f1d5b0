' Bad input: each has its own code, a text that says what to do, and leaves the session usable.

' Put or Provision, whichever says it first, must refuse this workspace.
Sub RefusedWorkspace(name, path, word, says)
    Dim session
    Set session = CreateObject("Sbx.Session")
    session.Policy = PolicyText("")
    TryWorkspace session, path, name, word, says
    session.Workspace = folder & "\usable"
    session.Provision
    Equal "after " & name & " the session takes a good workspace", session.Run(Fx("exit 1")).ExitCode, 1
    session.Close
End Sub

Sub TryWorkspace(session, path, name, word, says)
    On Error Resume Next
    session.Workspace = path
    If Err.Number = 0 Then session.Provision
    Raised name, word, says
End Sub

Sub Workspaces
    Dim path
    path = NewWorkspace("usable")
    WriteFile folder & "\file.txt", "a file"
    RefusedWorkspace "a workspace that does not exist", folder & "\missing", "E_PATH_NOT_FOUND", "missing"
    RefusedWorkspace "a workspace that is a file", folder & "\file.txt", "E_WORKSPACE_REFUSED", "file.txt"
    RefusedWorkspace "a volume root", "C:\", "E_WORKSPACE_REFUSED", "C:\"
    RefusedWorkspace "the profile root", Variable("USERPROFILE"), "E_WORKSPACE_REFUSED", "profile"
    RefusedWorkspace "the folder above all profiles", files.GetParentFolderName(Variable("USERPROFILE")), "E_WORKSPACE_REFUSED", ""
    RefusedWorkspace "C:\Windows", "C:\Windows", "E_WORKSPACE_REFUSED", "Windows"
    RefusedWorkspace "a folder in Windows", "c:\WINDOWS\system32\", "E_WORKSPACE_REFUSED", "Windows"
    RefusedWorkspace "Program Files", "C:\Program Files", "E_WORKSPACE_REFUSED", "Program Files"
    RefusedWorkspace "a relative workspace", "src\app", "E_ARGUMENT", "src\app"
    RefusedWorkspace "a workspace relative to a drive", "C:app", "E_ARGUMENT", "C:app"
    RefusedWorkspace "an empty workspace", "", "E_ARGUMENT", ""
    RefusedWorkspace "a UNC workspace", "\\server\share\app", "E_WORKSPACE_REFUSED", "server"
    RefusedWorkspace "a long UNC workspace", "\\?\UNC\server\share\app", "E_WORKSPACE_REFUSED", "server"
    RefusedWorkspace "a device as a workspace", "\\.\C:\app", "E_WORKSPACE_REFUSED", "device"

    Dim session
    Set session = CreateObject("Sbx.Session")
    session.Policy = PolicyText("")
    session.Workspace = "\\?\" & path
    session.Provision
    Equal "the long form of a path is the same workspace", LCase(session.Run(Fx("cwd")).StdOut), LCase(path) & vbLf
    session.Close
End Sub

Sub Commands
    Dim session
    Set session = OpenSession("commands")
    TryCommand session, "a command that does not exist", "no-such-command-here --x", "E_COMMAND_NOT_FOUND", "no-such-command-here"
    TryCommand session, "a path that does not exist", "C:\no\such.exe", "E_COMMAND_NOT_FOUND", "C:\no\such.exe"
    TryCommand session, "a built-in of cmd", "dir", "E_COMMAND_NOT_FOUND", "cmd /c"
    TryCommand session, "an empty command", "", "E_ARGUMENT", "command"
    TryCommand session, "a blank command", "   ", "E_ARGUMENT", "command"
    TryCommand session, "an empty array", Array(), "E_ARGUMENT", "command"
    TryCommand session, "an array with an empty program", Array("", "x"), "E_ARGUMENT", "command"
    TryCommand session, "40,000 characters", Fx("args " & String(40000, "x")), "E_LIMIT", "32"
    TryCommand session, "40,000 characters in an array", Array(fixture, "args", String(40000, "x")), "E_LIMIT", "32"
    TryCommand session, "a folder", folder, "E_COMMAND_NOT_FOUND", ""
    TryCommand session, "Null", Null, "E_ARGUMENT", "command"
    TryCommand session, "Nothing", Nothing, "E_ARGUMENT", "command"
    TryCommand session, "another object", files, "E_ARGUMENT", "command"
    Equal "after all of it the session runs commands", session.Run(Fx("exit 9")).ExitCode, 9
    session.Close
End Sub

Sub TryCommand(session, name, command, word, says)
    Dim result
    On Error Resume Next
    Set result = session.Run(command)
    Raised name & " is refused by Run", word, says
    Set result = session.Spawn(command)
    Raised name & " is refused by Spawn", word, says
End Sub

Sub Arguments
    Dim session
    Set session = OpenSession("arguments")
    TryArguments session
    Equal "after bad arguments the session runs commands", session.Run(Fx("exit 8")).ExitCode, 8
    session.Close
End Sub

Sub TryArguments(session)
    Dim result, process, collection
    On Error Resume Next
    Set result = session.Run(Fx("exit 0"), "soon")
    Raised "a time-out that is no number", "E_ARGUMENT", "timeoutMs"
    Set result = session.Run(Fx("exit 0"), -2)
    Raised "a negative time-out", "E_ARGUMENT", "timeoutMs"
    Set result = session.Run(Fx("exit 0"), 1E300)
    Raised "a time-out beyond all numbers", "E_ARGUMENT", "timeoutMs"
    Set result = session.Run(Fx("exit 0"), Array(1))
    Raised "an array as time-out", "E_ARGUMENT", "timeoutMs"
    Set result = session.Run("cmd", "/c", "ver")
    Raised "arguments that are not in one array", "E_ARGUMENT", "array"
    Set process = session.Spawn(Fx("exit 0"), folder & "\missing")
    Raised "a working directory that does not exist", "E_PATH_NOT_FOUND", "missing"
    Set process = session.Spawn(Fx("exit 0"), "\\server.invalid\share")
    Raised "a working directory on another machine, which is not asked", "E_WORKSPACE_REFUSED", "network"
    Set process = session.Spawn(Fx("exit 0"), "\\.\C:\")
    Raised "a device as working directory", "E_ARGUMENT", "device"
    Set process = session.Spawn(Fx("exit 0"), Empty, 4096)
    Raised "a flag that does not exist", "E_ARGUMENT", "flags"
    Set process = session.Spawn(Fx("exit 0"), Empty, "sideways")
    Raised "a word that is no flag", "E_ARGUMENT", "flags"
    session.Level = "highest"
    Raised "a word that is no level", "E_ARGUMENT", "elevated"
    session.Level = 7
    Raised "a number that is no level", "E_ARGUMENT", ""
    session.Query "weather"
    Raised "an unknown topic lists the topics", "E_ARGUMENT", "enforcement"
    session.Query ""
    Raised "an empty topic", "E_ARGUMENT", "topics"
    Set process = session.Processes().Item(0)
    Raised "a number in an empty collection", "E_ARGUMENT", "empty"
    Set process = session.Spawn(Fx("exit 0"))
    Set process = session.Processes().Item(12345)
    Raised "a number outside a collection names the range", "E_ARGUMENT", "12345"
    Set process = session.Processes().Item("nobody")
    Raised "a key that is not in the collection", "E_ARGUMENT", "nobody"
    Set process = session.Report().Findings("weather")
    Raised "a domain that does not exist", "E_ARGUMENT", "weather"
    session.Policy = "{ ""version"": 1, "
    Raised "a policy that is not whole", "E_POLICY_SYNTAX", "line"
    session.Policy = "{ ""colour"": 1 }"
    Raised "a policy with an unknown key", "E_POLICY_VALUE", "/colour"
    session.Policy = folder & "\missing.json"
    Raised "a policy file that does not exist", "E_PATH_NOT_FOUND", "missing.json"
    session.Policy = 17
    Raised "a policy that is a number", "E_ARGUMENT", "policy"
    Set session.Policy = CreateObject("Sbx.Host")
    Raised "an object of another class as policy names the right one", "E_ARGUMENT", "Sbx.Policy"
End Sub

Sub WrongOrder
    Dim session
    Set session = CreateObject("Sbx.Session")
    TryUnprovisioned session
    session.Workspace = NewWorkspace("order")
    session.Policy = PolicyText("")
    TryUnprovisioned session
    session.Provision
    TryProvisioned session
    Equal "after the wrong order the session runs commands", session.Run(Fx("exit 2")).ExitCode, 2
    session.Close
    TryClosed session
End Sub

Sub TryUnprovisioned(session)
    Dim nothing_, stage
    stage = "with a workspace "
    If session.Workspace = "" Then stage = "without a workspace "
    On Error Resume Next
    Set nothing_ = session.Run(Fx("exit 0"))
    Raised stage & "Run before Provision names Provision", "E_NOT_PROVISIONED", "Provision"
    Set nothing_ = session.Spawn(Fx("exit 0"))
    Raised stage & "Spawn before Provision names Provision", "E_NOT_PROVISIONED", "Provision"
    Set nothing_ = session.Report()
    Raised stage & "Report before Provision names Provision", "E_NOT_PROVISIONED", "Provision"
    If session.Workspace = "" Then
        session.Provision
        Raised "Provision without a workspace names Workspace", "E_STATE", "Workspace"
    End If
    session.Cancel
    Check stage & "Cancel before Provision does nothing", Err.Number = 0, Err.Description
    Err.Clear
    Check stage & "Processes before Provision is empty", session.Processes().Count = 0 And Err.Number = 0, Err.Description
    Err.Clear
End Sub

Sub TryProvisioned(session)
    On Error Resume Next
    session.Workspace = folder
    Raised "another workspace after Provision", "E_STATE", "Workspace"
    session.Level = "elevated"
    Equal "another level after Provision counts at the next one", session.LevelText, "restricted"
    session.Level = "auto"
End Sub

Sub TryClosed(session)
    Dim nothing_
    On Error Resume Next
    Set nothing_ = session.Run(Fx("exit 0"))
    Raised "Run after Close", "E_CLOSED", "closed"
    Set nothing_ = session.Spawn(Fx("exit 0"))
    Raised "Spawn after Close", "E_CLOSED", "closed"
    Set nothing_ = session.Provision()
    Raised "Provision after Close", "E_CLOSED", "closed"
    session.Policy = "{}"
    Raised "a policy after Close, which no Provision would take", "E_CLOSED", "closed"
    Set session.Policy = CreateObject("Sbx.Policy")
    Raised "a policy object after Close", "E_CLOSED", "closed"
    session.Level = "restricted"
    Raised "a level after Close", "E_CLOSED", "closed"
    session.ParentWindow = 1
    Raised "a window after Close", "E_CLOSED", "closed"
    Equal "and it is not kept", session.ParentWindow, 0
    Err.Clear
    session.Cancel
    Check "Cancel after Close does nothing", Err.Number = 0, Err.Description
    Err.Clear
End Sub

Sub UseAfterClose
    Dim session, ended, running, collected
    Set session = OpenSession("after")
    Set ended = session.Spawn(Fx("exit 6"))
    ended.Wait
    Set running = session.Spawn(Fx("sleep 60000"))
    Set collected = session.Spawn(Fx("sleep 60000"), Empty, sbxSpawnCollect)
    session.Close
    Equal "a process that had ended keeps its exit code after Close", ended.ExitCode, 6
    Equal "a process that ran was ended by Close", running.StateText, "exited"
    Equal "and says so", running.ExitReason, sbxExitSessionClosed
    Equal "in a word, too", running.ExitReasonText, "sessionClosed"
    Equal "Processes answers after Close", session.Processes().Count, 3
    TryUseAfterClose running, collected
End Sub

Sub TryUseAfterClose(running, collected)
    Dim value
    On Error Resume Next
    running.Write "x"
    Raised "Write after Close", "E_STATE", "ended"
    running.Terminate
    Check "Terminate after Close does nothing", Err.Number = 0, Err.Description
    Err.Clear
    value = running.Wait(0)
    Check "Wait after Close answers that it has ended", value = True And Err.Number = 0, Err.Description
    Err.Clear
End Sub

Sub WhileRunning
    Dim session, process
    Set session = OpenSession("running")
    Set process = session.Spawn(Fx("sleep 60000"))
    TryWhileRunning process
    process.Terminate 5
    process.Wait
    Equal "Terminate gives the exit code", process.ExitCode, 5
    TryEnded process
    session.Close
End Sub

Sub TryWhileRunning(process)
    Dim value
    On Error Resume Next
    value = process.ExitCode
    Raised "the exit code of a running process", "E_STATE", "ended"
    value = process.ExitReason
    Raised "the exit reason of a running process", "E_STATE", "ended"
    Set value = process.Collect()
    Raised "Collect where nothing is collected", "E_STATE", "collect"
    process.Terminate 4294967296
    Raised "an exit code of more than 32 bits", "E_ARGUMENT", "exitCode"
    process.Terminate -2147483649
    Raised "an exit code below 32 bits", "E_ARGUMENT", "exitCode"
    process.Terminate "abc"
    Raised "an exit code that is no number", "E_ARGUMENT", "exitCode"
    value = process.ReadLine(5000)
    Equal "ReadLine gives a line without its end", value, "ready"
    value = process.ReadLine(50)
    Raised "ReadLine with nothing to read in time", "E_TIMEOUT", ""
    Equal "a process that could not be ended still runs", process.StateText, "running"
End Sub

Sub TryEnded(process)
    On Error Resume Next
    process.Terminate 6
    Check "Terminate of an ended process does nothing", Err.Number = 0 And process.ExitCode = 5, Err.Description
    Err.Clear
    process.Write "x"
    Raised "Write to an ended process", "E_STATE", "input"
End Sub

On Error Resume Next
Workspaces : Done "Workspaces"
Commands : Done "Commands"
Arguments : Done "Arguments"
WrongOrder : Done "WrongOrder"
UseAfterClose : Done "UseAfterClose"
WhileRunning : Done "WhileRunning"
Finish
