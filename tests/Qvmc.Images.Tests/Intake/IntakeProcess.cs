using System.Diagnostics;

namespace Qvmc.Images.Tests.Intake;

/// <summary>IntakeProgram in a session of its own, to be killed alone.</summary>
internal sealed class IntakeProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly Process _process;

    internal IntakeProcess(params string[] arguments) => _process = Process.Start(
        new ProcessStartInfo("setsid", [Environment.ProcessPath!, "exec", typeof(IntakeProcess).Assembly.Location, .. arguments]) { RedirectStandardOutput = true })!;

    internal async Task<string?> ReadAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Limit);

    /// <summary>SIGKILL to it and nobody else.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Limit);
    }

    /// <summary>Whoever of its session still runs.</summary>
    private int Left() =>
        Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])).Select(Stat).Where(s => s is [not "Z", _, _, var session, ..] && session == $"{_process.Id}").Count();

    internal Task UntilNobodyIsLeftAsync() => UntilAsync(left => left == 0);

    // Another process's doing: there is no event to wait for, so it is looked at, with a limit.
    internal async Task UntilAsync(Func<int, bool> left)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!left(Left()))
        {
            await Task.Delay(10, limit.Token);
        }
    }

    // proc(5): state, parent, process group, session come after the name in parentheses.
    private static string[] Stat(string directory)
    {
        try
        {
            var text = File.ReadAllText($"{directory}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
