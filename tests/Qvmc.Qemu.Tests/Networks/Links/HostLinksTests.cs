using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Qemu.Networks;
using Qvmc.Qemu.Networks.Links;
using Qvmc.Qemu.Networks.Taps;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Links;

public sealed class HostLinksTests
{
    [NamespaceFact]
    public async Task ShowsWhatIsThere()
    {
        await using var host = await TestNamespace.CreateAsync();
        var links = new HostLinks(host.Wrap("ip"), TimeProvider.System);
        var nic = new NicRequest("abcdefghijkl", 2, "52:54:00:00:00:01") { Queues = 4 };
        await links.ChangeAsync(
            [
                "link add dev qv-lan address 02:00:00:00:00:01 type bridge",
                $"link set dev qv-lan alias {LinkMark.OfBridge("lan")}",
                "address add 10.80.0.1/24 dev qv-lan",
                "link set dev qv-lan up",
                .. TapPorts.Commands("qv-lan", 1500, nic, 65534),
                "route add unreachable 10.9.0.0/16",
                "route add default via 10.80.0.9",
            ],
            CancellationToken.None);

        var all = await links.ListAsync(CancellationToken.None);
        var bridge = Assert.Single(all, l => l.Name == "qv-lan");
        Assert.Equal(("bridge", "02:00:00:00:00:01", 1500u), (bridge.Kind, bridge.Mac, bridge.Mtu));
        Assert.Equal("lan", LinkMark.NetworkOf(bridge));
        Assert.Contains(new LinkAddress(IPAddress.Parse("10.80.0.1"), 24), bridge.Addresses);
        var tap = await links.FindAsync("qabcdefghijkl2", CancellationToken.None);
        Assert.NotNull(tap);
        Assert.Equal("qv-lan", tap.Master);
        Assert.Equal(("abcdefghijkl", 2u), LinkMark.MachineOf(tap));
        Assert.False(tap.HasCarrier);
        Assert.Null(await links.FindAsync("nowhere0", CancellationToken.None));

        var routes = await links.RoutesAsync(CancellationToken.None);
        Assert.Contains(new HostRoute(IPNetwork.Parse("10.80.0.0/24"), "qv-lan"), routes);
        Assert.Contains(new HostRoute(IPNetwork.Parse("10.9.0.0/16"), ""), routes);
        Assert.DoesNotContain(routes, r => r.To.PrefixLength == 0);
        Assert.False(await links.HasDefaultRoute6Async(CancellationToken.None));
    }

    [NamespaceFact]
    public async Task AFailureNamesTheCommandAndWhatIsNotThereNeedNotBeDeleted()
    {
        await using var host = await TestNamespace.CreateAsync();
        var links = new HostLinks(host.Wrap("ip"), TimeProvider.System);
        var fault = await Assert.ThrowsAsync<FaultException>(() => links.ChangeAsync(["link add dev a0 type bridge", "link set dev b0 up"], CancellationToken.None));
        Assert.Contains("ip link set dev b0 up: Cannot find device \"b0\"", fault.Message, StringComparison.Ordinal);
        await links.DeleteAsync(["b0", "a0", "c0"], CancellationToken.None);
        Assert.Null(await links.FindAsync("a0", CancellationToken.None));
        fault = await Assert.ThrowsAsync<FaultException>(() => links.DeleteAsync(["lo"], CancellationToken.None));
        Assert.Contains("not supported", fault.Message, StringComparison.Ordinal);
        fault = await Assert.ThrowsAsync<FaultException>(() => new HostLinks("ip-of-nowhere", TimeProvider.System).ListAsync(CancellationToken.None));
        Assert.Contains("apt install iproute2", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qabcdefghijkl1", "qvmc:abcdefghijkl:1", true)]
    [InlineData("qabcdefghijkl1", "", true)]
    [InlineData("qabcdefghijkl1", "somebody's", false)]
    [InlineData("qabcdefghijkl9", "", false)]
    [InlineData("qabcdefghijk11", "", false)]
    [InlineData("tap0", "qvmc:abcdefghijkl:1", false)]
    public void ATapIsOursByNameAndMark(string name, string alias, bool ours) =>
        Assert.Equal(ours, LinkMark.MachineOf(new HostLink(name, "tun", alias, "", "", 1500, false, [])) is not null);
}
