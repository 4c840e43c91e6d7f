using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Consoles;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Machines;

/// <summary>All machines of the host, an actor each.</summary>
public sealed partial class MachineTable
{
    // A machine whose monitor hangs must not keep the host from serving the others.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    // At each look a part of the machines has its turn to be asked how it is: few wakings, and no crowd.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private const int LooksForAll = 6;

    private readonly ConcurrentDictionary<string, MachineActor> _actors = new();
    private readonly MachineHost _host;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private HashSet<NicLease> _leases = [];
    private readonly CancellationTokenSource _end = new();
    private Task _comeback = Task.CompletedTask;
    private ITimer? _looks;
    private uint _looked;
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
        _host.User?.Admit(_host.Settings.StateDirectory);
        _host.User?.Admit(Root);
        MachineFiles.Sweep(Root, LogNotSwept);
        _host.Groups?.Sweep();

        // All are known before anybody can ask; how they are, those that answer in time.
        var records = Directory.EnumerateDirectories(Root).Select(Load).OfType<MachineRecord>().ToList();
        FaultPoint.Pass(FaultStep.RecordsLoaded);
        var known = Directory.EnumerateDirectories(Root).Select(Path.GetFileName).ToHashSet();
        await _host.Networks.StartAsync([.. records.SelectMany(r => Adoption.MembersOf(_host, r))], known.Contains, ct);
        _host.Networks.LeasesChanged += OnLeasesChanged;
        _looks = _host.Time.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
        var adoption = new Adoption(_host, _log);
        await Task.WhenAll(records.Select(r => AdoptAsync(adoption, r)));
        _comeback = ComeBackAsync();
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

        await _host.Networks.ReleaseAsync(uid);
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

        _host.Networks.LeasesChanged -= OnLeasesChanged;
        _looks?.Dispose();
        await _end.CancelAsync();
        await _comeback;
        await Task.WhenAll(_actors.Values.Select(a => a.EndAsync()));
    }

    // Nobody waits for it: who asks meanwhile sees machines whose start is wanted.
    private async Task ComeBackAsync()
    {
        var machines = _actors.Values.Where(a => a.IsHeld).ToList();
        if (machines.Count > 0)
        {
            LogComeback(machines.Count);
            await new Comeback(_host.Time).RunAsync(machines, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Look()
    {
        var turn = _looked++ % LooksForAll;
        foreach (var (uid, actor) in _actors)
        {
            if (actor.Session is not { } session)
            {
                continue;
            }

            if (QemuLog.Cut(session.Paths.QemuLog))
            {
                LogCut(uid);
            }

            if ((uint)uid.GetHashCode(StringComparison.Ordinal) % LooksForAll == turn)
            {
                session.Look();
            }
        }
    }

    // Few change at once, and there may be many machines: only those are told whose leases differ from before.
    private void OnLeasesChanged()
    {
        HashSet<string> macs;
        lock (_gate)
        {
            HashSet<NicLease> now = [.. _host.Networks.Leases];
            macs = [.. now.Except(_leases).Concat(_leases.Except(now)).Select(l => l.Mac)];
            _leases = now;
        }

        foreach (var machine in _host.Feed.Machines.Where(m => m.Status.Nics.Any(n => macs.Contains(n.Mac))))
        {
            if (_actors.TryGetValue(machine.Uid, out var actor))
            {
                actor.Post(new MachineMessage.LeasesChanged());
            }
        }
    }

    // The record is there before the actor is: a machine that was answered for is found again.
    private MachineActor Make(MachineOrder order)
    {
        try
        {
            return MakeOnDisk(order);
        }
        catch (IOException e)
        {
            throw new FaultException(FaultCode.ResourceExhausted, $"machine {order.Uid} can't be made: {e.Message}", inner: e);
        }
    }

    private MachineActor MakeOnDisk(MachineOrder order)
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
        FaultPoint.Reach(FaultStep.DirectoryMade);

        // One that is there and in order is of this very order, whose writing could not be answered for.
        var isThere = File.Exists(paths.Record);
        if ((isThere ? Load(paths.Directory) : null) is not { Run: null } record)
        {
            if (isThere)
            {
                // It could not be read. The disk is taken up again; what the record was is kept for whoever wants to know.
                File.Move(paths.Record, paths.Record + ".damaged", overwrite: true);
            }

            record = new MachineRecord { Order = order };
            new MachineRecordFile(paths.Record).Save(record);
        }

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

    private MachineRecord? Load(string directory)
    {
        try
        {
            var record = new MachineRecordFile(Path.Combine(directory, "machine.json")).Load();
            if (record?.Order is null)
            {
                // A launch that broke off before its record was written was never answered for.
                LogNoRecord(directory);
                return null;
            }

            if (record.Order.Uid != Path.GetFileName(directory))
            {
                LogUnreadable(directory, $"its record is of machine {record.Order.Uid}");
                return null;
            }

            return record;
        }
        catch (FaultException e)
        {
            LogUnreadable(directory, e.Message);
            return null;
        }
    }

    private async Task AdoptAsync(Adoption adoption, MachineRecord record)
    {
        try
        {
            Add(await adoption.AdoptAsync(record));
        }
        catch (Exception e) when (e is FaultException or IOException or TimeoutException)
        {
            LogUnreadable(_host.PathsOf(record.Order.Uid).Directory, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} machines have not answered yet; their state is not known until they do")]
    private partial void LogSilent(int count);

    [LoggerMessage(LogLevel.Warning, "{Directory} is of a machine that was removed, and can't be deleted: {Message}")]
    private partial void LogNotSwept(string directory, string message);

    [LoggerMessage(LogLevel.Information, "the host was restarted: {Count} machines come back")]
    private partial void LogComeback(int count);

    [LoggerMessage(LogLevel.Warning, "machine {Uid}: its QEMU prints so much that its log was cut")]
    private partial void LogCut(string uid);

    [LoggerMessage(LogLevel.Warning, "{Directory} has no record: left alone")]
    private partial void LogNoRecord(string directory);

    [LoggerMessage(LogLevel.Error, "{Directory} can't be adopted, and is left alone: {Message}")]
    private partial void LogUnreadable(string directory, string message);
}
