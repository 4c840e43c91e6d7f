using System.Net;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>A machine's port on a bridge.</summary>
/// <param name="Interface">The TAP's name.</param>
/// <param name="Network">Its network's name.</param>
/// <param name="Mac">The machine's hardware address.</param>
/// <param name="Ipv4">The machine's address; null: none is known to us.</param>
/// <param name="Ipv6">The same for IPv6.</param>
/// <param name="Forwards">Ports of the host that lead to it.</param>
/// <param name="RateMbit">Most that it sends, and most that it receives, in Mbit/s; 0: no limit.</param>
public sealed record FirewallPort(
    string Interface, string Network, string Mac, IPAddress? Ipv4, IPAddress? Ipv6, IReadOnlyList<PortForward> Forwards, uint RateMbit);
