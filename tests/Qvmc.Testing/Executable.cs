using System.Diagnostics;

namespace Qvmc.Testing;

/// <summary>
/// Makes files that a test runs. A process of its own writes them: where this one did, what another thread starts at that
/// moment would hold the file open for writing until it is a program of its own, and nothing may run such a file ("Text
/// file busy").
/// </summary>
public static class Executable
{
    /// <summary>Writes a script that begins with <c>#!</c>, which everybody may run.</summary>
    /// <returns>The path.</returns>
    public static string Write(string path, string script)
    {
        Run(script, "install", "-m", "755", "/dev/stdin", path);
        return path;
    }

    /// <summary>Copies a program with its mode; what is at <paramref name="target"/> keeps running and is replaced.</summary>
    /// <returns>The path.</returns>
    public static string Copy(string source, string target)
    {
        Run("", "cp", "--remove-destination", "--preserve=mode", source, target);
        return target;
    }

    private static void Run(string input, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors}");
        }
    }
}
