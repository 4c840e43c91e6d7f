using System.ComponentModel;
using System.Diagnostics;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;
using Qvmc.Os.Processes;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>Runs <c>nft</c>: one transaction each time, all of it or nothing.</summary>
internal sealed class NftTool(string nft, TimeProvider time)
{
    // Thousands of elements take well under a second; rules of others' make it longer only in that nft reads them.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // It asked to die with its parent, and if that had died before it could ask, it would outlive it: so it looks.
    private const string WhileParentLives = """[ "$PPID" = "$0" ] && exec "$@" """;

    /// <summary>Lets it carry out a script.</summary>
    /// <exception cref="FaultException">It did not: FAILED_PRECONDITION with its words, TIMEOUT, or it is not there.</exception>
    /// <remarks>It can't be cancelled: nobody would know whether it took effect.</remarks>
    internal async Task RunAsync(string script)
    {
        using var file = new MemoryFile(script);
        var start = new ProcessStartInfo(nft, ["-f", file.Path]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Start(start);
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = await process.StandardError.ReadToEndAsync(limit.Token);
            _ = await output;
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode != 0)
            {
                throw new FaultException(FaultCode.FailedPrecondition, $"the firewall's rules were refused by {nft}: {Words(errors, process.ExitCode)}");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new FaultException(FaultCode.Timeout, $"{nft} did not end within {Limit.TotalSeconds} s");
        }
    }

    /// <summary>Starts one that tells of every change of rules, until it is killed or we end.</summary>
    internal Process Monitor()
    {
        string[] command = ["--pdeathsig", "KILL", "--", "/bin/sh", "-c", WhileParentLives, $"{Environment.ProcessId}", nft, "monitor"];
        return Start(new ProcessStartInfo("setpriv", command) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return ChildStarter.Start(start);
        }
        catch (Win32Exception e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"{start.FileName} can't be run, and without it there is no firewall: {e.Message}; install it (apt install nftables util-linux)");
        }
    }

    // "/proc/12/fd/34:5:6-7: Error: Could not process rule: Operation not permitted", then the line itself, marked.
    private static string Words(string errors, int code)
    {
        var first = errors.Split('\n', 2)[0].Trim();
        var error = first.IndexOf("Error: ", StringComparison.Ordinal);
        return first.Length == 0 ? $"it ended with {code}" : error < 0 ? first : first[(error + "Error: ".Length)..];
    }
}
