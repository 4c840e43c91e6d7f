using System.Text;
using Qvmc.Qemu.Networks.Firewall;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>
/// A machine ("a") sends what it should not, frame by frame, to another ("b") that listens below its kernel. Each is
/// caught by the rule that names it; what differs only in being true arrives.
/// </summary>
public sealed class SpoofTests
{
    private const string A = "52:54:00:00:80:02", B = "52:54:00:00:80:03", Gateway = "52:54:00:00:80:01";
    private const string A4 = "10.80.0.2", B4 = "10.80.0.3", A6 = "fd80::2", B6 = "fd80::3", Nodes = "ff02::1";
    private const string ALocal = "fe80::5054:ff:fe00:8002", BLocal = "fe80::5054:ff:fe00:8003", GatewayLocal = "fe80::5054:ff:fe00:8001", Private = "fe80::1234:5678:9abc:def0";
    private const int Ip = 0x0800, Arp = 0x0806, Ip6 = 0x86dd;
    private const string NotItsMac = "not its own hardware address", NotIp = "neither IP nor ARP", NotItsIp = "not its own IPv4 address", NotItsIp6 = "not its own IPv6 address";

    private static readonly (string Case, byte[] Frame)[] True =
    [
        ("IPv4", Frames.Ethernet(A, B, Ip, Frames.Udp4(A4, B4, 1000, 2000))),
        ("IPv4, to everybody", Frames.Ethernet(A, Frames.Everybody, Ip, Frames.Udp4(A4, "255.255.255.255", 1000, 2000))),
        ("DHCP", Frames.Ethernet(A, Frames.Everybody, Ip, Frames.Udp4("0.0.0.0", "255.255.255.255", 68, 67, Frames.DhcpRequest(A)))),
        ("DHCP again", Frames.Ethernet(A, B, Ip, Frames.Udp4(A4, B4, 68, 67, Frames.DhcpRequest(A)))),
        ("ARP", Frames.Ethernet(A, Frames.Everybody, Arp, Frames.Arp(1, A, A4, B4))),
        ("ARP, answer", Frames.Ethernet(A, B, Arp, Frames.Arp(2, A, A4, B4))),
        ("ARP, probe of its own", Frames.Ethernet(A, Frames.Everybody, Arp, Frames.Arp(1, A, "0.0.0.0", A4))),
        ("IPv6", Frames.Ethernet(A, B, Ip6, Frames.Udp6(A6, B6, 1000, 2000))),
        ("IPv6, link-local", Frames.Ethernet(A, B, Ip6, Frames.Udp6(ALocal, BLocal, 1000, 2000))),
        ("IPv6, link-local that nobody can tell", Frames.Ethernet(A, B, Ip6, Frames.Udp6(Private, BLocal, 1000, 2000))),
        ("its own address is here", Frames.Ethernet(A, B, Ip6, Frames.NeighborAdvert(A6, Nodes, A6))),
        ("its own link-local address is here", Frames.Ethernet(A, B, Ip6, Frames.NeighborAdvert(ALocal, Nodes, ALocal))),
        ("its other link-local address is here", Frames.Ethernet(A, B, Ip6, Frames.NeighborAdvert(Private, Nodes, Private))),
        ("is its own address free", Frames.Ethernet(A, B, Ip6, Frames.NeighborSolicit("::", "ff02::1:ff00:2", A6))),
        ("where is b", Frames.Ethernet(A, B, Ip6, Frames.NeighborSolicit(A6, "ff02::1:ff00:3", B6))),
        ("where is a router", Frames.Ethernet(A, B, Ip6, Frames.Icmp6(ALocal, "ff02::2", 133, 0, 0, 0, 0))),
    ];

    private static readonly (string Case, string Rule, byte[] Frame)[] False =
    [
        ("another's MAC address", NotItsMac, Frames.Ethernet(B, Frames.Everybody, Ip, Frames.Udp4(A4, B4, 1, 2))),
        ("the host's MAC address", NotItsMac, Frames.Ethernet(Gateway, B, Arp, Frames.Arp(1, Gateway, "10.80.0.1", B4))),
        ("another's address", NotItsIp, Frames.Ethernet(A, B, Ip, Frames.Udp4("10.80.0.9", B4, 3, 2))),
        ("the host's address", NotItsIp, Frames.Ethernet(A, B, Ip, Frames.Udp4("10.80.0.1", B4, 4, 2))),
        ("an address of the outside", NotItsIp, Frames.Ethernet(A, B, Ip, Frames.Udp4("192.0.2.2", B4, 5, 2))),
        ("a loopback address", NotItsIp, Frames.Ethernet(A, B, Ip, Frames.Udp4("127.0.0.1", B4, 6, 2))),
        ("no address", NotItsIp, Frames.Ethernet(A, B, Ip, Frames.Udp4("0.0.0.0", B4, 7, 2))),
        ("a DHCP server", "a DHCP server", Frames.Ethernet(A, B, Ip, Frames.Udp4(A4, B4, 67, 68))),
        ("DHCP in b's name", "DHCP in another's name", Frames.Ethernet(A, Frames.Everybody, Ip, Frames.Udp4("0.0.0.0", "255.255.255.255", 68, 67, Frames.DhcpRequest(B)))),
        ("DHCP from b's address", "DHCP in another's name", Frames.Ethernet(A, Frames.Everybody, Ip, Frames.Udp4(B4, "10.80.0.1", 68, 67, Frames.DhcpRequest(A)))),
        ("DHCP too short to hold a name", "DHCP in another's name", Frames.Ethernet(A, Frames.Everybody, Ip, Frames.Udp4("0.0.0.0", "255.255.255.255", 68, 67))),
        ("b's address is here", "ARP for another's address", Frames.Ethernet(A, Frames.Everybody, Arp, Frames.Arp(2, A, B4, A4))),
        ("the host's address is here", "ARP for another's address", Frames.Ethernet(A, Frames.Everybody, Arp, Frames.Arp(1, A, "10.80.0.1", "10.80.0.1"))),
        ("is b's address free", "ARP for another's address", Frames.Ethernet(A, Frames.Everybody, Arp, Frames.Arp(1, A, "0.0.0.0", B4))),
        ("its address is at b's", "ARP for another's hardware address", Frames.Ethernet(A, Frames.Everybody, Arp, Frames.Arp(1, B, A4, B4))),
        ("tagged", NotIp, Frames.Tagged(5, Frames.Ethernet(A, B, Ip, Frames.Udp4("10.80.0.9", B4, 8, 2)))),
        ("tagged with nothing", NotIp, Frames.Tagged(0, Frames.Ethernet(A, B, Ip, Frames.Udp4("10.80.0.9", B4, 9, 2)))),
        ("another protocol", NotIp, Frames.Ethernet(A, B, 0x88b5, Encoding.ASCII.GetBytes(Frames.Mark))),
        ("b's IPv6 address", NotItsIp6, Frames.Ethernet(A, B, Ip6, Frames.Udp6(B6, A6, 1, 2))),
        ("the host's IPv6 address", NotItsIp6, Frames.Ethernet(A, B, Ip6, Frames.Udp6("fd80::1", B6, 2, 2))),
        ("the router's link-local address", "another's link-local address", Frames.Ethernet(A, B, Ip6, Frames.Udp6(GatewayLocal, BLocal, 3, 2))),
        ("b's link-local address", "another's link-local address", Frames.Ethernet(A, B, Ip6, Frames.Udp6(BLocal, GatewayLocal, 4, 2))),
        ("no IPv6 address", "no address", Frames.Ethernet(A, B, Ip6, Frames.Udp6("::", B6, 5, 2))),
        ("b's IPv6 address is here", "claims another's address", Frames.Ethernet(A, B, Ip6, Frames.NeighborAdvert(A6, Nodes, B6))),
        ("the host's IPv6 address is here", "claims another's address", Frames.Ethernet(A, B, Ip6, Frames.NeighborAdvert(ALocal, Nodes, "fd80::1"))),
        ("the router's link-local address is here", "claims another's link-local address", Frames.Ethernet(A, B, Ip6, Frames.NeighborAdvert(A6, Nodes, GatewayLocal))),
        ("b's link-local address is here", "claims another's link-local address", Frames.Ethernet(A, B, Ip6, Frames.NeighborAdvert(Private, Nodes, BLocal))),
        ("is b's IPv6 address free", "claims another's address", Frames.Ethernet(A, B, Ip6, Frames.NeighborSolicit("::", "ff02::1:ff00:3", B6))),
        ("a router", "a router", Frames.Ethernet(A, B, Ip6, Frames.Icmp6(ALocal, Nodes, 134, 64, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0))),
        ("a better way", "a router", Frames.Ethernet(A, B, Ip6, Frames.Icmp6(ALocal, B6, 137, new byte[36]))),
        ("a DHCPv6 server", "a DHCPv6 server", Frames.Ethernet(A, B, Ip6, Frames.Udp6(ALocal, BLocal, 547, 546))),
        ("a router, in fragments", "link-local fragments", Frames.Ethernet(A, B, Ip6, Frames.FirstFragment(ALocal, Nodes))),
    ];

    [NamespaceTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatIsFalseIsDroppedAndWhatIsTrueArrives(bool filtered)
    {
        await using var lab = await FirewallLab.CreateAsync("a", "b");
        await lab.FilterSwitchedFramesAsync(filtered);

        // Without rules all of them arrive; those from b's and the host's hardware address would even lead the bridge astray.
        var known = False.Where(f => f.Rule != NotItsMac).ToArray();
        Assert.Equal(known.Select(f => f.Case), (await SendAsync(lab, [.. known.Select(f => f.Frame)])).Select(i => known[i].Case));

        await lab.ProtectAsync();
        Assert.Equal(True.Select(t => t.Case), (await SendAsync(lab, [.. True.Select(t => t.Frame)])).Select(i => True[i].Case));
        foreach (var rule in False.Select(f => f.Rule).Distinct())
        {
            Assert.Equal((rule, 0), (rule, await lab.CountAsync(rule)));
        }

        Assert.Empty((await SendAsync(lab, [.. False.Select(f => f.Frame)])).Select(i => False[i].Case));
        foreach (var rule in False.GroupBy(f => f.Rule))
        {
            Assert.Equal((rule.Key, rule.Count()), (rule.Key, await lab.CountAsync(rule.Key)));
        }
    }

    [NamespaceFact]
    public async Task OnAnOperatorsBridgeOnlyTheHardwareAddressIsLookedAt()
    {
        await using var lab = await FirewallLab.CreateAsync("a", "b");
        var bridge = new FirewallNetwork("office", "qv-lan", IsOurs: false, null, null, null, null, Isolated: false);
        await lab.Firewall.SetNetworksAsync([bridge], [FirewallLab.Port("a") with { Network = "office" }, FirewallLab.Port("b") with { Network = "office" }], CancellationToken.None);

        var arrived = await SendAsync(lab, [.. False.Select(f => f.Frame)]);
        Assert.Equal(False.Where(f => f.Rule != NotItsMac).Select(f => f.Case), arrived.Select(i => False[i].Case));
        Assert.Equal(2, await lab.CountAsync(NotItsMac));
        Assert.Equal("10.80.0.2", await AskHostAsync(lab));
    }

    private static async Task<string?> AskHostAsync(FirewallLab lab)
    {
        await lab.ServeAsync(lab.Host, "TCP-LISTEN:7080,reuseaddr");
        return await FirewallLab.AskAsync(lab.Machine("a"), "TCP:10.80.0.1:7080");
    }

    private static Task<IReadOnlyList<int>> SendAsync(FirewallLab lab, IReadOnlyList<byte[]> frames)
    {
        const string end = "that was all";
        byte[] body = Frames.Udp4(A4, B4, 1000, 2000, Encoding.ASCII.GetBytes(end));
        return Wire.ArrivalsAsync(lab.Machine("a"), lab.Machine("b"), frames, Frames.Ethernet(A, B, Ip, body), end);
    }
}
