namespace Qvmc.Qmp;

/// <summary>A network interface in the guest.</summary>
/// <param name="Name">Its name there, e.g. <c>eth0</c>.</param>
/// <param name="Mac">Its hardware address as <c>52:54:00:12:34:56</c>, in lower case; null when it has none.</param>
/// <param name="Addresses">Its addresses, loopback and link-local ones too.</param>
public sealed record QgaNetworkInterface(string Name, string? Mac, IReadOnlyList<QgaAddress> Addresses);
