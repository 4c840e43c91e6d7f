using System.Net;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>The reservations of a network, and what they make of leases. Never changed: a change makes another.</summary>
internal sealed class ReservationTable
{
    private readonly Dictionary<(string Uid, uint Slot), DhcpReservation> _all;
    private readonly Dictionary<IPAddress, DhcpReservation> _byAddress = [];
    private readonly Dictionary<string, DhcpReservation> _byMac = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ArgumentException">A name or hardware address is none.</exception>
    internal ReservationTable(IEnumerable<DhcpReservation> reservations)
    {
        _all = [];
        foreach (var reservation in reservations)
        {
            PlainText.CheckWord(reservation.Name);
            _byMac[PlainText.CheckWord(reservation.Mac)] = reservation;
            _all[(reservation.Uid, reservation.Slot)] = reservation;
            _byAddress[reservation.Ipv4] = reservation;
            if (reservation.Ipv6 is { } ipv6)
            {
                _byAddress[ipv6] = reservation;
            }
        }
    }

    internal IReadOnlyCollection<DhcpReservation> All => _all.Values;

    internal DhcpReservation? ByMac(string mac) => _byMac.GetValueOrDefault(mac);

    /// <summary>With some taken away and then some added or changed; itself if that changes nothing.</summary>
    internal ReservationTable With(IReadOnlyList<DhcpReservation> set, IReadOnlyList<DhcpReservation> gone)
    {
        var keys = gone.Concat(set).Select(r => (r.Uid, r.Slot)).ToHashSet();
        var changed = set.Any(r => _all.GetValueOrDefault((r.Uid, r.Slot)) != r)
            || keys.Except(set.Select(r => (r.Uid, r.Slot))).Any(_all.ContainsKey);
        return changed ? new ReservationTable(_all.Where(r => !keys.Contains(r.Key)).Select(r => r.Value).Concat(set)) : this;
    }

    /// <summary>IPv6 addresses that are another's now, or nobody's.</summary>
    internal IEnumerable<IPAddress> FreedBy(ReservationTable next) => _all.Values
        .Where(r => r.Ipv6 is not null && next._byAddress.GetValueOrDefault(r.Ipv6)?.Mac != r.Mac)
        .Select(r => r.Ipv6!);

    /// <summary>Whether a lease is of a machine that has the address reserved.</summary>
    internal bool IsKept(LeaseLine line) =>
        _byAddress.TryGetValue(line.Address, out var reservation) && (line.IsIpv6 || string.Equals(reservation.Mac, line.Holder, StringComparison.OrdinalIgnoreCase));

    /// <summary>Those of them that hold.</summary>
    internal IReadOnlyList<DhcpLease> Show(LeaseText text, DateTimeOffset now) => [.. Kept(text).Where(l => l.HoldsAt(now))];

    /// <summary>Those of machines that have the address reserved, whether they hold or have run out.</summary>
    internal IEnumerable<DhcpLease> Kept(LeaseText text) =>
        text.Lines.Where(IsKept).Select(l => new DhcpLease(_byAddress[l.Address].Mac, l.Address, l.Expires));
}
