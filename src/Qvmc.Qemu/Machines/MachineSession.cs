using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Waiting;
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
    private readonly Bell _looks = new();
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
    internal void Look() => _looks.Ring();

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

    [LoggerMessage(LogLevel.Debug, "machine {Uid}: monitor command {Command} failed: {Message}")]
    private partial void LogCommandFailed(string uid, string command, string message);

    [LoggerMessage(LogLevel.Warning, "machine {Uid}: it can't go on: {Message}")]
    private partial void LogRefused(string uid, string message);

    [LoggerMessage(LogLevel.Debug, "machine {Uid}: the monitor closed: {Message}")]
    private partial void LogMonitorLost(string uid, string message);
}
