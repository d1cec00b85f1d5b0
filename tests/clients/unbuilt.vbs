' Members that this version does not build yet say so: an empty answer would read as "clean".

Sub Members
    Dim session, result, process
    Set session = OpenSession("members")
    Set result = session.Run(Fx("exit 0"))
    Set process = session.Spawn(Fx("sleep 60000"))
    TryMembers session, result, process
    Equal "and the session goes on", session.Run(Fx("exit 3")).ExitCode, 3
    session.Close
End Sub

Sub TryMembers(session, result, process)
    Dim seen
    On Error Resume Next
    Set seen = session.AllowNetwork("example.com")
    Raised "AllowNetwork", "E_NOT_BUILT", "AllowNetwork"
End Sub

On Error Resume Next
Members : Done "Members"
Finish
