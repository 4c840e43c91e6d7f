using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>A network, as its DHCP and DNS server has to know it.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Bridge">Its interface on the host, which has both gateways as addresses.</param>
/// <param name="Subnet">IPv4 subnet.</param>
/// <param name="Gateway">The host's address in it.</param>
/// <param name="Subnet6">IPv6 subnet, a /64; null: none.</param>
/// <param name="Gateway6">The host's address in it.</param>
/// <param name="Routed6">There is a way out by IPv6, so the host offers itself as router.</param>
/// <param name="Domain">Domain of the machines' names.</param>
/// <param name="Mtu">Largest packet in bytes.</param>
/// <param name="Dns">Name servers that are asked about the rest of the world; none: the host's.</param>
/// <param name="Lease">How long a lease lasts.</param>
/// <param name="Isolated">There is no way to the outside, and so none by questions to its name servers either.</param>
public sealed record DhcpNetwork(
    string Name,
    string Bridge,
    IPNetwork Subnet,
    IPAddress Gateway,
    IPNetwork? Subnet6,
    IPAddress? Gateway6,
    bool Routed6,
    string Domain,
    uint Mtu,
    IReadOnlyList<IPAddress> Dns,
    TimeSpan Lease,
    bool Isolated = false)
{
    /// <summary>
    /// The DHCPv6 server's id (DUID of type 4), always the same for a network: clients renew their leases with the server of that
    /// id, and would not know one that lost its files.
    /// </summary>
    internal string ServerId()
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{Name} {Subnet6}"));
        return string.Join(':', new byte[] { 0, 4 }.Concat(digest[..16]).Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
    }
}
