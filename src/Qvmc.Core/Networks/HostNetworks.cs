using System.Net;
using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Core.Networks;

/// <summary>What a host's networks let an instance have.</summary>
public static class HostNetworks
{
    /// <summary>The network that an interface is on; null: none, or one that the host does not offer.</summary>
    public static Network? Of(Nic nic, IReadOnlyList<Network> networks) => nic.Network.Length == 0
        ? networks.FirstOrDefault(n => n.IsDefault) ?? networks.FirstOrDefault()
        : NicRules.IsNone(nic) ? null : networks.FirstOrDefault(n => n.Name == nic.Network);

    /// <summary>Every fault of a spec that shows only beside the host's networks.</summary>
    /// <param name="spec">May lack what a launch fills in.</param>
    /// <param name="networks">The host's; null: not known, and nothing is a fault yet.</param>
    /// <param name="node">The host, for messages.</param>
    public static IEnumerable<FieldFault> Check(InstanceSpec spec, IReadOnlyList<Network>? networks, string node)
    {
        // Too many are a fault by themselves, and need not be told of one by one.
        if (networks is null || spec.Nics.Count > InstanceLimits.MaxNics || spec.Forwards.Count > InstanceLimits.MaxForwards)
        {
            yield break;
        }

        IReadOnlyList<Nic> nics = spec.Nics.Count > 0 ? spec.Nics : [new Nic()];
        for (var i = 0; i < nics.Count; i++)
        {
            foreach (var fault in Check(nics[i], networks, node, $"spec.nics[{i}]"))
            {
                yield return fault;
            }
        }

        foreach (var fault in CheckForwards(nics, spec.Forwards, networks, "spec.forwards"))
        {
            yield return fault;
        }
    }

    /// <summary>Every fault of one interface.</summary>
    public static IEnumerable<FieldFault> Check(Nic nic, IReadOnlyList<Network> networks, string node, string field)
    {
        if (NicRules.IsNone(nic))
        {
            yield break;
        }

        if (Of(nic, networks) is not { } network)
        {
            yield return new FieldFault($"{field}.network", Unknown(nic.Network, networks, node));
            yield break;
        }

        var kind = $"network {Shown.Quote(network.Name)} of host {Shown.Quote(node)} is {KindOf(network)}";
        if (nic.Address.Length > 0 && network.Kind != NetworkKind.Bridge)
        {
            yield return new FieldFault($"{field}.address", $"{kind}, where addresses are not ours to give: leave it out, or use a bridge network");
        }
        else if (AddressPool.Of(network) is { } pool && IPAddress.TryParse(nic.Address, out var address) && pool.Fault(address) is { } fault)
        {
            yield return new FieldFault($"{field}.address", fault);
        }

        if (nic.Queues > 1 && !IsBridge(network))
        {
            yield return new FieldFault($"{field}.queues", $"{kind}, and more than one queue needs a bridge: leave it out, or use a bridge network");
        }

        if (nic.RateMbit > 0 && !IsBridge(network))
        {
            yield return new FieldFault($"{field}.rate_mbit", $"{kind}, and a rate limit needs a bridge: leave it out, or use a bridge network");
        }

        // It may be that the host can have it when a machine needs it: but without a subnet nothing can be reserved.
        if (network is { State: NetworkState.Failed, Kind: NetworkKind.Bridge, Subnet: "" })
        {
            yield return new FieldFault($"{field}.network", $"network {Shown.Quote(network.Name)} of host {Shown.Quote(node)} can't be had: {network.Message}");
        }
    }

    /// <summary>Every fault of port forwards, by the interface that would carry them.</summary>
    public static IEnumerable<FieldFault> CheckForwards(IReadOnlyList<Nic> nics, IReadOnlyList<PortForward> forwards, IReadOnlyList<Network> networks, string field)
    {
        // One whose network is not known is at fault for that already.
        var known = nics.Where(n => !NicRules.IsNone(n)).Select(n => Of(n, networks)).ToList();
        if (forwards.Count == 0 || known.Contains(null))
        {
            yield break;
        }

        if (Carrier(nics, networks) is not { } carrier)
        {
            yield return new FieldFault(field, "no network that the instance is on forwards ports: leave them out, or add an interface on one that does");
            yield break;
        }

        for (var i = 0; i < forwards.Count; i++)
        {
            if (IPAddress.TryParse(forwards[i].HostAddress, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 && Refused6(carrier, address) is { } why)
            {
                yield return new FieldFault($"{field}[{i}].host_address", why);
            }
        }
    }

    /// <summary>The network of the interface that carries an instance's port forwards: that of the lowest slot which can; null: none.</summary>
    public static Network? Carrier(IReadOnlyList<Nic> nics, IReadOnlyList<Network> networks) =>
        nics.OrderBy(n => n.Slot).Select(n => Of(n, networks)).FirstOrDefault(n => n is { CanForward: true });

    /// <summary>That a host has no such network: which it has, and which was likely meant.</summary>
    public static string Unknown(string name, IReadOnlyList<Network> networks, string node)
    {
        var names = networks.Select(n => n.Name).ToList();
        var offer = names.Count == 0 ? "it offers none" : $"it offers {Shown.Some(names)}";
        return $"{Shown.Quote(name)} is not a network of host {Shown.Quote(node)}: {offer}{(NearestName.Find(name, names) is { } near ? $"; did you mean {Shown.Quote(near)}?" : "")}";
    }

    private static bool IsBridge(Network network) => network.Kind is NetworkKind.Bridge or NetworkKind.Bridged;

    private static string? Refused6(Network carrier, IPAddress address)
    {
        if (carrier.Kind == NetworkKind.User)
        {
            return $"{address} is an IPv6 address, and network {Shown.Quote(carrier.Name)} is user-mode, which forwards from IPv4 addresses only";
        }

        return carrier.Kind != NetworkKind.Bridge ? null
            : IPAddress.IsLoopback(address) ? $"{address} can't be forwarded from to network {Shown.Quote(carrier.Name)}: use 127.0.0.1, or an address of the host's that others reach"
            : carrier.Subnet6.Length == 0 ? $"{address} is an IPv6 address, and network {Shown.Quote(carrier.Name)} has none"
            : null;
    }

    private static string KindOf(Network network) => network.Kind switch
    {
        NetworkKind.User => "user-mode",
        NetworkKind.Bridge => "a bridge",
        NetworkKind.Bridged => "a bridge of the operator's",
        NetworkKind.Vmnet => "vmnet's",
        NetworkKind.Unspecified => "of a kind not known here",
    };
}
