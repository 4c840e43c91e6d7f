using System.Diagnostics;

namespace Qvmc.Store.Tests.Processes;

/// <summary>Program.cs in a process of its own, perhaps behind a command that limits it.</summary>
internal sealed class WriterProcess : IDisposable
{
    private readonly Process _process;

    private WriterProcess(Process process) => _process = process;

    internal int Id => _process.Id;

    internal static WriterProcess Start(string mode, string path, params string[] before)
    {
        string[] command = [.. before, Environment.ProcessPath!, "exec", typeof(WriterProcess).Assembly.Location, mode, path];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new WriterProcess(Process.Start(start)!);
    }

    internal async Task<string> ReadAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(StoreTexts.Limit) ?? throw new EndOfStreamException("the writer ended");

    internal async Task<string> StepAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
        return await ReadAsync();
    }

    /// <summary>Waits for its end by itself.</summary>
    internal async Task EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(StoreTexts.Limit);
        Assert.Equal(0, _process.ExitCode);
    }

    /// <summary>SIGKILL; returns the lines that were still in the pipe, without a last half one.</summary>
    internal async Task<string[]> KillAsync()
    {
        _process.Kill();
        var rest = await _process.StandardOutput.ReadToEndAsync().WaitAsync(StoreTexts.Limit);
        await _process.WaitForExitAsync().WaitAsync(StoreTexts.Limit);
        return rest.Split('\n')[..^1];
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
