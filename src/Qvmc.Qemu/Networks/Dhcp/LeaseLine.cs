using System.Net;
using System.Net.Sockets;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>A line of dnsmasq's lease file.</summary>
/// <param name="Expires">Until when; null: for good.</param>
/// <param name="Holder">IPv4: the hardware address. IPv6: which of the client's identities (IAID), a number.</param>
/// <param name="Address">The address.</param>
/// <param name="Client">The client's id; of IPv6 its DUID. <c>*</c>: none.</param>
/// <param name="Raw">The line.</param>
internal sealed record LeaseLine(DateTimeOffset? Expires, string Holder, IPAddress Address, string Client, string Raw)
{
    internal bool IsIpv6 => Address.AddressFamily == AddressFamily.InterNetworkV6;
}
