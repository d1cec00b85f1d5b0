' What a command is given, and what comes back.

Sub ArgumentsInAnArray
    Dim session, arguments, i, expected
    Set session = OpenSession("array")
    arguments = Array(fixture, "args", "plain", "with blank", "", "quote "" inside", "back\slash\", "slash \"" quote", "a&b|c<d>e^f", "%PATH%", "*", "tab" & vbTab & "end", "'single'")
    For i = 2 To UBound(arguments)
        expected = expected & arguments(i) & vbLf
    Next
    Equal "arguments in an array arrive unchanged", session.Run(arguments).StdOut, expected
    Equal "numbers in an array are their text", session.Run(Array(fixture, "args", 1, 2.5, True)).StdOut, "1" & vbLf & "2.5" & vbLf & CStr(True) & vbLf
    Equal "a name without a path is found in the PATH", session.Run(Array("cmd", "/c", "echo found")).StdOut, "found" & vbCrLf
    Equal "a long argument arrives whole", Len(session.Run(Array(fixture, "args", String(30000, "y"))).StdOut), 30001
    session.Close
End Sub

Sub CommandLines
    Dim session
    Set session = OpenSession("text")
    Equal "a command line is taken as typed", session.Run(Fx("args a ""b c"" d")).StdOut, "a" & vbLf & "b c" & vbLf & "d" & vbLf
    Equal "cmd's operators stay text without cmd", session.Run(Fx("args a & b > c")).StdOut, "a" & vbLf & "&" & vbLf & "b" & vbLf & ">" & vbLf & "c" & vbLf
    Equal "with cmd they work", session.Run("cmd /c echo a& echo b").StdOut, "a" & vbCrLf & "b" & vbCrLf
    Equal "a failing command gives its exit code and raises nothing", session.Run(Fx("exit 200")).ExitCode, 200
    Equal "a failing command did not succeed", session.Run(Fx("exit 1")).Succeeded, False
    Equal "an exit code above 2^31 is signed", session.Run(Fx("exit 0xC0000005")).ExitCode, -1073741819
    Equal "a crash is an exit code", session.Run(Fx("crash")).ExitCode, -1073741819
    Check "a program in the workspace is not found by its bare name", NotInWorkspace(session), "it ran"
    session.Close
End Sub

Function NotInWorkspace(session)
    Dim result
    files.CopyFile fixture, folder & "\text\planted.exe"
    On Error Resume Next
    Set result = session.Run("planted exit 0")
    NotInWorkspace = (Err.Number = CodeOf("E_COMMAND_NOT_FOUND"))
    Err.Clear
End Function

Sub BatchFiles
    Dim session, batch
    Set session = OpenSession("batch")
    batch = folder & "\batch\show.cmd"
    WriteFile batch, "@echo off" & vbCrLf & "echo [%~1] [%~2]" & vbCrLf & "exit /b 12" & vbCrLf
    Equal "a batch file runs with its arguments", session.Run(Array(batch, "one", "two words")).StdOut, "[one] [two words]" & vbCrLf
    Equal "its exit code arrives", session.Run(Array(batch, "x")).ExitCode, 12
    Equal "a batch file in a command line runs, too", session.Run("""" & batch & """ one").StdOut, "[one] []" & vbCrLf
    TryBatch session, batch
    Equal "and the session runs on", session.Run(Array(batch, "ok")).StdOut, "[ok] []" & vbCrLf
    session.Close
End Sub

Sub TryBatch(session, batch)
    Dim result
    On Error Resume Next
    Set result = session.Run(Array(batch, "a"" & echo owned"))
    Raised "a quote for a batch file is refused", "E_COMMAND_UNSAFE_ARGUMENT", ""
    Set result = session.Run(Array(batch, "%PATH%"))
    Raised "a percent sign for a batch file is refused", "E_COMMAND_UNSAFE_ARGUMENT", ""
    Set result = session.Run(Array(batch, "a" & vbCrLf & "echo owned"))
    Raised "a line end for a batch file is refused", "E_COMMAND_UNSAFE_ARGUMENT", ""
    Set result = session.Run(Array(batch, "folder\"))
    Raised "a backslash at the end for a batch file is refused", "E_COMMAND_UNSAFE_ARGUMENT", ""
End Sub

Sub Environments
    Dim session, all, command, environment, name, names
    Check "(control) the caller has a secret in its environment", Variable("SBX_TEST_SECRET") = "hunter2", Variable("SBX_TEST_SECRET")
    Set session = OpenSession("environment")
    all = vbLf & session.Run(Fx("env")).StdOut
    Check "the caller's secrets do not reach a command", InStr(all, "hunter2") = 0, all
    Check "what Windows programs need does", InStr(1, all, vbLf & "SystemRoot=", 1) > 0 And InStr(1, all, vbLf & "PATH=", 1) > 0 And InStr(1, all, vbLf & "TEMP=", 1) > 0 And InStr(1, all, vbLf & "ComSpec=", 1) > 0, all
    Check "TEMP is the session's own", InStr(1, all, vbLf & "TEMP=" & Variable("TEMP") & vbLf, 1) = 0, all
    Set command = session.CreateCommand(Fx("env ADDED"))
    Set environment = command.Environment
    environment("ADDED") = "by the command"
    Equal "a variable reads back, whatever its letters' case", environment("added"), "by the command"
    Equal "a command sees the variables it was given", command.Run().StdOut, "by the command" & vbLf
    Equal "and the next command does not", session.Run(Fx("env ADDED")).ExitCode, 1
    For Each name In environment
        names = names & " " & UCase(name)
    Next
    Check "For Each over Environment gives the names", InStr(names, " ADDED") > 0 And InStr(names, " PATH") > 0, names
    environment("LONG") = String(40000, "v")
    TryLong command
    environment.Remove "LONG"
    environment.Remove "ADDED"
    environment.Remove "ADDED"
    Equal "a variable that was removed is gone", command.Run().ExitCode, 1
    session.Close

    Set session = OpenSessionWith("environment2", "'environment': { 'inherit': ['PATH', 'SystemRoot', 'SBX_TEST_*'], 'set': { 'CI': '1' }, 'deny': ['*_SECRET'] }")
    all = vbLf & session.Run(Fx("env")).StdOut
    Check "the policy's inherit lets a variable through", InStr(all, vbLf & "SBX_TEST_PLAIN=visible" & vbLf) > 0, all
    Check "its deny beats inherit", InStr(all, "hunter2") = 0, all
    Check "its set adds one", InStr(all, vbLf & "CI=1" & vbLf) > 0, all
    session.Close

    Set session = OpenSessionWith("readonly", "'files': { 'write': ['${temp}'] }")
    Equal "a workspace that may not be written is a working directory all the same", session.Run(Fx("exit 3")).ExitCode, 3
    session.Close
End Sub

Sub TryLong(command)
    Dim seen
    On Error Resume Next
    Set seen = command.Run()
    Raised "a variable that is too long is named", "E_ARGUMENT", "LONG"
    Set seen = command.Environment.Item(String(5000, "n"))
    Raised "a name that is long leaves room for what is wrong with it", "E_ARGUMENT", "...""."
End Sub

Sub InputOfCommands
    Dim session, bytes, process, command
    Set session = OpenSession("input")
    Equal "text given to Run is the command's input", session.Run(Fx("echo"), Empty, "some text").StdOut, "some text"
    Equal "without input a command reads its end at once", session.Run(Fx("read")).StdOut, "0 cbf29ce484222325" & vbLf
    bytes = session.Run(Fx("emit out hex 00ff0d0a80")).StdOutBytes()
    Equal "bytes come as an array of bytes", VarType(bytes), 8209
    Equal "bytes given to Run arrive unchanged", session.Run(Fx("read"), Empty, bytes).StdOut, "5 f96518a112eca145" & vbLf
    Set command = session.CreateCommand(Array(fixture, "echo"))
    command.Input = "from Input"
    Equal "a command's Input is its input", command.Run().StdOut, "from Input"
    Equal "a command runs more than once", command.Run().StdOut, "from Input"

    Set process = session.Spawn(Fx("echo"))
    process.Write "first" & vbLf
    Equal "what is written to a process comes back while it runs", process.ReadLine(10000), "first"
    process.Write "second" & vbCrLf & "third"
    Equal "ReadLine takes CR LF as a line end", process.ReadLine(10000), "second"
    process.CloseInput
    Equal "the last line needs no end", process.ReadLine(10000), "third"
    Check "then comes Empty", IsEmpty(process.ReadLine(10000)), "something else"
    Check "again and again", IsEmpty(process.Read()), "something else"
    process.ReadError 10000    ' the end of the other stream, which may come a moment later
    Equal "and AtEnd says so", process.AtEnd, True
    Equal "the process has ended", process.Wait(10000), True
    Equal "with its exit code", process.ExitCode, 0
    session.Close
End Sub

Sub OutputOfCommands
    Dim session, process, result, text
    Set session = OpenSession("output")
    Set result = session.Run(Fx("emit both hex 4fc3bc"))
    Equal "UTF-8 is read as text", Len(result.StdOut), 2
    Equal "both streams are kept apart", result.StdErr, result.StdOut
    Equal "no output is an empty text", session.Run(Fx("exit 0")).StdOut, ""
    Equal "and no bytes", VarType(session.Run(Fx("exit 0")).StdOutBytes()), 8209
    Set process = session.Spawn(Fx("emit err hex 6572726f72"))
    Equal "ReadError reads standard error", process.ReadError(), "error"
    Check "its end is Empty", IsEmpty(process.ReadError()), "something else"
    Set process = session.Spawn(Fx("lines 3"))
    process.Wait
    Equal "Read gives at most as many characters as asked for", process.Read(4), "line"
    text = process.Read()
    Do Until process.AtEnd
        text = text & process.Read()
    Loop
    Equal "and then the rest", text, " 1" & vbCrLf & "line 2" & vbCrLf & "line 3" & vbCrLf
    session.Close
End Sub

Sub Collecting
    Dim session, process, result
    Set session = OpenSession("collect")
    Set process = session.Spawn(Fx("lines 1000"), Empty, sbxSpawnCollect)
    Set result = process.Collect()
    Equal "Collect waits and gives all output", Len(result.StdOut), 9893
    Equal "and the exit code", result.ExitCode, 0
    files.CreateFolder session.Workspace & "\spawned"
    Set process = session.Spawn(Fx("cwd"), session.Workspace & "\spawned", sbxSpawnCollect + sbxSpawnNoInput)
    Equal "Spawn takes a working directory", LCase(process.Collect().StdOut), LCase(session.Workspace & "\spawned") & vbLf
    Set process = session.Spawn(Fx("sleep 60000"), Empty, sbxSpawnCollect)
    TryCollect process
    process.Terminate
    Set result = process.Collect()
    Equal "Terminate without a code gives 1", result.ExitCode, 1
    Equal "and the reason", result.ExitReason, sbxExitTerminated
    TryCollectTwice process
    session.Close
End Sub

Sub TryCollect(process)
    Dim result
    On Error Resume Next
    Set result = process.Collect(50)
    Raised "Collect within a time that is too short", "E_TIMEOUT", ""
End Sub

Sub TryCollectTwice(process)
    Dim result
    On Error Resume Next
    Set result = process.Collect()
    Raised "what was collected is not collected again", "E_STATE", "first"
End Sub

Sub Ends
    Dim session, result, process, start
    Set session = OpenSession("ends")
    Set result = session.Run(Fx("sleep 60000"), 300)
    Equal "a command that runs into timeoutMs is ended", result.ExitReason, sbxExitTimedOut
    Equal "and says so in a word", result.ExitReasonText, "timedOut"
    Equal "it did not succeed", result.Succeeded, False
    Equal "what it wrote until then is kept", result.StdOut, "ready" & vbLf
    Check "it was ended in time", result.DurationMs >= 250 And result.DurationMs < 5000, result.DurationMs
    Equal "timeoutMs as text is taken", session.Run(Fx("sleep 60000"), "200").ExitReason, sbxExitTimedOut
    Set process = session.Spawn(Fx("sleep 60000"))
    Equal "Wait(0) polls", process.Wait(0), False
    Equal "Wait gives up in time", process.Wait(100), False
    process.Terminate 4294967295
    Equal "an ended process is waited for", process.Wait(10000), True
    Equal "an exit code up to 2^32-1 is taken, and signed", process.ExitCode, -1
    Equal "Terminated is its reason", process.ExitReasonText, "terminated"
    Set process = session.Spawn(Fx("sleep 60000"))
    process.Terminate -2147483647
    process.Wait
    Equal "a negative exit code is taken", process.ExitCode, -2147483647
    session.Close
End Sub

Sub Limits
    Dim session, result, command
    Set session = OpenSessionWith("limits", "'limits': { 'seconds': 1, 'outputMB': 1 }")
    Set result = session.Run(Fx("sleep 60000"))
    Equal "the policy's seconds end a command", result.ExitReason, sbxExitTimeLimit
    Equal "in a word", result.ExitReasonText, "timeLimit"
    Equal "a time-out of -1 does not lift the policy's", session.Run(Fx("sleep 60000"), -1).ExitReason, sbxExitTimeLimit
    Equal "nor does a longer one", session.Run(Fx("sleep 60000"), 50000).ExitReason, sbxExitTimeLimit
    Equal "a shorter one counts", session.Run(Fx("sleep 60000"), 100).ExitReason, sbxExitTimedOut
    Set result = session.Run(Fx("emit both kb 8192"))
    Equal "the policy's outputMB ends a command", result.ExitReason, sbxExitOutputLimit
    Equal "the result says that it was cut off", result.Truncated, True
    Equal "it did not succeed, either", result.Succeeded, False
    Set command = session.CreateCommand(Fx("exit 0"))
    TryLimits command
    Equal "after that the session runs commands", session.Run(Fx("exit 0")).ExitCode, 0
    session.Close
End Sub

Sub TryLimits(command)
    Dim result
    On Error Resume Next
    command.OutputLimitMB = 2
    If Err.Number = 0 Then Set result = command.Run()
    Raised "a command's limit above the policy's", "E_ARGUMENT", "OutputLimitMB"
End Sub

Sub TryDirectory(command)
    Dim seen
    On Error Resume Next
    Set seen = command.Run()
    Raised "a folder that the policy does not name is none to work in", "E_ARGUMENT", "/files/read"
End Sub

Sub Encodings
    Dim session, command
    Set session = OpenSession("encoding")
    Set command = session.CreateCommand(Fx("emit out hex 41e942"))
    Equal "Encoding is auto until put", command.Encoding, "auto"
    command.Encoding = "latin1"
    Equal "latin1 is a character a byte", command.Run().StdOut, "A" & Chr(233) & "B"
    command.Encoding = "UTF-8"
    Equal "ill-formed UTF-8 becomes a replacement character", Len(command.Run().StdOut), 3
    Set command = session.CreateCommand(Fx("emit out hex fffe41004200"))
    command.Encoding = "utf-16"
    Equal "utf-16 is read without its byte-order mark", command.Run().StdOut, "AB"
    TryEncoding command
    Equal "a bad encoding changes nothing", command.Encoding, "utf-16"
    session.Close
End Sub

Sub TryEncoding(command)
    On Error Resume Next
    command.Encoding = "klingon"
    Raised "an encoding that does not exist lists those that do", "E_ARGUMENT", "utf-8"
End Sub

Sub DescribedCommands
    Dim session, command, arguments
    Set session = OpenSession("described")
    Set command = session.CreateCommand(Array(fixture, "args", "a"))
    Equal "Program is the array's first", command.Program, fixture
    arguments = command.Arguments
    Equal "Arguments are the others", arguments(1), "a"
    command.Arguments = Array("args", "b", "c d")
    Equal "Arguments can be put", command.Run().StdOut, "b" & vbLf & "c d" & vbLf
    command.Arguments = "cwd"
    files.CreateFolder session.Workspace & "\below"
    command.WorkingDirectory = session.Workspace & "\below"
    Equal "one argument needs no array, and WorkingDirectory counts", LCase(command.Run().StdOut), LCase(session.Workspace & "\below") & vbLf
    command.WorkingDirectory = folder
    TryDirectory command
    command.WorkingDirectory = ""
    command.TimeoutMs = 200
    command.Arguments = Array("sleep", "60000")
    Equal "TimeoutMs counts", command.Run().ExitReason, sbxExitTimedOut
    command.TimeoutMs = Empty
    command.Arguments = Array("exit", "11")
    Dim process
    Set process = command.Spawn()
    process.Wait
    Equal "a described command is spawned, too", process.ExitCode, 11
    session.Close
End Sub

On Error Resume Next
ArgumentsInAnArray : Done "ArgumentsInAnArray"
CommandLines : Done "CommandLines"
BatchFiles : Done "BatchFiles"
Environments : Done "Environments"
InputOfCommands : Done "InputOfCommands"
OutputOfCommands : Done "OutputOfCommands"
Collecting : Done "Collecting"
Ends : Done "Ends"
Limits : Done "Limits"
Encodings : Done "Encodings"
DescribedCommands : Done "DescribedCommands"
Finish
