using System.Globalization;
using System.Text.Json.Nodes;

namespace Qvmc.Qemu.CommandLine;

/// <summary>
/// An interface: the same arguments whether QEMU gets them on its command line or, while it runs, through its monitor.
/// </summary>
/// <param name="Netdev">The value of <c>-netdev</c> or <c>netdev_add</c>.</param>
/// <param name="Mac">Hardware address.</param>
/// <param name="Slot">Its place in the machine, from 1.</param>
/// <param name="Queues">Queues, at least 1.</param>
public sealed record NicArguments(JsonObject Netdev, string Mac, uint Slot, uint Queues = 1)
{
    /// <summary>Id of the device that the guest sees in a slot.</summary>
    internal static string DeviceOf(uint slot) => string.Create(CultureInfo.InvariantCulture, $"nic{slot - 1}");

    /// <summary>Id of its backend.</summary>
    internal static string NetdevOf(uint slot) => string.Create(CultureInfo.InvariantCulture, $"net{slot - 1}");

    /// <summary>The value of <c>-device</c> or <c>device_add</c>.</summary>
    /// <param name="layout">How the machine's interfaces are placed.</param>
    internal JsonObject DeviceArguments(uint layout)
    {
        var (bus, address) = NicPlaces.Of(layout, Slot);

        // No option ROM: nothing boots from the network, and the firmware starts sooner.
        JsonObject device = new()
        {
            ["driver"] = "virtio-net-pci",
            ["id"] = DeviceOf(Slot),
            ["netdev"] = NetdevOf(Slot),
            ["mac"] = Mac,
            ["romfile"] = "",
            ["bus"] = bus,
            ["addr"] = address,
        };
        if (layout != NicPlaces.OnRootBus)
        {
            // Of itself it would be a device of old on such a bus, and want I/O ports, of which there are few.
            device["disable-legacy"] = "on";
        }

        if (Queues > 1)
        {
            // An interrupt for each queue in each direction, one for changes of the device, one for its control queue.
            device["mq"] = true;
            device["vectors"] = (2 * Queues) + 2;
        }

        return device;
    }
}
