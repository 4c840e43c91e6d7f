using System.Net;

namespace Qvmc.Qmp;

/// <summary>An address in the guest.</summary>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="Prefix">Length of the network prefix in bits.</param>
public sealed record QgaAddress(IPAddress Address, int Prefix);
