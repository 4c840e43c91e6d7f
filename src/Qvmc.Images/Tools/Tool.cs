using System.ComponentModel;
using System.Diagnostics;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;
using Qvmc.Os.Processes;

namespace Qvmc.Images.Tools;

/// <summary>
/// Runs a program: arguments as a list, no shell, an environment of our own, an empty directory, no descriptor but its
/// three, output kept up to a bound, and limits. It never outlives us.
/// </summary>
internal sealed class Tool(string binary, string package, string brew, TimeProvider time)
{
    /// <summary>Its name, for messages.</summary>
    internal string Name { get; } = Path.GetFileName(binary);

    /// <summary>Runs it to its end, within a time.</summary>
    /// <exception cref="FaultException">It is not installed (FAILED_PRECONDITION) or took too long (DEADLINE_EXCEEDED).</exception>
    internal async Task<ToolResult> RunAsync(IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken ct, ToolUser? user = null)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        ct.ThrowIfCancellationRequested();
        await using var process = Start(arguments, new ToolLimits { User = user });
        process.Input.Close();
        var output = ToolProcess.TextAsync(process.Output);
        try
        {
            var result = await process.EndAsync(either.Token);
            return result with { Output = await output.WaitAsync(either.Token) };
        }
        catch (OperationCanceledException)
        {
            ct.ThrowIfCancellationRequested();
            throw new FaultException(
                FaultCode.Timeout, $"{Name} {arguments[0]} took longer than {limit.TotalSeconds:0} s and was ended; is the disk overloaded?");
        }
    }

    /// <summary>Begins to run it; whoever does so sees to it that it ends.</summary>
    /// <exception cref="FaultException">It is not installed (FAILED_PRECONDITION).</exception>
    internal ToolProcess Start(IReadOnlyList<string> arguments, ToolLimits limits)
    {
        var program = Executable.Find(binary) ?? throw new FaultException(
            FaultCode.FailedPrecondition,
            $"{binary} was not found; install it (Debian, Ubuntu: apt install {package}; macOS: brew install {brew})");
        var command = ToolCommand.Of(program, arguments, limits);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = EmptyDirectory(),
        };
        var path = Environment.GetEnvironmentVariable("PATH");
        start.Environment.Clear();
        start.Environment["LC_ALL"] = "C";
        start.Environment["PATH"] = path;

        // Every thread of a large host would take 64 MiB of the address space for its own heap.
        start.Environment["MALLOC_ARENA_MAX"] = "2";
        try
        {
            return new ToolProcess(ChildStarter.Start(start));
        }
        catch (Win32Exception e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"{start.FileName} can't be run: {e.Message}", inner: e);
        }
    }

    // Whoever took the name before us gets no file out of it, only an empty look at the root.
    private static string EmptyDirectory()
    {
        var path = Path.Combine(Path.GetTempPath(), $"qvmc-empty-{PrivateDirectory.UserId}");
        return PrivateDirectory.Ensure(path) ? path : "/";
    }
}
