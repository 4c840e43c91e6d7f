using System.Net;

namespace Qvmc.Qemu.Networks;

/// <summary>An address that a network's DHCP server has given.</summary>
/// <param name="Mac">To whom.</param>
/// <param name="Address">Which.</param>
/// <param name="Prefix">Length of the network's prefix in bits.</param>
/// <param name="Since">When it was last asked for, to the second; null: not known.</param>
public sealed record NicLease(string Mac, IPAddress Address, uint Prefix, DateTimeOffset? Since);
