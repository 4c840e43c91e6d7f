using Qvmc.Core.Faults;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>Ports of the host that lead into machines, by real packets.</summary>
public sealed class ForwardTests
{
    [NamespaceFact]
    public async Task AForwardIsReachedFromEverywhereItShouldBe()
    {
        await using var lab = await FirewallLab.CreateAsync("a", "b", "c");
        await lab.ServeAsync(lab.Machine("a"), "TCP-LISTEN:80,reuseaddr");
        await lab.ProtectAsync(("a", FirewallLab.Tcp(8080, "0.0.0.0")));

        Assert.Equal("192.0.2.2", await FirewallLab.AskAsync(lab.Outside, "TCP:192.0.2.1:8080"));
        Assert.Equal("192.0.2.1", await FirewallLab.AskAsync(lab.Host, "TCP:192.0.2.1:8080"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Host, "TCP:127.0.0.1:8080"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Machine("b"), "TCP:192.0.2.1:8080"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Machine("a"), "TCP:10.80.0.1:8080"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Machine("c"), "TCP:192.0.2.1:8080"));
    }

    [NamespaceFact]
    public async Task DatagramsAreForwardedToo()
    {
        await using var lab = await FirewallLab.CreateAsync("a", "b");
        await lab.ServeAsync(lab.Machine("a"), "UDP-LISTEN:53");
        await lab.ProtectAsync(("a", FirewallLab.Udp(5353)), ("a", FirewallLab.Udp(5354, "0.0.0.0")));

        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Host, "UDP:127.0.0.1:5353"));
        Assert.Equal("192.0.2.2", await FirewallLab.AskAsync(lab.Outside, "UDP:192.0.2.1:5354"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Machine("b"), "UDP:10.80.0.1:5354"));
    }

    [NamespaceFact]
    public async Task AForwardIsOnItsOwnAddressOnly()
    {
        await using var lab = await FirewallLab.CreateAsync("a", "b");
        await lab.Host.RunAsync("ip", "address", "add", "192.0.2.9/24", "dev", "up0");
        await lab.ServeAsync(lab.Machine("a"), "TCP-LISTEN:80,reuseaddr");
        await lab.ServeAsync(lab.Machine("b"), "TCP-LISTEN:80,reuseaddr");
        await lab.ProtectAsync(("a", FirewallLab.Tcp(8080, "192.0.2.1")), ("b", FirewallLab.Tcp(8080, "192.0.2.9")), ("a", FirewallLab.Tcp(8081)), ("b", FirewallLab.Tcp(8082, "127.0.0.2")));

        Assert.Equal("192.0.2.2", await FirewallLab.AskAsync(lab.Outside, "TCP:192.0.2.1:8080"));
        Assert.Equal("192.0.2.2", await FirewallLab.AskAsync(lab.Outside, "TCP:192.0.2.9:8080"));
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Host, "TCP:127.0.0.1:8080"));
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Outside, "TCP:192.0.2.1:8081"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Host, "TCP:127.0.0.1:8081"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Host, "TCP:127.0.0.2:8082"));
    }

    [NamespaceFact]
    public async Task NobodyOutsideReachesAForwardOnLoopback()
    {
        await using var lab = await FirewallLab.CreateAsync("a", "b");
        await lab.ServeAsync(lab.Machine("a"), "TCP-LISTEN:80,reuseaddr");
        await lab.ProtectAsync(("a", FirewallLab.Tcp(8080)));

        // A neighbour that routes loopback addresses to us, as a hostile one may.
        await lab.Outside.ShellAsync("echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet; ip route flush table local; ip route add local 192.0.2.2 dev down0; ip route add 127.0.0.1 via 192.0.2.1");
        await lab.Machine("b").ShellAsync("echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet; ip route flush table local; ip route add local 10.80.0.3 dev eth0; ip route add 127.0.0.1 via 10.80.0.1");
        await lab.Host.ShellAsync("echo 1 >/proc/sys/net/ipv4/conf/up0/route_localnet");
        await lab.ServeAsync(lab.Host, "TCP-LISTEN:9090,bind=127.0.0.1,reuseaddr");

        Assert.True(await FirewallLab.IsRefusedAsync(lab.Outside, "TCP:127.0.0.1:8080"));
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Machine("b"), "TCP:127.0.0.1:8080"));
        var before = await lab.CountAsync("machines have no business on our loopback");
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Machine("b"), "TCP:127.0.0.1:9090"));
        Assert.True(await lab.CountAsync("machines have no business on our loopback") > before);

        // Without that rule it would be reached: the setting that makes forwards on loopback work opens it.
        await lab.Host.ShellAsync("nft flush chain inet qvmc to_host");
        Assert.NotNull(await FirewallLab.AskAsync(lab.Machine("b"), "TCP:127.0.0.1:9090"));
    }

    [NamespaceFact]
    public async Task ForwardsWorkByIpv6()
    {
        await using var lab = await FirewallLab.CreateAsync("a", "b", "c");
        await lab.ServeAsync(lab.Machine("a"), "TCP6-LISTEN:80,reuseaddr");
        await lab.ServeAsync(lab.Machine("a"), "UDP6-LISTEN:53");
        await lab.ProtectAsync(("a", FirewallLab.Tcp(8080, "2001:db8::1")), ("a", FirewallLab.Tcp(8081, "::")), ("a", FirewallLab.Udp(5353, "::")));

        Assert.Equal("2001:db8::2", await FirewallLab.AskAsync(lab.Outside, "TCP:[2001:db8::1]:8080"));
        Assert.Equal("2001:db8::2", await FirewallLab.AskAsync(lab.Outside, "TCP:[2001:db8::1]:8081"));
        Assert.Equal("2001:db8::2", await FirewallLab.AskAsync(lab.Outside, "UDP:[2001:db8::1]:5353"));
        Assert.Equal("2001:db8::1", await FirewallLab.AskAsync(lab.Host, "TCP:[2001:db8::1]:8080"));
        Assert.Equal("fd80::1", await FirewallLab.AskAsync(lab.Machine("b"), "TCP:[2001:db8::1]:8080"));
        Assert.Equal("fd80::1", await FirewallLab.AskAsync(lab.Machine("c"), "TCP:[2001:db8::1]:8081"));

        // From ::1 nothing leaves a host: it is refused at once rather than left hanging.
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Host, "TCP:[::1]:8081"));
    }

    [NamespaceFact]
    public async Task ForwardsComeAndGoWhileMachinesRun()
    {
        await using var lab = await FirewallLab.CreateAsync("a");
        await lab.ServeAsync(lab.Machine("a"), "TCP-LISTEN:80,reuseaddr");
        await lab.ProtectAsync();
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Outside, "TCP:192.0.2.1:8080"));

        await lab.Firewall.SetPortsAsync([FirewallLab.Port("a", FirewallLab.Tcp(8080, "0.0.0.0"))], [], CancellationToken.None);
        Assert.Equal("192.0.2.2", await FirewallLab.AskAsync(lab.Outside, "TCP:192.0.2.1:8080"));

        var other = FirewallLab.Tcp(8080, "0.0.0.0");
        other.GuestPort = 81;
        await lab.Firewall.SetPortsAsync([FirewallLab.Port("a", other)], [], CancellationToken.None);
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Outside, "TCP:192.0.2.1:8080"));

        await lab.Firewall.SetPortsAsync([], ["qa"], CancellationToken.None);
        Assert.DoesNotContain("qa", await lab.Host.RunAsync("nft", "list", "ruleset"), StringComparison.Ordinal);
    }

    [NamespaceFact]
    public async Task TwoMachinesDontGetTheSamePort()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await lab.ProtectAsync();
        await lab.Firewall.SetPortsAsync([FirewallLab.Port("a", FirewallLab.Tcp(8080, "192.0.2.1"))], [], CancellationToken.None);
        var before = await lab.Host.RunAsync("nft", "list", "ruleset");

        var fault = await Assert.ThrowsAsync<FaultException>(() => lab.Firewall.SetPortsAsync([FirewallLab.Port("b", FirewallLab.Tcp(8080, "0.0.0.0"))], ["qa2"], CancellationToken.None));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("tcp 0.0.0.0:8080 leads to another machine already, by qa on network \"lan\"", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, await lab.Host.RunAsync("nft", "list", "ruleset"));

        // Another transport and another address are no conflict; and one may take over what another leaves.
        await lab.Firewall.SetPortsAsync([FirewallLab.Port("c", FirewallLab.Udp(8080, "0.0.0.0"), FirewallLab.Tcp(8080))], [], CancellationToken.None);
        await lab.Firewall.SetPortsAsync([], ["qc"], CancellationToken.None);
        await lab.Firewall.SetPortsAsync([FirewallLab.Port("b", FirewallLab.Tcp(8080, "0.0.0.0"))], ["qa"], CancellationToken.None);
    }
}
