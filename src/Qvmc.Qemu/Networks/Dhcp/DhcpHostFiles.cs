using System.Text;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>Writes the two files that dnsmasq reads again when it is told to.</summary>
internal static class DhcpHostFiles
{
    /// <summary>Who gets which address, as <c>dhcp-hostsfile</c> has it: <c>52:54:00:00:00:01,10.80.0.5,[fd00::5],web1</c>.</summary>
    internal static string Reservations(IEnumerable<DhcpReservation> reservations)
    {
        var text = new StringBuilder();
        foreach (var r in Ordered(reservations))
        {
            text.Append(PlainText.CheckWord(r.Mac)).Append(',').Append(r.Ipv4).Append(',');
            if (r.Ipv6 is not null)
            {
                text.Append('[').Append(r.Ipv6).Append("],");
            }

            text.Append(PlainText.CheckWord(r.Name)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Which name has which addresses: it and its short form lead there, and back from there to it.</summary>
    internal static string Names(IEnumerable<DhcpReservation> reservations, string domain)
    {
        var text = new StringBuilder();
        foreach (var r in Ordered(reservations))
        {
            foreach (var address in new[] { r.Ipv4, r.Ipv6 }.OfType<System.Net.IPAddress>())
            {
                text.Append(address).Append(' ').Append(PlainText.CheckWord(r.Name)).Append('.').Append(domain).Append(' ').Append(r.Name).Append('\n');
            }
        }

        return text.ToString();
    }

    // The same reservations make the same files, so that nobody is told to read what has not changed.
    private static IEnumerable<DhcpReservation> Ordered(IEnumerable<DhcpReservation> reservations) =>
        reservations.OrderBy(r => r.Uid, StringComparer.Ordinal).ThenBy(r => r.Slot);
}
