using System.Net;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>A network as the firewall sees it.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Bridge">The bridge's interface.</param>
/// <param name="IsOurs">We made the bridge; else it is the operator's, and all that is looked at is what our ports send.</param>
/// <param name="Subnet">IPv4 subnet; null on the operator's.</param>
/// <param name="Gateway">The host's own address in it.</param>
/// <param name="Subnet6">IPv6 subnet; null: none.</param>
/// <param name="Gateway6">The host's own address in it.</param>
/// <param name="Isolated">Nothing leaves it.</param>
public sealed record FirewallNetwork(
    string Name, string Bridge, bool IsOurs, IPNetwork? Subnet, IPAddress? Gateway, IPNetwork? Subnet6, IPAddress? Gateway6, bool Isolated)
{
    /// <summary>The bridge's own hardware address: no machine may speak for the link-local address that follows from it.</summary>
    public string BridgeMac { get; init; } = "";
}
