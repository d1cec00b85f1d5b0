// The product as .NET programs use it: late bound by `dynamic`, and early bound by [ComImport] interfaces.
using System.Runtime.InteropServices;
using System.Text;
using static Sbx.Tests.Verdicts;

namespace Sbx.Tests;

static class Program
{
    // sbxError, as HRESULTs.
    const int NotProvisioned = unchecked((int)0x80040A06), BelowRequirement = unchecked((int)0x80040A07),
        CommandNotFound = unchecked((int)0x80040A12), Timeout = unchecked((int)0x80040A15),
        Cancelled = unchecked((int)0x80040A16), State = unchecked((int)0x80040A17), Closed = unchecked((int)0x80040A18),
        SetupFailed = unchecked((int)0x80040A0A), SetupCaller = unchecked((int)0x80040A0B),
        Argument = unchecked((int)0x80040A1B), NotBuilt = unchecked((int)0x80040A1D);

    static readonly string folder = Directory.CreateTempSubdirectory("sbx-dotnet-").FullName;
    static readonly string fixture = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, @"..\..\tests\programs\fixture.exe"));

    [STAThread]
    static int Main(string[] only)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        foreach ((string name, Action tests) in new (string, Action)[] {
            ("dynamic", LateBound), ("ComImport", EarlyBound), ("exceptions", Exceptions), ("threads", Threads), ("events", Events), ("host", Host) })
            if (only.Length == 0 || only.Contains(name))
                Suite(name, tests);
        Directory.Delete(folder, true);
        return Failed == 0 ? 0 : 1;
    }

    // The set-up server: started from here, it cannot tell under Wine who calls, and refuses. On Windows a prompt would wait.
    static void Host()
    {
        dynamic host = Activator.CreateInstance(Type.GetTypeFromProgID("Sbx.Host", true)!)!;
        dynamic doctor = host.Doctor();

        Check("Doctor tells at least 25 facts", (int)doctor.Findings.Count >= 25, (int)doctor.Findings.Count);
        Check("Status needs no elevation", ((string)host.Status().Text).Contains("setUp"), (string)host.Status().Text);
        if (((string)doctor.Text).Contains("under Wine"))
            Raises("Provision is refused where the caller cannot be told, or there is no server", setupServer ? "E_SETUP_CALLER" : "E_SETUP_FAILED",
                setupServer ? SetupCaller : SetupFailed, setupServer ? "caller" : "RegServer", () => host.Provision());
    }

    // Registered by tests/setup, as an installation would.
    static readonly bool setupServer = Environment.GetEnvironmentVariable("SBX_TEST_SETUP_SERVER") == "1";

    static string Workspace() => Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString("N"))).FullName;

    static dynamic NewSession() => Activator.CreateInstance(Type.GetTypeFromProgID("Sbx.Session", true)!)!;

    static string? requirement;

    // The requirements that this host meets: printed by the refusal of the strict default.
    static string Policy()
    {
        if (requirement == null)
        {
            requirement = "{}";
            dynamic session = NewSession();
            session.Workspace = Workspace();
            try
            {
                session.Provision();
            }
            catch (COMException refusal) when (refusal.HResult == BelowRequirement)
            {
                requirement = refusal.Message[refusal.Message.LastIndexOf('{')..(refusal.Message.LastIndexOf('}') + 1)];
            }
            session.Close();
        }
        return $$"""{ "version": 1, "require": {{requirement}} }""";
    }

    static dynamic OpenSession()
    {
        dynamic session = NewSession();
        session.Workspace = Workspace();
        session.Policy = Policy();
        session.Provision();
        return session;
    }

    static object Fixture(params object[] verb) => new object[] { fixture }.Concat(verb).ToArray();

    static void LateBound()
    {
        dynamic session = OpenSession();
        Equal("a provisioned session says so", (string)session.StateText, "provisioned");
        Equal("an enum is a number", (int)session.State, 1);
        dynamic result = session.Run("cmd /c echo hello");
        Equal("a command's output arrives", (string)result.StdOut, "hello\r\n");
        Equal("its exit code, too", (int)result.ExitCode, 0);
        Equal("Succeeded is a bool", (bool)result.Succeeded, true);
        var domains = new List<string>();
        foreach (dynamic finding in session.Report().Findings)
            domains.Add((string)finding.Domain);
        Equal("foreach goes over the findings", string.Join(' ', domains),
            "fileWrite fileDelete fileRead network process desktop resources lifetime handles");
        Equal("a finding is found by its domain", (string)session.Report().Findings.Item("network").Domain, "network");
        Equal("a collection is indexed", (string)session.Report().Findings["handles"].Domain, "handles");

        string[] hard = ["two words", "", "quote \" inside", @"back\slash\", "a&b|c", "%PATH%", "umlaut \u00fc", "\U0001f600"];
        Equal("an object[] is a command", (string)session.Run(Fixture(["args", .. hard])).StdOut, string.Join('\n', hard) + "\n");
        Equal("a string[] is a command", (string)session.Run(new[] { fixture, "args", "x y" }).StdOut, "x y\n");
        Equal("a long is a time-out", (int)session.Run(Fixture("sleep", "60000"), 100L).ExitReason, 1);
        Equal("arguments have names", (string)session.Run(Fixture("echo"), input: "in").StdOut, "in");
        Equal("null is absent", (string)session.Run(Fixture("echo"), null, "in").StdOut, "in");
        byte[] bytes = [0, 255, 13, 10, 128];
        Check("bytes go in", ((string)session.Run(Fixture("read"), Type.Missing, bytes).StdOut).StartsWith("5 "));
        Check("bytes come out as byte[]",
            session.Run(Fixture("emit", "out", "hex", "00ff0d0a80")).StdOutBytes() is byte[] seen && seen.SequenceEqual(bytes));
        Check("no bytes are an empty byte[]", session.Run(Fixture("exit", "0")).StdErrBytes() is byte[] { Length: 0 });
        Check("topics are an object[] of text", session.Query("topics") is object[] topics && topics.Contains("enforcement"));
        int count = 0;
        foreach (dynamic process in session.Processes())
            count += (int)process.Id > 0 ? 1 : 0;
        Equal("foreach goes over the processes", count, (int)session.Processes().Count);
        session.Close();
        Equal("a closed session says so", (string)session.StateText, "closed");
    }

    static void EarlyBound()
    {
        var session = (ISandboxSession)new SandboxSession();
        session.put_Workspace(Workspace());
        session.put_Policy(Policy());
        ISandboxReport report = session.Provision();
        Check("Provision's report meets what is required", report.Meets, report.Text);
        Equal("a provisioned session says so", session.StateText, "provisioned");
        ISandboxResult result = session.Run(Fixture("emit", "both", "hex", "c3bc0d0a"), Type.Missing, Type.Missing);
        Equal("standard output is text", result.StdOut, "\u00fc\r\n");
        Equal("standard error, too", result.StdErr, "\u00fc\r\n");
        Check("and bytes", result.StdOutBytes() is byte[] { Length: 4 });
        Check("the duration is a double", result.DurationMs > 0 && result.DurationMs < 60000, result.DurationMs);
        int count = 0;
        foreach (ISandboxFinding finding in report.Findings)
            count += finding.Domain.Length > 0 ? 1 : 0;
        Equal("foreach goes over the findings", count, report.Findings.Count);
        Equal("Item takes a key", report.Findings.get_Item("lifetime").Domain, "lifetime");

        ISandboxProcess process = session.Spawn(Fixture("echo"), null, null);
        process.Write("line one\nrest");
        Equal("ReadLine gives a line", process.ReadLine(10000), "line one");
        process.CloseInput();
        Equal("Read gives the rest", process.Read(null, 10000), "rest");
        Equal("the end of output is null", process.Read(null, 10000), null);
        Equal("Wait answers a bool", process.Wait(10000), true);
        Equal("the exit code is an int", process.ExitCode, 0);
        Check("StartTime is local time", Math.Abs((DateTime.Now - process.StartTime).TotalMinutes) < 5, process.StartTime);
        Equal("the process is in the collection", session.Processes().get_Item("2").Id, 2);
        Equal("Terminate takes a uint", Terminated(session, 4294967295u), -1);
        session.Close();
        Equal("a closed session says so", session.State, 2);
    }

    static int Terminated(ISandboxSession session, object code)
    {
        ISandboxProcess process = session.Spawn(Fixture("sleep", "60000"), null, null);
        process.Terminate(code);
        process.Wait(null);
        return process.ExitCode;
    }

    static void Exceptions()
    {
        dynamic late = NewSession();
        var early = (ISandboxSession)new SandboxSession();
        Raises("Run before Provision, late bound", "E_NOT_PROVISIONED", NotProvisioned, "Provision", () => late.Run("cmd /c ver"));
        Raises("Run before Provision, early bound", "E_NOT_PROVISIONED", NotProvisioned, "Provision", () => early.Run("cmd /c ver", null, null));
        dynamic session = OpenSession();
        Raises("a command that does not exist", "E_COMMAND_NOT_FOUND", CommandNotFound, "no-such", () => session.Run("no-such-command"));
        Raises("a time-out that is no number", "E_ARGUMENT", Argument, "timeoutMs", () => session.Run("cmd /c ver", "soon"));
        Raises("a time-out that is an object", "E_ARGUMENT", Argument, "timeoutMs", () => session.Run("cmd /c ver", session));
        Raises("a number beyond 64 bits", "E_ARGUMENT", Argument, "timeoutMs", () => session.Run("cmd /c ver", decimal.MaxValue));
        session.Run(Fixture("exit", "0"));
        Raises("a missing item", "E_ARGUMENT", Argument, "99", () => session.Processes().Item(99));
        Raises("AllowNetwork is not built", "E_NOT_BUILT", NotBuilt, "AllowNetwork", () => session.AllowNetwork("example.com"));
        dynamic process = session.Spawn(Fixture("sleep", "60000"));
        Raises("the exit code of a running process", "E_STATE", State, "ended", () => _ = process.ExitCode);
        Raises("a read that runs into its time-out", "E_TIMEOUT", Timeout, "", () => process.ReadError(10, 50));
        for (int i = 0; i < 500; i++)
            try
            {
                session.Query("weather");
            }
            catch (COMException failure) when (failure.HResult == Argument)
            {
            }
        Equal("after 500 exceptions commands run", (int)session.Run(Fixture("exit", "9")).ExitCode, 9);
        session.Close();
        Raises("Run after Close", "E_CLOSED", Closed, "closed", () => session.Run("cmd /c ver"));
    }

    static void Threads()
    {
        dynamic session = OpenSession();
        int[] codes = new int[8];
        Parallel.For(0, codes.Length, i => codes[i] = (int)session.Run(Fixture("exit", (i + 1).ToString())).ExitCode);
        Equal("eight tasks share a session", string.Join(' ', codes), "1 2 3 4 5 6 7 8");
        var cancel = new Thread(() => { Thread.Sleep(500); session.Cancel(); });
        cancel.Start();
        Raises("Cancel from another thread ends Run", "E_CANCELLED", Cancelled, "", () => session.Run(Fixture("sleep", "60000")));
        cancel.Join();
        session.Close();
    }

    delegate void OnOutput([MarshalAs(UnmanagedType.IDispatch)] object process, int stream, string text);
    delegate void OnExit([MarshalAs(UnmanagedType.IDispatch)] object process);

    // As C#'s += does it for an interop assembly.
    static void Events()
    {
        var events = new Guid("c6bc618f-0dac-48b8-8b43-70e1b845c02f");
        dynamic session = OpenSession();
        var text = new StringBuilder();
        int thread = 0, calls = 0;
        object? ended = null;
        OnOutput output = (process, stream, part) => { text.Append(part); thread = Environment.CurrentManagedThreadId; };
        OnExit exit = process => { ended = process; calls++; };
        OnExit throws = process => throw new InvalidOperationException("a sink's own affair");
        ComEventsHelper.Combine(session, events, 1, output);
        ComEventsHelper.Combine(session, events, 2, exit);
        ComEventsHelper.Combine(session, events, 2, throws);

        dynamic process = session.Spawn(Fixture("lines", "3"));
        for (int i = 0; i < 200 && ended == null; i++)
            Thread.CurrentThread.Join(50); // takes calls meanwhile
        Equal("OnOutput tells what was written", text.ToString(), "line 1\r\nline 2\r\nline 3\r\n");
        Equal("on the thread that connected", thread, Environment.CurrentManagedThreadId);
        Check("OnExit brings the object that Spawn returned", ReferenceEquals(ended, (object)process), ended);
        Equal("what was told can be read", (string)process.ReadLine(5000), "line 1");
        Equal("with a sink that throws commands run on", (int)session.Run(Fixture("exit", "4")).ExitCode, 4);
        for (int i = 0; i < 100 && calls < 2; i++)
            Thread.CurrentThread.Join(50);
        Equal("and the others are told on", calls, 2);

        ComEventsHelper.Remove(session, events, 2, throws);
        ComEventsHelper.Remove(session, events, 2, exit);
        ComEventsHelper.Remove(session, events, 1, output);
        session.Run(Fixture("exit", "0"));
        Thread.CurrentThread.Join(200);
        Equal("after -= nothing is told", calls, 2);
        session.Close();
    }
}
