' A long session: a thousand commands in Processes, one after the other or many at once.

Sub AThousand
    Dim session, i, process, count, wrong, start, took, plain
    Set session = OpenSession("thousand")
    start = Timer
    For i = 1 To 1000
        If i Mod 100 = 0 Then
            session.Spawn(Fx("exit " & (i Mod 7))).Wait
        Else
            session.Run Fx("exit " & (i Mod 7))
        End If
    Next
    took = Timer - start
    WScript.Echo "1000 commands in " & FormatNumber(took, 1) & " s"
    Equal "Processes holds every command of the session", session.Processes().Count, 1000
    start = Timer
    For Each process In session.Processes()
        count = count + 1
        If process.Id <> count Or process.ExitCode <> count Mod 7 Or process.StateText <> "exited" Then wrong = wrong & " " & count
    Next
    Check "For Each gives a thousand of them, oldest first, each with its exit code", count = 1000 And wrong = "", count & " seen, wrong:" & Left(wrong, 100)
    WScript.Echo "enumerated in " & FormatNumber(Timer - start, 2) & " s"
    Equal "by number the first is 0", session.Processes().Item(0).Id, 1
    Equal "and the last is Count - 1", session.Processes().Item(999).Id, 1000
    Equal "by text it is the Id", session.Processes().Item("1000").Id, 1000
    TryBeyond session
    session.Close
    Equal "after Close all thousand answer", session.Processes().Item(500).ExitCode, 501 Mod 7
End Sub

Sub TryBeyond(session)
    Dim process
    On Error Resume Next
    Set process = session.Processes().Item(1000)
    Raised "one beyond the last is refused with the range", "E_ARGUMENT", "999"
    Set process = session.Processes().Item(-1)
    Raised "a number below 0 is refused", "E_ARGUMENT", "999"
    Set process = session.Processes().Item("1001")
    Raised "an Id that was never given is refused", "E_ARGUMENT", "1001"
End Sub

Sub ManyAtOnce
    Dim session, running(19), i, ids, ended
    Set session = OpenSession("many")
    For i = 0 To 19
        Set running(i) = session.Spawn(Fx("sleep 60000"))
        ids = ids & " " & running(i).ProcessId
    Next
    ended = 0
    For i = 0 To 19
        If running(i).StateText = "running" Then ended = ended + 1
    Next
    Equal "twenty commands run at once", ended, 20
    Check "each has a process id of its own", running(0).ProcessId <> running(19).ProcessId And running(0).ProcessId > 0, ids
    For i = 0 To 19 Step 2
        running(i).Terminate i
    Next
    ended = 0
    For i = 0 To 19 Step 2
        running(i).Wait
        If running(i).ExitCode = i Then ended = ended + 1
    Next
    Equal "ending every other one", ended, 10
    ended = 0
    For i = 1 To 19 Step 2
        If running(i).StateText = "running" Then ended = ended + 1
    Next
    Equal "leaves the others running", ended, 10
    session.Close
    ended = 0
    For i = 1 To 19 Step 2
        If running(i).ExitReason = sbxExitSessionClosed Then ended = ended + 1
    Next
    Equal "Close ends those", ended, 10
End Sub

Sub Snapshot
    Dim session, process, seen
    Set session = OpenSession("snapshot")
    session.Run Fx("exit 1")
    session.Run Fx("exit 2")
    For Each process In session.Processes()
        seen = seen & process.Id & " "
        If process.Id = 1 Then session.Run Fx("exit 3")
    Next
    Equal "an enumeration goes over what was there when it began", seen, "1 2 "
    Equal "what came later is in the next", session.Processes().Count, 3
    session.Close
End Sub

Sub Facts
    Dim session, process
    Set session = OpenSession("facts")
    Set process = session.Spawn(Fx("cpu 300"))
    process.Wait
    Check "CpuMs is a number of milliseconds, not more than the process had", VarType(process.CpuMs) = vbDouble And process.CpuMs >= 0 And process.CpuMs <= process.ElapsedMs + 50, process.CpuMs
    Check "ElapsedMs stands still after the end", process.ElapsedMs = process.ElapsedMs And process.ElapsedMs >= 250, process.ElapsedMs
    Check "StartTime is a date of today", IsDate(process.StartTime) And Abs(Now - process.StartTime) < 0.1, CStr(process.StartTime)
    Check "StartTimeUtc is ISO 8601", Mid(process.StartTimeUtc, 5, 1) = "-" And Mid(process.StartTimeUtc, 11, 1) = "T" And Right(process.StartTimeUtc, 1) = "Z", process.StartTimeUtc
    Equal "Command is as it was given", process.Command, Fx("cpu 300")
    Check "PeakMemoryMB is a number", VarType(process.PeakMemoryMB) = 5, VarType(process.PeakMemoryMB)
    Check "an array is shown quoted", InStr(session.Spawn(Array(fixture, "args", "two words")).Command, """two words""") > 0, "unquoted"
    session.Close
End Sub

On Error Resume Next
AThousand : Done "AThousand"
ManyAtOnce : Done "ManyAtOnce"
Snapshot : Done "Snapshot"
Facts : Done "Facts"
Finish
