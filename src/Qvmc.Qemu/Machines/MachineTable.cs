using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>All machines of the host, an actor each.</summary>
public sealed partial class MachineTable
{
    private const string RemovedMark = ".removed-";

    // A machine whose monitor hangs must not keep the host from serving the others.
    private static readonly TimeSpan AdoptionLimit = TimeSpan.FromSeconds(2);

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

    /// <summary>The name a machine's directory has while it is being removed.</summary>
    internal static string RemovedName(string directory) =>
        Path.Combine(Path.GetDirectoryName(directory)!, RemovedMark + Path.GetFileName(directory));

    /// <summary>Adopts every machine that an earlier daemon has left, and finishes its removals.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var leftover in Directory.EnumerateDirectories(Root, RemovedMark + "*"))
        {
            Directory.Delete(leftover, recursive: true);
        }

        var adoption = new Adoption(_host, _log);
        var adoptions = Directory.EnumerateDirectories(Root).Select(d => AdoptAsync(adoption, d, ct)).ToList();
        try
        {
            await Task.WhenAll(adoptions).WaitAsync(AdoptionLimit, _host.Time, ct);
        }
        catch (TimeoutException)
        {
            LogStillAdopting(adoptions.Count(a => !a.IsCompleted));
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
        }
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
        Directory.CreateDirectory(paths.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var record = new MachineRecord { Order = order };
        try
        {
            new MachineRecordFile(paths.Record).Save(record);
        }
        catch
        {
            Directory.Delete(paths.Directory, recursive: true);
            throw;
        }

        Qvmc.Os.Files.DurableDirectory.Sync(Root);
        var actor = new MachineActor(_host, record);
        Add(actor);
        actor.Begin(null);
        return actor;
    }

    private void Add(MachineActor actor) => _actors[actor.Uid] = actor;

    private async Task AdoptAsync(Adoption adoption, string directory, CancellationToken ct)
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
                Add(await adoption.AdoptAsync(record, ct));
            }
        }
        catch (Exception e) when (e is FaultException or IOException or TimeoutException)
        {
            LogUnreadable(directory, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} machines have not answered yet; their state is not known until they do")]
    private partial void LogStillAdopting(int count);

    [LoggerMessage(LogLevel.Warning, "{Directory} has no record: left alone")]
    private partial void LogNoRecord(string directory);

    [LoggerMessage(LogLevel.Error, "{Directory} can't be adopted, and is left alone: {Message}")]
    private partial void LogUnreadable(string directory, string message);
}
