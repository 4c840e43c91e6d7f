using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Instances;
using Qvmc.Os.Processes;
using Qvmc.Qemu.Consoles;
using Qvmc.Qemu.Guest;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// The live connection to one QEMU process: its end, its monitor, its console, its guest's agent. Made by a start or
/// an adoption, and told to an actor through messages only.
/// </summary>
/// <remarks>
/// A monitor that breaks or falls silent is dialled again for as long as the process lives; the machine counts as
/// <see cref="Processors.Silent"/> meanwhile, and can still be stopped by force. One that hangs says nothing of it: it is
/// asked again and again (<see cref="Look"/>).
/// </remarks>
internal sealed partial class MachineSession : IAsyncDisposable
{
    private static readonly QmpOptions Options = new() { HandshakeLimit = TimeSpan.FromSeconds(10), CommandLimit = TimeSpan.FromSeconds(10) };

    /// <summary>Why a machine's processors stand still that waits for room on the host.</summary>
    internal const string DiskFull = "DiskFull";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    // For an answer that nobody waits for: a host that is busy is not a monitor that hangs.
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(30);

    private readonly ILogger _log;
    private readonly Action<MachineMessage> _post;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Channel<bool> _looks = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _halted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _dialled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _deletions = new(StringComparer.Ordinal);
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

    internal Processors Processors { get; private set; } = Processors.Silent;

    /// <summary>Why, as a CamelCase word; empty when that is plain.</summary>
    internal string ProcessorsReason { get; private set; } = "";

    /// <summary>They stand still because of trouble, not by a user's wish.</summary>
    internal bool InTrouble { get; private set; }

    /// <summary>They stand still because a write waits for room on the host.</summary>
    internal bool IsDiskFull => Processors == Processors.Paused && ProcessorsReason == DiskFull;

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

    /// <summary>It is time to look at what nobody reports: whether the monitor answers, and how much room the disk takes.</summary>
    internal void Look() => _looks.Writer.TryWrite(true);

    /// <summary>A monitor command.</summary>
    /// <exception cref="QmpException">It failed, or there is no monitor now.</exception>
    internal Task<JsonElement> CommandAsync(string command, JsonObject? arguments = null, TimeSpan? limit = null, CancellationToken ct = default) =>
        _monitor is { } monitor
            ? monitor.ExecuteAsync(command, arguments, limit, ct)
            : throw new IOException("the monitor does not answer");

    /// <summary>A command of the monitor for people, which has some that the other lacks. Its words are no contract.</summary>
    /// <exception cref="QmpException">It could not be given.</exception>
    internal async Task<string> HumanCommandAsync(string command, CancellationToken ct) =>
        (await CommandAsync("human-monitor-command", new JsonObject { ["command-line"] = command }, ct: ct)).GetString()!;

    /// <summary>Completes when QEMU next tells that it has let go of a device. Ask before the device is deleted.</summary>
    internal Task DeletionOf(string device) =>
        _deletions.GetOrAdd(device, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Nobody has to wait for it any more: the device is gone.</summary>
    internal void ForgetDeletionOf(string device)
    {
        if (_deletions.TryRemove(device, out var deletion))
        {
            deletion.TrySetResult();
        }
    }

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

    /// <summary>Lets the processors run; true when QEMU heard it, even if it refused.</summary>
    internal async Task<bool> TryResumeAsync()
    {
        try
        {
            await CommandAsync("cont");
            return true;
        }
        catch (QmpCommandException e)
        {
            LogRefused(Path.GetFileName(Paths.Directory), e.Message);
            return true;
        }
        catch (Exception e) when (e is QmpException or IOException)
        {
            LogCommandFailed(Path.GetFileName(Paths.Directory), "cont", e.Message);
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
        var monitor = await QmpSession.ConnectAsync(Paths.MonitorSocket, Options with { TimeProvider = _time }, ct);
        try
        {
            await LearnAsync(monitor, ct);
            if (HasRun)
            {
                await CountFailuresAsync(monitor, ct);
            }

            if (await AgentPortIsOpenAsync(monitor, ct))
            {
                Guest.PortOpened();
            }

            _monitor = monitor;
        }
        catch (Exception e)
        {
            await monitor.DisposeAsync();
            if (IsNonsense(e))
            {
                throw new IOException($"what the monitor answers is not what QEMU does: {e.Message}", e);
            }

            throw;
        }
    }

    private async Task WatchMonitorAsync()
    {
        var pause = FirstPause;
        try
        {
            while (true)
            {
                if (_monitor is { } monitor)
                {
                    var since = _time.GetTimestamp();
                    var why = await FollowAsync(monitor);
                    _monitor = null;
                    await monitor.DisposeAsync();
                    LogMonitorLost(Path.GetFileName(Paths.Directory), why);

                    // One that breaks again and again is not dialled without end.
                    pause = _time.GetElapsedTime(since) > LongestPause ? FirstPause : pause;
                }

                // Mostly the monitor closed because the process is on its way out: that news comes by itself.
                await Task.WhenAny(Process.Exited, Task.Delay(_dialled.Task.IsCompleted ? pause : TimeSpan.Zero, _time, _end.Token));
                if (Process.Exited.IsCompleted || _end.IsCancellationRequested)
                {
                    return;
                }

                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                try
                {
                    await ConnectAsync(_end.Token);
                }
                catch (Exception e) when (e is QmpException or IOException or SocketException)
                {
                    Set(Processors.Silent, StatusReasons.MonitorSilent, inTrouble: false);
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

    // Ends with the connection, or when what comes over it is none that QEMU sends; tells which.
    private async Task<string> FollowAsync(QmpSession monitor)
    {
        _dialled.TrySetResult();
        try
        {
            var more = monitor.Events.WaitToReadAsync(_end.Token).AsTask();
            var look = _looks.Reader.WaitToReadAsync(_end.Token).AsTask();
            while (true)
            {
                // One after the other, so that what is learned last is what is so.
                if (await Task.WhenAny(more, look) == more)
                {
                    if (!await more)
                    {
                        break;
                    }

                    while (monitor.Events.TryRead(out var e))
                    {
                        await OnEventAsync(monitor, e);
                    }

                    more = monitor.Events.WaitToReadAsync(_end.Token).AsTask();
                }
                else if (await look && _looks.Reader.TryRead(out _))
                {
                    await LookAsync(monitor);
                    look = _looks.Reader.WaitToReadAsync(_end.Token).AsTask();
                }
            }

            return (await monitor.Closed).Message;
        }
        catch (Exception e) when (e is QmpTimeoutException || IsNonsense(e))
        {
            return e.Message;
        }
    }

    // What stands still says nothing, and its disk may have grown meanwhile.
    private async Task LookAsync(QmpSession monitor)
    {
        var before = (Processors, ProcessorsReason);
        await TryLearnAsync(monitor, LookLimit);
        _post((Processors, ProcessorsReason) == before ? new MachineMessage.LookDue() : new MachineMessage.ProcessorsChanged(this));
    }

    // JSON that is well-formed and of another shape than QEMU's.
    private static bool IsNonsense(Exception e) => e is InvalidOperationException or KeyNotFoundException or FormatException;

    private async Task OnEventAsync(QmpSession monitor, QmpEvent e)
    {
        switch (e.Name)
        {
            case "RESUME":
                if (HasRun && Processors != Processors.Running)
                {
                    Guest.WentOn();
                }

                HasRun = true;
                Set(Processors.Running, "", inTrouble: false);
                Tell();
                break;
            case "STOP" or "SUSPEND" or "WAKEUP":
                // The event does not say why.
                if (await TryLearnAsync(monitor))
                {
                    Tell();
                }

                break;
            case "BLOCK_IO_ERROR":
                CountFailuresSoon(monitor);
                break;
            case "BLOCK_IMAGE_CORRUPTED":
                _post(new MachineMessage.DiskCorrupted(this, Text(e.Data, "node-name"), Text(e.Data, "msg")));
                break;
            case "SHUTDOWN" when e.Data.TryGetProperty("guest", out var guest) && guest.ValueKind == JsonValueKind.True:
                Set(Processors.Halted, "GuestShutdown", inTrouble: false);
                Tell();
                break;
            case "RESET":
                Guest.Rebooted();
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
            case "DEVICE_DELETED" when e.Data.TryGetProperty("device", out var device):
                if (_deletions.TryRemove(device.GetString()!, out var deletion))
                {
                    deletion.TrySetResult();
                }

                // A guest may let go long after nobody waits for it any more.
                _post(new MachineMessage.ChangesDue());
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

    // The end of a connection is seen by its own, a refusal is QEMU's word; that it does not answer is for the caller.
    private async Task<bool> TryLearnAsync(QmpSession monitor, TimeSpan? limit = null)
    {
        try
        {
            await LearnAsync(monitor, _end.Token, limit);
            return true;
        }
        catch (QmpException e) when (e is not QmpTimeoutException)
        {
            return false;
        }
    }

    private async Task LearnAsync(QmpSession monitor, CancellationToken ct, TimeSpan? limit = null)
    {
        var status = (await monitor.ExecuteAsync("query-status", limit: limit, ct: ct)).GetProperty("status").GetString() ?? "";
        Learn(status, status == "io-error" && await HasNoSpaceAsync(monitor, ct));
    }

    // qapi/run-state.json: RunState.
    private void Learn(string status, bool diskFull)
    {
        HasRun |= status != "prelaunch";
        var (processors, reason, trouble) = status switch
        {
            "running" => (Processors.Running, "", false),
            "shutdown" => (Processors.Halted, "GuestShutdown", false),
            "io-error" => (Processors.Paused, diskFull ? DiskFull : "DiskError", true),
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

    [LoggerMessage(LogLevel.Warning, "machine {Uid}: it can't go on: {Message}")]
    private partial void LogRefused(string uid, string message);

    [LoggerMessage(LogLevel.Debug, "machine {Uid}: the monitor closed: {Message}")]
    private partial void LogMonitorLost(string uid, string message);
}
