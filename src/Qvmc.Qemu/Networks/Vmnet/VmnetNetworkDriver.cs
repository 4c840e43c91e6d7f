using System.Net;
using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks.Bridge;

namespace Qvmc.Qemu.Networks.Vmnet;

/// <summary>
/// macOS' vmnet: each QEMU asks the system for an interface of its own, with the system's DHCP server and address
/// translation behind it; it goes with the process. So nothing is made here, kept, or taken back. Which address a machine
/// got, only its agent tells. The system gives interfaces only to root, and to programs with Apple's entitlement
/// com.apple.vm.networking, which the usual builds of QEMU have not.
/// </summary>
internal sealed class VmnetNetworkDriver(string name, VmnetNetwork settings, NetworkPowers powers) : INetworkDriver
{
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

    private string? Obstacle => !powers.IsMacOS ? "vmnet is macOS': this host is another"
        : !powers.IsRoot ? "macOS gives vmnet's interfaces only to root: run \"qvmc qemu\" as root, or use a network of kind \"user\""
        : null;

    /// <inheritdoc/>
    public Task StartAsync(IReadOnlyList<NetworkMember> members, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task LookAsync(CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public IReadOnlyList<FieldFault> Check(NicRequest request) =>
    [
        .. Obstacle is { } obstacle ? [new FieldFault("spec.nics", $"network \"{name}\" can't be had: {obstacle}")] : Array.Empty<FieldFault>(),
        .. CheckForwards(request),
    ];

    /// <inheritdoc/>
    public Task<INicAttachment> AttachAsync(NicRequest request, CancellationToken ct)
    {
        var faults = Check(request);
        return faults.Count == 0
            ? Task.FromResult<INicAttachment>(new Attachment(VmnetArguments.Of(settings, request.Netdev)))
            : throw new FaultException(FaultCode.FailedPrecondition, string.Join("; ", faults.Select(f => f.Message)), faults);
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(NicRequest request, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task SetForwardsAsync(NicRequest request, CancellationToken ct)
    {
        FaultException.ThrowIfAny(CheckForwards(request));
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
        Kind = NetworkKind.Vmnet,
        State = Obstacle is null ? NetworkState.Ready : NetworkState.Failed,
        Message = Obstacle ?? "",
        Bridge = settings.Interface,
        Subnet = Subnet,
        Gateway = settings.Start,
        Isolated = settings.Mode == VmnetMode.Host,
    };

    /// <inheritdoc/>
    public NicStatus Describe(NicRequest request, bool isLive) => new() { Slot = request.Slot, Network = name, Mac = request.Mac };

    /// <inheritdoc/>
    public Task TeardownAsync(CancellationToken ct) => throw new FaultException(
        FaultCode.FailedPrecondition, $"network \"{name}\" is macOS' own: there is nothing of ours on the host to take off");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string Subnet => VmnetSettingsRules.PrefixOf(settings.Mask) is { } prefix && Subnets.TryParse4(settings.Start, out var start)
        ? new IPNetwork(Subnets.FromNumber(Subnets.ToNumber(start) & VmnetSettingsRules.MaskOf(prefix)), prefix).ToString()
        : "";

    private IReadOnlyList<FieldFault> CheckForwards(NicRequest request) => request.Forwards.Count == 0
        ? []
        : [new FieldFault("spec.forwards", $"network \"{name}\" is macOS' own, where nothing is forwarded: reach the machine by its address (qvmc info tells it), or put it on a network of kind \"user\"")];

    private sealed class Attachment(JsonObject netdev) : INicAttachment
    {
        public JsonObject Netdev => netdev;

        public Task DetachAsync() => Task.CompletedTask;
    }
}
