// A session from JScript: its own arrays, Enumerator, VBArray, and exceptions.

run("basics", function () {
    var session = openSession("basics"), result, domains = [], count = 0;
    equal("a provisioned session says so", session.StateText, "provisioned");
    result = session.Run("cmd /c echo hello");
    equal("a command's output arrives", result.StdOut, "hello\r\n");
    equal("its exit code is a number", result.ExitCode, 0);
    equal("Succeeded is true", result.Succeeded, true);
    each(session.Report().Findings, function (finding) { domains.push(finding.Domain); });
    equal("an Enumerator goes over the findings", domains.join(" "),
        "fileWrite fileDelete fileRead network process desktop resources lifetime handles");
    equal("a finding is found by its domain", session.Report().Findings.Item("network").Domain, "network");
    equal("the collection itself is called with a key", session.Report().Findings("handles").Domain, "handles");
    session.Run(["cmd", "/c", "exit", "3"]);
    each(session.Processes(), function (process) { count++; });
    equal("an Enumerator goes over the processes", count, 2);
    equal("a process is found by its number", session.Processes().Item(1).ExitCode, 3);
    each(session.Query("host").Findings, function (finding) { count++; });
    check("an Enumerator goes over what Query returns", count > 2, count);
    session.Close();
    equal("a closed session says so", session.StateText, "closed");
});

run("arrays", function () {
    var session = openSession("arrays"), topics, hard, command, bytes;
    hard = ["two words", "", "quote \" inside", "back\\slash\\", "a&b|c", "%PATH%", "caret^", "umlaut \u00fc", "beyond \ud83d\ude00"];
    equal("a JScript array's elements arrive unchanged", session.Run([fixture, "args"].concat(hard)).StdOut, hard.join("\n") + "\n");
    equal("numbers become their text", session.Run([fixture, "args", 1, 2.5]).StdOut, "1\n2.5\n");
    raises("undefined as an element is refused", "E_ARGUMENT", "command", function () { session.Run([fixture, "args", undefined]); });
    raises("an object that is no array is its text", "E_COMMAND_NOT_FOUND", "[object Object]", function () { session.Run({ program: "cmd" }); });
    raises("an empty array is refused", "E_ARGUMENT", "command", function () { session.Run([]); });
    command = session.CreateCommand([fixture, "echo"]);
    bytes = [65, 66];
    command.Input = bytes;
    bytes[0] = 90;
    bytes.push("no byte");
    equal("a command's Input is what it was when it was put", command.Run().StdOut, "AB");
    equal("bytes as an array are input", session.Run([fixture, "echo"], null, [67, 68]).StdOut, "CD");
    raises("a number alone is neither text nor bytes", "E_ARGUMENT", "input takes text, or an array of bytes", function () { session.Run([fixture, "echo"], null, 42); });
    raises("so are lines", "E_ARGUMENT", "input takes text, or an array of bytes", function () { session.Run([fixture, "echo"], null, ["one", "two"]); });
    raises("and a command's Input that is a number", "E_ARGUMENT", "not the number 7", function () { command.Input = 7; });
    topics = new VBArray(session.Query("topics")).toArray();
    check("a list of text is a VBArray", topics.length >= 4 && topics.join(" ").indexOf("enforcement") >= 0, topics.join(" "));
    session.Close();
});

run("optional parameters", function () {
    var session = openSession("optional"), process;
    equal("undefined means not given", session.Run([fixture, "echo"], undefined, "in").StdOut, "in");
    equal("null means not given", session.Run([fixture, "echo"], null, "in").StdOut, "in");
    process = session.Spawn([fixture, "lines", "2"], null, 8);
    equal("Spawn collects", process.Collect().StdOut, "line 1\r\nline 2\r\n");
    equal("Wait answers a Boolean", process.Wait(0), true);
    process = session.Spawn([fixture, "exit", "0"]);
    process.Wait();
    equal("the end of output is undefined", typeof process.Read(), "undefined");
    session.Close();
});

run("errors", function () {
    var session = new ActiveXObject("Sbx.Session");
    raises("Run before Provision", "E_NOT_PROVISIONED", "Provision", function () { session.Run("cmd /c ver"); });
    raises("a workspace that does not exist", "E_PATH_NOT_FOUND", "nowhere", function () {
        session.Workspace = folder + "\\nowhere";
        session.Provision();
    });
    session.Workspace = newWorkspace("errors");
    session.Policy = policyText();
    session.Provision();
    raises("a command that does not exist", "E_COMMAND_NOT_FOUND", "no-such", function () { session.Run("no-such-command"); });
    raises("an unknown topic", "E_ARGUMENT", "topics", function () { session.Query("weather"); });
    raises("AllowNetwork is not built", "E_NOT_BUILT", "AllowNetwork", function () { session.AllowNetwork("example.com"); });
    raises("a time-out that is no number", "E_ARGUMENT", "timeoutMs", function () { session.Run("cmd /c ver", "soon"); });
    raises("NaN as a time-out", "E_ARGUMENT", "timeoutMs", function () { session.Run("cmd /c ver", NaN); });
    equal("after all of it commands run", session.Run([fixture, "exit", "5"]).ExitCode, 5);
    session.Close();
    raises("Run after Close", "E_CLOSED", "closed", function () { session.Run("cmd /c ver"); });
});

run("processes", function () {
    var session = openSession("processes"), process = session.Spawn([fixture, "echo"]), environment, names = "";
    process.Write("gr\u00fc\u00dfe\n");
    equal("text goes out and comes back as UTF-8", process.ReadLine(10000), "gr\u00fc\u00dfe");
    raises("a line that does not come in time", "E_TIMEOUT", "", function () { process.ReadLine(50); });
    process.CloseInput();
    process.Wait();
    equal("the process ends at the end of its input", process.ExitCode, 0);
    environment = session.CreateCommand([fixture, "env"]).Environment;
    each(environment, function (name) { names += " " + name.toUpperCase(); });
    check("an Enumerator goes over the environment's names", names.indexOf(" PATH") >= 0, names);
    raises("the exit code of a running process", "E_STATE", "ended", function () {
        var running = session.Spawn([fixture, "sleep", "60000"]);
        return running.ExitCode;
    });
    session.Close();
});

finish();
