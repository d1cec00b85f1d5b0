// What an early-bound .NET client declares of the type library, by hand: the members in the order of idl/sbxcom.idl, up
// to the last one that is used. A member out of place calls another one: that is what these tests would see.
using System.Collections;
using System.Runtime.InteropServices;

namespace Sbx.Tests;

[ComImport, Guid("9c89e4b3-37ff-4543-8f4d-0286c209c927")]
class SandboxSession;

[ComImport, Guid("4f35d121-e32b-4899-b8bc-47e11d5394e5"), InterfaceType(ComInterfaceType.InterfaceIsDual)]
interface ISandboxFinding
{
    string Domain { get; }
    int Assurance { get; }
    string AssuranceText { get; }
    int Required { get; }
    string RequiredText { get; }
    string Mechanism { get; }
    string Detail { get; }
    string Fix { get; }
}

[ComImport, Guid("72858152-b93b-4f73-a05f-19332fc7d865"), InterfaceType(ComInterfaceType.InterfaceIsDual)]
interface ISandboxFindings : IEnumerable
{
    int Count { get; }
    [DispId(0)]
    ISandboxFinding get_Item(object index);
    [DispId(-4)]
    new IEnumerator GetEnumerator();
}

[ComImport, Guid("2017e396-b319-4daf-a843-d43fe4949165"), InterfaceType(ComInterfaceType.InterfaceIsDual)]
interface ISandboxReport
{
    ISandboxFindings Findings { get; }
    bool Meets { get; }
    string Text { get; }
    string Json { get; }
}

[ComImport, Guid("15d50fae-febe-4ee0-9a20-d510549f7aac"), InterfaceType(ComInterfaceType.InterfaceIsDual)]
interface ISandboxResult
{
    int ExitCode { get; }
    int ExitReason { get; }
    string ExitReasonText { get; }
    string StdOut { get; }
    string StdErr { get; }
    bool Truncated { get; }
    double DurationMs { get; }
    bool Succeeded { get; }
    object Violations { [return: MarshalAs(UnmanagedType.IDispatch)] get; }
    object StdOutBytes();
    object StdErrBytes();
    ISandboxReport Effective();
}

[ComImport, Guid("4ef442ae-26e2-4252-a350-49772c394913"), InterfaceType(ComInterfaceType.InterfaceIsDual)]
interface ISandboxProcess
{
    int Id { get; }
    int ProcessId { get; }
    string Command { get; }
    int State { get; }
    string StateText { get; }
    int ExitCode { get; }
    int ExitReason { get; }
    string ExitReasonText { get; }
    DateTime StartTime { get; }
    string StartTimeUtc { get; }
    double ElapsedMs { get; }
    double CpuMs { get; }
    double PeakMemoryMB { get; }
    bool AtEnd { get; }
    bool Wait(object? timeoutMs);
    object? Read(object? maxChars, object? timeoutMs);
    object? ReadLine(object? timeoutMs);
    object? ReadError(object? maxChars, object? timeoutMs);
    object? ReadBytes(object? maxBytes, object? timeoutMs, object? stream);
    void Write(string text);
    void WriteBytes(object bytes);
    void CloseInput();
    void Resize(int columns, int rows);
    void Interrupt();
    void Terminate(object? exitCode);
    ISandboxResult Collect(object? timeoutMs);
    ISandboxReport Effective();
}

[ComImport, Guid("f51ddf33-51ac-4710-a307-dc8e8460bcc7"), InterfaceType(ComInterfaceType.InterfaceIsDual)]
interface ISandboxProcesses : IEnumerable
{
    int Count { get; }
    [DispId(0)]
    ISandboxProcess get_Item(object index);
    [DispId(-4)]
    new IEnumerator GetEnumerator();
}

[ComImport, Guid("09e1d1cd-72fd-40d3-8f6b-d48bc926e321"), InterfaceType(ComInterfaceType.InterfaceIsDual)]
interface ISandboxSession
{
    void put_Workspace(string workspace);
    string get_Workspace();
    void put_Policy(object policy);
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object get_Policy();
    void putref_Policy([MarshalAs(UnmanagedType.IDispatch)] object policy);
    void put_Level(object level);
    int get_Level();
    string LevelText { get; }
    int State { get; }
    string StateText { get; }
    string Id { get; }
    void put_ParentWindow(object window);
    int get_ParentWindow();
    ISandboxReport Provision();
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object StartProvision();
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object Plan();
    ISandboxResult Run(object command, object? timeoutMs, object? input);
    ISandboxProcess Spawn(object command, object? workingDirectory, object? flags);
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object CreateCommand(object command);
    ISandboxReport Report();
    ISandboxReport SelfTest();
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object Explain(string path, object access);
    object Query(string topic);
    ISandboxProcesses Processes();
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object Grants();
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object Violations();
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object Changes();
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object AllowNetwork(string host, object? port, object? minutes, object? command);
    [return: MarshalAs(UnmanagedType.IDispatch)]
    object AllowWrite(string path, object? minutes);
    void ExportTranscript(string path, object? format);
    void Cancel();
    void Close();
}
