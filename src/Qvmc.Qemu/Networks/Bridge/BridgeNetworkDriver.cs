using System.Net;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks.Dhcp;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>
/// A bridge that we make and own, with a DHCP and DNS server and translated addresses. It is raised when the daemon
/// starts and whenever a machine needs it, and stays, with the machines, when the daemon ends.
/// </summary>
/// <remarks>
/// What is reserved for whom comes with the orders of machines and nothing else: the server's own files can be lost.
/// </remarks>
internal sealed partial class BridgeNetworkDriver : INetworkDriver
{
    private readonly BridgeNetwork _settings;
    private readonly BridgeHost _host;
    private readonly DhcpService _dhcp;
    private readonly NetworkChoicesFile _file;
    private readonly string _bridge;
    private readonly string _domain;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _members = new();
    private readonly Dictionary<(string Uid, uint Slot), NicRequest> _reserved = [];
    private readonly Dictionary<(string Uid, uint Slot), NicRequest> _live = [];

    private volatile BridgeLayout? _layout;
    private volatile NetworkState _state = NetworkState.Failed;
    private volatile string _message = "not raised yet";
    private volatile string _warning = "";
    private bool _routed6;

    internal BridgeNetworkDriver(string name, BridgeNetwork settings, BridgeHost host)
    {
        Name = name;
        _settings = settings;
        _host = host;
        _dhcp = host.MakeDhcp(name);
        _file = new NetworkChoicesFile(host.Directory, name);
        _bridge = BridgeLayout.BridgeName(name, settings);
        _domain = BridgeLayout.Domain(name, settings);
    }

    /// <inheritdoc/>
    public event Action? LeasesChanged
    {
        add => _dhcp.LeasesChanged += value;
        remove => _dhcp.LeasesChanged -= value;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool CanForward => true;

    /// <inheritdoc/>
    public IReadOnlyList<NicLease> Leases
    {
        get
        {
            var layout = _layout;
            return layout is null ? [] : [.. _dhcp.Leases.Select(l => ToNic(l, layout))];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<NicLease> LeasesOf(string mac)
    {
        var layout = _layout;
        return layout is null ? [] : [.. _dhcp.LeasesOf(mac).Select(l => ToNic(l, layout))];
    }

    private NicLease ToNic(DhcpLease lease, BridgeLayout layout) => new(
        lease.Mac,
        lease.Address,
        (uint)(lease.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? layout.Subnet.PrefixLength : 64),
        lease.Expires - Lease);

    private TimeSpan Lease => _settings.Lease?.ToTimeSpan() ?? TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public Task StartAsync(IReadOnlyList<NetworkMember> members, CancellationToken ct)
    {
        lock (_members)
        {
            foreach (var (nic, isLive) in members)
            {
                _reserved[(nic.Uid, nic.Slot)] = nic;
                if (isLive)
                {
                    _live[(nic.Uid, nic.Slot)] = nic;
                }
            }
        }

        return LockedAsync(
            async () =>
            {
                var choices = _file.Load();
                if (choices.IsDown && _live.Count == 0)
                {
                    KnowSubnets(choices);
                    (_state, _message) = (NetworkState.Down, DownMessage);
                    return;
                }

                try
                {
                    await RaiseAsync(ct);
                }
                catch (FaultException)
                {
                    // It is told by what Describe says, and tried again when a machine needs it.
                }
            },
            ct);
    }

    /// <inheritdoc/>
    public async Task<INicAttachment> AttachAsync(NicRequest request, CancellationToken ct)
    {
        var key = (request.Uid, request.Slot);
        await LockedAsync(
            async () =>
            {
                if (_state != NetworkState.Ready || await _host.Links.FindAsync(_bridge, ct) is null)
                {
                    await RaiseAsync(ct);
                }

                ThrowIfAny(Check(request));
                lock (_members)
                {
                    _live[key] = request;
                }
            },
            ct);
        try
        {
            await ReserveAsync(request, ct);
            return new Attachment(this, request, await _host.Taps.AttachAsync(Name, _bridge, BridgeLayout.MtuOf(_settings), request, ct));
        }
        catch
        {
            Ended(key);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync(NicRequest request, CancellationToken ct)
    {
        await _host.Taps.ReleaseAsync(request, ct);
        Ended((request.Uid, request.Slot));
    }

    /// <inheritdoc/>
    public async Task SetForwardsAsync(NicRequest request, CancellationToken ct)
    {
        ThrowIfAny(Check(request));
        await _host.Ports.SetAsync(Name, request, ct);
        lock (_members)
        {
            _live[(request.Uid, request.Slot)] = request;
        }
    }

    /// <inheritdoc/>
    public async Task ReserveAsync(NicRequest request, CancellationToken ct)
    {
        lock (_members)
        {
            _reserved[(request.Uid, request.Slot)] = request;
        }

        if (_state == NetworkState.Ready && Reservation(request) is { } reservation)
        {
            await _dhcp.SetAsync([reservation], [], ct);
        }
    }

    /// <inheritdoc/>
    public async Task ForgetAsync(NicRequest request, CancellationToken ct)
    {
        NicRequest? known;
        lock (_members)
        {
            _reserved.Remove((request.Uid, request.Slot), out known);
        }

        if (_state == NetworkState.Ready && Reservation(known ?? request) is { } reservation)
        {
            await _dhcp.SetAsync([], [reservation], ct);
        }
    }

    /// <summary>What it made stays on the host.</summary>
    public async ValueTask DisposeAsync() => await _dhcp.DisposeAsync();

    // An address of another subnet, from before the operator changed it, is no use to the server.
    private DhcpReservation? Reservation(NicRequest nic) => nic.Ipv4 is { } ipv4 && _layout is { } layout && layout.Subnet.Contains(ipv4)
        ? new(nic.Uid, nic.Slot, nic.Name, nic.Mac, ipv4, layout.Subnet6 is { } subnet6 && nic.Ipv6 is { } ipv6 && subnet6.Contains(ipv6) ? ipv6 : null)
        : null;

    private static void ThrowIfAny(IReadOnlyList<FieldFault> faults)
    {
        if (faults.Count > 0)
        {
            throw new FaultException(FaultCode.FailedPrecondition, string.Join("; ", faults.Select(f => f.Message)), faults);
        }
    }

    private void Ended((string Uid, uint Slot) key)
    {
        lock (_members)
        {
            _live.Remove(key);
        }
    }

    private void KnowSubnets(NetworkChoices choices) =>
        _host.Subnets[Name] = [.. new[] { choices.Subnet, choices.Subnet6 }.OfType<IPNetwork>()];

    private async Task LockedAsync(Func<Task> action, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            await action();
        }
        finally
        {
            _gate.Release();
        }
    }

    [LoggerMessage(LogLevel.Information, "network \"{Network}\" is up: {Bridge}, {Subnet}")]
    private static partial void LogRaised(ILogger log, string network, string bridge, string subnet);

    [LoggerMessage(LogLevel.Error, "network \"{Network}\" can't be had: {Message}")]
    private static partial void LogFailed(ILogger log, string network, string message);

    [LoggerMessage(LogLevel.Warning, "network \"{Network}\": {Message}")]
    private static partial void LogTrouble(ILogger log, string network, string message);

    [LoggerMessage(LogLevel.Information, "network \"{Network}\" was taken off the host")]
    private static partial void LogTornDown(ILogger log, string network);

    private sealed class Attachment(BridgeNetworkDriver network, NicRequest nic, INicAttachment tap) : INicAttachment
    {
        public System.Text.Json.Nodes.JsonObject Netdev => tap.Netdev;

        public Task DetachAsync() => network.ReleaseAsync(nic, CancellationToken.None);
    }
}
