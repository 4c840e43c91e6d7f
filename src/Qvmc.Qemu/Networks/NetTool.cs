using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Qvmc.Core.Faults;
using Qvmc.Os.Processes;

namespace Qvmc.Qemu.Networks;

/// <summary>
/// A program that changes or shows the host's network (<c>ip</c>, <c>resolvectl</c>): arguments as a list, no shell,
/// input as text, an environment of our own, a time limit.
/// </summary>
internal sealed class NetTool(string binary, string package, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Its name, for messages.</summary>
    internal string Name { get; } = Path.GetFileName(binary);

    /// <summary>Absolute path of the program, or null: a path as it is; a name by PATH, and where only root looks.</summary>
    internal static string? Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? (File.Exists(program) ? Path.GetFullPath(program) : null)
        : $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs it to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="FaultException">It is not installed, failed (both FAILED_PRECONDITION, with its words) or took too long.</exception>
    internal async Task<string> RunAsync(IReadOnlyList<string> arguments, string input, CancellationToken ct)
    {
        var (exitCode, output, errors) = await TryRunAsync(arguments, input, ct);
        return exitCode == 0
            ? output
            : throw new FaultException(
                FaultCode.FailedPrecondition,
                $"{Name} {string.Join(' ', arguments)} failed: {(errors.Length > 0 ? errors : $"exit code {exitCode}")}");
    }

    /// <summary>The same for whoever can make something of a failure.</summary>
    internal async Task<(int ExitCode, string Output, string Errors)> TryRunAsync(IReadOnlyList<string> arguments, string input, CancellationToken ct)
    {
        using var process = Start(arguments);
        using var timeout = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(either.Token);
            var errors = process.StandardError.ReadToEndAsync(either.Token);
            await WriteAsync(process, input, either.Token);
            await process.WaitForExitAsync(either.Token);
            return (process.ExitCode, await output, (await errors).Trim());
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FaultException(FaultCode.Timeout, $"{Name} {string.Join(' ', arguments)} took longer than {Limit.TotalSeconds:0} s and was ended");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task WriteAsync(Process process, string input, CancellationToken ct)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input), ct);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read all: its exit code and words say why.
        }
    }

    private Process Start(IReadOnlyList<string> arguments)
    {
        var program = Find(binary) ?? throw new FaultException(
            FaultCode.FailedPrecondition, $"{binary} was not found; install it (Debian, Ubuntu: apt install {package})");
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["LC_ALL"] = "C";
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        try
        {
            return ChildStarter.Start(start);
        }
        catch (Win32Exception e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"{program} can't be run: {e.Message}", inner: e);
        }
    }
}
