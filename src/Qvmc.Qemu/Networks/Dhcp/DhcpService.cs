using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>
/// The DHCP and DNS server of one bridge network: a dnsmasq that outlives the daemon as machines do. Who gets which address
/// is said by reservations and by nothing else: leases only tell which addresses are in use.
/// </summary>
public sealed partial class DhcpService : IAsyncDisposable
{
    private readonly DhcpServiceOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<DhcpService> _logger;
    private readonly DhcpPaths _paths;
    private readonly DnsmasqLog _log;
    private readonly LeaseBook _book;
    private readonly LeaseRelease _release;
    private readonly DnsmasqKeeper _keeper;
    private readonly RefusedClients _refused;
    private readonly CancellationTokenSource _disposed = new();

    // Starts, stops and changes, one at a time.
    private readonly SemaphoreSlim _gate = new(1);

    // Guards what follows, and the writing of files.
    private readonly Lock _sync = new();
    private DhcpNetwork? _network;
    private string _configuration = "";
    private ReservationTable _table = new([]);
    private IReadOnlyList<DhcpLease> _shown = [];
    private KeptLeases? _kept;
    private DhcpFilesWatch? _watch;

    /// <summary>Makes it; nothing happens before <see cref="StartAsync"/>.</summary>
    public DhcpService(DhcpServiceOptions options, TimeProvider time, ILogger<DhcpService> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _paths = new DhcpPaths(options.Directory);
        _log = new DnsmasqLog(_paths);
        _book = new LeaseBook(_paths);
        _release = new LeaseRelease(options.Release, options.Release6, time);
        _keeper = new DnsmasqKeeper(_paths, _log, WriteAll, time, logger);
        _refused = new RefusedClients(OnRefused);
        _log.Line += _refused.Hear;
        _book.Read += OnLeasesRead;
    }

    /// <summary><see cref="Leases"/> has changed.</summary>
    public event Action? LeasesChanged;

    /// <summary>Addresses that machines have asked for and got, and still hold.</summary>
    public IReadOnlyList<DhcpLease> Leases
    {
        get
        {
            lock (_sync)
            {
                return _table.Show(_book.Text, _time.GetUtcNow());
            }
        }
    }

    /// <summary>Those of one of them. Each machine asks again and again, so the others' are not gone through each time.</summary>
    public IReadOnlyList<DhcpLease> LeasesOf(string mac)
    {
        lock (_sync)
        {
            var (text, table) = (_book.Text, _table);
            if (_kept is not { } kept || kept.Text != text || kept.Table != table)
            {
                _kept = kept = new KeptLeases(text, table);
            }

            return kept.Of(mac, _time.GetUtcNow());
        }
    }

    /// <summary>Why it does not run although it should, for people; null: it runs, or it should not.</summary>
    public string? Trouble => _network is null || _keeper.Running is not null ? null : _keeper.LastEnd;

    /// <summary>
    /// Makes it serve that network. The one that runs goes on if it was started with the same settings, whoever started it. May
    /// be repeated, with other settings too.
    /// </summary>
    /// <exception cref="FaultException">
    /// It does not start: the message has its words. It is tried again by itself, and <see cref="Trouble"/> says how that goes.
    /// Or the daemon lacks the rights, or a program is missing: then it is not.
    /// </exception>
    public async Task StartAsync(DhcpNetwork network, IReadOnlyList<DhcpReservation> reservations, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var table = new ReservationTable(reservations);
            var launch = DnsmasqLaunch.Of(network, _options, _paths, User());
            MakeDirectory();
            lock (_sync)
            {
                (_network, _configuration, _table) = (network, launch.Configuration, table);
            }

            _watch ??= new DhcpFilesWatch(_paths, _log.Read, _book.Look, OnLeasesGone, _time);
            DhcpMetrics.Add(this, network.Name);
            if (!await _keeper.EnsureAsync(launch, ct))
            {
                // Told to read them in any case: whoever wrote them last may have died before he could say so.
                WriteHosts();
                await _keeper.ReloadAsync(ct);
                _book.Look();
                await FreeAsync([], ct);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"the DHCP server's files can't be kept in {_paths.Directory}: {e.Message}", inner: e);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>How it is.</summary>
    public DhcpServer Describe()
    {
        var process = _keeper.Running;
        return new DhcpServer
        {
            Pid = process?.Handle.Identity.Pid ?? 0,
            Restarts = _keeper.Restarts,
            LastEnd = _keeper.LastEnd,
            StartTime = process?.Started is { } started ? Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(started) : null,
            Leases = (uint)Leases.Count,
        };
    }

    /// <summary>Ends it, and deletes its files with all leases. It need not have been started by us.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            DhcpMetrics.Remove(this);
            await _keeper.StopAsync(ct);
            _watch?.Dispose();
            lock (_sync)
            {
                (_watch, _network, _table) = (null, null, new ReservationTable([]));
            }

            if (Directory.Exists(_paths.Directory))
            {
                Directory.Delete(_paths.Directory, recursive: true);
            }

            _book.Forget();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Lets go of dnsmasq, which goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        DhcpMetrics.Remove(this);
        await _disposed.CancelAsync();
        _watch?.Dispose();
        await _keeper.DisposeAsync();
    }

    private DnsmasqUser? User()
    {
        var status = File.ReadAllText("/proc/self/status");
        return DhcpPrivileges.Obstacle(status) is { } obstacle ? throw new FaultException(FaultCode.FailedPrecondition, obstacle)
            : DhcpPrivileges.IsRoot(status)
                ? DnsmasqUser.Find(_options.User, _options.Group, File.ReadLines("/etc/passwd"), File.ReadLines("/etc/group"))
                : null;
    }

    private void WriteHosts()
    {
        lock (_sync)
        {
            WholeFile.Write(_paths.Reservations, DhcpHostFiles.Reservations(_table.All));
            WholeFile.Write(_paths.Names, DhcpHostFiles.Names(_table.All, _network!.Domain));
        }
    }

    // Before each start: also after somebody has deleted or damaged them.
    private void WriteAll()
    {
        (DhcpNetwork Network, ReservationTable Table) now;
        lock (_sync)
        {
            now = (_network!, _table);
            MakeDirectory();
            WholeFile.Write(_paths.Configuration, _configuration);
            WriteHosts();
        }

        _book.Write(now.Network.ServerId(), now.Table.IsKept);
    }

    // Whatever mask the daemon was started with: dnsmasq is somebody else when it reads.
    private void MakeDirectory()
    {
        Directory.CreateDirectory(_paths.Directory);
        File.SetUnixFileMode(_paths.Directory, File.GetUnixFileMode(_paths.Directory) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }
}
