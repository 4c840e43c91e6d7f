using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Os.Processes;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Consoles;
using Qvmc.Qemu.Exports;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// Finds out what became of a machine while no daemon watched: from its record and its process alone.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>The very process (pid and start time, in this boot of the host) lives: it is adopted.</item>
/// <item>It is gone and we had begun to end it: that is how it ended.</item>
/// <item>It is gone and the host has started since: it was stopped by that.</item>
/// <item>It is gone otherwise: it died. (A guest that shuts itself down leaves QEMU standing.)</item>
/// <item>A start was in hand: what it left is ended, and the start is made again under its number.</item>
/// </list>
/// </remarks>
internal sealed partial class Adoption(MachineHost host, ILogger log)
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    /// <summary>The actor of a recorded machine, at work; the session with its process connects by itself.</summary>
    internal async Task<MachineActor> AdoptAsync(MachineRecord record)
    {
        var actor = new MachineActor(host, record) { IsHeld = Comeback.IsDue(record) };
        var paths = host.PathsOf(record.Order.Uid);
        RemoveRubbish(record, paths);
        MachineSession? session = null;
        if (record.Run is { Ended: false } run)
        {
            if (!run.Begun)
            {
                await EndLeftoverAsync(record, paths);
                FaultPoint.Pass(FaultStep.LeftoverEnded);
                run.Boot--;
                await EndAsync(actor, record, paths, "StartPostponed");
            }
            else if (Open(run) is { } process)
            {
                session = new MachineSession(process, paths, actor.Console, actor.Post, log, host.Time);
                if (MachineActor.DisksOf(paths).FirstOrDefault(MachineActor.IsCorrupt) is { } disk)
                {
                    actor.Post(new MachineMessage.DiskCorrupted(session, Path.GetFileName(disk), ""));
                }

                LogAdopted(actor.Uid, process.Identity.Pid);
                FaultPoint.Pass(FaultStep.MachineAdopted);
            }
            else
            {
                await EndAsync(actor, record, paths, ReasonOf(run));
            }
        }

        if (actor.IsHeld && session is null)
        {
            // Not written: until the start has begun, the next daemon finds the same.
            Comeback.Prepare(record);
        }

        actor.Begin(session);
        return actor;
    }

    /// <summary>
    /// Takes back what a machine without a process holds on the host: on networks, what its last run had and what is
    /// ordered; its control group; its sockets. What can't be taken back now is seen to at its next start, its removal or
    /// the daemon's next start: it keeps nobody from knowing that the run has ended.
    /// </summary>
    internal static async Task GiveBackAsync(MachineHost host, MachineRecord record, ILogger log)
    {
        var uid = record.Order.Uid;
        foreach (var nic in MachineNic.OfRun(host.Networks, record).Concat(MachineNic.Of(host.Networks, record.Order)).DistinctBy(n => (n.Network, n.Request.Slot)))
        {
            await TryAsync($"interface {nic.Request.Slot}", () => nic.Driver?.ReleaseAsync(nic.Request, CancellationToken.None) ?? Task.CompletedTask);
        }

        host.Groups?.Leave(uid);
        await TryAsync("sockets", () =>
        {
            MachineFiles.RemoveSockets(host.PathsOf(uid));
            return Task.CompletedTask;
        });

        async Task TryAsync(string what, Func<Task> giveBack)
        {
            try
            {
                await giveBack();
            }
            catch (Exception e) when (e is FaultException or IOException or UnauthorizedAccessException)
            {
                LogKept(log, uid, what, e.Message);
            }
        }
    }

    // What can't be removed now (a file system that turned read-only) is no reason to leave a machine alone.
    private void RemoveRubbish(MachineRecord record, MachinePaths paths)
    {
        try
        {
            MachineFiles.RemoveDisks(paths, record.Order.RemovedDisks);
            ExportFile.Sweep(paths.Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogRubbish(record.Order.Uid, e.Message);
        }
    }

    /// <summary>The interfaces of a machine on record: those of its process, if that lives, and those that are ordered.</summary>
    internal static IEnumerable<(string Network, NetworkMember Member)> MembersOf(MachineHost host, MachineRecord record)
    {
        var live = record.Run is { Ended: false } run && run.HostBootId == HostBoot.Id && new ProcessIdentity(run.Pid, run.PidStartTicks).IsAlive();
        return (live ? MachineNic.OfRun(host.Networks, record) : []).Select(n => (n.Network, new NetworkMember(n.Request, IsLive: true)))
            .Concat(MachineNic.Of(host.Networks, record.Order).Select(n => (n.Network, new NetworkMember(n.Request, IsLive: false))))
            .DistinctBy(n => (n.Network, n.Item2.Nic.Slot));
    }

    private static ProcessHandle? Open(MachineRun run) =>
        run.HostBootId == HostBoot.Id ? ProcessHandle.Open(new ProcessIdentity(run.Pid, run.PidStartTicks)) : null;

    private static string ReasonOf(MachineRun run) => run switch
    {
        { EndingReason.Length: > 0 } => run.EndingReason,
        _ when run.HostBootId != HostBoot.Id => "HostRestarted",
        _ => "QemuDied",
    };

    private async Task EndAsync(MachineActor actor, MachineRecord record, MachinePaths paths, string reason)
    {
        record.Run.Ended = true;
        record.Run.EndReason = reason;
        if (reason is "QemuDied" or MachineActor.DiskCorrupted)
        {
            using var console = new ConsoleLog(paths.ConsoleLog, host.ConsoleBytes);
            record.LastError = MachineActor.MakeError(
                paths, console, reason,
                reason == MachineActor.DiskCorrupted
                    ? MachineActor.CorruptionAdvice(paths, "")
                    : "QEMU ended while the daemon was not running, and nobody had asked it to; start the instance again, its disk is as after a power cut",
                Timestamp.FromDateTimeOffset(host.Time.GetUtcNow()));
        }

        LogEnded(record.Order.Uid, reason);
        await GiveBackAsync(host, record, log);
        try
        {
            FaultPoint.Reach(FaultStep.EndFound);
            new MachineRecordFile(paths.Record).Save(record);
        }
        catch (Exception e) when (e is FaultException or IOException)
        {
            // A full disk is no reason to leave a machine alone.
            LogNotSaved(record.Order.Uid, e.Message);
            actor.SaveLater();
        }
    }

    // Between the spawn and its record the pid is known to nobody: the process is found by the disk it was given.
    private async Task EndLeftoverAsync(MachineRecord record, MachinePaths paths)
    {
        var run = record.Run;
        var process = run.Pid != 0 ? Open(run) : run.HostBootId == HostBoot.Id ? MachineProcess.FindByDisk(paths) : null;
        if (process is not null)
        {
            using (process)
            {
                process.Kill();
                await process.Exited.WaitAsync(KillLimit, host.Time);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "machine {Uid}: adopted process {Pid}")]
    private partial void LogAdopted(string uid, int pid);

    [LoggerMessage(LogLevel.Warning, "machine {Uid}: what is not needed any more could not be removed: {Message}")]
    private partial void LogRubbish(string uid, string message);

    [LoggerMessage(LogLevel.Warning, "machine {Uid}: could not be given back: {What}: {Message}")]
    private static partial void LogKept(ILogger log, string uid, string what, string message);

    [LoggerMessage(LogLevel.Warning, "machine {Uid}: how its last run ended can't be written down yet: {Message}")]
    private partial void LogNotSaved(string uid, string message);

    [LoggerMessage(LogLevel.Information, "machine {Uid}: its last run has ended: {Reason}")]
    private partial void LogEnded(string uid, string reason);
}
