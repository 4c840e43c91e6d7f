using System.Net;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Networks;

/// <summary>What one instance holds of its host that no two can have.</summary>
/// <param name="Instance">Its name.</param>
/// <param name="Macs">Hardware addresses of its interfaces.</param>
/// <param name="Addresses">IPv4 addresses: reserved, and those that its machine has still.</param>
/// <param name="Forwards">Ports of the host that lead to it.</param>
internal sealed record Holding(string Instance, string[] Macs, IPAddress[] Addresses, PortForward[] Forwards)
{
    /// <summary>That of an instance.</summary>
    /// <param name="record">As stored, or being stored.</param>
    /// <param name="machine">
    /// What its host said last; may be null. An interface that was removed keeps its address until the machine is without it.
    /// </param>
    internal static Holding Of(InstanceRecord record, Machine? machine) => new(
        record.Instance.Name,
        [.. record.Instance.Spec.Nics.Select(n => n.Mac).Where(m => m.Length > 0)],
        [.. Parsed(record.NicAddresses.Select(a => a.Ipv4).Concat(machine?.Status?.Nics.Select(n => n.Ipv4) ?? [])).Distinct()],
        [.. record.Instance.Spec.Forwards]);

    internal bool IsSame(Holding other) => Instance == other.Instance
        && Macs.SequenceEqual(other.Macs) && Addresses.SequenceEqual(other.Addresses) && Forwards.SequenceEqual(other.Forwards);

    private static IEnumerable<IPAddress> Parsed(IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            if (IPAddress.TryParse(text, out var address))
            {
                yield return address;
            }
        }
    }
}
