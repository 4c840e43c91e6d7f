namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>What a lease file says of the machines that have reservations, by hardware address.</summary>
/// <param name="text">The file, as last read.</param>
/// <param name="table">The reservations.</param>
internal sealed class KeptLeases(LeaseText text, ReservationTable table)
{
    private readonly ILookup<string, DhcpLease> _byMac = table.Kept(text).ToLookup(l => l.Mac, StringComparer.OrdinalIgnoreCase);

    internal LeaseText Text { get; } = text;

    internal ReservationTable Table { get; } = table;

    /// <summary>Those of one interface that hold.</summary>
    internal IReadOnlyList<DhcpLease> Of(string mac, DateTimeOffset now) => [.. _byMac[mac].Where(l => l.HoldsAt(now))];
}
