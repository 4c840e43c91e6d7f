using System.Collections.Immutable;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>All that the rules follow from.</summary>
internal sealed record FirewallModel(ImmutableSortedDictionary<string, FirewallNetwork> Networks, ImmutableSortedDictionary<string, FirewallPort> Ports)
{
    internal static FirewallModel Empty { get; } = new(
        ImmutableSortedDictionary.Create<string, FirewallNetwork>(StringComparer.Ordinal), ImmutableSortedDictionary.Create<string, FirewallPort>(StringComparer.Ordinal));

    /// <summary>All of it at once. Machines run already: what doesn't fit is left out, so that the others have their rules.</summary>
    internal static FirewallModel Of(IEnumerable<FirewallNetwork> networks, IEnumerable<FirewallPort> ports)
    {
        var model = Empty with { Networks = Empty.Networks.AddRange(networks.Select(n => KeyValuePair.Create(n.Name, n))) };
        foreach (var port in ports.Where(p => model.Networks.ContainsKey(p.Network)))
        {
            PortForward[] free = [.. port.Forwards.Where(f => Holder(model.Ports.Values, f) is null)];
            model = model with { Ports = model.Ports.SetItem(port.Interface, port with { Forwards = free }) };
        }

        return model;
    }

    /// <summary>With ports set and others gone.</summary>
    /// <exception cref="FaultException">FAILED_PRECONDITION: a network is not there, or two ports want the same forward.</exception>
    internal FirewallModel With(IEnumerable<FirewallPort> set, IEnumerable<string> gone)
    {
        var ports = Ports.RemoveRange(gone).ToBuilder();
        foreach (var port in set)
        {
            if (!Networks.ContainsKey(port.Network))
            {
                throw new FaultException(FaultCode.FailedPrecondition, $"network \"{port.Network}\" is not up, so its firewall has no place for {port.Interface}");
            }

            ports.Remove(port.Interface);
            foreach (var forward in port.Forwards)
            {
                if (Holder(ports.Values, forward) is { } holder)
                {
                    throw new FaultException(
                        FaultCode.FailedPrecondition,
                        $"{ForwardRules.Describe(forward)} leads to another machine already, by {holder.Interface} on network \"{holder.Network}\": choose another host_port, or remove that forward");
                }
            }

            ports[port.Interface] = port;
        }

        return this with { Ports = ports.ToImmutable() };
    }

    private static FirewallPort? Holder(IEnumerable<FirewallPort> ports, PortForward forward) =>
        ports.FirstOrDefault(p => p.Forwards.Any(f => ForwardRules.Collide(f, forward)));
}
