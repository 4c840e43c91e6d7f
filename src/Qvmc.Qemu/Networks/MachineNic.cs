using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Networks;

/// <summary>An interface of a machine, and the network that it is on.</summary>
/// <param name="Network">Name of the network.</param>
/// <param name="Driver">It; null: this host has none of the name (any more).</param>
/// <param name="Request">What the machine wants there.</param>
internal sealed record MachineNic(string Network, INetworkDriver? Driver, NicRequest Request)
{
    /// <summary>"No network": a machine that asks for it has no interface.</summary>
    internal const string None = "none";

    /// <summary>Those that a machine shall have, by slot.</summary>
    internal static IReadOnlyList<MachineNic> Of(NetworkTable networks, MachineOrder order) =>
        Of(networks, order, order.Spec, order.NicAddresses);

    /// <summary>Those that its process has: of the run, which may be of older settings; null: there is none.</summary>
    internal static IReadOnlyList<MachineNic> OfRun(NetworkTable networks, MachineRecord record) => record.Run?.Spec is { } spec
        ? Of(networks, record.Order, spec, record.Run.NicAddresses)
        : [];

    private static List<MachineNic> Of(NetworkTable networks, MachineOrder order, InstanceSpec spec, IEnumerable<NicAddress> addresses)
    {
        var reserved = addresses.DistinctBy(a => a.Slot).ToDictionary(a => a.Slot);
        var nics = spec.Nics.Select((nic, i) => (Nic: nic, Slot: SlotOf(nic, i)))
            .Where(n => n.Nic.Network != None)
            .OrderBy(n => n.Slot)
            .Select(n =>
            {
                var driver = networks.TryGet(n.Nic.Network);
                var address = reserved.GetValueOrDefault(n.Slot);
                return new MachineNic(driver?.Name ?? n.Nic.Network, driver, new NicRequest(order.Uid, n.Slot, n.Nic.Mac.ToLowerInvariant())
                {
                    Name = order.Name,
                    Ipv4 = IPAddress.TryParse(address?.Ipv4, out var ipv4) ? ipv4 : null,
                    Ipv6 = IPAddress.TryParse(address?.Ipv6, out var ipv6) ? ipv6 : null,
                    Queues = Math.Max(n.Nic.Queues, 1),
                    RateMbit = n.Nic.RateMbit,
                });
            })
            .ToList();
        var forwarding = nics.FindIndex(n => n.Driver?.CanForward ?? false);
        if (forwarding >= 0)
        {
            nics[forwarding] = nics[forwarding] with { Request = nics[forwarding].Request with { Forwards = spec.Forwards } };
        }

        return nics;
    }

    /// <summary>The place of an interface; that of one from before places were told is its position.</summary>
    internal static uint SlotOf(Nic nic, int position) => nic.Slot > 0 ? nic.Slot : (uint)position + 1;

    /// <summary>It was asked for forwards that nothing of it can carry.</summary>
    internal static FaultException? ForwardsWithoutNetwork(MachineOrder order, IReadOnlyList<MachineNic> nics) =>
        order.Spec.Forwards.Count > 0 && nics.All(n => n.Request.Forwards.Count == 0)
            ? NoForwards()
            : null;

    /// <summary>The fault of a machine whose port forwards lead nowhere.</summary>
    internal static FaultException NoForwards() =>
        new(FaultCode.FailedPrecondition, "the machine has port forwards, and no interface on a network that can forward: remove them, or add one");
}
