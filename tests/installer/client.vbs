' What a user does first after installing, through the registration that the installer made.

Sub TheFirstCommand
    Dim session, result
    Set session = OpenSession("installed")
    Set result = session.Run("cmd /c echo hello")
    Equal "a command runs", result.StdOut, "hello" & vbCrLf
    session.Close
End Sub

Sub TheOtherClasses
    Check "the host says its version", InStr(CreateObject("Sbx.Host").Version, ".") > 0, CreateObject("Sbx.Host").Version
    Check "a policy is made by name", IsObject(CreateObject("Sbx.Policy")), "no object"
End Sub

On Error Resume Next
TheFirstCommand
Done "the first command"
TheOtherClasses
Done "the other classes"
Finish
