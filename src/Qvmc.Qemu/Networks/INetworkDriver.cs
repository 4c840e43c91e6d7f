using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Qemu.Networks;

/// <summary>
/// One network that this host offers. Whatever it makes on the host outlives the daemon, as machines do: the next
/// daemon finds it and goes on.
/// </summary>
public interface INetworkDriver : IAsyncDisposable
{
    /// <summary>Its name in the configuration.</summary>
    string Name { get; }

    /// <summary>Machines' port forwards work here.</summary>
    bool CanForward { get; }

    /// <summary>Addresses that its DHCP server has given; none: it has none.</summary>
    IReadOnlyList<NicLease> Leases { get; }

    /// <summary>Those of one interface, which costs the same however many there are.</summary>
    IReadOnlyList<NicLease> LeasesOf(string mac);

    /// <summary><see cref="Leases"/> has changed.</summary>
    event Action? LeasesChanged;

    /// <summary>
    /// Raises it for the machines on record, and adopts what an earlier daemon has left. What stands in the way is told by
    /// <see cref="Describe()"/>: a network that can't be had keeps no daemon from starting.
    /// </summary>
    Task StartAsync(IReadOnlyList<NetworkMember> members, CancellationToken ct);

    /// <summary>Looks at the host again, so that <see cref="Describe()"/> tells what is so.</summary>
    Task LookAsync(CancellationToken ct);

    /// <summary>What stands against a machine's interface here, before anything is touched; empty: nothing.</summary>
    IReadOnlyList<FieldFault> Check(NicRequest request);

    /// <summary>Gives a machine its interface.</summary>
    /// <exception cref="FaultException">It can't be had; the message says what stands against it.</exception>
    Task<INicAttachment> AttachAsync(NicRequest request, CancellationToken ct);

    /// <summary>Takes back what an earlier run of the daemon gave a machine whose process is gone. May be repeated.</summary>
    Task ReleaseAsync(NicRequest request, CancellationToken ct);

    /// <summary>Changes the port forwards of an interface that a machine has.</summary>
    /// <exception cref="FaultException">They can't be had; those before are as they were.</exception>
    Task SetForwardsAsync(NicRequest request, CancellationToken ct);

    /// <summary>Keeps the interface's addresses and name for it, whether its machine runs or not. May be repeated.</summary>
    Task ReserveAsync(NicRequest request, CancellationToken ct);

    /// <summary>They are free for others. May be repeated.</summary>
    Task ForgetAsync(NicRequest request, CancellationToken ct);

    /// <summary>How the network is, as far as the host knows.</summary>
    Network Describe();

    /// <summary>How the interface is in this network.</summary>
    NicStatus Describe(NicRequest request, bool isLive);

    /// <summary>Takes the network off the host.</summary>
    /// <exception cref="FaultException">FAILED_PRECONDITION: a machine that runs is on it, or there is nothing to take off.</exception>
    Task TeardownAsync(CancellationToken ct);
}
