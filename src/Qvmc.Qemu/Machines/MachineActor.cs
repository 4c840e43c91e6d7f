using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Changes;
using Qvmc.Qemu.Consoles;
using Qvmc.Qemu.Guest;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// Sole owner of one machine. Orders, news of the process and the ends of its own sequences all become messages to it;
/// after each it asks <see cref="MachinePlan"/> for the next step and tells the feed what is so.
/// </summary>
/// <remarks>
/// <code>
///            Order: power on, boot + 1                 cont
///   Stopped ───────────────────────────▶ Starting ───────────▶ Running ◀──▶ Paused
///   Failed  ◀──────────────────────────     │  fault             │             │
///      ▲                                    │ Order: off         │ Order: off, boot + 1, guest halted
///      │            process gone            ▼                    ▼             ▼
///      └──────────────────────────────── (undone) ◀────────── Stopping ◀───────┘
/// </code>
/// At most one sequence (start, stop, change, removal) is in hand; messages are handled meanwhile, so a stop can break off a
/// start and a force can hasten a stop. What the machine is after a crash of the daemon follows from its record and
/// its process alone (<see cref="Adoption"/>).
/// </remarks>
internal sealed partial class MachineActor
{

    private readonly Channel<MachineMessage> _mailbox = Channel.CreateUnbounded<MachineMessage>(new() { SingleReader = true });
    private readonly MachineHost _host;
    private readonly MachinePaths _paths;
    private readonly MachineRecordFile _file;
    private readonly ConsoleLog _console;
    private readonly ILogger _log;
    private readonly List<TaskCompletionSource> _removalWaits = [];
    private readonly List<TaskCompletionSource> _endWaits = [];

    private MachineRecord _record;
    private volatile MachineSession? _session;
    private GuestReport _guest = GuestReport.Silence;
    private Doing _doing;
    private Stage _stage;
    private CancellationTokenSource? _starting;
    private StopSequence? _stopping;
    private bool _hastened;
    private bool _removeByForce;
    private bool _ending;
    private InstanceStatus? _told;

    internal MachineActor(MachineHost host, MachineRecord record)
    {
        _host = host;
        _record = record;
        Uid = record.Order.Uid;
        _paths = host.PathsOf(Uid);
        _file = new MachineRecordFile(_paths.Record);
        _console = new ConsoleLog(_paths.ConsoleLog, host.ConsoleBytes);
        _corrupted = record.Run is { Ended: false, EndingReason: DiskCorrupted } ? "" : null;
        _log = host.Logs.CreateLogger("Qvmc.Qemu.Machine");
    }

    internal string Uid { get; }

    internal ConsoleLog Console => _console;

    /// <summary>Completes when the machine was removed, or the daemon ends.</summary>
    internal Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>The live connection, for what needs no decision: commands in the guest.</summary>
    internal MachineSession? Session => _session;

    /// <summary>The end of its console.</summary>
    internal byte[] ConsoleTail(int maxBytes) => _console.Tail(maxBytes);

    /// <summary>Begins, with the live process that an adoption found, if any. From then on the feed knows the machine.</summary>
    internal void Begin(MachineSession? adopted)
    {
        _session = adopted;
        _heldNow = IsHeld;
        Tell();
        adopted?.Begin();
        Done = RunAsync();
    }

    /// <summary>A place for news of a session that is still to be made.</summary>
    internal void Post(MachineMessage message) => _mailbox.Writer.TryWrite(message);

    /// <summary>Gives it an order; answers when that is on disk.</summary>
    internal Task<Machine> OrderAsync(MachineOrder order)
    {
        var answer = new TaskCompletionSource<Machine>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _mailbox.Writer.TryWrite(new MachineMessage.Ordered(order, answer)) ? answer.Task : throw Gone();
    }

    /// <summary>Removes it; answers when it is gone.</summary>
    internal Task RemoveAsync(bool force)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _mailbox.Writer.TryWrite(new MachineMessage.RemovalOrdered(force, answer)) ? answer.Task : Task.CompletedTask;
    }

    /// <summary>Completes when the feed tells what an adopted machine's monitor has answered, or that it does not answer.</summary>
    internal async Task SettleAsync()
    {
        if (_session is { } session)
        {
            await session.Dialled;
            var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Post(new MachineMessage.Settled(answer));
            await answer.Task;
        }
    }

    /// <summary>The daemon ends: what is in hand is brought to a point that a later daemon can go on from. QEMU goes on.</summary>
    internal Task EndAsync()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _mailbox.Writer.TryWrite(new MachineMessage.Ending(answer)) ? answer.Task : Task.CompletedTask;
    }

    private FaultException Gone() => new(FaultCode.FailedPrecondition, $"machine {Uid} is being removed");

    private async Task RunAsync()
    {
        await Task.Yield();
        Advance();
        await foreach (var message in _mailbox.Reader.ReadAllAsync())
        {
            try
            {
                await HandleAsync(message);
                Advance();
            }
            catch (Exception e)
            {
                LogDefect(Uid, message.GetType().Name, e);
                message.Fail(e);
            }
        }

        _console.Dispose();
    }

    private async Task HandleAsync(MachineMessage message)
    {
        switch (message)
        {
            case MachineMessage.Ordered m:
                OnOrdered(m);
                break;
            case MachineMessage.RemovalOrdered m:
                OnRemovalOrdered(m);
                break;
            case MachineMessage.StageReached m:
                _stage = m.Stage;
                LogStage(Uid, m.Stage);
                break;
            case MachineMessage.Spawned m:
                OnSpawned(m);
                break;
            case MachineMessage.Started m:
                await OnStartedAsync(m);
                break;
            case MachineMessage.Stopped:
                await OnStoppedAsync();
                break;
            case MachineMessage.StopFailed m:
                OnStopFailed(m);
                break;
            case MachineMessage.Changed m:
                OnChanged(m);
                break;
            case MachineMessage.LeaseWanted m:
                OnLeaseWanted(m);
                break;
            case MachineMessage.LeaseReturned m:
                OnLeaseReturned(m);
                break;
            case MachineMessage.ChangesDue:
                RetryChanges();
                break;
            case MachineMessage.Removed m:
                OnRemoved(m);
                break;
            case MachineMessage.ProcessEnded m:
                await OnProcessEndedAsync(m);
                break;
            case MachineMessage.DiskCorrupted m when m.Session == _session:
                OnDiskCorrupted(m);
                break;
            case MachineMessage.RoomLookDue:
                LookForRoom();
                break;
            case MachineMessage.WentOn m:
                OnWentOn(m);
                break;
            case MachineMessage.TurnCame:
                _heldNow = false;
                break;
            case MachineMessage.SaveDue:
                SaveAgain();
                break;
            case MachineMessage.LookDue:
                // What is told after each message is looked at anew.
                break;
            case MachineMessage.ProcessorsChanged m when m.Session == _session:
                LogProcessors(Uid, m.Session.Processors, m.Session.ProcessorsReason);
                WatchRoom();
                break;
            case MachineMessage.GuestReported m when m.Session == _session:
                _guest = m.Report;
                break;
            case MachineMessage.LeasesChanged:
                // Told of with whatever else is so.
                break;
            case MachineMessage.Settled m:
                m.Answer.SetResult();
                break;
            case MachineMessage.Ending m when _removed:
                m.Answer.SetResult();
                break;
            case MachineMessage.Ending m:
                _ending = true;
                WithdrawLeases();
                _endWaits.Add(m.Answer);
                break;
            default:
                // News of a session that is not ours any more.
                break;
        }
    }

    private void Advance()
    {
        Take(MachinePlan.Next(View()));
        Tell();
        TellCome();
        if (_ending && _doing == Doing.Nothing && _endWaits.Count > 0)
        {
            _ = LetGoAsync([.. _endWaits]);
            _endWaits.Clear();
        }
    }

    // The session is let go, the process goes on.
    private async Task LetGoAsync(TaskCompletionSource[] waits)
    {
        _mailbox.Writer.TryComplete();
        if (_session is { } session)
        {
            await session.DisposeAsync();
            session.Process.Dispose();
        }

        StopTimers();
        Array.ForEach(waits, w => w.TrySetResult());
    }

    private MachineView View() => new()
    {
        Doing = _doing,
        Processors = _session?.Processors,
        InTrouble = _session?.InTrouble ?? false,
        ResumeDue = _record.Order.Resume > (_record.Run?.Resumed ?? 0) || _roomReturned,
        Resuming = _resuming,
        Corrupted = _corrupted is not null,
        Held = _heldNow,
        Wanted = _record.Order.Spec.Power,
        WantedBoot = _record.Order.Boot,
        LastBoot = _record.Run?.Boot ?? 0,
        Removing = _record.Removing && !_removalFailed,
        Force = _record.Order.Stop?.Force ?? false,
        ChangeDue = NextChange() is not null,
        Ending = _ending,
    };

    // Each step ends in a message, which asks the plan again.
    private void Take(MachineStep step)
    {
        switch (step)
        {
            case MachineStep.None:
                break;
            case MachineStep.Start:
                BeginStart();
                break;
            case MachineStep.CancelStart:
                _starting?.Cancel();
                break;
            case MachineStep.Stop:
                BeginStop();
                break;
            case MachineStep.HastenStop:
                if (!_hastened)
                {
                    _hastened = true;
                    _stopping?.Hasten();
                }

                break;
            case MachineStep.Resume:
                BeginResume();
                break;
            case MachineStep.Pause:
                _ = _session!.TryCommandAsync("stop", TimeSpan.FromSeconds(10));
                break;
            case MachineStep.Change:
                BeginChange(NextChange()!);
                break;
            case MachineStep.CancelChange:
                _changing?.Cancel();
                break;
            case MachineStep.Remove:
                BeginRemoval();
                break;
            default:
                throw new InvalidOperationException($"no step {step}");
        }
    }

    private void Tell()
    {
        if (_removed)
        {
            return;
        }

        var nics = NicsNow();
        var status = StatusView.Compose(
            new StatusInput
            {
                Record = _record,
                Node = _host.NodeName,
                ObservedGeneration = ObservedGeneration(),
                Doing = _doing,
                Stage = _stage,
                Processors = _session?.Processors,
                ProcessorsReason = _session?.ProcessorsReason ?? "",
                Pid = _session?.Process.Identity.Pid ?? 0,
                Guest = _session is null ? GuestReport.Silence : _guest,
                DiskFull = _session is { IsDiskFull: true } ? RoomAdvice() : null,
                DiskFailures = _session?.DiskFailures ?? [],
                Warnings = _session is not null && _host.Accelerator.Warning is { } warning ? [warning] : [],
                ChangeTroubles = _session is null ? [] : ChangeTroubles(),
                Nics = nics,
                NicsWait = NicPlan.WaitsForStart(_record, _host.Networks),
                Leases = _session is null ? [] : [.. nics.SelectMany(n => _host.Networks.LeasesOf(n.Mac))],
                DiskUsedBytes = (ulong)FileSpace.Allocated(_paths.Disk),
                Now = _host.Time.GetUtcNow(),
            },
            _told);
        if (StatusView.IsNews(status, _told))
        {
            if (_told?.State != status.State)
            {
                LogTransition(Uid, _record.Order.Name, _record.Order.Generation, _told?.State ?? State.Unspecified, status.State, status.Reason);
            }

            _told = status;
            _host.Feed.Publish(new Machine { Uid = Uid, Name = _record.Order.Name, Status = status });
        }
    }

    private Machine Now() => _host.Feed.Find(Uid) ?? new Machine { Uid = Uid, Name = _record.Order.Name, Status = _told ?? new InstanceStatus() };

    private Timestamp Timestamp() => Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(_host.Time.GetUtcNow());

    [LoggerMessage(LogLevel.Information, "machine {Uid} ({Name}, generation {Generation}): {From} -> {To} {Cause}")]
    private partial void LogTransition(string uid, string name, uint generation, State from, State to, string cause);

    [LoggerMessage(LogLevel.Debug, "machine {Uid}: stage {Stage}")]
    private partial void LogStage(string uid, Stage stage);

    [LoggerMessage(LogLevel.Debug, "machine {Uid}: processors {Processors} {Reason}")]
    private partial void LogProcessors(string uid, Processors processors, string reason);

    [LoggerMessage(LogLevel.Error, "machine {Uid}: {Message}")]
    private partial void LogSaveFailed(string uid, string message);

    [LoggerMessage(LogLevel.Error, "machine {Uid}: a defect while handling {Message}")]
    private partial void LogDefect(string uid, string message, Exception cause);
}
