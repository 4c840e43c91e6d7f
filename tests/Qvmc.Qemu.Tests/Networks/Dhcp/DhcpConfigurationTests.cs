using System.Net;
using Qvmc.Qemu.Networks.Dhcp;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

public sealed class DhcpConfigurationTests
{
    private static readonly DhcpPaths Paths = new("/state/dhcp/lan");
    private static readonly DnsmasqUser User = new("qvmc", "qvmc");

    [Fact]
    public void SaysAllThatDnsmasqIsTo()
    {
        Assert.Equal(
            """
            # Written by qvmc; changes are lost.
            interface=qv-lan
            except-interface=lo
            bind-dynamic
            pid-file
            log-facility=-
            user=qvmc
            group=qvmc
            no-hosts
            addn-hosts=/state/dhcp/lan/names
            domain=lan.qvmc.internal
            domain-needed
            no-ident
            local=/lan.qvmc.internal/
            rev-server=10.80.0.0/24
            rev-server=fd00:1:2:3::/64
            cache-size=1000
            dns-forward-max=1000
            resolv-file=/etc/resolv.conf
            strict-order
            dhcp-authoritative
            dhcp-rapid-commit
            dhcp-ignore-clid
            dhcp-ignore-names
            no-ping
            log-dhcp
            dhcp-hostsfile=/state/dhcp/lan/reservations
            dhcp-leasefile=/state/dhcp/lan/leases
            dhcp-lease-max=512
            dhcp-range=10.80.0.0,static,255.255.255.0,3600
            dhcp-option=option:router,10.80.0.1
            dhcp-option=option:dns-server,10.80.0.1
            dhcp-option=option:domain-search,lan.qvmc.internal
            dhcp-option=option:mtu,1500
            dhcp-range=fd00:1:2:3::,static,64,3600
            enable-ra
            quiet-ra
            ra-param=qv-lan,mtu:1500,0,0

            """,
            Text(DhcpHost.Network));
    }

    [Fact]
    public void FollowsTheNetwork()
    {
        var routed = Text(DhcpHost.Network with { Routed6 = true, Mtu = 1400, Lease = TimeSpan.FromMinutes(2) });
        Assert.Contains("\nra-param=qv-lan,mtu:1400,0\n", routed, StringComparison.Ordinal);
        Assert.Contains("\ndhcp-range=10.80.0.0,static,255.255.255.0,120\n", routed, StringComparison.Ordinal);
        Assert.Contains("\nra-param=qv-lan,mtu:1500,0,0\n", Text(DhcpHost.Network with { Routed6 = true, Isolated = true }), StringComparison.Ordinal);

        var ipv4 = Text(DhcpHost.Network with { Subnet6 = null, Gateway6 = null });
        Assert.DoesNotContain("fd00", ipv4, StringComparison.Ordinal);
        Assert.DoesNotContain("enable-ra", ipv4, StringComparison.Ordinal);

        var servers = Text(DhcpHost.Network with { Dns = [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")] });
        Assert.Contains("\nno-resolv\nserver=192.0.2.1\nserver=2001:db8::1\nstrict-order\n", servers, StringComparison.Ordinal);

        var isolated = Text(DhcpHost.Network with { Isolated = true, Dns = [IPAddress.Parse("192.0.2.1")] });
        Assert.Contains("\nno-resolv\n", isolated, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.1", isolated, StringComparison.Ordinal);
        Assert.DoesNotContain("user=", DhcpConfiguration.Text(DhcpHost.Network, Paths, null, "/etc/resolv.conf"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/16", "255.255.0.0", 131072)]
    [InlineData("10.0.0.0/20", "255.255.240.0", 8192)]
    [InlineData("10.0.0.8/29", "255.255.255.248", 16)]
    public void FollowsTheSubnet(string subnet, string mask, int leases)
    {
        var text = Text(DhcpHost.Network with { Subnet = IPNetwork.Parse(subnet) });
        Assert.Contains($",static,{mask},", text, StringComparison.Ordinal);
        Assert.Contains($"\ndhcp-lease-max={leases}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingThatIsGivenCanAddALine()
    {
        Assert.Throws<ArgumentException>(() => Text(DhcpHost.Network with { Domain = "a\nserver=192.0.2.1" }));
        foreach (var bad in new[] { "", "a b", "a,b", "a\nb", "a/b", "ä", "#" })
        {
            Assert.Throws<ArgumentException>(() => new ReservationTable([DhcpHost.Reservation(1, bad)]));
            Assert.Throws<ArgumentException>(() => new ReservationTable([DhcpHost.Reservation(1) with { Mac = bad }]));
        }
    }

    [Fact]
    public void TheServersIdIsTheNetworksForGood()
    {
        Assert.Matches("^00:04(:[0-9a-f]{2}){16}$", DhcpHost.Network.ServerId());
        Assert.Equal(DhcpHost.Network.ServerId(), (DhcpHost.Network with { Mtu = 1400 }).ServerId());
        Assert.NotEqual(DhcpHost.Network.ServerId(), (DhcpHost.Network with { Name = "other" }).ServerId());
    }

    [Fact]
    public void TheFilesSayWhoGetsWhatAndHowTheyAreCalled()
    {
        DhcpReservation[] all = [DhcpHost.Reservation(12), DhcpHost.Reservation(11) with { Ipv6 = null }];
        Assert.Equal("52:54:00:00:00:0b,10.80.0.11,web11\n52:54:00:00:00:0c,10.80.0.12,[fd00:1:2:3::c],web12\n", DhcpHostFiles.Reservations(all));
        Assert.Equal("10.80.0.11 web11.lan web11\n10.80.0.12 web12.lan web12\nfd00:1:2:3::c web12.lan web12\n", DhcpHostFiles.Names(all, "lan"));
    }

    private static string Text(DhcpNetwork network) => DhcpConfiguration.Text(network, Paths, User, "/etc/resolv.conf");
}
