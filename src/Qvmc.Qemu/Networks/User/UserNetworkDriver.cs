using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Qemu.Networks.User;

/// <summary>
/// User-mode networking: QEMU itself plays router, DHCP and DNS server for each guest alone. Needs no privileges;
/// nothing gets in but by port forwards, which QEMU holds as sockets of its own.
/// </summary>
public sealed class UserNetworkDriver(string name, UserNetwork settings) : INetworkDriver
{
    // Of machines that run.
    private readonly ConcurrentDictionary<(string Uid, uint Slot), NicRequest> _live = new();

    /// <inheritdoc/>
    public event Action? LeasesChanged
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool CanForward => true;

    /// <inheritdoc/>
    public IReadOnlyList<NicLease> Leases => [];

    /// <inheritdoc/>
    public IReadOnlyList<NicLease> LeasesOf(string mac) => [];

    /// <summary>In words, which machine of another network has a port of the host already; null: none.</summary>
    internal Func<string, PortForward, string?> TakenElsewhere { get; set; } = (_, _) => null;

    /// <summary>The same for machines of this network.</summary>
    internal string? TakenBy(string uid, PortForward forward) =>
        _live.Values.FirstOrDefault(n => n.Uid != uid && n.Forwards.Any(f => ForwardRules.Collide(f, forward))) is { } holder
            ? $"{ForwardRules.Describe(forward)} leads to {holder.Name} already: choose another host_port"
            : null;

    /// <inheritdoc/>
    public Task StartAsync(IReadOnlyList<NetworkMember> members, CancellationToken ct)
    {
        foreach (var nic in members.Where(m => m.IsLive).Select(m => m.Nic))
        {
            _live[(nic.Uid, nic.Slot)] = nic;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task LookAsync(CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public IReadOnlyList<FieldFault> Check(NicRequest request) =>
    [
        .. CheckForwards(request, []),
        .. request.Queues > 1 ? [new FieldFault($"spec.nics[slot {request.Slot}].queues", $"{request.Queues} need a bridge: network \"{name}\" is user-mode, and has one")] : Array.Empty<FieldFault>(),
        .. request.RateMbit > 0 ? [new FieldFault($"spec.nics[slot {request.Slot}].rate_mbit", $"needs a bridge: network \"{name}\" is user-mode")] : Array.Empty<FieldFault>(),
    ];

    /// <inheritdoc/>
    public Task<INicAttachment> AttachAsync(NicRequest request, CancellationToken ct)
    {
        ThrowIfAny(Check(request));
        var netdev = new JsonObject { ["type"] = "user", ["id"] = request.Netdev };
        if (settings.Subnet.Length > 0)
        {
            netdev["net"] = settings.Subnet;
        }

        if (settings.Isolated)
        {
            netdev["restrict"] = true;
        }

        if (request.Forwards.Count > 0)
        {
            // qapi/net.json: hostfwd is a list of String, which on the wire is an object with "str".
            netdev["hostfwd"] = new JsonArray([.. request.Forwards.Select(f => (JsonNode)new JsonObject { ["str"] = Rule(f) })]);
        }

        _live[(request.Uid, request.Slot)] = request;
        return Task.FromResult<INicAttachment>(new Attachment(this, request, netdev));
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(NicRequest request, CancellationToken ct)
    {
        _live.TryRemove((request.Uid, request.Slot), out _);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SetForwardsAsync(NicRequest request, CancellationToken ct) => throw new FaultException(
        FaultCode.Unsupported, $"network \"{name}\" is user-mode: its port forwards are QEMU's own");

    /// <summary>Changes the port forwards of an interface that a machine has, through its QEMU.</summary>
    /// <param name="request">The interface, with the forwards that it shall have.</param>
    /// <param name="ask">Gives QEMU's monitor for people a command.</param>
    /// <exception cref="FaultException">They can't be had; those before are as they were.</exception>
    internal async Task SetForwardsAsync(NicRequest request, Func<string, Task<string>> ask)
    {
        var forwards = new UserForwards(request.Netdev, ask);
        var has = await forwards.ListAsync();
        ThrowIfAny([.. CheckForwards(request, has)]);
        await forwards.SetAsync(has, request.Forwards);
        _live[(request.Uid, request.Slot)] = request;
    }

    /// <inheritdoc/>
    public Task ReserveAsync(NicRequest request, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task ForgetAsync(NicRequest request, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public Network Describe() => new()
    {
        Name = name,
        Kind = NetworkKind.User,
        State = NetworkState.Ready,
        Subnet = settings.Subnet.Length > 0 ? settings.Subnet : "10.0.2.0/24",
        Isolated = settings.Isolated,
        CanForward = true,
    };

    /// <inheritdoc/>
    public NicStatus Describe(NicRequest request, bool isLive) => new() { Slot = request.Slot, Network = name, Mac = request.Mac };

    /// <inheritdoc/>
    public Task TeardownAsync(CancellationToken ct) => throw new FaultException(
        FaultCode.FailedPrecondition, $"network \"{name}\" is user-mode: there is nothing of it on the host to take off");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void ThrowIfAny(IReadOnlyList<FieldFault> faults)
    {
        if (faults.Count > 0)
        {
            throw new FaultException(FaultCode.FailedPrecondition, string.Join("; ", faults.Select(f => f.Message)), faults);
        }
    }

    private static string Rule(PortForward f) => $"{UserForwards.Endpoint(f)}-:{f.GuestPort}";

    // What it has itself does not stand against it.
    private IEnumerable<FieldFault> CheckForwards(NicRequest request, IReadOnlyList<PortForward> has) => request.Forwards
        .Select((f, i) => (Why: Obstacle(request, f, has), Field: $"spec.forwards[{i}]"))
        .Where(x => x.Why is not null)
        .Select(x => new FieldFault(x.Field, x.Why!));

    private string? Obstacle(NicRequest request, PortForward f, IReadOnlyList<PortForward> has) =>
        !IPAddress.TryParse(HostPort.AddressOf(f), out var address) || address.AddressFamily != AddressFamily.InterNetwork
            ? $"\"{f.HostAddress}\" is not an IPv4 address, and user-mode networks forward no other"
            : TakenBy(request.Uid, f) ?? TakenElsewhere(request.Uid, f) ?? (has.Any(h => ForwardRules.Collide(h, f)) ? null : HostPort.Obstacle(f, address));

    private sealed class Attachment(UserNetworkDriver network, NicRequest nic, JsonObject netdev) : INicAttachment
    {
        public JsonObject Netdev => netdev;

        public Task DetachAsync() => network.ReleaseAsync(nic, CancellationToken.None);
    }
}
