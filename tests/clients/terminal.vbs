' A command at a terminal: its size, what is typed and what comes back, and what a terminal does not take.

' Reads until `wanted` has come, or nothing comes for a while. What came stands between sequences of the terminal's.
Function ReadUntil(process, wanted)
    Dim text, more
    On Error Resume Next
    text = ""
    Do While InStr(text, wanted) = 0
        more = process.Read(, 15000)
        If Err.Number <> 0 Or IsEmpty(more) Then Exit Do
        text = text & more
    Loop
    Err.Clear
    ReadUntil = text
End Function

Sub Says(name, process, wanted)
    Dim text
    text = ReadUntil(process, wanted)
    Check name, InStr(text, wanted) > 0, text
End Sub

Sub Spawned
    Dim session, process
    Set session = OpenSession("spawned")
    Set process = session.Spawn(Fx("terminal"), Empty, sbxSpawnTerminal)
    Says "sbxSpawnTerminal is a terminal of 80 columns and 25 rows", process, "size 80x25"
    process.Write "caf" & Chr(233) & vbCr
    Says "text is typed and comes back as UTF-8", process, "got caf" & Chr(233)
    TryResize process
    process.Write "bye" & vbCr
    Check "its program ends", process.Wait(15000), "still running"
    Equal "with its exit code", process.ExitCode, 7
    Equal "and the ordinary reason", process.ExitReason, sbxExitExited
    Check "its Effective report says what was read back", InStr(process.Effective().Text, "Read back of this process") > 0, ""
    session.Close
End Sub

Sub TryResize(process)
    On Error Resume Next
    process.Resize 0, 25
    Raised "a size that cannot be", "E_ARGUMENT", "32767"
    process.Resize 100, 40
    If Err.Number = CodeOf("E_UNSUPPORTED_HOST") Then
        Raised "Resize says why this host cannot", "E_UNSUPPORTED_HOST", "E_NOTIMPL"
        Skip "a terminal changes its size", "Wine 8.0 has no ResizePseudoConsole"
    Else
        process.Write "size" & vbCr
        Says "a terminal changes its size", process, "size 100x40"
    End If
End Sub

Sub Described
    Dim session, command, process, result
    Set session = OpenSession("described")
    Set command = session.CreateCommand(Array(fixture, "terminal"))
    Equal "Terminal is False until put", command.Terminal, False
    Equal "Columns are 80", command.Columns, 80
    Equal "Rows are 25", command.Rows, 25
    TrySizes command
    Equal "what was refused changed nothing", command.Columns, 80
    command.Terminal = True
    command.Columns = 120
    command.Rows = 50
    Equal "Terminal is what was put", command.Terminal, True
    Set process = command.Spawn()
    Says "Columns and Rows are the terminal's", process, "size 120x50"
    process.CloseInput
    Check "CloseInput is the end of its input", process.Wait(15000), "still running"
    Equal "as the program takes it", process.ExitCode, 8

    command.Input = "typed" & vbCr & "bye" & vbCr
    Set result = command.Run()
    Equal "Run types its Input", result.ExitCode, 7
    Check "and has what came back", InStr(result.StdOut, "got typed") > 0, result.StdOut
    Equal "StdErr is empty: a terminal has one output", result.StdErr, ""

    command.Encoding = "oem"
    TryEncoding command
    command.Terminal = False
    command.Arguments = Array("echo")
    Equal "the same command has pipes again", command.Run().StdOut, "typed" & vbCr & "bye" & vbCr
    session.Close
End Sub

Sub TrySizes(command)
    On Error Resume Next
    command.Columns = 0
    Raised "no columns", "E_ARGUMENT", "Columns"
    command.Columns = 32768
    Raised "too many columns", "E_ARGUMENT", "32767"
    command.Rows = -1
    Raised "less than no rows", "E_ARGUMENT", "Rows"
End Sub

Sub TryEncoding(command)
    Dim seen
    On Error Resume Next
    Set seen = command.Run()
    Raised "a terminal speaks UTF-8 alone", "E_ARGUMENT", "UTF-8"
End Sub

Sub NoTerminal
    Dim session, process
    Set session = OpenSession("none")
    Set process = session.Spawn(Fx("sleep 60000"))
    TryNone process
    process.Terminate
    session.Close
End Sub

Sub TryNone(process)
    On Error Resume Next
    process.Resize 80, 25
    Raised "Resize of a command with pipes", "E_STATE", "terminal"
End Sub

On Error Resume Next
Spawned
Done "a spawned terminal"
Described
Done "a described terminal"
NoTerminal
Done "no terminal"
Finish
