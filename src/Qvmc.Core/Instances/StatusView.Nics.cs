using Qvmc.Core.Networks;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Instances;

/// <summary>Network interfaces: what their host does not speak of yet is told from the record, where it is reserved.</summary>
public static partial class StatusView
{
    private static void AddNics(InstanceRecord record, Observation seen, InstanceStatus status)
    {
        foreach (var nic in record.Instance.Spec.Nics.Where(n => !NicRules.IsNone(n) && status.Nics.All(s => s.Slot != n.Slot)))
        {
            var network = seen.Networks is { } networks ? HostNetworks.Of(nic, networks) : null;
            var address = record.NicAddresses.FirstOrDefault(a => a.Slot == nic.Slot);
            status.Nics.Add(new NicStatus
            {
                Slot = nic.Slot,
                Network = network?.Name ?? nic.Network,
                Mac = nic.Mac,
                Ipv4 = address?.Ipv4 ?? "",
                Ipv6 = address?.Ipv6 ?? "",
                Hostname = network is { Domain.Length: > 0 } ? $"{record.Instance.Name}.{network.Domain}" : "",
            });
        }
    }
}
