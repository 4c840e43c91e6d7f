using System.Diagnostics;
using System.Globalization;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>A small file system in a mount namespace of its own, which is gone with the process that runs there: see Program.cs.</summary>
internal static class SmallDisk
{
    private static readonly string[] Namespace = ["--user", "--map-root-user", "--mount"];

    private static readonly Lazy<string?> FirstObstacle = new(() =>
        Run("unshare", [.. Namespace, "true"]) is { ExitCode: not 0 } failed ? $"the kernel forbids namespaces to this user, and so there is no full disk here: {failed.Errors}" : null);

    /// <summary>Why there is none; null: there is.</summary>
    internal static string? Obstacle => FirstObstacle.Value;

    /// <summary>Runs this assembly's program where the directory is a file system of so many MiB.</summary>
    internal static (int ExitCode, string Output, string Errors) RunOn(string directory, int mib, params string[] arguments) => Run("unshare",
    [
        .. Namespace, "sh", "-c", $"mount -t tmpfs -o size={mib.ToString(CultureInfo.InvariantCulture)}m tmpfs \"$0\" && exec \"$@\"", directory,
        Environment.ProcessPath!, "exec", typeof(SmallDisk).Assembly.Location, .. arguments,
    ]);

    /// <summary>Runs a program to its end.</summary>
    internal static (int ExitCode, string Output, string Errors) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
