using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Qvmc.Os.Processes;
using Qvmc.Qemu.Consoles;
using Qvmc.Qemu.Guest;
using Qvmc.Qemu.Networks;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// The live connection to one QEMU process: its end, its monitor, its console, its guest's agent. Made by a start or
/// an adoption, and told to an actor through messages only.
/// </summary>
/// <remarks>
/// A monitor that breaks or falls silent is dialled again for as long as the process lives; the machine counts as
/// <see cref="Processors.Silent"/> meanwhile, and can still be stopped by force.
/// </remarks>
internal sealed partial class MachineSession : IAsyncDisposable
{
    private static readonly QmpOptions Options = new() { HandshakeLimit = TimeSpan.FromSeconds(10), CommandLimit = TimeSpan.FromSeconds(10) };
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly ILogger _log;
    private readonly Action<MachineMessage> _post;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _halted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _dialled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConsoleLog _consoleLog;
    private ConsolePump? _console;
    private Task _watching = Task.CompletedTask;
    private volatile QmpSession? _monitor;

    internal MachineSession(ProcessHandle process, MachinePaths paths, ConsoleLog consoleLog, Action<MachineMessage> post, ILogger log, TimeProvider time)
    {
        Process = process;
        Paths = paths;
        _consoleLog = consoleLog;
        _post = post;
        _log = log;
        _time = time;
        Guest = new GuestWatch(paths.AgentSocket, report => post(new MachineMessage.GuestReported(this, report)), log, time);
    }

    internal ProcessHandle Process { get; }

    internal MachinePaths Paths { get; }

    internal GuestWatch Guest { get; }

    /// <summary>What it holds on networks.</summary>
    internal IReadOnlyList<INicAttachment> Nics { get; init; } = [];

    internal Processors Processors { get; private set; } = Processors.Silent;

    /// <summary>Why, as a CamelCase word; empty when that is plain.</summary>
    internal string ProcessorsReason { get; private set; } = "";

    /// <summary>They stand still because of trouble, not by a user's wish.</summary>
    internal bool InTrouble { get; private set; }

    /// <summary>The guest has run at some time: there may be something to shut down.</summary>
    internal bool HasRun { get; private set; }

    /// <summary>Completes when the guest has shut itself down.</summary>
    internal Task Halted => _halted.Task;

    /// <summary>Completes when the monitor was dialled for the first time, whether it answered or not.</summary>
    internal Task Dialled => _dialled.Task;

    /// <summary>Connects to the console and the monitor, and learns how the machine is.</summary>
    /// <exception cref="QmpException">The monitor does not answer.</exception>
    internal async Task ConnectAsync(CancellationToken ct)
    {
        _console ??= await ConsolePump.StartAsync(Paths.ConsoleSocket, _consoleLog, ct);
        await DialAsync(ct);
    }

    /// <summary>From here on news reaches the actor, and a session that is not connected connects.</summary>
    internal void Begin()
    {
        _ = Process.Exited.ContinueWith(
            t => _post(new MachineMessage.ProcessEnded(this, t.Result)), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _watching = WatchMonitorAsync();
    }

    /// <summary>A monitor command.</summary>
    /// <exception cref="QmpException">It failed, or there is no monitor now.</exception>
    internal Task<JsonElement> CommandAsync(string command, JsonObject? arguments = null, TimeSpan? limit = null, CancellationToken ct = default) =>
        _monitor is { } monitor
            ? monitor.ExecuteAsync(command, arguments, limit, ct)
            : throw new IOException("the monitor does not answer");

    /// <summary>A monitor command whose failure changes nothing: somebody looks at the outcome in another way.</summary>
    internal async Task<bool> TryCommandAsync(string command, TimeSpan limit)
    {
        try
        {
            await CommandAsync(command, limit: limit);
            return true;
        }
        catch (Exception e) when (e is QmpException or IOException)
        {
            LogCommandFailed(Path.GetFileName(Paths.Directory), command, e.Message);
            return false;
        }
    }

    /// <summary>Lets go of the connections; <see cref="Process"/> is the caller's to let go of.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Guest.DisposeAsync();
        if (_monitor is { } monitor)
        {
            await monitor.DisposeAsync();
        }

        await _watching;
        if (_console is not null)
        {
            await _console.DisposeAsync();
        }

        _end.Dispose();
    }

    private async Task DialAsync(CancellationToken ct)
    {
        var monitor = await QmpSession.ConnectAsync(Paths.MonitorSocket, Options, ct);
        try
        {
            Learn((await monitor.ExecuteAsync("query-status", ct: ct)).GetProperty("status").GetString() ?? "");
            if (await AgentPortIsOpenAsync(monitor, ct))
            {
                Guest.PortOpened();
            }

            _monitor = monitor;
        }
        catch
        {
            await monitor.DisposeAsync();
            throw;
        }
    }

    private async Task WatchMonitorAsync()
    {
        var pause = TimeSpan.Zero;
        try
        {
            while (true)
            {
                if (_monitor is { } monitor)
                {
                    pause = FirstPause;
                    await foreach (var e in monitor.Events.ReadAllAsync(_end.Token))
                    {
                        await OnEventAsync(monitor, e);
                    }

                    var closed = await monitor.Closed;
                    _monitor = null;
                    await monitor.DisposeAsync();
                    LogMonitorLost(Path.GetFileName(Paths.Directory), closed.Message);
                }

                // Mostly the monitor closed because the process is on its way out: that news comes by itself.
                await Task.WhenAny(Process.Exited, Task.Delay(pause, _time, _end.Token));
                if (Process.Exited.IsCompleted || _end.IsCancellationRequested)
                {
                    return;
                }

                pause = pause > TimeSpan.Zero ? pause * 2 : FirstPause;
                pause = pause < LongestPause ? pause : LongestPause;
                try
                {
                    await ConnectAsync(_end.Token);
                }
                catch (Exception e) when (e is QmpException or IOException or SocketException)
                {
                    Set(Processors.Silent, "MonitorSilent", inTrouble: false);
                }

                Tell();
                _dialled.TrySetResult();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task OnEventAsync(QmpSession monitor, QmpEvent e)
    {
        switch (e.Name)
        {
            case "RESUME":
                HasRun = true;
                Set(Processors.Running, "", inTrouble: false);
                Tell();
                break;
            case "STOP" or "SUSPEND" or "WAKEUP":
                // The event does not say why.
                try
                {
                    Learn((await monitor.ExecuteAsync("query-status", ct: _end.Token)).GetProperty("status").GetString() ?? "");
                    Tell();
                }
                catch (QmpException)
                {
                    // The end of the connection, or its silence, is seen by its own.
                }

                break;
            case "SHUTDOWN" when e.Data.TryGetProperty("guest", out var guest) && guest.ValueKind == JsonValueKind.True:
                Set(Processors.Halted, "GuestShutdown", inTrouble: false);
                Tell();
                break;
            case "RESET":
                Guest.PortClosed();
                break;
            case "VSERPORT_CHANGE" when IsAgentPort(e.Data, "id"):
                if (e.Data.TryGetProperty("open", out var open) && open.ValueKind == JsonValueKind.True)
                {
                    Guest.PortOpened();
                }
                else
                {
                    Guest.PortClosed();
                }

                break;
            default:
                break;
        }
    }

    private static bool IsAgentPort(JsonElement data, string property) =>
        data.TryGetProperty(property, out var id) && id.ValueKind == JsonValueKind.String && id.GetString() == "agent-port0";

    // The news that the guest opened the port may have been somebody else's: an earlier daemon's.
    private static async Task<bool> AgentPortIsOpenAsync(QmpSession monitor, CancellationToken ct) =>
        (await monitor.ExecuteAsync("query-chardev", ct: ct)).EnumerateArray().Any(c =>
            c.GetProperty("label").GetString() == "agent0" && c.GetProperty("frontend-open").GetBoolean());

    // qapi/run-state.json: RunState.
    private void Learn(string status)
    {
        HasRun |= status != "prelaunch";
        var (processors, reason, trouble) = status switch
        {
            "running" => (Processors.Running, "", false),
            "shutdown" => (Processors.Halted, "GuestShutdown", false),
            "io-error" => (Processors.Paused, "DiskError", true),
            "internal-error" => (Processors.Paused, "InternalError", true),
            "guest-panicked" => (Processors.Paused, "GuestPanicked", true),
            "watchdog" => (Processors.Paused, "Watchdog", true),
            "suspended" => (Processors.Paused, "GuestSuspended", true),
            _ => (Processors.Paused, "", false),
        };
        Set(processors, reason, trouble);
    }

    private void Set(Processors processors, string reason, bool inTrouble)
    {
        Processors = processors;
        ProcessorsReason = reason;
        InTrouble = inTrouble;
        if (processors == Processors.Halted)
        {
            _halted.TrySetResult();
        }
    }

    private void Tell() => _post(new MachineMessage.ProcessorsChanged(this));

    [LoggerMessage(LogLevel.Debug, "machine {Uid}: monitor command {Command} failed: {Message}")]
    private partial void LogCommandFailed(string uid, string command, string message);

    [LoggerMessage(LogLevel.Debug, "machine {Uid}: the monitor closed: {Message}")]
    private partial void LogMonitorLost(string uid, string message);
}
