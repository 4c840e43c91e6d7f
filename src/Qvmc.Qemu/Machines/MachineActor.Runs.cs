using Qvmc.Core.Consoles;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Os.Processes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Changes;
using Qvmc.Qemu.Consoles;
using Qvmc.Qemu.Guest;

namespace Qvmc.Qemu.Machines;

// Runs of the machine: how they begin and end.
internal sealed partial class MachineActor
{
    private const int TailBytes = 4096;

    private void BeginStart()
    {
        _record.Run = new MachineRun
        {
            Boot = _record.Order.Boot,
            HostBootId = HostBoot.Id,
            StartTime = Timestamp(),
            Generation = _record.Order.Generation,
            Spec = _record.Order.Spec.Clone(),
            CdromDigests = { _record.Order.CdromDigests },
            NicAddresses = { _record.Order.NicAddresses },
            Resumed = _record.Order.Resume,
        };
        NicPlan.FixSlots(_record.Run.Spec);
        ForgetChanges();
        _record.LastError = null;
        _corrupted = null;
        if (TrySave() is { } fault)
        {
            // The next daemon would not know of a process whose start is on no record.
            EndRun("StartFailed", Error("StartFailed", fault.Message));
            return;
        }

        FaultPoint.Pass(FaultStep.StartRecorded);

        _doing = Doing.Starting;
        _stage = _leases.Count > 0 ? Stage.Disk : Stage.Queued;
        _console.Append(System.Text.Encoding.UTF8.GetBytes($"{RunMark}{_record.Run.Boot} ({_host.Time.GetUtcNow():u}) ---\r\n"));
        _starting = new CancellationTokenSource();
        _ = StartAsync(_record.Order.Clone(), _leasesReturned.Task, _starting.Token);
    }

    private const string RunMark = "\r\n--- qvmc: start ";

    private async Task StartAsync(MachineOrder order, Task leasesReturned, CancellationToken ct)
    {
        await Task.Yield();
        try
        {
            await leasesReturned.WaitAsync(ct);
            var session = await new StartSequence(_host, order, _record.MachineType, _record.NicLayout, _console, Post, _log).RunAsync(ct);
            Post(new MachineMessage.Started(session, null));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Post(new MachineMessage.Started(null, new StartFailure("StartCancelled", "the start was broken off", Cancelled: true)));
        }
        catch (FaultException e)
        {
            Post(new MachineMessage.Started(null, new StartFailure("StartFailed", e.Message, Cancelled: ct.IsCancellationRequested)));
        }
        catch (Exception e)
        {
            LogDefect(order.Uid, nameof(StartSequence), e);
            Post(new MachineMessage.Started(null, new StartFailure("StartFailed", e.Message, Cancelled: ct.IsCancellationRequested)));
        }
    }

    private void OnSpawned(MachineMessage.Spawned m)
    {
        _record.Run.Pid = m.Process.Pid;
        _record.Run.PidStartTicks = m.Process.StartTicks;
        _record.Run.Accelerator = m.Accelerator;
        _record.MachineType = m.MachineType;
        _record.NicLayout = m.NicLayout;
        if (TrySave() is { } fault)
        {
            m.OnRecord.SetException(fault);
            return;
        }

        FaultPoint.Pass(FaultStep.SpawnRecorded);
        m.OnRecord.SetResult();
    }

    private async Task OnStartedAsync(MachineMessage.Started m)
    {
        _starting?.Dispose();
        _starting = null;
        _doing = Doing.Nothing;
        _stage = Stage.Unspecified;
        RemoveDisks();
        if (m.Session is { } session)
        {
            _record.Run.Begun = true;
            _guest = GuestReport.Silence;
            _session = session;
            session.Begin();
            Save();
            FaultPoint.Pass(FaultStep.RunRecorded);
            return;
        }

        var failure = m.Failure!;
        if (failure.Cancelled && _ending)
        {
            // The next daemon makes this start; this one has taken it back.
            _record.Run.Boot--;
            EndRun("StartPostponed", null);
        }
        else
        {
            EndRun(failure.Cancelled ? "StoppedByUser" : failure.Reason, failure.Cancelled ? null : Error(failure.Reason, failure.Message));
        }

        await Task.CompletedTask;
    }

    private void BeginStop()
    {
        var session = _session!;
        var policy = _record.Order.Stop ?? new StopPolicy();
        var reason = StopReason();
        if (_record.Run.EndingReason != reason)
        {
            _record.Run.EndingReason = reason;
            Save();
        }

        FaultPoint.Pass(FaultStep.StopRecorded);
        _doing = Doing.Stopping;
        _hastened = false;
        _stopping = new StopSequence(
            session,
            policy.Grace?.ToTimeSpan() ?? _host.StopGrace,
            force: policy.Force || _corrupted is not null || (_record.Removing && _removeByForce),
            HasRoom,
            stage => Post(new MachineMessage.StageReached(stage)),
            _host.Time);
        _ = StopAsync(_stopping);
    }

    // For a record that is about to be written: when a stop is what comes next, it says so, and the stop need not write it again.
    private void NoteStop()
    {
        if (MachinePlan.Next(View()) == MachineStep.Stop)
        {
            _record.Run.EndingReason = StopReason();
        }
    }

    private string StopReason() => _session!.Processors == Processors.Halted ? "GuestShutdown"
        : _record.Removing ? "Removed"
        : _corrupted is not null ? DiskCorrupted
        : "StoppedByUser";

    private async Task StopAsync(StopSequence sequence)
    {
        await Task.Yield();
        try
        {
            await sequence.RunAsync();
            Post(new MachineMessage.Stopped());
        }
        catch (Exception e)
        {
            Post(new MachineMessage.StopFailed(e));
        }
    }

    private async Task OnStoppedAsync()
    {
        _doing = Doing.Nothing;
        _stopping = null;
        _stage = Stage.Unspecified;
        var reason = _corrupted is null ? _record.Run.EndingReason : DiskCorrupted;
        FaultPoint.Pass(FaultStep.ProcessGone);
        await GiveBackAsync();
        FaultPoint.Pass(FaultStep.GivenBack);
        EndRun(reason, _corrupted is null ? null : CorruptionError());
    }

    private void OnStopFailed(MachineMessage.StopFailed m)
    {
        _doing = Doing.Nothing;
        _stopping = null;
        _record.LastError = Error("StopFailed", $"the process {_record.Run.Pid} did not end, not even by SIGKILL: {m.Cause.Message}; it most likely hangs in the kernel on broken storage");
        LogDefect(Uid, nameof(StopSequence), m.Cause);
    }

    private async Task OnProcessEndedAsync(MachineMessage.ProcessEnded m)
    {
        // While stopping, the sequence sees the end itself.
        if (m.Session != _session || _doing == Doing.Stopping)
        {
            return;
        }

        var halted = m.Session.Processors == Processors.Halted;
        var starved = _host.Groups?.Leave(Uid) > 0;
        await GiveBackAsync();
        if (halted)
        {
            EndRun("GuestShutdown", null);
            return;
        }

        if (starved)
        {
            EndRun("OutOfMemory", Error("OutOfMemory", "QEMU needed more memory than its control group allows, and the kernel killed it; its disk is as after a power cut: start the instance again, and if it happens again, look for what grows in QEMU's log"));
            return;
        }

        var reason = m.Status.Signal is not null ? "QemuKilled" : "QemuExited";
        EndRun(reason, Error(reason, $"QEMU {m.Status} although nobody had asked it to; start the instance again, its disk is as after a power cut"));
    }

    private async Task GiveBackAsync()
    {
        var session = _session!;
        _session = null;
        _guest = GuestReport.Silence;
        _resuming = false;
        WatchRoom();
        await session.DisposeAsync();
        session.Process.Dispose();

        // What a change is just making would else be left behind.
        _changing?.Cancel();
        await _change;
        await Adoption.GiveBackAsync(_host, _record, _log);
    }

    private void EndRun(string reason, LastError? error)
    {
        _record.Run.Ended = true;
        _record.Run.EndReason = reason;
        _record.LastError = error;
        if (error is null && reason == _record.Run.EndingReason && MachinePlan.Next(View()) == MachineStep.None)
        {
            // The record says already how it ends: the next daemon would find out the same. Who waits need not wait for the disk.
            Tell();
        }

        Save();
        FaultPoint.Pass(FaultStep.EndRecorded);
    }

    private LastError Error(string reason, string message) => MakeError(_paths, _console, reason, message, Timestamp());

    internal static LastError MakeError(MachinePaths paths, ConsoleLog console, string reason, string message, Google.Protobuf.WellKnownTypes.Timestamp time)
    {
        var tail = ConsoleText.Clean(console.Tail(TailBytes));
        var mark = tail.LastIndexOf(RunMark.Trim(), StringComparison.Ordinal);
        return new LastError
        {
            Reason = reason,
            Message = message,
            Time = time,
            ConsoleTail = mark >= 0 ? tail[mark..] : tail,
            QemuLogTail = ConsoleText.Clean(FileTail.Read(paths.QemuLog, TailBytes)),
        };
    }
}
