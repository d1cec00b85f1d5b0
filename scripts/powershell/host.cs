// host.cs - runs one PowerShell script as pwsh.exe -File does: all its streams as lines, its exit code as ours. pwsh.exe
// itself wants a console, which Wine has none of when nothing is a terminal; the engine is the same.
//
//   sbx-powershell SCRIPT [ARGUMENT...]    an argument that begins with - is a parameter's name
using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Threading;

if (args.Length == 0 || !File.Exists(args[0]))
{
    Console.Error.WriteLine(args.Length == 0 ? "usage: sbx-powershell SCRIPT [ARGUMENT...]" : args[0] + " is not there");
    return 64;
}
args[0] = Path.GetFullPath(args[0]);

// As pwsh.exe: the commands that come with it, no policy about scripts, and a single-threaded apartment, which COM notices.
var state = InitialSessionState.CreateDefault();
state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
state.ApartmentState = ApartmentState.STA;
state.ThreadOptions = PSThreadOptions.ReuseThread;
using var runspace = RunspaceFactory.CreateRunspace(state);
runspace.Open();

static string Quote(string text) => "'" + text.Replace("'", "''") + "'";
var words = args.Select((word, at) => at > 0 && word.StartsWith('-') ? word : Quote(word));
using var shell = PowerShell.Create(runspace);
shell.AddScript("& " + string.Join(' ', words) + " *>&1");

var output = new PSDataCollection<PSObject>();
output.DataAdded += (_, added) =>
{
    var item = output[added.Index];
    Console.Out.WriteLine(item?.BaseObject is WarningRecord ? "WARNING: " + item : item?.ToString());
    Console.Out.Flush();
};
try
{
    shell.Invoke(null, output);
}
catch (RuntimeException failure)
{
    Console.Error.WriteLine(failure.Message);
    Console.Error.WriteLine(failure.ErrorRecord.ScriptStackTrace);
    return 1;
}
// A script that cannot be parsed is an error that no stream has.
if (shell.Streams.Error.Count > 0)
{
    foreach (var error in shell.Streams.Error)
        Console.Error.WriteLine(error);
    return 1;
}
shell.Commands.Clear();
var code = shell.AddScript("$LASTEXITCODE").Invoke().FirstOrDefault();
return code?.BaseObject is int number ? number : 0;
