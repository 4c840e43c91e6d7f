using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Qvmc.Os.Processes;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Consoles;

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
        var actor = new MachineActor(host, record);
        var paths = host.PathsOf(record.Order.Uid);
        MachineSession? session = null;
        if (record.Run is { Ended: false } run)
        {
            if (!run.Begun)
            {
                await EndLeftoverAsync(record, paths);
                run.Boot--;
                await EndAsync(record, paths, "StartPostponed", null);
            }
            else if (Open(run) is { } process)
            {
                session = new MachineSession(process, paths, actor.Console, actor.Post, log, host.Time);
                LogAdopted(actor.Uid, process.Identity.Pid);
            }
            else
            {
                await EndAsync(record, paths, ReasonOf(run), null);
            }
        }

        actor.Begin(session);
        return actor;
    }

    /// <summary>Takes back what a machine without a process holds on networks.</summary>
    internal static async Task ReleaseAsync(MachineHost host, MachineRecord record)
    {
        for (var i = 0; i < record.Order.Spec.Nics.Count; i++)
        {
            var driver = host.Networks.TryGet(record.Order.Spec.Nics[i].Network);
            if (driver is not null)
            {
                await driver.ReleaseAsync(StartSequence.Request(record.Order, i), CancellationToken.None);
            }
        }
    }

    private static ProcessHandle? Open(MachineRun run) =>
        run.HostBootId == HostBoot.Id ? ProcessHandle.Open(new ProcessIdentity(run.Pid, run.PidStartTicks)) : null;

    private static string ReasonOf(MachineRun run) => run switch
    {
        { EndingReason.Length: > 0 } => run.EndingReason,
        _ when run.HostBootId != HostBoot.Id => "HostRestarted",
        _ => "QemuDied",
    };

    private async Task EndAsync(MachineRecord record, MachinePaths paths, string reason, string? message)
    {
        record.Run.Ended = true;
        record.Run.EndReason = reason;
        if (reason == "QemuDied")
        {
            using var console = new ConsoleLog(paths.ConsoleLog, host.ConsoleBytes);
            record.LastError = MachineActor.MakeError(
                paths, console, reason,
                message ?? "QEMU ended while the daemon was not running, and nobody had asked it to; start the instance again, its disk is as after a power cut",
                Timestamp.FromDateTimeOffset(host.Time.GetUtcNow()));
        }

        LogEnded(record.Order.Uid, reason);
        await ReleaseAsync(host, record);
        MachineFiles.RemoveSockets(paths);
        new MachineRecordFile(paths.Record).Save(record);
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

    [LoggerMessage(LogLevel.Information, "machine {Uid}: its last run has ended: {Reason}")]
    private partial void LogEnded(string uid, string reason);
}
