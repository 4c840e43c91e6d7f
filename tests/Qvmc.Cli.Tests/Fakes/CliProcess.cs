using System.Diagnostics;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>qvmc as a process of its own, for what only a process has: signals, streams, an exit code.</summary>
internal sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly HeardStream _error = new();
    private readonly Task _copying;

    private CliProcess(Process process)
    {
        _process = process;
        Output = process.StandardOutput.ReadToEndAsync();
        _copying = process.StandardError.BaseStream.CopyToAsync(_error);
    }

    public Task<string> Output { get; }

    public string Error => _error.ToString();

    public static CliProcess Start(string? address, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["QVMC_ENDPOINT"] = address ?? "";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new CliProcess(Process.Start(start)!);
    }

    public Task HearErrorAsync(string text) => _error.HearAsync(text);

    /// <summary>Sends a signal, as kill(1) does.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Limit);
        await _copying;
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
