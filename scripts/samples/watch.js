// watch.js WORKSPACE POLICY-FILE COMMAND... - runs a command and shows its lines as they come; exits with its code.
var session = new ActiveXObject("Sbx.Session");
var command = [], line;
for (var i = 2; i < WScript.Arguments.Count(); i++)
    command.push(WScript.Arguments(i));
try {
    session.Workspace = WScript.Arguments(0);
    session.Policy = WScript.Arguments(1);
    session.Provision();
    var process = session.Spawn(command);
    while (typeof (line = process.ReadLine()) == "string")    // undefined (Empty) at the end of output
        WScript.Echo(Math.round(process.ElapsedMs) + " ms: " + line);
    process.Wait();
    session.Close();
    WScript.Quit(process.ExitCode);
} catch (error) {
    WScript.Echo(error.description);    // begins with the code's word: E_COMMAND_NOT_FOUND: ...
    WScript.Quit(77);
}
