using System.Globalization;
using System.Text.Json.Nodes;

namespace Qvmc.Qemu.CommandLine;

/// <summary>
/// Where interfaces are placed. The arrangement is fixed at a machine's first start, since guests call their interfaces
/// by it.
/// </summary>
/// <remarks>
/// The root bus of q35 takes no devices while the machine runs. One port with a bridge behind it does, for all slots: a
/// port for each would lengthen the boot of every guest.
/// </remarks>
public static class NicPlaces
{
    /// <summary>All on the root bus, as machines have it that were first started before there was another way.</summary>
    public const uint OnRootBus = 0;

    /// <summary>Behind a bridge, where they come and go while the machine runs.</summary>
    public const uint BehindBridge = 1;

    private const string Port = "nic-port", Bridge = "nic-bridge";

    /// <summary>Values of <c>-device</c> for what interfaces are plugged into.</summary>
    internal static IEnumerable<JsonObject> Buses(uint layout) => layout == OnRootBus
        ? []
        :
        [
            new() { ["driver"] = "pcie-root-port", ["id"] = Port, ["bus"] = "pcie.0", ["addr"] = "0x7", ["chassis"] = 1, ["slot"] = 1 },
            new() { ["driver"] = "pcie-pci-bridge", ["id"] = Bridge, ["bus"] = Port },
        ];

    /// <summary>The place of the interface with a slot.</summary>
    internal static (string Bus, string Address) Of(uint layout, uint slot) => layout == OnRootBus
        ? ("pcie.0", string.Create(CultureInfo.InvariantCulture, $"0x{0x10 + slot - 1:x}"))
        : (Bridge, string.Create(CultureInfo.InvariantCulture, $"0x{slot:x}"));
}
