using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks.Bridge;
using Qvmc.Qemu.Networks.Firewall;

namespace Qvmc.Qemu.Networks.Bridged;

/// <summary>
/// A bridge that the operator made: machines are on the network behind it as if plugged in there. Nothing of ours is on
/// it but their ports, and the rules that keep each to its own hardware address.
/// </summary>
internal sealed partial class BridgedNetworkDriver(string name, BridgedNetwork settings, BridgeHost host) : INetworkDriver
{
    private readonly ConcurrentDictionary<string, NicRequest> _live = new();
    private volatile NetworkState _state = NetworkState.Failed;
    private volatile string _message = "not looked at yet";
    private volatile uint _mtu;

    /// <inheritdoc/>
    public event Action? LeasesChanged
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool CanForward => false;

    /// <inheritdoc/>
    public IReadOnlyList<NicLease> Leases => [];

    /// <inheritdoc/>
    public IReadOnlyList<NicLease> LeasesOf(string mac) => [];

    /// <inheritdoc/>
    public async Task StartAsync(IReadOnlyList<NetworkMember> members, CancellationToken ct)
    {
        foreach (var member in members.Where(m => m.IsLive))
        {
            _live[member.Nic.Tap] = member.Nic;
        }

        await LookAsync(ct);
        if (_state == NetworkState.Failed)
        {
            LogFailed(host.Log, name, _message);
        }
    }

    /// <inheritdoc/>
    public async Task LookAsync(CancellationToken ct)
    {
        try
        {
            var link = await host.Links.FindAsync(settings.Bridge, ct);
            var before = _state;
            (_state, _message) = link switch
            {
                null => (NetworkState.Failed, $"the host has no interface {settings.Bridge}: make that bridge, or name another"),
                { Kind: not "bridge" } => (NetworkState.Failed, $"the host's interface {settings.Bridge} is not a bridge"),
                _ => (NetworkState.Ready, ""),
            };
            _mtu = link?.Mtu ?? 0;
            if (_state == NetworkState.Ready && before != _state)
            {
                await host.Ports.SetNetworkAsync(
                    new FirewallNetwork(name, settings.Bridge, IsOurs: false, null, null, null, null, Isolated: false), [.. _live.Values], ct);
            }
        }
        catch (FaultException e)
        {
            (_state, _message) = (NetworkState.Failed, e.Message);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<FieldFault> Check(NicRequest request) => request.Forwards.Count == 0
        ? []
        : [new FieldFault("spec.forwards", $"network \"{name}\" is the operator's own, where nothing is forwarded: its machines are reached by their addresses")];

    /// <inheritdoc/>
    public async Task<INicAttachment> AttachAsync(NicRequest request, CancellationToken ct)
    {
        await LookAsync(ct);
        if (_state != NetworkState.Ready)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"network \"{name}\": {_message}");
        }

        _live[request.Tap] = request;
        try
        {
            return new Attachment(this, request, await host.Taps.AttachAsync(name, settings.Bridge, _mtu, request, ct));
        }
        catch
        {
            _live.TryRemove(request.Tap, out _);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync(NicRequest request, CancellationToken ct)
    {
        await host.Taps.ReleaseAsync(request, ct);
        _live.TryRemove(request.Tap, out _);
    }

    /// <inheritdoc/>
    public Task SetForwardsAsync(NicRequest request, CancellationToken ct)
    {
        FaultException.ThrowIfAny(Check(request));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReserveAsync(NicRequest request, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task ForgetAsync(NicRequest request, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public Network Describe() => new()
    {
        Name = name,
        Kind = NetworkKind.Bridged,
        State = _state,
        Message = _state == NetworkState.Ready ? host.Ports.Fault ?? "" : _message,
        Bridge = settings.Bridge,
        Mtu = _mtu,
    };

    /// <inheritdoc/>
    public NicStatus Describe(NicRequest request, bool isLive) =>
        new() { Slot = request.Slot, Network = name, Mac = request.Mac, HostInterface = isLive ? request.Tap : "" };

    /// <inheritdoc/>
    public Task TeardownAsync(CancellationToken ct) => throw new FaultException(
        FaultCode.FailedPrecondition, $"network \"{name}\" is the operator's bridge {settings.Bridge}, which is left alone");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [LoggerMessage(LogLevel.Error, "network \"{Network}\" can't be had: {Message}")]
    private static partial void LogFailed(ILogger log, string network, string message);

    private sealed class Attachment(BridgedNetworkDriver network, NicRequest nic, INicAttachment tap) : INicAttachment
    {
        public System.Text.Json.Nodes.JsonObject Netdev => tap.Netdev;

        public Task DetachAsync() => network.ReleaseAsync(nic, CancellationToken.None);
    }
}
