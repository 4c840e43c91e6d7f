namespace Qvmc.Qemu.Networks.Links;

/// <summary>An interface of the host's, as <c>ip</c> shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">"bridge", "tun", "veth", ...; empty: a device.</param>
/// <param name="Alias">What its maker wrote on it; empty: nothing.</param>
/// <param name="Master">The bridge that it is a port of; empty: none.</param>
/// <param name="Mac">Its hardware address.</param>
/// <param name="Mtu">Largest packet in bytes.</param>
/// <param name="HasCarrier">Somebody is at its other end: of a TAP, a program that has it open.</param>
/// <param name="Addresses">Its addresses, with prefix lengths; none where only the links were asked for.</param>
internal sealed record HostLink(string Name, string Kind, string Alias, string Master, string Mac, uint Mtu, bool HasCarrier, IReadOnlyList<LinkAddress> Addresses);
