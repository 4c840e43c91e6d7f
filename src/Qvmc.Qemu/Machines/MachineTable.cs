using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>All machines of the host, an actor each.</summary>
public sealed partial class MachineTable
{
    // A machine whose monitor hangs must not keep the host from serving the others.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, MachineActor> _actors = new();
    private readonly MachineHost _host;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private bool _ending;

    /// <summary>Makes it, empty.</summary>
    public MachineTable(MachineHost host)
    {
        _host = host;
        _log = host.Logs.CreateLogger("Qvmc.Qemu.Machines");
    }

    private string Root => Path.Combine(_host.Settings.StateDirectory, "machines");

    /// <summary>Adopts every machine that an earlier daemon has left, and finishes its removals.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        MachineFiles.Sweep(Root);
        // All are known before anybody can ask; how they are, those that answer in time.
        var adoption = new Adoption(_host, _log);
        await Task.WhenAll(Directory.EnumerateDirectories(Root).Select(d => AdoptAsync(adoption, d)));
        var answers = _actors.Values.Select(a => a.SettleAsync()).ToList();
        try
        {
            await Task.WhenAll(answers).WaitAsync(AnswerLimit, _host.Time, ct);
        }
        catch (TimeoutException)
        {
            LogSilent(answers.Count(a => !a.IsCompleted));
        }
    }

    /// <summary>Orders a machine.</summary>
    public Task<Machine> EnsureAsync(MachineOrder order)
    {
        MachineActor actor;
        lock (_gate)
        {
            if (_ending)
            {
                throw new FaultException(FaultCode.Unavailable, "the daemon is ending: ask again when it is back");
            }

            if (!_actors.TryGetValue(order.Uid, out actor!))
            {
                actor = Make(order);
            }
        }

        return actor.OrderAsync(order);
    }

    /// <summary>Removes a machine; one that is not there is not an error.</summary>
    public async Task RemoveAsync(string uid, bool force)
    {
        if (_actors.TryGetValue(uid, out var actor))
        {
            await actor.RemoveAsync(force);
            _actors.TryRemove(new(uid, actor));
            return;
        }

        // A machine whose record could not be read has no actor, but still files, and perhaps a process.
        var paths = _host.PathsOf(uid);
        if (!Directory.Exists(paths.Directory))
        {
            return;
        }

        using var process = MachineProcess.FindByDisk(paths);
        if (process is not null)
        {
            if (!force)
            {
                throw Undriven(uid, process);
            }

            process.Kill();
            await process.Exited;
        }

        MachineFiles.Remove(paths);
    }

    /// <summary>The machine's actor.</summary>
    /// <exception cref="FaultException">NOT_FOUND.</exception>
    internal MachineActor Get(string uid) => _actors.TryGetValue(uid, out var actor)
        ? actor
        : throw new FaultException(FaultCode.NotFound, $"there is no machine \"{uid}\" on this host");

    /// <summary>The daemon ends; machines go on.</summary>
    public async Task EndAsync()
    {
        lock (_gate)
        {
            _ending = true;
        }

        await Task.WhenAll(_actors.Values.Select(a => a.EndAsync()));
    }

    // The record is there before the actor is: a machine that was answered for is found again.
    private MachineActor Make(MachineOrder order)
    {
        var paths = _host.PathsOf(order.Uid);
        if (Directory.Exists(paths.Directory))
        {
            using var process = MachineProcess.FindByDisk(paths);
            if (process is not null)
            {
                throw Undriven(order.Uid, process);
            }
        }

        Directory.CreateDirectory(paths.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var record = new MachineRecord { Order = order };
        if (File.Exists(paths.Record))
        {
            // It could not be read. The disk is taken up again; what the record was is kept for whoever wants to know.
            File.Move(paths.Record, paths.Record + ".damaged", overwrite: true);
        }

        new MachineRecordFile(paths.Record).Save(record);

        Qvmc.Os.Files.DurableDirectory.Sync(Root);
        var actor = new MachineActor(_host, record);
        Add(actor);
        actor.Begin(null);
        return actor;
    }

    private static FaultException Undriven(string uid, Os.Processes.ProcessHandle process) => new(
        FaultCode.FailedPrecondition,
        $"machine {uid} is run by process {process.Identity.Pid}, but its record was damaged and the process can't be driven: end it (kill {process.Identity.Pid}), or force the removal");

    private void Add(MachineActor actor) => _actors[actor.Uid] = actor;

    private async Task AdoptAsync(Adoption adoption, string directory)
    {
        try
        {
            var record = new MachineRecordFile(Path.Combine(directory, "machine.json")).Load();
            if (record?.Order is null)
            {
                // A launch that broke off before its record was written was never answered for.
                LogNoRecord(directory);
            }
            else if (record.Order.Uid != Path.GetFileName(directory))
            {
                LogUnreadable(directory, $"its record is of machine {record.Order.Uid}");
            }
            else
            {
                Add(await adoption.AdoptAsync(record));
            }
        }
        catch (Exception e) when (e is FaultException or IOException or TimeoutException)
        {
            LogUnreadable(directory, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} machines have not answered yet; their state is not known until they do")]
    private partial void LogSilent(int count);

    [LoggerMessage(LogLevel.Warning, "{Directory} has no record: left alone")]
    private partial void LogNoRecord(string directory);

    [LoggerMessage(LogLevel.Error, "{Directory} can't be adopted, and is left alone: {Message}")]
    private partial void LogUnreadable(string directory, string message);
}
