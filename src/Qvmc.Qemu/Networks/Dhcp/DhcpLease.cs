using System.Net;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>An address that a machine has asked for and got.</summary>
/// <param name="Mac">Hardware address of its interface.</param>
/// <param name="Address">The address.</param>
/// <param name="Expires">Until when, unless it asks again; null: for good.</param>
public sealed record DhcpLease(string Mac, IPAddress Address, DateTimeOffset? Expires)
{
    internal bool HoldsAt(DateTimeOffset now) => !(Expires <= now);
}
