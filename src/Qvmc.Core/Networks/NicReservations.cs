using System.Net;
using Google.Protobuf.Collections;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Networks;

/// <summary>
/// Which addresses an instance's interfaces have: reserved for them on the record from the launch on, and kept for life.
/// What does not fit its network any more, because the operator has changed that, is replaced if it was chosen by us.
/// </summary>
public static class NicReservations
{
    /// <summary>The reason of an instance whose network has no address left.</summary>
    public const string Exhausted = "AddressesExhausted";

    /// <summary>The reason of an instance that can't have the address it asks for.</summary>
    public const string Refused = "AddressRefused";

    /// <summary>Whether an interface is on a network that gives addresses, and has none.</summary>
    /// <param name="record">The instance's.</param>
    /// <param name="networks">Its host's; null: not known, so nothing can be missing yet.</param>
    public static bool AreMissing(InstanceRecord record, IReadOnlyList<Network>? networks) => networks is not null
        && record.Instance.Spec.Nics.Any(nic =>
            HostNetworks.Of(nic, networks) is { } network && AddressPool.HasSubnet(network) && Find(record.NicAddresses, nic.Slot) is null);

    /// <summary>Reserves an address for each interface that needs one, and gives back what none needs any more. Changes <paramref name="record"/>.</summary>
    /// <param name="record">The instance's; its spec is complete.</param>
    /// <param name="networks">Its host's; null: not known, and all stays as it is.</param>
    /// <param name="held">What the host's other instances hold.</param>
    /// <exception cref="FaultException">
    /// RESOURCE_EXHAUSTED: a network has no address left. FAILED_PRECONDITION: an address that was asked for belongs to another
    /// instance, or does not fit its network.
    /// </exception>
    public static void Update(InstanceRecord record, IReadOnlyList<Network>? networks, HostHoldings held)
    {
        if (networks is null)
        {
            return;
        }

        var kept = record.NicAddresses.Clone();
        record.NicAddresses.Clear();

        // Those that can't be another first: what they take nobody else of this instance can have.
        foreach (var nic in record.Instance.Spec.Nics.OrderBy(n => n.Address.Length == 0).ThenBy(n => Find(kept, n.Slot) is null).ThenBy(n => n.Slot))
        {
            var network = HostNetworks.Of(nic, networks);
            var before = Find(kept, nic.Slot);
            if (network is not null && AddressPool.Of(network) is { } pool)
            {
                var ipv4 = Reserve(record, nic, network, pool, before, held);
                record.NicAddresses.Add(new NicAddress { Slot = nic.Slot, Ipv4 = ipv4.ToString(), Ipv6 = pool.Ipv6Of(ipv4)?.ToString() ?? "" });
            }
            else if (before is not null && network is null or { Kind: NetworkKind.Bridge })
            {
                // The network is gone, or can't be had now; when it is back the address is still the machine's.
                record.NicAddresses.Add(before);
            }
        }

        var inOrder = record.NicAddresses.OrderBy(a => a.Slot).ToList();
        record.NicAddresses.Clear();
        record.NicAddresses.Add(inOrder);
    }

    private static IPAddress Reserve(InstanceRecord record, Nic nic, Network network, AddressPool pool, NicAddress? before, HostHoldings held)
    {
        if (nic.Address.Length > 0)
        {
            return Fixed(record, nic, pool, held);
        }

        bool IsTaken(IPAddress address) => held.OwnerOf(address) is not null || record.NicAddresses.Any(a => a.Ipv4 == address.ToString());
        return before is not null && IPAddress.TryParse(before.Ipv4, out var known) && pool.Fault(known) is null && !IsTaken(known)
            ? known
            : pool.Choose(record.Instance.Uid, nic.Slot, IsTaken) ?? throw new FaultException(
                FaultCode.ResourceExhausted,
                $"network {Shown.Quote(network.Name)} of host {Shown.Quote(record.Node)} has no address left: all {pool.Count} of {pool.Range} are reserved; delete an instance, or give the network a larger subnet or range");
    }

    private static IPAddress Fixed(InstanceRecord record, Nic nic, AddressPool pool, HostHoldings held)
    {
        var what = $"the interface in slot {nic.Slot} of instance {Shown.Quote(record.Instance.Name)} can't have address {nic.Address}";
        const string advice = "give another, or none; an interface that is there already has to be removed and added again for that";
        var address = IPAddress.Parse(nic.Address);
        var reason = pool.Fault(address)
            ?? (held.OwnerOf(address) is { } owner ? $"it belongs to instance {Shown.Quote(owner)}"
                : record.NicAddresses.FirstOrDefault(a => a.Ipv4 == nic.Address) is { } own ? $"it belongs to slot {own.Slot} of the same instance"
                : null);
        return reason is null ? address : throw new FaultException(FaultCode.FailedPrecondition, $"{what}: {reason}; {advice}");
    }

    private static NicAddress? Find(RepeatedField<NicAddress> addresses, uint slot) => addresses.FirstOrDefault(a => a.Slot == slot);
}
