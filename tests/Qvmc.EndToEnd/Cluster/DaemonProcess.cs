using System.Diagnostics;
using System.Text;

namespace Qvmc.EndToEnd.Cluster;

/// <summary>One of the three daemons, as a process of its own.</summary>
public sealed class DaemonProcess(string name, string configuration, string logPath)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly StringBuilder _log = new();
    private readonly SemaphoreSlim _turn = new(1);
    private Process? _process;

    /// <summary>How it is started; null: as it is.</summary>
    public Func<string[], ProcessStartInfo>? Starter { get; set; }

    /// <summary>The binary that it is of.</summary>
    public string Binary { get; set; } = Binaries.Qvmc;

    public int Pid => _process?.Id ?? throw new InvalidOperationException($"{name} is not running");

    public bool IsRunning => _process is not null;

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts it and waits for its ready line.</summary>
    public async Task StartAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string[] command = [Binary, name, "-c", configuration];
        var start = Starter?.Invoke(command) ?? new ProcessStartInfo(command[0], command[1..]);
        (start.RedirectStandardError, start.RedirectStandardOutput, start.RedirectStandardInput) = (true, true, true);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.ErrorDataReceived += (_, e) => OnLine(e.Data);
        process.OutputDataReceived += (_, e) => OnLine(e.Data);
        process.Exited += (_, _) => _ = TellEndAsync(process, ready);
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        _process = process;
        try
        {
            await ready.Task.WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{name} did not become ready:\n{Log}");
        }

        void OnLine(string? line)
        {
            if (line is null)
            {
                return;
            }

            lock (_log)
            {
                _log.AppendLine(line);
                File.AppendAllText(logPath, line + "\n");
            }

            if (line.Contains($"qvmc {name}: ready on ", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        }
    }

    /// <summary>Kills it and starts it again; of two who want that one comes after the other.</summary>
    public async Task BounceAsync()
    {
        await _turn.WaitAsync();
        try
        {
            await KillAsync();
            await StartAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>SIGKILL, and waits for its end.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync().WaitAsync(Limit);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Waits for an end that it comes to by itself; returns the exit code, which is 128 and the number of a signal.</summary>
    public async Task<int> EndAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(Limit);
        var code = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return code;
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (_process is not { } process)
        {
            return 0;
        }

        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await process.WaitForExitAsync().WaitAsync(Limit);
        var code = process.ExitCode;
        process.Dispose();
        _process = null;
        return code;
    }

    // Its last words come by another thread, which may be later than the news of its end.
    private async Task TellEndAsync(Process process, TaskCompletionSource ready)
    {
        var code = process.ExitCode;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ready.TrySetException(new InvalidOperationException($"{name} ended with {code}:\n{Log}"));
    }
}
