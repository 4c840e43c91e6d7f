using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks.Bridge;
using Qvmc.Qemu.Networks.Links;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Bridge;

public sealed class SubnetTests
{
    [Fact]
    public void TheFirstFreeOneIsChosenFromWhereverItBegins()
    {
        Occupied[] occupied = [Of("10.0.0.0/23"), Of("10.0.3.7/32"), Of("10.255.255.0/24"), Of("192.168.0.0/16"), Of("fd00::/8")];
        Assert.Equal("10.0.2.0/24", SubnetChoice.Choose4(occupied, 0).ToString());
        Assert.Equal("10.0.4.0/24", SubnetChoice.Choose4(occupied, 3).ToString());
        Assert.Equal("10.0.2.0/24", SubnetChoice.Choose4(occupied, 65535).ToString());
        var fault = Assert.Throws<FaultException>(() => SubnetChoice.Choose4([new Occupied(IPNetwork.Parse("10.0.0.0/8"), "the host's route to 10.0.0.0/8 by tun0")], 5));
        Assert.Contains("by the host's route to 10.0.0.0/8 by tun0: configure a subnet", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RandomOnesAreUniqueLocal()
    {
        var subnet = SubnetChoice.Choose6([]);
        Assert.Equal(64, subnet.PrefixLength);
        Assert.Equal(0xfd, subnet.BaseAddress.GetAddressBytes()[0]);
        Assert.NotEqual(subnet, SubnetChoice.Choose6([]));
        Assert.EndsWith("::1", Subnets.Gateway(IPNetwork.Parse("fd00:80::/64")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void BridgesAreNamedByTheirNetworks()
    {
        Assert.Equal("qv-lan", BridgeLayout.BridgeName("lan", new BridgeNetwork()));
        Assert.Equal("br7", BridgeLayout.BridgeName("lan", new BridgeNetwork { Bridge = "br7" }));
        var (a, b) = (BridgeLayout.BridgeName("a-network-of-many-words", new BridgeNetwork()), BridgeLayout.BridgeName("a-network-of-more-words", new BridgeNetwork()));
        Assert.Equal(15, a.Length);
        Assert.NotEqual(a, b);
        Assert.Equal("fe80::11:22ff:fe33:4455", BridgeLayout.LinkLocal("02:11:22:33:44:55").ToString());
    }

    [NamespaceFact]
    public async Task RoutesAddressesAndOtherNetworksAreInUse()
    {
        await using var host = await TestNamespace.CreateAsync();
        await host.ShellAsync("""
            ip link add own0 type bridge; ip address add 10.1.0.1/24 dev own0; ip link set own0 up
            ip link add vpn0 type bridge; ip address add 10.2.0.1/24 dev vpn0; ip link set vpn0 up
            ip route add 10.64.0.0/10 via 10.2.0.9; ip route add 10.3.0.0/16 via 10.2.0.9 table 77
            ip route add 0.0.0.0/1 via 10.2.0.9; ip route add 128.0.0.0/1 via 10.2.0.9; ip route add default via 10.2.0.9
            ip -6 route add fd99::/48 dev vpn0
            """);
        var space = new AddressSpace(new HostLinks(host.Wrap("ip"), TimeProvider.System));
        var occupied = await space.OccupiedAsync("own0", [("other", IPNetwork.Parse("10.4.0.0/24"))], CancellationToken.None);
        Expect("10.1.0.0/24", null);
        Expect("10.2.0.128/25", "vpn0");
        Expect("10.100.7.0/24", "the host's route to 10.64.0.0/10 by vpn0");
        Expect("10.3.9.0/24", "10.3.0.0/16");
        Expect("10.4.0.0/28", "the network \"other\"");
        Expect("192.168.7.0/24", null);
        Expect("fd99:0:0:7::/64", "fd99::/48");
        Expect("fd98:0:0:7::/64", null);

        void Expect(string subnet, string? by)
        {
            var collision = AddressSpace.Collision(IPNetwork.Parse(subnet), occupied);
            Assert.Equal(by is null, collision is null);
            Assert.Contains(by ?? "", collision?.By ?? "", StringComparison.Ordinal);
        }
    }

    private static Occupied Of(string subnet) => new(IPNetwork.Parse(subnet), subnet);
}
