using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Tools;

/// <summary>
/// Runs a program to its end: arguments as a list, no shell, an environment of our own, output kept up to a bound,
/// and a limit of time after which it and its children are killed.
/// </summary>
internal sealed class Tool(string binary, string package, TimeProvider time)
{
    // Enough for any message; what comes after is read and dropped so that the program does not block.
    private const int MaxOutput = 64 << 10;

    // util-linux. Address space and processor seconds, so that a file made to hurt its reader can't hurt the host.
    // Without it (macOS) only the limit of time remains.
    private static readonly string[] Prlimit = ["--as=2147483648", "--cpu=120", "--core=0", "--"];

    /// <summary>Runs it.</summary>
    /// <exception cref="FaultException">It is not installed (FAILED_PRECONDITION) or took too long (DEADLINE_EXCEEDED).</exception>
    internal async Task<ToolResult> RunAsync(IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        ct.ThrowIfCancellationRequested();
        using var process = Start(arguments);
        process.StandardInput.Close();
        var output = ReadAsync(process.StandardOutput);
        var errors = ReadAsync(process.StandardError);
        try
        {
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);

            // A process that waits for a dead disk can't be ended; it is not waited for either.
            await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(TimeSpan.FromSeconds(10), CancellationToken.None));
            ct.ThrowIfCancellationRequested();
            throw new FaultException(
                FaultCode.Timeout,
                $"{Path.GetFileName(binary)} {arguments[0]} took longer than {limit.TotalSeconds:0} s and was ended; is the disk overloaded?");
        }

        return new ToolResult(process.ExitCode, await output, await errors);
    }

    private Process Start(IReadOnlyList<string> arguments)
    {
        var program = Executable.Find(binary) ?? throw new FaultException(
            FaultCode.FailedPrecondition,
            $"{binary} was not found; install it (Debian, Ubuntu: apt install {package}; macOS: brew install qemu) or name it in the configuration");
        var limiter = Executable.Find("prlimit");
        var start = new ProcessStartInfo(limiter ?? program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in limiter is null ? arguments : [.. Prlimit, program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        var path = Environment.GetEnvironmentVariable("PATH");
        start.Environment.Clear();
        start.Environment["LC_ALL"] = "C";
        start.Environment["PATH"] = path;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"{start.FileName} can't be run: {e.Message}", inner: e);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var kept = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            kept.Append(buffer, 0, Math.Min(count, MaxOutput - kept.Length));
        }

        return kept.ToString();
    }
}
