using System.Globalization;
using System.Text;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>
/// Writes dnsmasq's configuration. What is not in it is off: no other configuration of the host's is read. See
/// dnsmasq(8) for each option.
/// </summary>
internal static class DhcpConfiguration
{
    // Questions under way to name servers, in all: the default of 150 is soon used up by one machine that asks much.
    private const int QuestionsAtOnce = 1000;

    /// <summary>The text.</summary>
    internal static string Text(DhcpNetwork network, DhcpPaths paths, DnsmasqUser? user, string resolvFile)
    {
        var text = new StringBuilder("# Written by qvmc; changes are lost.\n");

        // The bridge alone, also when its addresses come and go; never the loopback.
        Add(text, $"interface={network.Bridge}", "except-interface=lo", "bind-dynamic", "pid-file", "log-facility=-");
        if (user is not null)
        {
            Add(text, $"user={user.Name}");
            Add(text, user.Group is null ? [] : [$"group={user.Group}"]);
        }

        Names(text, network, paths, resolvFile);
        Leases(text, network, paths);
        if (network is { Subnet6: { } subnet6, Gateway6: not null })
        {
            // Addresses by DHCPv6 only. Without a way out the host is no router, or machines would try IPv6 in vain.
            Add(
                text,
                $"dhcp-range={subnet6.BaseAddress},static,{subnet6.PrefixLength},{Seconds(network.Lease)}",
                "enable-ra",
                "quiet-ra",
                $"ra-param={network.Bridge},mtu:{Number(network.Mtu)},0{(network.Routed6 && !network.Isolated ? "" : ",0")}");
        }

        return text.ToString();
    }

    /// <summary>Addresses that can be leased at once, of both kinds; an IPv6 address goes with an IPv4 address.</summary>
    internal static long MostLeases(DhcpNetwork network) => 2L << (32 - network.Subnet.PrefixLength);

    private static void Names(StringBuilder text, DhcpNetwork network, DhcpPaths paths, string resolvFile)
    {
        Add(text, "no-hosts", $"addn-hosts={paths.Names}", $"domain={network.Domain}", "domain-needed", "no-ident");

        // What we do not know of our own nobody else does.
        Add(text, $"local=/{network.Domain}/", $"rev-server={network.Subnet}");
        Add(text, network.Subnet6 is { } subnet6 ? [$"rev-server={subnet6}"] : []);
        Add(text, "cache-size=1000", $"dns-forward-max={Number(QuestionsAtOnce)}");
        if (network.Isolated)
        {
            Add(text, "no-resolv");
        }
        else if (network.Dns.Count > 0)
        {
            Add(text, ["no-resolv", .. network.Dns.Select(d => $"server={d}"), "strict-order"]);
        }
        else
        {
            // In its order, as the host's own programs ask: the first may know names that the others deny (VPN).
            Add(text, $"resolv-file={resolvFile}", "strict-order");
        }
    }

    private static void Leases(StringBuilder text, DhcpNetwork network, DhcpPaths paths)
    {
        // Known by hardware address alone: a client id is the guest's choice, and clones of one image share it.
        Add(text, "dhcp-authoritative", "dhcp-rapid-commit", "dhcp-ignore-clid", "dhcp-ignore-names", "no-ping", "log-dhcp");
        Add(text, $"dhcp-hostsfile={paths.Reservations}", $"dhcp-leasefile={paths.Leases}", $"dhcp-lease-max={Number(MostLeases(network))}");
        Add(text, $"dhcp-range={network.Subnet.BaseAddress},static,{Mask(network.Subnet.PrefixLength)},{Seconds(network.Lease)}");
        Add(
            text,
            $"dhcp-option=option:router,{network.Gateway}",
            $"dhcp-option=option:dns-server,{network.Gateway}",
            $"dhcp-option=option:domain-search,{network.Domain}",
            $"dhcp-option=option:mtu,{Number(network.Mtu)}");
    }

    private static void Add(StringBuilder text, params IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            text.Append(PlainText.Check(line)).Append('\n');
        }
    }

    private static string Mask(int prefixLength)
    {
        var mask = uint.MaxValue << (32 - prefixLength);
        return string.Create(CultureInfo.InvariantCulture, $"{mask >> 24}.{(mask >> 16) & 255}.{(mask >> 8) & 255}.{mask & 255}");
    }

    private static string Seconds(TimeSpan span) => Number((long)span.TotalSeconds);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
