using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks.Bridge;
using Qvmc.Qemu.Networks.User;
using Qvmc.Qemu.Networks.Vmnet;

namespace Qvmc.Qemu.Networks;

/// <summary>The networks that this host offers; the first is the default.</summary>
public sealed partial class NetworkTable : IAsyncDisposable
{
    // Somebody deletes a bridge, a VPN comes up: nobody reports that.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<INetworkDriver> _drivers;
    private readonly HostNetworks? _host;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private Task _looking = Task.CompletedTask;

    /// <summary>From the configuration; none configured: one user-mode network called <c>user</c>.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="host">What bridges are made with; null: none are configured.</param>
    /// <param name="log">Where logs go.</param>
    /// <param name="time">The time.</param>
    internal NetworkTable(IReadOnlyList<NetworkSettings> settings, HostNetworks? host, ILogger log, TimeProvider time)
    {
        (_host, _log, _time) = (host, log, time);
        INetworkDriver[] drivers = [.. settings.Select(INetworkDriver (n) => n.KindCase switch
        {
            NetworkSettings.KindOneofCase.User => new UserNetworkDriver(n.Name, n.User),
            NetworkSettings.KindOneofCase.Bridge or NetworkSettings.KindOneofCase.Bridged => host!.Make(n),
            NetworkSettings.KindOneofCase.Vmnet => new VmnetNetworkDriver(n.Name, n.Vmnet, NetworkSettingsRules.Powers),
            _ => throw new FaultException(FaultCode.InvalidArgument, $"network \"{n.Name}\" has no kind that works here"),
        })];
        _drivers = drivers.Length > 0 ? drivers : [new UserNetworkDriver("user", new UserNetwork())];
        foreach (var driver in _drivers)
        {
            driver.LeasesChanged += () => LeasesChanged?.Invoke();
            switch (driver)
            {
                case UserNetworkDriver user:
                    user.TakenElsewhere = (uid, forward) => TakenByUsers(user, uid, forward) ?? host?.TakenBy(uid, forward);
                    break;
                case BridgeNetworkDriver bridge:
                    bridge.TakenElsewhere = (uid, forward) => TakenByUsers(null, uid, forward);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>One without bridges.</summary>
    internal NetworkTable(IReadOnlyList<NetworkSettings> settings)
        : this(settings, null, NullLogger.Instance, TimeProvider.System)
    {
    }

    /// <summary>Addresses were given by DHCP, or have run out.</summary>
    internal event Action? LeasesChanged;

    /// <summary>Their names.</summary>
    public IEnumerable<string> Names => _drivers.Select(d => d.Name);

    /// <summary>Every address that was given by DHCP.</summary>
    internal IEnumerable<NicLease> Leases => _drivers.SelectMany(d => d.Leases);

    /// <summary>Those that one interface got, whatever network it is on.</summary>
    internal IEnumerable<NicLease> LeasesOf(string mac) => _drivers.SelectMany(d => d.LeasesOf(mac));

    /// <summary>The network of that name; empty: the default.</summary>
    /// <exception cref="FaultException">FAILED_PRECONDITION: there is none of that name.</exception>
    public INetworkDriver Get(string name) =>
        TryGet(name) ?? throw new FaultException(
                FaultCode.FailedPrecondition,
                $"this host has no network \"{name}\"; it has {string.Join(", ", Names.Select(n => $"\"{n}\""))}");

    /// <summary>The same, or null.</summary>
    public INetworkDriver? TryGet(string name) =>
        name.Length == 0 ? _drivers[0] : _drivers.FirstOrDefault(d => d.Name == name);

    /// <summary>
    /// Raises every network, for the machines on record, and removes what is left of those that are gone. What can't be
    /// had is logged and told; it keeps nobody from starting.
    /// </summary>
    internal async Task StartAsync(IReadOnlyList<(string Network, NetworkMember Member)> members, Func<string, bool> isKnown, CancellationToken ct)
    {
        await Task.WhenAll(_drivers.Select(d => d.StartAsync([.. members.Where(m => m.Network == d.Name).Select(m => m.Member)], ct)));
        if (_host is not null)
        {
            await _host.StartAsync([.. members.Where(m => m.Member.IsLive).Select(m => m.Member.Nic)], isKnown, ct);
            _looking = LookAgainAsync();
        }
    }

    /// <summary>Every network as it is now, the default first.</summary>
    internal async Task<IReadOnlyList<Network>> ListAsync(string node, CancellationToken ct)
    {
        await Task.WhenAll(_drivers.Select(d => d.LookAsync(ct)));
        return [.. _drivers.Select((d, i) => Describe(d, i, node))];
    }

    /// <summary>Takes a network off the host.</summary>
    /// <exception cref="FaultException">There is none of the name, or it is in use.</exception>
    internal async Task<Network> TeardownAsync(string name, string node, CancellationToken ct)
    {
        var driver = _drivers.FirstOrDefault(d => d.Name == name)
            ?? throw new FaultException(FaultCode.NotFound, $"this host has no network \"{name}\"; it has {string.Join(", ", Names.Select(n => $"\"{n}\""))}");
        await driver.TeardownAsync(ct);
        return Describe(driver, driver == _drivers[0] ? 0 : 1, node);
    }

    /// <summary>What is reserved for a machine has changed: what it no longer has is free, what it has is kept for it.</summary>
    internal async Task ReserveAsync(MachineOrder? before, MachineOrder now)
    {
        var wanted = MachineNic.Of(this, now);
        foreach (var gone in before is null ? [] : MachineNic.Of(this, before).Where(b => !wanted.Any(w => w.Network == b.Network && w.Request.Slot == b.Request.Slot)))
        {
            await TryAsync(gone, d => d.ForgetAsync(gone.Request, CancellationToken.None));
        }

        foreach (var nic in wanted)
        {
            await TryAsync(nic, d => d.ReserveAsync(nic.Request, CancellationToken.None));
        }
    }

    /// <summary>Takes back what a machine may have, of which nothing is known but its id.</summary>
    internal Task ReleaseAsync(string uid) => _host?.ReleaseAsync(uid) ?? Task.CompletedTask;

    /// <summary>A machine is gone: what was reserved for it is free.</summary>
    internal async Task ForgetAsync(MachineOrder order)
    {
        foreach (var nic in MachineNic.Of(this, order))
        {
            await TryAsync(nic, d => d.ForgetAsync(nic.Request, CancellationToken.None));
        }
    }

    /// <summary>The daemon ends: networks stay on the host.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _looking;
        foreach (var driver in _drivers)
        {
            await driver.DisposeAsync();
        }

        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _end.Dispose();
    }

    private string? TakenByUsers(UserNetworkDriver? but, string uid, PortForward forward) =>
        _drivers.OfType<UserNetworkDriver>().Where(u => u != but).Select(u => u.TakenBy(uid, forward)).FirstOrDefault(w => w is not null);

    private static Network Describe(INetworkDriver driver, int place, string node)
    {
        var network = driver.Describe();
        (network.Node, network.IsDefault) = (node, place == 0);
        return network;
    }

    private async Task TryAsync(MachineNic nic, Func<INetworkDriver, Task> action)
    {
        try
        {
            await (nic.Driver is { } driver ? action(driver) : Task.CompletedTask);
        }
        catch (Exception e) when (e is FaultException or IOException)
        {
            // At the next start of the machine, or of the network, it is seen to again.
            LogReservation(nic.Request.Uid, nic.Network, e.Message);
        }
    }

    private async Task LookAgainAsync()
    {
        using var timer = new PeriodicTimer(LookEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                await Task.WhenAll(_drivers.Select(d => d.LookAsync(_end.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The daemon ends.
        }
    }

    [LoggerMessage(LogLevel.Warning, "machine {Uid}: its reservation in network \"{Network}\" could not be changed: {Message}")]
    private partial void LogReservation(string uid, string network, string message);
}
