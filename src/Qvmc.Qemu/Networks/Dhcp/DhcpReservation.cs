using System.Net;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>What is kept for an interface of a machine.</summary>
/// <param name="Uid">The machine.</param>
/// <param name="Slot">Which of its interfaces.</param>
/// <param name="Name">The machine's name: what others find it by.</param>
/// <param name="Mac">The interface's hardware address.</param>
/// <param name="Ipv4">Its address.</param>
/// <param name="Ipv6">The same for IPv6; null: none.</param>
public sealed record DhcpReservation(string Uid, uint Slot, string Name, string Mac, IPAddress Ipv4, IPAddress? Ipv6);
