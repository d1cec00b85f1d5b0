using System.Runtime.InteropServices;

namespace Sbx.Tests;

// Verdict lines, as every test prints them.
static class Verdicts
{
    public static int Failed { get; private set; }
    static string suite = "";

    public static void Suite(string name, Action tests)
    {
        suite = name;
        try
        {
            tests();
        }
        catch (Exception failure)
        {
            Line("FAIL", "the tests run to their end", failure.ToString());
        }
    }

    public static void Check(string name, bool holds, object? seen = null) =>
        Line(holds ? "PASS" : "FAIL", name, holds ? null : $"seen: {seen}");

    public static void Equal(string name, object? seen, object? expected) => Check(name, Equals(seen, expected), seen);

    // A COMException with that code, its text beginning with the word.
    public static void Raises(string name, string word, int code, string says, Action action)
    {
        try
        {
            action();
            Line("FAIL", name, "no error");
        }
        catch (COMException failure)
        {
            Check(name, failure.HResult == code && failure.Message.StartsWith(word + ": ") &&
                failure.Message.Contains(says, StringComparison.OrdinalIgnoreCase), $"{failure.HResult:X8} {failure.Message}");
        }
        catch (Exception failure)
        {
            Line("FAIL", name, $"not a COMException: {failure}");
        }
    }

    static void Line(string word, string name, string? why)
    {
        if (word == "FAIL")
            Failed++;
        Console.WriteLine($"{word} {suite}/{name}" + (why == null ? "" : ": " + why.ReplaceLineEndings(" ")));
    }
}
