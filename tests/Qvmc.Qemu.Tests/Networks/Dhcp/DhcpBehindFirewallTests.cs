using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Qemu.Networks.Firewall;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

/// <summary>The rules that keep machines honest let pass all that they need of their DHCP and DNS server.</summary>
public sealed class DhcpBehindFirewallTests
{
    [DhcpFact]
    public async Task AddressesNamesAndReleasesPass()
    {
        await using var host = await DhcpHost.CreateAsync();
        await using var firewall = new NetFirewall(host.Space.Wrap("nft"), TimeProvider.System, NullLogger<NetFirewall>.Instance);
        var (network, first) = (DhcpHost.Network, DhcpHost.Reservation(11));
        FirewallPort Port(int number) => new($"p{number}", network.Name, DhcpHost.Mac(number), first.Ipv4, first.Ipv6, [], 0);
        await firewall.SetNetworksAsync(
            [new FirewallNetwork(network.Name, network.Bridge, true, network.Subnet, network.Gateway, network.Subnet6, network.Gateway6, false)], [Port(11)], CancellationToken.None);
        var service = await host.StartAsync(first);
        var one = await host.AddMachineAsync(11);
        Assert.Equal(["10.80.0.11", "fd00:1:2:3::b"], new[] { await one.AddressAsync(), await one.Address6Async() });
        Assert.Equal("10.80.0.11", await DhcpHost.AskAsync(one.Space, "web11.lan.qvmc.internal"));
        Assert.Equal("fd00:1:2:3::b", await one.Address6Async(client: 2, seconds: 40));
        await host.UntilAsync(() => service.Leases.Count == 2, "two leases");
        var pid = service.Describe().Pid;

        // The same addresses for another machine: what is left of the first is taken back by word, not by a new start.
        await service.SetAsync([], [first], CancellationToken.None);
        await firewall.SetPortsAsync([Port(12)], ["p11"], CancellationToken.None);
        await service.SetAsync([DhcpHost.Reservation(12) with { Ipv4 = first.Ipv4, Ipv6 = first.Ipv6 }], [], CancellationToken.None);
        var two = await host.AddMachineAsync(12);
        Assert.Equal(["10.80.0.11", "fd00:1:2:3::b"], new[] { await two.AddressAsync(), await two.Address6Async() });
        Assert.Equal(pid, service.Describe().Pid);
    }
}
